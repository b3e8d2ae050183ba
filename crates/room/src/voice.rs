//! Asking for voice, and giving it (XEP-0045 §7.13, §8.6).

use std::sync::Arc;

use parterre_xmpp::forms::{Field, FieldType, Form, FormType};
use parterre_xmpp::{Condition, Element, FullJid, StanzaError, Wire, ns};

use crate::command::Sender;
use crate::effect::{Audience, Effect};
use crate::occupants::OccupantId;
use crate::room::Room;
use crate::{Affiliation, Role};

const ROLE: &str = "muc#role";
const JID: &str = "muc#jid";
const NICK: &str = "muc#roomnick";
const ALLOW: &str = "muc#request_allow";

impl Room {
    /// A form sent to the room: a request for voice, or a moderator's answer to one.
    pub(crate) fn take_voice_form(&mut self, sender: &Sender, stanza: &Element, form: &Element, out: &mut Vec<Effect>) {
        let form = match Form::parse(form) {
            Ok(form) if form.form_type() == Some(ns::MUC_REQUEST) && form.kind == FormType::Submit => form,
            Ok(form) if form.kind == FormType::Cancel => return,
            Ok(_) => {
                let error = StanzaError::new(Condition::BadRequest).text("A room takes forms that ask for voice.");
                return self.refuse(sender, stanza, error, out);
            }
            Err(error) => return self.refuse(sender, stanza, error, out),
        };
        let Some((id, occupant)) = self.occupants.of_session(sender.session) else {
            return self.refuse(sender, stanza, Self::not_an_occupant(), out);
        };
        match occupant.role {
            Role::Visitor => match self.may_ask_for_voice(id) {
                Ok(()) => self.ask_for_voice(id, out),
                Err(error) => self.refuse(sender, stanza, error, out),
            },
            Role::Moderator => self.answer_voice_request(sender, stanza, &form, out),
            // Who has voice needs none.
            Role::Participant => {}
        }
    }

    /// Whoever is muted for a time waits, and where accounts are what it takes, nobody is asked in vain.
    fn may_ask_for_voice(&self, id: OccupantId) -> Result<(), StanzaError> {
        match self.mute_of(id) {
            Some(mute) if mute.end().is_some() => Err(self.why_silent(id)),
            None if self.is_silenced_as_anonymous(id) => Err(self.why_silent(id)),
            _ => Ok(()),
        }
    }

    /// Whether an occupant has no voice for want of an account.
    pub(crate) fn is_silenced_as_anonymous(&self, id: OccupantId) -> bool {
        self.config.mute_anonymous
            && self.occupants.primary(id).is_some_and(|session| session.anonymous)
            && self.affiliation_of_occupant(id) <= Affiliation::None
    }

    /// What somebody without voice gets who speaks or asks for it.
    pub(crate) fn why_silent(&self, id: OccupantId) -> StanzaError {
        let error = StanzaError::new(Condition::Forbidden);
        if let Some(mute) = self.mute_of(id) {
            let text = format!("A moderator has muted you{}. You can go on reading.", mute.in_words());
            return error.text(text).extra(mute.to_element());
        }
        error.text(if self.is_silenced_as_anonymous(id) {
            "Only people with an account can write in this room at the moment. Log in to write."
        } else if self.occupants.get(id).is_some_and(|occupant| occupant.spectator) {
            "Choose a nick to speak in this room."
        } else {
            "You need voice to speak in this room. Ask a moderator for it."
        })
    }

    fn ask_for_voice(&self, id: OccupantId, out: &mut Vec<Effect>) {
        let (Some(occupant), Some(session)) = (self.occupants.get(id), self.occupants.primary(id)) else {
            return;
        };
        let mut form = Form::new(FormType::Form, ns::MUC_REQUEST)
            .field(
                Field::one_of(ROLE, "participant", &[("participant", "Participant")]).label("Role that is asked for"),
            )
            .field(Field::new(JID, FieldType::JidSingle).value(session.jid.to_string()).label("Address"))
            .field(Field::text(NICK, &*occupant.nick).label("Nick"))
            .field(Field::boolean(ALLOW, false).label("Give voice to this person?"));
        form.title = Some("Request for voice".to_owned());
        form.instructions = Some("To let this person speak, answer yes and submit.".to_owned());
        let message = Element::new("message", ns::CLIENT).with("from", self.address.as_str()).child(form.to_element());
        out.push(Effect::Broadcast(Audience::MODERATORS, Arc::new(Wire::stanza(&message))));
    }

    fn answer_voice_request(&mut self, sender: &Sender, stanza: &Element, form: &Form, out: &mut Vec<Effect>) {
        let text = |var| form.get(var).and_then(Field::as_text);
        let granted = match form.get(ALLOW).map(Field::as_bool).transpose() {
            Ok(granted) => granted.unwrap_or(false),
            Err(error) => return self.refuse(sender, stanza, error, out),
        };
        if !granted {
            return;
        }
        let by_jid = text(JID).and_then(|jid| FullJid::new(jid.trim()).ok()).and_then(|jid| {
            let of = self.occupants.where_account(|account| account == crate::occupants::bare(&jid));
            of.into_iter().find(|id| self.occupants.primary(*id).is_some_and(|session| session.jid == jid))
        });
        let asked = by_jid.or_else(|| text(NICK).and_then(|nick| self.occupants.by_nick(nick.trim())));
        let Some(id) = asked else {
            let error = StanzaError::new(Condition::ItemNotFound).text("Whoever asked for voice has left.");
            return self.refuse(sender, stanza, error, out);
        };
        if self.occupants.get(id).is_some_and(|occupant| occupant.role == Role::Visitor) {
            self.assign_role(id, Some(Role::Participant), None, &self.actor(sender), None, out);
        }
    }
}
