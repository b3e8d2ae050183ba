use parterre_xmpp::{BareJid, Condition, Element, StanzaError, Timestamp, ToAttribute, Wire};

use super::*;

mod properties;

fn parse(query: &str) -> Result<PageRequest, StanzaError> {
    PageRequest::parse(&query.parse().unwrap(), 50)
}

fn filtered(fields: &str) -> Result<PageRequest, StanzaError> {
    parse(&format!(
        "<query xmlns='urn:xmpp:mam:2'><x xmlns='jabber:x:data' type='submit'>
           <field var='FORM_TYPE' type='hidden'><value>urn:xmpp:mam:2</value></field>{fields}</x></query>"
    ))
}

fn room() -> BareJid {
    BareJid::new("coven@chat.shakespeare.lit").unwrap()
}

fn xml(wire: &Wire, to: &str) -> Element {
    let mut out = Vec::new();
    wire.append_for(&ToAttribute::new(to), &mut out);
    std::str::from_utf8(&out).unwrap().parse().unwrap()
}

/// The page of a plain query.
fn plain() -> PageRequest {
    PageRequest { max: 50, ..PageRequest::default() }
}

/// The queries of XEP-0313 §4.
#[test]
fn reads_the_queries_of_the_standard() {
    assert_eq!(parse("<query xmlns='urn:xmpp:mam:2' queryid='f27'/>"), Ok(plain()));
    assert_eq!(
        filtered("<field var='with'><value>juliet@capulet.lit</value></field>"),
        Ok(PageRequest { with: Some("juliet@capulet.lit".into()), ..plain() })
    );
    let start = Timestamp::parse("2010-06-07T00:00:00Z");
    assert_eq!(
        filtered(
            "<field var='start'><value>2010-06-07T00:00:00Z</value></field>
             <field var='end'><value>2010-07-07T13:23:54Z</value></field>"
        ),
        Ok(PageRequest { start, end: Timestamp::parse("2010-07-07T13:23:54Z"), ..plain() })
    );
    assert_eq!(
        filtered(
            "<field var='after-id'><value>0000000000000001</value></field>
             <field var='before-id'><value>00000000000000ff</value></field>"
        ),
        Ok(PageRequest { after_id: Some(LogId(1)), before_id: Some(LogId(255)), ..plain() })
    );
    assert_eq!(
        filtered("<field var='ids'><value>0000000000000001</value><value>0000000000000003</value></field>"),
        Ok(PageRequest { ids: Some(vec![LogId(1), LogId(3)]), ..plain() })
    );
    let rsm = "<set xmlns='http://jabber.org/protocol/rsm'><max>10</max><after>0000000000000009</after></set>";
    assert_eq!(
        parse(&format!("<query xmlns='urn:xmpp:mam:2'>{rsm}<flip-page/></query>")),
        Ok(PageRequest { max: 10, after: Some(LogId(9)), flip: true, ..PageRequest::default() })
    );
}

/// What ConverseJS asks on each join.
#[test]
fn reads_the_request_for_the_newest_page() {
    let query = "<query xmlns='urn:xmpp:mam:2' queryid='q'>
        <set xmlns='http://jabber.org/protocol/rsm'><before/><max>900</max></set></query>";
    let request = parse(query).unwrap();
    assert_eq!(request, PageRequest { last: true, ..plain() });
    assert!(request.is_unfiltered());
}

#[test]
fn refuses_what_it_cannot_answer() {
    for (fields, condition) in [
        ("<field var='include-groupchat'><value>true</value></field>", Condition::FeatureNotImplemented),
        (
            "<field var='{http://example.com/}free-text-search'><value>x</value></field>",
            Condition::FeatureNotImplemented,
        ),
        ("<field var='start'><value>yesterday</value></field>", Condition::BadRequest),
        ("<field var='end'><value>2010-13-07T00:00:00Z</value></field>", Condition::BadRequest),
        ("<field var='with'><value>@</value></field>", Condition::BadRequest),
        ("<field var='start'><value>a</value><value>b</value></field>", Condition::BadRequest),
        ("<field var='after-id'><value>28482-98726-73623</value></field>", Condition::ItemNotFound),
        ("<field var='ids'><value>0000000000000001</value><value>nope</value></field>", Condition::ItemNotFound),
    ] {
        let error = filtered(fields).unwrap_err();
        assert_eq!(error.condition, condition, "{fields}");
        assert!(error.text.is_some());
    }
    let rsm = "<set xmlns='http://jabber.org/protocol/rsm'><after>gone</after></set>";
    for (query, condition) in [
        (format!("<query xmlns='urn:xmpp:mam:2'>{rsm}</query>"), Condition::ItemNotFound),
        ("<query xmlns='urn:xmpp:mam:2' node='princely_musings'/>".into(), Condition::ItemNotFound),
        (format!("<query xmlns='urn:xmpp:mam:2' queryid='{}'/>", "q".repeat(257)), Condition::BadRequest),
        (
            "<query xmlns='urn:xmpp:mam:2'><x xmlns='jabber:x:data' type='submit'/></query>".into(),
            Condition::BadRequest,
        ),
        (
            format!(
                "<query xmlns='urn:xmpp:mam:2'><x xmlns='jabber:x:data' type='submit'>
                   <field var='FORM_TYPE'><value>urn:xmpp:mam:2</value></field>
                   <field var='ids'>{}</field></x></query>",
                "<value>0000000000000001</value>".repeat(MAX_IDS + 1)
            ),
            Condition::BadRequest,
        ),
    ] {
        assert_eq!(parse(&query).unwrap_err().condition, condition, "{query}");
    }
}

