//! What channels have set besides their rooms: named for the admin, since none of it has a place here yet.
//!
//! Enters: the directory. Leaves: lines of a report.

use std::path::Path;

use serde_json::Value;

use super::report::{Report, count};
use super::source::Source;

/// Names what channels have that could not be taken.
pub(super) fn name(source: &Source, report: &mut Report) -> Result<(), String> {
    for file in source.entries(Path::new("channelConfigurationOptions"))? {
        let Some(channel) = file.strip_suffix(".json") else { continue };
        let path = format!("channelConfigurationOptions/{file}");
        match source.json(Path::new(&path)) {
            Ok(Some(options)) => lines(&options).into_iter().for_each(|line| report.leave(of(channel), line)),
            Ok(None) => {}
            Err(fault) => report.leave(path, fault),
        }
    }
    for channel in source.entries(Path::new("emojis/channel"))? {
        let path = format!("emojis/channel/{channel}/definition.json");
        match source.json(Path::new(&path)) {
            Ok(Some(definition)) => {
                let number = length(&definition, "/customEmojis");
                if number > 0 {
                    let emoji = count(number, "custom picture");
                    report.leave(
                        of(&channel),
                        format!("{emoji} for emoji (emojis/channel/{channel}); messages keep their :names:"),
                    );
                }
            }
            Ok(None) => {}
            Err(fault) => report.leave(path, fault),
        }
    }
    others(source, report)
}

fn of(channel: &str) -> String {
    format!("channel {channel}")
}

fn lines(options: &Value) -> Vec<String> {
    let on = |path: &str| options.pointer(path).and_then(Value::as_bool) == Some(true);
    let number = |path: &str| options.pointer(path).and_then(Value::as_u64).unwrap_or(0);
    let mut lines = Vec::new();
    let words = options.pointer("/bot/forbiddenWords").and_then(Value::as_array);
    let words: u64 = words.into_iter().flatten().map(|list| length(list, "/entries")).sum();
    let counted = [
        (words, "forbidden word"),
        (length(options, "/bot/quotes"), "message of the bot's timer"),
        (length(options, "/bot/commands"), "command of the bot"),
    ];
    let counted = counted.into_iter().filter(|(number, _)| *number > 0);
    lines.extend(counted.map(|(number, what)| format!("{}; there is no bot here", count(number, what))));
    if on("/bot/forbidSpecialChars/enabled") {
        lines.push("the bot took away messages with special characters; there is no bot here".into());
    }
    if on("/bot/noDuplicate/enabled") {
        lines.push("the bot took away repeated messages; there is no bot here, but slow mode".into());
    }
    if options.get("terms").and_then(Value::as_str).is_some_and(|terms| !terms.is_empty()) {
        lines.push("terms of use; put them into the descriptions of its rooms".into());
    }
    // Rooms that exist had these of their own; for those to come there is one default for all.
    let defaults = [
        (number("/slowMode/duration") > 0, "slow mode"),
        (on("/mute/anonymous"), "that only accounts may write"),
        (number("/moderation/delay") > 0, "the delay of moderation"),
        (on("/moderation/anonymize"), "that moderators act without their name"),
    ];
    let defaults: Vec<&str> = defaults.into_iter().filter(|(set, _)| *set).map(|(_, what)| what).collect();
    if !defaults.is_empty() {
        lines.push(format!("what its new rooms start with: {}; set it in each room", defaults.join(", ")));
    }
    lines
}

fn length(value: &Value, path: &str) -> u64 {
    value.pointer(path).and_then(Value::as_array).map_or(0, |list| list.len() as u64)
}

/// Whole parts of the other plugin that have no like here.
fn others(source: &Source, report: &mut Report) -> Result<(), String> {
    let parts = [
        ("tokens", "the secret links of docks for streaming software: make new ones"),
        ("mod_firewall", "the rules of mod_firewall: write what they held off as bans or limits"),
        ("prosody/mod_firewall_config", "the rules of mod_firewall: write what they held off as bans or limits"),
    ];
    for (part, text) in parts {
        if !source.entries(Path::new(part))?.is_empty() {
            report.leave(part, text);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_channel_has_set_is_named() {
        let options = serde_json::json!({
            "bot": { "enabled": true, "forbiddenWords": [{ "entries": ["a", "b"] }, { "entries": ["c"] }], "quotes": [],
                "commands": [{ "command": "help", "message": "no" }], "noDuplicate": { "enabled": true } },
            "slowMode": { "duration": 5 }, "mute": { "anonymous": true }, "moderation": { "delay": 0 }, "terms": "be kind",
        });
        let lines = lines(&options);
        assert_eq!(lines.len(), 5, "{lines:?}");
        for word in
            ["3 forbidden words", "1 command", "repeated", "terms of use", "slow mode, that only accounts may write"]
        {
            assert!(lines.iter().any(|line| line.contains(word)), "{word}: {lines:?}");
        }
    }

    #[test]
    fn a_channel_that_has_set_nothing_is_not_named() {
        for options in
            [serde_json::json!({}), serde_json::json!([1]), serde_json::json!({ "bot": { "enabled": false } })]
        {
            assert_eq!(lines(&options), [""; 0]);
        }
    }
}
