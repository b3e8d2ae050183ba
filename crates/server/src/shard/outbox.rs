//! What waits to be written to one client.
//!
//! Enters: letters (shared stanzas, and control frames of the connection's own). Leaves: framed bytes, many letters
//! in one write. A letter is a reference; the queue is bounded in bytes of what the client has not taken; and with
//! stream management (XEP-0198) what was written stays, by reference, until the client has acknowledged it.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::rc::Rc;
use std::sync::Arc;

use parterre_xmpp::{ToAttribute, Wire};

use crate::transport::Link;

/// A shared stanza as a shard holds it: the count of its readers is the shard's own, so that 10,000 recipients
/// on two cores do not fight over one cache line.
pub type Letter = Rc<Arc<Wire>>;

/// A piece of output.
pub enum Piece {
    /// A stanza or another element, framed and addressed when it is written.
    Letter(Letter),
    /// Bytes framed already: stream headers, closes, pings.
    Frame(Box<[u8]>),
}

/// How a flush ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flushed {
    /// All is written.
    Empty,
    /// The client takes no more for now.
    Blocked,
}

/// Why a client's acknowledgement cannot be true (XEP-0198 §4: `handled-count-too-high`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooHigh {
    /// What the client says it handled.
    pub handled: u32,
    /// How many stanzas it was sent.
    pub sent: u32,
}

/// Bytes that a write should hold at most before it is made; one more letter may exceed it.
const BATCH: usize = 60 * 1024;

/// The output of one session.
#[derive(Default)]
pub struct Outbox {
    unsent: VecDeque<Piece>,
    unsent_bytes: usize,
    /// The rest of a batch of which the client took only a part.
    cut: Vec<u8>,
    tracking: Option<Box<Tracking>>,
}

/// The sending half of stream management.
#[derive(Default)]
struct Tracking {
    unacknowledged: VecDeque<Letter>,
    /// The client's last `h`.
    acknowledged: u32,
    /// Letters beyond this are forgotten, and with them the possibility to resume.
    bound: usize,
    overflowed: bool,
}

impl Outbox {
    /// Adds a piece and gives the number of bytes that wait.
    pub fn push(&mut self, piece: Piece) -> usize {
        self.unsent_bytes += match &piece {
            Piece::Letter(letter) => letter.bytes().len(),
            Piece::Frame(frame) => frame.len(),
        };
        self.unsent.push_back(piece);
        self.unsent_bytes + self.cut.len()
    }

    /// Whether anything waits.
    pub fn is_empty(&self) -> bool {
        self.unsent.is_empty() && self.cut.is_empty()
    }

    /// How many bytes wait.
    pub fn waiting(&self) -> usize {
        self.unsent_bytes + self.cut.len()
    }

    /// Writes until all is written or the client takes no more. `scratch` is the shard's; its content is not kept.
    pub fn flush(&mut self, link: &Link, to: &ToAttribute, scratch: &mut Vec<u8>) -> io::Result<Flushed> {
        if !self.cut.is_empty() {
            match link.try_write(&self.cut) {
                Ok(taken) if taken == self.cut.len() => self.cut = Vec::new(),
                Ok(taken) => {
                    self.cut.drain(..taken);
                    return Ok(Flushed::Blocked);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Flushed::Blocked),
                Err(error) => return Err(error),
            }
        }
        while !self.unsent.is_empty() {
            scratch.clear();
            while scratch.len() < BATCH
                && let Some(piece) = self.unsent.pop_front()
            {
                self.compose(piece, link, to, scratch);
            }
            match link.try_write(scratch) {
                Ok(taken) if taken == scratch.len() => {}
                Ok(taken) => {
                    self.cut = scratch[taken..].to_vec();
                    return Ok(Flushed::Blocked);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.cut = scratch.clone();
                    return Ok(Flushed::Blocked);
                }
                Err(error) => return Err(error),
            }
        }
        if self.unsent.capacity() > 64 {
            // A viewer that is idle again must not keep the room that a burst took.
            self.unsent.shrink_to(8);
        }
        link.try_flush()?;
        Ok(if link.holds_bytes() { Flushed::Blocked } else { Flushed::Empty })
    }

