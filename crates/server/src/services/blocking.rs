//! The block list (XEP-0191): whom an account does not want to hear from, and what that does to presence.

use std::sync::Arc;

use parterre_store::{Bound, Full};
use parterre_xmpp::{BareJid, Condition, Element, Jid, StanzaError, Wire, ns};

use super::account::{failed, kind, matches, owner};
use super::iq::{Answer, Handled, Request};
use super::out::Out;
use super::{Services, refuse};
use crate::registry::Flag;

/// The answer to somebody who writes to an address that they have blocked (XEP-0191 §3.3).
pub(crate) fn blocked_by_oneself() -> StanzaError {
    StanzaError::new(Condition::NotAcceptable)
        .of_type(parterre_xmpp::ErrorType::Cancel)
        .text("You have blocked this JID")
        .extra(Element::new("blocked", ns::BLOCKING_ERRORS))
}

fn item(jid: &Jid) -> Element {
    Element::new("item", ns::BLOCKING).with("jid", jid.as_str())
}

/// The addresses that a request names; an error if one is none.
fn named(payload: &Element) -> Result<Vec<Jid>, StanzaError> {
    let items = payload.children().filter(|child| child.is("item", ns::BLOCKING));
    let jids = items.map(|item| item.get("jid").and_then(|jid| Jid::new(jid).ok()));
    jids.collect::<Option<_>>().ok_or_else(|| refuse(Condition::JidMalformed, "An item has no valid address."))
}

impl Services {
    /// Whether that account has blocked whoever sent the stanza, if it can be said at once: it can while somebody is logged
    /// in to the account, unless the account is being changed just now.
    pub(crate) fn is_known_to_block(&self, account: &BareJid, stanza: &Element) -> Option<bool> {
        if account.domain() != self.settings.domain {
            return Some(false);
        }
        let Some(from) = stanza.get("from").and_then(|from| Jid::new(from).ok()) else { return Some(false) };
        self.accounts.look(account, |account| account.blocks(&from))
    }

    pub(crate) async fn blocklist(&self, request: &Request<'_>) -> Handled {
        let who = request.who;
        self.registry.flag(who.jid.as_str(), who.binding, Flag::BlockList, true);
        let account = self.account(&who.bare).await?;
        let items = account.blocked.iter().map(item);
        Ok(Answer::With(Element::new("blocklist", ns::BLOCKING).children_from(items)))
    }

    pub(crate) async fn block(&self, request: &Request<'_>, out: &mut Out) -> Handled {
        let jids = named(request.payload)?;
        if jids.is_empty() {
            return Err(refuse(Condition::BadRequest, "Name the addresses to block."));
        }
        let limit = self.settings.limits.blocked;
        let bound = Bound { count: limit, bytes: limit.saturating_mul(4096), full: Full::Refuse };
        let mut account = self.account(&request.who.bare).await?;
        let mut hidden_from = Vec::new();
        for jid in &jids {
            if account.blocked.contains(jid) {
                continue;
            }
            self.put(owner(&account.jid), kind::BLOCKED, jid.as_str(), String::new(), bound).await?;
            let newly = account.roster.iter().filter(|entry| {
                entry.from && matches(std::slice::from_ref(jid), &entry.jid) && !account.blocks(&entry.jid)
            });
            hidden_from.extend(newly.map(|entry| entry.jid.clone()));
            account.blocked.push(jid.clone());
        }
        drop(account);
        let answer = request.done_now(out);
        self.push_blocking(&request.who.bare, "block", &jids, out);
        for contact in hidden_from {
            // The blocked contact sees the person go offline, and is told no more (XEP-0191 §3.3).
            self.hide_presence(&request.who.bare, &contact, None, out);
        }
        Ok(answer)
    }

    pub(crate) async fn unblock(&self, request: &Request<'_>, out: &mut Out) -> Handled {
        let jids = named(request.payload)?;
        let mut account = self.account(&request.who.bare).await?;
        let owner = owner(&request.who.bare);
        let before = account.blocked.clone();
        if jids.is_empty() {
            self.store.remove_documents(owner, kind::BLOCKED).await.map_err(|error| failed(&error))?;
            account.blocked.clear();
        } else {
            for jid in &jids {
                self.remove(owner, kind::BLOCKED, jid.as_str()).await?;
                account.blocked.retain(|blocked| blocked != jid);
            }
        }
        let seen_again = account
            .roster
            .iter()
            .filter(|entry| entry.from && matches(&before, &entry.jid) && !account.blocks(&entry.jid));
        let seen_again: Vec<BareJid> = seen_again.map(|entry| entry.jid.clone()).collect();
        drop(account);
        let answer = request.done_now(out);
        self.push_blocking(&request.who.bare, "unblock", &jids, out);
        for contact in seen_again {
            self.show_presence(&request.who.bare, &contact, out).await?;
        }
        Ok(answer)
    }

    /// Tells the account's sessions that asked for the list what has changed in it.
    fn push_blocking(&self, account: &BareJid, what: &'static str, jids: &[Jid], out: &mut Out) {
        let payload = Element::new(what, ns::BLOCKING).children_from(jids.iter().map(item));
        let wire = Arc::new(Wire::stanza(&Element::iq("set", "blocking").child(payload)));
        for session in self.registry.sessions(account.as_str()).iter().filter(|to| to.is(Flag::BlockList)) {
            out.send(session, wire.clone());
        }
    }
}
