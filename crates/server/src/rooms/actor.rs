//! A room's actor: reads its orders, folds them into its state, has the store keep what is to be kept, and only
//! then lets anybody see what came of it.
//!
//! Orders are taken in batches; the changes of a batch go to the store as one, while the next batch is already
//! being folded. What they led to is released in order, when its own batch and all before it are kept. What changes the
//! room itself is folded alone, so that a change that cannot be kept never was.

mod commit;
mod hold;
mod time;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use parterre_room::mam::PageRequest;
use parterre_room::{Action, Change, Effect, Past, Room};
use parterre_store::{StoreError, StoredRoom};
use parterre_xmpp::Wire;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, sleep_until};

use super::creation::{self, Refusal};
use super::directory::Summary;
use super::log::LocalLog;
use super::release::Presence;
use super::{Done, Inbox, Opening, Order, RoomHandle};
use crate::server::{Server, now};
use crate::shard::backlog::Backlog;
use commit::{Answer, Batch, Before, Figures, Outcome, UnderWay, asked_in, first, head_of, sender_of};

/// Orders that are folded before their changes go to the store together.
const BATCH: usize = 256;
/// Batches that wait for the store before no more orders are taken.
const BATCHES_UNDER_WAY: usize = 32;
/// How long a room that nobody is in stays in memory.
const IDLE: Duration = Duration::from_mins(1);
/// How often a room that wants to know is told that time passes.
const TICK: Duration = Duration::from_secs(1);
/// How often at most a room, and with it its moderators, is told of the shards' strain.
const BETWEEN_STRAINS: Duration = Duration::from_secs(2);

struct Actor {
    server: Arc<Server>,
    handle: RoomHandle,
    room: Option<Room>,
    past: Past,
    log: LocalLog,
    presence: Presence,
    /// What was taken from the inbox and has not been folded. What is left at the end is for the next of this name.
    waiting: VecDeque<Order>,
    /// The same of what passes while the room holds.
    urgent: VecDeque<Order>,
    /// What was given out and is not written yet.
    backlog: Backlog,
    under_way: VecDeque<UnderWay>,
    /// What the room was before the change under way, if one is.
    before: Option<Before>,
    creator: Option<parterre_xmpp::BareJid>,
    described: Option<Summary>,
    figures: Figures,
    /// When the room goes if nobody comes.
    leaves_at: Option<Instant>,
    /// Whether the last to go was cut off rather than leaving.
    cut_off: bool,
    ended: bool,
    /// When what is over and could not be ended is tried again.
    tries_again_at: Option<Instant>,
    /// When the room was last told of the shards' strain.
    felt_at: Option<Instant>,
    /// Whom to tell that the room has stopped.
    stopped: Option<oneshot::Sender<()>>,
}

/// Opens a room and works for it until it ends.
pub async fn run(server: Arc<Server>, opening: Opening) {
    let Opening { handle, mut inbox, first } = opening;
    let loaded = load(&server, handle.name()).await.map_err(|error| error.to_string());
    let restored = loaded.and_then(|(stored, past)| {
        let room = creation::restore(&server, handle.name(), &stored, &past)?;
        Ok((stored.last_id, room, past))
    });
    let (last_id, room, past) = match restored {
        Ok(restored) => restored,
        Err(error) => {
            tracing::error!(room = handle.name(), error, "the room could not be read from the store");
            server.directory.close(&handle);
            inbox.close();
            commit::refuse_all(&server, &handle, first, inbox).await;
            return;
        }
    };
    let mut actor = Actor {
        log: LocalLog::after(last_id),
        presence: Presence::new(server.shards.len()),
        waiting: first.into(),
        urgent: VecDeque::new(),
        backlog: Backlog::default(),
        under_way: VecDeque::new(),
        before: None,
        creator: server.directory.summary(handle.name()).and_then(|summary| summary.creator),
        described: None,
        figures: Figures::new(server.metrics.clone()),
        leaves_at: Some(Instant::now() + IDLE),
        cut_off: false,
        ended: false,
        tries_again_at: None,
        felt_at: None,
        stopped: None,
        server,
        handle,
        room,
        past,
    };
    actor.work(&mut inbox).await;
    let later = actor.urgent.drain(..).chain(actor.waiting.drain(..)).collect();
    actor.server.directory.hand_on(&actor.server, &actor.handle, later, inbox).await;
    if let Some(done) = actor.stopped.take() {
        // Whoever waited for it may be gone.
        let _ = done.send(());
    }
}

/// What the store has of a room, and what was said in it last.
async fn load(server: &Server, name: &str) -> Result<(StoredRoom, Past), StoreError> {
    let stored = server.store.load_room(name, server.policy.recent_messages()).await?;
    // A page of no messages says how many there are.
    let archived = server.store.page(name, PageRequest::default()).await?.count;
    let past = Past { recent: stored.recent.clone(), archived };
    Ok((stored, past))
}

