//! Several sessions, their server, and what each of them gets; the standards' examples as scenes.

mod archive;
mod eventing;
mod lists;
mod people;
mod server;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use parterre_store::{Credentials, Keys, MemoryStore, Store};
use parterre_xmpp::{BareJid, Element, FullJid, Jid, StreamError, Timestamp, ToAttribute, Wire, ns};

use super::{Asker, Contacts, Limits, ListedRoom, Rooms, Services, Settings};
use crate::registry::{Deliver, Person, Registry};

/// What one session was sent.
pub(super) struct Inbox {
    to: ToAttribute,
    stanzas: Mutex<VecDeque<String>>,
    closed: Mutex<Option<StreamError>>,
}

impl Deliver for Inbox {
    fn deliver(&self, stanza: Arc<Wire>) {
        let mut bytes = Vec::new();
        stanza.append_for(&self.to, &mut bytes);
        self.stanzas.lock().unwrap().push_back(String::from_utf8(bytes).unwrap());
    }

    fn close(&self, error: StreamError) {
        *self.closed.lock().unwrap() = Some(error);
    }
}

struct TwoRooms;

impl Rooms for TwoRooms {
    fn list(&self) -> Vec<ListedRoom> {
        let room = |jid: &str, name: Option<&str>| ListedRoom {
            jid: BareJid::new(jid).unwrap(),
            name: name.map(str::to_owned),
        };
        vec![room("stalls@room.d", None), room("gallery@room.d", Some("The Gallery"))]
    }
}

pub(super) struct Stage {
    pub(super) services: Services,
    pub(super) store: Arc<dyn Store>,
}

/// A session on the stage.
pub(super) struct Actor<'a> {
    stage: &'a Stage,
    pub(super) asker: Asker,
    inbox: Arc<Inbox>,
}

impl Stage {
    pub(super) fn new() -> Self {
        Stage::with(Limits::default())
    }

    pub(super) fn with(limits: Limits) -> Self {
        Stage::over(Arc::new(MemoryStore::new()), limits)
    }

    pub(super) fn over(store: Arc<dyn Store>, limits: Limits) -> Self {
        let contacts = Contacts { admin: vec!["xmpp:admin@d".into()], ..Contacts::default() };
        let settings = Settings { domain: "d".into(), contacts, limits };
        let registry = Arc::new(Registry::new(5));
        Stage { services: Services::new(registry, store.clone(), Arc::new(TwoRooms), settings), store }
    }

    /// Makes it a local account. The others on the stage are people whom somebody else vouches for.
    pub(super) async fn has_account(&self, user: &str) {
        let keys = Keys { stored: Vec::new(), server: Vec::new() };
        let credentials = Credentials { salt: Vec::new(), iterations: 1, sha1: keys.clone(), sha256: keys };
        self.store.put_account(user, credentials).await.unwrap();
    }

    pub(super) async fn enter(&self, jid: &str) -> Actor<'_> {
        self.enter_as(jid, None).await
    }

    pub(super) async fn enter_as(&self, jid: &str, person: Option<Person>) -> Actor<'_> {
        let jid = FullJid::new(jid).unwrap();
        let inbox =
            Arc::new(Inbox { to: ToAttribute::new(jid.as_str()), stanzas: Mutex::default(), closed: Mutex::default() });
        let anonymous = jid.domain() == "anon.d";
        let asker = self.services.bind(jid, anonymous, person.map(Arc::new), None, inbox.clone()).await.unwrap();
        Actor { stage: self, asker, inbox }
    }
}

