//! Service discovery (XEP-0030): what the server, the rooms' host and accounts can do, and what belongs to them.
//!
//! Every feature that anonymous people are told of costs each of them a round trip, so they are told of what they
//! can use and of nothing else.

use parterre_xmpp::{BareJid, Condition, Element, StanzaError, ns};

use super::account::owner;
use super::iq::{Answer, Handled, Host, Request, unavailable};
use super::{Services, Settings, caps};

/// What the host of accounts offers those who have one.
const SERVER: &[&str] = &[
    ns::DISCO_INFO,
    ns::DISCO_ITEMS,
    ns::BLOCKING,
    ns::CAPS,
    ns::CARBONS,
    ns::LAST,
    ns::PING,
    ns::PRIVATE,
    ns::ROSTER,
    ns::SIC,
    ns::TIME,
    ns::VCARD,
    ns::VERSION,
    "msgoffline",
];

/// What every host offers everybody.
const HOST: &[&str] = &[ns::DISCO_INFO, ns::DISCO_ITEMS, ns::PING, ns::TIME, ns::VERSION];

const ROOMS: &[&str] = &[ns::DISCO_INFO, ns::DISCO_ITEMS, ns::MUC, ns::PING, ns::RSM, ns::TIME, ns::VERSION, ns::LAST];

/// What an account offers everybody who may know that it exists.
const ACCOUNT: &[&str] = &[ns::DISCO_INFO, ns::DISCO_ITEMS, ns::PING, ns::VCARD];

/// What an account that has an archive offers its owner.
const ARCHIVE: &[&str] = &[ns::MAM, ns::MAM_EXTENDED, ns::STANZA_ID];

/// What personal eventing can do (XEP-0060 §10, XEP-0163 §6), and what hangs on it.
const EVENTING: &[&str] = &[
    ns::PUBSUB,
    "http://jabber.org/protocol/pubsub#access-open",
    "http://jabber.org/protocol/pubsub#access-presence",
    "http://jabber.org/protocol/pubsub#access-whitelist",
    "http://jabber.org/protocol/pubsub#auto-create",
    "http://jabber.org/protocol/pubsub#auto-subscribe",
    "http://jabber.org/protocol/pubsub#config-node",
    "http://jabber.org/protocol/pubsub#config-node-max",
    "http://jabber.org/protocol/pubsub#create-and-configure",
    "http://jabber.org/protocol/pubsub#create-nodes",
    "http://jabber.org/protocol/pubsub#delete-items",
    "http://jabber.org/protocol/pubsub#delete-nodes",
    "http://jabber.org/protocol/pubsub#filtered-notifications",
    "http://jabber.org/protocol/pubsub#item-ids",
    "http://jabber.org/protocol/pubsub#last-published",
    "http://jabber.org/protocol/pubsub#multi-items",
    "http://jabber.org/protocol/pubsub#persistent-items",
    "http://jabber.org/protocol/pubsub#presence-notifications",
    "http://jabber.org/protocol/pubsub#publish",
    "http://jabber.org/protocol/pubsub#publish-options",
    "http://jabber.org/protocol/pubsub#purge-nodes",
    "http://jabber.org/protocol/pubsub#retract-items",
    "http://jabber.org/protocol/pubsub#retrieve-items",
    "urn:xmpp:bookmarks:1#compat",
    "urn:xmpp:pep-vcard-conversion:0",
];

/// The `node` of the server's own capabilities.
const CAPS_NODE: &str = "urn:parterre";

/// What the server announces of itself in its stream features.
pub(crate) struct OwnCaps {
    pub(crate) element: Element,
    node: String,
}

impl OwnCaps {
    pub(crate) fn new(settings: &Settings) -> Self {
        let ver = caps::hash(&accounts_host(settings)).unwrap_or_default();
        let node = format!("{CAPS_NODE}#{ver}");
        let element = Element::new("c", ns::CAPS).with("hash", "sha-1").with("node", CAPS_NODE).with("ver", ver);
        OwnCaps { element, node }
    }
}

fn identity(category: &str, kind: &str, name: Option<&str>) -> Element {
    Element::new("identity", ns::DISCO_INFO).with("category", category).with("type", kind).with_opt("name", name)
}

fn info(identities: impl IntoIterator<Item = Element>, features: &[&str]) -> Element {
    Element::new("query", ns::DISCO_INFO)
        .children_from(identities)
        .children_from(features.iter().map(|var| Element::new("feature", ns::DISCO_INFO).with("var", *var)))
}

fn accounts_host(settings: &Settings) -> Element {
    info([identity("server", "im", Some("Parterre"))], SERVER).child_opt(settings.contacts.to_form())
}

/// What an anonymous person's own address answers.
pub(crate) fn anonymous_info(payload: &Element) -> Handled {
    match payload.get("node") {
        None => Ok(Answer::With(info([identity("account", "anonymous", None)], &[ns::DISCO_INFO, ns::DISCO_ITEMS]))),
        Some(_) => Err(Condition::ItemNotFound.into()),
    }
}

impl Services {
    /// What a host of the server can do.
    pub(crate) fn server_info(&self, request: &Request<'_>, host: Host) -> Handled {
        let anonymous = request.who.anonymous;
        let query = match host {
            Host::Accounts if !anonymous => accounts_host(&self.settings),
            Host::Accounts | Host::Anonymous => info([identity("server", "im", Some("Parterre"))], HOST),
            Host::Rooms => {
                info([identity("conference", "text", Some("Rooms"))], ROOMS).child_opt(self.settings.contacts.to_form())
            }
        };
        match request.payload.get("node") {
            None => Ok(Answer::With(query)),
            Some(node) if host == Host::Accounts && !anonymous && node == self.own_caps.node => {
                Ok(Answer::With(query.with("node", node)))
            }
            Some(_) => Err(Condition::ItemNotFound.into()),
        }
    }

