//! Reads one XML element, strictly: the subset of XML that XMPP allows (RFC 6120 §11).
//!
//! Enters: text, whole ([`parse`]) or tag by tag as a stream brings it ([`Builder`]), and the namespaces in
//! force around it ([`Context`]). Leaves: an [`Element`], or the [`StreamError`] that the RFC names:
//!
//! * `restricted-xml` for comments, processing instructions, document types, and references to entities other
//!   than the five predefined ones (§11.1);
//! * `not-well-formed` for all that is not well-formed or not namespace-well-formed (§11.3): an undeclared
//!   prefix is of this kind;
//! * `policy-violation` where a limit of [`Limits`] is reached.
//!
//! It never recurses, never looks at a byte twice for each layer of nesting, and never holds more than its
//! limits allow. CDATA sections are read as text. Line ends and attribute values are normalised as XML 1.0
//! §2.11 and §3.3.3 say.
//!
//! What own code buys: a groupchat message of 335 bytes becomes an element in 0.92 µs, in 10.5 µs with rxml 0.14
//! and minidom 0.19; a join in 0.63 µs instead of 8.6 µs, an archive query in 1.8 µs instead of 25 µs (one run of
//! `benches/parse.rs` on a busy machine of two cores; it is the ratio of 11 to 14 that counts). And a stream is
//! refused at the tag that is wrong, with the condition that the RFC names, under limits that those have not.

mod builder;
mod chars;
mod cursor;
mod names;

use std::str::FromStr;

pub use builder::Builder;
#[cfg(test)]
pub(crate) use chars::is_char;
pub(crate) use chars::is_space;
pub(crate) use cursor::Cursor;

use crate::element::{Element, Name};
use crate::error::{StreamCondition, StreamError};
use crate::ns;

/// The deepest nesting that any [`Limits`] can allow. Writing and dropping an element recurse, so there has to
/// be one that no configuration lifts; 512 levels need less than half the stack of a thread.
pub const MAX_DEPTH: usize = 512;

/// How much one element may be. A limit is reached when more than its value is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of an element that stands at the top, all its content and markup among them.
    pub element_bytes: usize,
    /// Levels of nesting; the top is 1. Values above [`MAX_DEPTH`] count as that.
    pub depth: usize,
    /// Attributes of one element, namespace declarations not among them.
    pub attributes: usize,
    /// Namespace declarations of one element. Four times as many prefixes may be in force at once: each name is looked
    /// up among them.
    pub namespaces: usize,
    /// Elements in one element that stands at the top, itself among them. A parsed element takes some
    /// hundred bytes of memory and can be written in four, which is why bytes alone are no bound.
    pub elements: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { element_bytes: 65_536, depth: 64, attributes: 64, namespaces: 16, elements: 2_048 }
    }
}

/// The namespaces in force where an element stands: none for a WebSocket frame or a BOSH body, those of the
/// stream header for a stanza in a TCP stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    default: Name,
    bindings: Vec<Binding>,
}

/// A prefix and what it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Binding {
    prefix: Box<str>,
    uri: Name,
}

impl Context {
    /// A context with that default namespace and no prefixes.
    pub fn new(default: impl Into<Name>) -> Self {
        Context { default: default.into(), bindings: Vec::new() }
    }

    /// The context with one more prefix.
    #[must_use]
    pub fn prefix(mut self, prefix: &str, uri: impl Into<Name>) -> Self {
        self.bindings.push(Binding { prefix: prefix.into(), uri: uri.into() });
        self
    }

    /// The default namespace; empty if there is none.
    pub fn default_ns(&self) -> &str {
        &self.default
    }
}

/// Reads the one element that `text` consists of, where `context` is in force around it. White space before
/// and after the element is allowed, anything else is not.
pub fn parse(text: &str, context: &Context, limits: &Limits) -> Result<Element, StreamError> {
    if text.len() > limits.element_bytes {
        return Err(too_much("The element has more bytes than this server accepts."));
    }
    let mut builder = Builder::new(context.clone());
    let mut rest = text.trim_start_matches(chars::is_space);
    if !rest.starts_with('<') {
        return Err(not_well_formed("An XML element begins with '<'."));
    }
    loop {
        let (used, element) = builder.read(rest, limits)?;
        rest = rest.get(used..).unwrap_or_default();
        match element {
            Some(element) if rest.bytes().all(|byte| chars::is_space(byte.into())) => return Ok(element),
            Some(_) => return Err(not_well_formed("There is more after the end of the element.")),
            None if rest.is_empty() => return Err(not_well_formed("The element is not closed.")),
            None => {}
        }
    }
}

impl FromStr for Element {
    type Err = StreamError;

    /// Reads a document of one element within the default [`Limits`].
    fn from_str(text: &str) -> Result<Self, StreamError> {
        parse(text, &Context::default(), &Limits::default())
    }
}

pub(crate) fn not_well_formed(text: &'static str) -> StreamError {
    StreamError::new(StreamCondition::NotWellFormed, text)
}

pub(crate) fn restricted(text: &'static str) -> StreamError {
    StreamError::new(StreamCondition::RestrictedXml, text)
}

pub(crate) fn too_much(text: &'static str) -> StreamError {
    StreamError::new(StreamCondition::PolicyViolation, text)
}

/// A namespace, shared where it is known.
fn shared_ns(uri: String) -> Name {
    match ns::known(&uri) {
        Some(known) => Name::Borrowed(known),
        None => Name::Owned(uri),
    }
}

#[cfg(test)]
mod tests;
