//! What is said in the room (XEP-0045 §7.4): checked, cleaned, named, kept, and passed to everyone, as one and the
//! same bytes.

use std::sync::Arc;

use parterre_xmpp::{Condition, Element, ErrorType, StanzaError, Wire, ns};

use crate::command::Sender;
use crate::effect::{ArchivedMessage, Audience, Change, Effect};
use crate::mam;
use crate::occupants::OccupantId;
use crate::presence::Notice;
use crate::recent::Replay;
use crate::room::Room;
use crate::slow::has_words;
use crate::{Affiliation, Role};

impl Room {
    /// A message to the room, or, with a nick, to an occupant.
    pub(crate) fn take_message(&mut self, sender: &Sender, nick: Option<&str>, stanza: Element, out: &mut Vec<Effect>) {
        match (stanza.get("type").unwrap_or("normal"), nick) {
            ("error", _) => {}
            ("groupchat", None) => self.take_groupchat(sender, stanza, out),
            ("groupchat", Some(_)) => self.refuse(sender, &stanza, Condition::BadRequest, out),
            (_, Some(nick)) => self.take_private_message(sender, nick, stanza, out),
            ("normal" | "chat" | "headline", None) => self.take_request(sender, &stanza, out),
            _ => self.refuse(sender, &stanza, Condition::BadRequest, out),
        }
    }

    /// A message to the room that is not said in it: an invitation, its refusal, a request for voice.
    fn take_request(&mut self, sender: &Sender, stanza: &Element, out: &mut Vec<Effect>) {
        let asked = stanza.find("x", ns::MUC_USER);
        if asked.is_some_and(|x| x.find_own("invite").is_some()) {
            self.invite(sender, stanza, out);
        } else if asked.is_some_and(|x| x.find_own("decline").is_some()) {
            self.decline(sender, stanza, out);
        } else if let Some(form) = stanza.find("x", ns::DATA) {
            self.take_voice_form(sender, stanza, form, out);
        } else {
            let error = StanzaError::new(Condition::BadRequest)
                .text("Messages to everyone in a room are of the type groupchat.");
            self.refuse(sender, stanza, error, out);
        }
    }

    fn take_groupchat(&mut self, sender: &Sender, stanza: Element, out: &mut Vec<Effect>) {
        let Some((id, occupant)) = self.occupants.of_session(sender.session) else {
            let error = Self::not_an_occupant().of_type(ErrorType::Modify);
            return self.refuse(sender, &stanza, error, out);
        };
        let role = occupant.role;
        if is_subject_change(&stanza) {
            return self.change_subject(id, role, sender, stanza, out);
        }
        if role < Role::Participant {
            return self.refuse(sender, &stanza, self.why_silent(id), out);
        }
        if own_retraction(&stanza).is_some_and(|target| self.is_taken_back(target)) {
            let error = StanzaError::new(Condition::ItemNotFound).text("This message has been taken back already.");
            return self.refuse(sender, &stanza, error, out);
        }
        // Slow mode last, since what it lets pass has been said.
        if let Err(error) = self.check_emoji(role, &stanza).and_then(|()| self.check_pace(sender, role, &stanza)) {
            return self.refuse(sender, &stanza, error, out);
        }
        let kind = Kind::of(&stanza);
        let too_many = self.occupants.len() > self.policy.chat_states_up_to || !self.strain.is_calm();
        if kind == Kind::ChatState && too_many {
            return;
        }
        if kind == Kind::Kept {
            self.speaks(id, out);
        }
        if has_words(&stanza)
            && let Some(occupant) = self.occupants.get_mut(id)
        {
            occupant.said = occupant.said.saturating_add(1);
        }
        let retracted = own_retraction(&stanza).map(str::to_owned);
        let stamp = self.stamp(sender).filter(|_| kind != Kind::ChatState);
        let message = self.reflected(id, stanza, kind == Kind::Kept).child_opt(stamp);
        if let Some(target) = retracted {
            self.bury_own(sender, &target, message.get("id").unwrap_or_default(), out);
        }
        if kind == Kind::Kept {
            self.say(&message, Some(sender), true, out);
        } else {
            out.push(Effect::Broadcast(Audience::ALL, Arc::new(Wire::stanza(&message))));
        }
    }

    /// Whoever speaks for the first time is announced with it, where that is what the room announces.
    pub(crate) fn speaks(&mut self, id: OccupantId, out: &mut Vec<Effect>) {
        let Some(occupant) = self.occupants.get_mut(id) else {
            return;
        };
        occupant.spoken = true;
        if occupant.announced != crate::occupants::Announced::Fully && self.is_broadcast(id) {
            self.publish_to_others(id, &Notice::default(), out);
        }
    }

