//! A scenario: what a crowd does, as a small file that a person can read, copy and change.
//!
//! Enters: TOML, built in or a user's. Leaves: a [`Scenario`], or an error that names the key which is wrong. It says what
//! happens and never who does it when: that is `plan.rs`.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The scenarios that are built in: name and text.
pub const BUILT_IN: [(&str, &str); 7] = [
    ("steady", include_str!("../scenarios/steady.toml")),
    ("premiere", include_str!("../scenarios/premiere.toml")),
    ("au-poste", include_str!("../scenarios/au-poste.toml")),
    ("reload-storm", include_str!("../scenarios/reload-storm.toml")),
    ("raid", include_str!("../scenarios/raid.toml")),
    ("slow-readers", include_str!("../scenarios/slow-readers.toml")),
    ("restart", include_str!("../scenarios/restart.toml")),
];

/// What a crowd does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it recalls, in a sentence or two.
    pub about: String,
    /// How many viewers, where the command line does not say.
    pub viewers: u32,
    /// How they come.
    pub arrive: Arrive,
    /// What program they use.
    #[serde(default)]
    pub client: Client,
    /// What happens once they are in, in order.
    #[serde(rename = "act", default)]
    pub acts: Vec<Act>,
}

/// How viewers come: all within a time, or so many a second.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields, expecting = "`within = \"5s\"`, or `rate = 200` (viewers a second)")]
pub enum Arrive {
    /// Each at a moment of its own within this time.
    Within {
        /// The time.
        within: Span,
    },
    /// One after the other.
    Rate {
        /// Viewers a second.
        rate: f64,
    },
}

/// What the viewers' program does by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Client {
    /// Asks for the vCard (XEP-0054) of everybody whom it sees.
    pub vcards: bool,
    /// Where it gets what was said before.
    pub history: History,
    /// Says that somebody is typing (XEP-0085) before each message.
    pub chat_states: bool,
    /// Takes a name of its own after it came in.
    pub rename: bool,
    /// Uses stream management where there is any, and resumes (XEP-0198).
    pub resume: bool,
}

impl Default for Client {
    fn default() -> Self {
        Client { vcards: false, history: History::Join, chat_states: false, rename: false, resume: true }
    }
}

/// Where a client gets what was said before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum History {
    /// From the room as it joins (XEP-0045 §7.2.13).
    Join,
    /// The newest page of the archive (XEP-0313), as ConverseJS does.
    Archive,
    /// Not at all.
    None,
}

/// Part of a scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Act {
    /// What happens, in a few words.
    pub name: String,
    /// How long it goes on.
    #[serde(rename = "for")]
    pub lasts: Span,
    /// Messages a second, from all together.
    #[serde(default)]
    pub rate: f64,
    /// How many viewers speak, in turn; 0 is everybody.
    #[serde(default = "some_speakers")]
    pub speakers: u32,
    /// Some load the page anew.
    #[serde(default)]
    pub reload: Option<Reload>,
    /// The share of the crowd that stops reading for this act, 0 to 1.
    #[serde(default)]
    pub stop_reading: f64,
    /// The operator restarts the server: the act ends when everybody was gone and is back.
    #[serde(default)]
    pub restart: bool,
}

/// Viewers that load the page anew: they drop the connection without a word and come again.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reload {
    /// The share of the crowd, 0 to 1.
    pub share: f64,
    /// How often each does it.
    #[serde(default = "once")]
    pub times: u32,
    /// The time within which they do it.
    pub within: Span,
}

fn some_speakers() -> u32 {
    20
}

fn once() -> u32 {
    1
}

/// What is wrong with a scenario, for a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Wrong(pub String);

impl Scenario {
    /// Reads a scenario from TOML.
    pub fn read(text: &str) -> Result<Self, Wrong> {
        let scenario: Scenario =
            toml::from_str(text).map_err(|error| Wrong(error.to_string().trim_end().to_owned()))?;
        scenario.checked()
    }

