//! Finds where a tag, a CDATA section or a text ends, without looking at any byte twice.

use crate::error::StreamError;
use crate::parse::{not_well_formed, restricted};

const CDATA: &[u8] = b"<![CDATA[";

/// How far a piece of markup has been read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Scan {
    /// At its first byte.
    #[default]
    Start,
    /// In text: the next `<` is not part of it.
    Text,
    /// After the `<`.
    Markup,
    /// In a tag, outside of quotes.
    Tag,
    /// In a tag, in quotes of this kind.
    Quoted(u8),
    /// In the opening of a CDATA section, so many bytes of which have come.
    CdataOpen(usize),
    /// In a CDATA section, after so many `]` (2 stands for more, too).
    Cdata(u8),
    /// In a processing instruction; whether its last byte was `?`.
    Instruction(bool),
}

impl Scan {
    /// Goes on through `input`: gives how many of its bytes belong to the piece if its end is among them.
    pub(super) fn feed(&mut self, input: &[u8]) -> Result<Option<usize>, StreamError> {
        let mut at = 0;
        while let Some(rest) = input.get(at..).filter(|rest| !rest.is_empty()) {
            let byte = rest.first().copied().unwrap_or_default();
            match *self {
                Scan::Start => *self = if byte == b'<' { Scan::Markup } else { Scan::Text },
                Scan::Text => {
                    return Ok(memchr::memchr(b'<', rest).map(|len| at + len));
                }
                Scan::Markup => {
                    *self = match byte {
                        b'!' => Scan::CdataOpen(2),
                        b'?' => Scan::Instruction(false),
                        _ => Scan::Tag,
                    };
                    // What the tag begins with is looked at as part of the tag.
                    if matches!(*self, Scan::Tag) {
                        continue;
                    }
                }
                Scan::Tag => {
                    let Some(len) = rest.iter().position(|byte| matches!(byte, b'>' | b'<' | b'"' | b'\'')) else {
                        return Ok(None);
                    };
                    at += len;
                    match rest.get(len) {
                        Some(b'>') => return Ok(Some(at + 1)),
                        Some(quote @ (b'"' | b'\'')) => *self = Scan::Quoted(*quote),
                        _ => return Err(not_well_formed("A tag is not closed before the next begins.")),
                    }
                }
                Scan::Quoted(quote) => match memchr::memchr2(quote, b'<', rest) {
                    None => return Ok(None),
                    Some(len) if rest.get(len) == Some(&b'<') => {
                        return Err(not_well_formed("'<' is written '&lt;' in an attribute."));
                    }
                    Some(len) => {
                        at += len;
                        *self = Scan::Tag;
                    }
                },
                Scan::CdataOpen(seen) => {
                    if CDATA.get(seen) != Some(&byte) {
                        return Err(restricted("Comments and document types are not part of XMPP."));
                    }
                    *self = if seen + 1 == CDATA.len() { Scan::Cdata(0) } else { Scan::CdataOpen(seen + 1) };
                }
                Scan::Cdata(brackets) => match byte {
                    b']' => *self = Scan::Cdata((brackets + 1).min(2)),
                    b'>' if brackets == 2 => return Ok(Some(at + 1)),
                    _ => *self = Scan::Cdata(0),
                },
                Scan::Instruction(true) if byte == b'>' => return Ok(Some(at + 1)),
                Scan::Instruction(_) => *self = Scan::Instruction(byte == b'?'),
            }
            at += 1;
        }
        Ok(None)
    }
}
