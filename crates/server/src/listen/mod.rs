//! Listening: where connections come from, and who serves each.
//!
//! Every shard listens for itself on the same port (`SO_REUSEPORT`), so accepting needs no hand-over between
//! threads. A unix socket is listened on by the first shard, which deals its connections out. What another process
//! accepted comes by `control`.

pub mod admission;
pub mod head;
pub mod http;
pub mod rush;
pub mod tcp;

use std::fs::Permissions;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use socket2::{Domain, Protocol, SockAddr, SockRef, Socket, Type};
use tokio::net::{TcpListener, UnixListener};

use crate::shard::{Parcel, Shard, deal};
use crate::transport::{ParkedPipe, Pipe};

/// Connections that a shard accepts before it lets its other tasks run: who is in already goes on getting messages
/// while everybody comes.
const ACCEPTED_PER_BREATH: usize = 32;
/// Bytes that the system may buffer for one client (Linux doubles it for its own book-keeping).
const SEND_BUFFER: usize = 128 * 1024;
/// Who may connect to a unix socket: the server's user and group, whatever the umask.
const UNIX_MODE: u32 = 0o660;
/// How long accepting rests when the system has no more descriptors to give.
const REST: Duration = Duration::from_millis(100);

/// How a connection is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// HTTP: WebSocket, BOSH, pages, API.
    Http,
    /// XMPP over TCP, with STARTTLS if there is a certificate.
    Xmpp,
    /// XMPP over TLS from the first byte (XEP-0368).
    XmppTls,
}

/// A connection, handed to a shard that did not accept it.
pub struct Arrival {
    /// The connection.
    pub pipe: ParkedPipe,
    /// How it is to be served.
    pub door: Door,
    /// The peer's address; none for a unix socket or a connection within the process.
    pub peer: Option<IpAddr>,
}

/// Sockets that listen on one address, one for each shard; `backlog` connections may wait for each to be accepted.
pub fn bind(
    address: SocketAddr,
    shards: usize,
    backlog: usize,
) -> io::Result<(SocketAddr, Vec<std::net::TcpListener>)> {
    // SO_REUSEPORT would let a second server share the port unnoticed; one without it is refused if any is there.
    drop(listener(address, false, backlog)?);
    let first = listener(address, true, backlog)?;
    let address = first.local_addr()?;
    let mut listeners = vec![first];
    for _ in 1..shards {
        listeners.push(listener(address, true, backlog)?);
    }
    Ok((address, listeners))
}

fn listener(address: SocketAddr, shared: bool, backlog: usize) -> io::Result<std::net::TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    if shared {
        socket.set_reuse_port(true)?;
    }
    // Inherited by every connection. Without it the system buffers megabytes for a client that does not read.
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(backlog as i32)?;
    Ok(socket.into())
}

/// Gives a socket that another process accepted what ours have from the start.
pub fn tune(socket: &std::net::TcpStream) {
    // It works without, only less well.
    let _ = socket.set_nodelay(true);
    let _ = SockRef::from(socket).set_send_buffer_size(SEND_BUFFER);
}

/// A unix socket that listens; a dead one left behind is replaced. One that somebody answers on is not, nor is anything
/// else of that name.
pub fn bind_unix(path: &Path, backlog: usize) -> io::Result<std::os::unix::net::UnixListener> {
    match std::os::unix::net::UnixStream::connect(path) {
        Ok(_) => return Err(io::ErrorKind::AddrInUse.into()),
        // The system says so of a file as well.
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            if !is_socket(path) {
                return Err(io::Error::new(io::ErrorKind::AlreadyExists, "there is something else of that name"));
            }
            std::fs::remove_file(path)?;
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.bind(&SockAddr::unix(path)?)?;
    // Whoever connects is believed to be a proxy. Nobody can before it listens.
    std::fs::set_permissions(path, Permissions::from_mode(UNIX_MODE))?;
    socket.set_nonblocking(true)?;
    socket.listen(backlog as i32)?;
    Ok(socket.into())
}

/// Whether there is a unix socket of that name, be it dead or alive.
pub fn is_socket(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket())
}

