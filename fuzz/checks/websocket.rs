//! Any bytes as frames of a client: how they are split makes no difference, and no message is above the limit.

use parterre_xmpp::websocket::{CloseCode, Decoder, Event};

const LIMIT: usize = 300;

/// Panics if it does not hold for `data`, whose first byte says how the rest is split.
pub(crate) fn check(data: &[u8]) {
    let Some((step, input)) = data.split_first() else {
        return;
    };
    let whole = decode(input, input.len().max(1));
    let split = decode(input, usize::from(*step).max(1));
    assert_eq!(whole, split);
}

fn decode(input: &[u8], step: usize) -> (Vec<String>, Option<CloseCode>) {
    let (mut decoder, mut events) = (Decoder::new(LIMIT), Vec::new());
    let mut input = input.to_vec();
    for piece in input.chunks_mut(step) {
        let mut rest = piece;
        while !rest.is_empty() {
            match decoder.next(rest) {
                Ok((used, event)) => {
                    assert!(used > 0);
                    match &event {
                        Some(Event::Text(text)) => assert!(text.len() <= LIMIT),
                        Some(Event::Ping(payload) | Event::Pong(payload)) => assert!(payload.len() <= 125),
                        Some(Event::Close(_)) | None => {}
                    }
                    events.extend(event.map(|event| format!("{event:?}")));
                    rest = &mut rest[used..];
                }
                Err(code) => return (events, Some(code)),
            }
        }
    }
    (events, None)
}
