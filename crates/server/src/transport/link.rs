//! The connection under a session: a socket with its framing, or a BOSH session.

use std::io;

use parterre_xmpp::{ToAttribute, Wire, websocket};

use super::Pipe;
use crate::bosh::BoshLink;

/// How XMPP is framed on a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// RFC 7395: one element in one text frame.
    WebSocket,
    /// RFC 6120: elements in one long document.
    Stream,
}

/// A connection, as its session writes to it.
pub enum Link {
    /// A socket (or its in-memory likeness).
    Socket(Pipe, Framing),
    /// A BOSH session (XEP-0124): output waits for a request to answer.
    Bosh(BoshLink),
}

impl Link {
    /// Appends an element in the link's framing, addressed to its recipient.
    pub fn append(&self, wire: &Wire, to: &ToAttribute, out: &mut Vec<u8>) {
        if let Link::Socket(_, Framing::WebSocket) = self {
            websocket::append_frame_header(websocket::Opcode::Text, wire.len_for(to), out);
        }
        wire.append_for(to, out);
    }

    /// Writes what the client takes now. `WouldBlock`: nothing.
    pub fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Link::Socket(pipe, _) => pipe.try_write(bytes),
            Link::Bosh(bosh) => bosh.write(bytes),
        }
    }

    /// Moves bytes that a write took but that have not left this side.
    pub fn try_flush(&self) -> io::Result<()> {
        match self {
            Link::Socket(pipe, _) => pipe.try_flush(),
            Link::Bosh(bosh) => {
                bosh.flush();
                Ok(())
            }
        }
    }

    /// Whether there are such bytes.
    pub fn holds_bytes(&self) -> bool {
        matches!(self, Link::Socket(pipe, _) if pipe.holds_bytes())
    }

    /// Waits until a write may be taken.
    pub async fn writable(&self) -> io::Result<()> {
        match self {
            Link::Socket(pipe, _) => super::pipe::writable(pipe).await,
            Link::Bosh(bosh) => {
                bosh.writable().await;
                Ok(())
            }
        }
    }

    /// Waits until a read may give something.
    pub async fn readable(&self) -> io::Result<()> {
        match self {
            Link::Socket(pipe, _) => pipe.readable().await,
            Link::Bosh(bosh) => {
                bosh.readable().await;
                Ok(())
            }
        }
    }

    /// Says that nothing more will be written.
    pub fn finish(&self) {
        match self {
            Link::Socket(pipe, _) => pipe.finish(),
            Link::Bosh(bosh) => bosh.finish(),
        }
    }

    /// A frame that makes the client's side answer by itself, where the framing has one.
    pub fn ping_frame(&self) -> Option<Box<[u8]>> {
        match self {
            Link::Socket(_, Framing::WebSocket) => {
                let mut frame = Vec::with_capacity(2);
                websocket::append_frame_header(websocket::Opcode::Ping, 0, &mut frame);
                Some(frame.into_boxed_slice())
            }
            _ => None,
        }
    }

    /// Whether requests and answers, rather than a connection, carry the session: then silence is no sign.
    pub fn is_bosh(&self) -> bool {
        matches!(self, Link::Bosh(_))
    }
}
