//! What it costs to fold a command from a copy of the room, as is done with whatever changes what the room is:
//! `cargo bench -p parterre-room --bench copy`.
//!
//! While the copy is being kept, the shard that the room lives on does nothing else; so it should cost about the same
//! whoever is there. Of each figure the median of nine is given.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // It only measures.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parterre_room::{Action, Command, LogId, Past, Policy, Room, RoomConfig, RoomDefaults, Sender, SessionId};
use parterre_xmpp::{BareJid, Element, FullJid};

const ROOM: &str = "hall@room.localhost";
const ROUNDS: u64 = 9;

/// A command as it comes; `who` 0 is the owner.
fn command(at: u64, who: u64, xml: &str) -> Command {
    let account = if who == 0 { "host@localhost".to_owned() } else { format!("{who:x}x@anon.localhost") };
    let jid = FullJid::new(&format!("{account}/a")).unwrap();
    let mut stanza: Element = xml.parse().unwrap();
    stanza.set("from", jid.to_string());
    let sender = Sender {
        session: SessionId(who),
        jid,
        anonymous: who != 0,
        admin: false,
        vouched: None,
        nick: None,
        avatar: None,
        origin: None,
    };
    Command { id: LogId(1_700_000_000_000_000 + at), action: Action::Stanza(Box::new(sender), stanza) }
}

fn join(at: u64, who: u64) -> Command {
    let nick = if who == 0 { "Host".to_owned() } else { format!("Anonymous {who}") };
    let xml = format!(
        "<presence xmlns='jabber:client' to='{ROOM}/{nick}'><x xmlns='http://jabber.org/protocol/muc'/></presence>"
    );
    command(at, who, &xml)
}

fn mute(at: u64, nick: &str) -> Command {
    let query =
        format!("<query xmlns='http://jabber.org/protocol/muc#admin'><item nick='{nick}' role='visitor'/></query>");
    command(at, 0, &format!("<iq xmlns='jabber:client' type='set' id='m' to='{ROOM}'>{query}</iq>"))
}

fn full(occupants: u64) -> Room {
    let config = RoomConfig { persistent: true, ..RoomConfig::default() };
    let defaults = RoomDefaults { locked: false, ..RoomDefaults::new(config) };
    let address = BareJid::new(ROOM).unwrap();
    let mut room = Room::create(address, Arc::new(Policy::default()), [7; 32], defaults, &Past::default());
    let mut effects = Vec::new();
    for who in 0..occupants {
        room.apply(join(who, who), &mut effects);
        effects.clear();
    }
    assert_eq!(room.occupants() as u64, occupants);
    room
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times.get(times.len() / 2).map_or(0.0, |time| time.as_secs_f64() * 1e6)
}

fn main() {
    println!("{:>9}  {:>12}  {:>12}  {:>12}  {:>12}", "occupants", "copy, µs", "a mute, µs", "drop, µs", "a join, µs");
    for occupants in [100, 1_000, 10_000, 100_000] {
        let mut room = full(occupants);
        let (mut copies, mut mutes, mut drops, mut joins) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            let at = occupants + 2 * round;
            let timed = |times: &mut Vec<Duration>, work: &mut dyn FnMut()| {
                let began = Instant::now();
                work();
                times.push(began.elapsed());
            };
            let mut before = None;
            let order = mute(at, &format!("Anonymous {}", 1 + round * (occupants - 1) / ROUNDS));
            let mut effects = Vec::new();
            timed(&mut copies, &mut || before = Some(room.clone()));
            let mut order = Some(order);
            timed(&mut mutes, &mut || room.apply(order.take().unwrap(), &mut effects));
            timed(&mut drops, &mut || drop(before.take()));
            let mut order = Some(join(at + 1, at));
            timed(&mut joins, &mut || room.apply(order.take().unwrap(), &mut effects));
        }
        let [copies, mutes, drops, joins] = [copies, mutes, drops, joins].map(median);
        println!("{occupants:>9}  {copies:>12.1}  {mutes:>12.1}  {drops:>12.1}  {joins:>12.1}");
    }
}
