//! An XML element as a value: what a stanza is once it has been read and before it is written.
//!
//! Enters: what [`crate::parse`] read, or what code builds with [`Element::new`]. Leaves: the same, as one
//! byte sequence for one value ([`Element::write`]), whoever reads it. Prefixes are not kept: a written
//! element declares a default namespace where it differs from its parent's, save the prefixes `stream:`, which
//! clients expect literally, and `xml:`. Never does I/O, never panics on any content.

mod write;

use std::borrow::Cow;

pub use write::escape;

use crate::ns;

/// A namespace or a name: static where Parterre knows it, owned where only the sender does.
pub type Name = Cow<'static, str>;

/// An attribute. `ns` is `None` for the usual unprefixed kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Attribute {
    /// Namespace of a prefixed attribute; `xml:lang` bears [`ns::XML`].
    pub ns: Option<Name>,
    /// Local name.
    pub name: Name,
    /// Value, unescaped.
    pub value: String,
}

/// A child of an element.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// A child element.
    Element(Element),
    /// Character data, unescaped.
    Text(String),
}

/// An XML element: name, namespace, attributes and children in document order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Element {
    name: Name,
    ns: Name,
    attributes: Vec<Attribute>,
    children: Vec<Node>,
}

impl Element {
    /// An empty element of that name and namespace.
    pub fn new(name: impl Into<Name>, ns: impl Into<Name>) -> Self {
        Element { name: name.into(), ns: ns.into(), attributes: Vec::new(), children: Vec::new() }
    }

    /// An `<iq/>` of that type and id.
    pub fn iq(kind: &'static str, id: &str) -> Self {
        Element::new("iq", ns::CLIENT).with("type", kind).with("id", id)
    }

    /// A `<message/>` of that type.
    pub fn message(kind: &'static str) -> Self {
        Element::new("message", ns::CLIENT).with("type", kind)
    }

    /// A `<presence/>`, available unless a type is set.
    pub fn presence() -> Self {
        Element::new("presence", ns::CLIENT)
    }

    // --- building -------------------------------------------------------------------------------------------

    /// The element with that attribute set.
    #[must_use]
    pub fn with(mut self, name: impl Into<Name>, value: impl Into<String>) -> Self {
        self.set(name, value);
        self
    }

    /// The element with that attribute set if there is a value.
    #[must_use]
    pub fn with_opt(self, name: impl Into<Name>, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// The element with one more child element.
    #[must_use]
    pub fn child(mut self, child: Element) -> Self {
        self.push(child);
        self
    }

    /// The element with one more child element if there is one.
    #[must_use]
    pub fn child_opt(self, child: Option<Element>) -> Self {
        match child {
            Some(child) => self.child(child),
            None => self,
        }
    }

    /// The element with these child elements added.
    #[must_use]
    pub fn children_from(mut self, children: impl IntoIterator<Item = Element>) -> Self {
        self.children.extend(children.into_iter().map(Node::Element));
        self
    }

    /// The element with character data added.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.push_text(text);
        self
    }

    /// The element with a child `<name>text</name>` in the element's own namespace.
    #[must_use]
    pub fn field(self, name: impl Into<Name>, text: impl Into<String>) -> Self {
        let ns = self.ns.clone();
        self.child(Element::new(name, ns).text(text))
    }

    /// Adds a child element.
    pub fn push(&mut self, child: Element) {
        self.children.push(Node::Element(child));
    }

    /// Adds character data, joining it to character data that ends the element already.
    pub fn push_text(&mut self, text: impl Into<String>) {
        let text = text.into();
        if text.is_empty() {
            return;
        }
        if let Some(Node::Text(last)) = self.children.last_mut() {
            last.push_str(&text);
        } else {
            self.children.push(Node::Text(text));
        }
    }

    /// Sets an unprefixed attribute.
    pub fn set(&mut self, name: impl Into<Name>, value: impl Into<String>) {
        let (name, value) = (name.into(), value.into());
        match self.attributes.iter_mut().find(|a| a.ns.is_none() && a.name == name) {
            Some(attribute) => attribute.value = value,
            None => self.attributes.push(Attribute { ns: None, name, value }),
        }
    }

