//! One session: requests in the order of their ids, responses to the oldest first.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;

use super::body::{key_precedes, recoverable, wrap};
use super::{Action, Body, CONTENT_TYPE, End, OutputFull, RequestId, Settings, Terminal};
use crate::element::escape;
use crate::framing::StreamOpen;

/// The version of XEP-0124 that is spoken here.
const VERSION: (u32, u32) = (1, 11);
/// The version of XMPP of a client that does not say it: there was no other over BOSH (XEP-0206 §4).
const XMPP_VERSION: &str = "1.0";

/// A session of one client.
#[derive(Debug)]
pub struct Session {
    settings: Settings,
    /// How long a request waits; milliseconds.
    wait: u64,
    /// How many requests wait; one more may be made.
    hold: usize,
    content_type: Option<String>,
    /// Whether the client says which responses it has.
    acknowledges: bool,
    /// Attributes for the first response.
    opening: Option<String>,
    /// How the stream was opened: what a restart leaves out is as it was.
    stream: StreamOpen,
    /// The id of the request whose turn is next.
    next_rid: u64,
    /// Requests without a response, oldest first.
    held: VecDeque<Held>,
    /// Requests that came before their turn.
    early: BTreeMap<u64, (RequestId, Body)>,
    /// The last responses, should they have to be sent again.
    answered: VecDeque<Answered>,
    /// Stanzas that wait for a request.
    output: Vec<u8>,
    /// What the hash of the next key has to be.
    key: Option<String>,
    /// Since when nobody waits; how long that may last at present, in milliseconds.
    idle_since: u64,
    idle_for: u64,
    /// When the last request without content came, if it was the last.
    last_empty: Option<u64>,
    /// How the session ended, if it has.
    farewell: Option<Vec<u8>>,
}

#[derive(Debug)]
struct Held {
    rid: u64,
    /// None once the HTTP connection is gone.
    request: Option<RequestId>,
    until: u64,
    key: Option<String>,
}

#[derive(Debug)]
struct Answered {
    rid: u64,
    key: Option<String>,
    body: Vec<u8>,
}

impl Session {
    /// Creates the session that `body` asks for. `sid` is its id, unpredictable; `from` the domain that answers.
    /// The caller handles the [`Action::Open`] that comes of it, sends features, and calls [`Session::flush`].
    pub fn create(
        body: Body,
        request: RequestId,
        (sid, from): (&str, &str),
        settings: Settings,
        now: u64,
        actions: &mut Vec<Action>,
    ) -> Self {
        let wait = body.wait.unwrap_or(settings.max_wait).min(settings.max_wait);
        let hold = if wait == 0 { 0 } else { body.hold.unwrap_or(1).min(settings.max_hold) };
        let mut session = Session {
            settings,
            wait: u64::from(wait) * 1_000,
            hold: hold as usize,
            content_type: body.content,
            acknowledges: body.ack == Some(1),
            opening: None,
            stream: StreamOpen { version: Some(body.open.version.unwrap_or_else(|| XMPP_VERSION.into())), ..body.open },
            next_rid: body.rid + 1,
            held: VecDeque::from([Held {
                rid: body.rid,
                request: Some(request),
                until: now + u64::from(wait) * 1_000,
                key: body.key,
            }]),
            early: BTreeMap::new(),
            answered: VecDeque::new(),
            output: Vec::new(),
            key: body.new_key,
            idle_since: now,
            idle_for: u64::from(settings.inactivity) * 1_000,
            last_empty: None,
            farewell: None,
        };
        session.held.iter_mut().for_each(|held| held.until = now + session.wait);
        session.opening = Some(session.opening_attributes(sid, from, wait, body.version.unwrap_or(VERSION), body.rid));
        actions.push(Action::Open(session.stream.clone()));
        session
    }

