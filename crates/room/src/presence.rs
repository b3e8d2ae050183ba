//! Who is told who is there.
//!
//! Three rules keep every occupant's view true while presence is thinned:
//! * somebody announced as present is announced as gone, to everyone who may have heard it, when they leave;
//! * what is announced goes to everyone, so that views differ by the time of joining only;
//! * whoever joins is told of those announced [`Announced::Fully`], who are found without looking at the audience.
//!
//! In mode `auto` the room's size sets a [`Level`]. Crossing to a narrower one says nothing to anybody: those who
//! no longer count become [`Announced::Partly`], and what becomes of them is told to those who were there then
//! (`witnesses.rs`). They are announced again when they do something once the room has shrunk.

use std::sync::Arc;

use parterre_xmpp::{Element, FullJid, Wire, ns};

use crate::command::SessionId;
use crate::config::PresenceBroadcast;
use crate::effect::{Audience, Effect};
use crate::occupants::{Announced, OccupantId, Views};
use crate::room::{Room, status};
use crate::{Affiliation, Role};

/// Whose presence a room in mode `auto` broadcasts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Everyone's who has chosen a nick.
    #[default]
    Everyone,
    /// Of those, the ones who have spoken, and moderators.
    Speakers,
    /// Moderators only.
    Moderators,
}

/// Who did something to an occupant.
#[derive(Clone, Debug, Default)]
pub(crate) struct Actor {
    /// The actor's nick, if they are in the room.
    pub(crate) nick: Option<String>,
    /// The actor's address, for those who may know addresses.
    pub(crate) jid: Option<String>,
}

/// What a presence says besides that somebody is there or gone.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Notice<'a> {
    /// Status codes for everyone.
    pub(crate) codes: &'a [u16],
    /// Status codes for the occupant's own sessions, beside 110.
    pub(crate) own_codes: &'a [u16],
    /// Who did it.
    pub(crate) actor: Option<&'a Actor>,
    /// Why.
    pub(crate) reason: Option<&'a str>,
    /// The nick to be known by from now on (303).
    pub(crate) new_nick: Option<&'a str>,
    /// The room is destroyed (XEP-0045 §10.9).
    pub(crate) destroy: Option<&'a Element>,
    /// The status text of a last presence.
    pub(crate) farewell: Option<&'a str>,
    /// What the occupant *is* has changed, so that those who know of them must hear it even where presence is thinned.
    pub(crate) matters: bool,
}

/// Whom a copy is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum View {
    Full,
    Anonymous,
    Own(SessionId),
}

impl Room {
    /// Whether the room broadcasts this occupant's presence now.
    pub(crate) fn is_broadcast(&self, id: OccupantId) -> bool {
        let Some(occupant) = self.occupants.get(id) else {
            return false;
        };
        match self.config.presence {
            PresenceBroadcast::Fixed(roles) => roles.includes(occupant.role),
            PresenceBroadcast::Auto if occupant.role == Role::Moderator => true,
            PresenceBroadcast::Auto if occupant.spectator && occupant.role == Role::Visitor => false,
            PresenceBroadcast::Auto => match self.level {
                Level::Everyone => true,
                Level::Speakers => occupant.spoken,
                Level::Moderators => false,
            },
        }
    }

    /// Fits the level to the number of occupants. It narrows at a threshold and widens a fifth below it, so that
    /// a room at the edge does not go to and fro.
    pub(crate) fn fit_level(&mut self) {
        let (few, many) = (self.policy.presence_everyone_up_to, self.policy.presence_speakers_up_to.max(1));
        let count = self.occupants.len();
        let by_size = |few: usize, many: usize| match count {
            n if n > many.max(few) => Level::Moderators,
            n if n > few => Level::Speakers,
            _ => Level::Everyone,
        };
        let narrow = by_size(few, many);
        let wide = by_size(few - few / 5, many - many / 5);
        if narrow > self.level {
            self.level = narrow;
            self.thin();
        } else if wide < self.level {
            self.level = wide;
        }
    }

