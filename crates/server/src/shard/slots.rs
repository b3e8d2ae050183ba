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
