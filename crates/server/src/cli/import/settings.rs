//! The settings and lists of one room.
//!
//! Enters: what Prosody kept of a room. Leaves: what ours starts from, and what of it has no place here. Never: a room
//! whose settings ours would refuse.

use std::collections::BTreeMap;

use parterre_room::{Affiliation, Change, RoomConfig, RoomDefaults};
use parterre_xmpp::jid::precis;
use serde_json::{Map, Value as Json};

use super::address::Domains;
use super::lua::{Table, Value};
use super::report::count;

/// A room to be.
pub(super) struct Plan {
    pub(super) defaults: RoomDefaults,
    /// Its lists.
    pub(super) lists: Vec<Change>,
    /// What could not be taken, in words.
    pub(super) left: Vec<String>,
}

/// Settings there, and the names that a site's answer has for them.
const TAKEN: &[(&str, &str)] = &[
    ("name", "name"),
    ("description", "description"),
    ("subject", "subject"),
    ("language", "language"),
    ("password", "password"),
    ("members_only", "members_only"),
    ("allow_member_invites", "allow_member_invites"),
    ("moderated", "moderated"),
    ("changesubject", "changesubject"),
    ("archiving", "archiving"),
    ("slow_mode_duration", "slow_mode_duration"),
    ("x_peertubelivechat_mute_anonymous", "mute_anonymous"),
    ("x_peertubelivechat_emoji_only_mode", "livechat_emoji_only"),
];

/// Settings that say nothing to us, or are dealt with in the code below.
const PASSED_OVER: &[&str] = &[
    "hidden",
    "whois",
    "history_length",
    "default_history_messages",
    "persistent",
    "locked",
    "occupant_id_salt",
    "subject_from",
    "subject_time",
    "avatar_hash",
    // Emoji are between colons here, whichever there are.
    "livechat_custom_emoji_regexp",
];

/// What becomes of a room. `None`: it was a temporary one, which nobody expects to find again.
///
/// Errors: settings that cannot be understood, in words.
pub(super) fn plan(room: &Table, base: &RoomConfig, domains: &Domains, most: usize) -> Result<Option<Plan>, String> {
    let data = room.table("_data").ok_or("it has no settings")?;
    if data.truth("persistent") != Some(true) {
        return Ok(None);
    }
    let answer = Json::Object([("config".to_owned(), Json::Object(config(data)))].into_iter().collect());
    let mut defaults = RoomDefaults::from_json(&answer.to_string(), base).map_err(|error| error.to_string())?;
    if let Some(number) = data.number("default_history_messages").or(data.number("history_length")) {
        defaults.config.history_default = whole(number).min(u64::from(defaults.config.history_max)) as u32;
    }
    let mut left = not_taken(data);
    let lists = lists(room, domains, most, &mut left);
    Ok(Some(Plan { defaults, lists, left }))
}

fn config(data: &Table) -> Map<String, Json> {
    let mut config = Map::new();
    for (theirs, ours) in TAKEN {
        let value = match data.named.get(*theirs) {
            Some(Value::Bool(truth)) => Json::Bool(*truth),
            Some(Value::Number(number)) => Json::from(whole(*number)),
            Some(Value::Text(text)) => Json::from(text.as_str()),
            _ => continue,
        };
        config.insert((*ours).to_owned(), value);
    }
    config.insert("persistent".into(), true.into());
    // Prosody notes what is not the usual: a room without the mark is listed.
    config.insert("public".into(), (data.truth("hidden") != Some(true)).into());
    config.insert("public_jids".into(), (data.text("whois") == Some("anyone")).into());
    if let Some(length) = data.number("history_length") {
        config.insert("historylength".into(), whole(length).into());
    }
    config
}

fn whole(number: f64) -> u64 {
    number.clamp(0.0, 1e15) as u64
}

/// Settings that have no place here.
fn not_taken(data: &Table) -> Vec<String> {
    let known = |name: &str| TAKEN.iter().any(|(theirs, _)| *theirs == name) || PASSED_OVER.contains(&name);
    let off = |value: &Value| matches!(value, Value::Nil | Value::Bool(false)) || *value == Value::Number(0.0);
    let lines = data.named.iter().filter(|(name, value)| !known(name) && !off(value)).map(|(name, value)| {
        match (name.as_str(), value) {
            ("moderation_delay", Value::Number(seconds)) => {
                format!("messages waited {seconds} s for moderators; here they are shown at once, and a moderator takes them back")
            }
            ("anonymize_moderation_actions", _) => {
                "moderators acted without their name; here the name is shown to those who are in the room".into()
            }
            ("livechat_muc_terms", Value::Text(terms)) => {
                format!("terms of use; make them the subject of the room: {}", terms.chars().take(400).collect::<String>())
            }
            ("presence_broadcast", _) => "whose presence is shown; here the room decides by its size".into(),
            _ => format!("the setting {name}, which is not known here"),
        }
    });
    lines.collect()
}

