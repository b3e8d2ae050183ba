//! Logging in, by SASL and SASL2.

use super::*;
use parterre_xmpp::FullJid;

/// The client's side of SCRAM-SHA-256(-PLUS), by the password `pencil`.
fn scram_final(challenge: &Element, header: &[u8], bare: &str) -> String {
    use parterre_xmpp::sasl::digest::Hash;
    let server_first = String::from_utf8(BASE64.decode(challenge.content().as_ref()).unwrap()).unwrap();
    let value = |key: &str| server_first.split(',').find_map(|part| part.strip_prefix(key)).unwrap().to_owned();
    let (nonce, salt, rounds) = (value("r="), BASE64.decode(value("s=")).unwrap(), value("i=").parse().unwrap());
    let without_proof = format!("c={},r={nonce}", BASE64.encode(header));
    let salted = Hash::Sha256.hi(b"pencil", &salt, rounds);
    let key = Hash::Sha256.hmac(&salted, b"Client Key");
    let message = format!("{bare},{server_first},{without_proof}");
    let signature = Hash::Sha256.hmac(&Hash::Sha256.digest(&key), message.as_bytes());
    let proof: Vec<u8> = key.iter().zip(signature).map(|(key, signature)| key ^ signature).collect();
    BASE64.encode(format!("{without_proof},p={}", BASE64.encode(proof)))
}

#[tokio::test]
async fn an_account_proves_its_password_bound_to_the_channel() {
    let mut negotiation = negotiation(Connection { bindings: TLS, ..websocket() }).await;
    open(&mut negotiation, "parterre.example").await;
    let first = BASE64.encode("p=tls-exporter,,n=romeo,r=abc");
    let more = "<bind xmlns='urn:xmpp:bind:0'><enable xmlns='urn:xmpp:carbons:2'/></bind>";
    let challenge = ask(&mut negotiation, &authenticate("SCRAM-SHA-256-PLUS", &first, more)).await;
    assert!(challenge.is("challenge", ns::SASL2));
    let header = [b"p=tls-exporter,,".as_slice(), &[5; 32]].concat();
    let last = scram_final(&challenge, &header, "n=romeo,r=abc");
    let out = send(&mut negotiation, &format!("<response xmlns='urn:xmpp:sasl:2'>{last}</response>")).await;
    let [Output::Bind(request)] = out.as_slice() else { panic!("{out:?}") };
    assert!(request.carbons && request.identity.jid.to_string() == "romeo@parterre.example");
    let out = negotiation.bound(&FullJid::new("romeo@parterre.example/x").unwrap(), Vec::new());
    let [Output::Send(success), Output::Send(features)] = out.as_slice() else { panic!("{out:?}") };
    let data = BASE64.decode(success.field_text("additional-data").unwrap().as_ref()).unwrap();
    assert!(data.starts_with(b"v="));
    assert!(success.has("bound", ns::BIND2) && features.has("sm", ns::SM));
}

#[tokio::test]
async fn a_hidden_channel_binding_and_an_unknown_user_fail() {
    let mut negotiation = negotiation(Connection { bindings: TLS, ..websocket() }).await;
    open(&mut negotiation, "parterre.example").await;
    let out = ask(&mut negotiation, &auth("SCRAM-SHA-256", &BASE64.encode("y,,n=romeo,r=abc"))).await;
    assert_eq!(condition(&out), "not-authorized");
    let challenge = ask(&mut negotiation, &auth("SCRAM-SHA-256", &BASE64.encode("n,,n=nobody,r=abc"))).await;
    let last = scram_final(&challenge, b"n,,", "n=nobody,r=abc");
    let out =
        ask(&mut negotiation, &format!("<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{last}</response>")).await;
    assert_eq!(condition(&out), "not-authorized");
}

