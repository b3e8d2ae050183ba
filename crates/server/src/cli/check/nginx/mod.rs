//! Reads nginx's configuration and looks whether it lets people in: the location that takes the chat's addresses, what is in force
//! there, and how many connections fit.
//!
//! Enters: files, or what `nginx -T` prints. Leaves: findings, each with the line of the configuration and the line to insert.
//! Nothing of it is run.

mod capacity;
mod grammar;
mod rules;
mod site;
mod source;

use std::path::{Path, PathBuf};

use super::finding::Finding::{self, Ok as Fine};
use crate::config::{Config, Listen};
use grammar::Directive;
use rules::Expected;
use site::{Server, Taken};

/// What the plugin's WebSocket is at in PeerTube, with and without the plugin's version.
const PEERTUBE: [&str; 2] = [
    "/plugins/parterre/ws/xmpp-websocket",
    concat!("/plugins/parterre/", env!("CARGO_PKG_VERSION"), "/ws/xmpp-websocket"),
];
/// Where a standalone server has its WebSocket and BOSH, below the path that the proxy gives it.
const WEBSOCKET: &str = "/xmpp-websocket";
const BOSH: &str = "/http-bind";
/// The port of http.listen that is set unless another is.
const USUAL_PORT: &str = ":5280";

type Found = Vec<(&'static str, Finding)>;

/// Looks at each of these files.
pub(super) fn examine(files: &[PathBuf], config: Option<&Config>) -> Found {
    let expected = expected(config);
    files.iter().flat_map(|file| one(file, &expected)).collect()
}

fn expected(config: Option<&Config>) -> Expected {
    let usual = Config::default();
    let listen = config.map(|config| match &config.http.listen {
        Listen::Tcp(address) => address.to_string(),
        Listen::Unix(path) => format!("unix:{}", path.display()),
    });
    let limits = &config.unwrap_or(&usual).limits;
    Expected {
        listen,
        ping_interval: limits.ping_interval,
        bosh_wait: limits.bosh_wait,
        connections: limits.connections.get().map(|connections| connections as u64),
    }
}

fn one(file: &Path, expected: &Expected) -> Found {
    match source::read(file) {
        Ok(read) => judge(&file.display().to_string(), &read, expected),
        Err(error) => vec![(
            "nginx",
            Finding::wrong(error, "correct it, or pipe in what is in use: nginx -T | parterre check --nginx -"),
        )],
    }
}

fn judge(name: &str, read: &source::Configuration, expected: &Expected) -> Found {
    let mut found = vec![("nginx", Fine(format!("{name} can be read")))];
    if !read.missing.is_empty() {
        found.push((
            "nginx",
            Finding::Note(
                format!("not read: {}", read.missing.join(", ")),
                "pipe in what is in use: nginx -T | parterre check --nginx -".into(),
            ),
        ));
    }
    let mut maps = Vec::new();
    let mut upstreams = Vec::new();
    blocks(&read.directives, "map", &mut maps);
    blocks(&read.directives, "upstream", &mut upstreams);
    let judge = Judge { expected, maps, upstreams };
    let lines: Found = site::servers(&read.directives).iter().flat_map(|server| judge.server(server)).collect();
    if lines.is_empty() {
        let unknown = if expected.listen.is_some() { "" } else { "; where Parterre listens is known with --config" };
        let remedy =
            format!("insert the location of docs/install.md, or for PeerTube that of docs/peertube.md{unknown}");
        found.push(("nginx.location", Finding::wrong(format!("{name} passes nothing to Parterre"), remedy)));
    }
    found.extend(lines);
    found.extend(capacity::examine(&read.directives, expected.connections));
    found
}

/// All blocks of that name, wherever they stand.
fn blocks<'c>(directives: &'c [Directive], name: &str, found: &mut Vec<&'c Directive>) {
    for directive in directives {
        if directive.name == name {
            found.push(directive);
        }
        blocks(&directive.block, name, found);
    }
}

struct Judge<'c> {
    expected: &'c Expected,
    maps: Vec<&'c Directive>,
    upstreams: Vec<&'c Directive>,
}

