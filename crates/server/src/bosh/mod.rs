//! BOSH (XEP-0124, XEP-0206): sessions that live on a shard, carried by HTTP requests that come in anywhere.
//!
//! Enters: requests, from whichever shard took the connection. Leaves: stream events for the session's task, and
//! answers. What the protocol asks for is decided by `parterre_xmpp::bosh`; here requests wait, and time passes.

pub mod request;

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::io::{self, ErrorKind};
use std::rc::Rc;

use parterre_xmpp::StreamCondition;
use parterre_xmpp::bosh::{Action, End as BoshEnd, RequestId, Session as Machine, Settings, Terminal};
use parterre_xmpp::framing::StreamEvent;
use tokio::sync::{Notify, oneshot};

use crate::metrics::Gauge;
use crate::server::{Server, random_bytes};
use crate::shard::session::End;
use crate::shard::{Parcel, Shard, outbox};
use crate::stream;
use crate::transport::Link;
pub use request::{Reply, Request};

/// How long a session that is over still answers its last requests, in milliseconds.
const AFTERLIFE: u64 = 10_000;

/// Things that a client did and the stream has not taken up, beyond which its requests wait.
const EVENTS: usize = 16;
/// Requests that wait so. A client that keeps to the protocol has fewer.
const WAITING: usize = 8;

/// The BOSH sessions of a shard.
#[derive(Default)]
pub struct Sessions(RefCell<HashMap<String, Place>>);

/// Where a session is.
enum Place {
    Here(Rc<Inner>),
    /// It was handed over, with the connection that it is, to the shard of the session that it resumed.
    There(usize),
}

/// A BOSH session as the stream above it uses it.
pub struct BoshLink(Rc<Inner>);

/// A BOSH session on its way to another shard.
pub struct ParkedBosh(Box<Inner>);

struct Inner {
    sid: String,
    /// Counts it among the sessions.
    _counted: Counted,
    /// Requests that wait until the stream has taken up what those before said.
    waiting: RefCell<VecDeque<Request>>,
    /// Bytes received that the stream has not counted yet.
    received: Cell<usize>,
    machine: RefCell<Machine>,
    replies: RefCell<HashMap<RequestId, oneshot::Sender<Reply>>>,
    last_request: Cell<RequestId>,
    events: RefCell<VecDeque<Result<StreamEvent, End>>>,
    readable: Notify,
    writable: Notify,
    /// The stream's last words are being written.
    ends: Cell<bool>,
    /// Why the stream is to end.
    condition: Cell<Option<Terminal>>,
    /// When the session was over, in milliseconds on the shard's clock.
    over: Cell<Option<u64>>,
    clock: std::time::Instant,
}

/// Takes a request for a session of this shard, or for a new one.
pub fn receive(shard: &Rc<Shard>, request: Request) {
    let Some(sid) = &request.body.sid else {
        return create(shard, request);
    };
    let there = match shard.bosh.0.borrow().get(sid) {
        Some(Place::Here(session)) => return session.clone().receive(request),
        Some(Place::There(at)) => shard.server.shards.get(*at).cloned(),
        None => None,
    };
    match there {
        Some(there) => drop(tokio::task::spawn_local(async move { there.send(Parcel::Bosh(Box::new(request))).await })),
        None => request.refuse(Terminal::ItemNotFound),
    }
}

/// A session that was handed over is no more.
pub fn forget(shard: &Shard, sid: &str) {
    shard.bosh.0.borrow_mut().remove(sid);
}

fn create(shard: &Rc<Shard>, request: Request) {
    let server = &shard.server;
    if request.oversized {
        return request.refuse(Terminal::PolicyViolation);
    }
    let host = request.body.open.to.as_deref();
    let Some(from) = host.and_then(|host| server.authenticator.host(host)) else {
        let why = if host.is_some() { Terminal::HostUnknown } else { Terminal::ImproperAddressing };
        return request.refuse(why);
    };
    let admitted = match server.bosh_admission.admit(request.origin.address) {
        Ok(admitted) => admitted,
        Err(full) => {
            tracing::info!(address = ?request.origin.address, "BOSH session refused: {full}");
            return request.refuse(Terminal::PolicyViolation);
        }
    };
    let sid = format!("{:04x}{:032x}", shard.index, u128::from_le_bytes(random_bytes()));
    let mut actions = Vec::new();
    let clock = std::time::Instant::now();
    let Request { body, bytes, origin, reply, .. } = request;
    let machine = Machine::create(body, 1, (&sid, server.authenticator.name(from)), settings(server), 0, &mut actions);
    let session = Rc::new(Inner {
        sid: sid.clone(),
        _counted: Counted::new(&server.metrics.bosh_sessions),
        waiting: RefCell::default(),
        received: Cell::new(bytes),
        machine: RefCell::new(machine),
        replies: RefCell::new(HashMap::from([(1, reply)])),
        last_request: Cell::new(1),
        events: RefCell::default(),
        readable: Notify::new(),
        writable: Notify::new(),
        ends: Cell::new(false),
        condition: Cell::new(None),
        over: Cell::new(None),
        clock,
    });
    session.carry_out(actions);
    shard.bosh.0.borrow_mut().insert(sid, Place::Here(session.clone()));
    let link = Rc::new(Link::Bosh(BoshLink(session)));
    tokio::task::spawn_local(stream::serve(shard.clone(), link, Vec::new(), origin, Some(admitted)));
}

