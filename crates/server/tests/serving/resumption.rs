//! XEP-0198 §5: on the same shard and on another, over both framings, once and again.

use crate::Server;
use crate::client::{BOTH, Client, Framing};

/// Somebody in the room `r` with stream management, and what to resume with.
async fn watcher(server: &Server, shard: usize, framing: Framing, nick: &str) -> (Client, String) {
    let mut watcher = server.client(shard, framing).await;
    let previd = watcher.enable().await;
    watcher.join("r", nick).await;
    (watcher, previd)
}

/// Somebody in the room `r` who can be heard.
async fn speaker(server: &Server) -> Client {
    let mut speaker = server.client(0, Framing::Stream).await;
    speaker.join("r", "speaker").await;
    speaker
}

/// Another connection that has logged in.
async fn newcomer(server: &Server, shard: usize, framing: Framing) -> Client {
    let mut client = Client::connect(&server.running, shard, framing, 1 << 20).await;
    client.log_in().await;
    client
}

#[tokio::test]
async fn a_session_goes_on_wherever_the_next_connection_comes_in() {
    for framing in BOTH {
        for next in [0, 1] {
            let server = Server::start(|_| {}).await;
            let mut speaker = speaker(&server).await;
            let (mut watcher, previd) = watcher(&server, 0, framing, "watcher").await;
            speaker.say("r", "1").await;
            assert_eq!(watcher.hears().await, "1");
            let mut handled = watcher.handled;
            let mut number = 2;
            // Twice: a resumed session can be resumed.
            for _ in 0..2 {
                drop(watcher);
                server.until_figure("sessions_detached", 1).await;
                for _ in 0..3 {
                    speaker.say("r", &number.to_string()).await;
                    while speaker.hears().await != number.to_string() {}
                    number += 1;
                }
                watcher = newcomer(&server, next, framing).await;
                let resumed = watcher.resume(&previd, handled).await;
                assert_eq!((resumed.name(), resumed.get("previd")), ("resumed", Some(previd.as_str())));
                assert_eq!(resumed.get("h"), Some("1"), "the join");
                for missed in number - 3..number {
                    assert_eq!(watcher.hears().await, missed.to_string(), "{framing:?} to shard {next}");
                }
                speaker.say("r", &number.to_string()).await;
                assert_eq!(watcher.hears().await, number.to_string(), "nothing comes twice");
                number += 1;
                handled = watcher.handled;
            }
            assert_eq!((server.figure("sessions_detached"), server.figure("sessions")), (0, 2));
            assert_eq!(server.figure("occupants"), 2);
        }
    }
}

#[tokio::test]
async fn the_connection_before_gives_way_and_the_session_lives_on() {
    for framing in BOTH {
        let server = Server::start(|_| {}).await;
        let speaker = speaker(&server).await;
        let (mut before, previd) = watcher(&server, 0, framing, "watcher").await;
        for shard in [1, 0] {
            let mut after = newcomer(&server, shard, framing).await;
            assert_eq!(after.resume(&previd, before.handled).await.name(), "resumed");
            assert_eq!(before.end().await.as_deref(), Some("conflict"));
            let text = format!("to {shard}");
            speaker.say("r", &text).await;
            assert_eq!(after.hears().await, text);
            before = after;
        }
        assert_eq!((server.figure("sessions_detached"), server.figure("sessions")), (0, 2));
    }
}

#[tokio::test]
async fn only_who_knows_the_secret_may_go_on() {
    let server = Server::start(|_| {}).await;
    let (mut watcher, previd) = watcher(&server, 0, Framing::Stream, "watcher").await;
    let mut wrong = previd.clone();
    wrong.replace_range(31.., if previd.ends_with('0') { "1" } else { "0" });
    let elsewhere = format!("{:016x}{}", 9u64 << 48, &previd[16..]);
    for previd in [wrong.as_str(), elsewhere.as_str(), "", "0", "ü", &"0".repeat(32)] {
        let mut other = newcomer(&server, 1, Framing::Stream).await;
        let failed = other.resume(previd, 0).await;
        assert_eq!(failed.name(), "failed", "{previd}");
        assert!(failed.has("item-not-found", parterre_xmpp::ns::STANZA_ERRORS));
        // And it may have a session of its own.
        other.bind().await;
    }
    watcher.say("r", "still here").await;
    assert_eq!(watcher.hears().await, "still here");
}

