//! How long commits and pages take on this machine's disk: `cargo bench -p parterre-store`.
//!
//! Prints the time from the call to its result: median, 99th percentile, longest.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // It only measures and tells.

#[path = "../tests/scratch/mod.rs"]
mod scratch;

use std::time::{Duration, Instant};

use parterre_room::mam::PageRequest;
use parterre_room::{Change, LogId};
use parterre_store::{Options, SqliteStore, Store};
use parterre_xmpp::Timestamp;
use scratch::{Scratch, message};

/// Messages in the archive that is read.
const ARCHIVE: u64 = 200_000;
/// People who said them.
const PEOPLE: u64 = 1_000;

fn said(id: u64) -> Change {
    let nick = format!("person {}", id % PEOPLE);
    let author = format!("person-{}@localhost", id % PEOPLE);
    Change::Message(message(id, &nick, Some(&author), "What a goal! Did anybody see where that came from?"))
}

fn print(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |percent: usize| times.get(times.len() * percent / 100).copied().unwrap_or_default();
    let longest = times.last().copied().unwrap_or_default();
    println!("{what:<44} p50 {:>10.1?}  p99 {:>10.1?}  max {longest:>10.1?}", at(50), at(99));
}

async fn commits(store: &SqliteStore, room: &str, messages: u64, times: u64) {
    let mut taken = Vec::new();
    for round in 0..times {
        let changes = (1..=messages).map(|n| said(round * messages + n)).collect();
        let start = Instant::now();
        store.commit(room, changes).await.unwrap();
        taken.push(start.elapsed());
    }
    print(&format!("commit of {messages}"), taken);
}

/// Many rooms commit at once, as fast as their commits come back.
async fn crowd(store: &SqliteStore, rooms: u64, times: u64) {
    let start = Instant::now();
    let mut taken = Vec::new();
    for round in 1..=times {
        let begun = Instant::now();
        let pending: Vec<_> =
            (0..rooms).map(|room| store.commit(&format!("crowd {room}"), vec![said(round)])).collect();
        for commit in pending {
            commit.await.unwrap();
            taken.push(begun.elapsed());
        }
    }
    let rate = (rooms * times) as f64 / start.elapsed().as_secs_f64();
    print(&format!("commit of 1 in {rooms} rooms at once"), taken);
    println!("{:<44} {rate:.0} messages/s", "");
}

async fn pages(store: &SqliteStore, what: &str, request: impl Fn(u64) -> PageRequest) {
    let mut taken = Vec::new();
    for round in 0..1000_u64 {
        // Places all over the archive, the same in every run.
        let request = request(1 + round * 7919 * 31 % ARCHIVE);
        let start = Instant::now();
        store.page("archive", request).await.unwrap();
        taken.push(start.elapsed());
    }
    print(what, taken);
}

async fn prune(store: &SqliteStore) {
    let mut taken = Vec::new();
    for _ in 0..100 {
        let start = Instant::now();
        store.prune(Timestamp(ARCHIVE as i64), 100).await.unwrap();
        taken.push(start.elapsed());
    }
    print("prune 100 messages", taken);
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let scratch = Scratch::new();
    let store = SqliteStore::open(scratch.path(), Options::default()).unwrap();
    commits(&store, "one", 1, 2000).await;
    commits(&store, "ten", 10, 500).await;
    commits(&store, "hundred", 100, 200).await;
    crowd(&store, 200, 50).await;

    let start = Instant::now();
    for thousand in 0..ARCHIVE / 1000 {
        store.commit("archive", (1..=1000).map(|n| said(thousand * 1000 + n)).collect()).await.unwrap();
    }
    store.flush().await.unwrap();
    println!("an archive of {ARCHIVE} messages, written in {:.1?}", start.elapsed());
    let fifty = || PageRequest { max: 50, ..PageRequest::default() };
    let with = |id: u64| Some(format!("person-{}@localhost", id % PEOPLE));
    pages(&store, "newest 50", |_| PageRequest { last: true, ..fifty() }).await;
    pages(&store, "50 after an id", |id| PageRequest { after: Some(LogId(id)), ..fifty() }).await;
    pages(&store, "50 from an index", |id| PageRequest { index: Some(id), ..fifty() }).await;
    pages(&store, "50 between times", |id| PageRequest {
        start: Some(Timestamp(id as i64)),
        end: Some(Timestamp(id as i64 + 10_000)),
        ..fifty()
    })
    .await;
    pages(&store, "newest 50 of the 200 that one person said", |id| PageRequest {
        last: true,
        with: with(id),
        ..fifty()
    })
    .await;
    prune(&store).await;
    store.close().await.unwrap();
}
