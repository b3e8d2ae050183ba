//! The archive of one room.
//!
//! Enters: the entries of Prosody's file. Leaves: messages as ours keeps them, under ids that follow from theirs, so that
//! the same file always gives the same. What was taken back there is taken back here: its words do not come along.
//! Never: something that claims to be the room's word and is not.

use std::collections::BTreeMap;

use parterre_room::mam::{Moderation, Retraction, tombstone};
use parterre_room::{ArchivedMessage, LogId};
use parterre_xmpp::{BareJid, Element, FullJid, Timestamp, ns};

use super::address::Domains;
use super::lua::{self, Table, Value};

/// Most bytes of a message; no client was let send more.
const MAX_MESSAGE: usize = 256 << 10;
/// How far the clock that dated a message may be ahead of ours, in microseconds.
const AHEAD: i64 = 60_000_000;

/// What an archive holds for us.
#[derive(Default)]
pub(super) struct Archive {
    /// In the order of their ids.
    pub(super) messages: Vec<ArchivedMessage>,
    /// Entries that are broken, or no message that a room could have had.
    pub(super) broken: u64,
    /// Where the first broken one is, in words.
    pub(super) first: Option<String>,
}

struct Entry {
    id: LogId,
    key: Option<String>,
    stanza: Element,
    author: Option<BareJid>,
}

/// Reads the file of an archive. Who came and went is in it as well; that is passed over. A message from after `now` is
/// broken: what is said in the room later would be dated later still.
pub(super) fn read(file: &[u8], room: &BareJid, domains: &Domains, now: Timestamp) -> Archive {
    let mut archive = Archive::default();
    let mut entries = Vec::new();
    for item in lua::items(file) {
        match item.map_err(|fault| fault.to_string()).and_then(|item| entry(&item, room, domains, now)) {
            Ok(entry) => entries.extend(entry),
            Err(fault) => {
                archive.broken += 1;
                archive.first.get_or_insert(fault);
            }
        }
    }
    number(&mut entries);
    refer(&mut entries);
    bury(&mut entries);
    for entry in entries {
        let from = entry.stanza.get("from").unwrap_or_default().to_owned();
        let id = entry.id.to_string();
        let stanza = with_id(entry.stanza, &id, room).to_xml();
        if stanza.len() > MAX_MESSAGE || stanza.parse::<Element>().is_err() {
            archive.broken += 1;
            archive
                .first
                .get_or_insert_with(|| format!("the message of {} is too large or malformed", entry.id.time()));
            continue;
        }
        archive.messages.push(ArchivedMessage { id: entry.id, from, author: entry.author, stanza });
    }
    archive
}

/// A message of the archive; `None` for what is passed over.
fn entry(item: &Table, room: &BareJid, domains: &Domains, now: Timestamp) -> Result<Option<Entry>, String> {
    let odd = |what: &str| Err(format!("an entry {what}"));
    match item.text("name") {
        Some("message") => {}
        Some("presence") => return Ok(None),
        _ => return odd("is neither a message nor a presence"),
    }
    let stamp = item.table("attr").and_then(|attr| attr.text("stamp")).and_then(Timestamp::parse);
    let time = item.number("when").map(|when| Timestamp((when * 1e6).round() as i64)).or(stamp);
    let Some(time) = time.filter(|time| time.0 > 0) else { return odd("has no time") };
    if time.0 > now.0.saturating_add(AHEAD) {
        return odd("is of a time that has not come yet");
    }
    let Some(mut stanza) = element(item, ns::CLIENT) else { return odd("is no message") };
    let nick = stanza.get("from").and_then(|from| from.split_once('/')).map(|(_, nick)| nick);
    // What the room itself says in an archive is that a message was taken back, which the message says, too.
    let Some(nick) = nick else { return Ok(None) };
    let Ok(from) = FullJid::new(&format!("{room}/{nick}")) else { return odd("is by a name that none may have") };
    let author = author(&mut stanza, domains);
    clean(&mut stanza, room, &domains.rooms);
    stanza.unset("to");
    stanza.unset("stamp");
    stanza.set("type", "groupchat");
    stanza.set("from", from.as_str());
    let key = item.text("key").map(str::to_owned);
    Ok(Some(Entry { id: LogId(time.0 as u64), key, stanza, author }))
}

/// A table as the element that it was; `None` if it was none. A child without a namespace has that of its parent.
fn element(table: &Table, parent: &str) -> Option<Element> {
    let name = table.text("name").filter(|name| is_name(name))?;
    let attributes = table.table("attr");
    let namespace = attributes.and_then(|attr| attr.text("xmlns")).unwrap_or(parent);
    let mut element = Element::new(name.to_owned(), xml(namespace));
    for (name, value) in attributes.map(|attr| &attr.named).into_iter().flatten() {
        let Value::Text(value) = value else { continue };
        match name.as_str() {
            "xmlns" => {}
            "xml:lang" => element.set_lang(xml(value)),
            name if is_name(name) => element.set(name.to_owned(), xml(value)),
            // An attribute with a namespace: no extension that a chat shows has one.
            _ => {}
        }
    }
    for child in &table.list {
        match child {
            Value::Text(text) => element.push_text(xml(text)),
            Value::Table(child) => element.push(self::element(child, namespace)?),
            _ => {}
        }
    }
    Some(element)
}

fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

/// The text without what XML cannot carry (XML 1.0 §2.2).
fn xml(text: &str) -> String {
    text.chars().filter(|c| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)).collect()
}

/// Takes the author's address, which is there in rooms that show addresses.
fn author(stanza: &mut Element, domains: &Domains) -> Option<BareJid> {
    let item = stanza.find("x", ns::MUC_USER).and_then(|x| x.find_own("item"));
    item.and_then(|item| item.get("jid")).and_then(|jid| domains.person(jid))
}

/// Takes off what only our room may say.
fn clean(stanza: &mut Element, room: &BareJid, theirs: &str) {
    let own = |by: &str| {
        let bare = by.split('/').next().unwrap_or_default();
        bare == room.as_str() || bare.rsplit_once('@').is_some_and(|(_, domain)| domain == theirs)
    };
    stanza.retain(|child| match (child.name(), child.ns()) {
        ("stanza-id", ns::STANZA_ID) => !child.get("by").is_some_and(own),
        ("delay", ns::DELAY) => !child.get("from").is_some_and(own),
        (_, ns::MUC | ns::MUC_USER | ns::ROOM) => false,
        ("apply-to", ns::FASTEN) => !child.children().any(|inner| inner.ns() == ns::MODERATE_0),
        _ => true,
    });
}

/// Gives each its place: the microsecond in which it was said, or the next that is free.
fn number(entries: &mut [Entry]) {
    entries.sort_by_key(|entry| entry.id);
    let mut last = LogId(0);
    for entry in entries {
        last = LogId(entry.id.0.max(last.0 + 1));
        entry.id = last;
    }
}

/// Replies, reactions and retractions name a message by its id in the archive, which is another one now.
fn refer(entries: &mut [Entry]) {
    let ids: BTreeMap<String, String> =
        entries.iter().filter_map(|entry| Some((entry.key.clone()?, entry.id.to_string()))).collect();
    for entry in entries {
        for child in entry.stanza.children_mut() {
            let refers = matches!(
                (child.name(), child.ns()),
                ("reply", ns::REPLY)
                    | ("reactions", ns::REACTIONS)
                    | ("retract", ns::RETRACT)
                    | ("apply-to", ns::FASTEN)
            );
            if refers && let Some(id) = child.get("id").and_then(|id| ids.get(id)) {
                child.set("id", id.as_str());
            }
        }
    }
}

/// Leaves nothing of what was taken back but that it was: by a moderator, who put a mark in its place, or by its
/// author, who said so later.
fn bury(entries: &mut [Entry]) {
    let mut retracted: BTreeMap<String, (Timestamp, String, Option<String>)> = BTreeMap::new();
    for entry in entries.iter() {
        if let Some(target) = own_retraction(&entry.stanza) {
            let by = entry.stanza.get("id").unwrap_or_default().to_owned();
            retracted.insert(target.to_owned(), (entry.id.time(), by, who(&entry.stanza)));
        }
    }
    for entry in entries {
        let marked = entry.stanza.find("moderated", ns::MODERATE_0);
        let mark = marked.and_then(|marked| marked.find("retracted", ns::RETRACT_0));
        if let (Some(marked), Some(mark)) = (marked, mark) {
            let time = mark.get("stamp").and_then(Timestamp::parse).unwrap_or(entry.id.time());
            let reason = marked.children().find(|child| child.name() == "reason").map(|reason| reason.content());
            let moderation = Moderation { reason: reason.as_deref(), ..Moderation::default() };
            let retraction = Retraction { time, by_message: None, moderation: Some(moderation) };
            entry.stanza = tombstone(&entry.stanza, retraction);
            continue;
        }
        let id = entry.id.to_string();
        if let Some((time, by, author)) = retracted.get(&id)
            && *author == who(&entry.stanza)
        {
            let retraction = Retraction { time: *time, by_message: Some(by), moderation: None };
            entry.stanza = tombstone(&entry.stanza, retraction);
        }
    }
}

/// The message that one takes back (XEP-0424).
fn own_retraction(stanza: &Element) -> Option<&str> {
    if let Some(retract) = stanza.find("retract", ns::RETRACT) {
        return retract.get("id");
    }
    stanza.find("apply-to", ns::FASTEN).filter(|apply| apply.has("retract", ns::RETRACT_0))?.get("id")
}

/// Who said a message, as far as the archive tells: the occupant id, else the address.
fn who(stanza: &Element) -> Option<String> {
    let occupant = stanza.find("occupant-id", ns::OCCUPANT_ID).and_then(|id| id.get("id"));
    occupant.or(stanza.get("from")).map(str::to_owned)
}

fn with_id(mut stanza: Element, id: &str, room: &BareJid) -> Element {
    if stanza.get("id").is_none_or(str::is_empty) {
        stanza.set("id", id);
    }
    stanza.push(Element::new("stanza-id", ns::STANZA_ID).with("id", id).with("by", room.as_str()));
    stanza
}

#[cfg(test)]
mod tests;
