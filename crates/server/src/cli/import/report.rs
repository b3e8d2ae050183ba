//! What an import took, and line by line what it could not: as text for a person, as JSON for a program.

use std::fmt::Write as _;

use serde::Serialize;

/// What was taken of a room.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Taken {
    /// Its name, the local part of its address.
    pub(super) room: String,
    /// What people call it.
    pub(super) title: String,
    /// Whether the import made it; else it was here before.
    pub(super) new: bool,
    /// Messages taken this time.
    pub(super) messages: u64,
    /// Messages that an earlier run took.
    pub(super) messages_here_before: u64,
    /// Owners, admins, members and bans taken this time.
    pub(super) affiliations: u64,
}

/// Something that could not be taken.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Left {
    /// A file, a room, or a channel.
    pub(super) of: String,
    /// What, and what to do instead.
    pub(super) text: String,
}

/// What a channel's rooms to come were to start with. This server knows rooms only: a site that knows channels can take it from
/// the report, and for a person it is among what was not taken.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Channel {
    /// Its number.
    pub(super) id: String,
    /// Seconds between two messages of a person; 0: none.
    pub(super) slow_mode: u64,
    /// Whether people without an account only read.
    pub(super) mute_anonymous: bool,
    /// Terms of use; may be empty.
    pub(super) terms: String,
    /// Pictures that its people write as `:name:`.
    pub(super) emoji: Vec<Emoji>,
}

/// A picture of a channel.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Emoji {
    /// Without its colons.
    pub(super) name: String,
    /// Below the directory that was read.
    pub(super) file: String,
}

impl Channel {
    /// What there is of it, for a person.
    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let starts = [(self.slow_mode > 0, "slow mode"), (self.mute_anonymous, "that only accounts may write")];
        let starts: Vec<&str> = starts.into_iter().filter(|(set, _)| *set).map(|(_, what)| what).collect();
        if !starts.is_empty() {
            lines.push(format!("what its new rooms start with: {}; set it in each room", starts.join(", ")));
        }
        if !self.terms.is_empty() {
            lines.push("terms of use; make them the subject of its rooms".into());
        }
        if !self.emoji.is_empty() {
            let emoji = count(self.emoji.len() as u64, "custom picture");
            lines.push(format!("{emoji} for emoji (emojis/channel/{}); messages keep their :names:", self.id));
        }
        lines
    }
}

/// The outcome of an import.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    /// Whether nothing was written.
    pub(super) dry_run: bool,
    /// The host of the rooms that were read.
    pub(super) from: String,
    /// The host of the rooms that they are now.
    pub(super) to: String,
    /// Room by room.
    pub(super) rooms: Vec<Taken>,
    /// What channels had set, for a site that takes it.
    pub(super) channels: Vec<Channel>,
    /// What was not taken.
    pub(super) not_taken: Vec<Left>,
}

impl Report {
    /// Notes what could not be taken.
    pub(super) fn leave(&mut self, of: impl Into<String>, text: impl Into<String>) {
        self.not_taken.push(Left { of: of.into(), text: text.into() });
    }

    /// The report as JSON, with the sums.
    pub(super) fn to_json(&self) -> String {
        let (messages, affiliations) = self.sums();
        let report = serde_json::json!({
            "dry_run": self.dry_run, "from": self.from, "to": self.to,
            "totals": { "rooms": self.rooms.len(), "messages": messages, "affiliations": affiliations },
            "rooms": self.rooms, "channels": self.channels, "not_taken": self.not_taken,
        });
        format!("{report:#}\n")
    }

    fn sums(&self) -> (u64, u64) {
        let sum = |part: fn(&Taken) -> u64| self.rooms.iter().map(part).sum();
        (sum(|room| room.messages), sum(|room| room.affiliations))
    }

    /// The report in words.
    pub(super) fn to_text(&self) -> String {
        let (messages, affiliations) = self.sums();
        let mut text = String::new();
        let verb = if self.dry_run { "Would take" } else { "Took" };
        let _ = writeln!(
            text,
            "{verb} {}, {} and {} from {} into {}.",
            count(self.rooms.len() as u64, "room"),
            count(messages, "message"),
            count(affiliations, "affiliation"),
            self.from,
            self.to
        );
        for room in &self.rooms {
            let title = if room.title.is_empty() { String::new() } else { format!(" ({})", plain(&room.title)) };
            let known = if room.new { "" } else { ", was here: its settings stay as they are" };
            let before = match room.messages_here_before {
                0 => String::new(),
                before => format!(" ({before} more were here)"),
            };
            let (messages, affiliations) = (count(room.messages, "message"), count(room.affiliations, "affiliation"));
            let _ = writeln!(text, "  {}{title}: {messages}{before}, {affiliations}{known}", plain(&room.room));
        }
        let of_channel =
            |one: &Channel| one.lines().into_iter().map(|line| (format!("channel {}", one.id), line)).collect();
        let channels: Vec<(String, String)> =
            self.channels.iter().flat_map(|one| -> Vec<_> { of_channel(one) }).collect();
        let left = self.not_taken.iter().map(|left| (left.of.as_str(), left.text.as_str()));
        let left: Vec<_> = left.chain(channels.iter().map(|(of, text)| (of.as_str(), text.as_str()))).collect();
        if !left.is_empty() {
            text.push_str("\nNot taken:\n");
        }
        for (of, what) in left {
            let _ = writeln!(text, "  {}: {}", plain(of), plain(what));
        }
        if self.dry_run {
            text.push_str("\nNothing was written. Run it again without --dry-run.\n");
        }
        text
    }
}

/// `1 room`, `2 rooms`.
pub(super) fn count(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// Text for a terminal: what came from files there must not steer it.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_says_what_was_taken_and_what_was_not() {
        let mut report = Report { from: "room.a".into(), to: "room.b".into(), ..Report::default() };
        report.rooms.push(Taken {
            room: "agora".into(),
            title: "A\u{1b}[2J".into(),
            new: true,
            messages: 2,
            ..Taken::default()
        });
        report.leave("channel 7", "forbidden words");
        report.channels.push(Channel { id: "7".into(), slow_mode: 5, terms: "be kind".into(), ..Channel::default() });
        let text = report.to_text();
        assert!(text.starts_with("Took 1 room, 2 messages and 0 affiliations from room.a into room.b.\n"), "{text}");
        assert!(text.contains("Not taken:\n  channel 7: forbidden words\n") && !text.contains('\u{1b}'), "{text}");
        assert!(text.contains("  channel 7: terms of use") && text.contains("start with: slow mode; set it"), "{text}");
        let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
        assert_eq!(json["totals"]["messages"], 2);
        assert_eq!(json["not_taken"].as_array().unwrap().len(), 1);
        assert_eq!(json["channels"][0]["slow_mode"], 5);
    }
}
