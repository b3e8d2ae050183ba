//! The last messages of the room, ready as bytes: history for newcomers, and the newest archive page.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::Arc;

use parterre_xmpp::element::escape;
use parterre_xmpp::{BareJid, Element, Wire, ns};

use crate::command::LogId;
use crate::effect::ArchivedMessage;
use crate::join::HistoryRequest;
use crate::mam::{PageBounds, PageRequest, PreparedResult, Span, without_author};

/// At least so many messages are at hand, since clients ask for a newest page of this size.
pub const RECENT: usize = 50;

/// How many times as many as that may be at hand, with those that only go along with another one.
const WITH_THOSE_BESIDE: usize = 4;

/// Whether newcomers get a message as history, and whether it is one of as many as they ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Replay {
    /// They do not get it.
    Never,
    /// It says something.
    Counted,
    /// It says something of another message, and goes beside those that count: there are many.
    Beside,
}

impl Replay {
    /// How a message is replayed that is.
    pub(crate) fn of(message: &Element) -> Replay {
        let of_another = message.children().any(|child| {
            matches!(
                (child.name(), child.ns()),
                ("reactions", ns::REACTIONS) | ("retract", ns::RETRACT) | ("apply-to", ns::FASTEN)
            )
        });
        let says = message.has("body", ns::CLIENT) || message.has("retracted", ns::RETRACT);
        if says && !of_another { Replay::Counted } else { Replay::Beside }
    }
}

/// A message at hand.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) id: LogId,
    /// Bare address of whoever said it.
    pub(crate) author: Option<BareJid>,
    /// The stanza as the archive has it.
    pub(crate) stanza: String,
    /// Whether newcomers get it as history.
    replay: Replay,
    /// Whether the archive holds it.
    archived: bool,
    /// With `<delay/>`, as newcomers get it.
    delayed: Arc<Wire>,
    /// As an archive page gives it to those who may not know who said it.
    prepared: PreparedResult,
    /// As one gives it to those who may, if that differs.
    with_author: Option<PreparedResult>,
}

/// The messages at hand, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recent {
    said: VecDeque<Said>,
    /// How many of them are [`Replay::Counted`].
    counted: usize,
    /// How many of those there may be.
    capacity: usize,
    /// How many messages the archive holds.
    count: u64,
}

impl Recent {
    /// Room for so many messages, beside an archive that holds `count`.
    pub(crate) fn new(capacity: usize, count: u64) -> Self {
        Recent { said: VecDeque::new(), counted: 0, capacity: capacity.max(RECENT), count }
    }

    /// Changes how many are kept at hand.
    pub(crate) fn resize(&mut self, capacity: usize) {
        self.capacity = capacity.max(RECENT);
        self.fit();
    }

