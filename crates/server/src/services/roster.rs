//! A roster as a value (RFC 6121 §2 and appendix A): contacts and the states of the two subscriptions with each.
//!
//! Enters: what the owner asks and what contacts answer. Leaves: whether something changed, and the items as XML.
//! No I/O here; [`super::account`] keeps it.

use std::collections::BTreeMap;

use parterre_xmpp::{BareJid, Element, ns};

/// A contact, or somebody who asks to become one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Contact {
    pub(crate) jid: BareJid,
    pub(crate) name: Option<String>,
    pub(crate) groups: Vec<String>,
    /// The owner sees the contact's presence.
    pub(crate) to: bool,
    /// The contact sees the owner's presence.
    pub(crate) from: bool,
    /// The owner has asked to see the contact's presence, and there is no answer yet.
    pub(crate) ask: bool,
    /// The owner has approved a request that has not come yet (RFC 6121 §3.4).
    pub(crate) approved: bool,
    /// The contact's request that the owner has not answered yet: the whole stanza (RFC 6121 §3.1.3).
    pub(crate) request: Option<Element>,
    /// Whether the owner's clients see it: someone who merely asks is not in the roster.
    pub(crate) listed: bool,
}

impl Contact {
    pub(crate) fn new(jid: BareJid) -> Self {
        Contact {
            jid,
            name: None,
            groups: Vec::new(),
            to: false,
            from: false,
            ask: false,
            approved: false,
            request: None,
            listed: false,
        }
    }

    fn subscription(&self) -> &'static str {
        match (self.to, self.from) {
            (false, false) => "none",
            (true, false) => "to",
            (false, true) => "from",
            (true, true) => "both",
        }
    }

    /// The roster item as clients see it.
    pub(crate) fn to_item(&self) -> Element {
        Element::new("item", ns::ROSTER)
            .with("jid", self.jid.as_str())
            .with_opt("name", self.name.as_deref())
            .with("subscription", self.subscription())
            .with_opt("ask", self.ask.then_some("subscribe"))
            .with_opt("approved", self.approved.then_some("true"))
            .children_from(self.groups.iter().map(|group| Element::new("group", ns::ROSTER).text(group.as_str())))
    }

    /// The contact as it is kept.
    pub(crate) fn to_document(&self) -> Element {
        self.to_item().with_opt("unlisted", (!self.listed).then_some("true")).child_opt(self.request.clone())
    }

    /// Reads what [`Contact::to_document`] wrote.
    pub(crate) fn from_document(item: &Element) -> Option<Self> {
        let subscription = item.get("subscription").unwrap_or_default();
        Some(Contact {
            jid: BareJid::new(item.get("jid")?).ok()?,
            name: item.get("name").map(str::to_owned),
            groups: groups(item),
            to: matches!(subscription, "to" | "both"),
            from: matches!(subscription, "from" | "both"),
            ask: item.get("ask").is_some(),
            approved: item.get("approved").is_some(),
            request: item.find("presence", ns::CLIENT).cloned(),
            listed: item.get("unlisted").is_none(),
        })
    }

    /// Whether nothing is left that would have to be remembered.
    fn is_void(&self) -> bool {
        !self.listed && self.request.is_none()
    }
}

/// The groups that a roster item names.
pub(crate) fn groups(item: &Element) -> Vec<String> {
    item.children().filter(|child| child.is("group", ns::ROSTER)).map(|group| group.content().into_owned()).collect()
}

/// An account's contacts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Roster {
    contacts: BTreeMap<String, Contact>,
    /// How often it has changed.
    pub(crate) version: u64,
}

impl Roster {
    pub(crate) fn new(version: u64, contacts: impl IntoIterator<Item = Contact>) -> Self {
        let contacts = contacts.into_iter().map(|contact| (contact.jid.as_str().to_owned(), contact)).collect();
        Roster { contacts, version }
    }