impl Judge<'_> {
    /// Looks at a server, if anything in it goes to Parterre.
    fn server(&self, server: &Server<'_>) -> Found {
        let ours: Vec<_> = server.locations().into_iter().filter(|location| self.is_ours(location)).collect();
        let Some(first) = ours.first() else { return Vec::new() };
        let mut found = Vec::new();
        if ours.iter().any(|location| location.arguments.iter().any(|argument| argument.contains("/plugins/"))) {
            let mut seen = None;
            for uri in PEERTUBE {
                let taken = self.location(server, uri, WEBSOCKET, &mut found);
                // Both addresses have the same location, as a rule.
                if let Some(taken) =
                    taken.filter(|taken| seen.replace(taken.location.at()) != Some(taken.location.at()))
                {
                    self.websocket(&taken, &mut found);
                }
            }
            return found;
        }
        let base = site::prefix(first).filter(|prefix| prefix.ends_with('/')).unwrap_or("/").trim_end_matches('/');
        if let Some(taken) = self.location(server, &format!("{base}{WEBSOCKET}"), WEBSOCKET, &mut found) {
            self.websocket(&taken, &mut found);
            found.extend(rules::frames(&taken).map(|note| ("nginx.frames", note)));
        }
        if let Some(taken) = self.location(server, &format!("{base}{BOSH}"), BOSH, &mut found) {
            let held = rules::timeout(&taken, self.expected.bosh_wait, "limits.bosh_wait");
            found.push(("nginx.timeout", held));
        }
        found
    }

    fn websocket(&self, taken: &Taken<'_>, found: &mut Found) {
        found.push(("nginx.upgrade", rules::upgrade(taken, &self.maps)));
        found.push(("nginx.address", rules::address(taken)));
        found.push(("nginx.host", rules::host(taken)));
        let silence = rules::timeout(taken, self.expected.ping_interval, "limits.ping_interval");
        found.push(("nginx.timeout", silence));
    }

    /// Finds the location that takes an address, and whether it goes to the right path of the right server.
    fn location<'c>(&self, server: &Server<'c>, uri: &str, path: &str, found: &mut Found) -> Option<Taken<'c>> {
        let wrong = |detail: String, remedy: &str| ("nginx.location", Finding::wrong(detail, remedy));
        let taken = match server.take(uri) {
            Ok(Some(taken)) => taken,
            Ok(None) => {
                found.push(wrong(format!("no location takes {uri}"), "let the one that goes to Parterre take it"));
                return None;
            }
            Err(location) => {
                let unread = format!(
                    "{}: whether it takes {uri} is not known: its regular expression is one of PCRE's own",
                    location.at()
                );
                found.push(("nginx.location", Finding::note(unread)));
                return None;
            }
        };
        let at = taken.location.at();
        let Some(pass) = taken.passes_to() else {
            let tries = taken.location.block.iter().find(|one| one.name == "try_files");
            let to = tries.and_then(|one| one.arguments.last()).map_or("nothing", String::as_str);
            found.push(wrong(
                format!("{at} takes {uri}, and passes it to {to}"),
                "put the location that goes to Parterre before it",
            ));
            return None;
        };
        let target = self.target(pass);
        if !self.is_ours(taken.location) {
            found.push(wrong(
                format!("{at} takes {uri}, and passes it to {target}"),
                "put the location that goes to Parterre before it",
            ));
            return None;
        }
        if let Some(listen) =
            self.expected.listen.as_deref().filter(|listen| !same(listen, &target) && !target.contains('$'))
        {
            found.push(wrong(
                format!("{at} passes {uri} to {target}, and http.listen is {listen}"),
                &format!("proxy_pass http://{listen};"),
            ));
            return Some(taken);
        }
        found.push(match taken.path_of(uri) {
            Ok(Some(asked)) if asked != path => wrong(
                format!("{at} asks Parterre for {asked} where {path} is meant"),
                &format!("rewrite ^ {path} break;"),
            ),
            Err(why) => wrong(format!("{at}: {why}"), &format!("rewrite ^ {path} break; proxy_pass http://{target};")),
            Ok(Some(_)) => ("nginx.location", Fine(format!("{at} takes {uri} to {target}"))),
            Ok(None) => {
                ("nginx.location", Finding::note(format!("{at} takes {uri}; what it asks Parterre for is not known")))
            }
        });
        Some(taken)
    }

    /// Whether a location goes to Parterre, or is meant to.
    fn is_ours(&self, location: &Directive) -> bool {
        let Some(pass) = location.block.iter().find(|one| one.name == "proxy_pass") else { return false };
        let target = self.target(pass);
        let named = |text: &str| ["parterre", "xmpp-websocket", "http-bind"].iter().any(|name| text.contains(name));
        self.expected.listen.as_deref().is_some_and(|listen| same(listen, &target))
            || location.arguments.iter().any(|argument| named(argument))
            || named(pass.argument(0))
            || target.ends_with(USUAL_PORT)
    }

    /// The server behind a `proxy_pass`; of an upstream, its first.
    fn target(&self, pass: &Directive) -> String {
        let (server, _) = site::split(pass.argument(0));
        let upstream = self.upstreams.iter().find(|upstream| upstream.argument(0) == server);
        let first = upstream.and_then(|upstream| upstream.block.iter().find(|one| one.name == "server"));
        first.map_or(server, |one| one.argument(0)).to_owned()
    }
}

/// Whether two names of a server mean the same.
fn same(listen: &str, target: &str) -> bool {
    let plain = |name: &str| {
        name.replace("localhost", "127.0.0.1").replace("0.0.0.0", "127.0.0.1").replace("[::]", "127.0.0.1")
    };
    plain(listen) == plain(target)
}

#[cfg(test)]
mod tests;
