//! A socket that the process was started with, known by its number.
//!
//! To own a number is a promise that nobody else does, which the language cannot check. So the socket is not taken but
//! passed: the kernel gives the receiver of a passed descriptor one of their own. The number itself stays open, and what
//! goes on at the other end is told by `shutdown`, not by closing.

use std::io::{self, ErrorKind};
use std::os::fd::RawFd;
use std::os::unix::net::UnixStream;

use rustix::net::{AddressFamily, SocketType, sockopt};
use sendfd::SendWithFd as _;

use super::channel;

/// The unix stream socket of that number.
///
/// # Errors
/// The number is not open, or is something else.
pub fn socket(number: RawFd) -> io::Result<UnixStream> {
    let (from, to) = UnixStream::pair()?;
    from.send_with_fd(&[0], &[number])?;
    let mut passed = Vec::with_capacity(1);
    channel::receive(&to, &mut [0], &mut passed)?;
    let owned = passed.pop().ok_or(ErrorKind::NotFound)?;
    // What is no socket has no domain: ENOTSOCK.
    if sockopt::socket_domain(&owned)? != AddressFamily::UNIX || sockopt::socket_type(&owned)? != SocketType::STREAM {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is a socket, but no unix stream socket"));
    }
    Ok(owned.into())
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::os::fd::AsRawFd as _;

    use super::*;

    #[test]
    fn a_number_becomes_a_socket_of_our_own() {
        let (mut theirs, ours) = UnixStream::pair().unwrap();
        let mut taken = socket(ours.as_raw_fd()).unwrap();
        assert_ne!(taken.as_raw_fd(), ours.as_raw_fd());
        taken.write_all(b"hello").unwrap();
        drop((taken, ours));
        let mut said = String::new();
        theirs.read_to_string(&mut said).unwrap();
        assert_eq!(said, "hello");
    }

    #[test]
    fn what_is_not_open_or_no_unix_socket_is_refused() {
        assert!(socket(1_000_000).is_err());
        assert!(socket(-1).is_err());
        let file = std::fs::File::open("/dev/null").unwrap();
        assert!(socket(file.as_raw_fd()).is_err());
        let tcp = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        assert_eq!(socket(tcp.as_raw_fd()).unwrap_err().kind(), ErrorKind::InvalidInput);
    }
}
