//! Entering the room (XEP-0045 §7.2): the checks in their order, and what a newcomer is sent.
//!
//! What this costs must not depend on how many are there: a newcomer is sent copies of what lies ready, and nobody
//! else is sent anything unless presence is broadcast.

use std::sync::Arc;

use parterre_xmpp::jid::precis;
use parterre_xmpp::{Condition, Element, ErrorType, StanzaError, Timestamp, ns};

use crate::affiliation::Listed;
use crate::command::Sender;
use crate::effect::Effect;
use crate::occupants::{OccupantId, Occupants, Session, bare};
use crate::presence::Notice;
use crate::room::Room;
use crate::{Affiliation, Role};

/// The children of a presence that are passed on to others, by namespace: what XEP-0045 §7.2.2 and clients use.
const PASSED_ON: [&str; 2] = [ns::CAPS, IDLE];

/// XEP-0319: since when somebody has been idle.
const IDLE: &str = "urn:xmpp:idle:1";

impl Room {
    /// A presence to the room or to an occupant address in it.
    pub(crate) fn take_presence(
        &mut self,
        sender: &Sender,
        nick: Option<&str>,
        stanza: &Element,
        out: &mut Vec<Effect>,
    ) {
        let here = self.occupants.of_session(sender.session).map(|(id, occupant)| (id, occupant.nick.clone()));
        match stanza.get("type") {
            None => match (here, nick) {
                // Some clients send their updates to the room itself.
                (Some((id, own)), nick) if nick.is_none_or(|nick| same_nick(nick, &own)) => {
                    self.update_presence(id, sender, stanza, out);
                }
                (Some((id, _)), Some(nick)) => self.change_nick(id, sender, nick, stanza, out),
                _ => self.request_entry(sender, nick, stanza, out),
            },
            Some("unavailable") => {
                let farewell = stanza.field_text("status").map(std::borrow::Cow::into_owned);
                self.session_ended(sender.session, farewell.as_deref(), out);
            }
            Some("probe") => self.answer_probe(sender, nick, stanza, out),
            Some("error") => self.remove_unreachable(sender.session, stanza, out),
            Some("invisible" | "visible") => {}
            Some(_) => self.refuse(sender, stanza, Condition::BadRequest, out),
        }
    }

    fn request_entry(&mut self, sender: &Sender, nick: Option<&str>, stanza: &Element, out: &mut Vec<Effect>) {
        let Some(request) = stanza.find("x", ns::MUC) else {
            // Groupchat 1.0 has no such element, but a client that has lost track sends the same: it must learn
            // that it is not in the room.
            let error = StanzaError::new(Condition::ItemNotFound)
                .text("You are not in this room. To join it, send presence with an x of the namespace muc.");
            return self.refuse(sender, stanza, error, out);
        };
        match self.entry(sender, nick, request) {
            Ok(entry) => self.enter(sender, &entry, stanza, request, out),
            Err(error) => self.refuse(sender, stanza, error, out),
        }
    }

    /// Whether somebody may enter, and as what. The order of the checks is XEP-0045 §7.2's.
    fn entry(&self, sender: &Sender, nick: Option<&str>, request: &Element) -> Result<Entry, StanzaError> {
        let (nick, given) = match (nick.filter(|nick| !nick.is_empty()), &sender.nick) {
            (Some(asked), _) => (self.valid_nick(asked)?, false),
            (None, Some(given)) => (self.valid_nick(given)?, true),
            (None, None) => {
                return Err(StanzaError::new(Condition::JidMalformed)
                    .text("Name the nick that you want: send the presence to room@service/nick."));
            }
        };
        let makes = self.fresh && self.affiliations.with(Affiliation::Owner).next().is_none();
        let affiliation = if makes { Affiliation::Owner } else { self.affiliation_of(sender) };
        if affiliation == Affiliation::Outcast {
            return Err(self.banned(sender));
        }
        if self.locked && affiliation != Affiliation::Owner {
            return Err(StanzaError::new(Condition::ItemNotFound)
                .text("This room is being set up. Try again when its owner has configured it."));
        }
        let spectator = self.is_spectator(sender, affiliation, &nick);
        let muted = affiliation < Affiliation::Admin
            && self.sanctions.mute(bare(&sender.jid), sender.origin.filter(|_| sender.anonymous)).is_some();
        let Some(role) = self.entry_role(affiliation, sender.anonymous, spectator) else {
            return Err(StanzaError::new(Condition::RegistrationRequired).text("This room is for its members only."));
        };
        self.check_password(affiliation, request)?;
        let existing = self.check_nick(&nick, bare(&sender.jid))?;
        if existing.is_none() && affiliation < Affiliation::Admin && self.is_full() {
            return Err(StanzaError::new(Condition::ServiceUnavailable)
                .of_type(ErrorType::Wait)
                .text("This room is full. Try again later."));
        }
        let role = if muted { Role::Visitor } else { role };
        Ok(Entry { nick, given, spectator, role, muted, existing })
    }

