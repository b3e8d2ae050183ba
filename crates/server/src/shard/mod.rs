//! A shard: one thread, one event loop, and the sessions that live on it.
//!
//! Enters: parcels from rooms, other shards and the listeners. Leaves: bytes to the shard's own clients, one write
//! per client and turn. A shard owns the write side of its sessions, so a room hands each shard one shared event
//! and no recipient has a task or a queue to wake. Nothing here waits for a client: what a client does not take
//! waits in its bounded outbox, and a client that takes nothing is cut off and may resume.

pub mod backlog;
pub mod members;
pub mod outbox;
pub mod overload;
mod pace;
pub mod parcel;
mod relief;
pub mod session;
mod slots;
mod sweep;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parterre_room::{Audience, SessionId};
use parterre_xmpp::{Element, StreamCondition, StreamError, ToAttribute, Wire, ns};
use tokio::sync::{Notify, mpsc};

use crate::bosh;
use crate::listen;
use crate::rooms::{RoomHandle, RoomKey};
use crate::server::Server;
use crate::stream;
use crate::transport::Link;
use backlog::Owed;
use members::Members;
use outbox::{Bounds, Fill, Flushed, Letter, Piece};
use overload::Footing;
use pace::Pace;
pub use parcel::{Parcel, ShardHandle, Step, deal, home};
use session::{End, Session};
use slots::Slots;

/// Members that a fan-out serves before it lets the shard's other tasks run.
const MEMBERS_PER_BREATH: usize = 256;
/// Parcels that one turn takes at most.
const PARCELS_PER_TURN: usize = 1024;

/// The part of the outgoing queue that may hold what can wait for a client that nobody looks at (XEP-0352).
const HELD_BACK: usize = 4;

/// One thread's share of the server.
pub struct Shard {
    /// Its number.
    pub index: u16,
    /// What all shards share.
    pub server: Arc<Server>,
    started: Instant,
    sessions: RefCell<Slots>,
    rooms: RefCell<HashMap<RoomKey, Members>>,
    dirty: RefCell<Vec<Rc<Session>>>,
    scratch: RefCell<Vec<u8>>,
    pub(crate) input: RefCell<Box<[u8]>>,
    pub(crate) bosh: bosh::Sessions,
    nobody: ToAttribute,
    pub(crate) stopping: Cell<bool>,
    stop: Notify,
    serving: Cell<usize>,
    /// Bytes that clients took and the figures do not have yet.
    written: Cell<u64>,
    pace: RefCell<Pace>,
    /// What the shard does about having too much to do.
    footing: Cell<Footing>,
    /// What rooms count as not written yet until this turn is over.
    owed: RefCell<Vec<Arc<Owed>>>,
}

/// An HTTP connection that the shard waits for when it ends.
pub struct Serving(Rc<Shard>);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.serving.set(self.0.serving.get().saturating_sub(1));
        self.0.nudge();
    }
}

impl Shard {
    /// A shard of that number.
    pub fn new(index: u16, server: Arc<Server>) -> Rc<Self> {
        Rc::new(Shard {
            index,
            server,
            started: Instant::now(),
            sessions: RefCell::new(Slots::new(index)),
            rooms: RefCell::default(),
            dirty: RefCell::default(),
            scratch: RefCell::new(Vec::with_capacity(64 * 1024)),
            input: RefCell::new(vec![0; 64 * 1024].into_boxed_slice()),
            bosh: bosh::Sessions::default(),
            nobody: ToAttribute::new(""),
            stopping: Cell::new(false),
            stop: Notify::new(),
            serving: Cell::new(0),
            written: Cell::new(0),
            pace: RefCell::default(),
            footing: Cell::default(),
            owed: RefCell::default(),
        })
    }

    /// Works until the last handle is dropped or the shard has shut down.
    pub async fn run(self: Rc<Self>, mut mailbox: mpsc::Receiver<Parcel>) {
        tokio::task::spawn_local(self.clone().sweep());
        let mut parcels = Vec::with_capacity(PARCELS_PER_TURN);
        while mailbox.recv_many(&mut parcels, PARCELS_PER_TURN).await > 0 {
            let began = Instant::now();
            for parcel in parcels.drain(..) {
                self.open(parcel);
            }
            let (writes, lagging) = self.flush_dirty().await;
            self.settle(writes, lagging);
            if writes > 0 {
                self.server.metrics.fan_out(began.elapsed(), writes);
            }
            if self.is_done() {
                return;
            }
            let window = self.server.ladder.window(self.footing.get().rung);
            let until = self.pace.borrow_mut().after(began, Instant::now(), window);
            self.take_footing();
            if let Some(until) = until {
                tokio::select! {
                    () = tokio::time::sleep_until(until.into()) => {}
                    () = self.server.shards[usize::from(self.index)].hurried() => {}
                }
            }
        }
    }

