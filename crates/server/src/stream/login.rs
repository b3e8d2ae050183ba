//! The beginning of a stream: carries out what the negotiation says, up to a session that is bound or resumed.
//!
//! Thousands of logins wait here at once when a video begins, so each step has memory of its own, for as long as it takes:
//! as part of the whole it would be kept while the client is waited for, which is nearly always.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

use parterre_room::SessionId;
use parterre_xmpp::framing::{ServerOpen, stream as tcp, ws};
use parterre_xmpp::sasl::ChannelBindings;
use parterre_xmpp::{Condition, Element, FullJid, StanzaError, ToAttribute, Wire};

use super::negotiate::{BindRequest, Connection, Input, Negotiation, Output, StartTls};
use super::reader::{Event, Reader};
use super::{Origin, Outcome, bound, resume};
use crate::metrics::Transport;
use crate::registry::{Flag, Person};
use crate::server::{SessionHandle, random_bytes};
use crate::shard::Shard;
use crate::shard::outbox::Piece;
use crate::shard::session::{Bound, End, Session};
use crate::transport::{Framing, Link};

/// How a login ended well.
pub(super) enum Login {
    /// The session has its address.
    Bound,
    /// The connection belongs to that session now, as its connection of that number.
    Resumes(SessionId, u32),
}

/// How a login ended otherwise.
pub(super) enum Ended {
    /// The client closed the stream.
    Closed,
    /// The client closed the WebSocket, with this code.
    SocketClosed(u16),
    /// The stream or the connection is over.
    Over(End),
}

impl Ended {
    /// What that means for the session.
    pub(super) fn of(self, session: Rc<Session>) -> Outcome {
        match self {
            Ended::Closed => Outcome::Left(session, None),
            Ended::SocketClosed(code) => Outcome::Left(session, Some(code)),
            Ended::Over(end) => Outcome::Lost(session, end),
        }
    }
}

/// Negotiates until there is a session, or there will be none.
pub(super) async fn run(
    shard: &Rc<Shard>,
    session: &Rc<Session>,
    reader: &mut Reader,
    origin: Origin,
) -> Result<Login, Ended> {
    let server = &shard.server;
    // Until the first header has come, a handshake may be under way, and nothing can be bound to it.
    let mut begun = None;
    let mut secures = false;
    loop {
        let input = match reader.next(shard, session).await {
            Event::Open(open) => {
                if let Some(lang) = open.lang.as_deref().filter(|lang| is_language_tag(lang)) {
                    // That of the first header; what follows a login says the same.
                    session.lang.get_or_init(|| lang.into());
                }
                Input::Open(open)
            }
            Event::Element(element) => Input::Element(element),
            Event::Closed => return Err(Ended::Closed),
            Event::SocketClosed(code) => return Err(Ended::SocketClosed(code)),
            Event::Violation(error) => return Err(Ended::Over(End::Error(error))),
            Event::Ordered(end) => return Err(Ended::Over(end)),
        };
        let negotiation = begun.get_or_insert_with(|| {
            let connection = connection(shard, reader, origin);
            Negotiation::new(server.authenticator.clone(), connection, random_bytes())
                .offering(server.services.stream_features())
        });
        let mut outputs = Vec::new();
        if std::mem::take(&mut secures) {
            outputs.extend(Box::pin(negotiation.feed(Input::Secured(bindings(reader)))).await);
        }
        outputs.extend(Box::pin(negotiation.feed(input)).await);
        let mut outputs = VecDeque::from(outputs);
        while let Some(output) = outputs.pop_front() {
            match output {
                Output::Open { id, from, to } => {
                    open(shard, session, reader, &ServerOpen { id: &id, from: &from, to: to.as_deref() });
                }
                Output::Send(element) => bound::put(shard, session, &element),
                Output::ExpectRestart => reader.restart(),
                Output::StartTls => {
                    secure(shard, session, reader)?;
                    secures = true;
                }
                Output::Resume(request) => {
                    let claim = resume::Claim {
                        account: request.identity.jid,
                        anonymous: request.identity.anonymous,
                        previd: request.previd,
                        handled: request.h,
                    };
                    match Box::pin(resume::claim(shard, claim)).await {
                        Ok(granted) => {
                            send_all(shard, session, negotiation.resumed(&granted.jid, granted.resumed))?;
                            return Ok(Login::Resumes(granted.session, granted.connection));
                        }
                        Err(failed) => outputs.extend(negotiation.resume_failed(failed)),
                    }
                }
                Output::Bind(request) => match Box::pin(bind(shard, session, origin, *request)).await {
                    Ok((jid, results)) => {
                        send_all(shard, session, negotiation.bound(&jid, results))?;
                        return Ok(Login::Bound);
                    }
                    Err(error) => outputs.extend(negotiation.bind_refused(&error)),
                },
                Output::Fail(error) => return Err(Ended::Over(End::Error(error))),
                Output::Close => return Err(Ended::Closed),
            }
        }
    }
}

