//! The roster over the wire (RFC 6121 §2): asking for it, changing it, and telling the owner's other sessions.

use std::sync::Arc;

use parterre_xmpp::{BareJid, Condition, Element, Jid, Wire, ns};

use super::account::Account;
use super::iq::{Answer, Handled, Request};
use super::out::Out;
use super::roster::{Contact, groups};
use super::{Services, refuse};
use crate::registry::Flag;

impl Services {
    /// A client asks for the roster, and for its changes from now on (RFC 6121 §2.1.3, §2.6).
    pub(crate) async fn roster_get(&self, request: &Request<'_>) -> Handled {
        let who = request.who;
        self.registry.flag(who.jid.as_str(), who.binding, Flag::Interested, true);
        let account = self.account(&who.bare).await?;
        match request.payload.get("ver") {
            Some(version) if account.roster.is_known(version) => Ok(Answer::Done),
            _ => Ok(Answer::With(account.roster.to_query())),
        }
    }

    /// A client adds, changes or removes a contact (RFC 6121 §2.3 to §2.5).
    pub(crate) async fn roster_set(&self, request: &Request<'_>, out: &mut Out) -> Handled {
        let mut items = request.payload.children();
        let (Some(item), None) = (items.next().filter(|item| item.is("item", ns::ROSTER)), items.next()) else {
            return Err(refuse(Condition::BadRequest, "A roster is changed one item at a time."));
        };
        let Some(Ok(jid)) = item.get("jid").map(Jid::new) else {
            return Err(refuse(Condition::BadRequest, "The item has no valid address."));
        };
        let contact = jid.to_bare();
        if contact == request.who.bare {
            return Err(refuse(Condition::NotAllowed, "You cannot be your own contact."));
        }
        if item.get("subscription") == Some("remove") {
            return self.roster_remove(request, &contact, out).await;
        }
        let (name, groups) = self.checked(item)?;
        let mut account = self.account(&request.who.bare).await?;
        let changed = self
            .change_contact(&mut account, &contact, |entry| {
                entry.name = name;
                entry.groups = groups;
                entry.listed = true;
            })
            .await?;
        let answer = request.done_now(out);
        self.push_contact(&account, &changed, out);
        Ok(answer)
    }

    /// Name and groups of an item, within their bounds (RFC 6121 §2.3.3).
    fn checked(&self, item: &Element) -> Result<(Option<String>, Vec<String>), parterre_xmpp::StanzaError> {
        let limits = &self.settings.limits;
        let name = item.get("name").filter(|name| !name.is_empty()).map(str::to_owned);
        let groups = groups(item);
        let too_long = |text: &String| text.chars().count() > limits.roster_name_chars;
        if name.as_ref().is_some_and(too_long) || groups.iter().any(too_long) {
            return Err(refuse(Condition::NotAcceptable, "The name of the contact or of a group is too long."));
        }
        if groups.iter().any(String::is_empty) {
            return Err(refuse(Condition::NotAcceptable, "A group must have a name."));
        }
        if groups.len() > limits.roster_groups {
            return Err(refuse(Condition::NotAcceptable, "The contact is in too many groups."));
        }
        if groups.iter().enumerate().any(|(at, group)| groups.iter().skip(at + 1).any(|other| other == group)) {
            return Err(refuse(Condition::BadRequest, "The same group is named twice."));
        }
        Ok((name, groups))
    }

    async fn roster_remove(&self, request: &Request<'_>, contact: &BareJid, out: &mut Out) -> Handled {
        let mut account = self.account(&request.who.bare).await?;
        let listed = account.roster.get(contact.as_str()).is_some_and(|entry| entry.listed);
        let removed = if listed { self.remove_contact(&mut account, contact).await? } else { None };
        let Some(removed) = removed else {
            return Err(refuse(Condition::ItemNotFound, "There is no such contact."));
        };
        let answer = request.done_now(out);
        let item = Element::new("item", ns::ROSTER).with("jid", contact.as_str()).with("subscription", "remove");
        self.push_item(&account, item, out);
        drop(account);
        self.end_subscriptions(&request.who.bare, &removed, out).await;
        Ok(answer)
    }

    /// Tells the owner's interested sessions how a contact is now.
    pub(crate) fn push_contact(&self, account: &Account, contact: &Contact, out: &mut Out) {
        if contact.listed {
            self.push_item(account, contact.to_item(), out);
        }
    }

    fn push_item(&self, account: &Account, item: Element, out: &mut Out) {
        let version = account.roster.shown_version();
        let query = Element::new("query", ns::ROSTER).with("ver", version.as_str()).child(item);
        let push = Element::iq("set", &format!("roster-{version}")).child(query);
        let wire = Arc::new(Wire::stanza(&push));
        for session in self.registry.sessions(account.jid.as_str()).iter().filter(|to| to.is(Flag::Interested)) {
            out.send(session, wire.clone());
        }
    }
}
