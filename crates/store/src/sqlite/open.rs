//! Opening the database: directory, lock, settings of a connection, schema.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::Holder;
use super::fault::Fault;
use crate::StoreError;

/// The name of the database in the data directory.
const DATABASE: &str = "parterre.sqlite";
/// The file whose lock says that a server runs on this directory.
const LOCK: &str = "parterre.lock";
/// How often the lock is asked for before it counts as another server's: the one before may be about to end, and who only looks
/// for the holder has it for a moment.
const TRIES: u32 = 5;
const BETWEEN_TRIES: Duration = Duration::from_millis(100);
/// The longest number of a process, and its end of line.
const PID_BYTES: u64 = 16;
/// As the first schema sets it; it tells our files from those of other programs.
const APPLICATION_ID: i64 = 0x5061_7274;
/// The schemas, each a step from the one before.
const MIGRATIONS: &[&str] = &[include_str!("../../schema/0001.sql")];
/// How much of the database the writer keeps in memory, in SQLite's way: negative, in KiB. Removing a message touches
/// a page of each index, and those of a large archive do not fit in the 2 MiB that are the default.
const WRITER_CACHE: i64 = -16_384;
/// How long a statement waits for another process, such as an `account` command, to end its transaction.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// Makes the data directory if need be, readable by its owner alone: it holds what people said and credentials.
pub(crate) fn create_directory(directory: &Path) -> Result<(), StoreError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory).map_err(|error| not_writable(directory, &error))
}

/// How a file is opened that is made if need be: for its owner alone, since the directory may be another program's, which
/// lets everybody look into it. SQLite gives its log the permissions of the database.
fn private() -> OpenOptions {
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Takes the lock of the directory; it is held while the file is open, and the system lets go of it when we die.
pub(crate) fn lock(directory: &Path) -> Result<File, StoreError> {
    let path = directory.join(LOCK);
    let mut file = private().open(&path).map_err(|error| not_writable(&path, &error))?;
    for _ in 0..TRIES {
        match file.try_lock() {
            Ok(()) => {
                // For `holder`. Where it cannot be written the lock holds all the same.
                let _ = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
                return Ok(file);
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(BETWEEN_TRIES),
            Err(TryLockError::Error(error)) => return Err(not_writable(&path, &error)),
        }
    }
    Err(StoreError::InUse(directory.to_owned()))
}

/// Who holds the lock of the directory, if somebody does; nothing is made or changed. It is held here for a moment
/// to find out, together with whoever asks the same, and [`lock`] waits longer than that.
pub(crate) fn holder(directory: &Path) -> Result<Option<Holder>, StoreError> {
    let path = directory.join(LOCK);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(not_writable(&path, &error)),
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(None),
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            let _ = file.take(PID_BYTES).read_to_string(&mut text);
            Ok(Some(Holder { process: text.trim().parse().ok() }))
        }
        Err(TryLockError::Error(error)) => Err(not_writable(&path, &error)),
    }
}

fn not_writable(path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::NotWritable { path: path.to_owned(), reason: error.to_string() }
}

/// Where the database is.
pub(crate) fn database(directory: &Path) -> PathBuf {
    directory.join(DATABASE)
}

/// Where SQLite puts its write-ahead log.
pub(crate) fn log(directory: &Path) -> PathBuf {
    directory.join(format!("{DATABASE}-wal"))
}

/// The connection that writes; the first one to be opened, since it brings the schema up to date.
pub(crate) fn writer(file: &Path, max_bytes: u64) -> Result<Connection, StoreError> {
    private().open(file).map_err(|error| not_writable(file, &error))?;
    let open = || -> Result<Connection, Fault> {
        let mut connection = Connection::open(file)?;
        connection.busy_timeout(PATIENCE)?;
        connection.set_prepared_statement_cache_capacity(64);
        refuse_foreign(&connection, file)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        // FULL: a commit is on the disk before it counts. The log is folded by another thread, never by a commit.
        connection.pragma_update(None, "synchronous", "full")?;
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        // What is deleted or replaced is overwritten, not just unlinked.
        connection.pragma_update(None, "secure_delete", true)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "temp_store", "memory")?;
        connection.pragma_update(None, "cache_size", WRITER_CACHE)?;
        migrate(&mut connection)?;
        if max_bytes > 0 {
            let page: u64 = connection.pragma_query_value(None, "page_size", |row| row.get::<_, i64>(0))? as u64;
            let pages = (max_bytes / page.max(1)).clamp(1, u64::from(u32::MAX - 1));
            connection.pragma_update_and_check(None, "max_page_count", pages as i64, |_| Ok(()))?;
        }
        Ok(connection)
    };
    open().map_err(|fault| fault.explain(file, "opening the database"))
}

/// A connection that reads.
pub(crate) fn reader(file: &Path) -> Result<Connection, StoreError> {
    let open = || -> Result<Connection, Fault> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(file, flags)?;
        connection.busy_timeout(PATIENCE)?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(connection)
    };
    open().map_err(|fault| fault.explain(file, "opening the database for reading"))
}

/// Looks for damage, and for a file that is not ours.
pub(crate) fn examine(file: &Path) -> Result<(), StoreError> {
    let connection = reader(file)?;
    let look = || -> Result<String, Fault> {
        refuse_foreign(&connection, file)?;
        // One line: "ok", or the first thing that is wrong.
        Ok(connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?)
    };
    match look().map_err(|fault| fault.explain(file, "examining the database"))?.as_str() {
        "ok" => Ok(()),
        reason => Err(StoreError::Corrupt { path: file.to_owned(), reason: reason.to_owned() }),
    }
}

/// The connection that folds the log.
pub(crate) fn checkpointer(file: &Path) -> Result<Connection, StoreError> {
    let open = || -> Result<Connection, Fault> {
        let connection = Connection::open(file)?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        Ok(connection)
    };
    open().map_err(|fault| fault.explain(file, "opening the database for checkpoints"))
}

fn refuse_foreign(connection: &Connection, file: &Path) -> Result<(), Fault> {
    let id: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if id != APPLICATION_ID && (id != 0 || tables > 0) {
        return Err(StoreError::NotOurs(file.to_owned()).into());
    }
    let (found, known) = (version(connection)?, MIGRATIONS.len() as i64);
    if found > known {
        return Err(StoreError::TooNew { path: file.to_owned(), found, known }.into());
    }
    Ok(())
}

/// Brings the schema up to date: all steps or none.
fn migrate(connection: &mut Connection) -> Result<(), Fault> {
    if version(connection)? == MIGRATIONS.len() as i64 {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Asked again under the lock: another process may have been first.
    let done = usize::try_from(version(&transaction)?).unwrap_or_default();
    for schema in MIGRATIONS.iter().skip(done) {
        transaction.execute_batch(schema)?;
    }
    transaction.pragma_update(None, "user_version", MIGRATIONS.len() as i64)?;
    Ok(transaction.commit()?)
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}
