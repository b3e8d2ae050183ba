//! What the figures of a rehearsal say, in words.
//!
//! Enters: an [`Outcome`]. Leaves: a [`Verdict`]. It must never say more than was measured: where the crowd was the limit it
//! judges no server, and what could not be seen it calls so.

mod limit;

use std::collections::BTreeMap;

use crate::Outcome;
use crate::rates::most_of_both;
use crate::words::{counted, number, percent, rough, span, span_ms};

/// Below which share of the cores crowd and server together leave each other room.
const ROOMY: f64 = 0.5;
/// Beyond this a chat beside a live video is hard to follow (99 of 100 deliveries).
pub(crate) const READABLE_US: u64 = 2_000_000;
/// Beyond this nobody takes part any more.
const USELESS_US: u64 = 10_000_000;
/// Whoever waits longer to get in presses F5, and it all begins again (99 of 100 joins).
const PATIENCE_US: u64 = 10_000_000;
/// Nobody waits longer to get in.
const GONE_US: u64 = 60_000_000;

/// How the server bore it, from well to badly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Everybody was in, nothing was lost, and the chat could be followed.
    Held,
    /// It went on, but people noticed.
    Strained,
    /// Many had no chat.
    Broke,
    /// It went badly, but the crowd was the limit: nothing can be said of the server.
    Unclear,
}

impl Level {
    /// In a word.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Held => "Held",
            Level::Strained => "Strained",
            Level::Broke => "Broke",
            Level::Unclear => "Unclear",
        }
    }
}

/// A rehearsal in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// How the server bore it.
    pub level: Level,
    /// It in one line, without a full stop: "Held 5,000 viewers".
    pub headline: String,
    /// How people came in, how fast messages were, what was lost. Whole sentences.
    pub findings: Vec<String>,
    /// The first limit that was met, or that none was. A sentence.
    pub limit: String,
    /// What bounds the worth of the figures. Whole sentences.
    pub caveats: Vec<String>,
}

impl Verdict {
    /// All of it as one text.
    pub fn text(&self) -> String {
        let mut text = format!("{}.", self.headline);
        for sentence in self.findings.iter().chain([&self.limit]).chain(&self.caveats) {
            text.push(' ');
            text.push_str(sentence);
        }
        text
    }
}

/// How many of those asked for were in.
pub(crate) fn came_in(outcome: &Outcome) -> u64 {
    let asked = u64::from(outcome.viewers);
    if outcome.joins.all_in_after_ms.is_some() {
        return asked;
    }
    let peak = outcome.samples.iter().map(|sample| u64::from(sample.in_room)).max().unwrap_or(0);
    // Who comes and goes may never be there together with all others.
    let each = if outcome.joins.failed.is_empty() { outcome.joins.done } else { 0 };
    peak.max(each).min(asked)
}

/// Whether each was served at once, so that it was only their coming that took so long.
pub(crate) fn were_served_at_once(outcome: &Outcome) -> bool {
    let joins = &outcome.joins;
    let slowest = joins.time_us.max;
    joins.all_in_after_ms.is_some_and(|after| {
        outcome.viewers > 1 && joins.failed.is_empty() && slowest > 0 && slowest < after.saturating_mul(250)
    })
}

/// Streams that ended and did not come back.
pub(crate) fn stayed_away(outcome: &Outcome) -> u64 {
    total(&outcome.disconnects.reasons).saturating_sub(outcome.disconnects.returned)
}

/// Messages of which the sender heard nothing.
pub(crate) fn unanswered(outcome: &Outcome) -> u64 {
    let delivery = &outcome.delivery;
    delivery.sent.saturating_sub(delivery.reflected).saturating_sub(total(&delivery.refused))
}

/// The sum over all reasons.
pub(crate) fn total(reasons: &BTreeMap<String, u64>) -> u64 {
    reasons.values().fold(0, |sum, count| sum.saturating_add(*count))
}

