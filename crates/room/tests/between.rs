//! What goes between people through a room: queries, refused invitations, and taking back what was said long ago.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod house;

use house::{House, ROOM, line};
use parterre_room::config::Whois;
use parterre_room::{Action, Change, LogId, Policy, RoomConfig, SessionId};

const MAM_PAGE: &str =
    "<query xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'><max>1</max><before/></set></query>";

fn coven(config: RoomConfig) -> (House, SessionId, SessionId) {
    let mut house = House::new(config, Some("crone1@localhost"));
    let crone = house.person(1, "crone1@localhost/desktop");
    let hag = house.person(2, "hag66@localhost/pda");
    house.join(crone, "firstwitch");
    house.join(hag, "thirdwitch");
    house.hush();
    (house, crone, hag)
}

fn archived(house: &House, id: LogId) -> String {
    let found = house.stored.iter().rev().find_map(|change| match change {
        Change::Replace { id: which, stanza } if *which == id => Some(stanza.clone()),
        Change::Message(message) if message.id == id => Some(message.stanza.clone()),
        _ => None,
    });
    found.unwrap()
}

/// Says something and then so much that it is only in the store any more.
fn say_long_ago(house: &mut House, who: SessionId, crone: SessionId) -> LogId {
    house.say(who, "inappropriate");
    let id = LogId(house.clock);
    for _ in 0..=Policy::default().recent_messages().max(50) {
        house.say(crone, "more");
    }
    house.hush();
    id
}

fn moderate(id: LogId) -> String {
    format!(
        "<iq to='{ROOM}' type='set' id='r'><moderate id='{id}' xmlns='urn:xmpp:message-moderate:1'><retract xmlns='urn:xmpp:message-retract:1'/></moderate></iq>"
    )
}

fn answer_recall(house: &mut House, known: bool) {
    let recall = house.recalls.remove(0);
    let original = known.then(|| archived(house, recall.id));
    house.command(Action::Recalled(Box::new(recall), Ok(original)));
}

#[test]
fn a_moderator_takes_back_what_only_the_store_still_has() {
    let (mut house, crone, hag) = coven(RoomConfig::default());
    let id = say_long_ago(&mut house, hag, crone);
    house.send(crone, &moderate(id));
    assert!(house.lines(crone).is_empty(), "nothing is said before the store has answered");
    answer_recall(&mut house, true);
    let stone = archived(&house, id);
    assert!(
        stone.contains("<retracted") && stone.contains("thirdwitch") && !stone.contains("inappropriate"),
        "{stone}"
    );
    assert!(house.lines(crone).contains(&"iq result".to_owned()));
    assert!(house.read(hag).iter().any(|announced| announced.to_xml().contains(&format!("id='{id}'"))));

    house.send(crone, &moderate(LogId(id.0 + 1)));
    answer_recall(&mut house, false);
    assert_eq!(house.lines(crone), ["iq error cancel:item-not-found"]);
}

#[test]
fn an_author_buries_only_what_is_their_own() {
    let (mut house, crone, hag) = coven(RoomConfig::default());
    let other = house.person(3, "wiccarocks@localhost/laptop");
    house.join(other, "secondwitch");
    let id = say_long_ago(&mut house, hag, crone);
    let retract = format!(
        "<message to='{ROOM}' type='groupchat' id='gone'><retract xmlns='urn:xmpp:message-retract:1' id='{id}'/></message>"
    );
    house.send(other, &retract);
    answer_recall(&mut house, true);
    assert!(archived(&house, id).contains("inappropriate"));
    house.send(hag, &retract);
    answer_recall(&mut house, true);
    let stone = archived(&house, id);
    assert!(stone.contains("id='gone'") && !stone.contains("inappropriate"), "{stone}");
}

#[test]
fn of_what_a_moderator_took_back_long_ago_no_author_makes_it_their_own_doing() {
    let (mut house, crone, hag) = coven(RoomConfig::default());
    let id = say_long_ago(&mut house, hag, crone);
    house.send(crone, &moderate(id));
    answer_recall(&mut house, true);
    let retract = format!(
        "<message to='{ROOM}' type='groupchat' id='gone'><retract xmlns='urn:xmpp:message-retract:1' id='{id}'/></message>"
    );
    house.send(hag, &retract);
    answer_recall(&mut house, true);
    let stone = archived(&house, id);
    assert!(stone.contains("<moderated") && !stone.contains("id='gone'"), "{stone}");
}

