//! One viewer: a client of XMPP that joins a room, listens, and at times speaks.
//!
//! Enters: bytes that came, moments that are due. Leaves: bytes to send, [`Want`]s, and counts in a tally. It does no I/O and reads
//! no clock. A viewer is small (there are thousands in a process) and quick: a stanza of a room in which it only listens is
//! scanned for the mark of the crowd and never parsed.

mod bosh;
mod coming;
mod cut;
mod heard;
mod mark;
mod negotiation;
mod pipe;
mod room;
mod scan;
mod stanzas;
mod tcp;
mod websocket;

use std::collections::VecDeque;

pub(crate) use heard::{Heard, Said};
pub(crate) use mark::{Mark, Marks};
pub(crate) use negotiation::{condition, element};
pub(crate) use pipe::{Ended, Piece, Pipe};
pub(crate) use stanzas::{BIND, configure};

use crate::plan::new_nick;
use crate::script::Script;
use crate::tally::Tally;

/// What a viewer is given to work with.
pub(crate) struct Turn<'a> {
    /// What is played.
    pub(crate) script: &'a Script,
    /// The time, microseconds since the rehearsal began.
    pub(crate) now: u64,
    /// Counts.
    pub(crate) tally: &'a mut Tally,
    /// Messages that their senders saw.
    pub(crate) said: &'a mut Vec<Said>,
    /// Bytes to send.
    pub(crate) out: &'a mut Vec<u8>,
    /// Bytes to send on a second connection; BOSH has two.
    pub(crate) more: &'a mut Vec<u8>,
    /// What else the viewer wants.
    pub(crate) wants: &'a mut Vec<Want>,
}

/// What a viewer wants of those who do its I/O.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Want {
    /// To be told when that moment has come.
    Moment(u64, Moment),
    /// TLS from here on.
    Tls,
    /// The host is in, or it is not and never will be.
    Host(Result<(), String>),
    /// What the server says that it is (XEP-0092).
    Software(String),
}

/// What a viewer does at a moment of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Moment {
    /// Connects.
    Connect,
    /// Asks again to be let in.
    Join,
    /// Takes another name.
    Rename,
    /// Loads the page anew.
    Reload,
    /// Gives up a connection that takes too long.
    Patience,
}

/// How far a viewer has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It has no connection.
    Away,
    /// It waits for the carrier.
    Connecting,
    /// It waits for the features of the stream.
    Features,
    /// It waits for leave to start TLS.
    Tls,
    /// It logs in.
    Auth,
    /// It resumes its stream.
    Resuming,
    /// It binds a resource.
    Binding,
    /// It asks for a session, as RFC 3921 had it.
    Session,
    /// It comes into the room.
    Joining,
    /// It is in the room.
    In,
    /// It has closed its stream, or never comes again.
    Gone,
}

/// Stream management (XEP-0198), where the server has it.
#[derive(Debug, Default)]
struct Managed {
    /// For coming back; empty where the server resumes nothing.
    id: String,
    enabled: bool,
    handled: u32,
    sent: u32,
    /// What was said and not acknowledged: the place among what was sent, and the message.
    unsure: VecDeque<(u32, Mark)>,
}

/// One viewer.
#[derive(Debug)]
pub(crate) struct Viewer {
    /// Which one; the host is one more than there are viewers.
    pub(crate) index: u32,
    pub(crate) stage: Stage,
    pipe: Pipe,
    logged_in: bool,
    encrypted: bool,
    // What has come of what makes a join whole.
    own_presence: bool,
    subject: bool,
    configured: bool,
    page: bool,
    asked: bool,
    has_management: bool,
    wants_session: bool,
    /// Joins in a row that failed.
    failures: u8,
    nicks_tried: u8,
    renamed: bool,
    /// Whether it does not read now.
    pub(crate) stopped: bool,
    /// Whether it has been in the room.
    pub(crate) was_in: bool,
    /// Whether what it hears counts no more: it has once stopped reading, and what it missed is its own doing.
    deaf: bool,
    /// When the join began, and what came since.
    began: u64,
    bytes: u32,
    /// Since when it is in the room; a stream that can still be resumed is.
    since: Option<u64>,
    /// Whether a stream broke that can still be resumed.
    broke: bool,
    /// Whether it was put out of the room, and is not back yet.
    cut_off: bool,
    /// When the server asked it to come back, in milliseconds after the end of its stream.
    asked_back_after: Option<u32>,
    management: Option<Box<Managed>>,
    heard: Heard,
    /// Whose vCards it has asked for: hashes of addresses, in order.
    cards: Vec<u32>,
}

/// How long a connection may take until it is in the room.
const PATIENCE: u64 = 120_000_000;