/// Whether a text may be a language tag (RFC 5646 §2.1): it is put on every stanza that names no language.
fn is_language_tag(text: &str) -> bool {
    text.len() <= 35
        && text.split('-').all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// Sends what a negotiation says last.
fn send_all(shard: &Rc<Shard>, session: &Rc<Session>, outputs: Vec<Output>) -> Result<(), Ended> {
    for output in outputs {
        match output {
            Output::Send(element) => bound::put(shard, session, &element),
            Output::Fail(error) => return Err(Ended::Over(End::Error(error))),
            _ => {}
        }
    }
    Ok(())
}

/// What the negotiation has to know of the connection.
fn connection(shard: &Shard, reader: &Reader, origin: Origin) -> Connection {
    let server = &shard.server;
    let bindings = bindings(reader);
    let is_tls = origin.transport == Transport::Tls;
    let allows_plaintext = server.config.c2s.as_ref().is_some_and(|c2s| c2s.allow_plaintext);
    let (secure, starttls) = match (origin.transport, &server.tls) {
        (Transport::Tcp, Some(_)) if allows_plaintext => (true, StartTls::Offered),
        (Transport::Tcp, Some(_)) => (false, StartTls::Required),
        (Transport::Tcp, None) => (allows_plaintext, StartTls::Absent),
        _ => (origin.secure || is_tls, StartTls::Absent),
    };
    Connection {
        address: origin.address,
        secure,
        tcp: matches!(origin.transport, Transport::Tcp | Transport::Tls),
        starttls,
        bindings,
    }
}

fn bindings(reader: &Reader) -> ChannelBindings {
    match &**reader.link() {
        Link::Socket(pipe, _) => pipe.bindings(),
        Link::Bosh(_) => ChannelBindings::default(),
    }
}

/// Opens the server's stream.
fn open(shard: &Rc<Shard>, session: &Rc<Session>, reader: &mut Reader, header: &ServerOpen<'_>) {
    reader.open();
    match &**reader.link() {
        Link::Socket(_, Framing::Stream) => {
            let mut bytes = Vec::with_capacity(256);
            tcp::append_open(header, &mut bytes);
            shard.put(session, Piece::Frame(bytes.into_boxed_slice()));
        }
        Link::Socket(_, Framing::WebSocket) => bound::put(shard, session, &ws::open(header)),
        // The attributes of the first response are the header.
        Link::Bosh(_) => {}
    }
}

/// Puts TLS on the connection. What the client sent behind `<starttls/>` was sent in the clear by whoever: it is
/// dropped (RFC 6120 §5.4.3.3).
fn secure(shard: &Rc<Shard>, session: &Rc<Session>, reader: &mut Reader) -> Result<(), Ended> {
    let failed = |why: &str| Ended::Over(End::Cut(format!("STARTTLS: {why}")));
    shard.flush(session);
    if session.blocked.get() {
        return Err(failed("the client does not read"));
    }
    let tls = shard.server.tls.as_ref().ok_or_else(|| failed("there is no certificate"))?;
    session.link.borrow_mut().take();
    let link = reader.start_tls(tls.current().starttls.clone()).map_err(|error| failed(&error.to_string()))?;
    *session.link.borrow_mut() = Some(link);
    Ok(())
}

/// Gives the session its address, and does what the client asked for along with it.
async fn bind(
    shard: &Rc<Shard>,
    session: &Rc<Session>,
    origin: Origin,
    request: BindRequest,
) -> Result<(FullJid, Vec<Element>), StanzaError> {
    let server = &shard.server;
    let identity = request.identity;
    let jid = identity.jid.with_resource(&request.resource);
    let person = (identity.nick.is_some() || identity.avatar.is_some())
        .then(|| Arc::new(Person { nick: identity.nick, avatar: identity.avatar.map(Arc::from) }));
    let handle =
        SessionHandle::new(server, session.id).ok_or_else(|| StanzaError::new(Condition::InternalServerError))?;
    let client = request.client.as_deref();
    let binding = server.services.bind(jid.clone(), identity.anonymous, person, client, Arc::new(handle));
    let asker = binding.await.map_err(|full| {
        StanzaError::new(Condition::ResourceConstraint)
            .text(format!("this account has {} sessions, as many as it may have", full.0))
    })?;
    if request.carbons {
        server.services.registry().flag(jid.as_str(), asker.binding, Flag::Carbons, true);
    }
    // A proxy that does not say for whom it speaks speaks for everybody.
    let says_much = |address: &IpAddr| !address.to_canonical().is_loopback() && !server.admission.trusts(*address);
    let address = origin.address.filter(|address| asker.anonymous && says_much(address));
    let bound = Bound {
        to: ToAttribute::new(jid.as_str()),
        asker,
        vouched: identity.affiliations.into(),
        origin: address.map(|address| server.authenticator.origin(address)),
    };
    // Nothing else sets it, and a negotiation binds once.
    let _ = session.bound.set(bound);
    session.heard.set(shard.now());
    session.inactive.set(request.inactive);
    server.metrics.sessions.inc();
    tracing::debug!(%jid, address = ?origin.address, "session bound");
    let results = request.enable.map(|enable| bound::enable(shard, session, &enable));
    Ok((jid, results.into_iter().collect()))
}

/// A stream error before the server's own header: it comes first nevertheless (RFC 6120 §4.9.1.2).
pub(super) fn open_to_fail(link: &Link, from: &str, out: &mut Vec<u8>) {
    let id = format!("{:016x}", u64::from_le_bytes(random_bytes()));
    let header = ServerOpen { id: &id, from, to: None };
    match link {
        Link::Socket(_, Framing::Stream) => tcp::append_open(&header, out),
        Link::Socket(_, Framing::WebSocket) => {
            link.append(&Wire::verbatim(&ws::open(&header)), &ToAttribute::new(""), out);
        }
        Link::Bosh(_) => {}
    }
}
