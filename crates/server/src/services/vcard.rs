//! vCards (XEP-0054) and their pictures, which are also avatars of personal eventing (XEP-0084): whichever a client
//! sets, the other follows (XEP-0398), and the account's presence bears the picture's hash (XEP-0153).
//!
//! A picture is copied to the vCard only from a node that everybody may read, since everybody may read a vCard.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use parterre_store::{Bound, Full};
use parterre_xmpp::{BareJid, Condition, Element, StanzaError, ns};
use sha1::{Digest, Sha1};

use super::account::{ONLY, kind, owner, single};
use super::iq::{Answer, Handled, Request};
use super::out::Out;
use super::pep::{Access, Item, NodeConfig};
use super::{Services, refuse};
use crate::registry::Person;

/// The vCard of somebody who has none.
pub(crate) fn empty() -> Element {
    Element::new("vCard", ns::VCARD)
}

/// The vCard of somebody of whom the site has told: a name, and the address of a picture that browsers can cache.
pub(crate) fn of_person(person: &Person) -> Element {
    let mut vcard = empty();
    if let Some(nick) = &person.nick {
        vcard = vcard.field("FN", nick.as_str()).field("NICKNAME", nick.as_str());
    }
    if let Some(avatar) = &person.avatar {
        vcard = vcard.child(Element::new("PHOTO", ns::VCARD).field("EXTVAL", &**avatar));
    }
    vcard
}

/// A picture as a vCard has it.
#[derive(Debug, PartialEq, Eq)]
struct Picture {
    base64: String,
    bytes: usize,
    kind: String,
    hash: String,
}

impl Picture {
    fn new(text: &str, kind: Option<&str>) -> Option<Self> {
        let base64: String = text.split_ascii_whitespace().collect();
        let bytes = STANDARD.decode(&base64).ok().filter(|bytes| !bytes.is_empty())?;
        let mut hash = String::with_capacity(40);
        for byte in Sha1::digest(&bytes) {
            // Writing to a string cannot fail.
            let _ = write!(hash, "{byte:02x}");
        }
        let kind = kind.filter(|kind| kind.starts_with("image/")).unwrap_or("image/png").to_owned();
        Some(Picture { base64, bytes: bytes.len(), kind, hash })
    }

    fn of_vcard(vcard: &Element) -> Option<Self> {
        let photo = vcard.find_own("PHOTO")?;
        Picture::new(&photo.field_text("BINVAL")?, photo.field_text("TYPE").as_deref())
    }

    fn to_photo(&self) -> Element {
        Element::new("PHOTO", ns::VCARD).field("TYPE", self.kind.as_str()).field("BINVAL", self.base64.as_str())
    }

    fn to_data(&self) -> Item {
        let data = Element::new("data", ns::AVATAR_DATA).text(self.base64.as_str());
        Item { id: self.hash.clone(), publisher: None, payload: Some(data) }
    }

    fn to_metadata(&self) -> Item {
        let info = Element::new("info", ns::AVATAR_METADATA)
            .with("bytes", self.bytes.to_string())
            .with("id", self.hash.as_str())
            .with("type", self.kind.as_str());
        let metadata = Element::new("metadata", ns::AVATAR_METADATA).child(info);
        Item { id: self.hash.clone(), publisher: None, payload: Some(metadata) }
    }
}

impl Services {
    /// The vCard of an account, of a person of whom the site has told, or `None`. Rooms may answer with it for their
    /// occupants.
    pub async fn vcard(&self, of: &BareJid) -> Result<Option<Element>, StanzaError> {
        if let Some(person) = self.registry.person(of.as_str()) {
            return Ok(Some(of_person(&person)));
        }
        if of.domain() != self.settings.domain {
            return Ok(None);
        }
        let kept = self.document(owner(of), kind::VCARD, ONLY).await?;
        Ok(kept.and_then(|document| document.value.parse().ok()))
    }

    /// A client sets its account's vCard.
    pub(crate) async fn vcard_set(&self, request: &Request<'_>, out: &mut Out) -> Handled {
        let own = &request.who.bare;
        if request.who.person.is_some() {
            return Err(refuse(Condition::NotAllowed, "Your name and picture come from the site; change them there."));
        }
        self.keep_vcard(own, request.payload).await?;
        match Picture::of_vcard(request.payload) {
            Some(picture) if self.set_photo(own, Some(&picture)).await? => {
                let config = NodeConfig::for_avatar();
                self.publish(own, ns::AVATAR_DATA, picture.to_data(), &config, out).await?;
                self.publish(own, ns::AVATAR_METADATA, picture.to_metadata(), &config, out).await?;
                self.show_again(own, out).await;
            }
            None if self.set_photo(own, None).await? => {
                let none = Element::new("metadata", ns::AVATAR_METADATA);
                let item = Item { id: "none".to_owned(), publisher: None, payload: Some(none) };
                self.publish(own, ns::AVATAR_METADATA, item, &NodeConfig::for_avatar(), out).await?;
                self.show_again(own, out).await;
            }
            _ => {}
        }
        Ok(Answer::Done)
    }

