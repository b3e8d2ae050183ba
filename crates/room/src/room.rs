//! The room: its state, and the one door through which commands come in.
//!
//! What a command does is in the file named after it; here it is only told apart from the others.

use std::sync::{Arc, OnceLock};

use parterre_xmpp::{BareJid, Condition, Element, StanzaError, Wire, ns, reply};

use crate::affiliation::{Affiliations, Listed};
use crate::audience::AudienceNotice;
use crate::command::{Action, Command, LogId, Sender, SessionId};
use crate::config::{PresenceBroadcast, RoomConfig, Whois};
use crate::disco::PreparedInfo;
use crate::effect::{Change, Effect};
use crate::invite::Invitations;
use crate::occupants::{Announced, OccupantId, Occupants};
use crate::policy::Policy;
use crate::presence::Level;
use crate::recent::Recent;
use crate::sanctions::Sanctions;
use crate::slow::SlowMode;
use crate::strain::Strain;
use crate::subject::Subject;
use crate::vcard::Picture;
use crate::witnesses::Witnesses;
use crate::{Affiliation, Role};

/// A room. See the crate's documentation.
#[derive(Clone, Debug)]
pub struct Room {
    pub(crate) address: BareJid,
    pub(crate) policy: Arc<Policy>,
    /// What occupant ids are derived with (XEP-0421 §5); known to nobody outside.
    pub(crate) secret: [u8; 32],
    pub(crate) config: RoomConfig,
    /// Nobody but its owner may enter until the room is configured (XEP-0045 §10.1.2).
    pub(crate) locked: bool,
    /// Nobody has entered yet: the first to do so made the room.
    pub(crate) fresh: bool,
    pub(crate) affiliations: Affiliations,
    pub(crate) occupants: Occupants,
    pub(crate) subject: Subject,
    pub(crate) picture: Option<Picture>,
    /// The answers to disco#info, for anonymous people and for others, made when first needed.
    pub(crate) info: [OnceLock<PreparedInfo>; 2],
    pub(crate) recent: Recent,
    pub(crate) sanctions: Sanctions,
    pub(crate) slow: SlowMode,
    /// How far presence is thinned in mode `auto`.
    pub(crate) level: Level,
    /// Who may know of those who are announced no longer.
    pub(crate) witnesses: Witnesses,
    pub(crate) audience: AudienceNotice,
    pub(crate) invitations: Invitations,
    /// How far the server has gone to keep up.
    pub(crate) strain: Strain,
    /// Messages of which visitors got only some.
    pub(crate) sampled: u64,
    /// Whether the room is gone; every later command is without effect.
    pub(crate) destroyed: bool,
    /// The place and time of the command at work.
    pub(crate) now: LogId,
}

/// Somebody who is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Present<'a> {
    /// By what name.
    pub nick: &'a str,
    /// What they may do.
    pub role: Role,
    /// How they belong to the room.
    pub affiliation: Affiliation,
    /// With which sessions.
    pub sessions: &'a [SessionId],
    /// Whether everyone in the room has been told that they are there.
    pub announced: bool,
}

impl Room {
    /// Carries out a command: changes the state and appends what is to be done. Never fails: what is wrong with
    /// a stanza becomes the error that its sender gets.
    pub fn apply(&mut self, command: Command, out: &mut Vec<Effect>) {
        if self.destroyed {
            return;
        }
        self.now = command.id;
        match command.action {
            Action::Stanza(sender, stanza) => self.take_stanza(&sender, stanza, out),
            Action::SessionEnded(session, status) => self.session_ended(session, status.as_deref(), out),
            Action::Pruned { before, removed } => self.recent.pruned(before, removed),
            Action::Recalled(recall, original) => self.recalled(&recall, original, out),
            Action::Tick => self.tick(out),
            Action::Due => self.due(out),
            Action::Strain(strain) => self.take_strain(strain, out),
            Action::SetAffiliation(jid, affiliation, reason) => {
                self.set_affiliation_by_operator(&jid, affiliation, reason.as_deref(), out);
            }
            Action::Configure(fields) => self.configure_by_operator(&fields, out),
            Action::SetSubject(text) => self.set_subject_by_operator(&text, out),
            Action::Destroy { alternate, reason } => {
                self.destroy(alternate.as_ref().map(|jid| jid.as_str()), reason.as_deref(), None, out);
            }
            Action::Expel(account, reason) => self.expel(&account, reason.as_deref(), out),
        }
    }

