//! Lists, roles, configuration, moderation: what those who run a room do, and what everybody sees of it.

#![allow(missing_docs, clippy::unwrap_used)]

mod house;

use house::{House, ROOM};
use parterre_room::{Action, Change, Policy, RoomConfig, SessionId};

/// An owner and two people in an open room; nobody has anything unread.
fn coven(config: RoomConfig) -> (House, SessionId, SessionId, SessionId) {
    let mut house = House::new(config, Some("crone1@localhost"));
    let crone = house.person(1, "crone1@localhost/desktop");
    let wiccarocks = house.person(2, "wiccarocks@localhost/laptop");
    let hag = house.person(3, "hag66@localhost/pda");
    house.join(crone, "firstwitch");
    house.join(wiccarocks, "secondwitch");
    house.join(hag, "thirdwitch");
    house.hush();
    (house, crone, wiccarocks, hag)
}

#[test]
fn a_kick_tells_the_kicked_and_everybody_who_did_it_and_why() {
    let (mut house, crone, wiccarocks, hag) = coven(RoomConfig::default());
    house.admin(crone, "<item nick='thirdwitch' role='none'><reason>Avaunt!</reason></item>");
    let gone = "presence thirdwitch unavailable none/none";
    let by = "by=firstwitch because=Avaunt! 307";
    assert_eq!(house.lines(hag), [format!("{gone} jid=hag66@localhost/pda {by},110")]);
    assert_eq!(house.lines(wiccarocks), [format!("{gone} {by}")]);
    assert_eq!(house.lines(crone), [format!("{gone} jid=hag66@localhost/pda {by}"), "iq result".to_owned()]);
    house.admin(wiccarocks, "<item nick='firstwitch' role='none'/>");
    assert_eq!(house.lines(wiccarocks), ["iq error auth:forbidden"]);
}

#[test]
fn the_banned_stay_out_and_are_listed_with_the_reason() {
    let (mut house, crone, _, hag) = coven(RoomConfig::default());
    house.admin(crone, "<item affiliation='outcast' jid='hag66@localhost'><reason>Treason</reason></item>");
    assert_eq!(
        house.lines(hag),
        ["presence thirdwitch unavailable outcast/none jid=hag66@localhost/pda by=firstwitch because=Treason 301,110"]
    );
    house.join(hag, "thirdwitch");
    assert_eq!(house.lines(hag), ["presence thirdwitch error auth:forbidden"]);
    house.hush();
    house.send(
        crone,
        &format!("<iq to='{ROOM}' type='get' id='l'><query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='outcast'/></query></iq>"),
    );
    let list = house.read(crone).remove(0).to_xml();
    assert!(list.contains("jid='hag66@localhost'><reason>Treason</reason>"), "{list}");
}

#[test]
fn several_items_are_all_carried_out_or_none() {
    let (mut house, crone, _, hag) = coven(RoomConfig::default());
    house.admin(crone, "<item nick='thirdwitch' role='none'/><item nick='nobody' role='none'/>");
    assert_eq!(house.lines(crone), ["iq error cancel:item-not-found"]);
    assert!(house.lines(hag).is_empty());
    house.admin(crone, "<item jid='crone1@localhost' affiliation='none'/>");
    assert_eq!(house.lines(crone), ["iq error cancel:conflict"], "a room keeps an owner");
}

#[test]
fn a_change_for_somebody_absent_is_a_message_to_those_who_may_know() {
    let (mut house, crone, wiccarocks, _) = coven(RoomConfig::default());
    house.admin(crone, "<item affiliation='member' jid='absent@localhost'/>");
    assert_eq!(house.lines(crone), ["message member/- jid=absent@localhost", "iq result"]);
    assert!(house.lines(wiccarocks).is_empty());
}

