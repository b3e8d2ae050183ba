//! SCRAM (RFC 5802, RFC 7677): a password proven without being sent, with or without channel binding.
//!
//! Three steps, three types: [`ClientFirst`] is what the client asks, [`Challenged`] what the server holds while it
//! waits for the proof, [`Proof`] what comes out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::digest::{Hash, equal};
use super::{ChannelBindings, Failure, SaslCondition, StoredKeys, prepared};

/// The client's first message, read.
#[derive(Debug)]
pub(super) struct ClientFirst {
    /// Whom the client wants to act as.
    pub(super) authzid: Option<String>,
    /// Whom it authenticates as, prepared.
    pub(super) authcid: String,
    nonce: String,
    /// `client-first-message-bare`.
    bare: String,
    /// What `c=` in the final message has to be: the GS2 header and the channel's data.
    binding: Vec<u8>,
}

/// What the channel allows and what was announced.
pub(super) struct Channel<'a> {
    pub(super) bindings: &'a ChannelBindings,
    /// Whether the chosen mechanism is a -PLUS.
    pub(super) plus: bool,
    /// Whether a -PLUS mechanism was announced on this stream.
    pub(super) plus_offered: bool,
}

impl ClientFirst {
    /// Reads `gs2-header client-first-message-bare` (RFC 5802 §7).
    pub(super) fn read(message: &[u8], channel: &Channel<'_>) -> Result<Self, Failure> {
        let malformed = || Failure::malformed("This is not the first message of SCRAM.");
        let text = std::str::from_utf8(message).map_err(|_| malformed())?;
        let (flag, rest) = text.split_once(',').ok_or_else(malformed)?;
        let (authzid, bare) = rest.split_once(',').ok_or_else(malformed)?;
        let header = &message[..text.len() - bare.len()];
        let data = binding_data(flag, channel)?;
        let authzid = match authzid {
            "" => None,
            some => Some(some.strip_prefix("a=").and_then(unescape).ok_or_else(malformed)?),
        };
        let mut attributes = bare.split(',');
        let name = attributes.next().unwrap_or_default();
        if name.starts_with("m=") {
            // RFC 5802 §5.1: an extension that the server must understand, and no such one exists.
            return Err(Failure::malformed("SCRAM extensions are not supported."));
        }
        let name = name.strip_prefix("n=").and_then(unescape).ok_or_else(malformed)?;
        let nonce =
            attributes.next().and_then(|r| r.strip_prefix("r=")).filter(|r| is_nonce(r)).ok_or_else(malformed)?;
        let name = prepared(&name).filter(|name| !name.is_empty()).ok_or_else(Failure::not_authorized)?;
        Ok(ClientFirst {
            authzid,
            authcid: name.into_owned(),
            nonce: nonce.to_owned(),
            bare: bare.to_owned(),
            binding: [header, data].concat(),
        })
    }

    /// The challenge: the account's salt and iteration count, and a nonce that the server drew for this attempt.
    pub(super) fn challenge(self, hash: Hash, keys: &StoredKeys, server_nonce: &str) -> (Challenged, Vec<u8>) {
        let nonce = format!("{}{server_nonce}", self.nonce);
        let server_first = format!("r={nonce},s={},i={}", BASE64.encode(&keys.salt), keys.iterations);
        let pair = keys.pair(hash).clone();
        (Challenged { hash, first: self, nonce, server_first: server_first.clone(), pair }, server_first.into_bytes())
    }
}

/// The channel's data that the client says it binds to, empty without binding (RFC 5802 §6).
fn binding_data<'a>(flag: &str, channel: &Channel<'a>) -> Result<&'a [u8], Failure> {
    let kind = match flag {
        "n" | "y" if channel.plus => {
            return Err(Failure::malformed("A -PLUS mechanism needs a channel binding."));
        }
        "y" if channel.plus_offered => {
            // The client believes that the server cannot bind, the server said that it can: somebody in between
            // took the -PLUS mechanisms out of the list.
            return Err(Failure::new(
                SaslCondition::NotAuthorized,
                "This server does support channel binding; something between you and it hid that.",
            ));
        }
        "n" | "y" => return Ok(&[]),
        other => {
            other.strip_prefix("p=").ok_or_else(|| Failure::malformed("This is not the first message of SCRAM."))?
        }
    };
    if !channel.plus {
        return Err(Failure::malformed("Channel binding needs a -PLUS mechanism."));
    }
    channel.bindings.data(kind).ok_or_else(|| Failure::malformed("This type of channel binding is not supported here."))
}

