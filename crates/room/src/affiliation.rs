//! Who belongs to the room: the lists of owners, admins, members and banned people, with their reserved nicks
//! (XEP-0045 §5.2, §9), and what a change of them does to those who are present.

use std::collections::BTreeMap;
use std::sync::Arc;

use parterre_xmpp::{BareJid, Element, Wire, ns};

use crate::effect::{Audience, Change, Effect};
use crate::occupants::OccupantId;
use crate::presence::{Actor, Notice};
use crate::room::{Room, status};
use crate::sanctions::Sanction;
use crate::{Affiliation, Role};

/// What the lists say of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// Its affiliation.
    pub affiliation: Affiliation,
    /// The nick that nobody else may bear.
    pub nick: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// The lists, by bare address, and the reserved nicks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Affiliations {
    listed: BTreeMap<String, Listed>,
    nicks: BTreeMap<String, String>,
}

impl Affiliations {
    /// What the lists say of an account.
    pub(crate) fn get(&self, account: &str) -> Option<&Listed> {
        self.listed.get(account)
    }

    /// What the lists say of an account; a ban of a whole domain counts for all who are not listed themselves.
    pub(crate) fn of(&self, account: &str) -> Affiliation {
        if let Some(listed) = self.listed.get(account) {
            return listed.affiliation;
        }
        let domain = account.rsplit_once('@').map_or(account, |(_, domain)| domain);
        match self.listed.get(domain) {
            Some(listed) if listed.affiliation == Affiliation::Outcast => Affiliation::Outcast,
            _ => Affiliation::None,
        }
    }

    /// The affiliation that counts: operators own every room, a ban outweighs what a token says.
    pub(crate) fn effective(&self, account: &str, admin: bool, vouched: Option<Affiliation>) -> Affiliation {
        if admin {
            return Affiliation::Owner;
        }
        match self.of(account) {
            Affiliation::Outcast => Affiliation::Outcast,
            // A token can say less than nothing, too.
            listed => match vouched {
                Some(Affiliation::Outcast) if listed == Affiliation::None => Affiliation::Outcast,
                Some(vouched) => listed.max(vouched),
                None => listed,
            },
        }
    }

    /// The account that has reserved a nick.
    pub(crate) fn nick_owner(&self, nick: &str) -> Option<&str> {
        self.nicks.get(nick).map(String::as_str)
    }

    /// Writes an entry; one that says nothing is removed.
    pub(crate) fn set(&mut self, account: &str, entry: Listed) {
        if let Some(old) = self.listed.remove(account).and_then(|old| old.nick) {
            self.nicks.remove(&old);
        }
        if let Some(nick) = &entry.nick
            && let Some(loser) = self.nicks.insert(nick.clone(), account.to_owned())
            && let Some(other) = self.listed.get_mut(&loser)
        {
            other.nick = None;
        }
        if entry.affiliation != Affiliation::None || entry.nick.is_some() {
            self.listed.insert(account.to_owned(), entry);
        }
    }

    /// All entries, by address.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Listed)> {
        self.listed.iter().map(|(account, listed)| (account.as_str(), listed))
    }

    /// The accounts of an affiliation.
    pub(crate) fn with(&self, affiliation: Affiliation) -> impl Iterator<Item = &str> {
        self.iter().filter(move |(_, listed)| listed.affiliation == affiliation).map(|(account, _)| account)
    }

    pub(crate) fn len(&self) -> usize {
        self.listed.len()
    }
}

impl Room {
    /// Sets an account's entry and does what follows from it: roles, removals, announcements (§9.1–§9.8).
    pub(crate) fn set_affiliation(&mut self, account: &str, entry: Listed, actor: &Actor, out: &mut Vec<Effect>) {
        self.set_affiliation_until(account, entry, None, actor, out);
    }

    /// The same with what more there is to say of a ban.
    pub(crate) fn set_affiliation_until(
        &mut self,
        account: &str,
        entry: Listed,
        ban: Option<Sanction>,
        actor: &Actor,
        out: &mut Vec<Effect>,
    ) {
        let before = self.affiliations.of(account);
        let affiliation = entry.affiliation;
        let reason = entry.reason.clone();
        if let Some(nick) = &entry.nick {
            self.clear_nick(nick, account, out);
        }
        self.affiliations.set(account, entry);
        self.store_affiliation(account, out);
        if self.note_ban(account, affiliation, ban) {
            self.store_sanctions(out);
        }
        if affiliation == Affiliation::Outcast {
            Self::tell_operator("ban", account, ban.unwrap_or_default(), actor, out);
        }
        let present = self.present_of(account);
        for id in &present {
            self.settle(*id, affiliation < before, actor, reason.as_deref(), out);
        }
        if present.is_empty() {
            self.announce_affiliation(account, affiliation, reason.as_deref(), out);
        }
    }

