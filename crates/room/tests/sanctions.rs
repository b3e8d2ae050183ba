//! Mutes and bans that end, that stick meanwhile, and that follow people without an account.

#![allow(missing_docs, clippy::unwrap_used)]

mod house;

use std::num::NonZeroU64;
use std::sync::Arc;

use house::{House, ROOM};
use parterre_room::{Action, Change, Origin, Policy, Room, RoomConfig, SessionId, Snapshot};
use parterre_xmpp::{BareJid, Timestamp};

/// A lasting room with a host, somebody with an account and somebody without.
fn room() -> (House, SessionId, SessionId, SessionId) {
    let config = RoomConfig { persistent: true, ..RoomConfig::default() };
    let mut house = House::new(config, Some("host@localhost"));
    let host = house.person(1, "host@localhost/a");
    let lou = house.person(2, "lou@localhost/a");
    let guest = person(&mut house, 3, "x1@anon.localhost/a", 7);
    for (who, nick) in [(host, "host"), (lou, "lou"), (guest, "guest")] {
        house.join(who, nick);
    }
    house.hush();
    (house, host, lou, guest)
}

fn person(house: &mut House, session: u64, jid: &str, origin: u64) -> SessionId {
    let id = house.person(session, jid);
    house.people.get_mut(&id).unwrap().sender.origin = NonZeroU64::new(origin).map(Origin);
    id
}

fn expiry(seconds: u32) -> String {
    format!("<expiry xmlns='urn:parterre:moderation:0' seconds='{seconds}'/>")
}

/// The time comes to the next deadline, and the room is told.
fn pass(house: &mut House) {
    house.clock = house.room.next_deadline().unwrap().0 as u64;
    house.command(Action::Due);
}

#[test]
fn a_timed_mute_is_told_sticks_and_ends_by_itself() {
    let (mut house, host, lou, _) = room();
    house.admin(host, &format!("<item nick='lou' role='visitor'><reason>Calm</reason>{}</item>", expiry(600)));
    let told = house.read(lou).remove(0).to_xml();
    let until = house.room.next_deadline().unwrap();
    assert_eq!(until, Timestamp(house.clock as i64 + 600_000_000));
    assert!(told.contains(&format!("<expiry xmlns='urn:parterre:moderation:0' until='{until}'/>")), "{told}");
    assert!(told.contains("role='visitor'") && told.contains("<reason>Calm</reason>"), "{told}");
    // Neither another nick, nor going and coming back, nor asking.
    house.send(lou, &format!("<presence to='{ROOM}/other'/>"));
    house.leave(lou);
    house.join(lou, "lou");
    house.hush();
    house.say(lou, "hi");
    let voice = "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#request</value></field></x>";
    house.send(lou, &format!("<message to='{ROOM}'>{voice}</message>"));
    for refusal in house.read(lou) {
        let refusal = refusal.to_xml();
        assert!(refusal.contains("<forbidden") && refusal.contains(&format!("muted you until {until}")), "{refusal}");
        assert!(refusal.contains(&format!("until='{until}'/>")), "{refusal}");
    }
    assert!(house.read(host).is_empty());
    pass(&mut house);
    assert_eq!(house.lines(lou), ["presence lou none/participant jid=lou@localhost/a 110"]);
    assert_eq!(house.room.next_deadline(), None);
    house.say(lou, "hi");
    assert_eq!(house.lines(lou), ["message lou body=hi"]);
}

#[test]
fn whoever_is_muted_writes_to_moderators_only() {
    let (mut house, host, lou, guest) = room();
    let tell = |nick: &str| format!("<message to='{ROOM}/{nick}' type='chat' id='p'><body>psst</body></message>");
    for (item, end) in [(String::new(), false), (expiry(600), true)] {
        house.admin(host, &format!("<item nick='lou' role='visitor'>{item}</item>"));
        house.hush();
        house.send(lou, &tell("guest"));
        let refusal = house.read(lou).remove(0).to_xml();
        assert!(refusal.contains("<forbidden") && refusal.contains("until='") == end, "{refusal}");
        assert!(house.read(guest).is_empty());
        house.send(lou, &tell("host"));
        assert!(house.read(host).remove(0).to_xml().contains("psst"));
        house.send(guest, &tell("lou"));
        assert!(house.read(lou).remove(0).to_xml().contains("psst"), "others may write to them");
        house.admin(host, "<item nick='lou' role='participant'/>");
        house.hush();
        house.send(lou, &tell("guest"));
        assert!(house.read(guest).remove(0).to_xml().contains("psst"));
    }
}

