//! What a room does when the shards do not get done what it gave out: it takes nothing more in, so that those who speak
//! are read more slowly. What moderators and the operator order passes, in a lane of its own.
//!
//! Enters: how much is given out and not written (`limits.room_backlog_bytes`). Leaves: which order comes next, if any.

use std::sync::atomic::Ordering;
use std::time::Duration;

use parterre_room::Effect;

use super::{Actor, BATCH};
use crate::rooms::{Inbox, Order};

/// How often a room that holds looks whether it may go on.
pub(super) const GLANCE: Duration = Duration::from_millis(5);

/// What the broadcasts among these effects count for.
pub(super) fn weight(effects: &[Effect]) -> usize {
    let bytes = |effect: &Effect| match effect {
        Effect::Broadcast(_, wire) | Effect::BroadcastExcept(_, _, wire) => wire.bytes().len(),
        _ => 0,
    };
    effects.iter().map(bytes).sum()
}

impl Actor {
    /// Whether as much is on its way out as may be; `more` is about to follow.
    pub(super) fn holds(&self, more: usize) -> bool {
        self.backlog.bytes() + more >= self.server.config.limits.room_backlog_bytes
    }

    /// Shows whether the room holds, and has whoever sends to it choose the lane. Long queues in front of the room are
    /// passed by what moderators order, too.
    pub(super) fn show_hold(&mut self, inbox: &Inbox) -> bool {
        let holds = self.holds(0);
        self.figures.hold(holds);
        self.handle.presses.store(holds || inbox.orders.len() >= BATCH, Ordering::Relaxed);
        holds
    }

    /// The next order that may be carried out after as much as `so_far` in the same batch.
    pub(super) fn next_order(&self, so_far: usize) -> Option<&Order> {
        self.urgent.front().or_else(|| self.waiting.front().filter(|_| !self.holds(so_far)))
    }

    /// Takes the order that [`Actor::next_order`] showed.
    pub(super) fn take_order(&mut self) -> Option<Order> {
        self.urgent.pop_front().or_else(|| self.waiting.pop_front())
    }

    /// Has the shards that gather messages for longer write what they have: more is not coming before they do.
    pub(super) fn hurry(&self) {
        if !self.holds(0) {
            return;
        }
        let shards = self.server.shards.iter().enumerate();
        shards.filter(|(shard, _)| self.presence.is_on(*shard)).for_each(|(_, handle)| handle.hurry());
    }
}
