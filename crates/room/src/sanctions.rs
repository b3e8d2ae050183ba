//! Sanctions: who is muted, which bans end, and since when whose address counts as theirs.
//!
//! Enters: what moderators decide, and the passing of time. Leaves: whether somebody is muted or kept out, and when the
//! next sanction ends. A ban itself is an affiliation; here stands only what the lists have no place for. What is kept
//! of an address is the server's hash of it, and it counts for people without an account alone: their own address is
//! another at each login.

use std::collections::BTreeMap;

use parterre_xmpp::{Condition, Element, StanzaError, Timestamp, ns};
use serde::{Deserialize, Serialize};

use crate::affiliation::Listed;
use crate::command::Origin;
use crate::effect::Effect;
use crate::occupants::OccupantId;
use crate::presence::{Actor, Notice};
use crate::room::Room;
use crate::{Affiliation, Role};

/// Longest time for which somebody can be sanctioned other than for good: a year and a day.
const MAX_SECONDS: u32 = 367 * 24 * 3_600;

/// What is known of a sanction beside whom it is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sanction {
    /// When it ends; `None`: not by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<i64>,
    /// From where the person came, if they have no account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    origin: Option<Origin>,
}

impl Sanction {
    /// `<expiry/>`: that somebody is sanctioned, and until when.
    pub(crate) fn to_element(self) -> Element {
        let until = self.until.map(|until| Timestamp(until).to_string());
        Element::new("expiry", ns::MODERATION).with_opt("until", until)
    }

    /// ` until …`, or nothing.
    pub(crate) fn in_words(self) -> String {
        self.until.map(|until| format!(" until {}", Timestamp(until))).unwrap_or_default()
    }

    /// When it ends.
    pub(crate) fn end(self) -> Option<Timestamp> {
        self.until.map(Timestamp)
    }
}

/// All sanctions of a room, by bare address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Sanctions {
    mutes: BTreeMap<String, Sanction>,
    /// Bans that end, and those of people without an account.
    bans: BTreeMap<String, Sanction>,
}

impl Sanctions {
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn len(&self) -> usize {
        self.mutes.len() + self.bans.len()
    }

    /// The mute of an account, or of whoever else came from there.
    pub(crate) fn mute(&self, account: &str, origin: Option<Origin>) -> Option<Sanction> {
        self.mutes.get(account).copied().or_else(|| Some(*from(&self.mutes, origin)?.1))
    }

    /// What more than an affiliation there is of an account's ban.
    pub(crate) fn ban(&self, account: &str) -> Option<Sanction> {
        self.bans.get(account).copied()
    }

    /// The ban that keeps people without an account out who come from there, with the address that it was given for.
    pub(crate) fn bar(&self, origin: Option<Origin>) -> Option<(&str, Sanction)> {
        from(&self.bans, origin).map(|(account, ban)| (account.as_str(), *ban))
    }

    /// When the first of them ends.
    fn next(&self) -> Option<i64> {
        self.mutes.values().chain(self.bans.values()).filter_map(|sanction| sanction.until).min()
    }
}

/// The sanction of somebody who came from there.
fn from(sanctions: &BTreeMap<String, Sanction>, origin: Option<Origin>) -> Option<(&String, &Sanction)> {
    let origin = origin?;
    sanctions.iter().find(|(_, sanction)| sanction.origin == Some(origin))
}

/// Those that have ended.
fn ended(sanctions: &BTreeMap<String, Sanction>, now: i64) -> Vec<String> {
    let over = |sanction: &Sanction| sanction.until.is_some_and(|until| until <= now);
    sanctions.iter().filter(|(_, sanction)| over(sanction)).map(|(account, _)| account.clone()).collect()
}

/// For how many seconds an `<item/>` asks, if it says; for good otherwise.
pub(crate) fn seconds_in(item: &Element) -> Result<Option<u32>, StanzaError> {
    let Some(expiry) = item.find("expiry", ns::MODERATION) else { return Ok(None) };
    let seconds = expiry.get("seconds").and_then(|seconds| seconds.parse().ok());
    match seconds.filter(|seconds| (1..=MAX_SECONDS).contains(seconds)) {
        Some(seconds) => Ok(Some(seconds)),
        None => Err(StanzaError::new(Condition::BadRequest)
            .text(format!("The expiry names its seconds: a whole number from 1 to {MAX_SECONDS}."))),
    }
}

