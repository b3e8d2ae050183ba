//! What every store must do, run against each of them.

#![allow(clippy::unwrap_used)] // A test says what is wrong by failing.

#[path = "../scratch/mod.rs"]
mod scratch;

mod pages;
mod people;
mod random;
mod rooms;

use std::sync::Arc;

use parterre_room::mam::{Page, PageRequest};
use parterre_store::{MemoryStore, Options, SqliteStore, Store};
use scratch::{Scratch, said};

type Shared = Arc<dyn Store>;

fn memory() -> Shared {
    Arc::new(MemoryStore::new())
}

fn sqlite(scratch: &Scratch) -> Shared {
    Arc::new(SqliteStore::open(scratch.path(), Options::default()).unwrap())
}

/// Makes a test for each store of each function that takes one.
macro_rules! suite {
    ($($test:ident),* $(,)?) => {
        mod memory {
            $(#[tokio::test]
            async fn $test() {
                super::$test(crate::memory()).await;
            })*
        }
        mod sqlite {
            $(#[tokio::test]
            async fn $test() {
                let scratch = crate::Scratch::new();
                super::$test(crate::sqlite(&scratch)).await;
            })*
        }
    };
}
use suite;

async fn say(store: &Shared, room: &str, ids: impl IntoIterator<Item = u64>) {
    let changes = ids.into_iter().map(|id| said(id, if id % 2 == 0 { "even" } else { "odd" }, &format!("number {id}")));
    store.commit(room, changes.collect()).await.unwrap();
}

async fn page(store: &Shared, request: PageRequest) -> Page {
    store.page("stage", request).await.unwrap()
}

fn ids(page: &Page) -> Vec<u64> {
    page.messages.iter().map(|(id, _)| id.0).collect()
}

/// A page of a hundred unless the test says otherwise.
fn all() -> PageRequest {
    PageRequest { max: 100, ..PageRequest::default() }
}