#[test]
fn fields_left_empty_filter_nothing() {
    let got = filtered(
        "<field var='start'><value/></field><field var='with'/><field var='before-id'><value> </value></field>",
    );
    assert_eq!(got, Ok(plain()));
}

/// XEP-0313 §6.1.3, a room's result.
#[test]
fn writes_a_result_around_the_stored_text() {
    let stored = "<message xmlns='jabber:client' from='coven@chat.shakespeare.lit/firstwitch' id='162BEBB1' \
        type='groupchat'><body>Thrice the brinded cat hath mew&apos;d.</body></message>";
    let id = LogId(1_034_553_517_000_000);
    let expected = |queryid: &str| -> Element {
        format!(
            "<message xmlns='jabber:client' to='hag66@shakespeare.lit/pda' from='coven@chat.shakespeare.lit'>\
             <result xmlns='urn:xmpp:mam:2'{queryid} id='{id}'><forwarded xmlns='urn:xmpp:forward:0'>\
             <delay xmlns='urn:xmpp:delay' stamp='{}'/>{stored}</forwarded></result></message>",
            id.time()
        )
        .parse()
        .unwrap()
    };
    let to = "hag66@shakespeare.lit/pda";
    assert_eq!(sorted(xml(&result_wire(Some("g27"), id, stored, &room()), to)), sorted(expected(" queryid='g27'")));
    assert_eq!(sorted(xml(&result_wire(None, id, stored, &room()), to)), sorted(expected("")));
    assert!(result_wire(None, id, stored, &room()).is_stanza());
    assert_eq!(Timestamp::parse("2002-10-13T23:58:37Z"), Some(id.time()));
}

/// The attributes of the outermost element in one order, which XML leaves open.
fn sorted(mut element: Element) -> Element {
    for name in ["from", "to"] {
        if let Some(value) = element.unset(name) {
            element.set(name, value);
        }
    }
    element
}

#[test]
fn a_query_id_cannot_break_out_of_its_attribute() {
    let prepared = PreparedResult::new(LogId(7), "<message xmlns='jabber:client'/>", &room());
    let hostile = "'/><evil x='&<";
    let result = xml(&prepared.wire(Some(hostile)), "a@b/c");
    assert_eq!(queryid(result.children().next().unwrap()), Some(hostile));
}

#[test]
fn ends_a_page_as_the_standard_shows() {
    let bounds = PageBounds { ends: Some((LogId(1), LogId(16))), first_index: 0, count: 16, complete: true };
    let expected: Element = "<fin xmlns='urn:xmpp:mam:2' complete='true'><set xmlns='http://jabber.org/protocol/rsm'>\
        <first index='0'>0000000000000001</first><last>0000000000000010</last><count>16</count></set></fin>"
        .parse()
        .unwrap();
    assert_eq!(fin(bounds), expected);
    let empty: Element =
        "<fin xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'><count>3</count></set></fin>"
            .parse()
            .unwrap();
    assert_eq!(fin(PageBounds { count: 3, ..PageBounds::default() }), empty);
}

#[test]
fn tells_the_bounds_of_what_the_store_found() {
    let page = Page {
        messages: vec![(LogId(4), String::new()), (LogId(6), String::new())],
        count: 9,
        first_index: 3,
        complete: false,
        unknown_id: false,
    };
    let expected = PageBounds { ends: Some((LogId(4), LogId(6))), first_index: 3, count: 9, complete: false };
    assert_eq!(PageBounds::from(&page), expected);
    assert_eq!(PageBounds::from(&Page::default()).ends, None);
}

