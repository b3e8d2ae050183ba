//! What the server says of itself, to people with accounts and to anonymous ones.

use super::*;

fn features(query: &Element) -> Vec<&str> {
    query.children().filter(|child| child.name() == "feature").filter_map(|feature| feature.get("var")).collect()
}

#[tokio::test]
async fn an_anonymous_viewer_gets_the_cheapest_right_answers() {
    let stage = Stage::new();
    let viewer = stage.enter("v@anon.d/1").await;
    let iq = |to: &str, inner: &str| format!("<iq type='get' id='x'{to}>{inner}</iq>");
    let disco = "<query xmlns='http://jabber.org/protocol/disco#info'/>";
    let info = viewer.asks(&iq(" to='anon.d'", disco)).await;
    for costly in [ns::CARBONS, ns::BLOCKING, ns::REGISTER, ns::PUBSUB] {
        assert!(!features(&info).contains(&costly), "{costly} costs a round trip for nothing");
    }
    assert!(features(&info).contains(&ns::PING));
    let items = "<query xmlns='http://jabber.org/protocol/disco#items'/>";
    assert_eq!(viewer.asks(&iq(" to='anon.d'", items)).await.children().count(), 0);
    assert_eq!(viewer.asks(&iq("", "<vCard xmlns='vcard-temp'/>")).await.to_xml(), "<vCard xmlns='vcard-temp'/>");
    assert_eq!(
        viewer.asks(&iq("", "<query xmlns='jabber:iq:roster'/>")).await.to_xml(),
        "<query xmlns='jabber:iq:roster'/>"
    );
    let reactions = "<pubsub xmlns='http://jabber.org/protocol/pubsub'>\
                     <items node='urn:xmpp:reactions:popular:0' max_items='1'/></pubsub>";
    assert_eq!(viewer.is_refused(&iq(" to='v@anon.d'", reactions)).await, "item-not-found");
    assert_eq!(viewer.asks(&iq(" to='anon.d'", "<ping xmlns='urn:xmpp:ping'/>")).await.name(), "nothing");
    let caps = "<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n' ver='v'/></presence>";
    viewer.sends(caps).await;
    assert_eq!(viewer.next().name(), "presence", "it comes back, and nobody asks what the client can do");
    viewer.gets_nothing();
    let set = "<iq type='set' id='x'><vCard xmlns='vcard-temp'/></iq>";
    assert_eq!(viewer.is_refused(set).await, "not-allowed");
    viewer.sends("<presence to='juliet@d' type='subscribe'/>").await;
    assert_eq!(viewer.next().get("type"), Some("error"));
    assert!(stage.store.kinds("v").await.unwrap().is_empty(), "nothing is kept of it");
}

#[tokio::test]
async fn the_server_says_what_it_is() {
    let stage = Stage::new();
    let romeo = stage.enter("romeo@d/r").await;
    let iq = |to: &str, inner: &str| format!("<iq type='get' id='x' to='{to}'>{inner}</iq>");
    let info = romeo.asks(&iq("d", "<query xmlns='http://jabber.org/protocol/disco#info'/>")).await;
    assert!(features(&info).contains(&ns::CARBONS) && features(&info).contains(&ns::BLOCKING));
    assert!(!features(&info).contains(&ns::MAM));
    let contacts = info.find("x", ns::DATA).unwrap().to_xml();
    assert!(contacts.contains("<field var='admin-addresses'") && contacts.contains("<value>xmpp:admin@d</value>"));
    let caps = stage.services.stream_features().remove(0);
    let node = format!("{}#{}", caps.get("node").unwrap(), caps.get("ver").unwrap());
    assert_eq!(super::super::caps::hash(&info).as_deref(), caps.get("ver"));
    let same =
        romeo.asks(&iq("d", &format!("<query xmlns='http://jabber.org/protocol/disco#info' node='{node}'/>"))).await;
    assert_eq!(features(&same), features(&info));
    let version = romeo.asks(&iq("d", "<query xmlns='jabber:iq:version'/>")).await;
    assert_eq!(version.field_text("name").as_deref(), Some("Parterre"));
    let time = romeo.asks(&iq("d", "<time xmlns='urn:xmpp:time'/>")).await;
    assert!(parterre_xmpp::Timestamp::parse(&time.field_text("utc").unwrap()).is_some());
    let uptime = romeo.asks(&iq("d", "<query xmlns='jabber:iq:last'/>")).await;
    assert!(uptime.get("seconds").unwrap().parse::<u32>().is_ok());
    romeo.sends("<presence/>").await;
    romeo.sends("<presence type='unavailable'><status>Goodbye</status></presence>").await;
    romeo.forgets();
    let last = romeo.asks("<iq type='get' id='x'><query xmlns='jabber:iq:last'/></iq>").await;
    assert_eq!((last.content().as_ref(), last.get("seconds").is_some()), ("Goodbye", true));
}

