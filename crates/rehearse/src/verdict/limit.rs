//! Which limit was met first.

use crate::progress::printable;
use crate::rates::{busiest, rates};
use crate::verdict::{Level, READABLE_US, total};
use crate::words::{bytes, number, percent, rough};
use crate::{Outcome, Sample};

/// From which share of a resource on it counts as used up.
const FULL: f64 = 0.9;
/// For how long a crowd that is well may not tell of itself.
const SILENT_MS: u64 = 2_000;
/// What a program uses that can use one core only.
const ONE_CORE: std::ops::Range<f64> = 0.93..1.05;

/// A limit that was met.
struct Limit {
    at_ms: u64,
    /// What it was, to stand behind "the first limit met was".
    what: String,
    /// Whether the crowd met it, and not the server.
    of_the_crowd: bool,
}

/// Whether the crowd, and not the server, was what held the figures back: it says so itself, or it took the cores that
/// the server on the same machine would have needed.
pub(crate) fn crowd_was_it(outcome: &Outcome) -> bool {
    [crowd(outcome), silence(outcome), processor(outcome)].into_iter().flatten().any(|limit| limit.of_the_crowd)
}

/// The sentence.
pub(super) fn sentence(outcome: &Outcome, level: Level) -> String {
    let limits = [crowd(outcome), silence(outcome), processor(outcome), overload(outcome), memory(outcome)];
    match (limits.into_iter().flatten().min_by_key(|limit| limit.at_ms), level) {
        (Some(limit), Level::Held) => format!("The first limit in sight is {}.", limit.what),
        (Some(limit), _) => format!("The first limit met was {}.", limit.what),
        (None, Level::Held) => room_left(outcome),
        (None, _) => unexplained(outcome),
    }
}

/// The crowd had more to do than it could. One that starved beside a server that took all cores tells of the server.
fn crowd(outcome: &Outcome) -> Option<Limit> {
    let crowd = &outcome.crowd;
    let what = if crowd.busiest >= FULL {
        format!("the crowd itself: one of its threads used {} of a core", percent(crowd.busiest.min(1.0)))
    } else {
        let cores = f64::from(outcome.machine.cores.max(1));
        if outcome.target.same_machine && busiest(&outcome.samples).is_some_and(|used| used >= cores * FULL) {
            return None;
        }
        let starved = percent(crowd.starved);
        format!("the crowd itself: one of its threads had work to do and no core to do it on for {starved} of a second")
    };
    crowd.was_the_limit.then_some(Limit { at_ms: 0, what, of_the_crowd: true })
}

/// The first time that the crowd was too busy, or too starved, to count: its share of the processor is never quite 0
/// over two seconds in which it tells of itself.
fn silence(outcome: &Outcome) -> Option<Limit> {
    let told = |sample: &Sample| sample.crowd_cpu > 0.0;
    if !outcome.samples.iter().any(told) {
        return None;
    }
    let mut runs = outcome.samples.split(told).filter_map(|run| Some((run.first()?, run.last()?)));
    let (first, _) =
        runs.find(|(first, last)| last.at_ms.saturating_sub(first.at_ms) >= SILENT_MS && first.in_room > 0)?;
    let what = format!("the crowd itself: {}, it did not keep up with counting what it got", moment(first));
    Some(Limit { at_ms: first.at_ms, what, of_the_crowd: true })
}

/// The first second over which the cores were used up.
fn processor(outcome: &Outcome) -> Option<Limit> {
    let cores = f64::from(outcome.machine.cores.max(1));
    let all = if cores > 1.0 { format!("all {} cores", outcome.machine.cores) } else { "the only core".to_owned() };
    let here = outcome.target.same_machine;
    for (sample, rates) in outcome.samples.iter().zip(rates(&outcome.samples)) {
        let (Some(server), Some(both)) = (rates.server, rates.both()) else { continue };
        let slow = sample.latency_us.is_some_and(|[_, most, _]| most > READABLE_US);
        let moment = moment(sample);
        let what = if here && server >= cores * FULL {
            format!("the processor: {moment}, the server used {all}")
        } else if here && both >= cores * FULL {
            let (server, crowd) = (rough(server), rough(rates.crowd));
            format!("the processor: {moment}, server ({server}) and crowd ({crowd}) together used {all}")
        } else if slow && ONE_CORE.contains(&server) {
            // A program of one thread ends at one core, however many there are.
            format!("one core: {moment}, the server used all of it, and no other")
        } else {
            continue;
        };
        return Some(Limit { at_ms: sample.at_ms, what, of_the_crowd: here && rates.crowd > server });
    }
    None
}

fn overload(outcome: &Outcome) -> Option<Limit> {
    let step = |sample: &Sample| sample.overload.filter(|step| *step > 0);
    let (sample, step) = outcome.samples.iter().find_map(|sample| Some((sample, step(sample)?)))?;
    let what = format!("the server's own: {}, it went to step {step} of its plan for overload", moment(sample));
    Some(Limit { at_ms: sample.at_ms, what, of_the_crowd: false })
}

fn memory(outcome: &Outcome) -> Option<Limit> {
    let most = outcome.machine.memory;
    let full = |sample: &&Sample| {
        outcome.target.same_machine && most > 0 && sample.server_memory.unwrap_or(0) as f64 >= most as f64 * FULL
    };
    let sample = outcome.samples.iter().find(full)?;
    let (used, moment) = (bytes(sample.server_memory.unwrap_or(0)), moment(sample));
    let what = format!("memory: {moment}, the server held {used} of {}", bytes(most));
    Some(Limit { at_ms: sample.at_ms, what, of_the_crowd: false })
}

fn moment(sample: &Sample) -> String {
    let seconds = sample.at_ms / 1_000;
    format!("at {}:{:02} with {} in", seconds / 60, seconds % 60, number(u64::from(sample.in_room)))
}

/// All went well, and nothing was used up.
fn room_left(outcome: &Outcome) -> String {
    match busiest(&outcome.samples) {
        Some(used) if outcome.target.same_machine => format!(
            "No limit was met: at its busiest the server used {} of {} cores.",
            rough(used),
            outcome.machine.cores
        ),
        Some(used) => format!("No limit was met: at its busiest the server used {} cores.", rough(used)),
        None => "No limit was met that could be seen from outside.".to_owned(),
    }
}

/// Something went wrong, and no resource was used up: what the server said is all there is.
fn unexplained(outcome: &Outcome) -> String {
    let reasons = [&outcome.joins.failed, &outcome.disconnects.reasons];
    let most = reasons
        .into_iter()
        .max_by_key(|reasons| total(reasons))
        .and_then(|reasons| reasons.iter().max_by_key(|(_, count)| **count).map(|(reason, _)| printable(reason)));
    match (most, &outcome.server) {
        (Some(reason), _) => format!("The first limit met shows in what the server or the network said: “{reason}”."),
        (None, Some(_)) => {
            "Server and crowd used up nothing of the machine: the limit lies in the server or its settings, or other programs took \
             what there was.".to_owned()
        }
        (None, None) => "Which limit was met first can't be told from outside.".to_owned(),
    }
}
