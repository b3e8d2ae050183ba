//! Accounts and documents.

use parterre_xmpp::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::fault::Fault;
use crate::store::{Bound, Credentials, Document, Full, Keys};

pub(crate) fn account(connection: &Connection, user: &str) -> Result<Option<Credentials>, Fault> {
    let mut find = connection.prepare_cached(
        "SELECT salt, iterations, sha1_stored, sha1_server, sha256_stored, sha256_server FROM account WHERE user = ?1",
    )?;
    let found = find.query_row([user], |row| {
        Ok(Credentials {
            salt: row.get(0)?,
            iterations: row.get(1)?,
            sha1: Keys { stored: row.get(2)?, server: row.get(3)? },
            sha256: Keys { stored: row.get(4)?, server: row.get(5)? },
        })
    });
    Ok(found.optional()?)
}

pub(crate) fn put_account(connection: &Connection, user: &str, credentials: &Credentials) -> Result<(), Fault> {
    let mut put = connection.prepare_cached(
        "INSERT OR REPLACE INTO account \
         (user, salt, iterations, sha1_stored, sha1_server, sha256_stored, sha256_server) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    let Credentials { salt, iterations, sha1, sha256 } = credentials;
    put.execute(params![user, salt, iterations, sha1.stored, sha1.server, sha256.stored, sha256.server])?;
    Ok(())
}

pub(crate) fn remove_account(connection: &Connection, user: &str) -> Result<bool, Fault> {
    connection.prepare_cached("DELETE FROM document WHERE owner = ?1")?.execute([user])?;
    Ok(connection.prepare_cached("DELETE FROM account WHERE user = ?1")?.execute([user])? > 0)
}

pub(crate) fn accounts(connection: &Connection) -> Result<Vec<String>, Fault> {
    let mut list = connection.prepare_cached("SELECT user FROM account ORDER BY user")?;
    Ok(list.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

fn read_document(row: &Row<'_>) -> rusqlite::Result<Document> {
    Ok(Document { key: row.get(0)?, value: row.get(1)?, at: Timestamp(row.get(2)?) })
}

pub(crate) fn documents(connection: &Connection, owner: &str, kind: &str) -> Result<Vec<Document>, Fault> {
    let mut list =
        connection.prepare_cached("SELECT key, value, at FROM document WHERE owner = ?1 AND kind = ?2 ORDER BY id")?;
    Ok(list.query_map([owner, kind], read_document)?.collect::<Result<_, _>>()?)
}

pub(crate) fn document(connection: &Connection, owner: &str, kind: &str, key: &str) -> Result<Option<Document>, Fault> {
    let mut find =
        connection.prepare_cached("SELECT key, value, at FROM document WHERE owner = ?1 AND kind = ?2 AND key = ?3")?;
    Ok(find.query_row([owner, kind, key], read_document).optional()?)
}

pub(crate) fn put_document(
    connection: &Connection,
    owner: &str,
    kind: &str,
    document: &Document,
    bound: Bound,
) -> Result<(), Fault> {
    bound.admits(owner, kind, document)?;
    remove_document(connection, owner, kind, &document.key)?;
    make_room(connection, owner, kind, document.value.len(), bound)?;
    let mut put =
        connection.prepare_cached("INSERT INTO document (owner, kind, key, value, at) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    put.execute(params![owner, kind, document.key, document.value, document.at.0])?;
    Ok(())
}

/// Sees to it that one more document of that size is within the bound.
fn make_room(connection: &Connection, owner: &str, kind: &str, more: usize, bound: Bound) -> Result<(), Fault> {
    let mut list = connection
        .prepare_cached("SELECT id, octet_length(value) FROM document WHERE owner = ?1 AND kind = ?2 ORDER BY id")?;
    let kept = list.query_map([owner, kind], |row| Ok((row.get(0)?, row.get::<_, i64>(1)? as usize)))?;
    let kept: Vec<(i64, usize)> = kept.collect::<Result<_, _>>()?;
    let mut count = kept.len();
    let mut bytes: usize = kept.iter().map(|(_, size)| size).sum();
    for (id, size) in kept {
        if count < bound.count && bytes + more <= bound.bytes {
            break;
        }
        if bound.full == Full::Refuse {
            return Err(bound.exceeded(owner, kind).into());
        }
        connection.prepare_cached("DELETE FROM document WHERE id = ?1")?.execute([id])?;
        count -= 1;
        bytes -= size;
    }
    Ok(())
}

pub(crate) fn remove_document(connection: &Connection, owner: &str, kind: &str, key: &str) -> Result<bool, Fault> {
    let mut remove = connection.prepare_cached("DELETE FROM document WHERE owner = ?1 AND kind = ?2 AND key = ?3")?;
    Ok(remove.execute([owner, kind, key])? > 0)
}

pub(crate) fn remove_documents(connection: &Connection, owner: &str, kind: &str) -> Result<usize, Fault> {
    Ok(connection.prepare_cached("DELETE FROM document WHERE owner = ?1 AND kind = ?2")?.execute([owner, kind])?)
}

pub(crate) fn kinds(connection: &Connection, owner: &str) -> Result<Vec<String>, Fault> {
    let mut list = connection.prepare_cached("SELECT DISTINCT kind FROM document WHERE owner = ?1 ORDER BY kind")?;
    Ok(list.query_map([owner], |row| row.get(0))?.collect::<Result<_, _>>()?)
}
