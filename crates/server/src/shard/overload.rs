//! What a shard does when it has more to deliver than it can: latency is traded before loss, one rung at a time.
//!
//! Enters: the part of its time that a shard's turns take, as `pace` measures it. Leaves: a stage, from which follow how
//! long messages are gathered, and what rooms leave out (see [`Strain`]). Nothing here reads a clock or has a state: the
//! next footing is a function of the last one, the load and the time.
//!
//! The order: 1. chat states and notices of the audience's size are left out, and presence waits for company. 2. The
//! window in which messages are gathered grows, up to `limits.longest_window`. 3. Visitors of rooms whose owner allows it
//! get one message of two, of four …, up to `limits.sampling`.

use std::time::Duration;

use parterre_room::Strain;

use super::pace::WINDOW;
use crate::config::Limits;

/// Seconds on a rung before the next one up: as long as the measure takes to follow.
const UP: f64 = 0.25;
/// Seconds on a rung before the next one down, so that a shard at its limit does not waver. A quiet
/// shard looks once a second.
const DOWN: f64 = 0.9;
/// The part of the load at which a rung is taken that must not be exceeded to leave it.
const RELIEF: f64 = 0.6;

/// What may be done, in order.
#[derive(Clone, Debug)]
pub struct Ladder {
    rungs: Vec<Strain>,
    /// The part of a shard's time from which on it has too much to do.
    busy: f64,
}

/// Where a shard stands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Footing {
    /// The number of its rung; 0 is calm.
    pub rung: usize,
    /// Second since which it stands there, on the caller's clock.
    pub since: f64,
}

impl Ladder {
    /// The ladder that the limits allow.
    pub fn new(limits: &Limits) -> Self {
        let shortest = WINDOW.as_millis() as u32;
        let longest = limits.longest_window.max(WINDOW).as_millis() as u32;
        let most = limits.sampling as u16;
        let mut rungs =
            vec![Strain { step: 0, window: shortest, every: 1 }, Strain { step: 1, window: shortest, every: 1 }];
        let mut window = shortest;
        while window < longest {
            window = (window * 2).min(longest);
            rungs.push(Strain { step: 2, window, every: 1 });
        }
        let mut every = 1;
        while every < most {
            every = (every * 2).min(most);
            rungs.push(Strain { step: 3, window, every });
        }
        Ladder { rungs, busy: limits.overload_percent as f64 / 100.0 }
    }

    /// What is done on a rung; beyond the last one, what is done on that.
    pub fn strain(&self, rung: usize) -> Strain {
        self.rungs.get(rung).or(self.rungs.last()).copied().unwrap_or_default()
    }

    /// How long messages are gathered on a rung.
    pub(super) fn window(&self, rung: usize) -> Duration {
        Duration::from_millis(self.strain(rung).window.into())
    }

    /// Where to stand, given the part of the time that turns take (0 to 1) at that second.
    #[must_use]
    pub fn next(&self, at: Footing, load: f64, now: f64) -> Footing {
        let stood = now - at.since;
        let rung = if load >= self.busy && stood >= UP && at.rung + 1 < self.rungs.len() {
            at.rung + 1
        } else if load < self.busy * RELIEF && stood >= DOWN && at.rung > 0 {
            at.rung - 1
        } else {
            return at;
        };
        Footing { rung, since: now }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ladder() -> Ladder {
        Ladder::new(&Limits::default())
    }

    fn climb(ladder: &Ladder, from: Footing, load: f64, seconds: f64) -> Footing {
        let turns = (seconds / 0.05) as u32;
        (1..=turns).fold(from, |at, turn| ladder.next(at, load, from.since + f64::from(turn) * 0.05))
    }

    #[test]
    fn latency_goes_before_loss() {
        let ladder = ladder();
        let steps: Vec<_> = ladder.rungs.iter().map(|rung| (rung.step, rung.window, rung.every)).collect();
        assert_eq!(
            steps,
            [
                (0, 20, 1),
                (1, 20, 1),
                (2, 40, 1),
                (2, 80, 1),
                (2, 160, 1),
                (2, 320, 1),
                (2, 500, 1),
                (3, 500, 2),
                (3, 500, 4),
                (3, 500, 8),
                (3, 500, 10)
            ]
        );
    }

    #[test]
    fn a_shard_that_cannot_keep_up_goes_to_the_last_rung_and_comes_back() {
        let ladder = ladder();
        let top = climb(&ladder, Footing::default(), 1.0, 10.0);
        assert_eq!(top.rung, ladder.rungs.len() - 1);
        assert_eq!(climb(&ladder, top, 0.1, 30.0).rung, 0);
    }

    #[test]
    fn between_the_bounds_it_stays() {
        let ladder = ladder();
        let at = Footing { rung: 4, since: 0.0 };
        assert_eq!(climb(&ladder, at, 0.6, 60.0), at);
        assert_eq!(climb(&ladder, Footing::default(), 0.79, 60.0).rung, 0);
    }

    #[test]
    fn one_bad_moment_is_one_rung() {
        let ladder = ladder();
        assert_eq!(ladder.next(Footing { rung: 0, since: 0.0 }, 1.0, 100.0).rung, 1);
    }

    #[test]
    fn a_ladder_without_windows_or_sampling_has_the_rest() {
        let limits = Limits { longest_window: Duration::from_millis(1), sampling: 1, ..Limits::default() };
        let steps: Vec<_> = Ladder::new(&limits).rungs.iter().map(|rung| (rung.step, rung.window)).collect();
        assert_eq!(steps, [(0, 20), (1, 20)]);
    }

    proptest! {
        /// Whatever the load does: never off the ladder, never more than a rung at once, never a waver within a second.
        #[test]
        fn it_goes_rung_by_rung(loads in prop::collection::vec((0.0..=1.0, 0.0..0.6), 1..200)) {
            let ladder = ladder();
            let (mut at, mut now, mut came_down) = (Footing::default(), 0.0, None);
            for (load, passed) in loads {
                now += passed;
                let next = ladder.next(at, load, now);
                prop_assert!(next.rung < ladder.rungs.len() && next.rung.abs_diff(at.rung) <= 1);
                prop_assert!(next.since >= at.since);
                if next.rung > at.rung {
                    prop_assert!(load >= 0.8);
                } else if next.rung < at.rung {
                    prop_assert!(load < 0.48 && came_down.is_none_or(|last| now - last >= DOWN));
                    came_down = Some(now);
                }
                at = next;
            }
        }
    }
}
