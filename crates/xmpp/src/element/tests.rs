use super::*;

fn message() -> Element {
    Element::message("chat").with("to", "a@d").field("body", "hi").child(Element::new("x", "urn:x")).text("tail")
}

#[test]
fn attributes_are_set_once() {
    let mut element = message().with("to", "b@d").with_opt("id", Some("1")).with_opt("from", None::<String>);
    assert_eq!((element.get("to"), element.get("id"), element.get("from")), (Some("b@d"), Some("1"), None));
    assert_eq!(element.attributes().len(), 3);
    assert_eq!(element.unset("to").as_deref(), Some("b@d"));
    assert_eq!((element.unset("to"), element.get("to")), (None, None));
    element.set_lang("de");
    element.set_lang("fr");
    assert_eq!((element.lang(), element.get("lang")), (Some("fr"), None));
}

#[test]
fn children_are_found_by_name_and_namespace() {
    let mut element = message();
    assert!(element.has("x", "urn:x") && !element.has("x", ns::CLIENT) && !element.has("body", "urn:x"));
    assert_eq!(element.field_text("body").as_deref(), Some("hi"));
    assert_eq!(element.field_text("x"), None);
    if let Some(x) = element.find_mut("x", "urn:x") {
        x.set("a", "1");
    }
    assert_eq!(element.find("x", "urn:x").and_then(|x| x.get("a")), Some("1"));
    element.retain(|child| child.name() != "x");
    assert_eq!((element.children().count(), element.content()), (1, Cow::Borrowed("tail")));
}

#[test]
fn text_is_joined() {
    let element = Element::new("a", "").text("1").text("").text("2").child(Element::new("b", "").text("x")).text("3");
    assert_eq!(element.nodes().len(), 3);
    assert_eq!(element.content(), "123");
    assert_eq!(Element::new("a", "").content(), "");
}

#[test]
fn a_namespace_is_declared_where_it_changes() {
    let element = message().child(Element::new("delay", ns::DELAY).child(Element::new("y", ns::CLIENT)));
    assert_eq!(
        element.to_xml(),
        "<message xmlns='jabber:client' type='chat' to='a@d'><body>hi</body><x xmlns='urn:x'/>tail\
         <delay xmlns='urn:xmpp:delay'><y xmlns='jabber:client'/></delay></message>"
    );
    let mut within = String::new();
    Element::presence().write(ns::CLIENT, &mut within);
    assert_eq!(within, "<presence/>");
    assert_eq!(
        Element::new("features", ns::STREAMS).child(Element::new("bind", ns::BIND)).to_string(),
        "<stream:features xmlns:stream='http://etherx.jabber.org/streams'>\
         <bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>"
    );
}

#[test]
fn the_namespace_of_xml_itself_is_never_declared() {
    let element = Element::new("a", "urn:a").child(
        Element::new("b", ns::XML).child(Element::new("c", "urn:a").child(Element::new("d", ns::XML))).text("x"),
    );
    let xml = element.to_xml();
    assert_eq!(xml, "<a xmlns='urn:a'><xml:b><c><xml:d/></c>x</xml:b></a>");
    assert_eq!(xml.parse::<Element>().unwrap(), element);
}

#[test]
fn foreign_attributes_bear_a_prefix() {
    let mut element = Element::new("a", "");
    for (ns, value) in [("urn:1", "x"), ("urn:2", "y")] {
        element.push_attribute(Attribute { ns: Some(ns.into()), name: "b".into(), value: value.into() });
    }
    assert_eq!(element.to_xml(), "<a xmlns:a0='urn:1' a0:b='x' xmlns:a1='urn:2' a1:b='y'/>");
    assert_eq!(element.get("b"), None);
}

#[test]
fn whatever_a_text_holds_what_is_written_can_be_read() {
    let text: String = ('\0'..=' ').chain("<>&'\"]]>\u{7F}\u{FFFD}\u{FFFE}\u{FFFF}\u{F8FF}😀".chars()).collect();
    let element = Element::new("a", "urn:x").with("b", text.as_str()).text(text.as_str());
    let read: Element = element.to_xml().parse().unwrap();
    let expected: String = text.chars().map(|c| if crate::parse::is_char(c) { c } else { '\u{FFFD}' }).collect();
    assert_eq!((read.get("b"), read.content()), (Some(expected.as_str()), Cow::Borrowed(expected.as_str())));
}
