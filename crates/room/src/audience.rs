//! Telling occupants how many they are, now and then (see `docs/protocol.md`), once they can no longer count for
//! themselves.
//!
//! A message of type `headline` from the room that holds nothing but the number: clients show headlines that have
//! a body, and pass over those that have none.

use std::sync::Arc;

use parterre_xmpp::{Element, Timestamp, Wire, ns};

use crate::effect::{Audience, Effect};
use crate::room::Room;

/// A change of less than one in so many is hardly one …
const HARDLY: usize = 50;
/// … and waits so many times longer: a large audience comes and goes all the time, and each notice goes to everybody.
const PATIENCE: i64 = 6;

/// What was last told.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AudienceNotice {
    told: usize,
    at: Option<Timestamp>,
}

impl Room {
    /// Whether [`crate::Action::Tick`] would have something to do, now or soon.
    pub fn wants_tick(&self) -> bool {
        // Who was told of an audience is told as well when it is gone.
        let is_news = self.audience.at.is_some() || self.occupants.some_are_unlisted();
        is_news
            && self.policy.audience_interval > 0
            && self.strain.is_calm()
            && !self.destroyed
            && !self.occupants.is_empty()
            && self.audience.told != self.occupants.len()
    }

    /// Time has passed.
    pub(crate) fn tick(&mut self, out: &mut Vec<Effect>) {
        let (now, interval) = (self.now.time(), i64::from(self.policy.audience_interval) * 1_000_000);
        let told = self.occupants.len();
        let hardly = self.audience.told.abs_diff(told) * HARDLY < told;
        let wait = if hardly { interval * PATIENCE } else { interval };
        let due = self.audience.at.is_none_or(|at| now.0.saturating_sub(at.0) >= wait);
        if !self.wants_tick() || !due {
            return;
        }
        self.audience = AudienceNotice { told, at: Some(now) };
        let message = Element::message("headline")
            .with("from", self.address.as_str())
            .child(Element::new("audience", ns::AUDIENCE).with("count", told.to_string()));
        out.push(Effect::Broadcast(Audience::ALL, Arc::new(Wire::stanza(&message))));
    }
}
