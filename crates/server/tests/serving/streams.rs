//! Streams as clients of all kinds, and none, begin, carry on and end them.

use std::time::Duration;

use parterre::config::Bound;
use parterre::listen::Door;
use parterre::transport::memory::MemoryPipe;
use parterre_xmpp::{Element, ns};

use crate::Server;
use crate::client::{BOTH, Client, Framing, UPGRADE, read_some, write_all};

const HEADER: &str = "<?xml version='1.0'?><stream:stream to='anon.localhost' version='1.0' xmlns='jabber:client' \
    xmlns:stream='http://etherx.jabber.org/streams'>";
const AUTH: &str = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>";
const BIND: &str = "<iq xmlns='jabber:client' type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>";
const PING: &str = "<iq type='get' id='p' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>";

#[tokio::test]
async fn a_client_that_waits_for_nothing_is_understood_however_its_bytes_are_split() {
    let server = Server::start(|_| {}).await;
    let all = format!("{HEADER}{AUTH}{HEADER}{BIND}{PING} \n {PING}</stream:stream>");
    for piece in [1, 2, 3, 7, 64, all.len()] {
        let mut client = Client::connect(&server.running, piece % 2, Framing::Stream, 1 << 16).await;
        for bytes in all.as_bytes().chunks(piece) {
            write_all(&client.pipe, bytes).await;
            // The server may read the pieces as they come.
            tokio::task::yield_now().await;
        }
        client.named("features").await;
        client.named("success").await;
        client.restart();
        for id in ["b", "p", "p"] {
            let iq = client.named("iq").await;
            assert_eq!((iq.get("id"), iq.get("type")), (Some(id), Some("result")));
        }
        assert_eq!(client.end().await, None);
    }
    server.until_figure("sessions", 0).await;
}

#[tokio::test]
async fn an_error_before_the_stream_is_open_comes_in_a_stream() {
    let server = Server::start(|_| {}).await;
    for (framing, wrong, condition) in [
        (Framing::Stream, "GET / HTTP/1.1\r\n\r\n<", "not-well-formed"),
        (Framing::Stream, "<?xml version='1.0'?><!DOCTYPE a>", "restricted-xml"),
        (Framing::WebSocket, "<presence xmlns='jabber:client'/>", "bad-format"),
        (Framing::WebSocket, "<!-- -->", "restricted-xml"),
    ] {
        let mut client = Client::connect(&server.running, 0, framing, 1 << 16).await;
        client.send(wrong).await;
        assert_eq!(client.next().await.unwrap().name(), "open", "{wrong}");
        assert_eq!(client.end().await.as_deref(), Some(condition), "{wrong}");
    }
}

#[tokio::test]
async fn a_stanza_has_a_size_and_before_the_login_a_smaller_one() {
    let server = Server::start(|_| {}).await;
    for framing in BOTH {
        let long = format!("<message xmlns='jabber:client'><body>{}</body></message>", "x".repeat(20_000));
        let mut stranger = Client::connect(&server.running, 0, framing, 1 << 16).await;
        stranger.open().await;
        stranger.named("features").await;
        stranger.send(&long).await;
        assert_eq!(stranger.end().await.as_deref(), Some("policy-violation"));
        let mut client = server.client(1, framing).await;
        client.send(&long).await;
        client.send(PING_WITH_NAMESPACE).await;
        assert_eq!(client.named("iq").await.get("type"), Some("result"));
        client.send(&format!("<message xmlns='jabber:client'><body>{}</body></message>", "x".repeat(65_400))).await;
        client.send(&format!("<message xmlns='jabber:client'><body>{}</body></message>", "x".repeat(65_536))).await;
        assert_eq!(client.end().await.as_deref(), Some("policy-violation"));
        assert_eq!(client.close_code, (framing == Framing::WebSocket).then_some(1009));
    }
}

const PING_WITH_NAMESPACE: &str =
    "<iq xmlns='jabber:client' type='get' id='p' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>";

