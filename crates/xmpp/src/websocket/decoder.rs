//! Reads frames: headers, masks, fragments, text.

use std::borrow::Cow;
use std::mem;

use super::{ClientClose, CloseCode, Event};

/// Reads what a client sends.
#[derive(Debug)]
pub struct Decoder {
    /// Bytes of a message at most.
    limit: usize,
    /// The beginning of a frame header.
    header: [u8; MAX_HEADER],
    header_len: u8,
    /// The frame whose payload is being read.
    frame: Option<Frame>,
    /// Text of the message so far, unmasked.
    message: Vec<u8>,
    /// How much of `message` is known to be UTF-8.
    valid: usize,
    /// Whether a message has begun whose last frame has not come.
    fragmented: bool,
    /// Payload of a control frame so far, unmasked.
    control: Vec<u8>,
    closed: bool,
}

/// The longest header of a client's frame: 2 bytes, 8 of length, 4 of mask.
const MAX_HEADER: usize = 14;

#[derive(Clone, Copy, Debug)]
struct Frame {
    kind: Kind,
    fin: bool,
    remaining: usize,
    mask: [u8; 4],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Data,
    Close,
    Ping,
    Pong,
}

impl Decoder {
    /// A decoder for a new connection; `limit` is the size of the largest message in bytes.
    pub fn new(limit: usize) -> Self {
        Decoder {
            limit,
            header: [0; MAX_HEADER],
            header_len: 0,
            frame: None,
            message: Vec::new(),
            valid: 0,
            fragmented: false,
            control: Vec::new(),
            closed: false,
        }
    }

