//! Who may do what to whom by the lists: nothing that an admin does reaches those above.

#![allow(missing_docs, clippy::unwrap_used)]

mod house;

use house::{House, ROOM};
use parterre_room::{Affiliation, RoomConfig, SessionId};

/// An owner, an admin, and somebody of whom a token says what they are.
fn room(vouched: Affiliation) -> (House, SessionId, SessionId, SessionId) {
    let mut house = House::new(RoomConfig::default(), Some("owner@localhost"));
    let owner = house.person(1, "owner@localhost/a");
    let admin = house.person(2, "admin@localhost/a");
    let host = house.person(3, "host@site.localhost/a");
    house.people.get_mut(&host).unwrap().sender.vouched = Some(vouched);
    house.join(owner, "Owner");
    house.admin(owner, "<item affiliation='admin' jid='admin@localhost'/>");
    house.join(admin, "Admin");
    house.join(host, "Host");
    house.hush();
    (house, owner, admin, host)
}

#[test]
fn an_entry_takes_nobody_s_nick() {
    let (mut house, owner, admin, _) = room(Affiliation::None);
    let give = |nick: &str| format!("<item affiliation='member' jid='friend@localhost' nick='{nick}'/>");
    for (who, nick) in [(admin, "Owner"), (owner, "Admin"), (admin, "Host")] {
        house.admin(who, &give(nick));
        assert_eq!(house.lines(who), ["iq error cancel:conflict"], "{nick} is somebody's who is here");
    }
    assert_eq!(house.room.occupants(), 3);
    house.admin(owner, "<item affiliation='owner' jid='owner@localhost' nick='Owner'/>");
    house.leave(owner);
    house.hush();
    house.admin(admin, &give("Owner"));
    assert_eq!(house.lines(admin), ["iq error cancel:conflict"], "it is reserved for somebody who is away");
    house.admin(admin, &give("Free"));
    assert_eq!(house.lines(admin).last().unwrap(), "iq result");
    // Many clients name the nick of whom they mean; somebody's own is no obstacle, nor is one where none is reserved.
    house.admin(admin, "<item affiliation='member' jid='host@site.localhost' nick='Host'/>");
    assert_eq!(house.lines(admin).last().unwrap(), "iq result");
    house.admin(admin, "<item affiliation='outcast' jid='troll@localhost' nick='Admin'/>");
    assert_eq!(house.lines(admin).last().unwrap(), "iq result");
    house.join(owner, "Owner");
    assert!(house.lines(owner).iter().any(|line| line.starts_with("presence Owner owner/moderator")));
}

#[test]
fn who_is_owner_or_admin_by_a_token_is_safe_from_admins() {
    for vouched in [Affiliation::Owner, Affiliation::Admin] {
        let (mut house, owner, admin, host) = room(vouched);
        for item in [
            "<item affiliation='outcast' jid='host@site.localhost'/>",
            "<item affiliation='none' nick='Host'/>",
            "<item affiliation='outcast' jid='site.localhost'/>",
            "<item role='none' nick='Host'/>",
        ] {
            house.admin(admin, item);
            assert_eq!(house.lines(admin), ["iq error cancel:not-allowed"], "{item}");
        }
        assert!(house.lines(host).is_empty());
        // Owners do as they see fit, and a ban outweighs the token.
        house.admin(owner, "<item affiliation='outcast' jid='host@site.localhost'/>");
        assert_eq!(house.people[&host].role, None);
    }
}

#[test]
fn a_token_that_says_less_protects_nobody() {
    let (mut house, _, admin, host) = room(Affiliation::Member);
    house.admin(admin, "<item affiliation='outcast' jid='site.localhost'/>");
    assert_eq!(house.people[&host].role, None);
    house.hush();
    house.send(host, &format!("<presence to='{ROOM}/Host'><x xmlns='http://jabber.org/protocol/muc'/></presence>"));
    assert_eq!(house.lines(host), ["presence Host error auth:forbidden"]);
}
