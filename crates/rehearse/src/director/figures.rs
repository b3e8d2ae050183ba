//! The figures of a rehearsal as they come in, and the result that they make.

use std::collections::BTreeMap;

use super::SAMPLE_US;
use crate::observe::Observation;
use crate::outcome::{
    Crowd, Delivery, Disconnects, Joins, Machine, Outcome, Phase, Sample, ServerUse, Target, Traffic,
};
use crate::plan::Plan;
use crate::tally::Tally;
use crate::troupe::Tick;

/// The share of a core from which on a thread counts as busy.
const BUSY: f64 = 0.9;
/// The share of its time for which a thread that is behind with its work may have waited for a core.
const STARVED: f64 = 0.1;

/// What has come in so far.
#[derive(Debug, Default)]
pub(super) struct Figures {
    total: Tally,
    /// Since the sample before.
    since: Tally,
    /// The last tick of each troupe.
    troupes: Vec<Latest>,
    said: Vec<(u32, u64, u64)>,
    samples: Vec<Sample>,
    phases: Vec<Phase>,
    next_sample: u64,
    last_sample: u64,
    cpu_at_sample: u64,
    memory: u64,
    busiest: f64,
    starved: f64,
    /// Whether a thread had more to do than a core, or its part of one, could do.
    behind: bool,
    // The server: now, at the last sample, and at the moments that figures are taken from.
    seen: Option<Observation>,
    seen_at_sample: Option<Observation>,
    at_start: Option<Observation>,
    at_all_in: Option<(Observation, u64)>,
    at_talk: Option<(Observation, u64)>,
    at_end: Option<(Observation, u64)>,
    per_viewer: Option<u64>,
    peak: Option<Peak>,
    ended: u64,
}

#[derive(Debug, Default, Clone, Copy)]
struct Peak {
    memory: u64,
    threads: Option<u32>,
    sockets: Option<u32>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Latest {
    in_room: u32,
    gave_up: u32,
    were_in: u32,
    first_began: Option<u64>,
    last_in: u64,
    cpu_us: u64,
    memory: u64,
    process: u32,
    /// The beginning of the second over which the thread's shares are taken.
    second: Second,
}

/// The beginning of a second: the moment, and the times that a thread had run and starved until then.
#[derive(Debug, Default, Clone, Copy)]
struct Second {
    began: u64,
    cpu_us: u64,
    starved_us: u64,
}

impl Second {
    /// The shares of the time until a tick for which the thread ran, and for which it starved.
    fn shares(&self, tick: &Tick) -> (f64, f64) {
        let elapsed = tick.at.saturating_sub(self.began).max(1) as f64;
        let share = |now: u64, then: u64| now.saturating_sub(then) as f64 / elapsed;
        (share(tick.cpu_us, self.cpu_us), share(tick.starved_us, self.starved_us))
    }
}

impl Figures {
    pub(super) fn of(troupes: usize) -> Self {
        Figures { troupes: vec![Latest::default(); troupes], next_sample: SAMPLE_US, ..Figures::default() }
    }

    /// Takes in what a troupe tells.
    pub(super) fn tick(&mut self, mut tick: Tick) {
        self.since.add(&tick.tally);
        self.total.add(&tick.tally);
        self.said.append(&mut tick.said);
        let Some(latest) = self.troupes.get_mut(tick.part as usize) else { return };
        if tick.at.saturating_sub(latest.second.began) >= 1_000_000 {
            if latest.second.began > 0 {
                let (ran, starved) = latest.second.shares(&tick);
                self.busiest = self.busiest.max(ran);
                self.starved = self.starved.max(starved);
                self.behind |= ran >= BUSY || ran + starved >= BUSY && starved >= STARVED;
            }
            latest.second = Second { began: tick.at, cpu_us: tick.cpu_us, starved_us: tick.starved_us };
        }
        *latest = Latest {
            in_room: tick.in_room,
            gave_up: tick.gave_up,
            were_in: tick.were_in,
            first_began: tick.first_began,
            last_in: tick.last_in,
            cpu_us: tick.cpu_us,
            memory: tick.memory,
            process: tick.process,
            second: latest.second,
        };
        self.memory = self.memory.max(self.processes().values().sum());
    }

