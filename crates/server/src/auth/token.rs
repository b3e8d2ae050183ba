//! Signed tokens: JWT (RFC 7519) with HS256 (RFC 7518 §3.2), and nothing else of that large family.
//!
//! Enters: a token as text, the domain that it must be for, and the time. Leaves: its claims, if the site that shares
//! the secret signed them and they hold now. No other algorithm is known here, so none can be smuggled in.

use std::collections::BTreeMap;

use axum::http::Uri;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use parterre_room::Affiliation;
use parterre_xmpp::Timestamp;
use parterre_xmpp::jid::{NodePart, precis};
use parterre_xmpp::sasl::digest;
use serde::Deserialize;

/// The longest token that is looked at, in bytes.
const MAX_BYTES: usize = 8_192;
/// How far the clocks of the site and of this server may differ, in seconds.
const LEEWAY: f64 = 30.0;
/// The longest nick, in characters.
const MAX_NICK: usize = 64;
/// The longest address of an avatar, in bytes: it goes out to everybody with each message of its bearer.
const MAX_AVATAR: usize = 512;
/// Rooms in which a token may give an affiliation.
const MAX_ROOMS: usize = 100;

/// What a token says, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Claims {
    /// `sub`: whom the token is for, the local part of an address or a whole bare address.
    pub subject: String,
    /// `iat`: when it was issued; the beginning of time where it does not say.
    pub issued: Timestamp,
    /// `exp`: when it ends.
    pub expires: Timestamp,
    /// `nick`: under which nick its bearer is known.
    pub nick: Option<String>,
    /// `avatar`: where the picture of its bearer is.
    pub avatar: Option<String>,
    /// `affiliations`: what its bearer is in which room, by the room's local part.
    pub affiliations: Vec<(String, Affiliation)>,
}

/// Why a token is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// Nothing that the site signed: damaged, of another algorithm, or by another secret. Perhaps a password.
    #[error("it is not signed with auth.token_secret by HS256")]
    NotOurs,
    /// Signed, but over.
    #[error("it has expired")]
    Expired,
    /// Signed, but its time (`nbf`) has not come.
    #[error("it is not valid yet; are the clocks right?")]
    NotYet,
    /// Signed, but not usable here.
    #[error("{0}")]
    Unusable(&'static str),
}

/// Whether a text may be a token at all: three parts, of which the first is a JSON object. Most passwords are not.
pub fn looks_like_token(text: &str) -> bool {
    // "eyJ" is how `{"` begins in base64.
    text.len() <= MAX_BYTES && text.starts_with("eyJ") && text.bytes().filter(|byte| *byte == b'.').count() == 2
}

/// Checks a token: form, signature, then time, then the rest.
pub fn verify(token: &str, secret: &[u8], domain: &str, now: Timestamp) -> Result<Claims, Rejected> {
    if !looks_like_token(token) {
        return Err(Rejected::NotOurs);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(Rejected::NotOurs)?;
    let (header, claims) = signed.split_once('.').ok_or(Rejected::NotOurs)?;
    let header: Header = json(header).ok_or(Rejected::NotOurs)?;
    // RFC 7515 §4.1.11: whoever does not understand what is critical must not go on.
    if header.alg != "HS256" || header.crit.is_some() {
        return Err(Rejected::NotOurs);
    }
    let signature = BASE64URL.decode(signature).map_err(|_| Rejected::NotOurs)?;
    if !digest::equal(&signature, &digest::hmac_sha256(secret, &[signed.as_bytes()])) {
        return Err(Rejected::NotOurs);
    }
    let claims: RawClaims = json(claims)
        .ok_or(Rejected::Unusable("its claims need sub (a text) and exp (a number), and take no other types"))?;
    let at = now.0 as f64 / 1e6;
    if at >= claims.exp + LEEWAY {
        return Err(Rejected::Expired);
    }
    if claims.nbf.is_some_and(|from| at < from - LEEWAY) {
        return Err(Rejected::NotYet);
    }
    if !claims.aud.as_ref().is_none_or(|aud| aud.names(domain)) {
        return Err(Rejected::Unusable("its aud does not name this domain"));
    }
    Ok(claims.check())
}

fn json<T: for<'de> Deserialize<'de>>(part: &str) -> Option<T> {
    serde_json::from_slice(&BASE64URL.decode(part).ok()?).ok()
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    crit: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct RawClaims {
    sub: String,
    #[serde(default)]
    iat: f64,
    exp: f64,
    nbf: Option<f64>,
    aud: Option<Audience>,
    nick: Option<String>,
    avatar: Option<String>,
    #[serde(default)]
    affiliations: BTreeMap<String, String>,
}

/// `aud` (RFC 7519 §4.1.3): who it is for, one or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    fn names(&self, domain: &str) -> bool {
        match self {
            Audience::One(one) => one == domain,
            Audience::Several(several) => several.iter().any(|one| one == domain),
        }
    }
}

