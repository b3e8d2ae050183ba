//! Rooms: what is kept, in which order, and what goes.

use parterre_room::mam::{Page, PageRequest};
use parterre_room::{Affiliation, Change, LogId};
use parterre_store::{Pruned, StoreError, StoredAffiliation, StoredRoom};
use parterre_xmpp::Timestamp;

use crate::scratch::{jid, message, said};
use crate::{Shared, all, ids, page, say, suite};

suite! {
    a_room_never_heard_of_is_empty,
    a_room_is_loaded_as_it_was_left,
    affiliations_come_and_go,
    ids_only_grow,
    a_commit_is_kept_whole_or_not_at_all,
    commits_keep_the_order_of_the_calls,
    a_retracted_message_leaves_its_tombstone,
    a_destroyed_room_leaves_only_how_far_its_ids_went,
    a_large_room_is_destroyed_at_once,
    pruning_goes_in_steps_and_keeps_counts_right,
    pruning_forgets_rooms_without_settings,
    a_closed_store_says_so,
}

async fn a_room_never_heard_of_is_empty(store: Shared) {
    assert_eq!(store.load_room("stage", 20).await.unwrap(), StoredRoom::default());
    assert_eq!(store.metadata("stage").await.unwrap(), None);
    assert_eq!(page(&store, all()).await, Page { complete: true, ..Page::default() });
    assert!(store.rooms().await.unwrap().is_empty());
}

async fn a_room_is_loaded_as_it_was_left(store: Shared) {
    store.commit("stage", vec![Change::Settings("old".into())]).await.unwrap();
    store.commit("stage", vec![said(5, "ada", "one"), Change::Settings("new".into())]).await.unwrap();
    store.commit("foyer", vec![said(6, "ada", "elsewhere")]).await.unwrap();
    store.commit("stage", vec![Change::Message(message(7, "guest", None, "two <b/> 'ü'"))]).await.unwrap();
    let room = store.load_room("stage", 20).await.unwrap();
    assert_eq!(room.settings.as_deref(), Some("new"));
    let expected = vec![message(5, "ada", Some("ada@localhost"), "one"), message(7, "guest", None, "two <b/> 'ü'")];
    assert_eq!(room.recent, expected);
    assert_eq!(room.last_id, LogId(7));
    assert_eq!(store.load_room("stage", 1).await.unwrap().recent, expected[1..]);
    assert_eq!(store.load_room("stage", 0).await.unwrap().recent, []);
    assert_eq!(store.metadata("stage").await.unwrap(), Some((LogId(5), LogId(7))));
    // A room without settings has an archive, but is not one to be opened at start.
    assert_eq!(store.rooms().await.unwrap(), [("stage".to_owned(), "new".to_owned())]);
}

async fn affiliations_come_and_go(store: Shared) {
    let set = |address: &str, affiliation, nick: Option<&str>, reason: Option<&str>| Change::Affiliation {
        jid: jid(address),
        affiliation,
        nick: nick.map(Into::into),
        reason: reason.map(Into::into),
    };
    let changes = vec![
        set("troll@localhost", Affiliation::Outcast, None, Some("spam")),
        set("ada@localhost", Affiliation::Owner, Some("Ada"), None),
        set("bob@localhost", Affiliation::Member, None, None),
        set("localhost", Affiliation::Admin, None, None),
    ];
    store.commit("stage", changes).await.unwrap();
    let changes = vec![
        set("bob@localhost", Affiliation::None, None, Some("goes")),
        set("troll@localhost", Affiliation::None, Some("Reformed"), None),
    ];
    store.commit("stage", changes).await.unwrap();
    let mut lists = store.load_room("stage", 0).await.unwrap().affiliations;
    lists.sort_by(|a, b| a.jid.as_str().cmp(b.jid.as_str()));
    let entry = |address: &str, affiliation, nick: Option<&str>| StoredAffiliation {
        jid: jid(address),
        affiliation,
        nick: nick.map(Into::into),
        reason: None,
    };
    let expected = [
        entry("ada@localhost", Affiliation::Owner, Some("Ada")),
        entry("localhost", Affiliation::Admin, None),
        entry("troll@localhost", Affiliation::None, Some("Reformed")),
    ];
    assert_eq!(lists, expected);
}

async fn ids_only_grow(store: Shared) {
    say(&store, "stage", [10, 20]).await;
    for id in [20, 15, 0] {
        let refused = store.commit("stage", vec![said(id, "ada", "late")]).await;
        assert!(matches!(refused, Err(StoreError::OutOfOrder { .. })), "{refused:?}");
    }
    say(&store, "foyer", [15]).await;
    say(&store, "stage", [21]).await;
    assert_eq!(ids(&page(&store, all()).await), [10, 20, 21]);
}

async fn a_commit_is_kept_whole_or_not_at_all(store: Shared) {
    say(&store, "stage", [10]).await;
    let before = store.commit("stage", vec![said(11, "ada", "fine")]);
    let changes = vec![Change::Settings("lost".into()), said(12, "ada", "lost"), said(5, "ada", "too late")];
    let failing = store.commit("stage", changes);
    let after = store.commit("stage", vec![said(13, "ada", "fine")]);
    before.await.unwrap();
    assert!(failing.await.is_err());
    after.await.unwrap();
    let room = store.load_room("stage", 9).await.unwrap();
    assert_eq!(room.recent.iter().map(|message| message.id.0).collect::<Vec<_>>(), [10, 11, 13]);
    assert_eq!(room.settings, None);
}

