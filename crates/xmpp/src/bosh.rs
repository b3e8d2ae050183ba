//! A stream over HTTP requests: BOSH (XEP-0124 1.11.2, XEP-0206), as a state machine.
//!
//! Enters: the `<body/>` of each request ([`Body`]), what the server has to send, and the time, in milliseconds
//! on any clock that only goes forward. Leaves: [`Action`]s. It knows nothing of HTTP and wakes nobody: the
//! caller asks [`Session::next_deadline`] and calls [`Session::tick`] then. Requests that wait, requests that
//! came before their turn, kept responses, and stanzas that wait for a request are bounded by [`Settings`].

mod body;
mod session;

pub use body::Body;
pub use session::Session;

use crate::element::Element;
use crate::framing::StreamOpen;

/// The type of every response, where the client does not ask for another one of XML.
pub const CONTENT_TYPE: &str = "text/xml; charset=utf-8";

/// The caller's name for an HTTP request that waits for its response.
pub type RequestId = u64;

/// What the server allows in all its sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How long a request waits for something to be sent, at most; seconds.
    pub max_wait: u32,
    /// How many requests wait at once, at most.
    pub max_hold: u32,
    /// How long a session lasts while no request waits; seconds.
    pub inactivity: u32,
    /// How far apart empty requests have to be where none waits; seconds, 0 for no rule.
    pub polling: u32,
    /// How long a client may announce to be away; seconds.
    pub max_pause: u32,
    /// Bytes of stanzas that wait for a request.
    pub output_bytes: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { max_wait: 60, max_hold: 2, inactivity: 60, polling: 2, max_pause: 120, output_bytes: 1 << 20 }
    }
}

/// What the caller has to do, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// The client opened its stream, or opened it again after authentication: features are due.
    Open(StreamOpen),
    /// The client sent an element.
    Deliver(Element),
    /// Answer a request, with status 200.
    Respond {
        /// Which one.
        request: RequestId,
        /// The whole body.
        body: Vec<u8>,
    },
    /// The session is over; nothing comes after this.
    Terminated(End),
}

/// Why a session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The client said so.
    Client,
    /// The server said so ([`Session::close`]).
    Server,
    /// No request came in time. The client may only have lost its network.
    Inactive,
    /// The client broke a rule.
    Violation(Terminal),
}

/// A terminal binding condition (XEP-0124 §17.2): why there is no session, or no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terminal {
    /// The body is not what it should be.
    BadRequest,
    /// The domain is not served any longer.
    HostGone,
    /// The domain is not served.
    HostUnknown,
    /// No domain was named.
    ImproperAddressing,
    /// The server failed.
    InternalServerError,
    /// There is no such session, request or kept response, or the key is wrong.
    ItemNotFound,
    /// Too many requests, or too often.
    PolicyViolation,
    /// The stream ended with a stream error, which is in the body.
    RemoteStreamError,
    /// The server stops.
    SystemShutdown,
    /// None of these.
    UndefinedCondition,
}

impl Terminal {
    /// The value of the `condition` attribute.
    pub fn as_str(self) -> &'static str {
        match self {
            Terminal::BadRequest => "bad-request",
            Terminal::HostGone => "host-gone",
            Terminal::HostUnknown => "host-unknown",
            Terminal::ImproperAddressing => "improper-addressing",
            Terminal::InternalServerError => "internal-server-error",
            Terminal::ItemNotFound => "item-not-found",
            Terminal::PolicyViolation => "policy-violation",
            Terminal::RemoteStreamError => "remote-stream-error",
            Terminal::SystemShutdown => "system-shutdown",
            Terminal::UndefinedCondition => "undefined-condition",
        }
    }

    fn attributes(self) -> String {
        format!(" type='terminate' condition='{}'", self.as_str())
    }

    /// The response to a request for which there is no session.
    pub fn response(self) -> Vec<u8> {
        body::wrap(&self.attributes(), &[])
    }
}

/// More stanzas wait for a request than [`Settings::output_bytes`] allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("more stanzas wait for a request than the limit allows")]
pub struct OutputFull;

#[cfg(test)]
mod tests;
