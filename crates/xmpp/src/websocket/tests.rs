use super::*;
use proptest::prelude::*;
use std::io::{Cursor, Read, Write};

/// Everything that comes out of `input`, cut at the given places.
fn decode(input: &[u8], cuts: &[usize], limit: usize) -> (Vec<Event<'static>>, Option<CloseCode>) {
    let mut decoder = Decoder::new(limit);
    let mut events = Vec::new();
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (input.len() + 1)).collect();
    cuts.extend([0, input.len()]);
    cuts.sort_unstable();
    for cut in cuts.windows(2) {
        let mut piece = input[cut[0]..cut[1]].to_vec();
        let mut rest = &mut piece[..];
        while !rest.is_empty() {
            let (used, event) = match decoder.next(rest) {
                Ok((used, event)) => (used, event.map(owned)),
                Err(code) => return (events, Some(code)),
            };
            assert!(used > 0);
            events.extend(event);
            rest = &mut rest[used..];
        }
    }
    (events, None)
}

fn owned(event: Event<'_>) -> Event<'static> {
    match event {
        Event::Text(text) => Event::Text(text.into_owned().into()),
        Event::Ping(payload) => Event::Ping(payload.into_owned().into()),
        Event::Pong(payload) => Event::Pong(payload.into_owned().into()),
        Event::Close(close) => Event::Close(close),
    }
}

/// A client's frame; `first` is its first byte.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    append_frame_header(Opcode::Text, payload.len(), &mut out);
    out[0] = first;
    out[1] |= 0x80;
    let mask = [0x37, 0xFA, 0x21, 0x3D];
    out.extend_from_slice(&mask);
    out.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    out
}

fn text(text: &str) -> Event<'static> {
    Event::Text(text.to_owned().into())
}

