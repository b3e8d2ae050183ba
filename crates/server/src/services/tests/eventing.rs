//! Personal eventing: bookmarks, nicknames, avatars.

use super::*;

/// SHA-1 of `GIF89a`.
const GIF: &str = "25c9b37ae36a0a08318d4dca7ca57ea98d776821";
const CAPS: &str =
    "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='clix' ver='jC32N+FhQoLrZ7nNQtZK3aqR0Fk='/>";

fn can_do(to: &str, wants: &str) -> String {
    format!(
        "<iq id='disco' type='result' to='{to}'><query xmlns='http://jabber.org/protocol/disco#info' \
         node='clix#jC32N+FhQoLrZ7nNQtZK3aqR0Fk='><identity type='console' name='clix' category='client'/>\
         <feature var='http://jabber.org/protocol/disco#items'/><feature var='http://jabber.org/protocol/disco#info'/>\
         <feature var='http://jabber.org/protocol/caps'/><feature var='{wants}+notify'/></query></iq>"
    )
}

fn publish(node: &str, item: &str, options: &[(&str, &str)]) -> String {
    let field = |(var, value): &(&str, &str)| format!("<field var='pubsub#{var}'><value>{value}</value></field>");
    let fields = options.iter().map(field).collect::<Vec<_>>().concat();
    let options = if options.is_empty() {
        String::new()
    } else {
        format!(
            "<publish-options><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'>\
             <value>http://jabber.org/protocol/pubsub#publish-options</value></field>{fields}</x></publish-options>"
        )
    };
    format!(
        "<iq type='set' id='x'><pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='{node}'>{item}</publish>\
         {options}</pubsub></iq>"
    )
}

fn items(to: &str, node: &str) -> String {
    format!(
        "<iq type='get' id='x'{to}><pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='{node}'/></pubsub></iq>"
    )
}

const BOOKMARKS: &[(&str, &str)] = &[
    ("persist_items", "true"),
    ("max_items", "255"),
    ("send_last_published_item", "never"),
    ("access_model", "whitelist"),
];

#[tokio::test]
async fn a_client_is_asked_once_and_gets_the_newest_item() {
    let stage = Stage::new();
    let romeo = stage.enter("romeo@d/r").await;
    let nick = "<item id='current'><nickname xmlns='http://jabber.org/protocol/nick'>R</nickname></item>";
    let answer = romeo.asks(&publish("http://jabber.org/protocol/nick", nick, &[])).await;
    assert_eq!(
        answer.to_xml(),
        "<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='http://jabber.org/protocol/nick'>\
         <item id='current'/></publish></pubsub>"
    );
    romeo.sends(&format!("<presence>{CAPS}</presence>")).await;
    romeo.gets(
        "<iq type='get' id='disco' from='romeo@d' to='romeo@d/r'><query xmlns='http://jabber.org/protocol/disco#info' \
         node='clix#jC32N+FhQoLrZ7nNQtZK3aqR0Fk='/></iq>",
    );
    assert_eq!(romeo.next().name(), "presence");
    romeo.sends(&can_do("romeo@d", "http://jabber.org/protocol/nick")).await;
    romeo.gets(&format!(
        "<message to='romeo@d/r' type='headline' from='romeo@d'><event xmlns='http://jabber.org/protocol/pubsub#event'>\
         <items node='http://jabber.org/protocol/nick'>{nick}</items></event></message>"
    ));
    let again = stage.enter("romeo@d/again").await;
    again.sends(&format!("<presence>{CAPS}</presence>")).await;
    assert_eq!(again.next().name(), "presence", "the server knows this client by its hash");
    assert_eq!(again.next().name(), "presence");
    assert_eq!(again.next().name(), "message");
}

#[tokio::test]
async fn a_hash_that_lies_is_believed_for_the_session_alone() {
    let stage = Stage::new();
    for resource in ["romeo@d/one", "romeo@d/two"] {
        let romeo = stage.enter(resource).await;
        romeo.sends(&format!("<presence>{CAPS}</presence>")).await;
        assert_eq!(romeo.next().get("id"), Some("disco"));
        romeo.forgets();
        romeo.sends(&can_do("romeo@d", "urn:of:another:client")).await;
        romeo.asks(&publish("urn:of:another:client", "<item><a xmlns='a'/></item>", &[])).await;
        assert_eq!(romeo.next().name(), "message");
        romeo.leaves().await;
    }
}

