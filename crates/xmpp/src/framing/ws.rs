//! A stream over WebSocket (RFC 7395): each text message holds one element.
//!
//! Enters: the text of a message. Leaves: what it says, and the messages that open and close a stream.

use crate::element::Element;
use crate::error::{StreamCondition, StreamError};
use crate::framing::{ServerOpen, StreamEvent, StreamOpen};
use crate::ns;
use crate::parse::{Context, Limits, parse};

/// The message that closes a stream (§3.6).
pub const CLOSE: &str = "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>";

/// Reads one message.
///
/// A message that does not begin with `<` gets `bad-format` (§3.3); the rest is refused as [`parse`] does.
pub fn read(message: &str, limits: &Limits) -> Result<StreamEvent, StreamError> {
    if !message.starts_with('<') {
        return Err(StreamError::new(
            StreamCondition::BadFormat,
            "Each WebSocket message holds one XML element and begins with '<'.",
        ));
    }
    let element = parse(message, &Context::default(), limits)?;
    if element.ns() != ns::FRAMING {
        return Ok(StreamEvent::Element(element));
    }
    match element.name() {
        "open" => Ok(StreamEvent::Open(StreamOpen::of(&element))),
        "close" => Ok(StreamEvent::Close),
        _ => Err(StreamError::new(StreamCondition::BadFormat, "A stream is framed by 'open' and 'close' alone.")),
    }
}

/// The `<open/>` that answers a client's.
pub fn open(server: &ServerOpen<'_>) -> Element {
    server.apply(Element::new("open", ns::FRAMING))
}
