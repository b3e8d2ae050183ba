//! Where a rehearsal is played: the address of a stream, and whose server that is.
//!
//! Enters: a URL. Leaves: an [`Address`], its IP addresses, and whether they are this machine's own. It resolves names and
//! does no other I/O.

use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How long an address may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How a stream is carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Carrier {
    /// WebSocket, RFC 7395.
    WebSocket,
    /// BOSH, XEP-0124 and XEP-0206.
    Bosh,
    /// TCP, RFC 6120.
    Tcp,
}

/// The address of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// As it was written.
    pub url: String,
    /// How the stream is carried.
    pub carrier: Carrier,
    /// Whether TLS comes first.
    pub tls: bool,
    /// A name or an IP address.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The path, for WebSocket and BOSH.
    pub path: String,
}

impl Address {
    /// Reads a URL: ws, wss, http, https (BOSH), xmpp or xmpps (TCP).
    pub fn read(url: &str) -> Result<Self, String> {
        let wrong = |why: &str| {
            format!(
                "\"{url}\" is no address of a stream: {why}. Examples: ws://127.0.0.1:5280/xmpp-websocket, \
                     https://tube.example/http-bind, xmpp://127.0.0.1:5222"
            )
        };
        let (scheme, rest) = url.split_once("://").ok_or_else(|| wrong("there is no scheme"))?;
        let (carrier, tls, usual) = match scheme.to_ascii_lowercase().as_str() {
            "ws" => (Carrier::WebSocket, false, 80),
            "wss" => (Carrier::WebSocket, true, 443),
            "http" => (Carrier::Bosh, false, 80),
            "https" => (Carrier::Bosh, true, 443),
            "xmpp" => (Carrier::Tcp, false, 5222),
            "xmpps" => (Carrier::Tcp, true, 5223),
            _ => return Err(wrong("the scheme is ws, wss, http, https, xmpp or xmpps")),
        };
        let (authority, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        let (host, port) = match authority.strip_prefix('[') {
            Some(inner) => {
                let (host, after) = inner.split_once(']').ok_or_else(|| wrong("a bracket is not closed"))?;
                (host, after.strip_prefix(':'))
            }
            None => match authority.rsplit_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            },
        };
        let port = port.map_or(Ok(usual), |port| port.parse().map_err(|_| wrong("the port is no port")))?;
        let plain = |c: char| c.is_ascii_graphic() && !"/?#@[]<>\"'\\".contains(c);
        if host.is_empty() || !host.chars().all(plain) || !path.chars().all(|c| c.is_ascii_graphic()) {
            return Err(wrong("the host is missing, or has letters that a URL has not"));
        }
        let path = match (carrier, path) {
            (Carrier::WebSocket, "" | "/") => "/xmpp-websocket",
            (Carrier::Bosh, "" | "/") => "/http-bind",
            (_, path) => path,
        };
        Ok(Address { url: url.to_owned(), carrier, tls, host: host.to_owned(), port, path: path.to_owned() })
    }

    /// What stands in `Host:`.
    pub fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// The IP addresses.
    pub fn resolve(&self) -> Result<Vec<SocketAddr>, String> {
        let found = (self.host.as_str(), self.port).to_socket_addrs().map(Iterator::collect);
        let found: Vec<_> = found.map_err(|error| format!("{} cannot be found: {error}", self.host))?;
        if found.is_empty() { Err(format!("{} has no address", self.host)) } else { Ok(found) }
    }

    /// The domain that is probably served there: the host's name, or `localhost`.
    pub fn likely_domain(&self) -> &str {
        if self.host.parse::<std::net::IpAddr>().is_ok() { "localhost" } else { &self.host }
    }
}

/// The first of these that answers, or why the last does not.
pub(crate) fn reach(addresses: &[SocketAddr]) -> Result<SocketAddr, String> {
    let mut why = String::new();
    for candidate in addresses {
        match TcpStream::connect_timeout(candidate, PATIENCE) {
            Ok(_) => return Ok(*candidate),
            Err(error) => why = error.to_string(),
        }
    }
    Err(why)
}

/// Whether all these are on this machine.
pub(crate) fn is_loopback(addresses: &[SocketAddr]) -> bool {
    addresses.iter().all(|address| address.ip().to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        let read = |url: &str| {
            let address = Address::read(url).unwrap();
            (address.carrier, address.tls, address.authority(), address.path)
        };
        let (ws, bosh, tcp) = (Carrier::WebSocket, Carrier::Bosh, Carrier::Tcp);
        assert_eq!(read("ws://127.0.0.1:5280/x/y"), (ws, false, "127.0.0.1:5280".into(), "/x/y".into()));
        assert_eq!(read("wss://tube.example"), (ws, true, "tube.example:443".into(), "/xmpp-websocket".into()));
        assert_eq!(read("HTTP://a:81/"), (bosh, false, "a:81".into(), "/http-bind".into()));
        assert_eq!(read("xmpp://[::1]"), (tcp, false, "[::1]:5222".into(), String::new()));
        assert_eq!(read("xmpps://a"), (tcp, true, "a:5223".into(), String::new()));
        for wrong in ["", "a", "ftp://a", "ws://", "ws://a:b", "ws://a:99999", "ws://[::1", "ws://a b/", "ws://u@a/"] {
            assert!(Address::read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn loopback_is_known_by_address_and_not_by_name() {
        let of = |url: &str| is_loopback(&Address::read(url).unwrap().resolve().unwrap());
        assert!(
            of("ws://127.0.0.1:1") && of("ws://127.8.8.8:1") && of("ws://[::1]:1") && of("ws://[::ffff:127.0.0.1]:1")
        );
        assert!(!of("ws://192.0.2.1:1") && !of("ws://[2001:db8::1]:1"));
    }
}
