//! How streams and sessions end.
//!
//! A *connection* ends with what its framing says last; a *session* ends by leaving its rooms and its contacts, or
//! waits to be resumed first.

use std::io::ErrorKind;
use std::rc::Rc;
use std::time::Duration;

use parterre_xmpp::framing::{stream as tcp, ws};
use parterre_xmpp::websocket::CloseCode;
use parterre_xmpp::{StreamCondition, StreamError, Wire, websocket};

use super::reader::Reader;
use super::{Outcome, login};
use crate::rooms::Order;
use crate::shard::Shard;
use crate::shard::session::{End, Session};
use crate::transport::{Framing, Link, Pipe};

/// How long a client may take to read its farewell and close its side.
const GOODBYE: Duration = Duration::from_secs(2);
/// WebSocket: the browser left the page (RFC 6455 §7.4.1).
const GOING_AWAY: u16 = 1001;

/// Ends a connection and, if its session does not wait to be resumed, the session.
pub(super) async fn settle(shard: &Rc<Shard>, outcome: Outcome, reader: &Reader) {
    let (Outcome::Lost(session, _) | Outcome::Left(session, _)) = &outcome;
    if session.connection() != reader.connection() {
        // Whatever became of this connection, the session goes on with another.
        let error = StreamError::new(StreamCondition::Conflict, "another connection goes on with this session");
        return last_words(reader, &error);
    }
    match outcome {
        Outcome::Lost(session, End::Error(error)) => {
            shard.server.metrics.stream_error(error.condition);
            tracing::debug!(address = ?session.address.get(), %error, "stream ended");
            finish(shard, &session, true).await;
            say_goodbye(shard, &session, reader, Some(&error)).await;
            shard.forget(session.id);
        }
        Outcome::Lost(session, End::Slow) => {
            shard.server.metrics.dropped(crate::metrics::DropReason::SlowReader);
            detach(shard, &session).await;
            reader.link().finish();
        }
        Outcome::Lost(session, End::Cut(why)) => {
            tracing::debug!(address = ?session.address.get(), why, "connection lost");
            detach(shard, &session).await;
            reader.link().finish();
        }
        Outcome::Lost(session, End::Replaced) => {
            finish(shard, &session, true).await;
            shard.forget(session.id);
            let error = StreamError::new(StreamCondition::Conflict, "this session is of no more use; log in anew");
            last_words(reader, &error);
        }
        Outcome::Left(session, Some(code)) => {
            // Whoever leaves a page comes back as somebody else; the nick must not be held for nobody.
            let leaves = code == GOING_AWAY && session.is_anonymous();
            if leaves {
                finish(shard, &session, false).await;
                shard.forget(session.id);
            } else {
                detach(shard, &session).await;
            }
            let mut answer = Vec::new();
            websocket::append_close(CloseCode::Normal, &mut answer);
            let _ = reader.link().try_write(&answer);
            reader.link().finish();
        }
        Outcome::Left(session, None) => {
            finish(shard, &session, true).await;
            say_goodbye(shard, &session, reader, None).await;
            shard.forget(session.id);
        }
    }
}

/// The session has lost its connection: it waits to be resumed if it can be, or ends.
async fn detach(shard: &Rc<Shard>, session: &Rc<Session>) {
    session.part_with_connection();
    session.outbox.borrow_mut().disconnect();
    let resumable = session.resumption.get() != 0 && session.outbox.borrow().resumable();
    if resumable && !shard.stopping.get() {
        session.detached.set(Some(shard.now()));
        shard.server.metrics.sessions_detached.inc();
    } else {
        finish(shard, session, false).await;
        shard.forget(session.id);
    }
}

/// The time of a session that waited to be resumed is over.
pub async fn expire(shard: Rc<Shard>, session: Rc<Session>) {
    shard.server.metrics.sessions_detached.dec();
    finish(&shard, &session, false).await;
    shard.forget(session.id);
}

/// Ends a session: contacts and rooms learn of it, and what it was never shown is put where it will be found.
async fn finish(shard: &Rc<Shard>, session: &Rc<Session>, clean: bool) {
    let Some(bound) = session.bound.get() else { return };
    if !session.begin_leave() {
        return;
    }
    let server = &shard.server;
    server.metrics.sessions.dec();
    // What can still be written is: the answers to what the client asked last, if nothing else.
    shard.flush(session);
    let never_seen = if bound.asker.anonymous { Vec::new() } else { session.outbox.borrow_mut().undelivered() };
    let unread = !never_seen.is_empty();
    // When the server stops, everybody goes, and nobody needs to be told of each.
    if unread || !shard.stopping.get() {
        server.services.unbind(&bound.asker, None).await;
    }
    if !shard.stopping.get() {
        for room in session.take_rooms() {
            // A room that has ended has told its occupants so.
            let _ = room.send(Order::Ended { session: session.id, status: None, clean }).await;
        }
    }
    if unread {
        let never_seen = never_seen.into_iter().map(|letter| (*letter).clone()).collect();
        server.services.undelivered(&bound.asker, never_seen).await;
    }
}

/// Writes the end of the stream, waits a moment for the client to take it, and for its own.
async fn say_goodbye(shard: &Rc<Shard>, session: &Rc<Session>, reader: &Reader, error: Option<&StreamError>) {
    let link = reader.link();
    let mut words = Vec::new();
    if error.is_some() && !reader.is_open() {
        login::open_to_fail(link, shard.server.domain(), &mut words);
    }
    append_last_words(link, error, reader.close_code(), &mut words);
    // Not through `put`: an outbox that is full must still be able to say why it ends.
    session.outbox.borrow_mut().close(words);
    let all = async {
        shard.flush(session);
        while session.blocked.get() && link.writable().await.is_ok() {
            session.blocked.set(false);
            shard.flush(session);
        }
        link.finish();
        if let Link::Socket(pipe, _) = &**link {
            drain(shard, pipe).await;
        }
    };
    // A client that does not even take this is no longer waited for.
    let _ = tokio::time::timeout(GOODBYE, all).await;
}

/// Reads and drops what comes until the client closes: a socket that is closed with unread input resets the
/// connection, and the client might never see why.
async fn drain(shard: &Shard, pipe: &Pipe) {
    while pipe.readable().await.is_ok() {
        match pipe.try_read(&mut shard.input.borrow_mut()) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
    }
}

/// Writes the end of a stream as far as it is taken at once.
fn last_words(reader: &Reader, error: &StreamError) {
    let mut words = Vec::new();
    append_last_words(reader.link(), Some(error), reader.close_code(), &mut words);
    let _ = reader.link().try_write(&words);
    reader.link().finish();
}

fn append_last_words(link: &Link, error: Option<&StreamError>, code: CloseCode, out: &mut Vec<u8>) {
    let nobody = parterre_xmpp::ToAttribute::new("");
    if let Some(error) = error {
        link.append(&Wire::verbatim(&error.to_element()), &nobody, out);
    }
    match link {
        Link::Socket(_, Framing::WebSocket) => {
            websocket::append_frame_header(websocket::Opcode::Text, ws::CLOSE.len(), out);
            out.extend_from_slice(ws::CLOSE.as_bytes());
            websocket::append_close(code, out);
        }
        Link::Socket(_, Framing::Stream) => out.extend_from_slice(tcp::CLOSE.as_bytes()),
        // The body that carries it says that it is the last.
        Link::Bosh(bosh) => bosh.ends_with(error.map(|error| error.condition)),
    }
}
