//! Events of personal eventing: to whom they go (XEP-0163 §4).

use std::sync::Arc;

use parterre_xmpp::{BareJid, Element, StanzaError, Wire, ns};

use super::super::out::Out;
use super::super::{Asker, Services};
use super::config::SendLast;
use super::{Access, Item, NodeConfig};
use crate::registry::Resource;

fn wants(session: &Resource, node: &str) -> bool {
    session.priority.is_some()
        && session.wanted.as_ref().is_some_and(|wanted| wanted.binary_search_by(|known| (**known).cmp(node)).is_ok())
}

fn message(account: &BareJid, event: Element) -> Element {
    Element::message("headline")
        .with("from", account.as_str())
        .child(Element::new("event", ns::PUBSUB_EVENT).child(event))
}

impl Services {
    /// Tells the account's sessions, and those of contacts who may read the node, that want to hear of it.
    pub(super) async fn notify(
        &self,
        jid: &BareJid,
        node: &str,
        event: Element,
        out: &mut Out,
    ) -> Result<(), StanzaError> {
        let wire = Arc::new(Wire::stanza(&message(jid, event)));
        for session in self.registry.sessions(jid.as_str()).iter().filter(|session| wants(session, node)) {
            out.send(session, wire.clone());
        }
        let contacts: Vec<BareJid> = {
            let account = self.account(jid).await?;
            if account.nodes.get(node).is_some_and(|config| config.access == Access::Whitelist) {
                return Ok(());
            }
            let readers = account.roster.iter().filter(|entry| entry.from && !account.blocks(&entry.jid));
            readers.map(|entry| entry.jid.clone()).collect()
        };
        for contact in contacts {
            let sessions = self.registry.sessions(contact.as_str());
            let mut wanting = sessions.iter().filter(|session| wants(session, node)).peekable();
            if wanting.peek().is_some() && !self.account(&contact).await?.blocks(&jid.clone().into()) {
                wanting.for_each(|session| out.send(session, wire.clone()));
            }
        }
        Ok(())
    }

    /// Sends a session the newest item of every node of which it wants events: its own account's and those of the
    /// contacts whose presence it sees (XEP-0163 §4.3.3).
    pub(crate) async fn send_last_items(&self, who: &Asker, out: &mut Out) {
        let Some(session) = self.registry.session(who.jid.as_str()).filter(|s| s.binding == who.binding) else {
            return;
        };
        if session.wanted.as_ref().is_none_or(|wanted| wanted.is_empty()) {
            return;
        }
        let mut publishers = vec![who.bare.clone()];
        if let Ok(account) = self.account(&who.bare).await {
            let seen = account.roster.iter().filter(|entry| entry.to && !account.blocks(&entry.jid));
            publishers.extend(seen.map(|entry| entry.jid.clone()));
        }
        for publisher in publishers {
            if let Err(error) = self.send_last_items_of(&publisher, &session, &who.bare, out).await {
                tracing::debug!(%publisher, ?error, "the newest items were not sent");
            }
        }
    }

    async fn send_last_items_of(
        &self,
        publisher: &BareJid,
        session: &Resource,
        reader: &BareJid,
        out: &mut Out,
    ) -> Result<(), StanzaError> {
        let may_send = |config: &NodeConfig| config.send_last == SendLast::OnPresence && config.persist;
        let nodes: Vec<String> = {
            let account = self.account(publisher).await?;
            if account.blocks(&reader.clone().into()) {
                return Ok(());
            }
            let wanted = account.nodes.iter().filter(|(node, config)| {
                wants(session, node) && may_send(config) && config.check_reader(&account, reader).is_ok()
            });
            wanted.map(|(node, _)| node.clone()).collect()
        };
        for node in nodes {
            let items: Vec<Item> = self.items(publisher, &node).await?;
            if let Some(last) = items.last() {
                let event =
                    Element::new("items", ns::PUBSUB_EVENT).with("node", node).child(last.to_element(ns::PUBSUB_EVENT));
                out.send(session, Arc::new(Wire::stanza(&message(publisher, event))));
            }
        }
        Ok(())
    }
}
