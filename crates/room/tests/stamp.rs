//! What the room says of whoever speaks: `<author xmlns='urn:parterre:room:0'/>`.

#![allow(missing_docs, clippy::unwrap_used)]

mod house;

use std::sync::Arc;

use house::{House, ROOM};
use parterre_room::{Affiliation, Change, Past, Policy, Room, RoomConfig, SessionId, Snapshot};
use parterre_xmpp::{BareJid, Element};

const AVATAR: &str = "https://site.localhost/avatars/2.png?a=1&b='";

/// A host, somebody with a picture, and somebody like most.
fn hall() -> (House, SessionId, SessionId, SessionId) {
    let mut house = House::new(RoomConfig { persistent: true, ..RoomConfig::default() }, Some("host@localhost"));
    let host = house.person(1, "host@localhost/a");
    let seen = house.person(2, "seen@localhost/a");
    let guest = house.person(3, "guest@anon.localhost/a");
    house.people.get_mut(&seen).unwrap().sender.avatar = Some(AVATAR.into());
    for (who, nick) in [(host, "Host"), (seen, "Seen"), (guest, "Guest")] {
        house.join(who, nick);
    }
    house.hush();
    (house, host, seen, guest)
}

fn stamp(stanza: &Element) -> Option<String> {
    let author = stanza.find("author", "urn:parterre:room:0")?;
    let values = ["affiliation", "role", "avatar"].map(|name| author.get(name).unwrap_or("-"));
    Some(values.join(" "))
}

/// The stamps of what somebody has read, by nick.
fn stamps(stanzas: &[Element]) -> Vec<(String, Option<String>)> {
    let nick = |stanza: &Element| Some(stanza.get("from")?.split_once('/')?.1.to_owned());
    stanzas.iter().filter_map(|stanza| Some((nick(stanza)?, stamp(stanza)))).collect()
}

fn expected(nick: &str, stamp: Option<&str>) -> (String, Option<String>) {
    (nick.to_owned(), stamp.map(str::to_owned))
}

#[test]
fn a_message_says_what_its_author_is_and_nothing_of_most_people() {
    let (mut house, host, seen, guest) = hall();
    for who in [host, seen, guest] {
        house.say(who, "hello");
    }
    let picture = format!("- - {AVATAR}");
    let all = [expected("Host", Some("owner moderator -")), expected("Seen", Some(&picture)), expected("Guest", None)];
    assert_eq!(stamps(&house.read(guest)), all);
}

#[test]
fn history_the_archive_and_a_restart_keep_what_held_then() {
    let (mut house, host, seen, guest) = hall();
    house.say(host, "as host");
    house.say(seen, "seen");
    house.leave(host);
    house.leave(seen);
    house.command(parterre_room::Action::SetAffiliation(
        BareJid::new("host@localhost").unwrap(),
        Affiliation::None,
        None,
    ));
    house.hush();
    let picture = format!("- - {AVATAR}");
    let then = [expected("Host", Some("owner moderator -")), expected("Seen", Some(&picture))];

    let said = |stanzas: Vec<Element>| -> Vec<_> {
        let of = |stanza: Element| {
            let inner = stanza.find("result", "urn:xmpp:mam:2")?.children().next()?.find_own("message").cloned();
            inner.or_else(|| {
                stanza.children().next()?.children().next()?.children().find(|c| c.name() == "message").cloned()
            })
        };
        stanzas.into_iter().filter_map(of).collect()
    };
    house.send(guest, &format!("<iq to='{ROOM}' type='set' id='q'><query xmlns='urn:xmpp:mam:2'/></iq>"));
    assert_eq!(stamps(&said(house.read(guest))), then);

    let mut snapshot = Snapshot { past: Past::default(), ..Snapshot::default() };
    for change in std::mem::take(&mut house.stored) {
        match change {
            Change::Settings(settings) => snapshot.settings = settings,
            Change::Message(message) => snapshot.past.recent.push(message),
            _ => {}
        }
    }
    house.room = Room::restore(BareJid::new(ROOM).unwrap(), Arc::new(Policy::default()), snapshot).unwrap();
    let late = house.person(4, "late@anon.localhost/a");
    house.join(late, "Late");
    let history: Vec<_> = house.read(late).into_iter().filter(|stanza| stanza.find_own("body").is_some()).collect();
    assert_eq!(stamps(&history), then);
}

#[test]
fn a_presence_tells_of_the_picture_while_its_bearer_is_there() {
    let (mut house, host, seen, guest) = hall();
    house.send(guest, &format!("<presence to='{ROOM}/Guest'><x xmlns='http://jabber.org/protocol/muc'/></presence>"));
    let here = house.read(guest);
    let picture = format!("- - {AVATAR}");
    assert_eq!(stamps(&here)[..3], [expected("Host", None), expected("Seen", Some(&picture)), expected("Guest", None)]);
    house.send(seen, &format!("<presence to='{ROOM}/Other'/>"));
    let renamed = [expected("Seen", None), expected("Other", Some(&picture))];
    assert_eq!(stamps(&house.read(host)), renamed);
    assert_eq!(stamps(&house.read(seen)), renamed);
    house.leave(seen);
    assert_eq!(stamps(&house.read(host)), [expected("Other", None)]);
}

#[test]
fn what_others_say_in_the_rooms_name_is_taken_out() {
    let (mut house, host, _, guest) = hall();
    let forged = "<author xmlns='urn:parterre:room:0' affiliation='owner' avatar='https://forged.localhost/'/>";
    house.send(guest, &format!("<presence to='{ROOM}/Guest'><show>away</show>{forged}</presence>"));
    house.send(guest, &format!("<message to='{ROOM}' type='groupchat'>{forged}<body>hello</body>{forged}</message>"));
    house.send(guest, &format!("<message to='{ROOM}/Host' type='chat'><body>psst</body>{forged}</message>"));
    // A prefix is another way of writing the same.
    house.send(
        guest,
        &format!("<message xmlns:p='urn:parterre:room:0' to='{ROOM}' type='groupchat'><body>x</body><p:author role='moderator'/></message>"),
    );
    let heard = house.read(host);
    assert_eq!(stamps(&heard), vec![expected("Guest", None); 4]);
    assert!(!heard.iter().any(|stanza| stanza.to_xml().contains("urn:parterre:room:0")));
}

#[test]
fn a_message_that_was_taken_back_leaves_no_picture() {
    let (mut house, host, seen, guest) = hall();
    house.say(seen, "something");
    let id = house.read(host)[0].find("stanza-id", "urn:xmpp:sid:0").unwrap().get("id").unwrap().to_owned();
    house.send(host, &format!("<iq to='{ROOM}' type='set' id='m'><moderate xmlns='urn:xmpp:message-moderate:1' id='{id}'><retract xmlns='urn:xmpp:message-retract:1'/></moderate></iq>"));
    let stone = house.stored.iter().find_map(|change| match change {
        Change::Replace { stanza, .. } => Some(stanza.clone()),
        _ => None,
    });
    assert!(!stone.unwrap().contains("site.localhost"));
    house.hush();
    house.send(guest, &format!("<presence to='{ROOM}/Guest'><x xmlns='http://jabber.org/protocol/muc'/></presence>"));
    assert!(house.read(guest).iter().filter(|one| one.name() == "message").all(|one| stamp(one).is_none()));
}