/// The lists: in the file itself, or, by older versions, in a table of their own.
fn lists(room: &Table, domains: &Domains, most: usize, left: &mut Vec<String>) -> Vec<Change> {
    let entries = room.table("_affiliations").unwrap_or(room);
    let notes = room.table("_affiliation_data");
    let mut taken = BTreeMap::new();
    let (mut bots, mut visitors, mut odd) = (0, 0, 0);
    for (address, value) in entries.named.iter().filter(|(address, _)| !address.starts_with('_')) {
        let Value::Text(affiliation) = value else { continue };
        if address == "jid" || affiliation == "none" {
            continue;
        }
        if domains.is_of(address, "bot") {
            bots += 1;
            continue;
        }
        if domains.is_of(address, "anon") {
            visitors += 1;
            continue;
        }
        let (Some(jid), Some(affiliation)) = (domains.person(address), Affiliation::parse(affiliation)) else {
            odd += 1;
            continue;
        };
        let note = notes.and_then(|notes| notes.table(address));
        let nick = note.and_then(|note| note.text("reserved_nickname"));
        let nick = nick.and_then(|nick| precis::nickname(nick).ok()).filter(|_| affiliation > Affiliation::None);
        let reason = note.and_then(|note| note.text("reason")).map(|reason| reason.chars().take(500).collect());
        taken.insert(jid.clone(), Change::Affiliation { jid, affiliation, nick, reason });
    }
    let beyond = taken.len().saturating_sub(most);
    let lines = [
        (bots, "of the moderation bot, which there is none of here"),
        (visitors, "of people without an account: theirs end with their session"),
        (odd, "whose address or affiliation makes no sense"),
        (beyond, "beyond limits.room_affiliations"),
    ];
    let lines = lines.into_iter().filter(|(number, _)| *number > 0);
    left.extend(lines.map(|(number, what)| format!("{} {what}", count(number as u64, "affiliation"))));
    let mut taken: Vec<_> = taken.into_values().collect();
    // Those who own and moderate, and bans, go before members.
    taken.sort_by_key(|change| matches!(change, Change::Affiliation { affiliation: Affiliation::Member, .. }));
    taken.truncate(most);
    taken
}

#[cfg(test)]
mod tests {
    use super::super::lua;
    use super::*;

    fn planned(file: &str) -> Result<Option<Plan>, String> {
        let domains = Domains::new("room.d".into(), "room.d".into(), "d");
        plan(&lua::table(file.as_bytes()).unwrap(), &RoomConfig::default(), &domains, 3)
    }

    #[test]
    fn settings_and_lists_are_taken_and_the_rest_is_named() {
        let plan = planned(
            r#"return { _jid = "a@room.d"; _data = { persistent = true; hidden = true; name = "The  Agora"; whois = "anyone";
            history_length = 7; slow_mode_duration = 5; x_peertubelivechat_mute_anonymous = true; moderation_delay = 3;
            x_peertubelivechat_emoji_only_mode = true; subject = "Peace"; livechat_muc_terms = "be kind"; new = 1; old = false };
            _affiliation_data = { ["t@d"] = { reason = "go" } };
            ["o@d"] = "owner"; ["t@d"] = "outcast"; ["bot@bot.d"] = "owner"; ["x@anon.d"] = "outcast"; ["@"] = "owner" };"#,
        );
        let plan = plan.unwrap().unwrap();
        let config = &plan.defaults.config;
        assert_eq!((config.name.as_str(), plan.defaults.subject.as_str()), ("The Agora", "Peace"));
        assert!(config.persistent && !config.public && config.mute_anonymous && config.emoji_only);
        assert_eq!((config.slow_mode, config.history_max, config.history_default), (5, 7, 7));
        assert!(!plan.defaults.locked);
        assert_eq!(plan.lists.len(), 2);
        let banned = plan.lists.iter().any(|change| {
            matches!(change, Change::Affiliation { jid, affiliation: Affiliation::Outcast,
            reason: Some(reason), .. } if jid.as_str() == "t@d" && reason == "go")
        });
        assert!(banned, "{:?}", plan.lists);
        for word in ["waited 3 s", "be kind", "the setting new", "bot", "without an account", "makes no sense"] {
            assert_eq!(plan.left.iter().filter(|line| line.contains(word)).count(), 1, "{word}: {:?}", plan.left);
        }
        assert_eq!(plan.left.len(), 6);
    }

    #[test]
    fn a_room_that_did_not_last_is_none_and_one_without_settings_is_an_error() {
        assert!(planned("return { _data = { persistent = false } }").unwrap().is_none());
        assert!(planned("return { a = 1 }").is_err());
        let long = format!("return {{ _data = {{ persistent = true; password = '{}' }} }}", "x".repeat(2_000));
        assert!(planned(&long).is_err());
    }

    #[test]
    fn members_give_way_when_there_are_too_many() {
        let plan = planned(
            r#"return { _data = { persistent = true }; _affiliations = { ["a@d"] = "member"; ["b@d"] = "member";
            ["c@d"] = "outcast"; ["z@d"] = "owner" } }"#,
        );
        let plan = plan.unwrap().unwrap();
        assert_eq!(plan.lists.len(), 3);
        assert!(
            plan.lists.iter().any(|change| matches!(change, Change::Affiliation { jid, .. } if jid.as_str() == "z@d"))
        );
    }
}
