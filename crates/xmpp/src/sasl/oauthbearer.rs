//! OAUTHBEARER (RFC 7628): a signed token in one message.

use std::fmt;

use super::Failure;

/// What separates the key/value pairs (RFC 7628 §3.1).
const KVSEP: char = '\u{1}';

/// The one message by which a client answers a failed attempt (RFC 7628 §3.2.3).
pub(super) const DUMMY: &[u8] = &[1];

/// What the server says of a token that it does not take, before it fails the attempt (RFC 7628 §3.2.2). There is no
/// authorization server to point to: the site signs its tokens itself.
pub(super) const INVALID_TOKEN: &[u8] = br#"{"status":"invalid_token"}"#;

/// What the client sent. The token is as good as a password, so it has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Bearer {
    /// Whom the client wants to act as; absent: whom the token names.
    pub authzid: Option<String>,
    /// The token, as it stood after `Bearer `.
    pub token: String,
}

impl Bearer {
    /// Reads `gs2-header kvsep *kvpair kvsep` (RFC 7628 §3.1). Keys other than `auth` are for proxies and HTTP
    /// signatures and are passed over, as the RFC asks.
    pub(super) fn read(message: &[u8]) -> Result<Self, Failure> {
        let malformed = || Failure::malformed("This is not an OAUTHBEARER message.");
        let text = std::str::from_utf8(message).map_err(|_| malformed())?;
        let (header, pairs) = text.split_once(KVSEP).ok_or_else(malformed)?;
        let authzid = match read_header(header).ok_or_else(malformed)? {
            "" => None,
            some => Some(some.strip_prefix("a=").and_then(super::scram::unescape).ok_or_else(malformed)?),
        };
        let pairs = pairs.strip_suffix(KVSEP).ok_or_else(malformed)?;
        let mut auth = None;
        for pair in pairs.split_terminator(KVSEP) {
            let (key, value) = pair.split_once('=').ok_or_else(malformed)?;
            if key == "auth" && auth.replace(value).is_some() {
                return Err(malformed());
            }
        }
        let (scheme, token) = auth.and_then(|auth| auth.split_once(' ')).ok_or_else(malformed)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Failure::malformed("Only the Bearer scheme is spoken here."));
        }
        Ok(Bearer { authzid, token: token.trim().to_owned() })
    }
}

/// The authorization identity of a GS2 header without channel binding, `n,a=user@example.com,`, as it stands there.
fn read_header(header: &str) -> Option<&str> {
    let (flag, rest) = header.split_once(',')?;
    let authzid = rest.strip_suffix(',').filter(|authzid| !authzid.contains(','))?;
    matches!(flag, "n" | "y").then_some(authzid)
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bearer").field("authzid", &self.authzid).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_7628_is_read() {
        let message = b"n,a=user@example.com,\x01host=server.example.com\x01port=143\x01\
            auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\x01\x01";
        let bearer = Bearer::read(message).unwrap();
        assert_eq!(bearer.authzid.as_deref(), Some("user@example.com"));
        assert_eq!(bearer.token, "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==");
        assert_eq!(format!("{bearer:?}"), "Bearer { authzid: Some(\"user@example.com\"), .. }");
    }

    #[test]
    fn a_message_without_authzid_names_nobody() {
        assert_eq!(Bearer::read(b"n,,\x01auth=bearer x.y.z\x01\x01").unwrap().authzid, None);
    }

    #[test]
    fn other_messages_are_malformed() {
        for message in [
            &b""[..],
            b"n,,",
            b"n,,\x01\x01",
            b"n,,\x01auth=Bearer x",
            b"n,\x01auth=Bearer x\x01\x01",
            b"p=tls-exporter,,\x01auth=Bearer x\x01\x01",
            b"n,b=x,\x01auth=Bearer x\x01\x01",
            b"n,,\x01auth=Basic x\x01\x01",
            b"n,,\x01auth=Bearer\x01\x01",
            b"n,,\x01auth=Bearer x\x01auth=Bearer y\x01\x01",
            b"n,,\x01nonsense\x01auth=Bearer x\x01\x01",
        ] {
            assert!(Bearer::read(message).is_err(), "{:?}", String::from_utf8_lossy(message));
        }
    }
}
