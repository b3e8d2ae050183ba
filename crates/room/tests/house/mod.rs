//! A room with people at its door: commands in, and what each of them receives out.

#![allow(dead_code, missing_docs, unreachable_pub)] // Shared by several test programs, each of which uses some of it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::format_push_string, clippy::format_collect)] // Only #[test] functions may without saying so.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use parterre_room::defaults::GivenAffiliation;
use parterre_room::{
    Action, Affiliation, Audience, Change, Command, Effect, Listed, LogId, Past, Policy, Recall, Role, Room,
    RoomConfig, RoomDefaults, Sender, SessionId,
};
use parterre_xmpp::{BareJid, Element, FullJid, Wire};

pub const ROOM: &str = "coven@room.localhost";

/// A room and its visitors.
pub struct House {
    pub room: Room,
    pub clock: u64,
    pub people: BTreeMap<SessionId, Person>,
    pub effects: Vec<Effect>,
    pub stored: Vec<Change>,
    pub routed: Vec<Element>,
    pub recalls: Vec<Recall>,
    pub destroyed: bool,
}

/// A session: its sender, its role if it is in the broadcasts, and what it has not read yet.
pub struct Person {
    pub sender: Sender,
    pub role: Option<Role>,
    pub inbox: VecDeque<Element>,
}

pub fn element(wire: &Wire) -> Element {
    std::str::from_utf8(wire.bytes()).unwrap().parse().unwrap()
}

impl House {
    pub fn new(config: RoomConfig, owner: Option<&str>) -> House {
        House::with(Policy::default(), config, owner, false)
    }

    pub fn with(policy: Policy, config: RoomConfig, owner: Option<&str>, locked: bool) -> House {
        let owner = owner.map(|jid| GivenAffiliation {
            jid: BareJid::new(jid).unwrap(),
            affiliation: Affiliation::Owner,
            nick: None,
        });
        let defaults = RoomDefaults { affiliations: owner.into_iter().collect(), locked, ..RoomDefaults::new(config) };
        let address = BareJid::new(ROOM).unwrap();
        let room = Room::create(address, Arc::new(policy), [7; 32], defaults, &Past::default());
        House {
            room,
            clock: 1_700_000_000_000_000,
            people: BTreeMap::new(),
            effects: Vec::new(),
            stored: Vec::new(),
            routed: Vec::new(),
            recalls: Vec::new(),
            destroyed: false,
        }
    }

    /// Somebody connects.
    pub fn person(&mut self, session: u64, jid: &str) -> SessionId {
        let id = SessionId(session);
        let jid = FullJid::new(jid).unwrap();
        let anonymous = jid.domain().starts_with("anon.");
        let sender =
            Sender { session: id, jid, anonymous, admin: false, vouched: None, nick: None, avatar: None, origin: None };
        self.people.insert(id, Person { sender, role: None, inbox: VecDeque::new() });
        id
    }

    pub fn command(&mut self, action: Action) {
        self.clock += 1_000;
        self.effects.clear();
        let before = (!self.room.may_be_changed_by(&action)).then(|| self.lasting());
        self.room.apply(Command { id: LogId(self.clock), action }, &mut self.effects);
        if let Some(before) = before {
            let says =
                |effect: &Effect| !matches!(effect, Effect::Store(change) if !matches!(change, Change::Message(_)));
            assert!(self.effects.iter().all(says), "what changes the room was foreseen: {:?}", self.effects);
            assert_eq!(before, self.lasting(), "what was not foreseen changes nothing that lasts");
        }
        for effect in self.effects.clone() {
            self.carry_out(effect);
        }
    }

    /// What of the room outlasts its occupants.
    fn lasting(&self) -> (String, Vec<(String, Listed)>) {
        let lists = self.room.affiliations().map(|(jid, listed)| (jid.to_owned(), listed.clone()));
        (self.room.settings(), lists.collect())
    }