impl Actor<'_> {
    pub(super) async fn sends(&self, xml: &str) {
        let stanza = on_stream(xml);
        let to = stanza.get("to").map(|to| Jid::new(to).unwrap());
        for wire in self.stage.services.stanza(&self.asker, to.as_ref(), stanza).await {
            self.inbox.deliver(wire);
        }
    }

    /// The next stanza that this session got.
    #[track_caller]
    pub(super) fn next(&self) -> Element {
        let xml = self.inbox.stanzas.lock().unwrap().pop_front().expect("nothing came");
        xml.parse().unwrap()
    }

    /// Expects the next stanza to be this one; a `delay` and random ids aside.
    #[track_caller]
    pub(super) fn gets(&self, xml: &str) {
        let mut next = self.next();
        if let Some(delay) = next.find_mut("delay", ns::DELAY) {
            delay.set("stamp", "*");
        }
        assert_eq!(sorted(&next).to_xml(), sorted(&on_stream(xml)).to_xml());
    }

    #[track_caller]
    pub(super) fn gets_nothing(&self) {
        assert_eq!(*self.inbox.stanzas.lock().unwrap(), VecDeque::<String>::new());
    }

    pub(super) fn forgets(&self) {
        self.inbox.stanzas.lock().unwrap().clear();
    }

    /// Sends an iq and gives the payload of its result; the iq's id is `x`.
    pub(super) async fn asks(&self, iq: &str) -> Element {
        let answer = self.asks_whole(iq).await;
        assert_eq!(answer.get("type"), Some("result"), "{answer}");
        answer.children().next().cloned().unwrap_or_else(|| Element::new("nothing", ""))
    }

    /// Sends an iq and gives the condition of its error.
    pub(super) async fn is_refused(&self, iq: &str) -> String {
        let answer = self.asks_whole(iq).await;
        assert_eq!(answer.get("type"), Some("error"), "{answer}");
        let error = answer.find("error", ns::CLIENT).unwrap();
        error.children().next().unwrap().name().to_owned()
    }

    async fn asks_whole(&self, iq: &str) -> Element {
        self.sends(iq).await;
        let mut stanzas = self.inbox.stanzas.lock().unwrap();
        let answers = |xml: &String| {
            let stanza: Element = xml.parse().unwrap();
            stanza.name() == "iq"
                && stanza.get("id") == Some("x")
                && matches!(stanza.get("type"), Some("result" | "error"))
        };
        let at: Vec<_> = stanzas.iter().enumerate().filter(|(_, xml)| answers(xml)).map(|(at, _)| at).collect();
        assert_eq!(at.len(), 1, "one answer and one only: {stanzas:?}");
        stanzas.remove(at[0]).unwrap().parse().unwrap()
    }

    pub(super) async fn is_ready(&self) {
        self.sends("<presence/>").await;
        self.forgets();
    }

    pub(super) async fn leaves(self) {
        self.stage.services.unbind(&self.asker, None).await;
    }
}

/// A stanza as it stands on a stream, where its namespace is declared outside.
fn on_stream(xml: &str) -> Element {
    let (name, rest) = xml.split_at(xml.find([' ', '/', '>']).unwrap());
    format!("{name} xmlns='jabber:client'{rest}").parse().unwrap()
}

/// The element with its attributes in order of their names.
fn sorted(element: &Element) -> Element {
    let mut attributes = element.attributes().to_vec();
    attributes.sort_by(|a, b| a.name.cmp(&b.name));
    let mut sorted_one = Element::new(element.name().to_owned(), element.ns().to_owned());
    for attribute in attributes {
        sorted_one.push_attribute(attribute);
    }
    for node in element.nodes() {
        match node {
            parterre_xmpp::Node::Element(child) => sorted_one.push(sorted(child)),
            parterre_xmpp::Node::Text(text) => sorted_one.push_text(text.as_str()),
        }
    }
    sorted_one
}

/// Makes two accounts see each other's presence.
pub(super) async fn befriend(one: &Actor<'_>, other: &Actor<'_>) {
    for (from, to) in [(one, other), (other, one)] {
        from.sends(&format!("<presence type='subscribe' to='{}'/>", to.asker.bare)).await;
        to.sends(&format!("<presence type='subscribed' to='{}'/>", from.asker.bare)).await;
    }
    one.forgets();
    other.forgets();
}
