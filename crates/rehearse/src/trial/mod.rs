//! A trial of the whole way that a client goes: WebSocket, login, a room, a message and the history of it, BOSH.
//!
//! Enters: addresses, whom to log in as, a room. Leaves: what came of each step, as it is known. Whoever asks says what to do about
//! it; here nothing is known of the server but that it speaks XMPP with rooms (XEP-0045).

mod stream;

use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use parterre_xmpp::element::escape;
use parterre_xmpp::{Element, ns};
use rustls::{ClientConfig, StreamOwned};

use crate::clock::wall_us;
use crate::plan::Plan;
use crate::scenario::Scenario;
use crate::target::{self, Address};
use crate::troupe::tls;
use crate::viewer::{BIND, Ended, condition, configure};
use stream::Stream;

/// How long a connection may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whom to log in as.
#[derive(Debug, Clone)]
pub enum Login {
    /// Nobody in particular (SASL ANONYMOUS), at that domain.
    Anonymous(String),
    /// The bearer of a token (RFC 7628), at that domain.
    Token(String, String),
}

/// What is tried, and where.
#[derive(Debug, Clone)]
pub struct Trial {
    /// The address of the WebSocket.
    pub websocket: Option<Address>,
    /// The address of BOSH.
    pub bosh: Option<Address>,
    /// Who goes all the way, over the WebSocket.
    pub login: Login,
    /// Who logs in over BOSH.
    pub bosh_login: Login,
    /// The room: a bare JID. One that does not exist is made.
    pub room: String,
    /// Whether a certificate that nobody vouches for will do.
    pub any_certificate: bool,
}

/// A step of the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The WebSocket, and a stream over it (RFC 7395).
    WebSocket,
    /// SASL, and a resource.
    Login,
    /// The client's address, as the server sees it (XEP-0279).
    Address,
    /// Into the room.
    Join,
    /// A message, and its coming back.
    Message,
    /// The archive (XEP-0313).
    History,
    /// A session of BOSH with a login.
    Bosh,
}

/// What came of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It works.
    Works,
    /// Where the server sees us come from, and where we do.
    Seen(IpAddr, IpAddr),
    /// The server does not know how.
    Unknown,
    /// It was refused: the condition, and what was said.
    Refused(String, String),
    /// It does not work.
    Failed(String),
}

impl From<Ended> for Found {
    fn from(Ended(why): Ended) -> Self {
        Found::Failed(why)
    }
}

type Done<T> = Result<T, Found>;

impl Trial {
    /// Goes the way, and tells of each step. The first that fails ends it, but BOSH is tried all the same.
    pub fn attempt(&self, mut tell: impl FnMut(Step, Found)) {
        if let Some(address) = &self.websocket {
            // What failed has been told.
            let _ = self.whole(address, &mut tell);
        }
        if let Some(address) = &self.bosh {
            let tried = self.open(address, &self.bosh_login).and_then(|mut stream| {
                log_in(&mut stream, &self.bosh_login)?;
                stream.close();
                Ok(())
            });
            tell(Step::Bosh, tried.err().unwrap_or(Found::Works));
        }
    }

    fn whole(&self, address: &Address, tell: &mut impl FnMut(Step, Found)) -> Done<()> {
        let mut step = |step, found: Found| {
            tell(step, found.clone());
            if found == Found::Works { Ok(()) } else { Err(found) }
        };
        let mut stream = match self.open(address, &self.login) {
            Ok(stream) => stream,
            Err(found) => return step(Step::WebSocket, found),
        };
        step(Step::WebSocket, Found::Works)?;
        step(Step::Login, log_in(&mut stream, &self.login).err().unwrap_or(Found::Works))?;
        // Where that is not known, or not right, the way goes on.
        let _ = step(Step::Address, seen(&mut stream).unwrap_or_else(|failed| failed));
        let run = wall_us() as u32;
        step(Step::Join, self.join(&mut stream, run).err().unwrap_or(Found::Works))?;
        let text = format!("parterre check {run:x}");
        step(Step::Message, self.say(&mut stream, &text).err().unwrap_or(Found::Works))?;
        step(Step::History, self.look_back(&mut stream, &text).err().unwrap_or(Found::Works))?;
        let _ = stream.send(&format!(
            "<presence xmlns='jabber:client' type='unavailable' to='{}/{}'/>",
            escaped(&self.room),
            nick(run)
        ));
        stream.close();
        Ok(())
    }