impl RawClaims {
    /// An ornament that cannot be used is left out: nobody should be locked out for the address of a picture.
    fn check(self) -> Claims {
        let affiliations = self.affiliations.into_iter().take(MAX_ROOMS);
        Claims {
            subject: self.sub,
            issued: Timestamp((self.iat * 1e6) as i64),
            // Saturates, for tokens that last for ever.
            expires: Timestamp((self.exp * 1e6) as i64),
            nick: self.nick.as_deref().and_then(nick),
            avatar: self.avatar.filter(|avatar| is_web_address(avatar)),
            affiliations: affiliations
                .filter_map(|(room, what)| Some((room_name(&room)?, affiliation(&what)?)))
                .collect(),
        }
    }
}

fn nick(nick: &str) -> Option<String> {
    let nick = nick.trim();
    let prepared = precis::nickname(nick).ok()?;
    (nick.chars().count() <= MAX_NICK).then_some(prepared)
}

fn room_name(name: &str) -> Option<String> {
    NodePart::new(name).ok().map(|name| name.as_str().to_owned())
}

fn is_web_address(text: &str) -> bool {
    text.len() <= MAX_AVATAR
        && text
            .parse::<Uri>()
            .is_ok_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some())
}

fn affiliation(name: &str) -> Option<Affiliation> {
    match name {
        "owner" => Some(Affiliation::Owner),
        "admin" => Some(Affiliation::Admin),
        "member" => Some(Affiliation::Member),
        "none" => Some(Affiliation::None),
        "outcast" => Some(Affiliation::Outcast),
        _ => None,
    }
}

