//! Presence (RFC 6121 §4): who is there, told to contacts, to own sessions, and to whom it was directed.
//!
//! Anonymous people's presence goes back to themselves and nowhere else: nobody can subscribe to it. What a session
//! sends to rooms does not come here.

use std::sync::Arc;

use parterre_xmpp::{BareJid, Condition, Element, Jid, StanzaError, Timestamp, Wire, ns};

use super::iq::{Host, elsewhere};
use super::out::Out;
use super::subscription::Change;
use super::{Asker, Services, clock, refuse};

/// An unavailable presence of that address.
pub(crate) fn unavailable(from: &str, status: Option<&str>) -> Element {
    let presence = Element::presence().with("type", "unavailable").with("from", from);
    match status {
        Some(status) if !status.is_empty() => presence.field("status", status),
        _ => presence,
    }
}

impl Services {
    pub(crate) async fn presence(&self, who: &Asker, to: Option<&Jid>, stanza: Element, out: &mut Out) {
        let kind = stanza.get("type").map(str::to_owned);
        let handled = match (to, kind.as_deref()) {
            (_, Some("error")) => Ok(()),
            (None, None) => self.presence_available(who, &stanza, out).await,
            (None, Some("unavailable")) => self.presence_unavailable(who, &stanza, out).await,
            (None, Some("probe")) => self.probe(who, &who.bare, out).await,
            (None, Some(_)) => Err(refuse(Condition::BadRequest, "This presence must be addressed to somebody.")),
            (Some(to), kind) => self.presence_to(who, to, kind, &stanza, out).await,
        };
        if let Err(error) = handled {
            out.error(&stanza, &error);
        }
    }

    // --- to nobody in particular ----------------------------------------------------------------------------

    async fn presence_available(&self, who: &Asker, stanza: &Element, out: &mut Out) -> Result<(), StanzaError> {
        let priority = match stanza.field_text("priority") {
            Some(text) => text.trim().parse().map_err(|_| {
                refuse(Condition::BadRequest, "The priority of a presence is a number from -128 to 127.")
            })?,
            None => 0,
        };
        if who.anonymous {
            self.registry.available(who.jid.as_str(), who.binding, priority, None);
            out.answer(stanza);
            return Ok(());
        }
        let kept = (Arc::new(stanza.clone()), clock::now());
        let Some(was_available) = self.registry.available(who.jid.as_str(), who.binding, priority, Some(kept)) else {
            return Ok(());
        };
        let wants_news = self.caps_announced(who, stanza, out);
        self.tell_contacts(&who.bare, stanza, out).await;
        if !was_available {
            self.came_in(who, priority, out).await?;
        }
        if wants_news {
            self.send_last_items(who, out).await;
        }
        Ok(())
    }

    /// What a session gets at its initial presence (RFC 6121 §4.2): the presences of its other sessions and of
    /// contacts, requests that wait for an answer, and messages that came in between.
    async fn came_in(&self, who: &Asker, priority: i8, out: &mut Out) -> Result<(), StanzaError> {
        for other in self.registry.sessions(who.bare.as_str()) {
            if other.binding != who.binding
                && let Some((presence, _)) = &other.presence
            {
                out.answer(presence);
            }
        }
        let (seen, requests) = {
            let account = self.account(&who.bare).await?;
            let seen: Vec<_> = account.roster.iter().filter(|entry| entry.to).map(|entry| entry.jid.clone()).collect();
            let requests: Vec<_> = account.roster.iter().filter_map(|entry| entry.request.clone()).collect();
            (seen, requests)
        };
        for contact in seen {
            for presence in self.shown_presences(&contact, &who.bare).await? {
                out.answer(&presence.with("to", who.bare.as_str()));
            }
        }
        for request in requests {
            out.answer(&request);
        }
        if priority >= 0 {
            self.deliver_waiting(who, out).await?;
        }
        Ok(())
    }

