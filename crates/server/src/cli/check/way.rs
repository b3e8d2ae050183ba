//! The whole way that a client goes to a public address: WebSocket, login, a room, a message, its history, BOSH.
//!
//! The client is the one that plays crowds (`parterre_rehearse`). Here its way is laid out: which addresses, whom to log in as; and what
//! came of each step gets its remedy.

use clap::Args;
use parterre_rehearse::{self as crowd, Address, Carrier, Found, Login, Step, Trial};
use parterre_xmpp::BareJid;
use serde_json::{Value, json};

use super::finding::Finding::{self, Note, Ok as Fine};
use super::finding::Findings;
use super::probe;
use crate::auth::token;
use crate::cli::Failure;
use crate::config::Config;

/// How long a token for the trial holds, in seconds.
const TOKEN_LASTS: i64 = 300;
/// The account of a token where the configuration names no administrator.
const ACCOUNT: &str = "parterre-check";

/// Where the way leads.
#[derive(Debug, Args)]
pub(super) struct Way {
    /// Try the whole way to a public address: that of the site, which is asked where its WebSocket and BOSH are, or that of a
    /// WebSocket (wss) or of BOSH (https with a path). May be given twice. Without --config nothing else is looked at.
    #[arg(long, value_name = "URL")]
    pub(super) url: Vec<String>,
    /// The room of the trial, which is seen there: its name or address [default: one that is made for it]
    #[arg(long, value_name = "ROOM", requires = "url")]
    room: Option<String>,
    /// The server's domain [default: the configuration's; what the address says; its host]
    #[arg(long, value_name = "D", requires = "url")]
    domain: Option<String>,
    /// Accept any certificate of the server.
    #[arg(long, requires = "url")]
    any_certificate: bool,
}

/// What an address says of itself (XEP-0156).
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    websocket: Option<String>,
    bosh: Option<String>,
    domain: Option<String>,
    rooms: Option<String>,
    anonymous: Option<String>,
}

/// Goes the way. `config` is the server's, where it is known.
pub(super) fn examine(way: &Way, config: Option<&Config>, findings: &mut Findings) -> Result<(), Failure> {
    let mut said = Said::default();
    let (mut websocket, mut bosh) = (None, None);
    for url in &way.url {
        let address = Address::read(url).map_err(Failure::Wrong)?;
        match (address.carrier, is_site(url)) {
            (Carrier::WebSocket, _) => websocket = Some(address),
            (Carrier::Bosh, false) => bosh = Some(address),
            (Carrier::Bosh, true) => {
                let (found, finding) = ask(&address, way.any_certificate);
                findings.add("host_meta", finding);
                let of = |named: Option<&str>, usual: String| Address::read(named.unwrap_or(&usual)).ok();
                let authority = address.authority();
                let schemes = if address.tls { ("wss", "https") } else { ("ws", "http") };
                websocket = of(found.websocket.as_deref(), format!("{}://{authority}/xmpp-websocket", schemes.0));
                bosh = of(found.bosh.as_deref(), format!("{}://{authority}/http-bind", schemes.1));
                said = found;
            }
            (Carrier::Tcp, _) => {
                return Err(Failure::Wrong(format!(
                    "{url}: this trial goes over WebSocket and BOSH; the address begins with https or wss"
                )));
            }
        }
    }
    let Some(any) = websocket.as_ref().or(bosh.as_ref()) else { return Ok(()) };
    let domain =
        way.domain.clone().or_else(|| config.map(|config| config.domain().to_owned())).or_else(|| said.domain.clone());
    let domain = domain.unwrap_or_else(|| any.likely_domain().to_owned());
    let rooms = said.rooms.clone().unwrap_or_else(|| format!("room.{domain}"));
    let room = match way.room.as_deref() {
        Some(room) if room.contains('@') => room.to_owned(),
        Some(room) => format!("{room}@{rooms}"),
        None => format!("{ACCOUNT}-{}@{rooms}", std::process::id()),
    };
    let room =
        BareJid::new(&room).map_err(|error| Failure::Wrong(format!("{room} is no address of a room: {error}")))?;
    let token = config.and_then(|config| Some((config, sign(config, &room)?)));
    let nobody = Login::Anonymous(said.anonymous.clone().unwrap_or_else(|| format!("anon.{domain}")));
    let bearer = token.map(|(config, token)| (config.auth.anonymous, Login::Token(domain.clone(), token)));
    let (login, bosh_login) = match bearer {
        // Both ways in are tried, each by one of the two.
        Some((true, bearer)) => (bearer, nobody),
        Some((false, bearer)) => (bearer.clone(), bearer),
        None => (nobody.clone(), nobody),
    };
    let makes = way.room.is_none();
    let trial =
        Trial { websocket, bosh, login, bosh_login, room: room.to_string(), any_certificate: way.any_certificate };
    trial.attempt(|step, found| {
        let name = name(step);
        findings.add(name, judge(step, found, &trial, makes));
    });
    Ok(())
}

