//! Names of the fields of the owner's form: the registry of XEP-0045 §16.5.3, and what clients know besides.

/// Name of the room.
pub const NAME: &str = "muc#roomconfig_roomname";
/// Description.
pub const DESCRIPTION: &str = "muc#roomconfig_roomdesc";
/// Language.
pub const LANG: &str = "muc#roomconfig_lang";
/// Outlives its last occupant.
pub const PERSISTENT: &str = "muc#roomconfig_persistentroom";
/// Listed.
pub const PUBLIC: &str = "muc#roomconfig_publicroom";
/// Members only.
pub const MEMBERS_ONLY: &str = "muc#roomconfig_membersonly";
/// A password is needed.
pub const PASSWORD_PROTECTED: &str = "muc#roomconfig_passwordprotectedroom";
/// The password.
pub const SECRET: &str = "muc#roomconfig_roomsecret";
/// Moderated.
pub const MODERATED: &str = "muc#roomconfig_moderatedroom";
/// Who learns real addresses.
pub const WHOIS: &str = "muc#roomconfig_whois";
/// Participants may change the subject.
pub const CHANGE_SUBJECT: &str = "muc#roomconfig_changesubject";
/// People may invite.
pub const ALLOW_INVITES: &str = "muc#roomconfig_allowinvites";
/// The same as [`ALLOW_INVITES`], as Prosody's clients call it.
pub const ALLOW_MEMBER_INVITES: &str = "{http://prosody.im/protocol/muc}roomconfig_allowmemberinvites";
/// Who sends private messages.
pub const ALLOW_PM: &str = "muc#roomconfig_allowpm";
/// What is said is kept.
pub const LOGGING: &str = "muc#roomconfig_enablelogging";
/// The same as [`LOGGING`], as servers with an archive (XEP-0313) call it; of several, the first of these counts.
pub const LOGGING_ALIASES: [&str; 3] = ["muc#roomconfig_enablearchiving", "muc#roomconfig_mam", "mam"];
/// Most occupants.
pub const MAX_USERS: &str = "muc#roomconfig_maxusers";
/// Whose presence is broadcast.
pub const PRESENCE_BROADCAST: &str = "muc#roomconfig_presencebroadcast";
/// `auto`: by the size of the room; `fixed`: as [`PRESENCE_BROADCAST`] says. Parterre's own.
pub const PRESENCE_MODE: &str = "{urn:parterre:room:0}presence_mode";
/// Visitors may be given a part of the messages while the server has too much to do. Parterre's own.
pub const SAMPLING: &str = "{urn:parterre:room:0}sampling";
/// Who gets the list of members.
pub const MEMBER_LIST: &str = "muc#roomconfig_getmemberlist";
/// Most messages of history.
pub const HISTORY_MAX: &str = "muc#maxhistoryfetch";
/// The same as [`HISTORY_MAX`], as Prosody's clients call it.
pub const HISTORY_LENGTH: &str = "muc#roomconfig_historylength";
/// Messages of history for who does not say.
pub const HISTORY_DEFAULT: &str = "muc#roomconfig_defaulthistorymessages";
/// Anonymous people stay without voice; as the PeerTube livechat plugin calls it.
pub const MUTE_ANONYMOUS: &str = "muc#roomconfig_mute_anonymous";
/// The same as [`MUTE_ANONYMOUS`], as later versions of that plugin call it.
pub const MUTE_ANONYMOUS_ALIAS: &str = "muc#roomconfig_x_peertubelivechat_mute_anonymous";
/// Seconds between two messages of one person; as the PeerTube livechat plugin calls it.
pub const SLOW_MODE: &str = "muc#roomconfig_slow_mode_duration";
/// Emoji only; as the PeerTube livechat plugin calls it.
pub const EMOJI_ONLY: &str = "muc#roomconfig_x_peertubelivechat_emoji_only_mode";
/// The admins.
pub const ADMINS: &str = "muc#roomconfig_roomadmins";
/// The owners.
pub const OWNERS: &str = "muc#roomconfig_roomowners";
