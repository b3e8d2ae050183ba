//! Builds an element tag by tag, so that a stream is refused at the tag that is wrong and not at the end of
//! a stanza that may never come.

use std::mem;

use crate::element::{Attribute, Element, Name};
use crate::error::StreamError;
use crate::ns;
use crate::parse::cursor::Cursor;
use crate::parse::{
    Binding, Context, Limits, MAX_DEPTH, chars, names, not_well_formed, restricted, shared_ns, too_much,
};

/// What `xmlns` itself is bound to; nothing else may be (Namespaces in XML §3).
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";
const CDATA: &str = "<![CDATA[";

/// An element that is being read.
///
/// It takes pieces of markup in the order of the document: each a tag, a CDATA section, or the text between
/// two of these. Between two elements it holds nothing but its [`Context`].
#[derive(Debug)]
pub struct Builder {
    open: Vec<Open>,
    scope: Context,
    elements: usize,
    bytes: usize,
}

/// A start tag that waits for its end tag.
#[derive(Debug)]
struct Open {
    element: Element,
    prefix: Option<Box<str>>,
    /// What the scope was before the tag's own declarations.
    outer_default: Option<Name>,
    outer_bindings: usize,
}

/// A start tag as it stands in the document.
struct StartTag<'a> {
    prefix: Option<&'a str>,
    element: Element,
    outer_default: Option<Name>,
    outer_bindings: usize,
    empty: bool,
}

impl Builder {
    /// A builder of elements that stand in that context.
    pub fn new(context: Context) -> Self {
        Builder { open: Vec::new(), scope: context, elements: 0, bytes: 0 }
    }

    /// Whether no element has been begun.
    pub fn is_idle(&self) -> bool {
        self.open.is_empty()
    }

    /// How many bytes of the element that has been begun were read.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Reads the piece at the start of `text`: gives its length, and the element if it is complete with that.
    ///
    /// `text` must not end within the piece. After an error the builder is of no more use.
    pub fn read(&mut self, text: &str, limits: &Limits) -> Result<(usize, Option<Element>), StreamError> {
        let (used, element) = if !text.starts_with('<') {
            (self.text(text)?, None)
        } else if text.starts_with("</") {
            self.end_tag(text)?
        } else if text.starts_with("<!") {
            (self.cdata(text)?, None)
        } else if text.starts_with("<?") {
            return Err(restricted("Processing instructions are not part of XMPP."));
        } else {
            self.start_tag(text, limits)?
        };
        self.bytes += used;
        if self.bytes > limits.element_bytes {
            return Err(too_much("The element has more bytes than this server accepts."));
        }
        if self.open.is_empty() {
            // An idle connection keeps no memory for the stanza that is to come.
            self.open = Vec::new();
            (self.bytes, self.elements) = (0, 0);
        }
        Ok((used, element))
    }

    /// Reads a start tag that is not going to be closed here, as a stream header is: gives the element, its
    /// prefix, and the context of what follows. The tag must be all of `text`.
    pub(crate) fn header(mut self, text: &str, limits: &Limits) -> Result<(Element, String, Context), StreamError> {
        let (used, tag) = self.read_start_tag(text, limits)?;
        if tag.empty || used != text.len() {
            return Err(not_well_formed("A stream header is a start tag."));
        }
        Ok((tag.element, tag.prefix.unwrap_or_default().to_owned(), self.scope))
    }

    fn text(&mut self, text: &str) -> Result<usize, StreamError> {
        let len = memchr::memchr(b'<', text.as_bytes()).unwrap_or(text.len());
        let raw = &text[..len];
        let parent = self.open.last_mut().ok_or(not_well_formed("Text stands outside of any element."))?;
        let mut decoded = String::with_capacity(len);
        chars::text(raw, &mut decoded)?;
        parent.element.push_text(decoded);
        Ok(len)
    }

    fn cdata(&mut self, text: &str) -> Result<usize, StreamError> {
        let Some(rest) = text.strip_prefix(CDATA) else {
            return Err(restricted("Comments and document types are not part of XMPP."));
        };
        let end =
            memchr::memmem::find(rest.as_bytes(), b"]]>").ok_or(not_well_formed("A CDATA section is not closed."))?;
        let parent = self.open.last_mut().ok_or(not_well_formed("Text stands outside of any element."))?;
        let mut decoded = String::with_capacity(end);
        chars::cdata(&rest[..end], &mut decoded)?;
        parent.element.push_text(decoded);
        Ok(CDATA.len() + end + 3)
    }

    fn end_tag(&mut self, text: &str) -> Result<(usize, Option<Element>), StreamError> {
        let mut cursor = Cursor::new(text, 2);
        let (prefix, name) = cursor.qualified_name()?;
        cursor.skip_space();
        if !cursor.eat(b'>') {
            return Err(not_well_formed("An end tag has more than a name."));
        }
        let open = self.open.pop().ok_or(not_well_formed("An end tag closes nothing."))?;
        if name != open.element.name() || prefix != open.prefix.as_deref() {
            return Err(not_well_formed("An end tag does not match its start tag."));
        }
        self.leave(open.outer_default, open.outer_bindings);
        Ok((cursor.at(), self.close(open.element)))
    }

