//! A shard's members of one room: whom a broadcast reaches, in a dense list that a fan-out walks. What membership begins
//! with is that the session knows of it.

use std::collections::HashMap;

use parterre_room::{Audience, Role, SessionId};

use super::Shard;
use crate::rooms::{Order, RoomHandle};

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

impl Shard {
    /// A session is in a room from here on, whatever it believed before: it may have left and come back before it knew
    /// that it was out. A session that is over by now leaves the room again, or its occupant would stay for ever.
    pub(super) fn note_entry(&self, id: SessionId, room: &RoomHandle) {
        if let Some(session) = self.session(id).filter(|session| !session.is_over()) {
            return session.enter_room(room);
        }
        let room = room.clone();
        tokio::task::spawn_local(async move {
            // A room that has ended meanwhile has nobody in it.
            let _ = room.send(Order::Ended { session: id, status: None, clean: false }).await;
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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

    #[derive(Clone, Debug)]
    enum Act {
        Enter(u64, Role),
        Role(u64, Role),
        Leave(u64),
    }

    fn act() -> impl Strategy<Value = Act> {
        let role = prop::sample::select(vec![Role::Visitor, Role::Participant, Role::Moderator]);
        (0u64..12, role, 0..3).prop_map(|(id, role, which)| match which {
            0 => Act::Enter(id, role),
            1 => Act::Role(id, role),
            _ => Act::Leave(id),
        })
    }

    proptest! {
        #[test]
        fn a_broadcast_reaches_whom_a_plain_table_says(acts in prop::collection::vec(act(), 0..80)) {
            let (mut members, mut table) = (Members::default(), std::collections::BTreeMap::new());
            for act in acts {
                match act {
                    Act::Enter(id, role) => {
                        members.enter(SessionId(id), role);
                        table.insert(SessionId(id), role);
                    }
                    Act::Role(id, role) => {
                        members.set_role(SessionId(id), role);
                        table.entry(SessionId(id)).and_modify(|known| *known = role);
                    }
                    Act::Leave(id) => {
                        members.leave(SessionId(id));
                        table.remove(&SessionId(id));
                    }
                }
                for audience in [Audience::ALL, Audience::MODERATORS] {
                    let mut reached: Vec<_> = members.of(audience).collect();
                    reached.sort();
                    let all = table.iter().filter(|(_, role)| audience.includes(**role)).map(|(id, _)| *id);
                    prop_assert_eq!(reached, all.collect::<Vec<_>>());
                }
                prop_assert_eq!(members.is_empty(), table.is_empty());
            }
        }
    }
}
