mod network;

use super::*;
use crate::ns;
use crate::parse::Limits;

const SETTINGS: Settings =
    Settings { max_wait: 60, max_hold: 2, inactivity: 30, polling: 5, max_pause: 120, output_bytes: 1_000 };

fn body(attributes: &str, payload: &str) -> Body {
    let text = format!(
        "<body xmlns='http://jabber.org/protocol/httpbind' xmlns:xmpp='urn:xmpp:xbosh' {attributes}>{payload}</body>"
    );
    Body::parse(&text, &Limits::default()).unwrap()
}

/// A session and what has come out of it. Time is in seconds here.
struct Trial {
    session: Session,
    actions: Vec<Action>,
}

impl Trial {
    /// A session whose creation request had the id 100 and number 0, and was answered.
    fn new(attributes: &str) -> Self {
        let attributes = format!("to='localhost' rid='100' wait='60' hold='1' ver='1.6' {attributes}");
        Trial::with(body(&attributes, ""))
    }

    fn with(body: Body) -> Self {
        let mut actions = Vec::new();
        let session = Session::create(body, 0, ("SID", "localhost"), SETTINGS, 0, &mut actions);
        Trial { session, actions }
    }

    /// Makes a request whose number is its id less 100; features and stanzas are sent by the test.
    fn request(&mut self, rid: u64, attributes: &str, payload: &str, now: u64) {
        let body = body(&format!("sid='SID' rid='{rid}' {attributes}"), payload);
        self.session.request(rid - 100, body, now * 1_000, &mut self.actions);
        self.session.flush(now * 1_000, &mut self.actions);
    }

    fn send(&mut self, stanza: &str, now: u64) {
        self.session.send(stanza.as_bytes()).unwrap();
        self.session.flush(now * 1_000, &mut self.actions);
    }

    /// What has happened since the last call: `>name` for a delivery, `number:payload` for a response.
    fn log(&mut self) -> Vec<String> {
        let log = self.actions.drain(..).map(|action| match action {
            Action::Open(open) => format!("open {}", open.to.unwrap_or_default()),
            Action::Deliver(element) => format!(">{}", element.name()),
            Action::Respond { request, body } => {
                let body: Element = std::str::from_utf8(&body).unwrap().parse().unwrap();
                let mut text = format!("{request}:");
                let attributes = ["type", "condition", "ack"];
                text.extend(attributes.iter().filter_map(|name| body.get(name)).map(|value| format!("{value} ")));
                text.extend(body.children().map(|child| format!("<{}>", child.name())));
                text.trim_end().to_owned()
            }
            Action::Terminated(end) => format!("{end:?}"),
        });
        log.collect()
    }
}

/// A session that has been created, with features sent and the log read.
fn open(attributes: &str) -> Trial {
    let mut trial = Trial::new(attributes);
    trial.send("<stream:features/>", 0);
    trial.log();
    trial
}

#[test]
fn a_session_is_created_with_its_features() {
    let mut trial = Trial::new("ack='1' xml:lang='en' xmpp:version='1.0' content='application/xml; charset=utf-8'");
    let Action::Open(opened) = &trial.actions[0] else { panic!("{:?}", trial.actions) };
    let open = StreamOpen { lang: Some("en".into()), version: Some("1.0".into()), ..StreamOpen::default() };
    assert_eq!(*opened, StreamOpen { to: Some("localhost".into()), ..open });
    assert_eq!(trial.session.content_type(), "application/xml; charset=utf-8");
    trial.send("<stream:features/>", 0);
    let Some(Action::Respond { request: 0, body }) = trial.actions.last() else { panic!("{:?}", trial.actions) };
    let response: Element = std::str::from_utf8(body).unwrap().parse().unwrap();
    assert!(response.is("body", ns::HTTPBIND) && response.has("features", ns::STREAMS));
    let expected = [
        ("sid", "SID"),
        ("from", "localhost"),
        ("wait", "60"),
        ("hold", "1"),
        ("requests", "2"),
        ("ver", "1.6"),
        ("inactivity", "30"),
        ("polling", "5"),
        ("maxpause", "120"),
        ("ack", "100"),
    ];
    for (name, value) in expected {
        assert_eq!(response.get(name), Some(value), "{name}");
    }
    let xbosh = |name: &str| response.attributes().iter().any(|a| a.name == name && a.ns.as_deref() == Some(ns::XBOSH));
    assert!(xbosh("version") && xbosh("restartlogic"));
}