    fn start_tag(&mut self, text: &str, limits: &Limits) -> Result<(usize, Option<Element>), StreamError> {
        if self.open.len() >= limits.depth.min(MAX_DEPTH) {
            return Err(too_much("Elements are nested deeper than this server accepts."));
        }
        self.elements += 1;
        if self.elements > limits.elements {
            return Err(too_much("The stanza has more elements than this server accepts."));
        }
        let (used, tag) = self.read_start_tag(text, limits)?;
        let StartTag { prefix, element, outer_default, outer_bindings, empty } = tag;
        if empty {
            self.leave(outer_default, outer_bindings);
            return Ok((used, self.close(element)));
        }
        self.open.push(Open { element, prefix: prefix.map(Into::into), outer_default, outer_bindings });
        Ok((used, None))
    }

    /// Leaves the scope of an element's declarations.
    fn leave(&mut self, outer_default: Option<Name>, outer_bindings: usize) {
        if let Some(default) = outer_default {
            self.scope.default = default;
        }
        self.scope.bindings.truncate(outer_bindings);
    }

    /// Hands a complete element to its parent, or out if it has none.
    fn close(&mut self, element: Element) -> Option<Element> {
        match self.open.last_mut() {
            Some(parent) => {
                parent.element.push(element);
                None
            }
            None => Some(element),
        }
    }

    fn read_start_tag<'a>(&mut self, text: &'a str, limits: &Limits) -> Result<(usize, StartTag<'a>), StreamError> {
        let mut cursor = Cursor::new(text, 1);
        let (prefix, local) = cursor.qualified_name()?;
        let outer_bindings = self.scope.bindings.len();
        let mut outer_default = None;
        let mut attributes: Vec<Attribute> = Vec::new();
        let (mut declared, mut prefixed) = (0, false);
        let empty = loop {
            let space = cursor.skip_space();
            if cursor.eat(b'>') {
                break false;
            }
            if cursor.eat(b'/') {
                if cursor.eat(b'>') {
                    break true;
                }
                return Err(not_well_formed("'/' in a tag is followed by '>'."));
            }
            if !space {
                return Err(not_well_formed("Attributes are separated by white space."));
            }
            let (attribute_prefix, name) = cursor.qualified_name()?;
            let value = cursor.value()?;
            match (attribute_prefix, name) {
                (None, "xmlns") => {
                    let default = default_namespace(value)?;
                    if outer_default.replace(mem::replace(&mut self.scope.default, default)).is_some() {
                        return Err(not_well_formed(REPEATED));
                    }
                    declared += 1;
                }
                (Some("xmlns"), name) => {
                    self.declare(name, value, outer_bindings)?;
                    declared += 1;
                }
                (ns, name) => {
                    prefixed |= ns.is_some();
                    // The prefix stands in for its namespace until all declarations have been read.
                    attributes.push(Attribute { ns: ns.map(as_name), name: as_name(name), value });
                }
            }
            if declared > limits.namespaces || self.scope.bindings.len() > limits.namespaces.saturating_mul(4) {
                return Err(too_much("An element declares more namespaces than this server accepts."));
            }
            if attributes.len() > limits.attributes {
                return Err(too_much("An element has more attributes than this server accepts."));
            }
        };
        if prefixed {
            for prefix in attributes.iter_mut().filter_map(|attribute| attribute.ns.as_mut()) {
                *prefix = self.resolve(prefix)?;
            }
        }
        refuse_repeated(&attributes)?;
        let ns = match prefix {
            Some(prefix) => self.resolve(prefix)?,
            None => self.scope.default.clone(),
        };
        let element = Element::parsed(as_name(local), ns, attributes);
        Ok((cursor.at(), StartTag { prefix, element, outer_default, outer_bindings, empty }))
    }

    /// The namespace of a prefix.
    fn resolve(&self, prefix: &str) -> Result<Name, StreamError> {
        if prefix == "xml" {
            return Ok(Name::Borrowed(ns::XML));
        }
        let binding = self.scope.bindings.iter().rev().find(|binding| &*binding.prefix == prefix);
        binding.map(|binding| binding.uri.clone()).ok_or(not_well_formed("A namespace prefix is not declared."))
    }

    /// Takes the declaration of a prefix; those from `own` on belong to the same tag.
    fn declare(&mut self, prefix: &str, uri: String, own: usize) -> Result<(), StreamError> {
        if self.scope.bindings.iter().skip(own).any(|binding| &*binding.prefix == prefix) {
            return Err(not_well_formed(REPEATED));
        }
        if (prefix == "xml") != (uri == ns::XML) || prefix == "xmlns" || uri == XMLNS {
            return Err(not_well_formed("The prefixes xml and xmlns are what they are."));
        }
        if uri.is_empty() {
            return Err(not_well_formed("A prefix stands for some namespace."));
        }
        self.scope.bindings.push(Binding { prefix: prefix.into(), uri: shared_ns(uri) });
        Ok(())
    }
}

const REPEATED: &str = "An attribute stands twice in one tag.";

fn default_namespace(uri: String) -> Result<Name, StreamError> {
    if uri == ns::XML || uri == XMLNS {
        return Err(not_well_formed("The namespaces of xml and xmlns cannot be the default."));
    }
    Ok(shared_ns(uri))
}

/// Refuses two attributes of one name, also where two prefixes stand for the same namespace. Quadratic, over
/// a number that a limit bounds.
fn refuse_repeated(attributes: &[Attribute]) -> Result<(), StreamError> {
    for (at, one) in attributes.iter().enumerate() {
        if attributes.iter().skip(at + 1).any(|other| other.name == one.name && other.ns == one.ns) {
            return Err(not_well_formed(REPEATED));
        }
    }
    Ok(())
}

fn as_name(name: &str) -> Name {
    match names::known(name) {
        Some(known) => Name::Borrowed(known),
        None => Name::Owned(name.to_owned()),
    }
}