    async fn keep_vcard(&self, own: &BareJid, vcard: &Element) -> Result<(), StanzaError> {
        let bound = Bound { count: 1, bytes: self.settings.limits.vcard_bytes, full: Full::Refuse };
        let document = vcard.to_xml();
        if document.len() > bound.bytes {
            let text = format!("A vCard has {} bytes at most; a smaller picture may do.", bound.bytes);
            return Err(StanzaError::new(Condition::PolicyViolation).text(text));
        }
        self.put(owner(own), kind::VCARD, ONLY, document, bound).await
    }

    /// Notes the hash of the account's picture; says whether it is another one than before.
    async fn set_photo(&self, own: &BareJid, picture: Option<&Picture>) -> Result<bool, StanzaError> {
        let mut account = self.account(own).await?;
        let hash = picture.map(|picture| picture.hash.clone());
        if account.photo == hash {
            return Ok(false);
        }
        if let Some(hash) = &hash {
            self.put(owner(own), kind::PHOTO, ONLY, hash.clone(), single(64)).await?;
        } else {
            self.remove(owner(own), kind::PHOTO, ONLY).await?;
        }
        account.photo = hash;
        Ok(true)
    }

    /// Sends the account's presences again, since its picture has changed (XEP-0398 §4).
    async fn show_again(&self, own: &BareJid, out: &mut Out) {
        for session in self.registry.sessions(own.as_str()) {
            if let Some((presence, _)) = &session.presence {
                self.tell_contacts(own, presence, out).await;
            }
        }
    }

    /// Takes a picture over to the vCard when its metadata is published (XEP-0398 §3).
    pub(crate) async fn avatar_published(
        &self,
        own: &BareJid,
        node: &str,
        item: &Item,
        out: &mut Out,
    ) -> Result<(), StanzaError> {
        if node != ns::AVATAR_METADATA {
            return Ok(());
        }
        let infos =
            item.payload.iter().flat_map(Element::children).filter(|child| child.is("info", ns::AVATAR_METADATA));
        let Some(info) = infos.clone().find(|info| info.get("url").is_none()) else {
            return if infos.count() == 0 { self.take_photo_away(own, out).await } else { Ok(()) };
        };
        let is_open = self.account(own).await?.nodes.get(ns::AVATAR_DATA).map(|data| data.access) == Some(Access::Open);
        if !is_open {
            return Ok(());
        }
        let data = self.items(own, ns::AVATAR_DATA).await?;
        let data = data.iter().find(|data| info.get("id") == Some(&data.id)).and_then(|data| data.payload.as_ref());
        let Some(picture) = data.and_then(|data| Picture::new(&data.content(), info.get("type"))) else {
            return Ok(());
        };
        if info.get("id") == Some(&picture.hash) && self.set_photo(own, Some(&picture)).await? {
            self.put_photo(own, Some(&picture)).await?;
            self.show_again(own, out).await;
        }
        Ok(())
    }

    /// Takes the picture out of the vCard when the avatar's metadata is gone.
    pub(crate) async fn avatar_emptied(&self, own: &BareJid, node: &str, out: &mut Out) -> Result<(), StanzaError> {
        if node == ns::AVATAR_METADATA && self.items(own, node).await?.is_empty() {
            self.take_photo_away(own, out).await?;
        }
        Ok(())
    }

    async fn take_photo_away(&self, own: &BareJid, out: &mut Out) -> Result<(), StanzaError> {
        if self.set_photo(own, None).await? {
            self.put_photo(own, None).await?;
            self.show_again(own, out).await;
        }
        Ok(())
    }

    async fn put_photo(&self, own: &BareJid, picture: Option<&Picture>) -> Result<(), StanzaError> {
        let kept = self.document(owner(own), kind::VCARD, ONLY).await?;
        let mut vcard = kept.and_then(|document| document.value.parse::<Element>().ok()).unwrap_or_else(empty);
        vcard.retain(|child| !child.is("PHOTO", ns::VCARD));
        self.keep_vcard(own, &vcard.child_opt(picture.map(Picture::to_photo))).await
    }
}
