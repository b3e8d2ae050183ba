//! Messages for an account that is away (XEP-0160): kept, bounded, and delivered when it comes.

use std::sync::Arc;

use parterre_store::{Bound, Document, Full};
use parterre_xmpp::{BareJid, Condition, Element, Jid, StanzaError, Wire, ns};

use super::account::{failed, kind, owner};
use super::iq::Host;
use super::out::{Out, error_reply};
use super::{Asker, Services, clock, refuse};

/// Whether a message is worth keeping: chat states and the like are not.
fn worth_keeping(stanza: &Element) -> bool {
    let hint = |name| stanza.has(name, ns::HINTS);
    if hint("no-store") || hint("no-permanent-store") {
        return false;
    }
    hint("store") || stanza.find_own("body").is_some() || stanza.has("x", ns::CONFERENCE) || is_invitation(stanza)
}

fn is_invitation(stanza: &Element) -> bool {
    stanza.find("x", ns::MUC_USER).is_some_and(|x| x.find_own("invite").is_some())
}

impl Services {
    /// Keeps a message until its account comes.
    pub(crate) async fn keep_waiting(&self, account: &BareJid, stanza: &Element) -> Result<(), StanzaError> {
        if !worth_keeping(stanza) {
            return Ok(());
        }
        let limits = &self.settings.limits;
        let at = clock::now();
        let id = unique().ok_or(Condition::InternalServerError)?;
        let document = Document { key: format!("{:016x}-{id}", at.0), value: stanza.to_xml(), at };
        let bound = Bound { count: limits.offline_messages, bytes: limits.offline_bytes, full: Full::Refuse };
        let kept = self.store.put_document(owner(account), kind::OFFLINE, document, bound).await;
        kept.map_err(|error| match error {
            parterre_store::StoreError::Bound { .. } => {
                refuse(Condition::ServiceUnavailable, "They are away, and no more messages can wait for them.")
            }
            error => failed(&error),
        })
    }

    /// Delivers what waits to a session that came while it was being put there, and so may have looked too early.
    pub(crate) async fn deliver_to_who_came(&self, account: &BareJid) -> Result<(), StanzaError> {
        let sessions = self.registry.sessions(account.as_str());
        let Some(session) = sessions.iter().find(|session| session.priority.is_some_and(|priority| priority >= 0))
        else {
            return Ok(());
        };
        let owner = owner(account);
        for document in self.documents(owner, kind::OFFLINE).await? {
            let removed = self.remove(owner, kind::OFFLINE, &document.key).await?;
            if removed && let Ok(stanza) = document.value.parse::<Element>() {
                session.handle.deliver(Arc::new(Wire::addressed(&self.stamped(stanza, document.at))));
            }
        }
        Ok(())
    }

    /// Delivers what waits to a session that has just come.
    pub(crate) async fn deliver_waiting(&self, who: &Asker, out: &mut Out) -> Result<(), StanzaError> {
        let owner = owner(&who.bare);
        let waiting = self.documents(owner, kind::OFFLINE).await?;
        for document in waiting {
            // Whoever removes it delivers it: of two sessions that come at once, one gets it.
            let removed = self.remove(owner, kind::OFFLINE, &document.key).await?;
            if removed && let Ok(stanza) = document.value.parse::<Element>() {
                out.answer(&self.stamped(stanza, document.at));
            }
        }
        Ok(())
    }
}

impl Services {
    /// Takes what a session was sent and never got, oldest first, now that it has ended. A message that only this
    /// session can have had goes the way of messages to its account (RFC 6121 §8.5.3.2.1); an iq is answered for it.
    pub async fn undelivered(&self, who: &Asker, stanzas: Vec<Arc<Wire>>) {
        let mut out = Out::to_others();
        for wire in stanzas {
            let Some(stanza) = std::str::from_utf8(wire.bytes()).ok().and_then(|xml| xml.parse::<Element>().ok())
            else {
                continue;
            };
            let Some(from) = stanza.get("from").and_then(|from| Jid::new(from).ok()) else {
                continue;
            };
            let error = match stanza.name() {
                "message" if self.host(from.domain()) == Some(Host::Rooms) => continue,
                "message" => self.message_again(who, stanza.clone(), &mut out).await.err(),
                "iq" => Some(Condition::ServiceUnavailable.into()),
                _ => None,
            };
            if let Some(reply) = error.and_then(|error| error_reply(&stanza, &error)) {
                self.deliver_to(&from, &reply.with("from", who.jid.as_str()), &mut out);
            }
        }
    }

    async fn message_again(&self, who: &Asker, mut stanza: Element, out: &mut Out) -> Result<(), StanzaError> {
        let is_copy = stanza.has("sent", ns::CARBONS) || stanza.has("received", ns::CARBONS);
        if is_copy || !worth_keeping(&stanza) || !matches!(stanza.get("type"), None | Some("chat" | "normal")) {
            return Ok(());
        }
        let was_for_all = stanza.get("to") == Some(who.bare.as_str());
        let open = |session: &crate::registry::Resource| session.priority.is_some_and(|priority| priority >= 0);
        if was_for_all && self.registry.sessions(who.bare.as_str()).iter().any(open) {
            // The other sessions have had it.
            return Ok(());
        }
        stanza.set("to", who.bare.as_str());
        if self.has_blocked_sender(&who.bare, &stanza).await? {
            return Err(Condition::ServiceUnavailable.into());
        }
        // Not by way of the archives: they have it.
        self.hand_over(&who.bare.clone().into(), &stanza, out).await
    }
}

/// A name that nothing else has.
pub(crate) fn unique() -> Option<String> {
    let random = getrandom::u64().ok()?;
    Some(format!("{random:016x}"))
}
