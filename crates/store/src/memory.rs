//! A store in memory, for tests and for trying things out: the plainest reading of the trait, nothing is durable.
//!
//! Every call is done when it is made. Pages are found by filtering the whole archive, which makes this the
//! reference that the other stores are compared with.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use parterre_room::mam::{Page, PageRequest};
use parterre_room::{Affiliation, ArchivedMessage, Change, LogId};
use parterre_xmpp::{BareJid, Timestamp};

use crate::store::{Bound, Credentials, Document, Full, Pending, Pruned, Store, StoredAffiliation, StoredRoom};
use crate::{StoreError, matching};

/// The store in memory.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    rooms: BTreeMap<String, Room>,
    /// The latest id of all rooms that were destroyed.
    forgotten: LogId,
    accounts: BTreeMap<String, Credentials>,
    documents: Vec<Owned>,
    closed: bool,
}

#[derive(Debug)]
struct Owned {
    owner: String,
    kind: String,
    document: Document,
}

#[derive(Clone, Debug, Default)]
struct Room {
    settings: Option<String>,
    affiliations: BTreeMap<BareJid, StoredAffiliation>,
    messages: Vec<ArchivedMessage>,
    last_id: LogId,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Does the work at once; the future only carries the result.
    fn with<T: Send + 'static>(&self, work: impl FnOnce(&mut State) -> Result<T, StoreError>) -> Pending<T> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let result = if state.closed { Err(StoreError::Closed) } else { work(&mut state) };
        Box::pin(std::future::ready(result))
    }
}

impl State {
    fn apply(&mut self, name: &str, changes: Vec<Change>) -> Result<(), StoreError> {
        let mut room = self.rooms.get(name).cloned();
        let mut forgotten = self.forgotten;
        for change in changes {
            if change == Change::Destroy {
                forgotten = forgotten.max(room.take().map_or(LogId(0), |room| room.last_id));
            } else {
                room.get_or_insert_default().apply(name, change)?;
            }
        }
        self.forgotten = forgotten;
        match room {
            Some(room) => self.rooms.insert(name.to_owned(), room),
            None => self.rooms.remove(name),
        };
        Ok(())
    }

    fn prune(&mut self, older_than: Timestamp, at_most: usize) -> Vec<Pruned> {
        let mut left = at_most;
        let mut pruned = Vec::new();
        for (name, room) in &mut self.rooms {
            let old = room.messages.iter().take_while(|message| message.id.time() < older_than).count().min(left);
            left -= old;
            if let Some(last) = room.messages.drain(..old).next_back() {
                pruned.push(Pruned { room: name.clone(), before: LogId(last.id.0 + 1), removed: old as u64 });
            }
        }
        pruned
    }

    fn put_document(&mut self, owner: &str, kind: &str, document: Document, bound: Bound) -> Result<(), StoreError> {
        bound.admits(owner, kind, &document)?;
        let is_kind = |owned: &Owned| owned.owner == owner && owned.kind == kind;
        let replaces = |owned: &Owned| is_kind(owned) && owned.document.key == document.key;
        loop {
            let others = || self.documents.iter().filter(|owned| is_kind(owned) && !replaces(owned));
            let bytes: usize = others().map(|owned| owned.document.value.len()).sum();
            if others().count() < bound.count && bytes + document.value.len() <= bound.bytes {
                break;
            }
            if bound.full == Full::Refuse {
                return Err(bound.exceeded(owner, kind));
            }
            let Some(oldest) = self.documents.iter().position(|owned| is_kind(owned) && !replaces(owned)) else {
                break;
            };
            self.documents.remove(oldest);
        }
        self.documents.retain(|owned| !replaces(owned));
        self.documents.push(Owned { owner: owner.to_owned(), kind: kind.to_owned(), document });
        Ok(())
    }