#[tokio::test]
async fn a_refused_token_is_explained_and_the_client_may_try_again() {
    let mut negotiation = negotiation(websocket()).await;
    open(&mut negotiation, "parterre.example").await;
    let message = |token: &str| BASE64.encode(format!("n,,\u{1}auth=Bearer {token}\u{1}\u{1}"));
    let challenge = ask(&mut negotiation, &auth("OAUTHBEARER", &message("x.y.z"))).await;
    assert_eq!(challenge.content(), BASE64.encode(r#"{"status":"invalid_token"}"#));
    let out = ask(&mut negotiation, "<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>AQ==</response>").await;
    assert_eq!(condition(&out), "not-authorized");
    let token = token(r#"{"sub":"romeo","exp":1800000000,"nick":"R"}"#);
    let out = send(&mut negotiation, &auth("OAUTHBEARER", &message(&token))).await;
    assert_eq!(out.last(), Some(&Output::ExpectRestart));
    assert_eq!(negotiation.identity.as_ref().and_then(|identity| identity.nick.as_deref()), Some("R"));
}

#[tokio::test]
async fn too_many_failures_end_the_stream() {
    let mut negotiation = configured(websocket(), |config| config.limits.login_attempts = 3).await;
    open(&mut negotiation, "parterre.example").await;
    let expected =
        [(auth("PLAIN", &plain("romeo", "wrong")), "not-authorized"), (auth("X-UNKNOWN", ""), "invalid-mechanism")];
    for (attempt, expected) in expected {
        assert_eq!(condition(&ask(&mut negotiation, &attempt).await), expected);
    }
    let out = send(&mut negotiation, &auth("PLAIN", "not base64")).await;
    let [Output::Send(failed), Output::Fail(error)] = out.as_slice() else { panic!("{out:?}") };
    assert_eq!((condition(failed), error.condition), ("incorrect-encoding", StreamCondition::PolicyViolation));
    assert_eq!(negotiation.auth.metrics.logins_rejected.get(), 3);
}

#[tokio::test]
async fn an_attempt_can_be_aborted() {
    let mut negotiation = negotiation(websocket()).await;
    open(&mut negotiation, "parterre.example").await;
    assert_xml(
        &ask(&mut negotiation, &auth("PLAIN", "")).await,
        "<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
    );
    let out = ask(&mut negotiation, "<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>").await;
    assert_xml(&out, "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><aborted/></failure>");
    ask(&mut negotiation, "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'/>").await;
    let out = ask(&mut negotiation, "<abort xmlns='urn:xmpp:sasl:2'><text>no</text></abort>").await;
    assert_xml(&out, "<failure xmlns='urn:xmpp:sasl:2'><aborted xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/></failure>");
}

#[tokio::test]
async fn nothing_comes_between_the_steps_of_an_attempt() {
    for xml in [
        "<presence xmlns='jabber:client'/>",
        "<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
        "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'/>",
    ] {
        let mut negotiation = negotiation(websocket()).await;
        open(&mut negotiation, "parterre.example").await;
        ask(&mut negotiation, "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'/>").await;
        failure(&send(&mut negotiation, xml).await);
    }
}

#[tokio::test]
async fn a_login_holds_for_its_domain_and_for_whom_the_stream_named() {
    let mut negotiation = negotiation(websocket()).await;
    open(&mut negotiation, "anon.parterre.example").await;
    send(&mut negotiation, &auth("ANONYMOUS", "")).await;
    let out = negotiation.feed(Input::Open(to("parterre.example"))).await;
    assert_eq!(failure(&out), "policy-violation");

    let mut negotiation = self::negotiation(websocket()).await;
    let from = StreamOpen { from: Some("juliet@parterre.example".into()), ..to("parterre.example") };
    negotiation.feed(Input::Open(from)).await;
    let acting = BASE64.encode("romeo@parterre.example\0romeo\0pencil");
    assert_eq!(condition(&ask(&mut negotiation, &authenticate("PLAIN", &acting, "")).await), "invalid-authzid");

    // Net::XMPP (Perl) names the domain only.
    let mut negotiation = self::negotiation(websocket()).await;
    let from = StreamOpen { from: Some("parterre.example".into()), ..to("parterre.example") };
    negotiation.feed(Input::Open(from)).await;
    let auth = auth("PLAIN", &acting);
    assert_eq!(send(&mut negotiation, &auth).await.last(), Some(&Output::ExpectRestart));
}