impl Actor {
    async fn work(&mut self, inbox: &mut Inbox) {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let (mut orders, mut urgent) = (Vec::new(), Vec::new());
        loop {
            while self.fold().await {}
            let ends = self.ended || self.stopped.is_some();
            if ends && self.under_way.is_empty() {
                return;
            }
            let holds = self.show_hold(inbox);
            let busy = self.before.is_some() || self.under_way.len() >= BATCHES_UNDER_WAY || !self.urgent.is_empty();
            let may_pass = !ends && !busy;
            let may_take = may_pass && self.waiting.is_empty() && !holds;
            // A quiet room hears of it as well when all is well again.
            let strained = self.room.as_ref().is_some_and(|room| !room.strain().is_calm());
            let wants_tick = may_take && (strained || self.room.as_ref().is_some_and(Room::wants_tick));
            let until_due = self.until_due();
            let leaves_at = self.leaves_at.unwrap_or_else(Instant::now);
            tokio::select! {
                biased;
                kept = first(&mut self.under_way) => self.release_first(kept).await,
                passed = inbox.urgent.recv_many(&mut urgent, BATCH), if may_pass => {
                    self.ended |= passed == 0;
                    self.urgent.extend(urgent.drain(..));
                }
                taken = inbox.orders.recv_many(&mut orders, BATCH), if may_take => {
                    self.ended |= taken == 0;
                    self.waiting.extend(orders.drain(..));
                    self.feel();
                }
                () = sleep(hold::GLANCE), if may_pass && !may_take => {}
                _ = ticks.tick(), if wants_tick => self.tick(),
                () = sleep(until_due.unwrap_or_default()), if may_pass && until_due.is_some() => {}
                () = sleep_until(leaves_at), if may_take && self.leaves_at.is_some() => self.leave(),
            }
        }
    }

    /// Applies what waits, as far as it may be applied now, and sends its changes to the store. Says whether there was
    /// anything to do.
    ///
    /// What may change the room itself is a batch of its own, upon a room of which everything is kept, and nothing is
    /// folded until it is kept as well: so it can be taken back, and nothing rests on what was.
    async fn fold(&mut self) -> bool {
        if self.before.is_some() {
            return false;
        }
        self.meet_deadline();
        let mut batch = Batch::default();
        while !self.ended && self.stopped.is_none() && self.before.is_none() {
            let Some(order) = self.next_order(batch.weight) else { break };
            let changes = self.may_change(order);
            if changes && !(batch.outcomes.is_empty() && self.under_way.is_empty()) {
                break;
            }
            let Some(order) = self.take_order() else { break };
            if changes {
                self.before = Some(Before { room: self.room.clone(), creator: self.creator.clone() });
            }
            self.take(order, &mut batch).await;
        }
        let Batch { outcomes, changes, weight } = batch;
        if outcomes.is_empty() && changes.is_empty() {
            let was_one = self.before.take().is_some();
            self.describe();
            return was_one;
        }
        if changes.is_empty() && self.under_way.is_empty() {
            self.before = None;
            self.describe();
            let owed = self.backlog.owe(weight);
            self.release(outcomes, owed).await;
        } else {
            self.commit(changes, outcomes, weight);
            self.describe();
        }
        true
    }

    /// Whether an order may change what the room is: see [`Room::may_be_changed_by`]. To make it is a change.
    fn may_change(&self, order: &Order) -> bool {
        match (order, &self.room) {
            (Order::Command(action) | Order::Join(action, _) | Order::Operate(action, _), Some(room)) => {
                room.may_be_changed_by(action)
            }
            (Order::Command(Action::Stanza(_, stanza)) | Order::Join(Action::Stanza(_, stanza), _), None) => {
                stanza.name() == "presence"
            }
            (Order::Create(..), None) => true,
            _ => false,
        }
    }

