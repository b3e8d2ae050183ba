//! Who is bound: the server's table of sessions by address, shared by all threads.
//!
//! Enters: sessions when they bind a resource, and what they say of themselves (presence, carbons, interest).
//! Leaves: the sessions that a stanza is for. Nothing here waits or does I/O, and no lock is held while a stanza is
//! delivered. An anonymous session is found by its full address alone and costs about 250 bytes here.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use parterre_xmpp::{Element, FullJid, Jid, StreamCondition, StreamError, Timestamp, Wire};

#[cfg(test)]
mod tests;

/// Where stanzas for a session go.
pub trait Deliver: Send + Sync {
    /// Hands over a stanza; never waits.
    fn deliver(&self, stanza: Arc<Wire>);
    /// Ends the session's stream with that error.
    fn close(&self, error: StreamError);
}

/// A session's hold of its address. Another session that takes the address over has another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Binding(u64);

/// What the site says of somebody who came with a signed token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// Display name.
    pub nick: Option<String>,
    /// Address of the picture.
    pub avatar: Option<Arc<str>>,
}

/// What a session says of itself besides its presence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flag {
    /// Wants copies of messages (XEP-0280).
    Carbons = 1,
    /// Asked for the roster, so it gets roster pushes and subscription stanzas (RFC 6121 §2.2).
    Interested = 2,
    /// Asked for the block list, so it gets its changes (XEP-0191 §3.2).
    BlockList = 4,
    /// The person does not look at the client (XEP-0352).
    Inactive = 8,
}

/// The nodes of which a client wants events (XEP-0163 §4.2), ordered.
pub type Wanted = Arc<[Box<str>]>;

/// A session as the table shows it.
#[derive(Clone)]
pub struct Resource {
    /// Its full address.
    pub jid: String,
    /// Its hold of the address.
    pub binding: Binding,
    /// Where its stanzas go.
    pub handle: Arc<dyn Deliver>,
    /// Priority of its presence; `None` while it is not available.
    pub priority: Option<i8>,
    /// Its last available presence, and when it was sent. Anonymous sessions keep none.
    pub presence: Option<(Arc<Element>, Timestamp)>,
    /// Of which nodes it wants events.
    pub wanted: Option<Wanted>,
    flags: u8,
}

impl Resource {
    /// Whether the session said so.
    pub fn is(&self, flag: Flag) -> bool {
        self.flags & flag as u8 != 0
    }
}

/// Why a session could not be bound: its account has as many as it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyResources(pub usize);

/// The table.
pub struct Registry {
    shards: Box<[Mutex<Table>]>,
    hasher: RandomState,
    next: AtomicU64,
    resources_per_account: usize,
}

/// The sessions of each bare address. Most have one, and then the list has room for one only.
type Table = HashMap<Box<str>, Vec<Entry>>;

struct Entry {
    resource: Box<str>,
    binding: Binding,
    handle: Arc<dyn Deliver>,
    person: Option<Arc<Person>>,
    /// Which installation of a client it is, if the client said so.
    client: Option<Box<str>>,
    more: Option<Box<More>>,
    priority: i8,
    available: bool,
    flags: u8,
}

/// What accounts keep and anonymous sessions do not.
#[derive(Default)]
struct More {
    presence: Option<(Arc<Element>, Timestamp)>,
    wanted: Option<Wanted>,
    directed: Vec<Jid>,
}

const SHARDS: usize = 64;

/// An address cut at its resource: the text of a full address, or of a bare one with an empty resource.
fn cut(jid: &str) -> (&str, &str) {
    jid.split_once('/').unwrap_or((jid, ""))
}

impl Registry {
    /// An empty table in which an account may have so many sessions at once.
    pub fn new(resources_per_account: usize) -> Self {
        Registry {
            shards: std::iter::repeat_with(Mutex::default).take(SHARDS).collect(),
            hasher: RandomState::new(),
            next: AtomicU64::new(1),
            resources_per_account,
        }
    }

