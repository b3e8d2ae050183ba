//! The client's side of WebSocket (RFC 6455, RFC 7395), for a client that mostly reads.
//!
//! Enters: bytes of a server, a stanza at a time leaves. Frames are taken apart where they lie. Only a message in several frames
//! is copied; servers of XMPP hardly ever send one.

use std::borrow::Cow;

use super::pipe::{Ended, MOST, Piece, refused, retry_after};
use crate::target::Address;

/// The length follows in two bytes, or in eight; the payload is masked (RFC 6455 §5.2).
const LONG: u8 = 0xfe;
const LONGER: u8 = 0xff;

/// A WebSocket.
#[derive(Debug, Default)]
pub(crate) struct WebSocket {
    open: bool,
    /// What came of a message in several frames.
    parts: Vec<u8>,
    /// Varies the mask.
    sent: u32,
    /// After how many milliseconds a server that refused asks to be asked again.
    pub(super) asked_back_after: Option<u32>,
}

/// The request that opens it.
pub(crate) fn request(address: &Address, out: &mut Vec<u8>) {
    let scheme = if address.tls { "https" } else { "http" };
    let (authority, path) = (address.authority(), &address.path);
    out.extend_from_slice(
        format!(
            "GET {path} HTTP/1.1\r\nHost: {authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: cGFydGVycmUgY3Jvd2QhIQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: xmpp\r\n\
             Origin: {scheme}://{authority}\r\nUser-Agent: parterre-rehearse\r\n\r\n"
        )
        .as_bytes(),
    );
}

/// The header of a frame: how the message goes on, and where the payload is.
struct Frame {
    last: bool,
    opcode: u8,
    start: usize,
    end: usize,
}

fn frame(input: &[u8]) -> Result<Option<Frame>, Ended> {
    let (Some(first), Some(second)) = (input.first(), input.get(1)) else { return Ok(None) };
    let number = |len: usize| {
        let bytes = input.get(2..2 + len)?;
        Some(bytes.iter().fold(0_usize, |number, byte| number << 8 | usize::from(*byte)))
    };
    if second & 0x80 != 0 || first & 0x70 != 0 {
        return Err(Ended::of("the server broke the WebSocket protocol"));
    }
    let (start, len) = match second & 0x7f {
        126 => (4, number(2)),
        127 => (10, number(8)),
        short => (2, Some(usize::from(short))),
    };
    let Some(len) = len else { return Ok(None) };
    if len > MOST {
        return Err(Ended::of("the server sent a WebSocket message of more than 4 MiB"));
    }
    let frame = Frame { last: first & 0x80 != 0, opcode: first & 0x0f, start, end: start + len };
    Ok((input.len() >= frame.end).then_some(frame))
}

impl WebSocket {
    /// The next piece of what came in, and how many bytes it took.
    pub(crate) fn next<'a>(&mut self, input: &'a [u8]) -> Result<Option<(usize, Piece<'a>)>, Ended> {
        if !self.open {
            return self.answer(input);
        }
        let Some(frame) = frame(input)? else { return Ok(None) };
        let payload = input.get(frame.start..frame.end).unwrap_or_default();
        let piece = match (frame.opcode, frame.last) {
            (1, true) => Piece::Stanza(Cow::Borrowed(payload)),
            (0 | 1, last) => {
                if self.parts.len() + payload.len() > MOST {
                    return Err(Ended::of("the server sent a WebSocket message of more than 4 MiB"));
                }
                self.parts.extend_from_slice(payload);
                if last { Piece::Stanza(Cow::Owned(std::mem::take(&mut self.parts))) } else { Piece::Nothing }
            }
            (8, _) => {
                let code = payload.get(..2).map(|code| code.iter().fold(0, |code, byte| code << 8 | u32::from(*byte)));
                return Err(Ended(match code {
                    Some(code) => format!("WebSocket closed with code {code}"),
                    None => "WebSocket closed".into(),
                }));
            }
            (9, _) => Piece::Ping(payload),
            _ => Piece::Nothing,
        };
        Ok(Some((frame.end, piece)))
    }

    /// The server's answer to the request.
    fn answer<'a>(&mut self, input: &'a [u8]) -> Result<Option<(usize, Piece<'a>)>, Ended> {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut response = httparse::Response::new(&mut headers);
        match response.parse(input) {
            Ok(httparse::Status::Partial) if input.len() < 65_536 => Ok(None),
            Ok(httparse::Status::Complete(used)) if response.code == Some(101) => {
                self.open = true;
                Ok(Some((used, Piece::Ready)))
            }
            Ok(httparse::Status::Complete(_)) => {
                self.asked_back_after = retry_after(&response);
                Err(refused("WebSocket", &response))
            }
            _ => Err(Ended::of("no WebSocket: the answer is not HTTP")),
        }
    }

    /// A message of text.
    pub(crate) fn text(&mut self, text: &str, out: &mut Vec<u8>) {
        self.frame(1, text.as_bytes(), out);
    }

    /// The answer to a ping.
    pub(crate) fn pong(&mut self, payload: &[u8], out: &mut Vec<u8>) {
        self.frame(10, payload.get(..125).unwrap_or(payload), out);
    }

    /// A frame, masked as a client has to (RFC 6455 §5.3). No browser is tricked here into sending what a proxy takes for a
    /// request, so that the mask need not be secret.
    fn frame(&mut self, opcode: u8, payload: &[u8], out: &mut Vec<u8>) {
        self.sent = self.sent.wrapping_add(1);
        let mask = self.sent.wrapping_mul(0x9e37_79b9).to_be_bytes();
        out.push(0x80 | opcode);
        match payload.len() {
            len @ 0..=125 => out.push(0x80 | len as u8),
            len @ 126..=0xffff => {
                out.push(LONG);
                out.extend_from_slice(&(len as u16).to_be_bytes());
            }
            len => {
                out.push(LONGER);
                out.extend_from_slice(&(len as u64).to_be_bytes());
            }
        }
        out.extend_from_slice(&mask);
        out.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    }
}

