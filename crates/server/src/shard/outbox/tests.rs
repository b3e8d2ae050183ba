use parterre_xmpp::Element;
use proptest::prelude::*;

use super::*;
use crate::transport::memory::{self, MemoryPipe};
use crate::transport::{Framing, Pipe};

const BOUNDS: Bounds = Bounds { bytes: 1 << 20, stanzas: 1_000 };

fn stanza(number: usize) -> Piece {
    Piece::Letter(Rc::new(Arc::new(Wire::stanza(
        &Element::new("message", "jabber:client").with("id", number.to_string()),
    ))))
}

fn nonza(name: &'static str) -> Piece {
    Piece::Letter(Rc::new(Arc::new(Wire::verbatim(&Element::new(name, parterre_xmpp::ns::SM)))))
}

/// A connection, and its client, who counts the stanzas.
struct Client {
    link: Link,
    end: MemoryPipe,
    bytes: Vec<u8>,
    seen: Vec<usize>,
}

impl Client {
    fn new(capacity: usize) -> Self {
        let (end, link) = Self::pair(capacity);
        Client { link, end, bytes: Vec::new(), seen: Vec::new() }
    }

    fn pair(capacity: usize) -> (MemoryPipe, Link) {
        let (end, ours) = memory::pair(capacity);
        (end, Link::Socket(Pipe::Memory(ours), Framing::Stream))
    }

    /// Another connection; what was on the way is lost.
    fn reconnect(&mut self, capacity: usize) {
        (self.end, self.link) = Self::pair(capacity);
        self.bytes.clear();
    }

    fn read(&mut self, at_most: usize) -> usize {
        let mut buffer = vec![0; at_most];
        let read = self.end.try_read(&mut buffer).unwrap_or(0);
        self.bytes.extend_from_slice(&buffer[..read]);
        while let Some(end) = self.bytes.windows(2).position(|two| two == b"/>") {
            let element: Element = String::from_utf8(self.bytes.drain(..end + 2).collect()).unwrap().parse().unwrap();
            if element.name() == "message" {
                assert_eq!(element.get("to"), Some("a@d/r"));
                self.seen.push(element.get("id").unwrap().parse().unwrap());
            }
        }
        read
    }
}

fn flush(outbox: &mut Outbox, client: &Client) -> Flushed {
    outbox.flush(&client.link, &ToAttribute::new("a@d/r"), &mut Vec::new(), &mut 0).unwrap()
}

/// Writes and reads until there is nothing left.
fn exhaust(outbox: &mut Outbox, client: &mut Client) {
    while flush(outbox, client) == Flushed::Blocked {
        assert!(client.read(1 << 16) > 0, "blocked, though there is nothing to read");
    }
    while client.read(1 << 16) > 0 {}
}

#[derive(Clone, Debug)]
enum Act {
    Push,
    Nonza,
    Flush,
    Read(usize),
    Acknowledge,
    Cut,
    Resume(usize),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => Just(Act::Push),
        1 => Just(Act::Nonza),
        3 => Just(Act::Flush),
        3 => (1usize..200).prop_map(Act::Read),
        1 => Just(Act::Acknowledge),
        1 => Just(Act::Cut),
        2 => (1usize..400).prop_map(Act::Resume),
    ]
}