/// A token with these claims, as the site would sign it.
pub(crate) fn sign(header: &str, claims: &str, secret: &[u8]) -> String {
    let signed = format!("{}.{}", BASE64URL.encode(header), BASE64URL.encode(claims));
    let signature = BASE64URL.encode(digest::hmac_sha256(secret, &[signed.as_bytes()]));
    format!("{signed}.{signature}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HS256: &str = r#"{"alg":"HS256","typ":"JWT"}"#;
    const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

    fn check(claims: &str) -> Result<Claims, Rejected> {
        verify(&sign(HS256, claims, b"secret"), b"secret", "parterre.example", NOW)
    }

    #[test]
    fn the_example_of_rfc_7515_verifies() {
        // Appendix A.1: its claims have no sub, so the signature must hold and the claims must not do.
        let token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
            eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
            dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let key = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
        let key = BASE64URL.decode(key).unwrap();
        assert!(matches!(verify(token, &key, "x", NOW), Err(Rejected::Unusable(_))));
        assert_eq!(verify(token, b"other", "x", NOW), Err(Rejected::NotOurs));
    }

    #[test]
    fn claims_are_read() {
        let claims = check(
            r#"{"sub":"romeo","exp":1700000100,"nbf":1699999999.5,"nick":" Romeo ","avatar":"https://x.example/a.png",
               "aud":["other","parterre.example"],"iss":"somebody",
               "affiliations":{"Live":"owner","b":"outcast","c":"emperor","d@e":"member"}}"#,
        )
        .unwrap();
        assert_eq!((claims.subject.as_str(), claims.expires), ("romeo", Timestamp::from_secs(1_700_000_100)));
        assert_eq!(
            (claims.nick.as_deref(), claims.avatar.as_deref()),
            (Some("Romeo"), Some("https://x.example/a.png"))
        );
        let expected = vec![("b".to_owned(), Affiliation::Outcast), ("live".to_owned(), Affiliation::Owner)];
        let mut affiliations = claims.affiliations;
        affiliations.sort();
        assert_eq!(affiliations, expected);
    }

    #[test]
    fn time_is_checked_with_a_leeway() {
        assert!(check(r#"{"sub":"a","exp":1699999971}"#).is_ok());
        assert_eq!(check(r#"{"sub":"a","exp":1699999970}"#), Err(Rejected::Expired));
        assert!(check(r#"{"sub":"a","exp":1800000000,"nbf":1700000030}"#).is_ok());
        assert_eq!(check(r#"{"sub":"a","exp":1800000000,"nbf":1700000031}"#), Err(Rejected::NotYet));
    }

    #[test]
    fn a_token_without_sub_or_exp_or_for_others_is_unusable() {
        for claims in [
            r#"{"sub":"a"}"#,
            r#"{"exp":1800000000}"#,
            r#"{"sub":"a","exp":"1800000000"}"#,
            r#"{"sub":"a","exp":null}"#,
            r#"{"sub":"a","exp":1800000000,"sub":"b"}"#,
            r#"{"sub":"a","exp":1800000000,"aud":"other.example"}"#,
            "[]",
        ] {
            assert!(matches!(check(claims), Err(Rejected::Unusable(_))), "{claims}");
        }
    }

    #[test]
    fn other_algorithms_and_damage_are_not_ours() {
        let claims = r#"{"sub":"a","exp":1800000000}"#;
        for header in [
            r#"{"alg":"none"}"#,
            r#"{"alg":"hs256"}"#,
            r#"{"alg":"HS512"}"#,
            r#"{"alg":"RS256"}"#,
            r#"{"typ":"JWT"}"#,
            r#"{"alg":"HS256","crit":["exp"]}"#,
        ] {
            let token = sign(header, claims, b"secret");
            assert_eq!(verify(&token, b"secret", "x", NOW), Err(Rejected::NotOurs), "{header}");
        }
        let token = sign(HS256, claims, b"secret");
        let (signed, _) = token.rsplit_once('.').unwrap();
        for token in
            [format!("{signed}."), format!("{signed}.AAAA"), format!("{token}="), format!("{token}.x"), String::new()]
        {
            assert_eq!(verify(&token, b"secret", "x", NOW), Err(Rejected::NotOurs), "{token}");
        }
    }

    #[test]
    fn what_is_too_large_is_not_looked_at() {
        let claims = format!(r#"{{"sub":"a","exp":1800000000,"x":"{}"}}"#, "x".repeat(MAX_BYTES));
        assert_eq!(check(&claims), Err(Rejected::NotOurs));
    }

    #[test]
    fn ornaments_that_cannot_be_used_are_left_out() {
        let long = format!("https://x.example/{}", "a".repeat(MAX_AVATAR));
        for avatar in ["javascript:alert(1)", "/a.png", "data:image/png;base64,AA", "https://", long.as_str()] {
            let claims = check(&format!(r#"{{"sub":"a","exp":1800000000,"avatar":"{avatar}"}}"#)).unwrap();
            assert_eq!(claims.avatar, None, "{avatar}");
        }
        let claims =
            check(&format!(r#"{{"sub":"a","exp":1800000000,"nick":"{}"}}"#, "n".repeat(MAX_NICK + 1))).unwrap();
        assert_eq!(claims.nick, None);
        assert_eq!(check(r#"{"sub":"a","exp":1800000000,"nick":""}"#).unwrap().nick, None);
    }
}
