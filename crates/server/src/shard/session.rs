//! A session: one client's stream with the server, from the connection's first byte to its last stanza, over more
//! than one connection where the client resumes.

use std::cell::{Cell, OnceCell, RefCell};
use std::net::IpAddr;
use std::rc::Rc;

use parterre_room::{Affiliation, SessionId};
use parterre_xmpp::{StreamError, ToAttribute};
use tokio::sync::Notify;

use super::outbox::{Outbox, Piece};
use crate::rooms::{RoomHandle, RoomKey};
use crate::services::Asker;
use crate::stream::rate::Bucket;
use crate::transport::Link;

/// Why a session or its connection is to end.
#[derive(Clone, Debug)]
pub enum End {
    /// By a stream error.
    Error(StreamError),
    /// The connection is gone; the session may be resumed.
    Cut(String),
    /// The client reads too slowly; the connection goes, the session may be resumed.
    Slow,
    /// Another connection goes on with this session, or the session is no use any more.
    Replaced,
}

/// What is known once a session is bound to an address.
pub struct Bound {
    /// The session as the services know it: its address, and its hold of it.
    pub asker: Asker,
    /// The address as every stanza to it bears it.
    pub to: ToAttribute,
    /// What the site made of the person in which room, by the room's name.
    pub vouched: Box<[(String, Affiliation)]>,
    /// From where it came, for rooms, if it is anonymous and its address says anything: not this machine, nor a proxy's.
    pub origin: Option<parterre_room::Origin>,
}

/// One client's session.
pub struct Session {
    /// Its id, which also says where it lives.
    pub id: SessionId,
    /// The client's address, if it came by network.
    pub address: Cell<Option<IpAddr>>,
    /// Set once, at binding.
    pub bound: OnceCell<Bound>,
    /// What waits to be written.
    pub outbox: RefCell<Outbox>,
    /// The connection; none while the session waits to be resumed.
    pub link: RefCell<Option<Rc<Link>>>,
    /// Wakes the connection's task: it is blocked, or has been ordered to end.
    pub wake: Notify,
    /// The client took less than it was given; its task waits for it to take more.
    pub blocked: Cell<bool>,
    /// Queued for the flush at the end of the turn.
    pub dirty: Cell<bool>,
    /// The client says that nobody is looking (XEP-0352).
    pub inactive: Cell<bool>,
    /// Stanzas received and handled (XEP-0198 `h`).
    pub handled: Cell<u32>,
    /// Second at which something was last received.
    pub heard: Cell<u32>,
    /// Second at which the server last asked for a sign of life; 0: it waits for none.
    pub asked: Cell<u32>,
    /// What resumption is asked with; 0: the session cannot be resumed.
    pub resumption: Cell<u64>,
    /// Second at which the connection went, while the session waits to be resumed.
    pub detached: Cell<Option<u32>>,
    /// Stanzas the client may still send before reading slows down.
    pub rate: RefCell<Bucket>,
    /// Bytes the client may still send before reading slows down.
    pub byte_rate: RefCell<Bucket>,
    /// The language of what the client sends, if its stream named one.
    pub lang: OnceCell<Box<str>>,
    /// Counts the session's connections: a task that serves an old one learns of it.
    connection: Cell<u32>,
    /// The session has taken its leave, or is about to.
    over: Cell<bool>,
    rooms: RefCell<Vec<RoomHandle>>,
    end: RefCell<Option<End>>,
}

impl Session {
    /// A session behind a new connection.
    pub fn new(id: SessionId, link: Rc<Link>, address: Option<IpAddr>, now: u32) -> Self {
        Session {
            id,
            address: Cell::new(address),
            bound: OnceCell::new(),
            outbox: RefCell::default(),
            link: RefCell::new(Some(link)),
            wake: Notify::new(),
            blocked: Cell::new(false),
            dirty: Cell::new(false),
            inactive: Cell::new(false),
            handled: Cell::new(0),
            heard: Cell::new(now),
            asked: Cell::new(0),
            resumption: Cell::new(0),
            detached: Cell::new(None),
            rate: RefCell::default(),
            byte_rate: RefCell::default(),
            lang: OnceCell::new(),
            connection: Cell::new(0),
            over: Cell::new(false),
            rooms: RefCell::default(),
            end: RefCell::new(None),
        }
    }

    // --- its connection -------------------------------------------------------------------------------------

    /// The number of the connection that serves the session now.
    pub fn connection(&self) -> u32 {
        self.connection.get()
    }

