//! What the room vouches for of whoever speaks: their affiliation and role at that time, and where their picture is.
//!
//! Enters: who says something, or an occupant whose presence is told. Leaves: `<author xmlns='urn:parterre:room:0'/>`,
//! or nothing where there is nothing to say. It is a child of the message like any other, so it is archived and given again
//! with it. Nobody else can say it: the room strips its namespace from all that it passes on.

use std::sync::Arc;

use parterre_xmpp::{Element, ns};

use crate::command::Sender;
use crate::room::Room;
use crate::{Affiliation, Role};

impl Room {
    /// The stamp of a message. Most people have no affiliation, are participants and have no picture: theirs is `None`,
    /// and costs nobody a byte.
    pub(crate) fn stamp(&self, sender: &Sender) -> Option<Element> {
        let affiliation = Some(self.affiliation_of(sender)).filter(|own| *own != Affiliation::None);
        let role = self.role_of(sender.session).filter(|own| *own != Role::Participant);
        if affiliation.is_none() && role.is_none() && sender.avatar.is_none() {
            return None;
        }
        Some(
            Element::new("author", ns::ROOM)
                .with_opt("affiliation", affiliation.map(Affiliation::as_str))
                .with_opt("role", role.map(Role::as_str))
                .with_opt("avatar", sender.avatar.as_deref()),
        )
    }
}

/// The stamp of a presence: the picture alone, since a presence says the rest in its `<item/>`.
pub(crate) fn of_presence(avatar: Option<&Arc<str>>) -> Option<Element> {
    avatar.map(|avatar| Element::new("author", ns::ROOM).with("avatar", &**avatar))
}