    fn of_kind<'a>(&'a self, owner: &'a str, kind: &'a str) -> impl Iterator<Item = &'a Document> {
        self.documents
            .iter()
            .filter(move |owned| owned.owner == owner && owned.kind == kind)
            .map(|owned| &owned.document)
    }

    fn remove_where(&mut self, gone: impl Fn(&Owned) -> bool) -> usize {
        let before = self.documents.len();
        self.documents.retain(|owned| !gone(owned));
        before - self.documents.len()
    }
}

impl Room {
    fn apply(&mut self, name: &str, change: Change) -> Result<(), StoreError> {
        match change {
            Change::Message(message) => {
                if message.id <= self.last_id {
                    return Err(StoreError::out_of_order(name, message.id, self.last_id));
                }
                self.last_id = message.id;
                self.messages.push(message);
            }
            Change::Replace { id, stanza } => {
                if let Some(message) = self.messages.iter_mut().find(|message| message.id == id) {
                    message.stanza = stanza;
                }
            }
            Change::Settings(settings) => self.settings = Some(settings),
            Change::Affiliation { jid, affiliation: Affiliation::None, nick: None, .. } => {
                self.affiliations.remove(&jid);
            }
            Change::Affiliation { jid, affiliation, nick, reason } => {
                self.affiliations.insert(jid.clone(), StoredAffiliation { jid, affiliation, nick, reason });
            }
            Change::Destroy => {}
        }
        Ok(())
    }
}

/// The page of an archive that is wholly at hand, by the words of [`Store::page`].
fn page_of(messages: &[ArchivedMessage], request: &PageRequest) -> Page {
    let known = |id: &LogId| messages.iter().any(|message| message.id == *id);
    if !matching::named_ids(request).all(|id| known(&id)) {
        return Page { unknown_id: true, ..Page::default() };
    }
    let results: Vec<&ArchivedMessage> = messages
        .iter()
        .filter(|message| request.start.is_none_or(|start| message.id.time() >= start))
        .filter(|message| request.end.is_none_or(|end| message.id.time() <= end))
        .filter(|message| request.after_id.is_none_or(|id| message.id > id))
        .filter(|message| request.before_id.is_none_or(|id| message.id < id))
        .filter(|message| request.ids.as_ref().is_none_or(|ids| ids.contains(&message.id)))
        .filter(|message| request.with.as_ref().is_none_or(|with| said_by(messages, message, with)))
        .collect();
    let window: Vec<&ArchivedMessage> = results
        .iter()
        .copied()
        .filter(|message| request.after.is_none_or(|id| message.id > id))
        .filter(|message| request.before.is_none_or(|id| message.id < id))
        .collect();
    let max = usize::try_from(request.max).unwrap_or(usize::MAX);
    let span = match request.index {
        Some(index) => {
            let start = usize::try_from(index).unwrap_or(usize::MAX).min(window.len());
            start..start.saturating_add(max).min(window.len())
        }
        None if request.last => window.len().saturating_sub(max)..window.len(),
        None => 0..max.min(window.len()),
    };
    let backwards = request.last && request.index.is_none();
    let complete = if backwards { span.start == 0 } else { span.end == window.len() };
    let found = window.get(span).unwrap_or_default();
    let first_index = found.first().and_then(|first| results.iter().position(|message| message.id == first.id));
    Page {
        messages: found.iter().map(|message| (message.id, message.stanza.clone())).collect(),
        count: results.len() as u64,
        first_index: first_index.unwrap_or_default() as u64,
        complete,
        unknown_id: false,
    }
}

fn said_by(archive: &[ArchivedMessage], message: &ArchivedMessage, with: &str) -> bool {
    if with.contains('/') {
        return message.from == with;
    }
    let is_room = archive.last().is_some_and(|newest| matching::bare(&newest.from) == with);
    is_room || message.author.as_ref().is_some_and(|author| author.as_str() == with)
}

impl Store for MemoryStore {
    fn commit(&self, room: &str, changes: Vec<Change>) -> Pending<()> {
        self.with(|state| state.apply(room, changes))
    }

