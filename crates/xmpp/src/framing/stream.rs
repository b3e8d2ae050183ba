//! A stream over TCP (RFC 6120 §4): one long XML document, cut into elements as its bytes come in.
//!
//! Enters: bytes, split anywhere. Leaves: [`StreamEvent`]s, or the stream error of the first thing that is
//! wrong, at the tag where it is wrong. It never looks at a byte of markup twice to find where it ends, and
//! holds bytes of one incomplete tag or text only; within an element it holds what has been read of that, in
//! the bounds of [`Limits`]. Between two elements it holds no more than the prefixes of the stream header.

mod scan;

use crate::element::Element;
use crate::error::{StreamCondition, StreamError};
use crate::framing::{ServerOpen, StreamEvent, StreamOpen};
use crate::ns;
use crate::parse::{Builder, Context, Cursor, Limits, is_space, not_well_formed, restricted, too_much};
use scan::Scan;

/// What closes a stream.
pub const CLOSE: &str = "</stream:stream>";

const TOO_LONG: &str = "The stanza has more bytes than this server accepts.";

/// Reads what a client sends.
#[derive(Debug, Default)]
pub struct StreamDecoder {
    state: State,
    scan: Scan,
    /// The beginning of a tag, or of text, whose end has not come yet.
    pending: Vec<u8>,
}

#[derive(Debug)]
enum State {
    /// No stream header yet.
    Expecting {
        declaration_allowed: bool,
    },
    Open(Box<Stream>),
    Closed,
}

#[derive(Debug)]
struct Stream {
    builder: Builder,
    prefix: String,
}

impl Default for State {
    fn default() -> Self {
        State::Expecting { declaration_allowed: true }
    }
}

impl StreamDecoder {
    /// A decoder of a new connection.
    pub fn new() -> Self {
        StreamDecoder::default()
    }

    /// Expects a new stream header next, as after STARTTLS and SASL (RFC 6120 §4.3.3). What came in plain text beside a
    /// `<starttls/>` must not be given to it: drop the rest of that input.
    pub fn restart(&mut self) {
        *self = StreamDecoder::new();
    }

    /// Reads on from the front of `input`, which is advanced over what has been read, to the next event.
    /// `None`: the input is used up. After an error the decoder is of no more use until it is restarted.
    ///
    /// * `not-well-formed`, `restricted-xml` and `policy-violation` as [`crate::parse`] says,
    /// * `unsupported-encoding` for what is not UTF-8 (§4.9.3.22),
    /// * `invalid-namespace` for a stream, or a content, of another protocol (§4.9.3.10),
    /// * `bad-format` for text between stanzas.
    pub fn next(&mut self, input: &mut &[u8], limits: &Limits) -> Result<Option<StreamEvent>, StreamError> {
        loop {
            if matches!(self.state, State::Closed) {
                *input = &[];
            }
            if self.is_between_elements() {
                let space = input.iter().take_while(|byte| is_space(char::from(**byte))).count();
                *input = input.get(space..).unwrap_or_default();
            }
            let Some(first) = input.first() else { return Ok(None) };
            if matches!(self.state, State::Expecting { .. }) && self.pending.is_empty() && *first != b'<' {
                // Not to be waited for: whoever sends something else first is no XMPP client, and is told at once.
                return Err(not_well_formed("A stream begins with its header."));
            }
            let Some(end) = self.scan.feed(input)? else {
                self.keep(input, limits)?;
                *input = &[];
                return Ok(None);
            };
            let (piece, rest) = input.split_at_checked(end).unwrap_or((input, &[]));
            *input = rest;
            self.scan = Scan::default();
            let event = if self.pending.is_empty() {
                if piece.len() > limits.element_bytes {
                    return Err(too_much(TOO_LONG));
                }
                self.read(piece, limits)?
            } else {
                self.keep(piece, limits)?;
                let whole = std::mem::take(&mut self.pending);
                self.read(&whole, limits)?
            };
            if event.is_some() {
                return Ok(event);
            }
        }
    }

    /// Whether white space that comes now means nothing.
    fn is_between_elements(&self) -> bool {
        self.pending.is_empty()
            && match &self.state {
                State::Open(stream) => stream.builder.is_idle(),
                State::Expecting { .. } | State::Closed => true,
            }
    }

    fn keep(&mut self, piece: &[u8], limits: &Limits) -> Result<(), StreamError> {
        let read = match &self.state {
            State::Open(stream) => stream.builder.bytes(),
            State::Expecting { .. } | State::Closed => 0,
        };
        if read + self.pending.len() + piece.len() > limits.element_bytes {
            return Err(too_much(TOO_LONG));
        }
        self.pending.extend_from_slice(piece);
        Ok(())
    }