#[cfg(test)]
mod tests {
    use parterre_xmpp::websocket::{Decoder, Event, Opcode, append_frame};

    use super::*;

    fn opened() -> WebSocket {
        WebSocket { open: true, ..WebSocket::default() }
    }

    #[test]
    fn frames_of_a_server_are_read_wherever_they_are_cut() {
        let mut bytes = Vec::new();
        for len in [0, 5, 125, 126, 70_000] {
            append_frame(Opcode::Text, &vec![b'x'; len], &mut bytes);
        }
        for step in [1, 3, 1000, bytes.len()] {
            let (mut socket, mut held, mut lengths) = (opened(), Vec::new(), Vec::new());
            for part in bytes.chunks(step) {
                held.extend_from_slice(part);
                while let Some((used, piece)) = socket.next(&held).unwrap() {
                    let Piece::Stanza(text) = piece else { panic!("no text") };
                    lengths.push(text.len());
                    held.drain(..used);
                }
            }
            assert_eq!(lengths, [0, 5, 125, 126, 70_000], "in steps of {step}");
        }
    }

    #[test]
    fn a_message_in_parts_is_put_together_with_a_ping_between() {
        let mut socket = opened();
        let input = [&[1, 2, b'a', b'b'][..], &[0x89, 1, b'!'], &[0x80, 1, b'c']].concat();
        let mut rest = &input[..];
        let mut pieces = Vec::new();
        while let Some((used, piece)) = socket.next(rest).unwrap() {
            pieces.push(format!("{piece:?}"));
            rest = &rest[used..];
        }
        assert_eq!(pieces, ["Nothing", "Ping([33])", "Stanza([97, 98, 99])"]);
    }

    #[test]
    fn a_server_of_this_project_reads_what_a_viewer_writes() {
        for len in [0, 1, 125, 126, 65_535, 65_536] {
            let (mut socket, mut bytes, text) = (opened(), Vec::new(), "é".repeat(len / 2));
            socket.text(&text, &mut bytes);
            let mut decoder = Decoder::new(1 << 20);
            let (used, event) = decoder.next(&mut bytes).unwrap();
            assert!(matches!(event, Some(Event::Text(read)) if read == text), "{len}");
            assert_eq!(used, bytes.len());
        }
    }

    #[test]
    fn what_is_no_websocket_is_said() {
        for (answer, said) in
            [("HTTP/1.1 404 Not Found\r\n\r\n", "HTTP 404 Not Found"), ("SSH-2.0-OpenSSH\r\n\r\n", "not HTTP")]
        {
            let error = WebSocket::default().next(answer.as_bytes()).unwrap_err();
            assert!(error.0.contains(said), "{}", error.0);
        }
        let mut busy = WebSocket::default();
        busy.next(b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 7\r\n\r\n").unwrap_err();
        assert_eq!(busy.asked_back_after, Some(7_000));
        assert_eq!(opened().next(&[0x88, 2, 3, 0xe9]).unwrap_err().0, "WebSocket closed with code 1001");
        assert!(opened().next(&[0x81, 127, 255, 0, 0, 0, 0, 0, 0, 0]).is_err());
    }
}
