//! A shard under strain: takes its footing on the ladder of `overload`, shows it, and holds back what can wait.

use std::rc::Rc;
use std::sync::atomic::Ordering;

use parterre_room::{Audience, SessionId};

use super::Shard;
use super::outbox::{Letter, Piece};

impl Shard {
    /// Takes the footing that the load of the shard's turns asks for.
    pub(super) fn take_footing(&self) {
        let (was, ladder) = (self.footing.get(), &self.server.ladder);
        let is = ladder.next(was, self.pace.borrow().load(), self.seconds());
        if is.rung == was.rung {
            return;
        }
        self.footing.set(is);
        if let Some(shown) = self.server.rungs.get(usize::from(self.index)) {
            shown.store(is.rung, Ordering::Relaxed);
        }
        let (before, now) = (ladder.strain(was.rung), ladder.strain(is.rung));
        self.server.metrics.overload(self.index, now.step);
        if before.step != now.step {
            tracing::warn!(shard = self.index, from = before.step, to = now.step, "overload: see docs/operating.md");
        }
    }

    /// Whether the shard is anything but calm.
    pub(super) fn is_strained(&self) -> bool {
        self.footing.get().rung > 0
    }

    /// Puts presence into the outboxes of those who do not moderate without having it written: it goes with what comes
    /// next, or when the shard looks its sessions over.
    pub(super) fn post_when_convenient(&self, members: impl Iterator<Item = SessionId>, letter: &Letter) {
        let sessions = self.sessions.borrow();
        for session in members.filter_map(|id| sessions.get(id)) {
            self.put_patiently(session, Piece::Letter(Rc::clone(letter)), true);
        }
    }

    /// Those of an audience for whom presence can wait, and those for whom it cannot.
    pub(super) fn by_patience(audience: Audience) -> [Audience; 2] {
        [audience.and(Audience::OTHERS), audience.and(Audience::MODERATORS)]
    }
}
