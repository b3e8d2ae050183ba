//! Who is in the room: occupants by nick, and their sessions.
//!
//! Kept small, since an audience is large: what most people never have (cached presence, several sessions) costs
//! them a null pointer. Iteration follows places in a list, so that the same commands give the same order. A copy shares all
//! that does not change after it, since what changes a room is folded from a copy.

mod shared;

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use parterre_xmpp::jid::precis;
use parterre_xmpp::{Element, FullJid, Wire};

use self::shared::{List, Map};
use crate::command::{LogId, Origin, SessionId};
use crate::{Affiliation, Role};

/// An occupant's place. It is reused after the occupant has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct OccupantId(u32);

/// Who has been told that an occupant is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Announced {
    /// Nobody.
    #[default]
    No,
    /// Those who were there when it was said; who came later, when presence was thinned already, was not told.
    Partly,
    /// Everyone, and everyone who joins.
    Fully,
}

/// An occupant: one nick, one account, one session or more.
#[derive(Clone, Debug)]
pub(crate) struct Occupant {
    pub(crate) nick: Box<str>,
    /// In order of arrival; never empty. The first is the one whose address others are shown.
    pub(crate) sessions: Vec<SessionId>,
    pub(crate) role: Role,
    pub(crate) announced: Announced,
    /// Whether something was said under this nick since it was taken.
    pub(crate) spoken: bool,
    /// Whether the nick is one that its bearer has not chosen: counted, not announced.
    pub(crate) spectator: bool,
    /// Whether a moderator set the role, so that no rename undoes it.
    pub(crate) assigned: bool,
    /// When they came, in seconds of Unix time.
    pub(crate) arrived: u32,
    /// How many messages they have said since.
    pub(crate) said: u32,
    /// The presence that others get, ready as bytes; made when first needed.
    pub(crate) views: Option<Box<Views>>,
}

/// An occupant's presence as others see it.
#[derive(Clone, Debug)]
pub(crate) struct Views {
    /// With the real address.
    pub(crate) full: Arc<Wire>,
    /// Without.
    pub(crate) anonymous: Arc<Wire>,
}

/// One connection of an occupant.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) occupant: OccupantId,
    pub(crate) jid: FullJid,
    pub(crate) anonymous: bool,
    pub(crate) admin: bool,
    pub(crate) vouched: Option<Affiliation>,
    /// From where it came, if it is anonymous.
    pub(crate) origin: Option<Origin>,
    /// Where the picture of whoever it is is, if the site told.
    pub(crate) avatar: Option<Arc<str>>,
    /// What the session's presence says: show, status, capabilities …; `None` if nothing.
    pub(crate) payload: Option<Arc<[Element]>>,
}

impl Session {
    /// The bare address, without a copy.
    pub(crate) fn account(&self) -> &str {
        bare(&self.jid)
    }
}

/// The bare part of a full address, without a copy. Neither local part nor domain can hold a slash.
pub(crate) fn bare(jid: &FullJid) -> &str {
    let text = jid.as_str();
    text.split_once('/').map_or(text, |(bare, _)| bare)
}

/// All occupants and sessions of a room.
#[derive(Clone, Debug, Default)]
pub(crate) struct Occupants {
    places: List<Option<Occupant>>,
    free: Vec<u32>,
    by_nick: Map<Box<str>, OccupantId>,
    sessions: Map<SessionId, Session>,
    /// The occupants that a joining client is told of.
    listed: BTreeSet<OccupantId>,
    /// People without an account who have said something and left, the last ones first: a ban may come after that.
    departed: VecDeque<(Box<str>, Option<Origin>)>,
}

/// Somebody without an account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stranger {
    /// From where they came, if that is known.
    pub(crate) origin: Option<Origin>,
}

/// How many of those who have left are remembered.
const DEPARTED: usize = 256;