    /// What somebody gets who is banned: why, and until when (§9.1, §7.2.7).
    fn banned(&self, sender: &Sender) -> StanzaError {
        let account = bare(&sender.jid);
        let domain = account.rsplit_once('@').map_or(account, |(_, domain)| domain);
        let of_list = || [account, domain].into_iter().find(|listed| self.affiliations.get(listed).is_some());
        // Whoever is on no list comes from where somebody came who is.
        let listed = of_list().or_else(|| Some(self.sanctions.bar(sender.origin)?.0)).unwrap_or(account);
        let ban = self.sanctions.ban(listed).unwrap_or_default();
        let reason = self.affiliations.get(listed).and_then(|listed| listed.reason.as_deref());
        let mut text = format!("You are banned from this room{}.", ban.in_words());
        let mut expiry = ban.to_element();
        if let Some(reason) = reason {
            text.push_str(" Reason: ");
            text.push_str(reason);
            expiry = expiry.field("reason", reason);
        }
        StanzaError::new(Condition::Forbidden).text(text).extra(expiry)
    }

    fn check_password(&self, affiliation: Affiliation, request: &Element) -> Result<(), StanzaError> {
        let Some(password) = &self.config.password else {
            return Ok(());
        };
        let given = request.field_text("password");
        // Who made the room could not have known it.
        if (self.fresh && affiliation == Affiliation::Owner) || given.as_deref() == Some(password.as_str()) {
            return Ok(());
        }
        Err(StanzaError::new(Condition::NotAuthorized).text("This room asks for a password, and this is not it."))
    }

    fn is_full(&self) -> bool {
        let limit = self.config.max_users.map_or(self.policy.max_occupants, |limit| limit as usize);
        limit != 0 && self.occupants.len() >= limit
    }

    /// The nick as it is compared and shown (RFC 8266 §2).
    pub(crate) fn valid_nick(&self, asked: &str) -> Result<String, StanzaError> {
        let malformed = |text: &'static str| StanzaError::new(Condition::JidMalformed).text(text);
        if asked.trim() != asked {
            return Err(malformed("A nick must have visible characters, and no spaces around them."));
        }
        let nick = precis::nickname(asked)
            .map_err(|_| malformed("This nick holds characters that no nick may hold, or none that can be seen."))?;
        if nick.chars().count() > self.policy.max_nick_chars {
            let most = self.policy.max_nick_chars;
            return Err(
                StanzaError::new(Condition::NotAcceptable).text(format!("A nick has at most {most} characters."))
            );
        }
        Ok(nick)
    }

    /// Whether a nick is free for an account: nobody else bears it or has reserved it. Gives the occupant of that account
    /// who bears it already.
    pub(crate) fn check_free(&self, nick: &str, account: &str) -> Result<Option<OccupantId>, StanzaError> {
        if self.affiliations.nick_owner(nick).is_some_and(|owner| owner != account) {
            return Err(StanzaError::new(Condition::Conflict).text("This nick is reserved. Choose another one."));
        }
        match self.occupants.by_nick(nick) {
            Some(id) if self.occupants.account(id) != account => {
                Err(StanzaError::new(Condition::Conflict).text("Somebody else bears this nick. Choose another one."))
            }
            known => Ok(known),
        }
    }

