//! Resumption (XEP-0198 §5): a session goes on with another connection, having lost and repeated nothing.
//!
//! A session stays on its shard, where rooms know it; the connection moves there. Until it is resumed or its time is
//! over it remains an occupant of its rooms, and what is for it waits in its bounded outbox.

use std::io;
use std::rc::Rc;

use parterre_room::SessionId;
use parterre_xmpp::{BareJid, Element, FullJid, ns};
use tokio::sync::oneshot;

use super::bound::failed;
use super::reader::{Framed, Reader};
use super::{Origin, Outcome, bound, farewell};
use crate::bosh::ParkedBosh;
use crate::listen::admission::Admitted;
use crate::server::{Server, random_bytes};
use crate::shard::session::{End, Session};
use crate::shard::{Parcel, Shard, home};
use crate::transport::{Framing, Link, ParkedPipe};

/// A client's wish to go on with a session: by whom, which, and what it has received of it.
pub struct Claim {
    /// The account that has logged in.
    pub account: BareJid,
    /// Whether that is nobody in particular.
    pub anonymous: bool,
    /// What `<enabled/>` gave.
    pub previd: String,
    /// How many stanzas of the session the client has handled.
    pub handled: u32,
}

/// A granted claim: `<resumed/>`. Its connection is to be handed to the session's shard.
pub struct Granted {
    /// The session.
    pub session: SessionId,
    /// The number of the connection that is to serve it next: a later grant makes it void.
    pub connection: u32,
    /// Its address.
    pub jid: FullJid,
    /// What the client is answered.
    pub resumed: Element,
}

/// A connection and the session that goes on with it.
pub struct Moving<L = Rc<Link>> {
    /// The session.
    pub session: SessionId,
    /// The number under which the connection was granted the session.
    pub connection: u32,
    /// The connection.
    pub link: L,
    /// What takes its bytes apart.
    pub decoder: Framed,
    /// What was read from it and not understood yet.
    pub read_already: Vec<u8>,
    /// What is to be written to it before anything else.
    pub unwritten: Vec<u8>,
    /// Where it comes from.
    pub origin: Origin,
    /// Its place among the connections.
    pub admitted: Option<Admitted>,
}

/// A connection on its way to another shard.
pub type Parked = Moving<ParkedLink>;

/// The connection itself.
pub enum ParkedLink {
    /// A socket.
    Socket(ParkedPipe, Framing),
    /// A BOSH session. The shard that its id names passes its requests on.
    Bosh(ParkedBosh),
}

impl<L> Moving<L> {
    fn with<M>(self, change: impl FnOnce(L) -> io::Result<M>) -> io::Result<Moving<M>> {
        Ok(Moving {
            link: change(self.link)?,
            session: self.session,
            connection: self.connection,
            decoder: self.decoder,
            read_already: self.read_already,
            unwritten: self.unwritten,
            origin: self.origin,
            admitted: self.admitted,
        })
    }
}

impl Moving {
    /// Takes the connection off this thread, on its way to another.
    fn park(self, shard: &Shard) -> io::Result<Parked> {
        let to = home(self.session);
        self.with(|link| match Rc::try_unwrap(link) {
            Ok(Link::Socket(pipe, framing)) => Ok(ParkedLink::Socket(pipe.park()?, framing)),
            Ok(Link::Bosh(bosh)) => Ok(ParkedLink::Bosh(bosh.park(shard, to)?)),
            Err(_) => Err(io::Error::other("the connection is in use")),
        })
    }
}

impl Parked {
    /// Puts the connection on this thread.
    pub fn unpark(self, shard: &Shard) -> io::Result<Moving> {
        self.with(|link| {
            Ok(Rc::new(match link {
                ParkedLink::Socket(pipe, framing) => Link::Socket(pipe.unpark()?, framing),
                ParkedLink::Bosh(bosh) => Link::Bosh(bosh.unpark(shard)),
            }))
        })
    }
}

/// For how many seconds a session waits to be resumed.
pub fn patience(server: &Server, session: &Session) -> u32 {
    let limits = &server.config.limits;
    let anonymous = session.bound.get().is_none_or(|bound| bound.asker.anonymous);
    let time = if anonymous { limits.resume_time_anonymous } else { limits.resume_time };
    time.as_secs() as u32
}

/// Makes a session resumable and gives what to ask with: where it lives, and a secret.
pub(super) fn issue(session: &Session) -> String {
    // 0 stands for a session that cannot be resumed.
    session.resumption.set(u64::from_le_bytes(random_bytes()) | 1);
    previd(session)
}

fn previd(session: &Session) -> String {
    format!("{:016x}{:016x}", session.id.0, session.resumption.get())
}

fn parse(previd: &str) -> Option<(SessionId, u64)> {
    if previd.len() != 32 || !previd.is_ascii() {
        return None;
    }
    let (session, secret) = previd.split_at(16);
    Some((SessionId(u64::from_str_radix(session, 16).ok()?), u64::from_str_radix(secret, 16).ok()?))
}