    pub(crate) fn len(&self) -> usize {
        self.contacts.len()
    }

    pub(crate) fn get(&self, jid: &str) -> Option<&Contact> {
        self.contacts.get(jid)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Contact> {
        self.contacts.values()
    }

    /// Whether that address may see the owner's presence.
    pub(crate) fn shows_to(&self, jid: &str) -> bool {
        self.get(jid).is_some_and(|contact| contact.from)
    }

    /// Changes a contact, which comes into being if need be, and counts the change. Gives the contact as it is now.
    pub(crate) fn change(&mut self, jid: &BareJid, change: impl FnOnce(&mut Contact)) -> Contact {
        let mut contact = self.contacts.remove(jid.as_str()).unwrap_or_else(|| Contact::new(jid.clone()));
        change(&mut contact);
        self.version += 1;
        if !contact.is_void() {
            self.contacts.insert(jid.as_str().to_owned(), contact.clone());
        }
        contact
    }

    /// Takes a contact out of the roster and counts the change.
    pub(crate) fn remove(&mut self, jid: &str) -> Option<Contact> {
        let contact = self.contacts.remove(jid)?;
        self.version += 1;
        Some(contact)
    }

    /// Puts a contact back as it was before a change that could not be kept.
    pub(crate) fn restore(&mut self, jid: &BareJid, before: Option<Contact>) {
        self.version = self.version.saturating_sub(1);
        self.contacts.remove(jid.as_str());
        if let Some(before) = before {
            self.contacts.insert(jid.as_str().to_owned(), before);
        }
    }

    /// The version that clients are told. An untouched roster and one that changed once are both 1, so 1 is never
    /// taken for a state that a client knows (see [`Roster::is_known`]).
    pub(crate) fn shown_version(&self) -> String {
        self.version.max(1).to_string()
    }

    /// Whether a client that names this version has the roster as it is (RFC 6121 §2.6.3).
    pub(crate) fn is_known(&self, version: &str) -> bool {
        self.version > 1 && version == self.shown_version()
    }

    /// The `<query/>` that clients get.
    pub(crate) fn to_query(&self) -> Element {
        Element::new("query", ns::ROSTER)
            .with("ver", self.shown_version())
            .children_from(self.iter().filter(|contact| contact.listed).map(Contact::to_item))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jid(text: &str) -> BareJid {
        BareJid::new(text).unwrap()
    }

    #[test]
    fn what_is_kept_reads_back() {
        let contact = Contact {
            name: Some("Nurse".into()),
            groups: vec!["Servants".into(), "a < b".into()],
            from: true,
            ask: true,
            request: Some(Element::presence().with("type", "subscribe").with("from", "nurse@d")),
            ..Contact::new(jid("nurse@d"))
        };
        let document: Element = contact.to_document().to_xml().parse().unwrap();
        assert_eq!(Contact::from_document(&document), Some(contact));
    }

    #[test]
    fn who_only_asks_is_not_listed_and_leaves_no_trace_when_answered() {
        let mut roster = Roster::default();
        roster.change(&jid("nurse@d"), |contact| contact.request = Some(Element::presence()));
        assert_eq!(roster.to_query().children().count(), 0);
        assert_eq!(roster.len(), 1);
        roster.change(&jid("nurse@d"), |contact| contact.request = None);
        assert_eq!((roster.len(), roster.version), (0, 2));
    }

    #[test]
    fn the_first_version_is_never_taken_for_known() {
        let mut roster = Roster::default();
        assert_eq!(roster.shown_version(), "1");
        roster.change(&jid("nurse@d"), |contact| contact.listed = true);
        assert_eq!(roster.shown_version(), "1");
        assert!(!roster.is_known("1"), "a client with the empty roster of version 1 must be given the nurse");
        roster.remove("nurse@d");
        assert!(roster.is_known("2") && !roster.is_known("1") && !roster.is_known(""));
    }
}
