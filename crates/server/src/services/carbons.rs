//! Copies of messages for the other sessions of an account (XEP-0280).

use std::borrow::Cow;
use std::sync::Arc;

use parterre_xmpp::{Element, Wire, ns};

use super::out::Out;
use crate::registry::{Binding, Flag, Registry};

/// Whether a message is copied (XEP-0280 §6.1): what people say to each other, and what they say about that.
pub(crate) fn eligible(stanza: &Element) -> bool {
    if stanza.has("private", ns::CARBONS) || stanza.has("no-copy", ns::HINTS) {
        return false;
    }
    if stanza.has("sent", ns::CARBONS) || stanza.has("received", ns::CARBONS) {
        return false;
    }
    match stanza.get("type").unwrap_or("normal") {
        "chat" => true,
        "normal" => stanza.find_own("body").is_some(),
        _ => false,
    }
}

/// The message as its recipient gets it: without what only the servers had to read (XEP-0280 §6.2).
pub(crate) fn without_private(stanza: &Element) -> Cow<'_, Element> {
    if !stanza.has("private", ns::CARBONS) {
        return Cow::Borrowed(stanza);
    }
    let mut stanza = stanza.clone();
    stanza.retain(|child| !child.is("private", ns::CARBONS));
    Cow::Owned(stanza)
}

/// Copies a message that the session `by` of an account has sent.
pub(crate) fn sent(registry: &Registry, account: &str, by: Binding, stanza: &Element, out: &mut Out) {
    if eligible(stanza) {
        copy(registry, account, "sent", &[by], stanza, out);
    }
}

/// Copies a message that sessions of an account have received.
pub(crate) fn received(registry: &Registry, account: &str, had: &[Binding], stanza: &Element, out: &mut Out) {
    // A private message of a room's occupant goes to the session that is in the room (XEP-0280 §6.1).
    if eligible(stanza) && !stanza.has("x", ns::MUC_USER) {
        copy(registry, account, "received", had, stanza, out);
    }
}

fn copy(registry: &Registry, account: &str, as_what: &'static str, had: &[Binding], stanza: &Element, out: &mut Out) {
    let sessions = registry.sessions(account);
    let mut others = sessions.iter().filter(|to| to.is(Flag::Carbons) && !had.contains(&to.binding)).peekable();
    if others.peek().is_none() {
        return;
    }
    let forwarded = Element::new("forwarded", ns::FORWARD).child(stanza.clone());
    let copy = Element::new("message", ns::CLIENT)
        .with("from", account)
        .with_opt("type", stanza.get("type"))
        .child(Element::new(as_what, ns::CARBONS).child(forwarded));
    let wire = Arc::new(Wire::stanza(&copy));
    others.for_each(|session| out.send(session, wire.clone()));
}
