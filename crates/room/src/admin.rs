//! The lists and roles as moderators, admins and owners read and change them (XEP-0045 §8, §9).
//!
//! A request may hold many items. All are checked before the first is carried out: it is all or nothing.

use std::collections::BTreeSet;

use parterre_xmpp::{BareJid, Condition, Element, StanzaError, ns, reply};

use crate::affiliation::Listed;
use crate::command::Sender;
use crate::effect::Effect;
use crate::occupants::OccupantId;
use crate::presence::Actor;
use crate::room::Room;
use crate::sanctions::{Sanction, seconds_in};
use crate::{Affiliation, Role};

/// An item of a request, understood.
enum Item {
    Affiliation {
        account: BareJid,
        entry: Listed,
        seconds: Option<u32>,
    },
    Role {
        occupant: OccupantId,
        role: Option<Role>,
        seconds: Option<u32>,
        reason: Option<String>,
    },
    /// Somebody who is muted and not here gets their voice back.
    Unmute {
        account: BareJid,
    },
}

impl Room {
    /// `<query xmlns='…muc#admin'/>`, get and set.
    pub(crate) fn take_admin_query(&mut self, sender: &Sender, iq: &Element, query: &Element, out: &mut Vec<Effect>) {
        if iq.get("type") == Some("get") {
            match self.list(sender, query) {
                Ok(items) => {
                    let query = Element::new("query", ns::MUC_ADMIN).children_from(items);
                    Self::send(sender.session, &reply(iq, "result").child(query), out);
                }
                Err(error) => self.refuse(sender, iq, error, out),
            }
            return;
        }
        let items = match self.read_items(sender, query) {
            Ok(items) => items,
            Err(error) => return self.refuse(sender, iq, error, out),
        };
        let actor = self.actor(sender);
        for item in items {
            match item {
                Item::Affiliation { account, entry, seconds } => {
                    let ban =
                        (entry.affiliation == Affiliation::Outcast).then(|| self.sanction(account.as_str(), seconds));
                    self.set_affiliation_until(account.as_str(), entry, ban, &actor, out);
                }
                Item::Role { occupant, role, seconds, reason } => {
                    self.assign_role(occupant, role, seconds, &actor, reason.as_deref(), out);
                }
                Item::Unmute { account } => self.unmute_absent(account.as_str(), &actor, out),
            }
        }
        Self::acknowledge(sender, iq, out);
    }

    /// The sender as the one who did something.
    pub(crate) fn actor(&self, sender: &Sender) -> Actor {
        Actor {
            nick: self.occupants.of_session(sender.session).map(|(_, occupant)| occupant.nick.to_string()),
            jid: Some(sender.jid.to_string()),
        }
    }

    // --- reading the lists ----------------------------------------------------------------------------------

    fn list(&self, sender: &Sender, query: &Element) -> Result<Vec<Element>, StanzaError> {
        let item = query.find_own("item").ok_or_else(|| {
            StanzaError::new(Condition::BadRequest).text("Say which list you want: an item with affiliation or role.")
        })?;
        match (item.get("affiliation"), item.get("role")) {
            (Some(affiliation), None) => self.list_affiliation(sender, affiliation),
            (None, Some(role)) => self.list_role(self.may_list_role(sender, role)?, query),
            _ => Err(StanzaError::new(Condition::BadRequest).text("Ask for one affiliation or for one role.")),
        }
    }

