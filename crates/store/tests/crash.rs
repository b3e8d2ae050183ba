//! What was acknowledged before `kill -9` is there afterwards, once, and in order.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A test says what is wrong by failing.

mod scratch;

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use parterre_room::Change;
use parterre_room::mam::PageRequest;
use parterre_store::{Options, Pending, SqliteStore, Store};
use scratch::{Scratch, said};

const ROUNDS: usize = 20;
const ROOMS: [&str; 3] = ["stage", "foyer", "bar"];
/// How many commits the child has under way at a time.
const IN_FLIGHT: usize = 16;
const DIRECTORY: &str = "PARTERRE_CRASH_TEST_DIRECTORY";

fn open(directory: &Path) -> SqliteStore {
    // A log that is folded often: a crash must find every phase of that, too.
    let options = Options { checkpoint_bytes: 64 << 10, ..Options::default() };
    SqliteStore::open(directory, options).unwrap()
}

fn body(id: u64) -> String {
    format!("number {id} ").repeat(usize::try_from(id % 50).unwrap() + 1)
}

#[tokio::test]
#[ignore = "the other test runs it, in a process of its own, and kills it"]
async fn child() {
    let directory = std::env::var_os(DIRECTORY).expect("the directory to write to");
    let store = open(Path::new(&directory));
    let mut last = 0;
    for room in ROOMS {
        last = last.max(store.load_room(room, 0).await.unwrap().last_id.0);
    }
    let mut under_way: VecDeque<(&str, u64, Pending<()>)> = VecDeque::new();
    for id in last + 1.. {
        if under_way.len() == IN_FLIGHT {
            let (room, id, commit) = under_way.pop_front().unwrap();
            commit.await.unwrap();
            let mut out = std::io::stdout().lock();
            writeln!(out, "kept {room} {id}").unwrap();
            out.flush().unwrap();
        }
        let room = ROOMS[usize::try_from(id).unwrap() % ROOMS.len()];
        under_way.push_back((room, id, store.commit(room, vec![said(id, "ada", &body(id))])));
    }
}

/// Runs the child until it has acknowledged so many commits, kills it, and gives all that it acknowledged.
fn run_and_kill(directory: &Path, after: usize) -> Vec<(String, u64)> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--ignored", "--nocapture"])
        .env(DIRECTORY, directory)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut kept = Vec::new();
    let mut line = String::new();
    let mut killed = after == 0;
    if killed {
        child.kill().unwrap();
    }
    loop {
        line.clear();
        // A line without its end was being written when the child died; nobody has heard it.
        if out.read_line(&mut line).unwrap() == 0 || !line.ends_with('\n') {
            break;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        if let ["kept", room, id] = words[..] {
            kept.push((room.to_owned(), id.parse().unwrap()));
        }
        if kept.len() >= after && !killed {
            child.kill().unwrap();
            killed = true;
        }
    }
    let status = child.wait().unwrap();
    assert!(killed && status.code().is_none(), "the child ended by itself: {status}");
    kept
}

#[tokio::test]
async fn what_was_acknowledged_survives_being_killed() {
    let scratch = Scratch::new();
    let mut kept: Vec<(String, u64)> = Vec::new();
    for round in 0..ROUNDS {
        kept.extend(run_and_kill(scratch.path(), round * round * 97 % 700));
        let store = open(scratch.path());
        for room in ROOMS {
            let page = store.page(room, PageRequest { max: u64::MAX, ..PageRequest::default() }).await.unwrap();
            assert!(page.messages.is_sorted_by(|(one, _), (next, _)| one < next), "each once, in order");
            assert_eq!(page.count, page.messages.len() as u64);
            for (_, id) in kept.iter().filter(|(of, _)| of == room) {
                let place = page.messages.binary_search_by_key(id, |(found, _)| found.0);
                let Ok(place) = place else { panic!("round {round}: {room} has lost {id}") };
                let Change::Message(expected) = said(*id, "ada", &body(*id)) else { unreachable!() };
                assert_eq!(page.messages[place].1, expected.stanza);
            }
        }
        drop(store);
    }
    assert!(kept.len() > ROUNDS * 100, "too few to mean anything: {}", kept.len());
}
