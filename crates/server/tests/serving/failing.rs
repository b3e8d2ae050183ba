//! A store that fails: nothing is shown that is not kept, be it a change of the room or something said, and the room is
//! what it was.

use parterre::http::Done;
use parterre_room::{Action, Affiliation};
use parterre_xmpp::{BareJid, Element, ns};

use crate::Server;
use crate::client::{Client, Framing};

const OWNER: &str = "http://jabber.org/protocol/muc#owner";
const ADMIN: &str = "http://jabber.org/protocol/muc#admin";

fn iq(id: &str, kind: &str, payload: &str) -> String {
    format!("<iq xmlns='jabber:client' type='{kind}' id='{id}' to='r@room.localhost'>{payload}</iq>")
}

fn configuration(fields: &[(&str, &str)]) -> String {
    let mut form =
        String::from("<field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>");
    for (name, value) in fields {
        form.push_str("<field var='");
        form.push_str(name);
        form.push_str("'><value>");
        form.push_str(value);
        form.push_str("</value></field>");
    }
    format!("<query xmlns='{OWNER}'><x xmlns='jabber:x:data' type='submit'>{form}</x></query>")
}

/// The answer to a request.
async fn asks(client: &mut Client, id: &str, kind: &str, payload: &str) -> Element {
    client.send(&iq(id, kind, payload)).await;
    client.until(|element| element.name() == "iq" && element.get("id") == Some(id)).await
}

fn is_not_kept(answer: &Element) -> bool {
    let error = answer.find("error", ns::CLIENT);
    answer.get("type") == Some("error")
        && error.is_some_and(|error| {
            error.get("type") == Some("wait") && error.has("internal-server-error", ns::STANZA_ERRORS)
        })
}

/// What the room says of itself, as somebody in it is told.
async fn described(client: &mut Client) -> String {
    asks(client, "disco", "get", "<query xmlns='http://jabber.org/protocol/disco#info'/>").await.to_xml()
}

/// Nothing else has come: a round trip to the room brings its answer and no more.
async fn hears_nothing(client: &mut Client) {
    client.send(&iq("nothing", "get", "<ping xmlns='urn:xmpp:ping'/>")).await;
    let next = client.next().await.expect("the connection is over");
    assert_eq!(next.get("id"), Some("nothing"), "{next:?}");
}

/// A lasting room with its owner, Juliet, and Romeo.
async fn house() -> (Server, Client, Client) {
    let server = Server::start(|_| {}).await;
    let mut juliet = server.client(0, Framing::Stream).await;
    let mut romeo = server.client(1, Framing::WebSocket).await;
    juliet.join("r", "juliet").await;
    let fields = [("muc#roomconfig_persistentroom", "1"), ("muc#roomconfig_roomname", "Before")];
    assert_eq!(asks(&mut juliet, "make", "set", &configuration(&fields)).await.get("type"), Some("result"));
    romeo.join("r", "romeo").await;
    juliet.until(|element| element.get("from") == Some("r@room.localhost/romeo")).await;
    for client in [&mut juliet, &mut romeo] {
        client.send(&iq("settled", "get", "<ping xmlns='urn:xmpp:ping'/>")).await;
        client.until(|element| element.get("id") == Some("settled")).await;
    }
    (server, juliet, romeo)
}

#[tokio::test]
async fn a_configuration_that_is_not_kept_never_was() {
    let (server, mut juliet, mut romeo) = house().await;
    let before = described(&mut juliet).await;
    server.store.fail(true);
    let change = configuration(&[("muc#roomconfig_roomname", "After"), ("muc#roomconfig_membersonly", "1")]);
    assert!(is_not_kept(&asks(&mut juliet, "change", "set", &change).await));
    assert_eq!(described(&mut juliet).await, before);
    // Nobody had to leave a room for members, and strangers still come in.
    hears_nothing(&mut romeo).await;
    server.client(0, Framing::Stream).await.join("r", "nurse").await;
    assert_eq!(server.running.server().directory.summary("r").unwrap().title, "Before");
    server.store.fail(false);
    assert_eq!(asks(&mut juliet, "again", "set", &change).await.get("type"), Some("result"));
    assert_ne!(described(&mut juliet).await, before);
    // Romeo, no member, is told that he is out.
    romeo.until(|element| element.get("from") == Some("r@room.localhost/romeo")).await;
}

