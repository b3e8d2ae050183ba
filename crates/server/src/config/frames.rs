//! Who may put the chat into a frame: the sources of `frame-ancestors` (CSP 3 §6.4.2.1).
//!
//! They go into a header as they are, so nothing passes that could end the directive, or that browsers would pass over
//! in silence.

use std::fmt;

use super::value::{Given, Value, read_list, show_list};

/// A list of sources; its text is the value of the directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameAncestors(Vec<String>);

impl Default for FrameAncestors {
    fn default() -> Self {
        FrameAncestors(vec!["*".into()])
    }
}

impl fmt::Display for FrameAncestors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { f.write_str("'none'") } else { f.write_str(&self.0.join(" ")) }
    }
}

impl Value for FrameAncestors {
    fn takes() -> String {
        "a list of origins such as [\"https://video.example.org\", \"https://*.example.org\"], with \"'self'\", or \"*\" for all".into()
    }

    fn read(given: Given<'_>) -> Result<Self, String> {
        let sources: Vec<String> = read_list(given, |text| Some(text.to_owned()))?;
        for source in &sources {
            check(source)?;
        }
        Ok(FrameAncestors(sources))
    }

    fn show(&self) -> String {
        show_list(self.0.iter().cloned())
    }
}

/// Whether that is a source. An error is a hint.
fn check(source: &str) -> Result<(), String> {
    if matches!(source, "*" | "'self'" | "http:" | "https:") {
        return Ok(());
    }
    if source == "'none'" {
        return Err("for nobody, leave the list empty".into());
    }
    if source == "self" {
        return Err("write \"'self'\", with its own quotes".into());
    }
    let (scheme, rest) = source.split_once("://").map_or((None, source), |(scheme, rest)| (Some(scheme), rest));
    if !scheme.is_none_or(|scheme| matches!(scheme, "http" | "https")) {
        return Err(format!("not {source}: an origin starts with https:// or http://"));
    }
    if let Some((origin, _)) = rest.split_once('/') {
        let scheme = scheme.map_or_else(String::new, |scheme| format!("{scheme}://"));
        return Err(format!("browsers look at the origin only; write \"{scheme}{origin}\""));
    }
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !rest.ends_with(']') => (host, Some(port)),
        _ => (rest, None),
    };
    let is_port = |port: &str| port == "*" || port.parse::<u16>().is_ok_and(|port| port > 0);
    if is_host(host) && port.is_none_or(is_port) { Ok(()) } else { Err(format!("not {source}")) }
}

/// A name, of which the first label may be `*`, or a numeric address. A name that is not ASCII is written as browsers send it
/// (`xn--…`).
fn is_host(host: &str) -> bool {
    let name = host.strip_prefix("*.").unwrap_or(host);
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    name.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_origins() {
        for source in [
            "*",
            "'self'",
            "https:",
            "https://video.example.org",
            "https://*.example.org",
            "http://localhost:*",
            "video.example.org:8443",
            "http://192.0.2.1:3000",
        ] {
            assert_eq!(check(source), Ok(()), "{source}");
        }
        for source in [
            "",
            "https://",
            "none",
            "a b",
            "https://a;script-src *",
            "https://a,b",
            "'unsafe-inline'",
            "ftp://a",
            "https://a:x",
            "https://a:0",
            "https://é.example",
            "https://*.*.example",
            "'self';",
        ] {
            // "none" is a host, if an unlikely one.
            assert_eq!(check(source).is_ok(), source == "none", "{source}");
        }
    }

    #[test]
    fn what_is_likely_meant_is_said() {
        for (source, hint) in [
            ("self", "with its own quotes"),
            ("'none'", "leave the list empty"),
            ("https://a.example/live", "write \"https://a.example\""),
        ] {
            let mistake = check(source).unwrap_err();
            assert!(mistake.contains(hint), "{mistake}");
        }
    }

    #[test]
    fn nobody_is_said_in_a_word() {
        assert_eq!(FrameAncestors(Vec::new()).to_string(), "'none'");
        assert_eq!(FrameAncestors::default().to_string(), "*");
    }
}
