//! The fields of a data form: their types and values (XEP-0004 §3.2, §3.3).

use std::borrow::Cow;

use crate::element::Element;
use crate::error::{Condition, StanzaError};
use crate::{BareJid, ns};

/// How a field is shown and what its values are (XEP-0004 §3.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // Each variant is the type of the same name in the specification.
pub enum FieldType {
    Boolean,
    Fixed,
    Hidden,
    JidMulti,
    JidSingle,
    ListMulti,
    ListSingle,
    TextMulti,
    TextPrivate,
    /// Also what stands for a type that is missing or unknown.
    #[default]
    TextSingle,
}

impl FieldType {
    pub(super) const ALL: [FieldType; 10] = [
        FieldType::Boolean,
        FieldType::Fixed,
        FieldType::Hidden,
        FieldType::JidMulti,
        FieldType::JidSingle,
        FieldType::ListMulti,
        FieldType::ListSingle,
        FieldType::TextMulti,
        FieldType::TextPrivate,
        FieldType::TextSingle,
    ];

    /// The value of the `type` attribute.
    pub const fn as_str(self) -> &'static str {
        match self {
            FieldType::Boolean => "boolean",
            FieldType::Fixed => "fixed",
            FieldType::Hidden => "hidden",
            FieldType::JidMulti => "jid-multi",
            FieldType::JidSingle => "jid-single",
            FieldType::ListMulti => "list-multi",
            FieldType::ListSingle => "list-single",
            FieldType::TextMulti => "text-multi",
            FieldType::TextPrivate => "text-private",
            FieldType::TextSingle => "text-single",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// One of the values that a list offers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FieldOption {
    /// What a person reads; without one, the value.
    pub label: Option<String>,
    /// What is submitted.
    pub value: String,
}

/// A field of a form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Field {
    /// Its name; empty for a `fixed` text between others.
    pub var: Cow<'static, str>,
    /// Its type; submitted forms mostly leave it out.
    pub kind: Option<FieldType>,
    /// What a person reads beside it.
    pub label: Option<String>,
    /// Its values; none is not the same as one that is empty.
    pub values: Vec<String>,
    /// What a list offers.
    pub options: Vec<FieldOption>,
    /// Whether a list takes values besides those it offers (XEP-0122 §3.3.2 `<open/>`).
    pub open: bool,
    /// Whether the form is incomplete without it.
    pub required: bool,
}

impl Field {
    /// A field of that name and type, without a value.
    pub fn new(var: impl Into<Cow<'static, str>>, kind: FieldType) -> Self {
        Field { var: var.into(), kind: Some(kind), ..Field::default() }
    }

    /// A hidden field.
    pub fn hidden(var: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        Field::new(var, FieldType::Hidden).value(value)
    }

    /// A switch.
    pub fn boolean(var: impl Into<Cow<'static, str>>, value: bool) -> Self {
        Field::new(var, FieldType::Boolean).value(if value { "1" } else { "0" })
    }

    /// A line of text.
    pub fn text(var: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        Field::new(var, FieldType::TextSingle).value(value)
    }

    /// A text that is not shown while it is typed.
    pub fn private(var: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        Field::new(var, FieldType::TextPrivate).value(value)
    }

