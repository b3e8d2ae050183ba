//! When to begin the next turn: at once while there is little to do, together with what follows under load.
//!
//! A write to a socket costs nearly the same whether it carries one message or ten. While fan-outs take a small part
//! of the shard's time, waiting would only add latency. When they take more, a turn that waits for a moment carries
//! several messages in each write. A message that comes after a pause is never held up, and none for longer than
//! the window: it is counted from the beginning of the turn before.

use std::time::{Duration, Instant};

/// From the beginning of one turn to that of the next, where turns wait and the shard is not overloaded.
pub(super) const WINDOW: Duration = Duration::from_millis(20);
/// The part of the time from which on turns wait.
const BUSY: f64 = 0.10;
/// The part of the time below which they cease to: waiting itself makes the work less.
const CALM: f64 = 0.05;
/// How far back the load is remembered, in seconds.
const MEMORY: f64 = 0.25;

/// Measures the load of a shard's turns.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// The part of the time that turns take, smoothed over time.
    load: f64,
    /// Whether turns wait now.
    gathers: bool,
    /// When the last turn began, and how long it took.
    last: Option<(Instant, Duration)>,
}

impl Pace {
    /// Notes a turn, and gives when the next one may begin, if it should wait: with a window of `window`.
    pub(super) fn after(&mut self, began: Instant, ended: Instant, window: Duration) -> Option<Instant> {
        let took = ended.saturating_duration_since(began);
        if let Some((last_began, last_took)) = self.last.replace((began, took)) {
            let period = began.saturating_duration_since(last_began).as_secs_f64();
            if period > 0.0 {
                let share = (last_took.as_secs_f64() / period).min(1.0);
                self.load += (share - self.load) * (1.0 - (-period / MEMORY).exp());
            }
        }
        self.gathers = self.load > if self.gathers { CALM } else { BUSY };
        (self.gathers && took < window).then(|| began + window)
    }

    /// The part of the time that turns take (0 to 1), remembered for a moment.
    pub(super) fn load(&self) -> f64 {
        self.load
    }

    /// Time has passed. A shard without a turn for that long has nothing to do.
    pub(super) fn pass(&mut self, now: Instant) {
        let ended = self.last.map(|(began, took)| began + took);
        if ended.is_none_or(|ended| now.saturating_duration_since(ended).as_secs_f64() > 4.0 * MEMORY) {
            self.load = 0.0;
        }
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
            wait = pace.after(began, began + work, WINDOW).inspect(|until| assert_eq!(*until, began + WINDOW));
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
    fn silence_is_calm() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        for turn in 0..50 {
            let began = start + Duration::from_millis(10) * turn;
            pace.after(began, began + Duration::from_millis(10), WINDOW);
        }
        assert!(pace.load() > 0.8, "{}", pace.load());
        pace.pass(start + Duration::from_millis(600));
        assert!(pace.load() > 0.8, "it may be waiting for the next one");
        pace.pass(start + Duration::from_secs(2));
        assert!(pace.load() < 0.01);
    }

    #[test]
    fn gathering_goes_on_although_it_makes_the_work_less() {
        let mut pace = Pace::default();
        assert!(run(&mut pace, 50, Duration::from_millis(2), Duration::from_millis(10)).is_some());
        assert!(run(&mut pace, 50, Duration::from_micros(1500), WINDOW).is_some());
    }

    #[test]
    fn a_few_turns_in_a_row_are_no_load() {
        assert_eq!(run(&mut Pace::default(), 10, Duration::from_micros(20), Duration::from_micros(25)), None);
    }

    #[test]
    fn a_turn_that_is_long_by_itself_is_not_followed_by_a_pause() {
        assert_eq!(run(&mut Pace::default(), 50, Duration::from_millis(40), Duration::from_millis(41)), None);
    }
}
