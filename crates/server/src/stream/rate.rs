//! How fast a client may send: a token bucket with five seconds' worth in it (RFC 6120 §13.12 leaves the way open).

/// Seconds' worth of the sustained rate that a burst may spend at once.
const BURST_SECONDS: f64 = 5.0;

/// A token bucket. Whoever overdraws it waits; nothing is refused.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bucket {
    /// Tokens spent beyond the sustained rate, at `at`.
    spent: f64,
    /// Seconds on the caller's clock.
    at: f64,
}

impl Bucket {
    /// Spends `amount` at `now` (seconds on any clock that does not go back) where `rate` per second are sustained
    /// (0: no limit), and gives the seconds to wait before reading on.
    pub fn spend(&mut self, amount: f64, rate: f64, now: f64) -> f64 {
        if rate <= 0.0 {
            return 0.0;
        }
        self.spent = (self.spent - (now - self.at).max(0.0) * rate).max(0.0) + amount;
        self.at = now;
        ((self.spent - rate * BURST_SECONDS) / rate).max(0.0)
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // No wait is exactly none.
mod tests {
    use super::*;

    #[test]
    fn five_seconds_worth_passes_at_once_and_then_one_waits() {
        let mut bucket = Bucket::default();
        for _ in 0..100 {
            assert_eq!(bucket.spend(1.0, 20.0, 3.0), 0.0);
        }
        let wait = bucket.spend(1.0, 20.0, 3.0);
        assert!((wait - 0.05).abs() < 1e-9, "{wait}");
        assert_eq!(bucket.spend(1.0, 20.0, 3.2), 0.0, "four have been earned back");
    }

    #[test]
    fn no_rate_is_no_limit_and_idleness_is_not_saved_up() {
        assert_eq!(Bucket::default().spend(1e9, 0.0, 0.0), 0.0);
        let mut bucket = Bucket::default();
        assert!(bucket.spend(101.0, 20.0, 1e6) > 0.0);
    }
}
