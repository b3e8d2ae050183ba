//! When too many come at once: who is asked to come again, and when.
//!
//! Enters: the moment at which somebody wants to begin a stream. Leaves: that they may, or after how many seconds they
//! should try again. Those who are let in are served as fast as ever; the others are spread over the time that serving
//! them takes, so that they do not come back all at once. A function of its state and the time; it reads no clock.

/// Seconds' worth of the sustained rate that may come at once.
const BURST_SECONDS: f64 = 5.0;
/// Seconds after which those who were sent away are no longer expected.
const FORGOTTEN: f64 = 30.0;

/// Measures how fast people come.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rush {
    /// Those let in beyond the sustained rate, at `at`.
    ahead: f64,
    /// Those sent away, for whom there will be room at the sustained rate.
    away: f64,
    at: f64,
}

impl Rush {
    /// Lets one more in at `now` (seconds), where `rate` per second are sustained (0: no limit), or gives the whole
    /// seconds after which to try again, one at least.
    pub fn admit(&mut self, rate: f64, now: f64) -> Result<(), u32> {
        if rate <= 0.0 {
            return Ok(());
        }
        let passed = (now - self.at).max(0.0);
        self.ahead = (self.ahead - passed * rate).max(0.0);
        self.away = if passed > FORGOTTEN { 0.0 } else { (self.away - passed * rate).max(0.0) };
        self.at = now;
        if self.ahead + 1.0 <= rate * BURST_SECONDS {
            self.ahead += 1.0;
            return Ok(());
        }
        self.away = (self.away + 1.0).min(rate * FORGOTTEN);
        Err(1 + (self.away / rate) as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_premiere_is_let_in_at_once() {
        let mut rush = Rush::default();
        assert!((0..500).all(|_| rush.admit(100.0, 7.0).is_ok()));
        assert_eq!(rush.admit(100.0, 7.0), Err(1));
    }

    #[test]
    fn those_sent_away_are_spread_over_the_time_that_serving_them_takes() {
        let mut rush = Rush::default();
        let waits: Vec<u32> = (0..1_000).filter_map(|_| rush.admit(100.0, 0.0).err()).collect();
        assert_eq!(waits.len(), 500);
        for second in 1..=5 {
            let at = waits.iter().filter(|wait| **wait == second).count();
            assert!((99..=101).contains(&at), "{at} in second {second}");
        }
    }

    #[test]
    fn without_a_rate_everybody_comes_in() {
        let mut rush = Rush::default();
        assert!((0..100_000).all(|_| rush.admit(0.0, 0.0).is_ok()));
    }

    proptest! {
        /// However they come: no more are let in than the rate and one burst, and every wait is bounded.
        #[test]
        fn no_more_than_the_rate_come_in(gaps in prop::collection::vec(0.0..0.05f64, 1..2_000)) {
            let (mut rush, mut now, mut admitted) = (Rush::default(), 0.0, 0.0);
            for gap in gaps {
                now += gap;
                match rush.admit(10.0, now) {
                    Ok(()) => admitted += 1.0,
                    Err(wait) => prop_assert!((1..=31).contains(&wait)),
                }
                prop_assert!(admitted <= 10.0 * (now + BURST_SECONDS) + 1e-6);
            }
        }
    }
}
