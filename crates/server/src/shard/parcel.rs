//! What shards are handed, and where to.

use std::sync::Arc;

use parterre_room::{Audience, Role, SessionId};
use parterre_xmpp::{Element, StreamError, Wire};
use tokio::sync::{Notify, mpsc, oneshot};

use super::backlog::Owed;
use crate::bosh;
use crate::listen::Arrival;
use crate::listen::http::HandedOver;
use crate::rooms::RoomHandle;
use crate::stream::resume::{Claim, Granted, Parked};

/// What a shard is handed.
pub enum Parcel {
    /// What has happened in a room, for the shard's members of it, in order, and what it counts for until it is written.
    Room(RoomHandle, Vec<Step>, Option<Arc<Owed>>),
    /// A stanza for one session.
    Deliver(SessionId, Arc<Wire>),
    /// A session is to end with this error.
    Close(SessionId, StreamError),
    /// A client has connected (or its connection was handed over).
    Arrival(Box<Arrival>),
    /// A WebSocket whose request another process has read.
    HandedOver(Box<HandedOver>),
    /// Somebody wants to go on with a session that lives here.
    Claim(Box<Claim>, oneshot::Sender<Result<Granted, Element>>),
    /// The connection with which a session that lives here goes on.
    Resume(Box<Parked>),
    /// A BOSH request for a session that lives here (or a new one).
    Bosh(Box<bosh::Request>),
    /// The BOSH session of that id, which was handed over from here, is over.
    BoshOver(String),
    /// A room is to be opened here.
    OpenRoom(Box<crate::rooms::Opening>),
    /// The server stops: every stream is closed properly.
    Shutdown,
}

/// One thing that happened in a room, as its members' shard needs it.
#[derive(Clone, Debug)]
pub enum Step {
    /// The session is a member from here on.
    Enter(SessionId, Role),
    /// The member's role changed.
    Role(SessionId, Role),
    /// The session is no member any more.
    Leave(SessionId),
    /// A stanza to one session.
    Send(SessionId, Arc<Wire>),
    /// A stanza to all members of the audience.
    Broadcast(Audience, Arc<Wire>),
    /// A stanza to all members of the audience but these.
    BroadcastExcept(Audience, Arc<[SessionId]>, Arc<Wire>),
}

/// Where a shard's parcels are sent.
#[derive(Clone)]
pub struct ShardHandle {
    mailbox: mpsc::Sender<Parcel>,
    hurry: Arc<Notify>,
}

impl ShardHandle {
    /// A handle and the mailbox that its shard reads.
    pub fn new(capacity: usize) -> (Self, mpsc::Receiver<Parcel>) {
        let (mailbox, parcels) = mpsc::channel(capacity);
        (ShardHandle { mailbox, hurry: Arc::default() }, parcels)
    }

    /// Hands over a parcel, waiting while the mailbox is full. A stopped shard takes nothing, silently: its
    /// clients are gone.
    pub async fn send(&self, parcel: Parcel) {
        let _ = self.mailbox.send(parcel).await;
    }

    /// Hands over a parcel unless the mailbox is full; says whether it was taken.
    pub fn try_send(&self, parcel: Parcel) -> bool {
        self.mailbox.try_send(parcel).is_ok()
    }

    /// Hands over a parcel, or gives it back if the mailbox is full. A stopped shard takes everything.
    pub fn offer(&self, parcel: Parcel) -> Result<(), Parcel> {
        match self.mailbox.try_send(parcel) {
            Err(mpsc::error::TrySendError::Full(parcel)) => Err(parcel),
            _ => Ok(()),
        }
    }

    /// Ends the pause in which the shard gathers messages, or the next one.
    pub fn hurry(&self) {
        self.hurry.notify_one();
    }

    /// Waits until somebody is in a hurry; for the shard itself.
    pub(super) async fn hurried(&self) {
        self.hurry.notified().await;
    }

    /// Waits until the shard has ended.
    pub async fn closed(&self) {
        self.mailbox.closed().await;
    }

    /// How many parcels wait.
    pub fn depth(&self) -> usize {
        self.mailbox.max_capacity() - self.mailbox.capacity()
    }
}

/// Hands a parcel that any shard may have to the one whose turn it is, or to the next that has room: nobody waits for a
/// shard that is busy while another is not.
pub async fn deal(shards: &[ShardHandle], turn: usize, mut parcel: Parcel) {
    let first = turn % shards.len();
    let (before, behind) = shards.split_at(first);
    for shard in behind.iter().chain(before) {
        match shard.offer(parcel) {
            Ok(()) => return,
            Err(back) => parcel = back,
        }
    }
    shards[first].send(parcel).await;
}

/// The number of the shard on which a session lives.
pub fn home(session: SessionId) -> usize {
    (session.0 >> 48) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_is_dealt_out_waits_for_no_shard_while_another_has_room() {
        let (shards, mut mailboxes): (Vec<_>, Vec<_>) = (0..3).map(|_| ShardHandle::new(1)).unzip();
        for turn in [1, 1, 1] {
            let dealt = tokio::time::timeout(std::time::Duration::from_secs(1), deal(&shards, turn, Parcel::Shutdown));
            assert!(dealt.await.is_ok(), "somebody waits");
        }
        assert_eq!(shards.iter().map(ShardHandle::depth).collect::<Vec<_>>(), [1, 1, 1]);
        // With room nowhere it is the turn's shard that is waited for.
        tokio::join!(deal(&shards, 4, Parcel::Shutdown), async { mailboxes[1].recv().await });
        assert_eq!(shards[1].depth(), 1);
    }
}
