//! The addresses to listen on: free, or held by this very server.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use super::finding::Finding::{self, Note, Ok as Fine};
use super::probe::{self, Answer};
use crate::config::{Config, Listen};
use crate::listen::is_socket;

const PATIENCE: Duration = Duration::from_secs(2);

/// Looks at every address of the configuration. Says whether a server of this configuration answers.
pub(super) fn examine(config: &Config) -> (Vec<(&'static str, Finding)>, bool) {
    let mut findings = Vec::new();
    let (finding, running) = match &config.http.listen {
        Listen::Tcp(address) => http(*address, config.domain()),
        Listen::Unix(path) => unix(path, config.domain()),
    };
    let ours = running.is_some();
    findings.push(("http.listen", finding));
    findings.push(("version", version(running.as_deref())));
    if let Some(c2s) = &config.c2s {
        for (key, address) in [("c2s.listen", c2s.listen), ("c2s.direct_tls_listen", c2s.direct_tls_listen)] {
            findings.extend(address.map(|address| (key, xmpp(key, address, ours))));
        }
    }
    (findings, ours)
}

/// This program's version, beside that of the server that runs.
fn version(running: Option<&str>) -> Finding {
    let own = env!("CARGO_PKG_VERSION");
    match running {
        Some(running) if running != own => {
            Note(format!("this program is {own}, and the server that runs is {running}"), "start it again".into())
        }
        _ => Fine(own.into()),
    }
}

/// Whether the port can be listened on: `None` if something does already.
fn free(key: &str, address: SocketAddr) -> Option<Finding> {
    match TcpListener::bind(address) {
        Ok(_) => Some(Fine(format!("{address} is free"))),
        Err(error) if error.kind() == ErrorKind::AddrInUse => None,
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Some(Finding::wrong(
            format!("{address} needs more rights than this user has"),
            format!("take a port above 1023 for {key}, and let the proxy in front listen on the low one"),
        )),
        Err(error) if error.kind() == ErrorKind::AddrNotAvailable => Some(Finding::wrong(
            format!("{address} is not an address of this machine"),
            format!("set {key} to 127.0.0.1, 0.0.0.0, or one that `ip address` shows"),
        )),
        Err(error) => Some(Finding::wrong(
            format!("{address} cannot be listened on: {error}"),
            format!("set {key} to another address"),
        )),
    }
}

fn taken(key: &str, address: &dyn std::fmt::Display) -> Finding {
    Finding::wrong(
        format!("another program listens on {address}"),
        format!("stop it (`ss -ltnp` names it), or set {key} to another address"),
    )
}

fn http(address: SocketAddr, domain: &str) -> (Finding, Option<String>) {
    if let Some(finding) = free("http.listen", address) {
        return (finding, None);
    }
    let answer = TcpStream::connect_timeout(&reachable(address), PATIENCE).map_err(|error| error.to_string());
    let answer = answer.and_then(|stream| {
        stream.set_read_timeout(Some(PATIENCE)).map_err(|error| error.to_string())?;
        probe::get(stream, "localhost", "/healthz")
    });
    health(answer, domain).unwrap_or_else(|| (taken("http.listen", &address), None))
}

fn unix(path: &Path, domain: &str) -> (Finding, Option<String>) {
    let shown = path.display();
    if path.exists() {
        let answer = match UnixStream::connect(path) {
            Ok(stream) => stream
                .set_read_timeout(Some(PATIENCE))
                .map_err(|error| error.to_string())
                .and_then(|()| probe::get(stream, "localhost", "/healthz")),
            Err(error) if error.kind() == ErrorKind::ConnectionRefused && !is_socket(path) => {
                let remedy = "move it away, or name another file: unix:/run/parterre/http.sock";
                return (Finding::wrong(format!("{shown} is there, and is no socket"), remedy), None);
            }
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                return (
                    Fine(format!("{shown} is left from a server that has ended; the next start replaces it")),
                    None,
                );
            }
            Err(error) => Err(error.to_string()),
        };
        return health(answer, domain).unwrap_or_else(|| (taken("http.listen", &shown), None));
    }
    match path.parent() {
        Some(directory) if directory.is_dir() => (Fine(format!("{shown} is free")), None),
        Some(directory) => {
            let directory = directory.display();
            let remedy = format!("make it: mkdir -p {directory}");
            (Finding::wrong(format!("the directory {directory} is not there"), remedy), None)
        }
        None => (Finding::wrong(format!("{shown} is not a file"), "name one: unix:/run/parterre/http.sock"), None),
    }
}

