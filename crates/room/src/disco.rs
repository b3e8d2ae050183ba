//! What a room says of itself to who asks before entering (XEP-0030, XEP-0045 §6.3–6.6).
//!
//! Enters: a [`RoomView`], and who asks. Leaves: the answer, ready but for the query it answers and the number
//! of occupants, since a crowd that arrives asks all at once and the number changes with each who enters.
//! Every feature named here costs each client that knows it a round trip, so anonymous people hear only of
//! those that they can use.

use parterre_xmpp::element::escape;
use parterre_xmpp::forms::{Field, FieldType, Form, FormType};
use parterre_xmpp::{BareJid, Condition, Element, StanzaError, Wire, ns};

use crate::RoomConfig;
use crate::config::{Whois, fields};

/// The node that gives an asker the nick reserved for them (XEP-0045 §7.12).
pub const RESERVED_NICK: &str = "x-roomuser-item";
/// The node that tells which namespaces pass through the room (XEP-0045 §15.6.3).
pub const TRAFFIC: &str = "http://jabber.org/protocol/muc#traffic";

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// Somebody without an account: nothing can be reserved for them.
    Anonymous,
    /// Somebody with an account.
    Account,
}

/// What of a room may be told to everybody.
#[derive(Clone, Copy, Debug)]
pub struct RoomView<'a> {
    /// Its address.
    pub room: &'a BareJid,
    /// Its configuration.
    pub config: &'a RoomConfig,
    /// Its subject; told only where everybody may enter.
    pub subject: &'a str,
    /// Whom to turn to; often nobody, since these are real addresses.
    pub contacts: &'a [BareJid],
    /// SHA-1 of its pictures, hexadecimal (XEP-0486 §3.2).
    pub avatar_hashes: &'a [String],
}

/// The answer to disco#info, made once for all askers of a kind; to be made anew when the room's view changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreparedInfo {
    /// ` from='…'` and what else precedes the number of occupants, without the head of the stanza.
    head: Box<str>,
    tail: Box<str>,
}

impl PreparedInfo {
    /// The answer for that kind of asker.
    pub fn new(view: RoomView<'_>, asker: Asker) -> Self {
        // The number belongs into the last field of the form, which is the last child of the query.
        const END: &str = "</value></field></x></query>";
        let mut query = String::with_capacity(4096);
        info(view, asker, "").write(ns::CLIENT, &mut query);
        let head = query.strip_suffix("<value/></field></x></query>");
        let mut xml = String::with_capacity(query.len() + 128);
        xml.push_str(" from='");
        escape(view.room.as_str(), &mut xml);
        xml.push_str("'>");
        xml.push_str(head.unwrap_or(&query));
        let tail = if head.is_some() {
            xml.push_str("<value>");
            END
        } else {
            ""
        };
        PreparedInfo { head: xml.into_boxed_str(), tail: tail.into() }
    }

    /// The `<iq/>` that answers the query of that id, in a room of so many occupants.
    pub fn wire(&self, id: &str, occupants: usize) -> Wire {
        let mut xml = String::with_capacity(self.head.len() + self.tail.len() + id.len() + 80);
        xml.push_str("<iq xmlns='jabber:client' type='result' id='");
        escape(id, &mut xml);
        xml.push('\'');
        xml.push_str(&self.head);
        if !self.tail.is_empty() {
            xml.push_str(&occupants.to_string());
            xml.push_str(&self.tail);
        }
        xml.push_str("</iq>");
        Wire::written(xml)
    }
}

fn info(view: RoomView<'_>, asker: Asker, occupants: &str) -> Element {
    Element::new("query", ns::DISCO_INFO)
        .child(identity(display_name(view)))
        .children_from(features(view.config, asker).into_iter().map(feature))
        .child(room_info(view, occupants).to_element())
}

fn identity(name: &str) -> Element {
    Element::new("identity", ns::DISCO_INFO).with("category", "conference").with("type", "text").with("name", name)
}

fn feature(var: &str) -> Element {
    Element::new("feature", ns::DISCO_INFO).with("var", var)
}

/// The room's name, or what stands before the @ of its address.
fn display_name(view: RoomView<'_>) -> &str {
    match view.config.name.as_str() {
        "" => view.room.as_str().split('@').next().unwrap_or_default(),
        name => name,
    }
}

