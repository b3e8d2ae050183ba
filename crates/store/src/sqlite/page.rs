//! Pages of an archive (XEP-0313, XEP-0059).
//!
//! The keys of a room's messages have no gaps, so without `with` every count and place is a subtraction of keys, and
//! a page costs the same in a room of a million messages as in one of a hundred. With `with` the messages of that
//! one person are counted, in an index.

use parterre_room::LogId;
use parterre_room::mam::{Page, PageRequest};
use rusqlite::{Connection, OptionalExtension, params};

use super::fault::Fault;
use super::rooms::{self, Span, from_column, to_column};
use crate::matching;

/// A range of keys, both ends included; empty if the first is greater.
#[derive(Clone, Copy)]
struct Keys {
    first: i64,
    last: i64,
}

/// Which messages of a range are meant.
enum Said {
    ByAnybody,
    /// By the occupant of this address.
    From(String),
    /// By this real address.
    Author(String),
    /// Just these keys, in order.
    Listed(Vec<i64>),
}

/// The page that the request describes; see [`crate::Store::page`].
pub(crate) fn page(connection: &Connection, name: &str, request: &PageRequest) -> Result<Page, Fault> {
    let Some(room) = rooms::find(connection, name)? else {
        return Ok(if matching::named_ids(request).next().is_some() { unknown() } else { nothing() });
    };
    for id in matching::named_ids(request) {
        if key_of(connection, room, id)?.is_none() {
            return Ok(unknown());
        }
    }
    let results = results(connection, room, request)?;
    let said = said(connection, room, request)?;
    let mut window = results;
    if let Some(key) = request.after.map(|id| key_of(connection, room, id)).transpose()?.flatten() {
        window.first = window.first.max(key + 1);
    }
    if let Some(key) = request.before.map(|id| key_of(connection, room, id)).transpose()?.flatten() {
        window.last = window.last.min(key - 1);
    }
    let in_window = said.count(connection, window)?;
    // Places in the window: of the first message of the page, and of the first one after it.
    let max = request.max;
    let (start, end) = match request.index {
        Some(index) => (index.min(in_window), index.saturating_add(max).min(in_window)),
        None if request.last => (in_window.saturating_sub(max), in_window),
        None => (0, max.min(in_window)),
    };
    let backwards = request.last && request.index.is_none();
    let rows = said.fetch(connection, window, start, end - start, backwards)?;
    let first_index = match rows.first() {
        Some((first, ..)) => said.count(connection, Keys { first: results.first, last: first - 1 })?,
        None => 0,
    };
    Ok(Page {
        messages: rows.into_iter().map(|(_, id, stanza)| (id, stanza)).collect(),
        count: said.count(connection, results)?,
        first_index,
        complete: if backwards { start == 0 } else { end == in_window },
        unknown_id: false,
    })
}

/// First and last message of the archive.
pub(crate) fn metadata(connection: &Connection, name: &str) -> Result<Option<(LogId, LogId)>, Fault> {
    let Some(room) = rooms::find(connection, name)? else {
        return Ok(None);
    };
    let Some((_, newest)) = rooms::newest(connection, room)? else {
        return Ok(None);
    };
    let mut oldest = connection.prepare_cached("SELECT id FROM message WHERE room = ?1 ORDER BY id LIMIT 1")?;
    let oldest = oldest.query_row([room], |row| row.get(0))?;
    Ok(Some((from_column(oldest), from_column(newest))))
}

fn unknown() -> Page {
    Page { unknown_id: true, ..Page::default() }
}

fn nothing() -> Page {
    Page { complete: true, ..Page::default() }
}

fn key_of(connection: &Connection, room: i64, id: LogId) -> rusqlite::Result<Option<i64>> {
    let Ok(id) = i64::try_from(id.0) else { return Ok(None) };
    let mut find = connection.prepare_cached("SELECT key FROM message WHERE room = ?1 AND id = ?2")?;
    find.query_row([room, id], |row| row.get(0)).optional()
}

/// The keys that the bounds of time and id leave.
fn results(connection: &Connection, room: i64, request: &PageRequest) -> rusqlite::Result<Keys> {
    let after = request.after_id.map_or(i64::MIN, |id| to_column(id).saturating_add(1));
    let before = request.before_id.map_or(i64::MAX, |id| to_column(id).saturating_sub(1));
    let from = request.start.map_or(after, |start| start.0.max(after));
    let to = request.end.map_or(before, |end| end.0.min(before));
    let mut first =
        connection.prepare_cached("SELECT key FROM message WHERE room = ?1 AND id >= ?2 ORDER BY id LIMIT 1")?;
    let mut last =
        connection.prepare_cached("SELECT key FROM message WHERE room = ?1 AND id <= ?2 ORDER BY id DESC LIMIT 1")?;
    let first = first.query_row([room, from], |row| row.get(0)).optional()?;
    let last = last.query_row([room, to], |row| row.get(0)).optional()?;
    let empty = Keys { first: 0, last: -1 };
    Ok(first.zip(last).map_or(empty, |(first, last)| Keys { first, last }))
}