impl Viewer {
    /// A viewer that has not come yet.
    pub(crate) fn new(index: u32, script: &Script) -> Self {
        Viewer {
            index,
            stage: Stage::Away,
            pipe: Pipe::of(script.plan.address.carrier),
            logged_in: false,
            encrypted: script.plan.address.tls,
            own_presence: false,
            subject: false,
            configured: true,
            page: false,
            asked: false,
            has_management: false,
            wants_session: false,
            failures: 0,
            nicks_tried: 0,
            renamed: false,
            stopped: false,
            was_in: false,
            deaf: false,
            began: 0,
            bytes: 0,
            since: None,
            broke: false,
            cut_off: false,
            asked_back_after: None,
            management: None,
            heard: Heard::default(),
            cards: Vec::new(),
        }
    }

    fn is_host(&self, script: &Script) -> bool {
        self.index >= script.plan.viewers
    }

    /// Bytes came in on one of its connections. Gives how many were taken: the others are the beginning of something.
    pub(crate) fn received(&mut self, which: usize, input: &[u8], turn: &mut Turn<'_>) -> Result<usize, Ended> {
        let mut at = 0;
        while let Some((used, piece)) = self.pipe.next(which, input.get(at..).unwrap_or_default())? {
            at += used;
            self.bytes = self.bytes.saturating_add(used as u32);
            match piece {
                Piece::Nothing => {}
                Piece::Ready => self.restart(turn),
                Piece::Stanza(stanza) => self.stanza(&stanza, turn)?,
                Piece::Body(body) => self.body(&body, turn)?,
                Piece::Ping(payload) => self.pipe.pong(payload, turn.out),
            }
        }
        Ok(at)
    }

    /// The stanzas of a BOSH response.
    fn body(&mut self, body: &[u8], turn: &mut Turn<'_>) -> Result<(), Ended> {
        self.pipe.stanzas(body)?.try_for_each(|stanza| self.stanza(stanza, turn))
    }

    /// All has been said for now: what a carrier gathers goes out.
    pub(crate) fn flush(&mut self, turn: &mut Turn<'_>) {
        if !matches!(self.stage, Stage::Away | Stage::Gone) {
            self.pipe.flush(&turn.script.plan, turn.out, turn.more);
        }
    }

    /// Whether its stream ends with this one of its connections.
    pub(crate) fn needs(&self, which: usize) -> bool {
        self.pipe.needs(which)
    }

    fn stanza(&mut self, stanza: &[u8], turn: &mut Turn<'_>) -> Result<(), Ended> {
        match self.stage {
            Stage::In | Stage::Joining => self.in_room(stanza, turn),
            Stage::Gone | Stage::Away => Ok(()),
            _ => self.negotiate(stanza, turn),
        }
    }

    /// Sends a stanza, and counts it.
    fn send(&mut self, stanza: &str, turn: &mut Turn<'_>) {
        self.pipe.send(stanza, turn.out);
        if let Some(management) = &mut self.management {
            management.sent = management.sent.wrapping_add(1);
        }
    }

    /// Sends what is no stanza: an element of the negotiation or of stream management.
    fn send_uncounted(&mut self, element: &str, turn: &mut Turn<'_>) {
        self.pipe.send(element, turn.out);
    }

    /// A moment of the viewer's own has come. An error ends the connection.
    pub(crate) fn due(&mut self, moment: Moment, turn: &mut Turn<'_>) -> Result<(), Ended> {
        match moment {
            Moment::Join if self.stage == Stage::Joining => self.ask_in(turn),
            Moment::Rename if self.stage == Stage::In && !self.renamed => {
                self.renamed = true;
                let rename = stanzas::rename(&turn.script.plan, &new_nick(self.index));
                self.send(&rename, turn);
            }
            Moment::Patience => {
                let waits = !matches!(self.stage, Stage::In | Stage::Away | Stage::Gone);
                if waits && turn.now >= self.began + PATIENCE {
                    return Err(Ended::of("not in the room after 120 s"));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Says a message; `false` if it cannot, since it is not in the room.
    pub(crate) fn say(&mut self, message: u32, turn: &mut Turn<'_>) -> bool {
        if self.stage != Stage::In {
            return false;
        }
        if turn.script.plan.scenario.client.chat_states {
            self.send(&stanzas::composing(&turn.script.plan), turn);
        }
        self.utter(Mark { message, sent: turn.now }, turn);
        turn.tally.sent += 1;
        true
    }

    fn utter(&mut self, mark: Mark, turn: &mut Turn<'_>) {
        self.send(&stanzas::message(&turn.script.plan, &turn.script.marks, mark), turn);
        if let Some(management) = &mut self.management {
            management.unsure.push_back((management.sent, mark));
        }
    }

    /// Whether it is in the room, as far as it knows.
    pub(crate) fn is_in(&self) -> bool {
        self.stage == Stage::In
    }

    /// Stops reading, or reads again.
    pub(crate) fn stops_reading(&mut self, stops: bool) {
        self.stopped = stops;
        if stops && !self.deaf {
            self.deaf = true;
            if let Some(since) = self.since {
                self.heard.stayed(since);
            }
        }
    }

    /// How many of these messages it should have heard, and how many of those it has not.
    pub(crate) fn reckon(&self, said: &[Said]) -> (u64, u64) {
        self.heard.reckon(said, self.since.filter(|_| !self.deaf))
    }
}

#[cfg(test)]
mod tests;
