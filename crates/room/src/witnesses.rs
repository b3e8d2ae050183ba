//! Who knows of those whose presence is not broadcast any more.
//!
//! A room that outgrows a size stops to announce most of those in it. The few who were told of them must still hear when they
//! go or take another nick; the many who have come since never knew them, and are spared it.

use std::sync::Arc;

use crate::command::SessionId;
use crate::effect::Effect;
use crate::occupants::{Announced, OccupantId, Views};
use crate::room::Room;

/// Of more than these it is not remembered who they are: then it may be anybody.
const MOST: usize = 1_024;

/// The sessions that may have been told of those who are [`Announced::Partly`]; `None`: all may.
#[derive(Clone, Debug)]
pub(crate) struct Witnesses(Option<Arc<Vec<SessionId>>>);

impl Default for Witnesses {
    fn default() -> Self {
        Witnesses(Some(Arc::default()))
    }
}

impl Witnesses {
    /// One more has been told.
    pub(crate) fn add(&mut self, session: SessionId) {
        let Some(sessions) = &mut self.0 else { return };
        if sessions.contains(&session) {
            return;
        }
        if sessions.len() == MOST { self.0 = None } else { Arc::make_mut(sessions).push(session) }
    }
}

impl Room {
    /// Those occupants are not told of to whoever joins from here on. Who is there has been.
    pub(crate) fn thin_out(&mut self, thinned: &[OccupantId]) {
        if thinned.is_empty() {
            return;
        }
        for id in thinned {
            self.occupants.set_announced(*id, Announced::Partly);
        }
        let present = self.occupants.iter().flat_map(|(_, occupant)| occupant.sessions.iter().copied());
        let present: Vec<_> = present.take(MOST + 1).collect();
        self.witnesses = Witnesses((present.len() <= MOST).then(|| present.into()));
    }

    /// Sends what is to be told of an occupant who is [`Announced::Partly`] to those who may know of them. `false`: that is
    /// everybody, and nothing was sent.
    pub(crate) fn tell_witnesses(&self, of: OccupantId, views: &Views, out: &mut Vec<Effect>) -> bool {
        let Some(witnesses) = &self.witnesses.0 else { return false };
        for session in witnesses.iter() {
            let Some(to) = self.occupants.session(*session).map(|session| session.occupant) else { continue };
            if to != of {
                let wire = if self.sees_addresses(to) { &views.full } else { &views.anonymous };
                out.push(Effect::Send(*session, wire.clone()));
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_can_be_remembered_are_everybody() {
        let mut witnesses = Witnesses::default();
        for session in (0..MOST as u64).chain([0, 1]) {
            witnesses.add(SessionId(session));
        }
        assert_eq!(witnesses.0.as_ref().map(|sessions| sessions.len()), Some(MOST));
        witnesses.add(SessionId(u64::MAX));
        witnesses.add(SessionId(0));
        assert!(witnesses.0.is_none());
    }
}