/// Counts for as long as it is kept.
struct Counted(Gauge);

impl Counted {
    fn new(gauge: &Gauge) -> Self {
        gauge.inc();
        Counted(gauge.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

fn settings(server: &Server) -> Settings {
    let limits = &server.config.limits;
    Settings {
        max_wait: limits.bosh_wait.as_secs() as u32,
        max_hold: limits.bosh_hold as u32,
        inactivity: limits.bosh_inactivity.as_secs() as u32,
        max_pause: limits.bosh_maxpause.as_secs() as u32,
        // What the outbox writes at once has room in any case.
        output_bytes: limits.outgoing_queue_bytes + outbox::LARGEST_BATCH + 2 * limits.stanza_bytes,
        ..Settings::default()
    }
}

/// The shard of the session that a `sid` names.
pub fn home(sid: &str) -> Option<usize> {
    sid.get(..4).and_then(|shard| usize::from_str_radix(shard, 16).ok())
}

impl Sessions {
    /// Lets time pass in all sessions, and forgets those that have been over for a while.
    pub fn sweep(&self, shard: &Shard) {
        let here = |place: &Place| match place {
            Place::Here(session) => Some(session.clone()),
            Place::There(_) => None,
        };
        let all: Vec<Rc<Inner>> = self.0.borrow().values().filter_map(here).collect();
        for session in all {
            session.tick();
            if session.over.get().is_some_and(|over| session.now() > over + AFTERLIFE) {
                let origin = home(&session.sid).filter(|origin| *origin != usize::from(shard.index));
                let told = origin.and_then(|origin| shard.server.shards.get(origin));
                if told.is_none_or(|origin| origin.try_send(Parcel::BoshOver(session.sid.clone()))) {
                    self.0.borrow_mut().remove(&session.sid);
                }
            }
        }
    }
}

impl ParkedBosh {
    /// Puts the session on this shard.
    pub fn unpark(self, shard: &Shard) -> BoshLink {
        let session = Rc::new(*self.0);
        shard.bosh.0.borrow_mut().insert(session.sid.clone(), Place::Here(session.clone()));
        BoshLink(session)
    }
}

impl Inner {
    fn now(&self) -> u64 {
        self.clock.elapsed().as_millis() as u64
    }

    /// Takes a request, once the stream has taken up what those before it said: a client that sends faster than it
    /// may is answered more slowly.
    fn receive(&self, request: Request) {
        let mut waiting = self.waiting.borrow_mut();
        let goes_on = self.over.get().is_some() || waiting.is_empty() && self.events.borrow().len() < EVENTS;
        if goes_on {
            drop(waiting);
            self.take(request);
        } else if waiting.len() < WAITING {
            waiting.push_back(request);
        } else {
            request.refuse(Terminal::PolicyViolation);
        }
    }

    fn take(&self, request: Request) {
        self.received.set(self.received.get() + request.bytes);
        self.forget_gone();
        let id = self.last_request.get() + 1;
        self.last_request.set(id);
        self.replies.borrow_mut().insert(id, request.reply);
        let mut actions = Vec::new();
        let now = self.now();
        if request.oversized {
            self.machine.borrow_mut().violate(id, Terminal::PolicyViolation, now, &mut actions);
        } else {
            self.machine.borrow_mut().request(id, request.body, now, &mut actions);
        }
        self.carry_out(actions);
        // Whether it says something or only waits: the stream may have something for it.
        self.readable.notify_one();
        self.writable.notify_one();
    }

    fn tick(&self) {
        self.forget_gone();
        let mut actions = Vec::new();
        let due = self.machine.borrow().next_deadline().is_some_and(|deadline| deadline <= self.now());
        if due {
            self.machine.borrow_mut().tick(self.now(), &mut actions);
        }
        self.carry_out(actions);
    }

    fn flush(&self) {
        self.forget_gone();
        let mut actions = Vec::new();
        self.machine.borrow_mut().flush(self.now(), &mut actions);
        self.carry_out(actions);
    }

    /// A client that has hung up must not be given what it cannot receive.
    fn forget_gone(&self) {
        let gone: Vec<RequestId> = {
            let replies = self.replies.borrow();
            replies.iter().filter(|(_, reply)| reply.is_closed()).map(|(id, _)| *id).collect()
        };
        for id in gone {
            self.replies.borrow_mut().remove(&id);
            self.machine.borrow_mut().forget(id, self.now());
        }
    }

    fn carry_out(&self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Open(open) => self.event(Ok(StreamEvent::Open(open))),
                Action::Deliver(element) => self.event(Ok(StreamEvent::Element(element))),
                Action::Respond { request, body } => {
                    let content_type = self.machine.borrow().content_type().to_owned();
                    if let Some(reply) = self.replies.borrow_mut().remove(&request) {
                        // A client that has hung up this moment asks again for the same request.
                        let _ = reply.send(Reply { body, content_type });
                    }
                    self.writable.notify_one();
                }
                Action::Terminated(end) => {
                    self.over.set(Some(self.now()));
                    match end {
                        BoshEnd::Server => {}
                        BoshEnd::Client => self.event(Ok(StreamEvent::Close)),
                        BoshEnd::Inactive => self.event(Err(End::Cut("no request came in time".into()))),
                        BoshEnd::Violation(why) => self.event(Err(End::Cut(format!("BOSH: {}", why.as_str())))),
                    }
                }
            }
        }
    }

    fn event(&self, event: Result<StreamEvent, End>) {
        self.events.borrow_mut().push_back(event);
        self.readable.notify_one();
    }
}

impl BoshLink {
    /// The next thing that the client did, if there is one.
    pub fn take(&self) -> Option<Result<StreamEvent, End>> {
        let event = self.0.events.borrow_mut().pop_front();
        if event.is_some() {
            return event;
        }
        let next = self.0.waiting.borrow_mut().pop_front()?;
        self.0.take(next);
        self.0.events.borrow_mut().pop_front()
    }

