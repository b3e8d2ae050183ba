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

/// What of the history somebody gets who comes now, in short.
fn history(house: &mut House, session: u64, wish: &str) -> Vec<String> {
    let late = house.person(session, &format!("late{session}@localhost/a"));
    house.send(
        late,
        &format!("<presence to='{ROOM}/late{session}'><x xmlns='http://jabber.org/protocol/muc'>{wish}</x></presence>"),
    );
    let got = house.lines(late).into_iter().filter(|line| line.starts_with("message") && !line.contains("subject="));
    let got = got.collect();
    house.leave(late);
    got
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
fn reactions_take_no_place_of_messages_in_the_history() {
    let (mut house, host, lou) = room(Policy { history_on_join: 3, ..Policy::default() });
    for text in ["one", "two", "three", "four"] {
        house.say(host, text);
    }
    let react = |emoji: &str| {
        format!("<reactions xmlns='urn:xmpp:reactions:0' id='1'><reaction>{emoji}</reaction></reactions>")
    };
    send(&mut house, lou, &react("👍"));
    house.say(host, "five");
    send(&mut house, lou, &react("👍"));
    let messages = ["message host body=three delayed", "message host body=four delayed"];
    let (reaction, five) = ("message lou delayed", "message host body=five delayed");
    assert_eq!(history(&mut house, 10, ""), [messages[0], messages[1], reaction, five, reaction]);
    assert_eq!(history(&mut house, 11, "<history maxstanzas='1'/>"), [five, reaction]);
    assert_eq!(history(&mut house, 12, "<history maxstanzas='0'/>"), [""; 0]);
    // Of reactions there are no more than of messages, the newest ones; and all that is at hand does not go for them.
    for _ in 0..100 {
        send(&mut house, lou, &react("🎉"));
    }
    assert_eq!(
        history(&mut house, 13, ""),
        [messages[0], messages[1], five, reaction, reaction, reaction],
        "three of each"
    );
}

#[test]
fn what_is_left_of_a_message_has_its_place_in_the_history_and_what_took_it_back_has_none() {
    let (mut house, host, lou) = room(Policy { history_on_join: 2, ..Policy::default() });
    house.say(host, "one");
    house.say(lou, "two");
    let two = LogId(house.clock);
    send(
        &mut house,
        lou,
        &format!("<retract xmlns='urn:xmpp:message-retract:1' id='{two}'/><body>/me retracted a message</body>"),
    );
    assert_eq!(
        history(&mut house, 10, ""),
        ["message host body=one delayed", "message lou delayed", "message lou body=/me retracted a message delayed"]
    );
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
