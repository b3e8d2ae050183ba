//! How many viewers nginx's workers bear. Pure but for the number of cores.

use super::super::finding::Finding::{self, Note, Ok as Fine};
use super::grammar::Directive;

/// nginx's own, where nothing is set.
const CONNECTIONS: u64 = 512;
/// What a process may open where nothing is set, on most systems.
const FILES: u64 = 1_024;
/// An audience worth the name, where the configuration sets no `limits.connections`.
const VIEWERS: u64 = 1_000;

/// Looks at `worker_connections` and `worker_rlimit_nofile`. Nothing if this is only a part of a configuration.
pub(super) fn examine(directives: &[Directive], expected: Option<u64>) -> Vec<(&'static str, Finding)> {
    let top = |name: &str| directives.iter().find(|one| one.name == name);
    let Some(events) = top("events") else { return Vec::new() };
    let connections = number(events.block.iter().find(|one| one.name == "worker_connections")).unwrap_or(CONNECTIONS);
    vec![
        ("nginx.connections", workers(connections, expected)),
        ("nginx.files", files(number(top("worker_rlimit_nofile")), connections)),
    ]
}

fn number(directive: Option<&Directive>) -> Option<u64> {
    directive?.argument(0).parse().ok()
}

/// A viewer takes two of them, and workers are not evenly loaded: it counts what one worker has, with a fifth to spare.
fn workers(connections: u64, expected: Option<u64>) -> Finding {
    let viewers = connections * 2 / 5;
    let needed = expected.unwrap_or(VIEWERS);
    let found = format!("worker_connections is {connections}, enough for about {viewers} viewers");
    if viewers >= needed {
        return Fine(found);
    }
    let remedy = format!("put into events {{}}: worker_connections {};", (needed * 5 / 2).next_power_of_two());
    match expected {
        Some(expected) => Finding::wrong(format!("{found}, and limits.connections is {expected}"), remedy),
        None => Note(found, remedy),
    }
}

fn files(set: Option<u64>, connections: u64) -> Finding {
    let remedy = format!(
        "put at the top of nginx.conf: worker_rlimit_nofile {};",
        connections.next_power_of_two().max(FILES) * 2
    );
    match set {
        Some(set) if set < connections => {
            Finding::wrong(format!("worker_rlimit_nofile is {set}, less than worker_connections"), remedy)
        }
        Some(set) => Fine(format!("worker_rlimit_nofile is {set}")),
        None if connections <= FILES => Fine("worker_rlimit_nofile need not be set".into()),
        None => Note("worker_rlimit_nofile is not set, so that a worker may open what its unit allows".into(), remedy),
    }
}

#[cfg(test)]
mod tests {
    use super::super::grammar::parse;
    use super::Finding::Wrong;
    use super::*;

    fn of(text: &str, expected: Option<u64>) -> Vec<(&'static str, Finding)> {
        examine(&parse("f", text).unwrap(), expected)
    }

    #[test]
    fn connections_are_measured_against_the_audience() {
        assert!(of("http { }", None).is_empty());
        let debian = of("events { worker_connections 768; }", None);
        assert!(matches!(&debian[0].1, Note(text, remedy) if text.contains("about 307") && remedy.contains("4096")));
        assert!(matches!(&debian[1].1, Fine(_)));
        let large = of("worker_rlimit_nofile 4000; events { worker_connections 16384; }", Some(5_000));
        assert!(matches!(&large[0].1, Fine(_)));
        assert!(matches!(&large[1].1, Wrong(_, remedy) if remedy.contains("worker_rlimit_nofile 32768;")));
        assert!(matches!(&of("events { }", Some(5_000))[0].1, Wrong(_, remedy) if remedy.contains("16384")));
        assert!(matches!(&of("events { worker_connections 4096; }", None)[1].1, Note(..)));
    }
}
