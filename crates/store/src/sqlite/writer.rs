//! The thread that writes, and the one that folds its log.
//!
//! Everything that came in during one commit goes into the next (group commit): one `fsync` for all of it. A job
//! that fails takes back its own changes and nobody else's. No caller hears of success before the commit that
//! holds its changes has returned.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender};
use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::watch;

use super::fault::Fault;
use super::open::PATIENCE;
use super::queue::{After, Job, Queue, Turn};
use super::rooms;
use crate::StoreError;

/// How many jobs one transaction takes at most, so that the first of them does not wait for ever.
const GROUP: usize = 4096;
/// How long a flush waits for readers that still need the log.
const FLUSH_PATIENCE: Duration = Duration::from_secs(1);
/// How long to leave another checkpoint to its work before looking again.
const RETRY: Duration = Duration::from_millis(2);

/// The thread that writes.
pub(crate) struct Writer {
    pub(crate) connection: Connection,
    pub(crate) queue: Arc<Queue>,
    /// Wakes the checkpoint thread. One wish waiting is as good as many.
    pub(crate) checkpoint: SyncSender<()>,
    pub(crate) file: PathBuf,
    pub(crate) log: PathBuf,
    pub(crate) checkpoint_bytes: u64,
    /// The lock of the directory, held until the connection is closed.
    pub(crate) lock: Option<File>,
    /// Dropped when everything else is.
    pub(crate) ended: watch::Sender<()>,
}

/// Closes the queue even if the thread dies: nobody may wait for an answer that never comes.
pub(crate) struct CloseOnExit(pub(crate) Arc<Queue>);

impl Drop for CloseOnExit {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

impl Writer {
    /// Works until the queue is closed and empty.
    pub(crate) fn run(mut self) {
        let _guard = CloseOnExit(Arc::clone(&self.queue));
        let mut sweeping = true;
        loop {
            match self.queue.next(GROUP, sweeping) {
                Turn::Jobs(jobs) => sweeping |= self.write(jobs),
                Turn::Truncate => self.truncate(Duration::ZERO),
                Turn::Idle => sweeping = self.sweep(),
                Turn::Closed => break,
            }
        }
        let Writer { connection, lock, ended, .. } = self;
        drop(connection);
        drop(lock);
        drop(ended);
    }

    /// Writes a group and tells its callers; says whether anything was erased.
    fn write(&mut self, mut jobs: Vec<Box<dyn Job>>) -> bool {
        let after: Vec<After> = jobs.iter().map(|job| job.after()).collect();
        let failures = match self.transact(&mut jobs) {
            Ok(failures) => failures,
            // The transaction as a whole failed. One job may have been to blame (too large for what is left of the
            // disk), so each gets its own chance.
            Err(_) if jobs.len() > 1 => jobs.iter_mut().map(|job| self.alone(job)).collect(),
            Err(failure) => vec![Some(failure)],
        };
        if after.contains(&After::Fold) {
            self.truncate(FLUSH_PATIENCE);
        }
        for (job, failure) in jobs.into_iter().zip(failures) {
            job.finish(failure);
        }
        let erased = after.contains(&After::Erase);
        if erased || std::fs::metadata(&self.log).is_ok_and(|log| log.len() > self.checkpoint_bytes) {
            // Full means that a wish is waiting already.
            let _ = self.checkpoint.try_send(());
        }
        erased
    }

    fn alone(&mut self, job: &mut Box<dyn Job>) -> Option<StoreError> {
        match self.transact(std::slice::from_mut(job)) {
            Ok(failures) => failures.into_iter().flatten().next(),
            Err(failure) => Some(failure),
        }
    }

    /// One transaction. Gives the failure of each job, or the failure of the whole, of which nothing is kept then.
    fn transact(&mut self, jobs: &mut [Box<dyn Job>]) -> Result<Vec<Option<StoreError>>, StoreError> {
        let file = &self.file;
        let explain = |fault: Fault| fault.explain(file, "writing to the database");
        let begin = self.connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let transaction = begin.map_err(|error| explain(error.into()))?;
        if let [job] = jobs {
            // Alone, it needs no savepoint: what it did goes with the transaction.
            job.run(&transaction).map_err(&explain)?;
            transaction.commit().map_err(|error| explain(error.into()))?;
            return Ok(vec![None]);
        }
        let mut failures = Vec::with_capacity(jobs.len());
        for job in jobs {
            let failure = step(&transaction, job.as_mut()).err().map(&explain);
            // A full disk makes SQLite roll back everything by itself.
            if let (Some(failure), true) = (&failure, transaction.is_autocommit()) {
                return Err(failure.clone());
            }
            failures.push(failure);
        }
        transaction.commit().map_err(|error| explain(error.into()))?;
        Ok(failures)
    }

    /// Empties the log. A reader that still needs it is waited for, but not for longer than `patience`; then the
    /// log stays until the next time.
    fn truncate(&self, patience: Duration) {
        let fold = || {
            self.connection.busy_timeout(patience)?;
            let began = Instant::now();
            // SQLite waits for readers, but not for the other thread's checkpoint: then it says at once that it is busy.
            let busy = || self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0));
            while busy()? && began.elapsed() < patience {
                std::thread::sleep(RETRY);
            }
            Ok(())
        };
        report(fold(), "emptying the write-ahead log", &self.file);
        report(self.connection.busy_timeout(PATIENCE), "setting the time to wait", &self.file);
    }

    /// Deletes a little of what destroyed rooms left; says whether there may be more.
    fn sweep(&mut self) -> bool {
        let sweep = |connection: &mut Connection| -> Result<bool, Fault> {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let more = rooms::sweep(&transaction)?;
            transaction.commit()?;
            Ok(more)
        };
        match sweep(&mut self.connection) {
            Ok(true) => true,
            Ok(false) => {
                let _ = self.checkpoint.try_send(());
                false
            }
            Err(fault) => {
                let failure = fault.explain(&self.file, "removing destroyed rooms");
                tracing::warn!(%failure, "what destroyed rooms left is not removed yet");
                false
            }
        }
    }
}

/// One job, whose changes are taken back if it fails.
fn step(connection: &Connection, job: &mut dyn Job) -> Result<(), Fault> {
    connection.prepare_cached("SAVEPOINT job")?.execute([])?;
    let result = job.run(connection);
    if result.is_err() && !connection.is_autocommit() {
        connection.prepare_cached("ROLLBACK TO job")?.execute([])?;
    }
    if !connection.is_autocommit() {
        connection.prepare_cached("RELEASE job")?.execute([])?;
    }
    result
}

/// Folds the log into the database whenever it is wished for. Commits go on meanwhile: the copying is done here, and
/// only the emptying of a log that is copied already is left to the thread that writes.
pub(crate) fn checkpoints(connection: &Connection, wishes: &Receiver<()>, queue: &Queue, file: &Path) {
    while wishes.recv().is_ok() {
        let folded = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        report(folded, "folding the write-ahead log", file);
        queue.truncate();
    }
}

fn report(result: rusqlite::Result<()>, doing: &'static str, file: &Path) {
    if let Err(error) = result {
        let failure = Fault::from(error).explain(file, doing);
        // A reader in the way is ordinary; the next checkpoint does it.
        if matches!(failure, StoreError::Locked(_)) {
            tracing::debug!(%failure, doing);
        } else {
            tracing::warn!(%failure, doing);
        }
    }
}