impl Room {
    /// When [`crate::Action::Due`] will have something to do: the first sanction ends.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.sanctions.next().map(Timestamp)
    }

    /// The sanction that somebody gets for so many seconds. Whoever has no account gets it for where they come from as
    /// well, and then for no longer than the server's bound.
    pub(crate) fn sanction(&self, account: &str, seconds: Option<u32>) -> Sanction {
        let anonymous = self.occupants.anonymous(account);
        let banned = || self.sanctions.ban(account).filter(|ban| ban.origin.is_some());
        let known = anonymous.map(|stranger| stranger.origin).or_else(|| Some(banned()?.origin));
        let bound = self.policy.anonymous_ban;
        let (origin, seconds) = match known {
            Some(origin) if bound > 0 => (origin, Some(seconds.unwrap_or(bound).min(bound))),
            _ => (None, seconds),
        };
        let until = seconds.map(|seconds| self.now.time().0.saturating_add(i64::from(seconds) * 1_000_000));
        Sanction { until, origin }
    }

    /// Whether there is space for so many more.
    pub(crate) fn check_sanctions(&self, more: usize) -> Result<(), StanzaError> {
        if more > 0 && self.sanctions.len() + more > self.policy.max_sanctions {
            return Err(StanzaError::new(Condition::ResourceConstraint)
                .text("This room has as many mutes and timed bans as it may have. Lift one first."));
        }
        Ok(())
    }

    /// The mute under which an occupant is.
    pub(crate) fn mute_of(&self, id: OccupantId) -> Option<Sanction> {
        let (occupant, session) = (self.occupants.get(id)?, self.occupants.primary(id)?);
        if occupant.role != Role::Visitor {
            return None;
        }
        // Who was there already when somebody from the same address was muted is not.
        self.sanctions.mute(session.account(), session.origin.filter(|_| occupant.assigned))
    }

    /// What an occupant is told of the sanction they are under or leave by.
    pub(crate) fn expiry_of(&self, id: OccupantId, available: bool) -> Option<Element> {
        let sanction = if available {
            self.mute_of(id)
        } else {
            self.sanctions
                .ban(self.occupants.account(id))
                .filter(|_| self.affiliation_of_occupant(id) == Affiliation::Outcast)
        };
        sanction.map(Sanction::to_element)
    }

    /// Takes the voice of an account, under each of its nicks, and keeps it taken (§8.4).
    pub(crate) fn mute(
        &mut self,
        account: &str,
        sanction: Sanction,
        actor: &Actor,
        reason: Option<&str>,
        out: &mut Vec<Effect>,
    ) {
        self.sanctions.mutes.insert(account.to_owned(), sanction);
        self.store_sanctions(out);
        Self::tell_operator("mute", account, sanction, actor, out);
        let notice = Notice { actor: Some(actor), reason, matters: true, ..Notice::default() };
        for id in self.occupants.where_account(|other| other == account) {
            if self.affiliation_of_occupant(id) < Affiliation::Admin {
                self.give_role(id, Role::Visitor, true, &notice, out);
            }
        }
    }

    /// Ends the mute of an occupant, and with it that of the address they come from. Their own role is the caller's to
    /// set.
    pub(crate) fn unmute(&mut self, id: OccupantId, actor: &Actor, out: &mut Vec<Effect>) {
        let Some(session) = self.occupants.primary(id) else { return };
        let (account, origin) = (session.account().to_owned(), session.origin);
        let before = self.sanctions.mutes.len();
        self.sanctions.mutes.retain(|other, mute| *other != account && (origin.is_none() || mute.origin != origin));
        if self.sanctions.mutes.len() == before {
            return;
        }
        self.store_sanctions(out);
        let notice = Notice { actor: Some(actor), matters: true, ..Notice::default() };
        self.give_voice_back(&account, origin, Some(id), &notice, out);
    }

    /// Ends the mute of an account that is not here, and with it that of the address it was given for.
    pub(crate) fn unmute_absent(&mut self, account: &str, actor: &Actor, out: &mut Vec<Effect>) {
        let Some(mute) = self.sanctions.mutes.remove(account) else { return };
        let origin = mute.origin;
        self.sanctions.mutes.retain(|_, other| origin.is_none() || other.origin != origin);
        self.store_sanctions(out);
        let notice = Notice { actor: Some(actor), matters: true, ..Notice::default() };
        self.give_voice_back(account, origin, None, &notice, out);
    }

    /// Notes what there is of an account's ban beside its affiliation, or that there is nothing.
    pub(crate) fn note_ban(&mut self, account: &str, affiliation: Affiliation, ban: Option<Sanction>) -> bool {
        let worth_noting = ban.filter(|ban| *ban != Sanction::default() && affiliation == Affiliation::Outcast);
        let was = match worth_noting {
            Some(ban) => self.sanctions.bans.insert(account.to_owned(), ban),
            None => self.sanctions.bans.remove(account),
        };
        // Who belongs to those that mute is not muted.
        let mute = (affiliation >= Affiliation::Admin).then(|| self.sanctions.mutes.remove(account)).flatten();
        was != worth_noting || mute.is_some()
    }

    /// Time has passed: what has ended by now ends.
    pub(crate) fn due(&mut self, out: &mut Vec<Effect>) {
        let now = self.now.time().0;
        for account in ended(&self.sanctions.bans, now) {
            self.set_affiliation(&account, Listed::default(), &Actor::default(), out);
        }
        let over = ended(&self.sanctions.mutes, now);
        let mutes: Vec<_> = over.into_iter().filter_map(|at| self.sanctions.mutes.remove_entry(&at)).collect();
        if !mutes.is_empty() {
            self.store_sanctions(out);
        }
        let notice = Notice { matters: true, ..Notice::default() };
        for (account, mute) in mutes {
            self.give_voice_back(&account, mute.origin, None, &notice, out);
        }
    }

    /// Gives those their voice back who were muted and are not any more.
    fn give_voice_back(
        &mut self,
        account: &str,
        origin: Option<Origin>,
        but: Option<OccupantId>,
        notice: &Notice<'_>,
        out: &mut Vec<Effect>,
    ) {
        for id in self.occupants.of_origin(account, origin) {
            let was_muted = self.occupants.get(id).is_some_and(|o| o.assigned && o.role == Role::Visitor);
            if but == Some(id) || !was_muted || self.mute_of(id).is_some() {
                continue;
            }
            let role = self.standing_role(id).unwrap_or(Role::Visitor);
            self.give_role(id, role, false, notice, out);
        }
    }

    /// Sets an occupant's role and tells of it, even where it is the same: what is said beside it may not be.
    pub(crate) fn give_role(
        &mut self,
        id: OccupantId,
        role: Role,
        assigned: bool,
        notice: &Notice<'_>,
        out: &mut Vec<Effect>,
    ) {
        let Some(occupant) = self.occupants.get_mut(id) else { return };
        let was = occupant.role;
        occupant.assigned = assigned;
        occupant.views = None;
        self.set_role(id, role, out);
        self.publish(id, notice, out);
        self.show_addresses_if_changed(id, was, out);
    }

    /// Keeps the sanctions as they are now.
    pub(crate) fn store_sanctions(&self, out: &mut Vec<Effect>) {
        if self.config.persistent {
            out.push(Effect::Store(crate::Change::Settings(self.settings())));
        }
    }

    /// What the operator's log is to say of a sanction.
    pub(crate) fn tell_operator(
        what: &'static str,
        account: &str,
        sanction: Sanction,
        actor: &Actor,
        out: &mut Vec<Effect>,
    ) {
        out.push(Effect::Sanctioned {
            what,
            account: account.to_owned(),
            by: actor.jid.clone(),
            until: sanction.end(),
            by_origin: sanction.origin.is_some(),
        });
    }
}
