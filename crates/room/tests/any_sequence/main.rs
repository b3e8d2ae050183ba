//! Whatever is sent to a room, in whatever order: it does not panic, it does the same twice, what everybody has
//! been told agrees with what is, and what was stored restores what lasts.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

#[path = "../house/mod.rs"]
mod house;
mod stamps;
mod steps;

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::sync::Arc;

use house::{House, ROOM, element};
use parterre_room::{
    Action, Affiliation, Audience, Change, Effect, Listed, LogId, Origin, Policy, Room, RoomConfig, SessionId, Snapshot,
};
use parterre_xmpp::{BareJid, Element};
use proptest::prelude::*;
use stamps::Stamps;
use steps::{JIDS, Step, step};

const USER: &str = "http://jabber.org/protocol/muc#user";

/// What a session has been told: nick, then affiliation and role.
type View = BTreeMap<String, (String, String)>;

struct Trial {
    house: House,
    views: BTreeMap<SessionId, View>,
    snapshot: Snapshot,
    lists: BTreeMap<BareJid, Listed>,
    last_said: LogId,
    stamps: Stamps,
}

fn policy() -> Policy {
    Policy { presence_everyone_up_to: 2, presence_speakers_up_to: 4, max_sessions_per_nick: 2, ..Policy::default() }
}

impl Trial {
    fn new() -> Self {
        let config = RoomConfig { persistent: true, ..RoomConfig::default() };
        let mut house = House::with(policy(), config, None, false);
        for (at, jid) in JIDS.iter().enumerate() {
            let id = house.person(at as u64, jid);
            // Two of the people without an account come from one place.
            let from = NonZeroU64::new(if jid.starts_with("x3") { 2 } else { 1 });
            let sender = &mut house.people.get_mut(&id).unwrap().sender;
            sender.origin = from.filter(|_| jid.contains("anon")).map(Origin);
            // The site has told of the pictures of two accounts.
            sender.avatar =
                (jid.starts_with('o')).then(|| format!("https://site.localhost/{}", sender.jid.to_bare()).into());
        }
        let mut trial = Trial {
            house,
            views: BTreeMap::new(),
            snapshot: Snapshot::default(),
            lists: BTreeMap::new(),
            last_said: LogId(0),
            stamps: Stamps::default(),
        };
        trial.take(&Step::Send(
            0,
            format!("<presence to='{ROOM}/alpha'><x xmlns='http://jabber.org/protocol/muc'/></presence>"),
        ));
        trial
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Send(who, xml) => {
                let xml = xml.replace('~', &self.last_said.to_string());
                self.house.send(SessionId(*who as u64), &xml);
            }
            Step::Ended(who) => self.house.command(Action::SessionEnded(SessionId(*who as u64), None)),
            Step::Due => {
                if let Some(deadline) = self.house.room.next_deadline() {
                    self.house.clock = self.house.clock.max(deadline.0 as u64);
                    self.house.command(Action::Due);
                    let next = self.house.room.next_deadline();
                    assert!(next.is_none_or(|next| next.0 > self.house.clock as i64), "what is over has ended");
                }
            }
            Step::Tick => self.house.command(Action::Tick),
            Step::Operator(action) => self.house.command(action.clone()),
        }
        let people: Vec<_> = self.house.people.keys().copied().collect();
        for session in people {
            for stanza in self.house.read(session) {
                self.hear(session, &stanza);
            }
            if self.house.people[&session].role.is_none() {
                self.views.remove(&session);
            }
        }
        for change in std::mem::take(&mut self.house.stored) {
            self.keep(change);
        }
    }

    fn hear(&mut self, session: SessionId, stanza: &Element) {
        self.stamps.check(&self.house, stanza);
        let Some((_, nick)) = stanza.get("from").and_then(|from| from.split_once('/')) else {
            return;
        };
        let Some(item) = stanza.find("x", USER).and_then(|x| x.find_own("item")) else {
            return;
        };
        let view = self.views.entry(session).or_default();
        let is =
            (item.get("affiliation").unwrap_or_default().to_owned(), item.get("role").unwrap_or_default().to_owned());
        match (stanza.name(), stanza.get("type")) {
            ("presence", None) => drop(view.insert(nick.to_owned(), is)),
            ("presence", Some("unavailable")) => drop(view.remove(nick)),
            _ => {}
        }
    }

    fn keep(&mut self, change: Change) {
        match change {
            Change::Settings(settings) => self.snapshot.settings = settings,
            Change::Affiliation { jid, affiliation, nick, reason } => {
                self.lists.remove(&jid);
                if affiliation != Affiliation::None || nick.is_some() {
                    self.lists.insert(jid, Listed { affiliation, nick, reason });
                }
            }
            Change::Message(message) => {
                assert!(message.id > self.last_said, "ids of messages increase");
                self.last_said = message.id;
                self.snapshot.past.recent.push(message);
                self.snapshot.past.archived += 1;
            }
            Change::Replace { id, stanza } => {
                for message in self.snapshot.past.recent.iter_mut().filter(|message| message.id == id) {
                    message.stanza.clone_from(&stanza);
                }
            }
            Change::Destroy => {
                self.snapshot = Snapshot::default();
                self.lists.clear();
            }
        }
    }

    /// What everybody has been told agrees with what is.
    fn check_views(&self) {
        let roster: BTreeMap<_, _> =
            self.house.room.roster().map(|present| (present.nick.to_owned(), present)).collect();
        for present in roster.values() {
            for session in present.sessions {
                let told = self.house.people[session].role;
                assert_eq!(told, Some(present.role), "{session:?} is broadcast to by its role");
                let view = self.views.get(session).cloned().unwrap_or_default();
                for (nick, (affiliation, role)) in &view {
                    let Some(shown) = roster.get(nick) else {
                        panic!("{session:?} ({}) still sees {nick}, who has left", present.nick)
                    };
                    assert_eq!(shown.role.as_str(), role, "{session:?} knows the role of {nick}");
                    assert_eq!(shown.affiliation.as_str(), affiliation, "{session:?} knows the affiliation of {nick}");
                }
                assert!(view.contains_key(present.nick), "{session:?} knows itself as {}", present.nick);
                for (nick, other) in &roster {
                    assert!(!other.announced || view.contains_key(nick), "{session:?} has not been told of {nick}");
                }
            }
        }
        let inside: usize = roster.values().map(|present| present.sessions.len()).sum();
        let broadcast_to = self.house.people.values().filter(|person| person.role.is_some()).count();
        assert_eq!(inside, broadcast_to, "who has left gets no broadcasts");
    }

    /// The banned are not here.
    fn check_sanctions(&self) {
        for present in self.house.room.roster() {
            assert_ne!(present.affiliation, Affiliation::Outcast, "{} is banned and here", present.nick);
        }
    }

    /// What was stored restores what lasts.
    fn check_restored(&self) {
        let room = &self.house.room;
        if !room.config().persistent || self.house.destroyed {
            return;
        }
        let snapshot = Snapshot { affiliations: self.lists.clone().into_iter().collect(), ..self.snapshot.clone() };
        let restored = Room::restore(BareJid::new(ROOM).unwrap(), Arc::new(policy()), snapshot).unwrap();
        assert_eq!(restored.settings(), room.settings());
        let lists =
            |room: &Room| room.affiliations().map(|(jid, listed)| (jid.to_owned(), listed.clone())).collect::<Vec<_>>();
        assert_eq!(lists(&restored), lists(room));
    }
}

