//! The trait that a store implements, and the values that go through it.
//!
//! A store is used as `Arc<dyn Store>` from any thread and any runtime. A call takes effect when it is *made*:
//! its future only brings the result, and a dropped future undoes nothing.

use std::future::Future;
use std::pin::Pin;

use parterre_room::mam::{Page, PageRequest};
use parterre_room::{Affiliation, ArchivedMessage, Change, LogId};
use parterre_xmpp::{BareJid, Timestamp};

use crate::StoreError;

/// The result of a call, to come. It borrows nothing and needs no particular runtime.
pub type Pending<T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'static>>;

/// A place where rooms, accounts and documents are kept.
///
/// *Order.* Writes (`commit`, `put_…`, `remove_…`, `prune`) are applied in the order of the calls. A read sees every
/// write whose future resolved before the read was called; it may or may not see those still under way.
///
/// *Durability.* The future of a write resolves once the write survives `kill -9` and the loss of power.
///
/// *Failure.* A failed write leaves nothing behind and does not stop later ones. Any call may end with
/// [`StoreError::Overloaded`] where a queue is full and with [`StoreError::Closed`] after [`Store::close`].
///
/// Rooms go by the local part of their address, accounts by theirs; both in their prepared (normalised) form.
pub trait Store: Send + Sync + 'static {
    /// Keeps the changes of a room: all of them or, with an error, none.
    ///
    /// * [`Change::Message`] appends to the archive; its id must be later than any that the room had
    ///   ([`StoreError::OutOfOrder`]). A room that has no settings gets an archive all the same.
    /// * [`Change::Replace`] overwrites the content; nothing happens if the message is no longer there.
    /// * [`Change::Settings`] makes the room one that [`Store::rooms`] lists.
    /// * [`Change::Destroy`] forgets everything but how far the ids went.
    fn commit(&self, room: &str, changes: Vec<Change>) -> Pending<()>;

    /// What is kept of a room, with at most `recent` of its newest messages. A room that was never heard of is empty.
    fn load_room(&self, room: &str, recent: usize) -> Pending<StoredRoom>;

    /// The rooms that have settings: name and settings, by name.
    fn rooms(&self) -> Pending<Vec<(String, String)>>;

    /// A page of a room's archive (XEP-0313 §4, XEP-0059).
    ///
    /// The *result set* is what `start`, `end`, `with`, `after_id`, `before_id` and `ids` leave; [`Page::count`]
    /// and [`Page::first_index`] refer to it. `after` and `before` narrow it to a window. The page is the window
    /// from its `index`th message on, if `index` is given; else its last `max` messages, if `last`; else its first.
    /// [`Page::complete`] says that no message of the window lies beyond the page in that direction.
    ///
    /// `with` holding a `/` is an occupant address, compared to where the message came from; the bare address of
    /// the room means everybody; any other bare address is the author's real one. `flip` is left to the caller:
    /// messages are always given oldest first.
    ///
    /// An id that is named anywhere in the request and is not in the archive gives [`Page::unknown_id`], with
    /// nothing else set. The first index of an empty page is 0.
    fn page(&self, room: &str, request: PageRequest) -> Pending<Page>;

    /// The first and the last message of a room's archive (XEP-0313 §5.1 "metadata"); `None` if it is empty.
    fn metadata(&self, room: &str) -> Pending<Option<(LogId, LogId)>>;

    /// Removes messages said before a time, oldest first and at most `at_most`; says of which rooms how many went,
    /// by name. Call it again while it removes `at_most` altogether: small steps (a hundred or so) let the commits of
    /// the rooms through in between.
    fn prune(&self, older_than: Timestamp, at_most: usize) -> Pending<Vec<Pruned>>;

    /// The credentials of a local account, if there is one.
    fn account(&self, user: &str) -> Pending<Option<Credentials>>;

    /// Creates an account, or changes its credentials.
    fn put_account(&self, user: &str, credentials: Credentials) -> Pending<()>;

    /// Removes an account and all documents whose owner it is; says whether there was such an account.
    fn remove_account(&self, user: &str) -> Pending<bool>;

    /// The names of all accounts, in order.
    fn accounts(&self) -> Pending<Vec<String>>;

    /// The documents of one kind, in order of insertion.
    fn documents(&self, owner: &str, kind: &str) -> Pending<Vec<Document>>;

    /// One document.
    fn document(&self, owner: &str, kind: &str, key: &str) -> Pending<Option<Document>>;

    /// Keeps a document under its key. One that takes the place of another moves to the end of the order, as the
    /// items of a pubsub node do.
    ///
    /// `bound` is what this owner may have of this kind. A value that is larger alone is refused with
    /// [`StoreError::Bound`]; so is one too many, unless the bound says that the oldest give way.
    fn put_document(&self, owner: &str, kind: &str, document: Document, bound: Bound) -> Pending<()>;

    /// Removes one document; says whether it was there.
    fn remove_document(&self, owner: &str, kind: &str, key: &str) -> Pending<bool>;

    /// Removes all documents of one kind; says how many there were.
    fn remove_documents(&self, owner: &str, kind: &str) -> Pending<usize>;

    /// The kinds of which the owner has documents, in order of their names.
    fn kinds(&self, owner: &str) -> Pending<Vec<String>>;

    /// Resolves when all writes called before are durable and folded into the database file, so that content that
    /// was replaced or removed is in no file any more (as far as a concurrent reader of the file allows).
    fn flush(&self) -> Pending<()>;

    /// [`Store::flush`], then lets go of files and lock. Calls made after it fail with [`StoreError::Closed`].
    fn close(&self) -> Pending<()>;
}

