//! Serves an XMPP client that comes by TCP.

use std::net::IpAddr;
use std::rc::Rc;

use super::Door;
use crate::shard::Shard;
use crate::stream::{self, Origin};
use crate::transport::{Framing, Link, Pipe};

/// Serves the connection to its end.
pub async fn serve(shard: Rc<Shard>, pipe: Pipe, door: Door, peer: Option<IpAddr>) {
    let admitted = match shard.server.admission.admit(peer) {
        Ok(admitted) => admitted,
        Err(full) => {
            shard.server.metrics.rejected_connections.inc();
            tracing::info!(address = ?peer, "connection refused: {full}");
            pipe.finish();
            return;
        }
    };
    let pipe = match (door, shard.server.tls_config(door)) {
        (Door::XmppTls, Some(config)) => match pipe.start_tls(config) {
            Ok(pipe) => pipe,
            Err(error) => return tracing::warn!(%error, "TLS cannot be started"),
        },
        (Door::XmppTls, None) => return,
        _ => pipe,
    };
    let origin = Origin { address: peer, secure: false, transport: "tcp" };
    stream::serve(shard, Rc::new(Link::Socket(pipe, Framing::Stream)), Vec::new(), origin, Some(admitted)).await;
}