#[test]
fn a_request_waits_until_there_is_something_or_its_time_is_over() {
    let mut trial = open("");
    trial.request(101, "", "", 10);
    assert!(trial.log().is_empty());
    assert_eq!(trial.session.next_deadline(), Some(70_000));
    trial.send("<message/>", 11);
    assert_eq!(trial.log(), ["1:<message>"]);
    trial.send("<message/>", 12);
    assert!(trial.log().is_empty());
    trial.request(102, "", "<iq xmlns='jabber:client'/>", 13);
    assert_eq!(trial.log(), [">iq", "2:<message>"]);
    trial.request(103, "", "", 14);
    trial.session.tick(73_999, &mut trial.actions);
    assert!(trial.log().is_empty());
    trial.session.tick(74_000, &mut trial.actions);
    assert_eq!(trial.log(), ["3:"]);
}

#[test]
fn a_second_request_frees_the_first() {
    let mut trial = open("");
    trial.request(101, "", "", 1);
    trial.request(102, "", "<message/>", 2);
    assert_eq!(trial.log(), [">message", "1:"]);
}

#[test]
fn a_stanza_without_a_namespace_is_a_clients() {
    let mut trial = open("");
    trial.request(101, "", "<message><body/><x xmlns='urn:x'/></message>", 1);
    let message = Element::message("").child(Element::new("body", ns::CLIENT)).child(Element::new("x", "urn:x"));
    let mut expected = message;
    expected.unset("type");
    assert_eq!(trial.actions, [Action::Deliver(expected)]);
}

#[test]
fn requests_are_taken_in_the_order_of_their_ids() {
    let mut trial = open("");
    trial.request(102, "", "<b xmlns='urn:x'/>", 1);
    assert!(trial.log().is_empty());
    trial.request(101, "", "<a xmlns='urn:x'/>", 1);
    assert_eq!(trial.log(), [">a", ">b", "1:"]);
}

#[test]
fn a_repeated_request_gets_the_same_response() {
    let mut trial = open("");
    trial.request(101, "", "<a xmlns='urn:x'/>", 1);
    trial.send("<message/>", 1);
    assert_eq!(trial.log(), [">a", "1:<message>"]);
    trial.request(101, "", "<a xmlns='urn:x'/>", 2);
    assert_eq!(trial.log(), ["1:<message>"]);
    // One that still waits: the older copy is told, the newer one waits on.
    trial.request(102, "", "", 3);
    let copy = body("sid='SID' rid='102'", "");
    trial.session.request(9, copy, 4_000, &mut trial.actions);
    assert_eq!(trial.log(), ["2:error"]);
    trial.send("<message/>", 5);
    assert_eq!(trial.log(), ["9:<message>"]);
    // One that is no longer kept.
    trial.request(100, "", "", 6);
    assert_eq!(trial.log(), ["0:terminate item-not-found", "Violation(ItemNotFound)"]);
}

#[test]
fn a_response_into_a_lost_connection_is_kept() {
    let mut trial = open("");
    trial.request(101, "", "", 1);
    trial.session.forget(1, 2_000);
    assert_eq!(trial.session.next_deadline(), Some(32_000));
    trial.send("<message/>", 3);
    assert!(trial.log().is_empty());
    trial.request(101, "", "", 4);
    assert_eq!(trial.log(), ["1:<message>"]);
}