    async fn presence_unavailable(&self, who: &Asker, stanza: &Element, out: &mut Out) -> Result<(), StanzaError> {
        let Some((directed, was_available)) = self.registry.unavailable(who.jid.as_str(), who.binding) else {
            return Ok(());
        };
        out.answer(stanza);
        if !who.anonymous || !directed.is_empty() {
            self.withdraw(who, stanza, was_available, &directed, out).await;
        }
        Ok(())
    }

    /// Tells everybody who saw a session that it is gone, and notes when it went.
    pub(crate) async fn withdraw(
        &self,
        who: &Asker,
        gone: &Element,
        was_available: bool,
        directed: &[Jid],
        out: &mut Out,
    ) {
        for to in directed {
            self.deliver_to(to, &gone.clone().with("to", to.as_str()), out);
        }
        if !was_available || who.anonymous {
            return;
        }
        self.note_last_seen(&who.bare, &gone.field_text("status").unwrap_or_default()).await;
        // The session itself is not available any more, so it is not among those told here.
        self.tell_contacts(&who.bare, gone, out).await;
    }

    /// Sends a presence of an account to its own available sessions and to the contacts who may see it.
    pub(crate) async fn tell_contacts(&self, user: &BareJid, presence: &Element, out: &mut Out) {
        let (presence, contacts) = match self.account(user).await {
            Ok(account) => {
                let available = presence.get("type").is_none();
                let presence = presence.clone();
                let presence = if available { account.with_photo(presence) } else { presence };
                let seen_by = account.roster.iter().filter(|entry| entry.from && !account.blocks(&entry.jid));
                (presence, seen_by.map(|entry| entry.jid.clone()).collect::<Vec<_>>())
            }
            Err(error) => {
                tracing::warn!(%user, ?error, "a presence went to nobody: the roster could not be read");
                return;
            }
        };
        let wire = Arc::new(Wire::stanza(&presence));
        for session in self.registry.sessions(user.as_str()).iter().filter(|session| session.priority.is_some()) {
            out.send(session, wire.clone());
        }
        for contact in contacts {
            if self.registry.is_bound(contact.as_str()) && !self.has_blocked(&contact, user).await {
                self.to_available(&contact, &presence.clone().with("to", contact.as_str()), out);
            }
        }
    }

    /// Hands a stanza to the available sessions of an account as it is addressed.
    pub(crate) fn to_available(&self, account: &BareJid, stanza: &Element, out: &mut Out) {
        let sessions = self.registry.sessions(account.as_str());
        let mut available = sessions.iter().filter(|session| session.priority.is_some()).peekable();
        if available.peek().is_some() {
            let wire = Arc::new(Wire::addressed(stanza));
            available.for_each(|session| out.send(session, wire.clone()));
        }
    }

    async fn has_blocked(&self, account: &BareJid, whom: &BareJid) -> bool {
        match self.account(account).await {
            Ok(account) => account.blocks(&whom.clone().into()),
            Err(_) => true,
        }
    }

    /// Whether an account lets that address see its presence.
    pub(crate) async fn shows_presence(&self, account: &BareJid, to: &BareJid) -> Result<bool, StanzaError> {
        Ok(account == to
            || account.domain() == self.settings.domain && self.account(account).await?.roster.shows_to(to.as_str()))
    }

    /// The presences of an account that a contact may see now, with the time at which they were sent.
    async fn shown_presences(&self, of: &BareJid, to: &BareJid) -> Result<Vec<Element>, StanzaError> {
        let sessions = self.registry.sessions(of.as_str());
        if sessions.iter().all(|session| session.presence.is_none()) {
            return Ok(Vec::new());
        }
        let account = self.account(of).await?;
        if !account.roster.shows_to(to.as_str()) || account.blocks(&to.clone().into()) {
            return Ok(Vec::new());
        }
        let shown = sessions.iter().filter_map(|session| session.presence.as_ref());
        Ok(shown.map(|(presence, at)| self.stamped(account.with_photo((**presence).clone()), *at)).collect())
    }

