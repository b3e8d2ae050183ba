//! Serves an XMPP client that comes by TCP.

use std::net::IpAddr;
use std::rc::Rc;

use super::Door;
use crate::metrics::Transport;
use crate::shard::Shard;
use crate::stream::{self, Origin};
use crate::transport::{Framing, Link, Pipe};

/// Serves the connection to its end.
pub async fn serve(shard: Rc<Shard>, pipe: Pipe, door: Door, peer: Option<IpAddr>) {
    let admitted = match shard.server.admission.admit(peer) {
        Ok(admitted) => admitted,
        Err(full) => {
            super::http::refused(&shard.server, full, peer);
            pipe.finish();
            return;
        }
    };
    let pipe = match (door, &shard.server.tls) {
        (Door::XmppTls, Some(tls)) => match pipe.start_tls(tls.current().direct.clone()) {
            Ok(pipe) => pipe,
            Err(error) => return tracing::warn!(%error, "TLS cannot be started"),
        },
        (Door::XmppTls, None) => return,
        _ => pipe,
    };
    let origin = Origin {
        address: peer,
        secure: false,
        transport: if door == Door::XmppTls { Transport::Tls } else { Transport::Tcp },
    };
    stream::serve(shard, Rc::new(Link::Socket(pipe, Framing::Stream)), Vec::new(), origin, Some(admitted)).await;
}
