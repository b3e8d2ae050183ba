//! What clients ask besides rooms: contacts, lists, vCards, personal eventing, discovery.
//!
//! Enters: stanzas of bound sessions that are for the server, for accounts or for their sessions, and stanzas that
//! rooms address to accounts. Leaves: what the asking session gets, returned in order so that it overtakes nothing;
//! what other sessions get, through their handles in the [`Registry`]. An iq of type get or set is answered exactly
//! once (RFC 6120 §8.2.3). Anonymous people are answered from constants.

mod account;
pub mod archive;
mod blocking;
mod bookmarks;
mod caps;
mod carbons;
pub(crate) mod clock;
mod contacts;
mod disco;
mod info;
mod iq;
mod limits;
mod message;
mod offline;
mod out;
mod pep;
mod presence;
mod private;
mod roster;
mod subscription;
#[cfg(test)]
mod tests;
mod vcard;

use std::sync::Arc;

use parterre_store::Store;
use parterre_xmpp::{BareJid, Element, FullJid, Jid, StanzaError, Timestamp, Wire, ns, reply};

use crate::registry::{Binding, Deliver, Person, Registry, TooManyResources};
pub use info::{Contacts, ListedRoom, Rooms};
pub use limits::Limits;
use out::Out;

/// What the services need to know of the server.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The domain of accounts; those of anonymous people and of rooms are `anon.` and `room.` before it.
    pub domain: String,
    /// Whom to write to about the server (XEP-0157).
    pub contacts: Contacts,
    /// The bounds.
    pub limits: Limits,
}

/// A bound session that sends something.
#[derive(Clone, Debug)]
pub struct Asker {
    /// Its address.
    pub jid: FullJid,
    /// Its address without the resource.
    pub bare: BareJid,
    /// Its hold of the address.
    pub binding: Binding,
    /// Whether it came by SASL ANONYMOUS.
    pub anonymous: bool,
    /// What the site says of it, if it came with a signed token.
    pub person: Option<Arc<Person>>,
}

/// The services of one server, shared by all threads.
pub struct Services {
    registry: Arc<Registry>,
    store: Arc<dyn Store>,
    rooms: Arc<dyn Rooms>,
    settings: Settings,
    anonymous_domain: String,
    rooms_domain: String,
    accounts: account::Accounts,
    caps: caps::Caps,
    own_caps: disco::OwnCaps,
    started: Timestamp,
}

/// Stanzas for the asking session, in the order in which it is to get them.
pub type Answers = Vec<Arc<Wire>>;

impl Services {
    /// The services over these tables.
    pub fn new(registry: Arc<Registry>, store: Arc<dyn Store>, rooms: Arc<dyn Rooms>, settings: Settings) -> Self {
        Services {
            anonymous_domain: format!("anon.{}", settings.domain),
            rooms_domain: format!("room.{}", settings.domain),
            own_caps: disco::OwnCaps::new(&settings),
            caps: caps::Caps::new(settings.limits.capabilities),
            registry,
            store,
            rooms,
            settings,
            accounts: account::Accounts::default(),
            started: clock::now(),
        }
    }

    /// What to put among the stream features of accounts: capabilities (XEP-0115 §6.3), roster versions (RFC 6121
    /// §2.6.1), approvals in advance (§3.4). Anonymous people gain nothing by it.
    pub fn stream_features(&self) -> Vec<Element> {
        vec![
            self.own_caps.element.clone(),
            Element::new("ver", "urn:xmpp:features:rosterver"),
            Element::new("sub", "urn:xmpp:features:pre-approval"),
        ]
    }

    /// Binds a session to its address (see [`Registry::bind`]) and tells the contacts of one that had to give way.
    pub async fn bind(
        &self,
        jid: FullJid,
        anonymous: bool,
        person: Option<Arc<Person>>,
        client: Option<&str>,
        handle: Arc<dyn Deliver>,
    ) -> Result<Asker, TooManyResources> {
        let bare = jid.to_bare();
        let is_first = !self.registry.is_bound(bare.as_str());
        let (binding, replaced) = self.registry.bind(&jid, handle, person.clone(), client)?;
        let asker = Asker { jid, bare, binding, anonymous, person };
        if !anonymous {
            // Read now, so that the first stanzas need not wait for it: what one session sends must not be overtaken by
            // what another does later. Who cannot be read now is tried again when it matters.
            let _ = if is_first { self.account_anew(&asker.bare).await } else { self.account(&asker.bare).await };
        }
        if let Some(replaced) = replaced.filter(|old| old.priority.is_some() && !anonymous) {
            let gone = presence::unavailable(&replaced.jid, None);
            self.tell_contacts(&asker.bare, &gone, &mut Out::to_others()).await;
        }
        Ok(asker)
    }

