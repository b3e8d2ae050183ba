//! The channel to the process that started this one, which hands over sockets that it accepted (`docs/hand-over.md`).
//!
//! Enters: Node's own lines with descriptors beside them. Leaves: clients, to the shards in turn, and for each socket
//! exactly one acknowledgement. Nothing but the lines of [`message`] may ever be written to the channel: Node ends, and the
//! site with it, over any other. What the channel's end leaves behind is a server that takes no more sockets this way.

mod adoption;
mod channel;
pub mod inherited;
pub mod lines;
pub mod message;
pub mod parent;

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use self::adoption::{Refused, Socket};
use self::channel::Channel;
use self::lines::Lines;
use self::message::{Cargo, Message, Said, Why};
use crate::server::Server;
use crate::shard::{Parcel, deal};

/// Bytes that are read at once: what the system's buffer of a unix socket gives in one piece.
const READ: usize = 64 * 1024;
/// Descriptors that may wait for their line. Node sends the next one only when we have the last.
const DESCRIPTORS: usize = 4;

/// Takes sockets over until the channel ends.
pub async fn run(server: Arc<Server>, socket: UnixStream, files: u64) {
    let ended = match Channel::new(socket) {
        Ok(channel) => Taking::new(server, channel, files).run().await,
        Err(error) => Err(End::Broken(error)),
    };
    match ended {
        Ok(()) => tracing::info!("the parent has closed the channel; no sockets are taken over any more"),
        Err(error) => tracing::error!("no sockets are taken over any more: {error}"),
    }
}

/// Why the channel cannot be used any more.
#[derive(Debug, thiserror::Error)]
enum End {
    #[error("the channel to the parent broke ({0})")]
    Broken(#[from] io::Error),
    #[error("on the channel to the parent {0}")]
    TooLong(#[from] lines::TooLong),
    #[error("on the channel to the parent {0}")]
    Garbage(#[from] message::Garbage),
    #[error("on the channel to the parent descriptors come without their lines")]
    Stray,
}

struct Taking {
    server: Arc<Server>,
    channel: Channel,
    files: u64,
    descriptors: Vec<OwnedFd>,
    /// How often the socket that is on its way has not arrived.
    missed: u32,
    /// How many have been taken over.
    taken: usize,
}

impl Taking {
    fn new(server: Arc<Server>, channel: Channel, files: u64) -> Self {
        Taking { server, channel, files, descriptors: Vec::new(), missed: 0, taken: 0 }
    }

    async fn run(&mut self) -> Result<(), End> {
        self.say(Said::new().hello(self.files)).await?;
        let mut lines = Lines::new(self.server.config.limits.control_line_bytes);
        let mut buffer = vec![0; READ];
        loop {
            let read = self.channel.read(&mut buffer, &mut self.descriptors).await?;
            if read == 0 {
                return Ok(());
            }
            for line in lines.push(buffer.get(..read).unwrap_or_default())? {
                self.hear(message::read(&line)?).await?;
            }
            if self.descriptors.len() > DESCRIPTORS {
                return Err(End::Stray);
            }
        }
    }

    async fn hear(&mut self, message: Message) -> Result<(), End> {
        match message {
            Message::Handle(cargo) if self.descriptors.is_empty() => self.miss(&cargo).await,
            Message::Handle(cargo) => {
                self.missed = 0;
                let descriptor = self.descriptors.remove(0);
                self.take(cargo, descriptor).await
            }
            Message::Dead(id) => self.say(Said::new().refused(Some(id), Why::Dead)).await,
            Message::Count(key) => self.say(Said::new().count(&key)).await,
            Message::NotifyClose(key) => self.say(Said::new().all_closed(&key)).await,
            Message::Unknown => Ok(()),
        }
    }

    async fn take(&mut self, cargo: Cargo, descriptor: OwnedFd) -> Result<(), End> {
        match cargo {
            Cargo::Test => {
                self.say(Said::new().acknowledge()).await?;
                if let Some(socket) = Socket::new(descriptor) {
                    socket.say(b"ok");
                }
                Ok(())
            }
            Cargo::Unclear(id) => {
                drop(descriptor);
                self.say(Said::new().acknowledge().refused(id, Why::Message)).await
            }
            Cargo::Upgrade(upgrade) => {
                let id = upgrade.id;
                match adoption::adopt(&self.server, *upgrade, descriptor, self.files) {
                    Ok(handed_over) => {
                        // Before the client is answered: what it says then must find nobody reading in Node.
                        self.say(Said::new().acknowledge().taken_in(id)).await?;
                        deal(&self.server.shards, self.taken, Parcel::HandedOver(Box::new(handed_over))).await;
                        self.taken = self.taken.wrapping_add(1);
                        Ok(())
                    }
                    Err(refused) => self.refuse(id, refused).await,
                }
            }
        }
    }

    async fn refuse(&self, id: u64, refused: Refused) -> Result<(), End> {
        self.say(Said::new().acknowledge().refused(Some(id), refused.why)).await?;
        refused.answer();
        Ok(())
    }

    /// A socket did not arrive, since the process may open no more. Node tries again; at last it closes the socket.
    async fn miss(&mut self, cargo: &Cargo) -> Result<(), End> {
        self.missed += 1;
        let said = Said::new().refuse_handle();
        if self.missed < message::ATTEMPTS {
            return self.say(said).await;
        }
        self.missed = 0;
        tracing::warn!("a socket could not be taken over; raise the limit of open files");
        self.say(said.refused(cargo.id(), Why::Descriptors)).await
    }

    async fn say(&self, said: Said) -> Result<(), End> {
        Ok(self.channel.write(said.as_bytes()).await?)
    }
}
