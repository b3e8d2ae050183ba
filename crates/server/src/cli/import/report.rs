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
            "rooms": self.rooms, "not_taken": self.not_taken,
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
        if !self.not_taken.is_empty() {
            text.push_str("\nNot taken:\n");
        }
        for left in &self.not_taken {
            let _ = writeln!(text, "  {}: {}", plain(&left.of), plain(&left.text));
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
        let text = report.to_text();
        assert!(text.starts_with("Took 1 room, 2 messages and 0 affiliations from room.a into room.b.\n"), "{text}");
        assert!(text.contains("Not taken:\n  channel 7: forbidden words\n") && !text.contains('\u{1b}'), "{text}");
        let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
        assert_eq!(json["totals"]["messages"], 2);
        assert_eq!(json["not_taken"][0]["of"], "channel 7");
    }
}