    /// Seconds since the shard began, with their fraction.
    pub fn seconds(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    /// Seconds since the shard began; the clock of everything that only has to be right to a second.
    pub fn now(&self) -> u32 {
        self.started.elapsed().as_secs() as u32
    }

    fn open(self: &Rc<Self>, parcel: Parcel) {
        match parcel {
            Parcel::Room(room, steps, owed) => {
                self.owed.borrow_mut().extend(owed);
                self.carry_out(&room, steps);
            }
            Parcel::Deliver(session, wire) => {
                if let Some(session) = self.session(session) {
                    self.post(&session, Rc::new(wire));
                }
            }
            Parcel::Close(session, error) => {
                if let Some(session) = self.session(session) {
                    session.give_up(End::Error(error));
                }
            }
            Parcel::Arrival(arrival) => {
                tokio::task::spawn_local(listen::receive(self.clone(), *arrival));
            }
            Parcel::HandedOver(client) => {
                tokio::task::spawn_local(listen::http::take_over(self.clone(), *client));
            }
            Parcel::Claim(claim, answer) => {
                // Whoever asked may have gone; then the session waits for the next one.
                let _ = answer.send(stream::resume::grant(self, &claim));
            }
            Parcel::Resume(moving) => match moving.unpark(self) {
                Ok(moving) => drop(tokio::task::spawn_local(stream::resume::carry_on(self.clone(), moving))),
                Err(error) => tracing::warn!(%error, "a connection was lost between two threads"),
            },
            Parcel::Bosh(request) => bosh::receive(self, *request),
            Parcel::BoshOver(sid) => bosh::forget(self, &sid),
            Parcel::OpenRoom(opening) => {
                tokio::task::spawn_local(crate::rooms::actor::run(self.server.clone(), *opening));
            }
            Parcel::Shutdown => self.shut_down(),
        }
    }

    /// Begins the end: every stream is closed, nobody is let in any more. The shard ends with its last client.
    fn shut_down(self: &Rc<Self>) {
        if self.stopping.replace(true) {
            return;
        }
        self.stop.notify_waiters();
        for (place, session) in self.sessions.borrow().iter().enumerate() {
            if session.detached.take().is_some() {
                tokio::task::spawn_local(stream::farewell::expire(self.clone(), session.clone()));
            } else {
                session.order_end(End::Error(self.shutting_down(place)));
            }
        }
    }

    /// What a stream is told when the server stops (RFC 6120 §4.9.3.20), with the time to wait before connecting again
    /// (`docs/protocol.md`): one after the other, at the rate at which the server takes them. `place` counts them.
    fn shutting_down(&self, place: usize) -> StreamError {
        let error =
            StreamError::new(StreamCondition::SystemShutdown, "the server is stopping; connect again in a moment");
        let Some(rate) = self.server.config.limits.connections_per_second.get() else { return error };
        let place = place * self.server.shards.len() + usize::from(self.index);
        let after = (place as u64).saturating_mul(1_000) / rate as u64;
        error.extra(Element::new("reconnect", ns::RECONNECT).with("after", after.to_string()))
    }

    /// Waits until the shard is told to stop.
    pub async fn stopped(&self) {
        let told = self.stop.notified();
        if !self.stopping.get() {
            told.await;
        }
    }

    /// Keeps the shard from ending until the guard is dropped: an HTTP connection may carry the last words of a
    /// session that lives elsewhere.
    pub fn serving(self: &Rc<Self>) -> Serving {
        self.serving.set(self.serving.get() + 1);
        Serving(self.clone())
    }

    /// Whether the shard has been told to stop and has nobody left.
    fn is_done(&self) -> bool {
        self.stopping.get() && self.population() == 0 && self.serving.get() == 0
    }

    /// Has the shard look whether it is done.
    fn nudge(&self) {
        if self.is_done() {
            // If the mailbox is full, the shard is going to look anyway.
            self.server.shards[usize::from(self.index)].try_send(Parcel::Shutdown);
        }
    }

    fn carry_out(self: &Rc<Self>, room: &RoomHandle, steps: Vec<Step>) {
        let mut rooms = self.rooms.borrow_mut();
        let members = rooms.entry(room.key()).or_default();
        for step in steps {
            match step {
                Step::Enter(id, role) => {
                    members.enter(id, role);
                    self.note_entry(id, room);
                }
                Step::Role(id, role) => members.set_role(id, role),
                Step::Leave(id) => {
                    members.leave(id);
                    if let Some(session) = self.session(id) {
                        session.leave_room(room.key());
                    }
                }
                Step::Send(id, wire) => {
                    if let Some(session) = self.session(id) {
                        self.post(&session, Rc::new(wire));
                    }
                }
                Step::Broadcast(audience, wire) => self.post_to_all(members, audience, &[], wire),
                Step::BroadcastExcept(audience, except, wire) => self.post_to_all(members, audience, &except, wire),
            }
        }
        if members.is_empty() {
            rooms.remove(&room.key());
        }
    }

    fn post_to_all(&self, members: &Members, audience: Audience, except: &[SessionId], wire: Arc<Wire>) {
        let letter: Letter = Rc::new(wire);
        let those = |audience| members.of(audience).filter(|id| !except.contains(id));
        let mut at_once = audience;
        if self.is_strained() && session::can_wait(&Piece::Letter(letter.clone())) {
            let [patient, impatient] = Self::by_patience(audience);
            self.post_when_convenient(those(patient), &letter);
            at_once = impatient;
        }
        let sessions = self.sessions.borrow();
        for session in those(at_once).filter_map(|id| sessions.get(id)) {
            self.post(session, letter.clone());
        }
    }

    /// Puts a letter into a session's outbox; it is written at the end of the turn.
    pub fn post(&self, session: &Rc<Session>, letter: Letter) {
        self.put(session, Piece::Letter(letter));
    }

    /// Puts a piece of output into a session's outbox.
    pub fn put(&self, session: &Rc<Session>, piece: Piece) {
        self.put_patiently(session, piece, session.inactive.get());
    }

    /// The same; what can wait does so if `patient`, up to a part of what the outbox holds.
    fn put_patiently(&self, session: &Rc<Session>, piece: Piece, patient: bool) {
        let bounds = self.bounds();
        let connected = session.detached.get().is_none();
        if connected && !session.blocked.get() && session.outbox.borrow().waiting() + piece.cost() > bounds.bytes / 2 {
            // Much at once is not the client's fault: it is slow only if it does not take what is written.
            self.flush(session);
        }
        let mut outbox = session.outbox.borrow_mut();
        let waits = patient && session::can_wait(&piece) && outbox.waiting() < bounds.bytes / HELD_BACK;
        if waits {
            outbox.supersede(&piece);
        }
        let fill = outbox.push(piece, bounds, connected);
        drop(outbox);
        match fill {
            Fill::Beyond if connected => session.order_end(End::Slow),
            Fill::Fits | Fill::Beyond => {}
            Fill::Lost => session.give_up(End::Slow),
        }
        if !waits {
            self.mark(session);
        }
    }

    /// How much is kept for one session.
    pub(crate) fn bounds(&self) -> Bounds {
        let limits = &self.server.config.limits;
        Bounds { bytes: limits.outgoing_queue_bytes, stanzas: limits.unacked_stanzas }
    }

    /// Has a session's outbox written at the end of the turn.
    pub fn mark(&self, session: &Rc<Session>) {
        if !session.dirty.replace(true) {
            self.dirty.borrow_mut().push(session.clone());
        }
    }

    /// Writes to one client what waits for it.
    pub fn flush(&self, session: &Session) {
        session.dirty.set(false);
        if session.blocked.get() {
            return;
        }
        let link = session.link.borrow();
        let Some(link) = link.as_ref() else { return };
        let to = session.bound.get().map_or(&self.nobody, |bound| &bound.to);
        let mut written = self.written.get();
        let done = session.outbox.borrow_mut().flush(link, to, &mut self.scratch.borrow_mut(), &mut written);
        self.written.set(written);
        match done {
            Ok(Flushed::Empty) => {}
            Ok(Flushed::Blocked) => {
                session.blocked.set(true);
                session.wake.notify_one();
            }
            Err(error) => session.order_end(End::Cut(error.to_string())),
        }
    }

    // --- sessions -------------------------------------------------------------------------------------------

    /// A new session behind that connection, not bound to an address yet.
    pub fn admit(&self, link: Rc<Link>, address: Option<IpAddr>) -> Rc<Session> {
        let now = self.now();
        let session = self.sessions.borrow_mut().insert(|id| Session::new(id, link, address, now));
        if self.stopping.get() {
            session.order_end(End::Error(self.shutting_down(self.population())));
        }
        session
    }

    /// The session of that id, if it lives.
    pub fn session(&self, id: SessionId) -> Option<Rc<Session>> {
        self.sessions.borrow().get(id).cloned()
    }

    /// Forgets a session. Its id is not given again.
    pub fn forget(&self, id: SessionId) {
        self.sessions.borrow_mut().remove(id);
        self.nudge();
    }

    /// How many sessions live here.
    pub fn population(&self) -> usize {
        self.sessions.borrow().len()
    }

    /// The recipient of what is addressed to nobody.
    pub fn nobody(&self) -> &ToAttribute {
        &self.nobody
    }

    /// How long until the sweep looks again.
    const SWEEP: Duration = Duration::from_secs(1);
}