/// Accepts TCP connections and serves them on this shard.
pub async fn accept(shard: Rc<Shard>, listener: std::net::TcpListener, door: Door) {
    let listener = match TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "a listening socket cannot be used"),
    };
    let (mut tired, mut in_a_row) = (false, 0);
    loop {
        let accepted = tokio::select! {
            () = shard.stopped() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((socket, peer)) => {
                // Without it a batch could wait for the acknowledgement of the one before.
                let _ = socket.set_nodelay(true);
                tokio::task::spawn_local(serve(shard.clone(), Pipe::Tcp(socket), door, Some(peer.ip().to_canonical())));
                in_a_row += 1;
                if in_a_row % ACCEPTED_PER_BREATH == 0 {
                    tokio::task::yield_now().await;
                }
            }
            Err(error) => {
                rest(&error, &mut tired).await;
                continue;
            }
        }
        tired = false;
    }
}

/// Accepts connections on a unix socket and deals them out to all shards.
pub async fn accept_unix(shard: Rc<Shard>, listener: std::os::unix::net::UnixListener) {
    let listener = match UnixListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "a listening socket cannot be used"),
    };
    let mut turn = 0;
    let mut tired = false;
    loop {
        let accepted = tokio::select! {
            () = shard.stopped() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((socket, _)) => {
                let Ok(pipe) = Pipe::Unix(socket).park() else { continue };
                turn = (turn + 1) % shard.server.shards.len();
                let arrival = Arrival { pipe, door: Door::Http, peer: None };
                deal(&shard.server.shards, turn, Parcel::Arrival(Box::new(arrival))).await;
            }
            Err(error) => {
                rest(&error, &mut tired).await;
                continue;
            }
        }
        tired = false;
    }
}

/// Rests when there is nothing to accept with; says so once, until it was possible again.
async fn rest(error: &io::Error, tired: &mut bool) {
    // A connection that was reset before it was accepted is nobody's problem; a lack of descriptors is.
    if !matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) {
        if !std::mem::replace(tired, true) {
            tracing::warn!(%error, "no connection can be accepted just now; raise the limit of open files if this goes on");
        }
        tokio::time::sleep(REST).await;
    }
}

/// Serves one connection to its end.
pub async fn serve(shard: Rc<Shard>, pipe: Pipe, door: Door, peer: Option<IpAddr>) {
    match door {
        Door::Http => http::serve(shard, pipe, peer).await,
        Door::Xmpp | Door::XmppTls => tcp::serve(shard, pipe, door, peer).await,
    }
}

/// Serves a connection that another thread accepted.
pub async fn receive(shard: Rc<Shard>, arrival: Arrival) {
    match arrival.pipe.unpark() {
        Ok(pipe) => serve(shard, pipe, arrival.door, arrival.peer).await,
        Err(error) => tracing::warn!(%error, "a connection was lost between two threads"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unix_socket_is_for_the_server_s_user_and_group() {
        let path = std::env::temp_dir().join(format!("parterre-listen-{}", std::process::id()));
        let listener = bind_unix(&path, 16).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, UNIX_MODE);
        assert_eq!(bind_unix(&path, 16).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        drop(listener);
        assert!(bind_unix(&path, 16).is_ok(), "a dead one is replaced");
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn what_is_no_socket_is_not_replaced() {
        let directory = std::env::temp_dir().join(format!("parterre-no-socket-{}", std::process::id()));
        std::fs::create_dir(&directory).unwrap();
        let (file, link, socket) = (directory.join("file"), directory.join("link"), directory.join("socket"));
        std::fs::write(&file, "somebody's").unwrap();
        drop(bind_unix(&socket, 16).unwrap());
        std::os::unix::fs::symlink(&socket, &link).unwrap();
        for path in [&file, &link, &directory] {
            assert_eq!(bind_unix(path, 16).unwrap_err().kind(), io::ErrorKind::AlreadyExists, "{}", path.display());
        }
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "somebody's");
        assert!(link.is_symlink() && is_socket(&socket));
        std::fs::remove_dir_all(&directory).unwrap();
    }
}
