//! Rosters, block lists, private storage, vCards.

use super::*;

#[tokio::test]
async fn a_roster_is_changed_answered_and_pushed_in_that_order() {
    let stage = Stage::new();
    let romeo = stage.enter("romeo@d/r").await;
    romeo.asks("<iq type='get' id='x'><query xmlns='jabber:iq:roster'/></iq>").await;
    romeo
        .sends("<iq type='set' id='1'><query xmlns='jabber:iq:roster'><item jid='nurse@d' name='Nurse'><group>S</group></item></query></iq>")
        .await;
    romeo.gets("<iq type='result' id='1' to='romeo@d/r'/>");
    let item = "<item jid='nurse@d' name='Nurse' subscription='none'><group>S</group></item>";
    romeo.gets(&format!(
        "<iq to='romeo@d/r' type='set' id='roster-1'><query xmlns='jabber:iq:roster' ver='1'>{item}</query></iq>"
    ));
    let query = romeo.asks("<iq type='get' id='x'><query xmlns='jabber:iq:roster'/></iq>").await;
    assert_eq!(query.to_xml(), format!("<query xmlns='jabber:iq:roster' ver='1'>{item}</query>"));
    romeo
        .sends("<iq type='set' id='2'><query xmlns='jabber:iq:roster'><item jid='nurse@d' subscription='remove'/></query></iq>")
        .await;
    romeo.gets("<iq type='result' id='2' to='romeo@d/r'/>");
    assert!(romeo.next().to_xml().contains("<item jid='nurse@d' subscription='remove'/>"));
    let known = romeo.asks("<iq type='get' id='x'><query xmlns='jabber:iq:roster' ver='2'/></iq>").await;
    assert_eq!(known.name(), "nothing", "the client has it already");
}

#[tokio::test]
async fn a_roster_outlives_the_server_and_has_its_bounds() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let limits = Limits { roster_items: 2, ..Limits::default() };
    let set = |item: &str| format!("<iq type='set' id='x'><query xmlns='jabber:iq:roster'>{item}</query></iq>");
    {
        let stage = Stage::over(store.clone(), limits.clone());
        let romeo = stage.enter("romeo@d/r").await;
        romeo.asks(&set("<item jid='nurse@d'/>")).await;
        romeo.asks(&set("<item jid='friar@d' name='Laurence'/>")).await;
        assert_eq!(romeo.is_refused(&set("<item jid='paris@d'/>")).await, "resource-constraint");
        for (item, condition) in [
            ("<item jid='nurse@d'><group/></item>", "not-acceptable"),
            ("<item jid='nurse@d'><group>a</group><group>a</group></item>", "bad-request"),
            ("<item jid='nurse@d'/><item jid='friar@d'/>", "bad-request"),
            ("<item jid='romeo@d'/>", "not-allowed"),
            ("<item/>", "bad-request"),
            ("<item jid='paris@d' subscription='remove'/>", "item-not-found"),
        ] {
            assert_eq!(romeo.is_refused(&set(item)).await, condition, "{item}");
        }
    }
    let stage = Stage::over(store, limits);
    let romeo = stage.enter("romeo@d/r").await;
    let query = romeo.asks("<iq type='get' id='x'><query xmlns='jabber:iq:roster'/></iq>").await;
    assert_eq!(query.get("ver"), Some("2"));
    assert_eq!(query.children().filter_map(|item| item.get("jid")).collect::<Vec<_>>(), ["friar@d", "nurse@d"]);
}

#[tokio::test]
async fn an_account_of_a_name_that_was_removed_begins_with_nothing() {
    let stage = Stage::new();
    stage.has_account("romeo").await;
    let query = "<iq type='get' id='x'><query xmlns='jabber:iq:roster'/></iq>";
    let first = stage.enter("romeo@d/r").await;
    first.asks("<iq type='set' id='x'><query xmlns='jabber:iq:roster'><item jid='juliet@d'/></query></iq>").await;
    first.asks("<iq type='set' id='x'><block xmlns='urn:xmpp:blocking'><item jid='tybalt@d'/></block></iq>").await;
    let beside = stage.enter("romeo@d/beside").await;
    assert_eq!(beside.asks(query).await.children().count(), 1);
    first.leaves().await;
    beside.leaves().await;
    assert!(stage.store.remove_account("romeo").await.unwrap());
    stage.has_account("romeo").await;
    let second = stage.enter("romeo@d/r").await;
    let roster = second.asks(query).await;
    assert_eq!((roster.get("ver"), roster.children().count()), (Some("1"), 0));
    let blocked = second.asks("<iq type='get' id='x'><blocklist xmlns='urn:xmpp:blocking'/></iq>").await;
    assert_eq!(blocked.children().count(), 0);
}