    pub fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Enter(session, role) => {
                let person = self.people.get_mut(&session).unwrap();
                assert_eq!(person.role.replace(role), None, "{session:?} entered twice");
            }
            Effect::Role(session, role) => {
                let was = self.people.get_mut(&session).unwrap().role.replace(role);
                assert!(was.is_some(), "{session:?} has no role to change");
            }
            Effect::Leave(session) => {
                let was = self.people.get_mut(&session).unwrap().role.take();
                assert!(was.is_some(), "{session:?} left without being there");
            }
            Effect::Send(session, wire) => {
                if let Some(person) = self.people.get_mut(&session) {
                    person.inbox.push_back(element(&wire));
                }
            }
            // Nobody here has blocked anybody.
            Effect::Pass { sessions, stanza, .. } => {
                for session in sessions {
                    self.people.get_mut(&session).unwrap().inbox.push_back((*stanza).clone());
                }
            }
            Effect::Broadcast(audience, wire) => self.broadcast(audience, &[], &wire),
            Effect::BroadcastExcept(audience, but, wire) => self.broadcast(audience, &but, &wire),
            Effect::Route(element) => self.routed.push(element),
            Effect::Store(change) => self.stored.push(change),
            Effect::Destroyed => self.destroyed = true,
            Effect::Recall(recall) => self.recalls.push(*recall),
            Effect::Sanctioned { .. } | Effect::Query(_) | Effect::VCardOf { .. } => {}
        }
    }

    fn broadcast(&mut self, audience: Audience, but: &[SessionId], wire: &Wire) {
        let element = element(wire);
        for (session, person) in &mut self.people {
            if person.role.is_some_and(|role| audience.includes(role)) && !but.contains(session) {
                person.inbox.push_back(element.clone());
            }
        }
    }

    /// Somebody sends XML, in which `to` is as written.
    pub fn send(&mut self, who: SessionId, xml: &str) {
        let mut stanza: Element = xml
            .replace("<presence", "<presence xmlns='jabber:client'")
            .replace("<message", "<message xmlns='jabber:client'")
            .replacen("<iq", "<iq xmlns='jabber:client'", 1)
            .parse()
            .unwrap_or_else(|error| panic!("{xml}: {error:?}"));
        let sender = self.people[&who].sender.clone();
        stanza.set("from", sender.jid.to_string());
        self.command(Action::Stanza(Box::new(sender), stanza));
    }

    pub fn join(&mut self, who: SessionId, nick: &str) {
        self.send(who, &format!("<presence to='{ROOM}/{nick}'><x xmlns='http://jabber.org/protocol/muc'/></presence>"));
    }

    pub fn leave(&mut self, who: SessionId) {
        self.send(who, &format!("<presence to='{ROOM}' type='unavailable'/>"));
    }

    pub fn say(&mut self, who: SessionId, text: &str) {
        self.send(who, &format!("<message to='{ROOM}' type='groupchat' id='m'><body>{text}</body></message>"));
    }

    pub fn admin(&mut self, who: SessionId, items: &str) {
        self.send(
            who,
            &format!("<iq to='{ROOM}' type='set' id='a'><query xmlns='http://jabber.org/protocol/muc#admin'>{items}</query></iq>"),
        );
    }

    pub fn configure(&mut self, who: SessionId, fields: &[(&str, &str)]) {
        let fields: String =
            fields.iter().map(|(var, value)| format!("<field var='{var}'><value>{value}</value></field>")).collect();
        self.send(who, &format!("<iq to='{ROOM}' type='set' id='c'><query xmlns='http://jabber.org/protocol/muc#owner'>\
            <x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig\
            </value></field>{fields}</x></query></iq>"));
    }

    /// What somebody has received since they last read.
    pub fn read(&mut self, who: SessionId) -> Vec<Element> {
        self.people.get_mut(&who).unwrap().inbox.drain(..).collect()
    }

    /// Everybody reads what they have.
    pub fn hush(&mut self) {
        self.people.values_mut().for_each(|person| person.inbox.clear());
    }

    /// What somebody has received, each stanza in one short line.
    pub fn lines(&mut self, who: SessionId) -> Vec<String> {
        self.read(who).iter().map(line).collect()
    }
}

/// A stanza in short: name, sender, type, and what a room says with it.
pub fn line(stanza: &Element) -> String {
    let mut line = stanza.name().to_owned();
    if let Some(nick) = stanza.get("from").and_then(|from| from.split_once('/')).map(|(_, nick)| nick) {
        line += &format!(" {nick}");
    }
    if let Some(kind) = stanza.get("type").filter(|kind| *kind != "groupchat") {
        line += &format!(" {kind}");
    }
    for name in ["subject", "body"] {
        if let Some(text) = stanza.field_text(name) {
            line += &format!(" {name}={text}");
        }
    }
    if let Some(error) = stanza.find_own("error") {
        let condition = error.children().next().map(|c| c.name().to_owned()).unwrap_or_default();
        line += &format!(" {}:{condition}", error.get("type").unwrap_or("?"));
    }
    if let Some(x) = stanza.find("x", "http://jabber.org/protocol/muc#user") {
        for item in x.children().filter(|child| child.name() == "item") {
            line += &format!(" {}/{}", item.get("affiliation").unwrap_or("-"), item.get("role").unwrap_or("-"));
            for name in ["nick", "jid"] {
                if let Some(value) = item.get(name) {
                    line += &format!(" {name}={value}");
                }
            }
            if let Some(actor) = item.find_own("actor") {
                line += &format!(" by={}", actor.get("nick").unwrap_or("?"));
            }
            if let Some(reason) = item.field_text("reason") {
                line += &format!(" because={reason}");
            }
        }
        if x.find_own("destroy").is_some() {
            line += " destroy";
        }
        let codes: Vec<_> =
            x.children().filter(|child| child.name() == "status").filter_map(|s| s.get("code")).collect();
        if !codes.is_empty() {
            line += &format!(" {}", codes.join(","));
        }
    }
    if stanza.has("delay", "urn:xmpp:delay") {
        line += " delayed";
    }
    line
}
