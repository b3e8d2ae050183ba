//! Where rooms come from: the store, or a join that may make one (XEP-0045 §10.1).

use std::sync::Arc;

use parterre_room::{Action, Listed, Past, Room, RoomConfig, RoomDefaults, Sender, SessionId, Snapshot};
use parterre_store::{StoredAffiliation, StoredRoom};
use parterre_xmpp::{BareJid, Condition, Element, StanzaError, ns};

use crate::config::Create;
use crate::server::{Server, random_bytes};

/// Why a command made no room.
pub enum Refusal {
    /// There is nobody to answer.
    Silent,
    /// The sender is answered so.
    Answer(SessionId, Element),
}

/// The room as the store has it, if it does. An error says why it cannot be understood: then nobody may make another
/// of its name.
pub fn restore(server: &Arc<Server>, name: &str, stored: &StoredRoom, past: &Past) -> Result<Option<Room>, String> {
    let Some(settings) = stored.settings.clone() else { return Ok(None) };
    let affiliations = stored.affiliations.iter().map(|entry| {
        let listed = Listed { affiliation: entry.affiliation, nick: entry.nick.clone(), reason: entry.reason.clone() };
        (entry.jid.clone(), listed)
    });
    let snapshot = Snapshot { settings, affiliations: affiliations.collect(), past: past.clone() };
    let address = server.room_address(name).ok_or("its name is none that a room can have")?;
    Room::restore(address, server.policy.clone(), snapshot)
        .map(Some)
        .map_err(|error| format!("its settings cannot be understood: {error}"))
}

/// Makes the room that a command asks for, where it asks for one and may.
pub async fn create(
    server: &Arc<Server>,
    name: &str,
    action: &Action,
    past: &Past,
) -> Result<(Room, Option<BareJid>), Refusal> {
    let Action::Stanza(sender, stanza) = action else { return Err(Refusal::Silent) };
    let refuse = |error: StanzaError| match stanza.get("type") {
        Some("error" | "result") => Refusal::Silent,
        _ => Refusal::Answer(sender.session, error.reply_to(stanza)),
    };
    if !is_join(stanza) {
        if stanza.name() == "presence" {
            return Err(Refusal::Silent);
        }
        return Err(refuse(StanzaError::new(Condition::ItemNotFound).text("there is no such room")));
    }
    let Some(address) = server.room_address(name) else {
        return Err(refuse(StanzaError::new(Condition::JidMalformed)));
    };
    let defaults = may_create(server, name, sender).await.map_err(refuse)?;
    let room = Room::create(address, server.policy.clone(), random_bytes(), defaults, past);
    Ok((room, Some(sender.jid.to_bare())))
}

/// Makes a room for the operator: lasting, and open at once.
pub fn found(server: &Arc<Server>, name: &str, past: &Past) -> Option<Room> {
    let config = RoomConfig { persistent: true, ..server.room_config.clone() };
    let defaults = RoomDefaults { locked: false, ..RoomDefaults::new(config) };
    Some(Room::create(server.room_address(name)?, server.policy.clone(), random_bytes(), defaults, past))
}

/// The lists of a room.
pub fn lists(room: &Room) -> Vec<StoredAffiliation> {
    room.affiliations()
        .filter_map(|(jid, listed)| {
            Some(StoredAffiliation {
                jid: BareJid::new(jid).ok()?,
                affiliation: listed.affiliation,
                nick: listed.nick.clone(),
                reason: listed.reason.clone(),
            })
        })
        .collect()
}

/// An available presence to a nick, or one that says that it joins: an attempt to join.
fn is_join(stanza: &Element) -> bool {
    stanza.name() == "presence"
        && stanza.get("type").is_none()
        && (stanza.get("to").is_some_and(|to| to.contains('/')) || stanza.has("x", ns::MUC))
}

/// What the room starts from, if the sender may make it (`rooms.create`).
async fn may_create(server: &Arc<Server>, name: &str, sender: &Sender) -> Result<RoomDefaults, StanzaError> {
    let rooms = &server.config.rooms;
    let refused = |why: &str| Err(StanzaError::new(Condition::NotAllowed).text(why));
    if sender.admin && rooms.create != Create::DefaultsUrl {
        return Ok(unlocked(server, sender));
    }
    match rooms.create {
        Create::Admins => return refused("only the administrators of this server make rooms"),
        Create::Accounts if sender.anonymous => return refused("only people with an account make rooms here"),
        Create::DefaultsUrl => return from_site(server, name).await,
        Create::Accounts | Create::Anyone => {}
    }
    let limits = &server.config.limits;
    if server.directory.created_by(&sender.jid.to_bare()) >= limits.rooms_per_account.or_max() {
        let text = "you have made as many rooms as you may; destroy one of them first";
        return Err(StanzaError::new(Condition::ResourceConstraint).text(text));
    }
    if server.directory.len() >= limits.rooms.or_max() {
        let text = "this server has as many rooms as it may have";
        return Err(StanzaError::new(Condition::ResourceConstraint).text(text));
    }
    Ok(unlocked(server, sender))
}

/// What a room starts from that somebody simply enters. One made by somebody with an account waits until its owner
/// has configured it (XEP-0045 §10.1); a visitor has nobody who would know to.
fn unlocked(server: &Server, sender: &Sender) -> RoomDefaults {
    RoomDefaults { locked: !sender.anonymous, ..RoomDefaults::new(server.room_config.clone()) }
}

/// Asks the site what the room is to be (`rooms.defaults_url`); a site that knows no such room refuses it.
async fn from_site(server: &Arc<Server>, name: &str) -> Result<RoomDefaults, StanzaError> {
    match server.room_defaults(name).await {
        Ok(Some(defaults)) => Ok(defaults),
        Ok(None) => Err(StanzaError::new(Condition::NotAllowed).text("the site has no such room")),
        Err(error) => {
            tracing::error!(room = name, error, "the site could not be asked for the room's configuration");
            Err(StanzaError::new(Condition::InternalServerError)
                .of_type(parterre_xmpp::ErrorType::Wait)
                .text("the site did not answer; try again in a moment"))
        }
    }
}