#[tokio::test]
async fn removing_a_contact_ends_what_both_saw() {
    let stage = Stage::new();
    let (romeo, juliet) = (stage.enter("romeo@d/r").await, stage.enter("juliet@d/j").await);
    romeo.is_ready().await;
    juliet.is_ready().await;
    befriend(&romeo, &juliet).await;
    juliet
        .asks("<iq type='set' id='x'><query xmlns='jabber:iq:roster'><item jid='romeo@d' subscription='remove'/></query></iq>")
        .await;
    romeo.gets("<presence type='unavailable' from='juliet@d/j' to='romeo@d'/>");
    let roster = romeo.asks("<iq type='get' id='x'><query xmlns='jabber:iq:roster'/></iq>").await;
    assert_eq!(roster.children().next().unwrap().get("subscription"), Some("none"));
}

#[tokio::test]
async fn who_is_blocked_is_not_heard_and_sees_nobody() {
    let stage = Stage::new();
    let (romeo, juliet) = (stage.enter("romeo@d/r").await, stage.enter("juliet@d/j").await);
    romeo.is_ready().await;
    juliet.is_ready().await;
    befriend(&romeo, &juliet).await;
    romeo.asks("<iq type='get' id='x'><blocklist xmlns='urn:xmpp:blocking'/></iq>").await;
    romeo.sends("<iq type='set' id='1'><block xmlns='urn:xmpp:blocking'><item jid='juliet@d'/></block></iq>").await;
    romeo.gets("<iq type='result' id='1' to='romeo@d/r'/>");
    romeo.gets(
        "<iq to='romeo@d/r' type='set' id='blocking'><block xmlns='urn:xmpp:blocking'><item jid='juliet@d'/></block></iq>",
    );
    juliet.gets("<presence type='unavailable' from='romeo@d/r' to='juliet@d'/>");
    romeo.sends("<message type='chat' to='juliet@d'><body>hello?</body></message>").await;
    let error = romeo.next();
    let error = error.find("error", ns::CLIENT).unwrap();
    assert_eq!(error.get("type"), Some("cancel"));
    assert!(error.has("not-acceptable", ns::STANZA_ERRORS) && error.has("blocked", ns::BLOCKING_ERRORS));
    juliet.sends("<message type='chat' to='romeo@d'><body>x</body></message>").await;
    assert!(juliet.next().find("error", ns::CLIENT).unwrap().has("service-unavailable", ns::STANZA_ERRORS));
    for iq in [
        "<iq type='get' id='x' to='romeo@d'><vCard xmlns='vcard-temp'/></iq>",
        "<iq type='get' id='x' to='romeo@d/r'><query xmlns='jabber:iq:version'/></iq>",
    ] {
        assert_eq!(juliet.is_refused(iq).await, "service-unavailable");
    }
    juliet.sends("<presence><show>away</show></presence>").await;
    juliet.sends("<presence to='romeo@d/r'/>").await;
    juliet.sends("<presence to='romeo@d' type='subscribe'/>").await;
    romeo.gets_nothing();
    juliet.forgets();
    let jid = Jid::new("juliet@d").unwrap();
    assert!(stage.services.refuses(&romeo.asker, &jid, &Element::message("chat")).await.is_err());

    romeo.sends("<iq type='set' id='2'><unblock xmlns='urn:xmpp:blocking'><item jid='juliet@d'/></unblock></iq>").await;
    romeo.gets("<iq type='result' id='2' to='romeo@d/r'/>");
    assert_eq!(romeo.next().get("id"), Some("blocking"));
    juliet
        .gets("<presence from='romeo@d/r' to='juliet@d'><delay xmlns='urn:xmpp:delay' from='d' stamp='*'/></presence>");
    juliet.sends("<message type='chat' to='romeo@d'><body>x</body></message>").await;
    assert_eq!(romeo.next().name(), "message");
}

#[tokio::test]
async fn private_storage_gives_back_what_it_was_given() {
    let stage = Stage::with(Limits { private_items: 1, ..Limits::default() });
    let romeo = stage.enter("romeo@d/r").await;
    let iq = |kind: &str, inner: &str| {
        format!("<iq type='{kind}' id='x'><query xmlns='jabber:iq:private'>{inner}</query></iq>")
    };
    let empty = romeo.asks(&iq("get", "<exodus xmlns='exodus:prefs'/>")).await;
    assert_eq!(empty.to_xml(), "<query xmlns='jabber:iq:private'><exodus xmlns='exodus:prefs'/></query>");
    let prefs = "<exodus xmlns='exodus:prefs'><defaultnick>Hamlet</defaultnick></exodus>";
    romeo.asks(&iq("set", prefs)).await;
    let kept = romeo.asks(&iq("get", "<exodus xmlns='exodus:prefs'/>")).await;
    assert_eq!(kept.to_xml(), format!("<query xmlns='jabber:iq:private'>{prefs}</query>"));
    assert_eq!(romeo.is_refused(&iq("set", "<other xmlns='x'/>")).await, "resource-constraint");
    assert_eq!(romeo.is_refused(&iq("set", "")).await, "not-acceptable");
}

