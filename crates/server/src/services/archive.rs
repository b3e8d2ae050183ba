//! The archive of an account (XEP-0313 on its own address): what was said between it and others.
//!
//! Enters: messages between people, on their way. Leaves: their ids in the archives of the two sides, and, for the
//! owner alone, pages of what was kept. A message is kept before it is delivered, once for each side however many
//! sessions get it, and only if there is somebody to deliver it to. Never kept: what rooms say (they have archives of
//! their own, and private messages in them are nobody else's), headlines, errors, groupchat, and what its sender
//! wants kept nowhere.
//!
//! Only local accounts have archives: of other people the server does not learn when they have gone for good.

use std::borrow::Cow;

use parterre_room::mam::{self, PageBounds, PageRequest};
use parterre_room::{ArchivedMessage, Change, LogId, MAX_PAGE};
use parterre_xmpp::{BareJid, Condition, Element, Jid, StanzaError, Timestamp, ns, reply};

use super::account::{Account, failed, kind, owner, single};
use super::iq::{Answer, Handled, Host, Request, unavailable};
use super::out::Out;
use super::{Services, carbons, clock, refuse};
use preferences::Preferences;

mod preferences;

/// The name under which the store has the archive of an account, beside those of rooms: no room has it, since no
/// local part of an address holds a colon (RFC 7622 §3.3.1).
pub fn name(user: &str) -> String {
    format!("account:{user}")
}

/// What an account in use needs to archive.
pub(crate) struct Archive {
    preferences: Preferences,
    /// The highest id that the archive ever gave.
    last: LogId,
}

impl Archive {
    /// The next id: the present microsecond, or the next free one where the clock stands or was set back.
    fn next(&mut self, now: Timestamp) -> LogId {
        let now = u64::try_from(now.0).unwrap_or(0);
        self.last = LogId(now.max(self.last.0.saturating_add(1)));
        self.last
    }
}

/// Under which ids the two sides have a message; `None` where a side does not have it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Kept {
    pub(crate) by_sender: Option<LogId>,
    pub(crate) by_recipient: Option<LogId>,
}

/// Whether it is of a sort that archives have (XEP-0313, "User Archives"; XEP-0334).
fn is_conversation(stanza: &Element) -> bool {
    let hint = |name| stanza.has(name, ns::HINTS);
    matches!(stanza.get("type"), None | Some("chat" | "normal"))
        && !hint("no-store")
        && !hint("no-permanent-store")
        && (hint("store") || stanza.find_own("body").is_some())
}

/// Removes what pretends to be an id of one of these archives: only the server gives those (XEP-0359 §6).
pub(crate) fn remove_forged_ids(stanza: &mut Element, archives: [&BareJid; 2]) {
    let forged = |by: &str| BareJid::new(by).is_ok_and(|by| archives.contains(&&by));
    stanza.retain(|child| !(child.is("stanza-id", ns::STANZA_ID) && child.get("by").is_some_and(forged)));
}

/// The message with its id in the archive of `by`, for those who may read that archive.
pub(crate) fn with_id<'a>(stanza: &'a Element, by: &BareJid, id: Option<LogId>) -> Cow<'a, Element> {
    let Some(id) = id else { return Cow::Borrowed(stanza) };
    let id = Element::new("stanza-id", ns::STANZA_ID).with("by", by.as_str()).with("id", id.to_string());
    Cow::Owned(stanza.clone().child(id))
}

/// The form in which an archive has the address of the other side, and in which it is searched for. The store takes
/// what follows a `/` for an occupant of what comes before it, and searches for that room as for everybody: so there
/// must be nothing before it.
fn exactly(address: &str) -> String {
    format!("/{address}")
}

impl Services {
    /// Keeps a message that is about to be delivered to `to`. Its sender's archive has it as it was sent.
    ///
    /// Errors: the store's; then the message is not to be delivered, so that what was delivered can be read again.
    pub(crate) async fn archive(&self, to: &Jid, stanza: &Element) -> Result<Kept, StanzaError> {
        let Some(from) = stanza.get("from").and_then(|from| Jid::new(from).ok()) else {
            return Ok(Kept::default());
        };
        let by_person = matches!(self.host(from.domain()), Some(Host::Accounts | Host::Anonymous));
        if !by_person || !is_conversation(stanza) || !self.finds_somebody(to, stanza).await? {
            return Ok(Kept::default());
        }
        let (sender, recipient) = (from.to_bare(), to.to_bare());
        // A message to oneself is in the one archive once.
        let by_sender = if sender == recipient { None } else { self.keep(&sender, to, stanza).await? };
        let by_recipient = self.keep(&recipient, &from, &carbons::without_private(stanza)).await?;
        Ok(Kept { by_sender: if sender == recipient { by_recipient } else { by_sender }, by_recipient })
    }

