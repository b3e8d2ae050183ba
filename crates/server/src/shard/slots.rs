//! The sessions of a shard by id. An id names shard, generation and place, and is never given twice while a
//! stale copy of it could be about.

use std::collections::VecDeque;
use std::rc::Rc;

use parterre_room::SessionId;

use super::session::Session;

pub(super) struct Slots {
    shard: u64,
    places: Vec<Slot>,
    /// Places that can be given again, the one that has been free for the longest first.
    free: VecDeque<u32>,
    len: usize,
}

struct Slot {
    generation: u16,
    session: Option<Rc<Session>>,
}

impl Slots {
    pub(super) fn new(shard: u16) -> Self {
        Slots { shard: u64::from(shard), places: Vec::new(), free: VecDeque::new(), len: 0 }
    }

    pub(super) fn insert(&mut self, make: impl FnOnce(SessionId) -> Session) -> Rc<Session> {
        let place = self.free.pop_front().unwrap_or_else(|| {
            self.places.push(Slot { generation: 0, session: None });
            self.places.len() as u32 - 1
        });
        let slot = &mut self.places[place as usize];
        slot.generation = slot.generation.wrapping_add(1);
        let id = SessionId(self.shard << 48 | u64::from(slot.generation) << 32 | u64::from(place));
        let session = Rc::new(make(id));
        slot.session = Some(session.clone());
        self.len += 1;
        session
    }

    pub(super) fn get(&self, id: SessionId) -> Option<&Rc<Session>> {
        let slot = self.places.get(place(id))?;
        slot.session.as_ref().filter(|session| session.id == id)
    }

    pub(super) fn remove(&mut self, id: SessionId) {
        if self.get(id).is_some()
            && let Some(slot) = self.places.get_mut(place(id))
        {
            slot.session = None;
            self.free.push_back(place(id) as u32);
            self.len -= 1;
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Rc<Session>> {
        self.places.iter().filter_map(|slot| slot.session.as_ref())
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }
}

fn place(id: SessionId) -> usize {
    (id.0 & 0xffff_ffff) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::memory;
    use crate::transport::{Framing, Link, Pipe};

    fn insert(slots: &mut Slots) -> SessionId {
        let link = Rc::new(Link::Socket(Pipe::Memory(memory::pair(1).0), Framing::Stream));
        slots.insert(|id| Session::new(id, link, None, 0)).id
    }

    #[test]
    fn an_id_names_its_shard_and_is_not_given_again_soon() {
        let mut slots = Slots::new(3);
        let kept: Vec<_> = (0..10).map(|_| insert(&mut slots)).collect();
        let mut given = std::collections::HashSet::new();
        // Many come and go while a few stay, for longer than one place has generations.
        for _ in 0..70_000 {
            let id = insert(&mut slots);
            assert_eq!(id.0 >> 48, 3);
            given.insert(id);
            slots.remove(id);
            assert!(slots.get(id).is_none());
        }
        assert!(given.len() > 65_000);
        assert_eq!(slots.len(), 10);
        assert!(kept.iter().all(|id| slots.get(*id).is_some_and(|session| session.id == *id)));
    }

    #[test]
    fn a_stale_id_finds_and_removes_nobody() {
        let mut slots = Slots::new(0);
        let stale = insert(&mut slots);
        slots.remove(stale);
        let fresh = insert(&mut slots);
        slots.remove(stale);
        slots.remove(SessionId(u64::MAX));
        assert!(slots.get(stale).is_none() && slots.get(fresh).is_some());
        assert_eq!((slots.len(), slots.iter().count()), (1, 1));
    }
}
