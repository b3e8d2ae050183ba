//! What a configuration file and its variables come to, and what is said of one that is wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::net::IpAddr;
use std::time::Duration;

use super::{Bound, Cidr, Config, Create, Listen, Retention, reference};

fn file(text: &str) -> Result<Config, String> {
    Config::read("p.toml", text, []).map_err(|error| error.to_string())
}

fn variables(variables: &[(&str, &str)]) -> Result<Config, String> {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::read("p.toml", "", variables).map_err(|error| error.to_string())
}

/// The one mistake of that text.
fn mistake(text: &str) -> String {
    let error = file(text).expect_err(text);
    assert_eq!(error.lines().count(), 1, "{error}");
    error
}

#[test]
fn nothing_is_the_default() {
    let config = file("").unwrap();
    assert_eq!(config, Config::default());
    assert_eq!(config.domain(), "localhost");
    assert_eq!(config.anonymous_domain(), "anon.localhost");
    assert_eq!(config.rooms_domain(), "room.localhost");
    assert_eq!(config.http.listen, Listen::Tcp("127.0.0.1:5280".parse().unwrap()));
    assert_eq!(config.c2s, None);
}

#[test]
fn the_design_s_example_is_read() {
    let config = file(
        r#"
        domain   = "localhost"
        data_dir = "parterre-data"
        [http]
        listen = "127.0.0.1:5280"
        trusted_proxies = ["127.0.0.0/8", "::1"]
        [c2s]
        listen = "127.0.0.1:5222"
        allow_plaintext = true
        [auth]
        anonymous = true
        token_secret = ""
        http_url = ""
        [rooms]
        create = "anyone"
        defaults_url = ""
        admins = []
        [history]
        retention = "30d"
        on_join = 20
        [limits]
        connections_per_address = 100
        stanzas_per_second = 20
        stanza_bytes = 65536
        "#,
    )
    .unwrap();
    let mut expected = Config::default();
    expected.c2s.get_or_insert_default().allow_plaintext = true;
    assert_eq!(config, expected);
}

#[test]
fn an_unknown_key_is_named_with_its_place_and_the_nearest() {
    assert_eq!(
        mistake("domain = \"a.example\"\n[limits]\nstanza_byte = 1"),
        "p.toml:3: there is no key limits.stanza_byte; the nearest is limits.stanza_bytes"
    );
    assert_eq!(mistake("domian = 1"), "p.toml:1: there is no key domian; the nearest is domain");
    assert_eq!(
        mistake("[http]\nretention = 1"),
        "p.toml:2: there is no key http.retention; the nearest is history.retention"
    );
    assert_eq!(mistake("[limit]\nx = 1"), "p.toml:1: there is no section limit; the nearest is limits");
    assert_eq!(mistake("[http.tls]\nx = 1"), "p.toml:1: there is no key http.tls; the nearest is http.listen");
    assert!(mistake("[auth]\nzzzzqqqq = 1").contains("docs/configuration.md"));
    assert!(mistake("limits = 3").contains("limits is a section"));
}

#[test]
fn a_wrong_value_is_named_with_what_the_key_takes() {
    assert_eq!(
        mistake("[rooms]\ncreate = \"anybody\""),
        "p.toml:2: rooms.create is \"anybody\", but takes \"anyone\", \"accounts\", \"admins\" or \"defaults-url\""
    );
    assert_eq!(
        mistake("[limits]\nstanza_bytes = 0"),
        "p.toml:2: limits.stanza_bytes is 0, but takes a whole number from 10000 to 16777216"
    );
    assert_eq!(
        mistake("[limits]\nstanzas_per_second = -1"),
        "p.toml:2: limits.stanzas_per_second is -1, but takes a whole number, 0 for no limit"
    );
    assert!(mistake("[auth]\nanonymous = \"yes\"").contains("takes true or false"));
    assert!(mistake("[http]\nlisten = 5280").contains("http.listen is 5280, but takes an address with a port"));
    assert!(mistake("[http]\ntrusted_proxies = [\"10.0.0.0/33\"]").ends_with("not \"10.0.0.0/33\""));
    assert!(mistake("[rooms]\nadmins = [\"nobody\"]").ends_with("not \"nobody\""));
    assert!(mistake("[history]\nretention = \"1m\"").contains("write min for minutes"));
    assert!(mistake("[history]\nretention = 30").ends_with("say the unit, as in \"30s\""));
    assert!(mistake("[auth]\nhttp_url = \"ftp://x\"").contains("starts with http://"));
    assert!(mistake("domain = \"a@b\"").contains("takes a domain"));
    assert!(mistake("domain = \"Chat.Example\"").contains("lower case"));
    assert!(mistake("domain = ").contains("not TOML"));
}