/// The features of a room so configured (XEP-0045 §16.3 and others).
pub fn features(config: &RoomConfig, asker: Asker) -> Vec<&'static str> {
    let either = |is: bool, yes: &'static str, no: &'static str| if is { yes } else { no };
    let mut features = vec![
        ns::DISCO_INFO,
        ns::DISCO_ITEMS,
        ns::MUC,
        ns::MUC_STABLE_ID,
        ns::MUC_REQUEST,
        "http://jabber.org/protocol/muc#self-ping-optimization",
        either(config.password.is_some(), "muc_passwordprotected", "muc_unsecured"),
        either(config.public, "muc_public", "muc_hidden"),
        either(config.persistent, "muc_persistent", "muc_temporary"),
        either(config.members_only, "muc_membersonly", "muc_open"),
        either(config.moderated, "muc_moderated", "muc_unmoderated"),
        either(config.whois == Whois::Anyone, "muc_nonanonymous", "muc_semianonymous"),
        ns::STANZA_ID,
        ns::OCCUPANT_ID,
        ns::MODERATE,
        ns::MODERATE_0,
        ns::RETRACT,
        ns::PING,
        ns::VCARD,
        ns::AUDIENCE,
        ns::MODERATION,
        ns::RSM,
    ];
    // As the PeerTube livechat plugin names them.
    if config.mute_anonymous {
        features.push("x_peertubelivechat_mute_anonymous");
    }
    if config.emoji_only {
        features.push("x_peertubelivechat_emoji_only_mode");
    }
    if config.archiving {
        features.extend([ns::MAM, ns::MAM_EXTENDED, "urn:xmpp:message-retract:1#tombstone"]);
    }
    if asker == Asker::Account {
        features.push(ns::REGISTER);
    }
    features
}

/// The form of XEP-0045 §6.4 and §16.5.4; the number of occupants comes last.
fn room_info(view: RoomView<'_>, occupants: &str) -> Form {
    let config = view.config;
    let text = |var, value: &str, label| (!value.is_empty()).then(|| Field::text(var, value).label(label));
    let open = !config.members_only && config.password.is_none();
    let contacts = Field::jids("muc#roominfo_contactjid", view.contacts).label("Contact addresses");
    let pictures =
        Field { values: view.avatar_hashes.to_vec(), ..Field::new(ns::ROOM_INFO_AVATAR, FieldType::TextMulti) };
    let mut form = Form::new(FormType::Result, ns::MUC_ROOMINFO)
        .field(Field::text(fields::NAME, display_name(view)).label("Name"))
        .fields_from(text("muc#roominfo_description", &config.description, "Description"))
        .fields_from(text("muc#roominfo_lang", &config.lang, "Language"))
        .fields_from(text("muc#roominfo_subject", view.subject, "Subject").filter(|_| open));
    if !view.contacts.is_empty() {
        form = form.field(contacts);
    }
    if !view.avatar_hashes.is_empty() {
        form = form.field(pictures.label("Pictures"));
    }
    let history = config.history_max.to_string();
    form.field(
        Field::boolean("muc#roominfo_subjectmod", config.change_subject).label("Participants change the subject"),
    )
    .field(Field::boolean(fields::CHANGE_SUBJECT, config.change_subject).label("Participants change the subject"))
    .field(Field::boolean(fields::ALLOW_INVITES, config.invites_allowed()).label("People may invite others"))
    .field(Field::text(fields::HISTORY_MAX, history).label("Most past messages shown to who enters"))
    .field(
        Field::text("muc#roominfo_slow_mode_duration", config.slow_mode.to_string())
            .label("Seconds between two messages"),
    )
    .field(Field::text("muc#roominfo_occupants", occupants).label("Number of occupants"))
}

/// The `<query/>` that answers disco#info about a node of the room, for somebody who has that reserved nick.
///
/// Errors: `service-unavailable` for [`TRAFFIC`], as a room says that lets every namespace pass;
/// `item-not-found` for a node that does not exist.
pub fn node_info(node: &str, reserved_nick: Option<&str>) -> Result<Element, StanzaError> {
    let query = Element::new("query", ns::DISCO_INFO).with("node", node);
    match node {
        RESERVED_NICK => Ok(query.child_opt(reserved_nick.map(identity))),
        TRAFFIC => {
            Err(StanzaError::new(Condition::ServiceUnavailable).text("Every namespace may pass through this room."))
        }
        _ => Err(StanzaError::new(Condition::ItemNotFound).text("The room has no such node.")),
    }
}

/// The `<query/>` that answers disco#items about a room: those of its occupants that the asker may know of; none
/// where that is private (XEP-0045 §6.5).
pub fn items<'a>(room: &BareJid, nicks: impl IntoIterator<Item = &'a str>) -> Element {
    Element::new("query", ns::DISCO_ITEMS).children_from(
        nicks.into_iter().map(|nick| Element::new("item", ns::DISCO_ITEMS).with("jid", format!("{room}/{nick}"))),
    )
}

#[cfg(test)]
mod tests;
