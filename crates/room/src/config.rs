//! What an owner can set in a room: one value with a default for everything (XEP-0045 §10).
//!
//! Enters: a stored configuration (JSON), or an owner's submitted form. Leaves: the next configuration, what
//! changed, and the owner's form. Whatever a form or a site sent, the configuration that it leads to is
//! consistent: the password is not empty, the texts are bounded and hold no character that XML cannot carry.

use parterre_xmpp::BareJid;
use serde::{Deserialize, Serialize};

use crate::{Affiliation, Role};

pub mod fields;
mod form;
mod submit;

pub use submit::Submission;
pub(crate) use submit::is_language_tag;

/// Longest room name, in bytes.
pub const MAX_NAME_BYTES: usize = 1_024;
/// Longest description, in bytes.
pub const MAX_DESCRIPTION_BYTES: usize = 8_192;
/// Longest password, in bytes.
pub const MAX_PASSWORD_BYTES: usize = 1_024;
/// Most messages of history that a room can be set to give on join; a greater wish is cut to this.
pub const MAX_HISTORY: u32 = 500;

/// Longest time between two messages of one person that a room can ask for, in seconds.
pub const MAX_SLOW_MODE: u32 = 1_000;

/// Who may learn the real addresses of occupants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Whois {
    /// Moderators: the room is semi-anonymous.
    #[default]
    Moderators,
    /// Everybody: the room is non-anonymous.
    Anyone,
}

/// Who may send private messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AllowPm {
    /// Every occupant.
    #[default]
    Anyone,
    /// Occupants with voice.
    Participants,
    /// Moderators.
    Moderators,
    /// Nobody.
    None,
}

impl AllowPm {
    /// Whether an occupant of that role may send one.
    pub fn permits(self, role: Role) -> bool {
        match self {
            AllowPm::Anyone => true,
            AllowPm::Participants => role >= Role::Participant,
            AllowPm::Moderators => role >= Role::Moderator,
            AllowPm::None => false,
        }
    }
}

/// A set of roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Roles {
    /// Moderators are in it.
    pub moderator: bool,
    /// Participants are in it.
    pub participant: bool,
    /// Visitors are in it.
    pub visitor: bool,
}

impl Roles {
    /// Every role.
    pub const ALL: Roles = Roles { moderator: true, participant: true, visitor: true };
    /// No role.
    pub const NONE: Roles = Roles { moderator: false, participant: false, visitor: false };

    /// Whether the role is in the set.
    pub fn includes(self, role: Role) -> bool {
        match role {
            Role::Moderator => self.moderator,
            Role::Participant => self.participant,
            Role::Visitor => self.visitor,
        }
    }
}

impl Default for Roles {
    fn default() -> Self {
        Roles::NONE
    }
}

/// Whose presence the room broadcasts.
///
/// In the form these are two fields: the standard `muc#roomconfig_presencebroadcast`, which shows every role
/// while the room decides by its size, and [`fields::PRESENCE_MODE`], `auto` or `fixed`. Who submits roles
/// other than those shown wants them, and gets [`PresenceBroadcast::Fixed`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PresenceBroadcast {
    /// The room decides by its size: everyone's, then those who have spoken, then moderators'.
    #[default]
    Auto,
    /// Occupants of these roles.
    Fixed(Roles),
}

/// The configuration of a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RoomConfig {
    /// Name for people; may be empty. `muc#roomconfig_roomname`.
    pub name: String,
    /// What the room is about; may be empty. `muc#roomconfig_roomdesc`.
    pub description: String,
    /// Language tag of what is said there; may be empty. `muc#roomconfig_lang`.
    pub lang: String,
    /// Whether the room outlives its last occupant. `muc#roomconfig_persistentroom`.
    pub persistent: bool,
    /// Whether the room is listed. `muc#roomconfig_publicroom`.
    pub public: bool,
    /// Whether only members may enter. `muc#roomconfig_membersonly`.
    pub members_only: bool,
    /// What must be known to enter, never empty. `muc#roomconfig_passwordprotectedroom` and `…_roomsecret`.
    pub password: Option<String>,
    /// Whether people without an affiliation enter without voice. `muc#roomconfig_moderatedroom`.
    pub moderated: bool,
    /// Who may learn real addresses. `muc#roomconfig_whois`.
    pub whois: Whois,
    /// Whether participants may change the subject. `muc#roomconfig_changesubject`.
    pub change_subject: bool,
    /// Whether people below admin may invite, if the owner said; see [`RoomConfig::may_invite`].
    /// `muc#roomconfig_allowinvites`.
    pub allow_invites: Option<bool>,
    /// Who may send private messages. `muc#roomconfig_allowpm`.
    pub allow_pm: AllowPm,
    /// Whether what is said is archived. `muc#roomconfig_enablelogging`.
    pub archiving: bool,
    /// Most occupants at a time; `None` for no limit. `muc#roomconfig_maxusers`.
    pub max_users: Option<u32>,
    /// Whose presence is broadcast. `muc#roomconfig_presencebroadcast`.
    pub presence: PresenceBroadcast,
    /// Whether newcomers are told of those who have reserved a nick and are away: `none` in the same field.
    pub show_absent: bool,
    /// Which occupants may get the list of members; see [`RoomConfig::may_list_members`].
    /// `muc#roomconfig_getmemberlist`.
    pub member_list: Roles,
    /// Most messages of history given on join, at most [`MAX_HISTORY`]. `muc#maxhistoryfetch`.
    pub history_max: u32,
    /// How many are given to who does not say. `muc#roomconfig_defaulthistorymessages`.
    pub history_default: u32,
    /// Whether anonymous people stay without voice, whatever nick they bear. `muc#roomconfig_mute_anonymous`.
    pub mute_anonymous: bool,
    /// Seconds between two messages of one person, at most [`MAX_SLOW_MODE`]; 0: no bound. [`fields::SLOW_MODE`].
    pub slow_mode: u32,
    /// Whether what is said is to be emoji only. [`fields::EMOJI_ONLY`].
    pub emoji_only: bool,
    /// Whether visitors may be given only a part of the messages while the server has more to deliver than it can.
    /// [`fields::SAMPLING`].
    pub sampling: bool,
}