    fn list_affiliation(&self, sender: &Sender, wanted: &str) -> Result<Vec<Element>, StanzaError> {
        let wanted = Affiliation::parse(wanted).filter(|wanted| *wanted != Affiliation::None).ok_or_else(|| {
            StanzaError::new(Condition::BadRequest).text("There are lists of outcast, member, admin and owner.")
        })?;
        let (own, role) = (self.affiliation_of(sender), self.role_of(sender.session));
        // Where everybody may know addresses and only members may enter, members may read who else belongs.
        let among_members = self.config.members_only && self.is_open() && own >= Affiliation::Member;
        let may = own == Affiliation::Owner
            || own == Affiliation::Admin && wanted <= Affiliation::Admin
            || among_members && wanted > Affiliation::None
            || wanted == Affiliation::Member && role.is_some_and(|role| self.config.may_list_members(role, own));
        if !may {
            return Err(StanzaError::new(Condition::Forbidden).text("You may not read this list."));
        }
        let item = |(account, listed): (&str, &Listed)| {
            let item = Element::new("item", ns::MUC_ADMIN)
                .with("affiliation", wanted.as_str())
                .with("jid", account)
                .with_opt("nick", listed.nick.as_deref());
            match &listed.reason {
                Some(reason) => item.field("reason", reason.as_str()),
                None => item,
            }
        };
        Ok(self.affiliations.iter().filter(|(_, listed)| listed.affiliation == wanted).map(item).collect())
    }

    /// Here a moderator sees the silent audience, too.
    fn may_list_role(&self, sender: &Sender, wanted: &str) -> Result<Role, StanzaError> {
        let moderates =
            self.role_of(sender.session) == Some(Role::Moderator) || self.affiliation_of(sender) >= Affiliation::Admin;
        if !moderates {
            return Err(StanzaError::new(Condition::Forbidden).text("Only moderators may read who has which role."));
        }
        Role::parse(wanted).ok_or_else(|| {
            StanzaError::new(Condition::BadRequest).text("There are the roles visitor, participant and moderator.")
        })
    }

    // --- changing them --------------------------------------------------------------------------------------

    fn read_items(&self, sender: &Sender, query: &Element) -> Result<Vec<Item>, StanzaError> {
        let elements: Vec<_> = query.children().filter(|child| child.is("item", ns::MUC_ADMIN)).collect();
        if elements.is_empty() {
            return Err(StanzaError::new(Condition::BadRequest).text("There is no item in the request."));
        }
        if elements.len() > self.policy.max_items {
            let most = self.policy.max_items;
            return Err(StanzaError::new(Condition::NotAcceptable).text(format!("Send at most {most} items at once.")));
        }
        let items = elements.into_iter().map(|item| self.read_item(sender, item)).collect::<Result<Vec<_>, _>>()?;
        self.check_owners_remain(&items)?;
        self.check_sanctions(items.iter().filter(|item| self.adds_sanction(item)).count())?;
        Ok(items)
    }

    /// Whether there is one sanction more after an item: a ban for good is an affiliation alone.
    fn adds_sanction(&self, item: &Item) -> bool {
        match item {
            Item::Affiliation { account, entry, seconds } if entry.affiliation == Affiliation::Outcast => {
                let known = self.sanctions.ban(account.as_str()).is_some();
                !known && self.sanction(account.as_str(), *seconds) != Sanction::default()
            }
            Item::Role { occupant, role: Some(Role::Visitor), .. } => {
                self.sanctions.mute(self.occupants.account(*occupant), None).is_none()
            }
            _ => false,
        }
    }