/// Whether a URL is that of a site, which says itself where its streams are.
fn is_site(url: &str) -> bool {
    url.split_once("://").is_some_and(|(_, rest)| rest.find('/').is_none_or(|at| at + 1 == rest.len()))
}

/// Asks a site where its streams are.
fn ask(site: &Address, any_certificate: bool) -> (Said, Finding) {
    let answer = crowd::connect(site, any_certificate)
        .and_then(|connection| probe::get(connection, &site.authority(), "/.well-known/host-meta.json"));
    match answer {
        Ok(answer) if answer.status == 200 => match serde_json::from_str(&answer.body) {
            Ok(document) => (read(&document), Fine("the site says where its WebSocket and BOSH are".into())),
            Err(_) => (Said::default(), unsaid("what it answers is not JSON")),
        },
        Ok(answer) => (Said::default(), unsaid(&format!("HTTP {}", answer.status))),
        Err(error) => (Said::default(), unsaid(&error)),
    }
}

fn unsaid(why: &str) -> Finding {
    Note(
        format!("the site does not say where its streams are ({why}); the usual addresses are tried"),
        "let the proxy pass /.well-known/host-meta.json to Parterre".into(),
    )
}

fn read(document: &Value) -> Said {
    let links = document.get("links").and_then(Value::as_array);
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let link = |relation: &str| {
        let found = links?.iter().find(|link| link.get("rel").and_then(Value::as_str) == Some(relation))?;
        text(found, "href")
    };
    let property = |name: &str| text(document.get("properties")?, name);
    Said {
        websocket: link("urn:xmpp:alt-connections:websocket"),
        bosh: link("urn:xmpp:alt-connections:xbosh"),
        domain: property("urn:parterre:domain:0"),
        rooms: property("urn:parterre:rooms:0"),
        anonymous: property("urn:parterre:anonymous:0"),
    }
}

/// A token as the site would sign it: for an administrator if there is one, who may make the room whoever may not.
fn sign(config: &Config, room: &BareJid) -> Option<String> {
    let secret = &config.auth.token_secret;
    if secret.is_empty() {
        return None;
    }
    let admin = config.rooms.admins.iter().find(|admin| admin.domain() == config.domain());
    let subject = admin.and_then(|admin| admin.node()).unwrap_or(ACCOUNT);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs() as i64;
    let mut affiliations = serde_json::Map::new();
    affiliations.insert(room.node().unwrap_or_default().to_owned(), "owner".into());
    let claims = json!({
        "sub": subject, "aud": config.domain(), "iat": now, "exp": now + TOKEN_LASTS, "affiliations": affiliations,
    });
    Some(token::sign(r#"{"alg":"HS256","typ":"JWT"}"#, &claims.to_string(), secret.reveal().as_bytes()))
}

fn name(step: Step) -> &'static str {
    match step {
        Step::WebSocket => "way.websocket",
        Step::Login => "way.login",
        Step::Address => "way.address",
        Step::Join => "way.join",
        Step::Message => "way.message",
        Step::History => "way.history",
        Step::Bosh => "way.bosh",
    }
}

const PROXY: &str =
    "the proxy in front has to pass it on: nginx -T | parterre check --nginx - says which line is missing";

/// What came of a step, with what to do about it. `makes`: the room is one that is made for the trial.
fn judge(step: Step, found: Found, trial: &Trial, makes: bool) -> Finding {
    let login = if step == Step::Bosh { &trial.bosh_login } else { &trial.login };
    let who = match login {
        Login::Anonymous(_) => "without an account",
        Login::Token(..) => "with a token",
    };
    match (step, found) {
        (Step::WebSocket, Found::Works) => {
            Fine(trial.websocket.as_ref().map_or_else(String::new, |address| address.url.clone()))
        }
        (Step::Bosh, Found::Works) => {
            Fine(format!("{}, {who}", trial.bosh.as_ref().map_or("", |address| address.url.as_str())))
        }
        (Step::Login, Found::Works) => Fine(who.into()),
        (Step::Join, Found::Works) => Fine(trial.room.clone()),
        (Step::Message, Found::Works) => Fine("it came back".into()),
        (_, Found::Works) => Fine("it is there".into()),
        (_, Found::Seen(seen, local)) => address(seen, local),
        (_, Found::Unknown) => Finding::note("the server does not tell where it sees us come from"),
        (Step::Join, Found::Refused(condition, text)) if makes && condition == "not-allowed" => Note(
            format!("the server makes no room for this ({text})"),
            "name one that is there with --room; what is said in it is seen".into(),
        ),
        (_, Found::Refused(condition, text)) if condition == "invalid-mechanism" && !is_encrypted(step, trial) => {
            Finding::wrong(format!("{who}: {text}"), "come by https: over plain HTTP from elsewhere it takes no tokens")
        }
        (_, Found::Refused(condition, text)) => {
            let why = if text.is_empty() { condition } else { format!("{condition}: {text}") };
            Finding::wrong(format!("{who}: {why}"), remedy(step, login))
        }
        (_, Found::Failed(why)) if why.starts_with("TLS") => {
            Finding::wrong(why, "renew the certificate of the site, or have it name this host")
        }
        (_, Found::Failed(why)) if why.starts_with("nothing answers") => {
            Finding::wrong(why, "see whether the address is right, and whether the server and the proxy before it run")
        }
        (_, Found::Failed(why)) => Finding::wrong(why, remedy(step, login)),
    }
}

fn is_encrypted(step: Step, trial: &Trial) -> bool {
    let address = if step == Step::Bosh { &trial.bosh } else { &trial.websocket };
    address.as_ref().is_some_and(|address| address.tls)
}

fn remedy(step: Step, login: &Login) -> &'static str {
    match (step, login) {
        (Step::WebSocket | Step::Bosh | Step::Address, _) => PROXY,
        (Step::Login, Login::Anonymous(_)) => "set auth.anonymous, or give --config with the site's auth.token_secret",
        (Step::Login, Login::Token(..)) => {
            "give the configuration that the server runs with, and see that the clocks are right"
        }
        (Step::Join, _) => "see the log of the server, and rooms.create",
        (Step::Message, _) => "see whether there is room on the disk, and the settings of the room",
        (Step::History, _) => "see the log of the server, and whether the room keeps messages",
    }
}