impl Default for RoomConfig {
    /// An instant room (XEP-0045 §10.1.2): open, listed, temporary, semi-anonymous, archived.
    fn default() -> Self {
        RoomConfig {
            name: String::new(),
            description: String::new(),
            lang: String::new(),
            persistent: false,
            public: true,
            members_only: false,
            password: None,
            moderated: false,
            whois: Whois::Moderators,
            change_subject: false,
            allow_invites: None,
            allow_pm: AllowPm::Anyone,
            archiving: true,
            max_users: None,
            presence: PresenceBroadcast::Auto,
            show_absent: false,
            member_list: Roles { moderator: true, participant: true, visitor: false },
            history_max: 50,
            history_default: 20,
            mute_anonymous: false,
            slow_mode: 0,
            emoji_only: false,
            sampling: false,
        }
    }
}

impl RoomConfig {
    /// The configuration as text for the store.
    pub fn to_json(&self) -> String {
        // Strings, numbers and switches: nothing in it can fail to serialise.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads what [`RoomConfig::to_json`] wrote, this or an older version: what it lacks takes its default, what
    /// this version does not know is left out.
    ///
    /// Errors: text that is no such thing.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// Whether people below admin may invite: what the owner said, else whether the room is open to all, where
    /// an invitation grants nothing (XEP-0045 §7.8.2).
    pub fn invites_allowed(&self) -> bool {
        self.allow_invites.unwrap_or(!self.members_only)
    }

    /// Whether an occupant of that affiliation may invite. In a members-only room it makes the invited a member,
    /// so there it takes a member at least.
    pub fn may_invite(&self, affiliation: Affiliation) -> bool {
        affiliation >= Affiliation::Admin
            || self.invites_allowed() && (!self.members_only || affiliation >= Affiliation::Member)
    }

    /// Whether an occupant may get the list of members (XEP-0045 §9.5). It shows real addresses, so where these
    /// are hidden only moderators get it; others need to be members themselves.
    pub fn may_list_members(&self, role: Role, affiliation: Affiliation) -> bool {
        affiliation >= Affiliation::Admin
            || self.member_list.includes(role)
                && (role == Role::Moderator || self.whois == Whois::Anyone && affiliation >= Affiliation::Member)
    }

    /// The role with which somebody of that affiliation enters (XEP-0045 §5.1.2); `None`: not at all.
    pub fn entry_role(&self, affiliation: Affiliation) -> Option<Role> {
        match affiliation {
            Affiliation::Owner | Affiliation::Admin => Some(Role::Moderator),
            Affiliation::None if self.moderated && !self.members_only => Some(Role::Visitor),
            Affiliation::None | Affiliation::Outcast if self.members_only => None,
            Affiliation::None | Affiliation::Member => Some(Role::Participant),
            Affiliation::Outcast => None,
        }
    }

    /// The status codes that tell occupants what changed since `before` (XEP-0045 §10.2.1): 170 and 171 for the
    /// archive, 172 and 173 for real addresses, 104 for anything else. Empty if nothing changed.
    pub fn status_codes(&self, before: &RoomConfig) -> Vec<u16> {
        let mut codes = Vec::new();
        if self.archiving != before.archiving {
            codes.push(if self.archiving { 170 } else { 171 });
        }
        if self.whois != before.whois {
            codes.push(if self.whois == Whois::Anyone { 172 } else { 173 });
        }
        if *self != (RoomConfig { archiving: self.archiving, whois: self.whois, ..before.clone() }) {
            codes.push(104);
        }
        codes
    }
}

/// People that the owner's form lists beside the settings.
#[derive(Clone, Copy, Debug, Default)]
pub struct Staff<'a> {
    /// Owners.
    pub owners: &'a [BareJid],
    /// Admins.
    pub admins: &'a [BareJid],
}

/// `text` without the characters that XML 1.0 §2.2 cannot carry, which JSON can bring in.
pub(crate) fn xml_text(text: &str) -> String {
    text.chars().filter(|c| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)).collect()
}

#[cfg(test)]
mod tests;
