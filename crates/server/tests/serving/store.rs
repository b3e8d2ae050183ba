//! A store in memory whose commits a test can hold up or have fail, and that tells it of its end.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use parterre_room::Change;
use parterre_room::LogId;
use parterre_room::mam::{Page, PageRequest};
use parterre_store::{Bound, Credentials, Document, MemoryStore, Pending, Pruned, Store, StoreError, StoredRoom};
use parterre_xmpp::Timestamp;
use tokio::sync::watch;

/// The store.
pub struct Double {
    inner: MemoryStore,
    fails: AtomicBool,
    /// Whether what is held up fails when it is let go on.
    fails_held: AtomicBool,
    /// How many commits have been held up.
    held: AtomicUsize,
    holds: watch::Sender<bool>,
    /// The kinds of the changes that were kept, in order.
    kept: Mutex<Vec<Change>>,
    /// What is done when it is closed.
    at_close: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl Default for Double {
    fn default() -> Self {
        Double {
            inner: MemoryStore::new(),
            fails: AtomicBool::new(false),
            fails_held: AtomicBool::new(false),
            held: AtomicUsize::new(0),
            holds: watch::Sender::new(false),
            kept: Mutex::default(),
            at_close: Mutex::default(),
        }
    }
}

impl Double {
    /// Commits fail from here on, or work again.
    pub fn fail(&self, fails: bool) {
        self.fails.store(fails, Ordering::SeqCst);
    }

    /// Commits that begin while others are held up fail when they are let go on.
    pub fn fail_held(&self, fails: bool) {
        self.fails_held.store(fails, Ordering::SeqCst);
    }

    /// How many commits have been held up so far.
    pub fn held(&self) -> usize {
        self.held.load(Ordering::SeqCst)
    }

    /// Commits are not done until they are let go on.
    pub fn hold(&self, holds: bool) {
        self.holds.send_replace(holds);
    }

    /// Does something when it is about to be closed.
    pub fn at_close(&self, act: impl FnOnce() + Send + 'static) {
        *self.at_close.lock().unwrap() = Some(Box::new(act));
    }

    /// How many messages were kept.
    pub fn messages(&self) -> usize {
        self.kept.lock().unwrap().iter().filter(|change| matches!(change, Change::Message(..))).count()
    }
}

macro_rules! pass_on {
    ($( fn $name:ident(&self $(, $argument:ident: $Type:ty)*) -> $Result:ty; )*) => {
        $( fn $name(&self $(, $argument: $Type)*) -> Pending<$Result> { self.inner.$name($($argument),*) } )*
    };
}

impl Store for Double {
    fn commit(&self, room: &str, changes: Vec<Change>) -> Pending<()> {
        if self.fails.load(Ordering::SeqCst) {
            return Box::pin(async { Err(StoreError::Overloaded) });
        }
        let mut holds = self.holds.subscribe();
        let is_held = *holds.borrow();
        if is_held && self.fails_held.load(Ordering::SeqCst) {
            self.held.fetch_add(1, Ordering::SeqCst);
            return Box::pin(async move {
                let _ = holds.wait_for(|holds| !holds).await;
                Err(StoreError::Overloaded)
            });
        }
        self.held.fetch_add(usize::from(is_held), Ordering::SeqCst);
        self.kept.lock().unwrap().extend(changes.iter().cloned());
        let done = self.inner.commit(room, changes);
        Box::pin(async move {
            // Gone with the store, at the end of a test.
            let _ = holds.wait_for(|holds| !holds).await;
            done.await
        })
    }

    fn close(&self) -> Pending<()> {
        if let Some(act) = self.at_close.lock().unwrap().take() {
            act();
        }
        self.inner.close()
    }

    pass_on! {
        fn load_room(&self, room: &str, recent: usize) -> StoredRoom;
        fn rooms(&self) -> Vec<(String, String)>;
        fn page(&self, room: &str, request: PageRequest) -> Page;
        fn metadata(&self, room: &str) -> Option<(LogId, LogId)>;
        fn prune(&self, older_than: Timestamp, at_most: usize) -> Vec<Pruned>;
        fn account(&self, user: &str) -> Option<Credentials>;
        fn put_account(&self, user: &str, credentials: Credentials) -> ();
        fn remove_account(&self, user: &str) -> bool;
        fn accounts(&self) -> Vec<String>;
        fn documents(&self, owner: &str, kind: &str) -> Vec<Document>;
        fn document(&self, owner: &str, kind: &str, key: &str) -> Option<Document>;
        fn put_document(&self, owner: &str, kind: &str, document: Document, bound: Bound) -> ();
        fn remove_document(&self, owner: &str, kind: &str, key: &str) -> bool;
        fn remove_documents(&self, owner: &str, kind: &str) -> usize;
        fn kinds(&self, owner: &str) -> Vec<String>;
        fn flush(&self) -> ();
    }
}