/// Sessions that the effects of one command send to, by broadcast, after they have left.
fn check_order(effects: &[Effect]) {
    let ended = effects.iter().position(|effect| matches!(effect, Effect::Destroyed));
    assert!(ended.is_none_or(|at| at + 1 == effects.len()), "nothing follows the end of a room");
    let first_shown = effects.iter().position(|effect| {
        matches!(effect, Effect::Broadcast(Audience::ALL, wire)
        if element(wire).has("body", "jabber:client"))
    });
    let kept = effects.iter().position(|effect| matches!(effect, Effect::Store(Change::Message(_))));
    assert!(!matches!((kept, first_shown), (Some(kept), Some(shown)) if kept > shown), "kept before it is shown");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn everybody_knows_what_is(steps in prop::collection::vec(step(), 1..60)) {
        let mut trial = Trial::new();
        for step in &steps {
            trial.take(step);
            check_order(&trial.house.effects);
            trial.check_views();
            trial.check_sanctions();
            trial.check_restored();
        }
    }

    #[test]
    fn the_same_commands_have_the_same_effects(steps in prop::collection::vec(step(), 1..60)) {
        let (mut one, mut other) = (Trial::new(), Trial::new());
        for step in &steps {
            one.take(step);
            other.take(step);
            prop_assert_eq!(&one.house.effects, &other.house.effects);
        }
    }
}
