//! The rooms as an operator and the services reach them.

use std::sync::{Arc, Weak};

use parterre_room::Action;
use parterre_store::StoredAffiliation;
use parterre_xmpp::{BareJid, StreamCondition, StreamError, Timestamp};

use super::directory::Directory;
use crate::http::{Answer, Done, Fields, Rooms, Summary};
use crate::server::Server;
use crate::services::{self, ListedRoom};

/// The rooms of a server, for its HTTP side.
pub struct Operator(pub Weak<Server>);

impl Rooms for Operator {
    fn list(&self) -> Vec<Summary> {
        let Some(server) = self.0.upgrade() else { return Vec::new() };
        server.directory.list().into_iter().map(|(name, summary)| told(&name, summary)).collect()
    }

    fn find(&self, room: &str) -> Option<Summary> {
        self.0.upgrade()?.directory.summary(room).map(|summary| told(room, summary))
    }

    fn create(&self, room: &str, configuration: Fields) -> Answer<Done> {
        let (server, room) = (self.0.upgrade(), room.to_owned());
        Box::pin(async move {
            let Some(server) = server else { return Done::NotKept };
            server.directory.create(&server, &room, configuration).await
        })
    }

    fn operate(&self, room: &str, action: Action) -> Answer<Done> {
        let (server, room) = (self.0.upgrade(), room.to_owned());
        Box::pin(async move {
            let Some(server) = server else { return Done::NotKept };
            server.directory.operate(&server, &room, action).await
        })
    }

    fn affiliations(&self, room: &str) -> Answer<Option<Vec<StoredAffiliation>>> {
        let (server, room) = (self.0.upgrade(), room.to_owned());
        Box::pin(async move {
            let server = server?;
            server.directory.summary(&room)?;
            server.directory.affiliations(&server, &room).await
        })
    }

    fn last_activity(&self, room: &str) -> Answer<Option<Timestamp>> {
        let (server, room) = (self.0.upgrade(), room.to_owned());
        Box::pin(async move {
            // What the archive cannot tell is told of in the log by whoever needs it; here it is an ornament.
            let (_, last) = server?.store.metadata(&room).await.ok().flatten()?;
            Some(last.time())
        })
    }

    fn disconnect(&self, account: &BareJid, reason: Option<&str>) -> usize {
        let Some(server) = self.0.upgrade() else { return 0 };
        // First, so that nobody whose session ends comes back with the token they have.
        server.authenticator.withdraw_tokens(account);
        let sessions = server.services.registry().sessions(account.as_str());
        for session in &sessions {
            let text = reason.map_or_else(|| "the site has ended this session".to_owned(), str::to_owned);
            session.handle.close(StreamError::new(StreamCondition::NotAuthorized, text));
        }
        sessions.len()
    }

    fn sessions(&self) -> usize {
        self.0.upgrade().map_or(0, |server| server.services.registry().len())
    }

    fn trouble(&self) -> Option<String> {
        self.0.upgrade().and_then(|server| server.trouble())
    }
}

fn told(name: &str, summary: super::directory::Summary) -> Summary {
    let title = if summary.title.is_empty() { name.to_owned() } else { summary.title };
    Summary { name: name.to_owned(), title, public: summary.public, occupants: summary.occupants }
}

/// The public rooms, for disco#items of the rooms' domain.
pub struct Listing {
    /// All rooms.
    pub directory: Arc<Directory>,
    /// `room.D`.
    pub domain: String,
}

impl services::Rooms for Listing {
    fn list(&self) -> Vec<ListedRoom> {
        let public = self.directory.list().into_iter().filter(|(_, summary)| summary.public);
        public
            .filter_map(|(name, summary)| {
                let jid = BareJid::new(&format!("{name}@{}", self.domain)).ok()?;
                Some(ListedRoom { jid, name: Some(summary.title).filter(|title| !title.is_empty()) })
            })
            .collect()
    }
}
