//! Changing one's nick (XEP-0045 §7.6).
//!
//! Who watches under a nick that nobody chose and then chooses one begins to take part; who goes back only watches again.

use parterre_xmpp::{Condition, Element, StanzaError};

use crate::command::{Sender, SessionId};
use crate::config::PresenceBroadcast;
use crate::effect::Effect;
use crate::occupants::{Announced, OccupantId, Session, bare};
use crate::presence::Notice;
use crate::room::Room;
use crate::{Affiliation, Role};

/// Somebody goes, and there is nothing to say of it.
const FAREWELL: Notice<'_> = Notice {
    codes: &[],
    own_codes: &[],
    actor: None,
    reason: None,
    new_nick: None,
    destroy: None,
    farewell: None,
    matters: false,
};
/// Somebody is there, under this name from here on.
const STANDING: Notice<'_> = Notice { matters: true, ..FAREWELL };

impl Room {
    pub(crate) fn change_nick(
        &mut self,
        id: OccupantId,
        sender: &Sender,
        asked: &str,
        stanza: &Element,
        out: &mut Vec<Effect>,
    ) {
        let checked = self.valid_nick(asked).and_then(|nick| Ok((self.check_nick(&nick, bare(&sender.jid))?, nick)));
        let (existing, nick) = match checked {
            Ok(found) => found,
            Err(error) => return self.refuse(sender, stanza, error, out),
        };
        let alone = self.occupants.get(id).is_some_and(|occupant| occupant.sessions.len() == 1);
        match existing {
            // The same nick in another spelling.
            Some(same) if same == id => {}
            None if alone => self.rename(id, sender, &nick, stanza, out),
            other => {
                if other.is_none() && self.is_full_for_split(sender) {
                    let error = StanzaError::new(Condition::ServiceUnavailable).text("This room is full.");
                    return self.refuse(sender, stanza, error, out);
                }
                self.split(id, other, sender, &nick, stanza, out);
            }
        }
    }

    fn is_full_for_split(&self, sender: &Sender) -> bool {
        let limit = self.config.max_users.map_or(self.policy.max_occupants, |limit| limit as usize);
        limit != 0 && self.occupants.len() >= limit && self.affiliation_of(sender) < Affiliation::Admin
    }

    /// The usual case: one session, a free nick.
    fn rename(&mut self, id: OccupantId, sender: &Sender, nick: &str, stanza: &Element, out: &mut Vec<Effect>) {
        let spectator = self.is_spectator(sender, self.affiliation_of(sender), nick);
        let Some(occupant) = self.occupants.get(id) else { return };
        let (was, announced) = (occupant.spectator, occupant.announced);
        let role = self.role_after_rename(id, sender, was, spectator);
        let notice = Notice { codes: &[303], new_nick: Some(nick), ..Notice::default() };
        let hidden = match self.config.presence {
            PresenceBroadcast::Fixed(roles) => !roles.includes(role),
            PresenceBroadcast::Auto => spectator && role == Role::Visitor,
        };
        // Where nothing follows under the new nick, this is a farewell for others.
        self.announce_gone(id, if hidden { &FAREWELL } else { &notice }, out);
        self.send_own_gone(id, sender.session, &notice, out);
        self.occupants.rename(id, nick);
        if let Some(occupant) = self.occupants.get_mut(id) {
            occupant.spectator = spectator;
            occupant.spoken &= !spectator;
        }
        self.set_role(id, role, out);
        if let Some(session) = self.occupants.session_mut(sender.session) {
            session.payload = crate::join::payload(stanza).or(session.payload.take());
        }
        if !hidden {
            // Those who knew the old nick must learn the new one, thinned or not.
            self.occupants.set_announced(id, announced);
        }
        self.publish(id, &STANDING, out);
    }

    /// The role under the new nick. It is kept, save where the old or the new nick is one that nobody chose.
    fn role_after_rename(&self, id: OccupantId, sender: &Sender, was: bool, is: bool) -> Role {
        let Some(occupant) = self.occupants.get(id) else {
            return Role::Visitor;
        };
        if was == is || occupant.assigned {
            return occupant.role;
        }
        self.entry_role(self.affiliation_of(sender), sender.anonymous, is).unwrap_or(occupant.role)
    }

    /// One of several sessions takes another nick, or a session moves to a nick that the same account bears
    /// already: the session leaves the one occupant and enters as the other.
    fn split(
        &mut self,
        from: OccupantId,
        into: Option<OccupantId>,
        sender: &Sender,
        nick: &str,
        stanza: &Element,
        out: &mut Vec<Effect>,
    ) {
        let notice = Notice { codes: &[303], new_nick: Some(nick), ..Notice::default() };
        self.send_own_gone(from, sender.session, &notice, out);
        let Some(was) = self.occupants.get(from) else { return };
        let (role, assigned, arrived) = (was.role, was.assigned, was.arrived);
        let Some(old) = self.part(from, sender.session, out) else {
            return;
        };
        let spectator = self.is_spectator(sender, self.affiliation_of(sender), nick);
        let id = into.unwrap_or_else(|| self.occupants.add(nick, role, spectator, self.now));
        if let (None, Some(occupant)) = (into, self.occupants.get_mut(id)) {
            occupant.assigned = assigned;
            occupant.arrived = arrived;
        }
        let payload = crate::join::payload(stanza).or(old.payload.clone());
        self.occupants.add_session(sender.session, Session { occupant: id, payload, ..old });
        self.fit_level();
        let new_role = self.occupants.get(id).map_or(role, |occupant| occupant.role);
        if new_role != role {
            out.push(Effect::Role(sender.session, new_role));
        }
        self.publish(id, &STANDING, out);
        // Where the nick it had stays with other sessions, it is from here on somebody else's.
        let shown = self.occupants.get(from).is_some_and(|occupant| occupant.announced == Announced::Fully);
        if let Some(views) = self.views(from).filter(|_| shown && from != id) {
            let wire = if self.sees_addresses(id) { views.full } else { views.anonymous };
            out.push(Effect::Send(sender.session, wire));
        }
    }

    /// Takes a session out of an occupant, who is gone for others if it was the last one.
    fn part(&mut self, from: OccupantId, session: SessionId, out: &mut Vec<Effect>) -> Option<Session> {
        let sessions = &self.occupants.get(from)?.sessions;
        let (last, first) = (sessions.len() == 1, sessions.first() == Some(&session));
        if last {
            self.announce_gone(from, &Notice::default(), out);
        }
        let (old, _) = self.occupants.remove_session(session)?;
        if last {
            self.occupants.remove(from);
        } else if first {
            self.publish(from, &STANDING, out);
        }
        Some(old)
    }
}
