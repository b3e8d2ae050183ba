//! The store in an SQLite database.
//!
//! One thread writes, in groups; two read; one folds the write-ahead log into the database. The caller's thread only
//! puts work into a queue.
//!
//! `cargo bench --bench commit`, on a virtual machine with 2 cores that other builds kept busy (load 5), ext4; from
//! the call to its result:
//!
//! | | p50 | p99 | longest |
//! |---|---|---|---|
//! | commit of 1 message | 0.4 ms | 24 ms | 56 ms |
//! | commit of 10 | 3.2 ms | 27 ms | 33 ms |
//! | commit of 100 | 4.0 ms | 41 ms | 47 ms |
//! | commit of 1 in 200 rooms at once (10,500 messages/s) | 16 ms | 63 ms | 63 ms |
//! | newest 50 of 200,000 | 34 µs | 89 µs | 0.5 ms |
//! | 50 after an id, anywhere | 109 µs | 3.1 ms | 8.7 ms |
//! | newest 50 of the 200 that one person said | 253 µs | 0.5 ms | 5.9 ms |
//! | prune 100 messages | 7.5 ms | 52 ms | 52 ms |

mod fault;
mod open;
mod page;
mod people;
mod queue;
mod rooms;
mod writer;

use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use parterre_room::mam::{Page, PageRequest};
use parterre_room::{Change, LogId};
use parterre_xmpp::Timestamp;
use rusqlite::Connection;
use tokio::sync::watch;

use crate::StoreError;
use crate::store::{Bound, Credentials, Document, Pending, Pruned, Store, StoredRoom};
use fault::Fault;
use queue::{After, Job, Queue, Turn};
use writer::{CloseOnExit, Writer};

/// How many threads read.
const READERS: usize = 2;
/// About how many bytes a job takes besides its texts.
const JOB_BYTES: usize = 256;

/// The bounds of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How many writes may wait.
    pub queued_writes: usize,
    /// How many bytes they may hold together.
    pub queued_bytes: usize,
    /// How many reads may wait.
    pub queued_reads: usize,
    /// The write-ahead log is folded when it is larger than this many bytes.
    pub checkpoint_bytes: u64,
    /// How large the database may become, in bytes; writes fail with [`StoreError::Full`] then. 0: as the disk allows.
    pub max_bytes: u64,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            queued_writes: 65_536,
            queued_bytes: 64 << 20,
            queued_reads: 16_384,
            checkpoint_bytes: 8 << 20,
            max_bytes: 0,
        }
    }
}

/// A server that has a data directory open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its process, if it could be read.
    pub process: Option<u32>,
}

/// What was found of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Examined {
    /// There is none yet.
    Missing,
    /// It was read, and is undamaged.
    Whole,
    /// It was not read, since it has so many bytes.
    Unread(u64),
}

/// The store in an SQLite database. Dropping it does what waits and closes the files; [`Store::close`] does so
/// without blocking.
pub struct SqliteStore {
    writes: Arc<Queue>,
    reads: Arc<Queue>,
    /// Closed once the writer has let go of everything.
    ended: watch::Receiver<()>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl SqliteStore {
    /// Opens the database in a data directory for a server, creating both if need be. Only one server may have a
    /// directory open: a second one gets [`StoreError::InUse`].
    pub fn open(data_dir: &Path, options: Options) -> Result<Self, StoreError> {
        Self::start(data_dir, options, true)
    }

    /// Opens it beside a server that may be running, for short work such as adding an account.
    pub fn open_beside(data_dir: &Path, options: Options) -> Result<Self, StoreError> {
        Self::start(data_dir, options, false)
    }

    /// The server that has a data directory open, if there is one. Nothing is made or changed.
    pub fn holder(data_dir: &Path) -> Result<Option<Holder>, StoreError> {
        open::holder(data_dir)
    }

    /// Reads the whole database of a data directory for damage, beside a server that may be running; nothing is made
    /// or changed. One that has more than `most` bytes is left unread. Damage is [`StoreError::Corrupt`].
    pub fn examine(data_dir: &Path, most: u64) -> Result<Examined, StoreError> {
        let file = open::database(data_dir);
        match std::fs::metadata(&file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Examined::Missing),
            Ok(found) if found.len() > most => Ok(Examined::Unread(found.len())),
            _ => open::examine(&file).map(|()| Examined::Whole),
        }
    }

