//! The bounds that the system sets: open files, and ports of connections that a proxy opens.

use std::fs;
use std::net::SocketAddr;

use parterre_store::SqliteStore;

use super::finding::Finding::{self, Note, Ok as Fine};
use crate::config::{Config, Listen};
use crate::metrics::open_files_limit;

/// Files that are no client's: the database, listeners, logs.
const OWN_FILES: u64 = 100;
/// Fewer viewers than this are not worth the name of an audience.
const VIEWERS: u64 = 1_000;
/// What costs nothing and is enough for most.
const WANTED: u64 = 65_536;
/// Fewer ports than this are left where somebody has narrowed the range.
const USUAL_PORTS: u64 = 20_000;

/// Looks at the system, for the number of viewers that the configuration expects.
pub(super) fn examine(config: &Config) -> Vec<(&'static str, Finding)> {
    let expected = config.limits.connections.get().map(|connections| connections as u64);
    let mut findings = Vec::new();
    // A server that runs may have been started with another limit than this shell has.
    let process = SqliteStore::holder(&config.top.data_dir).ok().flatten().and_then(|holder| holder.process);
    let running = process.and_then(|process| open_files_limit(&process.to_string()));
    if let Some((_, most)) = running.or_else(|| open_files_limit("self")) {
        findings.push(("open_files", open_files(most, running.is_some(), expected)));
    }
    let range = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok();
    if let Some((first, last)) = range.as_deref().and_then(read_range) {
        let unix = matches!(config.http.listen, Listen::Unix(_));
        findings.push(("ports", port_range(first, last, expected, unix)));
        let c2s = config.c2s.as_ref();
        let http = match &config.http.listen {
            Listen::Tcp(address) => Some(*address),
            Listen::Unix(_) => None,
        };
        for (key, address) in [
            ("http.listen", http),
            ("c2s.listen", c2s.and_then(|c2s| c2s.listen)),
            ("c2s.direct_tls_listen", c2s.and_then(|c2s| c2s.direct_tls_listen)),
        ] {
            findings
                .extend(address.and_then(|address| ephemeral(key, address, first, last)).map(|note| ("ports", note)));
        }
    }
    findings
}

/// `most` is the hard limit, to which the server raises its own.
fn open_files(most: u64, running: bool, expected: Option<u64>) -> Finding {
    let viewers = most.saturating_sub(OWN_FILES);
    let needed = expected.unwrap_or(VIEWERS);
    if viewers >= needed {
        let viewers = if most == u64::MAX { "any number of".to_owned() } else { format!("about {viewers}") };
        return Fine(format!("enough for {viewers} connections"));
    }
    let who = if running { "the running server" } else { "a server started from here" };
    let reason = if expected.is_some() { " (limits.connections)" } else { "" };
    let wanted = expected.map_or(WANTED, |needed| (needed + OWN_FILES).max(WANTED));
    Finding::wrong(
        format!("{who} may open {most} files, which is too few for {needed} connections{reason}"),
        format!("put LimitNOFILE={wanted} into the [Service] part of the unit that starts it, and start it again"),
    )
}

/// First and last port of outgoing connections.
fn read_range(text: &str) -> Option<(u16, u16)> {
    let mut numbers = text.split_whitespace().map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// A proxy on this machine needs a port of its own for each connection to the same address.
fn port_range(first: u16, last: u16, expected: Option<u64>, unix: bool) -> Finding {
    let ports = u64::from(last.saturating_sub(first)) + 1;
    let found = format!("a proxy on this machine can open {ports} connections to one address");
    let socket =
        if unix { "let it come to the socket of http.listen itself" } else { "let http.listen be a unix: socket" };
    let remedy = format!("widen the range: sysctl -w net.ipv4.ip_local_port_range=\"10240 65535\", or {socket}");
    match expected {
        Some(expected) if expected > ports && !unix => {
            Finding::wrong(format!("{found}, fewer than {expected} (limits.connections)"), remedy)
        }
        _ if ports < USUAL_PORTS => Note(format!("{found}, fewer than usual"), remedy),
        _ => Fine(found),
    }
}

/// A listening port that an outgoing connection can take before the server starts.
fn ephemeral(key: &str, address: SocketAddr, first: u16, last: u16) -> Option<Finding> {
    (first..=last).contains(&address.port()).then(|| {
        Note(
            format!("{key} is {address}, a port that an outgoing connection may take before the server starts"),
            format!("one below {first} is safe"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::finding::Finding::Wrong;
    use super::*;

    #[test]
    fn files_are_measured_against_the_expected_viewers() {
        assert!(matches!(open_files(1_024, false, None), Wrong(_, remedy) if remedy.contains("LimitNOFILE=65536")));
        assert!(matches!(open_files(1_024, true, None), Wrong(text, _) if text.contains("the running server")));
        assert!(matches!(open_files(20_000, false, None), Fine(_)));
        assert!(
            matches!(open_files(20_000, false, Some(50_000)), Wrong(text, _) if text.contains("limits.connections"))
        );
        assert!(matches!(open_files(u64::MAX, false, Some(50_000)), Fine(_)));
    }

    #[test]
    fn ports_are_measured_as_well() {
        assert_eq!(read_range("32768\t60999\n"), Some((32_768, 60_999)));
        assert_eq!(read_range("x"), None);
        assert!(matches!(port_range(32_768, 60_999, None, false), Fine(text) if text.contains("28232")));
        assert!(matches!(port_range(32_768, 60_999, Some(50_000), false), Wrong(..)));
        assert!(matches!(port_range(32_768, 60_999, Some(50_000), true), Fine(_)));
        assert!(matches!(port_range(32_768, 40_000, None, true), Note(_, remedy) if remedy.contains("sysctl")));
        let address = |text: &str| text.parse().unwrap();
        assert_eq!(ephemeral("http.listen", address("127.0.0.1:5280"), 32_768, 60_999), None);
        assert!(matches!(ephemeral("http.listen", address("127.0.0.1:40000"), 32_768, 60_999), Some(Note(..))));
    }
}
