//! The services of the site: the one that checks passwords, and the one that knows rooms.

use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use axum::http::Uri;

use super::finding::Finding::{self, Note, Ok as Fine};
use super::probe;
use crate::auth::PasswordService;
use crate::cli::{Failure, wait};
use crate::config::Config;

/// A name that nobody has: asking for it changes nothing.
const NOBODY: &str = "parterre-check";

/// Asks each service that the configuration names.
pub(super) fn examine(config: &Config) -> Result<Vec<(&'static str, Finding)>, Failure> {
    let mut findings = Vec::new();
    if let Some(url) = &config.auth.http_url {
        findings.push(("auth.http_url", passwords(url, config)?));
    }
    if !config.rooms.defaults_url.is_empty() {
        findings.push(("rooms.defaults_url", rooms(&config.rooms.defaults_url, config.rooms.defaults_timeout)));
    }
    Ok(findings)
}

fn passwords(url: &Uri, config: &Config) -> Result<Finding, Failure> {
    let service = match PasswordService::new(url, config.auth.http_timeout, 1) {
        Ok(service) => service,
        Err(error) => return Ok(Finding::wrong(error.to_string(), "correct auth.http_url")),
    };
    Ok(match wait(service.user_exists(NOBODY, config.domain()))? {
        Ok(false) => Fine("it answers".into()),
        Ok(true) => {
            Note(format!("it answers, but knows a user {NOBODY}"), "see whether it says yes to every name".into())
        }
        Err(error) => Finding::wrong(error.to_string(), format!("see whether {url} is right and the service runs")),
    })
}

fn rooms(template: &str, patience: Duration) -> Finding {
    let url = template.replace("{room.jid|jid_node}", NOBODY);
    let Ok(uri) = url.parse::<Uri>() else {
        return Finding::wrong("this is not an address", "write the name of the room as {room.jid|jid_node}");
    };
    if uri.scheme_str() != Some("http") {
        return Finding::note("not asked: this check speaks no TLS");
    }
    let Some(host) = uri.host() else {
        return Finding::wrong("the address has no host", "write it as http://127.0.0.1:9000/path");
    };
    let port = uri.port_u16().unwrap_or(80);
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    match ask(host.trim_matches(['[', ']']), port, target, patience) {
        // It need not know the room.
        Ok(200..=299 | 404) => Fine("it answers".into()),
        Ok(status @ (401 | 403)) => {
            Finding::wrong(format!("it answers with {status}"), "put the site's key into the address")
        }
        Ok(status) => {
            Finding::wrong(format!("it answers with {status} instead of 200 or 404"), "see the log of the site")
        }
        Err(error) => Finding::wrong(error, format!("see whether {host}:{port} is right and the site runs")),
    }
}

/// The status of the answer.
fn ask(host: &str, port: u16, target: &str, patience: Duration) -> Result<u16, String> {
    let addresses = (host, port).to_socket_addrs().map_err(|error| format!("{host} has no address: {error}"))?;
    let mut trouble = format!("{host} has no address");
    for address in addresses {
        match TcpStream::connect_timeout(&address, patience) {
            Ok(stream) => {
                stream.set_read_timeout(Some(patience)).map_err(|error| error.to_string())?;
                return probe::get(stream, host, target).map(|answer| answer.status);
            }
            Err(error) => trouble = format!("{address}: {error}"),
        }
    }
    Err(trouble)
}

#[cfg(test)]
mod tests {
    use super::super::finding::Finding::Wrong;
    use super::*;
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    /// A site that answers once with that status, and the address of its rooms.
    fn site(status: u16) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/api/room?key=k&jid={{room.jid|jid_node}}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 1024];
            let read = stream.read(&mut request).unwrap();
            let asked =
                String::from_utf8_lossy(&request[..read]).starts_with("GET /api/room?key=k&jid=parterre-check ");
            let status = if asked { status } else { 500 };
            let _ = write!(stream, "HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n");
        });
        url
    }

    #[test]
    fn the_site_is_asked_for_a_room_that_nobody_has() {
        let ask = |status| rooms(&site(status), Duration::from_secs(2));
        assert!(matches!(ask(200), Fine(_)));
        assert!(matches!(ask(404), Fine(_)));
        assert!(matches!(ask(403), Wrong(_, remedy) if remedy.contains("key")));
        assert!(matches!(ask(502), Wrong(..)));
        assert!(
            matches!(rooms("http://127.0.0.1:1/", Duration::from_secs(1)), Wrong(_, remedy) if remedy.contains("127.0.0.1:1"))
        );
        assert!(matches!(rooms("https://site.example/", Duration::from_secs(1)), Note(..)));
        assert!(matches!(rooms("http://site example/", Duration::from_secs(1)), Wrong(..)));
    }
}
