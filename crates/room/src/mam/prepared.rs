//! Results made once for everybody: when a crowd arrives, each newcomer asks for the newest page, and the
//! answers differ by `to` and `queryid` alone.

use std::ops::Range;

use parterre_xmpp::element::escape;
use parterre_xmpp::{BareJid, Wire};

use super::answer::write_result;
use super::{PageBounds, PageRequest};
use crate::command::LogId;

/// A result ready but for whom it is for and for which query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreparedResult {
    id: LogId,
    xml: Box<str>,
    /// Where ` queryid='…'` goes.
    queryid_at: usize,
}

impl PreparedResult {
    /// The result that gives the message `id`, of that text (see [`super::result_wire`]).
    pub fn new(id: LogId, stanza: &str, room: &BareJid) -> Self {
        let (xml, queryid_at) = write_result(id, stanza, room);
        PreparedResult { id, xml: xml.into_boxed_str(), queryid_at }
    }

    /// Which message it gives.
    pub fn id(&self) -> LogId {
        self.id
    }

    /// How many bytes it holds in memory.
    pub fn len(&self) -> usize {
        self.xml.len()
    }

    /// Whether it holds nothing; it never does.
    pub fn is_empty(&self) -> bool {
        self.xml.is_empty()
    }

    /// The result for one query.
    pub fn wire(&self, queryid: Option<&str>) -> Wire {
        let (head, tail) = self.xml.split_at_checked(self.queryid_at).unwrap_or((&self.xml, ""));
        let mut xml = String::with_capacity(self.xml.len() + queryid.map_or(0, |id| id.len() + 11));
        xml.push_str(head);
        if let Some(queryid) = queryid {
            xml.push_str(" queryid='");
            escape(queryid, &mut xml);
            xml.push('\'');
        }
        xml.push_str(tail);
        Wire::written(xml)
    }
}

/// The part of the newest messages that answers a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Which of the held messages, oldest first.
    pub range: Range<usize>,
    /// What [`super::fin`] says of them.
    pub bounds: PageBounds,
}

impl Span {
    /// Answers a request from the newest `held` messages (their ids, ascending) of an archive of `count`, if they
    /// suffice; `None` sends the request to the store. They suffice for the newest page, for what follows
    /// a message that is held, and for anything unfiltered while the whole archive is held.
    pub fn of_newest(request: &PageRequest, held: &[LogId], count: u64) -> Option<Span> {
        let len = held.len() as u64;
        let missing = count.checked_sub(len)?;
        if !request.is_unfiltered() || missing > 0 && request.index.is_some() {
            return None;
        }
        let place = |id: LogId| held.binary_search(&id).ok();
        // An id that is not held may be older, or unknown: the store can tell.
        let from = match request.after {
            Some(id) => Some(place(id)? + 1),
            None => None,
        };
        let to = match request.before {
            Some(id) => place(id)?,
            None => held.len(),
        };
        let open = from.is_none() && missing > 0;
        let window = from.unwrap_or(0)..to;
        let window = window.start.min(window.end)..window.end;
        let max = usize::try_from(request.max).unwrap_or(usize::MAX);
        let range = if request.last {
            let start = window.end.saturating_sub(max).max(window.start);
            if open && window.end - start < max {
                return None;
            }
            start..window.end
        } else {
            if open {
                return None;
            }
            let skip = usize::try_from(request.index.unwrap_or(0)).unwrap_or(usize::MAX);
            let start = window.start.saturating_add(skip).min(window.end);
            start..start.saturating_add(max).min(window.end)
        };
        let complete = if request.last { range.start == window.start && !open } else { range.end == window.end };
        let ends = held.get(range.clone()).and_then(|page| page.first().copied().zip(page.last().copied()));
        let first_index = if ends.is_some() { missing + range.start as u64 } else { 0 };
        Some(Span { range, bounds: PageBounds { ends, first_index, count, complete } })
    }
}
