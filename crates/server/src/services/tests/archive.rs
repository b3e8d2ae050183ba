//! The archives of accounts: what is kept, for whom, and how it is found again.

use super::*;

const QUERY: &str = "<query xmlns='urn:xmpp:mam:2'/>";

fn query(fields: &str, rest: &str) -> String {
    format!(
        "<query xmlns='urn:xmpp:mam:2' queryid='q'><x xmlns='jabber:x:data' type='submit'>\
         <field var='FORM_TYPE' type='hidden'><value>urn:xmpp:mam:2</value></field>{fields}</x>{rest}</query>"
    )
}

fn with(address: &str) -> String {
    query(&format!("<field var='with'><value>{address}</value></field>"), "")
}

fn set(payload: &str) -> String {
    format!("<iq type='set' id='x'>{payload}</iq>")
}

fn get(payload: &str) -> String {
    format!("<iq type='get' id='x'>{payload}</iq>")
}

fn prefs(unlisted: &str, always: &str, never: &str) -> String {
    let list = |name: &str, jid: &str| match jid {
        "" => format!("<{name}/>"),
        jid => format!("<{name}><jid>{jid}</jid></{name}>"),
    };
    let (always, never) = (list("always", always), list("never", never));
    format!("<prefs xmlns='urn:xmpp:mam:2' default='{unlisted}'>{always}{never}</prefs>")
}

fn chat(to: &str, text: &str) -> String {
    format!("<message to='{to}' type='chat'><body>{text}</body></message>")
}

impl Actor<'_> {
    /// Asks its archive, and gives the ids and the messages that came.
    async fn reads(&self, query: &str) -> Vec<(String, Element)> {
        self.forgets();
        assert!(self.asks(&set(query)).await.is("fin", ns::MAM));
        let stanzas: Vec<String> = self.inbox.stanzas.lock().unwrap().drain(..).collect();
        let result = |xml: &String| {
            let message: Element = xml.parse().unwrap();
            assert_eq!(message.get("from"), Some(self.asker.bare.as_str()));
            let result = message.find("result", ns::MAM).unwrap();
            let forwarded = result.find("forwarded", ns::FORWARD).unwrap();
            assert!(forwarded.has("delay", ns::DELAY));
            let stanza = forwarded.find("message", ns::CLIENT).unwrap().clone();
            (result.get("id").unwrap().to_owned(), stanza)
        };
        stanzas.iter().map(result).collect()
    }

    /// The texts that its archive gives for a query.
    async fn finds(&self, query: &str) -> Vec<String> {
        let found = self.reads(query).await;
        found.iter().map(|(_, stanza)| stanza.field_text("body").unwrap().into_owned()).collect()
    }
}

/// Two local accounts, their sessions available.
async fn two(stage: &Stage) -> (Actor<'_>, Actor<'_>) {
    stage.has_account("romeo").await;
    stage.has_account("juliet").await;
    let (romeo, juliet) = (stage.enter("romeo@d/r").await, stage.enter("juliet@d/j").await);
    romeo.is_ready().await;
    juliet.is_ready().await;
    (romeo, juliet)
}

/// The id that a message carries from the archive of `by`.
fn id_by(stanza: &Element, by: &str) -> Option<String> {
    let ids: Vec<_> = stanza
        .children()
        .filter(|child| child.is("stanza-id", ns::STANZA_ID) && child.get("by") == Some(by))
        .filter_map(|child| child.get("id").map(str::to_owned))
        .collect();
    assert!(ids.len() <= 1, "{stanza}");
    ids.into_iter().next()
}

