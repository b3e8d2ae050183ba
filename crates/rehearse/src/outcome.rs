//! What a rehearsal found: the JSON that it writes, and all that a report is drawn from.
//!
//! Times are microseconds where the name ends in `_us` and milliseconds since the start where it ends in `_ms`. A figure
//! that could not be taken is absent, and never a zero.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The result of one rehearsal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The form of this document: 1.
    pub format: u32,
    /// The program that wrote it, with its version.
    pub tool: String,
    /// What it is called where several stand side by side.
    pub label: String,
    /// The name of the scenario.
    pub scenario: String,
    /// What the scenario recalls, in a sentence or two.
    pub about: String,
    /// When it began, RFC 3339.
    pub started: String,
    /// How long it took.
    pub duration_ms: u64,
    /// How many viewers were asked for.
    pub viewers: u32,
    /// What was played against.
    pub target: Target,
    /// Where the crowd ran.
    pub machine: Machine,
    /// How people came in.
    pub joins: Joins,
    /// What became of what was said.
    pub delivery: Delivery,
    /// Bytes.
    pub traffic: Traffic,
    /// Streams that ended before they were meant to.
    pub disconnects: Disconnects,
    /// What the server refused besides joins and messages (other names, stream management, typing notices), by what it was and the
    /// condition that it named.
    #[serde(default)]
    pub requests_refused: BTreeMap<String, u64>,
    /// What playing the crowd cost.
    pub crowd: Crowd,
    /// What serving it cost, where it could be seen.
    pub server: Option<ServerUse>,
    /// The acts of the scenario, in order.
    pub phases: Vec<Phase>,
    /// Figures over time, in order.
    pub samples: Vec<Sample>,
    /// What a reader has to know about the figures: limits of the machine met, viewers not started, and the like.
    pub remarks: Vec<String>,
}

impl Outcome {
    /// The result as it is written: a line for each figure, and one for each sample, however many figures it has.
    pub fn to_json(&self) -> serde_json::Result<String> {
        let mut whole = serde_json::to_value(self)?;
        let parts = whole.as_object_mut().map(std::mem::take).unwrap_or_default();
        let lines: Vec<String> = parts
            .into_iter()
            .map(|(name, value)| match value {
                Value::Array(items) if !items.is_empty() => {
                    let items: Vec<String> = items.iter().map(Value::to_string).collect();
                    format!("  {}: [\n    {}\n  ]", Value::from(name), items.join(",\n    "))
                }
                value => format!("  {}: {value}", Value::from(name)),
            })
            .collect();
        Ok(format!("{{\n{}\n}}", lines.join(",\n")))
    }
}

/// The server that was played against.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// The address of the stream.
    pub url: String,
    /// The room.
    pub room: String,
    /// What the server says that it is (XEP-0092).
    pub software: Option<String>,
    /// Whether it ran on the machine of the crowd, which then shared its cores.
    pub same_machine: bool,
}

/// The machine of the crowd.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// Operating system and version.
    pub system: String,
    /// The processor.
    pub processor: String,
    /// How many cores this process may use.
    pub cores: u32,
    /// Memory, bytes.
    pub memory: u64,
    /// How many files one process may open.
    pub open_files: u64,
}

/// How people came in. A join begins with the first byte of its connection and ends when the viewer is in the room and has
/// the history and the subject (XEP-0045 §7.2).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Joins {
    /// How many were begun: each viewer's first one, and one for each time that it came back.
    pub begun: u64,
    /// How many ended in the room.
    pub done: u64,
    /// How many did not, by what the server (or the network) said.
    pub failed: BTreeMap<String, u64>,
    /// How many came back by resuming their stream (XEP-0198), which is no join.
    pub resumed: u64,
    /// How long each took.
    pub time_us: Distribution,
    /// When all that were asked for were in for the first time, since the first began.
    pub all_in_after_ms: Option<u64>,
}

/// What became of what was said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// Messages sent to the room.
    pub sent: u64,
    /// Messages that their sender saw reflected.
    pub reflected: u64,
    /// Messages that the server refused, by the condition it named.
    pub refused: BTreeMap<String, u64>,
    /// Deliveries that should have happened: each reflected message, once for each viewer who was in when it was sent.
    pub expected: u64,
    /// Deliveries that happened.
    pub delivered: u64,
    /// Deliveries that did not.
    pub lost: u64,
    /// Deliveries that happened again.
    pub duplicated: u64,
    /// Deliveries after one that was said later.
    pub reordered: u64,
    /// From the sending of a message to its receipt, for each delivery.
    pub latency_us: Distribution,
}

