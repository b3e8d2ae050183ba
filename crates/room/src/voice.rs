//! Asking for voice, and giving it (XEP-0045 §7.13, §8.6).

use std::sync::Arc;

use parterre_xmpp::forms::{Field, FieldType, Form, FormType};
use parterre_xmpp::{Condition, Element, FullJid, StanzaError, Wire, ns};

use crate::Role;
use crate::command::Sender;
use crate::effect::{Audience, Effect};
use crate::occupants::OccupantId;
use crate::room::Room;

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
            Role::Visitor => self.ask_for_voice(id, out),
            Role::Moderator => self.answer_voice_request(sender, stanza, &form, out),
            // Who has voice needs none.
            Role::Participant => {}
        }
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
            self.assign_role(id, Some(Role::Participant), &self.actor(sender), None, out);
        }
    }
}
