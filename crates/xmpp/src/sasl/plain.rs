//! PLAIN (RFC 4616): a name and a password in one message.

use std::fmt;

use super::{Failure, prepared};

/// What the client sent. The password is given out once and must be logged nowhere, so it has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Plain {
    /// Whom the client wants to act as; absent: whom it authenticates as.
    pub authzid: Option<String>,
    /// Whom the client authenticates as, prepared.
    pub authcid: String,
    /// The password, prepared; or a signed token in its place.
    pub password: String,
}

impl Plain {
    /// Reads `[authzid] NUL authcid NUL passwd` (RFC 4616 §2).
    pub(super) fn read(message: &[u8]) -> Result<Self, Failure> {
        let text = std::str::from_utf8(message).map_err(|_| Failure::malformed("The PLAIN message is not UTF-8."))?;
        let mut parts = text.split('\0');
        let (Some(acting), Some(name), Some(password), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Failure::malformed("A PLAIN message has three parts with a NUL between them."));
        };
        if name.is_empty() || password.is_empty() {
            return Err(Failure::malformed("PLAIN needs a user name and a password."));
        }
        // RFC 4616 §2: what cannot be prepared fails like any wrong name or password.
        let (Some(name), Some(password)) = (prepared(name), prepared(password)) else {
            return Err(Failure::not_authorized());
        };
        if name.is_empty() || password.is_empty() {
            return Err(Failure::not_authorized());
        }
        Ok(Plain {
            authzid: (!acting.is_empty()).then(|| acting.to_owned()),
            authcid: name.into_owned(),
            password: password.into_owned(),
        })
    }
}

impl fmt::Debug for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plain").field("authzid", &self.authzid).field("authcid", &self.authcid).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sasl::SaslCondition;

    #[test]
    fn the_examples_of_rfc_4616_are_read() {
        let plain = Plain::read(b"\0tim\0tanstaaftanstaaf").unwrap();
        assert_eq!((plain.authzid, plain.authcid.as_str(), plain.password.as_str()), (None, "tim", "tanstaaftanstaaf"));
        let plain = Plain::read(b"Ursel\0Kurt\0xipj3plmq").unwrap();
        assert_eq!((plain.authzid.as_deref(), plain.authcid.as_str()), (Some("Ursel"), "Kurt"));
    }

    #[test]
    fn what_is_not_three_parts_is_malformed() {
        for message in [&b""[..], b"\0", b"tim\0x", b"\0tim\0x\0", b"\0\0x", b"\0tim\0", b"\0tim\0\xff"] {
            assert_eq!(Plain::read(message).unwrap_err().condition, SaslCondition::MalformedRequest, "{message:?}");
        }
    }

    #[test]
    fn names_and_passwords_are_prepared() {
        let plain = Plain::read("\0I\u{ad}X\0\u{2168}".as_bytes()).unwrap();
        assert_eq!((plain.authcid.as_str(), plain.password.as_str()), ("IX", "IX"));
        assert_eq!(Plain::read(b"\0tim\0\x07").unwrap_err().condition, SaslCondition::NotAuthorized);
        assert_eq!(Plain::read("\0\u{ad}\0x".as_bytes()).unwrap_err().condition, SaslCondition::NotAuthorized);
    }

    #[test]
    fn the_password_is_not_printed() {
        assert!(!format!("{:?}", Plain::read(b"\0tim\0tanstaaf").unwrap()).contains("tanstaaf"));
    }
}
