//! More is said than goes out: the room takes in less, nobody who reads loses anything, and moderators are not kept waiting.

use parterre_xmpp::Element;

use crate::Server;
use crate::client::{Client, Framing};

const HOLDING: &str = "rooms_holding";
const DROPPED: &str = "connections_dropped_total{reason=\"slow_reader\"}";
/// Bytes that lie between the server and a client whose line is slow.
const NARROW: usize = 1 << 14;
/// Messages, several times as much as may wait for one client, and more than a room takes in at once.
const MESSAGES: usize = 400;

/// A server where little may be on its way.
async fn server() -> Server {
    Server::start(|config| {
        config.limits.room_backlog_bytes = 1 << 14;
        config.limits.outgoing_queue_bytes = 1 << 16;
    })
    .await
}

/// Somebody in the room whose line takes little at a time.
async fn watcher(server: &Server, nick: &str) -> Client {
    let mut client = Client::connect(&server.running, 0, Framing::WebSocket, NARROW).await;
    client.log_in().await;
    client.bind().await;
    client.join("r", nick).await;
    client
}

/// Says so much that the room holds, and waits until the rest stands in front of it.
async fn flood(server: &Server, talker: &Client) {
    let before = server.figure("stanzas_in_total{kind=\"message\"}");
    for _ in 0..MESSAGES {
        talker.say("r", &"x".repeat(700)).await;
    }
    talker.say("r", "end").await;
    server.until_figure("stanzas_in_total{kind=\"message\"}", before + MESSAGES as i64 + 1).await;
    server.until_figure(HOLDING, 1).await;
}

/// What somebody hears until the end.
async fn listen(client: &mut Client) -> usize {
    let mut heard = 0;
    while client.hears().await != "end" {
        heard += 1;
    }
    heard
}

#[tokio::test]
async fn a_room_takes_in_no_more_than_its_people_take_and_those_who_read_lose_nothing() {
    let server = server().await;
    let (mut one, mut two) = (watcher(&server, "one").await, watcher(&server, "two").await);
    let mut talker = server.client(1, Framing::WebSocket).await;
    talker.join("r", "talker").await;
    flood(&server, &talker).await;
    assert!(server.figure("messages_total") < MESSAGES as i64 / 2);
    let heard = tokio::join!(listen(&mut one), listen(&mut two), listen(&mut talker));
    assert_eq!(heard, (MESSAGES, MESSAGES, MESSAGES));
    assert_eq!(server.figure(DROPPED), 0);
    server.until_figure(HOLDING, 0).await;
}

#[tokio::test]
async fn what_moderators_order_passes_what_others_say() {
    let server = server().await;
    let mut moderator = server.client(1, Framing::WebSocket).await;
    moderator.join("r", "moderator").await;
    let (mut one, mut two) = (watcher(&server, "one").await, watcher(&server, "two").await);
    let mut talker = server.client(1, Framing::WebSocket).await;
    talker.join("r", "talker").await;
    flood(&server, &talker).await;
    moderator
        .send(
            "<iq xmlns='jabber:client' type='set' id='k' to='r@room.localhost'><query \
             xmlns='http://jabber.org/protocol/muc#admin'><item nick='talker' role='none'/></query></iq>",
        )
        .await;
    let is_out = |element: &Element| element.name() == "iq" && element.get("type") == Some("result");
    let is_end = |element: &Element| element.field_text("body").is_some_and(|body| body == "end");
    let first = moderator.until(|element| is_out(element) || is_end(element)).await;
    assert!(is_out(&first), "whoever floods a room is put out before the room is through with what they said");
    let out = |element: &Element| element.name() == "presence" && element.get("type") == Some("unavailable");
    tokio::join!(one.until(out), two.until(out), talker.until(out));
    server.until_figure(HOLDING, 0).await;
}
