//! Once a second a shard looks over its sessions: who has fallen silent, who never logged in, whose time to
//! resume is over. One walk instead of a timer per session, since most sessions only watch.

use std::rc::Rc;

use parterre_xmpp::{Element, StreamCondition, StreamError, Wire, ns};

use super::outbox::Piece;
use super::session::{End, Session};
use super::{MEMBERS_PER_BREATH, Shard};
use crate::stream;

/// How often at least a session with unacknowledged stanzas is asked what it has handled, in seconds.
const ACKNOWLEDGEMENT_INTERVAL: u32 = 15;

impl Shard {
    /// Runs until the thread ends.
    pub(super) async fn sweep(self: Rc<Self>) {
        let mut ticks = tokio::time::interval(Self::SWEEP);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let all: Vec<Rc<Session>> = self.sessions.borrow().iter().cloned().collect();
            for (seen, session) in all.iter().enumerate() {
                self.look_at(session);
                if seen % MEMBERS_PER_BREATH == MEMBERS_PER_BREATH - 1 {
                    tokio::task::yield_now().await;
                }
            }
            self.bosh.sweep(&self);
            self.flush_dirty().await;
        }
    }

    fn look_at(self: &Rc<Self>, session: &Rc<Session>) {
        let limits = &self.server.limits;
        let now = self.now();
        if let Some(since) = session.detached.get() {
            if now.saturating_sub(since) >= stream::resume::patience(&self.server, session) {
                session.detached.set(None);
                tokio::task::spawn_local(stream::finish(self.clone(), session.clone(), None));
            }
            return;
        }
        let silent = now.saturating_sub(session.heard.get());
        if session.bound.get().is_none() {
            // `heard` is not moved before binding, so this is the age of the connection.
            if limits.unauthenticated_seconds > 0 && silent >= limits.unauthenticated_seconds {
                session.order_end(End::Error(StreamError::new(
                    StreamCondition::ConnectionTimeout,
                    "no login in time; connect again",
                )));
            }
            return;
        }
        if limits.idle_seconds > 0 && silent >= limits.idle_seconds {
            session.order_end(End::Cut("nothing was heard from the client".into()));
            return;
        }
        let asked = session.asked.get();
        let since_asked = now.saturating_sub(asked);
        if silent >= limits.ping_seconds && (asked == 0 || since_asked >= limits.ping_seconds) {
            session.asked.set(now.max(1));
            self.ask_for_a_sign(session);
        } else if session.outbox.borrow().unacknowledged() > 0 && (asked == 0 || since_asked >= ACKNOWLEDGEMENT_INTERVAL)
        {
            session.asked.set(now.max(1));
            self.request_acknowledgement(session);
        }
    }

    /// Asks the client for a sign of life in the cheapest way that its transport has.
    fn ask_for_a_sign(&self, session: &Rc<Session>) {
        let frame = session.link.borrow().as_ref().and_then(|link| link.ping_frame());
        if let Some(frame) = frame {
            self.put(session, Piece::Frame(frame));
        } else if session.outbox.borrow().tracks() {
            self.request_acknowledgement(session);
        } else if session.link.borrow().as_ref().is_some_and(|link| !link.is_bosh()) {
            let ping = Element::iq("get", "ping")
                .with("from", self.server.domain.as_str())
                .child(Element::new("ping", ns::PING));
            self.post(session, Rc::new(Wire::stanza(&ping).into()));
        }
    }

    /// XEP-0198 §4: asks how many stanzas the client has handled.
    pub(crate) fn request_acknowledgement(&self, session: &Rc<Session>) {
        self.post(session, Rc::new(self.server.acknowledgement_request.clone()));
    }
}
