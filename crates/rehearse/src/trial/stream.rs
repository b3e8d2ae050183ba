//! One stream, followed step by step: what is said, and the answer that is waited for.
//!
//! Enters: elements to send. Leaves: elements that came, each waited for no longer than some seconds. It speaks over the carriers and
//! connections of the crowd's viewers, and blocks.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};
use parterre_xmpp::Element;
use rustls::ClientConfig;

use crate::plan::Plan;
use crate::troupe::line::{Line, why};
use crate::troupe::tls;
use crate::viewer::{Ended, Piece, Pipe, element};

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// Its place among viewers, which gives it an address of its own on loopback: one that no proxy there has.
const VIEWER: u32 = 7;
const BUFFER: usize = 64 << 10;

/// A stream, from its connection on.
pub(super) struct Stream {
    plan: Plan,
    pipe: Pipe,
    target: SocketAddr,
    tls: Option<Arc<ClientConfig>>,
    poll: Poll,
    /// One connection, or two over BOSH.
    lines: [Option<Line>; 2],
    /// What goes out on each of them.
    out: [Vec<u8>; 2],
    heard: VecDeque<Element>,
    /// Whether the carrier is there.
    open: bool,
    /// Where we come from, as this machine sees it.
    pub(super) local: Option<IpAddr>,
}

impl Stream {
    /// Connects and opens a stream at the domain that the plan names.
    pub(super) fn open(plan: Plan, target: SocketAddr, tls: Option<Arc<ClientConfig>>) -> Result<Self, Ended> {
        let poll = Poll::new().map_err(|error| why(&error))?;
        let pipe = Pipe::of(plan.address.carrier);
        let mut stream = Stream {
            plan,
            pipe,
            target,
            tls,
            poll,
            lines: [None, None],
            out: [Vec::new(), Vec::new()],
            heard: VecDeque::new(),
            open: false,
            local: None,
        };
        stream.connect(0)?;
        let until = Instant::now() + PATIENCE;
        while !stream.open {
            stream.turn(until)?;
        }
        Ok(stream)
    }

    /// Sends an element.
    pub(super) fn send(&mut self, element: &str) -> Result<(), Ended> {
        let [out, _] = &mut self.out;
        self.pipe.send(element, out);
        self.flush()
    }

    /// Opens the stream anew, as after a login (RFC 6120 §6.4.6).
    pub(super) fn restart(&mut self) -> Result<(), Ended> {
        let [out, _] = &mut self.out;
        self.pipe.open(&self.plan, out);
        self.flush()
    }

    /// Waits for the next element of which `wanted` is true; what comes before it is passed over.
    pub(super) fn expect(&mut self, wanted: impl Fn(&Element) -> bool) -> Result<Element, Ended> {
        let until = Instant::now() + PATIENCE;
        loop {
            while let Some(element) = self.heard.pop_front() {
                if wanted(&element) {
                    return Ok(element);
                }
            }
            self.turn(until)?;
        }
    }

    /// Takes leave, as far as that goes without waiting.
    pub(super) fn close(mut self) {
        let [out, _] = &mut self.out;
        self.pipe.close(out);
        let _ = self.flush();
    }

    fn connect(&mut self, which: usize) -> Result<(), Ended> {
        let opened = Line::open(self.target, VIEWER, false).and_then(|mut line| {
            let interest = Interest::READABLE | Interest::WRITABLE;
            self.poll.registry().register(&mut line.socket, Token(which), interest)?;
            Ok(line)
        });
        if let Some(slot) = self.lines.get_mut(which) {
            *slot = Some(opened.map_err(|error| why(&error))?);
        }
        Ok(())
    }

