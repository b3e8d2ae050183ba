//! Accounts and documents.

use parterre_store::{Bound, Credentials, Document, Full, Keys, StoreError};
use parterre_xmpp::Timestamp;

use crate::{Shared, suite};

suite! {
    accounts_are_kept,
    documents_keep_their_order,
    documents_are_bounded,
    an_account_takes_its_documents_along,
}

fn credentials(seed: u8) -> Credentials {
    let keys = |length| Keys { stored: vec![seed; length], server: vec![!seed; length] };
    Credentials { salt: vec![seed, 0, 255], iterations: 10_000, sha1: keys(20), sha256: keys(32) }
}

async fn accounts_are_kept(store: Shared) {
    assert_eq!(store.account("ada").await.unwrap(), None);
    store.put_account("bob", credentials(1)).await.unwrap();
    store.put_account("ada", credentials(2)).await.unwrap();
    store.put_account("ada", credentials(3)).await.unwrap();
    assert!(store.account("ada").await.unwrap() == Some(credentials(3)));
    assert_eq!(store.accounts().await.unwrap(), ["ada", "bob"]);
    assert!(store.remove_account("bob").await.unwrap());
    assert!(!store.remove_account("bob").await.unwrap());
    assert_eq!(store.accounts().await.unwrap(), ["ada"]);
}

fn document(key: &str, value: &str) -> Document {
    Document { key: key.into(), value: value.into(), at: Timestamp(key.len() as i64) }
}

const WIDE: Bound = Bound { count: 100, bytes: 1000, full: Full::Refuse };

async fn keys(store: &Shared, owner: &str, kind: &str) -> Vec<String> {
    store.documents(owner, kind).await.unwrap().into_iter().map(|document| document.key).collect()
}

async fn documents_keep_their_order(store: Shared) {
    for key in ["c", "a", "b"] {
        store.put_document("ada", "bookmarks", document(key, "1"), WIDE).await.unwrap();
    }
    store.put_document("ada", "roster", document("a", "other kind"), WIDE).await.unwrap();
    store.put_document("bob", "bookmarks", document("a", "other owner"), WIDE).await.unwrap();
    assert_eq!(keys(&store, "ada", "bookmarks").await, ["c", "a", "b"]);
    store.put_document("ada", "bookmarks", document("c", "2"), WIDE).await.unwrap();
    assert_eq!(keys(&store, "ada", "bookmarks").await, ["a", "b", "c"]);
    assert_eq!(store.document("ada", "bookmarks", "c").await.unwrap(), Some(document("c", "2")));
    assert_eq!(store.kinds("ada").await.unwrap(), ["bookmarks", "roster"]);
    assert!(store.remove_document("ada", "bookmarks", "a").await.unwrap());
    assert!(!store.remove_document("ada", "bookmarks", "a").await.unwrap());
    assert_eq!(store.remove_documents("ada", "bookmarks").await.unwrap(), 2);
    assert_eq!(store.document("ada", "bookmarks", "c").await.unwrap(), None);
    assert_eq!(store.kinds("ada").await.unwrap(), ["roster"]);
    assert_eq!(keys(&store, "bob", "bookmarks").await, ["a"]);
}

async fn documents_are_bounded(store: Shared) {
    let refuse = Bound { count: 2, bytes: 10, full: Full::Refuse };
    let put = |key: &str, value: &str, bound| store.put_document("ada", "items", document(key, value), bound);
    let bounded = |result| assert!(matches!(result, Err(StoreError::Bound { .. })), "{result:?}");
    bounded(put("large", "12345678901", refuse).await);
    bounded(put("none", "", Bound { count: 0, ..refuse }).await);
    put("a", "12345", refuse).await.unwrap();
    bounded(put("b", "123456", refuse).await);
    // Letters of two bytes count as two.
    bounded(put("b", "üüü", refuse).await);
    put("b", "12345", refuse).await.unwrap();
    bounded(put("c", "", refuse).await);
    // One that takes the place of another needs no room of its own, and a refused one leaves the old in place.
    put("a", "54321", refuse).await.unwrap();
    bounded(put("a", "543210", refuse).await);
    assert_eq!(keys(&store, "ada", "items").await, ["b", "a"]);
    let drop = Bound { full: Full::DropOldest, ..refuse };
    put("c", "1", drop).await.unwrap();
    assert_eq!(keys(&store, "ada", "items").await, ["a", "c"]);
    put("d", "1234567890", drop).await.unwrap();
    assert_eq!(keys(&store, "ada", "items").await, ["d"]);
    bounded(put("e", "12345678901", drop).await);
    assert_eq!(keys(&store, "ada", "items").await, ["d"]);
}

async fn an_account_takes_its_documents_along(store: Shared) {
    store.put_account("ada", credentials(1)).await.unwrap();
    store.put_document("ada", "roster", document("x", "y"), WIDE).await.unwrap();
    store.put_document("bob", "roster", document("x", "y"), WIDE).await.unwrap();
    assert!(store.remove_account("ada").await.unwrap());
    assert!(store.kinds("ada").await.unwrap().is_empty());
    assert_eq!(store.kinds("bob").await.unwrap(), ["roster"]);
}
