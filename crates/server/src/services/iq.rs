//! Which service answers an iq (RFC 6121 §8.5.2.1.3, §8.5.3.1; RFC 6120 §10.3).
//!
//! Enters: an iq of a session. Leaves: exactly one answer to a get or a set; none to a result or an error.

use std::sync::Arc;

use parterre_xmpp::{BareJid, Condition, Element, Jid, StanzaError, Wire, ns, reply};

use super::out::Out;
use super::{Asker, Services, disco, info, refuse, vcard};
use crate::registry::Flag;

/// What answers an iq of type get or set.
pub(crate) enum Answer {
    /// An empty result.
    Done,
    /// A result with this payload.
    With(Element),
    /// The answer is out already, since something had to come after it.
    Given,
}

/// What a service says to an iq.
pub(crate) type Handled = Result<Answer, StanzaError>;

/// An iq of type get or set on its way to a service.
pub(crate) struct Request<'a> {
    pub(crate) who: &'a Asker,
    pub(crate) stanza: &'a Element,
    pub(crate) payload: &'a Element,
    pub(crate) is_set: bool,
}

impl Request<'_> {
    /// Sends the empty result now, for what has to come after it.
    pub(crate) fn done_now(&self, out: &mut Out) -> Answer {
        out.answer(&reply(self.stanza, "result"));
        Answer::Given
    }
}

/// Which part of the server an address means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Host {
    Accounts,
    Anonymous,
    Rooms,
}

/// The service that an iq asks for is not there.
pub(crate) fn unavailable() -> StanzaError {
    Condition::ServiceUnavailable.into()
}

impl Services {
    /// The part of the server that has this domain.
    pub(crate) fn host(&self, domain: &str) -> Option<Host> {
        if domain == self.settings.domain {
            Some(Host::Accounts)
        } else if domain == self.anonymous_domain {
            Some(Host::Anonymous)
        } else if domain == self.rooms_domain {
            Some(Host::Rooms)
        } else {
            None
        }
    }

    pub(crate) async fn iq(&self, who: &Asker, to: Option<&Jid>, stanza: Element, out: &mut Out) {
        let is_set = match stanza.get("type") {
            Some("set") => true,
            Some("get") => false,
            Some("result" | "error") => return self.iq_answer(who, to, &stanza, out).await,
            _ => {
                let text = "An iq is of type get, set, result or error.";
                return out.error(&stanza, &refuse(Condition::BadRequest, text));
            }
        };
        let mut children = stanza.children();
        let (Some(payload), None, Some(_)) = (children.next(), children.next(), stanza.get("id")) else {
            let text = "An iq of type get or set has an id and exactly one child element.";
            return out.error(&stanza, &refuse(Condition::BadRequest, text));
        };
        let request = Request { who, stanza: &stanza, payload, is_set };
        match self.handle(&request, to, out).await {
            Ok(Answer::Done) => out.answer(&reply(&stanza, "result")),
            Ok(Answer::With(payload)) => out.answer(&reply(&stanza, "result").child(payload)),
            Ok(Answer::Given) => {}
            Err(error) => out.error(&stanza, &error),
        }
    }

    async fn handle(&self, request: &Request<'_>, to: Option<&Jid>, out: &mut Out) -> Handled {
        let who = request.who;
        let Some(to) = to.filter(|to| **to != *who.bare) else {
            return if who.anonymous { own_anonymous(request) } else { self.own(request, out).await };
        };
        if !who.anonymous && self.account(&who.bare).await?.blocks(to) {
            return Err(super::blocking::blocked_by_oneself());
        }
        match (self.host(to.domain()), to.node()) {
            (Some(host), None) => self.server(request, host),
            (Some(Host::Accounts | Host::Anonymous), Some(_)) if to.is_full() => {
                let wire = Arc::new(Wire::addressed(request.stanza));
                let target = self.registry.session(to.as_str()).ok_or_else(unavailable)?;
                self.check_not_blocked(&to.to_bare(), who).await?;
                out.send(&target, wire);
                Ok(Answer::Given)
            }
            (Some(Host::Accounts | Host::Anonymous), Some(_)) => self.other(request, &to.to_bare()).await,
            (Some(Host::Rooms), Some(_)) => Err(unavailable()),
            (None, _) => Err(elsewhere()),
        }
    }

    /// `service-unavailable` if that account has blocked the asker (XEP-0191 §3.3).
    pub(crate) async fn check_not_blocked(&self, account: &BareJid, who: &Asker) -> Result<(), StanzaError> {
        if account.domain() != self.settings.domain || *account == who.bare {
            return Ok(());
        }
        if self.account(account).await?.blocks(&who.jid) { Err(unavailable()) } else { Ok(()) }
    }