    fn compose(&mut self, piece: Piece, link: &Link, to: &ToAttribute, scratch: &mut Vec<u8>) {
        match piece {
            Piece::Frame(frame) => {
                self.unsent_bytes -= frame.len();
                scratch.extend_from_slice(&frame);
            }
            Piece::Letter(letter) => {
                self.unsent_bytes -= letter.bytes().len();
                link.append(&letter, to, scratch);
                if let Some(tracking) = self.tracking.as_deref_mut()
                    && letter.is_stanza()
                {
                    tracking.keep(letter);
                }
            }
        }
    }

    // --- stream management ----------------------------------------------------------------------------------

    /// From here on, stanzas are kept until acknowledged; at most `bound` of them.
    pub fn track(&mut self, bound: usize) {
        self.tracking = Some(Box::new(Tracking { bound, ..Tracking::default() }));
    }

    /// Whether stanzas are kept until acknowledged.
    pub fn tracks(&self) -> bool {
        self.tracking.is_some()
    }

    /// How many written stanzas the client has not acknowledged.
    pub fn unacknowledged(&self) -> usize {
        self.tracking.as_ref().map_or(0, |tracking| tracking.unacknowledged.len())
    }

    /// Takes the client's count of handled stanzas (modulo 2³²).
    pub fn acknowledge(&mut self, handled: u32) -> Result<(), TooHigh> {
        let Some(tracking) = self.tracking.as_deref_mut() else { return Ok(()) };
        let newly = handled.wrapping_sub(tracking.acknowledged) as usize;
        if newly > tracking.unacknowledged.len() {
            if tracking.overflowed {
                // What was forgotten cannot be checked.
                return Ok(());
            }
            let sent = tracking.acknowledged.wrapping_add(tracking.unacknowledged.len() as u32);
            return Err(TooHigh { handled, sent });
        }
        tracking.unacknowledged.drain(..newly);
        tracking.acknowledged = handled;
        if tracking.unacknowledged.is_empty() {
            tracking.unacknowledged.shrink_to(8);
        }
        Ok(())
    }

    /// Whether everything that was written is either acknowledged or kept.
    pub fn resumable(&self) -> bool {
        self.tracking.as_ref().is_some_and(|tracking| !tracking.overflowed)
    }

    /// What waits, framed, for a connection that is about to be handed over.
    pub fn take_framed(&mut self, link: &Link, to: &ToAttribute) -> Vec<u8> {
        let mut framed = std::mem::take(&mut self.cut);
        while let Some(piece) = self.unsent.pop_front() {
            self.compose(piece, link, to, &mut framed);
        }
        framed
    }

    /// Prepares for a new connection: after `first` (framed already), what was not acknowledged is to be sent again,
    /// then what was not sent yet. Frames belonged to the old connection and are dropped.
    pub fn rewind(&mut self, first: Vec<u8>) {
        self.cut = first;
        let unsent = std::mem::take(&mut self.unsent);
        let again = self.tracking.as_deref_mut().map(|t| std::mem::take(&mut t.unacknowledged)).unwrap_or_default();
        self.unsent = again
            .into_iter()
            .map(Piece::Letter)
            .chain(unsent.into_iter().filter(|piece| matches!(piece, Piece::Letter(letter) if letter.is_stanza())))
            .collect();
        self.unsent_bytes = self
            .unsent
            .iter()
            .map(|piece| match piece {
                Piece::Letter(letter) => letter.bytes().len(),
                Piece::Frame(frame) => frame.len(),
            })
            .sum();
    }

    /// Stanzas that the client never acknowledged or was never sent, oldest first; for those who must bounce them.
    pub fn undelivered(&mut self) -> impl Iterator<Item = Letter> {
        self.rewind(Vec::new());
        std::mem::take(&mut self.unsent).into_iter().filter_map(|piece| match piece {
            Piece::Letter(letter) => Some(letter),
            Piece::Frame(_) => None,
        })
    }
}

impl Tracking {
    fn keep(&mut self, letter: Letter) {
        if self.overflowed {
            return;
        }
        if self.unacknowledged.len() >= self.bound {
            self.overflowed = true;
            self.unacknowledged = VecDeque::new();
            return;
        }
        self.unacknowledged.push_back(letter);
    }
}
