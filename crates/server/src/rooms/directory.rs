//! Finds the room of a name, opening it if nobody has yet, and knows what rooms there are.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use parterre_room::Action;
use parterre_store::{Pruned, StoredAffiliation};
use parterre_xmpp::BareJid;
use tokio::sync::{mpsc, oneshot};

use super::{Done, Inbox, Opening, Order, RoomHandle, RoomKey};
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
    /// The server stops: no room is opened any more.
    stopped: bool,
}

impl Known {
    /// Makes an opening of that name the present one.
    fn open(&mut self, name: Arc<str>, capacity: usize) -> (RoomHandle, Inbox) {
        self.last_key += 1;
        let (inbox, orders) = mpsc::channel(capacity);
        let (urgent, urgent_orders) = mpsc::channel(capacity);
        let key = RoomKey(self.last_key);
        let handle = RoomHandle { name, key, inbox, urgent, presses: Arc::default() };
        self.open.insert(handle.name.clone(), handle.clone());
        (handle, Inbox { orders, urgent: urgent_orders })
    }
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

    /// The room of that name; `None` if the server stops. Opening it does not create it: that is up to the first
    /// command.
    pub async fn room(&self, server: &Server, name: &str) -> Option<RoomHandle> {
        let (handle, inbox) = {
            let mut known = self.known();
            if let Some(handle) = known.open.get(name) {
                return Some(handle.clone());
            }
            if known.stopped {
                return None;
            }
            known.open(name.into(), self.inbox_capacity)
        };
        self.start(server, Opening { handle: handle.clone(), inbox, first: Vec::new() }).await;
        Some(handle)
    }

    async fn start(&self, server: &Server, opening: Opening) {
        let at = home(opening.handle.name(), server.shards.len());
        server.shards[at].send(Parcel::OpenRoom(Box::new(opening))).await;
    }

    /// Sends an order to the room of that name. An opening that ends at this moment passes it on to the next. `None`:
    /// the server stops, and the order is not carried out.
    pub async fn send(&self, server: &Server, name: &str, mut order: Order) -> Option<RoomHandle> {
        loop {
            let handle = self.room(server, name).await?;
            match handle.send(order).await {
                Ok(()) => return Some(handle),
                Err(refused) => {
                    order = refused;
                    // Its actor has left the table already, unless its thread is gone with the whole server.
                    self.close(&handle);
                }
            }
        }
    }

    /// Applies an operator's command. No: there is no such room.
    pub async fn operate(&self, server: &Server, name: &str, action: Action) -> Done {
        let (answer, answered) = oneshot::channel();
        self.send(server, name, Order::Operate(action, answer)).await;
        answered.await.unwrap_or(Done::NotKept)
    }

    /// Makes a room. No: there is one of that name.
    pub async fn create(&self, server: &Server, name: &str, fields: Vec<(String, Vec<String>)>) -> Done {
        let (answer, answered) = oneshot::channel();
        self.send(server, name, Order::Create(fields, answer)).await;
        answered.await.unwrap_or(Done::NotKept)
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

    /// An opening has ended. What it was asked and has not done, `later` and what is in its inbox, is the beginning of
    /// the next one; if there is nothing, the next order for the name opens the room anew.
    pub(super) async fn hand_on(&self, server: &Server, handle: &RoomHandle, mut later: Vec<Order>, mut inbox: Inbox) {
        if later.is_empty() && inbox.is_empty() {
            self.close(handle);
            inbox.close();
        }
        let next = {
            let mut known = self.known();
            let is_present = known.open.get(handle.name()).is_some_and(|open| open.key == handle.key);
            if is_present && known.stopped {
                known.open.remove(handle.name());
            }
            // Present before the old inbox is closed: whoever is refused there finds the next one, behind what waits.
            (is_present && !known.stopped).then(|| known.open(handle.name.clone(), self.inbox_capacity))
        };
        inbox.close();
        while let Some(order) = inbox.recv().await {
            later.push(order);
        }
        // A page of the archive answers a question to the opening that asked it.
        later.retain(|order| !matches!(order, Order::Answer(..)));
        match next {
            Some((handle, inbox)) => self.start(server, Opening { handle, inbox, first: later }).await,
            // Somebody was quicker, in the moment in which there was nothing to hand on; or the server stops.
            None => {
                for order in later {
                    self.send(server, handle.name(), order).await;
                }
            }
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

    /// Tells the open rooms among these what the store has forgotten of them. The others ask it when they open.
    pub async fn pruned(&self, pruned: Vec<Pruned>) {
        for Pruned { room, before, removed } in pruned {
            let open = self.known().open.get(room.as_str()).cloned();
            if let Some(open) = open {
                // One that has ended meanwhile has nothing in memory to forget.
                let _ = open.send(Order::Command(Action::Pruned { before, removed })).await;
            }
        }
    }

    /// Stops every open room, and waits until each has kept what is to be kept and shown what came of it. None is
    /// opened from here on.
    pub async fn stop(&self) {
        let open: Vec<RoomHandle> = {
            let mut known = self.known();
            known.stopped = true;
            known.open.values().cloned().collect()
        };
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