#[test]
fn every_mistake_is_told_at_once_in_the_order_of_the_file() {
    let error = file("[rooms]\ncreate = 1\n[auth]\nanonymous = 2\ntoken = 3").unwrap_err();
    let places: Vec<_> = error.lines().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(places, ["p.toml:2", "p.toml:4", "p.toml:5"]);
}

#[test]
fn a_secret_is_never_shown() {
    assert!(mistake("[auth]\ntoken_secret = 123456").contains("(not shown)"));
    let config = file("[auth]\ntoken_secret = \"hush\"").unwrap();
    assert_eq!(config.auth.token_secret.reveal(), "hush");
    assert!(!format!("{config:?}").contains("hush"));
}

#[test]
fn a_variable_wins_over_the_file() {
    let over = [("PARTERRE__HTTP__LISTEN".to_owned(), "unix:/run/p.sock".to_owned())];
    let config = Config::read("p.toml", "[http]\nlisten = \"127.0.0.1:1\"", over).unwrap();
    assert_eq!(config.http.listen, Listen::Unix("/run/p.sock".into()));
}

#[test]
fn every_key_is_a_variable() {
    let config = variables(&[
        ("PARTERRE__DOMAIN", "chat.example"),
        ("PARTERRE__DATA_DIR", "/var/lib/parterre"),
        ("PARTERRE__HTTP__TRUSTED_PROXIES", "10.0.0.0/8, fd00::/8"),
        ("PARTERRE__C2S__ALLOW_PLAINTEXT", "true"),
        ("PARTERRE__ROOMS__CREATE", "accounts"),
        ("PARTERRE__ROOMS__ADMINS", ""),
        ("PARTERRE__HISTORY__RETENTION", "forever"),
        ("PARTERRE__LIMITS__IDLE_TIME", "0"),
        ("PARTERRE__LIMITS__CONNECTIONS_PER_ADDRESS", "0"),
        ("PATH", "/bin"),
        ("PARTERRE_LOG", "not ours to judge"),
    ])
    .unwrap();
    assert_eq!(config.domain(), "chat.example");
    assert_eq!(config.http.trusted_proxies, [Cidr::parse("10.0.0.0/8").unwrap(), Cidr::parse("fd00::/8").unwrap()]);
    assert!(config.c2s.is_some_and(|c2s| c2s.allow_plaintext));
    assert_eq!(config.rooms.create, Create::Accounts);
    assert!(config.rooms.admins.is_empty());
    assert_eq!(config.history.retention, Retention(None));
    assert_eq!(config.limits.idle_time, None);
    assert_eq!(config.limits.connections_per_address, Bound::NONE);
}

#[test]
fn a_wrong_variable_is_refused() {
    assert_eq!(
        variables(&[("PARTERRE__LIMITS__STANZA_SIZE", "1")]).unwrap_err(),
        "environment: there is no variable PARTERRE__LIMITS__STANZA_SIZE; the nearest is PARTERRE__LIMITS__STANZA_BYTES"
    );
    assert_eq!(
        variables(&[("PARTERRE__HISTORY__ON_JOIN", "many")]).unwrap_err(),
        "PARTERRE__HISTORY__ON_JOIN: history.on_join is \"many\", but takes a whole number from 0 to 500"
    );
}

#[test]
fn plain_text_is_refused_where_others_could_listen() {
    for listen in ["0.0.0.0:5222", "192.0.2.1:5222", "[::]:5222"] {
        let error = mistake(&format!("[c2s]\nlisten = \"{listen}\"\nallow_plaintext = true"));
        assert!(error.contains("not a loopback address"), "{error}");
    }
    for listen in ["127.0.0.1:5222", "[::1]:5222", "[::ffff:127.0.0.1]:5222"] {
        file(&format!("[c2s]\nlisten = \"{listen}\"\nallow_plaintext = true")).unwrap();
    }
}

#[test]
fn a_quiet_client_is_asked_before_a_usual_proxy_gives_it_up() {
    // nginx cuts a WebSocket after 60 s of silence, unless it is told otherwise.
    assert!(Config::default().limits.ping_interval <= Duration::from_secs(45));
}

