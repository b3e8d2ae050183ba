//! What a tag consists of: names, white space, quoted values.

use crate::error::StreamError;
use crate::parse::{chars, not_well_formed};

/// A place in a tag.
pub(crate) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    /// The place `at` bytes into `text`.
    pub(crate) fn new(text: &'a str, at: usize) -> Self {
        Cursor { text, at }
    }

    /// How many bytes of the text have been read.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Goes over that byte if it comes next; whether it did.
    pub(crate) fn eat(&mut self, byte: u8) -> bool {
        let found = self.text.as_bytes().get(self.at) == Some(&byte);
        self.at += usize::from(found);
        found
    }

    /// Goes over white space; whether there was any.
    pub(crate) fn skip_space(&mut self) -> bool {
        let from = self.at;
        while self.text.as_bytes().get(self.at).is_some_and(|byte| chars::is_space((*byte).into())) {
            self.at += 1;
        }
        self.at > from
    }

    fn name(&mut self) -> Result<&'a str, StreamError> {
        let rest = self.rest();
        let len = chars::name_len(rest);
        if len == 0 {
            return Err(not_well_formed("A name is missing, or begins with a character that begins none."));
        }
        self.at += len;
        Ok(&rest[..len])
    }

    /// A name and its prefix.
    pub(crate) fn qualified_name(&mut self) -> Result<(Option<&'a str>, &'a str), StreamError> {
        let first = self.name()?;
        if self.eat(b':') { Ok((Some(first), self.name()?)) } else { Ok((None, first)) }
    }

    /// `='value'`, in either kind of quotes.
    pub(crate) fn value(&mut self) -> Result<String, StreamError> {
        self.skip_space();
        if !self.eat(b'=') {
            return Err(not_well_formed("An attribute has a value."));
        }
        self.skip_space();
        let quote = match self.rest().as_bytes().first() {
            Some(quote @ (b'\'' | b'"')) => *quote,
            _ => return Err(not_well_formed("The value of an attribute is quoted.")),
        };
        self.at += 1;
        let rest = self.rest();
        let len = memchr::memchr(quote, rest.as_bytes()).ok_or(not_well_formed("A quote is not closed."))?;
        self.at += len + 1;
        chars::attribute(&rest[..len])
    }
}
