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

/// What became of a piece of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// It waits, or is not wanted since the stream has said its last word.
    Fits,
    /// It waits, but there is more than a client with a connection may leave unread.
    Beyond,
    /// It was dropped: nobody can go on from here.
    Lost,
}

/// How much may be kept for one session.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Bytes that may wait for a client with a connection. Twice as many may be kept for one that might come back.
    pub bytes: usize,
    /// Stanzas that may be kept until they are acknowledged.
    pub stanzas: usize,
}

/// How many times the bound on waiting bytes may be kept for a session to go on with: what its client was sent and has
/// not acknowledged, most of which the system's own buffers took, and what came since it is away. It is kept by reference,
/// so many sessions of one room keep the same bytes.
const KEPT: usize = 16;
/// Bytes that a write should hold at most before it is made; one more letter may exceed it.
pub const LARGEST_BATCH: usize = 60 * 1024;

/// Pieces for which an empty queue keeps room: what a turn brings under load, not what a join brings.
const ROOM_KEPT: usize = 16;

/// With what a headline begins.
const HEADLINE: &[u8] = b"<message xmlns='jabber:client' type='headline' ";
/// With what a notice of the audience's size (`docs/protocol.md`) goes on after its sender.
const AUDIENCE: &[u8] = b"<audience xmlns='urn:parterre:audience:0' count='";

/// The output of one session.
#[derive(Default)]
pub struct Outbox {
    unsent: VecDeque<Piece>,
    unsent_bytes: usize,
    /// The rest of a batch of which the client took only a part.
    cut: Vec<u8>,
    /// Nothing more is taken.
    closed: bool,
    tracking: Option<Box<Tracking>>,
}

/// The sending half of stream management.
#[derive(Default)]
struct Tracking {
    unacknowledged: VecDeque<Letter>,
    bytes: usize,
    /// The client's last `h`.
    acknowledged: u32,
    /// Stanzas that still wait though they stand before `<enabled/>`: the client does not count them.
    uncounted: usize,
    /// Letters beyond these are forgotten, and with them the possibility to resume.
    bounds: Option<Bounds>,
    overflowed: bool,
}

impl Piece {
    fn len(&self) -> usize {
        match self {
            Piece::Letter(letter) => letter.bytes().len(),
            Piece::Frame(frame) => frame.len(),
        }
    }

    /// What a piece that waits counts for: small ones cost more than their bytes.
    pub fn cost(&self) -> usize {
        self.len() + size_of::<Piece>()
    }

    /// The beginning of a room's notice of how many they are, up to the number: the same for each notice of a room.
    pub fn counts_audience(&self) -> Option<&[u8]> {
        let Piece::Letter(letter) = self else { return None };
        let bytes = letter.bytes();
        if !bytes.starts_with(HEADLINE) {
            return None;
        }
        let at = bytes.windows(AUDIENCE.len()).position(|part| part == AUDIENCE)?;
        bytes.get(..at + AUDIENCE.len())
    }

    fn is_stanza(&self) -> bool {
        matches!(self, Piece::Letter(letter) if letter.is_stanza())
    }
}

impl Outbox {
    /// Adds a piece, within the bounds. Beyond twice the bytes (for a session without connection: beyond what is kept
    /// for it) nothing more is taken: then the session cannot be resumed, since what it would go on with is not whole.
    pub fn push(&mut self, piece: Piece, bounds: Bounds, connected: bool) -> Fill {
        if self.closed {
            return Fill::Fits;
        }
        let waiting = self.waiting() + piece.cost();
        let (kept, kept_bytes) = self.tracking.as_ref().map_or((0, 0), |t| (t.unacknowledged.len(), t.bytes));
        let too_many = !connected && kept + self.unsent.len() >= bounds.stanzas;
        let beyond = if connected { waiting > 2 * bounds.bytes } else { waiting + kept_bytes > KEPT * bounds.bytes };
        if too_many || beyond {
            self.closed = true;
            if let Some(tracking) = &mut self.tracking {
                tracking.overflowed = true;
            }
            return Fill::Lost;
        }
        self.unsent_bytes += piece.cost();
        self.unsent.push_back(piece);
        if waiting > bounds.bytes { Fill::Beyond } else { Fill::Fits }
    }

    /// Drops a room's earlier notice of how many they are that still waits, if this is another: only the newest is true.
    pub fn supersede(&mut self, by: &Piece) {
        let Some(beginning) = by.counts_audience() else { return };
        if self.tracking.as_ref().is_some_and(|tracking| tracking.uncounted > 0) {
            // Some of what waits stands before `<enabled/>`, and they are counted.
            return;
        }
        let earlier = self.unsent.iter().rposition(|piece| piece.counts_audience() == Some(beginning));
        if let Some(piece) = earlier.and_then(|at| self.unsent.remove(at)) {
            self.unsent_bytes -= piece.cost();
        }
    }

    /// Adds the last bytes of the stream. Nothing comes after them.
    pub fn close(&mut self, words: Vec<u8>) {
        let piece = Piece::Frame(words.into_boxed_slice());
        self.unsent_bytes += piece.cost();
        self.unsent.push_back(piece);
        self.closed = true;
    }

