//! What an account wants archived (XEP-0441).
//!
//! Who has said nothing gets everything archived. It is what people expect who use a second device: what was
//! delivered to one of them is there for the other, from strangers too, as messages wait for those who are away
//! whoever wrote them. Whoever is not wanted can be blocked, and the retention bounds how long anything stays.

use parterre_xmpp::{Condition, Element, Jid, StanzaError, ns};

use crate::services::refuse;

/// What is done with messages of those who are on neither list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Unlisted {
    #[default]
    Always,
    /// Archived if they are in the roster.
    Roster,
    Never,
}

/// The preferences of one account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Preferences {
    unlisted: Unlisted,
    always: Vec<Jid>,
    never: Vec<Jid>,
}

impl Preferences {
    /// Reads `<prefs/>`, with at most `most` addresses on either list. A list that is left out is empty.
    pub(super) fn parse(prefs: &Element, most: usize) -> Result<Self, StanzaError> {
        let unlisted = match prefs.get("default") {
            Some("always") => Unlisted::Always,
            Some("roster") => Unlisted::Roster,
            Some("never") => Unlisted::Never,
            _ => return Err(refuse(Condition::BadRequest, "The default is one of always, roster, and never.")),
        };
        Ok(Preferences { unlisted, always: list(prefs, "always", most)?, never: list(prefs, "never", most)? })
    }

    /// Reads what [`Preferences::to_element`] became when it was kept.
    pub(super) fn from_document(document: &str) -> Option<Self> {
        Preferences::parse(&document.parse().ok()?, usize::MAX).ok()
    }

    /// `<prefs/>`, with the addresses in their prepared form.
    pub(super) fn to_element(&self) -> Element {
        let unlisted = match self.unlisted {
            Unlisted::Always => "always",
            Unlisted::Roster => "roster",
            Unlisted::Never => "never",
        };
        let list = |name: &'static str, addresses: &[Jid]| {
            let addresses = addresses.iter().map(|address| Element::new("jid", ns::MAM).text(address.as_str()));
            Element::new(name, ns::MAM).children_from(addresses)
        };
        Element::new("prefs", ns::MAM)
            .with("default", unlisted)
            .child(list("always", &self.always))
            .child(list("never", &self.never))
    }

    /// Whether messages to and from that address are archived. An address on both lists is not: what was not kept
    /// harms less than what was kept against somebody's wish.
    pub(super) fn want(&self, other: &Jid, in_roster: bool) -> bool {
        let bare = other.to_bare();
        let lists = |list: &[Jid]| {
            list.iter().any(|listed| listed.as_str() == if listed.is_full() { other.as_str() } else { bare.as_str() })
        };
        if lists(&self.never) {
            return false;
        }
        lists(&self.always)
            || match self.unlisted {
                Unlisted::Always => true,
                Unlisted::Roster => in_roster,
                Unlisted::Never => false,
            }
    }
}

fn list(prefs: &Element, name: &str, most: usize) -> Result<Vec<Jid>, StanzaError> {
    let entries = prefs.find(name, ns::MAM).into_iter().flat_map(Element::children);
    let mut addresses = Vec::new();
    for entry in entries.filter(|entry| entry.is("jid", ns::MAM)) {
        let text = entry.content();
        let address = Jid::new(text.trim())
            .map_err(|_| refuse(Condition::JidMalformed, &format!("“{}” is not an address.", text.trim())))?;
        if !addresses.contains(&address) {
            addresses.push(address);
        }
        if addresses.len() > most {
            let text = format!("Either list takes {most} addresses and no more.");
            return Err(refuse(Condition::ResourceConstraint, &text));
        }
    }
    Ok(addresses)
}