#[test]
fn the_archive_names_the_author_to_those_who_may_know() {
    for (whois, everyone) in [(Whois::Moderators, false), (Whois::Anyone, true)] {
        let (mut house, crone, hag) = coven(RoomConfig { whois, ..RoomConfig::default() });
        house.say(hag, "hail");
        let named = |stanza: &parterre_xmpp::Element| stanza.to_xml().contains("jid='hag66@localhost/pda'");
        assert!(!house.read(hag).iter().any(named), "what is said live names nobody");
        house.hush();
        for (who, may_know) in [(crone, true), (hag, everyone)] {
            house.send(who, &format!("<iq to='{ROOM}' type='set' id='h'>{MAM_PAGE}</iq>"));
            assert_eq!(house.read(who).first().is_some_and(named), may_know, "{whois:?}");
        }
        let late = house.person(9, "late@localhost/a");
        house.join(late, "late");
        let history: Vec<_> = house.read(late).into_iter().filter(|stanza| stanza.name() == "message").collect();
        assert!(history.len() == 2 && !history.iter().any(named), "the history of old has no place for it");
    }
}

#[test]
fn who_asks_for_no_nick_gets_the_one_that_the_token_names() {
    let (mut house, ..) = coven(RoomConfig::default());
    let known = house.person(5, "crone5@localhost/a");
    house.people.get_mut(&known).unwrap().sender.nick = Some("Hecate".to_owned());
    house.send(known, &format!("<presence to='{ROOM}'><x xmlns='http://jabber.org/protocol/muc'/></presence>"));
    let own = house.lines(known).into_iter().find(|line| line.contains("110")).unwrap();
    assert!(own.starts_with("presence Hecate ") && own.contains("210"), "{own}");
    let unknown = house.person(6, "crone6@localhost/a");
    house.send(unknown, &format!("<presence to='{ROOM}'><x xmlns='http://jabber.org/protocol/muc'/></presence>"));
    assert_eq!(house.lines(unknown), ["presence error modify:jid-malformed"]);
}

fn invite(to: &str) -> String {
    format!("<message to='{ROOM}'><x xmlns='http://jabber.org/protocol/muc#user'><invite to='{to}'/></x></message>")
}

fn decline(to: &str) -> String {
    format!(
        "<message to='{ROOM}'><x xmlns='http://jabber.org/protocol/muc#user'><decline to='{to}'><reason>too busy</reason></decline></x></message>"
    )
}

#[test]
fn an_invitation_is_declined_to_whoever_invited_and_once() {
    let (mut house, crone, hag) = coven(RoomConfig::default());
    let hecate = house.person(5, "hecate@localhost/broom");
    for to in ["crone1@localhost", &format!("{ROOM}/firstwitch")] {
        house.send(crone, &invite("hecate@localhost/broom"));
        house.send(hecate, &decline(to));
        let told = house.read(crone).remove(0);
        assert_eq!(told.get("from"), Some(ROOM));
        let told = told.to_xml();
        assert!(told.contains("<decline from='hecate@localhost'><reason>too busy</reason>"), "{told}");
        house.send(hecate, &decline(to));
        assert_eq!(house.lines(hecate), ["message error cancel:item-not-found"], "it is declined already");
        assert!(house.lines(crone).is_empty());
    }
    assert!(house.lines(hag).is_empty());
    house.send(crone, &invite("hecate@localhost"));
    house.leave(crone);
    house.send(hecate, &decline("crone1@localhost"));
    assert_eq!(house.lines(hecate), ["message error cancel:item-not-found"], "who invited is gone");
}

#[test]
fn who_was_not_invited_has_nothing_to_decline() {
    let (mut house, crone, hag) = coven(RoomConfig::default());
    let stranger = house.person(5, "stranger@localhost/a");
    house.send(crone, &invite("hecate@localhost"));
    house.admin(crone, "<item nick='thirdwitch' role='visitor'/>");
    house.hush();
    // Neither a stranger, who would learn who is here, nor somebody who is muted, who would write to whom they like.
    for who in [stranger, hag] {
        for to in ["crone1@localhost", &format!("{ROOM}/firstwitch"), "nobody@localhost"] {
            house.send(who, &decline(to));
            assert_eq!(house.lines(who), ["message error cancel:item-not-found"]);
        }
    }
    assert!(house.lines(crone).is_empty());
    let hecate = house.person(6, "hecate@localhost/broom");
    for to in ["hag66@localhost", &format!("{ROOM}/thirdwitch")] {
        house.send(hecate, &decline(to));
        assert_eq!(house.lines(hecate), ["message error cancel:item-not-found"], "{to} did not invite");
    }
    assert!(house.lines(hag).is_empty());
    // Only so many are known.
    for n in 0..128 {
        house.send(crone, &invite(&format!("p{n}@localhost")));
    }
    house.send(hecate, &decline("crone1@localhost"));
    assert_eq!(house.lines(hecate), ["message error cancel:item-not-found"]);
}

