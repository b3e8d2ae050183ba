//! Rooms and the store: what is reflected is kept, and nothing asked of a room gets lost with it.

use parterre_xmpp::{Element, ns};

use crate::Server;
use crate::client::Framing;

#[tokio::test]
async fn what_cannot_be_kept_is_shown_to_nobody_and_its_sender_is_told() {
    let server = Server::start(|_| {}).await;
    let mut juliet = server.client(0, Framing::Stream).await;
    let mut romeo = server.client(1, Framing::WebSocket).await;
    juliet.join("r", "juliet").await;
    romeo.join("r", "romeo").await;
    server.store.fail(true);
    romeo.say("r", "lost").await;
    let error = romeo.until(|element| element.name() == "message" && element.get("type") == Some("error")).await;
    assert_eq!((error.get("id"), error.get("from")), (Some("lost"), Some("r@room.localhost")));
    assert!(error.find("error", ns::CLIENT).unwrap().has("internal-server-error", ns::STANZA_ERRORS));
    assert!(server.running.server().trouble().is_some());
    assert_eq!((server.figure("archive_errors_total"), server.figure("messages_total")), (1, 0));
    server.store.fail(false);
    romeo.say("r", "kept").await;
    assert_eq!(juliet.hears().await, "kept");
    assert_eq!(romeo.hears().await, "kept");
    assert_eq!(server.running.server().trouble(), None);
    assert_eq!((server.store.messages(), server.figure("messages_total")), (1, 1));
    // Nor does who comes later see it.
    let mut late = server.client(1, Framing::Stream).await;
    late.send("<presence xmlns='jabber:client' to='r@room.localhost/late'><x xmlns='http://jabber.org/protocol/muc'/></presence>").await;
    assert_eq!(late.hears().await, "kept");
}

#[tokio::test]
async fn nobody_sees_what_is_not_kept_yet_and_then_everybody_does_in_order() {
    let server = Server::start(|_| {}).await;
    let mut juliet = server.client(0, Framing::Stream).await;
    juliet.join("r", "juliet").await;
    server.store.hold(true);
    for number in 0..5 {
        juliet.say("r", &number.to_string()).await;
    }
    // An answer that needs no store is behind those that do: the room's order is everybody's.
    juliet.send("<iq xmlns='jabber:client' type='get' id='p' to='r@room.localhost/juliet'><ping xmlns='urn:xmpp:ping'/></iq>").await;
    juliet.send("<iq xmlns='jabber:client' type='get' id='q' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>").await;
    assert_eq!(juliet.named("iq").await.get("id"), Some("q"));
    server.store.hold(false);
    for number in 0..5 {
        assert_eq!(juliet.hears().await, number.to_string());
    }
    assert_eq!(juliet.named("iq").await.get("id"), Some("p"));
}

#[tokio::test]
async fn what_is_asked_of_a_room_that_is_being_destroyed_is_for_the_next_of_its_name() {
    let server = Server::start(|_| {}).await;
    let mut owner = server.client(0, Framing::Stream).await;
    let mut next = server.client(1, Framing::WebSocket).await;
    owner.join("r", "owner").await;
    owner.say("r", "before").await;
    assert_eq!(owner.hears().await, "before");
    server.store.hold(true);
    owner
        .send(
            "<iq xmlns='jabber:client' type='set' id='d' to='r@room.localhost'>\
             <query xmlns='http://jabber.org/protocol/muc#owner'><destroy/></query></iq>",
        )
        .await;
    // The store has not forgotten the room yet.
    server.until_figure("rooms", 0).await;
    let join = "<presence xmlns='jabber:client' to='r@room.localhost/next'><x xmlns='http://jabber.org/protocol/muc'/></presence>";
    next.send(join).await;
    next.say("r", "after").await;
    server.store.hold(false);
    assert_eq!(owner.until(|element| element.get("id") == Some("d")).await.get("type"), Some("result"));
    let presence = next.until(|element| element.get("from") == Some("r@room.localhost/next")).await;
    let codes = presence.find("x", ns::MUC_USER).unwrap();
    assert!(codes.children().any(|status| status.get("code") == Some("201")), "{presence:?}");
    assert_eq!(next.hears().await, "after", "of the room before nothing is left");
    assert_eq!((server.figure("rooms"), server.figure("occupants")), (1, 1));
}

/// Somebody who is in a room leaves it and comes back without waiting, and then is gone for good.
async fn leaves_comes_back_and_goes(server: &Server, leave: &str) {
    let mut romeo = server.client(1, Framing::Stream).await;
    romeo.join("r", "romeo").await;
    let join = "<presence xmlns='jabber:client' to='r@room.localhost/romeo'><x xmlns='http://jabber.org/protocol/muc'/></presence>";
    romeo.send(&format!("{leave}{join}")).await;
    let is_own = |element: &Element| element.get("from") == Some("r@room.localhost/romeo");
    romeo.until(|element| is_own(element) && element.get("type") == Some("unavailable")).await;
    romeo.until(|element| is_own(element) && element.get("type").is_none()).await;
    romeo.until(|element| element.has("subject", ns::CLIENT)).await;
    romeo.say("r", "back").await;
    assert_eq!(romeo.hears().await, "back");
}

/// Leaving the room, and leaving every room (RFC 6121 §4.6.3).
const LEAVES: [&str; 2] = [
    "<presence xmlns='jabber:client' type='unavailable' to='r@room.localhost/romeo'/>",
    "<presence xmlns='jabber:client' type='unavailable'/>",
];

#[tokio::test]
async fn who_comes_back_before_they_know_that_they_are_out_is_no_ghost_later() {
    for leave in LEAVES {
        let server = Server::start(|_| {}).await;
        let mut juliet = server.client(0, Framing::WebSocket).await;
        juliet.join("r", "juliet").await;
        for _ in 0..3 {
            leaves_comes_back_and_goes(&server, leave).await;
            server.until_figure("occupants", 1).await;
        }
    }
}

#[tokio::test]
async fn who_comes_back_to_the_next_room_of_the_name_is_no_ghost_there() {
    for leave in LEAVES {
        let server = Server::start(|_| {}).await;
        // Nobody else is in it: the room ends when they leave.
        leaves_comes_back_and_goes(&server, leave).await;
        server.until_figure("occupants", 0).await;
    }
}