#[test]
fn a_room_that_becomes_members_only_shows_strangers_out() {
    let (mut house, crone, wiccarocks, hag) = coven(RoomConfig::default());
    house.admin(crone, "<item affiliation='member' jid='wiccarocks@localhost'/>");
    house.hush();
    house.configure(crone, &[("muc#roomconfig_membersonly", "1")]);
    assert_eq!(
        house.lines(hag),
        ["message 104", "presence thirdwitch unavailable none/none jid=hag66@localhost/pda 322,110"]
    );
    house.hush();
    house.join(hag, "thirdwitch");
    assert_eq!(house.lines(hag), ["presence thirdwitch error auth:registration-required"]);
    house.admin(crone, "<item affiliation='none' jid='wiccarocks@localhost'/>");
    assert_eq!(
        house.lines(wiccarocks),
        ["presence secondwitch unavailable none/none jid=wiccarocks@localhost/laptop by=firstwitch 321,110"]
    );
}

#[test]
fn a_password_is_asked_for_and_a_full_room_still_takes_admins() {
    let (mut house, crone, _, hag) = coven(RoomConfig::default());
    house.configure(crone, &[("muc#roomconfig_roomsecret", "cauldronburn"), ("muc#roomconfig_maxusers", "2")]);
    house.leave(hag);
    house.hush();
    house.join(hag, "thirdwitch");
    assert_eq!(house.lines(hag), ["presence thirdwitch error auth:not-authorized"]);
    let with_password = format!(
        "<presence to='{ROOM}/thirdwitch'><x xmlns='http://jabber.org/protocol/muc'><password>cauldronburn</password></x></presence>"
    );
    house.send(hag, &with_password);
    assert_eq!(house.lines(hag), ["presence thirdwitch error wait:service-unavailable"]);
    house.admin(crone, "<item affiliation='admin' jid='hag66@localhost'/>");
    house.send(hag, &with_password);
    assert!(
        house.lines(hag).contains(&"presence thirdwitch admin/moderator jid=hag66@localhost/pda 170,110".to_owned())
    );
}

#[test]
fn a_locked_room_opens_with_its_configuration_and_goes_when_it_is_cancelled() {
    for (form, opens) in [("submit", true), ("cancel", false)] {
        let mut house = House::with(Policy::default(), RoomConfig::default(), None, true);
        let (crone, hag) = (house.person(1, "crone1@localhost/desktop"), house.person(2, "hag66@localhost/pda"));
        house.join(crone, "firstwitch");
        house.join(hag, "thirdwitch");
        assert_eq!(house.lines(hag), ["presence thirdwitch error cancel:item-not-found"]);
        house.send(
            crone,
            &format!("<iq to='{ROOM}' type='set' id='c'><query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='{form}'/></query></iq>"),
        );
        assert_eq!(house.destroyed, !opens);
        house.join(hag, "thirdwitch");
        assert_eq!(house.people[&hag].role.is_some(), opens);
    }
}

#[test]
fn what_a_moderator_takes_back_leaves_memory_and_archive() {
    let (mut house, crone, _, hag) = coven(RoomConfig::default());
    house.say(hag, "inappropriate");
    let id = parterre_room::LogId(house.clock);
    house.hush();
    let moderate = |id: &str| {
        format!(
            "<iq to='{ROOM}' type='set' id='r'><moderate id='{id}' xmlns='urn:xmpp:message-moderate:1'><retract xmlns='urn:xmpp:message-retract:1'/><reason>no</reason></moderate></iq>"
        )
    };
    house.send(hag, &moderate(&id.to_string()));
    assert_eq!(house.lines(hag), ["iq error auth:forbidden"]);
    house.send(crone, &moderate("0000000000000001"));
    assert_eq!(house.lines(crone), ["iq error cancel:item-not-found"]);
    house.send(crone, &moderate(&id.to_string()));
    let announced = house.read(hag).remove(0).to_xml();
    for part in [
        "urn:xmpp:message-moderate:1",
        "urn:xmpp:message-moderate:0",
        "<reason>no</reason>",
        "coven@room.localhost/firstwitch",
    ] {
        assert!(announced.contains(part), "{announced}");
    }
    let buried = house.stored.iter().find_map(|change| match change {
        Change::Replace { id: which, stanza } if *which == id => Some(stanza.clone()),
        _ => None,
    });
    assert!(buried.is_some_and(|stone| stone.contains("<retracted") && !stone.contains("inappropriate")));
    let late = house.person(9, "late@localhost/a");
    house.join(late, "late");
    let seen: String = house.read(late).iter().map(ToString::to_string).collect();
    assert!(!seen.contains("inappropriate") && seen.contains("<retracted"), "{seen}");
}

