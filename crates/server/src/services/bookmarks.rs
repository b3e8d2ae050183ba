//! Bookmarks in two forms: personal eventing (XEP-0402) is where they are kept, and private storage (XEP-0048) shows
//! and changes the same ones (the feature `urn:xmpp:bookmarks:1#compat`).

use parterre_store::{Bound, Full};
use parterre_xmpp::{BareJid, Element, StanzaError, ns};

use super::Services;
use super::account::{kind, owner};
use super::out::Out;
use super::pep::{Item, NodeConfig};

/// The bookmarks of web pages, which only the old form has.
const PAGES: &str = "storage:bookmarks urls";

/// A bookmark of XEP-0402 as XEP-0048 has it.
fn to_private(item: &Item) -> Option<Element> {
    let new = item.payload.as_ref().filter(|payload| payload.is("conference", ns::BOOKMARKS))?;
    let mut old = Element::new("conference", ns::BOOKMARKS_PRIVATE)
        .with("jid", item.id.as_str())
        .with_opt("name", new.get("name"))
        .with_opt("autojoin", new.get("autojoin"));
    for field in ["nick", "password"] {
        if let Some(text) = new.field_text(field) {
            old = old.field(field, text);
        }
    }
    Some(old)
}

/// The other way round. Extensions, which the old form cannot show, stay as they were.
fn from_private(old: &Element, before: Option<&Item>) -> Option<Item> {
    let jid = BareJid::new(old.get("jid")?).ok()?;
    let mut new = Element::new("conference", ns::BOOKMARKS)
        .with_opt("name", old.get("name"))
        .with_opt("autojoin", old.get("autojoin"));
    for field in ["nick", "password"] {
        if let Some(text) = old.field_text(field) {
            new = new.field(field, text);
        }
    }
    let extensions = before.and_then(|before| before.payload.as_ref()?.find_own("extensions").cloned());
    Some(Item { id: jid.as_str().to_owned(), publisher: None, payload: Some(new.child_opt(extensions)) })
}

impl Services {
    /// The account's bookmarks as private storage gives them.
    pub(crate) async fn bookmarks_as_private(&self, account: &BareJid) -> Result<Element, StanzaError> {
        let bookmarks = self.items(account, ns::BOOKMARKS).await?;
        let pages = self.document(owner(account), kind::PRIVATE, PAGES).await?;
        let pages = pages.and_then(|document| document.value.parse::<Element>().ok());
        Ok(Element::new("storage", ns::BOOKMARKS_PRIVATE)
            .children_from(bookmarks.iter().filter_map(to_private))
            .children_from(pages.iter().flat_map(Element::children).cloned()))
    }

    /// Makes the account's bookmarks those that private storage is given.
    pub(crate) async fn bookmarks_from_private(
        &self,
        account: &BareJid,
        storage: &Element,
        out: &mut Out,
    ) -> Result<(), StanzaError> {
        let before = self.items(account, ns::BOOKMARKS).await?;
        let conferences = storage.children().filter(|child| child.is("conference", ns::BOOKMARKS_PRIVATE));
        let mut after: Vec<Item> = Vec::new();
        for old in conferences {
            let known = before.iter().find(|item| old.get("jid") == Some(&item.id));
            if let Some(item) = from_private(old, known)
                && after.iter().all(|other| other.id != item.id)
            {
                after.push(item);
            }
        }
        let config = NodeConfig::for_bookmarks(&self.settings.limits);
        for item in after.iter().filter(|item| !before.contains(item)) {
            self.publish(account, ns::BOOKMARKS, item.clone(), &config, out).await?;
        }
        for item in before.iter().filter(|item| after.iter().all(|kept| kept.id != item.id)) {
            self.retract(account, ns::BOOKMARKS, &item.id, true, out).await?;
        }
        let limits = &self.settings.limits;
        let pages = Element::new("storage", ns::BOOKMARKS_PRIVATE)
            .children_from(storage.children().filter(|child| child.is("url", ns::BOOKMARKS_PRIVATE)).cloned());
        let bound = Bound { count: limits.private_items, bytes: limits.private_bytes, full: Full::Refuse };
        self.put(owner(account), kind::PRIVATE, PAGES, pages.to_xml(), bound).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bookmark_survives_the_old_form_with_its_extensions() {
        let new: Element = "<conference xmlns='urn:xmpp:bookmarks:1' name='The Play' autojoin='true'><nick>JC</nick>\
            <extensions><state xmlns='http://myclient.example/bookmark/state' minimized='true'/></extensions>\
            </conference>"
            .parse()
            .unwrap();
        let item = Item { id: "theplay@room.d".into(), publisher: None, payload: Some(new) };
        let old = to_private(&item).unwrap();
        assert_eq!(
            old.to_xml(),
            "<conference xmlns='storage:bookmarks' jid='theplay@room.d' name='The Play' autojoin='true'>\
             <nick>JC</nick></conference>"
        );
        assert_eq!(from_private(&old, Some(&item)), Some(item));
    }
}
