//! What an account keeps on the server, read once and held while it is in use.
//!
//! Enters: documents of the store. Leaves: an account behind its own lock, so that two sessions of one account
//! change one roster one after the other. Nobody may hold two accounts at once: each of two contacts would wait for
//! the other.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use parterre_store::{Bound, Document, Full, StoreError};
use parterre_xmpp::{BareJid, Condition, Element, Jid, StanzaError, ns};
use tokio::sync::OwnedMappedMutexGuard;

use super::Services;
use super::archive::Archive;
use super::clock;
use super::limits::Limits;
use super::pep::NodeConfig;
use super::roster::{Contact, Roster};

/// Kinds of documents.
pub(crate) mod kind {
    /// One per contact, by address.
    pub(crate) const ROSTER: &str = "roster";
    /// How often the roster has changed; one, [`super::ONLY`].
    pub(crate) const ROSTER_VERSION: &str = "roster-version";
    /// One per blocked address.
    pub(crate) const BLOCKED: &str = "blocked";
    /// One per element of private storage.
    pub(crate) const PRIVATE: &str = "private";
    /// The vCard; one, [`super::ONLY`].
    pub(crate) const VCARD: &str = "vcard";
    /// SHA-1 of the vCard's picture; one, [`super::ONLY`].
    pub(crate) const PHOTO: &str = "photo";
    /// One per node of personal eventing: its configuration.
    pub(crate) const NODES: &str = "pep";
    /// When the account was last seen; one, [`super::ONLY`].
    pub(crate) const LAST: &str = "last";
    /// One per message that waits.
    pub(crate) const OFFLINE: &str = "offline";
    /// What is archived; one, [`super::ONLY`].
    pub(crate) const ARCHIVE: &str = "archive";
    /// One per item of a node.
    pub(crate) fn items(node: &str) -> String {
        format!("pep:{node}")
    }
}

/// The key of a document that is alone of its kind.
pub(crate) const ONLY: &str = "-";

/// An account in use.
pub(crate) struct Account {
    pub(crate) jid: BareJid,
    pub(crate) roster: Roster,
    pub(crate) blocked: Vec<Jid>,
    pub(crate) nodes: BTreeMap<String, NodeConfig>,
    /// SHA-1 of the picture, in hexadecimal, if it has one.
    pub(crate) photo: Option<String>,
    /// What its archive goes on from, once something was archived.
    pub(crate) archive: Option<Archive>,
}

/// An account, locked.
pub(crate) type Held = OwnedMappedMutexGuard<Option<Account>, Account>;

type Slot = Arc<tokio::sync::Mutex<Option<Account>>>;

/// The accounts in use.
#[derive(Default)]
pub(crate) struct Accounts {
    slots: Mutex<HashMap<String, Slot>>,
}

impl Accounts {
    fn slot(&self, jid: &str, idle: usize, in_use: impl Fn(&str) -> bool) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.get(jid) {
            return slot.clone();
        }
        // Looked through once for every `idle` newcomers at most, so the cost per newcomer stays constant.
        if slots.len() >= idle && slots.len().is_multiple_of(idle.max(1)) {
            slots.retain(|jid, slot| Arc::strong_count(slot) > 1 || in_use(jid));
        }
        slots.entry(jid.to_owned()).or_default().clone()
    }

    /// What there is to say of an account, if it is in use and nobody holds it.
    pub(super) fn look<T>(&self, jid: &BareJid, at: impl FnOnce(&Account) -> T) -> Option<T> {
        let slot = self.slots.lock().unwrap_or_else(PoisonError::into_inner).get(jid.as_str())?.clone();
        let account = slot.try_lock().ok()?;
        account.as_ref().map(at)
    }
}

/// The error that a failure of the store becomes. What the operator must know goes into the log.
pub(crate) fn failed(error: &StoreError) -> StanzaError {
    let error = match error {
        StoreError::Bound { .. } => {
            return StanzaError::new(Condition::ResourceConstraint)
                .text("The server keeps no more of this for you. Remove something first.");
        }
        error => error,
    };
    tracing::error!(%error, "a document could not be read or kept");
    let condition = match error {
        StoreError::Overloaded => Condition::ResourceConstraint,
        _ => Condition::InternalServerError,
    };
    StanzaError::new(condition).text("The server could not reach its storage. Try again in a moment.")
}

/// The name under which the store has an account's documents.
pub(crate) fn owner(jid: &BareJid) -> &str {
    jid.node().unwrap_or_default()
}

