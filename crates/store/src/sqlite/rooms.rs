//! Rooms: applying their changes, loading them, and removing what is old.

use parterre_room::{Affiliation, ArchivedMessage, Change, LogId};
use parterre_xmpp::{BareJid, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::fault::Fault;
use crate::StoreError;
use crate::store::{Pruned, StoredAffiliation, StoredRoom};

/// How many bits of a message's key are its position in the room: 68 thousand million messages a room, and 134
/// million rooms at a time.
const POSITION_BITS: u32 = 36;
/// The first room id that has no keys.
const ROOMS: i64 = 1 << (63 - POSITION_BITS);
/// How many messages are deleted at once: some milliseconds' work.
const STEP: i64 = 100;

/// The keys that the messages of a room may have.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    pub(crate) first: i64,
    pub(crate) last: i64,
}

impl Span {
    pub(crate) fn of(room: i64) -> Self {
        let first = room << POSITION_BITS;
        Span { first, last: first | ((1 << POSITION_BITS) - 1) }
    }
}

/// The id as the database has it. Ids are microseconds since 1970, so those beyond `i64` are in no archive.
pub(crate) fn to_column(id: LogId) -> i64 {
    i64::try_from(id.0).unwrap_or(i64::MAX)
}

pub(crate) fn from_column(id: i64) -> LogId {
    LogId(u64::try_from(id).unwrap_or_default())
}

/// The number of a room in the database.
pub(crate) fn find(connection: &Connection, name: &str) -> rusqlite::Result<Option<i64>> {
    let mut find = connection.prepare_cached("SELECT id FROM room WHERE name = ?1")?;
    find.query_row([name], |row| row.get(0)).optional()
}

/// Key and id of the newest message.
pub(crate) fn newest(connection: &Connection, room: i64) -> rusqlite::Result<Option<(i64, i64)>> {
    let span = Span::of(room);
    let mut newest = connection
        .prepare_cached("SELECT key, id FROM message WHERE key BETWEEN ?1 AND ?2 ORDER BY key DESC LIMIT 1")?;
    newest.query_row([span.first, span.last], |row| Ok((row.get(0)?, row.get(1)?))).optional()
}

/// Applies the changes of one commit.
pub(crate) fn apply(connection: &Connection, name: &str, changes: &[Change]) -> Result<(), Fault> {
    let mut open: Option<Open> = None;
    for change in changes {
        if *change == Change::Destroy {
            open = None;
            if let Some(room) = find(connection, name)? {
                destroy(connection, room)?;
            }
            continue;
        }
        let room = match &mut open {
            Some(room) => room,
            none => none.insert(Open::new(connection, name)?),
        };
        match change {
            Change::Message(message) => room.append(connection, name, message)?,
            Change::Replace { id, stanza } => {
                let mut replace =
                    connection.prepare_cached("UPDATE message SET stanza = ?3 WHERE room = ?1 AND id = ?2")?;
                replace.execute(params![room.id, to_column(*id), stanza])?;
            }
            Change::Settings(settings) => {
                let mut set = connection.prepare_cached("UPDATE room SET settings = ?2 WHERE id = ?1")?;
                set.execute(params![room.id, settings])?;
            }
            Change::Affiliation { jid, affiliation: Affiliation::None, nick: None, .. } => {
                let mut delete = connection.prepare_cached("DELETE FROM affiliation WHERE room = ?1 AND jid = ?2")?;
                delete.execute(params![room.id, jid.as_str()])?;
            }
            Change::Affiliation { jid, affiliation, nick, reason } => {
                let mut set = connection.prepare_cached(
                    "INSERT OR REPLACE INTO affiliation (room, jid, affiliation, nick, reason) VALUES (?1, ?2, ?3, ?4, ?5)",
                )?;
                set.execute(params![room.id, jid.as_str(), level(*affiliation), nick, reason])?;
            }
            Change::Destroy => {}
        }
    }
    Ok(())
}

/// A room that changes are being applied to: where its next message goes.
struct Open {
    id: i64,
    next: i64,
    last_id: i64,
}

