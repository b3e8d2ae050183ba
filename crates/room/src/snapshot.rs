//! The lasting part of a room: what the store keeps and gives back.
//!
//! Occupants are not part of it: their connections do not outlast the process.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use parterre_xmpp::{BareJid, Element};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::affiliation::{Affiliations, Listed};
use crate::audience::AudienceNotice;
use crate::command::LogId;
use crate::config::RoomConfig;
use crate::defaults::{GivenAffiliation, RoomDefaults};
use crate::effect::ArchivedMessage;
use crate::invite::Invitations;
use crate::message::is_subject_change;
use crate::occupants::Occupants;
use crate::policy::Policy;
use crate::presence::Level;
use crate::recent::{Recent, Replay};
use crate::room::Room;
use crate::sanctions::Sanctions;
use crate::slow::SlowMode;
use crate::strain::Strain;
use crate::subject::Subject;
use crate::vcard::Picture;
use crate::witnesses::Witnesses;

/// What was said in a room before it was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// The newest messages of the archive, oldest first: [`Policy::recent_messages`] of them if there are as many.
    pub recent: Vec<ArchivedMessage>,
    /// How many messages the archive holds. The store tells, for a page of no messages.
    pub archived: u64,
}

/// What the store knows of a room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The newest [`crate::Change::Settings`].
    pub settings: String,
    /// The lists, as [`crate::Change::Affiliation`] left them.
    pub affiliations: Vec<(BareJid, Listed)>,
    /// What was said.
    pub past: Past,
}

impl Snapshot {
    /// The name of a room, and whether it is listed, from its settings alone.
    ///
    /// Errors: settings that no room wrote.
    pub fn summary(settings: &str) -> Result<(String, bool), RestoreError> {
        let settings: Settings<RoomConfig, Subject, IgnoredAny> =
            serde_json::from_str(settings).map_err(|error| RestoreError(error.to_string()))?;
        let listed = settings.config.public && !settings.locked;
        Ok((settings.config.name, listed))
    }
}

/// A room that cannot be restored: its settings are not what a room wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoreError(String);

impl std::fmt::Display for RestoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the stored settings of the room cannot be read: {}", self.0)
    }
}

impl std::error::Error for RestoreError {}

/// What [`crate::Change::Settings`] holds, as JSON.
#[derive(Serialize, Deserialize)]
struct Settings<C, S, T> {
    config: C,
    subject: S,
    secret: String,
    #[serde(default)]
    locked: bool,
    #[serde(default)]
    vcard: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sanctions: Option<T>,
}

impl Room {
    /// A room that nobody has entered yet. Who enters first is told that the room is new (201), and owns it unless
    /// the defaults name an owner.
    ///
    /// `secret`: random bytes; occupant ids are derived with them. `past`: what was said in a room of that
    /// name which did not last but whose archive did, as after a crash.
    pub fn create(
        address: BareJid,
        policy: Arc<Policy>,
        secret: [u8; 32],
        defaults: RoomDefaults,
        past: &Past,
    ) -> Room {
        let mut affiliations = Affiliations::default();
        for GivenAffiliation { jid, affiliation, nick } in defaults.affiliations {
            affiliations.set(jid.as_str(), Listed { affiliation, nick, reason: None });
        }
        Room {
            recent: past.recall(&address, &defaults.config),
            address,
            policy,
            secret,
            config: defaults.config,
            locked: defaults.locked,
            fresh: true,
            affiliations,
            occupants: Occupants::default(),
            subject: Subject::given(defaults.subject),
            picture: None,
            info: Default::default(),
            level: Level::default(),
            witnesses: Witnesses::default(),
            audience: AudienceNotice::default(),
            sanctions: Sanctions::default(),
            slow: SlowMode::default(),
            invitations: Invitations::default(),
            strain: Strain::default(),
            sampled: 0,
            destroyed: false,
            now: LogId::default(),
        }
    }

    /// The room that a store kept.
    ///
    /// Errors: settings that no room wrote.
    pub fn restore(address: BareJid, policy: Arc<Policy>, snapshot: Snapshot) -> Result<Room, RestoreError> {
        let settings: Settings<RoomConfig, Subject, Sanctions> =
            serde_json::from_str(&snapshot.settings).map_err(|error| RestoreError(error.to_string()))?;
        let secret = STANDARD
            .decode(&settings.secret)
            .ok()
            .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
            .ok_or_else(|| RestoreError("the secret is not 32 bytes in base64".to_owned()))?;
        let vcard = settings.vcard.and_then(|vcard| vcard.parse::<Element>().ok());
        let picture = vcard.and_then(|vcard| Picture::new(&address, &vcard));
        let defaults = RoomDefaults { locked: settings.locked, ..RoomDefaults::new(settings.config) };
        let mut room = Room::create(address, policy, secret, defaults, &snapshot.past);
        for (account, listed) in snapshot.affiliations {
            room.affiliations.set(account.as_str(), listed);
        }
        room.fresh = false;
        room.sanctions = settings.sanctions.unwrap_or_default();
        room.subject = settings.subject;
        room.picture = picture;
        Ok(room)
    }

    /// What of the room is to be kept besides lists and messages.
    pub fn settings(&self) -> String {
        let settings = Settings {
            config: &self.config,
            subject: &self.subject,
            secret: STANDARD.encode(self.secret),
            locked: self.locked,
            sanctions: Some(&self.sanctions).filter(|sanctions| !sanctions.is_empty()),
            vcard: self.picture.as_ref().map(|picture| picture.vcard.to_xml()),
        };
        // Strings, numbers and switches: nothing in it can fail to serialise.
        serde_json::to_string(&settings).unwrap_or_default()
    }
}

impl Past {
    fn recall(&self, address: &BareJid, config: &RoomConfig) -> Recent {
        // Whatever the count says, what is at hand is in the archive.
        let mut recent = Recent::new(config.history_max as usize, self.archived.max(self.recent.len() as u64));
        for message in &self.recent {
            recent.restore(address, message, replay_of(&message.stanza), true);
        }
        recent
    }
}

/// Whether newcomers get a stored message as history: changes of the subject they do not.
fn replay_of(stanza: &str) -> Replay {
    match stanza.parse::<Element>() {
        Ok(message) if !is_subject_change(&message) => Replay::of(&message),
        _ => Replay::Never,
    }
}