#[tokio::test]
async fn a_ban_that_is_not_kept_puts_nobody_out() {
    let (server, mut juliet, mut romeo) = house().await;
    server.store.fail(true);
    let account = romeo.jid.split('/').next().unwrap().to_owned();
    let ban = format!("<query xmlns='{ADMIN}'><item affiliation='outcast' jid='{account}'/></query>");
    assert!(is_not_kept(&asks(&mut juliet, "ban", "set", &ban).await));
    hears_nothing(&mut romeo).await;
    hears_nothing(&mut juliet).await;
    server.store.fail(false);
    romeo.say("r", "still here").await;
    assert_eq!(juliet.hears().await, "still here");
    let outcasts = format!("<query xmlns='{ADMIN}'><item affiliation='outcast'/></query>");
    let list = asks(&mut juliet, "list", "get", &outcasts).await;
    assert_eq!(list.find("query", ADMIN).unwrap().children().count(), 0);
}

#[tokio::test]
async fn a_subject_that_is_not_kept_is_told_to_nobody() {
    let (server, mut juliet, mut romeo) = house().await;
    server.store.fail(true);
    let subject = "<message xmlns='jabber:client' type='groupchat' id='s' to='r@room.localhost'><subject>After</subject></message>";
    juliet.send(subject).await;
    assert!(is_not_kept(&juliet.until(|element| element.get("id") == Some("s")).await));
    hears_nothing(&mut romeo).await;
    server.store.fail(false);
    let mut nurse = server.client(0, Framing::Stream).await;
    nurse.send("<presence xmlns='jabber:client' to='r@room.localhost/nurse'><x xmlns='http://jabber.org/protocol/muc'/></presence>").await;
    let told = nurse.until(|element| element.has("subject", ns::CLIENT)).await;
    assert_eq!(told.field_text("subject").unwrap_or_default(), "");
}

#[tokio::test]
async fn a_nick_whose_registration_is_not_kept_is_free() {
    let (server, mut juliet, mut romeo) = house().await;
    let form = "<query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='submit'>\
        <field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#register</value></field>\
        <field var='muc#register_roomnick'><value>star</value></field></x></query>";
    server.store.fail(true);
    assert!(is_not_kept(&asks(&mut juliet, "register", "set", form).await));
    romeo.send("<presence xmlns='jabber:client' to='r@room.localhost/star'/>").await;
    romeo.until(|element| element.get("from") == Some("r@room.localhost/star") && element.get("type").is_none()).await;
    server.store.fail(false);
}

#[tokio::test]
async fn a_retraction_that_is_not_kept_takes_nothing_back() {
    let (server, mut juliet, mut romeo) = house().await;
    romeo.say("r", "words").await;
    let heard = juliet.until(|element| element.has("body", ns::CLIENT)).await;
    let id = heard.find("stanza-id", ns::STANZA_ID).unwrap().get("id").unwrap().to_owned();
    romeo.hears().await;
    server.store.fail(true);
    let moderate = format!(
        "<moderate xmlns='urn:xmpp:message-moderate:1' id='{id}'><retract xmlns='urn:xmpp:message-retract:1'/></moderate>"
    );
    assert!(is_not_kept(&asks(&mut juliet, "moderate", "set", &moderate).await));
    hears_nothing(&mut romeo).await;
    let mut nurse = server.client(0, Framing::Stream).await;
    nurse.send("<presence xmlns='jabber:client' to='r@room.localhost/nurse'><x xmlns='http://jabber.org/protocol/muc'/></presence>").await;
    assert_eq!(nurse.hears().await, "words");
    server.store.fail(false);
    assert_eq!(asks(&mut juliet, "again", "set", &moderate).await.get("type"), Some("result"));
}

#[tokio::test]
async fn a_room_that_cannot_be_destroyed_stays() {
    let (server, mut juliet, mut romeo) = house().await;
    server.store.fail(true);
    let destroy = format!("<query xmlns='{OWNER}'><destroy/></query>");
    assert!(is_not_kept(&asks(&mut juliet, "destroy", "set", &destroy).await));
    hears_nothing(&mut romeo).await;
    server.store.fail(false);
    romeo.say("r", "still here").await;
    assert_eq!(juliet.hears().await, "still here");
    assert_eq!(asks(&mut juliet, "again", "set", &destroy).await.get("type"), Some("result"));
    server.until_figure("rooms", 0).await;
}

