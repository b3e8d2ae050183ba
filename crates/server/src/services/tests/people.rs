//! Presence, subscriptions, messages and their copies.

use super::*;

#[tokio::test]
async fn messages_reach_whom_they_are_for() {
    let stage = Stage::new();
    let romeo = stage.enter("user@d/r").await;
    let laptop = stage.enter("juliet@d/laptop").await;
    let phone = stage.enter("juliet@d/mobile").await;
    romeo.sends("<presence/>").await;
    romeo.gets("<presence from='user@d/r' to='user@d/r'/>");
    romeo.sends("<message to='juliet@d/laptop' type='chat'><body>Hello!</body></message>").await;
    laptop.gets("<message to='juliet@d/laptop' type='chat' from='user@d/r'><body>Hello!</body></message>");
    romeo.sends("<message to='juliet@d' type='chat'><body>Are you there?</body></message>").await;
    laptop.gets_nothing();
    phone.gets_nothing();
    phone.sends("<presence/>").await;
    phone.gets("<presence from='juliet@d/mobile' to='juliet@d/mobile'/>");
    phone.gets(
        "<message to='juliet@d' type='chat' from='user@d/r'><body>Are you there?</body>\
         <delay xmlns='urn:xmpp:delay' from='d' stamp='*'/></message>",
    );
    laptop.sends("<presence><priority>-1</priority></presence>").await;
    phone.gets("<presence from='juliet@d/laptop' to='juliet@d/mobile'><priority>-1</priority></presence>");
    laptop.gets("<presence from='juliet@d/laptop' to='juliet@d/laptop'><priority>-1</priority></presence>");
    laptop.gets("<presence from='juliet@d/mobile' to='juliet@d/laptop'/>");
    romeo.sends("<message to='juliet@d' type='chat'><body>How are you?</body></message>").await;
    phone.gets("<message to='juliet@d' type='chat' from='user@d/r'><body>How are you?</body></message>");
    laptop.gets_nothing();
    romeo.gets_nothing();
}

#[tokio::test]
async fn what_cannot_be_delivered_is_answered_by_its_kind() {
    let stage = Stage::new();
    let romeo = stage.enter("romeo@d/r").await;
    let _juliet = stage.enter("juliet@d/b").await;
    for (message, condition) in [
        ("<message to='nobody@d' type='chat'><body>x</body></message>", "service-unavailable"),
        ("<message to='juliet@d/gone'><body>x</body></message>", "service-unavailable"),
        ("<message to='juliet@d' type='groupchat'><body>x</body></message>", "service-unavailable"),
        ("<message to='juliet@elsewhere' type='chat'><body>x</body></message>", "remote-server-not-found"),
        ("<message to='d'><body>x</body></message>", "service-unavailable"),
    ] {
        romeo.sends(message).await;
        let error = romeo.next();
        assert_eq!(error.get("type"), Some("error"));
        let error = error.find("error", ns::CLIENT).unwrap();
        assert!(error.has(condition, ns::STANZA_ERRORS), "{message} -> {error}");
    }
    for silent in [
        "<message to='juliet@d/gone' type='headline'><body>x</body></message>",
        "<message to='nobody@d' type='error'><body>x</body></message>",
        "<message to='juliet@d' type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>",
        "<presence to='nobody@d' type='subscribe'/>",
    ] {
        romeo.sends(silent).await;
        assert!(silent.contains("subscribe") || romeo.inbox.stanzas.lock().unwrap().is_empty(), "{silent}");
    }
}

#[tokio::test]
async fn an_account_that_is_away_is_kept_so_much_and_no_more() {
    let stage = Stage::with(Limits { offline_messages: 2, ..Limits::default() });
    stage.enter("juliet@d/b").await.is_ready().await;
    let juliet = stage.enter("juliet@d/b").await;
    let romeo = stage.enter("romeo@d/r").await;
    for _ in 0..2 {
        romeo.sends("<message to='juliet@d' type='chat'><body>x</body></message>").await;
        romeo.gets_nothing();
    }
    romeo.sends("<message to='juliet@d' type='chat'><body>x</body></message>").await;
    assert_eq!(romeo.next().get("type"), Some("error"));
    juliet.sends("<presence/>").await;
    assert_eq!(juliet.inbox.stanzas.lock().unwrap().len(), 3, "its own presence and two messages");
}