#[tokio::test]
async fn both_sides_keep_a_message_and_the_recipient_learns_its_id() {
    let stage = Stage::new();
    let (romeo, juliet) = two(&stage).await;
    let phone = stage.enter("romeo@d/phone").await;
    phone.asks(&set("<enable xmlns='urn:xmpp:carbons:2'/>")).await;
    let forged = "<stanza-id xmlns='urn:xmpp:sid:0' by='juliet@d' id='0000000000000001'/>\
                  <stanza-id xmlns='urn:xmpp:sid:0' by='ROMEO@d' id='0000000000000001'/>";
    romeo.sends(&format!("<message to='juliet@d' id='m'><body>It is the east</body>{forged}</message>")).await;
    let got = juliet.next();
    let id = id_by(&got, "juliet@d").unwrap();
    assert_eq!(got.children().filter(|child| child.name() == "stanza-id").count(), 1, "{got}");
    let kept = juliet.reads(QUERY).await;
    let message = "<message to='juliet@d' id='m' from='romeo@d/r'><body>It is the east</body></message>";
    assert_eq!(kept, [(id.clone(), on_stream(message))]);
    let sent = romeo.reads(QUERY).await;
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].1, on_stream(message));
    let copy = phone.next();
    let copied = copy.find("sent", ns::CARBONS).unwrap().find("forwarded", ns::FORWARD).unwrap();
    assert_eq!(id_by(copied.children().next().unwrap(), "romeo@d").as_ref(), Some(&sent[0].0));
    let ends = juliet.asks(&get("<metadata xmlns='urn:xmpp:mam:2'/>")).await;
    assert_eq!(ends.find_own("start").unwrap().get("id"), Some(id.as_str()));
    assert_eq!(ends.find_own("end").unwrap().get("id"), Some(id.as_str()));
    assert!(stage.store.rooms().await.unwrap().is_empty(), "an archive is no room");
    assert_eq!(stage.store.prune(Timestamp(i64::MAX), 10).await.unwrap().len(), 2);
    assert!(juliet.reads(QUERY).await.is_empty(), "old messages go from here, too");
}

#[tokio::test]
async fn an_archive_is_searched_by_the_other_side() {
    let stage = Stage::new();
    let (romeo, juliet) = two(&stage).await;
    let nurse = stage.enter("nurse@d/n").await;
    nurse.is_ready().await;
    nurse.sends(&chat("romeo@d", "one")).await;
    romeo.sends(&chat("juliet@d", "two")).await;
    romeo.sends(&chat("juliet@d/j", "three")).await;
    juliet.sends(&chat("romeo@d", "four")).await;
    romeo.sends(&chat("romeo@d", "five")).await;
    assert_eq!(romeo.finds(QUERY).await, ["one", "two", "three", "four", "five"]);
    assert_eq!(romeo.finds(&with("JULIET@d")).await, ["two", "three", "four"]);
    assert_eq!(romeo.finds(&with("juliet@d/j")).await, ["three", "four"]);
    assert_eq!(romeo.finds(&with("nurse@d")).await, ["one"]);
    assert_eq!(romeo.finds(&with("romeo@d")).await, ["five"]);
    assert!(romeo.finds(&with("d")).await.is_empty());
    let flipped = query("", "<set xmlns='http://jabber.org/protocol/rsm'><max>2</max><before/></set><flip-page/>");
    assert_eq!(romeo.finds(&flipped).await, ["five", "four"]);
    let unknown = query("<field var='after-id'><value>0000000000000001</value></field>", "");
    assert_eq!(romeo.is_refused(&set(&unknown)).await, "item-not-found");
    assert!(romeo.asks(&get(QUERY)).await.has("x", ns::DATA));
    let others = format!("<iq type='set' id='x' to='juliet@d'>{QUERY}</iq>");
    assert_eq!(romeo.is_refused(&others).await, "forbidden");
}

