//! The head of an HTTP request, as far as it decides who serves the connection.

use std::fmt::Write as _;

use axum::http::{HeaderValue, Method, Request, Response, StatusCode, Version, header};
use parterre_xmpp::websocket;

/// What the first bytes of a connection are.
#[derive(Debug, PartialEq, Eq)]
pub enum Head {
    /// Not all of the head is there yet.
    Incomplete,
    /// A request to open a WebSocket for XMPP (RFC 7395 §3.1).
    WebSocket {
        /// Bytes of the head.
        len: usize,
        /// The value of `Sec-WebSocket-Accept`.
        accept: String,
        /// What proxies say of its client.
        forwarded: Forwarded,
    },
    /// Any other request, or something that is none: the HTTP library's.
    Other,
}

/// What the proxies on the way say of a client.
#[derive(Debug, PartialEq, Eq)]
pub struct Forwarded {
    /// The hops of `X-Forwarded-For`, nearest last.
    pub hops: Vec<String>,
    /// What the nearest proxy says of the protocol that it was spoken to in.
    pub proto: Option<String>,
}

impl Forwarded {
    /// Reads it from a request that the HTTP library has read.
    pub fn of<B>(request: &Request<B>) -> Self {
        Self::read(|name| values(request, name))
    }

    /// Reads it from headers: `values` gives those of a name, in their order.
    fn read<'a, V: Iterator<Item = &'a [u8]>>(values: impl Fn(&'static str) -> V) -> Self {
        // Bytes that are no text stand for some text: a client that sends them must not hide what a proxy put behind.
        let members = |name| {
            let members = values(name).flat_map(|value| value.split(|byte| *byte == b','));
            members.map(|member| String::from_utf8_lossy(member).trim().to_owned())
        };
        Forwarded { hops: members("x-forwarded-for").collect(), proto: members("x-forwarded-proto").last() }
    }
}

/// Headers that a request may have.
const HEADERS: usize = 96;
/// Where WebSocket clients connect.
pub const PATH: &str = "/xmpp-websocket";

/// Whether a path is [`PATH`], written as many clients are configured: with a slash after it or without.
pub fn is_path(path: &str) -> bool {
    path.strip_suffix('/').unwrap_or(path) == PATH
}

/// Looks at the first bytes of a connection.
pub fn look(bytes: &[u8]) -> Head {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let len = match request.parse(bytes) {
        Ok(httparse::Status::Complete(len)) => len,
        Ok(httparse::Status::Partial) => return Head::Incomplete,
        // The HTTP library answers it with the right status.
        Err(_) => return Head::Other,
    };
    let path = request.path.unwrap_or_default().split('?').next().unwrap_or_default();
    // RFC 6455 §4.2.1: HTTP/1.1 at least.
    if request.method != Some("GET") || request.version != Some(1) || !is_path(path) {
        return Head::Other;
    }
    let headers = &*request.headers;
    let values = move |name: &'static str| {
        headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value)
    };
    match handshake(values) {
        Some(accept) => Head::WebSocket { len, accept, forwarded: Forwarded::read(values) },
        None => Head::Other,
    }
}

/// The value of `Sec-WebSocket-Accept` for a request that the HTTP library has read, if it opens a WebSocket for XMPP.
pub fn accept<B>(request: &Request<B>) -> Option<String> {
    let may_be_one = request.method() == Method::GET && request.version() == Version::HTTP_11;
    may_be_one.then(|| handshake(|name| values(request, name)))?
}

fn values<'a, B>(request: &'a Request<B>, name: &'static str) -> impl Iterator<Item = &'a [u8]> {
    request.headers().get_all(name).iter().map(HeaderValue::as_bytes)
}

