//! What one thread of the crowd counts, and how the counts of many become one.
//!
//! Enters: what happens to viewers. Leaves: a [`Tally`] that is added to others: across threads as it is, across processes as
//! JSON. A tally that is sent holds what was counted since the one before.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::outcome::Distribution;

/// Times in microseconds, to three digits. What takes more than an hour counts as an hour.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<(u64, u64)>", into = "Vec<(u64, u64)>")]
pub(crate) struct Times(Option<Histogram<u64>>);

const HOUR: u64 = 3_600_000_000;

impl Times {
    /// Takes one more.
    pub(crate) fn take(&mut self, us: u64) {
        self.take_many(us, 1);
    }

    fn take_many(&mut self, us: u64, count: u64) {
        if self.0.is_none() {
            self.0 = Histogram::new_with_bounds(1, HOUR, 3).ok();
        }
        if let Some(histogram) = &mut self.0 {
            histogram.saturating_record_n(us, count);
        }
    }

    /// Takes those of another.
    pub(crate) fn add(&mut self, other: &Times) {
        match (&mut self.0, &other.0) {
            // Both have the same bounds, so that adding cannot fail.
            (Some(own), Some(other)) => drop(own.add(other)),
            (None, Some(other)) => self.0 = Some(other.clone()),
            (_, None) => {}
        }
    }

    /// Forgets all, and keeps the memory.
    fn clear(&mut self) {
        if let Some(histogram) = &mut self.0 {
            histogram.reset();
        }
    }

    /// The half, 99 of 100, and the worst; `None` where there are none.
    pub(crate) fn three(&self) -> Option<[u64; 3]> {
        let histogram = self.0.as_ref().filter(|histogram| !histogram.is_empty())?;
        Some([histogram.value_at_quantile(0.5), histogram.value_at_quantile(0.99), histogram.max()])
    }

    /// The upper bound of each step that holds a value, and how many it holds.
    fn steps(&self) -> Vec<(u64, u64)> {
        let steps = |histogram: &Histogram<u64>| {
            histogram.iter_recorded().map(|step| (step.value_iterated_to(), step.count_at_value())).collect()
        };
        self.0.as_ref().map_or_else(Vec::new, steps)
    }

    /// For the result.
    pub(crate) fn distribution(&self) -> Distribution {
        let Some(histogram) = self.0.as_ref().filter(|histogram| !histogram.is_empty()) else {
            return Distribution::default();
        };
        Distribution {
            count: histogram.len(),
            min: histogram.min(),
            p50: histogram.value_at_quantile(0.5),
            p90: histogram.value_at_quantile(0.9),
            p99: histogram.value_at_quantile(0.99),
            p999: histogram.value_at_quantile(0.999),
            max: histogram.max(),
            mean: histogram.mean(),
            steps: self.steps(),
        }
    }
}

impl From<Vec<(u64, u64)>> for Times {
    fn from(steps: Vec<(u64, u64)>) -> Self {
        let mut times = Times::default();
        for (us, count) in steps {
            times.take_many(us, count);
        }
        times
    }
}

impl From<Times> for Vec<(u64, u64)> {
    fn from(times: Times) -> Self {
        times.steps()
    }
}

/// How many of each kind.
pub(crate) type Kinds = BTreeMap<String, u64>;

/// Counts of a thread, a process, or the whole crowd.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Tally {
    /// Joins begun, and joins that ended in the room.
    pub(crate) joins_begun: u64,
    pub(crate) joins_done: u64,
    /// Joins that did not, by why.
    pub(crate) joins_failed: Kinds,
    /// Streams resumed.
    pub(crate) resumed: u64,
    /// How long joins took.
    pub(crate) join_times: Times,
    /// Messages sent, seen by their sender, and refused, by the condition.
    pub(crate) sent: u64,
    pub(crate) reflected: u64,
    pub(crate) refused: Kinds,
    /// What else was refused, by what it was and the condition.
    pub(crate) requests_refused: Kinds,
    /// Messages received by all, those received again, and those received after a later one of the same speaker.
    pub(crate) delivered: u64,
    pub(crate) duplicated: u64,
    pub(crate) reordered: u64,
    /// From sending to receipt.
    pub(crate) latency: Times,
    /// Bytes.
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    /// Bytes that viewers got until they were in.
    pub(crate) bytes_in_of_joins: u64,
    /// Streams that ended before they were meant to, by why, and how many of those viewers were in the room again.
    pub(crate) disconnects: Kinds,
    pub(crate) returned: u64,
}

