//! The words of the channel (`docs/hand-over.md`). Pure: lines in, messages out; what to say in, lines out.
//!
//! What leaves here reaches a module inside Node that ends its process over anything that it does not wait for. So every
//! line that we ever send is made in this file.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;

/// The version of what is said.
pub const VERSION: u64 = 1;
/// Attempts that Node makes to hand a socket over that does not arrive.
pub const ATTEMPTS: u32 = 4;
/// How deep Node wraps a message that it sends again.
const WRAPPINGS: usize = 16;

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// A socket comes along.
    Handle(Cargo),
    /// A socket was to come along, but had died before it was sent.
    Dead(u64),
    /// Node asks how many sockets of that server are here.
    Count(Value),
    /// Node wants to know when all sockets of that server are closed.
    NotifyClose(Value),
    /// Something that this version does not know.
    Unknown,
}

/// What a socket is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cargo {
    /// To show that sockets arrive.
    Test,
    /// The request for a WebSocket was read from it.
    Upgrade(Box<Upgrade>),
    /// It cannot be said; the number of the request, if it has one.
    Unclear(Option<u64>),
}

impl Cargo {
    /// The number of the request.
    pub fn id(&self) -> Option<u64> {
        match self {
            Cargo::Test => None,
            Cargo::Upgrade(upgrade) => Some(upgrade.id),
            Cargo::Unclear(id) => *id,
        }
    }
}

/// A request for a WebSocket (RFC 6455 §4.1), as Node has read it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Upgrade {
    /// The number of the request, by which it is answered.
    pub id: u64,
    /// `Sec-WebSocket-Key`.
    pub key: String,
    /// `Sec-WebSocket-Protocol`.
    #[serde(default)]
    pub protocol: String,
    /// `X-Forwarded-For`.
    #[serde(default)]
    pub xff: String,
    /// `X-Forwarded-Proto`.
    #[serde(default)]
    pub proto: String,
    /// What was read behind the request.
    #[serde(default, deserialize_with = "from_base64")]
    pub head: Vec<u8>,
}

/// Why a socket is not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The process has, or the server allows, no more connections.
    Full,
    /// `limits.connections_per_address`.
    Address,
    /// Too many come at this moment.
    Rush,
    /// It is no request for a WebSocket that carries XMPP.
    Request,
    /// The message is not understood, or is of another version.
    Message,
    /// The socket did not arrive: the process may open no more.
    Descriptors,
    /// The socket had died before it was sent.
    Dead,
}

impl Why {
    /// Its name on the channel.
    pub fn as_str(self) -> &'static str {
        match self {
            Why::Full => "full",
            Why::Address => "address",
            Why::Rush => "rush",
            Why::Request => "request",
            Why::Message => "message",
            Why::Descriptors => "descriptors",
            Why::Dead => "dead",
        }
    }
}

/// A line that is no JSON. Whoever sent it is not who we take them for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a line is no JSON")]
pub struct Garbage;

/// Reads a line.
///
/// # Errors
/// The line is no JSON.
pub fn read(line: &[u8]) -> Result<Message, Garbage> {
    let mut message: Value = serde_json::from_slice(line).map_err(|_| Garbage)?;
    let command = message.get("cmd").and_then(Value::as_str).unwrap_or_default();
    Ok(match command {
        "NODE_HANDLE" => Message::Handle(cargo(unwrap(message))),
        "NODE_SOCKET_GET_COUNT" => Message::Count(message["key"].take()),
        "NODE_SOCKET_NOTIFY_CLOSE" => Message::NotifyClose(message["key"].take()),
        // Node sends the bare message where the socket is gone.
        "" => match (message.get("key"), message.get("id").and_then(Value::as_u64)) {
            (Some(_), Some(id)) => Message::Dead(id),
            _ => Message::Unknown,
        },
        _ => Message::Unknown,
    })
}

/// What a socket came with. Node wraps the whole message once more each time it sends it again.
fn unwrap(mut message: Value) -> Value {
    for _ in 0..WRAPPINGS {
        if message.get("cmd").and_then(Value::as_str) != Some("NODE_HANDLE") {
            break;
        }
        message = message["msg"].take();
    }
    message
}

fn cargo(message: Value) -> Cargo {
    if message.get("t").and_then(Value::as_str) == Some("test") {
        return Cargo::Test;
    }
    let id = message.get("id").and_then(Value::as_u64);
    if message.get("v").and_then(Value::as_u64) != Some(VERSION) {
        return Cargo::Unclear(id);
    }
    Upgrade::deserialize(message).map_or(Cargo::Unclear(id), |upgrade| Cargo::Upgrade(Box::new(upgrade)))
}

fn from_base64<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    STANDARD.decode(text).map_err(serde::de::Error::custom)
}

/// What we say.
#[must_use]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said(String);

impl Said {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The first line: who we are, and how many files we may open.
    pub fn hello(self, max_fds: u64) -> Self {
        self.line(format_args!("{{\"t\":\"hello\",\"v\":{VERSION},\"max_fds\":{max_fds}}}"))
    }

    /// A socket has arrived. Once for each, and never else: Node ends over one that it does not wait for.
    pub fn acknowledge(self) -> Self {
        self.line(format_args!("{{\"cmd\":\"NODE_HANDLE_ACK\"}}"))
    }

    /// A socket did not arrive; Node sends it again.
    pub fn refuse_handle(self) -> Self {
        self.line(format_args!("{{\"cmd\":\"NODE_HANDLE_NACK\"}}"))
    }

    /// A client is served here.
    pub fn taken_in(self, id: u64) -> Self {
        self.line(format_args!("{{\"t\":\"in\",\"id\":{id}}}"))
    }

    /// A client is not served.
    pub fn refused(self, id: Option<u64>, why: Why) -> Self {
        let why = why.as_str();
        match id {
            Some(id) => self.line(format_args!("{{\"t\":\"refused\",\"id\":{id},\"why\":\"{why}\"}}")),
            None => self.line(format_args!("{{\"t\":\"refused\",\"why\":\"{why}\"}}")),
        }
    }

    /// How many of Node's sockets are here: none, since they are its sockets no longer.
    pub fn count(self, key: &Value) -> Self {
        self.line(format_args!("{{\"cmd\":\"NODE_SOCKET_COUNT\",\"key\":{key},\"count\":0}}"))
    }

    /// All of Node's sockets are closed, for the same reason.
    pub fn all_closed(self, key: &Value) -> Self {
        self.line(format_args!("{{\"cmd\":\"NODE_SOCKET_ALL_CLOSED\",\"key\":{key}}}"))
    }

    /// What goes over the channel.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    fn line(mut self, line: std::fmt::Arguments<'_>) -> Self {
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "{line}");
        self
    }
}

#[cfg(test)]
mod tests;