impl Open {
    fn new(connection: &Connection, name: &str) -> Result<Self, Fault> {
        let mut find = connection.prepare_cached("SELECT id, last_id FROM room WHERE name = ?1")?;
        let found = find.query_row([name], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let (id, pruned): (i64, i64) = if let Some(found) = found {
            found
        } else {
            let mut create = connection.prepare_cached("INSERT INTO room (name) VALUES (?1)")?;
            (create.insert([name])?, 0)
        };
        if id >= ROOMS {
            let reason = "there are more rooms than the database has numbers for".to_owned();
            return Err(StoreError::Failed { doing: "creating a room", reason }.into());
        }
        let newest = newest(connection, id)?;
        let next = newest.map_or(Span::of(id).first, |(key, _)| key + 1);
        let last_id = newest.map_or(pruned, |(_, id)| id.max(pruned));
        Ok(Open { id, next, last_id })
    }

    fn append(&mut self, connection: &Connection, name: &str, message: &ArchivedMessage) -> Result<(), Fault> {
        let id = i64::try_from(message.id.0).unwrap_or(0);
        if id <= self.last_id || self.next > Span::of(self.id).last {
            return Err(StoreError::out_of_order(name, message.id, from_column(self.last_id)).into());
        }
        let mut insert = connection.prepare_cached(
            "INSERT INTO message (key, room, id, \"from\", author, stanza) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        let author = message.author.as_ref().map(|author| author.as_str());
        insert.execute(params![self.next, self.id, id, message.from, author, message.stanza])?;
        self.next += 1;
        self.last_id = id;
        Ok(())
    }
}

/// Forgets a room. Its name is free at once; many messages are left for [`sweep`], since deleting a million of them
/// would hold up every other room.
fn destroy(connection: &Connection, room: i64) -> Result<(), Fault> {
    remember_ids(connection, room)?;
    connection.prepare_cached("DELETE FROM affiliation WHERE room = ?1")?.execute([room])?;
    connection.prepare_cached("UPDATE room SET name = NULL, settings = NULL WHERE id = ?1")?.execute([room])?;
    delete_some(connection, room)?;
    Ok(())
}

/// Deletes up to [`STEP`] messages of a destroyed room, and with the last of them its row; says how many.
fn delete_some(connection: &Connection, room: i64) -> rusqlite::Result<i64> {
    let span = Span::of(room);
    let mut delete = connection.prepare_cached(
        "DELETE FROM message WHERE key IN (SELECT key FROM message WHERE key BETWEEN ?1 AND ?2 ORDER BY key LIMIT ?3)",
    )?;
    let deleted = delete.execute([span.first, span.last, STEP])? as i64;
    if deleted < STEP {
        connection.prepare_cached("DELETE FROM room WHERE id = ?1")?.execute([room])?;
    }
    Ok(deleted)
}

/// Deletes a little of what destroyed rooms left; says whether there may be more.
pub(crate) fn sweep(connection: &Connection) -> Result<bool, Fault> {
    let mut find = connection.prepare_cached("SELECT id FROM room WHERE name IS NULL LIMIT 1")?;
    let Some(room) = find.query_row([], |row| row.get(0)).optional()? else {
        return Ok(false);
    };
    delete_some(connection, room)?;
    Ok(true)
}

/// Keeps the highest id of a room whose row is about to go.
fn remember_ids(connection: &Connection, room: i64) -> rusqlite::Result<()> {
    let newest = newest(connection, room)?.map_or(0, |(_, id)| id);
    let mut remember = connection
        .prepare_cached("UPDATE forgotten SET last_id = max(last_id, ?2, (SELECT last_id FROM room WHERE id = ?1))")?;
    remember.execute([room, newest])?;
    Ok(())
}

/// The keys of messages said before a time, the oldest of each room first. Found by a reader, so that looking through
/// all rooms holds up no commit. What destroyed rooms left is [`sweep`]'s.
pub(crate) fn old_messages(connection: &Connection, older: Timestamp, at_most: usize) -> Result<Vec<i64>, Fault> {
    let mut find = connection.prepare_cached(
        "SELECT message.key FROM room CROSS JOIN message INDEXED BY message_id ON message.room = room.id \
         WHERE message.id < ?1 AND room.name IS NOT NULL LIMIT ?2",
    )?;
    let limit = i64::try_from(at_most).unwrap_or(i64::MAX);
    let keys = find.query_map([older.0, limit], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(keys)
}

/// Deletes those messages, as far as they are still old, and rooms of which nothing remains.
pub(crate) fn prune(connection: &Connection, keys: &[i64], older: Timestamp) -> Result<Vec<Pruned>, Fault> {
    let mut rooms: Vec<i64> = keys.iter().map(|key| key >> POSITION_BITS).collect();
    rooms.dedup();
    for room in &rooms {
        if let Some((_, newest)) = newest(connection, *room)? {
            let mut mark = connection.prepare_cached("UPDATE room SET last_id = max(last_id, ?2) WHERE id = ?1")?;
            mark.execute([*room, newest])?;
        }
    }
    let mut pruned = Vec::with_capacity(rooms.len());
    let mut delete = connection.prepare_cached("DELETE FROM message WHERE key = ?1 AND id < ?2 RETURNING id")?;
    for of_room in keys.chunk_by(|one, next| one >> POSITION_BITS == next >> POSITION_BITS) {
        let (mut removed, mut last) = (0, 0);
        for key in of_room {
            if let Some(id) = delete.query_row([*key, older.0], |row| row.get::<_, i64>(0)).optional()? {
                removed += 1;
                last = last.max(id);
            }
        }
        let room = of_room.first().map_or(0, |key| key >> POSITION_BITS);
        if removed > 0
            && let Some(room) = name(connection, room)?
        {
            pruned.push(Pruned { room, before: from_column(last + 1), removed });
        }
    }
    for room in &rooms {
        forget_if_empty(connection, *room)?;
    }
    pruned.sort_by(|one, other| one.room.cmp(&other.room));
    Ok(pruned)
}

/// The name of a room, unless it was destroyed.
fn name(connection: &Connection, room: i64) -> rusqlite::Result<Option<String>> {
    let mut find = connection.prepare_cached("SELECT name FROM room WHERE id = ?1")?;
    Ok(find.query_row([room], |row| row.get::<_, Option<String>>(0)).optional()?.flatten())
}

/// Removes the row of a room that is not persistent and has no message left: its name may never be used again.
fn forget_if_empty(connection: &Connection, room: i64) -> rusqlite::Result<()> {
    if newest(connection, room)?.is_some() {
        return Ok(());
    }
    let mut bare = connection.prepare_cached(
        "SELECT 1 FROM room WHERE id = ?1 AND settings IS NULL \
         AND NOT EXISTS (SELECT 1 FROM affiliation WHERE room = ?1)",
    )?;
    if bare.exists([room])? {
        remember_ids(connection, room)?;
        connection.prepare_cached("DELETE FROM room WHERE id = ?1")?.execute([room])?;
    }
    Ok(())
}

/// The rooms that have settings.
pub(crate) fn list(connection: &Connection) -> Result<Vec<(String, String)>, Fault> {
    let mut list = connection.prepare_cached(
        "SELECT name, settings FROM room WHERE settings IS NOT NULL AND name IS NOT NULL ORDER BY name",
    )?;
    Ok(list.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
}

/// What is kept of a room.
pub(crate) fn load(connection: &Connection, name: &str, recent: usize) -> Result<StoredRoom, Fault> {
    let forgotten: i64 = connection.prepare_cached("SELECT last_id FROM forgotten")?.query_row([], |row| row.get(0))?;
    let mut find = connection.prepare_cached("SELECT id, settings, last_id FROM room WHERE name = ?1")?;
    let found = find.query_row([name], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()?;
    let Some((room, settings, pruned)): Option<(i64, Option<String>, i64)> = found else {
        return Ok(StoredRoom { last_id: from_column(forgotten), ..StoredRoom::default() });
    };
    let newest = newest(connection, room)?.map_or(0, |(_, id)| id);
    Ok(StoredRoom {
        settings,
        affiliations: affiliations(connection, room)?,
        recent: recent_messages(connection, room, recent)?,
        last_id: from_column(newest.max(pruned).max(forgotten)),
    })
}

fn affiliations(connection: &Connection, room: i64) -> Result<Vec<StoredAffiliation>, Fault> {
    let mut list = connection
        .prepare_cached("SELECT jid, affiliation, nick, reason FROM affiliation WHERE room = ?1 ORDER BY jid")?;
    let rows = list.query_map([room], |row| {
        let jid = address(row, 0)?;
        let affiliation = affiliation(row.get(1)?);
        Ok(StoredAffiliation { jid, affiliation, nick: row.get(2)?, reason: row.get(3)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn recent_messages(connection: &Connection, room: i64, recent: usize) -> Result<Vec<ArchivedMessage>, Fault> {
    let span = Span::of(room);
    let mut list = connection.prepare_cached(
        "SELECT id, \"from\", author, stanza FROM message WHERE key BETWEEN ?1 AND ?2 ORDER BY key DESC LIMIT ?3",
    )?;
    let limit = i64::try_from(recent).unwrap_or(i64::MAX);
    let rows = list.query_map([span.first, span.last, limit], |row| {
        let author = row.get_ref(2)?.as_str_or_null()?.is_some().then(|| address(row, 2)).transpose()?;
        Ok(ArchivedMessage { id: from_column(row.get(0)?), from: row.get(1)?, author, stanza: row.get(3)? })
    })?;
    let mut messages = rows.collect::<Result<Vec<_>, _>>()?;
    messages.reverse();
    Ok(messages)
}

fn address(row: &Row<'_>, column: usize) -> rusqlite::Result<BareJid> {
    let text: String = row.get(column)?;
    BareJid::new(&text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
    })
}

/// An affiliation as the database has it.
fn level(affiliation: Affiliation) -> i64 {
    match affiliation {
        Affiliation::Outcast => -1,
        Affiliation::None => 0,
        Affiliation::Member => 1,
        Affiliation::Admin => 2,
        Affiliation::Owner => 3,
    }
}

fn affiliation(level: i64) -> Affiliation {
    match level {
        -1 => Affiliation::Outcast,
        1 => Affiliation::Member,
        2 => Affiliation::Admin,
        3 => Affiliation::Owner,
        _ => Affiliation::None,
    }
}
