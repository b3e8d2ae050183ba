//! Passwords that somebody else keeps: a service that is asked over HTTP, by the contract of Prosody's `mod_auth_http`.
//!
//! Enters: a name and a password. Leaves: the service's yes or no, within a time and with a bounded body, never more
//! than so many at once. Passwords go into the request's query, as the contract has it, and nowhere else: neither into
//! an error nor into a log.

use std::fmt::Write as _;
use std::time::Duration;

use axum::http::Uri;
use tokio::sync::Semaphore;

use crate::fetch::{FetchError, Peer, UrlError};

/// The answer is `true` or `false`; whatever is longer than this is neither.
const MAX_BODY: usize = 64;

/// A service that knows accounts.
#[derive(Debug)]
pub struct PasswordService {
    peer: Peer,
    path: String,
    query: String,
    timeout: Duration,
    permits: Semaphore,
}

/// The service gave no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// There was none.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// It answered with something other than `true` or `false`.
    #[error("it answered with status {0} and a body that is neither true nor false")]
    Unclear(u16),
}

impl PasswordService {
    /// The service at that address, which must be plain http; `timeout` bounds each question as a whole. Of more
    /// questions than `at_once`, some wait.
    pub fn new(url: &Uri, timeout: Duration, at_once: usize) -> Result<Self, UrlError> {
        Ok(PasswordService {
            peer: Peer::of(url)?,
            path: url.path().trim_end_matches('/').to_owned(),
            // A key in the address of the service is handed on.
            query: url.query().map(|query| format!("{query}&")).unwrap_or_default(),
            timeout,
            permits: Semaphore::new(at_once),
        })
    }

    /// Whether the password is right.
    pub async fn check_password(&self, user: &str, password: &str, domain: &str) -> Result<bool, ServiceError> {
        self.ask("check_password", &[("user", user), ("pass", password), ("server", domain)]).await
    }

    /// Whether there is such a user.
    pub async fn user_exists(&self, user: &str, domain: &str) -> Result<bool, ServiceError> {
        self.ask("user_exists", &[("user", user), ("server", domain)]).await
    }

    async fn ask(&self, question: &str, parameters: &[(&str, &str)]) -> Result<bool, ServiceError> {
        let mut target = format!("{}/{question}?{}", self.path, self.query);
        for (at, (name, value)) in parameters.iter().enumerate() {
            let separator = if at == 0 { "" } else { "&" };
            let _ = write!(target, "{separator}{name}=");
            percent_encode(value, &mut target);
        }
        let answer = async {
            // A semaphore that nobody closes gives a permit in the end.
            let _permit = self.permits.acquire().await;
            self.peer.get(&target, MAX_BODY, self.timeout).await
        };
        let waited = tokio::time::timeout(self.timeout, answer).await;
        let (status, body) = waited.unwrap_or(Err(FetchError::Timeout(self.timeout)))?;
        match (status.as_u16(), body.as_ref()) {
            (200, b"true") => Ok(true),
            // Services that say no by status rather than by body exist; mod_auth_http takes it for a no as well.
            (200, b"false") | (400..=499, _) => Ok(false),
            (status, _) => Err(ServiceError::Unclear(status)),
        }
    }
}

/// Appends `text` with everything but unreserved characters encoded (RFC 3986 §2.1).
pub(crate) fn percent_encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// A service that gives one answer to everything; also gives the address, and the first request's head.
    pub(crate) async fn service(answer: &'static [u8]) -> (Uri, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/auth/", listener.local_addr().unwrap()).parse().unwrap();
        let task = tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(socket.read_u8().await.unwrap());
            }
            socket.write_all(answer).await.unwrap();
            String::from_utf8(head).unwrap()
        });
        (url, task)
    }

    async fn ask(answer: &'static [u8]) -> Result<bool, ServiceError> {
        let (url, task) = service(answer).await;
        let service = PasswordService::new(&url, Duration::from_secs(5), 1).unwrap();
        let result = service.check_password("romeo", "pass & word/ü", "parterre.example").await;
        let head = task.await.unwrap();
        let line =
            "GET /auth/check_password?user=romeo&pass=pass%20%26%20word%2F%C3%BC&server=parterre.example HTTP/1.1\r\n";
        assert!(head.starts_with(line), "{head}");
        result
    }

    #[tokio::test]
    async fn yes_and_no_are_understood() {
        assert!(ask(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntrue").await.unwrap());
        assert!(ask(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\ntrue").await.unwrap());
        assert!(!ask(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfalse").await.unwrap());
        assert!(!ask(b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n").await.unwrap());
        assert!(!ask(b"HTTP/1.1 404 No\r\nContent-Length: 4\r\n\r\ntrue").await.unwrap());
    }

    #[tokio::test]
    async fn other_answers_are_errors() {
        for answer in [
            &b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ntrue\n"[..],
            b"HTTP/1.1 200 OK\r\nContent-Length: 65\r\n\r\n",
            b"HTTP/1.1 500 Oh\r\nContent-Length: 4\r\n\r\ntrue",
            b"HTTP/1.1 302 Go\r\nContent-Length: 4\r\n\r\ntrue",
            b"true",
            b"",
        ] {
            assert!(ask(answer).await.is_err(), "{}", String::from_utf8_lossy(answer));
        }
    }

    #[tokio::test]
    async fn a_silent_service_is_given_up() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let service = PasswordService::new(&url, Duration::from_millis(20), 1).unwrap();
        let error = service.user_exists("romeo", "x").await.unwrap_err();
        assert!(matches!(error, ServiceError::Fetch(FetchError::Timeout(_))), "{error}");
    }

    #[test]
    fn addresses_are_checked() {
        let error = |url: &'static str| PasswordService::new(&Uri::from_static(url), Duration::ZERO, 1).unwrap_err();
        assert!(matches!(error("https://x.example/"), UrlError::Https));
        assert!(matches!(error("ftp://x.example/"), UrlError::NotHttp));
        assert!(matches!(error("/path"), UrlError::NotHttp));
        let service = PasswordService::new(&Uri::from_static("http://[::1]:81/a?key=k"), Duration::ZERO, 1).unwrap();
        assert_eq!((service.peer.address(), service.path.as_str()), (("::1", 81), "/a"));
        assert_eq!((service.peer.authority(), service.query.as_str()), ("[::1]:81", "key=k&"));
    }
}
