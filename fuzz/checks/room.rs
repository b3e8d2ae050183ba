//! Any commands to a room. A line of the input is a command: a digit names a session, and the rest is the stanza
//! that it sends; `-` and a digit ends a session; `!` is the next deadline; anything else is the passing of time. The room
//! has an archive that reaches further back than its memory; what it asks of it is answered in turn by a message of
//! each kind of author, by none, and by an error.
//!
//! What holds: no panic, the same effects twice, and sessions enter before they leave, once each.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::sync::Arc;

use parterre_room::{
    Action, ArchivedMessage, Command, Effect, LogId, Origin, Past, Policy, Recall, Role, Room, RoomConfig,
    RoomDefaults, Sender, SessionId,
};
use parterre_xmpp::{BareJid, Element, FullJid};

/// When the first command comes.
const START: u64 = 1_700_000_000_000_000;

/// Panics if it does not hold for `data`.
pub(crate) fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (Some(mut one), Some(mut other)) = (room(), room()) else {
        return;
    };
    let mut inside: BTreeMap<SessionId, Role> = BTreeMap::new();
    for (at, line) in text.lines().enumerate() {
        let Some(action) = action(line) else { continue };
        let mut actions = vec![action];
        while let Some(action) = actions.pop() {
            let at = LogId(START + at as u64 * 1_000_000);
            let id = if line.starts_with('!') { one.next_deadline().map_or(at, |end| LogId(end.0 as u64)) } else { at };
            let id = id.max(LogId(one.place().0 + 1));
            let (mut effects, mut again) = (Vec::new(), Vec::new());
            one.apply(Command { id, action: action.clone() }, &mut effects);
            other.apply(Command { id, action }, &mut again);
            assert_eq!(effects, again, "the same commands, the same effects");
            let recalled = |effect: &Effect| match effect {
                Effect::Recall(recall) => Some(Action::Recalled(recall.clone(), remembered(recall))),
                _ => None,
            };
            actions.extend(effects.iter().filter_map(recalled));
            follow(effects, &mut inside);
        }
        let present: BTreeMap<_, _> = one
            .roster()
            .flat_map(|present| present.sessions.iter().map(move |session| (*session, present.role)))
            .collect();
        assert_eq!(inside, present, "who is there is who was let in and did not leave");
    }
}

/// Notes who is let in and who leaves.
fn follow(effects: Vec<Effect>, inside: &mut BTreeMap<SessionId, Role>) {
    for effect in effects {
        match effect {
            Effect::Enter(session, role) => assert_eq!(inside.insert(session, role), None, "entered twice"),
            Effect::Role(session, role) => assert!(inside.insert(session, role).is_some(), "a role for nobody"),
            Effect::Leave(session) => assert!(inside.remove(&session).is_some(), "left twice"),
            _ => {}
        }
    }
}

/// What the store says of a message that is no longer at hand.
fn remembered(recall: &Recall) -> Result<Option<String>, ()> {
    match recall.id.0 % 4 {
        0 => Err(()),
        1 => Ok(None),
        2 => Ok(Some("<message xmlns='jabber:client' type='groupchat'><body>old</body></message>".to_owned())),
        _ => Ok(Some("no XML".to_owned())),
    }
}

fn room() -> Option<Room> {
    let policy = Policy { presence_everyone_up_to: 2, presence_speakers_up_to: 4, ..Policy::default() };
    let defaults = RoomDefaults { locked: false, ..RoomDefaults::new(RoomConfig::default()) };
    let address = BareJid::new("room@room.localhost").ok()?;
    let said = |n: u64| ArchivedMessage {
        id: LogId(START - 1_000_000 + n),
        from: format!("{address}/u0"),
        author: BareJid::new("u0@localhost").ok(),
        stanza: format!(
            "<message xmlns='jabber:client' type='groupchat' from='{address}/u0'><body>{n}</body></message>"
        ),
    };
    let past = Past { recent: (0..3).map(said).collect(), archived: 100 };
    Some(Room::create(address.clone(), Arc::new(policy), [7; 32], defaults, &past))
}

fn action(line: &str) -> Option<Action> {
    if let Some(session) = line.strip_prefix('-') {
        return Some(Action::SessionEnded(session_of(session)?, Some(line.to_owned())));
    }
    if line.starts_with('!') {
        return Some(Action::Due);
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
    let origin = NonZeroU64::new(account / 2).map(Origin);
    let sender = Sender { session, jid, anonymous, admin: false, vouched: None, nick: None, avatar: None, origin };
    Some(Action::Stanza(Box::new(sender), stanza))
}

fn session_of(line: &str) -> Option<SessionId> {
    Some(SessionId(line.chars().next()?.to_digit(10)?.into()))
}
