//! Presence subscriptions between accounts (RFC 6121 §3 and appendix A).
//!
//! Enters: `subscribe`, `subscribed`, `unsubscribe`, `unsubscribed` of a session. Leaves: both rosters changed, one
//! after the other, roster pushes, the stanza for the contact, and the presences that begin or cease to be seen.

use std::sync::Arc;

use parterre_xmpp::{BareJid, Condition, Element, StanzaError, Wire};

use super::account::Account;
use super::out::Out;
use super::presence::unavailable;
use super::roster::Contact;
use super::{Asker, Services, refuse};
use crate::registry::Flag;

/// A kept request that is larger than this loses all but its type: it comes back at every login.
const REQUEST_BYTES: usize = 4096;

/// What a stanza changes about a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Subscribe,
    Subscribed,
    Unsubscribe,
    Unsubscribed,
}

impl Change {
    pub(crate) fn parse(kind: &str) -> Option<Self> {
        Some(match kind {
            "subscribe" => Change::Subscribe,
            "subscribed" => Change::Subscribed,
            "unsubscribe" => Change::Unsubscribe,
            "unsubscribed" => Change::Unsubscribed,
            _ => return None,
        })
    }

    fn as_str(self) -> &'static str {
        match self {
            Change::Subscribe => "subscribe",
            Change::Subscribed => "subscribed",
            Change::Unsubscribe => "unsubscribe",
            Change::Unsubscribed => "unsubscribed",
        }
    }
}

/// A presence of that type between two bare addresses.
fn notice(kind: &'static str, from: &BareJid, to: &BareJid) -> Element {
    Element::presence().with("type", kind).with("from", from.as_str()).with("to", to.as_str())
}

impl Services {
    /// A session changes the subscription between its account and somebody's (RFC 6121 §3, the user's side).
    pub(crate) async fn subscription_out(
        &self,
        who: &Asker,
        contact: &BareJid,
        change: Change,
        mut stanza: Element,
        out: &mut Out,
    ) -> Result<(), StanzaError> {
        if who.anonymous || contact.domain() != self.settings.domain || contact.node().is_none() {
            return Err(refuse(Condition::NotAllowed, "Only people with an account here can be contacts."));
        }
        if *contact == who.bare {
            return Ok(());
        }
        // Subscriptions are between bare addresses (RFC 6121 §3.1.1).
        stanza.set("from", who.bare.as_str());
        stanza.set("to", contact.as_str());
        let mut account = self.account(&who.bare).await?;
        let before = account.roster.get(contact.as_str()).cloned().unwrap_or_else(|| Contact::new(contact.clone()));
        let answers = before.from || before.request.is_some();
        let (news, goes) = match change {
            Change::Subscribe => (!before.to && !before.ask || !before.listed, true),
            Change::Unsubscribe => (before.to || before.ask, true),
            Change::Subscribed => (!before.from && !before.approved, before.request.is_some()),
            Change::Unsubscribed => (answers || before.approved, answers),
        };
        let mut sees_contact = before.to;
        if news {
            let after = self.change_contact(&mut account, contact, |entry| own_side(entry, change)).await?;
            sees_contact = after.to;
            self.push_contact(&account, &after, out);
        }
        drop(account);
        if goes {
            self.subscription_in(&who.bare, contact, change, &stanza, out).await?;
        }
        match change {
            Change::Subscribed if goes => {
                self.show_presence(&who.bare, contact, out).await?;
                if sees_contact {
                    // The contact's presence may have been held back until now.
                    self.show_presence(contact, &who.bare, out).await?;
                }
            }
            Change::Unsubscribed if before.from => self.hide_presence(&who.bare, contact, None, out),
            _ => {}
        }
        Ok(())
    }