    /// Stops telling those who join of occupants whose presence is no longer broadcast.
    pub(crate) fn thin(&mut self) {
        let thinned: Vec<_> = self.occupants.listed().filter(|id| !self.is_broadcast(*id)).collect();
        self.thin_out(&thinned);
    }

    /// Tells of an occupant who is there: to others as far as presence is broadcast, and always to the
    /// occupant's own sessions.
    pub(crate) fn publish(&mut self, id: OccupantId, notice: &Notice<'_>, out: &mut Vec<Effect>) {
        self.publish_to_others(id, notice, out);
        let sessions = self.occupants.get(id).map(|occupant| occupant.sessions.clone()).unwrap_or_default();
        for session in sessions {
            self.send_own(id, session, notice, out);
        }
    }

    /// The part of [`Room::publish`] that is for others.
    pub(crate) fn publish_to_others(&mut self, id: OccupantId, notice: &Notice<'_>, out: &mut Vec<Effect>) {
        let Some(occupant) = self.occupants.get(id) else { return };
        let was = occupant.announced;
        let silent = occupant.spectator && occupant.role == Role::Visitor;
        if self.is_broadcast(id) {
            self.occupants.set_announced(id, Announced::Fully);
            self.broadcast_presence(id, true, notice, out);
        } else if was == Announced::No {
            // Nobody knows of them, nobody needs to.
        } else if !self.thins() || silent {
            // XEP-0045 leaves it open; whoever is not to be shown any more goes out of sight.
            self.broadcast_presence(id, false, notice, out);
            self.occupants.set_announced(id, Announced::No);
        } else if notice.matters {
            self.broadcast_presence(id, true, notice, out);
            if was == Announced::Fully {
                self.thin_out(&[id]);
            }
        }
    }

    /// A session's own presence: status 110, and its own address whatever the room hides.
    pub(crate) fn send_own(&self, id: OccupantId, session: SessionId, notice: &Notice<'_>, out: &mut Vec<Effect>) {
        let element = self.presence_element(id, View::Own(session), true, notice);
        Self::send(session, &element, out);
    }

    /// Tells a session that the occupant it was is gone.
    pub(crate) fn send_own_gone(&self, id: OccupantId, session: SessionId, notice: &Notice<'_>, out: &mut Vec<Effect>) {
        let element = self.presence_element(id, View::Own(session), false, notice);
        Self::send(session, &element, out);
    }

    /// Tells a session that it is no occupant any more, and takes it out of the broadcasts.
    pub(crate) fn dismiss(&self, id: OccupantId, session: SessionId, notice: &Notice<'_>, out: &mut Vec<Effect>) {
        self.send_own_gone(id, session, notice, out);
        out.push(Effect::Leave(session));
    }

    /// Tells others that an occupant is gone, if they knew of them.
    pub(crate) fn announce_gone(&mut self, id: OccupantId, notice: &Notice<'_>, out: &mut Vec<Effect>) {
        if self.occupants.get(id).is_some_and(|occupant| occupant.announced != Announced::No) {
            self.broadcast_presence(id, false, notice, out);
            self.occupants.set_announced(id, Announced::No);
        }
    }

    /// Sends a joining session the presence of everyone who is announced (XEP-0045 §7.2.2), but its own occupant.
    pub(crate) fn send_occupants(&mut self, to: OccupantId, session: SessionId, out: &mut Vec<Effect>) {
        let sees_addresses = self.sees_addresses(to);
        let others: Vec<_> = self.occupants.listed().filter(|id| *id != to).collect();
        for id in others {
            let Some(views) = self.views(id) else { continue };
            out.push(Effect::Send(session, if sees_addresses { views.full } else { views.anonymous }));
        }
    }

