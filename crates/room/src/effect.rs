//! What leaves a room: effects, in the order in which they must be carried out.
//!
//! The effects of one command are released together, and only once every [`Effect::Store`] among them is in the
//! store's log: what is reflected is kept. The room's owner does that; the room only says what.

use std::sync::Arc;

use parterre_xmpp::{BareJid, Element, Timestamp, Wire};

use crate::command::{LogId, Sender, SessionId};
use crate::{Affiliation, Role};

/// A set of roles: which occupants a broadcast is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Audience(u8);

impl Audience {
    /// Every occupant.
    pub const ALL: Audience = Audience(0b111);
    /// Moderators.
    pub const MODERATORS: Audience = Audience(0b100);
    /// Who may speak.
    pub const VOICED: Audience = Audience(0b110);
    /// Everyone but moderators.
    pub const OTHERS: Audience = Audience(0b011);

    /// Those who are in both.
    #[must_use]
    pub fn and(self, other: Audience) -> Audience {
        Audience(self.0 & other.0)
    }

    /// Whether occupants of that role are meant.
    pub fn includes(self, role: Role) -> bool {
        self.0 & (1 << role as u8) != 0
    }
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The session is an occupant from here on: broadcasts that follow are for it, by this role.
    Enter(SessionId, Role),
    /// The occupant's role has changed for the broadcasts that follow.
    Role(SessionId, Role),
    /// The session is an occupant no more.
    Leave(SessionId),
    /// A stanza to one session.
    Send(SessionId, Arc<Wire>),
    /// A stanza of one occupant to another who has an account, to some of its sessions: unless the account has blocked the
    /// address that it comes from (XEP-0191). Then whoever sent it gets the refusal, if it takes one.
    Pass {
        /// Whose sessions they are.
        account: BareJid,
        /// The sessions.
        sessions: Vec<SessionId>,
        /// The stanza, with `from` as the recipient sees it.
        stanza: Box<Element>,
        /// Whom to tell what.
        refusal: Option<(SessionId, Arc<Wire>)>,
    },
    /// A stanza to every occupant session of the audience.
    Broadcast(Audience, Arc<Wire>),
    /// A stanza to every occupant session of the audience but those named: the ones whose own copy differs
    /// (XEP-0045 §7.2.2, status 110). At most a handful: the sessions of one occupant.
    BroadcastExcept(Audience, Arc<[SessionId]>, Arc<Wire>),
    /// A stanza to an account that need not be in the room (invitations, notices of affiliation). `to` is set.
    Route(Element),
    /// A change to be kept before anything of this command is released.
    Store(Change),
    /// A question about the past that only the store can answer; the answer is [`crate::Room::answer`]ed.
    Query(Box<ArchiveQuery>),
    /// A message is to be taken back that is no longer at hand. What the store has of it is to come back as
    /// [`crate::Action::Recalled`].
    Recall(Box<Recall>),
    /// An occupant's vCard is asked for (XEP-0054 through XEP-0045 §7.5). The `<iq/>` is to be answered with the
    /// account's vCard to its `from`, as from its `to`: the occupant address, so that the account stays unseen.
    VCardOf {
        /// Whose vCard.
        account: BareJid,
        /// Who asked.
        session: SessionId,
        /// The request.
        iq: Box<Element>,
    },
    /// Somebody was sanctioned: for the operator's log.
    Sanctioned {
        /// `ban` or `mute`.
        what: &'static str,
        /// Whom it is for.
        account: String,
        /// Who did it, if not the operator.
        by: Option<String>,
        /// When it ends, if it does by itself.
        until: Option<Timestamp>,
        /// Whether it is for everybody without an account who comes from the same network address as well.
        by_origin: bool,
    },
    /// The room is gone; no command follows.
    Destroyed,
}

/// A change that the store keeps. A room that is not persistent yields [`Change::Message`] only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A message was said.
    Message(ArchivedMessage),
    /// A message was retracted: its content goes, the tombstone stays in its place.
    Replace {
        /// Which message.
        id: LogId,
        /// The tombstone, as the archive will give it.
        stanza: String,
    },
    /// Configuration, subject, picture and the like, as a whole (`crate::Snapshot` without affiliations).
    Settings(String),
    /// An affiliation, with the reserved nick and the reason; `Affiliation::None` without a nick removes the row.
    Affiliation {
        /// Whose.
        jid: BareJid,
        /// What.
        affiliation: Affiliation,
        /// Reserved nick.
        nick: Option<String>,
        /// Reason.
        reason: Option<String>,
    },
    /// The room and all that it said is to be forgotten.
    Destroy,
}

/// A message as the archive keeps it (XEP-0313 §5.1.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchivedMessage {
    /// Its id and time.
    pub id: LogId,
    /// The occupant address it came from (`room@…/nick`, or the room).
    pub from: String,
    /// The real bare address of the author, for `with` queries and moderation; never shown by itself.
    pub author: Option<BareJid>,
    /// The stanza as XML in `jabber:client`, without `to`. It ends with the author's real address, which is taken off
    /// for those who may not know it (XEP-0313, "MUC Archives").
    pub stanza: String,
}

/// A message that somebody takes back and that only the store may still have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recall {
    /// Which message.
    pub id: LogId,
    /// Who takes it back.
    pub sender: Sender,
    /// The stanza that says so: a moderator's `<iq/>`, or the head of an author's `<message/>`.
    pub stanza: Element,
}

/// A page of a room's archive that somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveQuery {
    /// Who asks; the role decides what `with` may reveal.
    pub sender: Sender,
    /// The `<iq/>` that is answered.
    pub iq: Element,
    /// The filters and the page, read from it.
    pub page: crate::mam::PageRequest,
}