    /// The same stanza where the contact's roster is (RFC 6121 §3, the contact's side). `from` and `to` as there.
    async fn subscription_in(
        &self,
        from: &BareJid,
        to: &BareJid,
        change: Change,
        stanza: &Element,
        out: &mut Out,
    ) -> Result<(), StanzaError> {
        if !self.exists(to).await? {
            // RFC 6121 §8.5.1: silence, so that nobody can try out addresses.
            return Ok(());
        }
        let mut account = self.account(to).await?;
        if account.blocks(&from.clone().into()) {
            return Ok(());
        }
        let before = account.roster.get(from.as_str()).cloned().unwrap_or_else(|| Contact::new(from.clone()));
        match change {
            Change::Subscribe if before.from => {
                drop(account);
                self.subscription_answered(to, from, out).await
            }
            Change::Subscribe if before.approved => {
                let after = self
                    .change_contact(&mut account, from, |entry| {
                        entry.from = true;
                        entry.approved = false;
                    })
                    .await?;
                self.push_contact(&account, &after, out);
                drop(account);
                self.subscription_answered(to, from, out).await?;
                self.show_presence(to, from, out).await
            }
            Change::Subscribe => {
                let request =
                    if stanza.to_xml().len() > REQUEST_BYTES { notice("subscribe", from, to) } else { stanza.clone() };
                self.change_contact(&mut account, from, |entry| entry.request = Some(request.clone())).await?;
                drop(account);
                // That the request has arrived is said without giving away who is there.
                self.to_available(from, &notice("unavailable", to, from), out);
                self.to_available(to, &request, out);
                Ok(())
            }
            Change::Subscribed if before.ask => {
                self.contact_changed(&mut account, from, change, stanza, out).await?;
                Ok(())
            }
            Change::Unsubscribe if before.from || before.request.is_some() => {
                self.contact_changed(&mut account, from, change, stanza, out).await?;
                drop(account);
                if before.from {
                    self.hide_presence(to, from, None, out);
                }
                Ok(())
            }
            Change::Unsubscribed if before.to || before.ask => {
                self.contact_changed(&mut account, from, change, stanza, out).await
            }
            _ => Ok(()),
        }
    }

    async fn contact_changed(
        &self,
        account: &mut Account,
        from: &BareJid,
        change: Change,
        stanza: &Element,
        out: &mut Out,
    ) -> Result<(), StanzaError> {
        let after = self.change_contact(account, from, |entry| other_side(entry, change)).await?;
        let wire = Arc::new(Wire::addressed(stanza));
        for session in self.registry.sessions(account.jid.as_str()).iter().filter(|to| to.is(Flag::Interested)) {
            out.send(session, wire.clone());
        }
        self.push_contact(account, &after, out);
        Ok(())
    }

    /// Answers a request that was granted beforehand (RFC 6121 §3.1.3, §3.4.2).
    async fn subscription_answered(&self, from: &BareJid, to: &BareJid, out: &mut Out) -> Result<(), StanzaError> {
        let answer = notice("subscribed", from, to);
        let mut account = self.account(to).await?;
        if account.roster.get(from.as_str()).is_some_and(|entry| entry.ask) {
            self.contact_changed(&mut account, from, Change::Subscribed, &answer, out).await?;
        }
        Ok(())
    }

    /// Ends both subscriptions with a contact that was removed (RFC 6121 §2.5.2).
    pub(crate) async fn end_subscriptions(&self, user: &BareJid, removed: &Contact, out: &mut Out) {
        for (held, change) in [
            (removed.to || removed.ask, Change::Unsubscribe),
            (removed.from || removed.request.is_some(), Change::Unsubscribed),
        ] {
            if held {
                let stanza = notice(change.as_str(), user, &removed.jid);
                if let Err(error) = self.subscription_in(user, &removed.jid, change, &stanza, out).await {
                    tracing::debug!(%user, contact = %removed.jid, ?error, "a contact was not told");
                }
            }
        }
        if removed.from {
            self.hide_presence(user, &removed.jid, None, out);
        }
    }

    /// Makes all presences of an account vanish before one contact's eyes.
    pub(crate) fn hide_presence(&self, of: &BareJid, from: &BareJid, status: Option<&str>, out: &mut Out) {
        for session in self.registry.sessions(of.as_str()).iter().filter(|session| session.priority.is_some()) {
            self.to_available(from, &unavailable(&session.jid, status).with("to", from.as_str()), out);
        }
    }
}

/// What a stanza of the owner changes in the owner's roster.
fn own_side(entry: &mut Contact, change: Change) {
    match change {
        Change::Subscribe => {
            entry.ask = !entry.to;
            entry.listed = true;
        }
        Change::Unsubscribe => {
            entry.to = false;
            entry.ask = false;
        }
        Change::Subscribed => {
            entry.from = entry.request.take().is_some();
            entry.approved = !entry.from;
            entry.listed = true;
        }
        Change::Unsubscribed => {
            entry.from = false;
            entry.approved = false;
            entry.request = None;
        }
    }
}

/// What a stanza of the contact changes in the owner's roster.
fn other_side(entry: &mut Contact, change: Change) {
    match change {
        Change::Subscribed => {
            entry.to = true;
            entry.ask = false;
        }
        Change::Unsubscribed => {
            entry.to = false;
            entry.ask = false;
        }
        Change::Unsubscribe => {
            entry.from = false;
            entry.request = None;
        }
        Change::Subscribe => {}
    }
}
