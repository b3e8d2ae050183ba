//! What a location that goes to Parterre has to have, and the line to insert where it has not. Pure.

use std::time::Duration;

use super::super::finding::Finding::{self, Note, Ok as Fine};
use super::grammar::Directive;
use super::site::Taken;

/// What of the server's configuration matters to a proxy.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    /// `http.listen` as `proxy_pass` names it; `None`: it is not known.
    pub(super) listen: Option<String>,
    pub(super) ping_interval: Duration,
    pub(super) bosh_wait: Duration,
    /// `limits.connections`.
    pub(super) connections: Option<u64>,
}

/// nginx's own, where there is no `proxy_read_timeout`.
const READ_TIMEOUT: Duration = Duration::from_mins(1);

/// The upgrade to a WebSocket (RFC 6455): nginx speaks HTTP/1.0 to what is behind it and drops both headers unless told.
/// `maps` are the `map` blocks of the configuration.
pub(super) fn upgrade(taken: &Taken<'_>, maps: &[&Directive]) -> Finding {
    let mut missing = Vec::new();
    if taken.get("proxy_http_version").map(|one| one.argument(0)) != Some("1.1") {
        missing.push("proxy_http_version 1.1;");
    }
    let upgrade = taken.header("Upgrade").unwrap_or_default();
    if upgrade != "$http_upgrade" && !upgrade.eq_ignore_ascii_case("websocket") {
        missing.push("proxy_set_header Upgrade $http_upgrade;");
    }
    let connection = taken.header("Connection").unwrap_or_default();
    if !connection.eq_ignore_ascii_case("upgrade") && !maps.iter().any(|map| maps_upgrade(map, connection)) {
        missing.push("proxy_set_header Connection \"upgrade\";");
    }
    told(taken, &missing, "WebSockets are passed on", "WebSockets are not passed on")
}

/// Whether a `map $http_upgrade $variable` makes `upgrade` of every upgrade.
fn maps_upgrade(map: &Directive, variable: &str) -> bool {
    let value = |key: &str| map.block.iter().find(|one| one.name == key).map(|one| one.argument(0));
    map.argument(0) == "$http_upgrade"
        && map.argument(1) == variable
        && [value("default"), value("websocket")].iter().flatten().any(|value| value.eq_ignore_ascii_case("upgrade"))
}

/// The client's address, by which limits and bans for an address go.
pub(super) fn address(taken: &Taken<'_>) -> Finding {
    let remedy = ["proxy_set_header X-Forwarded-For $remote_addr;"];
    match taken.header("X-Forwarded-For") {
        Some("$http_x_forwarded_for") => told(taken, &remedy, "", "visitors say themselves where they come from"),
        Some(value) if value.contains('$') => told(taken, &[], "the addresses of visitors are passed on", ""),
        _ => told(taken, &remedy, "", "all visitors count as one, since their addresses are not passed on"),
    }
}

/// The address of the site, by which clients are told where to connect.
pub(super) fn host(taken: &Taken<'_>) -> Finding {
    let mut missing = Vec::new();
    if !taken.header("Host").is_some_and(|value| value.starts_with("$host") || value.starts_with("$http_host")) {
        missing.push("proxy_set_header Host $http_host;");
    }
    if taken.header("X-Forwarded-Proto").is_none() {
        missing.push("proxy_set_header X-Forwarded-Proto $scheme;");
    }
    told(taken, &missing, "the address of the site is passed on", "Parterre does not learn the address of the site")
}

/// The silence that nginx bears: longer than the longest that Parterre leaves.
pub(super) fn timeout(taken: &Taken<'_>, silence: Duration, key: &str) -> Finding {
    let set = taken.get("proxy_read_timeout").map(|one| one.argument(0));
    let Some(bears) = set.map_or(Some(READ_TIMEOUT), time) else {
        return Finding::note(format!("{}: how long proxy_read_timeout is could not be read", taken.location.at()));
    };
    // A margin for what is on its way.
    let wanted = silence + Duration::from_secs(10);
    if bears >= wanted {
        return told(taken, &[], &format!("a silence of {} s is borne", bears.as_secs()), "");
    }
    let line = format!("proxy_read_timeout {}s;", (silence * 2).as_secs());
    let wrong = format!("nginx ends what is silent for {} s, and {key} is {} s", bears.as_secs(), silence.as_secs());
    told(taken, &[&line], "", &wrong)
}

