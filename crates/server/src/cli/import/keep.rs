//! Rooms on their way into the store.
//!
//! Enters: what is to become of a room. Leaves: what of it was new. A room that is here already keeps its settings;
//! people whom its lists do not name are added, and messages later than its last. So a run can be repeated, also one
//! that was cut off. Never: a message twice, or in another place than its time.

use std::collections::BTreeSet;
use std::sync::Arc;

use parterre_room::mam::PageRequest;
use parterre_room::{ArchivedMessage, Change, LogId, Past, Policy, Room};
use parterre_store::{Store, StoreError};
use parterre_xmpp::BareJid;

use super::report::Taken;
use super::settings::Plan;

/// Messages of one commit.
const BATCH: usize = 200;

/// What came of a room.
pub(super) struct Kept {
    pub(super) taken: Taken,
    /// Messages that came too late for their place in the archive here.
    pub(super) late: u64,
}

/// Keeps a room; with `dry`, only says what it would keep.
pub(super) async fn keep(
    store: &dyn Store,
    address: BareJid,
    policy: Arc<Policy>,
    secret: [u8; 32],
    plan: Plan,
    messages: Vec<ArchivedMessage>,
    dry: bool,
) -> Result<Kept, StoreError> {
    let name = address.node().unwrap_or_default().to_owned();
    let stored = store.load_room(&name, 0).await?;
    let newest = store.metadata(&name).await?.map(|(_, last)| last);
    let new = stored.settings.is_none();
    let listed: BTreeSet<_> = stored.affiliations.iter().map(|entry| entry.jid.clone()).collect();
    let title = plan.defaults.config.name.clone();
    let mut changes = Vec::new();
    if new {
        let room = Room::create(address, policy, secret, plan.defaults, &Past::default());
        changes.push(Change::Settings(room.settings()));
    }
    let lists = plan.lists.into_iter();
    let lists: Vec<_> =
        lists.filter(|entry| !matches!(entry, Change::Affiliation { jid, .. } if listed.contains(jid))).collect();
    let affiliations = lists.len() as u64;
    changes.extend(lists);
    // The mark of a store is one for all rooms that were forgotten; it says nothing of a room that never was.
    let floor = newest.unwrap_or(if new { LogId(0) } else { stored.last_id });
    let split = messages.partition_point(|message| message.id <= floor);
    let mut messages = messages;
    let fresh = messages.split_off(split);
    let mut before = 0;
    for message in &messages {
        before += u64::from(holds(store, &name, message.id).await?);
    }
    let late = messages.len() as u64 - before;
    let taken = Taken {
        room: name.clone(),
        title,
        new,
        messages: fresh.len() as u64,
        messages_here_before: before,
        affiliations,
    };
    if !dry {
        if !changes.is_empty() {
            store.commit(&name, changes).await?;
        }
        for batch in fresh.chunks(BATCH) {
            store.commit(&name, batch.iter().cloned().map(Change::Message).collect()).await?;
        }
    }
    Ok(Kept { taken, late })
}

async fn holds(store: &dyn Store, room: &str, id: LogId) -> Result<bool, StoreError> {
    let request = PageRequest { ids: Some(vec![id]), max: 0, ..PageRequest::default() };
    Ok(!store.page(room, request).await?.unknown_id)
}

#[cfg(test)]
mod tests {
    use parterre_room::{Affiliation, RoomDefaults};
    use parterre_store::MemoryStore;

    use super::*;

    fn plan(banned: &[&str]) -> Plan {
        let entry = |jid: &&str| Change::Affiliation {
            jid: BareJid::new(jid).unwrap(),
            affiliation: Affiliation::Outcast,
            nick: None,
            reason: None,
        };
        let defaults = RoomDefaults { locked: false, ..RoomDefaults::default() };
        Plan { defaults, lists: banned.iter().map(entry).collect(), left: Vec::new() }
    }

    fn message(id: u64) -> ArchivedMessage {
        let stanza = "<message xmlns='jabber:client'/>".into();
        ArchivedMessage { id: LogId(id), from: "agora@room.d/n".into(), author: None, stanza }
    }

    async fn run(store: &MemoryStore, banned: &[&str], ids: &[u64], dry: bool) -> (bool, u64, u64, u64, u64) {
        let messages = ids.iter().copied().map(message).collect();
        let address = BareJid::new("agora@room.d").unwrap();
        let kept = keep(store, address, Arc::default(), [7; 32], plan(banned), messages, dry).await.unwrap();
        let taken = kept.taken;
        (taken.new, taken.affiliations, taken.messages, taken.messages_here_before, kept.late)
    }

    #[tokio::test]
    async fn a_second_run_takes_only_what_is_new() {
        let store = MemoryStore::new();
        let many: Vec<u64> = (1..=450).collect();
        assert_eq!(run(&store, &["a@d"], &many, true).await, (true, 1, 450, 0, 0));
        assert_eq!(store.rooms().await.unwrap(), []);
        assert_eq!(run(&store, &["a@d"], &many, false).await, (true, 1, 450, 0, 0));
        let once = store.load_room("agora", 1_000).await.unwrap();
        assert_eq!((once.recent.len(), once.affiliations.len()), (450, 1));
        assert_eq!(run(&store, &["a@d"], &many, false).await, (false, 0, 0, 450, 0));
        assert_eq!(store.load_room("agora", 1_000).await.unwrap(), once);
        assert_eq!(run(&store, &["a@d", "b@d"], &[449, 450, 451], false).await, (false, 1, 1, 2, 0));
    }

    #[tokio::test]
    async fn a_message_that_came_too_late_is_counted() {
        let store = MemoryStore::new();
        store.commit("other", vec![Change::Message(message(1_000)), Change::Destroy]).await.unwrap();
        assert_eq!(run(&store, &[], &[1, 3], false).await, (true, 0, 2, 0, 0));
        assert_eq!(run(&store, &[], &[1, 2, 3, 4], false).await, (false, 0, 1, 2, 1));
    }
}
