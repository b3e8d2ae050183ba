//! What answers an archive query: results around the text of stored stanzas, and the end of the page.

use parterre_xmpp::element::escape;
use parterre_xmpp::forms::{Field, FieldType, Form, FormType};
use parterre_xmpp::{BareJid, Element, Wire, ns};

use super::{Page, PreparedResult};
use crate::command::LogId;

/// A result (XEP-0313 §4.2): the stored stanza, forwarded. `stanza` is a `<message/>` as XML that declares its
/// namespace, without `to`; it is not looked into.
pub fn result_wire(queryid: Option<&str>, id: LogId, stanza: &str, room: &BareJid) -> Wire {
    PreparedResult::new(id, stanza, room).wire(queryid)
}

/// The text of a result, without `to` and `queryid`, and the place where the latter goes.
pub(super) fn write_result(id: LogId, stanza: &str, room: &BareJid) -> (String, usize) {
    let mut xml = String::with_capacity(stanza.len() + 256);
    xml.push_str("<message xmlns='jabber:client' from='");
    escape(room.as_str(), &mut xml);
    xml.push_str("'><result xmlns='urn:xmpp:mam:2'");
    let queryid_at = xml.len();
    xml.push_str(" id='");
    xml.push_str(&id.to_string());
    xml.push_str("'><forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='");
    xml.push_str(&id.time().to_string());
    xml.push_str("'/>");
    xml.push_str(stanza);
    xml.push_str("</forwarded></result></message>");
    (xml, queryid_at)
}

/// Where a page lies in its result set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PageBounds {
    /// The oldest and the newest message of the page; `None` for an empty one.
    pub ends: Option<(LogId, LogId)>,
    /// How many messages come before the page.
    pub first_index: u64,
    /// How many there are over all pages.
    pub count: u64,
    /// Whether no further page follows in the direction of paging.
    pub complete: bool,
}

impl From<&Page> for PageBounds {
    fn from(page: &Page) -> Self {
        let ends = page.messages.first().zip(page.messages.last()).map(|((first, _), (last, _))| (*first, *last));
        PageBounds { ends, first_index: page.first_index, count: page.count, complete: page.complete }
    }
}

/// The `<fin/>` that ends a page (XEP-0313 §4.2, §4.3). Flipping a page changes nothing here (§4.3.4).
pub fn fin(bounds: PageBounds) -> Element {
    let mut set = Element::new("set", ns::RSM);
    if let Some((first, last)) = bounds.ends {
        set.push(Element::new("first", ns::RSM).with("index", bounds.first_index.to_string()).text(first.to_string()));
        set.push(Element::new("last", ns::RSM).text(last.to_string()));
    }
    set.push(Element::new("count", ns::RSM).text(bounds.count.to_string()));
    Element::new("fin", ns::MAM).with_opt("complete", bounds.complete.then_some("true")).child(set)
}

/// The `<query/>` that lists the filters of a room's archive (XEP-0313 §4.1.6).
pub fn query_form() -> Element {
    let form = Form::new(FormType::Form, ns::MAM)
        .field(Field::new("with", FieldType::JidSingle))
        .field(Field::new("start", FieldType::TextSingle))
        .field(Field::new("end", FieldType::TextSingle))
        .field(Field::new("before-id", FieldType::TextSingle))
        .field(Field::new("after-id", FieldType::TextSingle))
        .field(Field { open: true, ..Field::new("ids", FieldType::ListMulti) });
    Element::new("query", ns::MAM).child(form.to_element())
}

/// The `<metadata/>` of an archive whose oldest and newest message are these (XEP-0313 §5).
pub fn metadata(ends: Option<(LogId, LogId)>) -> Element {
    let point = |name: &'static str, id: LogId| {
        Element::new(name, ns::MAM).with("id", id.to_string()).with("timestamp", id.time().to_string())
    };
    let metadata = Element::new("metadata", ns::MAM);
    match ends {
        Some((first, last)) => metadata.child(point("start", first)).child(point("end", last)),
        None => metadata,
    }
}
