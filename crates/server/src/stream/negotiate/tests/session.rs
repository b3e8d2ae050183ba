//! From a login to a session.

use super::*;
use parterre_xmpp::{Condition, FullJid, StanzaError};

#[tokio::test]
async fn an_anonymous_viewer_gets_in_as_conversejs_does() {
    let mut negotiation = negotiation(websocket()).await;
    let features = open(&mut negotiation, "anon.parterre.example").await;
    assert_xml(
        &features,
        "<stream:features xmlns:stream='http://etherx.jabber.org/streams'>\
         <mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>ANONYMOUS</mechanism></mechanisms>\
         <authentication xmlns='urn:xmpp:sasl:2'><mechanism>ANONYMOUS</mechanism><inline>\
         <bind xmlns='urn:xmpp:bind:0'><inline><feature var='urn:xmpp:sm:3'/><feature var='urn:xmpp:csi:0'/></inline></bind>\
         <sm xmlns='urn:xmpp:sm:3'/></inline></authentication></stream:features>",
    );
    let out = send(&mut negotiation, &auth("ANONYMOUS", "")).await;
    assert_eq!(out, [Output::Send(Element::new("success", ns::SASL)), Output::ExpectRestart]);
    assert_xml(
        &open(&mut negotiation, "anon.parterre.example").await,
        "<stream:features xmlns:stream='http://etherx.jabber.org/streams'>\
         <bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><required/></bind>\
         <sm xmlns='urn:xmpp:sm:3'/><csi xmlns='urn:xmpp:csi:0'/></stream:features>",
    );
    let out = send(
        &mut negotiation,
        "<iq xmlns='jabber:client' type='set' id='b1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
    )
    .await;
    let [Output::Bind(request)] = out.as_slice() else { panic!("{out:?}") };
    assert!(request.identity.anonymous && !request.by_client && !request.resource.as_str().is_empty());
    let jid = request.identity.jid.with_resource(&request.resource);
    assert_eq!(jid.domain(), "anon.parterre.example");
    assert_xml(
        &one(negotiation.bound(&jid, Vec::new())),
        &format!(
            "<iq xmlns='jabber:client' type='result' id='b1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>{jid}</jid></bind></iq>"
        ),
    );
    assert_eq!(negotiation.feed(Input::Open(to("anon.parterre.example"))).await, []);
}

#[tokio::test]
async fn an_anonymous_viewer_gets_in_at_one_stroke() {
    let mut negotiation = negotiation(websocket()).await;
    open(&mut negotiation, "anon.parterre.example").await;
    let bind = "<bind xmlns='urn:xmpp:bind:0'><tag>parterre</tag><enable xmlns='urn:xmpp:sm:3' resume='true'/>\
                <enable xmlns='urn:xmpp:carbons:2'/><inactive xmlns='urn:xmpp:csi:0'/></bind>\
                <user-agent id='d4565fa7-4d72-4749-b3d3-740edbf87770'><software>AwesomeXMPP</software></user-agent>";
    let out = send(&mut negotiation, &authenticate("ANONYMOUS", "", bind)).await;
    let [Output::Bind(request)] = out.as_slice() else { panic!("{out:?}") };
    assert!(request.resource.as_str().starts_with("parterre/"), "{:?}", request.resource);
    assert_eq!(request.client.as_deref(), Some("d4565fa7-4d72-4749-b3d3-740edbf87770"));
    assert_eq!(request.enable.as_ref().and_then(|enable| enable.get("resume")), Some("true"));
    assert_eq!((request.carbons, request.inactive), (false, true));
    let jid = request.identity.jid.with_resource(&request.resource);
    let out = negotiation.bound(&jid, vec![Element::new("enabled", ns::SM).with("id", "x")]);
    let [Output::Send(success), Output::Send(features)] = out.as_slice() else { panic!("{out:?}") };
    assert_xml(
        success,
        &format!(
            "<success xmlns='urn:xmpp:sasl:2'><authorization-identifier>{jid}</authorization-identifier>\
             <bound xmlns='urn:xmpp:bind:0'><enabled xmlns='urn:xmpp:sm:3' id='x'/></bound></success>"
        ),
    );
    assert_eq!(features.children().map(Element::name).collect::<Vec<_>>(), ["csi"]);
}

#[tokio::test]
async fn sasl2_without_bind_goes_on_without_a_restart() {
    let mut negotiation = negotiation(websocket()).await;
    open(&mut negotiation, "parterre.example").await;
    let out = send(&mut negotiation, &authenticate("PLAIN", &plain("romeo", "pencil"), "")).await;
    let [Output::Send(success), Output::Send(features)] = out.as_slice() else { panic!("{out:?}") };
    assert_xml(
        success,
        "<success xmlns='urn:xmpp:sasl:2'><authorization-identifier>romeo@parterre.example</authorization-identifier></success>",
    );
    assert!(features.has("bind", ns::BIND));
    let again = send(&mut negotiation, &authenticate("PLAIN", &plain("romeo", "pencil"), "")).await;
    assert_eq!(failure(&again), "policy-violation");
}

