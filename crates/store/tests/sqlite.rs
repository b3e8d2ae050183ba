//! What only a store on a disk can do, or fail to do.

#![allow(clippy::unwrap_used)] // A test says what is wrong by failing.

mod scratch;

use std::fs;
use std::path::Path;

use parterre_room::mam::PageRequest;
use parterre_room::{Change, LogId};
use parterre_store::{Credentials, Examined, Holder, Keys, Options, SqliteStore, Store, StoreError};
use parterre_xmpp::Timestamp;
use rusqlite::Connection;
use scratch::{Scratch, said};

fn open(directory: &Path) -> Result<SqliteStore, StoreError> {
    SqliteStore::open(directory, Options::default())
}

fn database(scratch: &Scratch) -> std::path::PathBuf {
    scratch.path().join("parterre.sqlite")
}

fn failure(opened: Result<SqliteStore, StoreError>) -> StoreError {
    opened.err().unwrap()
}

fn credentials() -> Credentials {
    let keys = || Keys { stored: vec![1], server: vec![2] };
    Credentials { salt: vec![3], iterations: 4, sha1: keys(), sha256: keys() }
}

async fn count(store: &SqliteStore) -> u64 {
    store.page("stage", PageRequest::default()).await.unwrap().count
}

#[tokio::test]
async fn what_is_kept_is_there_after_a_restart() {
    let scratch = Scratch::new();
    let directory = scratch.path().join("not/yet/there");
    let store = open(&directory).unwrap();
    store.commit("stage", vec![said(1, "ada", "one"), Change::Settings("{}".into())]).await.unwrap();
    drop(store);
    let store = open(&directory).unwrap();
    store.commit("stage", vec![said(2, "ada", "two")]).await.unwrap();
    store.close().await.unwrap();
    let room = open(&directory).unwrap().load_room("stage", 9).await.unwrap();
    assert_eq!((room.recent.len(), room.last_id), (2, LogId(2)));
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_kept_is_for_its_owner_alone_in_any_directory() {
    use std::os::unix::fs::PermissionsExt as _;
    let scratch = Scratch::new();
    fs::set_permissions(scratch.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let store = open(scratch.path()).unwrap();
    store.commit("stage", vec![said(1, "ada", "one")]).await.unwrap();
    let files: Vec<_> = fs::read_dir(scratch.path()).unwrap().map(Result::unwrap).collect();
    assert!(files.len() >= 3, "{files:?}");
    for file in files {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0, "{file:?}");
    }
}

#[tokio::test]
async fn one_server_to_a_directory_and_account_commands_beside_it() {
    let scratch = Scratch::new();
    assert_eq!(SqliteStore::holder(scratch.path()), Ok(None));
    let server = open(scratch.path()).unwrap();
    assert_eq!(SqliteStore::holder(scratch.path()), Ok(Some(Holder { process: Some(std::process::id()) })));
    let refused = failure(open(scratch.path()));
    assert_eq!(refused, StoreError::InUse(scratch.path().to_owned()));
    assert!(refused.to_string().contains("in use by another parterre server"));

    let command = SqliteStore::open_beside(scratch.path(), Options::default()).unwrap();
    command.put_account("ada", credentials()).await.unwrap();
    assert!(server.account("ada").await.unwrap() == Some(credentials()));
    server.remove_account("ada").await.unwrap();
    assert_eq!(command.accounts().await.unwrap(), [""; 0]);
    command.close().await.unwrap();
    drop(command);
    server.put_account("bob", credentials()).await.unwrap();

    server.close().await.unwrap();
    assert_eq!(SqliteStore::holder(scratch.path()), Ok(None));
    assert_eq!(open(scratch.path()).unwrap().accounts().await.unwrap(), ["bob"]);
}

#[test]
fn other_peoples_files_are_left_alone() {
    let scratch = Scratch::new();
    fs::write(database(&scratch), "Dear diary, ".repeat(1000)).unwrap();
    assert_eq!(failure(open(scratch.path())), StoreError::NotOurs(database(&scratch)));
    assert!(fs::read_to_string(database(&scratch)).unwrap().starts_with("Dear diary"));

    let scratch = Scratch::new();
    Connection::open(database(&scratch)).unwrap().execute_batch("CREATE TABLE recipe (cake TEXT)").unwrap();
    assert_eq!(failure(open(scratch.path())), StoreError::NotOurs(database(&scratch)));

    let scratch = Scratch::new();
    drop(open(scratch.path()).unwrap());
    Connection::open(database(&scratch)).unwrap().pragma_update(None, "user_version", 999).unwrap();
    let refused = failure(open(scratch.path()));
    assert!(matches!(refused, StoreError::TooNew { found: 999, .. }), "{refused}");
}

#[test]
fn a_directory_that_cannot_be_is_named() {
    let scratch = Scratch::new();
    let file = scratch.path().join("file");
    fs::write(&file, "").unwrap();
    let refused = failure(open(&file.join("data")));
    assert!(matches!(refused, StoreError::NotWritable { .. }), "{refused}");
    assert!(refused.to_string().contains(file.to_str().unwrap()));
}

#[test]
fn examining_makes_nothing() {
    let scratch = Scratch::new();
    assert_eq!(SqliteStore::examine(scratch.path(), u64::MAX), Ok(Examined::Missing));
    fs::write(database(&scratch), "a text").unwrap();
    assert!(SqliteStore::examine(scratch.path(), u64::MAX).is_err());
    assert_eq!(fs::read(database(&scratch)).unwrap(), b"a text");
}

#[tokio::test]
async fn damage_is_told() {
    let scratch = Scratch::new();
    let store = open(scratch.path()).unwrap();
    let filler = "x".repeat(2000);
    store.commit("stage", (1..=500).map(|id| said(id, "ada", &filler)).collect()).await.unwrap();
    store.close().await.unwrap();
    drop(store);
    assert_eq!(SqliteStore::examine(scratch.path(), u64::MAX), Ok(Examined::Whole));
    assert!(matches!(SqliteStore::examine(scratch.path(), 100), Ok(Examined::Unread(bytes)) if bytes > 100));
    let mut bytes = fs::read(database(&scratch)).unwrap();
    let from = bytes.len() / 4;
    bytes[from..].fill(0xa5);
    fs::write(database(&scratch), bytes).unwrap();
    let examined = SqliteStore::examine(scratch.path(), u64::MAX).unwrap_err();
    assert!(matches!(examined, StoreError::Corrupt { .. }), "{examined}");
    let store = open(scratch.path()).unwrap();
    let refused = store.load_room("stage", 500).await.unwrap_err();
    assert!(matches!(refused, StoreError::Corrupt { .. }), "{refused}");
}

#[tokio::test]
async fn a_full_store_fails_what_does_not_fit_and_lives_on() {
    let scratch = Scratch::new();
    let options = Options { max_bytes: 400 << 10, ..Options::default() };
    let store = SqliteStore::open(scratch.path(), options).unwrap();
    store.commit("stage", vec![said(1, "ada", &"x".repeat(200 << 10))]).await.unwrap();
    // In one group, perhaps: the one that does not fit must not take the others with it.
    let before = store.commit("stage", vec![said(2, "ada", "small")]);
    let large = store.commit("stage", vec![said(3, "ada", &"x".repeat(300 << 10))]);
    let after = store.commit("stage", vec![said(4, "ada", "small")]);
    before.await.unwrap();
    let refused = large.await.unwrap_err();
    assert_eq!(refused, StoreError::Full(database(&scratch)));
    after.await.unwrap();
    assert_eq!(count(&store).await, 3);
    assert_eq!(store.prune(Timestamp(2), 9).await.unwrap().len(), 1);
    store.commit("stage", vec![said(5, "ada", &"x".repeat(300 << 10))]).await.unwrap();
}

#[tokio::test]
async fn a_full_queue_refuses_and_keeps_what_it_took() {
    let scratch = Scratch::new();
    let options = Options { queued_writes: 1, ..Options::default() };
    let store = SqliteStore::open(scratch.path(), options).unwrap();
    let mut other = Connection::open(database(&scratch)).unwrap();
    let blocking = other.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
    // One may be with the writer, one waits, so one of three is too many.
    let pending: Vec<_> = (1..=3).map(|id| store.commit("stage", vec![said(id, "ada", "x")])).collect();
    blocking.commit().unwrap();
    let mut kept = 0;
    for commit in pending {
        match commit.await {
            Ok(()) => kept += 1,
            Err(refused) => assert_eq!(refused, StoreError::Overloaded),
        }
    }
    assert!((1..=2).contains(&kept), "{kept}");
    assert_eq!(count(&store).await, kept);
}

/// Whether any file of the directory holds these bytes.
fn on_disk(directory: &Path, text: &str) -> bool {
    let files = fs::read_dir(directory).unwrap();
    let mut contents = files.map(|file| fs::read(file.unwrap().path()).unwrap());
    contents.any(|bytes| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
}

#[tokio::test]
async fn what_is_taken_back_is_in_no_file() {
    let scratch = Scratch::new();
    let store = open(scratch.path()).unwrap();
    let long = "very long secret ".repeat(1000);
    for id in 1..=200 {
        let body = match id {
            50 => "a short secret",
            150 => &long,
            _ => "said openly",
        };
        store.commit("stage", vec![said(id, "ada", body)]).await.unwrap();
    }
    store.commit("foyer", vec![said(1, "ada", "a destroyed secret")]).await.unwrap();
    store.flush().await.unwrap();
    assert!(on_disk(scratch.path(), "short secret") && on_disk(scratch.path(), "long secret"));
    for id in [50, 150] {
        let tombstone = Change::Replace { id: LogId(id), stanza: "<message/>".into() };
        store.commit("stage", vec![tombstone]).await.unwrap();
    }
    store.commit("foyer", vec![Change::Destroy]).await.unwrap();
    store.flush().await.unwrap();
    assert!(!on_disk(scratch.path(), "secret"));
    assert!(on_disk(scratch.path(), "said openly"));
}

#[tokio::test]
async fn destroyed_rooms_are_swept_up_even_after_a_restart() {
    let scratch = Scratch::new();
    let store = open(scratch.path()).unwrap();
    store.commit("stage", (1..=5000).map(|id| said(id, "ada", "x")).collect()).await.unwrap();
    store.commit("stage", vec![Change::Destroy]).await.unwrap();
    drop(store);
    let store = open(scratch.path()).unwrap();
    let other = Connection::open(database(&scratch)).unwrap();
    let rows = || other.query_row("SELECT count(*) FROM message, room", [], |row| row.get::<_, i64>(0)).unwrap();
    // It is done whenever nothing else is; every flush leaves such a moment behind it.
    let swept = async {
        while rows() > 0 {
            store.flush().await.unwrap();
        }
    };
    swept.await;
    assert_eq!(store.load_room("stage", 1).await.unwrap().last_id, LogId(5000));
}