#[tokio::test]
async fn the_handshake_is_that_of_the_rfc() {
    let stage = Stage::new();
    let romeo = stage.enter("romeo@d/orchard").await;
    let juliet = stage.enter("juliet@d/balcony").await;
    for actor in [&romeo, &juliet] {
        actor.is_ready().await;
        assert_eq!(
            actor.asks("<iq type='get' id='x'><query xmlns='jabber:iq:roster' ver=''/></iq>").await.get("ver"),
            Some("1")
        );
    }
    romeo.sends("<presence type='subscribe' to='juliet@d'/>").await;
    romeo.gets(
        "<iq to='romeo@d/orchard' type='set' id='roster-1'><query xmlns='jabber:iq:roster' ver='1'>\
         <item jid='juliet@d' subscription='none' ask='subscribe'/></query></iq>",
    );
    romeo.gets("<presence type='unavailable' from='juliet@d' to='romeo@d'/>");
    juliet.gets("<presence type='subscribe' to='juliet@d' from='romeo@d'/>");
    juliet.sends("<presence type='subscribed' to='romeo@d'/>").await;
    juliet.gets(
        "<iq to='juliet@d/balcony' type='set' id='roster-2'><query xmlns='jabber:iq:roster' ver='2'>\
         <item jid='romeo@d' subscription='from'/></query></iq>",
    );
    romeo.gets("<presence type='subscribed' to='romeo@d' from='juliet@d'/>");
    romeo.gets(
        "<iq to='romeo@d/orchard' type='set' id='roster-2'><query xmlns='jabber:iq:roster' ver='2'>\
         <item jid='juliet@d' subscription='to'/></query></iq>",
    );
    romeo.gets(
        "<presence from='juliet@d/balcony' to='romeo@d'><delay xmlns='urn:xmpp:delay' from='d' stamp='*'/></presence>",
    );
    juliet.sends("<presence><show>away</show></presence>").await;
    juliet.forgets();
    romeo.gets("<presence from='juliet@d/balcony' to='romeo@d'><show>away</show></presence>");
    juliet.sends("<presence type='unsubscribed' to='romeo@d'/>").await;
    romeo.gets("<presence type='unsubscribed' to='romeo@d' from='juliet@d'/>");
    assert_eq!(romeo.next().get("type"), Some("set"));
    romeo.gets("<presence type='unavailable' from='juliet@d/balcony' to='romeo@d'/>");
    romeo.gets_nothing();
}

#[tokio::test]
async fn a_request_waits_whole_until_it_is_answered() {
    let stage = Stage::new();
    let _known = stage.enter("bob@d/old").await;
    let alice = stage.enter("alice@d/a").await;
    alice
        .sends("<presence to='bob@d' type='subscribe'><preauth xmlns='urn:xmpp:pars:0' token='1tMF'/></presence>")
        .await;
    alice.leaves().await;
    for resource in ["bob@d/one", "bob@d/two"] {
        let bob = stage.enter(resource).await;
        bob.sends("<presence/>").await;
        assert_eq!(bob.next().get("from"), Some(resource));
        bob.gets(
            "<presence to='bob@d' type='subscribe' from='alice@d'><preauth xmlns='urn:xmpp:pars:0' token='1tMF'/></presence>",
        );
        bob.leaves().await;
    }
    let bob = stage.enter("bob@d/three").await;
    bob.is_ready().await;
    bob.sends("<presence to='alice@d' type='unsubscribed'/>").await;
    bob.leaves().await;
    let bob = stage.enter("bob@d/four").await;
    bob.sends("<presence/>").await;
    bob.next();
    bob.gets_nothing();
}

#[tokio::test]
async fn a_request_that_was_approved_beforehand_is_granted_at_once() {
    let stage = Stage::new();
    let alice = stage.enter("alice@d/a").await;
    let bob = stage.enter("bob@d/b").await;
    alice.sends("<presence/>").await;
    alice.gets("<presence from='alice@d/a' to='alice@d/a'/>");
    alice.sends("<presence to='bob@d' type='subscribed'/>").await;
    bob.is_ready().await;
    bob.asks("<iq type='get' id='x'><query xmlns='jabber:iq:roster'/></iq>").await;
    bob.sends("<presence to='alice@d' type='subscribe'/>").await;
    assert!(bob.next().to_xml().contains("subscription='none' ask='subscribe'"));
    bob.gets("<presence type='subscribed' from='alice@d' to='bob@d'/>");
    assert!(bob.next().to_xml().contains("subscription='to'"));
    assert_eq!(bob.next().get("from"), Some("alice@d/a"));
    let roster = alice.asks("<iq type='get' id='x'><query xmlns='jabber:iq:roster'/></iq>").await;
    assert_eq!(
        roster.children().next().unwrap().to_xml(),
        "<item xmlns='jabber:iq:roster' jid='bob@d' subscription='from'/>"
    );
}