proptest! {
    /// XEP-0198: however writes are split, whenever the connection is cut, whatever is acknowledged meanwhile.
    #[test]
    fn a_resumed_session_loses_nothing_and_repeats_nothing(
        before in 0usize..4,
        acts in prop::collection::vec(act(), 0..120),
    ) {
        let mut outbox = Outbox::default();
        let mut client = Client::new(100);
        for number in 0..before {
            outbox.push(stanza(number), BOUNDS, true);
        }
        outbox.track(BOUNDS);
        outbox.push(nonza("enabled"), BOUNDS, true);
        exhaust(&mut outbox, &mut client);
        prop_assert_eq!(outbox.unacknowledged(), 0);
        let (mut pushed, mut connected) = (before, true);
        let handled = |client: &Client| (client.seen.len() - before) as u32;
        for act in acts {
            match act {
                Act::Push => {
                    prop_assert_eq!(outbox.push(stanza(pushed), BOUNDS, connected), Fill::Fits);
                    pushed += 1;
                }
                Act::Nonza => drop(outbox.push(nonza("r"), BOUNDS, connected)),
                Act::Flush if connected => drop(flush(&mut outbox, &client)),
                Act::Read(some) if connected => drop(client.read(some)),
                Act::Acknowledge if connected => prop_assert!(outbox.acknowledge(handled(&client)).is_ok()),
                Act::Cut => {
                    connected = false;
                    outbox.disconnect();
                }
                Act::Resume(capacity) => {
                    outbox.disconnect();
                    client.reconnect(capacity);
                    prop_assert!(outbox.resumable());
                    prop_assert!(outbox.acknowledge(handled(&client)).is_ok());
                    outbox.rewind(b"<resumed/>".to_vec());
                    connected = true;
                }
                _ => {}
            }
        }
        if !connected {
            outbox.acknowledge(handled(&client)).unwrap();
            client.reconnect(64);
            outbox.rewind(Vec::new());
        }
        exhaust(&mut outbox, &mut client);
        prop_assert_eq!(&client.seen, &(0..pushed).collect::<Vec<_>>());
        outbox.acknowledge(handled(&client)).unwrap();
        prop_assert_eq!((outbox.unacknowledged(), outbox.waiting()), (0, 0));
    }
}

#[test]
fn what_stands_before_enabled_is_not_counted() {
    let (mut outbox, mut client) = (Outbox::default(), Client::new(1 << 16));
    outbox.push(stanza(0), BOUNDS, true);
    outbox.track(BOUNDS);
    outbox.push(stanza(1), BOUNDS, true);
    exhaust(&mut outbox, &mut client);
    assert_eq!(outbox.unacknowledged(), 1);
    assert_eq!(outbox.acknowledge(2), Err(TooHigh { handled: 2, sent: 1 }));
    assert_eq!(outbox.acknowledge(1), Ok(()));
}

#[test]
fn the_count_of_the_handled_wraps() {
    let (mut outbox, mut client) = (Outbox::default(), Client::new(1 << 16));
    outbox.track(BOUNDS);
    outbox.tracking.as_mut().unwrap().acknowledged = u32::MAX - 1;
    for number in 0..4 {
        outbox.push(stanza(number), BOUNDS, true);
    }
    exhaust(&mut outbox, &mut client);
    assert_eq!(outbox.acknowledge(u32::MAX), Ok(()));
    assert_eq!(outbox.acknowledge(2), Ok(()));
    assert_eq!(outbox.unacknowledged(), 0);
    assert_eq!(outbox.acknowledge(3), Err(TooHigh { handled: 3, sent: 2 }));
    assert!(outbox.acknowledge(1).is_err(), "a count that goes back");
}

#[test]
fn who_does_not_acknowledge_cannot_resume_but_may_go_on() {
    for bounds in [Bounds { stanzas: 10, ..BOUNDS }, Bounds { bytes: 250, ..BOUNDS }] {
        let (mut outbox, mut client) = (Outbox::default(), Client::new(1 << 16));
        outbox.track(bounds);
        for number in 0..200 {
            assert_ne!(outbox.push(stanza(number), bounds, true), Fill::Lost);
            exhaust(&mut outbox, &mut client);
        }
        assert!(!outbox.resumable());
        assert_eq!(outbox.unacknowledged(), 0);
        assert_eq!(client.seen.len(), 200);
        assert_eq!(outbox.acknowledge(200), Ok(()), "what was forgotten cannot be checked");
    }
}

#[test]
fn a_client_that_does_not_read_costs_a_bounded_number_of_bytes() {
    let bounds = Bounds { bytes: 10_000, ..BOUNDS };
    let (mut outbox, client) = (Outbox::default(), Client::new(64));
    outbox.track(bounds);
    let mut fills = Vec::new();
    for number in 0..2_000 {
        fills.push(outbox.push(stanza(number), bounds, true));
        flush(&mut outbox, &client);
        assert!(outbox.waiting() <= 2 * bounds.bytes);
        fills.dedup();
    }
    assert_eq!(fills, [Fill::Fits, Fill::Beyond, Fill::Lost, Fill::Fits]);
    assert!(!outbox.resumable());
}

