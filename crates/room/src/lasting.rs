//! Which commands may change what a room *is*, rather than say something in it or move somebody within it.
//!
//! Enters: a command that has not been applied. Leaves: whether it may lead to a change of settings, lists, subject or
//! picture, or bury a message. Whoever folds commands while earlier ones are still being kept folds these alone and
//! from a copy of the room, so that one that cannot be kept can be taken back whole. "May" is meant: a no is certain,
//! a yes costs a copy.

use parterre_xmpp::{Element, ns};

use crate::command::{Action, Sender};
use crate::message::{is_subject_change, own_retraction};
use crate::room::Room;
use crate::{Affiliation, Role};

impl Room {
    /// Whether a command may change what the room is.
    pub fn may_be_changed_by(&self, action: &Action) -> bool {
        match action {
            Action::Stanza(sender, stanza) => match stanza.name() {
                // Whoever makes the room becomes its owner.
                "presence" => self.fresh,
                "message" => self.may_be_changed_by_message(sender, stanza),
                "iq" => stanza.get("type") == Some("set") && self.may_be_changed_by_query(sender, stanza),
                _ => false,
            },
            Action::Due => self.next_deadline().is_some(),
            Action::Recalled(..)
            | Action::SetAffiliation(..)
            | Action::Configure(..)
            | Action::SetSubject(..)
            | Action::Destroy { .. } => true,
            Action::SessionEnded(..) | Action::Pruned { .. } | Action::Tick | Action::Strain(_) | Action::Expel(..) => {
                false
            }
        }
    }

    fn may_be_changed_by_message(&self, sender: &Sender, stanza: &Element) -> bool {
        let Some(role) = self.role_of(sender.session) else { return false };
        if stanza.get("type") == Some("groupchat") {
            return role >= Role::Participant && (is_subject_change(stanza) || own_retraction(stanza).is_some());
        }
        // A moderator's answer to a request for voice may end a mute.
        if role == Role::Moderator && stanza.has("x", ns::DATA) {
            return true;
        }
        // Who is invited to a room for members becomes one.
        self.config.members_only && stanza.has("x", ns::MUC_USER)
    }

    /// Only who belongs to the room or moderates it changes anything by a query.
    fn may_be_changed_by_query(&self, sender: &Sender, stanza: &Element) -> bool {
        is_for_the_room(stanza)
            && stanza.children().any(changes)
            && (self.affiliation_of(sender) > Affiliation::None
                || self.role_of(sender.session) == Some(Role::Moderator))
    }
}

impl Action {
    /// Whether it is, by its form, what moderators, owners or the operator do to a room and those in it, rather than what
    /// is said there.
    pub fn governs(&self) -> bool {
        match self {
            Action::Stanza(_, stanza) => {
                stanza.name() == "iq"
                    && stanza.get("type") == Some("set")
                    && is_for_the_room(stanza)
                    && stanza.children().any(changes)
            }
            Action::Recalled(..)
            | Action::SetAffiliation(..)
            | Action::Configure(..)
            | Action::SetSubject(..)
            | Action::Destroy { .. }
            | Action::Expel(..) => true,
            Action::SessionEnded(..) | Action::Pruned { .. } | Action::Tick | Action::Due | Action::Strain(_) => false,
        }
    }
}

/// Whether a stanza is for the room itself rather than for an occupant.
fn is_for_the_room(stanza: &Element) -> bool {
    stanza.get("to").is_none_or(|to| !to.contains('/'))
}

/// Whether what a query holds asks for a change.
fn changes(payload: &Element) -> bool {
    let (name, ns) = (payload.name(), payload.ns());
    name == "query" && matches!(ns, ns::MUC_ADMIN | ns::MUC_OWNER | ns::REGISTER)
        || matches!(
            (name, ns),
            ("vCard", ns::VCARD)
                | ("moderate", ns::MODERATE)
                | ("apply-to", ns::FASTEN)
                | ("remove-all", ns::MODERATION)
        )
}
