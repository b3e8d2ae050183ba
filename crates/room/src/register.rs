//! Registering with the room: reserving a nick (XEP-0045 §7.10) and giving up what one has.
//!
//! Only who belongs to the room already may; making members is the admins'. Anonymous people come back as somebody
//! else, so there is nothing to reserve for them.

use parterre_xmpp::forms::{Field, FieldType, Form, FormType};
use parterre_xmpp::{Condition, Element, StanzaError, ns, reply};

use crate::Affiliation;
use crate::affiliation::Listed;
use crate::command::Sender;
use crate::effect::Effect;
use crate::occupants::bare;
use crate::presence::Actor;
use crate::room::Room;

const NICK: &str = "muc#register_roomnick";

impl Room {
    /// `<query xmlns='jabber:iq:register'/>`, get and set.
    pub(crate) fn take_registration(&mut self, sender: &Sender, iq: &Element, query: &Element, out: &mut Vec<Effect>) {
        let done = match self.affiliation_of(sender) {
            Affiliation::Outcast => Err(Condition::Forbidden.into()),
            Affiliation::None => Err(StanzaError::new(Condition::RegistrationRequired)
                .text("Only members may reserve a nick. Ask an admin of the room to make you one.")),
            _ if iq.get("type") == Some("get") => {
                return Self::send(sender.session, &reply(iq, "result").child(self.registration(sender)), out);
            }
            _ if query.find_own("remove").is_some() => self.unregister(sender, out),
            _ => self.register(sender, query, out),
        };
        match done {
            Ok(()) => Self::acknowledge(sender, iq, out),
            Err(error) => self.refuse(sender, iq, error, out),
        }
    }

    /// The nick that an account has reserved.
    pub(crate) fn reserved_nick(&self, sender: &Sender) -> Option<&str> {
        self.affiliations.get(bare(&sender.jid))?.nick.as_deref()
    }

    fn registration(&self, sender: &Sender) -> Element {
        let query = Element::new("query", ns::REGISTER);
        if let Some(nick) = self.reserved_nick(sender) {
            return query.child(Element::new("registered", ns::REGISTER)).field("username", nick);
        }
        let nick = Field { required: true, ..Field::new(NICK, FieldType::TextSingle).label("Nickname") };
        query.child(Form::new(FormType::Form, ns::MUC_REGISTER).field(nick).to_element())
    }

    fn register(&mut self, sender: &Sender, query: &Element, out: &mut Vec<Effect>) -> Result<(), StanzaError> {
        let bad = |text: &'static str| StanzaError::new(Condition::BadRequest).text(text);
        let form =
            Form::find(query)?.ok_or_else(|| bad("Submit the registration form with the nick that you want."))?;
        if form.kind != FormType::Submit || form.form_type() != Some(ns::MUC_REGISTER) {
            return Err(bad("This is not the registration form of a room."));
        }
        let nick = form.get(NICK).and_then(Field::as_text).ok_or_else(|| bad("The form names no nick."))?;
        let nick = self.valid_nick(&nick)?;
        let account = bare(&sender.jid).to_owned();
        self.check_nick(&nick, &account)?;
        let kept = self.affiliations.get(&account).cloned().unwrap_or_default();
        if kept.nick.as_deref() != Some(&nick) {
            // Who belongs by a token alone is listed from here on, as a member at most.
            let affiliation = kept.affiliation.max(Affiliation::Member);
            let entry = Listed { affiliation, nick: Some(nick), reason: kept.reason };
            self.set_affiliation(&account, entry, &Actor::default(), out);
        }
        Ok(())
    }

    fn unregister(&mut self, sender: &Sender, out: &mut Vec<Effect>) -> Result<(), StanzaError> {
        let account = bare(&sender.jid).to_owned();
        let Some(kept) = self.affiliations.get(&account).cloned() else {
            return Err(
                StanzaError::new(Condition::RegistrationRequired).text("You are not registered with this room.")
            );
        };
        // Admins and owners give up the nick only.
        let affiliation = if kept.affiliation == Affiliation::Member { Affiliation::None } else { kept.affiliation };
        self.set_affiliation(&account, Listed { affiliation, ..Listed::default() }, &Actor::default(), out);
        Ok(())
    }
}