/// The most frequent reason, as words in a sentence.
fn most_frequent(reasons: &BTreeMap<String, u64>) -> Option<String> {
    let (reason, count) = reasons.iter().max_by_key(|(_, count)| **count)?;
    let all = if reasons.len() == 1 { String::new() } else { format!(", {} times", number(*count)) };
    Some(format!("“{}”{all}", crate::progress::printable(reason)))
}

/// Judges a rehearsal.
pub fn verdict(outcome: &Outcome) -> Verdict {
    let findings = [entrance(outcome), speech(outcome)].into_iter().chain(faults(outcome)).collect();
    let level = level(outcome);
    Verdict {
        level,
        headline: headline(outcome, level),
        findings,
        limit: limit::sentence(outcome, level),
        caveats: caveats(outcome, level),
    }
}

/// A part of a whole, 0 where there is no whole.
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn level(outcome: &Outcome) -> Level {
    let (joins, delivery) = (&outcome.joins, &outcome.delivery);
    let asked = u64::from(outcome.viewers);
    let missing = asked.saturating_sub(came_in(outcome));
    let (away, silent) = (stayed_away(outcome), unanswered(outcome));
    let broke = share(missing, asked) > 0.01
        || share(away, asked) > 0.01
        || share(delivery.lost, delivery.expected) > 0.001
        || share(silent, delivery.sent) > 0.01
        || delivery.latency_us.p99 > USELESS_US
        || joins.time_us.p99 > GONE_US;
    let strained = missing + away + silent + delivery.lost + delivery.duplicated + delivery.reordered > 0
        || !joins.failed.is_empty()
        || delivery.latency_us.p99 > READABLE_US
        || joins.time_us.p99 > PATIENCE_US;
    match (broke, strained) {
        (false, false) => Level::Held,
        _ if limit::crowd_was_it(outcome) => Level::Unclear,
        (true, _) => Level::Broke,
        (false, true) => Level::Strained,
    }
}

fn headline(outcome: &Outcome, level: Level) -> String {
    let asked = counted(u64::from(outcome.viewers), "viewer", "viewers");
    match level {
        Level::Held if limit::crowd_was_it(outcome) => format!("Held {asked}, as fast as the crowd could play"),
        Level::Held => format!("Held {asked}"),
        Level::Strained => format!("Strained by {asked}"),
        Level::Broke if came_in(outcome) == 0 => format!("None of {asked} came in"),
        Level::Broke => format!("Broke under {asked}"),
        Level::Unclear => format!("Not decided: the crowd of {asked} was the limit, not the server"),
    }
}

/// How people came in.
fn entrance(outcome: &Outcome) -> String {
    let joins = &outcome.joins;
    let (asked, came, slowest) = (u64::from(outcome.viewers), came_in(outcome), joins.time_us.max);
    let mut parts = vec![match joins.all_in_after_ms {
        Some(after) if were_served_at_once(outcome) => {
            format!("They arrived over {}, and nobody waited more than {} to be in", span_ms(after), span(slowest))
        }
        Some(after) if asked > 1 => format!("Everyone was in after {}", span_ms(after)),
        Some(after) => format!("The viewer was in after {}", span_ms(after)),
        None if came == asked && asked > 0 => "Everyone came in, though not all were there at the same time".to_owned(),
        None if came == 0 => "Nobody came in".to_owned(),
        None => format!("Only {} of {} came in", number(came), number(asked)),
    }];
    let failed = total(&joins.failed);
    if failed > 0 {
        let reason = most_frequent(&joins.failed).unwrap_or_default();
        parts.push(format!("{} failed ({reason})", counted(failed, "join", "joins")));
    }
    if joins.time_us.count > 0 && joins.time_us.p99 > PATIENCE_US {
        parts.push(format!("one in a hundred waited {} or more to get in", span(joins.time_us.p99)));
    }
    parts.join("; ") + "."
}

