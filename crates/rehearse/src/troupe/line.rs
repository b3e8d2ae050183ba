//! A connection: a socket that never blocks, what it would not take, and the beginning of what has not come whole.
//!
//! It holds no buffer while nothing is pending: what comes in is read into the buffer of the thread.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use mio::net::TcpStream;
use rustls::ClientConnection;
use socket2::{Domain, Protocol, Socket, Type};

use crate::viewer::Ended;

/// A connection.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) socket: TcpStream,
    /// Whether there is a connection already.
    pub(crate) connected: bool,
    /// The beginning of something that has not come whole.
    pub(crate) held: Vec<u8>,
    /// What the socket would not take.
    unsent: Vec<u8>,
    tls: Option<Box<ClientConnection>>,
}

/// The address from which a viewer comes: on loopback each has its own, as in life, so that ports do not run out and a limit
/// for one address is not met by all together.
fn source(viewer: u32, target: SocketAddr) -> Option<SocketAddr> {
    match target.ip() {
        IpAddr::V4(ip) if ip.is_loopback() && cfg!(target_os = "linux") => {
            let [_, high, middle, low] = viewer.to_be_bytes();
            let ip = Ipv4Addr::new(127, 1_u8.saturating_add(high), middle, low);
            Some(SocketAddr::from((ip, 0)))
        }
        _ => None,
    }
}

impl Line {
    /// Begins to connect. `small` asks for a small buffer in the system, so that one who does not read is noticed.
    pub(crate) fn open(target: SocketAddr, viewer: u32, small: bool) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(target), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        socket.set_tcp_nodelay(true)?;
        if small {
            socket.set_recv_buffer_size(8 << 10)?;
        }
        if let Some(source) = source(viewer, target) {
            socket.bind(&source.into())?;
        }
        match socket.connect(&target.into()) {
            Err(error) if !in_progress(&error) => return Err(error),
            _ => {}
        }
        let socket = TcpStream::from_std(socket.into());
        Ok(Line { socket, connected: false, held: Vec::new(), unsent: Vec::new(), tls: None })
    }

    /// Puts TLS under what is sent and received from here on.
    pub(crate) fn encrypt(&mut self, tls: Box<ClientConnection>) -> Result<(), Ended> {
        self.tls = Some(tls);
        self.writable()
    }

    /// Reads once. `None`: there is nothing now.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> Result<Option<usize>, Ended> {
        let Some(tls) = &mut self.tls else { return self.read_socket(buffer) };
        loop {
            match tls.reader().read(buffer) {
                Ok(0) => return Err(Ended::of("connection closed")),
                Ok(read) => return Ok(Some(read)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(why(&error)),
            }
            match tls.read_tls(&mut self.socket) {
                Ok(0) => return Err(Ended::of("connection closed")),
                Ok(_) => {
                    tls.process_new_packets().map_err(|error| Ended(format!("TLS: {error}")))?;
                    encrypted(tls, &mut self.socket)?;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(why(&error)),
            }
        }
    }

    fn read_socket(&mut self, buffer: &mut [u8]) -> Result<Option<usize>, Ended> {
        loop {
            return match self.socket.read(buffer) {
                Ok(0) => Err(Ended::of("connection closed")),
                Ok(read) => Ok(Some(read)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => Err(why(&error)),
            };
        }
    }

    /// Sends; what the socket does not take now waits.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Ended> {
        if let Some(tls) = self.tls.as_mut().filter(|_| self.connected) {
            tls.writer().write_all(bytes).map_err(|error| why(&error))?;
            return encrypted(tls, &mut self.socket);
        }
        if !self.unsent.is_empty() || !self.connected {
            self.unsent.extend_from_slice(bytes);
            return Ok(());
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            match self.socket.write(rest) {
                Ok(written) => rest = rest.get(written..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.unsent.extend_from_slice(rest);
                    break;
                }
                Err(error) => return Err(why(&error)),
            }
        }
        Ok(())
    }

    /// The socket may take more.
    pub(crate) fn writable(&mut self) -> Result<(), Ended> {
        let unsent = std::mem::take(&mut self.unsent);
        if !unsent.is_empty() || self.tls.is_some() { self.write(&unsent) } else { Ok(()) }
    }

    /// Whether a read may leave something that no event tells of: what TLS has decrypted already.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.tls.is_some()
    }
}

/// Sends what TLS has to send, as far as the socket takes it; TLS keeps the rest.
fn encrypted(tls: &mut ClientConnection, socket: &mut TcpStream) -> Result<(), Ended> {
    while tls.wants_write() {
        match tls.write_tls(socket) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(why(&error)),
        }
    }
    Ok(())
}

fn in_progress(error: &io::Error) -> bool {
    // EINPROGRESS has no stable kind of its own.
    error.kind() == io::ErrorKind::WouldBlock || matches!(error.raw_os_error(), Some(115 | 36))
}

/// An error of the system, in few different words.
pub(crate) fn why(error: &io::Error) -> Ended {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Ended::of("connection refused"),
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => Ended::of("connection reset"),
        io::ErrorKind::TimedOut => Ended::of("connection timed out"),
        _ => Ended(error.to_string()),
    }
}