    fn open(&self, address: &Address, login: &Login) -> Done<Stream> {
        let (Login::Anonymous(domain) | Login::Token(domain, _)) = login;
        let scenario = Scenario::built_in("steady").and_then(Result::ok);
        let scenario = scenario.ok_or_else(|| Found::Failed("there is no scenario".into()))?;
        let began_us = wall_us();
        let plan = Plan {
            viewers: 1,
            scenario,
            seed: 1,
            run: began_us as u32,
            began_us,
            address: address.clone(),
            anonymous_domain: domain.clone(),
            room: self.room.clone(),
            quiet_presence: false,
            any_certificate: self.any_certificate,
        };
        let target = reach(address).map_err(Found::Failed)?;
        let tls = prepare(address, self.any_certificate).map_err(Found::Failed)?;
        Ok(Stream::open(plan, target, tls)?)
    }

    /// XEP-0045 §7.2; a room that is made by it is opened (§10.1.2).
    fn join(&self, stream: &mut Stream, run: u32) -> Done<()> {
        stream.send(&format!(
            "<presence xmlns='jabber:client' to='{}/{}'><x xmlns='http://jabber.org/protocol/muc'/></presence>",
            escaped(&self.room),
            nick(run)
        ))?;
        let status = |presence: &Element, code: &str| {
            let x = presence.find("x", ns::MUC_USER);
            x.is_some_and(|x| x.children().any(|child| child.name() == "status" && child.get("code") == Some(code)))
        };
        let answer = stream.expect(|element| {
            element.name() == "presence" && (element.get("type") == Some("error") || status(element, "110"))
        })?;
        refused(&answer)?;
        if status(&answer, "201") {
            stream.send(&configure(&self.room, false))?;
            refused(&stream.expect(|element| element.get("id") == Some("configure"))?)?;
        }
        Ok(())
    }

    /// XEP-0045 §7.4.
    fn say(&self, stream: &mut Stream, text: &str) -> Done<()> {
        stream.send(&format!(
            "<message xmlns='jabber:client' type='groupchat' id='said' to='{}'><body>{text}</body></message>",
            escaped(&self.room)
        ))?;
        let answer = stream.expect(|element| {
            element.name() == "message"
                && (element.get("type") == Some("error") || element.field_text("body").is_some_and(|body| body == text))
        })?;
        refused(&answer)
    }

    /// XEP-0313 §4: the newest messages of the room.
    fn look_back(&self, stream: &mut Stream, text: &str) -> Done<()> {
        stream.send(&format!(
            "<iq xmlns='jabber:client' type='set' id='page' to='{}'><query xmlns='urn:xmpp:mam:2' queryid='page'>\
             <set xmlns='http://jabber.org/protocol/rsm'><max>10</max><before/></set></query></iq>",
            escaped(&self.room)
        ))?;
        let answer = stream.expect(|element| element.get("id") == Some("page") || holds(element, text))?;
        match answer.name() {
            "message" => Ok(()),
            _ => refused(&answer).and(Err(Found::Failed("what was just said is not in the archive".into()))),
        }
    }
}

/// Whether a message of an archive holds a text.
fn holds(element: &Element, text: &str) -> bool {
    element.name() == "message"
        && element.find("result", ns::MAM).is_some_and(|result| {
            let said =
                result.find("forwarded", ns::FORWARD).and_then(|forwarded| forwarded.find("message", ns::CLIENT));
            said.is_some_and(|said| said.field_text("body").is_some_and(|body| body == text))
        })
}

