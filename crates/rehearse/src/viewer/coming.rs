//! Coming and going: how a viewer connects, how it takes that a connection ends, and when it comes back.

use super::negotiation::LONGEST_AWAY;
use super::pipe::{Ended, Pipe};
use super::{Moment, PATIENCE, Stage, Turn, Viewer, Want};
use crate::tally::count;

/// The most joins in a row that may fail before a viewer stays away.
const TRIES: u8 = 8;

impl Viewer {
    /// Begins a connection: from here the join is timed.
    pub(crate) fn connecting(&mut self, turn: &mut Turn<'_>) {
        self.stage = Stage::Connecting;
        self.pipe = Pipe::of(turn.script.plan.address.carrier);
        self.encrypted = turn.script.plan.address.tls;
        (self.logged_in, self.own_presence, self.subject, self.configured, self.page) =
            (false, false, false, true, false);
        self.asked = false;
        self.cards = Vec::new();
        self.began = turn.now;
        self.bytes = 0;
        if !self.is_host(turn.script) && !self.broke {
            turn.tally.joins_begun += 1;
        }
        turn.wants.push(Want::Moment(turn.now + PATIENCE, Moment::Patience));
    }

    /// There is a connection.
    pub(crate) fn connected(&mut self, turn: &mut Turn<'_>) {
        let plan = &turn.script.plan;
        let rid = plan.jitter(self.index, turn.now, 1 << 40);
        if self.stage == Stage::Connecting && self.pipe.connected(plan, rid, turn.out) {
            self.stage = Stage::Features;
        }
    }

    /// TLS was put under a stream that had begun (RFC 6120 §5.4.3.3).
    pub(crate) fn secured(&mut self, turn: &mut Turn<'_>) {
        self.encrypted = true;
        self.restart(turn);
    }

    /// The connection has ended: counts it, and wants to come back after a while that grows with each failure.
    pub(crate) fn ended(&mut self, why: &Ended, turn: &mut Turn<'_>) {
        if self.is_host(turn.script) {
            if self.stage != Stage::In {
                turn.wants.push(Want::Host(Err(why.0.clone())));
            }
            self.stage = Stage::Gone;
            return;
        }
        let resumable = self.management.as_ref().is_some_and(|managed| !managed.id.is_empty());
        match self.stage {
            Stage::Gone | Stage::Away => return,
            Stage::In => {
                count(&mut turn.tally.disconnects, &why.0);
                self.cut_off = true;
                self.failures = 0;
                if resumable { self.broke = true } else { self.left() }
            }
            _ => {
                // An attempt to resume was not counted as a join.
                if !self.broke {
                    count(&mut turn.tally.joins_failed, &why.0);
                }
                self.failures = self.failures.saturating_add(1);
            }
        }
        self.stage = Stage::Away;
        if self.failures < TRIES {
            // As browsers' clients do: soon, then later and later, and never all at one moment.
            let wait = 1_000_000_u64 << self.failures.min(4);
            let own = wait / 2 + turn.script.plan.jitter(self.index, turn.now, wait);
            // A server that knows how many it sends away knows better.
            let asked = self.pipe.asked_back_after().map(|ms| ms.min(LONGEST_AWAY));
            let wait = self.asked_back_after.take().or(asked).map_or(own, |ms| u64::from(ms) * 1_000);
            turn.wants.push(Want::Moment(turn.now + wait, Moment::Connect));
        } else {
            self.stage = Stage::Gone;
        }
    }

    /// The page is loaded anew: what the stream knew is forgotten. The connection is to be cut.
    pub(crate) fn reload(&mut self) {
        self.left();
        self.management = None;
        self.broke = false;
        self.stage = Stage::Away;
    }

    /// It is in the room, for the first time or again.
    pub(super) fn is_back(&mut self, turn: &mut Turn<'_>) {
        self.stage = Stage::In;
        self.failures = 0;
        if std::mem::take(&mut self.cut_off) {
            turn.tally.returned += 1;
        }
    }

    /// It is no longer in the room.
    pub(super) fn left(&mut self) {
        if let Some(since) = self.since.take().filter(|_| !self.deaf) {
            self.heard.stayed(since);
        }
        self.management = None;
    }

    /// Closes the stream for good.
    pub(crate) fn leave(&mut self, turn: &mut Turn<'_>) {
        if !matches!(self.stage, Stage::Away | Stage::Gone | Stage::Connecting) {
            self.pipe.close(turn.out);
            self.pipe.flush(&turn.script.plan, turn.out, turn.more);
        }
        self.stage = Stage::Gone;
    }
}