/// How fast messages were, and whether all arrived.
fn speech(outcome: &Outcome) -> String {
    let delivery = &outcome.delivery;
    if delivery.sent == 0 {
        return "Nothing was said, so that nothing is known of messages.".to_owned();
    }
    if delivery.delivered == 0 {
        return format!("Of {}, none arrived.", counted(delivery.sent, "message", "messages"));
    }
    let p99 = delivery.latency_us.p99;
    let speed = match p99 {
        _ if delivery.latency_us.count == 0 => "How long messages took is not known".to_owned(),
        0..=READABLE_US => format!("99 of 100 deliveries took at most {}", span(p99)),
        _ => format!("One delivery in a hundred took {} or more, too long to talk", span(p99)),
    };
    let lost = match delivery.lost {
        0 => "nothing was lost".to_owned(),
        lost => format!(
            "{} of {} deliveries were lost ({})",
            number(lost),
            number(delivery.expected),
            percent(share(lost, delivery.expected))
        ),
    };
    format!("{speed}; {lost}.")
}

/// What else went wrong.
fn faults(outcome: &Outcome) -> Vec<String> {
    let (joins, delivery) = (&outcome.joins, &outcome.delivery);
    let mut faults = Vec::new();
    for (count, how) in [(delivery.duplicated, "twice"), (delivery.reordered, "out of order")] {
        if count > 0 {
            faults.push(format!("{} came {how}.", counted(count, "delivery", "deliveries")));
        }
    }
    let silent = unanswered(outcome);
    if silent > 0 && delivery.delivered > 0 {
        faults.push(format!("Of {} their senders heard nothing.", counted(silent, "message", "messages")));
    }
    let refused = total(&delivery.refused);
    if refused > 0 {
        let reason = most_frequent(&delivery.refused).unwrap_or_default();
        faults.push(format!(
            "The server refused {} of {} messages ({reason}).",
            number(refused),
            number(delivery.sent)
        ));
    }
    let ended = total(&outcome.disconnects.reasons);
    if ended > 0 {
        let reason = most_frequent(&outcome.disconnects.reasons).unwrap_or_default();
        let back = match (ended.saturating_sub(stayed_away(outcome)), stayed_away(outcome)) {
            (0, _) => "nobody came back",
            (_, 0) => "all came back",
            _ => "not all came back",
        };
        let streams = if ended == 1 { "stream" } else { "streams" };
        faults.push(format!("{} {streams} ended early ({reason}); {back}.", number(ended)));
    }
    if joins.resumed > 0 {
        faults.push(format!("{} resumed where they were.", counted(joins.resumed, "viewer", "viewers")));
    }
    faults
}

fn caveats(outcome: &Outcome, level: Level) -> Vec<String> {
    let mut caveats = Vec::new();
    if limit::crowd_was_it(outcome) {
        let more = match level {
            Level::Held => "the server may bear more",
            _ => "play it from a stronger machine, or with fewer viewers",
        };
        caveats.push(format!("The crowd's own work was the bottleneck: {more}."));
    }
    if outcome.target.same_machine {
        caveats.push(same_machine(outcome));
    }
    if outcome.server.is_none() {
        caveats.push("The server's processor and memory could not be seen.".to_owned());
    }
    caveats
}

/// What it means that the crowd was played where the server runs.
fn same_machine(outcome: &Outcome) -> String {
    let cores = counted(u64::from(outcome.machine.cores), "core", "cores");
    let both = most_of_both(&outcome.samples);
    let shared = match both.filter(|both| *both < f64::from(outcome.machine.cores.max(1)) * ROOMY) {
        Some(both) => format!(
            "The crowd ran on the server's own machine; both together used at most {} of its {cores}, too little to get in each \
             other's way",
            rough(both)
        ),
        None => {
            format!("The crowd ran on the server's own machine, and they shared {cores}: alone, the server has more")
        }
    };
    format!("{shared}. Your viewers' way through the network comes on top.")
}

#[cfg(test)]
mod tests;
