//! A bound session at work: its stanzas go to the router, its stream management and client state are kept here.

use std::rc::Rc;

use parterre_xmpp::{Element, StreamCondition, StreamError, Wire, ns};

use super::reader::{Event, Reader};
use super::{Outcome, resume};
use crate::router;
use crate::shard::Shard;
use crate::shard::outbox::{Piece, TooHigh};
use crate::shard::session::{End, Session};

/// Works until the connection or the session ends.
pub(super) async fn run(shard: &Rc<Shard>, session: Rc<Session>, reader: &mut Reader) -> Outcome {
    loop {
        match reader.next(shard, &session).await {
            Event::Element(element) => {
                // On the heap while it lasts: most who are here say nothing, and need not keep the room for it.
                if let Err(error) = Box::pin(handle(shard, &session, element)).await {
                    return Outcome::Lost(session, End::Error(error));
                }
            }
            Event::Closed => return Outcome::Left(session, None),
            Event::SocketClosed(code) => return Outcome::Left(session, Some(code)),
            Event::Ordered(end) => return Outcome::Lost(session, end),
            Event::Violation(error) => return Outcome::Lost(session, End::Error(error)),
            Event::Open(_) => {
                let text = "the stream is open already";
                return Outcome::Lost(session, End::Error(StreamError::new(StreamCondition::Conflict, text)));
            }
        }
    }
}

async fn handle(shard: &Rc<Shard>, session: &Rc<Session>, element: Element) -> Result<(), StreamError> {
    match (element.name(), element.ns()) {
        ("message" | "presence" | "iq", ns::CLIENT) => {
            session.handled.set(session.handled.get().wrapping_add(1));
            router::from_client(shard, session, element).await
        }
        (_, ns::SM) => manage(shard, session, &element),
        ("active" | "inactive", ns::CSI) => {
            let inactive = element.name() == "inactive";
            session.inactive.set(inactive);
            if let Some(bound) = session.bound.get() {
                shard.server.services.set_inactive(&bound.asker, inactive);
            }
            Ok(())
        }
        (_, ns::CLIENT) => {
            Err(StreamError::new(StreamCondition::UnsupportedStanzaType, "stanzas are message, presence and iq"))
        }
        _ => Err(StreamError::new(StreamCondition::UnsupportedStanzaType, "this is not expected in a bound stream")),
    }
}

/// XEP-0198: acknowledgements, and the start of their counting.
fn manage(shard: &Rc<Shard>, session: &Rc<Session>, element: &Element) -> Result<(), StreamError> {
    match element.name() {
        "r" => {
            let answer = Element::new("a", ns::SM).with("h", session.handled.get().to_string());
            put(shard, session, &answer);
            Ok(())
        }
        "a" => {
            session.asked.set(0);
            let handled = element
                .get("h")
                .and_then(|h| h.parse().ok())
                .ok_or_else(|| StreamError::new(StreamCondition::PolicyViolation, "'h' is not a number of stanzas"))?;
            session.outbox.borrow_mut().acknowledge(handled).map_err(too_high)
        }
        "enable" => {
            put(shard, session, &enable(shard, session, element));
            Ok(())
        }
        _ => {
            put(shard, session, &failed("unexpected-request", None));
            Ok(())
        }
    }
}

/// Begins stream management and gives the answer to `<enable/>`, wherever that stood (XEP-0198 §3).
pub(super) fn enable(shard: &Rc<Shard>, session: &Rc<Session>, request: &Element) -> Element {
    if session.outbox.borrow().tracks() {
        return failed("unexpected-request", None);
    }
    session.outbox.borrow_mut().track(shard.bounds());
    session.handled.set(0);
    let enabled = Element::new("enabled", ns::SM);
    if !matches!(request.get("resume"), Some("true" | "1")) {
        return enabled;
    }
    let patience = resume::patience(&shard.server, session);
    enabled.with("id", resume::issue(session)).with("resume", "true").with("max", patience.to_string())
}

/// `<failed/>` with a stanza error condition (XEP-0198 §3, §5).
pub(super) fn failed(condition: &'static str, handled: Option<u32>) -> Element {
    Element::new("failed", ns::SM)
        .with_opt("h", handled.map(|h| h.to_string()))
        .child(Element::new(condition, ns::STANZA_ERRORS))
}

/// Sends an element of the stream's own, which stream management does not count.
pub(super) fn put(shard: &Shard, session: &Rc<Session>, element: &Element) {
    shard.put(session, Piece::Letter(Rc::new(Wire::verbatim(element).into())));
}

/// XEP-0198 §4: the stream ends when a client has handled more than it was sent.
pub(super) fn too_high(wrong: TooHigh) -> StreamError {
    StreamError::new(
        StreamCondition::UndefinedCondition,
        format!("you acknowledge {} stanzas, but only {} were sent", wrong.handled, wrong.sent),
    )
    .extra(
        Element::new("handled-count-too-high", ns::SM)
            .with("h", wrong.handled.to_string())
            .with("send-count", wrong.sent.to_string()),
    )
}
