//! The parser against its own writer, and against an independent parser (rxml).

use parterre_xmpp::parse::{Context, Limits, parse};
use parterre_xmpp::{Attribute, Element, ns};
use proptest::prelude::*;
use rxml::Parse as _;

/// What rxml makes of a document; `None` if it refuses it.
fn by_rxml(document: &str) -> Option<Element> {
    let mut parser = rxml::Parser::new();
    let mut rest = document.as_bytes();
    let mut open: Vec<Element> = Vec::new();
    let mut done = None;
    while let Some(event) = parser.parse(&mut rest, true).ok()? {
        match event {
            rxml::Event::XmlDeclaration(..) => {}
            rxml::Event::StartElement(_, (ns, name), attributes) => {
                let mut element = Element::new(name.to_string(), ns.to_string());
                for ((ns, name), value) in attributes {
                    let ns = Some(ns.to_string()).filter(|ns| !ns.is_empty()).map(Into::into);
                    element.push_attribute(Attribute { ns, name: name.to_string().into(), value });
                }
                open.push(element);
            }
            rxml::Event::Text(_, text) => open.last_mut()?.push_text(text),
            rxml::Event::EndElement(_) => {
                let element = open.pop()?;
                match open.last_mut() {
                    Some(parent) => parent.push(element),
                    None => done = Some(element),
                }
            }
        }
    }
    done
}

/// The element with its attributes in one order, whatever order they were written in.
fn sorted(element: &Element) -> Element {
    let mut attributes: Vec<_> = element.attributes().to_vec();
    attributes.sort_by(|a, b| (&a.ns, &a.name).cmp(&(&b.ns, &b.name)));
    let mut copy = Element::new(element.name().to_owned(), element.ns().to_owned());
    for attribute in attributes {
        copy.push_attribute(attribute);
    }
    for node in element.nodes() {
        match node {
            parterre_xmpp::Node::Element(child) => copy.push(sorted(child)),
            parterre_xmpp::Node::Text(text) => copy.push_text(text.as_str()),
        }
    }
    copy
}

/// Holds our answer against rxml's. The two differ on purpose in these points:
///
/// * an XML declaration belongs to the start of a stream, and before an element it is refused;
/// * white space may stand before an element, as it may between stanzas;
/// * rxml 0.14 takes two declarations of one prefix in one tag, and outside of the element an empty CDATA section
///   and references to white space, none of which is well-formed;
/// * rxml 0.14 loses a carriage return before a quote and stumbles over one before a longer character, so it gets
///   the line ends as XML 1.0 §2.11 says that a parser shall see them.
fn compare(document: &str) -> Result<(), TestCaseError> {
    // rxml has no limits of this kind; ours have tests of their own.
    let limits = Limits { attributes: usize::MAX, namespaces: usize::MAX, ..Limits::default() };
    let ours = parse(document, &Context::default(), &limits);
    if document.starts_with("<?xml") {
        prop_assert!(ours.is_err());
        return Ok(());
    }
    let stricter = ours.as_ref().is_err_and(|error| {
        let reasons = ["stands twice", "outside of any element", "after the end of the element", "begins with '<'"];
        reasons.iter().any(|reason| error.text.contains(reason))
    });
    if stricter {
        return Ok(());
    }
    let theirs = document.trim_start_matches([' ', '\t', '\r', '\n']).replace("\r\n", "\n").replace('\r', "\n");
    prop_assert_eq!(ours.ok().as_ref().map(sorted), by_rxml(&theirs).as_ref().map(sorted), "{}", document);
    Ok(())
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec!["message", "body", "x", "id", "a-b", "ä"]).prop_map(str::to_owned),
        1 => "[a-zA-Z_\u{C0}-\u{D6}\u{4E00}-\u{4E10}][a-zA-Z0-9._\u{B7}\u{300}-\u{310}-]{0,6}",
    ]
}

fn namespace() -> impl Strategy<Value = String> {
    prop::sample::select(vec![ns::CLIENT, ns::STREAMS, ns::MUC, ns::XML, "", "urn:x", "urn:<'&\">", "ä"])
        .prop_map(str::to_owned)
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{1,12}",
        "[\t\n\r <>&'\"\\]a]{1,8}",
        "[\u{A0}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]{1,4}"
    ]
}

