//! Personal eventing (XEP-0163): an account's own publish-subscribe service, as far as bookmarks, nicknames and
//! avatars need it, for any node.
//!
//! Enters: publications, retractions and questions. Leaves: items in the store, and events for the sessions of the
//! account and of its contacts that said they want them (`+notify`). There are no other subscriptions.

mod config;
mod events;
mod requests;

use parterre_store::{Bound, Full};
use parterre_xmpp::{BareJid, Condition, Element, StanzaError, ns};

use super::account::{Account, kind, owner};
use super::out::Out;
use super::{Services, refuse};
pub(crate) use config::{Access, NodeConfig};

/// Bytes of a node's or an item's name.
const NAME_BYTES: usize = 1024;
/// Bytes of a node's configuration as it is kept.
const CONFIG_BYTES: usize = 4096;

/// An item of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) id: String,
    /// Who published it, where the node says so (`itemreply`).
    pub(crate) publisher: Option<String>,
    pub(crate) payload: Option<Element>,
}

impl Item {
    /// Reads an `<item/>`; one without an id gets it from `new_id`.
    fn from_element(element: &Element, new_id: impl FnOnce() -> Option<String>) -> Option<Self> {
        Some(Item {
            id: element.get("id").filter(|id| !id.is_empty()).map(str::to_owned).or_else(new_id)?,
            publisher: element.get("publisher").map(str::to_owned),
            payload: element.children().next().cloned(),
        })
    }

    /// The `<item/>` in a question's answer or (with [`ns::PUBSUB_EVENT`]) in an event.
    pub(crate) fn to_element(&self, ns: &'static str) -> Element {
        Element::new("item", ns)
            .with("id", self.id.as_str())
            .with_opt("publisher", self.publisher.as_deref())
            .child_opt(self.payload.clone())
    }
}

/// An error with the condition that XEP-0060 adds to the general one.
fn pubsub_error(condition: Condition, detail: &'static str, text: &str) -> StanzaError {
    refuse(condition, text).extra(Element::new(detail, ns::PUBSUB_ERRORS))
}

fn no_such_node() -> StanzaError {
    refuse(Condition::ItemNotFound, "There is no such node.")
}

impl NodeConfig {
    /// Whether that address may read the node.
    pub(crate) fn check_reader(&self, account: &Account, reader: &BareJid) -> Result<(), StanzaError> {
        match self.access {
            _ if *reader == account.jid => Ok(()),
            Access::Open => Ok(()),
            Access::Presence if account.roster.shows_to(reader.as_str()) => Ok(()),
            Access::Presence => Err(pubsub_error(
                Condition::NotAuthorized,
                "presence-subscription-required",
                "Only those who see the owner's presence may read this.",
            )),
            Access::Whitelist => {
                Err(pubsub_error(Condition::NotAllowed, "closed-node", "Only the owner may read this."))
            }
        }
    }
}

impl Services {
    /// The configuration of a node, if there is such a node and the reader may read it.
    pub(crate) async fn readable(
        &self,
        account: &BareJid,
        reader: &BareJid,
        node: &str,
    ) -> Result<NodeConfig, StanzaError> {
        let account = self.account(account).await?;
        let config = account.nodes.get(node).ok_or_else(no_such_node)?;
        config.check_reader(&account, reader)?;
        Ok(config.clone())
    }

    /// The items of a node, oldest first; none if there is no such node.
    pub(crate) async fn items(&self, account: &BareJid, node: &str) -> Result<Vec<Item>, StanzaError> {
        let items = self.documents(owner(account), &kind::items(node)).await?;
        let items = items.iter().filter_map(|item| item.value.parse::<Element>().ok());
        Ok(items.filter_map(|item| Item::from_element(&item, || None)).collect())
    }

    /// Keeps a node's configuration; the node comes into being if need be.
    async fn configure(&self, account: &mut Account, node: &str, config: &NodeConfig) -> Result<(), StanzaError> {
        let limits = &self.settings.limits;
        if node.is_empty() || node.len() > NAME_BYTES {
            return Err(refuse(Condition::NotAcceptable, "The name of the node is empty or too long."));
        }
        if !account.nodes.contains_key(node) && account.nodes.len() >= limits.pep_nodes {
            let text = "You have as many nodes as you may. Delete one first.";
            return Err(refuse(Condition::ResourceConstraint, text));
        }
        let bytes = limits.pep_nodes.saturating_mul(CONFIG_BYTES);
        let bound = Bound { count: limits.pep_nodes, bytes, full: Full::Refuse };
        self.put(owner(&account.jid), kind::NODES, node, config.to_element().to_xml(), bound).await?;
        account.nodes.insert(node.to_owned(), config.clone());
        Ok(())
    }

    /// Publishes an item, in a node that is made with `config` if there is none, and tells who wants to hear of it.
    pub(crate) async fn publish(
        &self,
        jid: &BareJid,
        node: &str,
        mut item: Item,
        config: &NodeConfig,
        out: &mut Out,
    ) -> Result<(), StanzaError> {
        if item.id.len() > NAME_BYTES {
            return Err(refuse(Condition::NotAcceptable, "The id of the item is too long."));
        }
        let mut account = self.account(jid).await?;
        let existing = account.nodes.get(node).cloned();
        if existing.is_none() {
            self.configure(&mut account, node, config).await?;
        }
        let config = existing.unwrap_or_else(|| config.clone());
        item.publisher = item.publisher.filter(|_| config.names_publisher);
        if config.persist {
            let limits = &self.settings.limits;
            let count = config.max_items.min(limits.pep_items);
            let bound = Bound { count, bytes: limits.pep_bytes, full: Full::DropOldest };
            let value = item.to_element(ns::PUBSUB).to_xml();
            self.put(owner(jid), &kind::items(node), &item.id, value, bound).await?;
        }
        drop(account);
        let event = Element::new("items", ns::PUBSUB_EVENT).with("node", node).child(item.to_element(ns::PUBSUB_EVENT));
        self.notify(jid, node, event, out).await
    }

    /// Takes an item back, and tells who wants to hear of it if so wished.
    pub(crate) async fn retract(
        &self,
        jid: &BareJid,
        node: &str,
        id: &str,
        notify: bool,
        out: &mut Out,
    ) -> Result<(), StanzaError> {
        let config = self.readable(jid, jid, node).await?;
        let removed = self.remove(owner(jid), &kind::items(node), id).await?;
        if !removed {
            return Err(refuse(Condition::ItemNotFound, "There is no such item."));
        }
        if !notify && !config.notify_retract {
            return Ok(());
        }
        let retract = Element::new("retract", ns::PUBSUB_EVENT).with("id", id);
        let event = Element::new("items", ns::PUBSUB_EVENT).with("node", node).child(retract);
        self.notify(jid, node, event, out).await
    }
}
