//! Once a second a shard looks over its sessions: who has fallen silent, who never logged in, whose time to
//! resume is over. One walk instead of a timer per session, since most sessions only watch.

use std::rc::Rc;
use std::time::Instant;

use parterre_xmpp::{Element, StreamCondition, StreamError, Wire, ns};

use super::outbox::Piece;
use super::session::{End, Session};
use super::{MEMBERS_PER_BREATH, Shard};
use crate::metrics::DropReason;
use crate::stream;

/// How often at least a session with unacknowledged stanzas is asked what it has handled, in seconds.
const ACKNOWLEDGEMENT_INTERVAL: u32 = 15;
/// The same when the stanzas that may be kept for it run out.
const ACKNOWLEDGEMENT_INTERVAL_WHEN_BUSY: u32 = 2;

impl Shard {
    /// Runs until the thread ends.
    pub(super) async fn sweep(self: Rc<Self>) {
        let mut ticks = tokio::time::interval(Self::SWEEP);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        // What this shard counts for among the bytes that wait.
        let mut shown = 0;
        loop {
            ticks.tick().await;
            let all: Vec<Rc<Session>> = self.sessions.borrow().iter().cloned().collect();
            let mut waiting = 0;
            for (seen, session) in all.iter().enumerate() {
                self.look_at(session);
                let waits = session.outbox.borrow().waiting();
                waiting += waits as i64;
                if waits > 0 && !session.inactive.get() {
                    // What could wait has waited.
                    self.mark(session);
                }
                if seen % MEMBERS_PER_BREATH == MEMBERS_PER_BREATH - 1 {
                    tokio::task::yield_now().await;
                }
            }
            self.server.metrics.queue_bytes.inc_by(waiting - std::mem::replace(&mut shown, waiting));
            self.server.metrics.bytes_out.inc_by(self.written.take());
            self.bosh.sweep(&self);
            self.pace.borrow_mut().pass(Instant::now());
            self.take_footing();
            self.flush_dirty().await;
        }
    }

    fn look_at(self: &Rc<Self>, session: &Rc<Session>) {
        let limits = &self.server.config.limits;
        let now = self.now();
        if let Some(since) = session.detached.get() {
            let is_useless = session.resumption.get() == 0;
            if is_useless || now.saturating_sub(since) >= stream::resume::patience(&self.server, session) {
                // From here on nobody is granted it.
                session.resumption.set(0);
                session.detached.set(None);
                tokio::task::spawn_local(stream::farewell::expire(self.clone(), session.clone()));
            }
            return;
        }
        let silent = now.saturating_sub(session.heard.get());
        if session.bound.get().is_none() {
            // `heard` is not moved before binding, so this is the age of the connection.
            if silent >= limits.unauthenticated_time.as_secs() as u32 {
                self.server.metrics.dropped(DropReason::Unauthenticated);
                session.order_end(End::Error(StreamError::new(
                    StreamCondition::ConnectionTimeout,
                    "no login in time; connect again",
                )));
            }
            return;
        }
        let is_bosh = session.link.borrow().as_ref().is_some_and(|link| link.is_bosh());
        if limits.idle_time.is_some_and(|idle| silent >= idle.as_secs() as u32) && !is_bosh {
            self.server.metrics.dropped(DropReason::Idle);
            session.order_end(End::Cut("nothing was heard from the client".into()));
            return;
        }
        let asked = session.asked.get();
        let since_asked = now.saturating_sub(asked);
        let interval = limits.ping_interval.as_secs() as u32;
        if silent >= interval && (asked == 0 || since_asked >= interval) {
            session.asked.set(now.max(1));
            self.ask_for_a_sign(session);
            return;
        }
        let unacknowledged = session.outbox.borrow().unacknowledged();
        let many = unacknowledged > limits.unacked_stanzas / 4;
        let patience = if many { ACKNOWLEDGEMENT_INTERVAL_WHEN_BUSY } else { ACKNOWLEDGEMENT_INTERVAL };
        if unacknowledged > 0 && (asked == 0 || since_asked >= patience) {
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
            let ping =
                Element::iq("get", "ping").with("from", self.server.domain()).child(Element::new("ping", ns::PING));
            self.post(session, Rc::new(Wire::stanza(&ping).into()));
        }
    }

    /// XEP-0198 §4: asks how many stanzas the client has handled.
    pub(crate) fn request_acknowledgement(&self, session: &Rc<Session>) {
        self.post(session, Rc::new(self.server.acknowledgement_request.clone()));
    }
}
