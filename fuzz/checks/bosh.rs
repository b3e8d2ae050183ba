//! Any sequence of requests, stanzas and ticks in a BOSH session: each request gets one response at most,
//! nothing comes after the end, all that waits is bounded, and each response is a `<body/>`.

use std::collections::BTreeSet;

use parterre_xmpp::Element;
use parterre_xmpp::bosh::{Action, Body, Session, Settings};
use parterre_xmpp::parse::Limits;

const ATTRIBUTES: [&str; 8] =
    ["", "type='terminate'", "pause='9'", "ack='100'", "key='b'", "xmpp:restart='1'", "pause='999'", "ack='101'"];

const MAX_RID: u64 = 9_007_199_254_740_991;

/// Panics if it does not hold for `data`: two bytes for a step, and text for a body after the first zero.
pub(crate) fn check(data: &[u8]) {
    let script = data.split(|byte| *byte == 0).next().unwrap_or_default();
    let text = std::str::from_utf8(data.get(script.len() + 1..).unwrap_or_default()).unwrap_or_default();
    let creation = Body::parse(text, &Limits::default()).unwrap_or_else(|_| body(100, "to='localhost' ack='1'"));
    let first = creation.rid;
    let settings = Settings { output_bytes: 500, ..Settings::default() };
    let (mut now, mut number, mut ended) = (0, 0, false);
    let mut actions = Vec::new();
    let mut session = Session::create(creation, number, ("SID", "localhost"), settings, now, &mut actions);
    let mut waiting = BTreeSet::from([number]);
    for step in script.chunks_exact(2) {
        let (what, how) = (step[0] % 16, u64::from(step[1]));
        match what {
            0 => drop(session.send(b"<message/>")),
            1 => session.flush(now, &mut actions),
            2 => now += how * 500,
            3 => session.tick(now, &mut actions),
            4 => {
                session.forget(number.saturating_sub(how % 4), now);
                waiting.remove(&number.saturating_sub(how % 4));
            }
            5 if how == 255 => session.close(None, now, &mut actions),
            _ => {
                number += 1;
                waiting.insert(number);
                let request = body((first + how % 32).min(MAX_RID), ATTRIBUTES[usize::from(what % 8)]);
                session.request(number, request, now, &mut actions);
                if how < 128 {
                    session.flush(now, &mut actions);
                }
            }
        }
        for action in actions.drain(..) {
            match action {
                Action::Respond { request, body } => {
                    assert!(waiting.remove(&request), "{request} is answered twice or not asked");
                    let text = String::from_utf8(body).expect("a response is text");
                    let body: Element = text.parse().expect("a response is well-formed");
                    assert_eq!(body.name(), "body");
                }
                Action::Open(_) | Action::Deliver(_) => assert!(!ended),
                Action::Terminated(_) => {
                    assert!(!ended);
                    ended = true;
                }
            }
        }
        assert!(!ended || waiting.is_empty());
        assert!(waiting.len() <= 16);
        assert!(ended || session.next_deadline().is_some());
    }
}

fn body(rid: u64, attributes: &str) -> Body {
    let text = format!(
        "<body xmlns='http://jabber.org/protocol/httpbind' xmlns:xmpp='urn:xmpp:xbosh' sid='SID' rid='{rid}' \
         {attributes}><a xmlns='urn:x'/></body>"
    );
    Body::parse(&text, &Limits::default()).unwrap_or_else(|_| unreachable!("rids stay in their range"))
}