    /// A built-in scenario.
    pub fn built_in(name: &str) -> Option<Result<Self, Wrong>> {
        BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, text)| Scenario::read(text))
    }

    pub(crate) fn checked(self) -> Result<Self, Wrong> {
        if self.viewers == 0 {
            return Err(Wrong("viewers is at least 1".into()));
        }
        if let Arrive::Rate { rate } = self.arrive
            && !(rate > 0.0 && rate.is_finite())
        {
            return Err(Wrong("arrive.rate is more than 0".into()));
        }
        for act in &self.acts {
            let share = |share: f64| (0.0..=1.0).contains(&share);
            if !(act.rate >= 0.0 && act.rate <= 100_000.0) {
                return Err(Wrong(format!("act \"{}\": rate is from 0 to 100000 messages a second", act.name)));
            }
            if !share(act.stop_reading) || act.reload.is_some_and(|reload| !share(reload.share)) {
                return Err(Wrong(format!("act \"{}\": a share is from 0 to 1", act.name)));
            }
        }
        Ok(self)
    }
}

/// A length of time: `300ms`, `5s`, `2m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span(pub Duration);

impl Span {
    /// Microseconds.
    pub fn us(self) -> u64 {
        self.0.as_micros() as u64
    }
}

impl std::str::FromStr for Span {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        let units = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];
        let read = units.iter().find_map(|(unit, ms)| {
            let number: u64 = text.strip_suffix(unit)?.trim().parse().ok()?;
            Some(Duration::from_millis(number.checked_mul(*ms)?))
        });
        let day = Duration::from_hours(24);
        read.filter(|span| *span <= day)
            .map(Span)
            .ok_or_else(|| Wrong(format!("\"{text}\" is no length of time: write 300ms, 5s or 2m, at most 24h")))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_millis() {
            ms if ms % 60_000 == 0 && ms > 0 => write!(f, "{}m", ms / 60_000),
            ms if ms % 1_000 == 0 => write!(f, "{}s", ms / 1_000),
            ms => write!(f, "{ms}ms"),
        }
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_are_built_in_can_be_read_and_written() {
        for (name, _) in BUILT_IN {
            let scenario = Scenario::built_in(name).unwrap().unwrap_or_else(|wrong| panic!("{name}: {wrong}"));
            assert!(!scenario.acts.is_empty() && scenario.about.len() > 40, "{name} says too little");
            let written = toml::to_string(&scenario).unwrap();
            assert_eq!(Scenario::read(&written).unwrap(), scenario, "{name}");
            let json = serde_json::to_string(&scenario).unwrap();
            assert_eq!(serde_json::from_str::<Scenario>(&json).unwrap(), scenario, "{name}");
        }
        assert!(Scenario::built_in("evening").is_none());
    }

    const LITTLE: &str = "about = 'a'\nviewers = 3\narrive = { within = '1s' }\n";

    #[test]
    fn what_is_wrong_is_named() {
        assert!(Scenario::read(LITTLE).is_ok());
        for (more, named) in [
            ("vewers = 3", "vewers"),
            ("[client]\nvcard = true", "vcard"),
            ("[client]\nhistory = 'mam'", "archive"),
            ("[[act]]\nname = 'x'\nfor = '1s'\nrat = 3", "rat"),
            ("[[act]]\nname = 'x'\nfor = '1 week'", "1 week"),
            ("[[act]]\nname = 'x'\nfor = '1s'\nrate = -1", "rate"),
            ("[[act]]\nname = 'x'\nfor = '1s'\nstop_reading = 2", "share"),
            ("[[act]]\nname = 'x'", "for"),
        ] {
            let error = Scenario::read(&format!("{LITTLE}{more}")).unwrap_err();
            assert!(error.0.contains(named), "{more}: {error}");
        }
        let error = Scenario::read("about = 'a'\nviewers = 3\narrive = { in = '1s' }").unwrap_err();
        assert!(error.0.contains("within"), "{error}");
    }

    #[test]
    fn lengths_of_time_are_read_as_they_are_written() {
        for (text, ms) in [("300ms", 300), ("5s", 5_000), ("2m", 120_000), ("0s", 0), ("90s", 90_000)] {
            let span: Span = text.parse().unwrap();
            assert_eq!(span.0.as_millis(), ms, "{text}");
            assert_eq!(span.to_string(), text);
        }
        for wrong in ["", "s", "5", "-1s", "1.5s", "99999999999999999999s", "25h", "18446744073709551615h"] {
            assert!(wrong.parse::<Span>().is_err(), "{wrong}");
        }
    }
}
