//! Errors that the standards name, as values: stanza errors (RFC 6120 §8.3) and stream errors (§4.9).

use crate::element::Element;
use crate::ns;

/// What the sender may do about a stanza error (RFC 6120 §8.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorType {
    /// Retry after providing credentials.
    Auth,
    /// Do not retry.
    Cancel,
    /// The condition was only a warning.
    Continue,
    /// Retry after changing the data sent.
    Modify,
    /// Retry after waiting.
    Wait,
}

impl ErrorType {
    /// The value of the `type` attribute.
    pub fn as_str(self) -> &'static str {
        match self {
            ErrorType::Auth => "auth",
            ErrorType::Cancel => "cancel",
            ErrorType::Continue => "continue",
            ErrorType::Modify => "modify",
            ErrorType::Wait => "wait",
        }
    }
}

macro_rules! conditions {
    ($(#[$doc:meta])* $kind:ident { $($variant:ident = $name:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs)] // Each variant is the condition of the same name in the RFC.
        pub enum $kind { $($variant,)* }
        impl $kind {
            /// The condition's element name.
            pub fn as_str(self) -> &'static str { match self { $($kind::$variant => $name,)* } }
        }
    };
}

conditions! {
    /// A stanza error condition (RFC 6120 §8.3.3).
    Condition {
        BadRequest = "bad-request", Conflict = "conflict", FeatureNotImplemented = "feature-not-implemented",
        Forbidden = "forbidden", Gone = "gone", InternalServerError = "internal-server-error",
        ItemNotFound = "item-not-found", JidMalformed = "jid-malformed", NotAcceptable = "not-acceptable",
        NotAllowed = "not-allowed", NotAuthorized = "not-authorized", PolicyViolation = "policy-violation",
        RecipientUnavailable = "recipient-unavailable", Redirect = "redirect",
        RegistrationRequired = "registration-required", RemoteServerNotFound = "remote-server-not-found",
        RemoteServerTimeout = "remote-server-timeout", ResourceConstraint = "resource-constraint",
        ServiceUnavailable = "service-unavailable", SubscriptionRequired = "subscription-required",
        UndefinedCondition = "undefined-condition", UnexpectedRequest = "unexpected-request",
    }
}

conditions! {
    /// A stream error condition (RFC 6120 §4.9.3).
    StreamCondition {
        BadFormat = "bad-format", BadNamespacePrefix = "bad-namespace-prefix", Conflict = "conflict",
        ConnectionTimeout = "connection-timeout", HostGone = "host-gone", HostUnknown = "host-unknown",
        ImproperAddressing = "improper-addressing", InternalServerError = "internal-server-error",
        InvalidFrom = "invalid-from", InvalidNamespace = "invalid-namespace", InvalidXml = "invalid-xml",
        NotAuthorized = "not-authorized", NotWellFormed = "not-well-formed", PolicyViolation = "policy-violation",
        RemoteConnectionFailed = "remote-connection-failed", Reset = "reset", ResourceConstraint = "resource-constraint",
        RestrictedXml = "restricted-xml", SeeOtherHost = "see-other-host", SystemShutdown = "system-shutdown",
        UndefinedCondition = "undefined-condition", UnsupportedEncoding = "unsupported-encoding",
        UnsupportedFeature = "unsupported-feature", UnsupportedStanzaType = "unsupported-stanza-type",
        UnsupportedVersion = "unsupported-version",
    }
}

/// A stanza error: condition, type, a text that helps, and the application's own condition where one exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StanzaError {
    /// What the sender may do.
    pub kind: ErrorType,
    /// The defined condition.
    pub condition: Condition,
    /// A sentence for a person.
    pub text: Option<String>,
    /// Character data of the condition: the new address in `gone` and `redirect`.
    pub data: Option<String>,
    /// Application-specific condition.
    pub extra: Option<Box<Element>>,
}

impl StanzaError {
    /// An error with that condition and the type that RFC 6120 §8.3.3 associates with it.
    pub fn new(condition: Condition) -> Self {
        use Condition as C;
        let kind = match condition {
            C::BadRequest | C::JidMalformed | C::NotAcceptable | C::PolicyViolation | C::Redirect => ErrorType::Modify,
            C::Forbidden | C::NotAuthorized | C::RegistrationRequired | C::SubscriptionRequired => ErrorType::Auth,
            C::RecipientUnavailable | C::RemoteServerTimeout | C::ResourceConstraint | C::UnexpectedRequest => {
                ErrorType::Wait
            }
            _ => ErrorType::Cancel,
        };
        StanzaError { kind, condition, text: None, data: None, extra: None }
    }

    /// The error with another type than the usual one.
    #[must_use]
    pub fn of_type(mut self, kind: ErrorType) -> Self {
        self.kind = kind;
        self
    }

    /// The error with a text.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// The error with an application-specific condition.
    #[must_use]
    pub fn extra(mut self, extra: Element) -> Self {
        self.extra = Some(Box::new(extra));
        self
    }