#[tokio::test]
async fn bookmarks_are_published_and_taken_back() {
    let stage = Stage::new();
    let juliet = stage.enter("juliet@d/b").await;
    juliet.sends(&format!("<presence>{CAPS}</presence>")).await;
    juliet.sends(&can_do("juliet@d", "urn:xmpp:bookmarks:1")).await;
    juliet.forgets();
    let play =
        "<item id='play@room.d'><conference xmlns='urn:xmpp:bookmarks:1' name='The Play' autojoin='true'/></item>";
    juliet.sends(&publish("urn:xmpp:bookmarks:1", play, BOOKMARKS)).await;
    juliet.gets(&format!(
        "<message to='juliet@d/b' type='headline' from='juliet@d'><event xmlns='http://jabber.org/protocol/pubsub#event'>\
         <items node='urn:xmpp:bookmarks:1'>{play}</items></event></message>"
    ));
    assert_eq!(juliet.next().get("type"), Some("result"));
    let orchard = play.replace("play@", "orchard@");
    juliet.sends(&publish("urn:xmpp:bookmarks:1", &orchard, BOOKMARKS)).await;
    juliet.forgets();
    juliet
        .sends("<iq type='set' id='x'><pubsub xmlns='http://jabber.org/protocol/pubsub'><retract node='urn:xmpp:bookmarks:1' notify='1'><item id='play@room.d'/></retract></pubsub></iq>")
        .await;
    juliet.gets(
        "<message to='juliet@d/b' type='headline' from='juliet@d'><event xmlns='http://jabber.org/protocol/pubsub#event'>\
         <items node='urn:xmpp:bookmarks:1'><retract id='play@room.d'/></items></event></message>",
    );
    juliet.gets("<iq type='result' id='x' to='juliet@d/b'/>");
    let kept = juliet.asks(&items("", "urn:xmpp:bookmarks:1")).await;
    let ids: Vec<_> = kept.children().next().unwrap().children().filter_map(|item| item.get("id")).collect();
    assert_eq!(ids, ["orchard@room.d"]);
    assert_eq!(juliet.is_refused(&items("", "storage:bookmarks")).await, "item-not-found");
    let other = [("access_model", "open")];
    assert_eq!(juliet.is_refused(&publish("urn:xmpp:bookmarks:1", play, &other)).await, "conflict");
}

#[tokio::test]
async fn who_may_read_a_node_is_as_it_says() {
    let stage = Stage::new();
    let (romeo, juliet) = (stage.enter("romeo@d/r").await, stage.enter("juliet@d/j").await);
    let viewer = stage.enter("v@anon.d/1").await;
    for access in ["open", "presence", "whitelist"] {
        romeo.asks(&publish(access, "<item id='1'><a xmlns='a'/></item>", &[("access_model", access)])).await;
    }
    let to = " to='romeo@d'";
    assert_eq!(viewer.asks(&items(to, "open")).await.name(), "pubsub");
    assert_eq!(viewer.is_refused(&items(to, "presence")).await, "not-authorized");
    assert_eq!(juliet.is_refused(&items(to, "presence")).await, "not-authorized");
    assert_eq!(juliet.is_refused(&items(to, "whitelist")).await, "not-allowed");
    assert_eq!(juliet.is_refused(&items(to, "none")).await, "item-not-found");
    romeo.is_ready().await;
    juliet.sends(&format!("<presence>{CAPS}</presence>")).await;
    juliet.sends(&can_do("juliet@d", "presence")).await;
    befriend(&romeo, &juliet).await;
    assert_eq!(juliet.asks(&items(to, "presence")).await.name(), "pubsub");
    assert_eq!(juliet.is_refused(&items(to, "whitelist")).await, "not-allowed");
    romeo.asks(&publish("presence", "<item id='1'><b xmlns='b'/></item>", &[])).await;
    assert!(juliet.next().to_xml().contains("<b xmlns='b'/>"));
    romeo.asks(&publish("whitelist", "<item id='1'><b xmlns='b'/></item>", &[])).await;
    juliet.gets_nothing();
    let intruder = publish("open", "<item id='1'><b xmlns='b'/></item>", &[]).replace("id='x'", "id='x' to='romeo@d'");
    assert_eq!(juliet.is_refused(&intruder).await, "forbidden");
}