/// Bytes, as the crowd's sockets carried them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Traffic {
    /// All that the crowd got.
    pub received: u64,
    /// All that the crowd sent.
    pub sent: u64,
    /// What one viewer got to be in the room, on average.
    pub received_per_join: u64,
}

/// Streams that ended before they were meant to, by why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Disconnects {
    /// How many, by what the server (or the network) said.
    pub reasons: BTreeMap<String, u64>,
    /// After how many of them the viewer was in the room again.
    #[serde(default)]
    pub returned: u64,
}

/// What playing the crowd cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Crowd {
    /// How many processes played it.
    pub processes: u32,
    /// Their processor time, microseconds.
    pub cpu_us: u64,
    /// The greatest share of one core that one of their threads used over a sample, 0 to 1.
    pub busiest: f64,
    /// The greatest share of a second for which one of their threads had work to do and no core to do it on, 0 to 1.
    #[serde(default)]
    pub starved: f64,
    /// Their resident memory at its highest, bytes.
    pub memory: u64,
    /// Whether the crowd, and not the server, was what held the figures back.
    pub was_the_limit: bool,
}

/// What serving the crowd cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServerUse {
    /// How it was seen: `pid 1234` or the address of `/metrics`.
    pub seen_by: String,
    /// Processor time during the rehearsal, microseconds.
    pub cpu_us: u64,
    /// Resident memory before the first viewer, bytes.
    pub memory_before: u64,
    /// Resident memory at its highest, bytes.
    pub memory_peak: u64,
    /// Resident memory with everybody in and nobody speaking, less what it was before, for each viewer, bytes.
    pub memory_per_viewer: Option<u64>,
    /// Processor time from the first connection until all were in, for each join, microseconds.
    pub cpu_us_per_join: Option<f64>,
    /// Processor time while people talked, for each delivery, microseconds.
    pub cpu_us_per_delivery: Option<f64>,
    /// Threads at most.
    pub threads: Option<u32>,
    /// Open sockets at most.
    pub sockets: Option<u32>,
}

/// One act of the scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Phase {
    /// What happens in it, in a few words.
    pub name: String,
    /// When it began.
    pub from_ms: u64,
    /// When it ended.
    pub to_ms: u64,
}

/// Figures at one moment. Counts are since the sample before, levels are at the moment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// The moment.
    pub at_ms: u64,
    /// Level: viewers in the room.
    pub in_room: u32,
    /// Count: joins done.
    pub joins: u32,
    /// Count: messages sent.
    pub sent: u64,
    /// Count: messages received, by all together.
    pub delivered: u64,
    /// Count: bytes received.
    pub received: u64,
    /// Of what was received since: the half, 99 of 100, and the worst.
    pub latency_us: Option<[u64; 3]>,
    /// Share of one core that the crowd used since; two cores are 2.
    pub crowd_cpu: f64,
    /// Share of one core that the server used since.
    pub server_cpu: Option<f64>,
    /// Level: the server's resident memory, bytes.
    pub server_memory: Option<u64>,
    /// Level: the step of the server's plan for overload, where it tells.
    pub overload: Option<u32>,
}

/// How a figure was distributed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    /// How many values.
    pub count: u64,
    /// The least.
    pub min: u64,
    /// Half are at most this.
    pub p50: u64,
    /// 90 of 100 are at most this.
    pub p90: u64,
    /// 99 of 100 are at most this.
    pub p99: u64,
    /// 999 of 1,000 are at most this.
    pub p999: u64,
    /// The greatest.
    pub max: u64,
    /// The mean.
    pub mean: f64,
    /// The histogram: the upper bound of each step that holds a value, and how many it holds.
    pub steps: Vec<(u64, u64)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_read_as_it_was_written_and_has_a_line_for_each_sample() {
        let outcome = crate::sketch::calm(100);
        let text = outcome.to_json().unwrap();
        let read: Outcome = serde_json::from_str(&text).unwrap();
        assert_eq!((read.label, read.delivery.latency_us.steps), (outcome.label, outcome.delivery.latency_us.steps));
        assert_eq!((read.phases, read.remarks), (outcome.phases, outcome.remarks));
        assert_eq!(text.lines().filter(|line| line.contains("\"at_ms\"")).count(), outcome.samples.len());
    }
}
