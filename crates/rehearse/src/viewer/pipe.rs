//! What carries a viewer's stream: WebSocket, BOSH or TCP behind one face.
//!
//! Enters: bytes. Leaves: pieces, each at most one stanza, without a look at what is in them.

use std::borrow::Cow;

use super::bosh::Bosh;
use super::websocket::{self, WebSocket};
use super::{cut, stanzas, tcp};
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
    pub(crate) fn of(carrier: Carrier) -> Self {
        match carrier {
            Carrier::WebSocket => Pipe::WebSocket(WebSocket::default()),
            Carrier::Tcp => Pipe::Tcp,
            Carrier::Bosh => Pipe::Bosh(Box::default()),
        }
    }

    /// What is said as soon as there is a connection; `rid` is where a session of BOSH begins to count. Whether the stream is
    /// opened with that.
    pub(crate) fn connected(&mut self, plan: &Plan, rid: u64, out: &mut Vec<u8>) -> bool {
        match self {
            Pipe::WebSocket(_) => websocket::request(&plan.address, out),
            Pipe::Tcp => out.extend_from_slice(stanzas::open_stream(&plan.anonymous_domain).as_bytes()),
            Pipe::Bosh(bosh) => bosh.create(plan, rid, out),
        }
        !matches!(self, Pipe::WebSocket(_))
    }

    /// The next piece of what came in on one of the connections, and how many bytes it took.
    pub(crate) fn next<'a>(&mut self, which: usize, input: &'a [u8]) -> Result<Option<(usize, Piece<'a>)>, Ended> {
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
    pub(crate) fn open(&mut self, plan: &Plan, out: &mut Vec<u8>) {
        match self {
            Pipe::WebSocket(socket) => socket.text(&stanzas::open_framed(&plan.anonymous_domain), out),
            Pipe::Tcp => out.extend_from_slice(stanzas::open_stream(&plan.anonymous_domain).as_bytes()),
            Pipe::Bosh(bosh) => bosh.restart(),
        }
    }

    /// Sends a stanza.
    pub(crate) fn send(&mut self, stanza: &str, out: &mut Vec<u8>) {
        match self {
            Pipe::WebSocket(socket) => socket.text(stanza, out),
            Pipe::Tcp => out.extend_from_slice(stanza.as_bytes()),
            Pipe::Bosh(bosh) => bosh.send(stanza),
        }
    }

    /// Answers a ping.
    pub(crate) fn pong(&mut self, payload: &[u8], out: &mut Vec<u8>) {
        if let Pipe::WebSocket(socket) = self {
            socket.pong(payload, out);
        }
    }

    /// Closes the stream.
    pub(crate) fn close(&mut self, out: &mut Vec<u8>) {
        match self {
            Pipe::WebSocket(socket) => socket.text(parterre_xmpp::framing::ws::CLOSE, out),
            Pipe::Tcp => out.extend_from_slice(parterre_xmpp::framing::stream::CLOSE.as_bytes()),
            Pipe::Bosh(bosh) => bosh.terminate(),
        }
    }

    /// Sends what was gathered, where the carrier gathers.
    pub(crate) fn flush(&mut self, plan: &Plan, out: &mut Vec<u8>, more: &mut Vec<u8>) {
        if let Pipe::Bosh(bosh) = self {
            bosh.flush(plan, out, more);
        }
    }

    /// The stanzas in the body of a BOSH response.
    pub(crate) fn stanzas<'a>(&mut self, body: &'a [u8]) -> Result<impl Iterator<Item = &'a [u8]> + use<'a>, Ended> {
        let at = match self {
            Pipe::Bosh(bosh) => bosh.body(body)?,
            Pipe::WebSocket(_) | Pipe::Tcp => body.len(),
        };
        Ok(cut::elements(body, at))
    }

    /// Whether the stream ends with this connection.
    pub(crate) fn needs(&self, which: usize) -> bool {
        match self {
            Pipe::WebSocket(_) | Pipe::Tcp => true,
            Pipe::Bosh(bosh) => bosh.is_busy(which),
        }
    }
}