#[test]
fn acknowledged_responses_are_not_kept() {
    let mut trial = open("ack='1'");
    trial.request(101, "", "", 1);
    trial.request(102, "ack='100'", "<a xmlns='urn:x'/>", 2);
    assert_eq!(trial.log(), [">a", "1:102"]);
    trial.request(103, "", "<a xmlns='urn:x'/>", 3);
    trial.request(101, "", "", 4);
    assert_eq!(trial.log().last().unwrap(), "Violation(ItemNotFound)");
}

#[test]
fn a_restart_opens_the_stream_again() {
    let mut trial = open("");
    trial.request(101, "xmpp:restart='true' to='localhost'", "<message/>", 1);
    trial.send("<stream:features/>", 1);
    assert_eq!(trial.log(), ["open localhost", "1:<features>"]);
}

#[test]
fn what_a_restart_leaves_out_is_as_it_was() {
    let opened = |trial: &Trial| {
        trial.actions.iter().rev().find_map(|action| match action {
            Action::Open(open) => Some(open.clone()),
            _ => None,
        })
    };
    // stanza.js says the version at the start only, others never.
    for version in ["", "xmpp:version='1.0'"] {
        let mut trial = Trial::new(&format!("xml:lang='fr' {version}"));
        let before = opened(&trial);
        assert_eq!(before.as_ref().map(StreamOpen::major_version), Some(1));
        trial.send("<stream:features/>", 0);
        trial.log();
        trial.request(101, "xmpp:restart='true'", "", 1);
        assert_eq!(opened(&trial), before);
    }
    let mut trial = open("xmpp:version='1.0'");
    trial.request(101, "xmpp:restart='true' xmpp:version='0.9'", "", 1);
    assert_eq!(opened(&trial).and_then(|open| open.version).as_deref(), Some("0.9"));
}

#[test]
fn a_client_ends_its_session() {
    let mut trial = open("");
    trial.request(101, "", "", 1);
    trial.request(102, "", "", 9);
    trial.request(103, "type='terminate'", "<presence type='unavailable'/>", 10);
    assert_eq!(trial.log(), ["1:", ">presence", "2:terminate", "3:terminate", "Client"]);
    trial.request(104, "", "", 11);
    assert_eq!(trial.log(), ["4:terminate"]);
    assert_eq!(trial.session.next_deadline(), None);
}

#[test]
fn the_server_ends_a_session_with_what_there_is_to_say() {
    let mut trial = open("");
    trial.session.send(b"<stream:error/>").unwrap();
    trial.session.close(Some(Terminal::RemoteStreamError), 1_000, &mut trial.actions);
    assert_eq!(trial.log(), ["Server"]);
    trial.request(101, "", "", 2);
    assert_eq!(trial.log(), ["1:terminate remote-stream-error <error>"]);
}

#[test]
fn a_session_without_requests_ends() {
    let mut trial = open("");
    assert_eq!(trial.session.next_deadline(), Some(30_000));
    trial.session.tick(29_999, &mut trial.actions);
    assert!(trial.log().is_empty());
    trial.session.tick(30_000, &mut trial.actions);
    assert_eq!(trial.log(), ["Inactive"]);
}

#[test]
fn a_pause_frees_all_requests_and_lasts() {
    let mut trial = open("");
    trial.request(101, "", "", 1);
    trial.request(102, "pause='100'", "", 2);
    assert_eq!(trial.log(), ["1:", "2:"]);
    assert_eq!(trial.session.next_deadline(), Some(102_000));
    trial.request(103, "", "", 90);
    trial.send("<a xmlns='urn:x'/>", 91);
    assert_eq!(trial.session.next_deadline(), Some(121_000));
}

