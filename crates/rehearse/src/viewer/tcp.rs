//! A stream over TCP (RFC 6120), cut into stanzas.

use std::borrow::Cow;

use super::cut;
use super::pipe::{Ended, MOST, Piece};

/// The next piece of what came in, and how many bytes it took.
pub(super) fn next(input: &[u8]) -> Result<Option<(usize, Piece<'_>)>, Ended> {
    let start = cut::space(input);
    let rest = input.get(start..).unwrap_or_default();
    if rest.starts_with(b"</") {
        return Err(Ended::of("the server closed the stream"));
    }
    // The XML declaration and the header of the stream say nothing that a viewer needs.
    let lone = rest.starts_with(b"<?") || rest.starts_with(b"<stream:stream");
    let undecided = rest.len() < 15 && (b"<stream:stream ".starts_with(rest) || rest.len() < 2);
    let end = match (undecided, lone) {
        (true, _) => None,
        (false, true) => cut::tag(rest, 0),
        (false, false) => cut::element(rest, 0),
    };
    match end {
        None if input.len() > MOST => Err(Ended::of("the server sent a stanza of more than 4 MiB")),
        None => Ok(None),
        Some(end) if lone => Ok(Some((start + end, Piece::Nothing))),
        Some(end) => Ok(Some((start + end, Piece::Stanza(Cow::Borrowed(rest.get(..end).unwrap_or_default()))))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_falls_into_its_stanzas_wherever_it_is_cut() {
        let stream = "<?xml version='1.0'?><stream:stream id='a>b' xmlns:stream='s'><stream:features><x/></stream:features>\n \
                      <message><body>&lt;a></body></message><r xmlns='urn:xmpp:sm:3'/>";
        for step in 1..stream.len() {
            let (mut held, mut stanzas) = (Vec::new(), Vec::new());
            for part in stream.as_bytes().chunks(step) {
                held.extend_from_slice(part);
                while let Some((used, piece)) = next(&held).unwrap() {
                    if let Piece::Stanza(stanza) = piece {
                        stanzas.push(String::from_utf8(stanza.into_owned()).unwrap());
                    }
                    held.drain(..used);
                }
            }
            assert_eq!(stanzas.len(), 3, "in steps of {step}: {stanzas:?}");
            assert_eq!(stanzas[1], "<message><body>&lt;a></body></message>");
        }
        assert_eq!(next(b" </stream:stream>").unwrap_err().0, "the server closed the stream");
    }
}