    /// A list of addresses.
    pub fn jids<'a>(var: impl Into<Cow<'static, str>>, jids: impl IntoIterator<Item = &'a BareJid>) -> Self {
        let values = jids.into_iter().map(ToString::to_string).collect();
        Field { values, ..Field::new(var, FieldType::JidMulti) }
    }

    /// A choice of one.
    pub fn one_of(var: impl Into<Cow<'static, str>>, value: impl Into<String>, options: &[(&str, &str)]) -> Self {
        Field::new(var, FieldType::ListSingle).value(value).options(options)
    }

    /// A choice of any number.
    pub fn any_of(
        var: impl Into<Cow<'static, str>>,
        values: impl IntoIterator<Item = impl Into<String>>,
        options: &[(&str, &str)],
    ) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        Field { values, ..Field::new(var, FieldType::ListMulti) }.options(options)
    }

    /// The field with a label.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// The field with one more value.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.values.push(value.into());
        self
    }

    /// The field with these choices, each a value and what a person reads.
    #[must_use]
    pub fn options(mut self, options: &[(&str, &str)]) -> Self {
        self.options.extend(
            options.iter().map(|(value, label)| FieldOption { label: Some((*label).into()), value: (*value).into() }),
        );
        self
    }

    /// Its only value, or its lines joined; `None` if there is no value at all.
    pub fn as_text(&self) -> Option<Cow<'_, str>> {
        match self.values.as_slice() {
            [] => None,
            [only] => Some(Cow::Borrowed(only)),
            lines => Some(Cow::Owned(lines.join("\n"))),
        }
    }

    /// Its value as a switch: `1`, `true`, `0` or `false` (XEP-0004 §3.3), in any case. No value is no.
    ///
    /// Errors: `not-acceptable`, naming the field.
    pub fn as_bool(&self) -> Result<bool, StanzaError> {
        match self.values.as_slice() {
            [] => Ok(false),
            [only] => {
                let only = only.trim();
                if only == "1" || only.eq_ignore_ascii_case("true") {
                    Ok(true)
                } else if only.is_empty() || only == "0" || only.eq_ignore_ascii_case("false") {
                    Ok(false)
                } else {
                    Err(self.refused("must be true or false"))
                }
            }
            _ => Err(self.refused("takes one value")),
        }
    }

    /// Its values as bare addresses: resources are dropped, empty lines are skipped.
    ///
    /// Errors: `jid-malformed`, naming the field and the address.
    pub fn as_jids(&self) -> Result<Vec<BareJid>, StanzaError> {
        self.values
            .iter()
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
            .map(|value| {
                crate::Jid::new(value).map(crate::Jid::into_bare).map_err(|_| {
                    StanzaError::new(Condition::JidMalformed)
                        .text(format!("The field {} holds “{value}”, which is not an address.", self.var))
                })
            })
            .collect()
    }

    /// The error that refuses the field's value: `not-acceptable`, with a text that names the field.
    pub fn refused(&self, what: &str) -> StanzaError {
        StanzaError::new(Condition::NotAcceptable).text(format!("The field {} {what}.", self.var))
    }

    pub(super) fn parse(element: &Element) -> Self {
        let mut field = Field {
            var: element.get("var").unwrap_or_default().to_owned().into(),
            kind: element.get("type").and_then(FieldType::parse),
            label: element.get("label").map(str::to_owned),
            ..Field::default()
        };
        for child in element.children() {
            if child.is("value", ns::DATA) {
                field.values.push(child.content().into_owned());
            } else if child.is("option", ns::DATA) {
                field.options.push(FieldOption {
                    label: child.get("label").map(str::to_owned),
                    value: child.field_text("value").unwrap_or_default().into_owned(),
                });
            } else if child.is("required", ns::DATA) {
                field.required = true;
            } else if child.is("validate", ns::DATA_VALIDATE) {
                field.open |= child.find_own("open").is_some();
            }
        }
        field
    }

    /// The `<field/>` element.
    pub fn to_element(&self) -> Element {
        let mut element = Element::new("field", ns::DATA);
        if !self.var.is_empty() {
            element.set("var", self.var.as_ref());
        }
        if let Some(kind) = self.kind {
            element.set("type", kind.as_str());
        }
        if let Some(label) = &self.label {
            element.set("label", label.as_str());
        }
        if self.open {
            element.push(
                Element::new("validate", ns::DATA_VALIDATE)
                    .with("datatype", "xs:string")
                    .child(Element::new("open", ns::DATA_VALIDATE)),
            );
        }
        if self.required {
            element.push(Element::new("required", ns::DATA));
        }
        for value in &self.values {
            element.push(Element::new("value", ns::DATA).text(value.as_str()));
        }
        for option in &self.options {
            element.push(
                Element::new("option", ns::DATA)
                    .with_opt("label", option.label.as_deref())
                    .field("value", option.value.as_str()),
            );
        }
        element
    }
}