    fn read_item(&self, sender: &Sender, item: &Element) -> Result<Item, StanzaError> {
        let reason = self.reason_in(item);
        let jid = item.get("jid").map(parse_account).transpose()?;
        let nick = item.get("nick").map(|nick| self.valid_nick(nick)).transpose()?;
        let seconds = seconds_in(item)?;
        let named = nick.as_deref().and_then(|nick| self.occupants.by_nick(nick));
        match (item.get("affiliation"), item.get("role")) {
            (Some(affiliation), None) => {
                let affiliation = Affiliation::parse(affiliation)
                    .ok_or_else(|| StanzaError::new(Condition::BadRequest).text("There is no such affiliation."))?;
                // Some clients name the nick alone; then it is not to be reserved.
                let (account, reserve) = match (jid, named) {
                    (Some(jid), _) => (jid, nick),
                    (None, Some(id)) => (parse_account(self.occupants.account(id))?, None),
                    (None, None) => {
                        return Err(StanzaError::new(Condition::ItemNotFound).text("Nobody here bears this nick."));
                    }
                };
                self.may_set_affiliation(sender, &account, affiliation)?;
                let kept = self.affiliations.get(account.as_str()).cloned().unwrap_or_default();
                let nick = reserve.or(kept.nick).filter(|_| affiliation > Affiliation::None);
                if let Some(nick) = &nick {
                    // Nobody loses a nick to a list, an owner least of all.
                    self.check_free(nick, account.as_str())?;
                }
                let reason = reason.or(kept.reason.filter(|_| kept.affiliation == affiliation));
                Ok(Item::Affiliation { account, entry: Listed { affiliation, nick, reason }, seconds })
            }
            (None, Some(role)) => {
                let wanted = Role::parse(role);
                if wanted.is_none() && role != "none" {
                    return Err(StanzaError::new(Condition::BadRequest).text("There is no such role."));
                }
                let by_jid = || jid.as_ref().and_then(|jid| self.occupants.where_account(|o| o == jid.as_str()).pop());
                let actor = (self.affiliation_of(sender), self.role_of(sender.session));
                let Some(occupant) = named.or_else(by_jid) else {
                    let moderates = actor.1 == Some(Role::Moderator) || actor.0 >= Affiliation::Admin;
                    let muted = jid.filter(|jid| self.sanctions.mute(jid.as_str(), None).is_some());
                    return match muted {
                        Some(account) if moderates && wanted == Some(Role::Participant) => Ok(Item::Unmute { account }),
                        _ => Err(StanzaError::new(Condition::ItemNotFound).text("Nobody here bears this nick.")),
                    };
                };
                self.may_assign_role(actor.0, actor.1, occupant, wanted)?;
                Ok(Item::Role { occupant, role: wanted, seconds, reason })
            }
            _ => Err(StanzaError::new(Condition::BadRequest).text("An item sets either an affiliation or a role.")),
        }
    }

    fn may_set_affiliation(&self, sender: &Sender, account: &BareJid, wanted: Affiliation) -> Result<(), StanzaError> {
        let own = self.affiliation_of(sender);
        let current = self.standing(account.as_str());
        if own < Affiliation::Admin {
            return Err(StanzaError::new(Condition::Forbidden).text("Only admins and owners may do this."));
        }
        if wanted == Affiliation::Outcast && crate::occupants::bare(&sender.jid) == account.as_str() {
            return Err(StanzaError::new(Condition::Conflict).text("You cannot ban yourself."));
        }
        if own == Affiliation::Admin && (wanted >= Affiliation::Admin || current >= Affiliation::Admin) {
            return Err(
                StanzaError::new(Condition::NotAllowed).text("Only owners may make or unmake admins and owners.")
            );
        }
        let is_new = self.affiliations.get(account.as_str()).is_none() && wanted != Affiliation::None;
        if is_new && self.affiliations.len() >= self.policy.max_affiliations {
            return Err(StanzaError::new(Condition::ResourceConstraint)
                .text("The lists of this room are full. Remove somebody first."));
        }
        Ok(())
    }

    /// A room is never left without an owner (§10.6).
    fn check_owners_remain(&self, items: &[Item]) -> Result<(), StanzaError> {
        let before: BTreeSet<&str> = self.affiliations.with(Affiliation::Owner).collect();
        let mut after = before.clone();
        for item in items {
            if let Item::Affiliation { account, entry, .. } = item {
                if entry.affiliation == Affiliation::Owner {
                    after.insert(account.as_str());
                } else {
                    after.remove(account.as_str());
                }
            }
        }
        if after.is_empty() && !before.is_empty() {
            return Err(StanzaError::new(Condition::Conflict)
                .text("This would leave the room without an owner. Make somebody else owner first."));
        }
        Ok(())
    }
}

/// A bare address that a request names.
fn parse_account(text: &str) -> Result<BareJid, StanzaError> {
    BareJid::new(text).map_err(|_| {
        StanzaError::new(Condition::JidMalformed).text("This is not a bare address such as user@example.org.")
    })
}