#[test]
fn the_examples_of_the_rfc() {
    // §1.3
    assert_eq!(accept_key("dGhlIHNhbXBsZSBub25jZQ==").as_deref(), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    assert_eq!(accept_key("dGhl"), None);
    assert_eq!(accept_key("?"), None);
    // §5.7: a masked text message, a masked pong.
    let hello = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    assert_eq!(decode(&hello, &[], 10), (vec![text("Hello")], None));
    let pong = [0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    assert_eq!(decode(&pong, &[], 10), (vec![Event::Pong(b"Hello".into())], None));
    // Unmasked, as a server sends them.
    let mut sent = Vec::new();
    append_frame(Opcode::Text, b"Hello", &mut sent);
    assert_eq!(sent, [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]);
    let header = |len| {
        let mut header = Vec::new();
        append_frame_header(Opcode::Text, len, &mut header);
        header
    };
    assert_eq!(header(125), [0x81, 125]);
    assert_eq!(header(126), [0x81, 126, 0, 126]);
    assert_eq!(header(0xFFFF), [0x81, 126, 0xFF, 0xFF]);
    assert_eq!(header(0x1_0000), [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
    assert!(header(usize::MAX).len() <= MAX_FRAME_HEADER);
}

#[test]
fn fragments_are_joined_around_control_frames() {
    let input = [frame(0x01, b"a\xC3"), frame(0x89, b"?"), frame(0x00, b"\xA4"), frame(0x80, b""), frame(0x81, b"b")];
    let (events, error) = decode(&input.concat(), &[], 4);
    assert_eq!(error, None);
    assert_eq!(events, [Event::Ping(b"?".into()), text("aä"), text("b")]);
}

#[test]
fn what_breaks_the_protocol_is_refused() {
    let close = |payload: &[u8]| frame(0x88, payload);
    for (input, code) in [
        (vec![0x81, 0x01, b'a'], CloseCode::Protocol),
        (frame(0xC1, b"a"), CloseCode::Protocol),
        (frame(0x83, b"a"), CloseCode::Protocol),
        (frame(0x8B, b"a"), CloseCode::Protocol),
        (frame(0x82, b"a"), CloseCode::Unsupported),
        (frame(0x80, b"a"), CloseCode::Protocol),
        ([frame(0x01, b"a"), frame(0x81, b"b")].concat(), CloseCode::Protocol),
        (frame(0x09, b""), CloseCode::Protocol),
        (frame(0x89, &[b'a'; 126]), CloseCode::Protocol),
        (vec![0x81, 0xFE, 0, 125], CloseCode::Protocol),
        (vec![0x81, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], CloseCode::Protocol),
        (vec![0x81, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0], CloseCode::Protocol),
        (vec![0x81, 0xFF, 0, 0, 0, 0, 0, 1, 0, 0], CloseCode::TooBig),
        (frame(0x81, &[b'a'; 101]), CloseCode::TooBig),
        ([frame(0x01, &[b'a'; 60]), frame(0x80, &[b'a'; 41])].concat(), CloseCode::TooBig),
        (frame(0x81, b"\xFF"), CloseCode::InvalidPayload),
        (frame(0x81, b"\xC3"), CloseCode::InvalidPayload),
        (frame(0x01, b"\xC3("), CloseCode::InvalidPayload),
        (close(&[0]), CloseCode::Protocol),
        (close(&1005_u16.to_be_bytes()), CloseCode::Protocol),
        (close(&1006_u16.to_be_bytes()), CloseCode::Protocol),
        (close(&999_u16.to_be_bytes()), CloseCode::Protocol),
        (close(&5000_u16.to_be_bytes()), CloseCode::Protocol),
        (close(b"\x03\xE8\xFF"), CloseCode::InvalidPayload),
    ] {
        assert_eq!(decode(&input, &[], 100), (vec![], Some(code)), "{input:x?}");
    }
    assert_eq!(decode(&frame(0x81, &[b'a'; 100]), &[], 100).1, None);
}

#[test]
fn nothing_is_read_after_a_close() {
    let away = frame(0x88, b"\x03\xE9bye");
    let (events, error) = decode(&[away, frame(0x81, b"a")].concat(), &[], 100);
    let [Event::Close(close)] = &events[..] else { panic!("{events:?}") };
    assert!(close.is_going_away() && close.reason == "bye" && error.is_none());
    assert_eq!(decode(&frame(0x88, b""), &[], 0).0, [Event::Close(ClientClose::default())]);
}

/// A connection on which tungstenite writes, and from which it reads what the server is said to have sent.
struct Wire {
    sent: Vec<u8>,
    received: Cursor<Vec<u8>>,
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.received.read(buffer)
    }
}

impl Write for Wire {
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        self.sent.write(buffer)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn client(received: Vec<u8>) -> tungstenite::WebSocket<Wire> {
    let wire = Wire { sent: Vec::new(), received: Cursor::new(received) };
    tungstenite::WebSocket::from_raw_socket(wire, tungstenite::protocol::Role::Client, None)
}

proptest! {
    #[test]
    fn reads_what_a_client_library_sends(
        messages in prop::collection::vec((".{0,80}", prop::collection::vec(any::<u8>(), 0..125)), 0..8),
        long in 60_000..70_000_usize,
        cuts in prop::collection::vec(any::<usize>(), 0..20),
    ) {
        let mut socket = client(Vec::new());
        let mut expected = Vec::new();
        for (message, payload) in messages {
            socket.send(tungstenite::Message::text(message.clone())).unwrap();
            expected.push(Event::Text(message.into()));
            socket.send(tungstenite::Message::Ping(payload.clone().into())).unwrap();
            expected.push(Event::Ping(payload.into()));
        }
        let message = "ä".repeat(long / 2);
        socket.send(tungstenite::Message::text(message.clone())).unwrap();
        expected.push(Event::Text(message.into()));
        socket.close(None).unwrap();
        expected.push(Event::Close(ClientClose::default()));
        prop_assert_eq!(decode(&socket.get_ref().sent, &cuts, 70_000), (expected, None));
    }

    #[test]
    fn a_client_library_reads_what_is_sent(messages in prop::collection::vec((".{0,40}", 1..2_000_usize), 0..5)) {
        let mut sent = Vec::new();
        for (message, times) in &messages {
            append_frame(Opcode::Text, message.repeat(*times).as_bytes(), &mut sent);
        }
        append_frame(Opcode::Pong, b"!", &mut sent);
        append_close(CloseCode::Policy, &mut sent);
        let mut socket = client(sent);
        for (message, times) in &messages {
            prop_assert_eq!(socket.read().unwrap(), tungstenite::Message::text(message.repeat(*times)));
        }
        prop_assert_eq!(socket.read().unwrap(), tungstenite::Message::Pong(b"!".to_vec().into()));
        let tungstenite::Message::Close(Some(close)) = socket.read().unwrap() else { panic!("no close frame") };
        prop_assert_eq!((u16::from(close.code), close.reason.as_str()), (1008, CloseCode::Policy.reason()));
    }

    #[test]
    fn how_frames_are_split_makes_no_difference(
        frames in prop::collection::vec(
            (prop::sample::select(vec![0x01, 0x00, 0x80, 0x81, 0x89, 0x8A, 0x88]), prop::collection::vec(0x60..0xC4_u8, 0..20)),
            0..12,
        ),
        cuts in prop::collection::vec(any::<usize>(), 0..30),
    ) {
        let input: Vec<u8> = frames.iter().flat_map(|(first, payload)| frame(*first, payload)).collect();
        prop_assert_eq!(decode(&input, &cuts, 50), decode(&input, &[], 50));
    }
}

#[test]
fn an_idle_decoder_is_small() {
    assert!(size_of::<Decoder>() <= 128);
}
