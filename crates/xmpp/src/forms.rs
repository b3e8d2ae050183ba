//! Data forms (XEP-0004): what a form says, read from an `<x xmlns='jabber:x:data'/>` and written to one.
//!
//! Enters: an element that a client sent, or fields that code puts together. Leaves: a [`Form`], or the stanza
//! error that says which field is wrong. Reading is strict where two readers could disagree (a field given
//! twice) and lenient where clients are (types left out, spaces around a boolean). Tables of results
//! (`<reported/>`, `<item/>`) are not read: nothing that Parterre speaks needs them.

use crate::element::Element;
use crate::error::{Condition, StanzaError};
use crate::ns;

mod field;

pub use field::{Field, FieldOption, FieldType};

/// The most fields that a form is read with.
pub const MAX_FIELDS: usize = 256;
/// The most values that a form is read with, over all its fields.
pub const MAX_VALUES: usize = 4096;

/// What a form is for (XEP-0004 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FormType {
    /// To be filled in.
    Form,
    /// Filled in.
    Submit,
    /// Given up.
    Cancel,
    /// Data to be read.
    Result,
}

impl FormType {
    /// The value of the `type` attribute.
    pub const fn as_str(self) -> &'static str {
        match self {
            FormType::Form => "form",
            FormType::Submit => "submit",
            FormType::Cancel => "cancel",
            FormType::Result => "result",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [FormType::Form, FormType::Submit, FormType::Cancel, FormType::Result]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// A form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Form {
    /// What it is for.
    pub kind: FormType,
    /// What stands above it.
    pub title: Option<String>,
    /// What to do with it.
    pub instructions: Option<String>,
    /// Its fields, `FORM_TYPE` among them.
    pub fields: Vec<Field>,
}

impl Form {
    /// A form for that purpose, whose `FORM_TYPE` (XEP-0068) is `form_type`.
    pub fn new(kind: FormType, form_type: &str) -> Self {
        Form { kind, title: None, instructions: None, fields: vec![Field::hidden("FORM_TYPE", form_type)] }
    }

    /// The form with one more field.
    #[must_use]
    pub fn field(mut self, field: Field) -> Self {
        self.fields.push(field);
        self
    }

    /// The form with these fields added.
    #[must_use]
    pub fn fields_from(mut self, fields: impl IntoIterator<Item = Field>) -> Self {
        self.fields.extend(fields);
        self
    }

    /// Its `FORM_TYPE`.
    pub fn form_type(&self) -> Option<&str> {
        self.get("FORM_TYPE").and_then(|field| field.values.first()).map(|value| value.trim())
    }

    /// The field of that name.
    pub fn get(&self, var: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.var == var)
    }

    /// Reads the form among the children of `parent`; `None` if it has none.
    ///
    /// Errors: as [`Form::parse`].
    pub fn find(parent: &Element) -> Result<Option<Self>, StanzaError> {
        parent.find("x", ns::DATA).map(Form::parse).transpose()
    }

    /// Reads an `<x xmlns='jabber:x:data'/>`.
    ///
    /// Errors: `bad-request` for an element that is no form, an unknown form type, a field without a name or
    /// given twice, and more fields or values than [`MAX_FIELDS`] and [`MAX_VALUES`].
    pub fn parse(element: &Element) -> Result<Self, StanzaError> {
        let bad = |text: &str| Err(StanzaError::new(Condition::BadRequest).text(text));
        if !element.is("x", ns::DATA) {
            return bad("Expected a data form (XEP-0004).");
        }
        let Some(kind) = element.get("type").and_then(FormType::parse) else {
            return bad("The type of a data form must be form, submit, cancel or result.");
        };
        let mut form = Form { kind, title: None, instructions: None, fields: Vec::new() };
        let mut values = 0;
        for child in element.children().filter(|child| child.ns() == ns::DATA) {
            match child.name() {
                "title" => form.title = Some(child.content().into_owned()),
                "instructions" => {
                    // Several are lines of one text (XEP-0004 §3.1).
                    let line = child.content();
                    match &mut form.instructions {
                        Some(text) => {
                            text.push('\n');
                            text.push_str(&line);
                        }
                        none => *none = Some(line.into_owned()),
                    }
                }
                "field" => {
                    let field = Field::parse(child);
                    values += field.values.len() + field.options.len();
                    if form.fields.len() == MAX_FIELDS || values > MAX_VALUES {
                        return bad("The form has too many fields or values.");
                    }
                    if field.var.is_empty() {
                        if field.kind == Some(FieldType::Fixed) {
                            form.fields.push(field);
                            continue;
                        }
                        return bad("A field of the form has no var attribute.");
                    }
                    if form.get(&field.var).is_some() {
                        return bad(&format!("The form has the field {} twice.", field.var));
                    }
                    form.fields.push(field);
                }
                _ => {}
            }
        }
        Ok(form)
    }

    /// The `<x/>` element.
    pub fn to_element(&self) -> Element {
        Element::new("x", ns::DATA)
            .with("type", self.kind.as_str())
            .child_opt(self.title.as_ref().map(|title| Element::new("title", ns::DATA).text(title.as_str())))
            .child_opt(
                self.instructions.as_ref().map(|text| Element::new("instructions", ns::DATA).text(text.as_str())),
            )
            .children_from(self.fields.iter().map(Field::to_element))
    }
}

#[cfg(test)]
mod tests;
