//! A stanza as bytes, made once and sent to many.
//!
//! The copies that a room sends to its occupants differ by their `to` alone. A [`Wire`] is the stanza without
//! it and the place where it belongs, so that a recipient's copy is three `memcpy`s and no XML. Its bytes
//! declare their namespace (RFC 7395 §3.3.3), so the same ones serve WebSocket, BOSH and TCP.

use crate::element::{Element, escape};

/// A stanza (or another top-level element) as bytes, with the place of its `to`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Wire {
    xml: Box<[u8]>,
    /// Offset at which ` to='…'` is inserted; 0: this is not a stanza and takes none; [`ADDRESSED`]: it has its own.
    to_at: u16,
}

/// The `to_at` of a stanza that bears its own `to`. No name is that long.
const ADDRESSED: u16 = u16::MAX;

impl Wire {
    /// A stanza that is addressed when it is sent. A `to` that the element has already is left out.
    pub fn stanza(element: &Element) -> Self {
        let mut xml = String::with_capacity(512);
        xml.push('<');
        xml.push_str(element.name());
        let to_at = xml.len() as u16;
        if element.get("to").is_some() {
            let mut without = element.clone();
            without.unset("to");
            without.write_after_name("", &mut xml);
        } else {
            element.write_after_name("", &mut xml);
        }
        Wire { xml: xml.into_bytes().into_boxed_slice(), to_at }
    }

    /// A stanza that keeps the `to` it has, whichever session it is sent to: what goes to a bare address reaches the
    /// resources as it was addressed (RFC 6121 §8.5.2).
    pub fn addressed(element: &Element) -> Self {
        Wire { to_at: ADDRESSED, ..Wire::verbatim(element) }
    }

    /// A stanza that is XML already, in canonical form and without a `to`; it is not looked into. For those who put
    /// a stanza together around stored text.
    pub fn written(xml: String) -> Self {
        let name_end = xml.bytes().position(|byte| matches!(byte, b' ' | b'/' | b'>')).unwrap_or_default();
        Wire { to_at: u16::try_from(name_end).unwrap_or_default(), xml: xml.into_bytes().into_boxed_slice() }
    }

    /// An element that is sent as it stands: stream features, stream management, SASL.
    pub fn verbatim(element: &Element) -> Self {
        Wire { xml: element.to_xml().into_bytes().into_boxed_slice(), to_at: 0 }
    }

    /// The bytes without any `to`.
    pub fn bytes(&self) -> &[u8] {
        &self.xml
    }

    /// Whether this is a stanza, which stream management counts.
    pub fn is_stanza(&self) -> bool {
        self.to_at != 0
    }

    /// Whether the recipient's `to` is inserted.
    fn takes_to(&self) -> bool {
        !matches!(self.to_at, 0 | ADDRESSED)
    }

    /// The bytes before and after the place of the `to`; all of them after it where none is inserted.
    pub fn parts(&self) -> (&[u8], &[u8]) {
        self.xml.split_at(if self.takes_to() { self.to_at as usize } else { 0 })
    }

    /// How many bytes the copy for a recipient has.
    pub fn len_for(&self, to: &ToAttribute) -> usize {
        self.xml.len() + if self.takes_to() { to.0.len() } else { 0 }
    }

    /// Appends the copy for a recipient.
    pub fn append_for(&self, to: &ToAttribute, out: &mut Vec<u8>) {
        let (head, tail) = self.parts();
        out.extend_from_slice(head);
        if self.takes_to() {
            out.extend_from_slice(&to.0);
        }
        out.extend_from_slice(tail);
    }
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.xml))
    }
}

/// A recipient's ` to='…'`, escaped once when the address is bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToAttribute(Box<[u8]>);

impl ToAttribute {
    /// The attribute for that address.
    pub fn new(address: &str) -> Self {
        let mut out = String::with_capacity(address.len() + 6);
        out.push_str(" to='");
        escape(address, &mut out);
        out.push('\'');
        ToAttribute(out.into_bytes().into_boxed_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copy(wire: &Wire, to: &str) -> String {
        let mut out = Vec::new();
        let to = ToAttribute::new(to);
        wire.append_for(&to, &mut out);
        assert_eq!(out.len(), wire.len_for(&to));
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn a_stanza_with_its_own_address_keeps_it() {
        let presence = Element::presence().with("to", "romeo@d");
        let wire = Wire::addressed(&presence);
        assert!(wire.is_stanza());
        assert_eq!(copy(&wire, "romeo@d/orchard"), presence.to_xml());
        assert_eq!(copy(&Wire::stanza(&presence), "a&b"), "<presence to='a&amp;b' xmlns='jabber:client'/>");
    }
    #[test]
    fn an_element_that_is_no_stanza_takes_no_address() {
        let features = Element::new("features", crate::ns::STREAMS);
        let wire = Wire::verbatim(&features);
        assert!(!wire.is_stanza());
        assert_eq!(copy(&wire, "a@d"), features.to_xml());
    }

    #[test]
    fn a_copy_is_the_stanza_with_the_recipients_address() {
        let message = Element::message("groupchat").with("from", "r@d/n").with("to", "x").field("body", "1 < 2");
        let copy: Element = copy(&Wire::stanza(&message), "a@d/it's").parse().unwrap();
        assert_eq!(copy.get("to"), Some("a@d/it's"));
        assert_eq!((copy.get("from"), copy.field_text("body")), (message.get("from"), message.field_text("body")));
    }
}