#[tokio::test]
async fn public_rooms_are_listed_page_by_page() {
    let stage = Stage::new();
    let romeo = stage.enter("romeo@d/r").await;
    let items = |set: &str| {
        format!(
            "<iq type='get' id='x' to='room.d'><query xmlns='http://jabber.org/protocol/disco#items'>{set}</query></iq>"
        )
    };
    let hosts =
        romeo.asks("<iq type='get' id='x' to='d'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>").await;
    assert_eq!(hosts.children().next().unwrap().get("jid"), Some("room.d"));
    let all = romeo.asks(&items("")).await;
    assert_eq!(
        all.to_xml(),
        "<query xmlns='http://jabber.org/protocol/disco#items'><item jid='gallery@room.d' name='The Gallery'/>\
         <item jid='stalls@room.d' name='stalls'/></query>"
    );
    let rsm = |inner: &str| items(&format!("<set xmlns='http://jabber.org/protocol/rsm'>{inner}</set>"));
    for (set, jid, index) in [
        ("<max>1</max>", "gallery@room.d", "0"),
        ("<max>1</max><after>gallery@room.d</after>", "stalls@room.d", "1"),
        ("<max>1</max><before/>", "stalls@room.d", "1"),
        ("<max>5</max><before>stalls@room.d</before>", "gallery@room.d", "0"),
    ] {
        let page = romeo.asks(&rsm(set)).await;
        assert_eq!(page.children().next().unwrap().get("jid"), Some(jid), "{set}");
        let answer = page.find("set", ns::RSM).unwrap();
        assert_eq!(answer.find_own("first").unwrap().get("index"), Some(index), "{set}");
        assert_eq!(answer.field_text("count").as_deref(), Some("2"));
        assert_eq!(page.children().count(), 2, "{set}");
    }
    let count = romeo.asks(&rsm("<max>0</max>")).await;
    assert_eq!(count.children().count(), 1);
}

#[tokio::test]
async fn every_question_has_one_answer_and_no_answer_has_any() {
    let stage = Stage::new();
    let romeo = stage.enter("romeo@d/r").await;
    let _juliet = stage.enter("juliet@d/j").await;
    let payload = "<unheard xmlns='urn:unheard'/>";
    for to in [
        "",
        " to='romeo@d'",
        " to='d'",
        " to='anon.d'",
        " to='room.d'",
        " to='juliet@d'",
        " to='nobody@d'",
        " to='d/x'",
    ] {
        for kind in ["get", "set"] {
            let condition = romeo.is_refused(&format!("<iq type='{kind}' id='x'{to}>{payload}</iq>")).await;
            assert_eq!(condition, "service-unavailable", "{kind}{to}");
        }
        for kind in ["result", "error"] {
            romeo.sends(&format!("<iq type='{kind}' id='x'{to}>{payload}</iq>")).await;
            romeo.gets_nothing();
        }
    }
    assert_eq!(
        romeo.is_refused(&format!("<iq type='get' id='x' to='a@elsewhere'>{payload}</iq>")).await,
        "remote-server-not-found"
    );
    assert_eq!(romeo.is_refused("<iq type='get' id='x'/>").await, "bad-request");
    assert_eq!(romeo.is_refused(&format!("<iq type='odd' id='x'>{payload}</iq>")).await, "bad-request");
    let register = "<iq type='set' id='x'><query xmlns='jabber:iq:register'><remove/></query></iq>";
    assert_eq!(romeo.is_refused(register).await, "not-allowed");
    let archive = "<iq type='set' id='x'><query xmlns='urn:xmpp:mam:2'/></iq>";
    assert_eq!(romeo.is_refused(archive).await, "service-unavailable");
}

#[tokio::test]
async fn an_account_shows_what_it_can_do_to_those_who_may_know() {
    let stage = Stage::new();
    let (romeo, juliet) = (stage.enter("romeo@d/r").await, stage.enter("juliet@d/j").await);
    let info =
        |to: &str| format!("<iq type='get' id='x'{to}><query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
    let own = romeo.asks(&info("")).await;
    let kinds: Vec<_> = own.children().filter_map(|child| child.get("type")).collect();
    assert_eq!(kinds, ["registered", "pep"]);
    assert!(features(&own).contains(&"http://jabber.org/protocol/pubsub#publish-options"));
    assert!(features(&own).contains(&"urn:xmpp:bookmarks:1#compat"));
    assert_eq!(juliet.is_refused(&info(" to='romeo@d'")).await, "service-unavailable");
    romeo.is_ready().await;
    juliet.is_ready().await;
    befriend(&romeo, &juliet).await;
    assert_eq!(juliet.asks(&info(" to='romeo@d'")).await.children().next().unwrap().get("category"), Some("account"));
    let guest = stage.enter_as("guest@d/g", Some(Person::default())).await;
    let own = guest.asks(&info("")).await;
    assert!(!own.to_xml().contains("pubsub"), "a visitor from the site publishes nothing");
}
