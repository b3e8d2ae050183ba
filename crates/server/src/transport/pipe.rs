//! A byte pipe to one client: non-blocking reads and writes, and readiness to wait for.
//!
//! Writes take `&self`: a connection's task reads, while the shard's fan-out writes to the same pipe between
//! two polls of that task. Nothing here buffers plaintext; TLS keeps the ciphertext that the socket did not take.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::task::{Context, Poll, ready};

use parterre_xmpp::sasl::ChannelBindings;
use rustls::ServerConnection;
use socket2::SockRef;
use tokio::io::Interest;
use tokio::net::{TcpStream, UnixStream};

use super::memory::MemoryPipe;
use crate::tls::Acceptor;

/// One client's connection.
pub enum Pipe {
    /// A TCP socket.
    Tcp(TcpStream),
    /// A unix socket.
    Unix(UnixStream),
    /// A TCP socket with TLS on it.
    Tls(Box<TlsPipe>),
    /// A connection that never leaves the process.
    Memory(MemoryPipe),
}

/// A TLS session over a TCP socket.
pub struct TlsPipe {
    socket: TcpStream,
    session: RefCell<ServerConnection>,
    acceptor: Acceptor,
}

/// A pipe on its way from one shard to another, registered with neither's event loop.
pub enum ParkedPipe {
    /// A TCP socket.
    Tcp(std::net::TcpStream),
    /// A unix socket.
    Unix(std::os::unix::net::UnixStream),
    /// A TCP socket with TLS on it.
    Tls(std::net::TcpStream, Box<ServerConnection>, Acceptor),
    /// A connection that never leaves the process.
    Memory(MemoryPipe),
}

impl Pipe {
    /// Puts TLS on a TCP pipe; the handshake happens while reading. Any other pipe is given back unchanged.
    pub fn start_tls(self, acceptor: Acceptor) -> io::Result<Pipe> {
        match self {
            Pipe::Tcp(socket) => {
                let mut session = acceptor.accept().map_err(io::Error::other)?;
                // One record's worth: what the socket does not take stays in the outbox, which is bounded.
                session.set_buffer_limit(Some(32 * 1024));
                Ok(Pipe::Tls(Box::new(TlsPipe { socket, session: RefCell::new(session), acceptor })))
            }
            other => Ok(other),
        }
    }

    /// Takes the pipe off this thread's event loop.
    pub fn park(self) -> io::Result<ParkedPipe> {
        Ok(match self {
            Pipe::Tcp(socket) => ParkedPipe::Tcp(socket.into_std()?),
            Pipe::Unix(socket) => ParkedPipe::Unix(socket.into_std()?),
            Pipe::Tls(tls) => {
                let TlsPipe { socket, session, acceptor } = *tls;
                ParkedPipe::Tls(socket.into_std()?, Box::new(session.into_inner()), acceptor)
            }
            Pipe::Memory(memory) => ParkedPipe::Memory(memory),
        })
    }

    /// Ready when a read may give something.
    pub fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Pipe::Tcp(socket) => socket.poll_read_ready(cx),
            Pipe::Unix(socket) => socket.poll_read_ready(cx),
            Pipe::Tls(tls) => tls.socket.poll_read_ready(cx),
            Pipe::Memory(memory) => memory.poll_readable(cx),
        }
    }

    /// Ready when a write may take something.
    pub fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Pipe::Tcp(socket) => socket.poll_write_ready(cx),
            Pipe::Unix(socket) => socket.poll_write_ready(cx),
            Pipe::Tls(tls) => tls.socket.poll_write_ready(cx),
            Pipe::Memory(memory) => memory.poll_writable(cx),
        }
    }

    /// Reads what is there. `Ok(0)`: the peer is done. `WouldBlock`: nothing yet.
    pub fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Pipe::Tcp(socket) => read_all(socket, buffer, |read| socket.try_io(Interest::READABLE, read)),
            Pipe::Unix(socket) => read_all(socket, buffer, |read| socket.try_io(Interest::READABLE, read)),
            Pipe::Tls(tls) => tls.try_read(buffer),
            Pipe::Memory(memory) => memory.try_read(buffer),
        }
    }

    /// Writes what the peer takes now and says how much that was. `WouldBlock`: nothing.
    pub fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Pipe::Tcp(socket) => socket.try_write(bytes),
            Pipe::Unix(socket) => socket.try_write(bytes),
            Pipe::Tls(tls) => tls.try_write(bytes),
            Pipe::Memory(memory) => memory.try_write(bytes),
        }
    }

    /// Whether bytes that a write took are still on this side (ciphertext of TLS): [`Pipe::try_flush`] moves them.
    pub fn holds_bytes(&self) -> bool {
        matches!(self, Pipe::Tls(tls) if tls.session.borrow().wants_write())
    }

    /// Moves bytes that a write took earlier.
    pub fn try_flush(&self) -> io::Result<()> {
        match self {
            Pipe::Tls(tls) => tls.push(&mut tls.session.borrow_mut()),
            _ => Ok(()),
        }
    }

    /// Waits until a read may give something.
    pub async fn readable(&self) -> io::Result<()> {
        poll_fn(|cx| self.poll_readable(cx)).await
    }

    /// What a login over this pipe can be bound to.
    pub fn bindings(&self) -> ChannelBindings {
        match self {
            Pipe::Tls(tls) => tls.acceptor.bindings(&tls.session.borrow()),
            _ => ChannelBindings::default(),
        }
    }

    /// Says goodbye at the transport's own level: TLS `close_notify`, then the end of our direction.
    pub fn finish(&self) {
        match self {
            Pipe::Tls(tls) => {
                let mut session = tls.session.borrow_mut();
                session.send_close_notify();
                // The peer may be gone already; then there is nobody to say it to.
                let _ = tls.push(&mut session);
                shutdown(&tls.socket);
            }
            Pipe::Tcp(socket) => shutdown(socket),
            Pipe::Unix(socket) => {
                let _ = SockRef::from(socket).shutdown(std::net::Shutdown::Write);
            }
            Pipe::Memory(memory) => memory.finish(),
        }
    }
}

