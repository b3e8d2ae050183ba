//! Where stanzas of the services go: to the asking session in order, to others through their handles.

use std::sync::Arc;

use parterre_xmpp::{Element, StanzaError, Wire};

use super::Answers;
use crate::registry::{Binding, Resource};

/// What one stanza brings about.
pub(crate) struct Out {
    own: Option<Binding>,
    answers: Answers,
}

impl Out {
    /// For a stanza of that session.
    pub(crate) fn to(own: Binding) -> Self {
        Out { own: Some(own), answers: Vec::new() }
    }

    /// For what no session asked.
    pub(crate) fn to_others() -> Self {
        Out { own: None, answers: Vec::new() }
    }

    /// A stanza for a session.
    pub(crate) fn send(&mut self, to: &Resource, wire: Arc<Wire>) {
        if self.own == Some(to.binding) {
            self.answers.push(wire);
        } else {
            to.handle.deliver(wire);
        }
    }

    /// A stanza for the asking session, ready but for its address.
    pub(crate) fn give(&mut self, wire: Wire) {
        if self.own.is_some() {
            self.answers.push(Arc::new(wire));
        }
    }

    /// A stanza for the asking session; it keeps the address that it has.
    pub(crate) fn answer(&mut self, stanza: &Element) {
        if self.own.is_some() {
            let wire = if stanza.get("to").is_some() { Wire::addressed(stanza) } else { Wire::stanza(stanza) };
            self.answers.push(Arc::new(wire));
        }
    }

    /// An error for the asking session, unless its stanza was an answer itself.
    pub(crate) fn error(&mut self, stanza: &Element, error: &StanzaError) {
        if let Some(reply) = error_reply(stanza, error) {
            self.answer(&reply);
        }
    }

    pub(crate) fn into_answers(self) -> Answers {
        self.answers
    }
}

/// The error that answers a stanza; none answers an error or a result (RFC 6120 §8.3.1).
pub(crate) fn error_reply(stanza: &Element, error: &StanzaError) -> Option<Element> {
    let is_answer = match stanza.get("type") {
        Some("error") => true,
        Some("result") => stanza.name() == "iq",
        _ => false,
    };
    (!is_answer).then(|| error.reply_to(stanza))
}
