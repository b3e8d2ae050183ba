//! Rooms on a clock that goes on by itself when nobody has anything to do.

use std::sync::Arc;

use parterre_store::MemoryStore;
use tokio::sync::mpsc::Receiver;

use crate::app::tests::unserved;
use crate::rooms::Done;
use crate::server::Server;
use crate::shard::Parcel;

/// Works for the next room that is opened, until it ends.
async fn serve_next(server: &Arc<Server>, parcels: &mut Receiver<Parcel>) {
    match parcels.recv().await {
        Some(Parcel::OpenRoom(opening)) => super::run(server.clone(), *opening).await,
        _ => panic!("no room was opened"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_lasting_room_that_was_put_away_is_there_still() {
    let (server, mut parcels) = unserved(Arc::new(MemoryStore::new())).await;
    let fields = vec![("muc#roomconfig_roomname".to_owned(), vec!["The Hall".to_owned()])];
    let made = server.directory.create(&server, "hall", fields);
    let (made, ()) = tokio::join!(made, serve_next(&server, &mut parcels));
    assert_eq!((made, server.directory.len()), (Done::Yes, 1));
    // Somebody looks at it, and it is put away again.
    let lists = server.directory.affiliations(&server, "hall");
    let (lists, ()) = tokio::join!(lists, serve_next(&server, &mut parcels));
    assert_eq!(lists, Some(Vec::new()));
    let told = server.directory.summary("hall").unwrap();
    assert_eq!((told.title.as_str(), told.occupants), ("The Hall", 0));
}

#[tokio::test(start_paused = true)]
async fn a_name_without_a_room_and_a_temporary_room_leave_nothing() {
    let (server, mut parcels) = unserved(Arc::new(MemoryStore::new())).await;
    let lists = server.directory.affiliations(&server, "nowhere");
    let (lists, ()) = tokio::join!(lists, serve_next(&server, &mut parcels));
    assert_eq!((lists, server.directory.len()), (None, 0));
    let fields = vec![("muc#roomconfig_persistentroom".to_owned(), vec!["0".to_owned()])];
    let made = server.directory.create(&server, "tent", fields);
    let (made, ()) = tokio::join!(made, serve_next(&server, &mut parcels));
    assert_eq!((made, server.directory.len()), (Done::Yes, 0));
}
