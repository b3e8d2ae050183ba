//! Questions about what was said (XEP-0313): who may ask, what is answered from memory, what the store is asked.

use std::borrow::Cow;
use std::sync::Arc;

use parterre_xmpp::{Condition, Element, StanzaError, ns, reply};

use crate::Affiliation;
use crate::Role;
use crate::command::Sender;
use crate::effect::{ArchiveQuery, Effect};
use crate::mam::{self, Page, PageBounds, PageRequest};
use crate::room::Room;

/// Most messages in a page (XEP-0313 §4.3.1); who asks for more gets these.
pub const MAX_PAGE: u64 = 100;

impl Room {
    /// `<query xmlns='urn:xmpp:mam:2'/>`.
    pub(crate) fn take_archive_query(&self, sender: &Sender, iq: &Element, query: &Element, out: &mut Vec<Effect>) {
        if let Err(error) = self.may_read(sender) {
            return self.refuse(sender, iq, error, out);
        }
        if iq.get("type") == Some("get") {
            return Self::send(sender.session, &reply(iq, "result").child(mam::query_form()), out);
        }
        let page = match PageRequest::parse(query, MAX_PAGE).and_then(|page| self.may_filter(sender, page)) {
            Ok(page) => page,
            Err(error) => return self.refuse(sender, iq, error, out),
        };
        let Some((results, bounds)) =
            self.recent.page(&page, self.may_know_authors(sender), self.policy.max_given_bytes)
        else {
            let query = ArchiveQuery { sender: sender.clone(), iq: iq.clone(), page };
            return out.push(Effect::Query(Box::new(query)));
        };
        let queryid = mam::queryid(query);
        let wires = results.into_iter().map(|result| Effect::Send(sender.session, Arc::new(result.wire(queryid))));
        if page.flip {
            out.extend(wires.rev());
        } else {
            out.extend(wires);
        }
        Self::finish(sender, iq, bounds, out);
    }

    /// `<metadata xmlns='urn:xmpp:mam:2'/>` (§5): what the archive's ends are, the store knows.
    pub(crate) fn take_metadata_query(&self, sender: &Sender, iq: &Element, out: &mut Vec<Effect>) {
        if let Err(error) = self.may_read(sender) {
            return self.refuse(sender, iq, error, out);
        }
        let page = PageRequest { max: 1, ..PageRequest::default() };
        out.push(Effect::Query(Box::new(ArchiveQuery { sender: sender.clone(), iq: iq.clone(), page })));
    }

    /// Writes the answer to a question that the room passed on as [`Effect::Query`], from what the store found.
    pub fn answer(&self, query: &ArchiveQuery, page: Result<Page, ()>, out: &mut Vec<Effect>) {
        let (sender, iq) = (&query.sender, &query.iq);
        let Ok(mut page) = page else {
            let error = StanzaError::new(Condition::InternalServerError)
                .of_type(parterre_xmpp::ErrorType::Wait)
                .text("The archive cannot be read at the moment. Try again later.");
            return self.refuse(sender, iq, error, out);
        };
        if page.unknown_id {
            let error = StanzaError::new(Condition::ItemNotFound)
                .text("The archive has no message of that id; it may be older than what is kept.");
            return self.refuse(sender, iq, error, out);
        }
        if iq.has("metadata", ns::MAM) {
            let oldest = page.messages.first().map(|(id, _)| *id);
            let newest = self.recent.newest_archived().or(oldest);
            let metadata = mam::metadata(oldest.zip(newest));
            return Self::send(sender.session, &reply(iq, "result").child(metadata), out);
        }
        page.trim(self.policy.max_given_bytes, query.page.last);
        let queryid = iq.find("query", ns::MAM).and_then(mam::queryid);
        let knows = self.may_know_authors(sender);
        let wires = page.messages.iter().map(|(id, stanza)| {
            let stanza = if knows { Cow::Borrowed(stanza.as_str()) } else { mam::without_author(stanza) };
            Effect::Send(sender.session, Arc::new(mam::result_wire(queryid, *id, &stanza, &self.address)))
        });
        if query.page.flip {
            out.extend(wires.rev());
        } else {
            out.extend(wires);
        }
        Self::finish(sender, iq, PageBounds::from(&page), out);
    }

    fn finish(sender: &Sender, iq: &Element, bounds: PageBounds, out: &mut Vec<Effect>) {
        Self::send(sender.session, &reply(iq, "result").child(mam::fin(bounds)), out);
    }

    /// §6.1.2: whoever may enter may read; occupants have entered.
    fn may_read(&self, sender: &Sender) -> Result<(), StanzaError> {
        let affiliation = self.affiliation_of(sender);
        if self.occupants.session(sender.session).is_some() || affiliation >= Affiliation::Member {
            return Ok(());
        }
        let closed = affiliation == Affiliation::Outcast
            || self.config.members_only
            || self.config.password.is_some()
            || self.locked;
        if closed {
            return Err(
                StanzaError::new(Condition::Forbidden).text("Who may not enter this room may not read its archive.")
            );
        }
        Ok(())
    }

    /// Whether somebody may learn the real addresses of those who said something.
    fn may_know_authors(&self, sender: &Sender) -> bool {
        self.is_open()
            || self.role_of(sender.session) == Some(Role::Moderator)
            || self.affiliation_of(sender) >= Affiliation::Admin
    }

    /// §4.1.1: a search by real address would tell who said what; only those may make it who may know.
    fn may_filter(&self, sender: &Sender, page: PageRequest) -> Result<PageRequest, StanzaError> {
        let Some(with) = page.with.as_deref() else {
            return Ok(page);
        };
        let bare = with.split_once('/').map_or(with, |(bare, _)| bare);
        if bare == self.address.as_str() || self.may_know_authors(sender) {
            return Ok(page);
        }
        Err(StanzaError::new(Condition::Forbidden)
            .text("In this room, search by nick: real addresses are for moderators only."))
    }
}