#[tokio::test]
async fn what_the_operator_asks_is_answered_when_it_is_kept() {
    let (server, mut juliet, _romeo) = house().await;
    let shared = server.running.server();
    let appoint = || Action::SetAffiliation(BareJid::new("x@localhost").unwrap(), Affiliation::Admin, None);
    server.store.fail(true);
    assert_eq!(shared.directory.operate(shared, "r", appoint()).await, Done::NotKept);
    assert_eq!(shared.directory.create(shared, "other", Vec::new()).await, Done::NotKept);
    assert_eq!(shared.directory.affiliations(shared, "r").await.unwrap().len(), 1, "the owner alone");
    assert_eq!(shared.directory.summary("other"), None);
    hears_nothing(&mut juliet).await;
    server.store.fail(false);
    assert_eq!(shared.directory.operate(shared, "r", appoint()).await, Done::Yes);
    assert_eq!(shared.directory.create(shared, "other", Vec::new()).await, Done::Yes);
    assert_eq!(shared.directory.create(shared, "other", Vec::new()).await, Done::No);
    assert_eq!(shared.directory.operate(shared, "none", appoint()).await, Done::No);
}

#[tokio::test]
async fn who_joins_behind_a_message_that_is_not_kept_does_not_see_it() {
    let (server, mut juliet, mut romeo) = house().await;
    juliet.say("r", "kept").await;
    assert_eq!(juliet.hears().await, "kept");
    assert_eq!(romeo.hears().await, "kept");
    server.store.hold(true);
    // The commit is on its way when the next ones come, and is found to have failed afterwards.
    server.store.fail_held(true);
    juliet.say("r", "lost").await;
    server.until_held(1).await;
    let mut nurse = server.client(0, Framing::Stream).await;
    nurse.send("<presence xmlns='jabber:client' to='r@room.localhost/nurse'><x xmlns='http://jabber.org/protocol/muc'/></presence>").await;
    romeo.send(&iq("page", "set", "<query xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'><max>50</max><before/></set></query>")).await;
    server.until_figure("occupants", 3).await;
    // When he has left, what he asked before has been folded.
    romeo.send("<presence xmlns='jabber:client' to='r@room.localhost/romeo' type='unavailable'/>").await;
    server.until_figure("occupants", 2).await;
    server.store.hold(false);
    assert!(is_not_kept(&juliet.until(|element| element.get("id") == Some("lost")).await));
    let mut seen = Vec::new();
    loop {
        let element = nurse.next().await.unwrap();
        seen.extend(element.field_text("body").map(std::borrow::Cow::into_owned));
        if element.has("subject", ns::CLIENT) {
            break;
        }
    }
    assert_eq!(seen, ["kept"]);
    // A page with a hole is refused, and may be asked for again.
    let page = romeo.until(|element| element.name() == "iq" || element.has("result", ns::MAM)).await;
    assert!(is_not_kept(&page), "{page:?}");
    server.store.fail_held(false);
    juliet.say("r", "later").await;
    assert_eq!(nurse.hears().await, "later");
}

#[tokio::test]
async fn a_mute_whose_end_is_not_kept_takes_nothing_else_from_the_room() {
    let (server, mut juliet, mut romeo) = house().await;
    let mute = format!(
        "<query xmlns='{ADMIN}'><item nick='romeo' role='visitor'><expiry xmlns='urn:parterre:moderation:0' seconds='1'/></item></query>"
    );
    assert_eq!(asks(&mut juliet, "mute", "set", &mute).await.get("type"), Some("result"));
    let role = |element: &Element| element.find("x", ns::MUC_USER)?.find_own("item")?.get("role").map(str::to_owned);
    let becomes = |wanted: &'static str| {
        move |element: &Element| {
            element.get("from") == Some("r@room.localhost/romeo") && role(element).as_deref() == Some(wanted)
        }
    };
    romeo.until(becomes("visitor")).await;
    server.store.fail(true);
    server.until_figure("archive_errors_total", 1).await;
    // The room has time for those who are in it, and does not ask the store again at once.
    for _ in 0..10 {
        described(&mut juliet).await;
    }
    assert_eq!(server.figure("archive_errors_total"), 1);
    server.store.fail(false);
    romeo.until(becomes("participant")).await;
}
