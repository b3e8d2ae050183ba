//! What can go wrong with a store, in words for the person who runs it.

use std::path::PathBuf;

use parterre_room::LogId;

/// Why the store did not do what was asked. Nothing of a failed change is kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Another server holds the lock of the data directory.
    #[error(
        "the data directory {} is in use by another parterre server; stop that one, or give this one a data_dir of its own",
        .0.display()
    )]
    InUse(PathBuf),
    /// The data directory or a file in it cannot be created, opened or written.
    #[error("cannot write to {}: {reason}; the user that runs parterre must own this directory", path.display())]
    NotWritable {
        /// Which directory or file.
        path: PathBuf,
        /// What the operating system said.
        reason: String,
    },
    /// The file in the place of the database is something else.
    #[error("{} is not a database of parterre; move it away, or set another data_dir", .0.display())]
    NotOurs(PathBuf),
    /// The database was written by a later version of the program.
    #[error(
        "{} has schema {found} and this program knows up to {known}; run the newer parterre that wrote it",
        path.display()
    )]
    TooNew {
        /// The database file.
        path: PathBuf,
        /// The version of its schema.
        found: i64,
        /// The latest version that this program knows.
        known: i64,
    },
    /// The database file is damaged.
    #[error(
        "the database {} is damaged ({reason}); stop the server, keep a copy, and restore a backup or try \
         `sqlite3 {} .recover`",
        path.display(),
        path.display()
    )]
    Corrupt {
        /// The database file.
        path: PathBuf,
        /// What SQLite said.
        reason: String,
    },
    /// No space is left, or the configured size is reached.
    #[error("no space left to write {}; free some, or shorten history.retention", .0.display())]
    Full(PathBuf),
    /// Another program held the database for too long, such as a backup or a shell with an open transaction.
    #[error("{} is locked by another program; close the one that has it open", .0.display())]
    Locked(PathBuf),
    /// The disk failed, or anything else that the operating system or the database reports.
    #[error("{doing}: {reason}; check the disk and its mount")]
    Failed {
        /// What was being done.
        doing: &'static str,
        /// What was said about it.
        reason: String,
    },
    /// A message has an id that is not later than the last one of its room.
    #[error(
        "room {room}: message {id} is not later than the last one kept, {last}; is the clock of the machine right?"
    )]
    OutOfOrder {
        /// The room.
        room: String,
        /// The id that was refused.
        id: String,
        /// The latest id of that room.
        last: String,
    },
    /// A document is larger, or would be one more, than its bound allows.
    #[error("{owner} may keep {bound} in {kind} and no more")]
    Bound {
        /// Whose document.
        owner: String,
        /// What kind.
        kind: String,
        /// The bound, in words.
        bound: String,
    },
    /// More waits to be done than the store's queue holds. Trying again later may succeed.
    #[error("the store is overloaded: too much waits to be written or read; the disk is too slow for this load")]
    Overloaded,
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// A message that came too late for its place.
    pub(crate) fn out_of_order(room: &str, id: LogId, last: LogId) -> Self {
        Self::OutOfOrder { room: room.to_owned(), id: id.to_string(), last: last.to_string() }
    }
}