    /// Whether an account may enter or go on under a nick; gives the occupant of that account who bears it already.
    pub(crate) fn check_nick(&self, nick: &str, account: &str) -> Result<Option<OccupantId>, StanzaError> {
        let Some(id) = self.check_free(nick, account)? else { return Ok(None) };
        let sessions = self.occupants.get(id).map_or(0, |occupant| occupant.sessions.len());
        if sessions >= self.policy.max_sessions_per_nick {
            return Err(StanzaError::new(Condition::ResourceConstraint)
                .text("Too many of your clients are in this room. Leave it with one of them."));
        }
        Ok(Some(id))
    }

    /// Whether a nick marks its bearer as one who only watches.
    pub(crate) fn is_spectator(&self, sender: &Sender, affiliation: Affiliation, nick: &str) -> bool {
        sender.anonymous && affiliation <= Affiliation::None && self.policy.is_anonymous_nick(nick)
    }

    /// The role with which somebody enters; `None`: not at all.
    pub(crate) fn entry_role(&self, affiliation: Affiliation, anonymous: bool, spectator: bool) -> Option<Role> {
        let role = self.config.entry_role(affiliation)?;
        let silent = spectator || anonymous && affiliation <= Affiliation::None && self.config.mute_anonymous;
        Some(if silent { Role::Visitor } else { role })
    }

    fn enter(&mut self, sender: &Sender, entry: &Entry, stanza: &Element, request: &Element, out: &mut Vec<Effect>) {
        if self.fresh {
            self.found(sender, out);
        }
        let now = self.now;
        let add = |occupants: &mut Occupants| {
            let id = occupants.add(&entry.nick, entry.role, entry.spectator, now);
            if let Some(occupant) = occupants.get_mut(id) {
                occupant.assigned = entry.muted;
            }
            id
        };
        let session = Session {
            occupant: entry.existing.unwrap_or_else(|| add(&mut self.occupants)),
            jid: sender.jid.clone(),
            anonymous: sender.anonymous,
            admin: sender.admin,
            vouched: sender.vouched,
            origin: sender.origin.filter(|_| sender.anonymous),
            avatar: sender.avatar.clone(),
            payload: payload(stanza),
        };
        let id = session.occupant;
        self.occupants.add_session(sender.session, session);
        self.fit_level();
        self.publish_to_others(id, &Notice::default(), out);
        for other in self.other_sessions(id, sender.session) {
            self.send_own(id, other, &Notice::default(), out);
        }
        let role = self.occupants.get(id).map_or(entry.role, |occupant| occupant.role);
        self.send_occupants(id, sender.session, out);
        self.send_absent(id, sender.session, out);
        let mut codes = Vec::new();
        if self.is_open() {
            codes.push(100);
        }
        if self.config.archiving {
            codes.push(170);
        }
        if self.fresh {
            codes.push(201);
        }
        if entry.given {
            codes.push(210);
        }
        self.send_own(id, sender.session, &Notice { own_codes: &codes, ..Notice::default() }, out);
        self.fresh = false;
        out.push(Effect::Enter(sender.session, role));
        self.send_room_state(sender, request, out);
        if role == Role::Moderator && !self.strain.is_calm() {
            out.push(Effect::Send(sender.session, self.strain_notice()));
        }
    }

    /// The first to enter owns the room unless somebody was to own it from the start; then the room is kept.
    fn found(&mut self, sender: &Sender, out: &mut Vec<Effect>) {
        if self.affiliations.with(Affiliation::Owner).next().is_none() {
            let owner = Listed { affiliation: Affiliation::Owner, ..Listed::default() };
            self.affiliations.set(bare(&sender.jid), owner);
        }
        self.store_settings(out);
        self.store_affiliations(out);
    }

    /// What follows a newcomer's own presence: the room's picture, history, and last the subject (§7.2.1).
    fn send_room_state(&self, sender: &Sender, request: &Element, out: &mut Vec<Effect>) {
        if let Some(picture) = self.picture.as_ref().filter(|picture| !picture.hashes.is_empty()) {
            out.push(Effect::Send(sender.session, picture.presence.clone()));
        }
        let wanted = HistoryRequest::read(request, self);
        out.extend(self.recent.history(&wanted).map(|wire| Effect::Send(sender.session, wire)));
        out.push(Effect::Send(sender.session, self.subject.wire(self)));
    }

