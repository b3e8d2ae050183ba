//! Pages of an archive.

use parterre_room::LogId;
use parterre_room::mam::{Page, PageRequest};
use parterre_xmpp::Timestamp;

use crate::{Shared, all, ids, page, say, suite};

suite! {
    pages_forwards,
    pages_backwards,
    pages_of_some_people,
    pages_of_times_and_ids,
    pages_by_index_and_counts_alone,
    unknown_ids_are_told,
}

async fn pages_forwards(store: Shared) {
    say(&store, "stage", (1..=10).map(|n| n * 10)).await;
    let first = page(&store, PageRequest { max: 4, ..all() }).await;
    assert_eq!((ids(&first), first.count, first.first_index, first.complete), (vec![10, 20, 30, 40], 10, 0, false));
    let second = page(&store, PageRequest { max: 4, after: Some(LogId(40)), ..all() }).await;
    assert_eq!((ids(&second), second.count, second.first_index, second.complete), (vec![50, 60, 70, 80], 10, 4, false));
    let third = page(&store, PageRequest { max: 4, after: Some(LogId(80)), ..all() }).await;
    assert_eq!((ids(&third), third.count, third.first_index, third.complete), (vec![90, 100], 10, 8, true));
    let none = page(&store, PageRequest { max: 4, after: Some(LogId(100)), ..all() }).await;
    assert_eq!((ids(&none), none.count, none.complete), (vec![], 10, true));
}

async fn pages_backwards(store: Shared) {
    say(&store, "stage", (1..=10).map(|n| n * 10)).await;
    let newest = page(&store, PageRequest { max: 4, last: true, ..all() }).await;
    assert_eq!((ids(&newest), newest.first_index, newest.complete), (vec![70, 80, 90, 100], 6, false));
    let before = |id| PageRequest { max: 4, last: true, before: Some(LogId(id)), ..all() };
    let middle = page(&store, before(70)).await;
    assert_eq!((ids(&middle), middle.first_index, middle.complete), (vec![30, 40, 50, 60], 2, false));
    let oldest = page(&store, before(30)).await;
    assert_eq!((ids(&oldest), oldest.first_index, oldest.complete), (vec![10, 20], 0, true));
}

async fn pages_of_some_people(store: Shared) {
    say(&store, "stage", 1..=10).await;
    let with = |with: &str| PageRequest { max: 2, with: Some(with.into()), ..all() };
    let even = page(&store, with("stage@room.localhost/even")).await;
    assert_eq!((ids(&even), even.count, even.first_index, even.complete), (vec![2, 4], 5, 0, false));
    let last = page(&store, PageRequest { last: true, ..with("even@localhost") }).await;
    assert_eq!((ids(&last), last.count, last.first_index, last.complete), (vec![8, 10], 5, 3, false));
    let next = page(&store, PageRequest { after: Some(LogId(7)), ..with("even@localhost") }).await;
    assert_eq!((ids(&next), next.count, next.first_index, next.complete), (vec![8, 10], 5, 3, true));
    let everybody = page(&store, with("stage@room.localhost")).await;
    assert_eq!((ids(&everybody), everybody.count), (vec![1, 2], 10));
    for nobody in ["stage@room.localhost/nobody", "nobody@localhost", "even@localhost/phone", "stage@localhost", ""] {
        let none = page(&store, with(nobody)).await;
        assert_eq!((ids(&none), none.count, none.complete), (vec![], 0, true), "{nobody}");
    }
}

async fn pages_of_times_and_ids(store: Shared) {
    say(&store, "stage", 1..=10).await;
    let times = PageRequest { start: Some(Timestamp(3)), end: Some(Timestamp(6)), ..all() };
    let found = page(&store, times).await;
    assert_eq!((ids(&found), found.count, found.first_index, found.complete), (vec![3, 4, 5, 6], 4, 0, true));
    let between = PageRequest { after_id: Some(LogId(3)), before_id: Some(LogId(6)), ..all() };
    assert_eq!(ids(&page(&store, between).await), [4, 5]);
    let listed = PageRequest { ids: Some([9, 2, 4, 2].map(LogId).into()), max: 2, ..all() };
    let found = page(&store, listed.clone()).await;
    assert_eq!((ids(&found), found.count, found.complete), (vec![2, 4], 3, false));
    let by_somebody = PageRequest { with: Some("odd@localhost".into()), ..listed };
    assert_eq!(ids(&page(&store, by_somebody).await), [9]);
    let nonsense = PageRequest { start: Some(Timestamp(6)), end: Some(Timestamp(3)), ..all() };
    assert_eq!(page(&store, nonsense).await, Page { complete: true, ..Page::default() });
    let whole = PageRequest { start: Some(Timestamp(i64::MIN)), end: Some(Timestamp(i64::MAX)), ..all() };
    assert_eq!(page(&store, whole).await.count, 10);
}

async fn pages_by_index_and_counts_alone(store: Shared) {
    say(&store, "stage", 1..=10).await;
    let at = |index| PageRequest { index: Some(index), max: 3, ..all() };
    let found = page(&store, at(8)).await;
    assert_eq!((ids(&found), found.first_index, found.complete), (vec![9, 10], 8, true));
    assert_eq!(ids(&page(&store, PageRequest { with: Some("odd@localhost".into()), ..at(3) }).await), [7, 9]);
    let beyond = page(&store, at(u64::MAX)).await;
    assert_eq!((ids(&beyond), beyond.count, beyond.complete), (vec![], 10, true));
    let count = page(&store, PageRequest { max: 0, ..all() }).await;
    assert_eq!(count, Page { count: 10, ..Page::default() });
    assert_eq!(page(&store, PageRequest { max: u64::MAX, ..all() }).await.messages.len(), 10);
}

async fn unknown_ids_are_told(store: Shared) {
    say(&store, "stage", [10, 20]).await;
    let unknown = Page { unknown_id: true, ..Page::default() };
    for id in [LogId(15), LogId(0), LogId(u64::MAX)] {
        for request in [
            PageRequest { after: Some(id), ..all() },
            PageRequest { before: Some(id), last: true, ..all() },
            PageRequest { after_id: Some(id), ..all() },
            PageRequest { before_id: Some(id), ..all() },
            PageRequest { ids: Some(vec![LogId(10), id]), ..all() },
        ] {
            assert_eq!(page(&store, request.clone()).await, unknown, "{request:?}");
            assert_eq!(store.page("nowhere", request).await.unwrap(), unknown);
        }
    }
}
