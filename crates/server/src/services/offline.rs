//! Messages for an account that is away (XEP-0160): kept, bounded, and delivered when it comes.

use parterre_store::{Bound, Document, Full};
use parterre_xmpp::{BareJid, Condition, Element, StanzaError, ns};

use super::account::{failed, kind, owner};
use super::out::Out;
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
    stanza
        .find("x", ns::MUC_USER)
        .is_some_and(|x| x.find_own("invite").is_some())
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
        let document = Document {
            key: format!("{:016x}-{id}", at.0),
            value: stanza.to_xml(),
            at,
        };
        let bound = Bound {
            count: limits.offline_messages,
            bytes: limits.offline_bytes,
            full: Full::Refuse,
        };
        let kept = self
            .store
            .put_document(owner(account), kind::OFFLINE, document, bound)
            .await;
        kept.map_err(|error| match error {
            parterre_store::StoreError::Bound { .. } => refuse(
                Condition::ServiceUnavailable,
                "They are away, and no more messages can wait for them.",
            ),
            error => failed(&error),
        })
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

/// A name that nothing else has.
pub(crate) fn unique() -> Option<String> {
    let random = getrandom::u64().ok()?;
    Some(format!("{random:016x}"))
}
