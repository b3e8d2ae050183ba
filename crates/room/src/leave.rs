//! Leaving the room: of one's own will, by a lost connection, or because somebody said so.

use parterre_xmpp::{BareJid, Element, ns};

use crate::command::SessionId;
use crate::effect::{Change, Effect};
use crate::occupants::OccupantId;
use crate::presence::Notice;
use crate::room::Room;

impl Room {
    /// A session leaves (XEP-0045 §7.14).
    pub(crate) fn session_ended(&mut self, session: SessionId, farewell: Option<&str>, out: &mut Vec<Effect>) {
        self.remove_session(session, &Notice { farewell, ..Notice::default() }, out);
    }

    /// A session that answers presence with an error is gone or will never listen (§7.14, status 333). Others are told
    /// with which error.
    pub(crate) fn remove_unreachable(&mut self, session: SessionId, stanza: &Element, out: &mut Vec<Effect>) {
        let error = stanza.find_own("error");
        let condition = error
            .and_then(|error| error.children().find(|child| child.ns() == ns::STANZA_ERRORS && child.name() != "text"));
        let text = error.and_then(|error| error.find("text", ns::STANZA_ERRORS)).map(Element::content);
        let text = text.and_then(|text| self.bounded_reason(&text));
        let condition = condition.map(|condition| condition.name().replace('-', " "));
        let parts = [Some("Kicked".to_owned()), condition, text];
        let farewell = parts.into_iter().flatten().collect::<Vec<_>>().join(": ");
        self.remove_session(session, &Notice { codes: &[333], farewell: Some(&farewell), ..Notice::default() }, out);
    }

    /// Takes one session out; with the last one goes the occupant.
    fn remove_session(&mut self, session: SessionId, notice: &Notice<'_>, out: &mut Vec<Effect>) {
        let Some((id, occupant)) = self.occupants.of_session(session) else {
            return;
        };
        if occupant.sessions.len() == 1 {
            return self.remove_occupant(id, notice, out);
        }
        self.dismiss(id, session, notice, out);
        self.occupants.remove_session(session);
        // Others see the sessions that are left.
        self.publish(id, &Notice { matters: true, ..Notice::default() }, out);
    }

    /// Takes an occupant out with all sessions.
    pub(crate) fn remove_occupant(&mut self, id: OccupantId, notice: &Notice<'_>, out: &mut Vec<Effect>) {
        let sessions = self.occupants.get(id).map(|occupant| occupant.sessions.clone()).unwrap_or_default();
        for session in &sessions {
            self.dismiss(id, *session, notice, out);
        }
        self.announce_gone(id, notice, out);
        for session in sessions {
            self.occupants.remove_session(session);
        }
        self.occupants.remove(id);
        self.fit_level();
    }

    /// The operator removes an account's sessions.
    pub(crate) fn expel(&mut self, account: &BareJid, reason: Option<&str>, out: &mut Vec<Effect>) {
        for id in self.occupants.where_account(|other| other == account.as_str()) {
            self.remove_occupant(id, &Notice { codes: &[307], reason, ..Notice::default() }, out);
        }
    }

    /// Destroys the room (§10.9): every occupant is told, and nothing of it stays.
    pub(crate) fn destroy(
        &mut self,
        alternate: Option<&str>,
        reason: Option<&str>,
        password: Option<&str>,
        out: &mut Vec<Effect>,
    ) {
        let mut element = Element::new("destroy", ns::MUC_USER).with_opt("jid", alternate);
        if let Some(reason) = reason {
            element = element.field("reason", reason);
        }
        if let Some(password) = password {
            element = element.field("password", password);
        }
        let notice = Notice { destroy: Some(&element), ..Notice::default() };
        // Everyone hears it of themselves. That everyone else is gone too needs no telling, and would be n².
        let everyone: Vec<_> = self.occupants.iter().map(|(id, occupant)| (id, occupant.sessions.clone())).collect();
        for (id, sessions) in everyone {
            for session in &sessions {
                self.dismiss(id, *session, &notice, out);
            }
            for session in sessions {
                self.occupants.remove_session(session);
            }
            self.occupants.remove(id);
        }
        self.destroyed = true;
        out.push(Effect::Store(Change::Destroy));
        out.push(Effect::Destroyed);
    }
}
