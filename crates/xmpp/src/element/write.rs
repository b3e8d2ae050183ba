//! How an element is written.

use std::fmt;

use super::{Element, Node};
use crate::ns;

impl Element {
    /// Appends the element to `out`, where `parent_ns` is the default namespace in force there (`""`: none).
    pub fn write(&self, parent_ns: &str, out: &mut String) {
        out.push('<');
        out.push_str(self.prefix());
        out.push_str(&self.name);
        self.write_after_name(parent_ns, out);
    }

    /// The prefix of the name, with its colon, where the namespace is not declared as the default: clients expect
    /// `stream:` literally, and that of `xml:` can only be written so (Namespaces in XML §3).
    fn prefix(&self) -> &'static str {
        match &*self.ns {
            ns::STREAMS => "stream:",
            ns::XML => "xml:",
            _ => "",
        }
    }

    /// What follows the name of the start tag: attributes, children, end tag.
    pub(crate) fn write_after_name(&self, parent_ns: &str, out: &mut String) {
        let prefix = self.prefix();
        if self.ns == ns::STREAMS {
            out.push_str(" xmlns:stream='");
            out.push_str(ns::STREAMS);
            out.push('\'');
        } else if prefix.is_empty() && self.ns != parent_ns {
            out.push_str(" xmlns='");
            escape(&self.ns, out);
            out.push('\'');
        }
        let mut foreign = 0;
        for attribute in &self.attributes {
            match attribute.ns.as_deref() {
                None => out.push(' '),
                Some(ns::XML) => out.push_str(" xml:"),
                Some(uri) => {
                    // A prefix of our own for each: what it is called carries no meaning.
                    out.push_str(" xmlns:a");
                    out.push_str(&foreign.to_string());
                    out.push_str("='");
                    escape(uri, out);
                    out.push_str("' a");
                    out.push_str(&foreign.to_string());
                    out.push(':');
                    foreign += 1;
                }
            }
            out.push_str(&attribute.name);
            out.push_str("='");
            escape(&attribute.value, out);
            out.push('\'');
        }
        if self.children.is_empty() {
            out.push_str("/>");
            return;
        }
        out.push('>');
        let inner_ns = if prefix.is_empty() { &self.ns } else { parent_ns };
        for node in &self.children {
            match node {
                Node::Element(element) => element.write(inner_ns, out),
                Node::Text(text) => escape(text, out),
            }
        }
        out.push_str("</");
        out.push_str(prefix);
        out.push_str(&self.name);
        out.push('>');
    }

    /// The element as a document of its own.
    pub fn to_xml(&self) -> String {
        let mut out = String::with_capacity(256);
        self.write("", &mut out);
        out
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_xml())
    }
}

/// Appends `text` to `out` so that it can stand in character data or in an attribute in either kind of quotes.
///
/// Characters that XML cannot carry become U+FFFD: text also comes from tokens, files and other services, and one
/// such character would end the stream of everybody who is sent it.
pub fn escape(text: &str, out: &mut String) {
    let bytes = text.as_bytes();
    let (mut from, mut at) = (0, 0);
    while let Some(skip) = bytes[at..].iter().position(|byte| SPECIAL[*byte as usize]) {
        at += skip;
        let (replacement, len) = match bytes[at] {
            b'&' => ("&amp;", 1),
            b'<' => ("&lt;", 1),
            b'>' => ("&gt;", 1),
            b'\'' => ("&apos;", 1),
            b'"' => ("&quot;", 1),
            // Literal, these would be normalised to spaces in an attribute (XML 1.0 §3.3.3).
            b'\r' => ("&#13;", 1),
            b'\n' => ("&#10;", 1),
            b'\t' => ("&#9;", 1),
            0xEF if matches!(bytes.get(at + 1..at + 3), Some([0xBF, 0xBE | 0xBF])) => ("\u{FFFD}", 3),
            0xEF => {
                at += 3;
                continue;
            }
            _ => ("\u{FFFD}", 1),
        };
        out.push_str(&text[from..at]);
        out.push_str(replacement);
        at += len;
        from = at;
    }
    out.push_str(&text[from..]);
}

/// The bytes that [`escape`] has to look at. 0xEF starts U+F000 to U+FFFF, the last two of which are no characters.
const SPECIAL: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = matches!(byte as u8, 0..=0x1F | b'&' | b'<' | b'>' | b'\'' | b'"' | 0xEF);
        byte += 1;
    }
    table
};
