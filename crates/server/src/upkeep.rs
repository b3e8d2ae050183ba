//! What the server does of itself now and then: it removes what is older than the retention, and tries a store that has
//! failed.
//!
//! Enters: the clock, and what is known of the store. Leaves: changes of the store, and word of them to the rooms. Nobody
//! waits for any of it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use parterre_store::{Bound, Document, Full};
use parterre_xmpp::Timestamp;

use crate::server::{Server, now};

/// How often what is older than the retention is removed.
const PRUNING: Duration = Duration::from_mins(10);
/// Messages that one step of pruning removes: few enough that no commit waits for it.
const PRUNED_AT_ONCE: usize = 500;
/// How often a store that has failed is tried.
const TRIAL: Duration = Duration::from_secs(5);
/// Whose the document is that a trial writes: no account's, since no local part of an address holds a colon (RFC 7622
/// §3.3.1).
const TRIED_BY: &str = "server:";

/// Removes what is older than the retention, in steps that let everything else through.
pub(crate) async fn prune(server: Arc<Server>) {
    let Some(retention) = server.config.history.retention.0 else { return };
    let mut rounds = tokio::time::interval(PRUNING);
    loop {
        rounds.tick().await;
        let before = Timestamp(now().0.saturating_sub(retention.as_micros() as i64));
        loop {
            match server.store.prune(before, PRUNED_AT_ONCE).await {
                Ok(pruned) => {
                    let removed: u64 = pruned.iter().map(|of_room| of_room.removed).sum();
                    server.metrics.archive_pruned.inc_by(removed);
                    server.directory.pruned(pruned).await;
                    if removed < PRUNED_AT_ONCE as u64 {
                        break;
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "old messages could not be removed; trying again later");
                    break;
                }
            }
        }
    }
}

/// Sees whether a store that has failed works again. Rooms would find out when somebody speaks, and nobody may speak until
/// the server is well.
pub(crate) async fn try_failed_store(server: Arc<Server>) {
    let mut rounds = tokio::time::interval(TRIAL);
    rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        rounds.tick().await;
        let failures = server.store_failures.load(Ordering::Relaxed);
        if failures == 0 {
            continue;
        }
        // Something that is written anew each time: to change nothing would succeed on a full disk.
        let document = Document { key: "trial".into(), value: String::new(), at: now() };
        let bound = Bound { count: 1, bytes: 0, full: Full::DropOldest };
        let worked = server.store.put_document(TRIED_BY, "trial", document, bound).await.is_ok();
        // What has failed meanwhile is later than the trial.
        let unchanged = || server.store_failures.compare_exchange(failures, 0, Ordering::Relaxed, Ordering::Relaxed);
        if worked && unchanged().is_ok() {
            tracing::info!("the database works again");
        }
    }
}

#[cfg(test)]
mod tests {
    use parterre_store::{MemoryStore, Store};

    use super::*;
    use crate::app::tests::unserved;

    #[tokio::test(start_paused = true)]
    async fn a_store_that_works_again_is_noticed_and_one_that_does_not_is_not() {
        for works in [true, false] {
            let store = Arc::new(MemoryStore::new());
            let (server, _parcels) = unserved(store.clone()).await;
            server.store_failures.store(3, Ordering::Relaxed);
            if !works {
                store.close().await.unwrap();
            }
            assert!(tokio::time::timeout(TRIAL * 4, try_failed_store(server.clone())).await.is_err());
            assert_eq!(server.trouble().is_none(), works);
        }
    }
}