/// The server's state between its challenge and the proof.
#[derive(Debug)]
pub(super) struct Challenged {
    hash: Hash,
    first: ClientFirst,
    nonce: String,
    server_first: String,
    pair: super::KeyPair,
}

/// Who proved to know the password.
#[derive(Debug)]
pub(super) struct Proof {
    pub(super) authzid: Option<String>,
    pub(super) authcid: String,
    /// `server-final-message`: the server's own proof.
    pub(super) server_final: Vec<u8>,
}

impl Challenged {
    /// Checks `channel-binding "," nonce ["," extensions] "," proof` (RFC 5802 §7).
    pub(super) fn verify(self, message: &[u8]) -> Result<Proof, Failure> {
        let malformed = || Failure::malformed("This is not the final message of SCRAM.");
        let text = std::str::from_utf8(message).map_err(|_| malformed())?;
        let (without_proof, proof) = text.rsplit_once(",p=").ok_or_else(malformed)?;
        let mut attributes = without_proof.split(',');
        let binding = attributes.next().and_then(|c| c.strip_prefix("c=")).ok_or_else(malformed)?;
        let nonce = attributes.next().and_then(|r| r.strip_prefix("r=")).ok_or_else(malformed)?;
        let binding = BASE64.decode(binding).map_err(|_| malformed())?;
        let proof = BASE64.decode(proof).map_err(|_| malformed())?;
        if binding != self.first.binding {
            return Err(Failure::new(
                SaslCondition::NotAuthorized,
                "The channel binding does not match; something may sit between you and this server.",
            ));
        }
        if nonce != self.nonce {
            return Err(Failure::not_authorized());
        }
        let auth_message = format!("{},{},{without_proof}", self.first.bare, self.server_first);
        let signature = self.hash.hmac(&self.pair.stored, auth_message.as_bytes());
        if proof.len() != signature.len() {
            return Err(Failure::not_authorized());
        }
        let client_key: Vec<u8> = proof.iter().zip(&signature).map(|(proof, signature)| proof ^ signature).collect();
        if !equal(&self.hash.digest(&client_key), &self.pair.stored) {
            return Err(Failure::not_authorized());
        }
        let server_signature = self.hash.hmac(&self.pair.server, auth_message.as_bytes());
        Ok(Proof {
            authzid: self.first.authzid,
            authcid: self.first.authcid,
            server_final: format!("v={}", BASE64.encode(server_signature)).into_bytes(),
        })
    }
}

/// A `saslname` as it was before `,` and `=` were escaped (RFC 5802 §5.1). `None`: empty, or wrongly escaped.
pub(super) fn unescape(name: &str) -> Option<String> {
    let mut pieces = name.split('=');
    let mut out = pieces.next()?.to_owned();
    for piece in pieces {
        let (sign, rest) = match (piece.strip_prefix("2C"), piece.strip_prefix("3D")) {
            (Some(rest), _) => (',', rest),
            (_, Some(rest)) => ('=', rest),
            _ => return None,
        };
        out.push(sign);
        out.push_str(rest);
    }
    (!out.is_empty()).then_some(out)
}