    fn shard(&self, bare: &str) -> MutexGuard<'_, Table> {
        let at = self.hasher.hash_one(bare) as usize % SHARDS;
        // A thread that panicked with the lock held left the map itself whole.
        self.shards[at].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Binds a session to its address. One that holds the same address gives way with the stream error `conflict`
    /// (RFC 6120 §7.7.2.2); it is returned, so that its contacts can be told.
    ///
    /// `client` tells an installation of a client from others. The account's earlier sessions of the same one end with
    /// that error too (XEP-0386 §4): the client has forgotten them, so they do not count against the bound either.
    pub fn bind(
        &self,
        jid: &FullJid,
        handle: Arc<dyn Deliver>,
        person: Option<Arc<Person>>,
        client: Option<&str>,
    ) -> Result<(Binding, Option<Resource>), TooManyResources> {
        let (bare, resource) = cut(jid.as_str());
        let binding = Binding(self.next.fetch_add(1, Ordering::Relaxed));
        let entry = Entry {
            resource: resource.into(),
            binding,
            handle,
            person,
            client: client.map(Into::into),
            more: None,
            priority: 0,
            available: false,
            flags: 0,
        };
        let mut forgotten = Vec::new();
        let mut shard = self.shard(bare);
        let replaced = match shard.get_mut(bare) {
            None => {
                shard.insert(bare.into(), vec![entry]);
                None
            }
            Some(entries) => {
                let is_earlier =
                    |old: &&Entry| *old.resource != *resource && client.is_some() && old.client == entry.client;
                forgotten.extend(entries.iter().filter(is_earlier).map(|old| old.handle.clone()));
                if let Some(old) = entries.iter_mut().find(|old| *old.resource == *resource) {
                    Some(std::mem::replace(old, entry))
                } else if entries.len() - forgotten.len() >= self.resources_per_account {
                    return Err(TooManyResources(self.resources_per_account));
                } else {
                    entries.push(entry);
                    None
                }
            }
        };
        drop(shard);
        let replaced = replaced.map(|old| old.view(bare));
        if let Some(old) = &replaced {
            let text = "another session has taken this address; connect with another resource to have both";
            old.handle.close(StreamError::new(StreamCondition::Conflict, text));
        }
        for handle in forgotten {
            let text = "the same client has begun another session";
            handle.close(StreamError::new(StreamCondition::Conflict, text));
        }
        Ok((binding, replaced))
    }

    /// Takes a session out, if it still holds its address, and gives what it was, with the addresses to which it
    /// sent directed presence.
    pub fn unbind(&self, jid: &str, binding: Binding) -> Option<(Resource, Vec<Jid>)> {
        let bare = cut(jid).0;
        let mut shard = self.shard(bare);
        let entries = shard.get_mut(bare)?;
        let at = entries.iter().position(|entry| entry.binding == binding)?;
        let mut entry = entries.swap_remove(at);
        if entries.is_empty() {
            shard.remove(bare);
        }
        drop(shard);
        let directed = entry.more.as_mut().map(|more| std::mem::take(&mut more.directed)).unwrap_or_default();
        Some((entry.view(bare), directed))
    }

    /// Gives a session another handle: it was resumed elsewhere.
    pub fn rehandle(&self, jid: &str, binding: Binding, handle: Arc<dyn Deliver>) -> bool {
        self.with(jid, binding, |entry| entry.handle = handle).is_some()
    }

    fn with<T>(&self, jid: &str, binding: Binding, act: impl FnOnce(&mut Entry) -> T) -> Option<T> {
        let bare = cut(jid).0;
        let mut shard = self.shard(bare);
        shard.get_mut(bare)?.iter_mut().find(|entry| entry.binding == binding).map(act)
    }

