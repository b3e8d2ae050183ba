//! A shard's members of one room: whom a broadcast reaches, in a dense list that a fan-out walks.

use std::collections::HashMap;

use parterre_room::{Audience, Role, SessionId};

/// Members of one room on one shard.
#[derive(Default)]
pub struct Members {
    list: Vec<(SessionId, Role)>,
    places: HashMap<SessionId, u32>,
}

impl Members {
    /// Adds a member, or changes its role if it is one already.
    pub fn enter(&mut self, session: SessionId, role: Role) {
        if let Some(&place) = self.places.get(&session) {
            self.list[place as usize].1 = role;
            return;
        }
        self.places.insert(session, self.list.len() as u32);
        self.list.push((session, role));
    }

    /// Changes a member's role.
    pub fn set_role(&mut self, session: SessionId, role: Role) {
        if let Some(&place) = self.places.get(&session) {
            self.list[place as usize].1 = role;
        }
    }

    /// Removes a member.
    pub fn leave(&mut self, session: SessionId) {
        let Some(place) = self.places.remove(&session) else { return };
        self.list.swap_remove(place as usize);
        if let Some((moved, _)) = self.list.get(place as usize) {
            self.places.insert(*moved, place);
        }
    }

    /// The members that a broadcast is for.
    pub fn of(&self, audience: Audience) -> impl Iterator<Item = SessionId> {
        self.list.iter().filter(move |(_, role)| audience.includes(*role)).map(|(session, _)| *session)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_that_leaves_takes_no_other_along() {
        let mut members = Members::default();
        for id in 0..5 {
            members.enter(SessionId(id), if id == 3 { Role::Moderator } else { Role::Visitor });
        }
        members.leave(SessionId(0));
        members.leave(SessionId(4));
        members.leave(SessionId(4));
        let mut left: Vec<_> = members.of(Audience::ALL).collect();
        left.sort();
        assert_eq!(left, [SessionId(1), SessionId(2), SessionId(3)]);
        assert_eq!(members.of(Audience::MODERATORS).collect::<Vec<_>>(), [SessionId(3)]);
        members.set_role(SessionId(3), Role::Participant);
        assert_eq!(members.of(Audience::MODERATORS).count(), 0);
    }
}