    /// A question to the asker's own account.
    async fn own(&self, request: &Request<'_>, out: &mut Out) -> Handled {
        let (who, payload, is_set) = (request.who, request.payload, request.is_set);
        match (payload.ns(), payload.name(), is_set) {
            (ns::ROSTER, "query", false) => self.roster_get(request).await,
            (ns::ROSTER, "query", true) => self.roster_set(request, out).await,
            (ns::BLOCKING, "blocklist", false) => self.blocklist(request).await,
            (ns::BLOCKING, "block", true) => self.block(request, out).await,
            (ns::BLOCKING, "unblock", true) => self.unblock(request, out).await,
            (ns::CARBONS, "enable" | "disable", true) => {
                self.registry.flag(who.jid.as_str(), who.binding, Flag::Carbons, payload.name() == "enable");
                Ok(Answer::Done)
            }
            (ns::PRIVATE, "query", false) => self.private_get(request).await,
            (ns::PRIVATE, "query", true) => self.private_set(request, out).await,
            (ns::VCARD, "vCard", false) => {
                self.vcard(&who.bare).await.map(|vcard| Answer::With(vcard.unwrap_or_else(vcard::empty)))
            }
            (ns::VCARD, "vCard", true) => self.vcard_set(request, out).await,
            (ns::PUBSUB | ns::PUBSUB_OWNER, "pubsub", _) => self.pubsub_own(request, out).await,
            (ns::MAM, "query" | "metadata" | "prefs", _) => self.archive_request(request, out).await,
            (ns::DISCO_INFO, "query", false) => self.account_info(request, &who.bare).await,
            (ns::DISCO_ITEMS, "query", false) => self.account_items(request, &who.bare).await,
            (ns::LAST, "query", false) => self.last_seen(&who.bare).await.map(Answer::With),
            _ => info::common(payload, is_set),
        }
    }

    /// A question to an account that is not the asker's own.
    async fn other(&self, request: &Request<'_>, account: &BareJid) -> Handled {
        let payload = request.payload;
        self.check_not_blocked(account, request.who).await?;
        if !self.exists(account).await? {
            return Err(unavailable());
        }
        match (payload.ns(), payload.name(), request.is_set) {
            (ns::VCARD, "vCard", false) => match self.vcard(account).await? {
                Some(vcard) => Ok(Answer::With(vcard)),
                None => Ok(Answer::With(vcard::empty())),
            },
            (ns::PUBSUB, "pubsub", false) => self.pubsub_other(request, account).await,
            (ns::DISCO_INFO, "query", false) => self.account_info(request, account).await,
            (ns::DISCO_ITEMS, "query", false) => self.account_items(request, account).await,
            (ns::LAST, "query", false) => {
                if !self.shows_presence(account, &request.who.bare).await? {
                    return Err(refuse(Condition::Forbidden, "You do not see this person's presence."));
                }
                self.last_seen(account).await.map(Answer::With)
            }
            (ns::ROSTER | ns::VCARD | ns::PRIVATE | ns::PUBSUB | ns::PUBSUB_OWNER | ns::MAM, _, _) => {
                Err(refuse(Condition::Forbidden, "This belongs to somebody else."))
            }
            _ => Err(unavailable()),
        }
    }

    /// A question to the server itself.
    fn server(&self, request: &Request<'_>, host: Host) -> Handled {
        let payload = request.payload;
        match (payload.ns(), payload.name(), request.is_set) {
            (ns::DISCO_INFO, "query", false) => self.server_info(request, host),
            (ns::DISCO_ITEMS, "query", false) => self.server_items(request, host),
            (ns::LAST, "query", false) => Ok(Answer::With(self.uptime())),
            (ns::VERSION, "query", false) => Ok(Answer::With(info::version())),
            (ns::TIME, "time", false) => Ok(Answer::With(info::time())),
            // Old clients ask the server for what is their own account's.
            (ns::VCARD, "vCard", false) => Err(Condition::ItemNotFound.into()),
            _ => info::common(payload, request.is_set),
        }
    }

    /// An iq of type result or error: to the session that asked, or the answer to a question of the server's own.
    async fn iq_answer(&self, who: &Asker, to: Option<&Jid>, stanza: &Element, out: &mut Out) {
        match to {
            Some(to) if to.is_full() => {
                if self.check_not_blocked(&to.to_bare(), who).await.is_ok()
                    && let Some(target) = self.registry.session(to.as_str())
                {
                    out.send(&target, Arc::new(Wire::addressed(stanza)));
                }
            }
            _ if who.anonymous => {}
            _ => self.caps_answer(who, stanza, out).await,
        }
    }
}

/// The address is on a server that this one does not talk to.
pub(crate) fn elsewhere() -> StanzaError {
    refuse(Condition::RemoteServerNotFound, "This server does not talk to other servers.")
}

/// A question of an anonymous person to its own address: all constants, and nothing is kept.
fn own_anonymous(request: &Request<'_>) -> Handled {
    let payload = request.payload;
    match (payload.ns(), payload.name(), request.is_set) {
        (ns::ROSTER, "query", false) => Ok(Answer::With(Element::new("query", ns::ROSTER))),
        (ns::VCARD, "vCard", false) => Ok(Answer::With(match &request.who.person {
            Some(person) => vcard::of_person(person),
            None => vcard::empty(),
        })),
        (ns::PUBSUB, "pubsub", false) => Err(Condition::ItemNotFound.into()),
        (ns::DISCO_INFO, "query", false) => disco::anonymous_info(payload),
        (ns::DISCO_ITEMS, "query", false) => Ok(Answer::With(Element::new("query", ns::DISCO_ITEMS))),
        (ns::ROSTER | ns::VCARD | ns::PUBSUB | ns::PRIVATE | ns::BLOCKING, _, true) => {
            Err(refuse(Condition::NotAllowed, "Nothing is kept for anonymous people. Log in with an account."))
        }
        _ => info::common(payload, request.is_set),
    }
}