#[tokio::test]
async fn nodes_and_items_are_bounded() {
    let stage = Stage::with(Limits { pep_nodes: 2, pep_items: 3, pep_bytes: 300, ..Limits::default() });
    let romeo = stage.enter("romeo@d/r").await;
    let max = [("max_items", "max")];
    for id in 0..5 {
        romeo.asks(&publish("a", &format!("<item id='{id}'><a xmlns='a'/></item>"), &max)).await;
    }
    let kept = romeo.asks(&items("", "a")).await;
    let ids: Vec<_> = kept.children().next().unwrap().children().filter_map(|item| item.get("id")).collect();
    assert_eq!(ids, ["2", "3", "4"]);
    let large = format!("<item><a xmlns='a'>{}</a></item>", "x".repeat(400));
    assert_eq!(romeo.is_refused(&publish("a", &large, &max)).await, "resource-constraint");
    romeo.asks(&publish("b", "<item><a xmlns='a'/></item>", &[])).await;
    assert_eq!(romeo.is_refused(&publish("c", "<item><a xmlns='a'/></item>", &[])).await, "resource-constraint");
    assert_eq!(romeo.is_refused(&publish("a", "", &[])).await, "bad-request");
    assert_eq!(romeo.is_refused(&publish("", "<item/>", &[])).await, "bad-request");
}

#[tokio::test]
async fn an_owner_configures_empties_and_deletes_a_node() {
    let stage = Stage::new();
    let romeo = stage.enter("romeo@d/r").await;
    let owner = |kind: &str, inner: &str| {
        format!(
            "<iq type='{kind}' id='x'><pubsub xmlns='http://jabber.org/protocol/pubsub#owner'>{inner}</pubsub></iq>"
        )
    };
    assert_eq!(romeo.is_refused(&owner("get", "<configure node='a'/>")).await, "item-not-found");
    romeo.asks(&publish("a", "<item id='1'><a xmlns='a'/></item>", &[])).await;
    let form = romeo.asks(&owner("get", "<configure node='a'/>")).await;
    assert!(form.to_xml().contains("<value>presence</value>"));
    romeo
        .asks(&owner(
            "set",
            "<configure node='a'><x xmlns='jabber:x:data' type='submit'>\
             <field var='pubsub#access_model'><value>open</value></field></x></configure>",
        ))
        .await;
    romeo.asks(&publish("a", "<item id='1'><a xmlns='a'/></item>", &[("access_model", "open")])).await;
    romeo.asks(&owner("set", "<purge node='a'/>")).await;
    assert_eq!(romeo.asks(&items("", "a")).await.children().next().unwrap().children().count(), 0);
    romeo.asks(&owner("set", "<delete node='a'/>")).await;
    assert_eq!(romeo.is_refused(&items("", "a")).await, "item-not-found");
}

#[tokio::test]
async fn an_open_avatar_is_the_picture_of_the_vcard() {
    let stage = Stage::new();
    let romeo = stage.enter("romeo@d/r").await;
    let hash = "3e8eb41d24b8e43d10b6e4c7bc3b0dd8d1f4c7fb";
    let open = [("access_model", "open")];
    let data = |id: &str| format!("<item id='{id}'><data xmlns='urn:xmpp:avatar:data'>R0lGODlh</data></item>");
    let metadata = |id: &str| {
        format!(
            "<item id='{id}'><metadata xmlns='urn:xmpp:avatar:metadata'><info bytes='6' id='{id}' type='image/gif'/></metadata></item>"
        )
    };
    let vcard = "<iq type='get' id='x'><vCard xmlns='vcard-temp'/></iq>";
    romeo.asks(&publish("urn:xmpp:avatar:data", &data(hash), &open)).await;
    romeo.asks(&publish("urn:xmpp:avatar:metadata", &metadata(hash), &open)).await;
    assert_eq!(romeo.asks(vcard).await.children().count(), 0, "the id is not the picture's hash");
    let hash = GIF;
    romeo.asks(&publish("urn:xmpp:avatar:data", &data(hash), &open)).await;
    romeo.asks(&publish("urn:xmpp:avatar:metadata", &metadata(hash), &open)).await;
    assert_eq!(
        romeo.asks(vcard).await.to_xml(),
        "<vCard xmlns='vcard-temp'><PHOTO><TYPE>image/gif</TYPE><BINVAL>R0lGODlh</BINVAL></PHOTO></vCard>"
    );
    romeo.sends("<presence/>").await;
    assert_eq!(romeo.next().find("x", ns::VCARD_UPDATE).unwrap().field_text("photo").as_deref(), Some(hash));
    let none = "<item id='none'><metadata xmlns='urn:xmpp:avatar:metadata'/></item>";
    romeo.asks(&publish("urn:xmpp:avatar:metadata", none, &open)).await;
    assert_eq!(romeo.asks(vcard).await.to_xml(), "<vCard xmlns='vcard-temp'/>");
    romeo.forgets();
    romeo.sends("<presence/>").await;
    assert!(!romeo.next().has("x", ns::VCARD_UPDATE), "no picture, no <photo/>");
}
