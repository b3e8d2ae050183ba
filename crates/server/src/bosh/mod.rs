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

use crate::listen::admission::Admitted;
use crate::server::{Server, random_bytes};
use crate::shard::Shard;
use crate::shard::session::End;
use crate::stream::{self, Origin};
use crate::transport::Link;
pub use request::{Reply, Request};

/// How long a session that is over still answers its last requests, in milliseconds.
const AFTERLIFE: u64 = 10_000;

/// The BOSH sessions of a shard.
#[derive(Default)]
pub struct Sessions(RefCell<HashMap<String, Rc<Inner>>>);

/// A BOSH session as the stream above it uses it.
pub struct BoshLink(Rc<Inner>);

struct Inner {
    machine: RefCell<Machine>,
    replies: RefCell<HashMap<RequestId, oneshot::Sender<Reply>>>,
    last_request: Cell<RequestId>,
    events: RefCell<VecDeque<Result<StreamEvent, End>>>,
    readable: Notify,
    writable: Notify,
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
    let known = shard.bosh.0.borrow().get(sid).cloned();
    match known {
        Some(session) => session.take(request),
        None => request.refuse(Terminal::ItemNotFound),
    }
}

fn create(shard: &Rc<Shard>, request: Request) {
    let server = &shard.server;
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
    let Request { body, origin, reply } = request;
    let machine = Machine::create(body, 1, (&sid, server.authenticator.name(from)), settings(server), 0, &mut actions);
    let session = Rc::new(Inner {
        machine: RefCell::new(machine),
        replies: RefCell::new(HashMap::from([(1, reply)])),
        last_request: Cell::new(1),
        events: RefCell::default(),
        readable: Notify::new(),
        writable: Notify::new(),
        condition: Cell::new(None),
        over: Cell::new(None),
        clock,
    });
    session.carry_out(actions);
    shard.bosh.0.borrow_mut().insert(sid, session.clone());
    server.metrics.bosh_sessions.inc();
    tokio::task::spawn_local(serve(shard.clone(), session, origin, admitted));
}

async fn serve(shard: Rc<Shard>, session: Rc<Inner>, origin: Origin, admitted: Admitted) {
    let link = Rc::new(Link::Bosh(BoshLink(session)));
    stream::serve(shard.clone(), link, Vec::new(), origin, Some(admitted)).await;
    shard.server.metrics.bosh_sessions.dec();
}

fn settings(server: &Server) -> Settings {
    let limits = &server.config.limits;
    Settings {
        max_wait: limits.bosh_wait.as_secs() as u32,
        max_hold: limits.bosh_hold as u32,
        inactivity: limits.bosh_inactivity.as_secs() as u32,
        max_pause: limits.bosh_maxpause.as_secs() as u32,
        output_bytes: limits.outgoing_queue_bytes,
        ..Settings::default()
    }
}

/// The shard of the session that a `sid` names.
pub fn home(sid: &str) -> Option<usize> {
    sid.get(..4).and_then(|shard| usize::from_str_radix(shard, 16).ok())
}

impl Sessions {
    /// Lets time pass in all sessions, and forgets those that have been over for a while.
    pub fn sweep(&self) {
        let all: Vec<(String, Rc<Inner>)> =
            self.0.borrow().iter().map(|(sid, session)| (sid.clone(), session.clone())).collect();
        for (sid, session) in all {
            session.tick();
            if session.over.get().is_some_and(|over| session.now() > over + AFTERLIFE) {
                self.0.borrow_mut().remove(&sid);
            }
        }
    }
}

impl Inner {
    fn now(&self) -> u64 {
        self.clock.elapsed().as_millis() as u64
    }

    fn take(&self, request: Request) {
        self.forget_gone();
        let id = self.last_request.get() + 1;
        self.last_request.set(id);
        self.replies.borrow_mut().insert(id, request.reply);
        let mut actions = Vec::new();
        self.machine.borrow_mut().request(id, request.body, self.now(), &mut actions);
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
        self.0.events.borrow_mut().pop_front()
    }

    /// Waits until there may be one.
    pub async fn readable(&self) {
        if self.0.events.borrow().is_empty() {
            self.0.readable.notified().await;
        }
    }

    /// Queues stanzas for the next request that may be answered. `WouldBlock`: as many wait as may.
    pub fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.machine.borrow_mut().send(bytes) {
            Ok(()) => Ok(bytes.len()),
            Err(_) => Err(ErrorKind::WouldBlock.into()),
        }
    }

    /// Answers the requests that are due an answer.
    pub fn flush(&self) {
        self.0.flush();
    }

    /// Waits until a write may be taken.
    pub async fn writable(&self) {
        self.0.writable.notified().await;
    }

    /// Notes why the stream ends.
    pub fn ends_with(&self, condition: StreamCondition) {
        self.0.condition.set(Some(match condition {
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
    }
}
