//! Stream negotiation (RFC 6120 §4.3): from the first stream header to a session that is bound or resumed.
//!
//! Enters: what a client sends ([`Input`]), one at a time. Leaves: what to do, in order ([`Output`]). There is no
//! socket here, no clock and no randomness but the seed; only checking credentials waits. Two outputs are questions,
//! which the caller answers before it feeds anything else: [`Output::Resume`] by [`Negotiation::resumed`] or
//! [`Negotiation::resume_failed`], [`Output::Bind`] by [`Negotiation::bound`] or [`Negotiation::bind_refused`].
//! No stanza passes before a session is bound, and nothing follows [`Output::Fail`] or [`Output::Close`].
//!
//! [`authenticate`] is the part up to an identity, [`bind`] the part from there on, [`features`] what is announced.

mod authenticate;
mod bind;
mod features;
mod seed;

use std::net::IpAddr;
use std::sync::Arc;

use parterre_xmpp::framing::StreamOpen;
use parterre_xmpp::jid::ResourcePart;
use parterre_xmpp::sasl::ChannelBindings;
use parterre_xmpp::{BareJid, Element, StreamCondition, StreamError, ns};

use crate::auth::{Authenticator, Host, Identity};
use authenticate::Attempt;
use bind::Pending;
use seed::Seed;

pub use bind::session_result;

/// What a client did.
#[derive(Clone, Debug)]
pub enum Input {
    /// It opened the stream, or opened it again.
    Open(StreamOpen),
    /// It sent an element.
    Element(Element),
    /// The TLS handshake after [`Output::StartTls`] is done; a login can be bound to this.
    Secured(ChannelBindings),
}

/// What to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Open the server's stream, with the version 1.0.
    Open {
        /// The stream's id.
        id: String,
        /// The domain that answers.
        from: String,
        /// Whom it answers, if the client said so.
        to: Option<String>,
    },
    /// Send this.
    Send(Element),
    /// Begin the TLS handshake, then feed [`Input::Secured`].
    StartTls,
    /// The client opens its stream again next (RFC 6120 §6.4.6): reset what reads it.
    ExpectRestart,
    /// Can the client go on with that session?
    Resume(Box<ResumeRequest>),
    /// Can the client have that address?
    Bind(Box<BindRequest>),
    /// Close the stream with this error.
    Fail(StreamError),
    /// Close the stream.
    Close,
}

/// A client's wish to go on with a session (XEP-0198 §5).
#[derive(Clone, Debug, PartialEq)]
pub struct ResumeRequest {
    /// Who wishes it: it must be the session's own.
    pub identity: Identity,
    /// The session, as `<enabled/>` named it.
    pub previd: String,
    /// How many of the session's stanzas the client has handled.
    pub h: u32,
}

/// A client's wish for an address and for what comes with it.
#[derive(Clone, Debug, PartialEq)]
pub struct BindRequest {
    /// Who wishes it.
    pub identity: Identity,
    /// The resource.
    pub resource: ResourcePart,
    /// Whether the client chose it; otherwise it is new and unpredictable, and no other session has it.
    pub by_client: bool,
    /// What tells this installation of a client apart from others (XEP-0388 `user-agent`); earlier sessions with it
    /// should end (XEP-0386 §4). It must not be shown to anybody.
    pub client: Option<String>,
    /// `<enable/>` of stream management (XEP-0198 §9.1); its answer goes to [`Negotiation::bound`].
    pub enable: Option<Element>,
    /// Whether carbons are to be on (XEP-0280).
    pub carbons: bool,
    /// Whether the session begins with nobody looking (XEP-0352).
    pub inactive: bool,
}

/// Whether and how TLS is to be had on a stream that does not have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartTls {
    /// Not at all: there is no certificate, or the transport brings its own.
    Absent,
    /// By those who want it.
    Offered,
    /// By everybody, before anything else.
    Required,
}

/// The connection under a stream.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The client's address, for the log.
    pub address: Option<IpAddr>,
    /// Whether what the client sends cannot be read on its way: by TLS, by a proxy's TLS, or because it never leaves
    /// this machine.
    pub secure: bool,
    /// Whether it is plain TCP or TLS: there the old session request is announced (see [`features`]).
    pub tcp: bool,
    /// Whether STARTTLS is offered.
    pub starttls: StartTls,
    /// What a login can be bound to, where the connection began with TLS.
    pub bindings: ChannelBindings,
}

/// A stream on its way to a session.
pub struct Negotiation {
    auth: Arc<Authenticator>,
    connection: Connection,
    seed: Seed,
    host: Host,
    /// Whom the stream header says it is from: a hint, never a proof.
    from: Option<BareJid>,
    identity: Option<Identity>,
    client: Option<String>,
    failures: usize,
    /// What the services announce to accounts among the features.
    offers: Vec<Element>,
    state: State,
}

