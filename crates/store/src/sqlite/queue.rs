//! The bounded queues in front of the database threads.
//!
//! Enters: work, from any thread, in the order of the calls. Leaves: the same work, to the thread that does it, and
//! its result to the future that waits for it. A full queue refuses at once; it never makes the caller wait, since
//! the callers are the threads that serve sockets.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::fault::Fault;
use crate::StoreError;
use crate::store::Pending;

/// What asks for a checkpoint after it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// Nothing.
    Nothing,
    /// The log should be folded into the database soon: it still holds content that is to be gone.
    Erase,
    /// The log is folded before the caller hears that the work is done.
    Fold,
}

/// A piece of work for a database thread. It can be run again if its transaction was rolled back.
pub(crate) trait Job: Send {
    /// Does it.
    fn run(&mut self, connection: &Connection) -> Result<(), Fault>;
    /// Tells the caller, once the work is durable or has failed.
    fn finish(self: Box<Self>, failure: Option<StoreError>);
    /// About how many bytes it holds.
    fn bytes(&self) -> usize;
    /// What it wants afterwards.
    fn after(&self) -> After;
}

struct Task<T, F> {
    work: F,
    result: Option<T>,
    bytes: usize,
    after: After,
    caller: oneshot::Sender<Result<T, StoreError>>,
}

impl<T: Send, F: FnMut(&Connection) -> Result<T, Fault> + Send> Job for Task<T, F> {
    fn run(&mut self, connection: &Connection) -> Result<(), Fault> {
        self.result = Some((self.work)(connection)?);
        Ok(())
    }

    fn finish(self: Box<Self>, failure: Option<StoreError>) {
        let Task { result, caller, .. } = *self;
        // A caller that went away wanted the work done, not the answer.
        let _ = caller.send(failure.map_or_else(|| result.ok_or(StoreError::Closed), Err));
    }

    fn bytes(&self) -> usize {
        self.bytes
    }

    fn after(&self) -> After {
        self.after
    }
}

/// What a thread is to do next.
pub(crate) enum Turn {
    /// These, in this order.
    Jobs(Vec<Box<dyn Job>>),
    /// Empty the write-ahead log: a checkpoint has just copied it.
    Truncate,
    /// Nothing waits.
    Idle,
    /// Nothing waits and nothing will come.
    Closed,
}

/// A bounded queue.
pub(crate) struct Queue {
    state: Mutex<State>,
    ready: Condvar,
    max_jobs: usize,
    max_bytes: usize,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Box<dyn Job>>,
    bytes: usize,
    truncate: bool,
    closed: bool,
}

impl Queue {
    pub(crate) fn new(max_jobs: usize, max_bytes: usize) -> Self {
        Queue { state: Mutex::default(), ready: Condvar::new(), max_jobs, max_bytes }
    }

    /// Puts work at the end of the queue. It is there when this returns; the future brings the result.
    pub(crate) fn ask<T, F>(&self, bytes: usize, after: After, work: F) -> Pending<T>
    where
        T: Send + 'static,
        F: FnMut(&Connection) -> Result<T, Fault> + Send + 'static,
    {
        let (caller, answer) = oneshot::channel();
        let job = Box::new(Task { work, result: None, bytes, after, caller });
        match self.push(job) {
            Ok(()) => Box::pin(async { answer.await.unwrap_or(Err(StoreError::Closed)) }),
            Err(refused) => Box::pin(std::future::ready(Err(refused))),
        }
    }

    fn push(&self, job: Box<dyn Job>) -> Result<(), StoreError> {
        let mut state = self.state();
        if state.closed {
            return Err(StoreError::Closed);
        }
        // One job may always wait, however large: it could never be done otherwise.
        let full = state.jobs.len() >= self.max_jobs || state.bytes.saturating_add(job.bytes()) > self.max_bytes;
        if full && !state.jobs.is_empty() {
            return Err(StoreError::Overloaded);
        }
        state.bytes = state.bytes.saturating_add(job.bytes());
        state.jobs.push_back(job);
        drop(state);
        self.ready.notify_one();
        Ok(())
    }

    /// Waits for work and takes all of it, at most `most`; with `idle`, does not wait.
    pub(crate) fn next(&self, most: usize, idle: bool) -> Turn {
        let mut state = self.state();
        loop {
            if std::mem::take(&mut state.truncate) {
                return Turn::Truncate;
            }
            if !state.jobs.is_empty() {
                let some = most.min(state.jobs.len());
                let jobs: Vec<_> = state.jobs.drain(..some).collect();
                let bytes: usize = jobs.iter().map(|job| job.bytes()).sum();
                state.bytes = state.bytes.saturating_sub(bytes);
                return Turn::Jobs(jobs);
            }
            if state.closed {
                return Turn::Closed;
            }
            if idle {
                return Turn::Idle;
            }
            state = self.ready.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Has the write-ahead log emptied at the next turn.
    pub(crate) fn truncate(&self) {
        self.state().truncate = true;
        self.ready.notify_one();
    }

    /// Lets nothing more in. What waits is still done.
    pub(crate) fn close(&self) {
        self.state().closed = true;
        self.ready.notify_all();
    }

    /// Lets nothing more in and drops what waits; its callers hear that the store is closed.
    pub(crate) fn abandon(&self) {
        let mut state = self.state();
        state.closed = true;
        state.jobs.clear();
        drop(state);
        self.ready.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
