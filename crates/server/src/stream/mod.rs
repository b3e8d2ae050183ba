//! A client's stream: from the first byte on a connection to the end of the session behind it.
//!
//! Enters: a link that a listener (or a BOSH request) opened. On the way: negotiation, then stanzas to the router,
//! one at a time and no faster than the limits say. Leaves: nothing that was not asked for; when the connection goes,
//! the session waits to be resumed or takes its leave of everybody. Writing is not done here but by the shard: this
//! task only waits for a client that takes no more, so that the shard need not.

pub mod bound;
pub mod farewell;
pub mod login;
pub mod negotiate;
pub mod rate;
pub mod reader;
pub mod resume;

use std::net::IpAddr;
use std::rc::Rc;

use crate::listen::admission::Admitted;
use crate::metrics::Transport;
use crate::shard::Shard;
use crate::shard::session::{End, Session};
use crate::transport::Link;
use login::Login;
use reader::Reader;

/// Where a stream comes from.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    /// The client's address, as far as it is known.
    pub address: Option<IpAddr>,
    /// Whether what the client sends cannot be read on its way: by TLS, by a proxy's TLS, or because it never leaves
    /// this machine.
    pub secure: bool,
    /// What carries it.
    pub transport: Transport,
}

/// What became of a connection.
enum Outcome {
    /// The session lost it for this reason.
    Lost(Rc<Session>, End),
    /// The client has closed the stream, or `Some` code closed the WebSocket.
    Left(Rc<Session>, Option<u16>),
}

/// Serves a link to its end.
pub async fn serve(
    shard: Rc<Shard>,
    link: Rc<Link>,
    read_already: Vec<u8>,
    origin: Origin,
    admitted: Option<Admitted>,
) {
    let counted = shard.server.metrics.connection(origin.transport);
    let session = shard.admit(link.clone(), origin.address);
    let mut reader = Reader::new(&shard, &session, link);
    reader.feed(&read_already);
    drop(read_already);
    // The large states of beginning and end are on the heap, so that an idle viewer costs what it must.
    let outcome = match Box::pin(login::run(&shard, &session, &mut reader, origin)).await {
        Ok(Login::Bound) => {
            reader.trust(&shard);
            bound::run(&shard, session, &mut reader).await
        }
        Ok(Login::Resumes(granted, connection)) => {
            Box::pin(resume::hand_over(&shard, &session, reader, (granted, connection), origin, admitted)).await;
            return;
        }
        Err(end) => end.of(session),
    };
    Box::pin(farewell::settle(&shard, outcome, &reader)).await;
    drop((counted, admitted));
}
