//! The part of the negotiation from an identity to a session: binding (RFC 6120 §7), Bind 2 (XEP-0386), resumption
//! (XEP-0198 §5), alone or along with a SASL2 login.

use parterre_xmpp::jid::ResourcePart;
use parterre_xmpp::sasl::{Failure, SaslCondition};
use parterre_xmpp::{Condition, Element, FullJid, StanzaError, StreamCondition, ns, reply};

use super::authenticate::failure_element;
use super::{BindRequest, Negotiation, Output, ResumeRequest, State};
use crate::auth::Host;

/// The longest tag that goes into a resource (XEP-0386 §3.2), in characters.
const MAX_TAG: usize = 64;

/// What a client wants to happen along with its login.
#[derive(Default)]
pub(super) struct Inline {
    resume: Option<Element>,
    bind: Option<Element>,
    /// Its `user-agent`'s id.
    client: Option<String>,
}

impl Inline {
    /// Reads `<authenticate/>`.
    pub(super) fn read(authenticate: &Element) -> Self {
        let agent = authenticate.find("user-agent", ns::SASL2);
        Inline {
            resume: authenticate.find("resume", ns::SM).cloned(),
            bind: authenticate.find("bind", ns::BIND2).cloned(),
            client: agent.and_then(|agent| agent.get("id")).filter(|id| is_uuid(id)).map(str::to_ascii_lowercase),
        }
    }
}

/// The `<success/>` of SASL2 as far as it is known.
pub(super) struct Success {
    /// With the mechanism's own data in it.
    element: Element,
    /// Why a session could not be resumed.
    failed: Option<Element>,
}

/// What is to be sent once the caller has answered.
pub(super) enum Pending {
    /// `<resume/>` alone.
    Resume,
    /// `<resume/>` along with a login: the success so far, and what to bind if it fails.
    InlineResume { success: Success, bind: Option<Element> },
    /// A bind request.
    Bind { iq: Element },
    /// A bind along with a login: the success so far.
    InlineBind { success: Success },
}

impl Negotiation {
    /// Takes an element of a client that has logged in and has no session yet.
    pub(super) fn authenticated(&mut self, element: Element) -> Vec<Output> {
        match (element.name(), element.ns()) {
            ("iq", ns::CLIENT) if element.get("type") == Some("set") && element.has("bind", ns::BIND) => {
                self.bind(element)
            }
            ("iq", ns::CLIENT) => match session_result(&element) {
                Some(result) => vec![Output::Send(result)],
                None => self.misplaced(&element),
            },
            ("resume", ns::SM) => match self.resume_request(&element) {
                Ok(request) => {
                    self.state = State::Asked(Box::new(Pending::Resume));
                    vec![Output::Resume(request)]
                }
                Err(failed) => vec![Output::Send(failed)],
            },
            // XEP-0198 §3: not before a resource is bound.
            ("enable", ns::SM) => vec![Output::Send(failed(Condition::UnexpectedRequest))],
            _ => self.misplaced(&element),
        }
    }

    /// A login by SASL2 has succeeded: first what was lost is looked for (XEP-0198 §9.2), then a resource is bound.
    pub(super) fn inline(&mut self, inline: Inline, element: Element) -> Vec<Output> {
        let mut success = Success { element, failed: None };
        self.client = inline.client;
        if let Some(resume) = inline.resume {
            match self.resume_request(&resume) {
                Ok(request) => {
                    self.state = State::Asked(Box::new(Pending::InlineResume { success, bind: inline.bind }));
                    return vec![Output::Resume(request)];
                }
                Err(failed) => success.failed = Some(failed),
            }
        }
        self.inline_bind(success, inline.bind)
    }

    fn inline_bind(&mut self, success: Success, bind: Option<Element>) -> Vec<Output> {
        let Some(bind) = bind else {
            self.state = State::Authenticated;
            let features = self.features_after_login(false, false);
            return vec![Output::Send(self.identified(success, None)), Output::Send(features)];
        };
        let Some(resource) = self.tagged_resource(bind.field_text("tag").as_deref().unwrap_or_default().trim()) else {
            return self.fail(StreamCondition::InternalServerError, "No resource could be made.");
        };
        let Some(mut request) = self.bind_request(resource, false) else {
            return self.not_logged_in();
        };
        request.enable = bind.find("enable", ns::SM).cloned();
        request.carbons = self.host == Host::Accounts && bind.has("enable", ns::CARBONS);
        request.inactive = bind.has("inactive", ns::CSI);
        self.state = State::Asked(Box::new(Pending::InlineBind { success }));
        vec![Output::Bind(request)]
    }

    fn bind(&mut self, iq: Element) -> Vec<Output> {
        let bind = iq.find("bind", ns::BIND);
        let wish = bind.and_then(|bind| bind.field_text("resource")).filter(|resource| !resource.is_empty());
        let resource = match wish.as_deref() {
            Some(wish) => ResourcePart::new(wish).ok(),
            None => self.new_resource(),
        };
        let by_client = wish.is_some();
        drop(wish);
        let Some(resource) = resource else {
            let error =
                StanzaError::new(Condition::BadRequest).text("This resource has characters that none may have.");
            return vec![Output::Send(error.reply_to(&iq))];
        };
        let Some(request) = self.bind_request(resource, by_client) else {
            return self.not_logged_in();
        };
        self.state = State::Asked(Box::new(Pending::Bind { iq }));
        vec![Output::Bind(request)]
    }

