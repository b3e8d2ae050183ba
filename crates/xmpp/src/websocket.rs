//! The server's side of WebSocket (RFC 6455), without extensions and without the opening handshake's HTTP.
//!
//! Enters: bytes from a client, split anywhere, in a buffer that is the caller's and may serve many
//! connections. Leaves: [`Event`]s, or the [`CloseCode`] with which the connection has to be closed. A decoder
//! holds bytes of an incomplete frame or message only; when it is idle it owns no memory beyond itself.
//! What the server sends is whole messages of text: [`append_frame_header`] and the bytes after it.

mod decoder;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};
use std::borrow::Cow;

pub use decoder::Decoder;

/// What kind of frame it is (§5.2). XMPP has no use for binary frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Opcode {
    /// More of a message.
    Continuation = 0,
    /// A message of text, or its beginning.
    Text = 1,
    /// The end of the connection.
    Close = 8,
    /// Asks for a pong.
    Ping = 9,
    /// Answers a ping.
    Pong = 10,
}

/// What a client sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// A whole message.
    Text(Cow<'a, str>),
    /// To be answered with a pong of the same payload, at most 125 bytes.
    Ping(Cow<'a, [u8]>),
    /// Nothing needs to be done.
    Pong(Cow<'a, [u8]>),
    /// To be answered with a close frame, unless one was sent before; nothing is read after it.
    Close(ClientClose),
}

/// Why a client closes the connection (§7.1.5, §7.1.6).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientClose {
    /// The status code; 1005 is never in a frame, which is why its absence is one.
    pub code: Option<u16>,
    /// A text for the log.
    pub reason: String,
}

impl ClientClose {
    /// Whether the user closed the page or left it (1001): nobody is going to resume that session.
    pub fn is_going_away(&self) -> bool {
        self.code == Some(CloseCode::GoingAway.as_u16())
    }
}

/// A status code with which the server closes a connection (§7.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.reason())]
pub enum CloseCode {
    /// All has been said.
    Normal = 1000,
    /// The server stops.
    GoingAway = 1001,
    /// The client broke the protocol.
    Protocol = 1002,
    /// The client sent a binary message.
    Unsupported = 1003,
    /// Text was not UTF-8.
    InvalidPayload = 1007,
    /// The client broke a rule of this server.
    Policy = 1008,
    /// A message was larger than the limit.
    TooBig = 1009,
    /// The server failed.
    Internal = 1011,
}

impl CloseCode {
    /// The number of the code.
    pub fn as_u16(self) -> u16 {
        self as u16
    }

    /// A text for the other side's log.
    pub fn reason(self) -> &'static str {
        match self {
            CloseCode::Normal => "",
            CloseCode::GoingAway => "the server stops",
            CloseCode::Protocol => "this is not WebSocket (RFC 6455)",
            CloseCode::Unsupported => "XMPP is sent in text messages",
            CloseCode::InvalidPayload => "text is sent in UTF-8",
            CloseCode::Policy => "this server does not allow that",
            CloseCode::TooBig => "the message is larger than this server accepts",
            CloseCode::Internal => "the server failed",
        }
    }
}

/// The value of `Sec-WebSocket-Accept` for that of `Sec-WebSocket-Key`; `None` if it is not a key, that is: 16
/// bytes in base64 (§4.2.1, §4.2.2).
pub fn accept_key(key: &str) -> Option<String> {
    STANDARD.decode(key).ok().filter(|nonce| nonce.len() == 16)?;
    let mut hash = Sha1::new();
    hash.update(key.as_bytes());
    hash.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    Some(STANDARD.encode(hash.finalize()))
}

/// Appends the header of an unfragmented frame with a payload of `len` bytes; the payload follows it.
pub fn append_frame_header(opcode: Opcode, len: usize, out: &mut Vec<u8>) {
    out.push(0x80 | opcode as u8);
    match len {
        0..=125 => out.push(len as u8),
        126..=0xFFFF => {
            out.push(126);
            out.extend_from_slice(&(len as u16).to_be_bytes());
        }
        _ => {
            out.push(127);
            out.extend_from_slice(&(len as u64).to_be_bytes());
        }
    }
}

/// The most bytes that [`append_frame_header`] appends.
pub const MAX_FRAME_HEADER: usize = 10;

/// Appends a whole frame.
pub fn append_frame(opcode: Opcode, payload: &[u8], out: &mut Vec<u8>) {
    append_frame_header(opcode, payload.len(), out);
    out.extend_from_slice(payload);
}

/// Appends a close frame with that code and its reason.
pub fn append_close(code: CloseCode, out: &mut Vec<u8>) {
    let reason = code.reason().as_bytes();
    append_frame_header(Opcode::Close, 2 + reason.len(), out);
    out.extend_from_slice(&code.as_u16().to_be_bytes());
    out.extend_from_slice(reason);
}

#[cfg(test)]
mod tests;
