//! What channels have set besides their rooms: this server knows none, so it is told to whom the report is for.
//!
//! Enters: the directory. Leaves: what a site can take, and lines of a report for the rest.

use std::path::Path;

use serde_json::Value;

use super::report::{Channel, Emoji, Report, count};
use super::source::Source;

/// Notes what channels have set.
pub(super) fn name(source: &Source, report: &mut Report) -> Result<(), String> {
    for file in source.entries(Path::new("channelConfigurationOptions"))? {
        let Some(channel) = file.strip_suffix(".json") else { continue };
        let path = format!("channelConfigurationOptions/{file}");
        match source.json(Path::new(&path)) {
            Ok(Some(options)) => {
                for line in lines(&options) {
                    report.leave(of(channel), line);
                }
                starts(&options, self::channel(report, channel));
            }
            Ok(None) => {}
            Err(fault) => report.leave(path, fault),
        }
    }
    for channel in source.entries(Path::new("emojis/channel"))? {
        let path = format!("emojis/channel/{channel}/definition.json");
        match source.json(Path::new(&path)) {
            Ok(Some(definition)) => {
                let (emoji, odd) = emoji(&channel, &definition);
                self::channel(report, &channel).emoji = emoji;
                if odd > 0 {
                    report.leave(
                        of(&channel),
                        format!("{}, which nobody can write or find", count(odd, "custom picture")),
                    );
                }
            }
            Ok(None) => {}
            Err(fault) => report.leave(path, fault),
        }
    }
    report.channels.retain(|channel| *channel != Channel { id: channel.id.clone(), ..Channel::default() });
    others(source, report)
}

fn channel<'a>(report: &'a mut Report, number: &str) -> &'a mut Channel {
    let at = report.channels.iter().position(|one| one.id == number).unwrap_or_else(|| {
        report.channels.push(Channel { id: number.to_owned(), ..Channel::default() });
        report.channels.len() - 1
    });
    &mut report.channels[at]
}

/// What its new rooms start with.
fn starts(options: &Value, channel: &mut Channel) {
    channel.slow_mode = options.pointer("/slowMode/duration").and_then(Value::as_u64).unwrap_or(0);
    channel.mute_anonymous = options.pointer("/mute/anonymous").and_then(Value::as_bool) == Some(true);
    let terms = options.get("terms").and_then(Value::as_str).unwrap_or_default();
    channel.terms = terms.chars().take(400).collect();
}

/// Its pictures, and how many of them make no sense. A picture's address ends with the name of its file.
fn emoji(channel: &str, definition: &Value) -> (Vec<Emoji>, u64) {
    let given = definition.get("customEmojis").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let read = |one: &Value| {
        let name = one.get("sn")?.as_str()?.strip_prefix(':')?.strip_suffix(':')?;
        let file = one.get("url")?.as_str()?.rsplit('/').next()?;
        let word = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
        let (number, kind) = file.split_once('.')?;
        let fits = word(name) && word(number) && matches!(kind, "png" | "jpg" | "gif");
        fits.then(|| Emoji { name: name.to_owned(), file: format!("emojis/channel/{channel}/files/{file}") })
    };
    let emoji: Vec<Emoji> = given.iter().filter_map(read).collect();
    let odd = (given.len() - emoji.len()) as u64;
    (emoji, odd)
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
    // Rooms that exist had these of their own.
    let others = [
        (number("/moderation/delay") > 0, "the delay of moderation"),
        (on("/moderation/anonymize"), "that moderators act without their name"),
    ];
    let others: Vec<&str> = others.into_iter().filter(|(set, _)| *set).map(|(_, what)| what).collect();
    if !others.is_empty() {
        lines.push(format!("what its new rooms started with: {}; there is no such thing here", others.join(", ")));
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
            "slowMode": { "duration": 5 }, "mute": { "anonymous": true }, "moderation": { "delay": 4 }, "terms": "be kind",
        });
        let lines = lines(&options);
        assert_eq!(lines.len(), 4, "{lines:?}");
        for word in ["3 forbidden words", "1 command", "repeated", "the delay of moderation"] {
            assert!(lines.iter().any(|line| line.contains(word)), "{word}: {lines:?}");
        }
        let mut report = Report::default();
        starts(&options, channel(&mut report, "7"));
        let expected = Channel {
            id: "7".into(),
            slow_mode: 5,
            mute_anonymous: true,
            terms: "be kind".into(),
            ..Channel::default()
        };
        assert_eq!(report.channels, [expected]);
    }

    #[test]
    fn pictures_are_found_by_the_end_of_their_address() {
        let definition = serde_json::json!({ "customEmojis": [
            { "sn": ":rose:", "url": "https://tube.example/plugins/livechat/router/emojis/channel/7/files/3.png" },
            { "sn": ":rose:", "url": "/x/../../../etc/passwd" }, { "sn": "rose", "url": "/x/4.png" }, 5,
        ] });
        let rose = Emoji { name: "rose".into(), file: "emojis/channel/7/files/3.png".into() };
        assert_eq!(emoji("7", &definition), (vec![rose], 3));
        assert_eq!(emoji("7", &serde_json::json!([])), (vec![], 0));
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