    /// Whether an occupant may know real addresses.
    pub(crate) fn sees_addresses(&self, id: OccupantId) -> bool {
        self.is_open() || self.occupants.get(id).is_some_and(|occupant| occupant.role == Role::Moderator)
    }

    /// The occupant's presence for others, as bytes made once.
    pub(crate) fn views(&mut self, id: OccupantId) -> Option<Views> {
        if let Some(views) = self.occupants.get(id)?.views.as_deref() {
            return Some(views.clone());
        }
        let views = self.make_views(id, true, &Notice::default());
        if let Some(occupant) = self.occupants.get_mut(id) {
            occupant.views = Some(Box::new(views.clone()));
        }
        Some(views)
    }

    /// Forgets the bytes made of everyone's presence, since what they show has changed.
    pub(crate) fn forget_views(&mut self) {
        let all: Vec<_> = self.occupants.iter().filter(|(_, o)| o.views.is_some()).map(|(id, _)| id).collect();
        for id in all {
            if let Some(occupant) = self.occupants.get_mut(id) {
                occupant.views = None;
            }
        }
    }

    fn make_views(&self, id: OccupantId, available: bool, notice: &Notice<'_>) -> Views {
        let full = Arc::new(Wire::stanza(&self.presence_element(id, View::Full, available, notice)));
        let anonymous = if self.is_open() {
            full.clone()
        } else {
            Arc::new(Wire::stanza(&self.presence_element(id, View::Anonymous, available, notice)))
        };
        Views { full, anonymous }
    }

    /// Tells others of an occupant: everyone who may know of them.
    fn broadcast_presence(&mut self, id: OccupantId, available: bool, notice: &Notice<'_>, out: &mut Vec<Effect>) {
        let plain = notice.codes.is_empty() && notice.actor.is_none() && notice.reason.is_none();
        let views = if available && plain {
            let Some(views) = self.views(id) else { return };
            views
        } else {
            self.make_views(id, available, notice)
        };
        let thinned = self.occupants.get(id).is_some_and(|occupant| occupant.announced == Announced::Partly);
        if thinned && self.tell_witnesses(id, &views, out) {
            return;
        }
        let own: Arc<[SessionId]> =
            self.occupants.get(id).map(|occupant| occupant.sessions.as_slice()).unwrap_or_default().into();
        let mut emit = |audience, wire| {
            out.push(if own.is_empty() {
                Effect::Broadcast(audience, wire)
            } else {
                Effect::BroadcastExcept(audience, own.clone(), wire)
            });
        };
        if Arc::ptr_eq(&views.full, &views.anonymous) {
            emit(Audience::ALL, views.full);
        } else {
            emit(Audience::MODERATORS, views.full);
            emit(Audience::OTHERS, views.anonymous);
        }
    }

    fn presence_element(&self, id: OccupantId, view: View, available: bool, notice: &Notice<'_>) -> Element {
        let Some(occupant) = self.occupants.get(id) else {
            return Element::presence();
        };
        let mut presence = Element::presence().with("from", self.occupant_address(&occupant.nick));
        let source = match view {
            View::Own(session) => self.occupants.session(session),
            View::Full | View::Anonymous => self.occupants.primary(id),
        };
        if !available {
            presence.set("type", "unavailable");
            if let Some(text) = notice.farewell {
                presence = presence.field("status", text);
            }
        } else if let Some(payload) = source.and_then(|session| session.payload.as_ref()) {
            presence = presence.children_from(payload.iter().cloned());
        }
        let role = available.then_some(occupant.role);
        // Somebody who only changes the nick keeps the role (XEP-0045 §7.6).
        let role = if notice.new_nick.is_some() { Some(occupant.role) } else { role };
        let jid = if view == View::Anonymous { None } else { source.map(|session| &session.jid) };
        let mut x = Element::new("x", ns::MUC_USER)
            .child_opt(notice.destroy.cloned())
            .child(
                Self::item(self.affiliation_of_occupant(id), role, jid, view == View::Full, notice)
                    .child_opt(self.expiry_of(id, available).filter(|_| view != View::Anonymous)),
            )
            .children_from(self.further_items(id, view, available, notice))
            .children_from(notice.codes.iter().copied().map(status));
        if matches!(view, View::Own(_)) {
            x = x.children_from(notice.own_codes.iter().copied().map(status)).child(status(110));
        }
        let account = source.map_or("", |session| session.account());
        let avatar = source.and_then(|session| session.avatar.as_ref()).filter(|_| available);
        presence.child(x).child(self.occupant_id_of(account)).child_opt(crate::stamp::of_presence(avatar))
    }

