//! The end of a batch: what it changed is kept or it is not, and what it led to is shown or withheld.

use std::collections::{HashSet, VecDeque};
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use parterre_room::{Action, Change, Effect, LogId, Room, SessionId};
use parterre_store::{Pending, StoreError};
use parterre_xmpp::{BareJid, Condition, Element, ErrorType, StanzaError, Wire};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::{Actor, IDLE};
use crate::metrics::Metrics;
use crate::rooms::release::{Presence, release};
use crate::rooms::{Done, Inbox, Order, RoomHandle, RoomKey};
use crate::server::Server;
use crate::shard::backlog::Owed;

/// What one command led to.
#[derive(Default)]
pub(super) struct Outcome {
    /// Its place; 0 if the room's log has none for it.
    pub(super) id: LogId,
    pub(super) effects: Vec<Effect>,
    /// Whom to tell if it could not be kept, and enough of what they sent to answer it.
    pub(super) asked: Option<(SessionId, Element)>,
    /// Whether it is something said that the archive keeps.
    pub(super) said: bool,
    /// Who waits for it to be kept.
    pub(super) answer: Option<Answer>,
}

/// An answer to whoever gave an order.
pub(super) enum Answer {
    /// By which opening of the room the session was let in.
    Join(oneshot::Sender<Option<RoomKey>>, Option<RoomKey>),
    /// What became of the order.
    Done(oneshot::Sender<Done>, Done),
}

impl Answer {
    /// Gives it; if what it says was not kept, it says that instead.
    pub(super) fn give(self, kept: bool) {
        // Whoever asked may be gone.
        match self {
            Answer::Join(waits, key) => drop(waits.send(key.filter(|_| kept))),
            Answer::Done(waits, done) => drop(waits.send(if kept { done } else { Done::NotKept })),
        }
    }
}

/// What several orders led to.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) outcomes: Vec<Outcome>,
    pub(super) changes: Vec<Change>,
    /// Bytes of what it gives out to many.
    pub(super) weight: usize,
}

/// What a room was before a change.
pub(super) struct Before {
    pub(super) room: Option<Room>,
    pub(super) creator: Option<BareJid>,
}

/// A batch whose changes are on their way into the store.
pub(super) struct UnderWay {
    kept: Pending<()>,
    began: Instant,
    changes: usize,
    outcomes: Vec<Outcome>,
    owed: Option<Arc<Owed>>,
}

/// What an open room counts for among the figures.
pub(super) struct Figures {
    metrics: Arc<Metrics>,
    shown: Option<usize>,
    holds: bool,
}

impl Figures {
    pub(super) fn new(metrics: Arc<Metrics>) -> Self {
        Figures { metrics, shown: None, holds: false }
    }

    /// Shows a room with that many occupants, or none.
    pub(super) fn show(&mut self, occupants: Option<usize>) {
        self.metrics.rooms.inc_by(i64::from(occupants.is_some()) - i64::from(self.shown.is_some()));
        self.metrics.occupants.inc_by(occupants.unwrap_or(0) as i64 - self.shown.unwrap_or(0) as i64);
        self.shown = occupants;
    }

    /// Shows whether the room holds back those who speak.
    pub(super) fn hold(&mut self, holds: bool) {
        self.metrics.rooms_holding.inc_by(i64::from(holds) - i64::from(self.holds));
        self.holds = holds;
    }
}

impl Drop for Figures {
    fn drop(&mut self) {
        self.show(None);
        self.hold(false);
    }
}

/// Waits for the store to have kept the first batch under way.
pub(super) async fn first(under_way: &mut VecDeque<UnderWay>) -> Result<(), StoreError> {
    match under_way.front_mut() {
        Some(batch) => (&mut batch.kept).await,
        None => pending().await,
    }
}

/// Enough of a stanza to answer it.
pub(super) fn head_of(stanza: &Element) -> Element {
    Element::new(stanza.name().to_owned(), parterre_xmpp::ns::CLIENT)
        .with_opt("type", stanza.get("type"))
        .with_opt("id", stanza.get("id"))
        .with_opt("from", stanza.get("from"))
        .with_opt("to", stanza.get("to"))
}

/// Who sent an action, if anybody did.
pub(super) fn sender_of(action: &Action) -> Option<SessionId> {
    match action {
        Action::Stanza(sender, _) => Some(sender.session),
        _ => None,
    }
}

/// Whom to tell if what an action leads to cannot be kept: the sender of a message or of a change, and whoever reads the
/// archive, who may be shown what is not kept yet.
pub(super) fn asked_in(action: &Action, changes: bool) -> Option<(SessionId, Element)> {
    let (sender, stanza) = match action {
        Action::Stanza(sender, stanza) => (sender.session, stanza),
        Action::Recalled(recall, _) if recall.stanza.name() == "iq" => (recall.sender.session, &recall.stanza),
        _ => return None,
    };
    let is_answer = matches!(stanza.get("type"), Some("error" | "result"));
    let tells = changes || stanza.name() == "message" || stanza.has("query", parterre_xmpp::ns::MAM);
    (tells && !is_answer).then(|| (sender, head_of(stanza)))
}

/// What somebody gets whose wish could not be kept.
fn not_kept(asked: &(SessionId, Element)) -> Effect {
    let (session, stanza) = asked;
    let text = match stanza.name() {
        "message" => "the message could not be kept, so it was not sent to anybody; try again later",
        "presence" => "the room could not be kept, so it was not made; try again later",
        _ => "the room's store does not work just now, so nothing was done; try again later",
    };
    let error = StanzaError::new(Condition::InternalServerError).of_type(ErrorType::Wait).text(text);
    Effect::Send(*session, Arc::new(Wire::stanza(&error.reply_to(stanza))))
}

