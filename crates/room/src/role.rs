//! What occupants may do while they are present: giving and taking voice, moderation and presence itself
//! (XEP-0045 §8.2–§8.5, §9.6, §9.7).

use parterre_xmpp::{Condition, StanzaError};

use crate::effect::Effect;
use crate::occupants::OccupantId;
use crate::presence::{Actor, Notice};
use crate::room::Room;
use crate::{Affiliation, Role};

impl Room {
    /// Sets a role and tells those who write to the sockets. Telling people is [`Room::publish`]'s.
    pub(crate) fn set_role(&mut self, id: OccupantId, role: Role, out: &mut Vec<Effect>) {
        let Some(occupant) = self.occupants.get_mut(id) else {
            return;
        };
        if occupant.role == role {
            return;
        }
        occupant.role = role;
        occupant.views = None;
        out.extend(occupant.sessions.iter().map(|session| Effect::Role(*session, role)));
    }

    /// A moderator gives an occupant another role; `None` is out of the room (§8.2). A voice that is taken stays so until
    /// it is given back, or for so many seconds.
    pub(crate) fn assign_role(
        &mut self,
        id: OccupantId,
        role: Option<Role>,
        seconds: Option<u32>,
        actor: &Actor,
        reason: Option<&str>,
        out: &mut Vec<Effect>,
    ) {
        let notice = Notice { actor: Some(actor), reason, matters: true, ..Notice::default() };
        let Some(role) = role else {
            return self.remove_occupant(id, &Notice { codes: &[307], ..notice }, out);
        };
        if role == Role::Visitor {
            let account = self.occupants.account(id).to_owned();
            let sanction = self.sanction(&account, seconds);
            return self.mute(&account, sanction, actor, reason, out);
        }
        self.unmute(id, actor, out);
        self.give_role(id, role, true, &notice, out);
    }

    /// The role that an occupant has where no moderator said otherwise; `None`: they may not be here.
    pub(crate) fn standing_role(&self, id: OccupantId) -> Option<Role> {
        let (occupant, session) = (self.occupants.get(id)?, self.occupants.primary(id)?);
        self.entry_role(self.affiliation_of_occupant(id), session.anonymous, occupant.spectator)
    }

    /// Who becomes a moderator of a semi-anonymous room sees addresses from then on, who ceases to be one does not.
    pub(crate) fn show_addresses_if_changed(&mut self, id: OccupantId, was: Role, out: &mut Vec<Effect>) {
        let is = self.occupants.get(id).map(|occupant| occupant.role);
        if (is == Some(Role::Moderator)) != (was == Role::Moderator) {
            self.show_addresses(id, out);
        }
    }

    /// Whether somebody may give an occupant that role (the tables of XEP-0045 §5.1.1 and §5.2.1).
    pub(crate) fn may_assign_role(
        &self,
        actor: Affiliation,
        actor_role: Option<Role>,
        target: OccupantId,
        role: Option<Role>,
    ) -> Result<(), StanzaError> {
        if actor_role != Some(Role::Moderator) && actor < Affiliation::Admin {
            return Err(StanzaError::new(Condition::Forbidden).text("Only moderators may do this."));
        }
        let not_allowed = |text: &'static str| Err(StanzaError::new(Condition::NotAllowed).text(text));
        let held = self.affiliation_of_occupant(target);
        let current = self.occupants.get(target).map(|occupant| occupant.role);
        match role {
            None if held > actor || held == actor && held >= Affiliation::Admin => {
                not_allowed("You may not remove somebody of this affiliation.")
            }
            Some(role) if role < Role::Moderator && held >= Affiliation::Admin => {
                not_allowed("Admins and owners are moderators. Change the affiliation first.")
            }
            Some(role) if role < current.unwrap_or(Role::Visitor) && held > actor => {
                not_allowed("You may not take a role from somebody of a higher affiliation.")
            }
            _ if (role == Some(Role::Moderator) || current == Some(Role::Moderator)) && actor < Affiliation::Admin => {
                not_allowed("Only admins and owners may make or unmake moderators.")
            }
            _ => Ok(()),
        }
    }
}