/// Asks the shard where the session would live whether it may be resumed. An error is `<failed/>`.
pub async fn claim(shard: &Rc<Shard>, claim: Claim) -> Result<Granted, Element> {
    let unknown = || failed("item-not-found", None);
    let at = parse(&claim.previd).map(|(session, _)| home(session)).ok_or_else(unknown)?;
    if at == usize::from(shard.index) {
        return grant(shard, &claim);
    }
    let there = shard.server.shards.get(at).ok_or_else(unknown)?;
    let (answer, answered) = oneshot::channel();
    there.send(Parcel::Claim(Box::new(claim), answer)).await;
    answered.await.unwrap_or_else(|_| Err(unknown()))
}

/// Decides on a claim to a session of this shard. From a grant on, the session's old connection is done with.
pub fn grant(shard: &Rc<Shard>, claim: &Claim) -> Result<Granted, Element> {
    let unknown = || failed("item-not-found", None);
    let (id, secret) = parse(&claim.previd).ok_or_else(unknown)?;
    // A stop has been told to every session; none may go on from it.
    let session = shard.session(id).filter(|_| !shard.stopping.get()).ok_or_else(unknown)?;
    // Nobody in particular has another address at each login, and the secret is all there is to know them by.
    let same = session
        .bound
        .get()
        .is_some_and(|bound| if bound.asker.anonymous { claim.anonymous } else { bound.asker.bare == claim.account });
    if secret == 0 || session.resumption.get() != secret || !same {
        return Err(unknown());
    }
    let handled = session.handled.get();
    let mut outbox = session.outbox.borrow_mut();
    if !outbox.resumable() || outbox.acknowledge(claim.handled).is_err() {
        drop(outbox);
        // What it was sent is lost beyond repair: the client starts anew, and nobody needs the old session.
        session.give_up(End::Replaced);
        return Err(failed("item-not-found", Some(handled)));
    }
    drop(outbox);
    session.part_with_connection();
    session.outbox.borrow_mut().disconnect();
    if session.detached.replace(Some(shard.now())).is_none() {
        shard.server.metrics.sessions_detached.inc();
    }
    let resumed = Element::new("resumed", ns::SM).with("previd", previd(&session)).with("h", handled.to_string());
    let jid = session.bound.get().map(|bound| bound.asker.jid.clone()).ok_or_else(unknown)?;
    Ok(Granted { session: id, connection: session.connection(), jid, resumed })
}

/// Hands the connection of a login over to the session that goes on with it, on whichever shard that lives.
pub(super) async fn hand_over(
    shard: &Rc<Shard>,
    newcomer: &Rc<Session>,
    reader: Reader,
    (session, connection): (SessionId, u32),
    origin: Origin,
    admitted: Option<Admitted>,
) {
    let unwritten = newcomer.outbox.borrow_mut().take_framed(reader.link(), shard.nobody());
    newcomer.part_with_connection();
    shard.forget(newcomer.id);
    let (link, decoder, read_already) = reader.into_parts();
    let moving = Moving { session, connection, link, decoder, read_already, unwritten, origin, admitted };
    if home(session) == usize::from(shard.index) {
        return Box::pin(carry_on(shard.clone(), moving)).await;
    }
    match moving.park(shard) {
        Ok(parked) => {
            if let Some(there) = shard.server.shards.get(home(session)) {
                there.send(Parcel::Resume(Box::new(parked))).await;
            }
        }
        Err(error) => tracing::warn!(%error, "a connection was lost between two threads"),
    }
}

/// Goes on with a session of this shard over a connection that was handed over.
pub async fn carry_on(shard: Rc<Shard>, moving: Moving) {
    let link = moving.link;
    let session = shard.session(moving.session).filter(|session| {
        session.connection() == moving.connection && session.resumption.get() != 0 && session.detached.get().is_some()
    });
    let Some(session) = session else {
        // Its time was over in this very moment, or another connection was granted it meanwhile. The client has not
        // been told yet that it may go on.
        link.finish();
        return;
    };
    shard.server.metrics.sessions_detached.dec();
    session.connect(link.clone(), moving.origin.address, shard.now());
    session.outbox.borrow_mut().rewind(moving.unwritten);
    shard.mark(&session);
    shard.server.metrics.resumed.inc();
    let counted = shard.server.metrics.connection(moving.origin.transport);
    let mut reader = Reader::established(&shard, &session, link, moving.decoder);
    reader.open();
    reader.trust(&shard);
    reader.feed(&moving.read_already);
    let outcome: Outcome = bound::run(&shard, session, &mut reader).await;
    farewell::settle(&shard, outcome, &reader).await;
    drop((counted, moving.admitted));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_resumes_with_is_read_strictly() {
        let whole = format!("{:016x}{:016x}", 3u64 << 48 | 7, 9u64);
        assert_eq!(parse(&whole), Some((SessionId(3 << 48 | 7), 9)));
        for wrong in
            ["", "0", &whole[1..], &format!("{whole}0"), &whole.replace('7', "g"), &"ä".repeat(16), &" ".repeat(32)]
        {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