#[tokio::test]
async fn bookmarks_are_the_same_in_both_forms() {
    let stage = Stage::new();
    let romeo = stage.enter("romeo@d/r").await;
    let iq = |kind: &str, inner: &str| {
        format!("<iq type='{kind}' id='x'><query xmlns='jabber:iq:private'>{inner}</query></iq>")
    };
    romeo
        .asks(&iq(
            "set",
            "<storage xmlns='storage:bookmarks'><conference jid='play@room.d' name='Play' autojoin='true'><nick>JC</nick></conference>\
             <conference jid='orchard@room.d'/><url name='W' url='https://w.example'/></storage>",
        ))
        .await;
    let items = romeo
        .asks("<iq type='get' id='x'><pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:bookmarks:1'/></pubsub></iq>")
        .await;
    let items: Vec<_> = items.children().next().unwrap().children().map(ToString::to_string).collect();
    assert_eq!(
        items[0],
        "<item xmlns='http://jabber.org/protocol/pubsub' id='play@room.d'>\
         <conference xmlns='urn:xmpp:bookmarks:1' name='Play' autojoin='true'><nick>JC</nick></conference></item>"
    );
    assert_eq!(items.len(), 2);
    romeo
        .asks("<iq type='set' id='x'><pubsub xmlns='http://jabber.org/protocol/pubsub'><retract node='urn:xmpp:bookmarks:1'><item id='play@room.d'/></retract></pubsub></iq>")
        .await;
    let storage = romeo.asks(&iq("get", "<storage xmlns='storage:bookmarks'/>")).await;
    assert_eq!(
        storage.to_xml(),
        "<query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'><conference jid='orchard@room.d'/>\
         <url name='W' url='https://w.example'/></storage></query>"
    );
    romeo.asks(&iq("set", "<storage xmlns='storage:bookmarks'/>")).await;
    let storage = romeo.asks(&iq("get", "<storage xmlns='storage:bookmarks'/>")).await;
    assert_eq!(storage.children().next().unwrap().children().count(), 0);
}

#[tokio::test]
async fn a_vcard_is_for_everybody_and_its_picture_is_an_avatar() {
    let stage = Stage::with(Limits { vcard_bytes: 300, ..Limits::default() });
    let (romeo, juliet) = (stage.enter("romeo@d/r").await, stage.enter("juliet@d/j").await);
    romeo.is_ready().await;
    juliet.is_ready().await;
    befriend(&romeo, &juliet).await;
    let get = "<iq type='get' id='x' to='romeo@d'><vCard xmlns='vcard-temp'/></iq>";
    assert_eq!(juliet.asks(get).await.to_xml(), "<vCard xmlns='vcard-temp'/>");
    let vcard = "<vCard xmlns='vcard-temp'><FN>Romeo</FN><PHOTO><TYPE>image/gif</TYPE><BINVAL>\nR0lG\nODlh</BINVAL></PHOTO></vCard>";
    romeo.asks(&format!("<iq type='set' id='x'>{vcard}</iq>")).await;
    assert_eq!(juliet.asks(get).await.to_xml(), vcard.replace('\n', "&#10;"));
    let presence = juliet.next();
    let hash = presence.find("x", ns::VCARD_UPDATE).unwrap().field_text("photo").unwrap().into_owned();
    assert_eq!(hash, "25c9b37ae36a0a08318d4dca7ca57ea98d776821", "SHA-1 of GIF89a");
    let items = juliet
        .asks("<iq type='get' id='x' to='romeo@d'><pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:avatar:metadata'/></pubsub></iq>")
        .await
        .to_xml();
    assert!(items.contains(&format!("<info bytes='6' id='{hash}' type='image/gif'/>")), "{items}");
    let long = "x".repeat(400);
    assert_eq!(
        romeo
            .is_refused(&format!("<iq type='set' id='x'><vCard xmlns='vcard-temp'><FN>{long}</FN></vCard></iq>"))
            .await,
        "policy-violation"
    );
    romeo.forgets();
    romeo.asks("<iq type='set' id='x'><vCard xmlns='vcard-temp'><FN>Romeo</FN></vCard></iq>").await;
    juliet.gets("<presence from='romeo@d/r' to='juliet@d'/>");
}

#[tokio::test]
async fn a_person_of_the_site_has_the_picture_that_the_site_says() {
    let stage = Stage::new();
    let person = Person { nick: Some("Romeo".into()), avatar: Some("https://site.example/a.png".into()) };
    let romeo = stage.enter_as("romeo@d/r", Some(person)).await;
    let viewer = stage.enter("v@anon.d/1").await;
    let expected = "<vCard xmlns='vcard-temp'><FN>Romeo</FN><NICKNAME>Romeo</NICKNAME>\
                    <PHOTO><EXTVAL>https://site.example/a.png</EXTVAL></PHOTO></vCard>";
    assert_eq!(
        viewer.asks("<iq type='get' id='x' to='romeo@d'><vCard xmlns='vcard-temp'/></iq>").await.to_xml(),
        expected
    );
    assert_eq!(romeo.asks("<iq type='get' id='x'><vCard xmlns='vcard-temp'/></iq>").await.to_xml(), expected);
    assert_eq!(romeo.is_refused("<iq type='set' id='x'><vCard xmlns='vcard-temp'/></iq>").await, "not-allowed");
}
