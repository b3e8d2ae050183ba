//! Asks another program on this machine or network, over plain HTTP, with everything about the answer bounded.

use std::time::Duration;

use axum::http::{Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Where a service is.
#[derive(Clone, Debug)]
pub struct Peer {
    host: String,
    port: u16,
    authority: String,
}

/// An address at which no service can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// TLS to the service is not spoken.
    #[error(
        "https is not supported, since the service is meant to be on the same machine or network; give its http address"
    )]
    Https,
    /// Another scheme, or no host.
    #[error("this is not an address like http://127.0.0.1:9000/path")]
    NotHttp,
}

/// A service gave no answer that could be read.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// It took too long.
    #[error("no answer within {} s", .0.as_secs_f32())]
    Timeout(Duration),
    /// It cannot be reached.
    #[error("it cannot be reached: {0}")]
    Unreachable(#[from] std::io::Error),
    /// What came was not HTTP, or ended early.
    #[error("its answer is not HTTP: {0}")]
    Http(#[from] hyper::Error),
    /// The body is longer than expected, or ended early.
    #[error("the body of its answer cannot be read: {0}")]
    Body(Box<dyn std::error::Error + Send + Sync>),
    /// The question cannot be put into a request.
    #[error("the request cannot be built: {0}")]
    Request(#[from] axum::http::Error),
}

impl Peer {
    /// The service of that address, which must be plain http.
    pub fn of(url: &Uri) -> Result<Self, UrlError> {
        match url.scheme_str() {
            Some("http") => {}
            Some("https") => return Err(UrlError::Https),
            _ => return Err(UrlError::NotHttp),
        }
        let host = url.host().filter(|host| !host.is_empty()).ok_or(UrlError::NotHttp)?;
        let authority = match url.port_u16() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        Ok(Peer {
            host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: url.port_u16().unwrap_or(80),
            authority,
        })
    }

    /// Where it is connected to.
    pub fn address(&self) -> (&str, u16) {
        (&self.host, self.port)
    }

    /// What it is called in a request.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Asks for `target` (path and query); `bound` is the most bytes that the body may have, `timeout` bounds all of it.
    pub async fn get(&self, target: &str, bound: usize, timeout: Duration) -> Result<(StatusCode, Bytes), FetchError> {
        tokio::time::timeout(timeout, self.ask(target, bound)).await.unwrap_or(Err(FetchError::Timeout(timeout)))
    }

    async fn ask(&self, target: &str, bound: usize) -> Result<(StatusCode, Bytes), FetchError> {
        let request = Request::get(target)
            .header(header::HOST, &self.authority)
            .header(header::CONNECTION, "close")
            .header(header::USER_AGENT, concat!("parterre/", env!("CARGO_PKG_VERSION")))
            .body(Empty::<Bytes>::new())?;
        let socket = TcpStream::connect((self.host.as_str(), self.port)).await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(socket)).await?;
        let answer = async move {
            let response = sender.send_request(request).await?;
            let status = response.status();
            let body = Limited::new(response.into_body(), bound).collect().await;
            // With the sender the connection ends, so that joining the two does.
            drop(sender);
            Ok((status, body.map_err(FetchError::Body)?.to_bytes()))
        };
        // How the connection ends is no longer of interest once there is an answer.
        let (answer, _end) = tokio::join!(answer, connection);
        answer
    }
}
