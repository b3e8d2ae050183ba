//! How a stream is cut into elements: by tags on TCP (RFC 6120 §4), by messages on WebSocket (RFC 7395).
//!
//! Enters: bytes of a TCP connection, or the text of a WebSocket message. Leaves: [`StreamEvent`]s, the same
//! for both, and the bytes that open and close the server's own stream.

pub mod stream;
pub mod ws;

use crate::element::Element;

/// What a client did on its stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamEvent {
    /// It opened the stream, or opened it again after a restart.
    Open(StreamOpen),
    /// It sent a stanza or an element of the negotiation.
    Element(Element),
    /// It closed the stream.
    Close,
}

/// What the other side says of itself when it opens a stream (RFC 6120 §4.7).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StreamOpen {
    /// The domain that is asked for.
    pub to: Option<String>,
    /// Who asks, if it says so.
    pub from: Option<String>,
    /// The stream's id; a client sends none.
    pub id: Option<String>,
    /// The language of what it sends and wants (`xml:lang`).
    pub lang: Option<String>,
    /// The version as it was sent.
    pub version: Option<String>,
}

impl StreamOpen {
    /// Reads the attributes of a `<stream:stream>`, an `<open/>` or a `<body/>`.
    pub(crate) fn of(element: &Element) -> Self {
        let get = |name| element.get(name).map(str::to_owned);
        StreamOpen {
            to: get("to"),
            from: get("from"),
            id: get("id"),
            lang: element.lang().map(str::to_owned),
            version: get("version"),
        }
    }

    /// The major number of the version; 0 if there is none or it is not a version (RFC 6120 §4.7.5).
    pub fn major_version(&self) -> u32 {
        let number = |text: &str| {
            if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
        };
        let (major, minor) = self.version.as_deref().and_then(|version| version.split_once('.')).unwrap_or_default();
        match (number(major), number(minor)) {
            (Some(major), Some(_)) => major,
            _ => 0,
        }
    }
}

/// What the server says of itself when it opens its stream.
#[derive(Clone, Copy, Debug)]
pub struct ServerOpen<'a> {
    /// The stream's id: unpredictable and unique (RFC 6120 §4.7.3).
    pub id: &'a str,
    /// The domain that answers.
    pub from: &'a str,
    /// Whom it answers, if the client said so.
    pub to: Option<&'a str>,
}

impl ServerOpen<'_> {
    /// Sets the attributes of the opening element.
    fn apply(&self, element: Element) -> Element {
        let mut element =
            element.with("id", self.id).with("from", self.from).with_opt("to", self.to).with("version", "1.0");
        element.set_lang("en");
        element
    }
}

#[cfg(test)]
mod tests;