    /// Who may know addresses is shown those of all sessions that share the nick (XEP-0045 §7.2.9 leaves the form open).
    fn further_items(&self, id: OccupantId, view: View, available: bool, notice: &Notice<'_>) -> Vec<Element> {
        let sessions = self.occupants.get(id).map(|occupant| occupant.sessions.as_slice()).unwrap_or_default();
        let shown = view == View::Full && available && notice.new_nick.is_none();
        let (affiliation, role) = (self.affiliation_of_occupant(id), self.occupants.get(id).map(|o| o.role));
        let further = sessions.iter().skip(1).filter(|_| shown).filter_map(|session| self.occupants.session(*session));
        further.map(|session| Self::item(affiliation, role, Some(&session.jid), false, &Notice::default())).collect()
    }

    /// Tells a joining session of those who have reserved a nick and are away, where the owner wants them shown.
    pub(crate) fn send_absent(&self, to: OccupantId, session: SessionId, out: &mut Vec<Effect>) {
        if !self.config.show_absent {
            return;
        }
        let sees_addresses = self.sees_addresses(to);
        for (account, listed) in self.affiliations.iter() {
            if let Some(nick) = listed.nick.as_deref().filter(|nick| self.occupants.by_nick(nick).is_none()) {
                Self::send(session, &self.absent(nick, account, sees_addresses), out);
            }
        }
    }

    /// The presence of somebody who has reserved a nick and is away.
    pub(crate) fn absent(&self, nick: &str, account: &str, with_address: bool) -> Element {
        let item = Element::new("item", ns::MUC_USER)
            .with("affiliation", self.affiliations.of(account).as_str())
            .with("role", "none")
            .with("nick", nick)
            .with_opt("jid", with_address.then_some(account));
        Element::presence()
            .with("type", "unavailable")
            .with("from", self.occupant_address(nick))
            .child(Element::new("x", ns::MUC_USER).child(item))
    }

    /// The `<item/>` of an occupant.
    fn item(
        affiliation: Affiliation,
        role: Option<Role>,
        jid: Option<&FullJid>,
        with_actor_jid: bool,
        notice: &Notice<'_>,
    ) -> Element {
        let mut item = Element::new("item", ns::MUC_USER)
            .with("affiliation", affiliation.as_str())
            .with("role", role.map_or("none", Role::as_str))
            .with_opt("jid", jid.map(|jid| jid.as_str()))
            .with_opt("nick", notice.new_nick);
        if let Some(actor) = notice.actor {
            let jid = actor.jid.as_deref().filter(|_| with_actor_jid);
            if actor.nick.is_some() || jid.is_some() {
                item.push(
                    Element::new("actor", ns::MUC_USER).with_opt("nick", actor.nick.as_deref()).with_opt("jid", jid),
                );
            }
        }
        match notice.reason {
            Some(reason) => item.field("reason", reason),
            None => item,
        }
    }

    /// Shows a session that has become or ceased to be a moderator's the addresses that it may now know.
    pub(crate) fn show_addresses(&mut self, id: OccupantId, out: &mut Vec<Effect>) {
        if self.is_open() {
            return;
        }
        let sessions = self.occupants.get(id).map(|occupant| occupant.sessions.clone()).unwrap_or_default();
        for session in sessions {
            self.send_occupants(id, session, out);
        }
    }
}