#[tokio::test]
async fn who_leaves_is_seen_to_leave() {
    let stage = Stage::new();
    let (romeo, juliet) = (stage.enter("romeo@d/r").await, stage.enter("juliet@d/j").await);
    let nurse = stage.enter("nurse@d/n").await;
    for actor in [&romeo, &juliet, &nurse] {
        actor.is_ready().await;
    }
    befriend(&romeo, &juliet).await;
    juliet.sends("<presence to='nurse@d/n'/>").await;
    nurse.gets("<presence to='nurse@d/n' from='juliet@d/j'/>");
    juliet.leaves().await;
    romeo.gets("<presence type='unavailable' from='juliet@d/j' to='romeo@d'/>");
    nurse.gets("<presence type='unavailable' from='juliet@d/j' to='nurse@d/n'/>");
    romeo.sends("<presence type='probe' to='stranger@d'/>").await;
    romeo.gets("<presence type='unsubscribed' from='stranger@d' to='romeo@d'/>");
}

#[tokio::test]
async fn copies_go_to_the_other_sessions_of_both_sides() {
    let stage = Stage::new();
    let garden = stage.enter("romeo@d/garden").await;
    let home = stage.enter("romeo@d/home").await;
    let juliet = stage.enter("juliet@d/balcony").await;
    for actor in [&garden, &home, &juliet] {
        actor.is_ready().await;
        actor.asks("<iq type='set' id='x'><enable xmlns='urn:xmpp:carbons:2'/></iq>").await;
    }
    home.forgets();
    garden.forgets();
    garden.sends("<message to='juliet@d/balcony' type='chat'><body>Neither</body></message>").await;
    juliet.next();
    home.gets(
        "<message to='romeo@d/home' from='romeo@d' type='chat'><sent xmlns='urn:xmpp:carbons:2'>\
         <forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' to='juliet@d/balcony' type='chat' \
         from='romeo@d/garden'><body>Neither</body></message></forwarded></sent></message>",
    );
    garden.gets_nothing();
    juliet.sends("<message to='romeo@d/garden' type='chat'><body>What</body></message>").await;
    garden.next();
    assert!(home.next().has("received", ns::CARBONS));
    juliet
        .sends("<message to='romeo@d/garden' type='chat'><body>x</body><private xmlns='urn:xmpp:carbons:2'/></message>")
        .await;
    garden.next();
    home.gets_nothing();
}

#[tokio::test]
async fn what_a_session_never_got_finds_its_account() {
    let stage = Stage::new();
    let (romeo, juliet) = (stage.enter("romeo@d/r").await, stage.enter("juliet@d/j").await);
    romeo.is_ready().await;
    juliet.is_ready().await;
    let asker = juliet.asker.clone();
    let inbox = juliet.inbox.clone();
    let wire = |xml: &str| Arc::new(Wire::addressed(&xml.parse::<Element>().unwrap()));
    let lost = vec![
        wire("<message xmlns='jabber:client' from='romeo@d/r' to='juliet@d/j' type='chat'><body>x</body></message>"),
        wire(
            "<message xmlns='jabber:client' from='a@room.d/n' to='juliet@d/j' type='groupchat'><body>x</body></message>",
        ),
        wire("<iq xmlns='jabber:client' from='romeo@d/r' to='juliet@d/j' type='get' id='1'><q xmlns='x'/></iq>"),
    ];
    juliet.leaves().await;
    stage.services.undelivered(&asker, lost).await;
    let error = romeo.next();
    assert_eq!((error.get("type"), error.get("id"), error.get("from")), (Some("error"), Some("1"), Some("juliet@d/j")));
    romeo.gets_nothing();
    inbox.stanzas.lock().unwrap().clear();
    let juliet = stage.enter("juliet@d/k").await;
    juliet.sends("<presence/>").await;
    juliet.next();
    assert_eq!(juliet.next().field_text("body").as_deref(), Some("x"));
    juliet.gets_nothing();
}
