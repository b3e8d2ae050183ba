//! Reading archive queries and writing their answers (XEP-0313 with XEP-0059 paging).
//!
//! Enters: the `<query/>` of an `<iq/>`, and what the store found. Leaves: a [`PageRequest`] that the store can
//! answer, and the answer as wires. A stored stanza is never parsed again to be sent: the answer is put
//! together around its text.

use parterre_xmpp::{Element, Timestamp};

use crate::command::LogId;

mod answer;
mod author;
mod prepared;
mod query;
mod tombstone;

pub use answer::{PageBounds, fin, metadata, query_form, result_wire};
pub(crate) use author::{add_author, without_author};
pub use prepared::{PreparedResult, Span};
pub use query::{MAX_IDS, MAX_QUERYID_BYTES};
pub use tombstone::{Moderation, Retraction, tombstone};

/// A page of an archive: filters, direction and size. All bounds are exclusive where they are ids, inclusive where times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageRequest {
    /// Not before this time (`start`).
    pub start: Option<Timestamp>,
    /// Not after this time (`end`).
    pub end: Option<Timestamp>,
    /// Only what this address said: an occupant address or, for those who may know, a real one (`with`).
    pub with: Option<String>,
    /// After this message (`after-id` of the form).
    pub after_id: Option<LogId>,
    /// Before this message (`before-id` of the form).
    pub before_id: Option<LogId>,
    /// Just these messages (`ids`), in archive order.
    pub ids: Option<Vec<LogId>>,
    /// The page starts after this message (RSM `after`).
    pub after: Option<LogId>,
    /// The page ends before this message (RSM `before`); with [`PageRequest::last`] and none, the newest page.
    pub before: Option<LogId>,
    /// Whether the page is the last one of what the bounds leave, rather than the first (RSM `before` was there).
    pub last: bool,
    /// How many messages to skip (RSM `index`).
    pub index: Option<u64>,
    /// At most so many messages; 0 asks for the count alone.
    pub max: u64,
    /// Whether the page is given newest first (`flip-page`).
    pub flip: bool,
}

/// What the store found for a [`PageRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The messages, oldest first.
    pub messages: Vec<(LogId, String)>,
    /// How many messages the filters leave, over all pages.
    pub count: u64,
    /// How many of them come before the first one of the page.
    pub first_index: u64,
    /// Whether the page reaches the end of what the filters leave, in the direction of paging.
    pub complete: bool,
    /// Whether an id that the request names (RSM `after`/`before`, or one of `ids`) does not exist.
    pub unknown_id: bool,
}

impl Page {
    /// Leaves out what is beyond so many bytes, at the end that paging reaches last; one message stays in any case. A
    /// client sees from `complete` that there is more and asks on (XEP-0059 §2.1: a page may be smaller than wished).
    pub fn trim(&mut self, bytes: usize, last: bool) {
        let mut left = bytes;
        let mut fits = |stanza: &String| {
            let fits = stanza.len() <= left;
            left = left.saturating_sub(stanza.len());
            fits
        };
        let sizes = self.messages.iter().map(|(_, stanza)| stanza);
        let keep =
            if last { sizes.rev().take_while(|s| fits(s)).count() } else { sizes.take_while(|s| fits(s)).count() };
        let drop = self.messages.len() - keep.max(1).min(self.messages.len());
        if drop == 0 {
            return;
        }
        self.complete = false;
        if last {
            self.messages.drain(..drop);
            self.first_index += drop as u64;
        } else {
            self.messages.truncate(self.messages.len() - drop);
        }
    }
}

/// The `queryid` that the results of a query repeat.
pub fn queryid(query: &Element) -> Option<&str> {
    query.get("queryid")
}

#[cfg(test)]
mod tests;