    fn start(data_dir: &Path, options: Options, alone: bool) -> Result<Self, StoreError> {
        open::create_directory(data_dir)?;
        let lock = if alone { Some(open::lock(data_dir)?) } else { None };
        let file = open::database(data_dir);
        let connection = open::writer(&file, options.max_bytes)?;
        let readers = (0..READERS).map(|_| open::reader(&file)).collect::<Result<Vec<_>, _>>()?;
        let checkpointer = open::checkpointer(&file)?;

        let writes = Arc::new(Queue::new(options.queued_writes, options.queued_bytes));
        let reads = Arc::new(Queue::new(options.queued_reads, usize::MAX));
        let (checkpoint, wishes) = sync_channel(1);
        let (ended_sender, ended) = watch::channel(());
        let work = Writer {
            connection,
            queue: Arc::clone(&writes),
            checkpoint,
            file: file.clone(),
            log: open::log(data_dir),
            checkpoint_bytes: options.checkpoint_bytes,
            lock,
            ended: ended_sender,
        };
        // From here on, dropping the store ends whatever has been started.
        let store = SqliteStore { writes, reads, ended, threads: Mutex::default() };
        store.spawn("store-write", move || work.run())?;
        let queue = Arc::clone(&store.writes);
        let checked = file.clone();
        store.spawn("store-fold", move || {
            writer::checkpoints(&checkpointer, &wishes, &queue, &checked);
        })?;
        for reader in readers {
            let (queue, file) = (Arc::clone(&store.reads), file.clone());
            store.spawn("store-read", move || read(&reader, &queue, &file))?;
        }
        Ok(store)
    }

    fn spawn(&self, name: &str, body: impl FnOnce() + Send + 'static) -> Result<(), StoreError> {
        let thread = Builder::new().name(name.to_owned()).spawn(body);
        let doing = "starting the threads of the store";
        let thread = thread.map_err(|error| StoreError::Failed { doing, reason: error.to_string() })?;
        self.threads.lock().unwrap_or_else(PoisonError::into_inner).push(thread);
        Ok(())
    }

