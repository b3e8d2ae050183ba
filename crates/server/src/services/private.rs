//! Private XML storage (XEP-0049): one element per name and namespace, for the account's own clients only.
//!
//! Bookmarks among it are those of personal eventing in another form (see [`super::bookmarks`]).

use parterre_store::{Bound, Full};
use parterre_xmpp::{Condition, Element, StanzaError, ns};

use super::account::{kind, owner};
use super::iq::{Answer, Handled, Request};
use super::out::Out;
use super::{Services, refuse};

fn key(element: &Element) -> String {
    format!("{} {}", element.ns(), element.name())
}

/// The one element that a request is about.
fn subject<'a>(request: &Request<'a>) -> Result<&'a Element, StanzaError> {
    let mut elements = request.payload.children();
    match (elements.next(), elements.next()) {
        (Some(element), None) if element.ns() != ns::PRIVATE && !element.ns().is_empty() => Ok(element),
        _ => Err(refuse(
            Condition::NotAcceptable,
            "Private storage takes one element at a time, with a namespace of its own.",
        )),
    }
}

impl Services {
    pub(crate) async fn private_get(&self, request: &Request<'_>) -> Handled {
        let asked = subject(request)?;
        let account = &request.who.bare;
        let kept = if asked.is("storage", ns::BOOKMARKS_PRIVATE) {
            self.bookmarks_as_private(account).await?
        } else {
            let kept = self.document(owner(account), kind::PRIVATE, &key(asked)).await?;
            let kept = kept.and_then(|document| document.value.parse().ok());
            kept.unwrap_or_else(|| Element::new(asked.name().to_owned(), asked.ns().to_owned()))
        };
        Ok(Answer::With(Element::new("query", ns::PRIVATE).child(kept)))
    }

    pub(crate) async fn private_set(&self, request: &Request<'_>, out: &mut Out) -> Handled {
        let element = subject(request)?;
        if element.is("storage", ns::BOOKMARKS_PRIVATE) {
            self.bookmarks_from_private(&request.who.bare, element, out).await?;
            return Ok(Answer::Done);
        }
        let limits = &self.settings.limits;
        let bound = Bound { count: limits.private_items, bytes: limits.private_bytes, full: Full::Refuse };
        self.put(owner(&request.who.bare), kind::PRIVATE, &key(element), element.to_xml(), bound).await?;
        Ok(Answer::Done)
    }
}