async fn commits_keep_the_order_of_the_calls(store: Shared) {
    let pending: Vec<_> = (1..=300).map(|id| store.commit("stage", vec![said(id, "ada", "x")])).collect();
    // Awaited in another order, and some not at all: only the calls count.
    for (number, commit) in pending.into_iter().enumerate().rev() {
        if number % 3 == 0 {
            commit.await.unwrap();
        }
    }
    store.flush().await.unwrap();
    let found = page(&store, PageRequest { max: 1000, ..all() }).await;
    assert_eq!(ids(&found), (1..=300).collect::<Vec<_>>());
}

async fn a_retracted_message_leaves_its_tombstone(store: Shared) {
    say(&store, "stage", [1, 2, 3]).await;
    let replace = |id| Change::Replace { id: LogId(id), stanza: "<message><retracted/></message>".into() };
    store.commit("stage", vec![replace(2), replace(99)]).await.unwrap();
    let found = page(&store, all()).await;
    assert_eq!(ids(&found), [1, 2, 3]);
    assert_eq!(found.messages[1].1, "<message><retracted/></message>");
    assert!(found.messages[2].1.contains("number 3"));
}

async fn a_destroyed_room_leaves_only_how_far_its_ids_went(store: Shared) {
    let settings = || Change::Settings("{}".into());
    let owner = Change::Affiliation { jid: jid("a@b"), affiliation: Affiliation::Owner, nick: None, reason: None };
    store.commit("stage", vec![settings(), owner, said(50, "ada", "x")]).await.unwrap();
    store.commit("stage", vec![said(51, "ada", "last words"), Change::Destroy]).await.unwrap();
    let empty = StoredRoom { last_id: LogId(51), ..Default::default() };
    assert_eq!(store.load_room("stage", 20).await.unwrap(), empty);
    assert!(store.rooms().await.unwrap().is_empty());
    assert_eq!(store.metadata("stage").await.unwrap(), None);
    store.commit("stage", vec![settings(), said(52, "ada", "again")]).await.unwrap();
    let room = store.load_room("stage", 20).await.unwrap();
    assert_eq!((room.recent.len(), room.affiliations.len(), room.last_id), (1, 0, LogId(52)));
    // Nothing to destroy is no failure.
    store.commit("nowhere", vec![Change::Destroy]).await.unwrap();
}

async fn a_large_room_is_destroyed_at_once(store: Shared) {
    say(&store, "stage", 1..=3000).await;
    store.commit("stage", vec![Change::Destroy]).await.unwrap();
    assert_eq!(page(&store, all()).await.count, 0);
    say(&store, "stage", 3001..=3003).await;
    let found = page(&store, PageRequest { with: Some("odd@localhost".into()), ..all() }).await;
    assert_eq!((ids(&found), found.count), (vec![3001, 3003], 2));
}

async fn pruning_goes_in_steps_and_keeps_counts_right(store: Shared) {
    say(&store, "stage", 1..=10).await;
    say(&store, "foyer", 4..=6).await;
    let first = store.prune(Timestamp(6), 4).await.unwrap();
    assert_eq!(first.iter().map(|pruned| pruned.removed).sum::<u64>(), 4);
    let second = store.prune(Timestamp(6), 4).await.unwrap();
    assert_eq!(second.iter().map(|pruned| pruned.removed).sum::<u64>(), 3);
    assert_eq!(store.prune(Timestamp(6), 4).await.unwrap(), []);
    // Together they say what went from where; the steps cut wherever they like.
    for (room, removed) in [("stage", 5), ("foyer", 2)] {
        let of_room = || first.iter().chain(&second).filter(|pruned| pruned.room == room);
        assert_eq!(of_room().map(|pruned| pruned.removed).sum::<u64>(), removed);
        assert_eq!(of_room().map(|pruned| pruned.before).max(), Some(LogId(6)));
    }
    let found = page(&store, PageRequest { max: 2, last: true, ..all() }).await;
    assert_eq!((ids(&found), found.count, found.first_index), (vec![9, 10], 5, 3));
    assert_eq!(store.metadata("stage").await.unwrap(), Some((LogId(6), LogId(10))));
    assert_eq!(store.metadata("foyer").await.unwrap(), Some((LogId(6), LogId(6))));
    assert!(page(&store, PageRequest { after: Some(LogId(5)), ..all() }).await.unknown_id);
}

async fn pruning_forgets_rooms_without_settings(store: Shared) {
    store.commit("kept", vec![Change::Settings("{}".into()), said(7, "ada", "x")]).await.unwrap();
    say(&store, "stage", [8, 9]).await;
    let pruned = store.prune(Timestamp(100), 100).await.unwrap();
    let of = |room: &str, before, removed| Pruned { room: room.to_owned(), before: LogId(before), removed };
    assert_eq!(pruned, [of("kept", 8, 1), of("stage", 10, 2)]);
    assert_eq!(store.load_room("kept", 9).await.unwrap().settings.as_deref(), Some("{}"));
    assert!(store.load_room("kept", 9).await.unwrap().last_id >= LogId(7));
    assert!(store.load_room("stage", 9).await.unwrap().last_id >= LogId(9));
    assert!(store.commit("kept", vec![said(7, "ada", "x")]).await.is_err());
    say(&store, "stage", [10]).await;
    assert_eq!(ids(&page(&store, all()).await), [10]);
}

async fn a_closed_store_says_so(store: Shared) {
    let last = store.commit("stage", vec![said(1, "ada", "last")]);
    store.close().await.unwrap();
    last.await.unwrap();
    assert_eq!(store.commit("stage", vec![said(2, "ada", "too late")]).await, Err(StoreError::Closed));
    assert_eq!(store.metadata("stage").await, Err(StoreError::Closed));
    assert_eq!(store.flush().await, Err(StoreError::Closed));
}
