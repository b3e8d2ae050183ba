//! Invitations through the room, and their refusal (XEP-0045 §7.8.2).
//!
//! The room knows whom it has invited for whom, as long as it is in memory: a refusal answers an invitation, once. It is no
//! way for strangers to write to somebody in the room, or to find out who is there.

use std::collections::VecDeque;

use parterre_xmpp::{Condition, Element, Jid, StanzaError, ns};

use crate::Affiliation;
use crate::affiliation::Listed;
use crate::command::Sender;
use crate::effect::Effect;
use crate::occupants::bare;
use crate::presence::Actor;
use crate::room::Room;

/// How many invitations are known, the newest ones.
const KNOWN: usize = 128;

/// The invitations that have not been declined, the oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Invitations(VecDeque<Invitation>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Invitation {
    /// The account that is invited.
    to: Box<str>,
    /// The account that invites.
    by: Box<str>,
    /// As whom, in the room.
    from: Box<str>,
}

impl Invitations {
    fn note(&mut self, invitation: Invitation) {
        self.0.retain(|known| *known != invitation);
        if self.0.len() == KNOWN {
            self.0.pop_front();
        }
        self.0.push_back(invitation);
    }

    /// The account that has invited another one, if that other names it: as in the invitation, or by its address. It is
    /// given once.
    fn take(&mut self, invited: &str, by: &Jid) -> Option<Box<str>> {
        let account = by.to_bare();
        let is_it = |known: &Invitation| {
            *known.to == *invited && (*known.from == *by.as_str() || *known.by == *account.as_str())
        };
        let at = self.0.iter().rposition(is_it)?;
        Some(self.0.remove(at)?.by)
    }
}

impl Room {
    /// `<x xmlns='…muc#user'><invite to='…'/></x>`: passed on as the room's word, so that it says who invites only
    /// by nick.
    pub(crate) fn invite(&mut self, sender: &Sender, stanza: &Element, out: &mut Vec<Effect>) {
        let Some((_, occupant)) = self.occupants.of_session(sender.session) else {
            return self.refuse(sender, stanza, Self::not_an_occupant(), out);
        };
        let inviter = self.occupant_address(&occupant.nick);
        let affiliation = self.affiliation_of(sender);
        if occupant.role == crate::Role::Visitor || !self.config.may_invite(affiliation) {
            let error = StanzaError::new(Condition::Forbidden).text("You may not invite people to this room.");
            return self.refuse(sender, stanza, error, out);
        }
        let asked_for: Vec<_> = stanza
            .children()
            .filter(|child| child.is("x", ns::MUC_USER))
            .flat_map(|x| x.children().filter(|child| child.is("invite", ns::MUC_USER)))
            .collect();
        if asked_for.len() > self.policy.max_items {
            let error = StanzaError::new(Condition::NotAcceptable).text("Invite fewer people at once.");
            return self.refuse(sender, stanza, error, out);
        }
        let Some(addresses) =
            asked_for.iter().map(|one| one.get("to").and_then(|to| Jid::new(to).ok())).collect::<Option<Vec<_>>>()
        else {
            let error = StanzaError::new(Condition::JidMalformed).text("An invitation names an address to invite.");
            return self.refuse(sender, stanza, error, out);
        };
        for (invite, to) in asked_for.into_iter().zip(addresses) {
            self.make_member(&to, &inviter, out);
            self.invitations.note(Invitation {
                to: to.to_bare().as_str().into(),
                by: bare(&sender.jid).into(),
                from: inviter.as_str().into(),
            });
            out.push(Effect::Route(self.invitation(stanza, invite, &to, &inviter)));
        }
    }

    fn invitation(&self, stanza: &Element, invite: &Element, to: &Jid, inviter: &str) -> Element {
        let reason = self.reason_in(invite);
        let text = reason.clone().unwrap_or_default();
        let room = self.address.as_str();
        let kept = invite.find_own("continue").cloned();
        let mut x = Element::new("x", ns::MUC_USER).child(
            Element::new("invite", ns::MUC_USER).with("from", inviter).field("reason", text.as_str()).child_opt(kept),
        );
        if let Some(password) = &self.config.password {
            x = x.field("password", password.as_str());
        }
        let told = match &reason {
            Some(reason) => format!("{inviter} invited you to the room {room} ({reason})"),
            None => format!("{inviter} invited you to the room {room}"),
        };
        // Direct (XEP-0249), for clients that know no other.
        let direct = Element::new("x", ns::CONFERENCE)
            .with("jid", room)
            .with_opt("reason", reason)
            .with_opt("password", self.config.password.as_deref());
        Element::new("message", ns::CLIENT)
            .with("from", room)
            .with("to", to.to_string())
            .with_opt("id", stanza.get("id"))
            .child(x)
            .field("body", told)
            .child(direct)
    }

    /// In a room for members only, whoever is invited becomes one: else the invitation would be worth nothing.
    fn make_member(&mut self, to: &Jid, inviter: &str, out: &mut Vec<Effect>) {
        let account = to.to_bare();
        let full = self.affiliations.len() >= self.policy.max_affiliations;
        if self.config.members_only && !full && self.affiliations.of(account.as_str()) == Affiliation::None {
            let entry =
                Listed { affiliation: Affiliation::Member, nick: None, reason: Some(format!("Invited by {inviter}")) };
            self.set_affiliation(account.as_str(), entry, &Actor::default(), out);
        }
    }

    /// `<decline to='…'/>`: goes to whoever invited, while they are here.
    pub(crate) fn decline(&mut self, sender: &Sender, stanza: &Element, out: &mut Vec<Effect>) {
        let decline = stanza.find("x", ns::MUC_USER).and_then(|x| x.find_own("decline"));
        let to = decline.and_then(|decline| decline.get("to")).and_then(|to| Jid::new(to).ok());
        let (Some(decline), Some(to)) = (decline, to) else {
            let error = StanzaError::new(Condition::JidMalformed).text("Say whose invitation you decline.");
            return self.refuse(sender, stanza, error, out);
        };
        if self.affiliation_of(sender) == Affiliation::Outcast {
            return self.refuse(sender, stanza, Condition::Forbidden, out);
        }
        let from = bare(&sender.jid);
        let inviter = self.invitations.take(from, &to);
        let here = inviter.and_then(|by| self.occupants.where_account(|account| *account == *by).into_iter().next());
        let Some(occupant) = here.and_then(|id| self.occupants.get(id)) else {
            let error =
                StanzaError::new(Condition::ItemNotFound).text("Nobody who is in the room has invited you just now.");
            return self.refuse(sender, stanza, error, out);
        };
        let reason = self.reason_in(decline);
        let told = match &reason {
            Some(reason) => format!("{from} declined your invitation to the room {} ({reason})", self.address),
            None => format!("{from} declined your invitation to the room {}", self.address),
        };
        let message = Element::new("message", ns::CLIENT)
            .with("from", self.address.as_str())
            .with_opt("id", stanza.get("id"))
            .child(Element::new("x", ns::MUC_USER).child(
                Element::new("decline", ns::MUC_USER).with("from", from).field("reason", reason.unwrap_or_default()),
            ))
            .field("body", told);
        for session in occupant.sessions.clone() {
            Self::send(session, &message, out);
        }
    }
}
