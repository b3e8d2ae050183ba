//! One HTTP connection that is neither WebSocket nor BOSH.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse, Response};
use hyper::body::{Bytes, Incoming};
use hyper::rt::{Read, Write};
use hyper::server::conn::http1::{self, Parts};
use hyper::service::service_fn;
use hyper_util::rt::TokioTimer;
use tower::ServiceExt as _;

use super::Caller;
use crate::config::Limits;

/// What bounds a connection, from `[limits]`.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    header_bytes: usize,
    header_time: Duration,
    request_time: Duration,
}

impl From<&Limits> for Bounds {
    fn from(limits: &Limits) -> Self {
        Bounds {
            header_bytes: limits.http_header_bytes,
            header_time: limits.http_header_time,
            request_time: limits.http_request_time,
        }
    }
}

/// Answers the requests of a connection until it ends, one after the other. From `stop` on, none but the one under way.
///
/// A head that is too long or comes too slowly ends the connection, and so does silence between requests; a request
/// whose body does not come in time is answered with 408.
///
/// An answer of 101 is the last: the connection is given back, with what was read behind the request. So it is after any
/// other last answer, when it is of no more use. `None`: the client did not take its last answer in time.
///
/// # Errors
/// The connection broke, or what came was no HTTP.
pub async fn connection<I, A, F>(
    io: I,
    bounds: Bounds,
    answer: A,
    stop: impl Future<Output = ()>,
) -> Result<Option<(I, Bytes)>, hyper::Error>
where
    I: Read + Write + Unpin + 'static,
    A: Fn(Request<Incoming>) -> F,
    F: Future<Output = Response>,
{
    let service = service_fn(|request: Request<Incoming>| {
        let answered = answer(request);
        async { Ok::<_, Infallible>(answered.await) }
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.header_time)
        // hyper panics below 8 KiB; the configuration has the same lower end.
        .max_buf_size(bounds.header_bytes.max(8_192))
        .serve_connection(io, service);
    tokio::select! {
        done = &mut connection => done?,
        () = stop => {
            std::pin::Pin::new(&mut connection).graceful_shutdown();
            // Who has not been answered by then, or does not read the answer, is not waited for.
            let Ok(done) = tokio::time::timeout(GOODBYE, &mut connection).await else { return Ok(None) };
            done?;
        }
    }
    let Parts { io, read_buf, .. } = connection.into_parts();
    Ok(Some((io, read_buf)))
}

/// How long a request under way may take when the server stops.
const GOODBYE: Duration = Duration::from_secs(3);

/// Answers one request by the router, within the time that bounds a request.
pub async fn answer(router: Router, request: Request<Incoming>, caller: Caller, bounds: Bounds) -> Response {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(caller);
    match tokio::time::timeout(bounds.request_time, router.oneshot(request)).await {
        Ok(Ok(answer)) => answer,
        Err(_) => (StatusCode::REQUEST_TIMEOUT, "The request took too long.\n").into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::{get, post};
    use hyper_util::rt::TokioIo;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

    use super::*;

    /// A connection to a small router; what it writes until it ends is its answer.
    fn connect(bounds: Bounds) -> DuplexStream {
        let (client, server) = tokio::io::duplex(64 * 1024);
        let router = Router::new()
            .route("/who", get(|caller: Caller| async move { format!("{caller:?}") }))
            .route("/echo", post(|body: String| async move { body }));
        let caller = Caller { address: Some([203, 0, 113, 7].into()), trusted: true };
        let answer = move |request| super::answer(router.clone(), request, caller, bounds);
        tokio::spawn(connection(TokioIo::new(server), bounds, answer, std::future::pending()));
        client
    }

    fn bounds() -> Bounds {
        Bounds::from(&Limits::default())
    }

    async fn answer(mut client: DuplexStream) -> String {
        let mut text = String::new();
        client.read_to_string(&mut text).await.unwrap();
        text
    }

    #[tokio::test]
    async fn requests_follow_one_another_and_know_their_caller() {
        let mut client = connect(bounds());
        client.write_all(b"GET /who HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        client.write_all(b"GET /nowhere HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
        let text = answer(client).await;
        assert!(text.starts_with("HTTP/1.1 200") && text.contains("203.0.113.7"), "{text}");
        assert!(text.contains("HTTP/1.1 404"), "{text}");
    }

    #[tokio::test]
    async fn a_head_is_bounded() {
        let mut client = connect(bounds());
        let head = format!("GET /who HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(bounds().header_bytes));
        client.write_all(head.as_bytes()).await.unwrap();
        assert!(answer(client).await.starts_with("HTTP/1.1 431"));
    }

    #[tokio::test(start_paused = true)]
    async fn who_sends_no_head_is_not_waited_for() {
        let mut client = connect(bounds());
        client.write_all(b"GET /who HTTP/1.1\r\n").await.unwrap();
        let begun = tokio::time::Instant::now();
        assert!(!answer(client).await.starts_with("HTTP/1.1 200"));
        assert!(begun.elapsed() <= bounds().header_time * 2);
    }

    #[tokio::test(start_paused = true)]
    async fn who_sends_no_body_is_not_waited_for() {
        let mut client = connect(bounds());
        client.write_all(b"POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nslow").await.unwrap();
        assert!(answer(client).await.starts_with("HTTP/1.1 408"));
    }
}
