use super::*;
use crate::error::StreamCondition;
use crate::parse::Limits;
use proptest::prelude::*;
use stream::StreamDecoder;

const HEADER: &str = "<?xml version='1.0'?><stream:stream to='localhost' from='a@localhost' version='1.0' xml:lang='de' \
    xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";

/// All events of `input`, cut at the given places, and the error that ends it if one does.
fn decode(input: &[u8], cuts: &[usize], limits: &Limits) -> (Vec<StreamEvent>, Option<StreamCondition>) {
    let (mut decoder, mut events) = (StreamDecoder::new(), Vec::new());
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (input.len() + 1)).collect();
    cuts.extend([0, input.len()]);
    cuts.sort_unstable();
    for cut in cuts.windows(2) {
        let mut piece = &input[cut[0]..cut[1]];
        loop {
            match decoder.next(&mut piece, limits) {
                Ok(Some(event)) => events.push(event),
                Ok(None) => break,
                Err(error) => return (events, Some(error.condition)),
            }
        }
        assert!(piece.is_empty());
    }
    (events, None)
}

fn error_after_header(rest: &str) -> Option<StreamCondition> {
    decode(format!("{HEADER}{rest}").as_bytes(), &[], &Limits::default()).1
}

fn a_stream() -> String {
    format!(
        "{HEADER} \n<presence/>\t<message type='groupchat'><body a='&gt;\">'>1 &lt; 2 <![CDATA[]]<x>]]]></body></message>\
         <stream:error/><a xmlns='urn:ä'>ß</a></stream:stream>"
    )
}

#[test]
fn a_stream_is_cut_into_elements() {
    let (events, error) = decode(a_stream().as_bytes(), &[], &Limits::default());
    assert_eq!(error, None);
    let open = StreamOpen {
        to: Some("localhost".into()),
        from: Some("a@localhost".into()),
        id: None,
        lang: Some("de".into()),
        version: Some("1.0".into()),
    };
    let body = Element::new("body", crate::ns::CLIENT).with("a", ">\">").text("1 < 2 ]]<x>]");
    assert_eq!(
        events,
        [
            StreamEvent::Open(open),
            StreamEvent::Element(Element::presence()),
            StreamEvent::Element(Element::message("groupchat").child(body)),
            StreamEvent::Element(Element::new("error", crate::ns::STREAMS)),
            StreamEvent::Element(Element::new("a", "urn:ä").text("ß")),
            StreamEvent::Close,
        ]
    );
}

#[test]
fn a_wrong_tag_is_refused_before_the_stanza_ends() {
    use StreamCondition::{BadFormat, NotWellFormed, PolicyViolation, RestrictedXml, UnsupportedEncoding};
    for (rest, condition) in [
        ("<message><body></message>", NotWellFormed),
        ("<message><body to='<", NotWellFormed),
        ("<message <", NotWellFormed),
        ("</stream>", NotWellFormed),
        ("<message><!-", RestrictedXml),
        ("<!DOCTYPE", RestrictedXml),
        ("<?xml version='1.0'?>", RestrictedXml),
        ("<message>&a;<", RestrictedXml),
        ("hello <", BadFormat),
        ("<p:message>", NotWellFormed),
        (&"<a>".repeat(65), PolicyViolation),
    ] {
        assert_eq!(error_after_header(rest), Some(condition), "{rest}");
    }
    let broken = [HEADER.as_bytes(), b"<a>\xff</a>"].concat();
    assert_eq!(decode(&broken, &[], &Limits::default()).1, Some(UnsupportedEncoding));
}

#[test]
fn a_wrong_header_is_refused() {
    use StreamCondition::{BadFormat, InvalidNamespace, NotWellFormed, RestrictedXml, UnsupportedEncoding};
    for (input, condition) in [
        ("GET / HTTP/1.1\r\n\r\n<", NotWellFormed),
        ("<a>", InvalidNamespace),
        ("<stream:stream>", NotWellFormed),
        ("<stream xmlns='http://etherx.jabber.org/streams'/>", NotWellFormed),
        ("<streams xmlns='http://etherx.jabber.org/streams'>", BadFormat),
        ("<s:stream xmlns:s='http://etherx.jabber.org/streams' xmlns='jabber:server'>", InvalidNamespace),
        ("<?xml version='1.0'?><?xml version='1.0'?>", RestrictedXml),
        ("<?xsl version='1.0'?>", RestrictedXml),
        ("<?xml version='1.1'?>", NotWellFormed),
        ("<?xml encoding='UTF-8'?>", NotWellFormed),
        ("<?xml version='1.0' encoding='latin1'?>", UnsupportedEncoding),
        ("<![CDATA[]]>", NotWellFormed),
    ] {
        assert_eq!(decode(input.as_bytes(), &[], &Limits::default()).1, Some(condition), "{input}");
    }
    for declaration in ["<?xml version=\"1.0\" ?>", "<?xml version='1.0' encoding='utf-8' standalone='yes'?>", "\n"] {
        let input = HEADER.replace("<?xml version='1.0'?>", declaration);
        assert_eq!(decode(input.as_bytes(), &[], &Limits::default()).1, None, "{declaration}");
    }
}

