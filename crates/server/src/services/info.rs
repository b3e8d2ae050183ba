//! What a server says of itself: version, time, uptime, ping, contact addresses; and the list of public rooms.

use parterre_store::{Bound, Full};
use parterre_xmpp::forms::{Field, FieldType, Form, FormType};
use parterre_xmpp::{BareJid, Condition, Element, StanzaError, ns};

use super::account::{ONLY, kind, owner};
use super::iq::{Answer, Handled, unavailable};
use super::{Services, clock, refuse};

/// Whom to write to about the server: addresses as URIs (XEP-0157).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contacts {
    /// Abuse.
    pub abuse: Vec<String>,
    /// Administration.
    pub admin: Vec<String>,
    /// Feedback.
    pub feedback: Vec<String>,
    /// Sales.
    pub sales: Vec<String>,
    /// Security.
    pub security: Vec<String>,
    /// Where the server's status can be read.
    pub status: Vec<String>,
    /// Support.
    pub support: Vec<String>,
}

impl Contacts {
    /// The form for the server's disco#info; `None` if there is no address at all.
    pub(crate) fn to_form(&self) -> Option<Element> {
        let lists = [
            ("abuse-addresses", &self.abuse),
            ("admin-addresses", &self.admin),
            ("feedback-addresses", &self.feedback),
            ("sales-addresses", &self.sales),
            ("security-addresses", &self.security),
            ("status-addresses", &self.status),
            ("support-addresses", &self.support),
        ];
        if lists.iter().all(|(_, list)| list.is_empty()) {
            return None;
        }
        let fields = lists.into_iter().filter(|(_, list)| !list.is_empty()).map(|(var, list)| {
            list.iter().fold(Field::new(var, FieldType::ListMulti), |field, address| field.value(address.as_str()))
        });
        Some(Form::new(FormType::Result, ns::SERVER_INFO).fields_from(fields).to_element())
    }
}

/// A room that everybody may know of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedRoom {
    /// Its address.
    pub jid: BareJid,
    /// Its name for people; without one, the local part serves.
    pub name: Option<String>,
}

/// Who knows the rooms.
pub trait Rooms: Send + Sync {
    /// The public rooms, in any order.
    fn list(&self) -> Vec<ListedRoom>;
}

/// What every address of the server answers alike; the last resort for what nothing else answers.
pub(crate) fn common(payload: &Element, is_set: bool) -> Handled {
    match (payload.ns(), payload.name(), is_set) {
        (ns::PING, "ping", false) | (ns::SESSION, "session", true) => Ok(Answer::Done),
        (ns::VERSION, "query", false) => Ok(Answer::With(version())),
        (ns::TIME, "time", false) => Ok(Answer::With(time())),
        (ns::REGISTER, "query", true) => {
            Err(refuse(Condition::NotAllowed, "Accounts are made and changed by those who run this server."))
        }
        (ns::BIND, _, _) => Err(refuse(Condition::NotAllowed, "This stream has its resource already.")),
        _ => Err(unavailable()),
    }
}

/// Name and version of the program (XEP-0092). The operating system is nobody's business.
pub(crate) fn version() -> Element {
    Element::new("query", ns::VERSION).field("name", "Parterre").field("version", env!("CARGO_PKG_VERSION"))
}

/// The time of day (XEP-0202).
pub(crate) fn time() -> Element {
    Element::new("time", ns::TIME).field("tzo", "+00:00").field("utc", clock::now().to_string())
}

fn seconds(seconds: i64) -> Element {
    Element::new("query", ns::LAST).with("seconds", seconds.max(0).to_string())
}

impl Services {
    /// For how long the server has run (XEP-0012 §5).
    pub(crate) fn uptime(&self) -> Element {
        seconds(clock::now().secs() - self.started.secs())
    }

    /// Since when an account has been away and what it said when it left (XEP-0012 §4); 0 while it is there.
    pub(crate) async fn last_seen(&self, account: &BareJid) -> Result<Element, StanzaError> {
        if self.registry.sessions(account.as_str()).iter().any(|session| session.priority.is_some()) {
            return Ok(seconds(0));
        }
        let last = self.document(owner(account), kind::LAST, ONLY).await?;
        Ok(match last {
            Some(last) => seconds(clock::now().secs() - last.at.secs()).text(last.value),
            None => seconds(0),
        })
    }

    /// Notes that an account went away, and what it said.
    pub(crate) async fn note_last_seen(&self, account: &BareJid, status: &str) {
        const STATUS_BYTES: usize = 1024;
        let status = status
            .char_indices()
            .find(|(at, _)| *at >= STATUS_BYTES)
            .map_or(status, |(at, _)| status.get(..at).unwrap_or_default());
        let bound = Bound { count: 1, bytes: STATUS_BYTES + 4, full: Full::Refuse };
        // Nothing hangs on it, and the log has the reason.
        let _ = self.put(owner(account), kind::LAST, ONLY, status.to_owned(), bound).await;
    }
}