    /// Whether anything waits.
    pub fn is_empty(&self) -> bool {
        self.unsent.is_empty() && self.cut.is_empty()
    }

    /// Whether nothing more is taken.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// How many bytes wait.
    pub fn waiting(&self) -> usize {
        self.unsent_bytes + self.cut.len()
    }

    /// Writes until all is written or the client takes no more. `scratch` is the shard's; its content is not kept.
    /// Adds to `written` how many bytes the client took.
    pub fn flush(
        &mut self,
        link: &Link,
        to: &ToAttribute,
        scratch: &mut Vec<u8>,
        written: &mut u64,
    ) -> io::Result<Flushed> {
        if !self.cut.is_empty() {
            match link.try_write(&self.cut) {
                Ok(taken) if taken == self.cut.len() => {
                    *written += taken as u64;
                    self.cut = Vec::new();
                }
                Ok(taken) => {
                    *written += taken as u64;
                    self.cut.drain(..taken);
                    return Ok(Flushed::Blocked);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Flushed::Blocked),
                Err(error) => return Err(error),
            }
        }
        while !self.unsent.is_empty() {
            scratch.clear();
            while scratch.len() < LARGEST_BATCH
                && let Some(piece) = self.unsent.pop_front()
            {
                self.compose(piece, link, to, scratch);
            }
            match link.try_write(scratch) {
                Ok(taken) if taken == scratch.len() => *written += taken as u64,
                Ok(taken) => {
                    *written += taken as u64;
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
        if self.unsent.capacity() > ROOM_KEPT {
            // A viewer that is idle again must not keep the room that a burst took.
            self.unsent.shrink_to(ROOM_KEPT / 4);
        }
        link.try_flush()?;
        Ok(if link.holds_bytes() { Flushed::Blocked } else { Flushed::Empty })
    }

    fn compose(&mut self, piece: Piece, link: &Link, to: &ToAttribute, scratch: &mut Vec<u8>) {
        self.unsent_bytes -= piece.cost();
        match piece {
            Piece::Frame(frame) => scratch.extend_from_slice(&frame),
            Piece::Letter(letter) => {
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

    /// From here on, stanzas are kept until acknowledged, within the bounds. Those that wait already are not: they
    /// stand before `<enabled/>`.
    pub fn track(&mut self, bounds: Bounds) {
        let uncounted = self.unsent.iter().filter(|piece| piece.is_stanza()).count();
        self.tracking = Some(Box::new(Tracking { uncounted, bounds: Some(bounds), ..Tracking::default() }));
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
        let bytes: usize = tracking.unacknowledged.drain(..newly).map(|letter| letter.bytes().len()).sum();
        tracking.bytes -= bytes;
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

    /// Lets go of what belonged to a connection that is gone.
    pub fn disconnect(&mut self) {
        self.cut = Vec::new();
        self.unsent.retain(Piece::is_stanza);
        self.unsent_bytes = self.unsent.iter().map(Piece::cost).sum();
    }

    /// Prepares for a new connection: after `first` (framed already), what was not acknowledged is to be sent again,
    /// then what was not sent yet. Frames belonged to the old connection and are dropped.
    pub fn rewind(&mut self, first: Vec<u8>) {
        self.disconnect();
        self.cut = first;
        let Some(tracking) = self.tracking.as_deref_mut() else { return };
        tracking.uncounted = 0;
        tracking.bytes = 0;
        for letter in std::mem::take(&mut tracking.unacknowledged).into_iter().rev() {
            let piece = Piece::Letter(letter);
            self.unsent_bytes += piece.cost();
            self.unsent.push_front(piece);
        }
    }

    /// Takes the stanzas that the client never acknowledged or was never sent, oldest first; for those who must find
    /// another place for them.
    pub fn undelivered(&mut self) -> Vec<Letter> {
        let mut letters = Vec::new();
        if let Some(tracking) = self.tracking.as_deref_mut() {
            letters.extend(std::mem::take(&mut tracking.unacknowledged));
            tracking.bytes = 0;
            tracking.overflowed = true;
        }
        for piece in std::mem::take(&mut self.unsent) {
            match piece {
                Piece::Letter(letter) if letter.is_stanza() => letters.push(letter),
                other => self.unsent.push_back(other),
            }
        }
        self.unsent_bytes = self.unsent.iter().map(Piece::cost).sum();
        letters
    }
}

impl Tracking {
    fn keep(&mut self, letter: Letter) {
        if self.uncounted > 0 {
            self.uncounted -= 1;
            return;
        }
        if self.overflowed {
            return;
        }
        self.bytes += letter.bytes().len();
        let fits = |bounds: Bounds| self.unacknowledged.len() < bounds.stanzas && self.bytes <= KEPT * bounds.bytes;
        if self.bounds.is_some_and(fits) {
            self.unacknowledged.push_back(letter);
        } else {
            self.overflowed = true;
            self.unacknowledged = VecDeque::new();
            self.bytes = 0;
        }
    }
}

#[cfg(test)]
mod tests;