    /// The occupant's sessions but one.
    pub(crate) fn other_sessions(
        &self,
        id: OccupantId,
        but: crate::command::SessionId,
    ) -> Vec<crate::command::SessionId> {
        let sessions = self.occupants.get(id).map(|occupant| occupant.sessions.as_slice()).unwrap_or_default();
        sessions.iter().copied().filter(|session| *session != but).collect()
    }

    /// A presence of somebody who is there already: an update, or, with the joining element, a client that has
    /// lost track and needs everything once more.
    fn update_presence(&mut self, id: OccupantId, sender: &Sender, stanza: &Element, out: &mut Vec<Effect>) {
        let request = stanza.find("x", ns::MUC);
        let payload = payload(stanza);
        let unchanged = self.occupants.session(sender.session).is_some_and(|session| session.payload == payload);
        if let Some(session) = self.occupants.session_mut(sender.session) {
            session.payload = payload;
        }
        if !unchanged {
            if let Some(occupant) = self.occupants.get_mut(id) {
                occupant.views = None;
            }
            if self.occupants.get(id).and_then(|o| o.sessions.first()) == Some(&sender.session) {
                self.publish_to_others(id, &Notice::default(), out);
            }
        }
        if request.is_some() {
            self.send_occupants(id, sender.session, out);
            self.send_absent(id, sender.session, out);
        }
        self.send_own(id, sender.session, &Notice::default(), out);
        if let Some(request) = request {
            self.send_room_state(sender, request, out);
        }
    }
}

/// Whether a nick that somebody asks for is the one they have, however written.
fn same_nick(asked: &str, own: &str) -> bool {
    asked == own || precis::nickname(asked).is_ok_and(|nick| nick == own)
}

/// What was found of somebody who may enter.
struct Entry {
    nick: String,
    /// Whether the service chose the nick.
    given: bool,
    spectator: bool,
    role: Role,
    /// Whether a moderator took their voice.
    muted: bool,
    existing: Option<OccupantId>,
}

/// What of a presence others get to see: availability, status, and the payloads that mean something in a room.
pub(crate) fn payload(stanza: &Element) -> Option<Arc<[Element]>> {
    let passed = |child: &&Element| match child.ns() {
        // Without a picture's hash it says nothing, and makes every client of some kinds ask for a vCard.
        ns::VCARD_UPDATE => child.find_own("photo").is_some_and(|photo| !photo.content().trim().is_empty()),
        ns::CLIENT => matches!(child.name(), "show" | "status"),
        other => PASSED_ON.contains(&other),
    };
    let children: Vec<Element> = stanza.children().filter(passed).cloned().collect();
    (!children.is_empty()).then(|| children.into())
}

/// How much history a newcomer asks for (XEP-0045 §7.2.13); every bound holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HistoryRequest {
    pub(crate) stanzas: usize,
    pub(crate) chars: usize,
    pub(crate) since: Option<Timestamp>,
}

impl HistoryRequest {
    fn read(request: &Element, room: &Room) -> Self {
        let most = room.config.history_max as usize;
        let default = room.policy.history_on_join.min(room.config.history_default as usize);
        let Some(history) = request.find_own("history") else {
            return HistoryRequest { stanzas: default.min(most), chars: room.policy.max_given_bytes, since: None };
        };
        let number = |name| history.get(name).and_then(|value| value.trim().parse::<usize>().ok());
        let seconds = number("seconds").and_then(|seconds| i64::try_from(seconds).ok());
        let ago = seconds.map(|s| Timestamp(room.now.time().0.saturating_sub(s.saturating_mul(1_000_000))));
        let since = history.get("since").and_then(Timestamp::parse);
        let stanzas = number("maxstanzas");
        // Who bounds it in another way wants all that lies within.
        let bounded = ago.is_some() || since.is_some() || history.get("maxchars").is_some();
        HistoryRequest {
            stanzas: stanzas.unwrap_or(if bounded { most } else { default }).min(most),
            chars: number("maxchars").unwrap_or(usize::MAX).min(room.policy.max_given_bytes),
            since: ago.max(since),
        }
    }
}