#[test]
fn a_query_goes_to_an_occupant_and_its_answer_back_to_the_session_that_asked() {
    let (mut house, crone, hag) = coven(RoomConfig::default());
    let phone = house.person(3, "crone1@localhost/phone");
    house.join(phone, "firstwitch");
    house.hush();
    house
        .send(phone, &format!("<iq to='{ROOM}/thirdwitch' type='get' id='v1'><query xmlns='jabber:iq:version'/></iq>"));
    let asked = house.read(hag).remove(0);
    assert_eq!(asked.get("from"), Some(format!("{ROOM}/firstwitch").as_str()));
    let answer = format!("<iq to='{ROOM}/firstwitch' type='result' id='{}'/>", asked.get("id").unwrap());
    house.send(hag, &answer);
    let answered = house.read(phone).remove(0);
    assert_eq!((answered.get("id"), answered.get("type")), (Some("v1"), Some("result")));
    assert_eq!(answered.get("from"), Some(format!("{ROOM}/thirdwitch").as_str()));
    assert!(house.lines(crone).is_empty(), "the other session asked nothing");
    house.send(hag, &format!("<iq to='{ROOM}/firstwitch' type='result' id='ffff.v1'/>"));
    assert!(house.lines(phone).is_empty(), "nobody of that session bears this nick");
}

#[test]
fn outsiders_learn_nothing_of_an_occupant() {
    let (mut house, crone, _) = coven(RoomConfig::default());
    let hecate = house.person(5, "hecate@localhost/broom");
    for (payload, error) in [
        ("<query xmlns='http://jabber.org/protocol/disco#info'/>", "modify:bad-request"),
        ("<query xmlns='http://jabber.org/protocol/disco#items'/>", "modify:bad-request"),
        ("<ping xmlns='urn:xmpp:ping'/>", "cancel:not-acceptable"),
        ("<query xmlns='jabber:iq:version'/>", "cancel:not-acceptable"),
    ] {
        house.send(hecate, &format!("<iq to='{ROOM}/firstwitch' type='get' id='q'>{payload}</iq>"));
        assert_eq!(house.lines(hecate), [format!("iq firstwitch error {error}")]);
    }
    assert!(house.lines(crone).is_empty());
}

#[test]
fn whoever_answers_with_an_error_is_gone_and_others_hear_why() {
    let (mut house, crone, hag) = coven(RoomConfig::default());
    house.send(
        hag,
        &format!("<presence to='{ROOM}' type='error'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>"),
    );
    let gone = house.read(crone).remove(0);
    assert_eq!(gone.field_text("status").as_deref(), Some("Kicked: service unavailable"));
    assert!(line(&gone).ends_with("333"));
}

#[test]
fn those_who_may_know_see_every_session_of_a_nick() {
    let (mut house, crone, hag) = coven(RoomConfig::default());
    let phone = house.person(3, "hag66@localhost/phone");
    house.join(phone, "thirdwitch");
    assert_eq!(
        house.lines(crone),
        ["presence thirdwitch none/participant jid=hag66@localhost/pda none/participant jid=hag66@localhost/phone"]
    );
    house.leave(hag);
    assert_eq!(house.lines(crone), ["presence thirdwitch none/participant jid=hag66@localhost/phone"]);
}

#[test]
fn members_who_are_away_are_shown_where_the_owner_wants_it() {
    let (mut house, crone, hag) = coven(RoomConfig::default());
    house.admin(crone, "<item affiliation='member' jid='away@localhost' nick='Graymalkin'/>");
    house.leave(hag);
    house.hush();
    house.join(hag, "thirdwitch");
    assert!(!house.lines(hag).iter().any(|line| line.contains("Graymalkin")));
    let roles = "moderator</value><value>participant</value><value>visitor</value><value>none";
    house.configure(crone, &[("muc#roomconfig_presencebroadcast", roles)]);
    house.leave(hag);
    house.hush();
    house.join(hag, "thirdwitch");
    assert!(house.lines(hag).contains(&"presence Graymalkin unavailable member/none nick=Graymalkin".to_owned()));
}
