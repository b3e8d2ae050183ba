//! The part of the negotiation up to an identity: STARTTLS (RFC 6120 §5), SASL (§6), SASL2 (XEP-0388).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use parterre_xmpp::sasl::{Exchange, Failure, Mechanism, Offer, SaslCondition, Step};
use parterre_xmpp::{Element, StreamCondition, StreamError, ns};

use super::bind::Inline;
use super::{Negotiation, Output, StartTls, State};
use crate::auth::Identity;

/// An attempt to log in.
pub(super) struct Attempt {
    exchange: Exchange,
    profile: Profile,
    /// Whom the client says it is, for the log.
    user: Option<String>,
}

/// How SASL is put into elements.
enum Profile {
    /// RFC 6120 §6.
    Sasl,
    /// XEP-0388, with what the client wants to happen along with the login.
    Sasl2(Box<Inline>),
}

impl Profile {
    fn ns(&self) -> &'static str {
        match self {
            Profile::Sasl => ns::SASL,
            Profile::Sasl2(_) => ns::SASL2,
        }
    }
}

impl Negotiation {
    /// Takes an element of a client that has not logged in and is not about to.
    pub(super) async fn unauthenticated(&mut self, element: Element) -> Vec<Output> {
        match (element.name(), element.ns()) {
            ("starttls", ns::TLS) => self.start_tls(),
            ("auth", ns::SASL) => {
                // RFC 6120 §6.4.2: no text is no response, "=" an empty one.
                let content = element.content();
                let initial = match content.trim() {
                    "" => None,
                    "=" => Some(""),
                    some => Some(some),
                };
                self.begin(&element, Profile::Sasl, initial).await
            }
            ("authenticate", ns::SASL2) if self.connection.secure => {
                let initial = element.field_text("initial-response");
                let profile = Profile::Sasl2(Box::new(Inline::read(&element)));
                self.begin(&element, profile, initial.as_deref().map(str::trim)).await
            }
            ("response" | "abort", ns::SASL | ns::SASL2) => {
                let profile = if element.ns() == ns::SASL { Profile::Sasl } else { Profile::Sasl2(Box::default()) };
                self.failed(&profile, None, None, &Failure::malformed("There is no attempt to log in to go on with."))
            }
            _ => self.misplaced(&element),
        }
    }

    /// Takes an element in the middle of an attempt. Nothing but its own may come (XEP-0388 §2.4).
    pub(super) async fn authenticating(&mut self, element: Element) -> Vec<Output> {
        let State::Authenticating(attempt) = std::mem::replace(&mut self.state, State::Over) else {
            return self.misplaced(&element);
        };
        if element.ns() != attempt.profile.ns() {
            return self.misplaced(&element);
        }
        match element.name() {
            "response" => {
                let content = element.content();
                let text = content.trim();
                self.respond(attempt, if text == "=" { "" } else { text }).await
            }
            "abort" => {
                let failure = Failure::new(SaslCondition::Aborted, "");
                self.failed(&attempt.profile, Some(attempt.exchange.mechanism()), attempt.user.as_deref(), &failure)
            }
            _ => self.misplaced(&element),
        }
    }

    fn start_tls(&mut self) -> Vec<Output> {
        if self.connection.starttls == StartTls::Absent {
            // RFC 6120 §5.4.2.2.
            self.state = State::Over;
            return vec![Output::Send(Element::new("failure", ns::TLS)), Output::Close];
        }
        self.state = State::Securing;
        vec![Output::Send(Element::new("proceed", ns::TLS)), Output::StartTls]
    }

    async fn begin(&mut self, element: &Element, profile: Profile, initial: Option<&str>) -> Vec<Output> {
        let mechanism = element.get("mechanism").and_then(Mechanism::named);
        let offered = self.mechanisms();
        let Some(mechanism) = mechanism.filter(|mechanism| offered.contains(mechanism)) else {
            let hidden = mechanism.is_some_and(Mechanism::reveals_secret) && !self.connection.secure;
            let failure = if hidden || self.connection.starttls == StartTls::Required {
                Failure::new(SaslCondition::EncryptionRequired, "Use TLS first: others could read this connection.")
            } else {
                Failure::new(SaslCondition::InvalidMechanism, "This mechanism is not offered on this stream.")
            };
            return self.failed(&profile, mechanism, None, &failure);
        };
        let offer = Offer {
            bindings: self.connection.bindings.clone(),
            plus_offered: offered.iter().any(|mechanism| mechanism.binds_channel()),
        };
        let exchange = Exchange::new(mechanism, offer, self.seed.token(16));
        let attempt = Box::new(Attempt { exchange, profile, user: None });
        match initial {
            Some(initial) => self.respond(attempt, initial).await,
            // It has nothing to say and no client expects to be asked.
            None if mechanism == Mechanism::Anonymous => self.respond(attempt, "").await,
            None => {
                let challenge = Element::new("challenge", attempt.profile.ns());
                self.state = State::Authenticating(attempt);
                vec![Output::Send(challenge)]
            }
        }
    }