/// A header that keeps the chat out of other sites' frames.
pub(super) fn frames(taken: &Taken<'_>) -> Option<Finding> {
    let adds = taken.get("add_header").filter(|one| one.argument(0).eq_ignore_ascii_case("X-Frame-Options"))?;
    Some(Note(
        format!("{}: X-Frame-Options keeps other sites from showing the chat", adds.at()),
        "take the line away; http.frame_ancestors says who may".into(),
    ))
}

/// All is there, or these lines are not.
fn told(taken: &Taken<'_>, missing: &[&str], fine: &str, wrong: &str) -> Finding {
    let at = taken.location.at();
    if missing.is_empty() {
        return Fine(format!("{at}: {fine}"));
    }
    Finding::wrong(format!("{at}: {wrong}"), format!("put into that location: {}", missing.join(" ")))
}

/// A time as nginx writes it (`90s`, `1m30s`, `2h`, plain seconds).
fn time(text: &str) -> Option<Duration> {
    let mut whole = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|char: char| !char.is_ascii_digit()).unwrap_or(rest.len());
        let (number, behind) = rest.split_at(digits);
        let number: u32 = number.parse().ok()?;
        let units = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("", 1_000)];
        let (unit, ms) = units.into_iter().find(|(unit, _)| behind.starts_with(unit))?;
        whole += Duration::from_millis(u64::from(number) * ms);
        rest = behind.strip_prefix(unit)?;
    }
    (!text.is_empty()).then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::super::grammar::parse;
    use super::super::site::servers;
    use super::Finding::Wrong;
    use super::*;

    /// Applies a rule to a location with these lines.
    fn with<T>(lines: &str, rule: impl Fn(&Taken<'_>) -> T) -> T {
        let read = parse("f", &format!("location / {{ proxy_pass http://a; {lines} }}")).unwrap();
        rule(&servers(&read)[0].take("/").unwrap().unwrap())
    }

    #[test]
    fn an_upgrade_needs_three_lines() {
        let map = parse("f", "map $http_upgrade $c { default upgrade; \"\" \"\"; }").unwrap();
        let maps: Vec<_> = map.iter().collect();
        let rule = |lines: &str| with(lines, |taken| upgrade(taken, &maps));
        let (version, header) = ("proxy_http_version 1.1;", "proxy_set_header Upgrade $http_upgrade;");
        assert!(matches!(rule(&format!("{version}{header}proxy_set_header Connection $c;")), Fine(_)));
        assert!(matches!(rule(&format!("{version}{header}proxy_set_header Connection Upgrade;")), Fine(_)));
        let none = rule("");
        assert!(
            matches!(&none, Wrong(text, remedy) if text.starts_with("f:1:") && remedy.contains(version) && remedy.contains(header))
        );
        assert!(
            matches!(rule(&format!("{version}{header}proxy_set_header Connection $d;")), Wrong(_, remedy) if remedy.ends_with("Connection \"upgrade\";"))
        );
    }

    #[test]
    fn addresses_are_passed_on_by_the_proxy_alone() {
        for (value, fine) in
            [("$remote_addr", true), ("$proxy_add_x_forwarded_for", true), ("$http_x_forwarded_for", false)]
        {
            let finding = with(&format!("proxy_set_header X-Forwarded-For {value};"), address);
            assert_eq!(matches!(finding, Fine(_)), fine, "{value}");
        }
        assert!(matches!(with("", address), Wrong(text, _) if text.contains("count as one")));
        assert!(matches!(with("proxy_set_header Host a;", host), Wrong(_, remedy) if remedy.contains("$scheme")));
        assert!(matches!(
            with("proxy_set_header Host $http_host; proxy_set_header X-Forwarded-Proto https;", host),
            Fine(_)
        ));
        assert!(with("add_header x-frame-options DENY;", frames).is_some());
        assert!(with("add_header X-A b;", frames).is_none());
    }

    #[test]
    fn the_silence_that_is_borne_is_longer_than_that_between_pings() {
        let rule = |lines: &str| with(lines, |taken| timeout(taken, Duration::from_secs(45), "limits.ping_interval"));
        assert!(matches!(rule(""), Fine(_)));
        assert!(
            matches!(rule("proxy_read_timeout 30;"), Wrong(_, remedy) if remedy.contains("proxy_read_timeout 90s;"))
        );
        assert!(matches!(rule("proxy_read_timeout $x;"), Note(..)));
        for (text, seconds) in [
            ("90s", Some(90)),
            ("1m30s", Some(90)),
            ("2h", Some(7_200)),
            ("1500ms", Some(1)),
            ("60", Some(60)),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(time(text).map(|time| time.as_secs()), seconds, "{text}");
        }
    }
}
