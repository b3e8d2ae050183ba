//! What a moderator sees of a crowd, and how all that one of them said is taken back.

#![allow(missing_docs, clippy::unwrap_used)]

mod house;

use house::{House, ROOM};
use parterre_room::{Change, Policy, RoomConfig, SessionId};
use parterre_xmpp::Element;

const RSM: &str = "http://jabber.org/protocol/rsm";

fn room() -> (House, SessionId) {
    let policy = Policy { max_listed: 10, ..Policy::default() };
    let mut house = House::with(policy, RoomConfig::default(), Some("host@localhost"), false);
    let host = house.person(1, "host@localhost/a");
    house.join(host, "host");
    for n in 0..25 {
        let who = house.person(100 + n, &format!("x{n}@anon.localhost/a"));
        house.join(who, &format!("Anonymous {}", (n * 7) % 25));
    }
    house.hush();
    (house, host)
}

/// The nicks that a request finds, and the number of all.
fn list(house: &mut House, who: SessionId, role: &str, inner: &str) -> (Vec<String>, Option<String>) {
    house.send(who, &format!("<iq to='{ROOM}' type='get' id='l'><query xmlns='http://jabber.org/protocol/muc#admin'><item role='{role}'/>{inner}</query></iq>"));
    let answer = house.read(who).pop().unwrap();
    let query = answer.find("query", "http://jabber.org/protocol/muc#admin").unwrap();
    let nicks = query.children().filter_map(|child| child.get("nick")).map(str::to_owned).collect();
    let count = query.find("set", RSM).and_then(|set| set.field_text("count")).map(std::borrow::Cow::into_owned);
    (nicks, count)
}

fn set(inner: &str) -> String {
    format!("<set xmlns='{RSM}'>{inner}</set>")
}

#[test]
fn a_crowd_comes_in_pages_that_follow_each_other() {
    let (mut house, host) = room();
    let (all, count) = list(&mut house, host, "visitor", "");
    assert_eq!((all.len(), count.as_deref()), (10, Some("25")), "unasked, it is bounded");
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let (page, count) = list(&mut house, host, "visitor", &set(&format!("<max>4</max>{after}")));
        assert_eq!(count.as_deref(), Some("25"));
        let Some(last) = page.last() else { break };
        after = format!("<after>{last}</after>");
        seen.extend(page);
    }
    let mut sorted = seen.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!((seen.len(), &seen), (25, &sorted));
    let (last, _) = list(&mut house, host, "visitor", &set("<max>4</max><before/>"));
    assert_eq!(last, sorted[21..]);
    let (before, _) = list(&mut house, host, "visitor", &set(&format!("<max>3</max><before>{}</before>", sorted[21])));
    assert_eq!(before, sorted[18..21]);
    assert_eq!(list(&mut house, host, "visitor", &set("<max>0</max>")), (Vec::new(), Some("25".to_owned())));
    assert_eq!(list(&mut house, host, "moderator", ""), (vec!["host".to_owned()], None), "a short list has no set");
}

#[test]
fn a_search_finds_beginnings_first_whatever_the_case() {
    let (mut house, host) = room();
    for (n, nick) in ["Malou", "LOU", "Louise", "Éric", "zelou"].iter().enumerate() {
        let who = house.person(200 + n as u64, &format!("p{n}@localhost/a"));
        house.join(who, nick);
    }
    house.hush();
    let search = |text: &str| format!("<search xmlns='urn:parterre:moderation:0'>{text}</search>");
    let (found, count) = list(&mut house, host, "participant", &search("lou"));
    assert_eq!((found, count.as_deref()), (["LOU", "Louise", "Malou", "zelou"].map(str::to_owned).to_vec(), Some("4")));
    let paged = search("lou") + &set("<max>2</max><after>Louise</after>");
    assert_eq!(list(&mut house, host, "participant", &paged).0, ["Malou", "zelou"]);
    assert_eq!(list(&mut house, host, "participant", &search("éRIC")).0, ["Éric"]);
    assert!(list(&mut house, host, "participant", &search("nobody")).0.is_empty());
}

#[test]
fn each_is_said_to_have_come_and_spoken() {
    let (mut house, host) = room();
    let lou = house.person(2, "lou@localhost/a");
    house.join(lou, "lou");
    house.say(lou, "one");
    house.say(lou, "two");
    house.hush();
    house.send(host, &format!("<iq to='{ROOM}' type='get' id='l'><query xmlns='http://jabber.org/protocol/muc#admin'><item role='participant'/></query></iq>"));
    let list = house.read(host).remove(0).to_xml();
    assert!(
        list.contains("<seen xmlns='urn:parterre:moderation:0' arrived='2023-11-14T22:13:20.000000Z' said='2'/>"),
        "{list}"
    );
    house.send(lou, &format!("<iq to='{ROOM}' type='get' id='l'><query xmlns='http://jabber.org/protocol/muc#admin'><item role='visitor'/></query></iq>"));
    assert_eq!(house.lines(lou), ["iq error auth:forbidden"]);
}

#[test]
fn all_that_somebody_said_goes_at_one_word() {
    let (mut house, host) = room();
    let (lou, ann) = (house.person(2, "lou@localhost/a"), house.person(3, "ann@localhost/a"));
    house.join(lou, "lou");
    house.join(ann, "ann");
    house.say(lou, "long ago");
    house.clock += 3_700_000_000;
    for n in 0..12 {
        house.say(lou, &format!("flood {n}"));
        house.say(ann, "kind words");
    }
    let id = house
        .read(ann)
        .iter()
        .rev()
        .find(|m| m.field_text("body").is_some_and(|b| b.starts_with("flood")))
        .map(occupant_id);
    house.hush();
    house.stored.clear();
    let wish = |by: &str| {
        format!(
            "<iq to='{ROOM}' type='set' id='r'><remove-all xmlns='urn:parterre:moderation:0' {by}><reason>Flood</reason></remove-all></iq>"
        )
    };
    house.send(ann, &wish("nick='lou'"));
    assert_eq!(house.lines(ann), ["iq error auth:forbidden"]);
    house.leave(lou);
    house.hush();
    house.send(host, &wish(&format!("occupant-id='{}'", id.unwrap())));
    let answer = house.read(host).pop().unwrap().to_xml();
    assert!(answer.contains("<removed xmlns='urn:parterre:moderation:0' count='12'/>"), "{answer}");
    let retracted = house.read(ann);
    assert_eq!(retracted.iter().filter(|m| m.has("retract", "urn:xmpp:message-retract:1")).count(), 12);
    let count = |wanted: fn(&Change) -> bool| house.stored.iter().filter(|change| wanted(change)).count();
    assert_eq!(count(|change| matches!(change, Change::Replace { stanza, .. } if !stanza.contains("flood"))), 12);
    let mut ids: Vec<_> = house
        .stored
        .iter()
        .filter_map(|change| if let Change::Message(said) = change { Some(said.id) } else { None })
        .collect();
    let said = ids.len();
    ids.dedup();
    assert_eq!((said, ids.len()), (12, 12), "each has a place of its own");
    assert_eq!(house.room.place(), *ids.last().unwrap());
    // What is gone is gone once.
    house.send(host, &wish("nick='ann'"));
    assert!(house.read(host).pop().unwrap().to_xml().contains("count='12'"));
    house.send(host, &wish("nick='ann'"));
    assert!(house.read(host).pop().unwrap().to_xml().contains("count='0'"));
}

fn occupant_id(message: &Element) -> String {
    message.find("occupant-id", "urn:xmpp:occupant-id:0").unwrap().get("id").unwrap().to_owned()
}
