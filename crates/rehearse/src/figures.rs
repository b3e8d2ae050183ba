//! The five figures that matter, each with what it means.
//!
//! Enters: an [`Outcome`]. Leaves: [`Figure`]s, for the end of a rehearsal in the terminal and for the top of its report.

use crate::Outcome;
use crate::rates::busiest;
use crate::verdict::{came_in, total, unanswered, were_served_at_once};
use crate::words::{bytes, number, percent, rough, span, span_ms};

/// One figure, for somebody who sees it for the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Figure {
    /// What it is called.
    pub(crate) name: &'static str,
    /// It, with its unit.
    pub(crate) value: String,
    /// What belongs to it, in a few words.
    pub(crate) detail: String,
    /// What it means, the same for each rehearsal.
    pub(crate) means: &'static str,
    /// Whether it is as it should be.
    pub(crate) well: bool,
}

/// The five.
pub(crate) fn figures(outcome: &Outcome) -> [Figure; 5] {
    [in_the_room(outcome), joining(outcome), latency(outcome), missing(outcome), cost(outcome)]
}

fn in_the_room(outcome: &Outcome) -> Figure {
    let (asked, came) = (u64::from(outcome.viewers), came_in(outcome));
    let failed = total(&outcome.joins.failed);
    let value = if came == asked { number(came) } else { format!("{} of {}", number(came), number(asked)) };
    let mut parts = Vec::new();
    if let Some(after) = outcome.joins.all_in_after_ms {
        let as_they_came = if were_served_at_once(outcome) { ", as fast as they arrived" } else { "" };
        parts.push(format!("all in after {}{as_they_came}", span_ms(after)));
    }
    if failed > 0 {
        parts.push(format!("{} joins failed", number(failed)));
    }
    Figure {
        name: "In the room",
        value,
        detail: parts.join(", "),
        means: "How many of the viewers were in the room, and when the last of them was, counted from the first to connect.",
        well: came == asked && failed == 0,
    }
}

fn joining(outcome: &Outcome) -> Figure {
    let time = &outcome.joins.time_us;
    let (value, detail) = if time.count == 0 {
        ("–".to_owned(), "nobody joined".to_owned())
    } else {
        (span(time.p99), format!("for 99 of 100; half within {}, the slowest {}", span(time.p50), span(time.max)))
    };
    Figure {
        name: "Time to join",
        value,
        detail,
        means: "From the first byte of a connection until a viewer has the room and its last messages.",
        well: time.count > 0 && time.p99 <= 10_000_000,
    }
}

fn latency(outcome: &Outcome) -> Figure {
    let latency = &outcome.delivery.latency_us;
    let (value, detail) = if latency.count == 0 {
        ("–".to_owned(), "nothing was received".to_owned())
    } else {
        (
            span(latency.p99),
            format!("for 99 of 100; half within {}, the slowest {}", span(latency.p50), span(latency.max)),
        )
    };
    Figure {
        name: "Message latency",
        value,
        detail,
        means: "From sending a message until a viewer has it. Beyond 2\u{a0}s people talk past each other.",
        well: latency.count > 0 && latency.p99 <= crate::verdict::READABLE_US,
    }
}

fn missing(outcome: &Outcome) -> Figure {
    let delivery = &outcome.delivery;
    let silent = unanswered(outcome);
    let mut parts = vec![format!("of {} deliveries", number(delivery.expected))];
    for (count, what) in [
        (delivery.duplicated, "came twice"),
        (delivery.reordered, "out of order"),
        (silent, "messages vanished unanswered"),
    ] {
        if count > 0 {
            parts.push(format!("{} {what}", number(count)));
        }
    }
    let value = match delivery.lost {
        _ if delivery.expected == 0 => "–".to_owned(),
        lost if lost * 1_000 > delivery.expected => {
            format!("{} ({})", number(lost), percent(lost as f64 / delivery.expected as f64))
        }
        lost => number(lost),
    };
    Figure {
        name: "Lost",
        value,
        detail: parts.join(", "),
        means: "Messages that somebody who was in the room never received. It should be\u{a0}0.",
        well: delivery.lost + delivery.duplicated + delivery.reordered + silent == 0,
    }
}

fn cost(outcome: &Outcome) -> Figure {
    let means = "Highest processor use, averaged over a second, and highest memory. What a viewer adds is taken when all are \
                 in and nobody talks.";
    let Some(server) = &outcome.server else {
        let detail = "it could not be seen from here".to_owned();
        return Figure { name: "Server cost", value: "–".to_owned(), detail, means, well: true };
    };
    let busiest = busiest(&outcome.samples);
    let value =
        busiest.map_or_else(|| format!("{} CPU", span(server.cpu_us)), |used| format!("{}\u{a0}cores", rough(used)));
    let mut parts = Vec::new();
    if busiest.is_some() && outcome.target.same_machine {
        parts.push(format!("of {}", outcome.machine.cores));
    }
    parts.push(format!("{} of memory in all", bytes(server.memory_peak)));
    if let Some(each) = server.memory_per_viewer.filter(|each| *each > 0) {
        parts.push(format!("each viewer adds {}", bytes(each)));
    }
    Figure { name: "Server cost", value, detail: parts.join(", "), means, well: true }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sketch::{broken, calm};

    fn values(outcome: &Outcome) -> Vec<String> {
        figures(outcome).iter().map(|f| format!("{} | {}", f.value, f.detail).replace('\u{a0}', " ")).collect()
    }

    #[test]
    fn they_say_what_was_measured() {
        assert_eq!(
            values(&calm(5_000)),
            [
                "5,000 | all in after 3.1 s, as fast as they arrived",
                "220 ms | for 99 of 100; half within 40 ms, the slowest 400 ms",
                "38 ms | for 99 of 100; half within 7 ms, the slowest 70 ms",
                "0 | of 1,350,000 deliveries",
                "0.70 cores | of 2, 36 MB of memory in all, each viewer adds 4.9 kB",
            ]
        );
        assert!(figures(&calm(5_000)).iter().all(|figure| figure.well));
    }

    #[test]
    fn they_say_what_went_wrong_and_what_is_unknown() {
        let mut outcome = broken(5_000);
        outcome.server = None;
        let values = values(&outcome);
        assert_eq!(values[0], "2,500 of 5,000 | 2,500 joins failed");
        assert_eq!(values[3], "27,000 (2 %) | of 1,350,000 deliveries, 12 out of order");
        assert_eq!(values[4], "– | it could not be seen from here");
        let well = figures(&outcome).map(|figure| figure.well);
        assert_eq!(well, [false, false, false, false, true]);
    }
}