    /// The processes of the crowd, and the memory of each.
    fn processes(&self) -> BTreeMap<u32, u64> {
        let ticked = self.troupes.iter().filter(|latest| latest.process > 0);
        ticked.map(|latest| (latest.process, latest.memory)).collect()
    }

    fn sum(&self, of: impl Fn(&Latest) -> u32) -> u32 {
        self.troupes.iter().map(of).sum()
    }

    pub(super) fn in_room(&self) -> u32 {
        self.sum(|latest| latest.in_room)
    }

    pub(super) fn were_in(&self) -> u32 {
        self.sum(|latest| latest.were_in)
    }

    pub(super) fn gave_up(&self) -> u32 {
        self.sum(|latest| latest.gave_up)
    }

    pub(super) fn delivered(&self) -> u64 {
        self.total.delivered
    }

    /// Whether everything that was sent has come back, and to everybody who is there. Where people came late or went between, it
    /// may look as if something were owed.
    pub(super) fn is_nothing_owed(&self) -> bool {
        let (total, here) = (&self.total, u64::from(self.in_room()));
        total.sent <= total.reflected + total.refused.values().sum::<u64>() && total.delivered >= total.reflected * here
    }

    pub(super) fn said(&self) -> &[(u32, u64, u64)] {
        &self.said
    }

    pub(super) fn next_sample(&self) -> u64 {
        self.next_sample
    }

    /// A new phase begins.
    pub(super) fn phase(&mut self, name: &str, at: u64) {
        let at = at / 1_000;
        if let Some(last) = self.phases.last_mut() {
            last.to_ms = at;
        }
        self.phases.push(Phase { name: name.to_owned(), from_ms: at, to_ms: at });
    }

    pub(super) fn phase_now(&self) -> &str {
        self.phases.last().map_or("the room is opened", |phase| &phase.name)
    }

    /// Takes in a look at the server.
    pub(super) fn observed(&mut self, seen: Option<Observation>) {
        let Some(seen) = seen else { return };
        let peak = self.peak.get_or_insert_default();
        peak.memory = peak.memory.max(seen.memory.unwrap_or(0));
        peak.threads = peak.threads.max(seen.threads);
        peak.sockets = peak.sockets.max(seen.sockets);
        self.seen = Some(seen);
    }

    /// The first viewer is about to come.
    pub(super) fn mark_start(&mut self) {
        self.at_start = self.seen.clone();
    }

    /// All are in.
    pub(super) fn mark_all_in(&mut self) {
        self.at_all_in = self.seen.clone().map(|seen| (seen, self.total.joins_done));
    }

    /// Nothing moves.
    pub(super) fn mark_idle(&mut self, viewers: u32) {
        let memory = |seen: &Option<Observation>| seen.as_ref().and_then(|seen| seen.memory);
        if let (Some(before), Some(now)) = (memory(&self.at_start), memory(&self.seen))
            && self.in_room() >= viewers
        {
            self.per_viewer = now.checked_sub(before).map(|more| more / u64::from(viewers.max(1)));
        }
    }

    /// The talk is about to begin.
    pub(super) fn mark_talk(&mut self) {
        self.at_talk = self.seen.clone().map(|seen| (seen, self.total.delivered));
    }

    /// It is over.
    pub(super) fn mark_end(&mut self, at: u64) {
        self.ended = at;
        self.at_end = self.seen.clone().map(|seen| (seen, self.total.delivered));
        if let Some(last) = self.phases.last_mut() {
            last.to_ms = at / 1_000;
        }
    }

    /// The figures since the sample before.
    pub(super) fn sample(&mut self, now: u64) -> Sample {
        self.next_sample = now + SAMPLE_US;
        let elapsed = now.saturating_sub(self.last_sample).max(1);
        let cpu: u64 = self.troupes.iter().map(|latest| latest.cpu_us).sum();
        let sample = Sample {
            at_ms: now / 1_000,
            in_room: self.in_room(),
            joins: self.since.joins_done as u32,
            sent: self.since.sent,
            delivered: self.since.delivered,
            received: self.since.bytes_in,
            latency_us: self.since.latency.three(),
            crowd_cpu: cpu.saturating_sub(self.cpu_at_sample) as f64 / elapsed as f64,
            server_cpu: self
                .seen
                .as_ref()
                .zip(self.seen_at_sample.as_ref())
                .and_then(|(now, then)| now.share_since(then)),
            server_memory: self.seen.as_ref().and_then(|seen| seen.memory),
            overload: self.seen.as_ref().and_then(|seen| seen.overload),
        };
        self.since.clear();
        self.last_sample = now;
        self.cpu_at_sample = cpu;
        self.seen_at_sample.clone_from(&self.seen);
        self.samples.push(sample.clone());
        sample
    }