    fn take_stanza(&mut self, sender: &Sender, stanza: Element, out: &mut Vec<Effect>) {
        let nick = stanza.get("to").and_then(|to| to.split_once('/')).map(|(_, nick)| nick.to_owned());
        match stanza.name() {
            "presence" => self.take_presence(sender, nick.as_deref(), &stanza, out),
            "message" => self.take_message(sender, nick.as_deref(), stanza, out),
            "iq" => self.take_iq(sender, nick.as_deref(), stanza, out),
            _ => {}
        }
    }

    // --- what the outside may ask ---------------------------------------------------------------------------

    /// The room's address.
    pub fn address(&self) -> &BareJid {
        &self.address
    }

    /// How many occupants there are, the silent audience among them.
    pub fn occupants(&self) -> usize {
        self.occupants.len()
    }

    /// Whether nobody is there.
    pub fn is_empty(&self) -> bool {
        self.occupants.is_empty()
    }

    /// Whether the room may be forgotten, memory and store alike: nobody is there and nothing says that it lasts.
    pub fn is_disposable(&self) -> bool {
        self.is_empty() && (self.destroyed || !self.config.persistent)
    }

    /// The room's name for people; empty if it has none.
    pub fn title(&self) -> &str {
        &self.config.name
    }

    /// Whether the room is listed.
    pub fn is_public(&self) -> bool {
        self.config.public && !self.locked && !self.destroyed
    }

    /// The configuration.
    pub fn config(&self) -> &RoomConfig {
        &self.config
    }

    /// Whether a session is an occupant's.
    pub fn has_session(&self, session: SessionId) -> bool {
        self.occupants.session(session).is_some()
    }

