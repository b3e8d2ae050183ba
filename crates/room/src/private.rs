//! What one occupant sends to another through the room: messages (XEP-0045 §7.5), queries, probes.
//!
//! Neither learns the other's address: each knows the other by nick alone.

use std::sync::Arc;

use parterre_xmpp::{Condition, Element, StanzaError, Wire, ns, reply};

use crate::Role;
use crate::command::{Sender, SessionId};
use crate::effect::Effect;
use crate::occupants::{Announced, OccupantId, bare};
use crate::room::Room;

/// Longest id of a query that is passed on; it travels within another id.
const MAX_ID_BYTES: usize = 512;

impl Room {
    pub(crate) fn take_private_message(
        &mut self,
        sender: &Sender,
        nick: &str,
        mut stanza: Element,
        out: &mut Vec<Effect>,
    ) {
        let (from, to) = match self.between(sender, nick) {
            Ok(both) => both,
            Err(error) => return self.refuse(sender, &stanza, error, out),
        };
        if self.is_muted_towards(from, to) {
            return self.refuse(sender, &stanza, self.why_silent(from), out);
        }
        if !self.may_write_privately(from, to) {
            let error = StanzaError::new(Condition::PolicyViolation)
                .of_type(parterre_xmpp::ErrorType::Cancel)
                .text("This room does not let you send private messages.");
            return self.refuse(sender, &stanza, error, out);
        }
        let refusal = self.refusal_by_block(sender, &stanza);
        let nick = self.occupants.get(from).map_or("", |occupant| &occupant.nick);
        stanza.retain(|child| {
            let of_the_room = child.is("stanza-id", ns::STANZA_ID) && child.get("by") == Some(self.address.as_str());
            let forged =
                child.is("occupant-id", ns::OCCUPANT_ID) || matches!(child.ns(), ns::MUC_USER | ns::MUC | ns::ROOM);
            !of_the_room && !forged
        });
        stanza.unset("to");
        stanza.set("from", self.occupant_address(nick));
        stanza.push(Element::new("x", ns::MUC_USER));
        stanza.push(self.occupant_id(from));
        let sessions = self.occupants.get(to).map(|occupant| occupant.sessions.clone()).unwrap_or_default();
        self.pass(to, sessions, stanza, refusal, out);
    }

    /// Passes something on to sessions of an occupant. People without an account have no list of whom they block.
    fn pass(
        &self,
        to: OccupantId,
        sessions: Vec<SessionId>,
        stanza: Element,
        refusal: Option<(SessionId, Arc<Wire>)>,
        out: &mut Vec<Effect>,
    ) {
        let Some(session) = self.occupants.primary(to) else { return };
        if session.anonymous {
            let wire = Arc::new(Wire::stanza(&stanza));
            return out.extend(sessions.into_iter().map(|session| Effect::Send(session, wire.clone())));
        }
        out.push(Effect::Pass { account: session.jid.to_bare(), sessions, stanza: Box::new(stanza), refusal });
    }

    /// What the sender of a stanza gets if its recipient has blocked them: the same as if the recipient could not be
    /// reached (XEP-0191 §3.4).
    fn refusal_by_block(&self, sender: &Sender, stanza: &Element) -> Option<(SessionId, Arc<Wire>)> {
        let refusal = self.refusal(stanza, Condition::ServiceUnavailable)?;
        Some((sender.session, Arc::new(Wire::stanza(&refusal))))
    }

    /// Whether a moderator has muted somebody, who then cannot go on in private, except with those who moderate.
    fn is_muted_towards(&self, from: OccupantId, to: OccupantId) -> bool {
        let moderates = self.occupants.get(to).is_some_and(|occupant| occupant.role == Role::Moderator);
        !moderates && self.occupants.account(from) != self.occupants.account(to) && self.mute_of(from).is_some()
    }

    /// The two occupants of a stanza from one to the other.
    fn between(&self, sender: &Sender, nick: &str) -> Result<(OccupantId, OccupantId), StanzaError> {
        let (from, _) = self.occupants.of_session(sender.session).ok_or_else(Self::not_an_occupant)?;
        let to = self
            .occupants
            .by_nick(nick)
            .ok_or_else(|| StanzaError::new(Condition::ItemNotFound).text("Nobody here bears this nick."))?;
        Ok((from, to))
    }