    /// Reads a whole tag, CDATA section, or text.
    fn read(&mut self, piece: &[u8], limits: &Limits) -> Result<Option<StreamEvent>, StreamError> {
        let piece = std::str::from_utf8(piece)
            .map_err(|_| StreamError::new(StreamCondition::UnsupportedEncoding, "A stream is sent in UTF-8."))?;
        match &mut self.state {
            State::Expecting { declaration_allowed } => {
                if piece.starts_with("<?") {
                    if !std::mem::take(declaration_allowed) {
                        return Err(restricted("Processing instructions are not part of XMPP."));
                    }
                    return read_declaration(piece).map(|()| None);
                }
                let (open, stream) = read_header(piece, limits)?;
                self.state = State::Open(Box::new(stream));
                Ok(Some(StreamEvent::Open(open)))
            }
            State::Open(stream) if stream.builder.is_idle() => {
                if piece.starts_with("</") {
                    read_footer(piece, &stream.prefix)?;
                    self.state = State::Closed;
                    return Ok(Some(StreamEvent::Close));
                }
                if !piece.starts_with('<') {
                    return Err(StreamError::new(
                        StreamCondition::BadFormat,
                        "Only white space can stand between stanzas.",
                    ));
                }
                Ok(stream.builder.read(piece, limits)?.1.map(StreamEvent::Element))
            }
            State::Open(stream) => Ok(stream.builder.read(piece, limits)?.1.map(StreamEvent::Element)),
            State::Closed => Ok(None),
        }
    }
}

/// The XML declaration (XML 1.0 §2.8): version 1.0, UTF-8 if an encoding is named (RFC 6120 §11.5, §11.6).
fn read_declaration(piece: &str) -> Result<(), StreamError> {
    const WRONG: &str = "The XML declaration is not one.";
    let inner = piece.strip_prefix("<?xml").and_then(|rest| rest.strip_suffix("?>"));
    let inner =
        inner.filter(|inner| inner.starts_with(is_space)).ok_or(restricted("The only '<?' is that of '<?xml'."))?;
    let mut cursor = Cursor::new(inner, 0);
    let mut expected = ["version", "encoding", "standalone"].as_slice();
    loop {
        let space = cursor.skip_space();
        if cursor.at() == inner.len() {
            break;
        }
        let (prefix, name) = cursor.qualified_name()?;
        let value = cursor.value()?;
        let place = expected.iter().position(|known| *known == name);
        // The version has to be there, the others may; the order is fixed.
        let place = place.filter(|place| space && prefix.is_none() && (*place == 0 || expected.len() < 3));
        expected = place.and_then(|place| expected.get(place + 1..)).ok_or(not_well_formed(WRONG))?;
        match (name, value.as_str()) {
            ("version", "1.0") | ("standalone", "yes" | "no") => {}
            ("encoding", encoding) if encoding.eq_ignore_ascii_case("utf-8") => {}
            ("encoding", _) => {
                return Err(StreamError::new(StreamCondition::UnsupportedEncoding, "A stream is sent in UTF-8."));
            }
            _ => return Err(not_well_formed(WRONG)),
        }
    }
    if expected.len() == 3 { Err(not_well_formed(WRONG)) } else { Ok(()) }
}

fn read_header(piece: &str, limits: &Limits) -> Result<(StreamOpen, Stream), StreamError> {
    if !piece.starts_with('<') || piece.starts_with("</") || piece.starts_with("<!") {
        return Err(not_well_formed("A stream begins with its header."));
    }
    let (header, prefix, context) = Builder::new(Context::default()).header(piece, limits)?;
    if header.ns() != ns::STREAMS {
        return Err(StreamError::new(StreamCondition::InvalidNamespace, "This is not an XMPP stream."));
    }
    if header.name() != "stream" {
        return Err(StreamError::new(StreamCondition::BadFormat, "A stream begins with an element 'stream'."));
    }
    // The default namespace may be that of the stream, each stanza then declares its own (§4.8.3).
    if !matches!(context.default_ns(), ns::CLIENT | ns::STREAMS | "") {
        return Err(StreamError::new(
            StreamCondition::InvalidNamespace,
            "This is a stream for clients: its content is of 'jabber:client'.",
        ));
    }
    Ok((StreamOpen::of(&header), Stream { builder: Builder::new(context), prefix }))
}

fn read_footer(piece: &str, prefix: &str) -> Result<(), StreamError> {
    let mut cursor = Cursor::new(piece, 2);
    let (found, name) = cursor.qualified_name()?;
    cursor.skip_space();
    if cursor.eat(b'>') && name == "stream" && found.unwrap_or_default() == prefix {
        Ok(())
    } else {
        Err(not_well_formed("An end tag does not match its start tag."))
    }
}

/// Appends the header that opens the server's stream.
pub fn append_open(server: &ServerOpen<'_>, out: &mut Vec<u8>) {
    let mut xml = server.apply(Element::new("stream", ns::STREAMS).with("xmlns", ns::CLIENT)).to_xml();
    // A start tag, not an empty element: what follows are its children.
    xml.truncate(xml.len() - "/>".len());
    out.extend_from_slice(b"<?xml version='1.0'?>");
    out.extend_from_slice(xml.as_bytes());
    out.push(b'>');
}
