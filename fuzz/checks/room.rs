//! Any commands to a room. A line of the input is a command: a digit names a session, and the rest is the stanza
//! that it sends; `-` and a digit ends a session; anything else is the passing of time.
//!
//! What holds: no panic, the same effects twice, and sessions enter before they leave, once each.

use std::collections::BTreeMap;
use std::sync::Arc;

use parterre_room::{
    Action, Command, Effect, LogId, Past, Policy, Role, Room, RoomConfig, RoomDefaults, Sender, SessionId,
};
use parterre_xmpp::{BareJid, Element, FullJid};

/// Panics if it does not hold for `data`.
pub(crate) fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (Some(mut one), Some(mut other)) = (room(), room()) else {
        return;
    };
    let mut inside: BTreeMap<SessionId, Role> = BTreeMap::new();
    for (at, line) in text.lines().enumerate() {
        let Some(action) = action(line) else { continue };
        let id = LogId(1_700_000_000_000_000 + at as u64 * 1_000_000);
        let (mut effects, mut again) = (Vec::new(), Vec::new());
        one.apply(Command { id, action: action.clone() }, &mut effects);
        other.apply(Command { id, action }, &mut again);
        assert_eq!(effects, again, "the same commands, the same effects");
        for effect in effects {
            match effect {
                Effect::Enter(session, role) => assert_eq!(inside.insert(session, role), None, "entered twice"),
                Effect::Role(session, role) => assert!(inside.insert(session, role).is_some(), "a role for nobody"),
                Effect::Leave(session) => assert!(inside.remove(&session).is_some(), "left twice"),
                _ => {}
            }
        }
        let present: BTreeMap<_, _> = one
            .roster()
            .flat_map(|present| present.sessions.iter().map(move |session| (*session, present.role)))
            .collect();
        assert_eq!(inside, present, "who is there is who was let in and did not leave");
    }
}

fn room() -> Option<Room> {
    let policy = Policy { presence_everyone_up_to: 2, presence_speakers_up_to: 4, ..Policy::default() };
    let defaults = RoomDefaults { locked: false, ..RoomDefaults::new(RoomConfig::default()) };
    let address = BareJid::new("room@room.localhost").ok()?;
    Some(Room::create(address, Arc::new(policy), [7; 32], defaults, &Past::default()))
}

fn action(line: &str) -> Option<Action> {
    if let Some(session) = line.strip_prefix('-') {
        return Some(Action::SessionEnded(session_of(session)?, Some(line.to_owned())));
    }
    let Some(session) = session_of(line) else {
        return Some(Action::Tick);
    };
    let mut stanza: Element = line.get(1..)?.parse().ok()?;
    // Two clients share each account; the odd accounts are anonymous.
    let (account, anonymous) = (session.0 / 2, session.0 / 2 % 2 == 1);
    let domain = if anonymous { "anon.localhost" } else { "localhost" };
    let jid = FullJid::new(&format!("u{account}@{domain}/{}", session.0)).ok()?;
    stanza.set("from", jid.to_string());
    let sender = Sender { session, jid, anonymous, admin: false, vouched: None, nick: None, avatar: None };
    Some(Action::Stanza(Box::new(sender), stanza))
}

fn session_of(line: &str) -> Option<SessionId> {
    Some(SessionId(line.chars().next()?.to_digit(10)?.into()))
}