    /// A message as occupants get it: from the occupant's address, with what only the room may say put in place of
    /// what the sender said in its name.
    pub(crate) fn reflected(&self, id: OccupantId, mut stanza: Element, kept: bool) -> Element {
        let room = self.address.as_str();
        stanza.retain(|child| match (child.name(), child.ns()) {
            ("stanza-id", ns::STANZA_ID) => child.get("by").is_some_and(|by| !same_address(by, room)),
            ("occupant-id", ns::OCCUPANT_ID) | (_, ns::MUC_USER | ns::MUC | ns::ROOM) | ("moderated", _) => false,
            ("delay", ns::DELAY) => child.get("from").is_some_and(|from| !same_address(from, room)),
            // Only the room says that a moderator did something.
            ("apply-to", ns::FASTEN) => !child.children().any(|inner| inner.ns() == ns::MODERATE_0),
            ("retract", ns::RETRACT) => !child.has("moderated", ns::MODERATE),
            _ => true,
        });
        let nick = self.occupants.get(id).map_or("", |occupant| &occupant.nick);
        stanza.unset("to");
        stanza.set("type", "groupchat");
        stanza.set("from", self.occupant_address(nick));
        if stanza.get("id").is_none_or(str::is_empty) {
            stanza.set("id", self.now.to_string());
        }
        if kept {
            stanza.push(self.stanza_id());
        }
        stanza.push(self.occupant_id(id));
        stanza
    }

    /// The `<stanza-id/>` of what the command at work says (XEP-0359 §3.1).
    pub(crate) fn stanza_id(&self) -> Element {
        Element::new("stanza-id", ns::STANZA_ID).with("id", self.now.to_string()).with("by", self.address.as_str())
    }

    /// Keeps a message that bears its `<stanza-id/>`, and passes it to everyone. `replayed`: whether it is part of
    /// the history that newcomers get.
    pub(crate) fn say(&mut self, message: &Element, author: Option<&Sender>, replayed: bool, out: &mut Vec<Effect>) {
        let mut stanza = message.to_xml();
        if let Some(author) = author {
            let role = self.role_of(author.session).unwrap_or(Role::Participant);
            mam::add_author(&mut stanza, &author.jid, self.affiliation_of(author), role);
        }
        let archived = ArchivedMessage {
            id: self.now,
            from: message.get("from").unwrap_or_default().to_owned(),
            author: author.map(|author| author.jid.to_bare()),
            stanza: stanza.clone(),
        };
        let replay = if replayed { Replay::of(message) } else { Replay::Never };
        self.recent.push(&self.address, &archived, replay, self.config.archiving);
        if self.config.archiving {
            out.push(Effect::Store(Change::Message(archived)));
        }
        let audience = self.audience_of(message, author);
        out.push(Effect::Broadcast(audience, Arc::new(Wire::stanza(message))));
    }

    /// A message from the room itself to everyone, which nobody keeps.
    pub(crate) fn notify(&self, codes: &[u16], out: &mut Vec<Effect>) {
        let x = Element::new("x", ns::MUC_USER).children_from(codes.iter().copied().map(crate::room::status));
        let message = Element::message("groupchat").with("from", self.address.as_str()).child(x);
        out.push(Effect::Broadcast(Audience::ALL, Arc::new(Wire::stanza(&message))));
    }

    /// Whether somebody may ask an occupant something in private.
    pub(crate) fn may_write_privately(&self, from: OccupantId, to: OccupantId) -> bool {
        let (Some(sender), Some(target)) = (self.occupants.get(from), self.occupants.get(to)) else {
            return false;
        };
        self.occupants.account(from) == self.occupants.account(to)
            || self.config.allow_pm.permits(sender.role)
            // Who may not write to everyone may still answer, or turn to, those who moderate, unless nobody may write.
            || self.config.allow_pm != crate::config::AllowPm::None
                && target.role == Role::Moderator
                && self.affiliation_of_occupant(from) >= Affiliation::Member
    }
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Kept and passed on.
    Kept,
    /// Passed on.
    Passing,
    /// Nothing but a chat state (XEP-0085).
    ChatState,
}

impl Kind {
    /// XEP-0313 §5.1.2: what is said, or changes what was said, is kept. Also where the sender asks that it not be
    /// (XEP-0334): what everybody has read and the room does not have, no moderator could take back.
    fn of(stanza: &Element) -> Kind {
        let mut kind = Kind::ChatState;
        for child in stanza.children() {
            match (child.name(), child.ns()) {
                ("body", ns::CLIENT)
                | ("store", ns::HINTS)
                | ("retract", ns::RETRACT)
                | ("reactions", ns::REACTIONS)
                | ("replace", ns::CORRECT)
                | ("apply-to", ns::FASTEN) => return Kind::Kept,
                (_, ns::CHATSTATES | ns::HINTS | ns::STANZA_ID | ns::ROOM) | ("thread", ns::CLIENT) => {}
                _ => kind = Kind::Passing,
            }
        }
        kind
    }
}

/// XEP-0045 §8.1: a subject and nothing said with it.
pub(crate) fn is_subject_change(stanza: &Element) -> bool {
    stanza.find_own("subject").is_some() && stanza.find_own("body").is_none() && stanza.find_own("thread").is_none()
}

/// The id of the message that this one retracts (XEP-0424 §4, and the form of 2024 within XEP-0422).
pub(crate) fn own_retraction(stanza: &Element) -> Option<&str> {
    if let Some(retract) = stanza.find("retract", ns::RETRACT) {
        return retract.get("id");
    }
    stanza.find("apply-to", ns::FASTEN).filter(|apply| apply.has("retract", ns::RETRACT_0))?.get("id")
}

/// Whether two addresses are the same, however written.
fn same_address(one: &str, room: &str) -> bool {
    one == room || parterre_xmpp::Jid::new(one).is_ok_and(|jid| jid.to_bare().as_str() == room)
}