    /// How many bytes have come since this was last asked.
    pub fn received(&self) -> usize {
        self.0.received.take()
    }

    /// Takes the session off this shard. Requests that come for it here are passed on.
    pub fn park(self, shard: &Shard, to: usize) -> io::Result<ParkedBosh> {
        shard.bosh.0.borrow_mut().insert(self.0.sid.clone(), Place::There(to));
        match Rc::try_unwrap(self.0) {
            Ok(inner) => Ok(ParkedBosh(Box::new(inner))),
            Err(session) => {
                shard.bosh.0.borrow_mut().insert(session.sid.clone(), Place::Here(session));
                Err(io::Error::other("the session is in use"))
            }
        }
    }

    /// Waits until there may be one.
    pub async fn readable(&self) {
        if self.0.events.borrow().is_empty() && self.0.waiting.borrow().is_empty() {
            self.0.readable.notified().await;
        }
    }

    /// Queues stanzas for the next request that may be answered. `WouldBlock`: as many wait as may.
    pub fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.machine.borrow_mut().send(bytes).is_ok() {
            return Ok(bytes.len());
        }
        // What waits may go out with a request that has come meanwhile.
        self.0.flush();
        match self.0.machine.borrow_mut().send(bytes) {
            Ok(()) => Ok(bytes.len()),
            Err(_) => Err(ErrorKind::WouldBlock.into()),
        }
    }

    /// Answers the requests that are due an answer.
    pub fn flush(&self) {
        // What is written last goes out with the body that says that it is the last.
        if !self.0.ends.get() {
            self.0.flush();
        }
    }

    /// Waits until a write may be taken.
    pub async fn writable(&self) {
        self.0.writable.notified().await;
    }

    /// Notes that the stream ends, and with which error.
    pub fn ends_with(&self, condition: Option<StreamCondition>) {
        self.0.ends.set(true);
        self.0.condition.set(condition.map(|condition| match condition {
            StreamCondition::SystemShutdown => Terminal::SystemShutdown,
            StreamCondition::HostUnknown => Terminal::HostUnknown,
            StreamCondition::HostGone => Terminal::HostGone,
            StreamCondition::ImproperAddressing => Terminal::ImproperAddressing,
            _ => Terminal::RemoteStreamError,
        }));
    }

    /// Ends the session from this side; what was written goes out with its last body.
    pub fn finish(&self) {
        let mut actions = Vec::new();
        self.0.machine.borrow_mut().close(self.0.condition.get(), self.0.now(), &mut actions);
        self.0.carry_out(actions);
        if self.0.over.get().is_none() {
            self.0.over.set(Some(self.0.now()));
        }
        for request in self.0.waiting.take() {
            self.0.take(request);
        }
    }
}
