//! A list and a map of which a copy costs little, however much they hold: both sides share what neither has changed since.
//! They are kept in small parts; whoever changes one while it is shared copies that part alone.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{BuildHasher, BuildHasherDefault, Hash};
use std::sync::Arc;

/// Entries of a full part of a list, and of a part of a map on average at most.
const PART: usize = 64;

/// A list that grows at its end.
#[derive(Clone, Debug)]
pub(super) struct List<T> {
    parts: Vec<Arc<Vec<T>>>,
    len: usize,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        List { parts: Vec::new(), len: 0 }
    }
}

impl<T: Clone> List<T> {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn get(&self, at: usize) -> Option<&T> {
        self.parts.get(at / PART)?.get(at % PART)
    }

    pub(super) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        Arc::make_mut(self.parts.get_mut(at / PART)?).get_mut(at % PART)
    }

    pub(super) fn push(&mut self, entry: T) {
        if self.len.is_multiple_of(PART) {
            self.parts.push(Arc::default());
        }
        self.len += 1;
        if let Some(last) = self.parts.last_mut() {
            Arc::make_mut(last).push(entry);
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.parts.iter().flat_map(|part| part.iter())
    }
}

/// A map. Its parts are found by the same hash in every room; within a part, the order is nobody's to choose.
#[derive(Clone, Debug)]
pub(super) struct Map<K, V> {
    /// None, or a power of two.
    parts: Vec<Arc<HashMap<K, V>>>,
    len: usize,
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Map { parts: Vec::new(), len: 0 }
    }
}

impl<K: Clone + Eq + Hash, V: Clone> Map<K, V> {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.parts.get(self.part_of(key))?.get(key)
    }

    pub(super) fn get_mut<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let at = self.part_of(key);
        Arc::make_mut(self.parts.get_mut(at)?).get_mut(key)
    }

    pub(super) fn insert(&mut self, key: K, value: V) {
        if self.len >= self.parts.len() * PART {
            self.grow();
        }
        let at = self.part_of(&key);
        if let Some(part) = self.parts.get_mut(at)
            && Arc::make_mut(part).insert(key, value).is_none()
        {
            self.len += 1;
        }
    }

    pub(super) fn remove<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let at = self.part_of(key);
        let removed = Arc::make_mut(self.parts.get_mut(at)?).remove(key)?;
        self.len -= 1;
        Some(removed)
    }

    /// All entries, in no particular order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.parts.iter().flat_map(|part| part.iter())
    }

    fn part_of<Q: Hash + ?Sized>(&self, key: &Q) -> usize {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(key);
        hash as usize & self.parts.len().saturating_sub(1)
    }

    /// Twice as many parts.
    fn grow(&mut self) {
        let count = (self.parts.len() * 2).max(1);
        let old = std::mem::replace(&mut self.parts, std::iter::repeat_with(Arc::default).take(count).collect());
        for part in old {
            for (key, value) in Arc::unwrap_or_clone(part) {
                let at = self.part_of(&key);
                if let Some(part) = self.parts.get_mut(at) {
                    Arc::make_mut(part).insert(key, value);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::{List, Map};

    proptest! {
        #[test]
        fn copies_are_apart_and_each_is_what_was_done_to_it(
            first in prop::collection::vec((0u16..400, any::<Option<u8>>()), 0..600),
            then in prop::collection::vec((0u16..400, any::<Option<u8>>()), 0..100),
        ) {
            let (mut map, mut plain) = (Map::default(), HashMap::new());
            let act = |map: &mut Map<u16, u8>, plain: &mut HashMap<u16, u8>, acts: &[(u16, Option<u8>)]| {
                for (key, value) in acts {
                    match value {
                        Some(value) => {
                            map.insert(*key, *value);
                            plain.insert(*key, *value);
                        }
                        None => assert_eq!(map.remove(key), plain.remove(key)),
                    }
                }
            };
            act(&mut map, &mut plain, &first);
            let (copy, plain_copy) = (map.clone(), plain.clone());
            act(&mut map, &mut plain, &then);
            if let Some(value) = map.get_mut(&1) {
                *value = 7;
                plain.insert(1, 7);
            }
            for (map, plain) in [(map, plain), (copy, plain_copy)] {
                prop_assert_eq!(map.len(), plain.len());
                prop_assert_eq!(map.iter().count(), plain.len());
                for key in 0..400 {
                    prop_assert_eq!(map.get(&key), plain.get(&key));
                }
            }
        }

        #[test]
        fn a_list_is_what_was_put_into_it(len in 0usize..300, at in 0usize..300) {
            let mut list = List::default();
            (0..len).for_each(|entry| list.push(entry));
            let copy = list.clone();
            if let Some(entry) = list.get_mut(at) {
                *entry = 1_000;
            }
            prop_assert_eq!(list.get(at), (at < len).then_some(&1_000));
            prop_assert_eq!(copy.iter().copied().collect::<Vec<_>>(), (0..len).collect::<Vec<_>>());
            prop_assert_eq!(copy.len(), len);
        }
    }
}
