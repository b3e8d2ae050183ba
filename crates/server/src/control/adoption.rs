//! Decides about a socket that was handed over: a client of ours, or an answer and its end.

use std::io::Write as _;
use std::net::{IpAddr, Shutdown, TcpStream};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::net::UnixStream;

use parterre_xmpp::websocket;
use rustix::net::{AddressFamily, sockopt};

use super::message::{Upgrade, Why};
use crate::listen::admission::is_near_proxy;
use crate::listen::http::{self as door, HandedOver};
use crate::listen::{self, head};
use crate::metrics::Transport;
use crate::server::Server;
use crate::stream::Origin;
use crate::transport::ParkedPipe;

/// A socket that is not served, and what its client is told.
pub(super) struct Refused {
    pub(super) why: Why,
    socket: Option<Socket>,
    answer: String,
}

impl Refused {
    /// Answers the client, as far as it takes the answer at once.
    pub(super) fn answer(self) {
        if let Some(socket) = self.socket {
            socket.say(self.answer.as_bytes());
        }
    }
}

/// A connected socket of a kind that clients have.
pub(super) enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Socket {
    /// Looks what kind of socket it is; `None`: another one.
    pub(super) fn new(descriptor: OwnedFd) -> Option<Self> {
        let socket = match sockopt::socket_domain(&descriptor).ok()? {
            AddressFamily::INET | AddressFamily::INET6 => Socket::Tcp(descriptor.into()),
            AddressFamily::UNIX => Socket::Unix(descriptor.into()),
            _ => return None,
        };
        match &socket {
            Socket::Tcp(socket) => socket.set_nonblocking(true),
            Socket::Unix(socket) => socket.set_nonblocking(true),
        }
        .ok()?;
        Some(socket)
    }

    fn peer(&self) -> Option<IpAddr> {
        match self {
            // Who is gone already has no address; that shows when they are read from.
            Socket::Tcp(socket) => {
                Some(socket.peer_addr().map_or(IpAddr::V4(0.into()), |peer| peer.ip().to_canonical()))
            }
            Socket::Unix(_) => None,
        }
    }

    fn park(self) -> ParkedPipe {
        match self {
            Socket::Tcp(socket) => {
                listen::tune(&socket);
                ParkedPipe::Tcp(socket)
            }
            Socket::Unix(socket) => ParkedPipe::Unix(socket),
        }
    }

    /// Writes what the client takes at once, and ends our direction.
    pub(super) fn say(self, bytes: &[u8]) {
        // Nobody is waited for: these bytes fit into the buffer of a new socket, or it is broken.
        match self {
            Socket::Tcp(mut socket) => {
                let _ = socket.write(bytes);
                let _ = socket.shutdown(Shutdown::Write);
            }
            Socket::Unix(mut socket) => {
                let _ = socket.write(bytes);
                let _ = socket.shutdown(Shutdown::Write);
            }
        }
    }
}

/// Looks at a request for a WebSocket, and lets its client in if there is room. Of the `files` that the process may open
/// a tenth is kept for other things: the system gives descriptors the lowest number that is free.
pub(super) fn adopt(server: &Server, upgrade: Upgrade, descriptor: OwnedFd, files: u64) -> Result<HandedOver, Refused> {
    let crowded = descriptor.as_raw_fd() as u64 >= files / 10 * 9;
    let Some(socket) = Socket::new(descriptor) else {
        return Err(Refused { why: Why::Request, socket: None, answer: String::new() });
    };
    let refuse = |socket: Socket, why: Why, answer: String| Err(Refused { why, socket: Some(socket), answer });
    if crowded {
        return refuse(socket, Why::Full, door::come_later(10, "the server has no room for more"));
    }
    let speaks_xmpp = upgrade.protocol.split(',').any(|protocol| protocol.trim().eq_ignore_ascii_case("xmpp"));
    let accept = websocket::accept_key(&upgrade.key).filter(|_| speaks_xmpp);
    let Some(accept) = accept else {
        return refuse(socket, Why::Request, head::upgrade_required_now());
    };
    if upgrade.head.len() > server.config.limits.handed_over_bytes {
        return refuse(socket, Why::Request, door::come_later(10, "too much was sent before the answer"));
    }
    // The site's own proxy is as near as one at the end of a unix socket, and believed as that is.
    let peer = socket.peer().filter(|peer| !is_near_proxy(*peer, &upgrade.xff));
    let trusted = peer.is_none_or(|peer| server.admission.trusts(peer));
    let address = server.admission.client(peer, upgrade.xff.split(',').map(str::to_owned));
    let proto = upgrade.proto.rsplit(',').next().map(str::trim).filter(|proto| !proto.is_empty());
    let origin = Origin { address, secure: door::is_secure(peer, trusted, proto), transport: Transport::WebSocket };
    match door::admit(server, address) {
        Ok(admitted) => Ok(HandedOver { pipe: socket.park(), accept, origin, admitted, head: upgrade.head }),
        Err(unwelcome) => refuse(socket, why(&unwelcome), unwelcome.answer()),
    }
}

fn why(unwelcome: &door::Unwelcome) -> Why {
    use crate::listen::admission::Full;
    match unwelcome {
        door::Unwelcome::Full(Full::Server) => Why::Full,
        door::Unwelcome::Full(Full::Address) => Why::Address,
        door::Unwelcome::Rush(_) => Why::Rush,
    }
}
