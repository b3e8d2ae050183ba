//! A room's log: gives each command its place and time.
//!
//! Alone, that is a counter on the clock. It is the seam at which the ordered log of several nodes takes its place:
//! then a command's place comes back from there, and every node folds the same sequence.

use parterre_room::{Action, Command, LogId};
use parterre_xmpp::Timestamp;

/// The log of one room within one process.
#[derive(Debug)]
pub struct LocalLog {
    last: LogId,
}

impl LocalLog {
    /// A log that goes on after `last`, the highest place that the room ever gave.
    pub fn after(last: LogId) -> Self {
        LocalLog { last }
    }

    /// Goes on after a place that the room has used of itself.
    pub fn reach(&mut self, place: LogId) {
        self.last = self.last.max(place);
    }

    /// Gives a command its place: the present microsecond, or the next free one. A clock that was set back delays
    /// no command and repeats no id.
    pub fn append(&mut self, action: Action, now: Timestamp) -> Command {
        self.last = LogId((now.0.max(0) as u64).max(self.last.0 + 1));
        Command { id: self.last, action }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_increase_even_when_the_clock_does_not() {
        let mut log = LocalLog::after(LogId(1_000));
        let ids: Vec<_> =
            [2_000, 2_000, 1_500, 5_000].into_iter().map(|now| log.append(Action::Tick, Timestamp(now)).id.0).collect();
        assert_eq!(ids, [2_000, 2_001, 2_002, 5_000]);
    }
}
