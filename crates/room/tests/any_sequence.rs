//! Whatever is sent to a room, in whatever order: it does not panic, it does the same twice, what everybody has
//! been told agrees with what is, and what was stored restores what lasts.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod house;

use std::collections::BTreeMap;
use std::sync::Arc;

use house::{House, ROOM, element};
use parterre_room::{
    Action, Affiliation, Audience, Change, Effect, Listed, LogId, Policy, Room, RoomConfig, SessionId, Snapshot,
};
use parterre_xmpp::{BareJid, Element};
use proptest::prelude::*;

/// Sessions: an owner with two clients, three more accounts, three anonymous people.
const JIDS: [&str; 8] = [
    "owner@localhost/a",
    "owner@localhost/b",
    "one@localhost/a",
    "two@localhost/a",
    "three@localhost/a",
    "x1@anon.localhost/a",
    "x2@anon.localhost/a",
    "x3@anon.localhost/a",
];
const NICKS: [&str; 7] = ["alpha", "beta", "gamma", "Anonymous 1", "Anonymous 2", "  ", "owner"];
const USER: &str = "http://jabber.org/protocol/muc#user";

#[derive(Clone, Debug)]
enum Step {
    /// A session sends a stanza; `~` stands for the id of a recent message.
    Send(usize, String),
    Ended(usize),
    Tick,
    Operator(Action),
}

fn nick() -> impl Strategy<Value = &'static str> {
    prop::sample::select(NICKS.to_vec())
}

fn jid() -> impl Strategy<Value = String> {
    prop::sample::select(JIDS.to_vec()).prop_map(|jid| jid.split('/').next().unwrap_or_default().to_owned())
}

fn affiliation() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["owner", "admin", "member", "none", "outcast", "nonsense"])
}

fn role() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["moderator", "participant", "visitor", "none", "nonsense"])
}

fn item() -> impl Strategy<Value = String> {
    prop_oneof![
        (jid(), affiliation())
            .prop_map(|(jid, a)| format!("<item jid='{jid}' affiliation='{a}'><reason>r</reason></item>")),
        (jid(), affiliation(), nick())
            .prop_map(|(jid, a, n)| format!("<item jid='{jid}' affiliation='{a}' nick='{n}'/>")),
        (nick(), role()).prop_map(|(n, r)| format!("<item nick='{n}' role='{r}'/>")),
        (nick(), affiliation()).prop_map(|(n, a)| format!("<item nick='{n}' affiliation='{a}'/>")),
        Just("<item affiliation='outcast' jid='anon.localhost'/>".to_owned()),
        Just("<item/>".to_owned()),
    ]
}

fn field() -> impl Strategy<Value = String> {
    let switch = prop::sample::select(vec![
        "muc#roomconfig_persistentroom",
        "muc#roomconfig_membersonly",
        "muc#roomconfig_moderatedroom",
        "muc#roomconfig_changesubject",
        "muc#roomconfig_enablelogging",
        "muc#roomconfig_mute_anonymous",
    ]);
    let choice = prop::sample::select(vec![
        ("muc#roomconfig_whois", "anyone"),
        ("muc#roomconfig_whois", "moderators"),
        ("muc#roomconfig_presencebroadcast", "moderator"),
        ("muc#roomconfig_presencebroadcast", "participant"),
        ("{urn:parterre:room:0}presence_mode", "auto"),
        ("muc#roomconfig_roomsecret", "secret"),
        ("muc#roomconfig_roomsecret", ""),
        ("muc#roomconfig_maxusers", "3"),
        ("muc#roomconfig_allowpm", "none"),
        ("muc#roomconfig_roomadmins", "one@localhost"),
        ("muc#roomconfig_roomowners", "two@localhost"),
    ]);
    prop_oneof![
        (switch, any::<bool>())
            .prop_map(|(var, on)| format!("<field var='{var}'><value>{}</value></field>", u8::from(on))),
        choice.prop_map(|(var, value)| format!("<field var='{var}'><value>{value}</value></field>")),
    ]
}

