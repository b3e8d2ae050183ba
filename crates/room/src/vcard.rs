//! The room's own vCard, which holds its picture (XEP-0054, XEP-0153, XEP-0486).
//!
//! Presence announces a picture only where there is one: clients ask for what is announced, each of them.

use std::fmt::Write as _;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use parterre_xmpp::{Condition, Element, StanzaError, Wire, ns, reply};
use sha1::{Digest, Sha1};

use crate::Affiliation;
use crate::command::Sender;
use crate::effect::{Audience, Effect};
use crate::room::Room;

/// The room's vCard and what follows from it.
#[derive(Clone, Debug)]
pub(crate) struct Picture {
    /// The vCard as it was set.
    pub(crate) vcard: Element,
    /// SHA-1 of each picture in it, in hexadecimal.
    pub(crate) hashes: Vec<String>,
    /// The presence of the room that announces the first of them.
    pub(crate) presence: Arc<Wire>,
}

impl Picture {
    /// Reads a vCard; `None` if it is empty.
    pub(crate) fn new(room: &parterre_xmpp::BareJid, vcard: &Element) -> Option<Self> {
        vcard.children().next()?;
        let hashes: Vec<_> = vcard.children().filter(|child| child.is("PHOTO", ns::VCARD)).filter_map(hash).collect();
        let photo = Element::new("x", ns::VCARD_UPDATE).field("photo", hashes.first().map_or("", String::as_str));
        let presence = Element::presence().with("from", room.as_str()).child(photo);
        Some(Picture { vcard: vcard.clone(), hashes, presence: Arc::new(Wire::stanza(&presence)) })
    }
}

fn hash(photo: &Element) -> Option<String> {
    let text: String = photo.field_text("BINVAL")?.split_whitespace().collect();
    let bytes = STANDARD.decode(text).ok().filter(|bytes| !bytes.is_empty())?;
    Some(Sha1::digest(bytes).iter().fold(String::with_capacity(40), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    }))
}

impl Room {
    /// SHA-1 of each picture of the room, for its disco form (XEP-0486 §3.2).
    pub(crate) fn picture_hashes(&self) -> &[String] {
        self.picture.as_ref().map_or(&[], |picture| &picture.hashes)
    }

    /// `<vCard xmlns='vcard-temp'/>` to the room, get and set.
    pub(crate) fn take_vcard(&mut self, sender: &Sender, iq: &Element, vcard: &Element, out: &mut Vec<Effect>) {
        if iq.get("type") == Some("get") {
            return match &self.picture {
                Some(picture) => Self::send(sender.session, &reply(iq, "result").child(picture.vcard.clone()), out),
                None => self.refuse(sender, iq, Condition::ItemNotFound, out),
            };
        }
        if self.affiliation_of(sender) != Affiliation::Owner {
            let error = StanzaError::new(Condition::Forbidden).text("Only owners may set the picture of a room.");
            return self.refuse(sender, iq, error, out);
        }
        if vcard.to_xml().len() > self.policy.max_vcard_bytes {
            let most = self.policy.max_vcard_bytes;
            let error = StanzaError::new(Condition::NotAcceptable)
                .text(format!("This vCard is larger than {most} bytes. Use a smaller picture."));
            return self.refuse(sender, iq, error, out);
        }
        let had = self.picture.is_some();
        self.picture = Picture::new(&self.address, vcard);
        self.store_settings(out);
        Self::acknowledge(sender, iq, out);
        let none = Element::presence()
            .with("from", self.address.as_str())
            .child(Element::new("x", ns::VCARD_UPDATE).child(Element::new("photo", ns::VCARD_UPDATE)));
        match &self.picture {
            Some(picture) if !picture.hashes.is_empty() => {
                out.push(Effect::Broadcast(Audience::ALL, picture.presence.clone()));
            }
            // Those who show the old picture must hear that it is gone.
            _ if had => out.push(Effect::Broadcast(Audience::ALL, Arc::new(Wire::stanza(&none)))),
            _ => {}
        }
        self.notify(&[104], out);
    }
}
