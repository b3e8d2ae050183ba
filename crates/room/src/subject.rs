//! The room's subject (XEP-0045 §8.1): who may change it, and what a newcomer gets last, be it empty.

use std::sync::{Arc, OnceLock};

use parterre_xmpp::{Condition, Element, StanzaError, Timestamp, Wire, ns};
use serde::{Deserialize, Serialize};

use crate::Role;
use crate::command::Sender;
use crate::config::xml_text;
use crate::defaults::cut;
use crate::effect::Effect;
use crate::occupants::OccupantId;
use crate::room::Room;

/// The subject as it stands.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Subject {
    /// The text; empty if there is none.
    pub(crate) text: String,
    /// Nick of whoever set it; `None`: the room.
    pub(crate) nick: Option<String>,
    /// Occupant id of whoever set it.
    pub(crate) occupant_id: Option<String>,
    /// When it was set, in microseconds.
    pub(crate) at: Option<i64>,
    /// The stanza for newcomers, made when first needed.
    #[serde(skip)]
    ready: OnceLock<Arc<Wire>>,
}

impl Subject {
    /// A subject that the room was made with.
    pub(crate) fn given(text: String) -> Self {
        Subject { text, ..Subject::default() }
    }

    /// The stanza that a newcomer gets.
    pub(crate) fn wire(&self, room: &Room) -> Arc<Wire> {
        self.ready.get_or_init(|| Arc::new(Wire::stanza(&self.element(room)))).clone()
    }

    fn element(&self, room: &Room) -> Element {
        let from = self.nick.as_ref().map_or_else(|| room.address.to_string(), |nick| room.occupant_address(nick));
        let occupant_id =
            self.occupant_id.as_ref().map(|id| Element::new("occupant-id", ns::OCCUPANT_ID).with("id", id));
        let delay = self.at.map(|at| {
            Element::new("delay", ns::DELAY)
                .with("from", room.address.as_str())
                .with("stamp", Timestamp(at).to_string())
        });
        Element::message("groupchat")
            .with("from", from)
            .field("subject", self.text.as_str())
            .child_opt(occupant_id)
            .child_opt(delay)
    }
}

impl Room {
    pub(crate) fn change_subject(
        &mut self,
        id: OccupantId,
        role: Role,
        sender: &Sender,
        stanza: Element,
        out: &mut Vec<Effect>,
    ) {
        let allowed = role == Role::Moderator || role == Role::Participant && self.config.change_subject;
        if !allowed {
            let error = StanzaError::new(Condition::Forbidden).text("You may not change the subject of this room.");
            return self.refuse(sender, &stanza, error, out);
        }
        let text = stanza.field_text("subject").unwrap_or_default().into_owned();
        if text.len() > self.policy.max_subject_bytes {
            let most = self.policy.max_subject_bytes;
            let error = StanzaError::new(Condition::NotAcceptable).text(format!("A subject has at most {most} bytes."));
            return self.refuse(sender, &stanza, error, out);
        }
        self.speaks(id, out);
        let message = self.reflected(id, stanza, true).child_opt(self.stamp(sender));
        self.subject = Subject {
            text,
            nick: self.occupants.get(id).map(|occupant| occupant.nick.to_string()),
            occupant_id: Some(crate::identity::occupant_id(&self.secret, self.occupants.account(id))),
            at: Some(self.now.time().0),
            ready: OnceLock::new(),
        };
        self.store_settings(out);
        self.say(&message, Some(sender), false, out);
    }

    /// The operator or the site sets the subject; the room itself says it. A longer one is cut; the same again is no news.
    pub(crate) fn set_subject_by_operator(&mut self, text: &str, out: &mut Vec<Effect>) {
        let text = cut(xml_text(text), self.policy.max_subject_bytes);
        if text == self.subject.text {
            return;
        }
        self.subject = Subject { text, at: Some(self.now.time().0), ..Subject::default() };
        self.store_settings(out);
        let message = Element::message("groupchat")
            .with("from", self.address.as_str())
            .with("id", self.now.to_string())
            .field("subject", self.subject.text.as_str())
            .child(self.stanza_id());
        self.say(&message, None, false, out);
    }
}