#[test]
fn rules_are_kept_by_the_client() {
    // Beyond the window.
    let mut trial = open("");
    trial.request(103, "", "", 1);
    assert_eq!(trial.log(), ["3:terminate item-not-found", "Violation(ItemNotFound)"]);
    // Too many at once.
    let mut trial = open("");
    trial.request(101, "", "", 1);
    trial.request(103, "", "", 10);
    trial.request(102, "", "", 20);
    assert_eq!(trial.log()[..2], ["2:terminate policy-violation", "1:terminate policy-violation"]);
    // Empty, again and again.
    let mut trial = open("");
    trial.request(101, "", "", 1);
    trial.request(102, "", "", 5);
    assert_eq!(trial.log().last().unwrap(), "Violation(PolicyViolation)");
    // Polling too often.
    let mut trial = Trial::with(body("to='localhost' rid='100' wait='0' hold='1'", ""));
    trial.send("<stream:features/>", 0);
    trial.request(101, "", "", 1);
    trial.request(102, "", "", 6);
    trial.log();
    trial.request(103, "", "", 10);
    assert_eq!(trial.log().last().unwrap(), "Violation(PolicyViolation)");
}

#[test]
fn output_is_bounded() {
    let mut trial = open("");
    assert_eq!(trial.session.send(&[b' '; 1_000]), Ok(()));
    assert_eq!(trial.session.send(b" "), Err(OutputFull));
}

#[test]
fn keys_are_checked() {
    // SHA-1 of "b" and of "a".
    let (of_b, of_a) = ("e9d71f5ee7c92d6dc9e92ffdad17b8bd49418f98", "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8");
    let mut trial = open(&format!("newkey='{of_b}'"));
    trial.request(101, &format!("key='b' newkey='{of_a}'"), "<message/>", 1);
    assert_eq!(trial.log(), [">message"]);
    trial.request(102, "key='a'", "<message/>", 2);
    assert_eq!(trial.log(), [">message", "1:"]);
    // A copy without the key does not get the response.
    let mut stolen = open(&format!("newkey='{of_b}'"));
    stolen.request(101, "key='b'", "", 1);
    stolen.send("<message/>", 1);
    stolen.log();
    stolen.request(101, "", "", 2);
    assert_eq!(stolen.log(), ["1:terminate item-not-found", "Violation(ItemNotFound)"]);
    trial.request(103, "key='c'", "<message/>", 3);
    assert_eq!(trial.log()[0], "3:terminate item-not-found");
}

#[test]
fn bad_bodies_are_refused() {
    for text in [
        "",
        "<body/>",
        "<a xmlns='http://jabber.org/protocol/httpbind' rid='1'/>",
        "<body xmlns='http://jabber.org/protocol/httpbind'/>",
        "<body xmlns='http://jabber.org/protocol/httpbind' rid='-1'/>",
        "<body xmlns='http://jabber.org/protocol/httpbind' rid='9007199254740992'/>",
        "<body xmlns='http://jabber.org/protocol/httpbind' rid='1' wait='x'/>",
        "<body xmlns='http://jabber.org/protocol/httpbind' rid=''/>",
    ] {
        assert_eq!(Body::parse(text, &Limits::default()), Err(Terminal::BadRequest), "{text}");
    }
}

#[test]
fn the_type_of_the_responses_is_one_of_xml_whatever_the_client_asks_for() {
    let content = |wanted: &str| {
        let body = format!("<body xmlns='http://jabber.org/protocol/httpbind' rid='1' content='{wanted}'/>");
        Body::parse(&body, &Limits::default()).unwrap().content
    };
    for xml in ["text/xml", "text/xml; charset=utf-8", "Application/XML;charset=UTF-8"] {
        assert_eq!(content(xml).as_deref(), Some(xml));
    }
    for other in [
        "text/html",
        "text/html; charset=utf-8",
        "application/xhtml+xml",
        "image/svg+xml",
        "text/plain",
        "text/xml; charset=utf-7",
        "text/xml, text/html",
        "text/xml&#13;&#10;X: y",
        "xml",
        "",
    ] {
        assert_eq!(content(other), None, "{other}");
    }
}