#[tokio::test]
async fn more_than_may_be_kept_is_refused_and_the_room_learns_that_they_are_gone() {
    let server = Server::start(|config| config.limits.unacked_stanzas = 10).await;
    let mut speaker = speaker(&server).await;
    let (watcher, previd) = watcher(&server, 1, Framing::WebSocket, "watcher").await;
    let handled = watcher.handled;
    drop(watcher);
    server.until_figure("sessions_detached", 1).await;
    for number in 0..20 {
        speaker.say("r", &number.to_string()).await;
    }
    while speaker.hears().await != "19" {}
    let mut after = newcomer(&server, 0, Framing::WebSocket).await;
    assert_eq!(after.resume(&previd, handled).await.name(), "failed");
    server.until_figure("sessions_detached", 0).await;
    server.until_figure("occupants", 1).await;
}

#[tokio::test]
async fn who_reads_too_slowly_is_cut_off_and_may_resume_with_everything() {
    for framing in BOTH {
        let server = Server::start(|config| config.limits.outgoing_queue_bytes = 65_536).await;
        let mut speaker = speaker(&server).await;
        let mut slow = Client::connect(&server.running, 1, framing, 4_096).await;
        slow.log_in().await;
        slow.bind().await;
        let previd = slow.enable().await;
        slow.join("r", "slow").await;
        let handled = slow.handled;
        let text = |number: usize| format!("{number:03} {}", "x".repeat(800));
        let mut sent = 0;
        while server.figure("sessions_detached") == 0 {
            speaker.say("r", &text(sent)).await;
            assert_eq!(speaker.hears().await, text(sent));
            sent += 1;
            assert!(sent < 200, "never cut off");
        }
        assert!(sent > 20, "{sent}");
        // What had been read before it was cut off is not handled.
        let mut after = newcomer(&server, 0, framing).await;
        assert_eq!(after.resume(&previd, handled).await.name(), "resumed");
        for number in 0..sent {
            assert_eq!(after.hears().await, text(number));
        }
    }
}

#[tokio::test]
async fn a_session_whose_time_is_over_is_gone() {
    let server = Server::start(|config| config.limits.resume_time_anonymous = std::time::Duration::ZERO).await;
    let mut speaker = speaker(&server).await;
    let (watcher, previd) = watcher(&server, 1, Framing::Stream, "watcher").await;
    drop(watcher);
    server.until_figure("occupants", 1).await;
    let mut after = newcomer(&server, 1, Framing::Stream).await;
    assert_eq!(after.resume(&previd, 0).await.name(), "failed");
    assert_eq!((server.figure("sessions_detached"), server.figure("sessions")), (0, 1));
    speaker.say("r", "alone").await;
    assert_eq!(speaker.hears().await, "alone");
}

#[tokio::test]
async fn who_acknowledges_more_than_was_sent_is_told_so() {
    let server = Server::start(|_| {}).await;
    let (mut watcher, _) = watcher(&server, 0, Framing::Stream, "watcher").await;
    watcher.send(&format!("<a xmlns='urn:xmpp:sm:3' h='{}'/><r xmlns='urn:xmpp:sm:3'/>", watcher.handled)).await;
    assert_eq!(watcher.named("a").await.get("h"), Some("1"));
    watcher.send(&format!("<a xmlns='urn:xmpp:sm:3' h='{}'/>", watcher.handled + 1)).await;
    let error = watcher.named("error").await;
    let detail = error.find("handled-count-too-high", parterre_xmpp::ns::SM).unwrap();
    assert_eq!(detail.get("send-count"), Some(watcher.handled.to_string().as_str()));
}