    fn write<T: Send + 'static>(
        &self,
        bytes: usize,
        after: After,
        work: impl FnMut(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Pending<T> {
        self.writes.ask(bytes + JOB_BYTES, after, work)
    }

    fn read<T: Send + 'static>(
        &self,
        work: impl FnMut(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Pending<T> {
        self.reads.ask(JOB_BYTES, After::Nothing, work)
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.writes.close();
        self.reads.close();
        let threads = std::mem::take(self.threads.get_mut().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            // A thread that panicked has closed its queue; there is nothing more to do about it here.
            let _ = thread.join();
        }
    }
}

/// A thread that reads: each job sees one state of the database throughout.
fn read(connection: &Connection, queue: &Arc<Queue>, file: &Path) {
    let _guard = CloseOnExit(Arc::clone(queue));
    loop {
        match queue.next(1, false) {
            Turn::Jobs(jobs) => {
                for mut job in jobs {
                    let failure = snapshot(connection, job.as_mut()).err();
                    job.finish(failure.map(|fault| fault.explain(file, "reading from the database")));
                }
            }
            Turn::Closed => return,
            Turn::Truncate | Turn::Idle => {}
        }
    }
}

fn snapshot(connection: &Connection, job: &mut dyn Job) -> Result<(), Fault> {
    let transaction = connection.unchecked_transaction()?;
    job.run(&transaction)?;
    Ok(transaction.commit()?)
}

/// About how many bytes a change holds, and whether it removes what was said.
fn weigh(change: &Change) -> (usize, bool) {
    match change {
        Change::Message(message) => (message.stanza.len() + message.from.len() + JOB_BYTES, false),
        Change::Replace { stanza, .. } => (stanza.len() + JOB_BYTES, true),
        Change::Settings(settings) => (settings.len(), false),
        Change::Affiliation { reason, .. } => (reason.as_ref().map_or(0, String::len) + JOB_BYTES, false),
        Change::Destroy => (0, true),
    }
}

impl Store for SqliteStore {
    fn commit(&self, room: &str, changes: Vec<Change>) -> Pending<()> {
        let weights = changes.iter().map(weigh);
        let (bytes, erases) = weights.fold((0, false), |(sum, any), (bytes, erases)| (sum + bytes, any | erases));
        let after = if erases { After::Erase } else { After::Nothing };
        let room = room.to_owned();
        self.write(bytes, after, move |connection| rooms::apply(connection, &room, &changes))
    }

    fn load_room(&self, room: &str, recent: usize) -> Pending<StoredRoom> {
        let room = room.to_owned();
        self.read(move |connection| rooms::load(connection, &room, recent))
    }

    fn rooms(&self) -> Pending<Vec<(String, String)>> {
        self.read(rooms::list)
    }

    fn page(&self, room: &str, request: PageRequest) -> Pending<Page> {
        let room = room.to_owned();
        self.read(move |connection| page::page(connection, &room, &request))
    }

    fn metadata(&self, room: &str) -> Pending<Option<(LogId, LogId)>> {
        let room = room.to_owned();
        self.read(move |connection| page::metadata(connection, &room))
    }

    fn prune(&self, older_than: Timestamp, at_most: usize) -> Pending<Vec<Pruned>> {
        let old = self.read(move |connection| rooms::old_messages(connection, older_than, at_most));
        let writes = Arc::clone(&self.writes);
        Box::pin(async move {
            let keys = old.await?;
            if keys.is_empty() {
                return Ok(Vec::new());
            }
            let bytes = JOB_BYTES + size_of_val(keys.as_slice());
            let prune = move |connection: &Connection| rooms::prune(connection, &keys, older_than);
            writes.ask(bytes, After::Nothing, prune).await
        })
    }

    fn account(&self, user: &str) -> Pending<Option<Credentials>> {
        let user = user.to_owned();
        self.read(move |connection| people::account(connection, &user))
    }

    fn put_account(&self, user: &str, credentials: Credentials) -> Pending<()> {
        let user = user.to_owned();
        self.write(0, After::Nothing, move |connection| people::put_account(connection, &user, &credentials))
    }

    fn remove_account(&self, user: &str) -> Pending<bool> {
        let user = user.to_owned();
        self.write(0, After::Erase, move |connection| people::remove_account(connection, &user))
    }

    fn accounts(&self) -> Pending<Vec<String>> {
        self.read(people::accounts)
    }

    fn documents(&self, owner: &str, kind: &str) -> Pending<Vec<Document>> {
        let (owner, kind) = (owner.to_owned(), kind.to_owned());
        self.read(move |connection| people::documents(connection, &owner, &kind))
    }

    fn document(&self, owner: &str, kind: &str, key: &str) -> Pending<Option<Document>> {
        let (owner, kind, key) = (owner.to_owned(), kind.to_owned(), key.to_owned());
        self.read(move |connection| people::document(connection, &owner, &kind, &key))
    }

    fn put_document(&self, owner: &str, kind: &str, document: Document, bound: Bound) -> Pending<()> {
        let (owner, kind) = (owner.to_owned(), kind.to_owned());
        self.write(document.value.len(), After::Nothing, move |connection| {
            people::put_document(connection, &owner, &kind, &document, bound)
        })
    }

    fn remove_document(&self, owner: &str, kind: &str, key: &str) -> Pending<bool> {
        let (owner, kind, key) = (owner.to_owned(), kind.to_owned(), key.to_owned());
        self.write(0, After::Nothing, move |connection| people::remove_document(connection, &owner, &kind, &key))
    }

    fn remove_documents(&self, owner: &str, kind: &str) -> Pending<usize> {
        let (owner, kind) = (owner.to_owned(), kind.to_owned());
        self.write(0, After::Nothing, move |connection| people::remove_documents(connection, &owner, &kind))
    }

    fn kinds(&self, owner: &str) -> Pending<Vec<String>> {
        let owner = owner.to_owned();
        self.read(move |connection| people::kinds(connection, &owner))
    }

    fn flush(&self) -> Pending<()> {
        self.write(0, After::Fold, |_| Ok(()))
    }

    fn close(&self) -> Pending<()> {
        let flushed = self.flush();
        self.writes.close();
        self.reads.close();
        let mut ended = self.ended.clone();
        Box::pin(async move {
            flushed.await?;
            // Nothing is ever sent: the error says that the writer is gone, and the lock with it.
            while ended.changed().await.is_ok() {}
            Ok(())
        })
    }
}
