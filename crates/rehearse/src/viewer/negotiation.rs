//! From a connection to a bound stream: TLS where it is asked for, SASL ANONYMOUS, resource binding (RFC 6120), or the resumption of
//! a stream that broke (XEP-0198).

use parterre_xmpp::parse::{Context, Limits, parse};
use parterre_xmpp::{Element, ns};

use super::pipe::Ended;
use super::{Managed, Stage, Turn, Viewer, Want, stanzas};
use crate::tally::count;

/// The longest that a server's word keeps a viewer away, in milliseconds.
pub(super) const LONGEST_AWAY: u32 = 60_000;

/// Reads a stanza whole.
pub(crate) fn element(stanza: &[u8]) -> Result<Element, Ended> {
    let wrong = || Ended::of("the server sent what is not XML");
    let text = std::str::from_utf8(stanza).map_err(|_| wrong())?;
    let context = Context::new(ns::CLIENT).prefix("stream", ns::STREAMS).prefix("xmpp", ns::XBOSH);
    let limits = Limits { element_bytes: usize::MAX, elements: 100_000, ..Limits::default() };
    parse(text, &context, &limits).map_err(|_| wrong())
}

/// The condition that an error names, in whatever namespace its errors are.
pub(crate) fn condition(element: &Element) -> String {
    let error = element.children().find(|child| child.name() == "error").unwrap_or(element);
    let named = error.children().find(|child| child.name() != "text").map_or("no reason given", Element::name);
    named.to_owned()
}

/// What a stream error or the end of a stream means (RFC 6120 §4.9, RFC 7395 §3.6); `None` if it is neither.
fn end_of_stream(element: &Element) -> Option<Ended> {
    if element.is("error", ns::STREAMS) {
        return Some(Ended(format!("stream error: {}", condition(element))));
    }
    (element.is("close", ns::FRAMING)).then(|| Ended::of("the server closed the stream"))
}

impl Viewer {
    /// Whether an element ends the stream. A server that stops may say when to come back (`urn:parterre:reconnect:0`).
    pub(super) fn told_to_go(&mut self, element: &Element) -> Option<Ended> {
        let ended = end_of_stream(element)?;
        let after = element.find("reconnect", ns::RECONNECT).and_then(|reconnect| reconnect.get("after")?.parse().ok());
        self.asked_back_after = after.map(|ms: u32| ms.min(LONGEST_AWAY));
        Some(ended)
    }

    /// Opens the stream, or opens it again.
    pub(super) fn restart(&mut self, turn: &mut Turn<'_>) {
        self.pipe.open(&turn.script.plan, turn.out);
        self.stage = Stage::Features;
    }

