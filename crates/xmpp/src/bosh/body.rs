//! The `<body/>` of requests and responses.

use sha1::{Digest as _, Sha1};

use super::Terminal;
use crate::element::{Element, Node};
use crate::framing::StreamOpen;
use crate::ns;
use crate::parse::{Context, Limits, parse};

/// The largest request id (XEP-0124 §14.1).
const MAX_RID: u64 = 9_007_199_254_740_991;

/// What a request says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// Which session; none when it asks for a new one.
    pub sid: Option<String>,
    /// Which request of the session.
    pub rid: u64,
    pub(super) ack: Option<u64>,
    pub(super) key: Option<String>,
    pub(super) new_key: Option<String>,
    /// For how many seconds the client will be away.
    pub(super) pause: Option<u32>,
    pub(super) terminate: bool,
    pub(super) restart: bool,
    /// Which domain it asks for, and who asks, where it opens a stream.
    pub open: StreamOpen,
    pub(super) wait: Option<u32>,
    pub(super) hold: Option<u32>,
    /// Version of the binding that the client speaks.
    pub(super) version: Option<(u32, u32)>,
    pub(super) content: Option<String>,
    pub(super) stanzas: Vec<Element>,
}

impl Body {
    /// Reads the content of a request. The limits are those of the whole body.
    pub fn parse(text: &str, limits: &Limits) -> Result<Self, Terminal> {
        let body = parse(text, &Context::default(), limits).map_err(|_| Terminal::BadRequest)?;
        if !body.is("body", ns::HTTPBIND) {
            return Err(Terminal::BadRequest);
        }
        let get = |name| body.get(name).map(str::to_owned);
        let xbosh = |name: &str| {
            let mut attributes = body.attributes().iter();
            attributes.find(|a| a.name == name && a.ns.as_deref() == Some(ns::XBOSH)).map(|a| a.value.as_str())
        };
        let rid = body.get("rid").and_then(whole_number).filter(|rid| *rid <= MAX_RID).ok_or(Terminal::BadRequest)?;
        let open = StreamOpen {
            // A restart says none (XEP-0206 §5), and old clients do not either: it is 1.0 that they mean.
            version: Some(xbosh("version").unwrap_or("1.0").to_owned()),
            id: None,
            ..StreamOpen::of(&body)
        };
        let version = body.get("ver").and_then(|version| version.split_once('.'));
        let seconds = |name| match body.get(name) {
            None => Ok(None),
            Some(text) => whole_number(text).map(|n| Some(n.min(u32::MAX.into()) as u32)).ok_or(Terminal::BadRequest),
        };
        Ok(Body {
            sid: get("sid"),
            rid,
            ack: body.get("ack").and_then(whole_number),
            key: get("key"),
            new_key: get("newkey"),
            pause: seconds("pause")?,
            terminate: body.get("type") == Some("terminate"),
            restart: matches!(xbosh("restart"), Some("true" | "1")),
            open,
            wait: seconds("wait")?,
            hold: seconds("hold")?,
            version: version.and_then(|(major, minor)| {
                Some((whole_number(major)?.try_into().ok()?, whole_number(minor)?.try_into().ok()?))
            }),
            content: get("content").filter(|content| is_xml(content)),
            stanzas: body.into_nodes().into_iter().filter_map(stanza).collect(),
        })
    }

    /// Whether one of its stanzas has more bytes than that.
    pub fn exceeds(&self, bytes: usize) -> bool {
        self.stanzas.iter().any(|stanza| stanza.to_xml().len() > bytes)
    }

    /// Whether it only asks for what there is to receive.
    pub(super) fn is_empty(&self) -> bool {
        self.stanzas.is_empty() && self.pause.is_none() && !self.terminate && !self.restart
    }
}

fn whole_number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// Whether a type for the responses (XEP-0124 §7.1) is one of XML, in UTF-8 as they are. A client might ask for any, but
/// a browser can be led to open a response as a page: as `text/html` it would run what somebody said as the site's own.
fn is_xml(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(|part| part.trim_matches(' '));
    let is_xml = |kind: &str| ["text/xml", "application/xml"].iter().any(|xml| kind.eq_ignore_ascii_case(xml));
    parts.next().is_some_and(is_xml) && parts.all(|parameter| parameter.eq_ignore_ascii_case("charset=utf-8"))
}

/// A child of a body. Clients that leave the namespace of stanzas out mean `jabber:client` (XEP-0206 §2).
fn stanza(node: Node) -> Option<Element> {
    match node {
        Node::Element(mut element) => {
            if element.ns() == ns::HTTPBIND && matches!(element.name(), "message" | "presence" | "iq") {
                element.replace_ns(ns::HTTPBIND, ns::CLIENT);
            }
            Some(element)
        }
        Node::Text(_) => None,
    }
}

/// A `<body/>` with those attributes, already escaped, around that payload.
pub(super) fn wrap(attributes: &str, payload: &[u8]) -> Vec<u8> {
    // The prefix `stream` is declared on each: clients look for `stream:features` and `stream:error` by it.
    let mut out = Vec::with_capacity(128 + attributes.len() + payload.len());
    out.extend_from_slice(b"<body xmlns='http://jabber.org/protocol/httpbind'");
    out.extend_from_slice(b" xmlns:stream='http://etherx.jabber.org/streams'");
    out.extend_from_slice(attributes.as_bytes());
    if payload.is_empty() {
        out.extend_from_slice(b"/>");
    } else {
        out.push(b'>');
        out.extend_from_slice(payload);
        out.extend_from_slice(b"</body>");
    }
    out
}

/// What an older request gets when a copy of it comes (XEP-0124 §17.3): the client repeats what it misses.
pub(super) fn recoverable() -> Vec<u8> {
    wrap(" type='error'", &[])
}

/// Whether `key` is the one before `after` in the client's sequence (XEP-0124 §15).
pub(super) fn key_precedes(key: &str, after: &str) -> bool {
    let hash = Sha1::digest(key.as_bytes());
    let expected = after.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    let expected = expected.map(|pair| u8::from_str_radix(pair?, 16).ok());
    expected.eq(hash.iter().map(|byte| Some(*byte)))
}