#[test]
fn giving_voice_back_undoes_a_mute_everywhere() {
    let (mut house, host, lou, guest) = room();
    let phone = house.person(4, "lou@localhost/phone");
    house.join(phone, "lou too");
    house.admin(host, &format!("<item nick='lou' role='visitor'>{}</item>", expiry(600)));
    house.hush();
    house.say(phone, "hi");
    assert_eq!(house.lines(phone), ["message error auth:forbidden"], "a mute is the account's");
    house.admin(host, "<item nick='lou' role='participant'/>");
    house.hush();
    house.say(phone, "hi");
    house.say(lou, "hi");
    assert_eq!(house.lines(lou), ["message lou too body=hi", "message lou body=hi"]);
    assert_eq!(house.room.next_deadline(), None);
    // Choosing a name gives voice, but not to the muted.
    let watcher = person(&mut house, 5, "x2@anon.localhost/a", 9);
    house.join(watcher, "Anonymous 1");
    house.admin(host, "<item nick='Anonymous 1' role='visitor'/><item nick='guest' role='visitor'/>");
    house.hush();
    house.send(watcher, &format!("<presence to='{ROOM}/chosen'/>"));
    assert!(house.lines(watcher).last().unwrap().contains("chosen none/visitor"));
    assert!(house.lines(guest).is_empty() || house.people[&guest].role == Some(parterre_room::Role::Visitor));
}

#[test]
fn a_mute_of_somebody_who_left_is_lifted_by_address() {
    let (mut house, host, lou, guest) = room();
    house.admin(host, &format!("<item nick='lou' role='visitor'>{}</item>", expiry(600)));
    house.leave(lou);
    house.hush();
    let lift = "<item jid='lou@localhost' role='participant'/>";
    house.admin(guest, lift);
    assert_eq!(house.lines(guest), ["iq error cancel:item-not-found"], "only moderators learn who is muted");
    house.admin(host, "<item jid='lou@localhost' role='moderator'/>");
    assert_eq!(house.lines(host), ["iq error cancel:item-not-found"], "a role is for those who are here");
    house.admin(host, lift);
    assert_eq!(house.lines(host), ["iq result"]);
    assert_eq!(house.room.next_deadline(), None);
    house.join(lou, "lou");
    house.hush();
    house.say(lou, "hi");
    assert_eq!(house.lines(lou), ["message lou body=hi"]);
    house.admin(host, "<item jid='nobody@localhost' role='participant'/>");
    assert_eq!(house.lines(host), ["message lou body=hi", "iq error cancel:item-not-found"]);
}

#[test]
fn lifting_the_mute_of_an_address_gives_back_every_voice_from_there() {
    let (mut house, host, _, guest) = room();
    house.admin(host, "<item nick='guest' role='visitor'/>");
    house.leave(guest);
    let neighbour = person(&mut house, 6, "x6@anon.localhost/a", 7);
    house.join(neighbour, "neighbour");
    house.hush();
    house.admin(host, "<item jid='x1@anon.localhost' role='participant'/>");
    assert_eq!(house.lines(neighbour), ["presence neighbour none/participant jid=x6@anon.localhost/a by=host 110"]);
}

#[test]
fn a_mute_is_kept_with_the_room() {
    let (mut house, host, lou, _) = room();
    house.admin(host, "<item nick='lou' role='visitor'/>");
    let settings = house.stored.iter().rev().find_map(|change| match change {
        Change::Settings(settings) => Some(settings.clone()),
        _ => None,
    });
    let snapshot = Snapshot { settings: settings.unwrap(), ..Snapshot::default() };
    house.room = Room::restore(BareJid::new(ROOM).unwrap(), Arc::new(Policy::default()), snapshot).unwrap();
    house.people.get_mut(&lou).unwrap().role = None;
    house.hush();
    house.join(lou, "lou");
    let own = house.lines(lou);
    assert!(own.iter().any(|line| line.contains("lou none/visitor")), "{own:?}");
}

#[test]
fn a_timed_ban_says_why_and_until_when_and_ends() {
    let (mut house, host, lou, _) = room();
    house.admin(
        host,
        &format!("<item jid='lou@localhost' affiliation='outcast'><reason>Spam</reason>{}</item>", expiry(60)),
    );
    let until = house.room.next_deadline().unwrap();
    let gone = house.read(lou).remove(0).to_xml();
    assert!(gone.contains(&format!("until='{until}'")) && gone.contains("code='301'"), "{gone}");
    assert!(gone.contains("<actor nick='host'/>") && gone.contains("<reason>Spam</reason>"), "{gone}");
    house.join(lou, "lou");
    let refusal = house.read(lou).remove(0).to_xml();
    for part in ["<forbidden", "Reason: Spam", &format!("until='{until}'><reason>Spam</reason></expiry>")] {
        assert!(refusal.contains(part), "{part}: {refusal}");
    }
    house.hush();
    pass(&mut house);
    assert_eq!(house.lines(host), ["message none/- jid=lou@localhost"]);
    house.join(lou, "lou");
    assert!(house.people[&lou].role.is_some());
}

