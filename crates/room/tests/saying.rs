//! What is said: what of it is kept, what passes, and what newcomers get of it.

#![allow(missing_docs, clippy::unwrap_used)]

mod house;

use house::{House, ROOM};
use parterre_room::{Change, LogId, Policy, RoomConfig, SessionId, Strain};
use parterre_xmpp::Element;

const HINTS: &str =
    "<no-store xmlns='urn:xmpp:hints'/><no-permanent-store xmlns='urn:xmpp:hints'/><no-copy xmlns='urn:xmpp:hints'/>";
const COMPOSING: &str = "<composing xmlns='http://jabber.org/protocol/chatstates'/>";

fn room(policy: Policy) -> (House, SessionId, SessionId) {
    let mut house = House::with(policy, RoomConfig::default(), Some("host@localhost"), false);
    let host = house.person(1, "host@localhost/a");
    let lou = house.person(2, "lou@localhost/a");
    house.join(host, "host");
    house.join(lou, "lou");
    house.hush();
    (house, host, lou)
}

/// Sends it to the room, and gives what the sender got for it.
fn send(house: &mut House, who: SessionId, inner: &str) -> Vec<Element> {
    house.hush();
    house.send(who, &format!("<message to='{ROOM}' type='groupchat' id='m{}'>{inner}</message>", house.clock));
    house.read(who)
}

#[test]
fn a_chat_state_is_one_whatever_hints_stand_beside_it() {
    let (mut house, host, lou) = room(Policy { chat_states_up_to: 2, ..Policy::default() });
    let hinted = format!("{COMPOSING}{HINTS}");
    for inner in [COMPOSING, &hinted] {
        assert_eq!(send(&mut house, lou, inner).len(), 1, "a small room passes it on");
    }
    house.command(parterre_room::Action::Strain(Strain { step: 1, window: 20, every: 1 }));
    assert!(send(&mut house, lou, &hinted).is_empty(), "not under strain");
    house.command(parterre_room::Action::Strain(Strain::default()));
    let third = house.person(3, "third@localhost/a");
    house.join(third, "third");
    for inner in [COMPOSING, &hinted] {
        assert!(send(&mut house, lou, inner).is_empty(), "a larger one does not: {inner}");
        assert!(house.lines(host).is_empty());
    }
    assert!(house.stored.is_empty());
}

#[test]
fn what_everybody_reads_is_kept_and_can_be_taken_back_whatever_its_author_asks() {
    let (mut house, host, lou) = room(Policy::default());
    let said = send(&mut house, lou, &format!("<body>rude</body>{HINTS}")).remove(0);
    let id = said.find("stanza-id", "urn:xmpp:sid:0").unwrap().get("id").unwrap().to_owned();
    let kept = |change: &Change| matches!(change, Change::Message(message) if message.stanza.contains("rude"));
    assert!(house.stored.iter().any(kept));
    house.send(
        host,
        &format!("<iq to='{ROOM}' type='set' id='r'><moderate id='{id}' xmlns='urn:xmpp:message-moderate:1'><retract xmlns='urn:xmpp:message-retract:1'/></moderate></iq>"),
    );
    assert_eq!(house.lines(host).last().unwrap(), "iq result");
    let marker = format!("<displayed xmlns='urn:xmpp:chat-markers:0' id='m'/>{HINTS}");
    let passed = send(&mut house, lou, &marker).remove(0);
    assert!(!passed.has("stanza-id", "urn:xmpp:sid:0"), "what says nothing only passes");
}

#[test]
fn that_a_moderator_took_it_back_no_author_wipes_out() {
    let (mut house, host, lou) = room(Policy::default());
    house.say(lou, "rude");
    let id = LogId(house.clock);
    house.send(
        host,
        &format!("<iq to='{ROOM}' type='set' id='r'><moderate id='{id}' xmlns='urn:xmpp:message-moderate:1'><retract xmlns='urn:xmpp:message-retract:1'/></moderate></iq>"),
    );
    house.hush();
    let buried = house.stored.len();
    house.send(lou, &format!("<message to='{ROOM}' type='groupchat' id='gone'><retract xmlns='urn:xmpp:message-retract:1' id='{id}'/></message>"));
    assert_eq!(house.lines(lou), ["message error cancel:item-not-found"]);
    assert!(house.lines(host).is_empty() && house.stored.len() == buried);
}
