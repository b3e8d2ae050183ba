//! Reads a connection: waits for whatever comes first, takes bytes when the limits allow, and gives events.

use std::io::ErrorKind;
use std::rc::Rc;

use parterre_xmpp::framing::stream::StreamDecoder;
use parterre_xmpp::framing::{StreamEvent, StreamOpen, ws};
use parterre_xmpp::parse::Limits;
use parterre_xmpp::websocket::{self, CloseCode, Decoder};
use parterre_xmpp::{Element, StreamCondition, StreamError};
use tokio::task::coop::consume_budget;
use tokio::time::{Duration, Instant, sleep_until};

use crate::shard::Shard;
use crate::shard::outbox::Piece;
use crate::shard::session::{End, Session};
use crate::tls::Acceptor;
use crate::transport::{Framing, Link, Pipe};

/// What a connection brings.
pub enum Event {
    /// The stream is opened (or opened anew after a login).
    Open(StreamOpen),
    /// An element at the top of the stream.
    Element(Element),
    /// The client closed the stream.
    Closed,
    /// The client closed the WebSocket without closing the stream, with this code.
    SocketClosed(u16),
    /// The client broke a rule of the stream.
    Violation(StreamError),
    /// The connection is gone, or this side wants it to end.
    Ordered(End),
}

/// The reading half of one connection.
pub struct Reader {
    link: Rc<Link>,
    connection: u32,
    decoder: Framed,
    /// Bytes that were read and are not decoded yet.
    rest: Vec<u8>,
    /// Reading rests until then: the client sends more than it may.
    rests_until: Option<Instant>,
    is_open: bool,
    /// The code that tells a client of a WebSocket what it did wrong.
    close_code: Option<CloseCode>,
    limits: Limits,
}

/// Bytes of one element before the login: the least that RFC 6120 §13.12 asks for, and room for a long token.
const LOGIN_BYTES: usize = 16 * 1024;
/// RFC 6455 §7.1.5: stands for a close frame without a code.
const NO_CODE: u16 = 1005;

/// What takes a connection's bytes apart. It goes where the connection goes: a TCP stream that is resumed elsewhere is
/// still the same document.
pub enum Framed {
    /// RFC 7395.
    WebSocket(Decoder),
    /// RFC 6120.
    Stream(Box<StreamDecoder>),
    /// Elements come whole.
    Bosh,
}

impl Reader {
    /// A reader of a session's new connection. Until the login it takes what a login needs.
    pub fn new(shard: &Shard, session: &Session, link: Rc<Link>) -> Self {
        let decoder = match &*link {
            Link::Socket(_, Framing::WebSocket) => Framed::WebSocket(Decoder::new(LOGIN_BYTES)),
            Link::Socket(_, Framing::Stream) => Framed::Stream(Box::default()),
            Link::Bosh(_) => Framed::Bosh,
        };
        let mut reader = Self::established(shard, session, link, decoder);
        reader.take_at_most(LOGIN_BYTES.min(shard.server.config.limits.stanza_bytes));
        reader
    }

    /// The client has logged in: it may send stanzas of the size that the limits name.
    pub fn trust(&mut self, shard: &Shard) {
        self.take_at_most(shard.server.config.limits.stanza_bytes);
    }

    fn take_at_most(&mut self, bytes: usize) {
        self.limits.element_bytes = bytes;
        if let Framed::WebSocket(decoder) = &mut self.decoder {
            decoder.set_limit(bytes);
        }
    }

    /// A reader of a connection whose stream was opened before.
    pub fn established(shard: &Shard, session: &Session, link: Rc<Link>, decoder: Framed) -> Self {
        let limits = &shard.server.config.limits;
        Reader {
            link,
            connection: session.connection(),
            decoder,
            rest: Vec::new(),
            rests_until: None,
            is_open: false,
            close_code: None,
            limits: Limits {
                element_bytes: limits.stanza_bytes,
                depth: limits.stanza_depth,
                attributes: limits.stanza_attributes,
                namespaces: limits.stanza_namespaces,
                elements: limits.stanza_elements,
            },
        }
    }

    /// The connection.
    pub fn link(&self) -> &Rc<Link> {
        &self.link
    }

    /// The number of the connection within its session.
    pub fn connection(&self) -> u32 {
        self.connection
    }

    /// The code with which to close a WebSocket.
    pub fn close_code(&self) -> CloseCode {
        self.close_code.unwrap_or(CloseCode::Normal)
    }