    async fn respond(&mut self, mut attempt: Box<Attempt>, response: &str) -> Vec<Output> {
        let mut step = match BASE64.decode(response) {
            Ok(message) => attempt.exchange.respond(&message),
            Err(_) => Step::Failed(Failure::new(SaslCondition::IncorrectEncoding, "This is not base64.")),
        };
        loop {
            let mut additional = None;
            let mut acting = false;
            let verdict = match step {
                Step::Challenge(data) => {
                    let challenge = Element::new("challenge", attempt.profile.ns()).text(BASE64.encode(data));
                    self.state = State::Authenticating(attempt);
                    return vec![Output::Send(challenge)];
                }
                Step::Keys(user) => {
                    let keys = self.auth.keys(&user).await;
                    attempt.user = Some(user);
                    step = match keys {
                        Ok(keys) => attempt.exchange.keys(&keys),
                        Err(failure) => attempt.exchange.refuse(failure),
                    };
                    continue;
                }
                Step::Anonymous => {
                    let local = self.seed.token(12);
                    self.auth.nobody(&local)
                }
                Step::Password(plain) => {
                    attempt.user = Some(plain.authcid.clone());
                    acting = plain.authzid.is_some();
                    self.auth.password(plain).await
                }
                Step::Token(bearer) => {
                    attempt.user.clone_from(&bearer.authzid);
                    acting = bearer.authzid.is_some();
                    self.auth.token(&bearer)
                }
                Step::Proven { authzid, authcid, data } => {
                    additional = Some(data);
                    acting = authzid.is_some();
                    self.auth.proven(&authcid, authzid.as_deref())
                }
                Step::Failed(failure) => {
                    let mechanism = Some(attempt.exchange.mechanism());
                    return self.failed(&attempt.profile, mechanism, attempt.user.as_deref(), &failure);
                }
            };
            match verdict.and_then(|identity| self.agrees(identity, acting)) {
                Ok(identity) => return self.succeeded(*attempt, identity, additional),
                Err(failure) => step = attempt.exchange.refuse(failure),
            }
        }
    }

    /// XEP-0388 §2.3: who asks to act as somebody must not have said in the stream header that it is somebody else.
    /// A domain alone, as some libraries send it, names nobody.
    fn agrees(&self, identity: Identity, acting: bool) -> Result<Identity, Failure> {
        let named = self.from.as_ref().filter(|from| from.node().is_some());
        if acting && named.is_some_and(|from| *from != identity.jid) {
            return Err(Failure::new(SaslCondition::InvalidAuthzid, "The stream header names somebody else."));
        }
        Ok(identity)
    }

    fn succeeded(&mut self, attempt: Attempt, identity: Identity, additional: Option<Vec<u8>>) -> Vec<Output> {
        self.auth.metrics.logins.inc();
        let mechanism = attempt.exchange.mechanism().name();
        tracing::debug!(address = ?self.connection.address, jid = %identity.jid, mechanism, "logged in");
        self.identity = Some(identity);
        let additional = additional.map(|data| BASE64.encode(data));
        match attempt.profile {
            Profile::Sasl => {
                self.state = State::Opening;
                let success = Element::new("success", ns::SASL).text(additional.unwrap_or_default());
                vec![Output::Send(success), Output::ExpectRestart]
            }
            Profile::Sasl2(inline) => {
                let data = additional.map(|data| Element::new("additional-data", ns::SASL2).text(data));
                self.inline(*inline, Element::new("success", ns::SASL2).child_opt(data))
            }
        }
    }

    /// Says that an attempt has failed, and ends the stream after too many (RFC 6120 §6.4.5).
    fn failed(
        &mut self,
        profile: &Profile,
        mechanism: Option<Mechanism>,
        user: Option<&str>,
        failure: &Failure,
    ) -> Vec<Output> {
        self.failures += 1;
        self.auth.metrics.logins_rejected.inc();
        let mechanism = mechanism.map_or("unknown", Mechanism::name);
        let condition = failure.condition.as_str();
        tracing::info!(address = ?self.connection.address, user, mechanism, condition, "a login was rejected");
        let mut out = vec![Output::Send(failure_element(profile.ns(), failure))];
        if self.failures >= self.auth.attempts {
            self.state = State::Over;
            let text = "Too many attempts to log in failed on this connection.";
            out.push(Output::Fail(StreamError::new(StreamCondition::PolicyViolation, text)));
        } else {
            self.state = State::Open;
        }
        out
    }
}

/// The `<failure/>` of either profile: RFC 6120's conditions in both (XEP-0388 §2.6.2).
pub(super) fn failure_element(ns: &'static str, failure: &Failure) -> Element {
    let mut element = Element::new("failure", ns).child(Element::new(failure.condition.as_str(), ns::SASL));
    if !failure.text.is_empty() {
        let mut text = Element::new("text", ns).text(failure.text.clone());
        text.set_lang("en");
        element.push(text);
    }
    element
}