    /// Forgets the oldest of what is too much.
    fn fit(&mut self) {
        while self.counted > self.capacity || self.said.len() > self.capacity * WITH_THOSE_BESIDE {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        let oldest = self.said.pop_front();
        self.counted -= usize::from(oldest.is_some_and(|said| said.replay == Replay::Counted));
    }

    /// Takes a message that was just said.
    pub(crate) fn push(&mut self, room: &BareJid, message: &ArchivedMessage, replay: Replay, archived: bool) {
        if archived {
            self.count += 1;
        }
        self.restore(room, message, replay, archived);
    }

    /// Takes a message that the archive has counted already.
    pub(crate) fn restore(&mut self, room: &BareJid, message: &ArchivedMessage, replay: Replay, archived: bool) {
        let Some(said) = Said::new(room, message, replay, archived) else {
            return;
        };
        self.counted += usize::from(replay == Replay::Counted);
        self.said.push_back(said);
        self.fit();
    }

    /// The message of that id, if it is at hand.
    pub(crate) fn find(&self, id: LogId) -> Option<&Said> {
        let at = self.said.binary_search_by_key(&id, |said| said.id).ok()?;
        self.said.get(at)
    }

    /// The messages at hand, the newest first.
    pub(crate) fn newest(&self) -> impl Iterator<Item = &Said> {
        self.said.iter().rev()
    }

    /// The newest message of the archive, if it is at hand.
    pub(crate) fn newest_archived(&self) -> Option<LogId> {
        self.said.iter().rev().find(|said| said.archived).map(|said| said.id)
    }

    /// The oldest message at hand, if the archive holds older ones.
    pub(crate) fn reaches_back_to(&self) -> Option<LogId> {
        let held = self.said.iter().filter(|said| said.archived).count() as u64;
        self.said.front().filter(|_| self.count > held).map(|said| said.id)
    }

    /// Puts a tombstone in the place of a message.
    pub(crate) fn bury(&mut self, room: &BareJid, id: LogId, tombstone: &str) {
        let Ok(at) = self.said.binary_search_by_key(&id, |said| said.id) else {
            return;
        };
        let Some(said) = self.said.get_mut(at) else { return };
        let message =
            ArchivedMessage { id, from: String::new(), author: said.author.clone(), stanza: tombstone.to_owned() };
        if let Some(buried) = Said::new(room, &message, said.replay, said.archived) {
            *said = buried;
        }
    }

    /// Forgets a message that was not kept after all.
    pub(crate) fn forget(&mut self, id: LogId) {
        let Ok(at) = self.said.binary_search_by_key(&id, |said| said.id) else {
            return;
        };
        if let Some(forgotten) = self.said.remove(at) {
            self.counted -= usize::from(forgotten.replay == Replay::Counted);
            self.count = self.count.saturating_sub(u64::from(forgotten.archived));
        }
    }

    /// Forgets what retention has removed from the archive.
    pub(crate) fn pruned(&mut self, before: LogId, removed: u64) {
        self.count = self.count.saturating_sub(removed);
        while self.said.front().is_some_and(|said| said.id < before) {
            self.forget_oldest();
        }
    }

    /// What a newcomer gets of the history, oldest first: as many messages as are wanted, and of what goes beside them as
    /// much again at most.
    pub(crate) fn history(&self, wanted: &HistoryRequest) -> impl Iterator<Item = Arc<Wire>> + use<> {
        let (mut counted, mut beside, mut chars) = (wanted.stanzas, wanted.stanzas, wanted.chars);
        let mut wires = Vec::new();
        for said in self.said.iter().rev() {
            let is_too_old = wanted.since.is_some_and(|since| said.id.time() < since);
            if counted == 0 || is_too_old {
                break;
            }
            let left = match said.replay {
                Replay::Counted => &mut counted,
                Replay::Beside if beside > 0 => &mut beside,
                Replay::Beside | Replay::Never => continue,
            };
            let Some(fits) = chars.checked_sub(said.delayed.bytes().len()) else { break };
            chars = fits;
            *left -= 1;
            wires.push(said.delayed.clone());
        }
        wires.reverse();
        wires.into_iter()
    }

    /// Answers a request from what is at hand, if that suffices and is no more than so many bytes: the results, oldest first, and their place in the
    /// archive. `authors`: with the real addresses.
    pub(crate) fn page(
        &self,
        request: &PageRequest,
        authors: bool,
        bytes: usize,
    ) -> Option<(Vec<&PreparedResult>, PageBounds)> {
        let archived = || self.said.iter().filter(|said| said.archived);
        let held: Vec<_> = archived().map(|said| said.id).collect();
        let span = Span::of_newest(request, &held, self.count)?;
        let held = archived().skip(span.range.start).take(span.range.len());
        if held.clone().map(|said| said.stanza.len()).sum::<usize>() > bytes {
            return None;
        }
        let page = held.map(|said| said.with_author.as_ref().filter(|_| authors).unwrap_or(&said.prepared)).collect();
        Some((page, span.bounds))
    }
}

impl Said {
    /// `None` if the stanza is not one: the store gave something that was never said.
    fn new(room: &BareJid, message: &ArchivedMessage, replay: Replay, archived: bool) -> Option<Self> {
        let plain = without_author(&message.stanza);
        let open = plain.strip_suffix("</message>")?;
        let mut delayed = String::with_capacity(plain.len() + 128);
        delayed.push_str(open);
        let _ = write!(delayed, "<delay xmlns='{}' from='", ns::DELAY);
        escape(room.as_str(), &mut delayed);
        let _ = write!(delayed, "' stamp='{}'/></message>", message.id.time());
        Some(Said {
            id: message.id,
            author: message.author.clone(),
            stanza: message.stanza.clone(),
            replay,
            archived,
            delayed: Arc::new(Wire::written(delayed)),
            prepared: PreparedResult::new(message.id, &plain, room),
            with_author: matches!(plain, Cow::Owned(_)).then(|| PreparedResult::new(message.id, &message.stanza, room)),
        })
    }
}