#[test]
fn the_newest_page_is_answered_from_memory() {
    let (mut house, crone, _, hag) = coven(RoomConfig::default());
    for text in ["one", "two", "three"] {
        house.say(crone, text);
    }
    house.hush();
    house.send(hag, &format!("<iq to='{ROOM}' type='set' id='h'><query xmlns='urn:xmpp:mam:2' queryid='f27'><set xmlns='http://jabber.org/protocol/rsm'><max>2</max><before/></set></query></iq>"));
    let page: Vec<_> = house.read(hag).iter().map(ToString::to_string).collect();
    let [two, three, fin] = page.as_slice() else { panic!("{page:#?}") };
    assert!(two.contains("queryid='f27'") && two.contains("<body>two</body>") && three.contains("<body>three</body>"));
    assert!(
        fin.contains("<first index='1'>") && fin.contains("<count>3</count>") && !fin.contains("complete"),
        "{fin}"
    );
}

#[test]
fn destroying_tells_everybody_where_to_go() {
    let (mut house, crone, _, hag) = coven(RoomConfig::default());
    house.send(crone, &format!("<iq to='{ROOM}' type='set' id='d'><query xmlns='http://jabber.org/protocol/muc#owner'><destroy jid='coven2@room.localhost'><reason>Macbeth doth come.</reason></destroy></query></iq>"));
    assert_eq!(house.lines(hag), ["presence thirdwitch unavailable none/none jid=hag66@localhost/pda destroy 110"]);
    assert_eq!(house.lines(crone).last().unwrap(), "iq result");
    assert!(house.destroyed && house.room.is_empty());
}

#[test]
fn private_messages_reach_one_person_by_nick() {
    let (mut house, crone, wiccarocks, hag) = coven(RoomConfig::default());
    let pm = format!("<message to='{ROOM}/firstwitch' type='chat' id='p'><body>psst</body></message>");
    house.send(wiccarocks, &pm);
    let got = house.read(crone).remove(0);
    assert_eq!((got.get("from"), got.get("type")), (Some("coven@room.localhost/secondwitch"), Some("chat")));
    assert!(got.has("x", "http://jabber.org/protocol/muc#user") && house.lines(hag).is_empty());
    house.configure(crone, &[("muc#roomconfig_allowpm", "none")]);
    house.hush();
    house.send(wiccarocks, &pm);
    assert_eq!(house.lines(wiccarocks), ["message firstwitch error cancel:policy-violation"]);
}

#[test]
fn self_ping_tells_whether_one_is_still_in() {
    let (mut house, _, _, hag) = coven(RoomConfig::default());
    let ping = format!("<iq to='{ROOM}/thirdwitch' type='get' id='s'><ping xmlns='urn:xmpp:ping'/></iq>");
    house.send(hag, &ping);
    assert_eq!(house.lines(hag), ["iq thirdwitch result"]);
    house.command(Action::SessionEnded(hag, None));
    house.hush();
    house.send(hag, &ping);
    assert_eq!(house.lines(hag), ["iq thirdwitch error cancel:not-acceptable"]);
}

#[test]
fn two_clients_of_one_account_share_a_nick() {
    let (mut house, crone, _, hag) = coven(RoomConfig::default());
    let tablet = house.person(4, "hag66@localhost/tablet");
    house.join(tablet, "thirdwitch");
    assert_eq!(house.room.occupants(), 3);
    house.hush();
    house.leave(hag);
    assert_eq!(house.lines(hag), ["presence thirdwitch unavailable none/none jid=hag66@localhost/pda 110"]);
    assert_eq!(house.lines(crone), ["presence thirdwitch none/participant jid=hag66@localhost/tablet"]);
    house.say(tablet, "still here");
    assert_eq!(house.lines(crone), ["message thirdwitch body=still here"]);
}