    /// The occupants of an account, or of all accounts of a domain.
    fn present_of(&self, account: &str) -> Vec<OccupantId> {
        let by_domain = !account.contains('@');
        self.occupants.where_account(|other| {
            other == account || by_domain && other.rsplit_once('@').is_some_and(|(_, domain)| domain == account)
        })
    }

    /// The affiliation of an account, by the lists or, where that is more, by what is vouched for somebody who is here. A
    /// domain's is that of its people who are on no list themselves: an entry for it is for them.
    pub(crate) fn standing(&self, account: &str) -> Affiliation {
        let concerns = |id: &OccupantId| {
            let other = self.occupants.account(*id);
            other == account || self.affiliations.get(other).is_none()
        };
        let here = self.present_of(account).into_iter().filter(concerns);
        here.map(|id| self.affiliation_of_occupant(id)).fold(self.affiliations.of(account), Affiliation::max)
    }

    /// Fits an occupant to an affiliation that has changed.
    fn settle(&mut self, id: OccupantId, downgrade: bool, actor: &Actor, reason: Option<&str>, out: &mut Vec<Effect>) {
        let affiliation = self.affiliation_of_occupant(id);
        let anonymous = self.occupants.primary(id).is_some_and(|session| session.anonymous);
        let Some(occupant) = self.occupants.get(id) else { return };
        let was = occupant.role;
        let spectator = anonymous && affiliation <= Affiliation::None && self.policy.is_anonymous_nick(&occupant.nick);
        let mut notice = Notice { actor: Some(actor), reason, matters: true, ..Notice::default() };
        let muted = affiliation < Affiliation::Admin && self.mute_of(id).is_some();
        let entry_role = self.entry_role(affiliation, anonymous, spectator);
        let Some(role) = entry_role.map(|role| if muted { Role::Visitor } else { role }) else {
            notice.codes = if affiliation == Affiliation::Outcast { &[301] } else { &[321] };
            return self.remove_occupant(id, &notice, out);
        };
        if let Some(occupant) = self.occupants.get_mut(id) {
            occupant.views = None;
            occupant.spectator = spectator;
            if downgrade || role > was {
                occupant.assigned = muted;
            }
        }
        if downgrade || role > was {
            self.set_role(id, role, out);
        }
        self.publish(id, &notice, out);
        self.show_addresses_if_changed(id, was, out);
    }

    /// §9.3: a change for somebody who is not there. In a semi-anonymous room only moderators may read addresses.
    fn announce_affiliation(
        &self,
        account: &str,
        affiliation: Affiliation,
        reason: Option<&str>,
        out: &mut Vec<Effect>,
    ) {
        let mut item =
            Element::new("item", ns::MUC_USER).with("affiliation", affiliation.as_str()).with("jid", account);
        if let Some(reason) = reason {
            item = item.field("reason", reason);
        }
        let code = (affiliation == Affiliation::Outcast).then(|| status(301));
        let x = Element::new("x", ns::MUC_USER).child_opt(code).child(item);
        let message = Element::new("message", ns::CLIENT).with("from", self.address.as_str()).child(x);
        let audience = if self.is_open() { Audience::ALL } else { Audience::MODERATORS };
        out.push(Effect::Broadcast(audience, Arc::new(Wire::stanza(&message))));
    }

    /// Of two who are given one nick in one request the last one has it.
    fn clear_nick(&mut self, nick: &str, account: &str, out: &mut Vec<Effect>) {
        if let Some(loser) = self.affiliations.nick_owner(nick).filter(|owner| *owner != account).map(str::to_owned)
            && let Some(entry) = self.affiliations.get(&loser).cloned()
        {
            self.affiliations.set(&loser, Listed { nick: None, ..entry });
            self.store_affiliation(&loser, out);
        }
    }

    /// Keeps an account's entry as it is now.
    pub(crate) fn store_affiliation(&self, account: &str, out: &mut Vec<Effect>) {
        let Ok(jid) = BareJid::new(account) else { return };
        let Listed { affiliation, nick, reason } = self.affiliations.get(account).cloned().unwrap_or_default();
        self.store(Change::Affiliation { jid, affiliation, nick, reason }, out);
    }

    /// Keeps all lists as they are now.
    pub(crate) fn store_affiliations(&self, out: &mut Vec<Effect>) {
        if self.config.persistent {
            self.affiliations.iter().for_each(|(account, _)| self.store_affiliation(account, out));
        }
    }

    /// The operator or the site sets an affiliation.
    pub(crate) fn set_affiliation_by_operator(
        &mut self,
        jid: &BareJid,
        affiliation: Affiliation,
        reason: Option<&str>,
        out: &mut Vec<Effect>,
    ) {
        let nick = self.affiliations.get(jid.as_str()).and_then(|listed| listed.nick.clone());
        let nick = nick.filter(|_| affiliation > Affiliation::None);
        let reason = reason.and_then(|reason| self.bounded_reason(reason));
        self.set_affiliation(jid.as_str(), Listed { affiliation, nick, reason }, &Actor::default(), out);
    }
}
