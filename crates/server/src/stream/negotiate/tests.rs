//! Scripts of elements in and out, by the part of the negotiation that they are about.

mod login;
mod session;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::*;
use crate::auth::tests::{authenticator, token};
use crate::config::Config;

const TLS: ChannelBindings = ChannelBindings { exporter: Some([5; 32]), server_end_point: None };

fn websocket() -> Connection {
    Connection {
        address: None,
        secure: true,
        tcp: false,
        starttls: StartTls::Absent,
        bindings: ChannelBindings::default(),
    }
}

fn tcp(starttls: StartTls) -> Connection {
    Connection { secure: false, tcp: true, starttls, ..websocket() }
}

async fn negotiation(connection: Connection) -> Negotiation {
    configured(connection, |_| {}).await
}

async fn configured(connection: Connection, change: impl FnOnce(&mut Config)) -> Negotiation {
    Negotiation::new(Arc::new(authenticator(change).await), connection, [9; 32])
}

fn to(domain: &str) -> StreamOpen {
    StreamOpen { to: Some(domain.into()), version: Some("1.0".into()), ..StreamOpen::default() }
}

/// Opens the stream and gives the features.
async fn open(negotiation: &mut Negotiation, domain: &str) -> Element {
    match negotiation.feed(Input::Open(to(domain))).await.as_slice() {
        [Output::Open { from, .. }, Output::Send(features)] if from == domain => features.clone(),
        other => panic!("{other:?}"),
    }
}

async fn send(negotiation: &mut Negotiation, xml: &str) -> Vec<Output> {
    negotiation.feed(Input::Element(xml.parse().unwrap())).await
}

/// Sends an element that is answered by one.
async fn ask(negotiation: &mut Negotiation, xml: &str) -> Element {
    one(send(negotiation, xml).await)
}

fn one(outputs: Vec<Output>) -> Element {
    match <[Output; 1]>::try_from(outputs) {
        Ok([Output::Send(element)]) => element,
        other => panic!("{other:?}"),
    }
}

fn failure(outputs: &[Output]) -> &'static str {
    match outputs {
        [.., Output::Fail(error)] => error.condition.as_str(),
        other => panic!("{other:?}"),
    }
}

fn assert_xml(element: &Element, xml: &str) {
    let expected: Element = xml.parse().unwrap();
    assert_eq!(element.to_xml(), expected.to_xml());
}

fn plain(user: &str, password: &str) -> String {
    BASE64.encode(format!("\0{user}\0{password}"))
}

fn auth(mechanism: &str, response: &str) -> String {
    format!("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='{mechanism}'>{response}</auth>")
}

fn authenticate(mechanism: &str, response: &str, more: &str) -> String {
    format!(
        "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='{mechanism}'>\
         <initial-response>{response}</initial-response>{more}</authenticate>"
    )
}

fn condition(element: &Element) -> &str {
    element.children().next().map_or("", Element::name)
}

#[tokio::test]
async fn tls_comes_first_where_it_is_required() {
    let mut negotiation = negotiation(tcp(StartTls::Required)).await;
    assert_xml(
        &open(&mut negotiation, "parterre.example").await,
        "<stream:features xmlns:stream='http://etherx.jabber.org/streams'>\
         <starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>",
    );
    let refused = ask(&mut negotiation, &auth("PLAIN", &plain("romeo", "pencil"))).await;
    assert_eq!(condition(&refused), "encryption-required");
    let out = send(&mut negotiation, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>").await;
    assert_eq!(out, [Output::Send(Element::new("proceed", ns::TLS)), Output::StartTls]);
    assert_eq!(negotiation.feed(Input::Secured(TLS)).await, []);
    let features = open(&mut negotiation, "parterre.example").await;
    let names: Vec<_> = features.children().map(Element::name).collect();
    assert_eq!(names, ["sasl-channel-binding", "mechanisms", "authentication"]);
    assert_xml(
        features.find("sasl-channel-binding", ns::SASL_CB).unwrap(),
        "<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'><channel-binding type='tls-exporter'/></sasl-channel-binding>",
    );
    let mechanisms: Vec<_> =
        features.find("mechanisms", ns::SASL).unwrap().children().map(|m| m.content().into_owned()).collect();
    assert_eq!(mechanisms[0], "SCRAM-SHA-256-PLUS");
    send(&mut negotiation, &auth("PLAIN", &plain("romeo", "pencil"))).await;
    let features = open(&mut negotiation, "parterre.example").await;
    assert!(features.find("session", ns::SESSION).unwrap().has("optional", ns::SESSION));
}

#[tokio::test]
async fn without_tls_no_secret_is_asked_for() {
    let mut negotiation = negotiation(tcp(StartTls::Offered)).await;
    let features = open(&mut negotiation, "parterre.example").await;
    let names: Vec<_> = features.children().map(Element::name).collect();
    assert_eq!(names, ["starttls", "mechanisms"]);
    let refused = ask(&mut negotiation, &auth("PLAIN", &plain("romeo", "pencil"))).await;
    assert_eq!(condition(&refused), "encryption-required");
}

#[tokio::test]
async fn tls_that_there_is_not_cannot_be_begun() {
    let mut negotiation = negotiation(tcp(StartTls::Absent)).await;
    open(&mut negotiation, "parterre.example").await;
    let out = send(&mut negotiation, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>").await;
    assert_eq!(out, [Output::Send(Element::new("failure", ns::TLS)), Output::Close]);
}

#[tokio::test]
async fn streams_that_cannot_be_served_are_answered_and_closed() {
    let open = |to: Option<&str>, from: Option<&str>, version: Option<&str>| StreamOpen {
        to: to.map(str::to_owned),
        from: from.map(str::to_owned),
        version: version.map(str::to_owned),
        ..StreamOpen::default()
    };
    for (open, condition) in [
        (open(Some("other.example"), None, Some("1.0")), "host-unknown"),
        (open(Some("room.parterre.example"), None, Some("1.0")), "host-unknown"),
        (open(None, None, Some("1.0")), "improper-addressing"),
        (open(Some("parterre.example"), None, None), "unsupported-version"),
        (open(Some("parterre.example"), None, Some("0.9")), "unsupported-version"),
        (open(Some("parterre.example"), Some("romeo@other.example"), Some("1.0")), "invalid-from"),
    ] {
        let out = negotiation(websocket()).await.feed(Input::Open(open)).await;
        assert!(matches!(out.first(), Some(Output::Open { from, .. }) if from == "parterre.example"), "{out:?}");
        assert_eq!(failure(&out), condition);
    }
}

#[tokio::test]
async fn who_has_not_logged_in_sends_no_stanzas() {
    for (xml, condition) in [
        ("<message xmlns='jabber:client' to='x@y'/>", "not-authorized"),
        ("<iq xmlns='jabber:client' type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>", "not-authorized"),
        ("<resume xmlns='urn:xmpp:sm:3' previd='x' h='1'/>", "policy-violation"),
        ("<x xmlns='urn:example:unknown'/>", "unsupported-stanza-type"),
    ] {
        let mut negotiation = negotiation(websocket()).await;
        open(&mut negotiation, "parterre.example").await;
        assert_eq!(failure(&send(&mut negotiation, xml).await), condition, "{xml}");
        assert_eq!(send(&mut negotiation, xml).await, []);
    }
    let mut unopened = negotiation(websocket()).await;
    assert_eq!(failure(&send(&mut unopened, "<presence xmlns='jabber:client'/>").await), "bad-format");
}