    /// Carries out one order.
    async fn take(&mut self, order: Order, batch: &mut Batch) {
        match order {
            Order::Command(action) => self.command(action, batch).await,
            Order::Join(action, answer) => {
                let from = sender_of(&action);
                let before = batch.outcomes.len();
                self.command(action, batch).await;
                let mut effects = batch.outcomes.iter().skip(before).flat_map(|outcome| &outcome.effects);
                let is_in = effects.any(|effect| matches!(effect, Effect::Enter(entered, _) if Some(*entered) == from));
                self.answer(Answer::Join(answer, is_in.then_some(self.handle.key())), batch);
            }
            Order::Ended { session, status, clean } => {
                self.cut_off = !clean;
                self.apply(Action::SessionEnded(session, status), batch);
            }
            Order::Create(fields, answer) => {
                let made = self.room.is_none() && self.found(&fields, batch);
                self.answer(Answer::Done(answer, if made { Done::Yes } else { Done::No }), batch);
            }
            Order::Lists(answer) => {
                let _ = answer.send(self.room.as_ref().map(creation::lists));
            }
            Order::Operate(action, answer) => {
                let is_there = self.room.is_some();
                self.apply(action, batch);
                self.answer(Answer::Done(answer, if is_there { Done::Yes } else { Done::No }), batch);
            }
            Order::Answer(query, page) => {
                if let Some(room) = &self.room {
                    let mut effects = Vec::new();
                    room.answer(&query, page, &mut effects);
                    let asked = Some((query.sender.session, head_of(&query.iq)));
                    batch.outcomes.push(Outcome { effects, asked, ..Outcome::default() });
                }
            }
            Order::Stop(done) => self.stopped = Some(done),
        }
    }

    /// Answers whoever waits for an order: at once, or, if it is a change that is to be kept, when it is.
    fn answer(&self, answer: Answer, batch: &mut Batch) {
        match batch.outcomes.last_mut().filter(|_| self.before.is_some()) {
            Some(outcome) => outcome.answer = Some(answer),
            None => answer.give(true),
        }
    }

    /// Applies a command to the room, which the command itself may make.
    async fn command(&mut self, action: Action, batch: &mut Batch) {
        if self.room.is_none() {
            self.create(&action, batch).await;
        }
        if matches!(&action, Action::Stanza(..)) {
            self.cut_off = false;
        }
        self.apply(action, batch);
    }

    fn apply(&mut self, action: Action, batch: &mut Batch) {
        let Some(room) = self.room.as_mut() else { return };
        let asked = asked_in(&action, self.before.is_some());
        let command = self.log.append(action, now());
        let id = command.id;
        let mut effects = Vec::new();
        room.apply(command, &mut effects);
        self.log.reach(room.place());
        self.take_up(Outcome { id, effects, asked, ..Outcome::default() }, batch);
    }

    /// Sets aside what is to be kept, and sees whether the room goes on.
    fn take_up(&mut self, mut outcome: Outcome, batch: &mut Batch) {
        let Some(room) = &self.room else { return };
        for effect in &outcome.effects {
            match effect {
                Effect::Store(change) => {
                    outcome.said |= matches!(change, Change::Message(_));
                    batch.changes.push(change.clone());
                }
                Effect::Destroyed => self.ended = true,
                _ => {}
            }
        }
        if room.is_disposable() && !self.cut_off && !self.ended {
            self.ended = true;
        }
        if self.ended {
            batch.changes.push(Change::Destroy);
        }
        self.note_whether_empty();
        batch.weight += hold::weight(&outcome.effects);
        batch.outcomes.push(outcome);
    }

    /// Makes the room if this command may, and answers the sender if not.
    async fn create(&mut self, action: &Action, batch: &mut Batch) {
        match creation::create(&self.server, self.handle.name(), action, &self.past).await {
            Ok((room, creator)) => {
                self.room = Some(room);
                self.creator = creator;
            }
            Err(Refusal::Silent) => {}
            Err(Refusal::Answer(session, stanza)) => {
                let effects = vec![Effect::Send(session, Arc::new(Wire::stanza(&stanza)))];
                batch.outcomes.push(Outcome { effects, ..Outcome::default() });
            }
        }
        if self.room.is_none() {
            self.leaves_at = Some(Instant::now() + Duration::from_secs(1));
        }
    }

    /// Makes the room for the operator.
    fn found(&mut self, fields: &[(String, Vec<String>)], batch: &mut Batch) -> bool {
        self.room = creation::found(&self.server, self.handle.name(), &self.past);
        let Some(room) = &mut self.room else { return false };
        let mut effects = Vec::new();
        room.open_by_operator(fields, &mut effects);
        self.take_up(Outcome { effects, ..Outcome::default() }, batch);
        true
    }

    /// Tells the directory what is to be told of the room, when that has changed and is kept.
    fn describe(&mut self) {
        self.figures.show(self.room.as_ref().filter(|_| !self.ended).map(Room::occupants));
        if self.before.is_some() {
            return;
        }
        let now = match &self.room {
            Some(room) if !self.ended => Some(Summary {
                title: room.title().to_owned(),
                public: room.is_public(),
                occupants: room.occupants(),
                creator: self.creator.clone(),
            }),
            _ => None,
        };
        if now == self.described {
            return;
        }
        match &now {
            Some(summary) => self.server.directory.describe(self.handle.name(), summary.clone()),
            None => self.server.directory.forget(self.handle.name()),
        }
        self.described = now;
    }
}

#[cfg(test)]
mod tests;