impl Services {
    /// The account of that address, locked. Whether it exists is another question ([`Services::exists`]).
    pub(crate) async fn account(&self, jid: &BareJid) -> Result<Held, StanzaError> {
        self.hold(jid, false).await
    }

    /// The same as the store has it now, whatever is held of it: it may have been removed beside the server, and the name
    /// be another person's.
    pub(super) async fn account_anew(&self, jid: &BareJid) -> Result<Held, StanzaError> {
        self.hold(jid, true).await
    }

    async fn hold(&self, jid: &BareJid, anew: bool) -> Result<Held, StanzaError> {
        let slot =
            self.accounts.slot(jid.as_str(), self.settings.limits.idle_accounts, |jid| self.registry.is_bound(jid));
        let mut guard = slot.lock_owned().await;
        if anew {
            // Nothing is lost: who changes it keeps the change before they let go of the lock.
            *guard = None;
        }
        if guard.is_none() {
            *guard = Some(self.load(jid).await.map_err(|error| failed(&error))?);
        }
        tokio::sync::OwnedMutexGuard::try_map(guard, Option::as_mut)
            .map_err(|_| StanzaError::new(Condition::InternalServerError))
    }

    async fn load(&self, jid: &BareJid) -> Result<Account, StoreError> {
        let owner = owner(jid);
        let contacts = self.store.documents(owner, kind::ROSTER).await?;
        let contacts = elements(&contacts).filter_map(|item| Contact::from_document(&item)).collect::<Vec<_>>();
        let version = self.store.document(owner, kind::ROSTER_VERSION, ONLY).await?;
        let version = version.and_then(|document| document.value.parse().ok()).unwrap_or(0);
        let blocked = self.store.documents(owner, kind::BLOCKED).await?;
        let nodes = self.store.documents(owner, kind::NODES).await?;
        let photo = self.store.document(owner, kind::PHOTO, ONLY).await?;
        Ok(Account {
            jid: jid.clone(),
            roster: Roster::new(version, contacts),
            blocked: blocked.iter().filter_map(|document| Jid::new(&document.key).ok()).collect(),
            nodes: nodes
                .iter()
                .filter_map(|node| {
                    Some((node.key.clone(), NodeConfig::from_element(&node.value.parse::<Element>().ok()?)))
                })
                .collect(),
            photo: photo.map(|document| document.value),
            archive: None,
        })
    }

    /// Whether somebody has that address: a session, an account, or what a person whom another service vouches for
    /// has left here.
    pub(crate) async fn exists(&self, jid: &BareJid) -> Result<bool, StanzaError> {
        if self.registry.is_bound(jid.as_str()) {
            return Ok(true);
        }
        if jid.domain() != self.settings.domain {
            return Ok(false);
        }
        let known = async {
            Ok::<_, StoreError>(
                self.store.account(owner(jid)).await?.is_some() || !self.store.kinds(owner(jid)).await?.is_empty(),
            )
        };
        known.await.map_err(|error| failed(&error))
    }

    /// Keeps a document.
    pub(crate) async fn put(
        &self,
        owner: &str,
        kind: &str,
        key: &str,
        value: String,
        bound: Bound,
    ) -> Result<(), StanzaError> {
        let document = Document { key: key.to_owned(), value, at: clock::now() };
        self.store.put_document(owner, kind, document, bound).await.map_err(|error| failed(&error))
    }

    /// Changes a contact in the account's roster and keeps it; the change is undone if it cannot be kept. Gives the
    /// contact as it is then.
    ///
    /// The version goes first: should the server end in between, a client asks once more than it had to, and never
    /// once less.
    pub(crate) async fn change_contact(
        &self,
        account: &mut Account,
        jid: &BareJid,
        change: impl FnOnce(&mut Contact),
    ) -> Result<Contact, StanzaError> {
        let limits = &self.settings.limits;
        let before = account.roster.get(jid.as_str()).cloned();
        if before.is_none() && account.roster.len() >= limits.roster_items {
            let text = format!("The roster holds {} contacts and no more. Remove one first.", limits.roster_items);
            return Err(StanzaError::new(Condition::ResourceConstraint).text(text));
        }
        let contact = account.roster.change(jid, change);
        let kept = self.keep_contact(account, jid).await;
        if kept.is_err() {
            account.roster.restore(jid, before);
        }
        kept.map(|()| contact)
    }

