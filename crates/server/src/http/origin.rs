//! Who asks, and by which address they reached this server.

use std::convert::Infallible;
use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};

/// Who asks. The listener puts it into the extensions of each request; without it nobody is believed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// The client's address, after `X-Forwarded-For` where that is believed; `None` if unknown.
    pub address: Option<IpAddr>,
    /// Whether the connection comes from a trusted proxy or through a Unix socket, so that what it says is believed.
    pub trusted: bool,
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().copied().unwrap_or_default())
    }
}

/// The origin by which a client reaches this server: whether over TLS, and host with port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    tls: bool,
    host: String,
}

const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

impl Origin {
    /// Reads it from a request: `Host`, above which a trusted proxy's `X-Forwarded-Host` and `X-Forwarded-Proto` stand.
    /// Where there is no usable host, `domain` takes its place.
    pub fn of(headers: &HeaderMap, caller: Caller, domain: &str) -> Self {
        let forwarded = |name| if caller.trusted { first(headers, name) } else { None };
        let host = forwarded(X_FORWARDED_HOST).or_else(|| first(headers, header::HOST)).filter(|host| is_host(host));
        let tls = forwarded(X_FORWARDED_PROTO).is_some_and(|scheme| matches!(scheme, "https" | "wss"));
        Origin { tls, host: host.unwrap_or(domain).to_owned() }
    }

    /// Address of the WebSocket (RFC 7395).
    pub fn websocket(&self) -> String {
        self.websocket_origin() + "/xmpp-websocket"
    }

    /// Origin of the WebSocket, as a Content Security Policy names it.
    pub fn websocket_origin(&self) -> String {
        format!("{}://{}", if self.tls { "wss" } else { "ws" }, self.host)
    }

    /// Origin of everything else.
    pub fn http(&self) -> String {
        format!("{}://{}", if self.tls { "https" } else { "http" }, self.host)
    }

    /// Address of BOSH (XEP-0124).
    pub fn bosh(&self) -> String {
        self.http() + "/http-bind"
    }
}

/// The first member of a list header: what the proxy nearest to the client wrote.
fn first(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    Some(headers.get(name)?.to_str().ok()?.split(',').next()?.trim())
}

/// Whether a text is a host with an optional port, and nothing that could stand for something else on a page.
fn is_host(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    !text.is_empty() && text.len() <= 262 && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(headers: &[(&'static str, &'static str)], trusted: bool) -> String {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), axum::http::HeaderValue::from_static(value)));
        let caller = Caller { address: None, trusted };
        Origin::of(&headers.collect(), caller, "chat.example").websocket()
    }

    #[test]
    fn the_host_of_the_request_is_the_origin() {
        assert_eq!(origin(&[("host", "127.0.0.1:5280")], false), "ws://127.0.0.1:5280/xmpp-websocket");
        assert_eq!(origin(&[("host", "[::1]:5280")], false), "ws://[::1]:5280/xmpp-websocket");
        assert_eq!(origin(&[], false), "ws://chat.example/xmpp-websocket");
    }

    #[test]
    fn only_a_trusted_proxy_changes_it() {
        let headers =
            [("host", "127.0.0.1:5280"), ("x-forwarded-host", "live.example, inner"), ("x-forwarded-proto", "https")];
        assert_eq!(origin(&headers, true), "wss://live.example/xmpp-websocket");
        assert_eq!(origin(&headers, false), "ws://127.0.0.1:5280/xmpp-websocket");
        assert_eq!(
            origin(&[("host", "live.example"), ("x-forwarded-proto", "https")], true),
            "wss://live.example/xmpp-websocket"
        );
    }

    #[test]
    fn what_is_no_host_is_not_repeated() {
        for host in ["", "a/b", "a b", "<script>", "a\"b", "user@host"] {
            assert_eq!(origin(&[("host", host)], true), "ws://chat.example/xmpp-websocket", "{host}");
        }
    }
}
