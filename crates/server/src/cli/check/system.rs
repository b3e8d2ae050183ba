//! The bounds that the system sets: open files, and ports of connections that a proxy opens.

use std::fs;
use std::net::SocketAddr;

use super::Finding::{self, Note, Ok as Fine, Wrong};
use crate::config::{Config, Listen};
use crate::metrics::open_files_limit;

/// Files that are no client's: the database, listeners, logs.
const OWN_FILES: u64 = 100;
/// Fewer viewers than this are not worth the name of an audience.
const VIEWERS: u64 = 1_000;

/// Looks at the system, for the number of viewers that the configuration expects.
pub(super) fn examine(config: &Config) -> Vec<(&'static str, Finding)> {
    let expected = config.limits.connections.get().map(|connections| connections as u64);
    let mut findings = Vec::new();
    if let Some((soft, hard)) = open_files_limit() {
        findings.push(("open files", open_files(soft, hard, expected)));
    }
    let range = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok();
    if let Some((first, last)) = range.as_deref().and_then(read_range) {
        findings.push(("ports", port_range(first, last, expected)));
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

fn open_files(soft: u64, hard: u64, expected: Option<u64>) -> Finding {
    let viewers = soft.saturating_sub(OWN_FILES);
    let needed = expected.unwrap_or(VIEWERS);
    if viewers >= needed {
        let viewers = if soft == u64::MAX { "any number of".to_owned() } else { format!("about {viewers}") };
        return Fine(format!("enough for {viewers} connections"));
    }
    let wanted = needed + OWN_FILES;
    let remedy = if hard >= wanted {
        format!("`ulimit -n {wanted}` before the start, or LimitNOFILE={wanted} in the systemd unit, raises it")
    } else {
        format!("LimitNOFILE={wanted} in the systemd unit, or a line in /etc/security/limits.conf, raises it")
    };
    let reason = if expected.is_some() { " (limits.connections)" } else { "" };
    Wrong(format!("this process may open {soft} files, which is too few for {needed} connections{reason}; {remedy}"))
}

/// First and last port of outgoing connections.
fn read_range(text: &str) -> Option<(u16, u16)> {
    let mut numbers = text.split_whitespace().map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// A proxy on this machine needs a port of its own for each connection to the same address.
fn port_range(first: u16, last: u16, expected: Option<u64>) -> Finding {
    let ports = u64::from(last.saturating_sub(first)) + 1;
    match expected.filter(|expected| *expected > ports) {
        Some(expected) => Wrong(format!(
            "a proxy on this machine can open {ports} connections, fewer than {expected} (limits.connections); widen the \
             range: sysctl -w net.ipv4.ip_local_port_range=\"10240 65535\", or let http.listen be a unix: socket"
        )),
        None => Fine(format!("a proxy on this machine can open {ports} connections")),
    }
}

/// A listening port that an outgoing connection can take before the server starts.
fn ephemeral(key: &str, address: SocketAddr, first: u16, last: u16) -> Option<Finding> {
    (first..=last).contains(&address.port()).then(|| {
        Note(format!(
            "{key} is {address}, a port that an outgoing connection may take before the server starts; one below {first} \
             is safe"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_measured_against_the_expected_viewers() {
        assert!(matches!(open_files(1_024, 1_048_576, None), Wrong(text) if text.contains("ulimit -n 1100")));
        assert!(matches!(open_files(1_024, 1_024, None), Wrong(text) if text.contains("LimitNOFILE=1100")));
        assert!(matches!(open_files(20_000, 20_000, None), Fine(_)));
        assert!(matches!(open_files(20_000, 20_000, Some(50_000)), Wrong(text) if text.contains("limits.connections")));
        assert!(matches!(open_files(u64::MAX, u64::MAX, Some(50_000)), Fine(_)));
    }

    #[test]
    fn ports_are_measured_as_well() {
        assert_eq!(read_range("32768\t60999\n"), Some((32_768, 60_999)));
        assert_eq!(read_range("x"), None);
        assert!(matches!(port_range(32_768, 60_999, None), Fine(text) if text.contains("28232")));
        assert!(matches!(port_range(32_768, 60_999, Some(50_000)), Wrong(_)));
        let address = |text: &str| text.parse().unwrap();
        assert_eq!(ephemeral("http.listen", address("127.0.0.1:5280"), 32_768, 60_999), None);
        assert!(matches!(ephemeral("http.listen", address("127.0.0.1:40000"), 32_768, 60_999), Some(Note(_))));
    }
}