enum State {
    /// A stream header comes next.
    Opening,
    /// A TLS handshake comes next.
    Securing,
    /// Features were announced, and nobody has logged in.
    Open,
    /// An attempt to log in is under way.
    Authenticating(Box<Attempt>),
    /// Somebody has logged in; a resource is to be bound or a session to be resumed.
    Authenticated,
    /// The caller was asked to resume or to bind.
    Asked(Box<Pending>),
    /// The session is bound, or the stream has failed.
    Over,
}

impl Negotiation {
    /// A negotiation on a new connection. `seed` must be random and used once: ids, nonces and the addresses of
    /// anonymous people come from it.
    pub fn new(auth: Arc<Authenticator>, connection: Connection, seed: [u8; 32]) -> Self {
        Negotiation {
            auth,
            connection,
            seed: Seed::new(seed),
            host: Host::Accounts,
            from: None,
            identity: None,
            client: None,
            failures: 0,
            offers: Vec::new(),
            state: State::Opening,
        }
    }

    /// Announces this, too, to accounts that have logged in.
    #[must_use]
    pub fn offering(self, offers: Vec<Element>) -> Self {
        Negotiation { offers, ..self }
    }

    /// Takes what the client did.
    pub async fn feed(&mut self, input: Input) -> Vec<Output> {
        match (input, &self.state) {
            (Input::Open(open), State::Opening) => self.open(&open),
            (Input::Secured(bindings), State::Securing) => {
                self.connection.secure = true;
                self.connection.starttls = StartTls::Absent;
                self.connection.bindings = bindings;
                self.state = State::Opening;
                Vec::new()
            }
            (Input::Element(element), State::Open) => self.unauthenticated(element).await,
            (Input::Element(element), State::Authenticating(_)) => self.authenticating(element).await,
            (Input::Element(element), State::Authenticated) => self.authenticated(element),
            (Input::Element(_), State::Opening) => {
                self.fail(StreamCondition::BadFormat, "A stream header comes before everything else.")
            }
            (_, State::Over) => Vec::new(),
            _ => self.fail(StreamCondition::PolicyViolation, "This was not expected at this point of the stream."),
        }
    }

    /// Answers a stream header (RFC 6120 §4.7): the server's own comes first, even before an error (§4.9.1.2).
    fn open(&mut self, open: &StreamOpen) -> Vec<Output> {
        let host = open.to.as_deref().map(|to| self.auth.host(to));
        let known = host.flatten();
        let mut out = vec![Output::Open {
            id: self.seed.token(16),
            from: self.auth.name(known.unwrap_or(self.host)).to_owned(),
            to: open.from.clone(),
        }];
        if open.major_version() == 0 {
            let text = "This server speaks XMPP 1.0 and later; the stream header has to say so.";
            out.extend(self.fail(StreamCondition::UnsupportedVersion, text));
            return out;
        }
        let Some(host) = known else {
            out.extend(match host {
                Some(_) => self.fail(StreamCondition::HostUnknown, "People do not log in on that domain here."),
                None => self.fail(StreamCondition::ImproperAddressing, "A stream header needs a 'to' attribute."),
            });
            return out;
        };
        if self.identity.is_some() && host != self.host {
            out.extend(self.fail(StreamCondition::PolicyViolation, "The login was for another domain."));
            return out;
        }
        self.host = host;
        self.from = open.from.as_deref().and_then(|from| BareJid::new(from).ok());
        let domain = self.from.as_ref().map(|from| from.domain());
        // RFC 6120 §4.9.3.9, XEP-0388 §2.1.
        if open.from.is_some() && domain != Some(self.auth.name(host)) {
            out.extend(self.fail(StreamCondition::InvalidFrom, "'from' is not an address of the domain in 'to'."));
            return out;
        }
        out.push(Output::Send(if self.identity.is_some() {
            self.state = State::Authenticated;
            self.features_after_login(false, false)
        } else {
            self.state = State::Open;
            self.features_before_login()
        }));
        out
    }

    fn fail(&mut self, condition: StreamCondition, text: &'static str) -> Vec<Output> {
        self.state = State::Over;
        vec![Output::Fail(StreamError::new(condition, text))]
    }

    /// Ends the stream for an element that has no place where the negotiation is.
    fn misplaced(&mut self, element: &Element) -> Vec<Output> {
        match (element.name(), element.ns()) {
            ("message" | "presence" | "iq", ns::CLIENT) => {
                self.fail(StreamCondition::NotAuthorized, "Log in and bind a resource before sending stanzas.")
            }
            (_, ns::SASL | ns::SASL2 | ns::TLS | ns::SM | ns::CSI) => {
                self.fail(StreamCondition::PolicyViolation, "This was not expected at this point of the stream.")
            }
            _ => self.fail(StreamCondition::UnsupportedStanzaType, "This element is not known here."),
        }
    }
}

#[cfg(test)]
mod tests;