#[test]
fn a_stream_whose_default_namespace_is_its_own_carries_stanzas() {
    let input = "<stream xmlns='http://etherx.jabber.org/streams' version='1.0'><iq xmlns='jabber:client'/></stream >";
    let (events, error) = decode(input.as_bytes(), &[], &Limits::default());
    assert_eq!(error, None);
    assert!(matches!(&events[1], StreamEvent::Element(iq) if iq.is("iq", crate::ns::CLIENT)));
    assert_eq!(events[2], StreamEvent::Close);
}

#[test]
fn a_restart_begins_with_the_next_byte() {
    let mut decoder = StreamDecoder::new();
    let limits = Limits::default();
    let bytes = format!("{HEADER}<auth/>{HEADER}<iq/>");
    let mut input = bytes.as_bytes();
    assert!(matches!(decoder.next(&mut input, &limits), Ok(Some(StreamEvent::Open(_)))));
    assert!(matches!(decoder.next(&mut input, &limits), Ok(Some(StreamEvent::Element(_)))));
    decoder.restart();
    assert!(matches!(decoder.next(&mut input, &limits), Ok(Some(StreamEvent::Open(_)))));
    assert!(matches!(decoder.next(&mut input, &limits), Ok(Some(StreamEvent::Element(iq))) if iq.name() == "iq"));
}

#[test]
fn an_endless_stanza_is_refused_at_the_limit() {
    let limits = Limits { element_bytes: 200, ..Limits::default() };
    for endless in [" a", "x", "<a/>", "<![CDATA[", "\u{E4}"] {
        let input = format!("{HEADER}<message><body>{}", endless.repeat(200));
        let cuts: Vec<usize> = (0..input.len()).collect();
        let (events, error) = decode(input.as_bytes(), &cuts, &limits);
        assert_eq!((events.len(), error), (1, Some(StreamCondition::PolicyViolation)), "{endless}");
    }
    let exact = format!("{HEADER}<a>{}</a>", "x".repeat(193));
    assert_eq!(decode(exact.as_bytes(), &[], &limits).1, None);
    assert_eq!(decode(exact.as_bytes(), &[HEADER.len() + 50], &limits).1, None);
}

#[test]
fn versions_are_numbers() {
    let major = |version: &str| StreamOpen { version: Some(version.into()), ..StreamOpen::default() }.major_version();
    assert_eq!(
        [major("1.0"), major("2.13"), major("01.0"), major("1"), major("1.x"), major("+1.0")],
        [1, 2, 1, 0, 0, 0]
    );
    assert_eq!(StreamOpen::default().major_version(), 0);
}

#[test]
fn the_servers_header_reads_as_a_header() {
    let mut bytes = Vec::new();
    stream::append_open(&ServerOpen { id: "i'd", from: "localhost", to: Some("a@localhost") }, &mut bytes);
    bytes.extend_from_slice(b"<iq/>");
    bytes.extend_from_slice(stream::CLOSE.as_bytes());
    let (events, error) = decode(&bytes, &[], &Limits::default());
    assert_eq!(error, None);
    let [StreamEvent::Open(open), StreamEvent::Element(iq), StreamEvent::Close] = &events[..] else {
        panic!("{events:?}");
    };
    assert_eq!((open.id.as_deref(), open.version.as_deref()), (Some("i'd"), Some("1.0")));
    assert_eq!(iq.ns(), crate::ns::CLIENT);
}

#[test]
fn a_websocket_message_holds_one_element() {
    let read = |text: &str| ws::read(text, &Limits::default());
    let open = read("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0'/>").unwrap();
    assert!(matches!(open, StreamEvent::Open(open) if open.to.as_deref() == Some("localhost")));
    assert_eq!(read(ws::CLOSE).unwrap(), StreamEvent::Close);
    assert_eq!(read("<presence xmlns=\"jabber:client\"/>").unwrap(), StreamEvent::Element(Element::presence()));
    assert_eq!(read(" <a/>").unwrap_err().condition, StreamCondition::BadFormat);
    assert_eq!(read("").unwrap_err().condition, StreamCondition::BadFormat);
    assert_eq!(read("<a/><b/>").unwrap_err().condition, StreamCondition::NotWellFormed);
    assert_eq!(read(HEADER).unwrap_err().condition, StreamCondition::RestrictedXml);
    let answer = ws::open(&ServerOpen { id: "1", from: "localhost", to: None }).to_xml();
    assert!(matches!(read(&answer).unwrap(), StreamEvent::Open(open) if open.id.as_deref() == Some("1")));
}

proptest! {
    #[test]
    fn how_a_stream_is_split_makes_no_difference(cuts in prop::collection::vec(any::<usize>(), 0..40)) {
        let stream = a_stream();
        let whole = decode(stream.as_bytes(), &[], &Limits::default());
        prop_assert_eq!(decode(stream.as_bytes(), &cuts, &Limits::default()), whole);
    }

    #[test]
    fn how_a_broken_stream_is_split_makes_no_difference(
        cuts in prop::collection::vec(any::<usize>(), 0..40),
        at in any::<usize>(),
        byte in prop::sample::select(b"<>'\"/!?&;]= x\xC3\xFF\0".to_vec()),
        insert in any::<bool>(),
    ) {
        let mut stream = a_stream().into_bytes();
        let at = at % stream.len();
        if insert { stream.insert(at, byte) } else { stream[at] = byte }
        let whole = decode(&stream, &[], &Limits::default());
        prop_assert_eq!(decode(&stream, &cuts, &Limits::default()), whole);
    }
}