/// Whether it is `1*printable`: ASCII without controls, space and comma.
fn is_nonce(nonce: &str) -> bool {
    !nonce.is_empty() && nonce.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_TLS: ChannelBindings = ChannelBindings { exporter: None, server_end_point: None };

    fn plain_channel() -> Channel<'static> {
        Channel { bindings: &NO_TLS, plus: false, plus_offered: false }
    }

    fn keys(salt: &str) -> StoredKeys {
        StoredKeys::derive("pencil", &BASE64.decode(salt).unwrap(), 4096).unwrap()
    }

    #[test]
    fn the_exchange_of_rfc_5802() {
        let first = ClientFirst::read(b"n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL", &plain_channel()).unwrap();
        assert_eq!((first.authcid.as_str(), &first.authzid), ("user", &None));
        let (challenged, challenge) = first.challenge(Hash::Sha1, &keys("QSXCR+Q6sek8bf92"), "3rfcNHYJY1ZVvWVs7j");
        assert_eq!(challenge, b"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096");
        let last = b"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=";
        assert_eq!(challenged.verify(last).unwrap().server_final, b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=");
    }

    fn rfc_7677() -> Challenged {
        let first = ClientFirst::read(b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO", &plain_channel()).unwrap();
        let nonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
        let (challenged, challenge) = first.challenge(Hash::Sha256, &keys("W22ZaJ0SNY7soEsUEjb6gQ=="), nonce);
        let expected = b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
        assert_eq!(challenge, expected);
        challenged
    }

    #[test]
    fn the_exchange_of_rfc_7677() {
        let last = b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
            p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
        let proof = rfc_7677().verify(last).unwrap();
        assert_eq!(proof.server_final, b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
        assert_eq!(proof.authcid, "user");
    }

    #[test]
    fn a_proof_that_differs_anywhere_fails() {
        let nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
        let proof = "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
        for (last, condition) in [
            (format!("c=biws,r={nonce},p=eHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="), SaslCondition::NotAuthorized),
            (format!("c=biws,r={nonce},p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="), SaslCondition::NotAuthorized),
            (format!("c=biws,r={nonce}x,p={proof}"), SaslCondition::NotAuthorized),
            (format!("c=eSws,r={nonce},p={proof}"), SaslCondition::NotAuthorized),
            (format!("c=biws,r={nonce},p="), SaslCondition::NotAuthorized),
            (format!("c=biws,r={nonce}"), SaslCondition::MalformedRequest),
            (format!("r={nonce},c=biws,p={proof}"), SaslCondition::MalformedRequest),
            (format!("c=biws,r={nonce},p=!"), SaslCondition::MalformedRequest),
            (String::new(), SaslCondition::MalformedRequest),
        ] {
            assert_eq!(rfc_7677().verify(last.as_bytes()).unwrap_err().condition, condition, "{last}");
        }
    }

    #[test]
    fn first_messages_that_are_none_are_malformed() {
        for message in [
            "",
            "n",
            "n,",
            "n,,",
            "n,,n=user",
            "n,,n=,r=x",
            "n,,r=x,n=user",
            "n,,n=us=er,r=x",
            "n,,n=user,r=",
            "x,,n=user,r=x",
            "n,b=x,n=user,r=x",
            "n,a=,n=user,r=x",
            "n,,m=x,n=user,r=x",
            "n,,n=user,r=a b",
            "p=tls-exporter,,n=user,r=x",
        ] {
            let failure = ClientFirst::read(message.as_bytes(), &plain_channel()).unwrap_err();
            assert_eq!(failure.condition, SaslCondition::MalformedRequest, "{message}");
        }
    }

    #[test]
    fn escaped_names_are_unescaped() {
        let first = ClientFirst::read(b"n,a=x=3Dy,n=a=2Cb=3Dc,r=x", &plain_channel()).unwrap();
        assert_eq!((first.authcid.as_str(), first.authzid.as_deref()), ("a,b=c", Some("x=y")));
    }

    #[test]
    fn a_hidden_plus_is_noticed() {
        let offered = Channel { plus_offered: true, ..plain_channel() };
        let failure = ClientFirst::read(b"y,,n=user,r=x", &offered).unwrap_err();
        assert_eq!(failure.condition, SaslCondition::NotAuthorized);
        assert!(ClientFirst::read(b"y,,n=user,r=x", &plain_channel()).is_ok());
        assert!(ClientFirst::read(b"n,,n=user,r=x", &offered).is_ok());
    }

    #[test]
    fn plus_binds_to_the_channel() {
        let bindings = ChannelBindings { exporter: Some([7; 32]), server_end_point: None };
        let channel = Channel { bindings: &bindings, plus: true, plus_offered: true };
        let first = ClientFirst::read(b"p=tls-exporter,,n=user,r=x", &channel).unwrap();
        assert_eq!(first.binding, [b"p=tls-exporter,,".as_slice(), &[7; 32]].concat());
        for message in [&b"n,,n=user,r=x"[..], b"y,,n=user,r=x", b"p=tls-unique,,n=user,r=x"] {
            assert!(ClientFirst::read(message, &channel).is_err());
        }
    }
}