    /// The `<error/>` child.
    pub fn to_element(&self) -> Element {
        let mut condition = Element::new(self.condition.as_str(), ns::STANZA_ERRORS);
        if let Some(data) = &self.data {
            condition.push_text(data.as_str());
        }
        let mut error = Element::new("error", ns::CLIENT).with("type", self.kind.as_str()).child(condition);
        if let Some(text) = &self.text {
            let mut element = Element::new("text", ns::STANZA_ERRORS).text(text.as_str());
            element.set_lang("en");
            error.push(element);
        }
        if let Some(extra) = &self.extra {
            error.push((**extra).clone());
        }
        error
    }

    /// The answer to `stanza` that carries this error: addresses swapped, same id, the payload not repeated
    /// (RFC 6120 §8.3.1 leaves that open, and it would double what a flood costs).
    pub fn reply_to(&self, stanza: &Element) -> Element {
        reply(stanza, "error").child(self.to_element())
    }
}

impl From<Condition> for StanzaError {
    fn from(condition: Condition) -> Self {
        StanzaError::new(condition)
    }
}

/// An empty stanza that answers `stanza`: same name and id, addresses swapped, of the given type.
pub fn reply(stanza: &Element, kind: &'static str) -> Element {
    Element::new(stanza.name().to_owned(), ns::CLIENT)
        .with("type", kind)
        .with_opt("id", stanza.get("id"))
        .with_opt("from", stanza.get("to"))
        .with_opt("to", stanza.get("from"))
}

/// A stream error: it ends the stream.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {text}", condition.as_str())]
pub struct StreamError {
    /// The defined condition.
    pub condition: StreamCondition,
    /// A sentence for a person; may be empty.
    pub text: Cow,
    /// Application-specific condition (RFC 6120 §4.9.4).
    pub extra: Option<Box<Element>>,
}

type Cow = std::borrow::Cow<'static, str>;

impl StreamError {
    /// An error with that condition and text.
    pub fn new(condition: StreamCondition, text: impl Into<Cow>) -> Self {
        StreamError { condition, text: text.into(), extra: None }
    }

    /// The error with an application-specific condition.
    #[must_use]
    pub fn extra(mut self, extra: Element) -> Self {
        self.extra = Some(Box::new(extra));
        self
    }

    /// The `<stream:error/>` element.
    pub fn to_element(&self) -> Element {
        let mut error =
            Element::new("error", ns::STREAMS).child(Element::new(self.condition.as_str(), ns::STREAM_ERRORS));
        if !self.text.is_empty() {
            let mut text = Element::new("text", ns::STREAM_ERRORS).text(self.text.clone());
            text.set_lang("en");
            error.push(text);
        }
        if let Some(extra) = &self.extra {
            error.push((**extra).clone());
        }
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_answers_its_stanza() {
        let iq = Element::iq("get", "1").with("from", "a@d/r").with("to", "d").child(Element::new("query", "urn:x"));
        let error = StanzaError::new(Condition::ItemNotFound).text("There is no such room.");
        assert_eq!(
            error.reply_to(&iq).to_xml(),
            "<iq xmlns='jabber:client' type='error' id='1' from='d' to='a@d/r'><error type='cancel'>\
             <item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>\
             <text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas' xml:lang='en'>There is no such room.</text></error></iq>"
        );
    }

    #[test]
    fn an_error_carries_data_and_an_extra_condition() {
        let mut error = StanzaError::from(Condition::Gone).extra(Element::new("moved", "urn:x"));
        error.data = Some("xmpp:b@room.d".into());
        let element = error.of_type(ErrorType::Modify).to_element();
        assert_eq!(element.get("type"), Some("modify"));
        assert_eq!(element.find("gone", ns::STANZA_ERRORS).unwrap().content(), "xmpp:b@room.d");
        assert!(element.has("moved", "urn:x") && element.children().count() == 2);
    }

    #[test]
    fn each_condition_has_the_type_of_the_rfc() {
        use Condition as C;
        let kind = |condition| StanzaError::new(condition).kind;
        assert_eq!([C::JidMalformed, C::BadRequest, C::NotAcceptable].map(kind), [ErrorType::Modify; 3]);
        assert_eq!([C::Forbidden, C::NotAuthorized, C::RegistrationRequired].map(kind), [ErrorType::Auth; 3]);
        assert_eq!([C::ResourceConstraint, C::RecipientUnavailable].map(kind), [ErrorType::Wait; 2]);
        assert_eq!([C::Conflict, C::NotAllowed, C::ServiceUnavailable].map(kind), [ErrorType::Cancel; 3]);
    }

    #[test]
    fn a_stream_error_names_its_condition() {
        let error = StreamError::new(StreamCondition::HostUnknown, "");
        assert_eq!(
            error.to_element().to_xml(),
            "<stream:error xmlns:stream='http://etherx.jabber.org/streams'>\
             <host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
        );
        let error = StreamError::new(StreamCondition::Reset, "Come again.").to_element();
        assert_eq!(error.find("text", ns::STREAM_ERRORS).unwrap().content(), "Come again.");
    }
}