#[tokio::test]
async fn a_session_is_resumed_along_with_the_login() {
    let resume = "<resume xmlns='urn:xmpp:sm:3' previd='some-id' h='7'/><bind xmlns='urn:xmpp:bind:0'/>";
    for found in [true, false] {
        let mut negotiation = negotiation(websocket()).await;
        open(&mut negotiation, "parterre.example").await;
        let out = send(&mut negotiation, &authenticate("PLAIN", &plain("romeo", "pencil"), resume)).await;
        let [Output::Resume(request)] = out.as_slice() else { panic!("{out:?}") };
        assert_eq!((request.previd.as_str(), request.h), ("some-id", 7));
        let jid = FullJid::new("romeo@parterre.example/old").unwrap();
        if found {
            let out = one(negotiation.resumed(&jid, Element::new("resumed", ns::SM).with("h", "3")));
            assert_xml(
                &out,
                "<success xmlns='urn:xmpp:sasl:2'>\
                 <authorization-identifier>romeo@parterre.example/old</authorization-identifier>\
                 <resumed xmlns='urn:xmpp:sm:3' h='3'/></success>",
            );
            continue;
        }
        let out = negotiation.resume_failed(Element::new("failed", ns::SM));
        assert!(matches!(out.as_slice(), [Output::Bind(_)]), "{out:?}");
        let out = negotiation.bound(&jid, Vec::new());
        let [Output::Send(success), Output::Send(_)] = out.as_slice() else { panic!("{out:?}") };
        let names: Vec<_> = success.children().map(Element::name).collect();
        assert_eq!(names, ["authorization-identifier", "failed", "bound"]);
    }
}

/// A stream on which `romeo` has logged in, at the point of binding.
async fn logged_in() -> Negotiation {
    let mut negotiation = negotiation(websocket()).await;
    open(&mut negotiation, "parterre.example").await;
    send(&mut negotiation, &auth("PLAIN", &plain("romeo", "pencil"))).await;
    open(&mut negotiation, "parterre.example").await;
    negotiation
}

fn bind(resource: &str) -> String {
    format!(
        "<iq xmlns='jabber:client' type='set' id='1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
         <resource>{resource}</resource></bind></iq>"
    )
}

#[tokio::test]
async fn a_chosen_resource_may_be_refused_and_another_tried() {
    let mut negotiation = logged_in().await;
    let refused = ask(&mut negotiation, &bind("\u{e000}")).await;
    assert!(refused.to_xml().contains("bad-request"), "{refused}");
    let out = send(&mut negotiation, &bind("balcony")).await;
    let [Output::Bind(request)] = out.as_slice() else { panic!("{out:?}") };
    assert_eq!((request.resource.as_str(), request.by_client), ("balcony", true));
    let refused = one(negotiation.bind_refused(&StanzaError::new(Condition::Conflict)));
    assert_eq!((refused.get("type"), refused.get("id")), (Some("error"), Some("1")));
    assert!(matches!(send(&mut negotiation, &bind("garden")).await.as_slice(), [Output::Bind(_)]));
}

#[tokio::test]
async fn before_binding_only_what_leads_there_is_answered() {
    let mut negotiation = logged_in().await;
    let session =
        "<iq xmlns='jabber:client' type='set' id='2'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>";
    assert_xml(&ask(&mut negotiation, session).await, "<iq xmlns='jabber:client' type='result' id='2'/>");
    let failed = ask(&mut negotiation, "<enable xmlns='urn:xmpp:sm:3'/>").await;
    assert_eq!(condition(&failed), "unexpected-request");
    let failed = ask(&mut negotiation, "<resume xmlns='urn:xmpp:sm:3' previd='x' h='-1'/>").await;
    assert_eq!(condition(&failed), "bad-request");
    let out = send(&mut negotiation, "<resume xmlns='urn:xmpp:sm:3' previd='x' h='1'/>").await;
    assert!(matches!(out.as_slice(), [Output::Resume(_)]));
    assert_eq!(one(negotiation.resume_failed(Element::new("failed", ns::SM))).name(), "failed");
    assert_eq!(failure(&send(&mut negotiation, "<presence xmlns='jabber:client'/>").await), "not-authorized");
}

#[tokio::test]
async fn a_bind_that_fails_after_sasl2_fails_the_login() {
    let mut negotiation = negotiation(websocket()).await;
    open(&mut negotiation, "parterre.example").await;
    let login = authenticate("PLAIN", &plain("romeo", "pencil"), "<bind xmlns='urn:xmpp:bind:0'/>");
    send(&mut negotiation, &login).await;
    let refused = one(negotiation.bind_refused(&StanzaError::new(Condition::ResourceConstraint)));
    assert!(refused.is("failure", ns::SASL2) && condition(&refused) == "temporary-auth-failure");
    assert!(matches!(send(&mut negotiation, &login).await.as_slice(), [Output::Bind(_)]));
}

#[tokio::test]
async fn a_tag_that_cannot_be_in_a_resource_is_left_out() {
    let long = "x".repeat(65);
    for tag in ["", " ", "\u{e000}", long.as_str()] {
        let mut negotiation = negotiation(websocket()).await;
        open(&mut negotiation, "anon.parterre.example").await;
        let bind = format!("<bind xmlns='urn:xmpp:bind:0'><tag>{tag}</tag></bind><user-agent id='me'/>");
        let out = send(&mut negotiation, &authenticate("ANONYMOUS", "", &bind)).await;
        let [Output::Bind(request)] = out.as_slice() else { panic!("{out:?}") };
        assert!(!request.resource.as_str().contains('/') && request.client.is_none(), "{:?}", request.resource);
    }
}
