//! Slow mode, emoji only, accounts only: what calms a room, and what still passes.

#![allow(missing_docs, clippy::unwrap_used)]

mod house;

use house::{House, ROOM};
use parterre_room::{RoomConfig, SessionId};

const SLOW: &str = "muc#roomconfig_slow_mode_duration";

/// A room with a moderator, somebody with an account, and somebody without who has chosen a name.
fn room(config: RoomConfig) -> (House, SessionId, SessionId, SessionId) {
    let mut house = House::new(config, Some("host@localhost"));
    let host = house.person(1, "host@localhost/a");
    let lou = house.person(2, "lou@localhost/a");
    let guest = house.person(3, "x@anon.localhost/a");
    for (who, nick) in [(host, "host"), (lou, "lou"), (guest, "guest")] {
        house.join(who, nick);
    }
    house.hush();
    (house, host, lou, guest)
}

fn slow(seconds: u32) -> RoomConfig {
    RoomConfig { slow_mode: seconds, ..RoomConfig::default() }
}

/// Sends it, and says what came back to the sender in short.
fn send(house: &mut House, who: SessionId, inner: &str) -> String {
    house.hush();
    house.send(who, &format!("<message to='{ROOM}' type='groupchat' id='m{}'>{inner}</message>", house.clock));
    house.lines(who).join("; ")
}

fn wait(house: &mut House, seconds: u64) {
    house.clock += seconds * 1_000_000;
}

const TOO_SOON: &str = "message error wait:policy-violation";

#[test]
fn whoever_spoke_waits_and_is_told_for_how_long() {
    let (mut house, host, lou, guest) = room(slow(10));
    assert_eq!(send(&mut house, lou, "<body>one</body>"), "message lou body=one");
    wait(&mut house, 3);
    house.send(lou, &format!("<message to='{ROOM}' type='groupchat'><body>two</body></message>"));
    let refusal = house.read(lou).pop().unwrap().to_xml();
    assert!(refusal.contains("<slow-mode xmlns='urn:parterre:room:0' wait='7'/>"), "{refusal}");
    assert!(refusal.contains("in 7 seconds"), "{refusal}");
    assert_eq!(send(&mut house, guest, "<body>mine</body>"), "message guest body=mine", "everybody has a clock");
    for _ in 0..3 {
        assert_eq!(send(&mut house, host, "<body>fast</body>"), "message host body=fast", "moderators do not wait");
    }
    wait(&mut house, 7);
    assert_eq!(send(&mut house, lou, "<body>two</body>"), "message lou body=two");
}

#[test]
fn another_client_or_nick_of_an_account_is_no_way_around() {
    let (mut house, _, lou, _) = room(slow(10));
    let phone = house.person(4, "lou@localhost/phone");
    house.join(phone, "lou too");
    assert_eq!(send(&mut house, lou, "<body>one</body>"), "message lou body=one");
    assert_eq!(send(&mut house, phone, "<body>two</body>"), TOO_SOON);
    house.leave(lou);
    house.join(lou, "lou");
    assert_eq!(send(&mut house, lou, "<body>three</body>"), TOO_SOON);
}

#[test]
fn only_words_count_and_a_message_is_corrected_once() {
    let (mut house, _, lou, _) = room(slow(10));
    let reaction = "<reactions xmlns='urn:xmpp:reactions:0' id='1'><reaction>👍</reaction></reactions>";
    for inner in [reaction, "<body/><store xmlns='urn:xmpp:hints'/>"] {
        assert!(!send(&mut house, lou, inner).contains("error"), "{inner}");
    }
    let correction = |id: &str| format!("<body>better</body><replace xmlns='urn:xmpp:message-correct:0' id='{id}'/>");
    let first = format!("m{}", house.clock);
    assert_eq!(send(&mut house, lou, "<body>one</body>"), "message lou body=one");
    assert_eq!(send(&mut house, lou, &correction("other")), TOO_SOON, "a correction of nothing is a message");
    assert_eq!(send(&mut house, lou, &correction(&first)), "message lou body=better");
    assert_eq!(send(&mut house, lou, &correction(&first)), TOO_SOON, "a second one waits");
    assert_eq!(send(&mut house, lou, reaction), "message lou");
}