#[test]
fn a_ban_for_good_has_no_end_and_one_without_sense_is_refused() {
    let (mut house, host, lou, _) = room();
    for seconds in ["0", "-1", "x", "", "99999999999"] {
        house.admin(
            host,
            &format!(
                "<item nick='lou' role='visitor'><expiry xmlns='urn:parterre:moderation:0' seconds='{seconds}'/></item>"
            ),
        );
        assert_eq!(house.lines(host), ["iq error modify:bad-request"], "{seconds}");
    }
    house.admin(host, "<item jid='lou@localhost' affiliation='outcast'/>");
    assert_eq!(house.room.next_deadline(), None);
    house.hush();
    house.join(lou, "lou");
    assert!(house.read(lou).remove(0).to_xml().contains("<expiry xmlns='urn:parterre:moderation:0'/>"));
}

#[test]
fn a_ban_without_an_account_is_for_where_one_comes_from() {
    let (mut house, host, _, guest) = room();
    house.say(guest, "flood");
    house.leave(guest);
    let neighbour = person(&mut house, 4, "x2@anon.localhost/a", 7);
    house.join(neighbour, "neighbour");
    // Though they have left already.
    house.admin(host, "<item jid='x1@anon.localhost' affiliation='outcast'><reason>Flood</reason></item>");
    assert!(house.people[&neighbour].role.is_some(), "who is in stays");
    let end = house.room.next_deadline().unwrap();
    assert_eq!(end.0, house.clock as i64 + 86_400_000_000, "it is bounded");
    let again = person(&mut house, 5, "x3@anon.localhost/a", 7);
    house.join(again, "guest");
    let refusal = house.read(again).remove(0).to_xml();
    assert!(refusal.contains("<forbidden") && refusal.contains("Reason: Flood"), "{refusal}");
    house.send(again, &format!("<iq to='{ROOM}' type='set' id='h'><query xmlns='urn:xmpp:mam:2'/></iq>"));
    assert_eq!(house.lines(again), ["iq error auth:forbidden"], "nor may they read");
    // Others come in, with an account even from there.
    let (elsewhere, unknown) =
        (person(&mut house, 6, "x4@anon.localhost/a", 8), house.person(7, "x5@anon.localhost/a"));
    let account = person(&mut house, 8, "ann@localhost/a", 7);
    for (who, nick) in [(elsewhere, "e"), (unknown, "u"), (account, "a")] {
        house.join(who, nick);
        assert!(house.people[&who].role.is_some(), "{nick}");
    }
    house.admin(host, "<item jid='x1@anon.localhost' affiliation='none'/>");
    house.join(again, "guest");
    assert!(house.people[&again].role.is_some(), "it is lifted with the ban");
}

#[test]
fn a_mute_without_an_account_is_found_again_after_a_reload() {
    let (mut house, host, _, guest) = room();
    house.admin(host, &format!("<item nick='guest' role='visitor'>{}</item>", expiry(60)));
    house.leave(guest);
    let again = person(&mut house, 4, "x2@anon.localhost/a", 7);
    house.join(again, "guest");
    let own = house.read(again).iter().map(ToString::to_string).collect::<String>();
    assert!(own.contains("role='visitor'") && own.contains("<expiry"), "{own}");
    house.send(again, &format!("<presence to='{ROOM}/renamed'/>"));
    assert_eq!(house.people[&again].role, Some(parterre_room::Role::Visitor));
    pass(&mut house);
    assert_eq!(house.people[&again].role, Some(parterre_room::Role::Participant));
}

#[test]
fn there_are_so_many_sanctions_and_no_more() {
    let policy = Policy { max_sanctions: 1, ..Policy::default() };
    let mut house = House::with(policy, RoomConfig::default(), Some("host@localhost"), false);
    let host = house.person(1, "host@localhost/a");
    house.join(host, "host");
    house.hush();
    let ban =
        |account: &str, expiry: &str| format!("<item jid='{account}@localhost' affiliation='outcast'>{expiry}</item>");
    let (minute, hour) = (expiry(60), expiry(3_600));
    let (fine, full) = ("iq result", "iq error wait:resource-constraint");
    for (items, answer) in [
        ([ban("a", &minute), ban("b", &minute)].concat(), full),
        (ban("a", &minute), fine),
        (ban("b", &minute), full),
        // What is there can be changed, and a ban for good is none of them.
        (ban("a", &hour), fine),
        (ban("b", ""), fine),
    ] {
        house.admin(host, &items);
        assert_eq!(house.lines(host).last().unwrap(), answer, "{items}");
    }
}
