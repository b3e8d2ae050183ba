//! A room's actor: reads its orders, folds them into its state, has the store keep what is to be kept, and only
//! then lets anybody see what came of it.
//!
//! Orders are taken in batches; the changes of a batch go to the store as one, while the next batch is already
//! being folded. What they led to is released in order, when its own batch and all before it are kept.

mod commit;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use parterre_room::mam::PageRequest;
use parterre_room::{Action, Change, Effect, LogId, Past, Room, SessionId};
use parterre_store::{StoreError, StoredRoom};
use parterre_xmpp::{Element, Wire};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

use super::creation::{self, Refusal};
use super::directory::Summary;
use super::log::LocalLog;
use super::release::Presence;
use super::{Opening, Order, RoomHandle};
use crate::server::{Server, now};
use commit::{Figures, Outcome, UnderWay, first, said_in};

/// Orders that are folded before their changes go to the store together.
const BATCH: usize = 256;
/// Batches that wait for the store before no more orders are taken.
const BATCHES_UNDER_WAY: usize = 32;
/// How long a room that nobody is in stays in memory.
const IDLE: Duration = Duration::from_mins(1);
/// How often a room that wants to know is told that time passes.
const TICK: Duration = Duration::from_secs(1);

struct Actor {
    server: Arc<Server>,
    handle: RoomHandle,
    room: Option<Room>,
    past: Past,
    log: LocalLog,
    presence: Presence,
    under_way: VecDeque<UnderWay>,
    creator: Option<parterre_xmpp::BareJid>,
    described: Option<Summary>,
    figures: Figures,
    /// When the room goes if nobody comes.
    leaves_at: Option<Instant>,
    /// Whether the last to go was cut off rather than leaving.
    cut_off: bool,
    ended: bool,
    /// What was asked of the room after its end, for the next one of its name.
    later: Vec<Order>,
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
        under_way: VecDeque::new(),
        creator: server.directory.summary(handle.name()).and_then(|summary| summary.creator),
        described: None,
        figures: Figures::new(server.metrics.clone()),
        leaves_at: Some(Instant::now() + IDLE),
        cut_off: false,
        ended: false,
        later: Vec::new(),
        server,
        handle,
        room,
        past,
    };
    let stopped = actor.work(first, &mut inbox).await;
    let later = std::mem::take(&mut actor.later);
    actor.server.directory.hand_on(&actor.server, &actor.handle, later, inbox).await;
    if let Some(done) = stopped {
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
    async fn work(&mut self, mut orders: Vec<Order>, inbox: &mut mpsc::Receiver<Order>) -> Option<oneshot::Sender<()>> {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut stopped = None;
        loop {
            if !orders.is_empty() {
                stopped = self.fold(&mut orders).await.or(stopped);
            }
            if (self.ended || stopped.is_some()) && self.under_way.is_empty() {
                return stopped;
            }
            let may_take = self.under_way.len() < BATCHES_UNDER_WAY && !self.ended && stopped.is_none();
            let wants_tick = may_take && self.room.as_ref().is_some_and(Room::wants_tick);
            let leaves_at = self.leaves_at.unwrap_or_else(Instant::now);
            tokio::select! {
                biased;
                kept = first(&mut self.under_way) => self.release_first(kept).await,
                taken = inbox.recv_many(&mut orders, BATCH), if may_take => {
                    if taken == 0 {
                        self.ended = true;
                    }
                }
                _ = ticks.tick(), if wants_tick => orders.push(Order::Command(Action::Tick)),
                () = sleep_until(leaves_at), if may_take && self.leaves_at.is_some() => self.leave(),
            }
        }
    }

    /// Applies a batch of orders and sends its changes to the store.
    async fn fold(&mut self, orders: &mut Vec<Order>) -> Option<oneshot::Sender<()>> {
        let mut outcomes = Vec::with_capacity(orders.len());
        let mut changes = Vec::new();
        let mut stopped = None;
        let mut rest = orders.drain(..);
        for order in rest.by_ref() {
            match order {
                Order::Command(action) => self.command(action, &mut changes, &mut outcomes).await,
                Order::Join(action, answer) => {
                    let from = sender_of(&action);
                    let before = outcomes.len();
                    self.command(action, &mut changes, &mut outcomes).await;
                    let mut effects = outcomes.iter().skip(before).flat_map(|outcome| &outcome.effects);
                    let is_in =
                        effects.any(|effect| matches!(effect, Effect::Enter(entered, _) if Some(*entered) == from));
                    let _ = answer.send(is_in.then_some(self.handle.key()));
                }
                Order::Ended { session, status, clean } => {
                    self.cut_off = !clean;
                    self.apply(Action::SessionEnded(session, status), &mut changes, &mut outcomes);
                }
                Order::Create(fields, answer) => {
                    let made = self.room.is_none() && self.found(&fields, &mut changes, &mut outcomes);
                    let _ = answer.send(made);
                }
                Order::Lists(answer) => {
                    let _ = answer.send(self.room.as_ref().map(creation::lists));
                }
                Order::Operate(action, answer) => {
                    let _ = answer.send(self.room.is_some());
                    self.apply(action, &mut changes, &mut outcomes);
                }
                Order::Answer(query, page) => {
                    if let Some(room) = &self.room {
                        let mut effects = Vec::new();
                        room.answer(&query, page, &mut effects);
                        outcomes.push(Outcome { id: LogId(0), effects, said: None });
                    }
                }
                Order::Stop(done) => {
                    stopped = Some(done);
                    break;
                }
            }
            if self.ended {
                break;
            }
        }
        self.later.extend(rest);
        if changes.is_empty() && self.under_way.is_empty() {
            self.release(outcomes).await;
        } else {
            self.commit(changes, outcomes);
        }
        self.describe();
        stopped
    }

    /// Applies a command to the room, which the command itself may make.
    async fn command(&mut self, action: Action, changes: &mut Vec<Change>, outcomes: &mut Vec<Outcome>) {
        if self.room.is_none() {
            self.create(&action, outcomes).await;
        }
        if matches!(&action, Action::Stanza(..)) {
            self.cut_off = false;
        }
        self.apply(action, changes, outcomes);
    }

    fn apply(&mut self, action: Action, changes: &mut Vec<Change>, outcomes: &mut Vec<Outcome>) {
        let Some(room) = self.room.as_mut() else { return };
        let said = said_in(&action);
        let command = self.log.append(action, now());
        let id = command.id;
        let mut effects = Vec::new();
        room.apply(command, &mut effects);
        self.take_up(id, said, effects, changes, outcomes);
    }

    /// Sets aside what is to be kept, and sees whether the room goes on.
    fn take_up(
        &mut self,
        id: LogId,
        said: Option<(SessionId, Element)>,
        effects: Vec<Effect>,
        changes: &mut Vec<Change>,
        outcomes: &mut Vec<Outcome>,
    ) {
        let Some(room) = &self.room else { return };
        let mut kept = false;
        for effect in &effects {
            match effect {
                Effect::Store(change) => {
                    kept = true;
                    changes.push(change.clone());
                }
                Effect::Destroyed => self.ended = true,
                _ => {}
            }
        }
        if room.is_disposable() && !self.cut_off && !self.ended {
            self.ended = true;
        }
        if self.ended {
            changes.push(Change::Destroy);
        }
        let idle = if room.is_disposable() { self.server.config.rooms.linger } else { IDLE };
        self.leaves_at = room.is_empty().then(|| Instant::now() + idle);
        outcomes.push(Outcome { id, effects, said: said.filter(|_| kept) });
    }

    /// Makes the room if this command may, and answers the sender if not.
    async fn create(&mut self, action: &Action, outcomes: &mut Vec<Outcome>) {
        match creation::create(&self.server, self.handle.name(), action, &self.past).await {
            Ok((room, creator)) => {
                self.room = Some(room);
                self.creator = creator;
            }
            Err(Refusal::Silent) => {}
            Err(Refusal::Answer(session, stanza)) => {
                let effects = vec![Effect::Send(session, Arc::new(Wire::stanza(&stanza)))];
                outcomes.push(Outcome { id: LogId(0), effects, said: None });
            }
        }
        if self.room.is_none() {
            self.leaves_at = Some(Instant::now() + Duration::from_secs(1));
        }
    }

    /// Makes the room for the operator.
    fn found(
        &mut self,
        fields: &[(String, Vec<String>)],
        changes: &mut Vec<Change>,
        outcomes: &mut Vec<Outcome>,
    ) -> bool {
        self.room = creation::found(&self.server, self.handle.name(), &self.past);
        let Some(room) = &mut self.room else { return false };
        let mut effects = Vec::new();
        room.open_by_operator(fields, &mut effects);
        self.take_up(LogId(0), None, effects, changes, outcomes);
        true
    }

    /// Nobody has come: a temporary room ends, a lasting one is put away.
    fn leave(&mut self) {
        self.leaves_at = None;
        if self.room.as_ref().is_none_or(Room::is_empty) {
            if self.room.as_ref().is_some_and(Room::is_disposable) {
                self.commit(vec![Change::Destroy], Vec::new());
                self.server.directory.forget(self.handle.name());
                self.room = None;
            }
            self.ended = true;
            self.figures.show(None);
        }
    }

    /// Tells the directory what is to be told of the room, when that has changed.
    fn describe(&mut self) {
        self.figures.show(self.room.as_ref().filter(|_| !self.ended).map(Room::occupants));
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

fn sender_of(action: &Action) -> Option<SessionId> {
    match action {
        Action::Stanza(sender, _) => Some(sender.session),
        _ => None,
    }
}