/// A room as it was left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredRoom {
    /// The last [`Change::Settings`]; `None` if the room is not persistent or was destroyed. There may be an archive
    /// nevertheless: of a room that was not persistent when the server stopped.
    pub settings: Option<String>,
    /// Its lists, by address.
    pub affiliations: Vec<StoredAffiliation>,
    /// The newest messages, oldest first.
    pub recent: Vec<ArchivedMessage>,
    /// No id up to this one may be given to anything new in the room: it may have been used, even if its message
    /// was pruned or its room destroyed. 0 if nothing was ever kept.
    pub last_id: LogId,
}

/// What [`Store::prune`] removed of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pruned {
    /// The room's name.
    pub room: String,
    /// The archive holds no message before this one any more.
    pub before: LogId,
    /// How many messages went.
    pub removed: u64,
}

/// An entry of a room's lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAffiliation {
    /// Whose.
    pub jid: BareJid,
    /// What.
    pub affiliation: Affiliation,
    /// The reserved nick.
    pub nick: Option<String>,
    /// Why it was set.
    pub reason: Option<String>,
}

/// What is kept to check a password without knowing it (RFC 5802 §3).
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The salt of both mechanisms.
    pub salt: Vec<u8>,
    /// The iteration count of both.
    pub iterations: u32,
    /// For SCRAM-SHA-1.
    pub sha1: Keys,
    /// For SCRAM-SHA-256.
    pub sha256: Keys,
}

/// `StoredKey` and `ServerKey` of one mechanism (RFC 5802 §3).
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    /// `StoredKey`.
    pub stored: Vec<u8>,
    /// `ServerKey`.
    pub server: Vec<u8>,
}

impl std::fmt::Debug for Credentials {
    /// Leaves the keys out: a log is no place for them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("iterations", &self.iterations).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Keys {
    /// Leaves the keys out: a log is no place for them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

/// A piece of XML that somebody keeps on the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its name among its kind.
    pub key: String,
    /// The XML.
    pub value: String,
    /// When it was put there.
    pub at: Timestamp,
}

/// How much one owner may keep of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// At most so many documents.
    pub count: usize,
    /// At most so many bytes in their values together.
    pub bytes: usize,
    /// What happens beyond.
    pub full: Full,
}

/// What happens when a [`Bound`] is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// The oldest documents go, until the new one fits.
    DropOldest,
    /// The new one is refused.
    Refuse,
}

impl Bound {
    /// Refuses what could not be kept even if nothing else were there.
    pub(crate) fn admits(self, owner: &str, kind: &str, document: &Document) -> Result<(), StoreError> {
        let fits = self.count > 0 && document.value.len() <= self.bytes;
        if fits { Ok(()) } else { Err(self.exceeded(owner, kind)) }
    }

    /// The error that says that this bound is reached.
    pub(crate) fn exceeded(self, owner: &str, kind: &str) -> StoreError {
        StoreError::Bound {
            owner: owner.to_owned(),
            kind: kind.to_owned(),
            bound: format!("{} documents of {} bytes together", self.count, self.bytes),
        }
    }
}
