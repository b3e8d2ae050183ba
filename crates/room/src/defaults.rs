//! What a room is made with, and how a site says it: the JSON that `rooms.defaults_url` answers, in the shape
//! that Prosody's `mod_muc_http_defaults` reads.
//!
//! Enters: the answer's text, and the configuration that holds where the answer is silent. Leaves: the
//! [`RoomDefaults`], or an error that names the key, for the operator's log. Keys that are not known are passed
//! over, since sites send what other modules read.

use std::fmt;

use parterre_xmpp::BareJid;
use parterre_xmpp::jid::precis;
use serde_json::{Map, Value};

use crate::Affiliation;
use crate::config::{
    MAX_DESCRIPTION_BYTES, MAX_HISTORY, MAX_NAME_BYTES, MAX_PASSWORD_BYTES, MAX_SLOW_MODE, RoomConfig, Whois,
    is_language_tag, xml_text,
};

/// Most affiliations that an answer may hold.
pub const MAX_AFFILIATIONS: usize = 10_000;

/// An affiliation that a room is made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenAffiliation {
    /// Whose.
    pub jid: BareJid,
    /// What.
    pub affiliation: Affiliation,
    /// The nick reserved for them.
    pub nick: Option<String>,
}

/// What a room is made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomDefaults {
    /// Its configuration.
    pub config: RoomConfig,
    /// Its lists; an address is in them once.
    pub affiliations: Vec<GivenAffiliation>,
    /// Its subject; may be empty.
    pub subject: String,
    /// Whether it stays closed until its maker has configured it (XEP-0045 §10.1.2).
    pub locked: bool,
}

impl Default for RoomDefaults {
    /// A room that its maker configures, from the usual configuration.
    fn default() -> Self {
        RoomDefaults::new(RoomConfig::default())
    }
}

impl RoomDefaults {
    /// A room of that configuration, with nobody in its lists; its maker configures it.
    pub fn new(config: RoomConfig) -> Self {
        RoomDefaults { config, affiliations: Vec::new(), subject: String::new(), locked: true }
    }

    /// Reads a site's answer; where it is silent, `base` holds. The room is open at once: the site has
    /// configured it.
    ///
    /// Errors: text that is no JSON object, and a value that is not what its key takes.
    pub fn from_json(text: &str, base: &RoomConfig) -> Result<Self, DefaultsError> {
        let answer: Value = serde_json::from_str(text)
            .map_err(|error| DefaultsError::new("(the whole answer)", format!("is not JSON: {error}")))?;
        let Value::Object(answer) = answer else {
            return Err(DefaultsError::new("(the whole answer)", "must be an object"));
        };
        let mut defaults = RoomDefaults { locked: false, ..RoomDefaults::new(base.clone()) };
        match answer.get("config") {
            None | Some(Value::Null) => {}
            Some(Value::Object(config)) => defaults.configure(&Keys(config))?,
            // An empty table of the language that most sites' modules are written for.
            Some(Value::Array(list)) if list.is_empty() => {}
            Some(_) => return Err(DefaultsError::new("config", "must be an object")),
        }
        if let Some(lists) = answer.get("affiliations") {
            defaults.affiliations = affiliations(lists)?;
        }
        Ok(defaults)
    }

    fn configure(&mut self, keys: &Keys<'_>) -> Result<(), DefaultsError> {
        let config = &mut self.config;
        let set = |to: &mut bool, key| -> Result<(), DefaultsError> {
            *to = keys.boolean(key)?.unwrap_or(*to);
            Ok(())
        };
        set(&mut config.public, "public")?;
        set(&mut config.members_only, "members_only")?;
        set(&mut config.moderated, "moderated")?;
        set(&mut config.persistent, "persistent")?;
        set(&mut config.change_subject, "changesubject")?;
        set(&mut config.archiving, "archiving")?;
        set(&mut config.mute_anonymous, "mute_anonymous")?;
        set(&mut config.emoji_only, "livechat_emoji_only")?;
        if let Some(seconds) = keys.number("slow_mode_duration")? {
            config.slow_mode = u32::try_from(seconds).unwrap_or(MAX_SLOW_MODE).min(MAX_SLOW_MODE);
        }
        config.allow_invites = keys.boolean("allow_member_invites")?.or(config.allow_invites);
        if let Some(shown) = keys.boolean("public_jids")? {
            config.whois = if shown { Whois::Anyone } else { Whois::Moderators };
        }
        // Texts that are too long are cut rather than refused: better a short description than no room.
        if let Some(name) = keys.text("name")? {
            config.name = cut(name.split_whitespace().collect::<Vec<_>>().join(" "), MAX_NAME_BYTES);
        }
        if let Some(description) = keys.text("description")? {
            config.description = cut(description, MAX_DESCRIPTION_BYTES);
        }
        if let Some(subject) = keys.text("subject")? {
            self.subject = cut(subject, MAX_DESCRIPTION_BYTES);
        }
        if let Some(language) = keys.text("language")? {
            config.lang = Some(language.trim().to_owned()).filter(|tag| is_language_tag(tag)).unwrap_or_default();
        }
        if let Some(password) = keys.text("password")? {
            if password.len() > MAX_PASSWORD_BYTES {
                return Err(DefaultsError::new(
                    "config.password",
                    format!("is longer than {MAX_PASSWORD_BYTES} bytes"),
                ));
            }
            config.password = Some(password).filter(|password| !password.is_empty());
        }
        if let Some(length) = keys.number("historylength")? {
            config.history_max = u32::try_from(length).unwrap_or(MAX_HISTORY).min(MAX_HISTORY);
            config.history_default = config.history_default.min(config.history_max);
        }
        Ok(())
    }