fn start_tag() -> impl Strategy<Value = Element> {
    let attribute = (prop_oneof![4 => Just(None), 1 => namespace().prop_map(Some)], name(), text());
    (name(), namespace(), prop::collection::vec(attribute, 0..4), prop::option::of(text())).prop_map(
        |(name, ns, attributes, lang)| {
            let mut element = Element::new(name, ns);
            for (ns, name, value) in attributes {
                let ns = ns.filter(|ns| !ns.is_empty()).map(Into::into);
                let name = name.into();
                if !element.attributes().iter().any(|other| other.ns == ns && other.name == name) {
                    element.push_attribute(Attribute { ns, name, value });
                }
            }
            if let Some(lang) = lang {
                element.set_lang(lang);
            }
            element
        },
    )
}

#[derive(Clone, Debug)]
enum Content {
    Text(String),
    Element(Element),
}

fn element() -> impl Strategy<Value = Element> {
    start_tag().prop_recursive(4, 24, 4, |inner| {
        let content = prop_oneof![inner.prop_map(Content::Element), text().prop_map(Content::Text)];
        (start_tag(), prop::collection::vec(content, 0..4)).prop_map(|(mut element, content)| {
            for content in content {
                match content {
                    Content::Text(text) => element.push_text(text),
                    Content::Element(child) => element.push(child),
                }
            }
            element
        })
    })
}

/// Bits of XML that meet each other in the wrong places.
const PIECES: &[&str] = &[
    "<",
    ">",
    "/",
    "</",
    "/>",
    "=",
    "'",
    "\"",
    " ",
    "\n",
    "\r",
    "\t",
    "&",
    ";",
    "&amp;",
    "&#10;",
    "&#xD;",
    "&#0;",
    "&#x41;",
    "&lt;",
    "&foo;",
    "]]>",
    "]]",
    "<![CDATA[",
    "<![CDATA[]]>",
    "<!--",
    "-->",
    "<?xml version='1.0'?>",
    "<?a?>",
    "<!DOCTYPE a>",
    "a",
    "b",
    ":",
    "p:",
    "xml:",
    "xmlns",
    "xmlns:",
    "xmlns:p='urn:p'",
    " xmlns='urn:d'",
    " xml:lang='de'",
    "<a>",
    "</a>",
    "<b/>",
    "<p:a>",
    "</p:a>",
    "<xml:a/>",
    " a='1'",
    " p:a='2'",
    "xmlns:xml='http://www.w3.org/XML/1998/namespace'",
    "http://www.w3.org/2000/xmlns/",
    "\u{0}",
    "\u{B}",
    "\u{7F}",
    "\u{85}",
    "\u{2028}",
    "\u{FFFE}",
    "\u{FFFF}",
    "\u{B7}",
    "ä",
    "-",
    ".",
    "1",
    "\u{10FFFF}",
    "\u{F0000}",
    "\u{300}",
];

fn mutate(document: &str, changes: &[(usize, usize, u8)]) -> String {
    let mut document: Vec<char> = document.chars().collect();
    for (at, piece, kind) in changes {
        let at = at % (document.len() + 1);
        let piece = PIECES[piece % PIECES.len()].chars();
        match kind % 3 {
            0 => drop(document.splice(at..at, piece)),
            1 => drop(document.splice(at..(at + 1).min(document.len()), piece)),
            _ => drop(document.splice(at..(at + 1).min(document.len()), [])),
        }
    }
    document.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_is_written_reads_as_what_it_was(element in element()) {
        let xml = element.to_xml();
        prop_assert_eq!(xml.parse::<Element>(), Ok(element), "{}", xml);
    }

    #[test]
    fn what_is_written_within_a_stream_reads_the_same(element in element()) {
        let mut xml = String::new();
        element.write(ns::CLIENT, &mut xml);
        let context = Context::new(ns::CLIENT).prefix("stream", ns::STREAMS);
        prop_assert_eq!(parse(&xml, &context, &Limits::default()), Ok(element), "{}", xml);
    }

    #[test]
    fn agrees_with_rxml_on_what_is_well_formed(element in element()) {
        compare(&element.to_xml())?;
    }

    #[test]
    fn agrees_with_rxml_on_broken_documents(
        element in element(),
        changes in prop::collection::vec((any::<usize>(), any::<usize>(), any::<u8>()), 1..4),
    ) {
        compare(&mutate(&element.to_xml(), &changes))?;
    }

    #[test]
    fn agrees_with_rxml_on_heaps_of_pieces(pieces in prop::collection::vec(0..PIECES.len(), 0..12)) {
        let heap: String = pieces.into_iter().map(|piece| PIECES[piece]).collect();
        compare(&heap)?;
        compare(&format!("<a {heap}>x</a>"))?;
        compare(&format!("<a xmlns:p='urn:q'>{heap}</a>"))?;
        compare(&format!("<a b='{heap}'/>"))?;
    }
}
