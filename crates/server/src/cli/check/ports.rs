//! The addresses to listen on: free, or held by this very server.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use super::Finding::{self, Ok as Fine, Wrong};
use super::probe::{self, Answer};
use crate::config::{Config, Listen};

const PATIENCE: Duration = Duration::from_secs(2);

/// Looks at every address of the configuration.
pub(super) fn examine(config: &Config) -> Vec<(&'static str, Finding)> {
    let mut findings = Vec::new();
    let ours = match &config.http.listen {
        Listen::Tcp(address) => {
            let (finding, ours) = http(*address, config.domain());
            findings.push(("http.listen", finding));
            ours
        }
        Listen::Unix(path) => {
            let (finding, ours) = unix(path, config.domain());
            findings.push(("http.listen", finding));
            ours
        }
    };
    if let Some(c2s) = &config.c2s {
        for (key, address) in [("c2s.listen", c2s.listen), ("c2s.direct_tls_listen", c2s.direct_tls_listen)] {
            findings.extend(address.map(|address| (key, xmpp(key, address, ours))));
        }
    }
    findings
}

/// Whether the port can be listened on: `None` if something does already.
fn free(key: &str, address: SocketAddr) -> Option<Finding> {
    match TcpListener::bind(address) {
        Ok(_) => Some(Fine(format!("{address} is free"))),
        Err(error) if error.kind() == ErrorKind::AddrInUse => None,
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Some(Wrong(format!(
            "{address} needs more rights than this user has; take a port above 1023 for {key}, and let the proxy in front \
             listen on the low one"
        ))),
        Err(error) if error.kind() == ErrorKind::AddrNotAvailable => Some(Wrong(format!(
            "{address} is not an address of this machine; set {key} to 127.0.0.1, 0.0.0.0, or one that `ip address` shows"
        ))),
        Err(error) => Some(Wrong(format!("{address} cannot be listened on: {error}; set {key} to another address"))),
    }
}

fn taken(key: &str, address: &dyn std::fmt::Display) -> Finding {
    Wrong(format!(
        "another program listens on {address}; stop it (`ss -ltnp` names it), or set {key} to another address"
    ))
}

fn http(address: SocketAddr, domain: &str) -> (Finding, bool) {
    if let Some(finding) = free("http.listen", address) {
        return (finding, false);
    }
    let answer = TcpStream::connect_timeout(&reachable(address), PATIENCE).map_err(|error| error.to_string());
    let answer = answer.and_then(|stream| {
        stream.set_read_timeout(Some(PATIENCE)).map_err(|error| error.to_string())?;
        probe::get(stream, "localhost", "/healthz")
    });
    health(answer, domain).unwrap_or_else(|| (taken("http.listen", &address), false))
}

fn unix(path: &Path, domain: &str) -> (Finding, bool) {
    let shown = path.display();
    if path.exists() {
        let answer = match UnixStream::connect(path) {
            Ok(stream) => stream
                .set_read_timeout(Some(PATIENCE))
                .map_err(|error| error.to_string())
                .and_then(|()| probe::get(stream, "localhost", "/healthz")),
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                return (
                    Fine(format!("{shown} is left from a server that has ended; the next start replaces it")),
                    false,
                );
            }
            Err(error) => Err(error.to_string()),
        };
        return health(answer, domain).unwrap_or_else(|| (taken("http.listen", &shown), false));
    }
    match path.parent() {
        Some(directory) if directory.is_dir() => (Fine(format!("{shown} is free")), false),
        Some(directory) => {
            let directory = directory.display();
            (Wrong(format!("the directory {directory} is not there; make it: mkdir -p {directory}")), false)
        }
        None => (Wrong(format!("{shown} is not a file")), false),
    }
}

/// What `/healthz` says, if it is a Parterre that says it.
fn health(answer: Result<Answer, String>, domain: &str) -> Option<(Finding, bool)> {
    let body: serde_json::Value = serde_json::from_str(&answer.ok()?.body).ok()?;
    let text = |name: &str| body.get(name).and_then(serde_json::Value::as_str);
    if text("software") != Some("parterre") {
        return None;
    }
    let (version, of) = (text("version").unwrap_or("?"), text("domain").unwrap_or("?"));
    Some(match text("status") {
        _ if of != domain => (
            Wrong(format!("a parterre of the domain {of} runs there; give this one another http.listen and data_dir")),
            false,
        ),
        Some("ok") => (Fine(format!("parterre {version} runs there and is well")), true),
        other => (Wrong(format!("parterre {version} runs there, but: {}", other.unwrap_or("?"))), true),
    })
}

/// `ours`: a server of this configuration runs. XMPP has no question that names the software before a login.
fn xmpp(key: &str, address: SocketAddr, ours: bool) -> Finding {
    free(key, address).unwrap_or_else(|| match TcpStream::connect_timeout(&reachable(address), PATIENCE) {
        Ok(_) if ours => Fine(format!("{address} takes connections")),
        _ => taken(key, &address),
    })
}

/// An address that can be connected to, for one that may stand for all of the machine's.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        let loopback = if address.is_ipv4() { "127.0.0.1" } else { "::1" };
        if let Ok(loopback) = loopback.parse() {
            address.set_ip(loopback);
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};

    /// A server that answers every request with this body, and its address.
    fn answering(body: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            while let Ok((mut stream, _)) = listener.accept() {
                let mut request = [0; 1024];
                let _ = stream.read(&mut request);
                let _ = write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            }
        });
        address
    }

    #[test]
    fn a_port_is_free_ours_or_somebody_else_s() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert!(matches!(http(free, "localhost"), (Fine(text), false) if text.contains("free")));
        let own = answering(r#"{"software":"parterre","version":"1","domain":"localhost","status":"ok"}"#);
        assert!(matches!(http(own, "localhost"), (Fine(text), true) if text.contains("is well")));
        assert!(matches!(http(own, "other.example"), (Wrong(text), false) if text.contains("localhost")));
        let ill =
            answering(r#"{"software":"parterre","version":"1","domain":"localhost","status":"the disk is full"}"#);
        assert!(matches!(http(ill, "localhost"), (Wrong(text), true) if text.contains("disk is full")));
        let foreign = answering("<h1>It works</h1>");
        assert!(matches!(http(foreign, "localhost"), (Wrong(text), false) if text.contains("another program")));
        assert!(matches!(xmpp("c2s.listen", foreign, false), Wrong(_)));
        assert!(matches!(xmpp("c2s.listen", foreign, true), Fine(_)));
        assert!(matches!(free_elsewhere(), Some(Wrong(text)) if text.contains("not an address of this machine")));
    }

    fn free_elsewhere() -> Option<Finding> {
        super::free("http.listen", "192.0.2.1:5280".parse().unwrap())
    }

    #[test]
    fn a_unix_socket_needs_its_directory() {
        let directory = std::env::temp_dir().join(format!("parterre-ports-{}", std::process::id()));
        let path = directory.join("http.sock");
        assert!(matches!(unix(&path, "localhost"), (Wrong(text), false) if text.contains("mkdir -p")));
        std::fs::create_dir(&directory).unwrap();
        assert!(matches!(unix(&path, "localhost"), (Fine(_), false)));
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(matches!(unix(&path, "localhost"), (Fine(text), false) if text.contains("left from a server")));
        std::fs::remove_dir_all(&directory).unwrap();
    }
}