impl Tally {
    /// Adds the counts of another.
    pub(crate) fn add(&mut self, other: &Tally) {
        let Tally { joins_begun, joins_done, joins_failed, resumed, join_times, sent, .. } = other;
        let Tally { reflected, refused, requests_refused, delivered, duplicated, reordered, latency, .. } = other;
        let Tally { bytes_in, bytes_out, bytes_in_of_joins, disconnects, returned, .. } = other;
        self.joins_begun += joins_begun;
        self.joins_done += joins_done;
        self.resumed += resumed;
        self.sent += sent;
        self.reflected += reflected;
        self.delivered += delivered;
        self.duplicated += duplicated;
        self.reordered += reordered;
        self.returned += returned;
        self.bytes_in += bytes_in;
        self.bytes_out += bytes_out;
        self.bytes_in_of_joins += bytes_in_of_joins;
        self.join_times.add(join_times);
        self.latency.add(latency);
        for (own, other) in [
            (&mut self.joins_failed, joins_failed),
            (&mut self.refused, refused),
            (&mut self.requests_refused, requests_refused),
            (&mut self.disconnects, disconnects),
        ] {
            for (kind, count) in other {
                *own.entry(kind.clone()).or_default() += count;
            }
        }
    }

    /// Begins anew.
    pub(crate) fn clear(&mut self) {
        let (mut join_times, mut latency) = (std::mem::take(&mut self.join_times), std::mem::take(&mut self.latency));
        join_times.clear();
        latency.clear();
        *self = Tally { join_times, latency, ..Tally::default() };
    }
}

/// Counts one of a kind.
pub(crate) fn count(kinds: &mut Kinds, kind: &str) {
    match kinds.get_mut(kind) {
        Some(count) => *count += 1,
        None => drop(kinds.insert(kind.to_owned(), 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tallies_of_processes_add_up_as_those_of_threads_do() {
        let mut one = Tally { sent: 3, delivered: 7, ..Tally::default() };
        (1..=1000).for_each(|us| one.latency.take(us * 100));
        count(&mut one.refused, "not-acceptable");
        let mut other = Tally { sent: 2, ..Tally::default() };
        other.latency.take(5_000_000);
        count(&mut other.refused, "not-acceptable");
        count(&mut other.refused, "forbidden");

        let (mut threads, mut processes) = (Tally::default(), Tally::default());
        for tally in [&one, &other] {
            threads.add(tally);
            let line = serde_json::to_string(tally).unwrap();
            processes.add(&serde_json::from_str(&line).unwrap());
        }
        assert_eq!((threads.sent, threads.delivered), (5, 7));
        assert_eq!(threads.refused["not-acceptable"], 2);
        assert_eq!(processes.refused, threads.refused);
        let (here, there) = (threads.latency.distribution(), processes.latency.distribution());
        assert_eq!((here.count, here.steps), (1001, there.steps));
        assert!(here.p50.abs_diff(50_000) < 200 && here.max.abs_diff(5_000_000) < 5_000);
    }

    #[test]
    fn a_tally_that_was_sent_begins_anew() {
        let mut tally = Tally { sent: 3, ..Tally::default() };
        tally.latency.take(3);
        tally.clear();
        assert_eq!((tally.sent, tally.latency.three()), (0, None));
        assert_eq!(tally.latency.distribution(), Distribution::default());
    }

    #[test]
    fn what_takes_days_counts_as_an_hour() {
        let mut times = Times::default();
        times.take(u64::MAX);
        assert!(times.three().unwrap()[2].abs_diff(HOUR) < HOUR / 500);
    }
}