/// What `/healthz` says, if it is a Parterre that says it; with its version if it is of this configuration.
fn health(answer: Result<Answer, String>, domain: &str) -> Option<(Finding, Option<String>)> {
    let body: serde_json::Value = serde_json::from_str(&answer.ok()?.body).ok()?;
    let text = |name: &str| body.get(name).and_then(serde_json::Value::as_str);
    if text("software") != Some("parterre") {
        return None;
    }
    let (version, of) = (text("version").unwrap_or("?"), text("domain").unwrap_or("?"));
    Some(match text("status") {
        _ if of != domain => (
            Finding::wrong(
                format!("a parterre of the domain {of} runs there"),
                "give this one another http.listen and data_dir",
            ),
            None,
        ),
        Some("ok") => (Fine(format!("parterre {version} runs there and is well")), Some(version.to_owned())),
        other => {
            let ill = format!("parterre {version} runs there, but: {}", other.unwrap_or("?"));
            (Finding::wrong(ill, "see its log"), Some(version.to_owned()))
        }
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
    use super::super::finding::Finding::Wrong;
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
        assert!(matches!(http(free, "localhost"), (Fine(text), None) if text.contains("free")));
        let own = answering(r#"{"software":"parterre","version":"1","domain":"localhost","status":"ok"}"#);
        assert!(
            matches!(http(own, "localhost"), (Fine(text), Some(version)) if text.contains("is well") && version == "1")
        );
        assert!(matches!(http(own, "other.example"), (Wrong(text, _), None) if text.contains("localhost")));
        let ill =
            answering(r#"{"software":"parterre","version":"1","domain":"localhost","status":"the disk is full"}"#);
        assert!(matches!(http(ill, "localhost"), (Wrong(text, _), Some(_)) if text.contains("disk is full")));
        let foreign = answering("<h1>It works</h1>");
        assert!(matches!(http(foreign, "localhost"), (Wrong(text, _), None) if text.contains("another program")));
        assert!(matches!(xmpp("c2s.listen", foreign, false), Wrong(..)));
        assert!(matches!(xmpp("c2s.listen", foreign, true), Fine(_)));
        assert!(matches!(free_elsewhere(), Some(Wrong(text, _)) if text.contains("not an address of this machine")));
    }

    #[test]
    fn an_older_server_is_noticed() {
        assert_eq!(version(None), Fine(env!("CARGO_PKG_VERSION").into()));
        assert!(matches!(version(Some("0.0.1")), Note(text, _) if text.contains("0.0.1")));
    }

    fn free_elsewhere() -> Option<Finding> {
        super::free("http.listen", "192.0.2.1:5280".parse().unwrap())
    }

    #[test]
    fn a_unix_socket_needs_its_directory() {
        let directory = std::env::temp_dir().join(format!("parterre-ports-{}", std::process::id()));
        let path = directory.join("http.sock");
        assert!(matches!(unix(&path, "localhost"), (Wrong(_, remedy), None) if remedy.contains("mkdir -p")));
        std::fs::create_dir(&directory).unwrap();
        assert!(matches!(unix(&path, "localhost"), (Fine(_), None)));
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(matches!(unix(&path, "localhost"), (Fine(text), None) if text.contains("left from a server")));
        let file = directory.join("file");
        std::fs::write(&file, "somebody's").unwrap();
        assert!(matches!(unix(&file, "localhost"), (Wrong(text, _), None) if text.contains("no socket")));
        std::fs::remove_dir_all(&directory).unwrap();
    }
}