fn said(connection: &Connection, room: i64, request: &PageRequest) -> Result<Said, Fault> {
    let by = match &request.with {
        None => Said::ByAnybody,
        Some(with) if with.contains('/') => Said::From(with.clone()),
        Some(with) if is_room(connection, room, with)? => Said::ByAnybody,
        Some(with) => Said::Author(with.clone()),
    };
    let Some(ids) = &request.ids else { return Ok(by) };
    let mut keys = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(key) = key_of(connection, room, *id)?
            && by.count(connection, Keys { first: key, last: key })? > 0
        {
            keys.push(key);
        }
    }
    keys.sort_unstable();
    keys.dedup();
    Ok(Said::Listed(keys))
}

/// Whether that is the bare address of the room, to go by its newest message.
fn is_room(connection: &Connection, room: i64, address: &str) -> rusqlite::Result<bool> {
    let span = Span::of(room);
    let mut newest = connection
        .prepare_cached("SELECT \"from\" FROM message WHERE key BETWEEN ?1 AND ?2 ORDER BY key DESC LIMIT 1")?;
    let from: Option<String> = newest.query_row([span.first, span.last], |row| row.get(0)).optional()?;
    Ok(from.is_some_and(|from| matching::bare(&from) == address))
}

type Found = (i64, LogId, String);

impl Said {
    /// How many of them have keys in the range.
    fn count(&self, connection: &Connection, keys: Keys) -> rusqlite::Result<u64> {
        if keys.first > keys.last {
            return Ok(0);
        }
        let (sql, whom) = match self {
            Said::ByAnybody => return Ok(keys.last.abs_diff(keys.first) + 1),
            Said::Listed(listed) => return Ok(within(listed, keys).len() as u64),
            Said::From(from) => (
                "SELECT count(*) FROM message INDEXED BY message_from WHERE \"from\" = ?1 AND key BETWEEN ?2 AND ?3",
                from,
            ),
            Said::Author(author) => (
                "SELECT count(*) FROM message INDEXED BY message_author WHERE author = ?1 AND key BETWEEN ?2 AND ?3",
                author,
            ),
        };
        let mut count = connection.prepare_cached(sql)?;
        count.query_row(params![whom, keys.first, keys.last], |row| row.get::<_, i64>(0)).map(|count| count as u64)
    }

    /// `some` of them from the place `start` of the range on, oldest first. With `backwards` they are the last ones
    /// of the range, and are found from its end.
    fn fetch(
        &self,
        connection: &Connection,
        keys: Keys,
        start: u64,
        some: u64,
        backwards: bool,
    ) -> rusqlite::Result<Vec<Found>> {
        let found = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, from_column(row.get(1)?), row.get(2)?));
        let range = "SELECT key, id, stanza FROM message WHERE key BETWEEN ?1 AND ?2 ORDER BY key";
        if some == 0 {
            return Ok(Vec::new());
        }
        let whom = match self {
            Said::ByAnybody => {
                let first = keys.first.saturating_add_unsigned(start);
                let mut rows = connection.prepare_cached(range)?;
                return rows.query_map([first, first.saturating_add_unsigned(some - 1)], found)?.collect();
            }
            Said::Listed(listed) => {
                let listed = within(listed, keys).iter().skip(start as usize).take(some as usize);
                let mut row = connection.prepare_cached(range)?;
                return listed.map(|key| row.query_row([*key, *key], found)).collect();
            }
            Said::From(whom) | Said::Author(whom) => whom,
        };
        let sql = match (self, backwards) {
            (Said::From(_), false) => {
                "SELECT key, id, stanza FROM message INDEXED BY message_from \
                 WHERE \"from\" = ?1 AND key BETWEEN ?2 AND ?3 ORDER BY key LIMIT ?4 OFFSET ?5"
            }
            (Said::From(_), true) => {
                "SELECT key, id, stanza FROM message INDEXED BY message_from \
                 WHERE \"from\" = ?1 AND key BETWEEN ?2 AND ?3 ORDER BY key DESC LIMIT ?4 OFFSET ?5"
            }
            (_, false) => {
                "SELECT key, id, stanza FROM message INDEXED BY message_author \
                 WHERE author = ?1 AND key BETWEEN ?2 AND ?3 ORDER BY key LIMIT ?4 OFFSET ?5"
            }
            (_, true) => {
                "SELECT key, id, stanza FROM message INDEXED BY message_author \
                 WHERE author = ?1 AND key BETWEEN ?2 AND ?3 ORDER BY key DESC LIMIT ?4 OFFSET ?5"
            }
        };
        let offset = if backwards { 0 } else { start as i64 };
        let mut rows = connection.prepare_cached(sql)?;
        let rows = rows.query_map(params![whom, keys.first, keys.last, some as i64, offset], found)?;
        let mut rows = rows.collect::<Result<Vec<Found>, _>>()?;
        if backwards {
            rows.reverse();
        }
        Ok(rows)
    }
}

/// The part of sorted keys that lies in a range.
fn within(listed: &[i64], keys: Keys) -> &[i64] {
    let start = listed.partition_point(|key| *key < keys.first);
    let end = listed.partition_point(|key| *key <= keys.last);
    listed.get(start..end).unwrap_or_default()
}