    /// Everyone who is there, the silent audience among them. Costs a look at each.
    pub fn roster(&self) -> impl Iterator<Item = Present<'_>> {
        self.occupants.iter().map(|(id, occupant)| Present {
            nick: &occupant.nick,
            role: occupant.role,
            affiliation: self.affiliation_of_occupant(id),
            sessions: &occupant.sessions,
            announced: occupant.announced == Announced::Fully,
        })
    }

    /// The last place in its log that the room has used: that of the last command, or one after it where that command
    /// led to several messages. The next command's has to be a later one.
    pub fn place(&self) -> LogId {
        self.now
    }

    /// How far the server has gone to keep up, as the room last heard.
    pub fn strain(&self) -> Strain {
        self.strain
    }

    /// The lists: who belongs to the room or is banned from it, by address.
    pub fn affiliations(&self) -> impl Iterator<Item = (&str, &Listed)> {
        self.affiliations.iter()
    }

    /// Forgets a message that the store could not keep: nobody has seen it, so nobody is to see it later.
    pub fn forget(&mut self, id: LogId) {
        self.recent.forget(id);
        self.slow.forget(id);
    }

    // --- what all parts use ---------------------------------------------------------------------------------

    /// An occupant's address as text.
    pub(crate) fn occupant_address(&self, nick: &str) -> String {
        format!("{}/{nick}", self.address)
    }

    /// The affiliation of somebody who sends.
    pub(crate) fn affiliation_of(&self, sender: &Sender) -> Affiliation {
        let account = crate::occupants::bare(&sender.jid);
        let affiliation = self.affiliations.effective(account, sender.admin, sender.vouched);
        let comes = affiliation == Affiliation::None && sender.anonymous && !self.has_session(sender.session);
        if comes && self.sanctions.bar(sender.origin).is_some() {
            return Affiliation::Outcast;
        }
        affiliation
    }

    /// The affiliation of an occupant.
    pub(crate) fn affiliation_of_occupant(&self, id: OccupantId) -> Affiliation {
        self.occupants.primary(id).map_or(Affiliation::None, |session| {
            self.affiliations.effective(session.account(), session.admin, session.vouched)
        })
    }

    /// The role of a session's occupant; `None` if it is none.
    pub(crate) fn role_of(&self, session: SessionId) -> Option<Role> {
        self.occupants.of_session(session).map(|(_, occupant)| occupant.role)
    }

    /// Whether everybody may know real addresses.
    pub(crate) fn is_open(&self) -> bool {
        self.config.whois == Whois::Anyone
    }

    /// Whether the room decides by its size whose presence is broadcast.
    pub(crate) fn thins(&self) -> bool {
        self.config.presence == PresenceBroadcast::Auto
    }

    /// Sends an element to a session.
    pub(crate) fn send(session: SessionId, element: &Element, out: &mut Vec<Effect>) {
        out.push(Effect::Send(session, Arc::new(Wire::stanza(element))));
    }

    /// Answers a stanza with an error, said to be the room's (RFC 6120 §8.3.1).
    pub(crate) fn refuse(
        &self,
        sender: &Sender,
        stanza: &Element,
        error: impl Into<StanzaError>,
        out: &mut Vec<Effect>,
    ) {
        if let Some(refusal) = self.refusal(stanza, error) {
            Self::send(sender.session, &refusal, out);
        }
    }

    /// The answer that [`Room::refuse`] gives, if the stanza takes one.
    pub(crate) fn refusal(&self, stanza: &Element, error: impl Into<StanzaError>) -> Option<Element> {
        // An error never answers an error, nor a result (RFC 6120 §8.3.1): it would go round for ever.
        if matches!(stanza.get("type"), Some("error" | "result")) {
            return None;
        }
        let mut error = error.into().to_element();
        error.set("by", self.address.as_str());
        Some(reply(stanza, "error").child(error))
    }

    /// Answers an `<iq/>` with an empty result.
    pub(crate) fn acknowledge(sender: &Sender, iq: &Element, out: &mut Vec<Effect>) {
        Self::send(sender.session, &reply(iq, "result"), out);
    }

    /// Keeps a change if the room lasts. Messages are kept whether it does or not; see [`Change`].
    pub(crate) fn store(&self, change: Change, out: &mut Vec<Effect>) {
        if self.config.persistent {
            out.push(Effect::Store(change));
        }
    }

    /// Keeps the settings as they are now, and has what is made of them made anew.
    pub(crate) fn store_settings(&mut self, out: &mut Vec<Effect>) {
        self.info = Default::default();
        if self.config.persistent {
            out.push(Effect::Store(Change::Settings(self.settings())));
        }
    }

    /// A reason as it is passed on: not empty, and no longer than the policy allows.
    pub(crate) fn reason_in(&self, element: &Element) -> Option<String> {
        element.field_text("reason").and_then(|reason| self.bounded_reason(&reason))
    }

    /// `reason`, cut to what the policy allows; `None` if nothing is left.
    pub(crate) fn bounded_reason(&self, reason: &str) -> Option<String> {
        let reason = reason.trim();
        let end = reason.floor_char_boundary(self.policy.max_reason_bytes);
        reason.get(..end).filter(|cut| !cut.is_empty()).map(str::to_owned)
    }

    /// What somebody gets who must be an occupant and is none (XEP-0045 §7.4, XEP-0410 §3).
    pub(crate) fn not_an_occupant() -> StanzaError {
        StanzaError::new(Condition::NotAcceptable)
            .of_type(parterre_xmpp::ErrorType::Cancel)
            .text("You are not in this room. Join it first.")
    }
}

/// A `<status/>` of what a room says of its occupants (XEP-0045 §15.6).
pub(crate) fn status(code: u16) -> Element {
    Element::new("status", ns::MUC_USER).with("code", code.to_string())
}