impl Occupants {
    pub(crate) fn len(&self) -> usize {
        self.by_nick.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn get(&self, id: OccupantId) -> Option<&Occupant> {
        self.places.get(id.0 as usize)?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, id: OccupantId) -> Option<&mut Occupant> {
        self.places.get_mut(id.0 as usize)?.as_mut()
    }

    /// The occupant of that nick, however it is written.
    pub(crate) fn by_nick(&self, nick: &str) -> Option<OccupantId> {
        let written_otherwise = || {
            let nick = precis::nickname(nick).ok().filter(|prepared| !nick.is_ascii() && prepared != nick)?;
            self.by_nick.get(nick.as_str())
        };
        self.by_nick.get(nick).or_else(written_otherwise).copied()
    }

    pub(crate) fn session(&self, id: SessionId) -> Option<&Session> {
        self.sessions.get(&id)
    }

    pub(crate) fn session_mut(&mut self, id: SessionId) -> Option<&mut Session> {
        self.sessions.get_mut(&id)
    }

    /// The occupant whose session this is.
    pub(crate) fn of_session(&self, id: SessionId) -> Option<(OccupantId, &Occupant)> {
        let occupant = self.sessions.get(&id)?.occupant;
        Some((occupant, self.get(occupant)?))
    }

    /// The session whose address others are shown.
    pub(crate) fn primary(&self, id: OccupantId) -> Option<&Session> {
        self.sessions.get(self.get(id)?.sessions.first()?)
    }

    /// The occupant's bare address.
    pub(crate) fn account(&self, id: OccupantId) -> &str {
        self.primary(id).map_or("", Session::account)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (OccupantId, &Occupant)> {
        self.places.iter().enumerate().filter_map(|(at, place)| Some((OccupantId(at as u32), place.as_ref()?)))
    }

    /// The occupants for whom `wanted` holds, given their bare address.
    pub(crate) fn where_account(&self, wanted: impl Fn(&str) -> bool) -> Vec<OccupantId> {
        self.whose(|session| wanted(session.account()))
    }

    /// The occupants of an account, and those without one who come from there.
    pub(crate) fn of_origin(&self, account: &str, origin: Option<Origin>) -> Vec<OccupantId> {
        let same = |session: &Session| {
            session.account() == account || origin.is_some() && session.anonymous && session.origin == origin
        };
        self.whose(same)
    }

    /// The occupants of whose first session something holds, by place. It goes through the sessions as they lie: to look
    /// each of an audience's up costs more.
    fn whose(&self, holds: impl Fn(&Session) -> bool) -> Vec<OccupantId> {
        let is_first =
            |id: &SessionId, at: OccupantId| self.get(at).is_some_and(|occupant| occupant.sessions.first() == Some(id));
        let held = self.sessions.iter().filter(|(_, session)| holds(session));
        let mut found: Vec<_> =
            held.filter(|(id, session)| is_first(id, session.occupant)).map(|(_, session)| session.occupant).collect();
        found.sort_unstable();
        found
    }

    /// Whether an address is somebody's without an account who is here or has spoken and left, and from where they came.
    pub(crate) fn anonymous(&self, account: &str) -> Option<Stranger> {
        let here =
            self.sessions.iter().map(|(_, session)| session).find(|one| one.anonymous && one.account() == account);
        let left = || self.departed.iter().find(|(left, _)| **left == *account);
        here.map(|session| Stranger { origin: session.origin })
            .or_else(|| left().map(|(_, origin)| Stranger { origin: *origin }))
    }

    /// The occupants that a joining client is told of.
    pub(crate) fn listed(&self) -> impl Iterator<Item = OccupantId> {
        self.listed.iter().copied()
    }

    /// Whether there are occupants that a joining client is not told of.
    pub(crate) fn some_are_unlisted(&self) -> bool {
        self.listed.len() < self.len()
    }

    /// Notes who has been told of an occupant.
    pub(crate) fn set_announced(&mut self, id: OccupantId, announced: Announced) {
        if let Some(occupant) = self.get_mut(id) {
            occupant.announced = announced;
            if announced == Announced::Fully {
                self.listed.insert(id);
            } else {
                self.listed.remove(&id);
            }
        }
    }

    /// Adds an occupant without sessions; the caller gives it one. The nick must be free.
    pub(crate) fn add(&mut self, nick: &str, role: Role, spectator: bool, at: LogId) -> OccupantId {
        let occupant = Occupant {
            nick: nick.into(),
            sessions: Vec::with_capacity(1),
            role,
            announced: Announced::No,
            spoken: false,
            spectator,
            assigned: false,
            arrived: u32::try_from(at.0 / 1_000_000).unwrap_or(u32::MAX),
            said: 0,
            views: None,
        };
        let id = if let Some(place) = self.free.pop() {
            OccupantId(place)
        } else {
            self.places.push(None);
            OccupantId((self.places.len() - 1) as u32)
        };
        if let Some(place) = self.places.get_mut(id.0 as usize) {
            *place = Some(occupant);
        }
        self.by_nick.insert(nick.into(), id);
        id
    }

    /// Gives an occupant one more session.
    pub(crate) fn add_session(&mut self, id: SessionId, session: Session) {
        let occupant = session.occupant;
        self.sessions.insert(id, session);
        if let Some(occupant) = self.get_mut(occupant) {
            occupant.sessions.push(id);
            occupant.views = None;
        }
    }

    /// Takes a session away and gives it, with whether it was the occupant's last one. An occupant without
    /// sessions stays until it is [`Occupants::remove`]d, so that its leaving can be told.
    pub(crate) fn remove_session(&mut self, id: SessionId) -> Option<(Session, bool)> {
        let session = self.sessions.remove(&id)?;
        let occupant = self.get_mut(session.occupant)?;
        occupant.sessions.retain(|other| *other != id);
        occupant.views = None;
        let last = occupant.sessions.is_empty();
        if last && session.anonymous && occupant.said > 0 {
            self.departed.truncate(DEPARTED - 1);
            self.departed.push_front((session.account().into(), session.origin));
        }
        Some((session, last))
    }

    /// Removes an occupant that has no sessions left.
    pub(crate) fn remove(&mut self, id: OccupantId) -> Option<Occupant> {
        let occupant = self.places.get_mut(id.0 as usize)?.take()?;
        self.by_nick.remove(&occupant.nick);
        self.listed.remove(&id);
        self.free.push(id.0);
        Some(occupant)
    }

    /// Gives an occupant another nick, which must be free.
    pub(crate) fn rename(&mut self, id: OccupantId, nick: &str) {
        let Some(occupant) = self.get_mut(id) else { return };
        let old = std::mem::replace(&mut occupant.nick, nick.into());
        occupant.views = None;
        self.by_nick.remove(&old);
        self.by_nick.insert(nick.into(), id);
    }
}