    /// Notes that a session said so, or took it back.
    pub fn flag(&self, jid: &str, binding: Binding, flag: Flag, on: bool) {
        self.with(jid, binding, |entry| {
            entry.flags = if on { entry.flags | flag as u8 } else { entry.flags & !(flag as u8) };
        });
    }

    /// Notes a session's availability: its priority and, for an account's, the presence and its time. Gives whether
    /// it was available before; `None` if it holds its address no more.
    pub fn available(
        &self,
        jid: &str,
        binding: Binding,
        priority: i8,
        presence: Option<(Arc<Element>, Timestamp)>,
    ) -> Option<bool> {
        self.with(jid, binding, |entry| {
            entry.priority = priority;
            if let Some(presence) = presence {
                entry.more.get_or_insert_default().presence = Some(presence);
            }
            std::mem::replace(&mut entry.available, true)
        })
    }

    /// Notes that a session is available no more. Gives where its directed presence went and whether it was
    /// available; `None` if it holds its address no more.
    pub fn unavailable(&self, jid: &str, binding: Binding) -> Option<(Vec<Jid>, bool)> {
        self.with(jid, binding, |entry| {
            let directed = entry.more.take().map(|more| more.directed).unwrap_or_default();
            (directed, std::mem::take(&mut entry.available))
        })
    }

    /// Notes of which nodes a session wants events; says whether that is news.
    pub fn want(&self, jid: &str, binding: Binding, wanted: Option<Wanted>) -> bool {
        self.with(jid, binding, |entry| {
            let more = entry.more.get_or_insert_default();
            let news = more.wanted != wanted;
            more.wanted = wanted;
            news
        })
        .unwrap_or(false)
    }

    /// Notes that a session sent directed presence to somebody (RFC 6121 §4.6), or took it back. At most `bound`
    /// are kept; beyond, it says no.
    pub fn directed(&self, jid: &str, binding: Binding, to: &Jid, on: bool, bound: usize) -> bool {
        self.with(jid, binding, |entry| {
            let directed = &mut entry.more.get_or_insert_default().directed;
            directed.retain(|known| known != to);
            if on && directed.len() < bound {
                directed.push(to.clone());
                return true;
            }
            !on
        })
        .unwrap_or(false)
    }

    /// The session at that full address.
    pub fn session(&self, jid: &str) -> Option<Resource> {
        let (bare, resource) = cut(jid);
        let shard = self.shard(bare);
        shard.get(bare)?.iter().find(|entry| *entry.resource == *resource).map(|entry| entry.view(bare))
    }

    /// The sessions of a bare address.
    pub fn sessions(&self, bare: &str) -> Vec<Resource> {
        self.shard(bare).get(bare).map(|all| all.iter().map(|entry| entry.view(bare)).collect()).unwrap_or_default()
    }

    /// Whether any session is bound to that bare address.
    pub fn is_bound(&self, bare: &str) -> bool {
        self.shard(bare).contains_key(bare)
    }

    /// What the site says of the person at that bare address, while they are bound.
    pub fn person(&self, bare: &str) -> Option<Arc<Person>> {
        self.shard(bare).get(bare)?.iter().find_map(|entry| entry.person.clone())
    }

    /// How many sessions are bound.
    pub fn len(&self) -> usize {
        let count = |shard: &Mutex<Table>| {
            shard.lock().unwrap_or_else(PoisonError::into_inner).values().map(Vec::len).sum::<usize>()
        };
        self.shards.iter().map(count).sum()
    }

    /// Whether nobody is bound.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Entry {
    fn view(&self, bare: &str) -> Resource {
        let more = self.more.as_deref();
        Resource {
            jid: format!("{bare}/{}", self.resource),
            binding: self.binding,
            handle: self.handle.clone(),
            priority: self.available.then_some(self.priority),
            presence: more.and_then(|more| more.presence.clone()).filter(|_| self.available),
            wanted: more.and_then(|more| more.wanted.clone()),
            flags: self.flags,
        }
    }
}