    /// The attributes of the session creation response (XEP-0124 §7.2, XEP-0206 §4).
    fn opening_attributes(&self, sid: &str, from: &str, wait: u32, version: (u32, u32), rid: u64) -> String {
        let Settings { inactivity, polling, max_pause, .. } = self.settings;
        let (major, minor) = version.min(VERSION);
        let mut out = String::from(" sid='");
        escape(sid, &mut out);
        out.push_str("' authid='");
        escape(sid, &mut out);
        out.push_str("' from='");
        escape(from, &mut out);
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            "' wait='{wait}' hold='{}' requests='{}' ver='{major}.{minor}' inactivity='{inactivity}' maxpause='{max_pause}'",
            self.hold,
            self.requests(),
        );
        if polling > 0 {
            let _ = write!(out, " polling='{polling}'");
        }
        if self.acknowledges {
            let _ = write!(out, " ack='{rid}'");
        }
        out.push_str(" xmlns:xmpp='urn:xmpp:xbosh' xmpp:version='1.0' xmpp:restartlogic='true'");
        out
    }

    /// What a restart opens: clients need not say again what they said when they made the session (XEP-0206 §5).
    fn restarted(&self, open: StreamOpen) -> StreamOpen {
        let before = &self.stream;
        StreamOpen {
            to: open.to.or_else(|| before.to.clone()),
            from: open.from.or_else(|| before.from.clone()),
            id: None,
            lang: open.lang.or_else(|| before.lang.clone()),
            version: open.version.or_else(|| before.version.clone()),
        }
    }

    /// How many requests the client may have made without a response.
    fn requests(&self) -> usize {
        self.hold + 1
    }

    /// The `Content-Type` of the responses.
    pub fn content_type(&self) -> &str {
        self.content_type.as_deref().unwrap_or(CONTENT_TYPE)
    }

    /// Takes a request. After handling the actions, the caller calls [`Session::flush`]: what was sent in
    /// answer to them then goes out with the response that is due.
    pub fn request(&mut self, request: RequestId, body: Body, now: u64, actions: &mut Vec<Action>) {
        if let Some(farewell) = &self.farewell {
            actions.push(Action::Respond { request, body: farewell.clone() });
            return;
        }
        if body.rid < self.next_rid {
            self.repeat(request, &body, now, actions);
            return;
        }
        // One more may come if it ends the session or the waiting (§12).
        let allowed = self.requests() + usize::from(body.terminate || body.pause.is_some());
        if body.rid - self.next_rid >= allowed as u64 {
            self.violate(request, Terminal::ItemNotFound, now, actions);
            return;
        }
        if let Some((older, _)) = self.early.remove(&body.rid) {
            actions.push(Action::Respond { request: older, body: recoverable() });
        }
        // A request whose connection is gone waits for nothing: its place is for the client that came back.
        while self.held.len() + self.early.len() >= allowed && self.held.front().is_some_and(|h| h.request.is_none()) {
            self.answer(&[], now, actions);
        }
        if self.held.len() + self.early.len() >= allowed {
            self.violate(request, Terminal::PolicyViolation, now, actions);
            return;
        }
        self.early.insert(body.rid, (request, body));
        while self.farewell.is_none() {
            let Some((request, body)) = self.early.remove(&self.next_rid) else {
                break;
            };
            self.accept(request, body, now, actions);
        }
    }

    /// A request that came before: it gets the response that the first one got, or its place (§14.3).
    fn repeat(&mut self, request: RequestId, body: &Body, now: u64, actions: &mut Vec<Action>) {
        if let Some(held) = self.held.iter_mut().find(|held| held.rid == body.rid && held.key == body.key) {
            if let Some(older) = held.request.replace(request) {
                actions.push(Action::Respond { request: older, body: recoverable() });
            }
        } else if let Some(kept) = self.answered.iter().find(|kept| kept.rid == body.rid && kept.key == body.key) {
            actions.push(Action::Respond { request, body: kept.body.clone() });
            self.idle_since = now;
        } else {
            self.violate(request, Terminal::ItemNotFound, now, actions);
        }
    }

    /// Takes the request whose turn it is.
    fn accept(&mut self, request: RequestId, body: Body, now: u64, actions: &mut Vec<Action>) {
        self.next_rid += 1;
        if let Some(expected) = &self.key {
            if !body.key.as_ref().is_some_and(|key| key_precedes(key, expected)) {
                self.violate(request, Terminal::ItemNotFound, now, actions);
                return;
            }
            self.key = body.new_key.clone().or_else(|| body.key.clone());
        }
        if self.acknowledges {
            // Without the attribute, all responses before this request have come (§9.1).
            let ack = body.ack.unwrap_or(body.rid - 1);
            self.answered.retain(|kept| kept.rid > ack);
        }
        let empty = body.is_empty();
        if empty && self.is_too_often(now) {
            self.violate(request, Terminal::PolicyViolation, now, actions);
            return;
        }
        self.last_empty = empty.then_some(now);
        self.idle_for = u64::from(self.settings.inactivity) * 1_000;
        self.held.push_back(Held { rid: body.rid, request: Some(request), until: now + self.wait, key: body.key });
        if body.restart {
            // Stanzas beside a restart are ignored (XEP-0206 §5).
            actions.push(Action::Open(self.restarted(body.open)));
        } else {
            actions.extend(body.stanzas.into_iter().map(Action::Deliver));
        }
        if body.terminate {
            self.end(End::Client, " type='terminate'", &[], now, actions);
        } else if let Some(pause) = body.pause {
            self.idle_for = u64::from(pause.min(self.settings.max_pause)) * 1_000;
            if self.held.len() > 1 {
                self.answer_with_output(now, actions);
            }
            while !self.held.is_empty() {
                self.answer(&[], now, actions);
            }
        }
    }

    /// Whether an empty request now comes sooner after another than it may (§11, §12).
    fn is_too_often(&self, now: u64) -> bool {
        let soon = self.last_empty.is_some_and(|last| now - last.min(now) < u64::from(self.settings.polling) * 1_000);
        // While polling, it matters what the other got; else, that it is still waiting.
        let waiting = self.held.iter().filter(|held| held.request.is_some()).count();
        let unanswered = waiting + 1 >= self.requests();
        let got_nothing = self.answered.back().is_none_or(|kept| kept.body.ends_with(b"/>"));
        soon && if self.hold == 0 { got_nothing } else { unanswered }
    }

    /// Queues stanzas, serialised. [`Session::flush`] sends them, as soon as there is a request.
    pub fn send(&mut self, stanzas: &[u8]) -> Result<(), OutputFull> {
        if self.output.len() + stanzas.len() > self.settings.output_bytes {
            return Err(OutputFull);
        }
        self.output.extend_from_slice(stanzas);
        Ok(())
    }

    /// Answers the requests that are due an answer: with what there is to send, and where more wait than
    /// were agreed.
    pub fn flush(&mut self, now: u64, actions: &mut Vec<Action>) {
        if !self.output.is_empty() && !self.held.is_empty() {
            self.answer_with_output(now, actions);
        }
        while self.held.len() > self.hold {
            self.answer(&[], now, actions);
        }
    }

    /// Does what is due at this time.
    pub fn tick(&mut self, now: u64, actions: &mut Vec<Action>) {
        while self.held.front().is_some_and(|held| held.until <= now) {
            self.answer(&[], now, actions);
        }
        if self.idle_deadline().is_some_and(|deadline| deadline <= now) {
            self.fail(End::Inactive, Terminal::ItemNotFound, now, actions);
        }
    }

    /// When [`Session::tick`] has to be called; `None`: not before something else happens.
    pub fn next_deadline(&self) -> Option<u64> {
        let waiting = self.held.front().map(|held| held.until);
        [waiting, self.idle_deadline()].into_iter().flatten().min()
    }

    fn idle_deadline(&self) -> Option<u64> {
        let waits = self.held.iter().any(|held| held.request.is_some());
        (!waits && self.farewell.is_none()).then_some(self.idle_since + self.idle_for)
    }

    /// The HTTP connection of a request is gone. Its response is kept for when the client asks again.
    pub fn forget(&mut self, request: RequestId, now: u64) {
        if let Some(held) = self.held.iter_mut().find(|held| held.request == Some(request)) {
            held.request = None;
            if self.held.iter().all(|held| held.request.is_none()) {
                self.idle_since = now;
            }
        }
        self.early.retain(|_, (early, _)| *early != request);
    }

    /// Ends the session from the server's side. What was sent before, a stream error for instance, goes out
    /// with it; a client without a waiting request learns of it with its next, while the session is kept.
    pub fn close(&mut self, condition: Option<Terminal>, now: u64, actions: &mut Vec<Action>) {
        let attributes = condition.map_or_else(|| " type='terminate'".to_owned(), Terminal::attributes);
        let opening = self.opening.take().unwrap_or_default();
        let output = std::mem::take(&mut self.output);
        self.end(End::Server, &(opening + &attributes), &output, now, actions);
    }

    /// Ends the session, whose client broke a rule with that request.
    pub fn violate(&mut self, request: RequestId, condition: Terminal, now: u64, actions: &mut Vec<Action>) {
        actions.push(Action::Respond { request, body: condition.response() });
        self.fail(End::Violation(condition), condition, now, actions);
    }

    fn fail(&mut self, end: End, condition: Terminal, now: u64, actions: &mut Vec<Action>) {
        self.end(end, &condition.attributes(), &[], now, actions);
    }

    /// Ends the session. The payload goes to one request alone, the next one if none waits now.
    fn end(&mut self, end: End, attributes: &str, payload: &[u8], now: u64, actions: &mut Vec<Action>) {
        if self.farewell.is_some() {
            return;
        }
        let mut farewell = wrap(attributes, payload);
        let waiting = self.held.drain(..).filter_map(|held| held.request);
        let early = std::mem::take(&mut self.early).into_values().map(|(request, _)| request);
        for request in waiting.chain(early) {
            let body = std::mem::replace(&mut farewell, wrap(attributes, &[]));
            actions.push(Action::Respond { request, body });
        }
        (self.output, self.answered) = (Vec::new(), VecDeque::new());
        self.idle_since = now;
        self.farewell = Some(farewell);
        actions.push(Action::Terminated(end));
    }

    fn answer_with_output(&mut self, now: u64, actions: &mut Vec<Action>) {
        let output = std::mem::take(&mut self.output);
        self.answer(&output, now, actions);
    }

    /// Answers the oldest request.
    fn answer(&mut self, payload: &[u8], now: u64, actions: &mut Vec<Action>) {
        let Some(Held { rid, request, key, .. }) = self.held.pop_front() else {
            return;
        };
        let attributes = match self.opening.take() {
            Some(opening) => opening,
            // Left out where it would be the request's own id (§9.2).
            None if self.acknowledges && self.next_rid - 1 != rid => format!(" ack='{}'", self.next_rid - 1),
            None => String::new(),
        };
        let body = wrap(&attributes, payload);
        if let Some(request) = request {
            actions.push(Action::Respond { request, body: body.clone() });
            self.idle_since = now;
        }
        self.answered.push_back(Answered { rid, key, body });
        while self.answered.len() > self.requests() {
            self.answered.pop_front();
        }
    }
}
