//! Queries to the room: told apart by what they hold.

use std::sync::Arc;

use parterre_xmpp::{Condition, Element, StanzaError, ns, reply};

use crate::command::Sender;
use crate::disco::{self, Asker, PreparedInfo, RoomView};
use crate::effect::Effect;
use crate::room::Room;

impl Room {
    /// An `<iq/>` to the room, or, with a nick, to an occupant.
    pub(crate) fn take_iq(&mut self, sender: &Sender, nick: Option<&str>, iq: Element, out: &mut Vec<Effect>) {
        match (iq.get("type"), nick) {
            (Some("get" | "set" | "result" | "error"), Some(nick)) => self.take_private_iq(sender, nick, iq, out),
            (Some(kind @ ("get" | "set")), None) => {
                let get = kind == "get";
                self.take_query(sender, get, &iq, out);
            }
            // The room asks nobody anything.
            (Some("result" | "error"), None) => {}
            _ => self.refuse(sender, &iq, Condition::BadRequest, out),
        }
    }

    fn take_query(&mut self, sender: &Sender, get: bool, iq: &Element, out: &mut Vec<Effect>) {
        let mut children = iq.children();
        let (Some(payload), None) = (children.next(), children.next()) else {
            let error = StanzaError::new(Condition::BadRequest).text("A query holds exactly one element.");
            return self.refuse(sender, iq, error, out);
        };
        match (payload.name(), payload.ns(), get) {
            ("query", ns::MUC_ADMIN, _) => self.take_admin_query(sender, iq, payload, out),
            ("query", ns::MUC_OWNER, _) => self.take_owner_query(sender, iq, payload, out),
            ("query", ns::REGISTER, _) => self.take_registration(sender, iq, payload, out),
            ("query", ns::MAM, _) => self.take_archive_query(sender, iq, payload, out),
            ("metadata", ns::MAM, true) => self.take_metadata_query(sender, iq, out),
            ("vCard", ns::VCARD, _) => self.take_vcard(sender, iq, payload, out),
            ("moderate", ns::MODERATE, false) | ("apply-to", ns::FASTEN, false) => {
                self.take_moderation(sender, iq, out);
            }
            ("remove-all", ns::MODERATION, false) => self.take_removal(sender, iq, payload, out),
            ("query", ns::DISCO_INFO, true) => self.tell_info(sender, iq, payload.get("node"), out),
            ("query", ns::DISCO_ITEMS, true) => {
                let items = disco::items(&self.address, self.visible_nicks(sender));
                Self::send(sender.session, &reply(iq, "result").child(items), out);
            }
            ("ping", ns::PING, true) => Self::acknowledge(sender, iq, out),
            _ => self.refuse(sender, iq, Condition::ServiceUnavailable, out),
        }
    }

    /// disco#info. A crowd that arrives asks all at once, so the answer lies ready.
    fn tell_info(&self, sender: &Sender, iq: &Element, node: Option<&str>, out: &mut Vec<Effect>) {
        if let Some(node) = node.filter(|node| !node.is_empty()) {
            return match disco::node_info(node, self.reserved_nick(sender)) {
                Ok(query) => Self::send(sender.session, &reply(iq, "result").child(query), out),
                Err(error) => self.refuse(sender, iq, error, out),
            };
        }
        let [anonymous, account] = &self.info;
        let (asker, ready) = if sender.anonymous { (Asker::Anonymous, anonymous) } else { (Asker::Account, account) };
        let info = ready.get_or_init(|| {
            let view = RoomView {
                room: &self.address,
                config: &self.config,
                subject: &self.subject.text,
                contacts: &[],
                avatar_hashes: self.picture_hashes(),
            };
            PreparedInfo::new(view, asker)
        });
        let wire = info.wire(iq.get("id").unwrap_or_default(), self.occupants.len());
        out.push(Effect::Send(sender.session, Arc::new(wire)));
    }

    /// The nicks that disco#items names: those that an occupant has been told of anyway (§6.5).
    fn visible_nicks(&self, sender: &Sender) -> Vec<&str> {
        if self.occupants.session(sender.session).is_none() {
            return Vec::new();
        }
        self.occupants.listed().filter_map(|id| self.occupants.get(id)).map(|occupant| &*occupant.nick).collect()
    }
}