    /// Answers [`Output::Bind`]: the session has that address. `results` are the answers to what else the request
    /// asked for: `<enabled/>` or `<failed/>` of stream management.
    pub fn bound(&mut self, jid: &FullJid, results: Vec<Element>) -> Vec<Output> {
        let State::Asked(pending) = std::mem::replace(&mut self.state, State::Over) else {
            return Vec::new();
        };
        match *pending {
            Pending::Bind { iq } => {
                let bind = Element::new("bind", ns::BIND).field("jid", jid.to_string());
                vec![Output::Send(reply(&iq, "result").child(bind))]
            }
            Pending::InlineBind { success } => {
                let managed = results.iter().any(|result| result.is("enabled", ns::SM));
                let bound = Element::new("bound", ns::BIND2).children_from(results);
                let features = self.features_after_login(true, managed);
                let success = self.identified(success, Some(jid)).child(bound);
                vec![Output::Send(success), Output::Send(features)]
            }
            Pending::Resume | Pending::InlineResume { .. } => Vec::new(),
        }
    }

    /// Answers [`Output::Bind`]: the session cannot have that address.
    pub fn bind_refused(&mut self, error: &StanzaError) -> Vec<Output> {
        let State::Asked(pending) = std::mem::replace(&mut self.state, State::Authenticated) else {
            return Vec::new();
        };
        if let Pending::Bind { iq } = *pending {
            // The client may try another (RFC 6120 §7.7.2).
            return vec![Output::Send(error.reply_to(&iq))];
        }
        // Bind 2 has no error of its own: as the success has not been sent, the login fails instead.
        self.identity = None;
        self.state = State::Open;
        let text = error.text.clone().unwrap_or_else(|| "No session can be had now.".into());
        let failure = Failure::new(SaslCondition::TemporaryAuthFailure, text);
        vec![Output::Send(failure_element(ns::SASL2, &failure))]
    }

    /// Answers [`Output::Resume`]: the client goes on with the session of that address; `resumed` says so.
    pub fn resumed(&mut self, jid: &FullJid, resumed: Element) -> Vec<Output> {
        let State::Asked(pending) = std::mem::replace(&mut self.state, State::Over) else {
            return Vec::new();
        };
        match *pending {
            // The stream is established with the success; no features follow (XEP-0198 §9.2).
            Pending::InlineResume { success, .. } => {
                vec![Output::Send(self.identified(success, Some(jid)).child(resumed))]
            }
            _ => vec![Output::Send(resumed)],
        }
    }

    /// Answers [`Output::Resume`]: there is no such session; `failed` says so. The client gets a new one.
    pub fn resume_failed(&mut self, failed: Element) -> Vec<Output> {
        let State::Asked(pending) = std::mem::replace(&mut self.state, State::Authenticated) else {
            return Vec::new();
        };
        match *pending {
            Pending::InlineResume { success, bind } => {
                self.inline_bind(Success { failed: Some(failed), ..success }, bind)
            }
            _ => vec![Output::Send(failed)],
        }
    }

    /// The success with the address that came out of it.
    fn identified(&self, success: Success, jid: Option<&FullJid>) -> Element {
        let address = match (jid, &self.identity) {
            (Some(jid), _) => jid.to_string(),
            (None, Some(identity)) => identity.jid.to_string(),
            (None, None) => String::new(),
        };
        success.element.field("authorization-identifier", address).child_opt(success.failed)
    }

    fn resume_request(&self, resume: &Element) -> Result<Box<ResumeRequest>, Element> {
        let bad = || failed(Condition::BadRequest);
        let identity = self.identity.clone().ok_or_else(bad)?;
        let previd = resume.get("previd").ok_or_else(bad)?.to_owned();
        let h = resume.get("h").and_then(|h| h.parse().ok()).ok_or_else(bad)?;
        Ok(Box::new(ResumeRequest { identity, previd, h }))
    }

    fn bind_request(&self, resource: ResourcePart, by_client: bool) -> Option<Box<BindRequest>> {
        Some(Box::new(BindRequest {
            identity: self.identity.clone()?,
            resource,
            by_client,
            client: self.client.clone(),
            enable: None,
            carbons: false,
            inactive: false,
        }))
    }

    fn not_logged_in(&mut self) -> Vec<Output> {
        self.fail(StreamCondition::NotAuthorized, "Log in before binding a resource.")
    }

    fn new_resource(&mut self) -> Option<ResourcePart> {
        ResourcePart::new(&self.seed.token(8)).ok()
    }

    /// `tag/random` (XEP-0386 §3.2), or without the tag if it cannot be part of a resource.
    fn tagged_resource(&mut self, tag: &str) -> Option<ResourcePart> {
        if tag.is_empty() || tag.chars().count() > MAX_TAG {
            return self.new_resource();
        }
        let resource = format!("{tag}/{}", self.seed.token(8));
        match ResourcePart::new(&resource) {
            Ok(resource) => Some(resource),
            Err(_) => self.new_resource(),
        }
    }
}

/// The answer to a session request (RFC 3921 §3), at whatever point of a stream it comes; `None` if it is not one.
pub fn session_result(iq: &Element) -> Option<Element> {
    let asked = iq.is("iq", ns::CLIENT) && iq.get("type") == Some("set") && iq.has("session", ns::SESSION);
    asked.then(|| reply(iq, "result"))
}

fn failed(condition: Condition) -> Element {
    Element::new("failed", ns::SM).child(Element::new(condition.as_str(), ns::STANZA_ERRORS))
}

/// Whether it is a UUID as XEP-0388 §2.3 asks for.
fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            14 => byte == b'4',
            _ => byte.is_ascii_hexdigit(),
        })
}
