//! A room under strain: what it leaves out, and for whom, while the server has more to deliver than it can
//! (see `docs/protocol.md`).
//!
//! Enters: how far the server has gone. Leaves: a notice to moderators, and for each thing said, who gets it. What
//! moderators say always reaches everybody, what anybody says reaches everybody with voice, and the archive has it all.

use std::sync::Arc;

use parterre_xmpp::{Element, Wire, ns};

use crate::Role;
use crate::command::Sender;
use crate::effect::{Audience, Effect};
use crate::room::Room;

/// How far the server has gone to keep up. The default is that it need not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Strain {
    /// 0: none. 1: chat states and notices of the audience's size are left out, presence waits for company. 2: messages
    /// are gathered for longer. 3: visitors get only a part, where the owner allows it.
    pub step: u8,
    /// How long messages are gathered before they are written, in milliseconds.
    pub window: u32,
    /// Of how many messages a visitor gets one, where the owner allows it; 0 and 1: of each.
    pub every: u16,
}

impl Strain {
    /// Whether there is none.
    pub fn is_calm(self) -> bool {
        self.step == 0
    }
}

impl Room {
    /// Notes how far the server has gone, and tells the moderators.
    pub(crate) fn take_strain(&mut self, strain: Strain, out: &mut Vec<Effect>) {
        if strain != self.strain {
            self.strain = strain;
            out.push(Effect::Broadcast(Audience::MODERATORS, self.strain_notice()));
        }
    }

    /// What moderators are told of the strain.
    pub(crate) fn strain_notice(&self) -> Arc<Wire> {
        let Strain { step, window, every } = self.strain;
        let every = if self.config.sampling { every.max(1) } else { 1 };
        let notice = Element::new("overload", ns::OVERLOAD)
            .with("step", step.to_string())
            .with("window", window.to_string())
            .with("every", every.to_string());
        let message = Element::message("headline").with("from", self.address.as_str()).child(notice);
        Arc::new(Wire::stanza(&message))
    }

    /// Who gets a message that is said now.
    pub(crate) fn audience_of(&mut self, message: &Element, author: Option<&Sender>) -> Audience {
        let every = u64::from(self.strain.every);
        let Some(author) = author.filter(|_| every > 1 && self.config.sampling) else { return Audience::ALL };
        if self.role_of(author.session) == Some(Role::Moderator) || changes_another(message) {
            return Audience::ALL;
        }
        self.sampled = self.sampled.wrapping_add(1);
        if self.sampled.is_multiple_of(every) { Audience::ALL } else { Audience::VOICED }
    }
}

/// Whether a message means something only together with another one, which a visitor may have: it has to reach all of
/// those. Reactions are not among them: they are many, and nothing is wrong without one.
fn changes_another(message: &Element) -> bool {
    message.children().any(|child| {
        matches!(
            (child.name(), child.ns()),
            ("retract", ns::RETRACT) | ("replace", ns::CORRECT) | ("apply-to", ns::FASTEN) | ("subject", ns::CLIENT)
        )
    })
}
