//! The mark that each message of the crowd carries at the end of its text: which rehearsal, which message, when it was sent.
//!
//! Enters: bytes of a stanza. Leaves: the mark, found without reading the XML around it. It is 30 bytes of plain ASCII, which no
//! server escapes.

use memchr::memmem::Finder;

/// Bytes of a mark: `~`, run, `~`, message, sending.
const LEN: usize = 10 + DIGITS;
const DIGITS: usize = 8 + 12;

/// Finds the marks of one rehearsal.
#[derive(Debug)]
pub(crate) struct Marks {
    finder: Finder<'static>,
    run: u32,
}

/// What a message says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Its number.
    pub(crate) message: u32,
    /// When it was sent, microseconds since the rehearsal began.
    pub(crate) sent: u64,
}

impl Marks {
    /// The marks of the rehearsal of that number.
    pub(crate) fn of(run: u32) -> Self {
        Marks { finder: Finder::new(&format!("~{run:08x}~")).into_owned(), run }
    }

    /// The mark as it is written.
    pub(crate) fn write(&self, mark: Mark) -> String {
        format!("~{:08x}~{:08x}{:012x}", self.run, mark.message, mark.sent)
    }

    /// The mark in a stanza; `None` if it is not of this rehearsal.
    pub(crate) fn find(&self, stanza: &[u8]) -> Option<Mark> {
        let at = self.finder.find(stanza)?;
        let digits = stanza.get(at + LEN - DIGITS..at + LEN)?;
        let (message, sent) = digits.split_at_checked(8)?;
        Some(Mark { message: hexadecimal(message)? as u32, sent: hexadecimal(sent)? })
    }
}

fn hexadecimal(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0, |number, digit| {
        let digit = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(number << 4 | u64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_found_again() {
        let marks = Marks::of(0xa1);
        for mark in [Mark { message: 0, sent: 0 }, Mark { message: 77_777, sent: 123_456_789_012 }] {
            let text = format!("<message><body>Good evening ~ {}</body></message>", marks.write(mark));
            assert_eq!(marks.find(text.as_bytes()), Some(mark));
            assert_eq!(Marks::of(0xa2).find(text.as_bytes()), None, "of another rehearsal");
            let cut = text.find("</body>").unwrap() - 1;
            assert_eq!(marks.find(&text.as_bytes()[..cut]), None, "cut short");
        }
        assert_eq!(marks.find(b"~000000a1~0000000100000000000G"), None);
        assert_eq!(marks.write(Mark { message: 1, sent: 1 }).len(), LEN);
    }
}