    fn load_room(&self, room: &str, recent: usize) -> Pending<StoredRoom> {
        self.with(|state| {
            let Some(room) = state.rooms.get(room) else {
                return Ok(StoredRoom { last_id: state.forgotten, ..StoredRoom::default() });
            };
            Ok(StoredRoom {
                settings: room.settings.clone(),
                affiliations: room.affiliations.values().cloned().collect(),
                recent: room.messages.iter().skip(room.messages.len().saturating_sub(recent)).cloned().collect(),
                last_id: room.last_id.max(state.forgotten),
            })
        })
    }

    fn rooms(&self) -> Pending<Vec<(String, String)>> {
        self.with(|state| {
            let listed = |(name, room): (&String, &Room)| Some((name.clone(), room.settings.clone()?));
            Ok(state.rooms.iter().filter_map(listed).collect())
        })
    }

    fn page(&self, room: &str, request: PageRequest) -> Pending<Page> {
        self.with(|state| Ok(page_of(state.rooms.get(room).map_or(&[], |room| &room.messages), &request)))
    }

    fn metadata(&self, room: &str) -> Pending<Option<(LogId, LogId)>> {
        self.with(|state| {
            let messages = state.rooms.get(room).map(|room| &room.messages);
            Ok(messages.and_then(|messages| Some((messages.first()?.id, messages.last()?.id))))
        })
    }

    fn prune(&self, older_than: Timestamp, at_most: usize) -> Pending<Vec<Pruned>> {
        self.with(|state| Ok(state.prune(older_than, at_most)))
    }

    fn account(&self, user: &str) -> Pending<Option<Credentials>> {
        self.with(|state| Ok(state.accounts.get(user).cloned()))
    }

    fn put_account(&self, user: &str, credentials: Credentials) -> Pending<()> {
        self.with(|state| {
            state.accounts.insert(user.to_owned(), credentials);
            Ok(())
        })
    }

    fn remove_account(&self, user: &str) -> Pending<bool> {
        self.with(|state| {
            state.remove_where(|owned| owned.owner == user);
            Ok(state.accounts.remove(user).is_some())
        })
    }

    fn accounts(&self) -> Pending<Vec<String>> {
        self.with(|state| Ok(state.accounts.keys().cloned().collect()))
    }

    fn documents(&self, owner: &str, kind: &str) -> Pending<Vec<Document>> {
        self.with(|state| Ok(state.of_kind(owner, kind).cloned().collect()))
    }

    fn document(&self, owner: &str, kind: &str, key: &str) -> Pending<Option<Document>> {
        self.with(|state| Ok(state.of_kind(owner, kind).find(|document| document.key == key).cloned()))
    }

    fn put_document(&self, owner: &str, kind: &str, document: Document, bound: Bound) -> Pending<()> {
        self.with(|state| state.put_document(owner, kind, document, bound))
    }

    fn remove_document(&self, owner: &str, kind: &str, key: &str) -> Pending<bool> {
        let named = |owned: &Owned| owned.owner == owner && owned.kind == kind && owned.document.key == key;
        self.with(|state| Ok(state.remove_where(named) > 0))
    }

    fn remove_documents(&self, owner: &str, kind: &str) -> Pending<usize> {
        self.with(|state| Ok(state.remove_where(|owned| owned.owner == owner && owned.kind == kind)))
    }

    fn kinds(&self, owner: &str) -> Pending<Vec<String>> {
        self.with(|state| {
            let theirs = state.documents.iter().filter(|document| document.owner == owner);
            let kinds: std::collections::BTreeSet<String> = theirs.map(|document| document.kind.clone()).collect();
            Ok(kinds.into_iter().collect())
        })
    }

    fn flush(&self) -> Pending<()> {
        self.with(|_| Ok(()))
    }

    fn close(&self) -> Pending<()> {
        self.with(|state| {
            state.closed = true;
            Ok(())
        })
    }
}
