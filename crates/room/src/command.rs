//! What enters a room: commands, in the order that the room's log gave them.
//!
//! A command brings its own time and identity. Folding the same commands from the same snapshot gives the same
//! state and the same bytes, in a test, in a replay, and on every node of a cluster.

use std::num::NonZeroU64;
use std::sync::Arc;

use parterre_xmpp::{BareJid, Element, FullJid, Timestamp};

use serde::{Deserialize, Serialize};

use crate::effect::Recall;
use crate::{Affiliation, Strain};

/// One session of somebody, as the server names it. The room only compares and returns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u64);

/// The place of a command in the room's log: unique and increasing within the room, for as long as the room
/// exists. It is the microsecond at which the log took the command, moved on by one where two would be equal,
/// so an id also says when. It names the message in the archive and in `<stanza-id/>`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogId(pub u64);

impl LogId {
    /// When the log took the command.
    pub fn time(self) -> Timestamp {
        Timestamp(self.0 as i64)
    }

    /// Reads an id that [`LogId`]'s `Display` wrote; `None` for any other string.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 16 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)))
            .then(|| u64::from_str_radix(text, 16).ok().map(LogId))
            .flatten()
    }
}

impl std::fmt::Display for LogId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// From where a session came, as a hash of its network address that the server alone can make. The room only compares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Origin(pub NonZeroU64);

/// Who sends a command: a session, its address, and what the server knows of the person behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// The session.
    pub session: SessionId,
    /// Its full address.
    pub jid: FullJid,
    /// Whether it came by SASL ANONYMOUS.
    pub anonymous: bool,
    /// Whether the configuration names its account in `rooms.admins`: owner of every room.
    pub admin: bool,
    /// Affiliation in this room that a signed token vouches for; it holds while the session lasts.
    pub vouched: Option<Affiliation>,
    /// Display name that a signed token gives; used where the person asks for no nick of their own.
    pub nick: Option<String>,
    /// Address of the person's picture that a signed token gives. Others are told it as it is.
    pub avatar: Option<Arc<str>>,
    /// From where it came, if it came without an account and that says anything.
    pub origin: Option<Origin>,
}

/// A command to a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Its place and time.
    pub id: LogId,
    /// What is asked.
    pub action: Action,
}

/// What a command asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// A stanza that a session sent to the room (`room@…`) or to an occupant (`room@…/nick`). `from` is set and true.
    Stanza(Box<Sender>, Element),
    /// A session has ended, with the status text of its last presence if it sent one.
    SessionEnded(SessionId, Option<String>),
    /// The store has forgotten the oldest messages of the room, by retention.
    Pruned {
        /// The oldest id that may still be there.
        before: LogId,
        /// How many were forgotten.
        removed: u64,
    },
    /// What the store has of the message that an [`crate::Effect::Recall`] asked for, as XML: `None` if it has no such
    /// message, an error if it could not be read.
    Recalled(Box<Recall>, Result<Option<String>, ()>),
    /// Time has passed. Sent about once a second while [`crate::Room::wants_tick`] holds.
    Tick,
    /// A sanction has come to its end: sent at [`crate::Room::next_deadline`], or as soon after it as can be.
    Due,
    /// The server has gone this far to keep up with its work.
    Strain(Strain),
    /// The operator or the site sets an affiliation.
    SetAffiliation(BareJid, Affiliation, Option<String>),
    /// The operator or the site changes the configuration: fields of the owner's form, by name.
    Configure(Vec<(String, Vec<String>)>),
    /// The operator or the site sets the subject, as the room itself: what everybody reads who comes.
    SetSubject(String),
    /// The operator or the site removes the room.
    Destroy {
        /// Where to go instead.
        alternate: Option<BareJid>,
        /// Why.
        reason: Option<String>,
    },
    /// The operator or the site removes a session of that account from the room.
    Expel(BareJid, Option<String>),
}