    /// An `<iq/>` to an occupant.
    pub(crate) fn take_private_iq(&mut self, sender: &Sender, nick: &str, iq: Element, out: &mut Vec<Effect>) {
        if matches!(iq.get("type"), Some("result" | "error")) {
            return self.pass_answer(sender, nick, iq, out);
        }
        let discovers =
            iq.children().next().is_some_and(|payload| matches!(payload.ns(), ns::DISCO_INFO | ns::DISCO_ITEMS));
        if discovers && self.role_of(sender.session).is_none() {
            // §6.6 asks for this one, where §7.5 and XEP-0410 ask for `not-acceptable`.
            return self.refuse(sender, &iq, Condition::BadRequest, out);
        }
        let (from, to) = match self.between(sender, nick) {
            Ok(both) => both,
            Err(error) => return self.refuse(sender, &iq, error, out),
        };
        let asks = |name, namespace| iq.get("type") == Some("get") && iq.has(name, namespace);
        if from == to && asks("ping", ns::PING) {
            // XEP-0410 §3.3: the room knows the answer.
            return Self::acknowledge(sender, &iq, out);
        }
        if asks("vCard", ns::VCARD) {
            return self.give_vcard(sender, to, iq, out);
        }
        let known = iq.children().next().is_some_and(|payload| payload.ns() != ns::VCARD);
        if !known || iq.get("id").is_none_or(|id| id.is_empty() || id.len() > MAX_ID_BYTES) {
            return self.refuse(sender, &iq, Condition::BadRequest, out);
        }
        if !self.may_write_privately(from, to) {
            let error = StanzaError::new(Condition::Forbidden).text("This room does not let you query its occupants.");
            return self.refuse(sender, &iq, error, out);
        }
        self.pass_query(sender, from, to, iq, out);
    }

    /// Passes a query on under an id that leads the answer back to the session that asked.
    fn pass_query(&self, sender: &Sender, from: OccupantId, to: OccupantId, mut iq: Element, out: &mut Vec<Effect>) {
        let Some(target) = self.occupants.get(to).and_then(|occupant| occupant.sessions.first()).copied() else {
            return;
        };
        let refusal = self.refusal_by_block(sender, &iq);
        let nick = self.occupants.get(from).map_or("", |occupant| &occupant.nick);
        let id = format!("{:x}.{}", sender.session.0, iq.get("id").unwrap_or_default());
        iq.set("id", id);
        iq.set("from", self.occupant_address(nick));
        iq.unset("to");
        self.pass(to, vec![target], iq, refusal, out);
    }

    fn pass_answer(&self, sender: &Sender, nick: &str, mut iq: Element, out: &mut Vec<Effect>) {
        let Some((_, answering)) = self.occupants.of_session(sender.session) else {
            return;
        };
        let Some(to) = self.occupants.by_nick(nick) else { return };
        let Some((session, id)) = iq.get("id").and_then(|id| id.split_once('.')) else {
            return;
        };
        let Some(session) = u64::from_str_radix(session, 16).ok().map(SessionId) else {
            return;
        };
        if !self.occupants.get(to).is_some_and(|occupant| occupant.sessions.contains(&session)) {
            return;
        }
        let id = id.to_owned();
        iq.set("id", id);
        iq.set("from", self.occupant_address(&answering.nick));
        iq.unset("to");
        self.pass(to, vec![session], iq, None, out);
    }

    /// The vCard of an occupant is their account's. Anonymous people have none.
    fn give_vcard(&self, sender: &Sender, to: OccupantId, iq: Element, out: &mut Vec<Effect>) {
        let Some(session) = self.occupants.primary(to) else {
            return;
        };
        if session.anonymous {
            let empty = reply(&iq, "result").child(Element::new("vCard", ns::VCARD));
            return Self::send(sender.session, &empty, out);
        }
        out.push(Effect::VCardOf { account: session.jid.to_bare(), session: sender.session, iq: Box::new(iq) });
    }

    /// A presence probe (RFC 6121 §4.3), which clients use to learn whether they are still in the room. Of those
    /// whose presence is not broadcast only moderators may ask.
    pub(crate) fn answer_probe(
        &mut self,
        sender: &Sender,
        nick: Option<&str>,
        stanza: &Element,
        out: &mut Vec<Effect>,
    ) {
        let Some((own, _)) = self.occupants.of_session(sender.session) else {
            return self.refuse(sender, stanza, Self::not_an_occupant(), out);
        };
        let Some(nick) = nick else { return };
        let sees_addresses = self.sees_addresses(own);
        if let Some(id) = self.occupants.by_nick(nick) {
            if id == own {
                return self.send_own(id, sender.session, &crate::presence::Notice::default(), out);
            }
            let unknown = self.occupants.get(id).is_some_and(|occupant| occupant.announced == Announced::No);
            if unknown && self.role_of(sender.session) != Some(Role::Moderator) {
                return;
            }
            if unknown {
                // Now somebody knows of them, who must hear when they leave.
                self.occupants.set_announced(id, Announced::Partly);
                self.witnesses.add(sender.session);
            }
            let Some(views) = self.views(id) else { return };
            let wire = if sees_addresses { views.full } else { views.anonymous };
            return out.push(Effect::Send(sender.session, wire));
        }
        // Somebody who has reserved the nick and is away.
        let Some(account) = self.affiliations.nick_owner(nick) else {
            return;
        };
        let shown = sees_addresses || bare(&sender.jid) == account;
        Self::send(sender.session, &self.absent(nick, account, shown), out);
    }
}
