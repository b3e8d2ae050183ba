//! Entering, talking, leaving: what every client meets.

#![allow(missing_docs, clippy::unwrap_used)]

mod house;

use house::{House, ROOM};
use parterre_room::RoomConfig;

fn open() -> House {
    House::new(RoomConfig::default(), Some("crone1@localhost"))
}

#[test]
fn who_creates_a_room_is_told_so_and_gets_an_empty_subject_last() {
    let mut house = open();
    let crone = house.person(1, "crone1@localhost/desktop");
    house.join(crone, "firstwitch");
    assert_eq!(
        house.lines(crone),
        ["presence firstwitch owner/moderator jid=crone1@localhost/desktop 170,201,110", "message subject="]
    );
}

#[test]
fn a_newcomer_gets_occupants_then_themself_then_history_then_subject() {
    let mut house = open();
    let crone = house.person(1, "crone1@localhost/desktop");
    let hag = house.person(2, "hag66@localhost/pda");
    house.join(crone, "firstwitch");
    house.say(crone, "Thrice the brinded cat hath mew'd.");
    house.send(crone, &format!("<message to='{ROOM}' type='groupchat'><subject>Fire Burn</subject></message>"));
    house.hush();
    house.join(hag, "thirdwitch");
    assert_eq!(
        house.lines(hag),
        [
            "presence firstwitch owner/moderator",
            "presence thirdwitch none/participant jid=hag66@localhost/pda 170,110",
            "message firstwitch body=Thrice the brinded cat hath mew'd. delayed",
            "message firstwitch subject=Fire Burn delayed",
        ]
    );
    assert_eq!(house.lines(crone), ["presence thirdwitch none/participant jid=hag66@localhost/pda"]);
}

#[test]
fn what_is_said_reaches_everyone_named_and_is_stored_first() {
    let mut house = open();
    let crone = house.person(1, "crone1@localhost/desktop");
    let hag = house.person(2, "hag66@localhost/pda");
    house.join(crone, "firstwitch");
    house.join(hag, "thirdwitch");
    house.hush();
    house.send(
        hag,
        &format!(
            "<message to='{ROOM}' type='groupchat' id='hysf1v37'><body>Harpier cries: ’tis time.</body>\
             <origin-id xmlns='urn:xmpp:sid:0' id='o'/><stanza-id xmlns='urn:xmpp:sid:0' id='forged' by='{ROOM}'/>\
             <stanza-id xmlns='urn:xmpp:sid:0' id='other' by='elsewhere@localhost'/>\
             <occupant-id xmlns='urn:xmpp:occupant-id:0' id='forged'/>\
             <x xmlns='http://jabber.org/protocol/muc#user'><status code='110'/></x></message>"
        ),
    );
    assert!(matches!(
        house.effects.as_slice(),
        [parterre_room::Effect::Store(parterre_room::Change::Message(_)), parterre_room::Effect::Broadcast(..)]
    ));
    let got = house.read(crone);
    assert_eq!(got, house.read(hag));
    let [message] = got.as_slice() else { panic!("{got:?}") };
    assert_eq!(message.get("id"), Some("hysf1v37"));
    assert_eq!(message.get("from"), Some("coven@room.localhost/thirdwitch"));
    let ids: Vec<_> =
        message.children().filter(|c| c.name() == "stanza-id").map(|c| (c.get("by"), c.get("id"))).collect();
    let own = parterre_room::LogId(house.clock).to_string();
    assert_eq!(ids, [(Some("elsewhere@localhost"), Some("other")), (Some(ROOM), Some(own.as_str()))]);
    assert!(message.has("origin-id", "urn:xmpp:sid:0"));
    assert!(!message.has("x", "http://jabber.org/protocol/muc#user"));
    let occupant: Vec<_> = message.children().filter(|c| c.name() == "occupant-id").collect();
    assert!(matches!(occupant.as_slice(), [one] if one.get("id") != Some("forged")), "{occupant:?}");
}

#[test]
fn a_nick_change_is_one_farewell_and_one_welcome() {
    let mut house = open();
    let crone = house.person(1, "crone1@localhost/desktop");
    let hag = house.person(2, "hag66@localhost/pda");
    house.join(crone, "firstwitch");
    house.join(hag, "thirdwitch");
    house.hush();
    house.send(hag, &format!("<presence to='{ROOM}/oldhag'/>"));
    assert_eq!(
        house.lines(hag),
        [
            "presence thirdwitch unavailable none/participant nick=oldhag jid=hag66@localhost/pda 303,110",
            "presence oldhag none/participant jid=hag66@localhost/pda 110",
        ]
    );
    assert_eq!(
        house.lines(crone),
        [
            "presence thirdwitch unavailable none/participant nick=oldhag jid=hag66@localhost/pda 303",
            "presence oldhag none/participant jid=hag66@localhost/pda",
        ]
    );
    house.send(hag, &format!("<presence to='{ROOM}/firstwitch'/>"));
    assert_eq!(house.lines(hag), ["presence firstwitch error cancel:conflict"]);
}

#[test]
fn leaving_is_told_to_those_who_stay_and_to_oneself() {
    let mut house = open();
    let crone = house.person(1, "crone1@localhost/desktop");
    let hag = house.person(2, "hag66@localhost/pda");
    house.join(crone, "firstwitch");
    house.join(hag, "thirdwitch");
    house.hush();
    house.send(hag, &format!("<presence to='{ROOM}/thirdwitch' type='unavailable'><status>gone</status></presence>"));
    assert_eq!(house.lines(hag), ["presence thirdwitch unavailable none/none jid=hag66@localhost/pda 110"]);
    assert_eq!(house.lines(crone), ["presence thirdwitch unavailable none/none jid=hag66@localhost/pda"]);
    house.say(hag, "Am I still here?");
    assert_eq!(house.lines(hag), ["message error modify:not-acceptable"]);
    house.leave(crone);
    assert!(house.room.is_disposable(), "a temporary room goes with its last occupant");
}

#[test]
fn who_enters_is_warned_where_what_is_said_is_kept() {
    for (archiving, persistent) in [(true, false), (true, true), (false, true)] {
        let mut house =
            House::new(RoomConfig { archiving, persistent, ..RoomConfig::default() }, Some("crone1@localhost"));
        let crone = house.person(1, "crone1@localhost/desktop");
        house.join(crone, "firstwitch");
        assert_eq!(house.lines(crone).remove(0).contains("170"), archiving, "§7.2.12");
    }
}
