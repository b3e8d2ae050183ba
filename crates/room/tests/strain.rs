//! What a room leaves out while the server has too much to do, and what it never does.

#![allow(missing_docs, clippy::unwrap_used)]

mod house;

use house::{House, ROOM};
use parterre_room::{Action, Policy, RoomConfig, SessionId, Strain};

/// A room with a moderator, somebody who talks, and somebody who watches.
fn house(sampling: bool) -> (House, [SessionId; 3]) {
    let config = RoomConfig { sampling, ..RoomConfig::default() };
    let mut house = House::with(Policy::default(), config, Some("host@localhost"), false);
    let people = [
        house.person(1, "host@localhost/a"),
        house.person(2, "talker@localhost/a"),
        house.person(3, "x@anon.localhost/a"),
    ];
    for (person, nick) in people.iter().zip(["host", "talker", "Anonymous 1"]) {
        house.join(*person, nick);
    }
    house.hush();
    (house, people)
}

fn under(house: &mut House, strain: Strain) {
    house.command(Action::Strain(strain));
}

/// Says it so many times, and counts what each of the three heard.
fn heard(house: &mut House, people: [SessionId; 3], who: SessionId, times: usize, inner: &str) -> [usize; 3] {
    for _ in 0..times {
        house.send(who, &format!("<message to='{ROOM}' type='groupchat' id='m'>{inner}</message>"));
    }
    people.map(|person| house.read(person).len())
}

const SAMPLES: Strain = Strain { step: 3, window: 500, every: 4 };

#[test]
fn visitors_get_every_nth_message_and_everybody_else_all() {
    let (mut house, people) = house(true);
    under(&mut house, SAMPLES);
    house.hush();
    let [host, talker, _] = people;
    assert_eq!(heard(&mut house, people, talker, 12, "<body>b</body>"), [12, 12, 3]);
    assert_eq!(house.stored.len(), 12, "the archive has them all");
    assert_eq!(heard(&mut house, people, host, 12, "<body>b</body>"), [12, 12, 12], "a moderator is always heard");
    let correction = "<body>b</body><replace xmlns='urn:xmpp:message-correct:0' id='m'/>";
    assert_eq!(heard(&mut house, people, talker, 5, correction), [5, 5, 5]);
    assert_eq!(heard(&mut house, people, host, 1, "<subject>s</subject>"), [1, 1, 1]);
    under(&mut house, Strain::default());
    house.hush();
    assert_eq!(heard(&mut house, people, talker, 5, "<body>b</body>"), [5, 5, 5]);
}

#[test]
fn nobody_misses_anything_where_the_owner_did_not_allow_it() {
    let (mut house, people) = house(false);
    under(&mut house, SAMPLES);
    house.hush();
    assert_eq!(heard(&mut house, people, people[1], 12, "<body>b</body>"), [12, 12, 12]);
}

#[test]
fn chat_states_and_the_audience_s_size_are_left_out_first() {
    let (mut house, people) = house(true);
    let typing = "<composing xmlns='http://jabber.org/protocol/chatstates'/>";
    assert_eq!(heard(&mut house, people, people[1], 1, typing), [1, 1, 1]);
    assert!(house.room.wants_tick());
    under(&mut house, Strain { step: 1, window: 20, every: 1 });
    house.hush();
    assert_eq!(heard(&mut house, people, people[1], 3, typing), [0, 0, 0]);
    assert!(!house.room.wants_tick());
    house.command(Action::Tick);
    assert!(house.effects.is_empty());
    under(&mut house, Strain::default());
    assert!(house.room.wants_tick(), "it is told when there is time again");
}

#[test]
fn moderators_are_told_when_it_changes_and_when_they_come() {
    let (mut house, [host, talker, viewer]) = house(true);
    under(&mut house, SAMPLES);
    under(&mut house, SAMPLES);
    let told = house.read(host);
    assert_eq!(told.len(), 1, "once for each change");
    let notice = told[0].find("overload", "urn:parterre:overload:0").unwrap();
    assert_eq!(["step", "window", "every"].map(|name| notice.get(name)), [Some("3"), Some("500"), Some("4")]);
    assert!(house.read(talker).is_empty() && house.read(viewer).is_empty());
    let second = house.person(4, "host@localhost/b");
    house.join(second, "host");
    assert!(house.read(second).iter().any(|stanza| stanza.has("overload", "urn:parterre:overload:0")));
}
