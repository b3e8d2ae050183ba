//! What carries a viewer's stream: WebSocket, BOSH or TCP behind one face.
//!
//! Enters: bytes. Leaves: pieces, each at most one stanza, without a look at what is in them.

use std::borrow::Cow;

use super::bosh::Bosh;
use super::websocket::{self, WebSocket};
use super::{Turn, stanzas, tcp};
use crate::plan::Plan;
use crate::target::Carrier;

/// The largest stanza that a viewer takes; a vCard with a picture is the largest there is.
pub(super) const MOST: usize = 4 << 20;

/// Why a stream ended, for a person and for counting: few different texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ended(pub(crate) String);

impl Ended {
    pub(crate) fn of(why: &str) -> Self {
        Ended(why.to_owned())
    }
}

/// Why an answer over HTTP is none that a stream begins with.
pub(super) fn refused(carrier: &str, response: &httparse::Response<'_, '_>) -> Ended {
    let (code, reason) = (response.code.unwrap_or_default(), response.reason.unwrap_or_default());
    Ended(format!("no {carrier}: HTTP {code} {reason}").trim_end().to_owned())
}

/// After how many milliseconds a server that refuses asks to be asked again: `Retry-After` in seconds (RFC 9110 §10.2.3).
/// Its other form, a date, is not read: clocks differ.
pub(super) fn retry_after(response: &httparse::Response<'_, '_>) -> Option<u32> {
    let header = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case("retry-after"))?;
    let seconds: u32 = std::str::from_utf8(header.value).ok()?.trim().parse().ok()?;
    Some(seconds.saturating_mul(1_000))
}

/// What came in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// Nothing that concerns the stream.
    Nothing,
    /// The carrier is there: the stream can be opened.
    Ready,
    /// A stanza, or another element of the stream.
    Stanza(Cow<'a, [u8]>),
    /// The body of a BOSH response, with any number of stanzas.
    Body(Cow<'a, [u8]>),
    /// Wants the same bytes back.
    Ping(&'a [u8]),
}

/// What carries a stream.
#[derive(Debug)]
pub(crate) enum Pipe {
    /// RFC 7395.
    WebSocket(WebSocket),
    /// RFC 6120.
    Tcp,
    /// XEP-0124 and XEP-0206. Boxed: it is larger, and few use it.
    Bosh(Box<Bosh>),
}

impl Pipe {
    /// A carrier that is not open yet.
    pub(super) fn of(carrier: Carrier) -> Self {
        match carrier {
            Carrier::WebSocket => Pipe::WebSocket(WebSocket::default()),
            Carrier::Tcp => Pipe::Tcp,
            Carrier::Bosh => Pipe::Bosh(Box::default()),
        }
    }

    /// What is said as soon as there is a connection. Whether the stream is opened with that.
    pub(super) fn connected(&mut self, turn: &mut Turn<'_>, index: u32) -> bool {
        let plan = &turn.script.plan;
        match self {
            Pipe::WebSocket(_) => websocket::request(&plan.address, turn.out),
            Pipe::Tcp => turn.out.extend_from_slice(stanzas::open_stream(&plan.anonymous_domain).as_bytes()),
            Pipe::Bosh(bosh) => bosh.create(plan, plan.jitter(index, turn.now, 1 << 40), turn.out),
        }
        !matches!(self, Pipe::WebSocket(_))
    }

    /// The next piece of what came in on one of the connections, and how many bytes it took.
    pub(super) fn next<'a>(&mut self, which: usize, input: &'a [u8]) -> Result<Option<(usize, Piece<'a>)>, Ended> {
        match self {
            Pipe::WebSocket(socket) => socket.next(input),
            Pipe::Tcp => tcp::next(input),
            Pipe::Bosh(bosh) => bosh.next(which, input),
        }
    }

    /// After how many milliseconds a server that refused the connection asks to be asked again.
    pub(super) fn asked_back_after(&self) -> Option<u32> {
        match self {
            Pipe::WebSocket(socket) => socket.asked_back_after,
            Pipe::Bosh(bosh) => bosh.asked_back_after,
            Pipe::Tcp => None,
        }
    }

    /// Opens the stream, or opens it again.
    pub(super) fn open(&mut self, plan: &Plan, out: &mut Vec<u8>) {
        match self {
            Pipe::WebSocket(socket) => socket.text(&stanzas::open_framed(&plan.anonymous_domain), out),
            Pipe::Tcp => out.extend_from_slice(stanzas::open_stream(&plan.anonymous_domain).as_bytes()),
            Pipe::Bosh(bosh) => bosh.restart(),
        }
    }

    /// Sends a stanza.
    pub(super) fn send(&mut self, stanza: &str, out: &mut Vec<u8>) {
        match self {
            Pipe::WebSocket(socket) => socket.text(stanza, out),
            Pipe::Tcp => out.extend_from_slice(stanza.as_bytes()),
            Pipe::Bosh(bosh) => bosh.send(stanza),
        }
    }

    /// Answers a ping.
    pub(super) fn pong(&mut self, payload: &[u8], out: &mut Vec<u8>) {
        if let Pipe::WebSocket(socket) = self {
            socket.pong(payload, out);
        }
    }

    /// Closes the stream.
    pub(super) fn close(&mut self, out: &mut Vec<u8>) {
        match self {
            Pipe::WebSocket(socket) => socket.text(parterre_xmpp::framing::ws::CLOSE, out),
            Pipe::Tcp => out.extend_from_slice(parterre_xmpp::framing::stream::CLOSE.as_bytes()),
            Pipe::Bosh(bosh) => bosh.terminate(),
        }
    }

    /// Sends what was gathered, where the carrier gathers.
    pub(super) fn flush(&mut self, turn: &mut Turn<'_>) {
        if let Pipe::Bosh(bosh) = self {
            bosh.flush(&turn.script.plan, turn.out, turn.more);
        }
    }

    /// Whether the stream ends with this connection.
    pub(super) fn needs(&self, which: usize) -> bool {
        match self {
            Pipe::WebSocket(_) | Pipe::Tcp => true,
            Pipe::Bosh(bosh) => bosh.is_busy(which),
        }
    }
}