#[test]
fn a_session_without_connection_keeps_what_may_be_kept_and_not_more() {
    for bounds in [Bounds { stanzas: 50, ..BOUNDS }, Bounds { bytes: 250, ..BOUNDS }] {
        let (mut outbox, client) = (Outbox::default(), Client::new(1 << 16));
        outbox.track(bounds);
        for number in 0..5 {
            outbox.push(stanza(number), bounds, true);
        }
        flush(&mut outbox, &client);
        outbox.disconnect();
        let kept = (5..200).take_while(|number| outbox.push(stanza(*number), bounds, false) != Fill::Lost).count();
        assert!((40..80).contains(&kept), "{kept}");
        assert!(!outbox.resumable());
        assert_eq!(outbox.push(stanza(0), bounds, false), Fill::Fits, "dropped, and told before");
        assert_eq!(outbox.undelivered().len(), kept + 5);
    }
}

#[test]
fn nothing_follows_the_last_words() {
    let (mut outbox, mut client) = (Outbox::default(), Client::new(1 << 16));
    outbox.push(stanza(0), BOUNDS, true);
    outbox.close(b"<bye/>".to_vec());
    outbox.push(stanza(1), BOUNDS, true);
    exhaust(&mut outbox, &mut client);
    assert_eq!(client.seen, [0]);
}

#[test]
fn what_is_undelivered_leaves_half_a_stanza_on_its_way() {
    let (mut outbox, mut client) = (Outbox::default(), Client::new(20));
    outbox.track(BOUNDS);
    for number in 0..3 {
        outbox.push(stanza(number), BOUNDS, true);
    }
    assert_eq!(flush(&mut outbox, &client), Flushed::Blocked);
    outbox.push(stanza(3), BOUNDS, true);
    assert_eq!(outbox.undelivered().len(), 4);
    outbox.close(b"<bye/>".to_vec());
    exhaust(&mut outbox, &mut client);
    assert_eq!(client.seen, [0, 1, 2], "each whole, since they were on their way");
}

fn audience(room: &str, count: usize) -> Piece {
    let counted = Element::new("audience", parterre_xmpp::ns::AUDIENCE).with("count", count.to_string());
    let notice = Element::message("headline").with("from", format!("{room}@room.d")).child(counted);
    Piece::Letter(Rc::new(Arc::new(Wire::stanza(&notice))))
}

#[test]
fn of_the_notices_of_a_room_the_newest_waits() {
    let mut outbox = Outbox::default();
    for (room, count) in [("a", 1), ("b", 2), ("a", 30), ("a", 4)] {
        let piece = audience(room, count);
        outbox.supersede(&piece);
        outbox.push(piece, BOUNDS, true);
        outbox.supersede(&stanza(count));
    }
    let client = Client::new(1 << 12);
    assert_eq!(outbox.waiting(), audience("b", 2).cost() + audience("a", 4).cost());
    assert_eq!(flush(&mut outbox, &client), Flushed::Empty);
    assert_eq!(outbox.waiting(), 0);
    let mut buffer = vec![0; 1 << 12];
    let read = client.end.try_read(&mut buffer).unwrap();
    let sent = String::from_utf8_lossy(&buffer[..read]);
    let counts: Vec<_> = sent.split("count='").skip(1).map(|rest| rest.split('\'').next().unwrap()).collect();
    assert_eq!(counts, ["2", "4"], "{sent}");
}

#[test]
fn what_stands_before_stream_management_began_is_not_taken_away() {
    let mut outbox = Outbox::default();
    outbox.push(audience("a", 1), BOUNDS, true);
    outbox.track(BOUNDS);
    outbox.supersede(&audience("a", 2));
    outbox.push(audience("a", 2), BOUNDS, true);
    assert_eq!(flush(&mut outbox, &Client::new(1 << 12)), Flushed::Empty);
    assert_eq!(outbox.unacknowledged(), 1, "the first is not counted, the second is");
}
