//! Watching is free: what a crowd costs, and what anybody hears of it.

#![allow(missing_docs, clippy::unwrap_used)]

mod house;

use house::{House, ROOM};
use parterre_room::{Action, Effect, Policy, RoomConfig, SessionId};

fn small() -> Policy {
    Policy { presence_everyone_up_to: 3, presence_speakers_up_to: 6, chat_states_up_to: 3, ..Policy::default() }
}

fn spectators(house: &mut House, numbers: std::ops::Range<u64>) -> Vec<SessionId> {
    numbers
        .map(|n| {
            let who = house.person(n, &format!("p{n}@anon.localhost/x"));
            house.join(who, &format!("Anonymous {n}"));
            who
        })
        .collect()
}

#[test]
fn who_only_watches_is_counted_and_not_announced() {
    let mut house = House::with(small(), RoomConfig::default(), Some("host@localhost"), false);
    let host = house.person(1, "host@localhost/a");
    house.join(host, "host");
    house.hush();
    let watching = spectators(&mut house, 10..20);
    assert!(house.lines(host).is_empty());
    assert_eq!(house.room.occupants(), 11);
    assert_eq!(
        house.lines(watching[9]),
        [
            "presence host owner/moderator",
            "presence Anonymous 19 none/visitor jid=p19@anon.localhost/x 170,110",
            "message subject="
        ]
    );
    house.say(watching[0], "hello");
    assert_eq!(house.lines(watching[0]).last().unwrap(), "message error auth:forbidden");
    house.leave(watching[0]);
    assert!(house.lines(host).is_empty());
}

#[test]
fn whoever_chooses_a_nick_takes_part_and_a_moderator_can_give_voice() {
    let mut house = House::new(RoomConfig::default(), Some("host@localhost"));
    let host = house.person(1, "host@localhost/a");
    house.join(host, "host");
    let watching = spectators(&mut house, 10..12);
    house.hush();
    house.send(watching[0], &format!("<presence to='{ROOM}/Ada'/>"));
    assert_eq!(house.lines(host), ["presence Ada none/participant jid=p10@anon.localhost/x"]);
    house.say(watching[0], "I speak");
    assert_eq!(house.lines(host), ["message Ada body=I speak"]);
    house.send(watching[0], &format!("<presence to='{ROOM}/Anonymous 10'/>"));
    assert_eq!(house.lines(host), ["presence Ada unavailable none/none jid=p10@anon.localhost/x"]);
    house.admin(host, "<item nick='Anonymous 11' role='participant'/>");
    assert_eq!(
        house.lines(host),
        ["presence Anonymous 11 none/participant jid=p11@anon.localhost/x by=host", "iq result"]
    );
}

#[test]
fn a_nick_does_not_undo_what_a_moderator_has_decided() {
    let mut house = House::new(RoomConfig::default(), Some("host@localhost"));
    let host = house.person(1, "host@localhost/a");
    house.join(host, "host");
    let loud = house.person(2, "p2@anon.localhost/x");
    house.join(loud, "Loud");
    house.admin(host, "<item nick='Loud' role='visitor'/>");
    for nick in ["Anonymous 2", "Louder"] {
        house.send(loud, &format!("<presence to='{ROOM}/{nick}'/>"));
    }
    house.hush();
    house.say(loud, "hear me");
    assert_eq!(house.lines(loud), ["message error auth:forbidden"]);
}

#[test]
fn a_growing_room_announces_those_who_speak_then_moderators_only() {
    let mut house = House::with(small(), RoomConfig::default(), Some("host@localhost"), false);
    let host = house.person(1, "host@localhost/a");
    house.join(host, "host");
    let mut people = Vec::new();
    for n in 2..6 {
        let who = house.person(n, &format!("u{n}@localhost/x"));
        house.join(who, &format!("user{n}"));
        people.push(who);
    }
    // Beyond three, joining is silent until one speaks.
    let heard = house.lines(host);
    assert_eq!(heard.iter().filter(|line| line.starts_with("presence user")).count(), 2, "{heard:?}");
    house.say(people[3], "first words");
    assert_eq!(
        house.lines(host),
        ["presence user5 none/participant jid=u5@localhost/x", "message user5 body=first words"]
    );
    spectators(&mut house, 20..23);
    house.hush();
    house.say(people[2], "in a large room");
    assert_eq!(house.lines(host), ["message user4 body=in a large room"]);
    // Whoever was announced is announced as gone.
    house.leave(people[3]);
    assert_eq!(house.lines(host), ["presence user5 unavailable none/none jid=u5@localhost/x"]);
    house.leave(people[2]);
    assert!(house.lines(host).is_empty());
}