#[test]
fn members_reserve_nicks_and_strangers_cannot() {
    let (mut house, crone, wiccarocks, hag) = coven(RoomConfig::default());
    house.admin(crone, "<item affiliation='member' jid='hag66@localhost'/>");
    house.hush();
    let register = |nick: &str| {
        format!(
            "<iq to='{ROOM}' type='set' id='g'><query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#register</value></field><field var='muc#register_roomnick'><value>{nick}</value></field></x></query></iq>"
        )
    };
    house.send(wiccarocks, &register("other"));
    assert_eq!(house.lines(wiccarocks), ["iq error auth:registration-required"]);
    house.send(hag, &register("thirdwitch"));
    assert_eq!(house.lines(hag), ["presence thirdwitch member/participant jid=hag66@localhost/pda 110", "iq result"]);
    house.leave(hag);
    house.hush();
    house.send(wiccarocks, &format!("<presence to='{ROOM}/thirdwitch'/>"));
    assert_eq!(house.lines(wiccarocks), ["presence thirdwitch error cancel:conflict"]);
}

#[test]
fn an_invitation_comes_from_the_room_and_names_the_inviter_by_nick() {
    let (mut house, crone, _, _) = coven(RoomConfig::default());
    house.send(crone, &format!("<message to='{ROOM}' id='i'><x xmlns='http://jabber.org/protocol/muc#user'><invite to='hecate@localhost'/></x></message>"));
    let invite = house.routed.remove(0);
    assert_eq!((invite.get("from"), invite.get("to")), (Some(ROOM), Some("hecate@localhost")));
    let inner = invite.find("x", "http://jabber.org/protocol/muc#user").unwrap().find_own("invite").unwrap();
    assert_eq!(inner.get("from"), Some("coven@room.localhost/firstwitch"));
}

#[test]
fn the_site_s_subject_is_the_room_s_and_is_told_once() {
    let policy = Policy { max_subject_bytes: 9, ..Policy::default() };
    let mut house = House::with(policy, RoomConfig::default(), Some("crone1@localhost"), false);
    let crone = house.person(1, "crone1@localhost/desktop");
    house.join(crone, "firstwitch");
    house.hush();
    for _ in 0..2 {
        house.command(Action::SetSubject("Be kind\u{0}, é".into()));
    }
    assert_eq!(house.lines(crone), ["message subject=Be kind, "]);
    let hag = house.person(2, "hag66@localhost/pda");
    house.join(hag, "thirdwitch");
    assert_eq!(house.lines(hag).last().unwrap(), "message subject=Be kind,  delayed");
}

#[test]
fn only_moderators_change_the_subject_unless_participants_may() {
    let (mut house, crone, _, hag) = coven(RoomConfig::default());
    let change = format!("<message to='{ROOM}' type='groupchat'><subject>Fire Burn</subject></message>");
    house.send(hag, &change);
    assert_eq!(house.lines(hag), ["message error auth:forbidden"]);
    house.configure(crone, &[("muc#roomconfig_changesubject", "1")]);
    house.hush();
    house.send(hag, &change);
    assert_eq!(house.lines(crone), ["message thirdwitch subject=Fire Burn"]);
}

#[test]
fn voice_is_asked_for_by_form_and_given_by_form() {
    let (mut house, crone, _, hag) = coven(RoomConfig::default());
    house.admin(crone, "<item nick='thirdwitch' role='visitor'/>");
    house.hush();
    house.say(hag, "unheard");
    assert_eq!(house.lines(hag), ["message error auth:forbidden"]);
    let form = |more: &str| {
        format!(
            "<message to='{ROOM}'><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#request</value></field><field var='muc#role'><value>participant</value></field>{more}</x></message>"
        )
    };
    house.send(hag, &form(""));
    assert!(house.read(crone).remove(0).to_xml().contains("hag66@localhost/pda"));
    house.send(crone, &form("<field var='muc#jid'><value>hag66@localhost/pda</value></field><field var='muc#request_allow'><value>true</value></field>"));
    assert_eq!(house.lines(hag), ["presence thirdwitch none/participant jid=hag66@localhost/pda by=firstwitch 110"]);
}