    /// An element of a stream that is not in the room yet.
    pub(super) fn negotiate(&mut self, stanza: &[u8], turn: &mut Turn<'_>) -> Result<(), Ended> {
        let element = element(stanza)?;
        if let Some(ended) = self.told_to_go(&element) {
            return Err(ended);
        }
        match self.stage {
            Stage::Features if element.is("features", ns::STREAMS) => self.features(&element, turn),
            Stage::Tls if element.is("proceed", ns::TLS) => {
                turn.wants.push(Want::Tls);
                Ok(())
            }
            Stage::Tls if element.is("failure", ns::TLS) => Err(Ended::of("the server refused to start TLS")),
            Stage::Auth if element.is("success", ns::SASL) => {
                self.logged_in = true;
                self.restart(turn);
                Ok(())
            }
            Stage::Auth if element.is("failure", ns::SASL) => {
                Err(Ended(format!("not allowed to log in: {}", condition(&element))))
            }
            Stage::Resuming if element.ns() == ns::SM => {
                self.resumption(&element, turn);
                Ok(())
            }
            Stage::Binding if element.get("id") == Some("bind") => {
                if element.get("type") != Some("result") {
                    return Err(Ended(format!("not allowed to bind: {}", condition(&element))));
                }
                self.enter(turn);
                Ok(())
            }
            Stage::Session if element.get("id") == Some("session") => {
                self.bound(turn);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn features(&mut self, features: &Element, turn: &mut Turn<'_>) -> Result<(), Ended> {
        if self.logged_in {
            self.has_management = features.has("sm", ns::SM) && turn.script.plan.scenario.client.resume;
            let session = features.find("session", ns::SESSION);
            self.wants_session = session.is_some_and(|session| session.find_own("optional").is_none());
            let resumable = self.management.as_ref().filter(|managed| self.broke && !managed.id.is_empty());
            if let Some(managed) = resumable {
                let resume = stanzas::resume(&managed.id, managed.handled);
                self.send_uncounted(&resume, turn);
                self.stage = Stage::Resuming;
            } else {
                self.bind(turn);
            }
            return Ok(());
        }
        let mechanisms = features.find("mechanisms", ns::SASL);
        let offers = |name: &str| mechanisms.is_some_and(|list| list.children().any(|one| one.content() == name));
        let encrypts = features.find("starttls", ns::TLS);
        if encrypts.is_some_and(|starttls| starttls.find_own("required").is_some() || !offers("ANONYMOUS"))
            && !self.encrypted
        {
            self.send_uncounted(stanzas::STARTTLS, turn);
            self.stage = Stage::Tls;
            return Ok(());
        }
        if !offers("ANONYMOUS") {
            let domain = &turn.script.plan.anonymous_domain;
            return Err(Ended(format!("{domain} lets nobody log in without an account (no SASL ANONYMOUS)")));
        }
        self.send_uncounted(stanzas::AUTH, turn);
        self.stage = Stage::Auth;
        Ok(())
    }

    fn bind(&mut self, turn: &mut Turn<'_>) {
        self.management = None;
        self.send(stanzas::BIND, turn);
        self.stage = Stage::Binding;
    }

    fn enter(&mut self, turn: &mut Turn<'_>) {
        if self.wants_session {
            self.send(stanzas::SESSION, turn);
            self.stage = Stage::Session;
        } else {
            self.bound(turn);
        }
    }

    fn bound(&mut self, turn: &mut Turn<'_>) {
        if self.has_management {
            self.send_uncounted(stanzas::ENABLE, turn);
            self.management = Some(Box::default());
        }
        self.stage = Stage::Joining;
        self.ask_in(turn);
    }

    /// XEP-0198 §5: `<resumed/>`, or `<failed/>` and everything anew.
    fn resumption(&mut self, element: &Element, turn: &mut Turn<'_>) {
        self.broke = false;
        let Some(managed) = self.management.as_mut().filter(|_| element.name() == "resumed") else {
            self.left();
            turn.tally.joins_begun += 1;
            self.bind(turn);
            return;
        };
        turn.tally.resumed += 1;
        let mut unsure = std::mem::take(&mut managed.unsure);
        let handled = element.get("h").and_then(|h| h.parse().ok()).unwrap_or(0);
        managed.sent = handled;
        forget(&mut unsure, handled);
        self.is_back(turn);
        for (_, mark) in unsure {
            self.utter(mark, turn);
        }
    }

    /// An element of stream management on a stream that is bound.
    pub(super) fn managed(&mut self, element: &Element, turn: &mut Turn<'_>) {
        let Some(managed) = &mut self.management else { return };
        match element.name() {
            "enabled" => {
                let resumes = matches!(element.get("resume"), Some("true" | "1"));
                **managed = Managed {
                    id: element.get("id").filter(|_| resumes).unwrap_or_default().to_owned(),
                    enabled: true,
                    handled: 0,
                    sent: managed.sent,
                    unsure: std::mem::take(&mut managed.unsure),
                };
            }
            "failed" => {
                count(&mut turn.tally.requests_refused, "stream management");
                self.management = None;
            }
            "r" => {
                let acknowledge = stanzas::acknowledge(managed.handled);
                self.send_uncounted(&acknowledge, turn);
            }
            "a" => {
                if let Some(handled) = element.get("h").and_then(|h| h.parse().ok()) {
                    forget(&mut managed.unsure, handled);
                }
            }
            _ => {}
        }
    }
}

/// Forgets what the server has: all up to that place. Places wrap around (XEP-0198 §4).
fn forget(unsure: &mut std::collections::VecDeque<(u32, super::Mark)>, handled: u32) {
    while unsure.front().is_some_and(|(place, _)| handled.wrapping_sub(*place) < u32::MAX / 2) {
        unsure.pop_front();
    }
}