/// Where the server sees us come from, beside where we do. Between the two there may be a router that changes addresses, but none
/// makes of them an address of the server's own machine.
fn address(seen: std::net::IpAddr, local: std::net::IpAddr) -> Finding {
    if seen == local {
        return Fine(format!("the server sees {seen}, as it is"));
    }
    if seen.is_loopback() {
        return Finding::wrong(
            format!("the server takes us for {seen}, its own machine: all visitors count as one"),
            "let the proxy send it: proxy_set_header X-Forwarded-For $remote_addr;",
        );
    }
    Fine(format!("the server sees {seen}; from here it is {local}"))
}

#[cfg(test)]
mod tests {
    use super::Finding::Wrong;
    use super::*;
    use crate::config::Secret;
    use parterre_xmpp::Timestamp;

    #[test]
    fn a_site_is_told_from_the_address_of_a_stream() {
        for (url, site) in
            [("https://a", true), ("https://a/", true), ("https://a/http-bind", false), ("http://a:1/x/", false)]
        {
            assert_eq!(is_site(url), site, "{url}");
        }
    }

    #[test]
    fn what_a_site_says_of_itself_is_read() {
        let said = read(&json!({
            "properties": {"urn:parterre:domain:0": "d"},
            "links": [{"rel": "urn:xmpp:alt-connections:websocket", "href": "wss://a/ws"}, 3],
        }));
        assert_eq!(
            (said.websocket.as_deref(), said.bosh, said.domain.as_deref()),
            (Some("wss://a/ws"), None, Some("d"))
        );
        assert_eq!(read(&json!([])), Said::default());
    }

    #[test]
    fn a_token_is_one_that_the_server_takes() {
        let mut config = Config::default();
        let room = BareJid::new("r@room.localhost").unwrap();
        assert_eq!(sign(&config, &room), None);
        config.auth.token_secret = Secret::new("secret");
        config.rooms.admins = vec![BareJid::new("ann@localhost").unwrap()];
        let signed = sign(&config, &room).unwrap();
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() as i64;
        let claims = token::verify(&signed, b"secret", "localhost", Timestamp::from_secs(now)).unwrap();
        assert_eq!((claims.subject.as_str(), claims.affiliations.len()), ("ann", 1));
    }

    #[test]
    fn an_address_is_right_that_of_a_router_or_the_proxy_s() {
        let ip = |text: &str| text.parse::<std::net::IpAddr>().unwrap();
        assert!(matches!(address(ip("192.0.2.1"), ip("192.0.2.1")), Fine(_)));
        assert!(matches!(address(ip("198.51.100.7"), ip("192.168.1.2")), Fine(_)));
        assert!(
            matches!(address(ip("127.0.0.1"), ip("192.168.1.2")), Wrong(_, remedy) if remedy.contains("X-Forwarded-For"))
        );
        assert!(matches!(address(ip("127.0.0.1"), ip("127.1.0.7")), Wrong(..)));
    }
}