    /// Whether the lists name an owner; else whoever makes the room has to be one.
    pub fn names_an_owner(&self) -> bool {
        self.affiliations.iter().any(|given| given.affiliation == Affiliation::Owner)
    }
}

/// Both shapes of the lists: `{"jid": "owner"}` and `[{"jid": …, "affiliation": …, "nick": …}]`.
fn affiliations(lists: &Value) -> Result<Vec<GivenAffiliation>, DefaultsError> {
    let mut given: Vec<GivenAffiliation> = Vec::new();
    let too_many = |length| length > MAX_AFFILIATIONS;
    match lists {
        Value::Null => {}
        Value::Object(by_jid) => {
            if too_many(by_jid.len()) {
                return Err(DefaultsError::new("affiliations", format!("holds more than {MAX_AFFILIATIONS}")));
            }
            for (jid, affiliation) in by_jid {
                given.push(entry(&format!("affiliations.{jid}"), jid, affiliation, None)?);
            }
        }
        Value::Array(list) => {
            if too_many(list.len()) {
                return Err(DefaultsError::new("affiliations", format!("holds more than {MAX_AFFILIATIONS}")));
            }
            for (n, item) in list.iter().enumerate() {
                let key = format!("affiliations[{n}]");
                let Value::Object(item) = item else {
                    return Err(DefaultsError::new(key, "must be an object"));
                };
                let Some(Value::String(jid)) = item.get("jid") else {
                    return Err(DefaultsError::new(format!("{key}.jid"), "must be an address"));
                };
                let nick = match item.get("nick") {
                    None | Some(Value::Null) => None,
                    Some(Value::String(nick)) => precis::nickname(&xml_text(nick)).ok(),
                    Some(_) => return Err(DefaultsError::new(format!("{key}.nick"), "must be a string")),
                };
                given.push(entry(&key, jid, item.get("affiliation").unwrap_or(&Value::Null), nick)?);
            }
        }
        _ => return Err(DefaultsError::new("affiliations", "must be an object or an array")),
    }
    // Addresses that are the same once normalised: the last one counts.
    let mut seen = std::collections::HashSet::new();
    given.reverse();
    given.retain(|given| seen.insert(given.jid.clone()));
    given.reverse();
    given.retain(|given| given.affiliation != Affiliation::None);
    Ok(given)
}

fn entry(key: &str, jid: &str, affiliation: &Value, nick: Option<String>) -> Result<GivenAffiliation, DefaultsError> {
    let affiliation = match affiliation.as_str() {
        Some("owner") => Affiliation::Owner,
        Some("admin") => Affiliation::Admin,
        Some("member") => Affiliation::Member,
        Some("outcast") => Affiliation::Outcast,
        Some("none") => Affiliation::None,
        _ => return Err(DefaultsError::new(key, "must be owner, admin, member, outcast or none")),
    };
    let jid = BareJid::new(jid).map_err(|_| DefaultsError::new(key, "is not a bare address"))?;
    Ok(GivenAffiliation { jid, affiliation, nick })
}

/// The keys of `config`. Null is the same as nothing.
struct Keys<'a>(&'a Map<String, Value>);

impl Keys<'_> {
    fn boolean(&self, key: &str) -> Result<Option<bool>, DefaultsError> {
        self.read(key, "must be true or false", Value::as_bool)
    }

    fn number(&self, key: &str) -> Result<Option<u64>, DefaultsError> {
        self.read(key, "must be a whole number, 0 or more", Value::as_u64)
    }

    fn text(&self, key: &str) -> Result<Option<String>, DefaultsError> {
        self.read(key, "must be a string", |value| value.as_str().map(xml_text))
    }

    fn read<T>(
        &self,
        key: &str,
        problem: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<Option<T>, DefaultsError> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match read(value) {
                Some(value) => Ok(Some(value)),
                None => Err(DefaultsError::new(format!("config.{key}"), problem)),
            },
        }
    }
}

/// The text, or as much of its beginning as that many bytes hold.
pub(crate) fn cut(mut text: String, max_bytes: usize) -> String {
    let mut end = max_bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}

/// Why a site's answer cannot make a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefaultsError {
    /// Which key is wrong.
    pub key: String,
    /// What is wrong with it.
    pub problem: String,
}

impl DefaultsError {
    fn new(key: impl Into<String>, problem: impl Into<String>) -> Self {
        DefaultsError { key: key.into(), problem: problem.into() }
    }
}

impl fmt::Display for DefaultsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the room's defaults: {} {}", self.key, self.problem)
    }
}

impl std::error::Error for DefaultsError {}

#[cfg(test)]
mod tests;
