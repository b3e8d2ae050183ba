//! Serves a connection to the HTTP port: a WebSocket for XMPP becomes a stream at once, everything else goes to the
//! HTTP library with the bytes already read.

use std::io::ErrorKind;
use std::net::IpAddr;
use std::rc::Rc;

use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;

use super::head::{self, Head};
use crate::shard::Shard;
use crate::stream::{self, Origin};
use crate::transport::rewind::Rewind;
use crate::transport::{Framing, Link, Pipe};

/// Serves the connection to its end.
pub async fn serve(shard: Rc<Shard>, pipe: Pipe, peer: Option<IpAddr>) {
    let limits = &shard.server.config.limits;
    let mut bytes = Vec::new();
    let head = tokio::time::timeout(limits.http_header_time, read_head(&pipe, &mut bytes, limits.http_header_bytes)).await;
    match head {
        Ok(Some(Head::WebSocket { len, key, forwarded_for, forwarded_secure })) => {
            let client = shard.server.admission.client(peer, forwarded_for.into_iter());
            let local = peer.is_none_or(|peer| peer.is_loopback());
            let origin = Origin { address: client, secure: forwarded_secure || local, transport: "websocket" };
            bytes.drain(..len);
            open_websocket(shard, pipe, &key, bytes, origin).await;
        }
        Ok(Some(Head::Other | Head::Incomplete)) => pages(shard, pipe, bytes, peer).await,
        // Too slow, or gone: there is nobody who would read an answer.
        Ok(None) | Err(_) => {}
    }
}

/// Reads until the head is whole, or is known to be somebody else's, or is too long. `None`: the client is gone.
async fn read_head(pipe: &Pipe, bytes: &mut Vec<u8>, bound: usize) -> Option<Head> {
    let mut buffer = [0; 4096];
    loop {
        pipe.readable().await.ok()?;
        match pipe.try_read(&mut buffer) {
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

async fn open_websocket(shard: Rc<Shard>, pipe: Pipe, key: &str, read_already: Vec<u8>, origin: Origin) {
    let admitted = match shard.server.admission.admit(origin.address) {
        Ok(admitted) => admitted,
        Err(full) => {
            shard.server.metrics.rejected_connections.inc();
            tracing::info!(address = ?origin.address, "connection refused: {full}");
            let text = full.to_string();
            let _ = pipe.try_write(
                format!(
                    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 10\r\nConnection: close\r\n\
                     Content-Type: text/plain\r\nContent-Length: {}\r\n\r\n{text}",
                    text.len()
                )
                .as_bytes(),
            );
            pipe.finish();
            return;
        }
    };
    // The first bytes on a new socket: they fit its buffer, or it is broken.
    let response = head::switching_protocols(key);
    if pipe.try_write(response.as_bytes()).ok() != Some(response.len()) {
        return;
    }
    let link = Rc::new(Link::Socket(pipe, Framing::WebSocket));
    stream::serve(shard, link, read_already, origin, Some(admitted)).await;
}

/// Everything that is not a WebSocket.
async fn pages(shard: Rc<Shard>, pipe: Pipe, read_already: Vec<u8>, peer: Option<IpAddr>) {
    // Keeps the bound on all connections; who an address is, a request behind a proxy says anew each time.
    let Ok(_admitted) = shard.server.admission.admit(None) else { return };
    let limits = &shard.server.config.limits;
    let service = TowerToHyperService::new(crate::http::service(shard.server.clone(), peer));
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.http_idle_time)
        .max_buf_size(limits.http_header_bytes.max(8192))
        .serve_connection(TokioIo::new(Rewind::new(read_already, pipe)), service);
    if let Err(error) = connection.await {
        tracing::debug!(?peer, %error, "an HTTP connection ended early");
    }
}
