//! Taking back all that somebody said of late, at one word of a moderator's (see `docs/protocol.md`).
//!
//! Enters: whose, by occupant id or by nick. Leaves: an ordinary moderated retraction (XEP-0425) for each message, so that
//! every client understands, each with a place of its own in the room's log.

use parterre_xmpp::{Condition, Element, StanzaError, ns, reply};

use crate::Role;
use crate::command::{LogId, Sender};
use crate::effect::Effect;
use crate::room::Room;
use crate::slow::has_words;

/// Most messages that are taken back at once.
const MOST: usize = 200;
/// How old they are at most, in microseconds.
const OLDEST: u64 = 3_600_000_000;

impl Room {
    /// `<remove-all xmlns='urn:parterre:moderation:0'/>`.
    pub(crate) fn take_removal(&mut self, sender: &Sender, iq: &Element, wish: &Element, out: &mut Vec<Effect>) {
        if self.role_of(sender.session) != Some(Role::Moderator) {
            let error = StanzaError::new(Condition::Forbidden).text("Only moderators may take back what others said.");
            return self.refuse(sender, iq, error, out);
        }
        let by_nick = || Some(self.occupants.account(self.occupants.by_nick(wish.get("nick")?)?));
        let occupant_id = match wish.get("occupant-id").map(str::to_owned) {
            Some(id) => Some(id),
            None => by_nick().map(|account| crate::identity::occupant_id(&self.secret, account)),
        };
        let Some(occupant_id) = occupant_id else {
            let error = StanzaError::new(Condition::ItemNotFound)
                .text("Say whose messages: by their occupant-id, or by the nick of somebody who is here.");
            return self.refuse(sender, iq, error, out);
        };
        let reason = self.reason_in(wish);
        let said = self.said_of_late(&occupant_id);
        for (place, (id, original)) in said.iter().enumerate() {
            if place > 0 {
                self.now = LogId(self.now.0.saturating_add(1));
            }
            // Newcomers see what was taken back where it was, so the notices are not shown to them again.
            self.moderate(sender, *id, original, reason.as_deref(), false, out);
        }
        let removed = Element::new("removed", ns::MODERATION).with("count", said.len().to_string());
        Self::send(sender.session, &reply(iq, "result").child(removed), out);
    }

    /// The newest messages at hand of somebody, oldest first.
    fn said_of_late(&self, occupant_id: &str) -> Vec<(LogId, Element)> {
        let since = LogId(self.now.0.saturating_sub(OLDEST));
        let theirs = |message: &Element| {
            message.find("occupant-id", ns::OCCUPANT_ID).and_then(|own| own.get("id")) == Some(occupant_id)
        };
        let mut said: Vec<_> = self
            .recent
            .newest()
            .take_while(|said| said.id >= since)
            .filter(|said| said.author.is_some() && said.stanza.contains(occupant_id))
            .filter_map(|said| Some((said.id, said.stanza.parse::<Element>().ok()?)))
            .filter(|(_, message)| theirs(message) && has_words(message))
            .take(MOST)
            .collect();
        said.reverse();
        said
    }
}