/// XEP-0313 §4.1.6 and §5.
#[test]
fn lists_its_filters_and_its_ends() {
    let form = query_form();
    let vars: Vec<_> = form.children().flat_map(Element::children).filter_map(|field| field.get("var")).collect();
    assert_eq!(vars, ["FORM_TYPE", "with", "start", "end", "before-id", "after-id", "ids"]);
    let id = LogId(1_219_439_344_000_000);
    let expected: Element = "<metadata xmlns='urn:xmpp:mam:2'>\
        <start id='00045512f04d4c00' timestamp='2008-08-22T21:09:04.000000Z'/>\
        <end id='00045512f04d4c00' timestamp='2008-08-22T21:09:04.000000Z'/></metadata>"
        .replace("00045512f04d4c00", &id.to_string())
        .parse()
        .unwrap();
    assert_eq!(metadata(Some((id, id))), expected);
    assert_eq!(metadata(None), "<metadata xmlns='urn:xmpp:mam:2'/>".parse().unwrap());
}

const SAID: &str = "<message xmlns='jabber:client' type='groupchat' from='room@muc.example.com/oldhag' id='message-id-1'>\
    <body>Nasty</body><occupant-id xmlns='urn:xmpp:occupant-id:0' id='ef73'/>\
    <reply xmlns='urn:xmpp:reply:0' id='x'/><stanza-id xmlns='urn:xmpp:sid:0' by='room@muc.example.com' id='stanza-id-1'/></message>";

/// XEP-0425 §5, with what clients of 2024 read beside it.
#[test]
fn a_moderated_message_leaves_a_tombstone() {
    let stone = tombstone(
        &SAID.parse().unwrap(),
        Retraction {
            time: Timestamp::parse("2019-09-20T23:19:12Z").unwrap(),
            by_message: None,
            moderation: Some(Moderation {
                by: Some("room@muc.example.com/witch"),
                occupant_id: Some("dd72"),
                reason: Some("Inappropriate"),
            }),
        },
    );
    let expected: Element = "<message xmlns='jabber:client' from='room@muc.example.com/oldhag' id='message-id-1' type='groupchat'>\
        <occupant-id xmlns='urn:xmpp:occupant-id:0' id='ef73'/>\
        <stanza-id xmlns='urn:xmpp:sid:0' by='room@muc.example.com' id='stanza-id-1'/>\
        <retracted xmlns='urn:xmpp:message-retract:1' stamp='2019-09-20T23:19:12.000000Z'>\
          <moderated xmlns='urn:xmpp:message-moderate:1' by='room@muc.example.com/witch'>\
            <occupant-id xmlns='urn:xmpp:occupant-id:0' id='dd72'/></moderated><reason>Inappropriate</reason></retracted>\
        <moderated xmlns='urn:xmpp:message-moderate:0' by='room@muc.example.com/witch'>\
          <occupant-id xmlns='urn:xmpp:occupant-id:0' id='dd72'/>\
          <retracted xmlns='urn:xmpp:message-retract:0' stamp='2019-09-20T23:19:12.000000Z'/><reason>Inappropriate</reason>\
        </moderated></message>"
        .replace(">          ", ">")
        .replace(">            ", ">")
        .replace(">        <", "><")
        .parse()
        .unwrap();
    assert_eq!(stone, expected);
}

/// XEP-0424 §5.
#[test]
fn a_retracted_message_leaves_a_tombstone() {
    let stone = tombstone(
        &SAID.parse().unwrap(),
        Retraction {
            time: Timestamp::parse("2019-09-20T23:09:32Z").unwrap(),
            by_message: Some("retract-message-1"),
            moderation: None,
        },
    );
    assert!(!stone.to_xml().contains("Nasty"));
    let retracted = stone.find("retracted", parterre_xmpp::ns::RETRACT).unwrap();
    assert_eq!(retracted.get("id"), Some("retract-message-1"));
    assert_eq!(retracted.get("stamp"), Some("2019-09-20T23:09:32.000000Z"));
    assert!(stone.has("retracted", parterre_xmpp::ns::RETRACT_0));
}

#[test]
fn a_page_of_long_messages_is_cut_where_paging_ends_and_says_so() {
    let whole = Page {
        messages: (1..=5).map(|id| (crate::LogId(id), "x".repeat(100))).collect(),
        count: 5,
        first_index: 0,
        complete: true,
        unknown_id: false,
    };
    let ids = |page: &Page| page.messages.iter().map(|(id, _)| id.0).collect::<Vec<_>>();
    let trimmed = |bytes, last| {
        let mut page = whole.clone();
        page.trim(bytes, last);
        (ids(&page), page.first_index, page.complete)
    };
    assert_eq!(trimmed(500, true), (vec![1, 2, 3, 4, 5], 0, true));
    assert_eq!(trimmed(250, true), (vec![4, 5], 3, false), "paging back from the newest");
    assert_eq!(trimmed(250, false), (vec![1, 2], 0, false), "paging on from the oldest");
    assert_eq!(trimmed(10, true), (vec![5], 4, false), "one message comes in any case");
    let mut none = Page::default();
    none.trim(0, true);
    assert_eq!(none, Page::default());
}
