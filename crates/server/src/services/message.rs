//! Messages between people (RFC 6121 §8): to a session, to an account, to an account that is away.
//!
//! Messages to rooms do not come here. Of those that come, copies go to the other sessions of both sides (XEP-0280).

use std::sync::Arc;

use parterre_xmpp::{BareJid, Condition, Element, Jid, StanzaError, Wire};

use super::archive::Kept;
use super::iq::{Host, elsewhere, unavailable};
use super::out::Out;
use super::{Asker, Services, archive, blocking, carbons, clock};
use crate::registry::Resource;

impl Services {
    pub(crate) async fn message(&self, who: &Asker, to: Option<&Jid>, mut stanza: Element, out: &mut Out) {
        // A message to nobody is one to the sender's own account (RFC 6120 §10.3.1).
        let own = Jid::from(who.bare.clone());
        let to = to.unwrap_or(&own);
        stanza.set("to", to.as_str());
        archive::remove_forged_ids(&mut stanza, [&who.bare, &to.to_bare()]);
        if let Err(error) = self.message_out(who, to, &stanza, out).await {
            out.error(&stanza, &error);
        }
    }

    async fn message_out(&self, who: &Asker, to: &Jid, stanza: &Element, out: &mut Out) -> Result<(), StanzaError> {
        if !who.anonymous && self.account(&who.bare).await?.blocks(to) {
            return Err(blocking::blocked_by_oneself());
        }
        match (self.host(to.domain()), to.node()) {
            (None, _) => return Err(elsewhere()),
            (Some(_), None) | (Some(Host::Rooms), _) => return Err(unavailable()),
            (Some(Host::Accounts | Host::Anonymous), Some(_)) => {}
        }
        let kept = self.message_to_account(to, stanza, out).await?;
        if !who.anonymous {
            let stanza = archive::with_id(stanza, &who.bare, kept.by_sender);
            carbons::sent(&self.registry, who.bare.as_str(), who.binding, &stanza, out);
        }
        Ok(())
    }

    /// A message for an account or one of its sessions, whoever sent it. `from` and `to` are set. Gives its ids in the
    /// archives of both.
    pub(crate) async fn message_to_account(
        &self,
        to: &Jid,
        stanza: &Element,
        out: &mut Out,
    ) -> Result<Kept, StanzaError> {
        let bare = to.to_bare();
        if self.has_blocked_sender(&bare, stanza).await? {
            return refused(kind(stanza)).map(|()| Kept::default());
        }
        let (at, was_there) = (clock::now(), self.somebody_is_open(&bare));
        let kept = self.archive(to, stanza).await?;
        let mut stanza = archive::with_id(stanza, &bare, kept.by_recipient);
        if !was_there && self.somebody_is_open(&bare) {
            // They came while it was being kept: to them it is of before (XEP-0203).
            stanza = std::borrow::Cow::Owned(self.stamped(stanza.into_owned(), at));
        }
        let handed = self.hand_over(to, &stanza, out).await;
        // What cannot be delivered at once is not sent back if its recipient finds it in the archive.
        if kept.by_recipient.is_none() {
            handed?;
        }
        Ok(kept)
    }

    /// Whether a session of the address takes messages.
    fn somebody_is_open(&self, bare: &BareJid) -> bool {
        self.registry
            .sessions(bare.as_str())
            .iter()
            .any(|session| session.priority.is_some_and(|priority| priority >= 0))
    }

    /// Whether that account has blocked whoever sent the message (XEP-0191 §3.3).
    pub(crate) async fn has_blocked_sender(&self, account: &BareJid, stanza: &Element) -> Result<bool, StanzaError> {
        if account.domain() != self.settings.domain {
            return Ok(false);
        }
        let Some(from) = stanza.get("from").and_then(|from| Jid::new(from).ok()) else { return Ok(false) };
        Ok(self.account(account).await?.blocks(&from))
    }

    /// Whether [`Services::hand_over`] can be expected to find anybody, or a place where a message waits.
    pub(crate) async fn finds_somebody(&self, to: &Jid, stanza: &Element) -> Result<bool, StanzaError> {
        if to.is_full() && (kind(stanza) != "chat" || self.registry.session(to.as_str()).is_some()) {
            return Ok(self.registry.session(to.as_str()).is_some());
        }
        self.exists(&to.to_bare()).await
    }

    /// Delivers a message, or keeps it until somebody comes (RFC 6121 §8.5).
    pub(crate) async fn hand_over(&self, to: &Jid, stanza: &Element, out: &mut Out) -> Result<(), StanzaError> {
        let bare = to.to_bare();
        let kind = kind(stanza);
        let has_account = bare.domain() == self.settings.domain;
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

fn kind(stanza: &Element) -> &str {
    stanza.get("type").unwrap_or("normal")
}

/// What becomes of a message that cannot be delivered, by its type (RFC 6121 §8.5.4).
fn refused(kind: &str) -> Result<(), StanzaError> {
    match kind {
        "error" | "headline" => Ok(()),
        _ => Err(Condition::ServiceUnavailable.into()),
    }
}