impl Outcome {
    /// What is left of something said that was not kept: what went before the saying, such as that its speaker is
    /// there, and an error for the speaker.
    fn unsaid(mut self) -> Self {
        let said = |effect: &Effect| matches!(effect, Effect::Store(Change::Message(_)));
        let at = self.effects.iter().position(said).unwrap_or_default();
        self.effects.truncate(at);
        self.effects.extend(self.asked.as_ref().map(not_kept));
        Outcome { said: false, ..self }
    }

    /// Takes out what shows a message that was not kept: history for who joined, pages of the archive. Nobody else can
    /// name such a message, since its id has been shown to nobody.
    fn forget(&mut self, lost: &HashSet<LogId>) {
        let shows = |effect: &Effect| matches!(effect, Effect::Send(_, wire) if names_any(wire.bytes(), lost));
        if !self.effects.iter().any(shows) {
            return;
        }
        match &self.asked {
            // A page with a hole is no page.
            Some(asked) if asked.1.name() == "iq" => self.effects = vec![not_kept(asked)],
            _ => self.effects.retain(|effect| !shows(effect)),
        }
    }
}

/// Whether an attribute of the stanza is one of these ids.
fn names_any(stanza: &[u8], ids: &HashSet<LogId>) -> bool {
    stanza.split(|byte| *byte == b'\'').any(|part| {
        let id = std::str::from_utf8(part).ok().and_then(LogId::parse);
        id.is_some_and(|id| ids.contains(&id))
    })
}

impl Actor {
    /// Hands a batch's changes to the store; `weight` is what it gives out to many. What it led to follows all that is under way already.
    pub(super) fn commit(&mut self, changes: Vec<Change>, outcomes: Vec<Outcome>, weight: usize) {
        let (count, began) = (changes.len(), Instant::now());
        let kept: Pending<()> = if changes.is_empty() {
            Box::pin(async { Ok(()) })
        } else {
            self.server.store.commit(self.handle.name(), changes)
        };
        let owed = self.backlog.owe(weight);
        self.under_way.push_back(UnderWay { kept, began, changes: count, outcomes, owed });
    }

    /// Shows what a batch led to.
    pub(super) async fn release(&mut self, outcomes: Vec<Outcome>, owed: Option<Arc<Owed>>) {
        let said = outcomes.iter().filter(|outcome| outcome.said).count();
        self.server.metrics.messages.inc_by(said as u64);
        let effects = outcomes.into_iter().flat_map(|outcome| {
            if let Some(answer) = outcome.answer {
                answer.give(true);
            }
            outcome.effects
        });
        release(&self.server, &self.handle, &mut self.presence, effects, owed).await;
        self.hurry();
    }

    /// The store has kept the first batch under way, or could not.
    pub(super) async fn release_first(&mut self, kept: Result<(), StoreError>) {
        let Some(mut batch) = self.under_way.pop_front() else { return };
        let owed = batch.owed.take();
        let outcomes = match kept {
            Ok(()) => {
                if batch.changes > 0 {
                    self.server.metrics.archive_commit(batch.began.elapsed(), batch.changes);
                    self.server.store_failures.store(0, Ordering::Relaxed);
                }
                self.before = None;
                batch.outcomes
            }
            Err(error) => {
                tracing::error!(room = self.handle.name(), %error, "what was asked of the room could not be kept, and is not shown");
                self.server.metrics.archive_errors.inc();
                self.server.store_failures.fetch_add(1, Ordering::Relaxed);
                match self.before.take() {
                    Some(before) => self.take_back(before, batch.outcomes),
                    None => self.withhold(batch.outcomes),
                }
            }
        };
        self.describe();
        self.release(outcomes, owed).await;
    }

    /// What is left to do of a change that was not kept: the room is what it was, and whoever asked is told.
    fn take_back(&mut self, before: Before, outcomes: Vec<Outcome>) -> Vec<Outcome> {
        self.room = before.room;
        self.put_off_deadline();
        self.creator = before.creator;
        self.ended = false;
        self.leaves_at = Some(Instant::now() + IDLE);
        self.note_whether_empty();
        let refused = |outcome: Outcome| {
            if let Some(answer) = outcome.answer {
                answer.give(false);
            }
            Outcome { effects: outcome.asked.as_ref().map(not_kept).into_iter().collect(), ..Outcome::default() }
        };
        outcomes.into_iter().map(refused).collect()
    }

    /// What is left to do of messages that were not kept: nobody sees them, nor do those who have joined since, and
    /// their senders are told.
    fn withhold(&mut self, outcomes: Vec<Outcome>) -> Vec<Outcome> {
        let lost: HashSet<LogId> = outcomes.iter().filter(|outcome| outcome.said).map(|outcome| outcome.id).collect();
        if let Some(room) = &mut self.room {
            for id in &lost {
                room.forget(*id);
            }
        }
        for outcome in self.under_way.iter_mut().flat_map(|batch| &mut batch.outcomes) {
            outcome.forget(&lost);
        }
        let withheld = |mut outcome: Outcome| {
            if outcome.said {
                return outcome.unsaid();
            }
            outcome.forget(&lost);
            outcome
        };
        outcomes.into_iter().map(withheld).collect()
    }
}

/// Answers everything that was sent to a room that cannot be read. Questions of the operator's are answered by no
/// answer.
pub(super) async fn refuse_all(server: &Arc<Server>, handle: &RoomHandle, first: Vec<Order>, mut inbox: Inbox) {
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
        release(server, handle, &mut presence, [effect], None).await;
    }
}