/// What answers the headers of a request for a WebSocket for XMPP (RFC 6455 §4.2.1, RFC 7395 §3.1): `values` gives those of
/// a name. `None`: they are of another one.
fn handshake<'a, V: Iterator<Item = &'a [u8]>>(values: impl Fn(&'static str) -> V) -> Option<String> {
    let texts = |name| values(name).filter_map(|value| std::str::from_utf8(value).ok());
    let lists = |name, token: &str| {
        texts(name).flat_map(|value| value.split(',')).any(|item| item.trim().eq_ignore_ascii_case(token))
    };
    let accept = websocket::accept_key(texts("sec-websocket-key").next()?)?;
    let is_one = lists("upgrade", "websocket")
        && lists("connection", "upgrade")
        && lists("sec-websocket-protocol", "xmpp")
        && texts("host").count() == 1
        && texts("sec-websocket-version").any(|version| version.trim() == "13");
    is_one.then_some(accept)
}

/// What a request for [`PATH`] gets that opens no WebSocket for XMPP. The version is named as RFC 6455 §4.4 has it.
pub fn upgrade_required<B: From<&'static str>>() -> Response<B> {
    let text = "This is an address for XMPP clients: they open a WebSocket (RFC 6455, version 13) here, with the \
                sub-protocol xmpp (RFC 7395).\n";
    let mut response = Response::new(B::from(text));
    *response.status_mut() = StatusCode::UPGRADE_REQUIRED;
    for (name, value) in [
        (header::UPGRADE, "websocket"),
        (header::SEC_WEBSOCKET_VERSION, "13"),
        (header::SEC_WEBSOCKET_PROTOCOL, "xmpp"),
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// The same as text, for a connection that ends with it.
pub fn upgrade_required_now() -> String {
    let response = upgrade_required::<&str>();
    let mut text = format!("HTTP/1.1 {}\r\nConnection: close\r\n", response.status());
    for (name, value) in response.headers() {
        // They are ours, and of ASCII. Writing to a String cannot fail.
        let _ = write!(text, "{name}: {}\r\n", value.to_str().unwrap_or_default());
    }
    let _ = write!(text, "content-length: {}\r\n\r\n{}", response.body().len(), response.body());
    text
}

/// The answer that opens the WebSocket.
pub fn switching_protocols(accept: &str) -> String {
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: xmpp\r\n\r\n"
    )
}

/// The same for the HTTP library.
pub fn switched<B: Default>(accept: &str) -> Response<B> {
    let mut response = Response::new(B::default());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    for (name, value) in [
        (header::UPGRADE, "websocket"),
        (header::CONNECTION, "Upgrade"),
        (header::SEC_WEBSOCKET_ACCEPT, accept),
        (header::SEC_WEBSOCKET_PROTOCOL, "xmpp"),
    ] {
        // All can stand in a header: words, and a hash in base64.
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    const UPGRADE: &str = "GET /xmpp-websocket?x=1 HTTP/1.1\r\nHost: a\r\nUpgrade: WebSocket\r\n\
        Connection: keep-alive, Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: other, xmpp\r\n\
        X-Forwarded-For: 203.0.113.9, 10.0.0.1\r\nX-Forwarded-Proto: https\r\n\r\n";

    #[test]
    fn an_upgrade_is_known_from_its_head_alone() {
        for cut in 0..UPGRADE.len() {
            assert_eq!(look(&UPGRADE.as_bytes()[..cut]), Head::Incomplete, "{cut}");
        }
        let Head::WebSocket { len, accept, forwarded } = look(UPGRADE.as_bytes()) else {
            panic!("not seen as an upgrade")
        };
        assert_eq!((len, accept.as_str()), (UPGRADE.len(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        assert_eq!(
            (forwarded.hops.join("|").as_str(), forwarded.proto.as_deref()),
            ("203.0.113.9|10.0.0.1", Some("https"))
        );
    }

    #[test]
    fn what_the_nearest_proxy_says_is_heard_whatever_else_stands_there() {
        for said in [
            &b"X-Forwarded-For: \xFF, 10.0.0.1\r\nX-Forwarded-Proto: \xE4,https"[..],
            b"X-Forwarded-For: \xFF\r\nX-Forwarded-Proto: http\r\nx-forwarded-for:10.0.0.1\r\nX-Forwarded-Proto: https",
        ] {
            let mut request = UPGRADE.split("X-Forwarded-For").next().unwrap_or_default().as_bytes().to_vec();
            request.extend_from_slice(said);
            request.extend_from_slice(b"\r\n\r\n");
            let Head::WebSocket { forwarded, .. } = look(&request) else { panic!("not seen as an upgrade") };
            assert_eq!(forwarded.hops, ["\u{FFFD}", "10.0.0.1"]);
            assert_eq!(forwarded.proto.as_deref(), Some("https"));
        }
        let value = HeaderValue::from_bytes(b"\xFF, 10.0.0.1").unwrap();
        let request =
            Request::builder().header("x-forwarded-for", value).header("x-forwarded-for", "10.0.0.2").body(());
        let forwarded = Forwarded::of(&request.unwrap());
        assert_eq!((forwarded.hops.join("|").as_str(), forwarded.proto), ("\u{FFFD}|10.0.0.1|10.0.0.2", None));
    }

    #[test]
    fn a_slash_after_the_path_makes_no_difference() {
        let other = UPGRADE.replace("/xmpp-websocket?", "/xmpp-websocket/?");
        assert!(matches!(look(other.as_bytes()), Head::WebSocket { .. }));
        assert!(!is_path("/xmpp-websocket//") && !is_path("/"));
    }

    #[test]
    fn who_asks_for_something_else_is_told_what_there_is() {
        let response = upgrade_required::<String>();
        assert_eq!(response.status(), 426);
        assert_eq!(response.headers()["sec-websocket-version"], "13");
        assert!(response.body().contains("RFC 7395"));
        let now = upgrade_required_now();
        assert!(now.starts_with("HTTP/1.1 426 Upgrade Required\r\n") && now.ends_with(response.body()), "{now}");
    }

    #[test]
    fn what_is_not_a_whole_upgrade_is_left_to_the_http_library() {
        for (wrong, right) in [
            ("Sec-WebSocket-Protocol: chat", "Sec-WebSocket-Protocol: other, xmpp"),
            ("Sec-WebSocket-Version: 8", "Sec-WebSocket-Version: 13"),
            ("Upgrade: h2c", "Upgrade: WebSocket"),
            ("GET /other", "GET /xmpp-websocket"),
            ("POST /xmpp-websocket", "GET /xmpp-websocket"),
            ("HTTP/1.0", "HTTP/1.1"),
            ("", "Host: a\r\n"),
            ("Host: a\r\nHost: b\r\n", "Host: a\r\n"),
        ] {
            assert_eq!(look(UPGRADE.replace(right, wrong).as_bytes()), Head::Other, "{wrong}");
        }
        assert_eq!(look(b"\x16\x03\x01\x02\x00\x01\x00"), Head::Other);
    }
}
