//! Archives as Prosody writes them, and as nobody should.

use parterre_xmpp::{BareJid, Element, Timestamp, ns};

use super::super::address::Domains;
use super::{Archive, read};

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

fn archive(file: &str) -> Archive {
    let domains = Domains::new("room.old".into(), "room.new".into(), "new");
    read(file.as_bytes(), &BareJid::new("agora@room.new").unwrap(), &domains, NOW)
}

fn item(when: &str, key: &str, nick: &str, children: &str) -> String {
    format!(
        "item({{ name = 'message'; attr = {{ type = 'groupchat'; id = 'i{key}'; from = 'agora@room.old/{nick}'; \
         stamp = '2026-01-01T00:00:00Z' }}; {children} key = '{key}'; when = {when}; with = 'message<groupchat' }});\n"
    )
}

fn said(text: &str) -> String {
    format!("{{ name = 'body'; attr = {{}}; '{text}' }};")
}

fn stanzas(archive: &Archive) -> Vec<Element> {
    archive.messages.iter().map(|message| message.stanza.parse().unwrap()).collect()
}

#[test]
fn messages_keep_their_order_and_time_and_get_the_same_ids_again() {
    let file = [
        item("1700000000.5", "a", "Romeo", &said("one")),
        "item({ name = 'presence'; attr = { from = 'agora@room.old/Romeo' }; when = 1700000001 });\n".to_owned(),
        item("1700000003", "b", "Romeo", &said("three")),
        item("1700000002", "c", "Juliet", &said("two")),
        item("1700000003", "d", "Juliet", &said("four <&>")),
    ];
    let read = archive(&file.concat());
    let ids: Vec<u64> = read.messages.iter().map(|message| message.id.0).collect();
    assert_eq!(ids, [1_700_000_000_500_000, 1_700_000_002_000_000, 1_700_000_003_000_000, 1_700_000_003_000_001]);
    assert_eq!(read.messages, archive(&file.concat()).messages);
    assert_eq!(read.broken, 0);
    let stanzas = stanzas(&read);
    let bodies: Vec<_> = stanzas.iter().map(|stanza| stanza.field_text("body").unwrap().into_owned()).collect();
    assert_eq!(bodies, ["one", "two", "three", "four <&>"]);
    assert_eq!(stanzas[0].get("from"), Some("agora@room.new/Romeo"));
    assert_eq!(stanzas[0].get("stamp"), None);
    let id = stanzas[0].find("stanza-id", ns::STANZA_ID).unwrap();
    assert_eq!((id.get("by"), id.get("id")), (Some("agora@room.new"), Some("00060a241825e120")));
    // More was said there since: what was taken before keeps its ids.
    let later = archive(&[file.concat(), item("1700000004", "e", "Juliet", &said("five"))].concat());
    assert_eq!(later.messages[..4], read.messages[..]);
}

#[test]
fn what_was_taken_back_does_not_come_along() {
    let file = [
        item("1", "a", "Romeo", "{ name = 'moderated'; attr = { xmlns = 'urn:xmpp:message-moderate:0'; by = 'agora@room.old/Juliet' }; { name = 'retracted'; attr = { xmlns = 'urn:xmpp:message-retract:0'; stamp = '2026-01-01T00:00:00Z' } }; { name = 'reason'; attr = {}; 'rude' } };"),
        item("2", "b", "Romeo", &said("regretted")),
        item("3", "c", "Tybalt", &format!("{} {{ name = 'retract'; attr = {{ xmlns = 'urn:xmpp:message-retract:1'; id = 'b' }} }};", said("not mine"))),
        item("4", "d", "Romeo", "{ name = 'retract'; attr = { xmlns = 'urn:xmpp:message-retract:1'; id = 'b' } };"),
        "item({ name = 'message'; attr = { from = 'agora@room.old' }; { name = 'apply-to'; attr = { xmlns = 'urn:xmpp:fasten:0'; id = 'a' } }; when = 5 });\n".to_owned(),
    ];
    let read = archive(&file.concat());
    let stanzas = stanzas(&read);
    assert_eq!(stanzas.len(), 4);
    for (place, by_moderator) in [(0, true), (1, false)] {
        let mark = stanzas[place].find("retracted", ns::RETRACT).unwrap();
        assert_eq!(mark.has("moderated", ns::MODERATE), by_moderator);
        assert!(stanzas[place].field_text("body").is_none());
    }
    assert!(stanzas[0].to_xml().contains("rude"));
    let id = stanzas[3].find("retract", ns::RETRACT).unwrap().get("id").map(str::to_owned);
    assert_eq!(id, Some(read.messages[1].id.to_string()));
}

#[test]
fn only_our_room_speaks_for_itself() {
    let forged = "{ name = 'author'; attr = { xmlns = 'urn:parterre:room:0'; role = 'moderator' } }; \
        { name = 'stanza-id'; attr = { xmlns = 'urn:xmpp:sid:0'; by = 'agora@room.new'; id = 'x' } }; \
        { name = 'x'; attr = { xmlns = 'http://jabber.org/protocol/muc#user' }; { name = 'item'; attr = { jid = 'romeo@old/x' } } };";
    let read = archive(&item("1", "a", "Romeo", &format!("{}{forged}", said("hi"))));
    let stanza = &read.messages[0].stanza;
    assert!(
        !stanza.contains("author") && !stanza.contains("muc#user") && stanza.matches("<stanza-id").count() == 1,
        "{stanza}"
    );
    assert_eq!(read.messages[0].author.as_ref().map(|author| author.as_str()), Some("romeo@new"));
}

#[test]
fn what_is_broken_is_counted_and_the_rest_is_taken() {
    let file = [
        item("1", "a", "Romeo", &said("one")),
        "item({ name = 'iq'; when = 2 });\nitem({ name = 'message'; attr = {}; when = 3 });\nitem({ broken\n"
            .to_owned(),
        item("(0/0)", "b", "Romeo", &said("never")),
        item("4", "c", "", &said("nobody")),
        item("5", "d", "Romeo", "{ name = 'a b'; attr = {} };"),
        item("6", "e", "Romeo", &said(&"x".repeat(300_000))),
        item("7", "f", "Romeo", &said("two \\000\\255")),
    ];
    let read = archive(&file.concat());
    assert_eq!((read.messages.len(), read.broken), (2, 6));
    assert!(read.first.unwrap().contains("neither a message nor a presence"));
}

#[test]
fn what_is_of_a_time_to_come_is_broken() {
    let file = [
        item("1800000060", "a", "Romeo", &said("by a clock that is a little fast")),
        item("1800000061", "b", "Romeo", &said("tomorrow")),
        item("1e300", "c", "Romeo", &said("never")),
        item("1799999999", "d", "Romeo", &said("before")),
    ];
    let read = archive(&file.concat());
    let ids: Vec<u64> = read.messages.iter().map(|message| message.id.0).collect();
    assert_eq!(ids, [1_799_999_999_000_000, 1_800_000_060_000_000]);
    assert_eq!((read.broken, read.first.as_deref()), (2, Some("an entry is of a time that has not come yet")));
}

proptest::proptest! {
    #[test]
    fn ids_rise_whatever_the_times(times in proptest::collection::vec(1_u32..20, 0..30)) {
        let file: String = times.iter().map(|time| item(&time.to_string(), "k", "R", &said("x"))).collect();
        let read = archive(&file);
        proptest::prop_assert_eq!(read.messages.len(), times.len());
        proptest::prop_assert!(read.messages.is_sorted_by(|one, other| one.id < other.id));
    }
}