    /// Keeps a message in the archive of an account, if it has one and wants the message there.
    async fn keep(&self, account: &BareJid, other: &Jid, stanza: &Element) -> Result<Option<LogId>, StanzaError> {
        if !self.has_archive(account).await? {
            return Ok(None);
        }
        let mut account = self.account(account).await?;
        let name = name(owner(&account.jid));
        self.open_archive(&mut account).await?;
        let in_roster = account.roster.get(other.to_bare().as_str()).is_some_and(|contact| contact.listed);
        let Some(archive) = account.archive.as_mut().filter(|archive| archive.preferences.want(other, in_roster))
        else {
            return Ok(None);
        };
        let id = archive.next(clock::now());
        let message = ArchivedMessage {
            id,
            from: exactly(other.as_str()),
            author: Some(other.to_bare()),
            stanza: stanza.to_xml(),
        };
        // The store takes commits in the order of the calls, and the lock makes that the order of the ids. Others need
        // not wait for the disk.
        let kept = self.store.commit(&name, vec![Change::Message(message)]);
        drop(account);
        kept.await.map_err(|error| failed(&error))?;
        Ok(Some(id))
    }

    /// Whether that is a local account. Asked each time, since accounts come and go beside a running server.
    pub(crate) async fn has_archive(&self, account: &BareJid) -> Result<bool, StanzaError> {
        if account.domain() != self.settings.domain || account.node().is_none() {
            return Ok(false);
        }
        let found = self.store.account(owner(account)).await.map_err(|error| failed(&error))?;
        Ok(found.is_some())
    }

    async fn open_archive(&self, account: &mut Account) -> Result<(), StanzaError> {
        if account.archive.is_none() {
            let owner = owner(&account.jid);
            let preferences = self.document(owner, kind::ARCHIVE, super::account::ONLY).await?;
            let preferences = preferences.and_then(|document| Preferences::from_document(&document.value));
            let kept = self.store.load_room(&name(owner), 0).await.map_err(|error| failed(&error))?;
            account.archive = Some(Archive { preferences: preferences.unwrap_or_default(), last: kept.last_id });
        }
        Ok(())
    }

    /// What an account asks of its own archive.
    pub(crate) async fn archive_request(&self, request: &Request<'_>, out: &mut Out) -> Handled {
        let account = &request.who.bare;
        if !self.has_archive(account).await? {
            return Err(unavailable());
        }
        match (request.payload.name(), request.is_set) {
            ("query", false) => Ok(Answer::With(mam::query_form())),
            ("query", true) => self.archive_page(request, out).await,
            ("metadata", false) => {
                let ends = self.store.metadata(&name(owner(account))).await.map_err(|error| failed(&error))?;
                Ok(Answer::With(mam::metadata(ends)))
            }
            ("prefs", false) => {
                let mut account = self.account(account).await?;
                self.open_archive(&mut account).await?;
                let kept = account.archive.as_ref().map(|archive| archive.preferences.to_element());
                kept.map(Answer::With).ok_or_else(|| Condition::InternalServerError.into())
            }
            ("prefs", true) => self.archive_prefer(request).await,
            _ => Err(unavailable()),
        }
    }

    async fn archive_prefer(&self, request: &Request<'_>) -> Handled {
        let preferences = Preferences::parse(request.payload, self.settings.limits.blocked)?;
        let mut account = self.account(&request.who.bare).await?;
        self.open_archive(&mut account).await?;
        let element = preferences.to_element();
        let document = element.to_xml();
        let bound = single(document.len());
        self.put(owner(&account.jid), kind::ARCHIVE, super::account::ONLY, document, bound).await?;
        if let Some(archive) = &mut account.archive {
            archive.preferences = preferences;
        }
        Ok(Answer::With(element))
    }

    /// The messages that a query asks for, and then where they lie in the archive.
    async fn archive_page(&self, request: &Request<'_>, out: &mut Out) -> Handled {
        let account = &request.who.bare;
        let mut wanted = PageRequest::parse(request.payload, MAX_PAGE)?;
        wanted.with = wanted.with.map(|with| if with.contains('/') { exactly(&with) } else { with });
        let flip = wanted.flip;
        let last = wanted.last;
        let mut page = self.store.page(&name(owner(account)), wanted).await.map_err(|error| failed(&error))?;
        if page.unknown_id {
            let text = "The archive has no message of that id; it may be older than what is kept.";
            return Err(refuse(Condition::ItemNotFound, text));
        }
        page.trim(self.settings.limits.page_bytes, last);
        let queryid = mam::queryid(request.payload);
        let mut results: Vec<_> =
            page.messages.iter().map(|(id, stanza)| mam::result_wire(queryid, *id, stanza, account)).collect();
        if flip {
            results.reverse();
        }
        for result in results {
            out.give(result);
        }
        out.answer(&reply(request.stanza, "result").child(mam::fin(PageBounds::from(&page))));
        Ok(Answer::Given)
    }
}