    /// An element whose start tag has been read.
    pub(crate) fn parsed(name: Name, ns: Name, attributes: Vec<Attribute>) -> Self {
        Element { name, ns, attributes, children: Vec::new() }
    }

    /// Adds an attribute as it stands; for parsers.
    pub fn push_attribute(&mut self, attribute: Attribute) {
        self.attributes.push(attribute);
    }

    /// Sets `xml:lang`.
    pub fn set_lang(&mut self, lang: impl Into<String>) {
        self.attributes.retain(|a| !(a.name == "lang" && a.ns.as_deref() == Some(ns::XML)));
        self.attributes.push(Attribute { ns: Some(ns::XML.into()), name: "lang".into(), value: lang.into() });
    }

    /// Takes an unprefixed attribute away and gives its value.
    pub fn unset(&mut self, name: &str) -> Option<String> {
        let at = self.attributes.iter().position(|a| a.ns.is_none() && a.name == name)?;
        Some(self.attributes.remove(at).value)
    }

    /// Keeps only the child elements for which `keep` holds; character data stays.
    pub fn retain(&mut self, mut keep: impl FnMut(&Element) -> bool) {
        self.children.retain(|node| match node {
            Node::Element(element) => keep(element),
            Node::Text(_) => true,
        });
    }

    /// Puts the element and its descendants that are of one namespace into another.
    pub(crate) fn replace_ns(&mut self, from: &str, to: &'static str) {
        if self.ns == from {
            self.ns = to.into();
        }
        for child in self.children_mut() {
            child.replace_ns(from, to);
        }
    }

    /// The children, character data among them.
    pub fn into_nodes(self) -> Vec<Node> {
        self.children
    }

    // --- reading --------------------------------------------------------------------------------------------

    /// Local name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Namespace.
    pub fn ns(&self) -> &str {
        &self.ns
    }

    /// Whether the element has that name and namespace.
    pub fn is(&self, name: &str, ns: &str) -> bool {
        self.name == name && self.ns == ns
    }

    /// The value of an unprefixed attribute.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|a| a.ns.is_none() && a.name == name).map(|a| a.value.as_str())
    }

    /// The value of `xml:lang`.
    pub fn lang(&self) -> Option<&str> {
        self.attributes.iter().find(|a| a.name == "lang" && a.ns.as_deref() == Some(ns::XML)).map(|a| a.value.as_str())
    }

    /// All attributes.
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// All children, character data among them.
    pub fn nodes(&self) -> &[Node] {
        &self.children
    }

    /// The child elements.
    pub fn children(&self) -> impl DoubleEndedIterator<Item = &Element> + Clone {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The child elements, to change.
    pub fn children_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut Element> {
        self.children.iter_mut().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The first child element of that name and namespace.
    pub fn find(&self, name: &str, ns: &str) -> Option<&Element> {
        self.children().find(|child| child.is(name, ns))
    }

    /// The first child element of that name and namespace, to change.
    pub fn find_mut(&mut self, name: &str, ns: &str) -> Option<&mut Element> {
        self.children_mut().find(|child| child.is(name, ns))
    }

    /// The first child element of that name in the element's own namespace.
    pub fn find_own(&self, name: &str) -> Option<&Element> {
        self.find(name, &self.ns)
    }

    /// Whether a child element has that name and namespace.
    pub fn has(&self, name: &str, ns: &str) -> bool {
        self.find(name, ns).is_some()
    }

    /// The element's own character data (not its descendants'), joined.
    pub fn content(&self) -> Cow<'_, str> {
        let mut texts = self.children.iter().filter_map(|node| match node {
            Node::Text(text) => Some(text.as_str()),
            Node::Element(_) => None,
        });
        match (texts.next(), texts.next()) {
            (None, _) => Cow::Borrowed(""),
            (Some(only), None) => Cow::Borrowed(only),
            (Some(first), Some(second)) => Cow::Owned([first, second].into_iter().chain(texts).collect()),
        }
    }

    /// The character data of the first child of that name in the element's own namespace.
    pub fn field_text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.find_own(name).map(Element::content)
    }
}

#[cfg(test)]
mod tests;
