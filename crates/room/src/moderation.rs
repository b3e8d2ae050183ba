//! Taking back what was said: by its author (XEP-0424) or by a moderator (XEP-0425, as it is today and as clients
//! of 2024 know it).
//!
//! What was said leaves the memory and the archive; a tombstone stays. Of a message that is no longer in memory the
//! author is not known here: a moderator's word suffices for it and the tombstone names the room, an author's own
//! retraction is passed on and kept but leaves the message in the archive.

use parterre_xmpp::{Condition, Element, StanzaError, ns};

use crate::Role;
use crate::command::{LogId, Sender};
use crate::effect::{Change, Effect};
use crate::mam::{Moderation, Retraction, tombstone};
use crate::occupants::bare;
use crate::room::Room;

/// A moderator's request, in whichever form.
struct Request {
    target: String,
    reason: Option<String>,
}

impl Room {
    /// `<moderate xmlns='urn:xmpp:message-moderate:1'/>`, or `:0` within `<apply-to/>`.
    pub(crate) fn take_moderation(&mut self, sender: &Sender, iq: &Element, out: &mut Vec<Effect>) {
        if self.role_of(sender.session) != Some(Role::Moderator) {
            let error = StanzaError::new(Condition::Forbidden).text("Only moderators may take back what others said.");
            return self.refuse(sender, iq, error, out);
        }
        let Some(request) = self.read_moderation(iq) else {
            let error = StanzaError::new(Condition::BadRequest)
                .text("Name the message by its stanza-id, and say retract within moderate.");
            return self.refuse(sender, iq, error, out);
        };
        let target = LogId::parse(&request.target).filter(|id| *id < self.now && self.may_exist(*id));
        let Some(target) = target else {
            let error = StanzaError::new(Condition::ItemNotFound).text("There is no message of that id in this room.");
            return self.refuse(sender, iq, error, out);
        };
        self.moderate(sender, target, request.reason.as_deref(), out);
        Self::acknowledge(sender, iq, out);
    }

    fn read_moderation(&self, iq: &Element) -> Option<Request> {
        let (target, moderate, retract) = if let Some(moderate) = iq.find("moderate", ns::MODERATE) {
            (moderate.get("id")?, moderate, ns::RETRACT)
        } else {
            let apply = iq.find("apply-to", ns::FASTEN)?;
            (apply.get("id")?, apply.find("moderate", ns::MODERATE_0)?, ns::RETRACT_0)
        };
        moderate
            .has("retract", retract)
            .then(|| Request { target: target.to_owned(), reason: self.reason_in(moderate) })
    }

    fn moderate(&mut self, sender: &Sender, target: LogId, reason: Option<&str>, out: &mut Vec<Effect>) {
        let Some((id, occupant)) = self.occupants.of_session(sender.session) else {
            return;
        };
        let by = self.occupant_address(&occupant.nick);
        let occupant_id = crate::identity::occupant_id(&self.secret, self.occupants.account(id));
        let moderation = Moderation { by: Some(&by), occupant_id: Some(&occupant_id), reason };
        let announcement_id = self.now.to_string();
        self.bury(target, Some(moderation), &announcement_id, out);
        let moderated = |namespace| {
            Element::new("moderated", namespace)
                .with("by", &by)
                .child(Element::new("occupant-id", ns::OCCUPANT_ID).with("id", &occupant_id))
        };
        let said = |namespace| reason.map(|reason| Element::new("reason", namespace).text(reason));
        let announcement = Element::message("groupchat")
            .with("id", announcement_id)
            .with("from", self.address.as_str())
            .child(
                Element::new("retract", ns::RETRACT)
                    .with("id", target.to_string())
                    .child(moderated(ns::MODERATE))
                    .child_opt(said(ns::RETRACT)),
            )
            .child(Element::new("apply-to", ns::FASTEN).with("id", target.to_string()).child(
                moderated(ns::MODERATE_0).child(Element::new("retract", ns::RETRACT_0)).child_opt(said(ns::MODERATE_0)),
            ))
            .child(self.stanza_id());
        self.say(&announcement, None, true, out);
    }

    /// An author takes back a message of their own. The archive's id is what a client in a room names it by; older
    /// ones use the id of the message itself, which needs no more than passing on.
    pub(crate) fn bury_own(&mut self, sender: &Sender, target: &str, by_message: &str, out: &mut Vec<Effect>) {
        let Some(id) = LogId::parse(target) else { return };
        let own = self
            .recent
            .find(id)
            .is_some_and(|said| said.author.as_ref().is_some_and(|author| author.as_str() == bare(&sender.jid)));
        if own {
            self.bury(id, None, by_message, out);
        }
    }

    /// Whether a message of that id may be in the archive: those at hand are known, older ones are the store's.
    fn may_exist(&self, id: LogId) -> bool {
        self.recent.find(id).is_some() || self.recent.reaches_back_to().is_some_and(|oldest| id < oldest)
    }

    fn bury(&mut self, id: LogId, moderation: Option<Moderation<'_>>, by_message: &str, out: &mut Vec<Effect>) {
        let original = self.recent.find(id).and_then(|said| said.stanza.parse::<Element>().ok()).unwrap_or_else(|| {
            Element::message("groupchat").with("from", self.address.as_str()).child(
                Element::new("stanza-id", ns::STANZA_ID).with("id", id.to_string()).with("by", self.address.as_str()),
            )
        });
        let retraction = Retraction { time: self.now.time(), by_message: Some(by_message), moderation };
        let stone = tombstone(&original, retraction).to_xml();
        self.recent.bury(&self.address, id, &stone);
        out.push(Effect::Store(Change::Replace { id, stanza: stone }));
    }
}
