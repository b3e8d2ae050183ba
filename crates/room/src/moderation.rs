//! Taking back what was said: by its author (XEP-0424) or by a moderator (XEP-0425, as it is today and as clients
//! of 2024 know it).
//!
//! What was said leaves the memory and the archive; a tombstone stays. A message that is no longer in memory is first
//! asked of the store, so that the tombstone can say whose it was, and an author buries only what is their own.

use parterre_xmpp::{Condition, Element, ErrorType, StanzaError, ns};

use crate::Role;
use crate::command::{LogId, Sender};
use crate::effect::{Change, Effect, Recall};
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
        let Some(target) = LogId::parse(&request.target) else {
            return self.refuse(sender, iq, no_such_message(), out);
        };
        if let Some(original) = self.recent.find(target).and_then(|said| said.stanza.parse::<Element>().ok()) {
            self.moderate(sender, target, &original, request.reason.as_deref(), true, out);
            Self::acknowledge(sender, iq, out);
        } else if self.is_older_than_memory(target) {
            let recall = Recall { id: target, sender: sender.clone(), stanza: iq.clone() };
            out.push(Effect::Recall(Box::new(recall)));
        } else {
            self.refuse(sender, iq, no_such_message(), out);
        }
    }

    /// The store has answered of a message that somebody takes back.
    pub(crate) fn recalled(&mut self, recall: &Recall, original: Result<Option<String>, ()>, out: &mut Vec<Effect>) {
        let Recall { id, sender, stanza } = recall;
        let original = original.map(|original| original.and_then(|original| original.parse::<Element>().ok()));
        if stanza.name() == "message" {
            let own = crate::identity::occupant_id(&self.secret, bare(&sender.jid));
            let by = |original: &Element| original.find("occupant-id", ns::OCCUPANT_ID)?.get("id").map(str::to_owned);
            let theirs = |original: &Element| by(original) == Some(own) && !is_tombstone(original);
            if let Some(original) = original.ok().flatten().filter(theirs) {
                self.bury(*id, &original, None, stanza.get("id").unwrap_or_default(), out);
            }
            return;
        }
        match original {
            // Meanwhile they may have ceased to be a moderator.
            _ if self.role_of(sender.session) != Some(Role::Moderator) => {
                self.refuse(sender, stanza, Condition::Forbidden, out);
            }
            Ok(Some(original)) => {
                let reason = self.read_moderation(stanza).and_then(|request| request.reason);
                self.moderate(sender, *id, &original, reason.as_deref(), true, out);
                Self::acknowledge(sender, stanza, out);
            }
            Ok(None) => self.refuse(sender, stanza, no_such_message(), out),
            Err(()) => {
                let error = StanzaError::new(Condition::InternalServerError)
                    .of_type(ErrorType::Wait)
                    .text("The archive cannot be read at the moment. Try again later.");
                self.refuse(sender, stanza, error, out);
            }
        }
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

    /// Buries a message and says so. `replayed`: whether newcomers are told as well.
    pub(crate) fn moderate(
        &mut self,
        sender: &Sender,
        target: LogId,
        original: &Element,
        reason: Option<&str>,
        replayed: bool,
        out: &mut Vec<Effect>,
    ) {
        let Some((id, occupant)) = self.occupants.of_session(sender.session) else {
            return;
        };
        let by = self.occupant_address(&occupant.nick);
        let occupant_id = crate::identity::occupant_id(&self.secret, self.occupants.account(id));
        let moderation = Moderation { by: Some(&by), occupant_id: Some(&occupant_id), reason };
        let announcement_id = self.now.to_string();
        self.bury(target, original, Some(moderation), &announcement_id, out);
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
        self.say(&announcement, None, replayed, out);
    }

    /// An author takes back a message of their own. The archive's id is what a client in a room names it by; older
    /// ones use the id of the message itself, which needs no more than passing on.
    pub(crate) fn bury_own(&mut self, sender: &Sender, target: &str, by_message: &str, out: &mut Vec<Effect>) {
        let Some(id) = LogId::parse(target) else { return };
        let Some(said) = self.recent.find(id) else {
            if self.is_older_than_memory(id) {
                let stanza = Element::new("message", ns::CLIENT).with("id", by_message);
                out.push(Effect::Recall(Box::new(Recall { id, sender: sender.clone(), stanza })));
            }
            return;
        };
        let own = said.author.as_ref().is_some_and(|author| author.as_str() == bare(&sender.jid));
        if let Some(original) = said.stanza.parse::<Element>().ok().filter(|_| own) {
            self.bury(id, &original, None, by_message, out);
        }
    }

    /// Whether a message is at hand and taken back. That a moderator did so no author wipes out by doing it, too.
    pub(crate) fn is_taken_back(&self, target: &str) -> bool {
        let said = LogId::parse(target).and_then(|id| self.recent.find(id));
        said.and_then(|said| said.stanza.parse().ok()).is_some_and(|said: Element| is_tombstone(&said))
    }

    /// Whether the archive may hold a message of that id which is not at hand.
    fn is_older_than_memory(&self, id: LogId) -> bool {
        self.recent.reaches_back_to().is_some_and(|oldest| id < oldest)
    }

    fn bury(
        &mut self,
        id: LogId,
        original: &Element,
        moderation: Option<Moderation<'_>>,
        by_message: &str,
        out: &mut Vec<Effect>,
    ) {
        let retraction = Retraction { time: self.now.time(), by_message: Some(by_message), moderation };
        let stone = tombstone(original, retraction).to_xml();
        self.recent.bury(&self.address, id, &stone);
        out.push(Effect::Store(Change::Replace { id, stanza: stone }));
    }
}

/// Whether this is what is left of a message that was taken back.
fn is_tombstone(message: &Element) -> bool {
    message.has("retracted", ns::RETRACT)
}

fn no_such_message() -> StanzaError {
    StanzaError::new(Condition::ItemNotFound).text("There is no message of that id in this room.")
}