    /// Ends a session: contacts and those whom it sent directed presence learn that it is unavailable
    /// (RFC 6121 §4.5.2). Rooms are told by others. Nothing happens if another session has its address.
    pub async fn unbind(&self, who: &Asker, status: Option<&str>) {
        let Some((session, directed)) = self.registry.unbind(who.jid.as_str(), who.binding) else {
            return;
        };
        if who.anonymous && directed.is_empty() {
            return;
        }
        let gone = presence::unavailable(who.jid.as_str(), status);
        self.withdraw(who, &gone, session.priority.is_some(), &directed, &mut Out::to_others()).await;
    }

    /// Notes whether the person looks at the client (XEP-0352).
    pub fn set_inactive(&self, who: &Asker, inactive: bool) {
        self.registry.flag(who.jid.as_str(), who.binding, crate::registry::Flag::Inactive, inactive);
    }

    /// Takes a stanza of a session, addressed to `to` or to nobody, and gives what the session gets for it at once.
    /// Rooms (an address in the room domain that has a local part) are not served here.
    pub async fn stanza(&self, who: &Asker, to: Option<&Jid>, mut stanza: Element) -> Answers {
        stanza.set("from", who.jid.as_str());
        let mut out = Out::to(who.binding);
        match stanza.name() {
            "iq" => self.iq(who, to, stanza, &mut out).await,
            "message" => self.message(who, to, stanza, &mut out).await,
            "presence" => self.presence(who, to, stanza, &mut out).await,
            _ => {}
        }
        out.into_answers()
    }

    /// Takes a stanza that a room, or the server itself, addresses to an account or a session. `from` and `to` are set.
    pub async fn route(&self, stanza: Element) {
        let Some(to) = stanza.get("to").and_then(|to| Jid::new(to).ok()) else {
            return;
        };
        let mut out = Out::to_others();
        match stanza.name() {
            "message" => {
                if let Err(error) = self.message_to_account(&to, &stanza, &mut out).await {
                    tracing::debug!(%to, ?error, "a message of the server was not delivered");
                }
            }
            _ => self.deliver_to(&to, &stanza, &mut out),
        }
    }

    /// Whether the asker has blocked the address that it writes to; then this is the answer, if the stanza takes one
    /// (XEP-0191 §3.3). For rooms, which are not served here.
    pub async fn refuses(&self, who: &Asker, to: &Jid, stanza: &Element) -> Result<(), Option<Element>> {
        if who.anonymous {
            return Ok(());
        }
        match self.account(&who.bare).await {
            Ok(account) if account.blocks(to) => Err(out::error_reply(stanza, &blocking::blocked_by_oneself())),
            _ => Ok(()),
        }
    }

    /// The answer to a request for the vCard of a room's occupant: as from the occupant (XEP-0045 §7.5), so that the
    /// account stays unseen.
    pub async fn vcard_for_room(&self, account: &BareJid, iq: &Element) -> Element {
        match self.vcard(account).await {
            Ok(Some(vcard)) => reply(iq, "result").child(vcard),
            Ok(None) => reply(iq, "result").child(Element::new("vCard", ns::VCARD)),
            Err(error) => error.reply_to(iq),
        }
    }

    /// Copies of a message that somebody sends to a room's occupant, for their other sessions (XEP-0280 §6.1).
    pub fn sent_elsewhere(&self, who: &Asker, message: &Element) {
        carbons::sent(&self.registry, who.bare.as_str(), who.binding, message, &mut Out::to_others());
    }

    /// The sessions by address.
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    fn deliver_to(&self, to: &Jid, stanza: &Element, out: &mut Out) {
        let wire = Arc::new(Wire::addressed(stanza));
        if to.is_full() {
            if let Some(session) = self.registry.session(to.as_str()) {
                out.send(&session, wire);
            }
        } else {
            for session in self.registry.sessions(to.as_str()).iter().filter(|session| session.priority.is_some()) {
                out.send(session, wire.clone());
            }
        }
    }
}

/// An error with a sentence for the person.
fn refuse(condition: parterre_xmpp::Condition, text: &str) -> StanzaError {
    StanzaError::new(condition).text(text)
}