/// Reads what a socket has. One that does not fill the buffer is empty now, which the event loop is told (it takes
/// `WouldBlock` for that) instead of letting it find out by another read.
fn read_all(
    socket: &impl AsFd,
    buffer: &mut [u8],
    try_io: impl FnOnce(&mut dyn FnMut() -> io::Result<()>) -> io::Result<()>,
) -> io::Result<usize> {
    let mut taken = 0;
    let done = try_io(&mut || {
        taken = (&*SockRef::from(socket)).read(buffer)?;
        if taken > 0 && taken < buffer.len() { Err(ErrorKind::WouldBlock.into()) } else { Ok(()) }
    });
    match done {
        Err(_) if taken > 0 => Ok(taken),
        done => done.map(|()| taken),
    }
}

fn shutdown(socket: &TcpStream) {
    let _ = SockRef::from(socket).shutdown(std::net::Shutdown::Write);
}

impl ParkedPipe {
    /// Puts the pipe on this thread's event loop.
    pub fn unpark(self) -> io::Result<Pipe> {
        Ok(match self {
            ParkedPipe::Tcp(socket) => Pipe::Tcp(TcpStream::from_std(socket)?),
            ParkedPipe::Unix(socket) => Pipe::Unix(UnixStream::from_std(socket)?),
            ParkedPipe::Tls(socket, session, acceptor) => {
                let (socket, session) = (TcpStream::from_std(socket)?, RefCell::new(*session));
                Pipe::Tls(Box::new(TlsPipe { socket, session, acceptor }))
            }
            ParkedPipe::Memory(memory) => Pipe::Memory(memory),
        })
    }
}

impl TlsPipe {
    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut session = self.session.borrow_mut();
        loop {
            match session.reader().read(buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                // A peer that cuts the connection without close_notify: the stream layer treats it as cut.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(0),
                done => return done,
            }
            if session.read_tls(&mut Socket(&self.socket))? == 0 {
                return Ok(0);
            }
            let state = session.process_new_packets();
            // Handshake messages, and the alert that tells the peer what was wrong.
            if session.wants_write() {
                self.push(&mut session)?;
            }
            state.map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
        }
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut session = self.session.borrow_mut();
        self.push(&mut session)?;
        if session.wants_write() {
            return Err(ErrorKind::WouldBlock.into());
        }
        let taken = session.writer().write(bytes)?;
        self.push(&mut session)?;
        Ok(taken)
    }

    /// Ciphertext to the socket, as much as it takes.
    fn push(&self, session: &mut ServerConnection) -> io::Result<()> {
        while session.wants_write() {
            match session.write_tls(&mut Socket(&self.socket)) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// The socket as rustls wants it.
struct Socket<'a>(&'a TcpStream);

impl Read for Socket<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.try_read(buffer)
    }
}

impl Write for Socket<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Waits until the pipe takes bytes again.
pub async fn writable(pipe: &Pipe) -> io::Result<()> {
    poll_fn(|cx| {
        ready!(pipe.poll_writable(cx))?;
        Poll::Ready(Ok(()))
    })
    .await
}