    /// Takes a contact out of the account's roster; the change is undone if it cannot be kept.
    pub(crate) async fn remove_contact(
        &self,
        account: &mut Account,
        jid: &BareJid,
    ) -> Result<Option<Contact>, StanzaError> {
        let Some(removed) = account.roster.remove(jid.as_str()) else {
            return Ok(None);
        };
        let kept = self.keep_contact(account, jid).await;
        if kept.is_err() {
            account.roster.restore(jid, Some(removed.clone()));
        }
        kept.map(|()| Some(removed))
    }

    async fn keep_contact(&self, account: &Account, jid: &BareJid) -> Result<(), StanzaError> {
        let owner = owner(&account.jid);
        let version = account.roster.version.to_string();
        self.put(owner, kind::ROSTER_VERSION, ONLY, version, single(64)).await?;
        let Some(entry) = account.roster.get(jid.as_str()) else {
            return self.remove(owner, kind::ROSTER, jid.as_str()).await.map(|_| ());
        };
        let bound = roster_bound(&self.settings.limits);
        self.put(owner, kind::ROSTER, jid.as_str(), entry.to_document().to_xml(), bound).await
    }

    /// Removes a document; says whether it was there.
    pub(crate) async fn remove(&self, owner: &str, kind: &str, key: &str) -> Result<bool, StanzaError> {
        self.store.remove_document(owner, kind, key).await.map_err(|error| failed(&error))
    }

    /// Reads a document.
    pub(crate) async fn document(&self, owner: &str, kind: &str, key: &str) -> Result<Option<Document>, StanzaError> {
        self.store.document(owner, kind, key).await.map_err(|error| failed(&error))
    }

    /// Reads the documents of a kind, oldest first.
    pub(crate) async fn documents(&self, owner: &str, kind: &str) -> Result<Vec<Document>, StanzaError> {
        self.store.documents(owner, kind).await.map_err(|error| failed(&error))
    }
}

/// The bound of what there is one of.
pub(crate) fn single(bytes: usize) -> Bound {
    Bound { count: 1, bytes, full: Full::Refuse }
}

/// What the roster as a whole may take: more than its limits add up to, since those are checked entry by entry.
fn roster_bound(limits: &Limits) -> Bound {
    Bound {
        count: limits.roster_items + 1,
        bytes: limits.roster_items.saturating_add(1).saturating_mul(64 * 1024),
        full: Full::Refuse,
    }
}

/// The documents that are XML, as elements.
pub(crate) fn elements(documents: &[Document]) -> impl Iterator<Item = Element> {
    documents.iter().filter_map(|document| document.value.parse::<Element>().ok())
}

/// Whether an address is meant by one of a list (XEP-0191 §3.5): the address itself, its bare address, its domain.
pub(crate) fn matches(list: &[Jid], jid: &Jid) -> bool {
    list.iter().any(|entry| {
        entry.domain() == jid.domain()
            && entry.node().is_none_or(|node| jid.node() == Some(node))
            && entry.resource().is_none_or(|resource| jid.resource() == Some(resource))
    })
}

impl Account {
    /// Whether the owner has blocked that address. One's own other sessions cannot be blocked (XEP-0191 §5).
    pub(crate) fn blocks(&self, jid: &Jid) -> bool {
        !self.blocked.is_empty() && jid.to_bare() != self.jid && matches(&self.blocked, jid)
    }

    /// A presence of the owner as contacts get it: with the hash of the picture if there is one (XEP-0398 §4), and
    /// never with an empty `<photo/>` of the server's own making.
    pub(crate) fn with_photo(&self, mut presence: Element) -> Element {
        let Some(photo) = &self.photo else { return presence };
        let update = presence.find("x", ns::VCARD_UPDATE).and_then(|x| x.find_own("photo"));
        if update.is_some_and(|photo| photo.content().is_empty()) {
            // The client says that it has no picture here, and it may have reasons.
            return presence;
        }
        presence.retain(|child| !child.is("x", ns::VCARD_UPDATE));
        presence.child(Element::new("x", ns::VCARD_UPDATE).field("photo", photo.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blocked_domain_covers_its_addresses_and_a_blocked_resource_only_itself() {
        let list = |text: &str| vec![Jid::new(text).unwrap()];
        let jid = Jid::new("juliet@d/balcony").unwrap();
        for (entry, expected) in [
            ("juliet@d/balcony", true),
            ("juliet@d", true),
            ("d", true),
            ("d/balcony", true),
            ("juliet@d/church", false),
            ("romeo@d", false),
            ("e", false),
        ] {
            assert_eq!(matches(&list(entry), &jid), expected, "{entry}");
        }
    }
}
