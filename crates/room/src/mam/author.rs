//! The real address of whoever said something, in the archive (XEP-0313, "MUC Archives"): at the end of the stored
//! stanza, so that it is there for those who may know it and cut off for the others without parsing anything.
//!
//! Nobody else can put it there: a room strips what senders say in its namespace.

use std::borrow::Cow;

use parterre_xmpp::{Element, FullJid, ns};

use crate::{Affiliation, Role};

const START: &str = "<x xmlns='http://jabber.org/protocol/muc#user'><item ";
const END: &str = "/></x></message>";
const MESSAGE_END: &str = "</message>";

/// Appends the author to a `<message/>` that has children.
pub(crate) fn add_author(stanza: &mut String, jid: &FullJid, affiliation: Affiliation, role: Role) {
    let Some(open) = stanza.strip_suffix(MESSAGE_END).map(str::len) else { return };
    let item = Element::new("item", ns::MUC_USER)
        .with("affiliation", affiliation.as_str())
        .with("role", role.as_str())
        .with("jid", jid.as_str());
    stanza.truncate(open);
    stanza.push_str(&Element::new("x", ns::MUC_USER).child(item).to_xml());
    stanza.push_str(MESSAGE_END);
}

/// The stanza without its author.
pub(crate) fn without_author(stanza: &str) -> Cow<'_, str> {
    let split = stanza.rfind(START).and_then(|at| stanza.split_at_checked(at));
    // Text and attributes hold no `<`, so what is left of the item is its attributes.
    let is_author = |tail: &str| {
        tail.strip_prefix(START).and_then(|tail| tail.strip_suffix(END)).is_some_and(|item| !item.contains('<'))
    };
    match split {
        Some((open, tail)) if is_author(tail) => Cow::Owned([open, MESSAGE_END].concat()),
        _ => Cow::Borrowed(stanza),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use parterre_xmpp::FullJid;

    use super::{add_author, without_author};
    use crate::{Affiliation, Role};

    #[test]
    fn the_author_goes_on_and_comes_off() {
        let jid = FullJid::new("hag66@localhost/a<b>&").unwrap();
        for said in [
            "<message xmlns='jabber:client'><body>&lt;x></body></message>",
            "<message xmlns='jabber:client'><x/></message>",
        ] {
            let mut stanza = said.to_owned();
            add_author(&mut stanza, &jid, Affiliation::Member, Role::Participant);
            let read: parterre_xmpp::Element = stanza.parse().unwrap();
            let item = read.find("x", parterre_xmpp::ns::MUC_USER).unwrap().find_own("item").unwrap();
            assert_eq!(item.get("jid"), Some(jid.as_str()));
            assert_eq!(without_author(&stanza), said);
        }
    }

    #[test]
    fn what_only_looks_like_it_stays() {
        let quoted = "<message xmlns='jabber:client'><f><message><x xmlns='http://jabber.org/protocol/muc#user'><item jid='a@b/c'/></x></message></f></message>";
        assert_eq!(without_author(quoted), quoted);
    }
}
