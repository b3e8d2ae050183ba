//! Whose tokens were withdrawn: a signed token cannot be taken back where it is, so what was issued until then is refused here.
//!
//! Enters: accounts, and when their tokens were withdrawn. Leaves: whether a token is among those. Kept for as long as the
//! process lives, and for so many accounts at most: tokens are to be short-lived.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use parterre_xmpp::{BareJid, Timestamp};

/// Accounts that are remembered. Beyond, the earliest is forgotten.
const MOST: usize = 10_000;

#[derive(Default)]
pub(super) struct Withdrawn(Mutex<HashMap<BareJid, Timestamp>>);

impl Withdrawn {
    /// No token of that account counts that was issued until `at`.
    pub(super) fn until(&self, account: BareJid, at: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST && !known.contains_key(&account) {
            let earliest = known.iter().min_by_key(|(_, at)| **at).map(|(account, _)| account.clone());
            earliest.map(|account| known.remove(&account));
        }
        known.insert(account, at);
    }

    /// Whether a token of that account counts no more.
    pub(super) fn covers(&self, account: &BareJid, issued: Timestamp) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(account).is_some_and(|until| issued <= *until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_are_remembered_and_the_earliest_forgotten() {
        let account = |n: usize| BareJid::new(&format!("u{n}@a.example")).expect("an address");
        let withdrawn = Withdrawn::default();
        for n in 0..=MOST {
            withdrawn.until(account(n), Timestamp::from_secs(n as i64));
        }
        assert!(!withdrawn.covers(&account(0), Timestamp(0)), "forgotten");
        assert!(withdrawn.covers(&account(1), Timestamp::from_secs(1)));
        assert!(!withdrawn.covers(&account(1), Timestamp::from_secs(2)), "issued later");
        assert!(withdrawn.covers(&account(MOST), Timestamp(0)));
    }
}
