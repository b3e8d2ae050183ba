//! Any bytes as a TCP stream: how they are split makes no difference.

use parterre_xmpp::framing::StreamEvent;
use parterre_xmpp::framing::stream::StreamDecoder;
use parterre_xmpp::parse::Limits;

/// Panics if it does not hold for `data`, whose first byte says how the rest is split.
pub(crate) fn check(data: &[u8]) {
    let Some((step, input)) = data.split_first() else {
        return;
    };
    let whole = decode(input, input.len().max(1));
    let split = decode(input, usize::from(*step).max(1));
    assert_eq!(whole, split);
}

/// The events and whether an error ended them.
fn decode(input: &[u8], step: usize) -> (Vec<StreamEvent>, bool) {
    let limits = Limits { element_bytes: 1_000, depth: 8, elements: 20, attributes: 5, namespaces: 3 };
    let (mut decoder, mut events) = (StreamDecoder::new(), Vec::new());
    for mut piece in input.chunks(step) {
        loop {
            match decoder.next(&mut piece, &limits) {
                Ok(Some(event)) => events.push(event),
                Ok(None) => break,
                Err(_) => return (events, true),
            }
        }
        assert!(piece.is_empty());
    }
    (events, false)
}