    /// Waits for the network, and does what it brings.
    fn turn(&mut self, until: Instant) -> Result<(), Ended> {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Ended(format!("no answer within {} s", PATIENCE.as_secs())));
        }
        let mut events = Events::with_capacity(8);
        match self.poll.poll(&mut events, Some(left)) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(why(&error)),
            _ => {}
        }
        for event in &events {
            let which = event.token().0;
            if event.is_writable() || event.is_error() {
                self.writable(which)?;
            }
            if event.is_readable() || event.is_read_closed() || event.is_error() {
                self.readable(which)?;
            }
        }
        self.flush()
    }

    fn line(&mut self, which: usize) -> Option<&mut Line> {
        self.lines.get_mut(which).and_then(Option::as_mut)
    }

    fn writable(&mut self, which: usize) -> Result<(), Ended> {
        let Some(line) = self.line(which) else { return Ok(()) };
        if line.connected {
            return line.writable();
        }
        match line.socket.take_error() {
            Ok(None) if line.socket.peer_addr().is_ok() => {}
            // Not yet.
            Ok(None) => return Ok(()),
            Ok(Some(error)) | Err(error) => return Err(why(&error)),
        }
        line.connected = true;
        let local = line.socket.local_addr().ok();
        if self.plan.address.tls {
            let config = self.tls.as_ref().ok_or_else(|| Ended::of("TLS is not prepared"))?;
            let tls =
                tls::connection(config, &self.plan.address.host).map_err(|error| Ended(format!("TLS: {error}")))?;
            self.line(which).map_or(Ok(()), |line| line.encrypt(tls))?;
        }
        if which == 0 {
            self.local = local.map(|address| address.ip().to_canonical());
            let rid = u64::from(self.plan.run);
            let [out, _] = &mut self.out;
            self.pipe.connected(&self.plan, rid, out);
        }
        self.line(which).map_or(Ok(()), Line::writable)
    }

    fn readable(&mut self, which: usize) -> Result<(), Ended> {
        let mut buffer = vec![0; BUFFER];
        while let Some(line) = self.line(which).filter(|line| line.connected) {
            match line.read(&mut buffer) {
                Ok(None) => return Ok(()),
                Ok(Some(read)) => line.held.extend_from_slice(buffer.get(..read).unwrap_or_default()),
                // A connection of BOSH may go when nothing is under way.
                Err(_) if !self.pipe.needs(which) => {
                    self.lines.get_mut(which).map(Option::take);
                    return Ok(());
                }
                Err(ended) => return Err(ended),
            }
            let held = std::mem::take(&mut line.held);
            let used = self.pieces(which, &held)?;
            if let Some(line) = self.line(which) {
                line.held = held.get(used..).unwrap_or_default().to_vec();
            }
        }
        Ok(())
    }

    /// Takes apart what came in. Gives how much was taken.
    fn pieces(&mut self, which: usize, input: &[u8]) -> Result<usize, Ended> {
        let mut at = 0;
        while let Some((used, piece)) = self.pipe.next(which, input.get(at..).unwrap_or_default())? {
            at += used;
            let [out, _] = &mut self.out;
            match piece {
                Piece::Nothing => {}
                Piece::Ready => {
                    self.open = true;
                    self.pipe.open(&self.plan, out);
                }
                Piece::Stanza(stanza) => self.hear(&stanza)?,
                Piece::Body(body) => {
                    self.open = true;
                    for stanza in self.pipe.stanzas(&body)? {
                        self.hear(stanza)?;
                    }
                }
                Piece::Ping(payload) => self.pipe.pong(payload, out),
            }
        }
        Ok(at)
    }

    fn hear(&mut self, stanza: &[u8]) -> Result<(), Ended> {
        self.heard.push_back(element(stanza)?);
        Ok(())
    }

    /// Sends what is gathered.
    fn flush(&mut self) -> Result<(), Ended> {
        let [out, more] = &mut self.out;
        self.pipe.flush(&self.plan, out, more);
        for which in 0..2 {
            let bytes = self.out.get_mut(which).map(std::mem::take).unwrap_or_default();
            if bytes.is_empty() {
                continue;
            }
            if self.line(which).is_none() {
                self.connect(which)?;
            }
            self.line(which).map_or(Ok(()), |line| line.write(&bytes))?;
        }
        Ok(())
    }
}
