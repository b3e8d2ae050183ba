//! A client's stream: from the first byte on a connection to the end of the session behind it.
//!
//! Enters: a link that a listener (or a BOSH request) opened. On the way: negotiation, then stanzas to the router,
//! one at a time and no faster than the limits say. Leaves: nothing that was not asked for; when the connection goes,
//! the session waits to be resumed or takes its leave of everybody. Writing is not done here but by the shard: this
//! task only waits for a client that takes no more, so that the shard need not.

pub mod bound;
pub mod negotiate;
pub mod rate;
pub mod reader;
pub mod resume;

use std::net::IpAddr;
use std::rc::Rc;

use parterre_xmpp::{Element, StreamCondition, StreamError, Wire};

use crate::listen::admission::Admitted;
use crate::shard::Shard;
use crate::shard::outbox::Piece;
use crate::shard::session::{End, Session};
use crate::transport::Link;
use reader::{Event, Reader};

/// Where a stream comes from.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    /// The client's address, as far as it is known.
    pub address: Option<IpAddr>,
    /// Whether what the client sends cannot be read on its way: by TLS, by a proxy's TLS, or because it never leaves
    /// this machine.
    pub secure: bool,
    /// `tcp`, `websocket` or `bosh`, for metrics and logs.
    pub transport: &'static str,
}

/// What became of a connection's session.
enum Outcome {
    /// The connection is done with, and so is what it carried.
    Over,
    /// The session was bound (or resumed) and lost its connection for this reason.
    Lost(Rc<Session>, End),
    /// The client has closed the stream, or `Some` code closed the WebSocket.
    Left(Rc<Session>, Option<u16>),
}

/// Serves a link to its end. `read_already` is what a listener read beyond what it needed.
pub async fn serve(
    shard: Rc<Shard>,
    link: Rc<Link>,
    read_already: Vec<u8>,
    origin: Origin,
    admitted: Option<Admitted>,
) {
    let metrics = shard.server.metrics.connection(origin.transport);
    let session = shard.admit(link.clone(), origin.address);
    let mut reader = Reader::new(&shard, &session, link);
    reader.feed(read_already);
    let outcome = match Box::pin(negotiate(&shard, &session, &mut reader, origin)).await {
        // From here on the large state of the negotiation is gone, and an idle viewer costs what it must.
        Some(session) => bound::run(&shard, session, &mut reader).await,
        None => Outcome::Over,
    };
    settle(&shard, &session, outcome, &reader).await;
    drop((metrics, admitted));
}