#[tokio::test]
async fn only_local_accounts_have_archives() {
    let stage = Stage::new();
    let (romeo, _juliet) = two(&stage).await;
    let guest = stage.enter_as("guest@d/g", Some(Person::default())).await;
    let viewer = stage.enter("v@anon.d/1").await;
    let resident = stage.enter_as("juliet@d/site", Some(Person::default())).await;
    let disco = get("<query xmlns='http://jabber.org/protocol/disco#info'/>");
    for (actor, has) in [(&romeo, true), (&resident, true), (&guest, false), (&viewer, false)] {
        let info = actor.asks(&disco).await.to_xml();
        assert_eq!(info.contains("'urn:xmpp:mam:2'"), has, "{info}");
        assert_eq!(info.contains("'urn:xmpp:mam:2#extended'"), has, "{info}");
        if !has {
            assert_eq!(actor.is_refused(&set(QUERY)).await, "service-unavailable");
            assert_eq!(actor.is_refused(&set(&prefs("always", "", ""))).await, "service-unavailable");
        }
    }
    guest.is_ready().await;
    romeo.sends(&chat("guest@d", "Hello")).await;
    assert_eq!(id_by(&guest.next(), "guest@d"), None);
    romeo
        .sends("<message to='guest@d'><body>x</body><stanza-id xmlns='urn:xmpp:sid:0' by='guest@d' id='1'/></message>")
        .await;
    assert_eq!(id_by(&guest.next(), "guest@d"), None, "a forged id");
    assert_eq!(romeo.finds(QUERY).await, ["Hello", "x"]);
}

#[tokio::test]
async fn what_is_not_said_is_not_kept() {
    let stage = Stage::new();
    let (romeo, juliet) = two(&stage).await;
    let hint = |name: &str| format!("<{name} xmlns='urn:xmpp:hints'/>");
    let chat_state = "<active xmlns='http://jabber.org/protocol/chatstates'/>";
    for (kind, inner) in [
        ("chat", chat_state.to_owned()),
        ("headline", "<body>x</body>".into()),
        ("error", "<body>x</body>".into()),
        ("groupchat", "<body>x</body>".into()),
        ("chat", format!("<body>x</body>{}", hint("no-store"))),
        ("chat", format!("<body>x</body>{}", hint("no-permanent-store"))),
    ] {
        romeo.sends(&format!("<message to='juliet@d' type='{kind}'>{inner}</message>")).await;
    }
    for lost in ["<message to='juliet@d/gone'><body>x</body></message>", &chat("nobody@d", "x"), &chat("e", "x")] {
        romeo.sends(lost).await;
    }
    let invitation = "<message xmlns='jabber:client' from='stalls@room.d' to='juliet@d'><body>Come</body></message>";
    stage.services.route(invitation.parse().unwrap()).await;
    juliet.asks(&set("<block xmlns='urn:xmpp:blocking'><item jid='romeo@d'/></block>")).await;
    romeo.sends(&chat("juliet@d", "x")).await;
    assert!(juliet.reads(QUERY).await.is_empty());
    assert!(romeo.reads(QUERY).await.is_empty());
    assert_eq!(romeo.asks(&get("<metadata xmlns='urn:xmpp:mam:2'/>")).await.children().count(), 0);
    juliet.asks(&set("<unblock xmlns='urn:xmpp:blocking'/>")).await;
    romeo.sends(&format!("<message to='juliet@d' type='chat'>{chat_state}{}</message>", hint("store"))).await;
    assert_eq!(juliet.reads(QUERY).await.len(), 1);
}

