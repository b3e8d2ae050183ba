//! A troupe: one thread that plays its part of the crowd, with one event loop for all its viewers' sockets.
//!
//! Enters: [`Order`]s of a director. Leaves: [`Note`]s, four times a second and when something happened. Sockets are non-blocking;
//! the thread has one buffer for all that comes in. It never waits for anything but events.

pub(crate) mod line;
mod lines;
mod orders;
pub(crate) mod own;
mod playing;
pub(crate) mod tls;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use mio::{Events, Poll, Token, Waker};
use rustls::ClientConfig;

use crate::clock::Clock;
use crate::plan::Part;
use crate::script::Script;
use crate::tally::Tally;
use crate::target::Carrier;
use crate::viewer::{Ended, Moment, Said, Turn, Viewer, Want};
use line::Line;
pub(crate) use orders::{Note, Order, Tick};

/// The buffer of a thread.
const BUFFER: usize = 64 << 10;
/// How often a troupe tells what it counted.
const TICK_US: u64 = 250_000;
const WAKE: Token = Token(usize::MAX);

/// Where a troupe gets its orders.
#[derive(Debug, Clone)]
pub(crate) struct Orders {
    sender: Sender<Order>,
    waker: Arc<Waker>,
}

impl Orders {
    /// Gives an order. A troupe that has ended does not mind.
    pub(crate) fn give(&self, order: Order) {
        if self.sender.send(order).is_ok() {
            let _ = self.waker.wake();
        }
    }
}

/// One thread's part of the crowd.
pub(crate) struct Troupe {
    script: Arc<Script>,
    part: Part,
    target: SocketAddr,
    clock: Clock,
    poll: Poll,
    orders: Receiver<Order>,
    notes: Sender<Note>,
    /// At their places in the part; the host is after them.
    viewers: Vec<Viewer>,
    /// The connections: of each viewer one, or two over BOSH.
    lines: Vec<Option<Line>>,
    /// How many connections a viewer has.
    each: usize,
    tls: Option<Arc<ClientConfig>>,
    moments: BinaryHeap<Reverse<(u64, u32, Moment)>>,
    talk: Option<Talking>,
    tally: Tally,
    said: Vec<Said>,
    out: Vec<u8>,
    more: Vec<u8>,
    wants: Vec<Want>,
    buffer: Box<[u8]>,
    in_room: u32,
    were_in: u32,
    first_began: Option<u64>,
    last_in: u64,
    next_tick: u64,
    over: bool,
}

/// An act whose messages are being said.
#[derive(Debug, Clone, Copy)]
struct Talking {
    act: usize,
    began: u64,
    next: u32,
}

