//! The characters of XML 1.0 (fifth edition): which may stand where, and how text is decoded.

use crate::error::StreamError;
use crate::parse::{not_well_formed, restricted};

/// The byte starts a name (all bytes above ASCII are asked again as characters).
const NAME_START: u8 = 1;
/// The byte goes on in a name.
const NAME: u8 = 2;
/// The decoder of character data has to look at the byte.
const IN_TEXT: u8 = 4;
/// The decoder of attribute values has to look at the byte.
const IN_ATTRIBUTE: u8 = 8;

const CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'0'..=b'9' | b'-' | b'.' => NAME,
            b'\t' | b'\n' => IN_ATTRIBUTE,
            b'>' => IN_TEXT,
            // 0xEF starts U+F000 to U+FFFF, the last two of which are no characters.
            0x00..=0x1F | b'&' | b'<' => IN_TEXT | IN_ATTRIBUTE,
            0xEF => NAME_START | NAME | IN_TEXT | IN_ATTRIBUTE,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80..=0xFF => NAME_START | NAME,
            _ => 0,
        };
        byte += 1;
    }
    table
}

fn is(byte: u8, class: u8) -> bool {
    CLASS[byte as usize] & class != 0
}

/// White space of XML.
pub(crate) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// `Char` of XML 1.0 §2.2.
pub(crate) fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

fn is_name_start(c: char) -> bool {
    matches!(c,
        'a'..='z' | 'A'..='Z' | '_' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}'
        | '\u{10000}'..='\u{EFFFF}')
}

fn is_name(c: char) -> bool {
    is_name_start(c) || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// The length of the `NCName` at the start of `text`; 0 if there is none.
pub(super) fn name_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    if !bytes.first().is_some_and(|first| is(*first, NAME_START)) {
        return 0;
    }
    let len = bytes.iter().position(|byte| !is(*byte, NAME)).unwrap_or(bytes.len());
    let name = &text[..len];
    if name.is_ascii() {
        return len;
    }
    let mut chars = name.char_indices();
    if !chars.next().is_some_and(|(_, first)| is_name_start(first)) {
        return 0;
    }
    chars.find(|(_, c)| !is_name(*c)).map_or(len, |(at, _)| at)
}

/// Appends decoded character data to `out`; `raw` is what stands between two tags.
pub(super) fn text(raw: &str, out: &mut String) -> Result<(), StreamError> {
    decode(raw, IN_TEXT, true, out)
}

/// Appends the content of a CDATA section to `out`.
pub(super) fn cdata(raw: &str, out: &mut String) -> Result<(), StreamError> {
    decode(raw, IN_TEXT, false, out)
}

/// The value of an attribute; `raw` is what stands between its quotes.
pub(super) fn attribute(raw: &str) -> Result<String, StreamError> {
    let mut out = String::with_capacity(raw.len());
    decode(raw, IN_ATTRIBUTE, true, &mut out)?;
    Ok(out)
}

/// `markup`: whether `&` begins a reference and `<` and `]]>` are wrong, which CDATA alone does not have.
fn decode(raw: &str, class: u8, markup: bool, out: &mut String) -> Result<(), StreamError> {
    let bytes = raw.as_bytes();
    let (mut from, mut at) = (0, 0);
    while let Some(skip) = bytes[at..].iter().position(|byte| is(*byte, class)) {
        at += skip;
        let next = bytes.get(at + 1).copied();
        match bytes[at] {
            b'&' if markup => {
                out.push_str(&raw[from..at]);
                let (c, used) = reference(&raw[at..])?;
                out.push(c);
                from = at + used;
                at = from;
                continue;
            }
            b'<' if markup => return Err(not_well_formed("'<' is written '&lt;' in an attribute.")),
            b'>' if markup && raw[..at].ends_with("]]") => {
                return Err(not_well_formed("']]>' is written ']]&gt;' in text."));
            }
            b'\r' if class == IN_ATTRIBUTE || next != Some(b'\n') => {
                out.push_str(&raw[from..at]);
                out.push(if class == IN_ATTRIBUTE { ' ' } else { '\n' });
                at += usize::from(next == Some(b'\n'));
                from = at + 1;
            }
            // The line feed that follows stands for both.
            b'\r' => {
                out.push_str(&raw[from..at]);
                from = at + 1;
            }
            b'\t' | b'\n' if class == IN_ATTRIBUTE => {
                out.push_str(&raw[from..at]);
                out.push(' ');
                from = at + 1;
            }
            b'\t' | b'\n' | b'&' | b'<' | b'>' => {}
            0xEF => {
                if next == Some(0xBF) && bytes.get(at + 2).is_some_and(|last| *last >= 0xBE) {
                    return Err(not_well_formed("U+FFFE and U+FFFF cannot be sent in XML."));
                }
            }
            _ => return Err(not_well_formed("Control characters cannot be sent in XML.")),
        }
        at += 1;
    }
    out.push_str(&raw[from..]);
    Ok(())
}

/// The character for which the reference at the start of `text` stands, and the length of the reference.
fn reference(text: &str) -> Result<(char, usize), StreamError> {
    const UNFINISHED: &str = "'&' is written '&amp;' where it begins no reference.";
    let body = text.get(1..).unwrap_or_default();
    let end = memchr::memchr(b';', body.as_bytes()).ok_or(not_well_formed(UNFINISHED))?;
    let name = &body[..end];
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "apos" => '\'',
        "quot" => '"',
        _ => match name.strip_prefix('#') {
            Some(number) => character(number)?,
            None if end > 0 && name_len(name) == end => {
                return Err(restricted("Only amp, lt, gt, apos and quot may be referred to."));
            }
            None => return Err(not_well_formed(UNFINISHED)),
        },
    };
    Ok((c, end + 2))
}

/// The character of a character reference, from what stands between `&#` and `;`.
fn character(number: &str) -> Result<char, StreamError> {
    let (digits, radix) = match number.strip_prefix('x') {
        Some(hex) => (hex, 16),
        None => (number, 10),
    };
    // `from_str_radix` would take a sign.
    let code = if digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        u32::from_str_radix(digits, radix).ok()
    } else {
        None
    };
    code.and_then(char::from_u32)
        .filter(|c| is_char(*c))
        .ok_or(not_well_formed("A character reference stands for no character of XML."))
}
