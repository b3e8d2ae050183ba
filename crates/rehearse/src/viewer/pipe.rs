//! What carries a viewer's stream: WebSocket, BOSH or TCP behind one face.
//!
//! Enters: bytes. Leaves: pieces, each at most one stanza, without a look at what is in them.

use super::stanzas;
use super::websocket::{self, WebSocket};
use crate::plan::Plan;
use crate::target::Carrier;

/// Why a stream ended, for a person and for counting: few different texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ended(pub(crate) String);

impl Ended {
    pub(crate) fn of(why: &str) -> Self {
        Ended(why.to_owned())
    }
}

/// What came in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// Nothing that concerns the stream.
    Nothing,
    /// The carrier is there: the stream can be opened.
    Ready,
    /// A stanza, or another element of the stream.
    Stanza(&'a [u8]),
    /// The same, put together from parts.
    Whole(Vec<u8>),
    /// Wants the same bytes back.
    Ping(&'a [u8]),
}

/// What carries a stream.
#[derive(Debug)]
pub(crate) enum Pipe {
    /// RFC 7395.
    WebSocket(WebSocket),
}

impl Pipe {
    /// A carrier that is not open yet.
    pub(crate) fn of(carrier: Carrier) -> Self {
        let _ = carrier;
        Pipe::WebSocket(WebSocket::default())
    }

    /// What is said as soon as there is a connection.
    pub(crate) fn connected(&mut self, plan: &Plan, out: &mut Vec<u8>) {
        match self {
            Pipe::WebSocket(_) => websocket::request(&plan.address, out),
        }
    }

    /// The next piece of what came in, and how many bytes it took.
    pub(crate) fn next<'a>(&mut self, input: &'a [u8]) -> Result<Option<(usize, Piece<'a>)>, Ended> {
        match self {
            Pipe::WebSocket(socket) => socket.next(input),
        }
    }

    /// Opens the stream, or opens it again.
    pub(crate) fn open(&mut self, plan: &Plan, out: &mut Vec<u8>) {
        match self {
            Pipe::WebSocket(socket) => socket.text(&stanzas::open_framed(&plan.anonymous_domain), out),
        }
    }

    /// Sends a stanza.
    pub(crate) fn send(&mut self, stanza: &str, out: &mut Vec<u8>) {
        match self {
            Pipe::WebSocket(socket) => socket.text(stanza, out),
        }
    }

    /// Answers a ping.
    pub(crate) fn pong(&mut self, payload: &[u8], out: &mut Vec<u8>) {
        match self {
            Pipe::WebSocket(socket) => socket.pong(payload, out),
        }
    }

    /// Closes the stream.
    pub(crate) fn close(&mut self, out: &mut Vec<u8>) {
        match self {
            Pipe::WebSocket(socket) => socket.text(parterre_xmpp::framing::ws::CLOSE, out),
        }
    }
}
