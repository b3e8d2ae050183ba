//! Rooms at work: the directory that finds them, and the actors that give each its log and carry out what it decides.
//!
//! Enters: commands from sessions and from the operator. Leaves: steps to shards, changes to the store, stanzas to
//! accounts. What a room *is* stands in the crate `parterre_room`; nothing here decides for it.

pub mod actor;
pub mod creation;
pub mod directory;
pub mod log;
pub mod operator;
pub mod release;
pub mod site;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parterre_room::{Action, ArchiveQuery, SessionId, mam::Page};
use parterre_store::StoredAffiliation;
use tokio::sync::{mpsc, oneshot};

pub use crate::http::Done;
pub use directory::Directory;

/// One opening of a room, among all openings of all rooms since the server started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RoomKey(pub u64);

/// What a room's actor is asked to do.
pub enum Order {
    /// Apply a command. The room's log gives it its place.
    Command(Action),
    /// Apply a command by which a session asks to be let in, and say by which opening of the room it was.
    Join(Action, oneshot::Sender<Option<RoomKey>>),
    /// A session has ended.
    Ended {
        /// Which.
        session: SessionId,
        /// What its last presence said.
        status: Option<String>,
        /// Whether it left, rather than being cut off: then a room that nobody else is in may go at once.
        clean: bool,
    },
    /// The store has answered a question that the room asked.
    Answer(Box<ArchiveQuery>, Result<Page, ()>),
    /// Make the room, persistent unless the fields of the configuration say otherwise. No: there is one.
    Create(Vec<(String, Vec<String>)>, oneshot::Sender<Done>),
    /// Give the room's lists, if there is a room.
    Lists(oneshot::Sender<Option<Vec<StoredAffiliation>>>),
    /// Apply a command of the operator's. No: there is no room to apply it to.
    Operate(Action, oneshot::Sender<Done>),
    /// Keep what is kept and end; the server stops.
    Stop(oneshot::Sender<()>),
}

/// Where a room's orders are sent.
#[derive(Clone)]
pub struct RoomHandle {
    name: Arc<str>,
    key: RoomKey,
    inbox: mpsc::Sender<Order>,
    urgent: mpsc::Sender<Order>,
    /// The room is under such pressure that orders of those who moderate it go by the lane of their own.
    presses: Arc<AtomicBool>,
}

/// Where a room's orders come in.
pub struct Inbox {
    /// What is said and done in the room.
    orders: mpsc::Receiver<Order>,
    /// What those order who moderate it, while the room is under pressure.
    urgent: mpsc::Receiver<Order>,
}

impl RoomHandle {
    /// Local part of the room's address.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Which opening of the room this is.
    pub fn key(&self) -> RoomKey {
        self.key
    }

    /// Sends an order, waiting while the inbox is full: a room that is busy slows down those who write to it.
    /// What moderates the room passes then. Gives the order back if this opening of the room has ended.
    pub async fn send(&self, order: Order) -> Result<(), Order> {
        let passes = self.presses.load(Ordering::Relaxed) && order.is_urgent();
        let lane = if passes { &self.urgent } else { &self.inbox };
        lane.send(order).await.map_err(|refused| refused.0)
    }
}

impl Order {
    /// Whether it must not wait behind what others say: it moderates the room, or is the operator's.
    fn is_urgent(&self) -> bool {
        match self {
            Order::Command(action) => action.governs(),
            Order::Operate(..) | Order::Create(..) | Order::Lists(_) | Order::Stop(_) => true,
            Order::Join(..) | Order::Ended { .. } | Order::Answer(..) => false,
        }
    }
}

impl Inbox {
    /// Takes nothing more.
    fn close(&mut self) {
        self.orders.close();
        self.urgent.close();
    }

    /// Whether nothing waits.
    fn is_empty(&self) -> bool {
        self.orders.is_empty() && self.urgent.is_empty()
    }

    /// The next order of either lane; `None` if it is closed and empty.
    async fn recv(&mut self) -> Option<Order> {
        tokio::select! {
            biased;
            Some(order) = self.urgent.recv() => Some(order),
            Some(order) = self.orders.recv() => Some(order),
            else => None,
        }
    }
}

/// What the actor of a room starts from.
pub struct Opening {
    pub(crate) handle: RoomHandle,
    pub(crate) inbox: Inbox,
    /// What the last opening was asked and has not done; it comes before everything else.
    pub(crate) first: Vec<Order>,
}