impl Troupe {
    /// A troupe that waits for orders, and the way to give it some.
    pub(crate) fn new(
        script: Arc<Script>,
        part: Part,
        target: SocketAddr,
        tls: Option<Arc<ClientConfig>>,
        notes: Sender<Note>,
    ) -> io::Result<(Self, Orders)> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
        let (sender, orders) = channel();
        let each = if script.plan.address.carrier == Carrier::Bosh { 2 } else { 1 };
        let size = part.size(script.plan.viewers);
        let mut viewers: Vec<Viewer> = (0..size).map(|place| Viewer::new(part.viewer(place), &script)).collect();
        if part.index == 0 {
            viewers.push(Viewer::new(script.plan.viewers, &script));
        }
        let troupe = Troupe {
            clock: Clock::since(script.plan.began_us),
            script,
            part,
            target,
            poll,
            orders,
            notes,
            lines: (0..viewers.len() * each).map(|_| None).collect(),
            each,
            tls,
            viewers,
            moments: BinaryHeap::new(),
            talk: None,
            tally: Tally::default(),
            said: Vec::new(),
            out: Vec::new(),
            more: Vec::new(),
            wants: Vec::new(),
            buffer: vec![0; BUFFER].into_boxed_slice(),
            in_room: 0,
            were_in: 0,
            first_began: None,
            last_in: 0,
            next_tick: TICK_US,
            over: false,
        };
        Ok((troupe, Orders { sender, waker }))
    }

    /// Plays until it is told to leave.
    pub(crate) fn play(mut self) {
        let mut events = Events::with_capacity(1024);
        let mut trouble = None;
        while !self.over {
            if let Err(error) = self.turn(&mut events) {
                trouble = Some(error.to_string());
                break;
            }
        }
        self.tick(self.clock.now());
        // The director may have gone.
        let _ = self.notes.send(Note::Left(trouble));
    }

    fn turn(&mut self, events: &mut Events) -> io::Result<()> {
        let now = self.clock.now();
        let due = self.moments.peek().map(|Reverse((at, ..))| *at);
        let speak = self.talk.and_then(|talk| self.moment_of(talk));
        let next = [Some(self.next_tick), due, speak].into_iter().flatten().min().unwrap_or(now);
        // Never round down: the loop would spin through the last millisecond.
        let wait = Duration::from_micros(next.saturating_sub(now).min(TICK_US));
        match self.poll.poll(events, Some(wait)) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        for event in events.iter().filter(|event| event.token() != WAKE) {
            let (place, which) = (event.token().0 / self.each, event.token().0 % self.each);
            if event.is_writable() || event.is_error() {
                self.writable(place, which);
            }
            let ends = event.is_read_closed() || event.is_error();
            if event.is_readable() || ends {
                self.readable(place, which, ends);
            }
        }
        self.speak();
        self.moments();
        while let Ok(order) = self.orders.try_recv() {
            self.obey(order);
        }
        let now = self.clock.now();
        if now >= self.next_tick {
            self.next_tick = now + TICK_US;
            self.tick(now);
        }
        Ok(())
    }

    /// Begins a viewer's connection.
    fn connect(&mut self, place: usize) {
        let Some(viewer) = self.viewers.get(place) else { return };
        if viewer.index < self.script.plan.viewers {
            self.first_began.get_or_insert(self.clock.now());
        }
        self.with(place, |viewer, turn| {
            viewer.connecting(turn);
            Ok(())
        });
        self.open(place, 0);
    }

    /// Reads what there is; where the connection `ends`, up to its end, of which no further event tells.
    fn readable(&mut self, place: usize, which: usize, ends: bool) {
        if self.viewers.get(place).is_some_and(|viewer| viewer.stopped) {
            return;
        }
        let mut buffer = std::mem::take(&mut self.buffer);
        while let Some(line) = self.line(place, which).filter(|line| line.connected) {
            let encrypted = line.is_encrypted();
            let read = match line.read(&mut buffer) {
                Ok(Some(read)) => read,
                Ok(None) => break,
                Err(ended) => {
                    self.closed(place, which, &ended);
                    break;
                }
            };
            let mut held = std::mem::take(&mut line.held);
            self.tally.bytes_in += read as u64;
            let input = buffer.get(..read).unwrap_or_default();
            let mut rest = Vec::new();
            self.with(place, |viewer, turn| {
                if held.is_empty() {
                    let used = viewer.received(which, input, turn)?;
                    rest = input.get(used..).unwrap_or_default().to_vec();
                } else {
                    held.extend_from_slice(input);
                    let used = viewer.received(which, &held, turn)?;
                    held.drain(..used);
                    rest = held;
                }
                Ok(())
            });
            if let Some(line) = self.line(place, which).filter(|_| !rest.is_empty()) {
                line.held = rest;
            }
            // A short read has taken all there was: the next event tells of more.
            if read < buffer.len() && !encrypted && !ends {
                break;
            }
        }
        self.buffer = buffer;
    }

    /// Lets a viewer act; then sends what it has to send, and does what it wants.
    fn with(&mut self, place: usize, act: impl FnOnce(&mut Viewer, &mut Turn<'_>) -> Result<(), Ended>) {
        let Some(viewer) = self.viewers.get_mut(place) else { return };
        let (was_in, was_ever_in) = (viewer.is_in(), viewer.was_in);
        let mut turn = Turn {
            script: &self.script,
            now: self.clock.now(),
            tally: &mut self.tally,
            said: &mut self.said,
            out: &mut self.out,
            more: &mut self.more,
            wants: &mut self.wants,
        };
        let mut done = act(viewer, &mut turn);
        viewer.flush(&mut turn);
        if viewer.index < self.script.plan.viewers && viewer.is_in() != was_in {
            self.in_room = if was_in { self.in_room.saturating_sub(1) } else { self.in_room + 1 };
            if !was_ever_in {
                self.were_in += 1;
                self.last_in = turn.now;
            }
        }
        done = done.and(self.send(place));
        if !self.wants.is_empty() {
            let mut wants = std::mem::take(&mut self.wants);
            for want in wants.drain(..) {
                done = done.and(self.grant(place, want));
            }
            self.wants = wants;
        }
        if let Err(ended) = done {
            self.end(place, &ended);
        }
    }

    fn grant(&mut self, place: usize, want: Want) -> Result<(), Ended> {
        match want {
            Want::Moment(at, moment) => self.moments.push(Reverse((at, place as u32, moment))),
            Want::Host(done) => drop(self.notes.send(Note::Host(done))),
            Want::Software(software) => drop(self.notes.send(Note::Software(software))),
            Want::Tls => {
                let host = self.script.plan.anonymous_domain.clone();
                self.encrypt(place, 0, &host)?;
                self.with(place, |viewer, turn| {
                    viewer.secured(turn);
                    Ok(())
                });
            }
        }
        Ok(())
    }
}
