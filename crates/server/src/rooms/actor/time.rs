//! What time does to a room: its deadlines, its wish to be told that time passes, how far the shards have gone, and its
//! end when nobody comes.
//!
//! Enters: the clock, and the state of the shards. Leaves: orders that the actor gives itself.

use std::time::Duration;

use parterre_room::{Action, Change, Room, Strain};
use tokio::time::Instant;

use super::{Actor, BETWEEN_STRAINS, IDLE};
use crate::rooms::Order;
use crate::server::now;

/// How long what is over waits after it could not be ended.
const BETWEEN_TRIES: Duration = Duration::from_secs(5);

impl Actor {
    /// Has what is over end before anything else, so that nobody is kept out by it.
    pub(super) fn meet_deadline(&mut self) {
        let goes_on = !self.ended && self.stopped.is_none();
        let is_next = matches!(self.urgent.front(), Some(Order::Command(Action::Due)));
        if goes_on && !is_next && self.until_due() == Some(Duration::ZERO) {
            self.urgent.push_front(Order::Command(Action::Due));
        }
    }

    /// How long it is until the room's next deadline, by the clock of its log, or until it may be tried again.
    pub(super) fn until_due(&self) -> Option<Duration> {
        let left = self.room.as_ref()?.next_deadline()?.0.saturating_sub(now().0);
        let pause = self.tries_again_at.map_or(Duration::ZERO, |at| at.saturating_duration_since(Instant::now()));
        Some(Duration::from_micros(u64::try_from(left).unwrap_or(0)).max(pause))
    }

    /// A change could not be kept. If a deadline has passed, that was it, or it would fare no better: it waits, so that a
    /// store that does not work leaves the room time for those who are in it.
    pub(super) fn put_off_deadline(&mut self) {
        if self.until_due() == Some(Duration::ZERO) {
            self.tries_again_at = Some(Instant::now() + BETWEEN_TRIES);
        }
    }

    /// Time has passed for the room.
    pub(super) fn tick(&mut self) {
        self.feel();
        if self.room.as_ref().is_some_and(Room::wants_tick) {
            self.waiting.push_back(Order::Command(Action::Tick));
        }
    }

    /// How far the shards that serve the room have gone to keep up.
    pub(super) fn strain(&self) -> Strain {
        self.server.strain(|shard| self.presence.is_on(shard))
    }

    /// Lets the room know how far the shards that serve it have gone, when that has changed and it was not told a moment
    /// ago.
    pub(super) fn feel(&mut self) {
        let (strain, now) = (self.strain(), Instant::now());
        let recently = self.felt_at.is_some_and(|at| now < at + BETWEEN_STRAINS);
        if !recently && self.room.as_ref().is_some_and(|room| room.strain() != strain) {
            self.felt_at = Some(now);
            self.urgent.push_back(Order::Command(Action::Strain(strain)));
        }
    }

    /// Sets the time at which the room goes if nobody is in it.
    pub(super) fn note_whether_empty(&mut self) {
        let Some(room) = &self.room else { return };
        let idle = if room.is_disposable() { self.server.config.rooms.linger } else { IDLE };
        self.leaves_at = room.is_empty().then(|| Instant::now() + idle);
    }

    /// Nobody has come: a temporary room ends, a lasting one is put away. What was told of that one last stays true: it
    /// is there, and nobody is in it.
    pub(super) fn leave(&mut self) {
        self.leaves_at = None;
        if self.room.as_ref().is_none_or(Room::is_empty) {
            if self.room.as_ref().is_some_and(Room::is_disposable) {
                self.commit(vec![Change::Destroy], Vec::new(), 0);
                self.server.directory.forget(self.handle.name());
                self.room = None;
            }
            self.described = None;
            self.ended = true;
            self.figures.show(None);
        }
    }
}