#[test]
fn what_becomes_of_those_who_came_first_is_told_to_those_who_knew_them() {
    let mut house = House::with(small(), RoomConfig::default(), Some("host@localhost"), false);
    let join = |house: &mut House, n: u64| {
        let who = house.person(n, &format!("u{n}@localhost/x"));
        house.join(who, &format!("user{n}"));
        who
    };
    let [early, witness] = [1, 2].map(|n| join(&mut house, n));
    let late: Vec<_> = (10..20).map(|n| join(&mut house, n)).collect();
    house.hush();
    house.send(early, &format!("<presence to='{ROOM}/Ada'/>"));
    assert_eq!(
        house.lines(witness),
        ["presence user1 unavailable none/participant nick=Ada 303", "presence Ada none/participant"]
    );
    assert!(house.lines(late[9]).is_empty(), "to whom user1 was a stranger");
    house.leave(early);
    assert_eq!(house.lines(witness), ["presence Ada unavailable none/none"]);
    assert!(house.lines(late[9]).is_empty());
    // A moderator who asks knows as well.
    let host = house.person(30, "host@localhost/a");
    house.join(host, "host");
    house.hush();
    house.send(host, &format!("<presence type='probe' to='{ROOM}/user19'/>"));
    assert_eq!(house.lines(host), ["presence user19 none/participant jid=u19@localhost/x"]);
    house.leave(late[9]);
    assert_eq!(house.lines(host), ["presence user19 unavailable none/none jid=u19@localhost/x"]);
}

#[test]
fn chat_states_are_for_small_rooms_and_never_kept() {
    let mut house = House::with(small(), RoomConfig::default(), Some("host@localhost"), false);
    let host = house.person(1, "host@localhost/a");
    house.join(host, "host");
    house.hush();
    let typing = format!(
        "<message to='{ROOM}' type='groupchat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>"
    );
    house.send(host, &typing);
    assert_eq!((house.lines(host).len(), house.stored.len()), (1, 0));
    spectators(&mut house, 10..14);
    house.hush();
    house.send(host, &typing);
    assert!(house.effects.is_empty());
}

#[test]
fn the_size_of_the_audience_is_told_now_and_then_and_only_when_it_changes() {
    let mut house = House::new(RoomConfig::default(), Some("host@localhost"));
    let host = house.person(1, "host@localhost/a");
    house.join(host, "host");
    spectators(&mut house, 10..14);
    house.hush();
    assert!(house.room.wants_tick());
    house.command(Action::Tick);
    let told = house.read(host).remove(0);
    assert_eq!(told.find("audience", "urn:parterre:audience:0").unwrap().get("count"), Some("5"));
    assert!(!house.room.wants_tick());
    spectators(&mut house, 14..15);
    house.hush();
    house.command(Action::Tick);
    assert!(house.read(host).is_empty(), "not again within the interval");
    house.clock += 5_000_000;
    house.command(Action::Tick);
    assert_eq!(house.read(host).len(), 1);
}

#[test]
fn a_large_audience_is_told_less_often_of_a_change_that_hardly_is_one() {
    let mut house = House::new(RoomConfig::default(), Some("host@localhost"));
    let host = house.person(1, "host@localhost/a");
    house.join(host, "host");
    spectators(&mut house, 10..210);
    house.hush();
    house.command(Action::Tick);
    assert_eq!(house.read(host).len(), 1);
    spectators(&mut house, 210..212);
    house.hush();
    house.clock += 5_000_000;
    house.command(Action::Tick);
    assert!(house.read(host).is_empty(), "two of two hundred can wait");
    house.clock += 25_000_000;
    house.command(Action::Tick);
    assert_eq!(house.read(host).len(), 1, "but not for ever");
    spectators(&mut house, 212..222);
    house.hush();
    house.clock += 5_000_000;
    house.command(Action::Tick);
    assert_eq!(house.read(host).len(), 1, "ten of two hundred cannot");
}

#[test]
fn what_a_join_costs_does_not_grow_with_the_audience() {
    let mut house = House::new(RoomConfig::default(), Some("host@localhost"));
    let host = house.person(1, "host@localhost/a");
    house.join(host, "host");
    house.say(host, "welcome");
    let mut sizes = Vec::new();
    for n in 10..1_010 {
        let who = house.person(n, &format!("p{n}@anon.localhost/x"));
        house.join(who, &format!("Anonymous {n}"));
        house.hush();
        sizes.push(house.effects.len());
    }
    assert!(sizes.iter().all(|size| *size == sizes[0]), "{sizes:?}");
    assert!(!house.effects.iter().any(|effect| matches!(effect, Effect::Broadcast(..) | Effect::BroadcastExcept(..))));
}

#[test]
fn an_empty_photo_is_not_passed_on_and_a_real_one_is() {
    let mut house = House::new(RoomConfig::default(), Some("host@localhost"));
    let (host, guest) = (house.person(1, "host@localhost/a"), house.person(2, "guest@localhost/a"));
    house.join(host, "host");
    house.join(guest, "guest");
    for (photo, passed) in [("<photo/>", false), ("<photo>0123456789abcdef</photo>", true)] {
        house.hush();
        house.send(guest, &format!("<presence to='{ROOM}/guest'><show>away</show><x xmlns='vcard-temp:x:update'>{photo}</x><x xmlns='http://jabber.org/protocol/muc#user'><status code='110'/></x></presence>"));
        let seen = house.read(host).remove(0);
        assert_eq!(seen.has("x", "vcard-temp:x:update"), passed);
        assert_eq!(seen.to_xml().matches("muc#user").count(), 1);
    }
}