    /// Allows messages of another size from the next frame on, as after authentication.
    pub fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Reads from the front of `input`: gives how many bytes were read, at least one if there are any, and
    /// what they complete. The caller goes on with the rest until all is read. Payloads are unmasked in place.
    ///
    /// An error says how to close the connection; the decoder reads nothing after it.
    pub fn next<'a>(&mut self, input: &'a mut [u8]) -> Result<(usize, Option<Event<'a>>), CloseCode> {
        if self.closed || input.is_empty() {
            return Ok((input.len(), None));
        }
        let result = self.read(input);
        self.closed = matches!(result, Err(_) | Ok((_, Some(Event::Close(_)))));
        result
    }

    fn read<'a>(&mut self, input: &'a mut [u8]) -> Result<(usize, Option<Event<'a>>), CloseCode> {
        let (mut used, whole_frame) = match self.frame {
            Some(_) => (0, false),
            None => match self.read_header(input)? {
                Some(used) => (used, true),
                None => return Ok((input.len(), None)),
            },
        };
        let Some(frame) = &mut self.frame else {
            return Ok((used, None));
        };
        let (_, rest) = input.split_at_mut_checked(used).unwrap_or_default();
        let len = frame.remaining.min(rest.len());
        let (payload, _) = rest.split_at_mut_checked(len).unwrap_or_default();
        unmask(payload, &mut frame.mask);
        frame.remaining -= len;
        used += len;
        let frame = *frame;
        let payload: &'a [u8] = payload;
        let complete = frame.remaining == 0;
        if complete {
            self.frame = None;
        }
        let event = match frame.kind {
            Kind::Data if complete && whole_frame && frame.fin && !self.fragmented => {
                let text = std::str::from_utf8(payload).map_err(|_| CloseCode::InvalidPayload)?;
                Some(Event::Text(Cow::Borrowed(text)))
            }
            Kind::Data => self.read_data(payload, complete && frame.fin)?.map(|text| Event::Text(Cow::Owned(text))),
            kind => {
                let payload = if whole_frame && complete {
                    Cow::Borrowed(payload)
                } else {
                    self.control.extend_from_slice(payload);
                    Cow::Owned(if complete { mem::take(&mut self.control) } else { Vec::new() })
                };
                match kind {
                    _ if !complete => None,
                    Kind::Ping => Some(Event::Ping(payload)),
                    Kind::Pong => Some(Event::Pong(payload)),
                    Kind::Close | Kind::Data => Some(Event::Close(read_close(&payload)?)),
                }
            }
        };
        if complete && matches!(frame.kind, Kind::Data) {
            self.fragmented = !frame.fin;
        }
        Ok((used, event))
    }

    /// Takes more of a message that does not stand in the input as a whole; gives it if this was the last.
    fn read_data(&mut self, payload: &[u8], last: bool) -> Result<Option<String>, CloseCode> {
        self.message.extend_from_slice(payload);
        let unknown = self.message.get(self.valid..).unwrap_or_default();
        match std::str::from_utf8(unknown) {
            Ok(_) => self.valid = self.message.len(),
            // The input may end within a character, the message may not.
            Err(error) if error.error_len().is_none() && !last => self.valid += error.valid_up_to(),
            Err(_) => return Err(CloseCode::InvalidPayload),
        }
        if !last {
            return Ok(None);
        }
        self.valid = 0;
        String::from_utf8(mem::take(&mut self.message)).map(Some).map_err(|_| CloseCode::InvalidPayload)
    }

    /// Reads a frame header from what is kept of it and from `input`: gives how much of the input it took,
    /// `None` if it took all and is still incomplete.
    fn read_header(&mut self, input: &[u8]) -> Result<Option<usize>, CloseCode> {
        let kept = usize::from(self.header_len);
        let mut len = kept;
        for (to, from) in self.header.iter_mut().skip(kept).zip(input) {
            *to = *from;
            len += 1;
        }
        let header = self.header.get(..len).unwrap_or_default();
        match self.parse_header(header)? {
            None => {
                self.header_len = len as u8;
                Ok(None)
            }
            Some((frame, header_len)) => {
                self.frame = Some(frame);
                self.header_len = 0;
                Ok(Some(header_len - kept))
            }
        }
    }

    /// The frame that a header announces and the header's length; `None` if the header is incomplete.
    fn parse_header(&self, header: &[u8]) -> Result<Option<(Frame, usize)>, CloseCode> {
        let [first, second, rest @ ..] = header else {
            return Ok(None);
        };
        let (fin, reserved, opcode) = (first & 0x80 != 0, first & 0x70, first & 0x0F);
        let (masked, short) = (second & 0x80 != 0, second & 0x7F);
        if reserved != 0 || !masked {
            return Err(CloseCode::Protocol);
        }
        let kind = match (opcode, self.fragmented) {
            (0, true) | (1, false) => Kind::Data,
            (2, false) => return Err(CloseCode::Unsupported),
            (8, _) => Kind::Close,
            (9, _) => Kind::Ping,
            (10, _) => Kind::Pong,
            _ => return Err(CloseCode::Protocol),
        };
        if kind != Kind::Data && (!fin || short > 125) {
            return Err(CloseCode::Protocol);
        }
        let (payload_len, rest) = match short {
            126 => match rest.split_first_chunk() {
                Some((len, rest)) => (u64::from(u16::from_be_bytes(*len)), rest),
                None => return Ok(None),
            },
            127 => match rest.split_first_chunk() {
                Some((len, rest)) => (u64::from_be_bytes(*len), rest),
                None => return Ok(None),
            },
            _ => (u64::from(short), rest),
        };
        // The shortest form is the only one, and the highest bit is never set (§5.2).
        if (short == 126 && payload_len < 126) || (short == 127 && !(0x1_0000..1 << 63).contains(&payload_len)) {
            return Err(CloseCode::Protocol);
        }
        if kind == Kind::Data && payload_len > self.limit.saturating_sub(self.message.len()) as u64 {
            return Err(CloseCode::TooBig);
        }
        let Some((mask, rest)) = rest.split_first_chunk() else {
            return Ok(None);
        };
        let frame = Frame { kind, fin, remaining: payload_len as usize, mask: *mask };
        Ok(Some((frame, header.len() - rest.len())))
    }
}

/// Unmasks `payload`, and turns the mask to where the rest of the payload goes on with it (§5.3).
fn unmask(payload: &mut [u8], mask: &mut [u8; 4]) {
    let [a, b, c, d] = *mask;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let mut chunks = payload.chunks_exact_mut(8);
    for chunk in &mut chunks {
        if let Ok(bytes) = <[u8; 8]>::try_from(&*chunk) {
            chunk.copy_from_slice(&(u64::from_ne_bytes(bytes) ^ wide).to_ne_bytes());
        }
    }
    for (byte, mask) in chunks.into_remainder().iter_mut().zip(mask.iter().cycle()) {
        *byte ^= mask;
    }
    mask.rotate_left(payload.len() % 4);
}

fn read_close(payload: &[u8]) -> Result<ClientClose, CloseCode> {
    match payload {
        [] => Ok(ClientClose::default()),
        [a, b, reason @ ..] => {
            let code = u16::from_be_bytes([*a, *b]);
            // §7.4: registered codes that may be sent, libraries' (3000) and applications' own (4000).
            if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
                return Err(CloseCode::Protocol);
            }
            let reason = std::str::from_utf8(reason).map_err(|_| CloseCode::InvalidPayload)?;
            Ok(ClientClose { code: Some(code), reason: reason.to_owned() })
        }
        _ => Err(CloseCode::Protocol),
    }
}