    /// The stanza with the time at which the server had it (XEP-0203).
    pub(crate) fn stamped(&self, stanza: Element, at: Timestamp) -> Element {
        let delay =
            Element::new("delay", ns::DELAY).with("from", self.settings.domain.as_str()).with("stamp", at.to_string());
        stanza.child(delay)
    }

    /// Shows an account's presences to a contact's available sessions, if the contact may see them.
    pub(crate) async fn show_presence(&self, of: &BareJid, to: &BareJid, out: &mut Out) -> Result<(), StanzaError> {
        if !self.registry.is_bound(to.as_str()) || self.has_blocked(to, of).await {
            return Ok(());
        }
        for presence in self.shown_presences(of, to).await? {
            self.to_available(to, &presence.with("to", to.as_str()), out);
        }
        Ok(())
    }

    // --- to somebody ----------------------------------------------------------------------------------------

    async fn presence_to(
        &self,
        who: &Asker,
        to: &Jid,
        kind: Option<&str>,
        stanza: &Element,
        out: &mut Out,
    ) -> Result<(), StanzaError> {
        let bare = to.to_bare();
        match (self.host(to.domain()), to.node()) {
            (None, _) => return Err(elsewhere()),
            // Nothing at the server's own addresses looks at presence.
            (Some(_), None) | (Some(Host::Rooms), _) => return Ok(()),
            _ => {}
        }
        if !who.anonymous && kind != Some("unavailable") && self.account(&who.bare).await?.blocks(to) {
            return Err(super::blocking::blocked_by_oneself());
        }
        match kind {
            Some("probe") => self.probe(who, &bare, out).await,
            Some(kind) if kind != "unavailable" => match Change::parse(kind) {
                Some(change) => self.subscription_out(who, &bare, change, stanza.clone(), out).await,
                None => Err(refuse(Condition::BadRequest, "There is no such type of presence.")),
            },
            _ => self.presence_directed(who, to, stanza, out).await,
        }
    }

    /// Presence for one address only (RFC 6121 §4.6). Who got it is told when the session goes.
    async fn presence_directed(
        &self,
        who: &Asker,
        to: &Jid,
        stanza: &Element,
        out: &mut Out,
    ) -> Result<(), StanzaError> {
        let bare = to.to_bare();
        if bare.domain() == self.settings.domain && self.has_blocked(&bare, &who.bare).await {
            return Ok(());
        }
        let available = stanza.get("type").is_none();
        let bound = self.settings.limits.directed_presences;
        if bare != who.bare && !self.registry.directed(who.jid.as_str(), who.binding, to, available, bound) {
            let text = "You have sent directed presence to as many addresses as one session may.";
            return Err(refuse(Condition::ResourceConstraint, text));
        }
        self.deliver_to(to, &stanza.clone().with("to", to.as_str()), out);
        Ok(())
    }

    /// A question for somebody's presence (RFC 6121 §4.3.2).
    async fn probe(&self, who: &Asker, contact: &BareJid, out: &mut Out) -> Result<(), StanzaError> {
        let own = *contact == who.bare;
        if !own && (who.anonymous || !self.shows_presence(contact, &who.bare).await?) {
            let refusal = Element::presence().with("type", "unsubscribed").with("from", contact.as_str());
            out.answer(&refusal.with("to", who.bare.as_str()));
            return Ok(());
        }
        let presences = if own {
            let sessions = self.registry.sessions(contact.as_str());
            let shown = sessions.iter().filter_map(|session| session.presence.as_ref());
            shown.map(|(presence, at)| self.stamped((**presence).clone(), *at)).collect()
        } else {
            self.shown_presences(contact, &who.bare).await?
        };
        if presences.is_empty() {
            out.answer(&unavailable(contact.as_str(), None));
        }
        for presence in &presences {
            out.answer(presence);
        }
        Ok(())
    }
}
