//! More than the server can do, or than it may: what is left out, who is asked to come later, and who is not.

use std::time::Duration;

use parterre::config::Bound;
use parterre::listen::Door;
use parterre_xmpp::{Element, ns};

use crate::Server;
use crate::client::{Client, Framing, UPGRADE, read_some, write_all};

/// What moderators are told of the strain: step and part of the messages.
fn overload(element: &Element) -> Option<(String, String)> {
    let notice = element.find("overload", ns::OVERLOAD)?;
    Some((notice.get("step")?.to_owned(), notice.get("every")?.to_owned()))
}

/// Says it until the room's moderator is told of that step.
async fn talk_until(talker: &mut Client, moderator: &mut Client, step: &str) {
    for round in 0.. {
        let last = format!("last {round}");
        for _ in 0..100 {
            talker.say("r", "again").await;
        }
        talker.say("r", &last).await;
        loop {
            let element = moderator.named("message").await;
            if overload(&element).is_some_and(|(told, _)| told == step) {
                return;
            }
            if element.field_text("body").is_some_and(|body| body == last) {
                break;
            }
        }
        while talker.hears().await != last {}
    }
}

#[tokio::test]
async fn an_overloaded_server_samples_for_viewers_only_and_only_where_it_may() {
    let server = Server::start(|config| {
        config.limits.overload_percent = 1;
        config.limits.longest_window = Duration::from_millis(40);
        config.limits.sampling = 2;
        // The viewer reads when all is over.
        config.limits.outgoing_queue_bytes = 1 << 26;
    })
    .await;
    let mut owner = server.client(0, Framing::Stream).await;
    let mut talker = server.client(0, Framing::WebSocket).await;
    let mut viewer = server.client(0, Framing::WebSocket).await;
    owner.join("r", "owner").await;
    owner
        .send(
            "<iq xmlns='jabber:client' type='set' id='c' to='r@room.localhost'><query \
             xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'>\
             <field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>\
             <field var='{urn:parterre:room:0}sampling'><value>1</value></field></x></query></iq>",
        )
        .await;
    assert_eq!(owner.named("iq").await.get("type"), Some("result"));
    talker.join("r", "talker").await;
    viewer.join("r", "Anonymous 1").await;
    talk_until(&mut talker, &mut owner, "3").await;
    let figure = |shard: usize| server.figure(&format!("overload_step{{shard=\"{shard}\"}}"));
    assert_eq!((figure(0), figure(1)), (3, 0), "the other shard has nothing to do");
    // The owner reads on in quiet, until all is well again.
    let calm = owner.until(|element| overload(element).is_some_and(|(step, _)| step == "0")).await;
    assert_eq!(overload(&calm), Some(("0".into(), "1".into())));
    assert_eq!(figure(0), 0);
    // Both have heard the end of it once this comes.
    owner.say("r", "end").await;
    let (mut by_talker, mut by_viewer) = (0, 0);
    while talker.hears().await != "end" {
        by_talker += 1;
    }
    while viewer.hears().await != "end" {
        by_viewer += 1;
    }
    assert!(by_viewer < server.store.messages() - 1, "{by_talker} {by_viewer}");
}

#[tokio::test]
async fn whoever_comes_in_a_rush_is_asked_to_come_later() {
    let server = Server::start(|config| config.limits.connections_per_second = Bound::from_number(1)).await;
    let mut inside = Vec::new();
    for _ in 0..5 {
        inside.push(server.client(0, Framing::WebSocket).await);
    }
    let bosh = "<body rid='1' to='anon.localhost' xmlns='http://jabber.org/protocol/httpbind'/>";
    for request in [
        UPGRADE.to_owned(),
        format!("POST /http-bind HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{bosh}", bosh.len()),
    ] {
        // As many as it takes to be faster than one in a second.
        let mut refused = None;
        for _ in 0..20 {
            let pipe = server.running.connect_at(1, Door::Http, 1 << 16).await;
            write_all(&pipe, request.as_bytes()).await;
            let mut answer = Vec::new();
            read_some(&pipe, &mut answer).await;
            let answer = String::from_utf8_lossy(&answer).to_ascii_lowercase();
            if answer.starts_with("http/1.1 503") {
                refused = Some(answer);
                break;
            }
        }
        let refused = refused.expect("everybody was let in");
        let (_, wait) = refused.split_once("retry-after: ").expect("no time to wait");
        let wait: u32 = wait.split("\r\n").next().unwrap().parse().unwrap();
        assert!((1..=31).contains(&wait), "{wait}");
    }
    assert!(server.figure("connections_refused_total{limit=\"connections_per_second\"}") >= 2);
    // Those inside notice nothing.
    inside[0].join("r", "one").await;
    inside[0].say("r", "hello").await;
    assert_eq!(inside[0].hears().await, "hello");
}

#[tokio::test]
async fn a_stop_tells_everybody_a_time_of_their_own_to_come_back() {
    let server = Server::start(|config| config.limits.connections_per_second = Bound::from_number(10)).await;
    let mut clients = Vec::new();
    for number in 0..20 {
        clients.push(server.client(number % 2, Framing::WebSocket).await);
    }
    let stopped = tokio::spawn(server.running.stop());
    let mut times = Vec::new();
    for client in &mut clients {
        let error = client.named("error").await;
        assert!(error.has("system-shutdown", ns::STREAM_ERRORS));
        times.push(error.find("reconnect", ns::RECONNECT).unwrap().get("after").unwrap().parse::<u64>().unwrap());
    }
    drop(clients);
    stopped.await.unwrap();
    times.sort_unstable();
    assert_eq!(times, (0..20).map(|place| place * 100).collect::<Vec<_>>());
}
