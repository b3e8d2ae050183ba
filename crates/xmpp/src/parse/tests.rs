use super::*;
use crate::StreamCondition::{NotWellFormed, PolicyViolation, RestrictedXml};

fn refused(text: &str) -> StreamCondition {
    match text.parse::<Element>() {
        Ok(element) => panic!("{text:?} was read as {element}"),
        Err(error) => error.condition,
    }
}

#[test]
fn reads_a_stanza() {
    let text = "<message xmlns='jabber:client' type=\"groupchat\" to='a@b' xml:lang='de'>\
        <body>&lt;Grüße&gt; &amp; &#x1F600;<![CDATA[ <&> ]]></body><x xmlns='urn:x' xmlns:p='urn:p' p:a='1' a='2'/></message>";
    let message: Element = text.parse().unwrap();
    let expected = Element::message("groupchat").with("to", "a@b");
    assert_eq!(message.get("type"), expected.get("type"));
    assert_eq!(message.lang(), Some("de"));
    assert_eq!(message.field_text("body").unwrap(), "<Grüße> & 😀 <&> ");
    let x = message.find("x", "urn:x").unwrap();
    assert_eq!(x.attributes().len(), 2);
    assert_eq!(x.attributes()[0].ns.as_deref(), Some("urn:p"));
    assert_eq!(x.get("a"), Some("2"));
}

#[test]
fn prefixes_are_scoped() {
    let element: Element =
        "<p:a xmlns:p='urn:1'><b/><p:c xmlns:p='urn:2' xmlns='urn:d'><e/></p:c><p:f/></p:a>".parse().unwrap();
    let ns: Vec<_> = element.children().map(|child| (child.name(), child.ns())).collect();
    assert_eq!(ns, [("b", ""), ("c", "urn:2"), ("f", "urn:1")]);
    assert_eq!(element.find("c", "urn:2").unwrap().children().next().unwrap().ns(), "urn:d");
}

#[test]
fn takes_namespaces_from_the_context() {
    let context = Context::new(ns::CLIENT).prefix("stream", ns::STREAMS);
    let limits = Limits::default();
    assert!(parse("<presence/>", &context, &limits).unwrap().is("presence", ns::CLIENT));
    assert!(parse("<stream:error/>", &context, &limits).unwrap().is("error", ns::STREAMS));
}

#[test]
fn restricted_xml_is_refused() {
    for text in [
        "<a><!-- b --></a>",
        "<!-- b --><a/>",
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        "<a><?b c?></a>",
        "<?xml version='1.0'?><a/>",
        "<a>&b;</a>",
        "<a b='&nbsp;'/>",
    ] {
        assert_eq!(refused(text), RestrictedXml, "{text}");
    }
}

#[test]
fn what_is_not_well_formed_is_refused() {
    for text in [
        "",
        " ",
        "a",
        "<",
        "<a",
        "<a>",
        "</a>",
        "<a/><b/>",
        "<a/>b",
        "<a></b>",
        "<a><b></a></b>",
        "<a b/>",
        "<a b=c/>",
        "<a b='1' b='2'/>",
        "<a b='1'c='2'/>",
        "<a b='<'/>",
        "<a b='/>",
        "<a>]]></a>",
        "<a>\u{1}</a>",
        "<a b='\u{0}'/>",
        "<a>\u{FFFE}</a>",
        "<a>&#0;</a>",
        "<a>&#xFFFF;</a>",
        "<a>&#xD800;</a>",
        "<a>&#x110000;</a>",
        "<a>&#+65;</a>",
        "<a>&#;</a>",
        "<a>&;</a>",
        "<a>& </a>",
        "<a>&amp</a>",
        "< a/>",
        "<a / >",
        "<1/>",
        "<-a/>",
        "<a 1='b'/>",
        "<p:a/>",
        "<a p:b='1'/>",
        "<a:b:c xmlns:a='d'/>",
        "<:a/>",
        "<a:/>",
        "<a xmlns:p=''/>",
        "<a xmlns:xml='b'/>",
        "<a xmlns:xmlns='b'/>",
        "<a xmlns='http://www.w3.org/2000/xmlns/'/>",
        "<xmlns:a/>",
        "<a xmlns:b='http://www.w3.org/XML/1998/namespace'/>",
        "<a xmlns='b' xmlns='b'/>",
        "<a xmlns:b='c' xmlns:b='c'/>",
        "<a xmlns:b='d' xmlns:c='d' b:e='1' c:e='2'/>",
        "<p:a xmlns:p='b'></a>",
        "<a><![CDATA[b]]</a>",
        "<\u{B7}/>",
        "<![CDATA[a]]>",
        "<a></a b='c'>",
    ] {
        assert_eq!(refused(text), NotWellFormed, "{text:?}");
    }
}

#[test]
fn line_ends_and_attribute_values_are_normalised() {
    let element: Element =
        "<a b=' 1\r\n2\t3\n4\r5&#10;&#13;&#9;'>1\r\n2\r3\n4&#13;<![CDATA[\r\n\r]]></a>".parse().unwrap();
    assert_eq!(element.get("b"), Some(" 1 2 3 4 5\n\r\t"));
    assert_eq!(element.content(), "1\n2\n3\n4\r\n\n");
}

#[test]
fn limits_are_reached_at_their_value() {
    let limits = Limits { element_bytes: 120, depth: 3, attributes: 2, namespaces: 2, elements: 4 };
    let read = |text: &str| parse(text, &Context::default(), &limits).map(drop).map_err(|error| error.condition);
    let long = |n: usize| format!("<a>{}</a>", "x".repeat(n - 7));
    assert_eq!(read(&long(120)), Ok(()));
    assert_eq!(read(&long(121)), Err(PolicyViolation));
    assert_eq!(read("<a><b><c/></b></a>"), Ok(()));
    assert_eq!(read("<a><b><c><d/></c></b></a>"), Err(PolicyViolation));
    assert_eq!(read("<a b='1' c='2' xmlns='d' xmlns:e='f'/>"), Ok(()));
    assert_eq!(read("<a b='1' c='2' d='3'/>"), Err(PolicyViolation));
    assert_eq!(read("<a xmlns:b='1' xmlns:c='2' xmlns='3'/>"), Err(PolicyViolation));
    let narrow = Limits { namespaces: 1, ..Limits::default() };
    let nested = "<a xmlns:a='1'>".repeat(4) + "<a/>" + &"</a>".repeat(4);
    assert!(parse(&nested, &Context::default(), &narrow).is_ok());
    let deeper = format!("<a xmlns:b='1'>{nested}</a>");
    assert_eq!(parse(&deeper, &Context::default(), &narrow).unwrap_err().condition, PolicyViolation);
    assert_eq!(read("<a><b/><b/><b/></a>"), Ok(()));
    assert_eq!(read("<a><b/><b/><b/><b/></a>"), Err(PolicyViolation));
}

#[test]
fn the_deepest_element_fits_a_small_stack() {
    let limits = Limits { depth: usize::MAX, ..Limits::default() };
    let nested = |depth: usize| "<a>".repeat(depth) + &"</a>".repeat(depth);
    let deepest = std::thread::Builder::new().stack_size(1 << 20).spawn(move || {
        let element = parse(&nested(MAX_DEPTH), &Context::default(), &limits).unwrap();
        assert_eq!(element.clone(), element);
        assert_eq!(element.to_xml().len(), MAX_DEPTH * 7 - 3);
        parse(&nested(MAX_DEPTH + 1), &Context::default(), &limits).unwrap_err().condition
    });
    assert_eq!(deepest.unwrap().join().unwrap(), PolicyViolation);
}
