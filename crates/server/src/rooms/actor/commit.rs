//! The end of a batch: what it changed is kept or it is not, and what it led to is shown or withheld.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use parterre_room::{Action, Change, Effect, LogId, SessionId};
use parterre_store::{Pending, StoreError};
use parterre_xmpp::{Condition, Element, ErrorType, StanzaError, Wire};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::Actor;
use crate::metrics::Metrics;
use crate::rooms::release::{Presence, release};
use crate::rooms::{Order, RoomHandle};
use crate::server::Server;

/// What one command led to.
pub(super) struct Outcome {
    pub(super) id: LogId,
    pub(super) effects: Vec<Effect>,
    /// Whom to tell if what was said could not be kept.
    pub(super) said: Option<(SessionId, Element)>,
}

/// A batch whose changes are on their way into the store.
pub(super) struct UnderWay {
    kept: Pending<()>,
    began: Instant,
    changes: usize,
    outcomes: Vec<Outcome>,
}

/// What an open room counts for among the figures.
pub(super) struct Figures {
    metrics: Arc<Metrics>,
    shown: Option<usize>,
}

impl Figures {
    pub(super) fn new(metrics: Arc<Metrics>) -> Self {
        Figures { metrics, shown: None }
    }

    /// Shows a room with that many occupants, or none.
    pub(super) fn show(&mut self, occupants: Option<usize>) {
        self.metrics.rooms.inc_by(i64::from(occupants.is_some()) - i64::from(self.shown.is_some()));
        self.metrics.occupants.inc_by(occupants.unwrap_or(0) as i64 - self.shown.unwrap_or(0) as i64);
        self.shown = occupants;
    }
}

impl Drop for Figures {
    fn drop(&mut self) {
        self.show(None);
    }
}

/// Waits for the store to have kept the first batch under way.
pub(super) async fn first(under_way: &mut VecDeque<UnderWay>) -> Result<(), StoreError> {
    match under_way.front_mut() {
        Some(batch) => (&mut batch.kept).await,
        None => pending().await,
    }
}

/// The sender of a message to everybody, and enough of the stanza to answer it.
pub(super) fn said_in(action: &Action) -> Option<(SessionId, Element)> {
    let Action::Stanza(sender, stanza) = action else { return None };
    (stanza.name() == "message").then(|| {
        let head = Element::new("message", parterre_xmpp::ns::CLIENT)
            .with_opt("id", stanza.get("id"))
            .with_opt("from", stanza.get("from"))
            .with_opt("to", stanza.get("to"));
        (sender.session, head)
    })
}

impl Actor {
    /// Hands a batch's changes to the store. What it led to follows all that is under way already.
    pub(super) fn commit(&mut self, changes: Vec<Change>, outcomes: Vec<Outcome>) {
        let (count, began) = (changes.len(), Instant::now());
        let kept: Pending<()> = if changes.is_empty() {
            Box::pin(async { Ok(()) })
        } else {
            self.server.store.commit(self.handle.name(), changes)
        };
        self.under_way.push_back(UnderWay { kept, began, changes: count, outcomes });
    }

    /// Shows what a batch led to.
    pub(super) async fn release(&mut self, outcomes: Vec<Outcome>) {
        let said = outcomes.iter().filter(|outcome| outcome.said.is_some()).count();
        self.server.metrics.messages.inc_by(said as u64);
        let effects = outcomes.into_iter().flat_map(|outcome| outcome.effects);
        release(&self.server, &self.handle, &mut self.presence, effects).await;
    }

    /// The store has kept the first batch under way, or could not.
    pub(super) async fn release_first(&mut self, kept: Result<(), StoreError>) {
        let Some(batch) = self.under_way.pop_front() else { return };
        match kept {
            Ok(()) => {
                if batch.changes > 0 {
                    self.server.metrics.archive_commit(batch.began.elapsed(), batch.changes);
                    self.server.store_failures.store(0, Ordering::Relaxed);
                }
                self.release(batch.outcomes).await;
            }
            Err(error) => {
                tracing::error!(room = self.handle.name(), %error, "what was said could not be kept, and is not shown");
                self.server.metrics.archive_errors.inc();
                self.server.store_failures.fetch_add(1, Ordering::Relaxed);
                let withheld = batch.outcomes.into_iter().map(|outcome| self.withhold(outcome)).collect();
                self.release(withheld).await;
            }
        }
    }

    /// What is left to do of an outcome that was not kept: nobody sees the message, and its sender is told.
    fn withhold(&mut self, outcome: Outcome) -> Outcome {
        let Some((session, stanza)) = outcome.said else { return outcome };
        if let Some(room) = &mut self.room {
            room.forget(outcome.id);
        }
        let error = StanzaError::new(Condition::InternalServerError)
            .of_type(ErrorType::Wait)
            .text("the message could not be kept, so it was not sent to anybody; try again later")
            .reply_to(&stanza);
        Outcome { effects: vec![Effect::Send(session, Arc::new(Wire::stanza(&error)))], said: None, ..outcome }
    }
}

/// Answers everything that was sent to a room that cannot be read. Questions of the operator's are answered by no
/// answer.
pub(super) async fn refuse_all(
    server: &Arc<Server>,
    handle: &RoomHandle,
    first: Vec<Order>,
    mut inbox: mpsc::Receiver<Order>,
) {
    let mut presence = Presence::new(server.shards.len());
    let mut first = first.into_iter();
    loop {
        let order = match first.next() {
            Some(order) => order,
            None => match inbox.recv().await {
                Some(order) => order,
                None => return,
            },
        };
        let (Order::Command(Action::Stanza(sender, stanza)) | Order::Join(Action::Stanza(sender, stanza), _)) = order
        else {
            if let Order::Stop(done) = order {
                let _ = done.send(());
            }
            continue;
        };
        if matches!(stanza.get("type"), Some("error" | "result")) {
            continue;
        }
        let error = StanzaError::new(Condition::InternalServerError)
            .of_type(ErrorType::Wait)
            .text("the room cannot be read just now; try again later");
        let effect = Effect::Send(sender.session, Arc::new(Wire::stanza(&error.reply_to(&stanza))));
        release(server, handle, &mut presence, [effect]).await;
    }
}