/// RFC 6120 §6 and §7.
fn log_in(stream: &mut Stream, login: &Login) -> Done<()> {
    let features = |element: &Element| element.is("features", ns::STREAMS) || ends(element);
    let offered = going_on(stream.expect(features)?)?;
    let (mechanism, response) = match login {
        Login::Anonymous(_) => ("ANONYMOUS", String::new()),
        Login::Token(_, token) => ("OAUTHBEARER", BASE64.encode(format!("n,,\u{1}auth=Bearer {token}\u{1}\u{1}"))),
    };
    let offers = |list: &Element| list.children().any(|one| one.content() == mechanism);
    if !offered.find("mechanisms", ns::SASL).is_some_and(offers) {
        return Err(Found::Refused("invalid-mechanism".into(), format!("the server does not offer {mechanism}")));
    }
    stream.send(&format!("<auth xmlns='{}' mechanism='{mechanism}'>{response}</auth>", ns::SASL))?;
    let answer = going_on(stream.expect(|element| element.ns() == ns::SASL || ends(element))?)?;
    if answer.name() != "success" {
        return Err(Found::Refused(condition(&answer), said(&answer)));
    }
    stream.restart()?;
    going_on(stream.expect(features)?)?;
    stream.send(BIND)?;
    refused(&stream.expect(|element| element.get("id") == Some("bind"))?)
}

/// XEP-0279: asks where we seem to come from.
fn seen(stream: &mut Stream) -> Done<Found> {
    stream.send("<iq xmlns='jabber:client' type='get' id='seen'><address xmlns='urn:xmpp:sic:1'/></iq>")?;
    let answer = stream.expect(|element| element.get("id") == Some("seen"))?;
    let address = answer.find("address", ns::SIC).and_then(|address| address.field_text("ip"));
    let seen = address.and_then(|address| address.trim().parse::<IpAddr>().ok());
    Ok(match (seen, stream.local) {
        (Some(seen), Some(local)) => Found::Seen(seen.to_canonical(), local),
        _ => Found::Unknown,
    })
}

fn ends(element: &Element) -> bool {
    element.is("error", ns::STREAMS) || element.is("close", ns::FRAMING)
}

/// An element that does not end the stream.
fn going_on(element: Element) -> Done<Element> {
    if ends(&element) { Err(Found::Refused(condition(&element), said(&element))) } else { Ok(element) }
}

/// An answer that is no error.
fn refused(answer: &Element) -> Done<()> {
    if answer.get("type") != Some("error") {
        return Ok(());
    }
    let error = answer.children().find(|child| child.name() == "error").map(said).unwrap_or_default();
    Err(Found::Refused(condition(answer), error))
}

/// The text that goes with a condition.
fn said(error: &Element) -> String {
    error.children().find(|child| child.name() == "text").map(|text| text.content().into_owned()).unwrap_or_default()
}

fn nick(run: u32) -> String {
    format!("check-{}", run % 100_000)
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    escape(text, &mut out);
    out
}

/// A connection to that address, with TLS where it asks for it.
pub trait Connection: Read + Write {}
impl<T: Read + Write> Connection for T {}

/// Connects to an address, for something else than a stream; reading waits no longer than some seconds.
pub fn open(address: &Address, any_certificate: bool) -> Result<Box<dyn Connection>, String> {
    let target = reach(address)?;
    let socket = TcpStream::connect_timeout(&target, PATIENCE).map_err(|error| error.to_string())?;
    socket.set_read_timeout(Some(PATIENCE)).map_err(|error| error.to_string())?;
    Ok(match prepare(address, any_certificate)? {
        Some(config) => Box::new(StreamOwned::new(*tls::connection(&config, &address.host)?, socket)),
        None => Box::new(socket),
    })
}

fn prepare(address: &Address, any_certificate: bool) -> Result<Option<Arc<ClientConfig>>, String> {
    address.tls.then(|| tls::config(any_certificate)).transpose()
}

fn reach(address: &Address) -> Result<SocketAddr, String> {
    let why = |why| format!("nothing answers at {} ({why})", address.authority());
    target::reach(&address.resolve()?).map_err(why)
}
