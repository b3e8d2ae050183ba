//! Finds the room of a name, opening it if nobody has yet, and knows what rooms there are.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use parterre_room::Action;
use parterre_store::StoredAffiliation;
use parterre_xmpp::BareJid;
use tokio::sync::{mpsc, oneshot};

use super::{Opening, Order, RoomHandle, RoomKey};
use crate::server::Server;
use crate::shard::Parcel;

/// What is told of a room without asking it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// `muc#roomconfig_roomname`.
    pub title: String,
    /// Whether it is listed.
    pub public: bool,
    /// How many are in it now.
    pub occupants: usize,
    /// Whose join made it, if that was since the server started.
    pub creator: Option<BareJid>,
}

#[derive(Default)]
struct Known {
    open: HashMap<Arc<str>, RoomHandle>,
    /// By name, so that pages of the list are stable.
    summaries: BTreeMap<Arc<str>, Summary>,
    last_key: u64,
}

/// All rooms of the server.
pub struct Directory {
    known: Mutex<Known>,
    inbox_capacity: usize,
}

impl Directory {
    /// An empty directory; the inbox of a room holds `inbox_capacity` orders.
    pub fn new(inbox_capacity: usize) -> Self {
        Directory { known: Mutex::default(), inbox_capacity }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Each critical section leaves the tables consistent at every step.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The room of that name. Opening it does not create it: that is up to the first command.
    pub async fn room(&self, server: &Server, name: &str) -> RoomHandle {
        let (handle, inbox) = {
            let mut known = self.known();
            if let Some(handle) = known.open.get(name) {
                return handle.clone();
            }
            known.last_key += 1;
            let (sender, inbox) = mpsc::channel(self.inbox_capacity);
            let handle = RoomHandle { name: name.into(), key: RoomKey(known.last_key), inbox: sender };
            known.open.insert(handle.name.clone(), handle.clone());
            (handle, inbox)
        };
        let opening = Opening { handle: handle.clone(), inbox };
        server.shards[home(name, server.shards.len())].send(Parcel::OpenRoom(Box::new(opening))).await;
        handle
    }

    /// Sends an order to the room of that name. An opening that ends at this moment passes it on to the next.
    pub async fn send(&self, server: &Server, name: &str, mut order: Order) -> RoomHandle {
        loop {
            let handle = self.room(server, name).await;
            match handle.send(order).await {
                Ok(()) => return handle,
                Err(refused) => {
                    order = refused;
                    // Its actor has left the table already, unless its thread is gone with the whole server.
                    self.close(&handle);
                }
            }
        }
    }

    /// Applies an operator's command; says whether there is such a room.
    pub async fn operate(&self, server: &Server, name: &str, action: Action) -> bool {
        let (answer, answered) = oneshot::channel();
        self.send(server, name, Order::Operate(action, answer)).await;
        answered.await.unwrap_or(false)
    }

    /// Makes a room; false if there is one of that name.
    pub async fn create(&self, server: &Server, name: &str, fields: Vec<(String, Vec<String>)>) -> bool {
        let (answer, answered) = oneshot::channel();
        self.send(server, name, Order::Create(fields, answer)).await;
        answered.await.unwrap_or(false)
    }

    /// The lists of a room; `None` if there is none of that name.
    pub async fn affiliations(&self, server: &Server, name: &str) -> Option<Vec<StoredAffiliation>> {
        let (answer, answered) = oneshot::channel();
        self.send(server, name, Order::Lists(answer)).await;
        answered.await.unwrap_or(None)
    }

    /// An opening has ended; the next order for the name opens the room anew.
    pub(super) fn close(&self, handle: &RoomHandle) {
        let mut known = self.known();
        if known.open.get(handle.name()).is_some_and(|open| open.key == handle.key) {
            known.open.remove(handle.name());
        }
    }

    /// Notes what is to be told of a room.
    pub fn describe(&self, name: &str, summary: Summary) {
        self.known().summaries.insert(name.into(), summary);
    }

    /// Forgets a room that is no more.
    pub(super) fn forget(&self, name: &str) {
        self.known().summaries.remove(name);
    }

    /// What is known of one room.
    pub fn summary(&self, name: &str) -> Option<Summary> {
        self.known().summaries.get(name).cloned()
    }

    /// All rooms that exist, by name.
    pub fn list(&self) -> Vec<(Arc<str>, Summary)> {
        self.known().summaries.iter().map(|(name, summary)| (name.clone(), summary.clone())).collect()
    }

    /// How many rooms exist.
    pub fn len(&self) -> usize {
        self.known().summaries.len()
    }

    /// Whether there is no room.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many rooms exist that this account's joins made.
    pub fn created_by(&self, account: &BareJid) -> usize {
        self.known().summaries.values().filter(|summary| summary.creator.as_ref() == Some(account)).count()
    }

    /// Stops every open room, and waits until each has handed over what is to be kept.
    pub async fn stop(&self) {
        let open: Vec<RoomHandle> = self.known().open.values().cloned().collect();
        let mut stopped = Vec::with_capacity(open.len());
        for room in open {
            let (done, waits) = oneshot::channel();
            if room.send(Order::Stop(done)).await.is_ok() {
                stopped.push(waits);
            }
        }
        for room in stopped {
            // An actor that is gone has nothing left to keep.
            let _ = room.await;
        }
    }
}

/// The shard on which a room's actor works.
fn home(name: &str, shards: usize) -> usize {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    (hasher.finish() % shards.max(1) as u64) as usize
}