    fn server(&self, seen_by: Option<String>) -> Option<ServerUse> {
        let (start, last) =
            (self.at_start.as_ref()?, self.at_end.as_ref().map_or(self.seen.as_ref()?, |(seen, _)| seen));
        let each = |from: &Observation, to: &Observation, count: u64| {
            (count > 0).then(|| to.cpu_us.saturating_sub(from.cpu_us) as f64 / count as f64)
        };
        let peak = self.peak.unwrap_or_default();
        Some(ServerUse {
            seen_by: seen_by?,
            cpu_us: last.cpu_us.saturating_sub(start.cpu_us),
            memory_before: start.memory?,
            memory_peak: peak.memory,
            memory_per_viewer: self.per_viewer,
            cpu_us_per_join: self.at_all_in.as_ref().and_then(|(seen, joins)| each(start, seen, *joins)),
            cpu_us_per_delivery: self
                .at_talk
                .as_ref()
                .zip(self.at_end.as_ref())
                .and_then(|((from, before), (to, after))| each(from, to, after.saturating_sub(*before))),
            threads: peak.threads,
            sockets: peak.sockets,
        })
    }

    /// All in all.
    #[allow(clippy::too_many_arguments)] // Each is a part of the result that these figures do not have.
    pub(super) fn outcome(
        self,
        plan: &Plan,
        name: &str,
        (expected, lost): (u64, u64),
        same_machine: bool,
        machine: Machine,
        software: Option<String>,
        seen_by: Option<String>,
        remarks: Vec<String>,
    ) -> Outcome {
        let server = self.server(seen_by);
        let first = self.troupes.iter().filter_map(|latest| latest.first_began).min();
        let end = self.troupes.iter().map(|latest| latest.last_in).max();
        let all_in = first.zip(end).filter(|_| self.were_in() >= plan.viewers);
        let crowd = Crowd {
            processes: self.processes().len().max(1) as u32,
            cpu_us: self.troupes.iter().map(|latest| latest.cpu_us).sum(),
            busiest: self.busiest,
            starved: self.starved.min(1.0),
            memory: self.memory,
            was_the_limit: self.behind,
        };
        let total = self.total;
        Outcome {
            format: 1,
            tool: concat!("parterre ", env!("CARGO_PKG_VERSION")).to_owned(),
            label: software.clone().unwrap_or_else(|| plan.address.authority()),
            scenario: name.to_owned(),
            about: plan.scenario.about.clone(),
            started: rfc3339(plan.began_us),
            duration_ms: self.ended / 1_000,
            viewers: plan.viewers,
            target: Target { url: plan.address.url.clone(), room: plan.room.clone(), software, same_machine },
            machine,
            joins: Joins {
                begun: total.joins_begun,
                done: total.joins_done,
                failed: total.joins_failed,
                resumed: total.resumed,
                time_us: total.join_times.distribution(),
                all_in_after_ms: all_in.map(|(first, end)| end.saturating_sub(first) / 1_000),
            },
            delivery: Delivery {
                sent: total.sent,
                reflected: total.reflected,
                refused: total.refused,
                expected,
                delivered: total.delivered,
                lost,
                duplicated: total.duplicated,
                reordered: total.reordered,
                latency_us: total.latency.distribution(),
            },
            traffic: Traffic {
                received: total.bytes_in,
                sent: total.bytes_out,
                received_per_join: total.bytes_in_of_joins.checked_div(total.joins_done).unwrap_or(0),
            },
            disconnects: Disconnects { reasons: total.disconnects, returned: total.returned },
            requests_refused: total.requests_refused,
            crowd,
            server,
            phases: self.phases,
            samples: self.samples,
            remarks,
        }
    }
}

/// A moment as the result writes it.
fn rfc3339(us: u64) -> String {
    chrono::DateTime::from_timestamp_micros(us as i64)
        .map(|time| time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
        .unwrap_or_default()
}
