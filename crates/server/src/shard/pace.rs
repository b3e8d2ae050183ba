//! When to begin the next turn: at once while there is little to do, together with what follows under load.
//!
//! A write to a socket costs the same whether it carries one message or ten. As long as fan-outs take a small part
//! of the shard's time, waiting would only add latency; when they take more than half of it, a turn that waits for
//! a few milliseconds more carries several messages in each write and costs less than it delays.

use std::time::{Duration, Instant};

/// The longest that a turn waits for company.
const WINDOW: Duration = Duration::from_millis(15);
/// The part of the time from which on turns wait.
const BUSY: f64 = 0.5;
/// How much the newest turn counts among all.
const WEIGHT: f64 = 0.25;

/// Measures the load of a shard's turns.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// The part of the time that turns take, smoothed.
    load: f64,
    /// When the last turn began, and how long it took.
    last: Option<(Instant, Duration)>,
}

impl Pace {
    /// Notes a turn, and gives when the next one may begin, if it should wait.
    pub(super) fn after(&mut self, began: Instant, ended: Instant) -> Option<Instant> {
        let took = ended.saturating_duration_since(began);
        if let Some((last_began, last_took)) = self.last.replace((began, took)) {
            let period = began.saturating_duration_since(last_began).as_secs_f64();
            let share = if period > 0.0 { last_took.as_secs_f64() / period } else { 1.0 };
            self.load += (share.min(1.0) - self.load) * WEIGHT;
        }
        (self.load > BUSY && took < WINDOW).then(|| began + WINDOW)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(pace: &mut Pace, turns: u32, work: Duration, period: Duration) -> Option<Instant> {
        let start = Instant::now();
        let mut wait = None;
        for turn in 0..turns {
            let began = start + period * turn;
            wait = pace.after(began, began + work).inspect(|until| assert_eq!(*until, began + WINDOW));
        }
        wait
    }

    #[test]
    fn a_quiet_shard_never_waits() {
        assert_eq!(run(&mut Pace::default(), 50, Duration::from_millis(4), Duration::from_millis(100)), None);
    }

    #[test]
    fn a_busy_shard_gathers_and_then_calms_down() {
        let mut pace = Pace::default();
        assert!(run(&mut pace, 50, Duration::from_millis(8), Duration::from_millis(9)).is_some());
        assert_eq!(run(&mut pace, 50, Duration::from_millis(1), Duration::from_millis(100)), None);
    }

    #[test]
    fn a_turn_that_is_long_by_itself_is_not_followed_by_a_pause() {
        assert_eq!(run(&mut Pace::default(), 50, Duration::from_millis(40), Duration::from_millis(41)), None);
    }
}