    /// What belongs to a host of the server: the rooms' host to that of accounts, the public rooms to that of rooms.
    /// Each item listed costs whoever asks another question, so anonymous people are shown none.
    pub(crate) fn server_items(&self, request: &Request<'_>, host: Host) -> Handled {
        if request.payload.get("node").is_some() {
            return Err(Condition::ItemNotFound.into());
        }
        match host {
            Host::Accounts if !request.who.anonymous => {
                let rooms = Element::new("item", ns::DISCO_ITEMS).with("jid", self.rooms_domain.as_str());
                Ok(Answer::With(Element::new("query", ns::DISCO_ITEMS).child(rooms)))
            }
            Host::Accounts | Host::Anonymous => Ok(Answer::With(Element::new("query", ns::DISCO_ITEMS))),
            Host::Rooms => self.room_items(request.payload).map(Answer::With),
        }
    }

    /// The public rooms by address, page by page (XEP-0059) if there is a page asked for or there are many.
    fn room_items(&self, payload: &Element) -> Result<Element, StanzaError> {
        let mut rooms = self.rooms.list();
        rooms.sort_by(|a, b| a.jid.as_str().cmp(b.jid.as_str()));
        let set = payload.find("set", ns::RSM);
        let bound = self.settings.limits.listed_rooms;
        let max = match set.and_then(|set| set.field_text("max")) {
            Some(max) => max.trim().parse().map_err(|_| Condition::BadRequest)?,
            None => bound,
        };
        let max = usize::min(max, bound);
        let place = |jid: &str| rooms.partition_point(|room| room.jid.as_str() < jid);
        let after = set.and_then(|set| set.field_text("after"));
        let before = set.and_then(|set| set.field_text("before"));
        let from = match (&after, &before) {
            (Some(after), _) => {
                let at = place(after);
                at + usize::from(rooms.get(at).is_some_and(|room| room.jid.as_str() == after))
            }
            (None, Some(before)) => {
                let end = if before.is_empty() { rooms.len() } else { place(before) };
                end.saturating_sub(max)
            }
            (None, None) => 0,
        };
        let end = match &before {
            Some(before) if after.is_none() && !before.is_empty() => place(before),
            _ => rooms.len(),
        };
        let page = rooms.get(from..usize::min(end, from.saturating_add(max))).unwrap_or_default();
        let items = page.iter().map(|room| {
            let name = room.name.as_deref().or(room.jid.node());
            Element::new("item", ns::DISCO_ITEMS).with("jid", room.jid.as_str()).with_opt("name", name)
        });
        let query = Element::new("query", ns::DISCO_ITEMS).children_from(items);
        if set.is_none() && page.len() == rooms.len() {
            return Ok(query);
        }
        let mut answer = Element::new("set", ns::RSM);
        if let (Some(first), Some(last)) = (page.first(), page.last()) {
            let first = Element::new("first", ns::RSM).with("index", from.to_string()).text(first.jid.as_str());
            answer = answer.child(first).field("last", last.jid.as_str());
        }
        Ok(query.child(answer.field("count", rooms.len().to_string())))
    }

    /// What an account can do, as far as the asker may know (XEP-0030 §8: whoever does not see its presence learns
    /// nothing). People whom the site vouches for are not told of personal eventing: their picture and name come from
    /// the site, and web clients would publish their encryption keys there at every visit.
    pub(crate) async fn account_info(&self, request: &Request<'_>, account: &BareJid) -> Handled {
        let own = *account == request.who.bare;
        if !own && !self.shows_presence(account, &request.who.bare).await? {
            return Err(unavailable());
        }
        let registered = identity("account", "registered", None);
        if let Some(node) = request.payload.get("node") {
            self.readable(account, &request.who.bare, node).await?;
            return Ok(Answer::With(info([identity("pubsub", "leaf", None)], &[ns::PUBSUB]).with("node", node)));
        }
        let archive = if own && self.has_archive(account).await? { ARCHIVE } else { &[] };
        if own && request.who.person.is_some() {
            return Ok(Answer::With(info([registered], &[ACCOUNT, archive].concat())));
        }
        let features = [ACCOUNT, EVENTING, archive].concat();
        Ok(Answer::With(info([registered, identity("pubsub", "pep", None)], &features)))
    }

    /// The nodes of an account that the asker may read.
    pub(crate) async fn account_items(&self, request: &Request<'_>, account: &BareJid) -> Handled {
        let asker = &request.who.bare;
        if let Some(node) = request.payload.get("node") {
            self.readable(account, asker, node).await?;
            let kind = super::account::kind::items(node);
            let items = self.documents(owner(account), &kind).await?;
            let items = items.iter().map(|item| {
                Element::new("item", ns::DISCO_ITEMS).with("jid", account.as_str()).with("name", item.key.as_str())
            });
            return Ok(Answer::With(Element::new("query", ns::DISCO_ITEMS).with("node", node).children_from(items)));
        }
        let account = self.account(account).await?;
        let items = account.nodes.iter().filter(|(_, config)| config.check_reader(&account, asker).is_ok());
        let items = items.map(|(node, _)| {
            Element::new("item", ns::DISCO_ITEMS).with("jid", account.jid.as_str()).with("node", node.as_str())
        });
        Ok(Answer::With(Element::new("query", ns::DISCO_ITEMS).children_from(items)))
    }
}