#[tokio::test]
async fn people_choose_what_is_kept() {
    let stage = Stage::with(Limits { blocked: 2, ..Limits::default() });
    let (romeo, juliet) = two(&stage).await;
    assert_eq!(juliet.asks(&get("<prefs xmlns='urn:xmpp:mam:2'/>")).await, prefs("always", "", "").parse().unwrap());
    // (preferences, whether what Romeo says is kept)
    for (chosen, kept) in [
        (prefs("never", "", ""), false),
        (prefs("never", "ROMEO@D", ""), true),
        (prefs("never", "romeo@d/other", ""), false),
        (prefs("always", "", "romeo@d/r"), false),
        (prefs("always", "romeo@d", "romeo@d"), false),
        (prefs("roster", "", ""), false),
    ] {
        assert_eq!(juliet.asks(&set(&chosen)).await.to_xml(), chosen.replace("ROMEO@D", "romeo@d"));
        let before = juliet.reads(QUERY).await.len();
        romeo.sends(&chat("juliet@d", "x")).await;
        assert_eq!(id_by(&juliet.next(), "juliet@d").is_some(), kept, "{chosen}");
        assert_eq!(juliet.reads(QUERY).await.len(), before + usize::from(kept), "{chosen}");
    }
    romeo.sends("<presence type='subscribe' to='juliet@d'/>").await;
    romeo.sends(&chat("juliet@d", "x")).await;
    assert_eq!(juliet.reads(QUERY).await.len(), 1, "who merely asks is in no roster");
    befriend(&romeo, &juliet).await;
    romeo.sends(&chat("juliet@d", "x")).await;
    assert_eq!(juliet.reads(QUERY).await.len(), 2);
    assert_eq!(romeo.reads(QUERY).await.len(), 8, "each for himself");
    for (wrong, condition) in [
        (prefs("sometimes", "", ""), "bad-request"),
        (prefs("always", "@", ""), "jid-malformed"),
        (prefs("always", "", "a@d</jid><jid>b@d</jid><jid>c@d"), "resource-constraint"),
    ] {
        assert_eq!(juliet.is_refused(&set(&wrong)).await, condition);
    }
    let after = Stage::over(stage.store.clone(), Limits::default());
    let juliet = after.enter("juliet@d/j").await;
    let kept = juliet.asks(&get("<prefs xmlns='urn:xmpp:mam:2'/>")).await;
    assert_eq!(kept, prefs("roster", "", "").parse().unwrap(), "they outlive the server");
}

#[tokio::test]
async fn what_waits_is_kept_once_and_delivered_once() {
    let stage = Stage::with(Limits { offline_messages: 1, ..Limits::default() });
    let (romeo, juliet) = two(&stage).await;
    juliet.leaves().await;
    romeo.forgets();
    romeo.sends(&chat("juliet@d", "one")).await;
    romeo.sends(&chat("juliet@d", "two")).await;
    romeo.gets_nothing();
    let juliet = stage.enter("juliet@d/j").await;
    juliet.sends("<presence/>").await;
    juliet.next();
    let waited = juliet.next();
    assert_eq!(waited.field_text("body").as_deref(), Some("one"));
    juliet.gets_nothing();
    let kept = juliet.reads(QUERY).await;
    assert_eq!(id_by(&waited, "juliet@d").as_ref(), Some(&kept[0].0));
    assert_eq!(kept.len(), 2, "what found no place to wait is in the archive");
    // The session ends without having acknowledged it, and another one gets it.
    let phone = stage.enter("juliet@d/phone").await;
    phone.is_ready().await;
    let mut direct = waited.clone();
    direct.set("to", "juliet@d/j");
    let asker = juliet.asker.clone();
    juliet.leaves().await;
    phone.forgets();
    stage.services.undelivered(&asker, vec![Arc::new(Wire::verbatim(&direct))]).await;
    assert_eq!(id_by(&phone.next(), "juliet@d"), id_by(&waited, "juliet@d"));
    assert_eq!(phone.reads(QUERY).await.len(), 2);
    assert_eq!(romeo.reads(QUERY).await.len(), 2);
}

#[tokio::test]
async fn nothing_is_out_of_order_however_many_write_at_once() {
    let stage = Stage::new();
    stage.has_account("juliet").await;
    let juliet = stage.enter("juliet@d/j").await;
    juliet.is_ready().await;
    let write = &|writer: usize| {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
            let nurse = stage.enter(&format!("nurse{writer}@d/n")).await;
            for _ in 0..25 {
                nurse.sends(&chat("juliet@d", "x")).await;
            }
            nurse.gets_nothing();
        });
    };
    std::thread::scope(|scope| (0..4).for_each(|writer| drop(scope.spawn(move || write(writer)))));
    assert_eq!(juliet.reads(QUERY).await.len(), 100, "the store refuses what is not in order");
}
