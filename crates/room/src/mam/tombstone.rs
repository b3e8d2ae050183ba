//! What stays in the archive of a message that was taken back (XEP-0424 §5, XEP-0425 §5): who said it, and that
//! it is gone. Nothing else of it stays, since any payload may repeat what it said.

use parterre_xmpp::{Element, Timestamp, ns};

/// That a message was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retraction<'a> {
    /// When.
    pub time: Timestamp,
    /// The `id` attribute of the message that took it back, if there was one.
    pub by_message: Option<&'a str>,
    /// By a moderator; `None`: by its author.
    pub moderation: Option<Moderation<'a>>,
}

/// That it was a moderator who took it back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moderation<'a> {
    /// The moderator's occupant address, if it may be known.
    pub by: Option<&'a str>,
    /// The moderator's occupant id (XEP-0421).
    pub occupant_id: Option<&'a str>,
    /// Why.
    pub reason: Option<&'a str>,
}

/// The tombstone of `original`: its envelope and ids, and the retraction as current clients and those of
/// 2024 (`:0`) read it.
pub fn tombstone(original: &Element, retraction: Retraction<'_>) -> Element {
    let mut stone = Element::new("message", ns::CLIENT);
    for name in ["from", "id", "type"] {
        if let Some(value) = original.get(name) {
            stone.set(name, value);
        }
    }
    for (name, namespace) in [("occupant-id", ns::OCCUPANT_ID), ("stanza-id", ns::STANZA_ID)] {
        stone = stone.children_from(original.children().filter(|child| child.is(name, namespace)).cloned());
    }
    let stamp = retraction.time.to_string();
    let mut retracted = Element::new("retracted", ns::RETRACT).with("stamp", &stamp);
    let retracted_0 = Element::new("retracted", ns::RETRACT_0).with("stamp", &stamp);
    if let Some(id) = retraction.by_message {
        retracted.set("id", id);
    }
    // Last, where the archive looks for it.
    let author = original.children().find(|child| child.is("x", ns::MUC_USER)).cloned();
    let Some(moderation) = retraction.moderation else {
        return stone.child(retracted).child(retracted_0).child_opt(author);
    };
    let by = |namespace| {
        let id = moderation.occupant_id.map(|id| Element::new("occupant-id", ns::OCCUPANT_ID).with("id", id));
        Element::new("moderated", namespace).with_opt("by", moderation.by).child_opt(id)
    };
    let reason = |namespace| moderation.reason.map(|reason| Element::new("reason", namespace).text(reason));
    stone
        .child(retracted.child(by(ns::MODERATE)).child_opt(reason(ns::RETRACT)))
        .child(by(ns::MODERATE_0).child(retracted_0).child_opt(reason(ns::MODERATE_0)))
        .child_opt(author)
}
