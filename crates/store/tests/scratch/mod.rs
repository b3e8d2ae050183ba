//! A directory that a test has to itself, and short ways to write what is kept.

#![allow(dead_code)]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use parterre_room::{ArchivedMessage, Change, LogId};
use parterre_xmpp::BareJid;

/// A directory that goes when this does.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("parterre-store-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn jid(address: &str) -> BareJid {
    BareJid::new(address).unwrap()
}

/// What an occupant said.
pub(crate) fn message(id: u64, nick: &str, author: Option<&str>, body: &str) -> ArchivedMessage {
    let from = format!("stage@room.localhost/{nick}");
    let stanza = format!("<message xmlns='jabber:client' type='groupchat' from='{from}'><body>{body}</body></message>");
    ArchivedMessage { id: LogId(id), from, author: author.map(jid), stanza }
}

/// The change that keeps it.
pub(crate) fn said(id: u64, nick: &str, body: &str) -> Change {
    Change::Message(message(id, nick, Some(&format!("{nick}@localhost")), body))
}