    /// Puts bytes before those that will be read.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.rest.extend_from_slice(bytes);
    }

    /// Expects a new stream header, as after SASL.
    pub fn restart(&mut self) {
        if let Framed::Stream(decoder) = &mut self.decoder {
            decoder.restart();
        }
    }

    /// Notes that the server has opened its stream.
    pub fn open(&mut self) {
        self.is_open = true;
    }

    /// Whether the server has opened its stream.
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Puts TLS on the connection, of which nobody else may hold a part, and forgets what was read before.
    pub fn start_tls(&mut self, acceptor: Acceptor) -> std::io::Result<Rc<Link>> {
        let (nowhere, _) = crate::transport::memory::pair(0);
        let placeholder = Rc::new(Link::Socket(Pipe::Memory(nowhere), Framing::Stream));
        let link = std::mem::replace(&mut self.link, placeholder);
        let Ok(Link::Socket(pipe, framing)) = Rc::try_unwrap(link) else {
            return Err(std::io::Error::other("the connection is in use"));
        };
        self.link = Rc::new(Link::Socket(pipe.start_tls(acceptor)?, framing));
        self.rest = Vec::new();
        self.is_open = false;
        self.restart();
        Ok(self.link.clone())
    }

    /// Gives up reading: the link, its decoder, and what was read and not decoded.
    pub fn into_parts(self) -> (Rc<Link>, Framed, Vec<u8>) {
        (self.link, self.decoder, self.rest)
    }

    /// The next event.
    pub async fn next(&mut self, shard: &Shard, session: &Rc<Session>) -> Event {
        // A client that sends without pause and has no limit must let the others have their turn.
        consume_budget().await;
        loop {
            if self.connection != session.connection() {
                return Event::Ordered(End::Replaced);
            }
            match session.take_end() {
                None => {}
                Some(End::Slow) => {
                    if self.takes_more(shard, session).await || self.connection != session.connection() {
                        continue;
                    }
                    // Another order may have come meanwhile.
                    return Event::Ordered(session.take_end().unwrap_or(End::Slow));
                }
                Some(end) => return Event::Ordered(end),
            }
            if self.rests_until.is_none() {
                let event = if self.rest.is_empty() { self.read(shard, session) } else { self.go_on(shard, session) };
                if let Some(event) = event {
                    return event;
                }
            }
            if self.rest.is_empty() || self.rests_until.is_some() {
                // What the burst before led to, the last answer among it, leaves now.
                shard.flush(session);
            }
            if let Some(event) = self.wait(shard, session).await {
                return event;
            }
        }
    }

    /// Offers the client what waits for it once more, now that the event loop has looked at its socket: whoever takes it
    /// does not read too slowly, the server was late.
    async fn takes_more(&self, shard: &Shard, session: &Session) -> bool {
        tokio::task::yield_now().await;
        session.blocked.set(false);
        shard.flush(session);
        let outbox = session.outbox.borrow();
        !outbox.is_closed() && outbox.waiting() <= shard.bounds().bytes
    }

    /// Waits for bytes, for room to write, for an order, or for the end of a rest.
    async fn wait(&mut self, shard: &Shard, session: &Rc<Session>) -> Option<Event> {
        let may_read = self.rests_until.is_none();
        if may_read && !self.rest.is_empty() {
            return None;
        }
        let rests_until = self.rests_until.unwrap_or_else(Instant::now);
        tokio::select! {
            biased;
            () = session.wake.notified() => None,
            writable = self.link.writable(), if session.blocked.get() => {
                session.blocked.set(false);
                shard.flush(session);
                writable.err().map(|error| cut(&error))
            }
            () = sleep_until(rests_until), if !may_read => {
                self.rests_until = None;
                None
            }
            readable = self.link.readable(), if may_read => readable.err().map(|error| cut(&error)),
        }
    }

    /// Reads what has come, into the shard's buffer, and decodes the first event of it.
    fn read(&mut self, shard: &Shard, session: &Rc<Session>) -> Option<Event> {
        let link = self.link.clone();
        let pipe = match &*link {
            Link::Socket(pipe, _) => pipe,
            Link::Bosh(bosh) => {
                let event = bosh.take();
                self.count_bytes(shard, session, bosh.received());
                return Some(match event? {
                    Ok(event) => self.stanza(shard, session, event),
                    Err(end) => Event::Ordered(end),
                });
            }
        };
        let mut buffer = shard.input.borrow_mut();
        let read = match pipe.try_read(&mut buffer) {
            Ok(0) => return Some(Event::Ordered(End::Cut("the client closed the connection".into()))),
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return None,
            Err(error) => return Some(cut(&error)),
        };
        self.count_bytes(shard, session, read);
        let bytes = buffer.get_mut(..read)?;
        let (event, used) = self.decode(shard, session, bytes);
        self.rest.extend_from_slice(bytes.get(used..).unwrap_or_default());
        event
    }

    /// Decodes the next event of what was read earlier.
    fn go_on(&mut self, shard: &Shard, session: &Rc<Session>) -> Option<Event> {
        let mut rest = std::mem::take(&mut self.rest);
        let (event, used) = self.decode(shard, session, &mut rest);
        if used < rest.len() {
            rest.drain(..used);
            self.rest = rest;
        }
        event
    }

    /// Decodes up to the first event, and says how many bytes that took.
    fn decode(&mut self, shard: &Shard, session: &Rc<Session>, bytes: &mut [u8]) -> (Option<Event>, usize) {
        let length = bytes.len();
        match &mut self.decoder {
            Framed::Bosh => (None, length),
            Framed::Stream(decoder) => {
                let mut input: &[u8] = bytes;
                let event = decoder.next(&mut input, &self.limits);
                let used = length - input.len();
                match event {
                    Ok(event) => (event.map(|event| self.stanza(shard, session, event)), used),
                    Err(error) => (Some(Event::Violation(error)), length),
                }
            }
            Framed::WebSocket(_) => self.decode_websocket(shard, session, bytes),
        }
    }

    fn decode_websocket(&mut self, shard: &Shard, session: &Rc<Session>, bytes: &mut [u8]) -> (Option<Event>, usize) {
        let mut used = 0;
        while let Some(input) = bytes.get_mut(used..).filter(|input| !input.is_empty()) {
            let Framed::WebSocket(decoder) = &mut self.decoder else { break };
            let (taken, frame) = match decoder.next(input) {
                Ok(read) => read,
                Err(code) => {
                    self.close_code = Some(code);
                    return (Some(Event::Violation(violation(code))), used);
                }
            };
            used += taken;
            match frame {
                None | Some(websocket::Event::Pong(_)) => {}
                Some(websocket::Event::Ping(payload)) => {
                    let mut pong = Vec::with_capacity(payload.len() + 2);
                    websocket::append_frame(websocket::Opcode::Pong, &payload, &mut pong);
                    shard.put(session, Piece::Frame(pong.into_boxed_slice()));
                }
                Some(websocket::Event::Text(text)) => {
                    let event = match ws::read(&text, &self.limits) {
                        Ok(event) => self.stanza(shard, session, event),
                        Err(error) => Event::Violation(error),
                    };
                    return (Some(event), used);
                }
                Some(websocket::Event::Close(close)) => {
                    return (Some(Event::SocketClosed(close.code.unwrap_or(NO_CODE))), used);
                }
            }
        }
        (None, used)
    }

    /// Counts a stanza against the rate, and gives it.
    fn stanza(&mut self, shard: &Shard, session: &Session, event: StreamEvent) -> Event {
        let rate = shard.server.config.limits.stanzas_per_second.get().unwrap_or(0) as f64;
        let wait = session.rate.borrow_mut().spend(1.0, rate, shard.seconds());
        self.rest_for(shard, wait);
        match event {
            StreamEvent::Open(open) => Event::Open(open),
            StreamEvent::Element(element) => Event::Element(element),
            StreamEvent::Close => Event::Closed,
        }
    }

    fn count_bytes(&mut self, shard: &Shard, session: &Session, read: usize) {
        if read == 0 {
            return;
        }
        heard(shard, session);
        shard.server.metrics.bytes_in.inc_by(read as u64);
        let rate = shard.server.config.limits.bytes_per_second.get().unwrap_or(0) as f64;
        let wait = session.byte_rate.borrow_mut().spend(read as f64, rate, shard.seconds());
        self.rest_for(shard, wait);
    }

    fn rest_for(&mut self, shard: &Shard, seconds: f64) {
        if seconds > 0.0 {
            shard.server.metrics.throttled.inc();
            let until = Instant::now() + Duration::from_secs_f64(seconds);
            self.rests_until = self.rests_until.max(Some(until));
        }
    }
}

fn cut(error: &std::io::Error) -> Event {
    Event::Ordered(End::Cut(error.to_string()))
}

/// What a client did wrong on the WebSocket itself, as a stream error.
fn violation(code: CloseCode) -> StreamError {
    let condition = match code {
        CloseCode::TooBig | CloseCode::Policy => StreamCondition::PolicyViolation,
        CloseCode::InvalidPayload => StreamCondition::UnsupportedEncoding,
        _ => StreamCondition::BadFormat,
    };
    StreamError::new(condition, code.reason())
}

/// Notes a sign of life. Before the login the clock goes on: it bounds the time that the login may take.
fn heard(shard: &Shard, session: &Session) {
    if session.bound.get().is_some() {
        session.heard.set(shard.now());
    }
}
