//! SASL, the server's side (RFC 4422): who a client says it is, and the proof.
//!
//! Enters: the decoded bytes that a client sent, one message at a time, and what the server knows (stored keys, a
//! verdict on a password or a token). Leaves: challenges, questions that the server has to answer, and in the end a
//! proven name or a [`Failure`]. Base64 and XML are the stream's business. Nothing here reads a clock, draws a
//! random number, waits, or keeps a password longer than the question that carries it.
//!
//! [`Exchange`] is the door; the modules below it are one mechanism each.

mod anonymous;
pub mod digest;
mod exchange;
mod keys;
mod oauthbearer;
mod plain;
mod scram;

use std::borrow::Cow;

pub use exchange::{Exchange, Offer, Step};
pub use keys::{KeyPair, StoredKeys};
pub use oauthbearer::Bearer;
pub use plain::Plain;

use digest::Hash;

/// A SASL mechanism that Parterre can speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mechanism {
    /// SCRAM with SHA-256, bound to the TLS channel (RFC 7677).
    ScramSha256Plus,
    /// SCRAM with SHA-1, bound to the TLS channel (RFC 5802).
    ScramSha1Plus,
    /// SCRAM with SHA-256 (RFC 7677).
    ScramSha256,
    /// SCRAM with SHA-1 (RFC 5802).
    ScramSha1,
    /// A signed token (RFC 7628).
    OauthBearer,
    /// A password, or a signed token in its place (RFC 4616).
    Plain,
    /// Nobody in particular (RFC 4505).
    Anonymous,
}

impl Mechanism {
    /// All of them, the strongest first, which is the order in which they are announced.
    pub const ALL: [Mechanism; 7] = [
        Mechanism::ScramSha256Plus,
        Mechanism::ScramSha1Plus,
        Mechanism::ScramSha256,
        Mechanism::ScramSha1,
        Mechanism::OauthBearer,
        Mechanism::Plain,
        Mechanism::Anonymous,
    ];

    /// The name in the IANA registry.
    pub fn name(self) -> &'static str {
        match self {
            Mechanism::ScramSha256Plus => "SCRAM-SHA-256-PLUS",
            Mechanism::ScramSha1Plus => "SCRAM-SHA-1-PLUS",
            Mechanism::ScramSha256 => "SCRAM-SHA-256",
            Mechanism::ScramSha1 => "SCRAM-SHA-1",
            Mechanism::OauthBearer => "OAUTHBEARER",
            Mechanism::Plain => "PLAIN",
            Mechanism::Anonymous => "ANONYMOUS",
        }
    }

    /// The mechanism of that name; names are upper case (RFC 4422 §3.1).
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mechanism| mechanism.name() == name)
    }

    /// Whether it proves knowledge of a password without sending it.
    pub fn is_scram(self) -> bool {
        self.hash().is_some()
    }

    /// Whether it binds the proof to the TLS channel.
    pub fn binds_channel(self) -> bool {
        matches!(self, Mechanism::ScramSha256Plus | Mechanism::ScramSha1Plus)
    }

    /// Whether whoever can read the connection can use what the client sends.
    pub fn reveals_secret(self) -> bool {
        matches!(self, Mechanism::Plain | Mechanism::OauthBearer)
    }

    fn hash(self) -> Option<Hash> {
        match self {
            Mechanism::ScramSha256Plus | Mechanism::ScramSha256 => Some(Hash::Sha256),
            Mechanism::ScramSha1Plus | Mechanism::ScramSha1 => Some(Hash::Sha1),
            Mechanism::OauthBearer | Mechanism::Plain | Mechanism::Anonymous => None,
        }
    }
}

/// Why an authentication failed (RFC 6120 §6.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // Each variant is the condition of the same name in the RFC.
pub enum SaslCondition {
    Aborted,
    AccountDisabled,
    CredentialsExpired,
    EncryptionRequired,
    IncorrectEncoding,
    InvalidAuthzid,
    InvalidMechanism,
    MalformedRequest,
    MechanismTooWeak,
    NotAuthorized,
    TemporaryAuthFailure,
}

impl SaslCondition {
    /// The condition's element name.
    pub fn as_str(self) -> &'static str {
        match self {
            SaslCondition::Aborted => "aborted",
            SaslCondition::AccountDisabled => "account-disabled",
            SaslCondition::CredentialsExpired => "credentials-expired",
            SaslCondition::EncryptionRequired => "encryption-required",
            SaslCondition::IncorrectEncoding => "incorrect-encoding",
            SaslCondition::InvalidAuthzid => "invalid-authzid",
            SaslCondition::InvalidMechanism => "invalid-mechanism",
            SaslCondition::MalformedRequest => "malformed-request",
            SaslCondition::MechanismTooWeak => "mechanism-too-weak",
            SaslCondition::NotAuthorized => "not-authorized",
            SaslCondition::TemporaryAuthFailure => "temporary-auth-failure",
        }
    }
}

/// A failed authentication: the condition, and a sentence for a person. Neither may tell whether an account exists.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {text}", condition.as_str())]
pub struct Failure {
    /// The defined condition.
    pub condition: SaslCondition,
    /// What happened, what to do; may be empty.
    pub text: Cow<'static, str>,
}

impl Failure {
    /// A failure with that condition and text.
    pub fn new(condition: SaslCondition, text: impl Into<Cow<'static, str>>) -> Self {
        Failure { condition, text: text.into() }
    }

    /// Wrong name or wrong secret: the one answer to both.
    pub fn not_authorized() -> Self {
        Failure::new(SaslCondition::NotAuthorized, "The user name or the password is not right.")
    }

    /// What the client sent is not a message of the mechanism.
    pub fn malformed(text: &'static str) -> Self {
        Failure::new(SaslCondition::MalformedRequest, text)
    }
}

/// What identifies the TLS channel that a stream runs over (RFC 5056); empty where there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChannelBindings {
    /// `tls-exporter` (RFC 9266 §2).
    pub exporter: Option<[u8; 32]>,
    /// `tls-server-end-point` (RFC 5929 §4): the hash of the server's certificate.
    pub server_end_point: Option<Vec<u8>>,
}

impl ChannelBindings {
    /// The types at hand, the strongest first.
    pub fn types(&self) -> impl Iterator<Item = &'static str> {
        let exporter = self.exporter.is_some().then_some("tls-exporter");
        exporter.into_iter().chain(self.server_end_point.is_some().then_some("tls-server-end-point"))
    }

    /// Whether a mechanism can bind to the channel at all.
    pub fn is_empty(&self) -> bool {
        self.exporter.is_none() && self.server_end_point.is_none()
    }

    /// The data of a type.
    pub fn data(&self, kind: &str) -> Option<&[u8]> {
        match kind {
            "tls-exporter" => self.exporter.as_ref().map(<[u8; 32]>::as_slice),
            "tls-server-end-point" => self.server_end_point.as_deref(),
            _ => None,
        }
    }
}

/// `SASLprep` (RFC 4013): the form in which names and passwords are compared. `None` if the text may not be used.
pub fn prepared(text: &str) -> Option<Cow<'_, str>> {
    stringprep::saslprep(text).ok()
}