#[test]
fn keys_must_fit_together() {
    for (text, says) in [
        ("[c2s]\ncertificate = \"/a\"", "c2s.key is not"),
        ("[c2s]\nlisten = \"\"", "remove the section"),
        ("[c2s]\n", "nobody could log in"),
        ("[c2s]\nlisten = \"127.0.0.1:5280\"\nallow_plaintext = true", "an address or port of its own"),
        ("[auth]\nhttp_url = \"https://127.0.0.1:9000/auth\"", "auth.http_url: https is not supported"),
        ("[rooms]\ncreate = \"defaults-url\"", "rooms.defaults_url is empty"),
        ("[rooms]\ndefaults_url = \"https://127.0.0.1:9000/rooms\"", "rooms.defaults_url: https is not supported"),
        ("[auth]\niterations = 4095", "4096"),
        ("[rooms]\npresence_everyone_up_to = 900", "a growing room"),
        ("[rooms]\naudience_interval = \"20ms\"", "a second or more"),
        ("[limits]\nstanza_bytes = 500000", "could never pass"),
        ("[limits]\nidle_time = \"10s\"", "longer than limits.ping_interval"),
    ] {
        let error = file(text).expect_err(text);
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn times_have_units() {
    for (text, seconds) in [("90s", 90), ("10min", 600), ("12h", 43_200), ("7d", 604_800), ("1w", 604_800)] {
        let config = file(&format!("[history]\nretention = \"{text}\"")).unwrap();
        assert_eq!(config.history.retention, Retention(Some(Duration::from_secs(seconds))));
    }
    for text in ["0s", "7", "d", "-1d", "1y", "1.5h", "99999999999999999999d", "400000000000w", ""] {
        assert!(file(&format!("[history]\nretention = \"{text}\"")).is_err(), "{text}");
    }
}

#[test]
fn where_no_limit_is_allowed_zero_says_so() {
    assert_eq!(file("").unwrap().room_policy().anonymous_ban, 86_400);
    for text in ["0", "\"0s\"", "\"forever\""] {
        let config = file(&format!("[rooms]\nanonymous_ban = {text}")).unwrap();
        assert_eq!((config.rooms.anonymous_ban, config.room_policy().anonymous_ban), (None, 0), "{text}");
    }
    assert_eq!(variables(&[("PARTERRE__ROOMS__ANONYMOUS_BAN", "0")]).unwrap().rooms.anonymous_ban, None);
    assert!(mistake("[rooms]\ndefaults_timeout = \"0s\"").ends_with("it cannot be zero"));
}

#[test]
fn a_network_holds_its_addresses() {
    let holds =
        |network: &str, address: &str| Cidr::parse(network).unwrap().contains(address.parse::<IpAddr>().unwrap());
    assert!(holds("127.0.0.0/8", "127.255.0.1"));
    assert!(!holds("127.0.0.0/8", "128.0.0.1"));
    assert!(holds("127.0.0.0/8", "::ffff:127.0.0.1"));
    assert!(holds("0.0.0.0/0", "203.0.113.7"));
    assert!(!holds("0.0.0.0/0", "::1"));
    assert!(holds("::/0", "2001:db8::1"));
    assert!(holds("::1", "::1"));
    assert!(!holds("::1", "::2"));
    assert!(holds("2001:db8::/32", "2001:db8:ffff::1"));
    assert!(!holds("2001:db8::/32", "2001:db9::1"));
    for wrong in ["", "x", "127.0.0.1/33", "::1/129", "127.0.0.1/", "/8", "127.0.0.1/-1"] {
        assert_eq!(Cidr::parse(wrong), None, "{wrong}");
    }
}

#[test]
fn defaults_as_the_reference_writes_them_read_back() {
    // The page's own lines, put under their sections, are a file that changes nothing.
    let page = reference();
    let (mut text, mut seen) = (String::new(), 0);
    for line in page.lines() {
        if let Some(section) = line.strip_prefix("## `[").and_then(|rest| rest.strip_suffix("]`")) {
            text.extend(["[", section, "]\n"]);
        }
        if let Some(entry) = line.strip_prefix("Default: `").and_then(|rest| rest.strip_suffix('`')) {
            text.push_str(entry);
            text.push('\n');
            seen += 1;
        }
    }
    assert_eq!(seen, page.matches("\n### `").count());
    let mut expected = Config::default();
    expected.c2s.get_or_insert_default();
    // By itself [c2s] lacks a certificate; that is the one thing that must be added.
    let text = text.replace("allow_plaintext = false", "allow_plaintext = true");
    expected.c2s.get_or_insert_default().allow_plaintext = true;
    assert_eq!(file(&text), Ok(expected));
}

#[test]
fn the_reference_in_the_tree_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
    let page = reference();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(kept == page, "docs/configuration.md is stale: UPDATE_DOCS=1 cargo test -p parterre writes it anew");
}