#[test]
fn a_reaction_has_no_words_in_any_room() {
    let (mut house, host, lou, _) = room(RoomConfig::default());
    let react = |texts: &[&str]| {
        let texts = texts.join("</reaction><reaction>");
        format!("<reactions xmlns='urn:xmpp:reactions:0' id='1'><reaction>{texts}</reaction></reactions>")
    };
    for texts in [&["👍"] as &[&str], &["❤", "👩‍💻", ":party_parrot:"], &[""]] {
        assert_eq!(send(&mut house, lou, &react(texts)), "message lou", "{texts:?}");
    }
    for texts in [&["words"] as &[&str], &["👍", "and words"], &["👍 indeed"]] {
        for who in [lou, host] {
            let refused = send(&mut house, who, &react(texts));
            assert_eq!(refused, "message error modify:not-acceptable", "{texts:?}");
        }
    }
}

#[test]
fn nobody_is_remembered_for_longer_than_they_wait() {
    let (mut house, host, lou, _) = room(slow(5));
    for n in 10..60 {
        let who = house.person(n, &format!("p{n}@localhost/a"));
        house.join(who, &format!("p{n}"));
        house.say(who, "one");
    }
    assert_eq!(house.room.paced(), 50);
    wait(&mut house, 6);
    house.say(lou, "alone");
    assert_eq!(house.room.paced(), 1);
    house.configure(host, &[(SLOW, "0")]);
    house.say(lou, "again");
    assert_eq!(house.room.paced(), 0);
}

#[test]
fn the_owner_sets_it_and_everybody_can_read_it() {
    let (mut house, host, lou, _) = room(RoomConfig::default());
    house.configure(host, &[(SLOW, "1001")]);
    assert_eq!(house.lines(host), ["iq error modify:not-acceptable"]);
    house.configure(host, &[(SLOW, "30")]);
    assert_eq!(house.lines(lou), ["message 104"]);
    house.send(
        lou,
        &format!("<iq to='{ROOM}' type='get' id='d'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>"),
    );
    let info = house.read(lou).remove(0).to_xml();
    let (_, field) = info.split_once("muc#roominfo_slow_mode_duration").unwrap();
    assert!(field.split("</field>").next().unwrap().contains("<value>30</value>"), "{info}");
}

#[test]
fn emoji_only_lets_emoji_pass_in_every_language() {
    let (mut house, host, lou, _) = room(RoomConfig::default());
    house.configure(host, &[("muc#roomconfig_x_peertubelivechat_emoji_only_mode", "1")]);
    assert_eq!(send(&mut house, lou, "<body>👩🏽‍💻 :wave: 🇫🇷</body>"), "message lou body=👩🏽‍💻 :wave: 🇫🇷");
    for inner in ["<body>hello</body>", "<body>👋</body><body xml:lang='fr'>bonjour</body>"] {
        assert_eq!(send(&mut house, lou, inner), "message error modify:policy-violation");
    }
    assert_eq!(send(&mut house, host, "<body>hello</body>"), "message host body=hello");
}

#[test]
fn accounts_only_takes_and_gives_voice_at_once_and_says_why() {
    let (mut house, host, lou, guest) = room(RoomConfig::default());
    let watcher = house.person(4, "y@anon.localhost/a");
    let trusted = house.person(5, "z@anon.localhost/a");
    house.join(watcher, "Anonymous 1");
    house.join(trusted, "trusted");
    house.admin(host, "<item nick='trusted' role='participant'/>");
    house.hush();
    house.configure(host, &[("muc#roomconfig_mute_anonymous", "1")]);
    assert_eq!(house.lines(guest), ["message 104", "presence guest none/visitor jid=x@anon.localhost/a 110"]);
    assert!(house.lines(watcher).iter().all(|line| !line.contains("Anonymous")), "nothing changes for who watches");
    assert_eq!(send(&mut house, trusted, "<body>b</body>"), "message trusted body=b", "what a moderator gave stays");
    assert_eq!(send(&mut house, lou, "<body>b</body>"), "message lou body=b");
    house.hush();
    house.say(guest, "b");
    let voice = "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#request</value></field></x>";
    house.send(guest, &format!("<message to='{ROOM}'>{voice}</message>"));
    let refusals = house.read(guest);
    assert_eq!(refusals.len(), 2);
    assert!(refusals.iter().all(|refusal| refusal.to_xml().contains("Only people with an account")));
    assert!(house.read(host).is_empty(), "nobody is asked in vain");
    house.configure(host, &[("muc#roomconfig_mute_anonymous", "0")]);
    assert_eq!(house.lines(guest).last().unwrap(), "presence guest none/participant jid=x@anon.localhost/a 110");
}
