//! What reading a stanza costs here, and with rxml and minidom. Figures of one run can be compared with each
//! other, not with those of another day: `cargo bench -p parterre-xmpp --bench parse`.

#![allow(clippy::print_stdout, clippy::expect_used)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use parterre_xmpp::Element;
use rxml::Parse as _;

const MESSAGE: &str = "<message xmlns='jabber:client' type='groupchat' id='5d0fb6a4-5e27-4b6e-9f9a-5a3ea2a1f2c7' \
    to='premiere@room.example.org'><body>Bonjour à tous, on entend bien la musique &amp; les voix !</body>\
    <origin-id xmlns='urn:xmpp:sid:0' id='5d0fb6a4-5e27-4b6e-9f9a-5a3ea2a1f2c7'/><active xmlns='http://jabber.org/protocol/chatstates'/></message>";
const PRESENCE: &str = "<presence xmlns='jabber:client' to='premiere@room.example.org/Anonymous 123456' id='join'>\
    <x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='20'/></x></presence>";
const QUERY: &str = "<iq xmlns='jabber:client' type='set' id='mam1' to='premiere@room.example.org'><query xmlns='urn:xmpp:mam:2' \
    queryid='q1'><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'><value>urn:xmpp:mam:2</value></field>\
    </x><set xmlns='http://jabber.org/protocol/rsm'><max>50</max><before/></set></query></iq>";

/// Nanoseconds for one call: the best of several rounds, which other programs disturb least.
fn time(work: impl Fn()) -> f64 {
    let mut best = Duration::MAX;
    for _ in 0..20 {
        let start = Instant::now();
        (0..2_000).for_each(|_| work());
        best = best.min(start.elapsed());
    }
    best.as_nanos() as f64 / 2_000.0
}

fn main() {
    println!(
        "{:<10} {:>6} {:>12} {:>12} {:>16} {:>10}",
        "stanza", "bytes", "ours", "rxml alone", "rxml + minidom", "writing"
    );
    for (name, stanza) in [("message", MESSAGE), ("presence", PRESENCE), ("query", QUERY)] {
        let ours = time(|| drop(black_box(black_box(stanza).parse::<Element>().expect("well-formed"))));
        let events = time(|| {
            let (mut parser, mut rest) = (rxml::Parser::new(), black_box(stanza).as_bytes());
            while let Some(event) = parser.parse(&mut rest, true).expect("well-formed") {
                black_box(event);
            }
        });
        let tree = time(|| {
            drop(black_box(black_box(stanza).parse::<minidom::Element>().expect("well-formed")));
        });
        let element: Element = stanza.parse().expect("well-formed");
        let writing = time(|| drop(black_box(black_box(&element).to_xml())));
        println!(
            "{name:<10} {:>6} {ours:>9.0} ns {events:>9.0} ns {tree:>8.0} ns {:>3.1}x {writing:>7.0} ns",
            stanza.len(),
            tree / ours
        );
    }
}