    /// Lets go of the connection. The task that serves it sees that it has been left.
    pub fn part_with_connection(&self) {
        self.connection.set(self.connection.get().wrapping_add(1));
        self.link.borrow_mut().take();
        self.end.borrow_mut().take();
        self.wake.notify_waiters();
    }

    /// Goes on with a new connection.
    pub fn connect(&self, link: Rc<Link>, address: Option<IpAddr>, now: u32) {
        self.part_with_connection();
        self.address.set(address);
        self.detached.set(None);
        self.blocked.set(false);
        self.inactive.set(false);
        self.asked.set(0);
        self.heard.set(now);
        *self.link.borrow_mut() = Some(link);
    }

    /// Whether it is nobody in particular.
    pub fn is_anonymous(&self) -> bool {
        self.bound.get().is_none_or(|bound| bound.asker.anonymous)
    }

    /// Makes the session useless to whoever might resume it: a connection is ended by that, and a session without
    /// one is over when the shard looks it over next.
    pub fn give_up(&self, end: End) {
        self.resumption.set(0);
        if self.link.borrow().is_some() {
            self.order_end(end);
        }
    }

    /// Notes that the session takes its leave; false if it has done so already.
    pub fn begin_leave(&self) -> bool {
        self.resumption.set(0);
        !self.over.replace(true)
    }

    /// Whether the session has taken its leave.
    pub fn is_over(&self) -> bool {
        self.over.get()
    }

    /// Orders the session's connection to end. The first order holds, save that the client is slow: that may turn out
    /// not to be so, and any other order goes before it.
    pub fn order_end(&self, end: End) {
        let mut ordered = self.end.borrow_mut();
        if matches!(*ordered, None | Some(End::Slow)) {
            *ordered = Some(end);
            self.wake.notify_one();
        }
    }

    /// The order to end, if there is one; taking it makes room for another.
    pub fn take_end(&self) -> Option<End> {
        self.end.borrow_mut().take()
    }

    /// Whether the session has been ordered to end.
    pub fn is_ending(&self) -> bool {
        self.end.borrow().is_some()
    }

    // --- rooms ----------------------------------------------------------------------------------------------

    /// The handle of a room that the session is in, by its name.
    pub fn room(&self, name: &str) -> Option<RoomHandle> {
        self.rooms.borrow().iter().find(|room| room.name() == name).cloned()
    }

    /// Notes that the session is in a room, or is about to be: the room has let it in.
    pub fn enter_room(&self, room: &RoomHandle) {
        let mut rooms = self.rooms.borrow_mut();
        if !rooms.iter().any(|known| known.key() == room.key()) {
            rooms.push(room.clone());
        }
    }

    /// Notes that the session is out of a room.
    pub fn leave_room(&self, key: RoomKey) {
        self.rooms.borrow_mut().retain(|room| room.key() != key);
    }

    /// How many rooms the session is in or is asking to be let into.
    pub fn room_count(&self) -> usize {
        self.rooms.borrow().len()
    }

    /// Takes the handles of all rooms, for a farewell.
    pub fn take_rooms(&self) -> Vec<RoomHandle> {
        std::mem::take(&mut self.rooms.borrow_mut())
    }
}

/// Whether a piece may wait until the client is looked at again (XEP-0352 §5): presence, and how many they are.
pub fn can_wait(piece: &Piece) -> bool {
    let Piece::Letter(letter) = piece else { return false };
    letter.bytes().starts_with(b"<presence") || piece.counts_audience().is_some()
}

#[cfg(test)]
mod tests {
    use parterre_xmpp::StreamCondition;

    use super::*;
    use crate::transport::{Framing, Pipe, memory};

    fn session() -> Session {
        let (pipe, _) = memory::pair(64);
        Session::new(SessionId(1), Rc::new(Link::Socket(Pipe::Memory(pipe), Framing::WebSocket)), None, 0)
    }

    fn shutdown() -> End {
        End::Error(StreamError::new(StreamCondition::SystemShutdown, ""))
    }

    #[test]
    fn that_a_client_is_slow_hides_no_other_order() {
        let session = session();
        session.order_end(End::Slow);
        session.order_end(shutdown());
        session.order_end(End::Slow);
        assert!(matches!(session.take_end(), Some(End::Error(_))));
        assert!(session.take_end().is_none());
    }

    #[test]
    fn of_other_orders_the_first_holds() {
        let session = session();
        session.order_end(shutdown());
        session.order_end(End::Cut(String::new()));
        assert!(matches!(session.take_end(), Some(End::Error(_))));
    }
}