fn stanza() -> impl Strategy<Value = String> {
    let muc = "<x xmlns='http://jabber.org/protocol/muc'/>";
    let message = |inner: String| format!("<message to='{ROOM}' type='groupchat' id='m'>{inner}</message>");
    let iq = |kind: &str, inner: String| format!("<iq to='{ROOM}' type='{kind}' id='q'>{inner}</iq>");
    prop_oneof![
        8 => nick().prop_map(move |n| format!("<presence to='{ROOM}/{n}'>{muc}</presence>")),
        3 => nick().prop_map(|n| format!("<presence to='{ROOM}/{n}'><show>away</show></presence>")),
        2 => nick().prop_map(|n| format!("<presence to='{ROOM}/{n}' type='unavailable'/>")),
        1 => (nick(), prop::sample::select(vec!["probe", "error", "subscribe", "invisible"]))
            .prop_map(|(n, t)| format!("<presence to='{ROOM}/{n}' type='{t}'/>")),
        4 => Just(message("<body>said</body>".into())),
        2 => prop::sample::select(vec![
            "<subject>s</subject>",
            "<composing xmlns='http://jabber.org/protocol/chatstates'/>",
            "<body/><no-store xmlns='urn:xmpp:hints'/>",
            "<retract xmlns='urn:xmpp:message-retract:1' id='~'/>",
            "<reactions xmlns='urn:xmpp:reactions:0' id='~'><reaction>x</reaction></reactions>",
            "",
        ]).prop_map(move |inner| message(inner.to_owned())),
        1 => nick().prop_map(|n| format!("<message to='{ROOM}/{n}' type='chat'><body>psst</body></message>")),
        4 => prop::collection::vec(item(), 1..3).prop_map(move |items| {
            iq("set", format!("<query xmlns='http://jabber.org/protocol/muc#admin'>{}</query>", items.concat()))
        }),
        1 => prop_oneof![affiliation().prop_map(|a| format!("affiliation='{a}'")), role().prop_map(|r| format!("role='{r}'"))]
            .prop_map(move |by| iq("get", format!("<query xmlns='http://jabber.org/protocol/muc#admin'><item {by}/></query>"))),
        3 => prop::collection::vec(field(), 0..3).prop_map(move |fields| iq("set", format!(
            "<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'>\
             <field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>{}</x></query>",
            fields.concat()))),
        1 => prop::sample::select(vec![
            "<moderate xmlns='urn:xmpp:message-moderate:1' id='~'><retract xmlns='urn:xmpp:message-retract:1'/></moderate>",
            "<query xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'><max>5</max><before/></set></query>",
            "<query xmlns='jabber:iq:register'><remove/></query>",
            "<query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>\
             http://jabber.org/protocol/muc#register</value></field><field var='muc#register_roomnick'><value>beta</value>\
             </field></x></query>",
            "<vCard xmlns='vcard-temp'><PHOTO><BINVAL>aGVsbG8=</BINVAL></PHOTO></vCard>",
            "<vCard xmlns='vcard-temp'/>",
            "<query xmlns='http://jabber.org/protocol/muc#owner'><destroy/></query>",
            "<query xmlns='http://jabber.org/protocol/disco#info'/>",
            "",
        ]).prop_flat_map(move |inner| any::<bool>().prop_map(move |get| iq(if get { "get" } else { "set" }, inner.to_owned()))),
        1 => (nick(), prop::sample::select(vec!["get", "set", "result", "error", ""])).prop_map(|(n, t)|
            format!("<iq to='{ROOM}/{n}' type='{t}' id='2.q'><ping xmlns='urn:xmpp:ping'/></iq>")),
        1 => prop::sample::select(vec![
            "<x xmlns='http://jabber.org/protocol/muc#user'><invite to='one@localhost'/></x>",
            "<x xmlns='http://jabber.org/protocol/muc#user'><decline to='owner@localhost'/></x>",
            "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#request\
             </value></field><field var='muc#roomnick'><value>beta</value></field><field var='muc#request_allow'><value>1\
             </value></field></x>",
        ]).prop_map(|inner| format!("<message to='{ROOM}'>{inner}</message>")),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let operator = prop_oneof![
        (
            jid(),
            prop::sample::select(vec![
                Affiliation::Outcast,
                Affiliation::None,
                Affiliation::Member,
                Affiliation::Owner
            ])
        )
            .prop_map(|(jid, a)| Action::SetAffiliation(BareJid::new(&jid).unwrap(), a, None)),
        jid().prop_map(|jid| Action::Expel(BareJid::new(&jid).unwrap(), None)),
        Just(Action::Configure(vec![(
            "muc#roomconfig_roomname".into(),
            vec!["n".into()]
        )])),
    ];
    prop_oneof![
        30 => (0..JIDS.len(), stanza()).prop_map(|(who, stanza)| Step::Send(who, stanza)),
        2 => (0..JIDS.len()).prop_map(Step::Ended),
        1 => Just(Step::Tick),
        1 => operator.prop_map(Step::Operator),
    ]
}

/// What a session has been told: nick, then affiliation and role.
type View = BTreeMap<String, (String, String)>;

struct Trial {
    house: House,
    views: BTreeMap<SessionId, View>,
    snapshot: Snapshot,
    lists: BTreeMap<BareJid, Listed>,
    last_said: LogId,
}

fn policy() -> Policy {
    Policy {
        presence_everyone_up_to: 2,
        presence_speakers_up_to: 4,
        max_sessions_per_nick: 2,
        ..Policy::default()
    }
}

impl Trial {
    fn new() -> Self {
        let config = RoomConfig {
            persistent: true,
            ..RoomConfig::default()
        };
        let mut house = House::with(policy(), config, None, false);
        for (at, jid) in JIDS.iter().enumerate() {
            house.person(at as u64, jid);
        }
        let mut trial = Trial {
            house,
            views: BTreeMap::new(),
            snapshot: Snapshot::default(),
            lists: BTreeMap::new(),
            last_said: LogId(0),
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
        let Some((_, nick)) = stanza.get("from").and_then(|from| from.split_once('/')) else {
            return;
        };
        let Some(item) = stanza.find("x", USER).and_then(|x| x.find_own("item")) else {
            return;
        };
        let view = self.views.entry(session).or_default();
        let is = (
            item.get("affiliation").unwrap_or_default().to_owned(),
            item.get("role").unwrap_or_default().to_owned(),
        );
        match (stanza.name(), stanza.get("type")) {
            ("presence", None) => drop(view.insert(nick.to_owned(), is)),
            ("presence", Some("unavailable")) => drop(view.remove(nick)),
            _ => {}
        }
    }

    fn keep(&mut self, change: Change) {
        match change {
            Change::Settings(settings) => self.snapshot.settings = settings,
            Change::Affiliation {
                jid,
                affiliation,
                nick,
                reason,
            } => {
                self.lists.remove(&jid);
                if affiliation != Affiliation::None || nick.is_some() {
                    self.lists.insert(
                        jid,
                        Listed {
                            affiliation,
                            nick,
                            reason,
                        },
                    );
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
        let roster: BTreeMap<_, _> = self
            .house
            .room
            .roster()
            .map(|present| (present.nick.to_owned(), present))
            .collect();
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
                    assert_eq!(
                        shown.affiliation.as_str(),
                        affiliation,
                        "{session:?} knows the affiliation of {nick}"
                    );
                }
                assert!(
                    view.contains_key(present.nick),
                    "{session:?} knows itself as {}",
                    present.nick
                );
                for (nick, other) in &roster {
                    assert!(
                        !other.announced || view.contains_key(nick),
                        "{session:?} has not been told of {nick}"
                    );
                }
            }
        }
        let inside: usize = roster.values().map(|present| present.sessions.len()).sum();
        let broadcast_to = self
            .house
            .people
            .values()
            .filter(|person| person.role.is_some())
            .count();
        assert_eq!(inside, broadcast_to, "who has left gets no broadcasts");
    }

    /// What was stored restores what lasts.
    fn check_restored(&self) {
        let room = &self.house.room;
        if !room.config().persistent || self.house.destroyed {
            return;
        }
        let snapshot = Snapshot {
            affiliations: self.lists.clone().into_iter().collect(),
            ..self.snapshot.clone()
        };
        let restored = Room::restore(BareJid::new(ROOM).unwrap(), Arc::new(policy()), snapshot).unwrap();
        assert_eq!(restored.settings(), room.settings());
        let lists = |room: &Room| {
            room.affiliations()
                .map(|(jid, listed)| (jid.to_owned(), listed.clone()))
                .collect::<Vec<_>>()
        };
        assert_eq!(lists(&restored), lists(room));
    }
}

/// Sessions that the effects of one command send to, by broadcast, after they have left.
fn check_order(effects: &[Effect]) {
    let ended = effects.iter().position(|effect| matches!(effect, Effect::Destroyed));
    assert!(
        ended.is_none_or(|at| at + 1 == effects.len()),
        "nothing follows the end of a room"
    );
    let first_shown = effects.iter().position(|effect| {
        matches!(effect, Effect::Broadcast(Audience::ALL, wire)
        if element(wire).has("body", "jabber:client"))
    });
    let kept = effects
        .iter()
        .position(|effect| matches!(effect, Effect::Store(Change::Message(_))));
    assert!(
        !matches!((kept, first_shown), (Some(kept), Some(shown)) if kept > shown),
        "kept before it is shown"
    );
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