#[tokio::test]
async fn who_does_not_log_in_is_not_waited_for() {
    let server = Server::start(|config| config.limits.unauthenticated_time = Duration::from_secs(1)).await;
    for framing in BOTH {
        let mut silent = Client::connect(&server.running, 0, framing, 1 << 16).await;
        assert_eq!(silent.end().await.as_deref(), Some("connection-timeout"));
    }
}

/// A connection to the HTTP port that was used for other things first, as proxies use theirs.
async fn used(server: &Server) -> MemoryPipe {
    let pipe = server.running.connect_at(0, Door::Http, 1 << 16).await;
    for _ in 0..2 {
        write_all(&pipe, b"GET /xmpp-websocket HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
        let mut answer = Vec::new();
        while !answer.ends_with(b"(RFC 7395).\n") {
            assert_ne!(read_some(&pipe, &mut answer).await, 0);
        }
        assert!(answer.starts_with(b"HTTP/1.1 426 "));
    }
    pipe
}

#[tokio::test]
async fn a_websocket_opens_on_a_connection_that_was_used_before() {
    // It takes the place of the connection that it is, and no other.
    let server = Server::start(|config| config.limits.connections = Bound::from_number(1)).await;
    let mut client = Client::new(used(&server).await, Framing::WebSocket);
    // What comes right behind the request, a ping, is heard.
    write_all(&client.pipe, &[UPGRADE.as_bytes(), &[0x89, 0x82, 0, 0, 0, 0, b'h', b'i']].concat()).await;
    client.until_switched().await;
    client.log_in().await;
    assert_eq!(client.pongs, [b"hi".to_vec()]);
    client.bind().await;
    client.join("r", "client").await;
    client.say("r", "hello").await;
    assert_eq!(client.hears().await, "hello");
    assert_eq!(server.figure("connections{transport=\"websocket\"}"), 1);
    drop(client);
    server.until_figure("connections{transport=\"websocket\"}", 0).await;
}

#[tokio::test]
async fn whoever_comes_in_a_rush_by_a_connection_that_was_used_before_is_asked_to_come_later() {
    let server = Server::start(|config| config.limits.connections_per_second = Bound::from_number(1)).await;
    let mut inside = Vec::new();
    let refused = loop {
        let pipe = used(&server).await;
        write_all(&pipe, UPGRADE.as_bytes()).await;
        let mut answer = Vec::new();
        read_some(&pipe, &mut answer).await;
        if !answer.starts_with(b"HTTP/1.1 101 ") {
            while read_some(&pipe, &mut answer).await != 0 {}
            break String::from_utf8(answer).unwrap().to_ascii_lowercase();
        }
        inside.push(pipe);
        assert!(inside.len() < 100, "everybody was let in");
    };
    assert!(refused.starts_with("http/1.1 503 ") && refused.contains("retry-after: "), "{refused}");
    assert!(inside.len() >= 5);
}

#[tokio::test]
async fn a_websocket_is_pinged_and_closed_as_its_standard_says() {
    let server = Server::start(|_| {}).await;
    let mut client = server.client(0, Framing::WebSocket).await;
    // A ping between the two fragments of a message; masks of zeros.
    let (one, other) = PING_WITH_NAMESPACE.split_at(50);
    let mut bytes = vec![0x01, 0x80 | one.len() as u8, 0, 0, 0, 0];
    bytes.extend_from_slice(one.as_bytes());
    bytes.extend_from_slice(&[0x89, 0x82, 0, 0, 0, 0, b'h', b'i']);
    bytes.extend_from_slice(&[0x80, 0x80 | other.len() as u8, 0, 0, 0, 0]);
    bytes.extend_from_slice(other.as_bytes());
    write_all(&client.pipe, &bytes).await;
    assert_eq!(client.named("iq").await.get("type"), Some("result"));
    assert_eq!(client.pongs, [b"hi".to_vec()]);
    // 1000, without a word of XMPP before.
    write_all(&client.pipe, &[0x88, 0x82, 0, 0, 0, 0, 0x03, 0xE8]).await;
    assert_eq!(client.end().await, None);
    assert_eq!(client.close_code, Some(1000));
}

#[tokio::test]
async fn a_websocket_that_is_closed_before_the_login_is_closed_in_return() {
    let server = Server::start(|_| {}).await;
    // With a code and without; RFC 6455 §5.5.1.
    for close in [&[0x88, 0x82, 0, 0, 0, 0, 0x03, 0xE9][..], &[0x88, 0x80, 0, 0, 0, 0]] {
        let mut fresh = Client::connect(&server.running, 0, Framing::WebSocket, 1 << 16).await;
        let mut open = Client::connect(&server.running, 1, Framing::WebSocket, 1 << 16).await;
        open.open().await;
        open.named("features").await;
        for client in [&mut fresh, &mut open] {
            write_all(&client.pipe, close).await;
            assert_eq!(client.end().await, None);
            assert_eq!(client.close_code, Some(1000));
        }
    }
}

#[tokio::test]
async fn a_client_that_only_pings_costs_a_bounded_number_of_bytes() {
    let server = Server::start(|config| config.limits.outgoing_queue_bytes = 65_536).await;
    let pipe = server.running.connect_at(0, Door::Http, 512).await;
    write_all(&pipe, UPGRADE.as_bytes()).await;
    let mut answer = Vec::new();
    assert_ne!(read_some(&pipe, &mut answer).await, 0);
    let ping = [0x89, 0x80, 0, 0, 0, 0];
    let mut pings = 0;
    // It never reads the pongs; in the end it is cut off, and what it writes goes nowhere.
    while server.figure("connections_accepted_total") == 0 || server.figure(DROPPED) == 0 {
        write_all(&pipe, &ping.repeat(50)).await;
        pings += 50;
        assert!(pings < 100_000, "never cut off");
    }
}

const DROPPED: &str = "connections_dropped_total{reason=\"slow_reader\"}";

#[tokio::test]
async fn a_client_state_holds_presence_back_until_something_matters() {
    let server = Server::start(|_| {}).await;
    let mut client = server.client(0, Framing::Stream).await;
    let mut other = server.client(1, Framing::Stream).await;
    client.join("r", "client").await;
    client.send(&format!("<inactive xmlns='{}'/>{PING}", ns::CSI)).await;
    client.named("iq").await;
    other.join("r", "other").await;
    other.say("r", "matters").await;
    let mut seen = Vec::new();
    while seen.last().is_none_or(|name| name != "message") {
        seen.push(client.next().await.unwrap().name().to_owned());
    }
    assert_eq!(seen, ["presence", "message"], "in the order of the room");
}

#[tokio::test]
async fn whoever_does_not_look_hears_of_the_audience_when_they_do_and_only_how_it_is_then() {
    let server = Server::start(|config| {
        config.rooms.presence_everyone_up_to = 0;
        config.rooms.presence_speakers_up_to = 0;
        config.rooms.audience_interval = Duration::from_secs(1);
    })
    .await;
    let count = |element: &Element| Some(element.find("audience", ns::AUDIENCE)?.get("count")?.to_owned());
    let mut client = server.client(0, Framing::Stream).await;
    let mut other = server.client(0, Framing::WebSocket).await;
    client.join("r", "client").await;
    client.send(&format!("<inactive xmlns='{}'/>{PING}", ns::CSI)).await;
    client.named("iq").await;
    other.join("r", "other").await;
    let mut late = Vec::new();
    for inside in ["2", "3"] {
        other.until(|element| count(element).is_some_and(|count| count == inside)).await;
        late.push(server.client(1, Framing::WebSocket).await);
        late.last_mut().unwrap().join("r", inside).await;
    }
    client.send(&format!("<active xmlns='{}'/>{PING}", ns::CSI)).await;
    let mut counts = Vec::new();
    loop {
        let element = client.next().await.unwrap();
        counts.extend(count(&element));
        if element.name() == "iq" {
            break;
        }
    }
    assert_eq!(counts, ["3"]);
}
