//! A stop that is told to everybody, keeps everything, and waits for nobody too long.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use parterre::config::Listen;
use parterre::listen::bind_unix;

use crate::Server;
use crate::client::{BOTH, Client, Framing, in_time};

#[tokio::test]
async fn every_stream_is_closed_and_nobody_is_waited_for() {
    let server = Server::start(|_| {}).await;
    let mut clients = Vec::new();
    for number in 0..40 {
        let mut client = server.client(number % 2, BOTH[number / 2 % 2]).await;
        client.enable().await;
        client.join("r", &format!("n{number}")).await;
        clients.push(client);
    }
    // Some are away, and some have not logged in.
    clients.truncate(30);
    server.until_figure("sessions_detached", 10).await;
    let mut strangers = Vec::new();
    for framing in BOTH {
        let mut stranger = Client::connect(&server.running, 0, framing, 1 << 16).await;
        stranger.open().await;
        stranger.named("features").await;
        strangers.push(stranger);
    }
    let began = Instant::now();
    let stopped = tokio::spawn(server.running.stop());
    for client in clients.iter_mut().chain(&mut strangers) {
        assert_eq!(client.end().await.as_deref(), Some("system-shutdown"));
    }
    // They hang up, as clients do that have read a stream's end.
    drop((clients, strangers));
    in_time("the stop", stopped).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}

#[tokio::test]
async fn what_was_said_before_is_kept_and_shown_before_the_end() {
    let server = Server::start(|_| {}).await;
    let mut juliet = server.client(0, Framing::WebSocket).await;
    juliet.join("r", "juliet").await;
    server.store.hold(true);
    for number in 0..5 {
        juliet.say("r", &number.to_string()).await;
    }
    // Once this is answered, the messages are with the room.
    juliet.send("<iq xmlns='jabber:client' type='get' id='q' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>").await;
    juliet.named("iq").await;
    let (store, stopped) = (server.store.clone(), tokio::spawn(server.running.stop()));
    tokio::task::yield_now().await;
    store.hold(false);
    for number in 0..5 {
        assert_eq!(juliet.hears().await, number.to_string());
    }
    assert_eq!(juliet.end().await.as_deref(), Some("system-shutdown"));
    drop(juliet);
    in_time("the stop", stopped).await.unwrap();
    assert_eq!(store.messages(), 5);
}

#[tokio::test]
async fn the_unix_socket_goes_while_it_is_ours_and_a_successor_s_stays() {
    let path = std::env::temp_dir().join(format!("parterre-stopping-{}", std::process::id()));
    let server = Server::start(|config| config.http.listen = Listen::Unix(path.clone())).await;
    assert!(path.exists());
    let ((bound, successor), at) = (mpsc::channel(), path.clone());
    // Another server of this configuration listens before it asks for the store.
    server.store.at_close(move || bound.send((at.exists(), bind_unix(&at, 16))).unwrap());
    in_time("the stop", server.running.stop()).await;
    let (was_there, socket) = successor.recv().unwrap();
    assert!(!was_there && socket.is_ok());
    assert!(path.exists(), "the successor's socket is gone");
    std::fs::remove_file(path).unwrap();
}
