//! Serves a connection to the HTTP port: a WebSocket for XMPP becomes a stream at once, everything else goes to the
//! HTTP library with the bytes already read, and comes back from it where a later request opens a WebSocket.

use std::cell::Cell;
use std::io::ErrorKind;
use std::net::IpAddr;
use std::rc::Rc;

use axum::http::{Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;

use super::admission::{Admitted, Full};
use super::head::{self, Forwarded, Head};
use crate::bosh;
use crate::http::serve::Bounds;
use crate::http::{self, Caller};
use crate::metrics::{Refusal, Transport};
use crate::server::Server;
use crate::shard::Shard;
use crate::stream::{self, Origin};
use crate::transport::rewind::Rewind;
use crate::transport::{Framing, Link, ParkedPipe, Pipe, pipe};

/// Bytes of a head that are read at once.
const HEAD_AT_ONCE: usize = 4096;

/// Serves the connection to its end.
pub async fn serve(shard: Rc<Shard>, pipe: Pipe, peer: Option<IpAddr>) {
    // Whoever connects counts from the first moment on, whatever they send or do not.
    let admitted = match shard.server.admission.admit(peer) {
        Ok(admitted) => admitted,
        Err(full) => return refuse(&shard, &pipe, full, peer),
    };
    let limits = &shard.server.config.limits;
    let mut bytes = Vec::new();
    let head = read_head(&shard, &pipe, &mut bytes, limits.http_header_bytes);
    let opened = match tokio::time::timeout(limits.http_header_time, head).await {
        Ok(Some(Head::WebSocket { len, accept, forwarded })) => {
            let origin = origin(&shard.server, peer, forwarded, Transport::WebSocket);
            bytes.drain(..len);
            // A proxy's clients are counted by their own addresses.
            drop(admitted);
            open_websocket(&shard, pipe, &accept, origin).map(|(link, admitted)| (link, bytes, origin, admitted))
        }
        // On the heap, since it is far larger than what a WebSocket needs, and those are many.
        Ok(Some(Head::Other | Head::Incomplete)) => Box::pin(requests(&shard, pipe, bytes, peer, admitted)).await,
        // Too slow, or gone: there is nobody who would read an answer.
        Ok(None) | Err(_) => None,
    };
    if let Some((link, read_already, origin, admitted)) = opened {
        stream::serve(shard, link, read_already, origin, Some(admitted)).await;
    }
}

/// Where a client comes from, given who is connected and what proxies say.
fn origin(server: &Server, peer: Option<IpAddr>, forwarded: Forwarded, transport: Transport) -> Origin {
    let trusted = peer.is_none_or(|peer| server.admission.trusts(peer));
    Origin {
        address: server.admission.client(peer, forwarded.hops.into_iter()),
        secure: is_secure(peer, trusted, forwarded.proto.as_deref()),
        transport,
    }
}

/// Reads until the head is whole, or is known to be somebody else's, or is too long. `None`: the client is gone.
async fn read_head(shard: &Shard, pipe: &Pipe, bytes: &mut Vec<u8>, bound: usize) -> Option<Head> {
    loop {
        pipe.readable().await.ok()?;
        let mut buffer = shard.input.borrow_mut();
        match pipe.try_read(buffer.get_mut(..HEAD_AT_ONCE)?) {
            Ok(0) => return None,
            Ok(read) => bytes.extend_from_slice(buffer.get(..read)?),
            Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
            Err(_) => return None,
        }
        match head::look(bytes) {
            Head::Incomplete if bytes.len() < bound => {}
            // The HTTP library has the same bound and says so to the client.
            decided => return Some(decided),
        }
    }
}

/// Answers the handshake of a WebSocket; `None` if it is not let in.
fn open_websocket(shard: &Shard, pipe: Pipe, accept: &str, origin: Origin) -> Option<(Rc<Link>, Admitted)> {
    match admit(&shard.server, origin.address) {
        Ok(admitted) => Some((switch(pipe, accept)?, admitted)),
        Err(unwelcome) => {
            let _ = pipe.try_write(unwelcome.answer().as_bytes());
            pipe.finish();
            None
        }
    }
}

/// Why the client of a WebSocket is not let in.
pub enum Unwelcome {
    /// There are too many connections.
    Full(Full),
    /// Too many come at this moment; there is room after so many seconds.
    Rush(u32),
}

impl Unwelcome {
    /// What the client is answered.
    pub fn answer(&self) -> String {
        let (seconds, text) = self.when_and_why();
        come_later(seconds, &text)
    }

    /// The same for the HTTP library.
    fn response(&self) -> Response {
        let (seconds, text) = self.when_and_why();
        let headers = [(header::RETRY_AFTER, seconds.to_string()), (header::CONNECTION, "close".to_owned())];
        (StatusCode::SERVICE_UNAVAILABLE, headers, text).into_response()
    }

    fn when_and_why(&self) -> (u32, String) {
        match self {
            Unwelcome::Full(full) => (10, full.to_string()),
            Unwelcome::Rush(wait) => (*wait, "too many are coming at this moment".to_owned()),
        }
    }
}

/// Lets the client of a WebSocket in, if there is room.
pub fn admit(server: &Server, address: Option<IpAddr>) -> Result<Admitted, Unwelcome> {
    let admitted = server.admission.admit(address).map_err(|full| {
        refused(server, full, address);
        Unwelcome::Full(full)
    })?;
    server.let_in().map_err(Unwelcome::Rush)?;
    Ok(admitted)
}

/// Tells the client that the connection is a WebSocket now.
fn switch(pipe: Pipe, accept: &str) -> Option<Rc<Link>> {
    // The first bytes on a new socket: they fit its buffer, or it is broken.
    let response = head::switching_protocols(accept);
    let written = pipe.try_write(response.as_bytes()).ok() == Some(response.len());
    written.then(|| Rc::new(Link::Socket(pipe, Framing::WebSocket)))
}

/// A WebSocket whose request another process has read, and whose client is let in.
pub struct HandedOver {
    /// The connection.
    pub pipe: ParkedPipe,
    /// The value of `Sec-WebSocket-Accept`.
    pub accept: String,
    /// Where it comes from.
    pub origin: Origin,
    /// Its place among the connections.
    pub admitted: Admitted,
    /// What the client sent behind its request.
    pub head: Vec<u8>,
}

/// Serves a WebSocket that was handed over, to its end.
pub async fn take_over(shard: Rc<Shard>, client: HandedOver) {
    let HandedOver { pipe, accept, origin, admitted, head } = client;
    let pipe = match pipe.unpark() {
        Ok(pipe) => pipe,
        Err(error) => return tracing::warn!(%error, "a connection was lost when it was handed over"),
    };
    // The event loop has not looked yet whether a socket that is new to it takes anything.
    let _ = pipe::writable(&pipe).await;
    if let Some(link) = switch(pipe, &accept) {
        stream::serve(shard, link, head, origin, Some(admitted)).await;
    }
}

/// Whether nobody on the way can read what the client sends: a trusted proxy says how the client came to it, and a
/// client without a proxy is on this machine or came in the clear.
pub fn is_secure(peer: Option<IpAddr>, trusted: bool, forwarded_proto: Option<&str>) -> bool {
    match forwarded_proto.filter(|_| trusted) {
        Some(proto) => proto.eq_ignore_ascii_case("https") || proto.eq_ignore_ascii_case("wss"),
        None => peer.is_none_or(|peer| peer.is_loopback()),
    }
}

/// Answers a client that is not let in, as far as it takes the answer at once.
fn refuse(shard: &Shard, pipe: &Pipe, full: Full, address: Option<IpAddr>) {
    refused(&shard.server, full, address);
    let _ = pipe.try_write(Unwelcome::Full(full).answer().as_bytes());
    pipe.finish();
}

/// An answer that asks a client to try again after so many seconds, and is the last on its connection.
pub fn come_later(seconds: u32, text: &str) -> String {
    format!(
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: {seconds}\r\nConnection: close\r\n\
         Content-Type: text/plain\r\nContent-Length: {}\r\n\r\n{text}",
        text.len()
    )
}

/// Counts and logs a connection that was not let in.
pub fn refused(server: &Server, full: Full, address: Option<IpAddr>) {
    server.metrics.refused(match full {
        Full::Server => Refusal::Server,
        Full::Address => Refusal::Address,
    });
    tracing::info!(?address, "connection refused: {full}");
}

/// Serves a connection whose first request is for no WebSocket. A later one may be: proxies use a connection again for
/// whatever comes next. Then the WebSocket is given, with what the client sent behind its request.
async fn requests(
    shard: &Rc<Shard>,
    pipe: Pipe,
    read_already: Vec<u8>,
    peer: Option<IpAddr>,
    admitted: Admitted,
) -> Option<(Rc<Link>, Vec<u8>, Origin, Admitted)> {
    // A request under way may wait for a session of another shard to say its last word.
    let _serving = shard.serving();
    let bounds = Bounds::from(&shard.server.config.limits);
    let server = &shard.server;
    let (place, opened) = (&Cell::new(Some(admitted)), &Cell::new(None));
    let answer = |request: Request<Incoming>| async move {
        let origin = origin(server, peer, Forwarded::of(&request), Transport::Bosh);
        let path = request.uri().path();
        if bosh::request::is_path(path) {
            return bosh::request::answer(server.clone(), usize::from(shard.index), origin, request).await;
        }
        if head::is_path(path) {
            let Some(accept) = head::accept(&request) else { return head::upgrade_required() };
            // A proxy's clients are counted by their own addresses.
            drop(place.take());
            return match admit(server, origin.address) {
                Ok(admitted) => {
                    place.set(Some(admitted));
                    opened.set(Some(Origin { transport: Transport::WebSocket, ..origin }));
                    head::switched(&accept)
                }
                Err(unwelcome) => unwelcome.response(),
            };
        }
        let trusted = peer.is_none_or(|peer| server.admission.trusts(peer));
        let caller = Caller { address: origin.address, trusted };
        http::serve::answer(server.pages(), request, caller, bounds).await
    };
    let io = TokioIo::new(Rewind::new(read_already, pipe));
    match http::serve::connection(io, bounds, answer, shard.stopped()).await {
        Ok(done) => {
            let (io, read) = done?;
            let (origin, admitted) = (opened.get()?, place.take()?);
            let (unread, pipe) = io.into_inner().into_parts();
            Some((Rc::new(Link::Socket(pipe, Framing::WebSocket)), [&read[..], &unread].concat(), origin, admitted))
        }
        Err(error) => {
            tracing::debug!(?peer, %error, "an HTTP connection ended early");
            None
        }
    }
}
