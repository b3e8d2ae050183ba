//! How much of what rooms have given out is not written yet, so that a room takes no more in than can go out.
//!
//! Enters: the weight of what a room is about to give out. Leaves: how much of it some shard still owes to its clients. It
//! is owed until every shard has offered it to each socket, and, where sockets do not take it, until they have caught up, for
//! a while. If many lag, it is the machine or the line that is slow, and not they. A few are waited for a moment only, so
//! that they are soon cut off; what people say to each other at the pace of people is held up by neither.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::session::Session;
use super::{MEMBERS_PER_BREATH, Shard};

/// The part of its outgoing queue that may wait for a client that keeps up.
const KEEPS_UP: usize = 4;
/// One in so many are many.
const MANY: usize = 10;
/// How long many who lag are waited for, at most.
const PATIENCE_WITH_MANY: Duration = Duration::from_secs(5);
/// How long a few are.
const PATIENCE_WITH_FEW: Duration = Duration::from_secs(1);
/// How often it is looked whether they have caught up.
const GLANCE: Duration = Duration::from_millis(10);

/// What a room has given out and is not written yet, in bytes, each counted once however many get it.
#[derive(Clone, Default)]
pub struct Backlog(Arc<AtomicUsize>);

/// A part of a room's backlog. It is written when the last shard drops it.
pub struct Owed {
    backlog: Backlog,
    bytes: usize,
}

impl Backlog {
    /// How much it is.
    pub fn bytes(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Adds to it, until what is given back is dropped. `None`: there is nothing to add.
    pub fn owe(&self, bytes: usize) -> Option<Arc<Owed>> {
        (bytes > 0).then(|| {
            self.0.fetch_add(bytes, Ordering::Relaxed);
            Arc::new(Owed { backlog: self.clone(), bytes })
        })
    }
}

impl Drop for Owed {
    fn drop(&mut self) {
        self.backlog.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl Shard {
    /// Writes to every client for whom there is something, and says to how many, and who among them lags.
    pub(super) async fn flush_dirty(&self) -> (usize, Vec<Rc<Session>>) {
        let dirty = std::mem::take(&mut *self.dirty.borrow_mut());
        let mut lagging = Vec::new();
        for (served, session) in dirty.iter().enumerate() {
            // Its own task may have written to it since it was marked; what came after that can wait.
            if session.dirty.get() {
                self.flush(session);
            }
            if self.lags(session) {
                lagging.push(session.clone());
            }
            if served % MEMBERS_PER_BREATH == MEMBERS_PER_BREATH - 1 {
                tokio::task::yield_now().await;
            }
        }
        (dirty.len(), lagging)
    }

    /// Whether a client has much to take that it does not take.
    fn lags(&self, session: &Session) -> bool {
        session.blocked.get() && session.outbox.borrow().waiting() > self.bounds().bytes / KEEPS_UP
    }

    /// A turn has written to so many clients, among whom these lag: what was owed is written, now or when they have caught
    /// up.
    pub(super) fn settle(self: &Rc<Self>, served: usize, mut lagging: Vec<Rc<Session>>) {
        let owed = self.owed.take();
        if owed.is_empty() || lagging.is_empty() {
            return;
        }
        let shard = self.clone();
        tokio::task::spawn_local(async move {
            let began = Instant::now();
            loop {
                let patience = if lagging.len() * MANY > served { PATIENCE_WITH_MANY } else { PATIENCE_WITH_FEW };
                if lagging.is_empty() || began.elapsed() >= patience {
                    break;
                }
                tokio::time::sleep(GLANCE).await;
                lagging.retain(|session| shard.lags(session));
            }
            drop(owed);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_owed_is_counted_until_the_last_shard_has_written_it() {
        let backlog = Backlog::default();
        let first = backlog.owe(100);
        let for_another_shard = first.clone();
        let second = backlog.owe(20);
        assert_eq!(backlog.bytes(), 120);
        drop(first);
        assert_eq!(backlog.bytes(), 120);
        drop(for_another_shard);
        assert_eq!(backlog.bytes(), 20);
        drop(second);
        assert_eq!(backlog.bytes(), 0);
        assert!(backlog.owe(0).is_none());
    }
}
