//! Messages between people (RFC 6121 §8): to a session, to an account, to an account that is away.
//!
//! Messages to rooms do not come here. Of those that come, copies go to the other sessions of both sides (XEP-0280).

use std::sync::Arc;

use parterre_xmpp::{Condition, Element, Jid, StanzaError, Wire};

use super::iq::{Host, elsewhere, unavailable};
use super::out::Out;
use super::{Asker, Services, blocking, carbons};
use crate::registry::Resource;

impl Services {
    pub(crate) async fn message(&self, who: &Asker, to: Option<&Jid>, mut stanza: Element, out: &mut Out) {
        // A message to nobody is one to the sender's own account (RFC 6120 §10.3.1).
        let own = Jid::from(who.bare.clone());
        let to = to.unwrap_or(&own);
        stanza.set("to", to.as_str());
        if let Err(error) = self.message_out(who, to, &stanza, out).await {
            out.error(&stanza, &error);
        }
    }

    async fn message_out(&self, who: &Asker, to: &Jid, stanza: &Element, out: &mut Out) -> Result<(), StanzaError> {
        if !who.anonymous && self.account(&who.bare).await?.blocks(to) {
            return Err(blocking::blocked_by_oneself());
        }
        match (self.host(to.domain().as_str()), to.node()) {
            (None, _) => return Err(elsewhere()),
            (Some(_), None) | (Some(Host::Rooms), _) => return Err(unavailable()),
            (Some(Host::Accounts | Host::Anonymous), Some(_)) => {}
        }
        self.message_to_account(to, stanza, out).await?;
        if !who.anonymous {
            carbons::sent(&self.registry, who.bare.as_str(), who.binding, stanza, out);
        }
        Ok(())
    }

    /// A message for an account or one of its sessions, whoever sent it. `from` and `to` are set.
    pub(crate) async fn message_to_account(
        &self,
        to: &Jid,
        stanza: &Element,
        out: &mut Out,
    ) -> Result<(), StanzaError> {
        let bare = to.to_bare();
        let kind = stanza.get("type").unwrap_or("normal");
        let has_account = bare.domain().as_str() == self.settings.domain;
        if has_account
            && let Some(from) = stanza.get("from").and_then(|from| Jid::new(from).ok())
            && self.account(&bare).await?.blocks(&from)
        {
            return refused(kind);
        }
        if to.is_full() {
            if let Some(session) = self.registry.session(to.as_str()) {
                out.send(&session, Arc::new(Wire::addressed(&carbons::without_private(stanza))));
                carbons::received(&self.registry, bare.as_str(), &[session.binding], stanza, out);
                return Ok(());
            }
            // RFC 6121 §8.5.3.2.1: only a chat looks for another session.
            if kind != "chat" {
                return refused(kind);
            }
        }
        if kind == "groupchat" || kind == "error" {
            return refused(kind);
        }
        let sessions = self.registry.sessions(bare.as_str());
        let open: Vec<&Resource> =
            sessions.iter().filter(|session| session.priority.is_some_and(|priority| priority >= 0)).collect();
        if !open.is_empty() {
            let wire = Arc::new(Wire::addressed(&carbons::without_private(stanza)));
            for session in &open {
                out.send(session, wire.clone());
            }
            let had: Vec<_> = open.iter().map(|session| session.binding).collect();
            carbons::received(&self.registry, bare.as_str(), &had, stanza, out);
            return Ok(());
        }
        if kind == "headline" {
            return Ok(());
        }
        if !has_account || !self.exists(&bare).await? {
            return Err(unavailable());
        }
        self.keep_waiting(&bare, stanza).await?;
        self.deliver_to_who_came(&bare).await
    }
}

/// What becomes of a message that cannot be delivered, by its type (RFC 6121 §8.5.4).
fn refused(kind: &str) -> Result<(), StanzaError> {
    match kind {
        "error" | "headline" => Ok(()),
        _ => Err(Condition::ServiceUnavailable.into()),
    }
}
