//! The plots of a report: which figures are drawn, and how.
//!
//! Enters: outcomes. Leaves: [`Chart`]s. One outcome is shown with all its lines; of several, each gives one line to a plot, in
//! its own colour.

use std::fmt::Write as _;

use super::chart::{Band, Chart, Look, Mark, Series};
use super::scale::{Axis, clock, cores, count, memory, share, time};
use crate::rates::{Rates, rates};
use crate::verdict::READABLE_US;
use crate::words::{counted, span};
use crate::{Distribution, Outcome, Sample};

/// Points that a line has at most.
const POINTS: usize = 160;
/// Between two figures that lie further apart a line is broken.
const GAP_MS: f64 = 5_000.0;
/// Steps of a distribution that is drawn.
const BINS: usize = 48;
/// How an axis of times is read.
const MULTIPLES: &str = "Each label on the axis is a multiple of the one before";

/// A sample with what is counted made a rate.
struct Moment {
    at: f64,
    in_room: f64,
    received: f64,
    latency: Option<[u64; 3]>,
    crowd: f64,
    server: Option<f64>,
    both: Option<f64>,
    memory: Option<f64>,
}

/// All plots, in the order of the page.
pub(super) fn plots(outcomes: &[Outcome]) -> Vec<Chart> {
    let stories: Vec<(&Outcome, Vec<Moment>)> = outcomes.iter().map(|outcome| (outcome, moments(outcome))).collect();
    vec![
        in_the_room(&stories),
        latency(&stories),
        distribution(outcomes),
        received(&stories),
        processor(&stories),
        server_memory(&stories),
    ]
}

/// The samples with their rates; several become one where there are more than a plot can show.
fn moments(outcome: &Outcome) -> Vec<Moment> {
    let width = outcome.samples.len().div_ceil(POINTS).max(1);
    let rates = rates(&outcome.samples);
    outcome
        .samples
        .chunks(width)
        .zip(rates.chunks(width))
        .filter_map(|(samples, rates)| moment(samples, rates))
        .collect()
}

fn moment(samples: &[Sample], rates: &[Rates]) -> Option<Moment> {
    let last = samples.last()?;
    let most = |figure: fn(&Rates) -> Option<f64>| rates.iter().filter_map(figure).reduce(f64::max);
    let latency = samples.iter().filter_map(|sample| sample.latency_us);
    let memory = samples.iter().filter_map(|sample| sample.server_memory);
    Some(Moment {
        at: last.at_ms as f64,
        in_room: f64::from(last.in_room),
        received: rates.iter().map(|rates| rates.received).sum::<f64>() / rates.len().max(1) as f64,
        latency: latency.reduce(|a, b| [a[0].max(b[0]), a[1].max(b[1]), a[2].max(b[2])]),
        crowd: most(|rates| Some(rates.crowd)).unwrap_or(0.0),
        server: most(|rates| rates.server),
        both: most(Rates::both),
        memory: memory.max().map(|bytes| bytes as f64),
    })
}

/// Points of a figure over time. Where it is missing for a moment the line goes on; where for long, it is broken.
fn points(moments: &[Moment], figure: impl Fn(&Moment) -> Option<f64>) -> Vec<(f64, Option<f64>)> {
    let mut points: Vec<(f64, Option<f64>)> = Vec::with_capacity(moments.len());
    let spacing = moments.last().map_or(0.0, |last| last.at) / moments.len().max(1) as f64;
    let gap = GAP_MS.max(spacing * 3.0);
    for moment in moments {
        let Some(value) = figure(moment) else { continue };
        if let Some((before, Some(_))) = points.last().copied().filter(|(before, _)| moment.at - before > gap) {
            points.push((before + 1.0, None));
        }
        points.push((moment.at, Some(value)));
    }
    points
}

/// A series over time for each outcome, with the label of the outcome.
fn each(stories: &[(&Outcome, Vec<Moment>)], look: Look, figure: fn(&Moment) -> Option<f64>) -> Vec<Series> {
    let line = |(colour, (outcome, moments)): (usize, &(&Outcome, Vec<Moment>))| Series {
        name: outcome.label.clone(),
        colour,
        look,
        points: points(moments, figure),
    };
    stories.iter().enumerate().map(line).collect()
}

/// A series of the only outcome.
fn own(name: &str, colour: usize, look: Look, moments: &[Moment], figure: impl Fn(&Moment) -> Option<f64>) -> Series {
    Series { name: name.to_owned(), colour, look, points: points(moments, figure) }
}

fn greatest(series: &[Series]) -> f64 {
    let values = series.iter().flat_map(|series| &series.points).filter_map(|(_, y)| *y);
    values.filter(|value| value.is_finite()).fold(0.0, f64::max)
}

/// A plot over time.
fn over_time(
    stories: &[(&Outcome, Vec<Moment>)],
    title: &'static str,
    caption: &str,
    series: Vec<Series>,
    label: fn(f64) -> String,
) -> Chart {
    let end = stories
        .iter()
        .map(|(outcome, moments)| moments.last().map_or(0.0, |moment| moment.at).max(outcome.duration_ms as f64));
    let y = Axis::up_to(greatest(&series), label);
    Chart {
        title,
        caption: caption.to_owned(),
        x: Axis::time(end.fold(0.0, f64::max)),
        y,
        series,
        bands: bands(stories),
        marks: Vec::new(),
        y_label: label,
        x_label: clock,
        empty: "Nothing was measured.",
    }
}

/// The phases, where there is one outcome: those of several seldom lie one above the other.
fn bands(stories: &[(&Outcome, Vec<Moment>)]) -> Vec<Band> {
    let [(outcome, _)] = stories else { return Vec::new() };
    let band = |phase: &crate::Phase| Band {
        name: phase.name.clone(),
        from: phase.from_ms as f64,
        to: phase.to_ms.max(phase.from_ms) as f64,
    };
    outcome.phases.iter().map(band).collect()
}

fn in_the_room(stories: &[(&Outcome, Vec<Moment>)]) -> Chart {
    let look = if stories.len() == 1 { Look::Area } else { Look::Line };
    let series = each(stories, look, |moment| Some(moment.in_room));
    let caption = "How many viewers were in the room. Good: steep at first, then flat.";
    let mut chart = over_time(stories, "In the room", caption, series, count);
    let asked = stories.iter().map(|(outcome, _)| outcome.viewers).max().unwrap_or(0);
    if greatest(&chart.series) < f64::from(asked) {
        chart.y = Axis::up_to(f64::from(asked), count);
        chart.marks.push(Mark { at: f64::from(asked), label: "asked for".to_owned(), upright: false });
    }
    chart
}

fn latency(stories: &[(&Outcome, Vec<Moment>)]) -> Chart {
    let at = |place: usize| move |moment: &Moment| moment.latency.and_then(|all| all.get(place).map(|us| *us as f64));
    let (series, what) = match stories {
        [(_, moments)] => {
            let lines = vec![
                own("99 of 100 within", 1, Look::Line, moments, at(1)),
                own("half within", 0, Look::Line, moments, at(0)),
            ];
            (lines, "How long messages took, from sending to receiving.")
        }
        several => {
            let line = |moment: &Moment| moment.latency.map(|[_, most, _]| most as f64);
            (each(several, Look::Line, line), "How long messages took, for 99 of 100 deliveries.")
        }
    };
    let mut chart = over_time(stories, "Message latency over time", "", series, time);
    let values = || chart.series.iter().flat_map(|series| &series.points).filter_map(|(_, y)| *y);
    let least = values().fold(f64::INFINITY, f64::min);
    let most = values().fold(1.0, f64::max);
    chart.y = Axis::spans(if least.is_finite() { least as u64 } else { 1 }, most as u64);
    let good = if chart.y.place(READABLE_US as f64) < 1.0 {
        chart.marks.push(Mark { at: READABLE_US as f64, label: "too slow to talk".to_owned(), upright: false });
        "below the dashed line, at 2\u{a0}s"
    } else {
        "below 2\u{a0}s, which is above this plot"
    };
    chart.caption =
        format!("{what} {MULTIPLES}, so that short and long times fit on one plot. Good: flat, and {good}.");
    chart.empty = "Nothing was said.";
    chart
}

fn distribution(outcomes: &[Outcome]) -> Chart {
    let all: Vec<&Distribution> = outcomes.iter().map(|outcome| &outcome.delivery.latency_us).collect();
    let values = || all.iter().flat_map(|one| &one.steps).filter(|(_, count)| *count > 0).map(|(value, _)| *value);
    let x = Axis::spans(values().min().unwrap_or(1), values().max().unwrap_or(1));
    let look = if all.len() == 1 { Look::Bars } else { Look::Line };
    let series: Vec<Series> = outcomes
        .iter()
        .enumerate()
        .map(|(colour, outcome)| Series {
            name: outcome.label.clone(),
            colour,
            look,
            points: bins(&outcome.delivery.latency_us, &x),
        })
        .collect();
    let mut marks = Vec::new();
    if let [one] = all.as_slice() {
        for (value, name) in [(one.p50, "half"), (one.p99, "99 of 100")] {
            if one.count > 0 {
                marks.push(Mark { at: value as f64, label: format!("{name}: {}", span(value)), upright: true });
            }
        }
    }
    Chart {
        title: "How often each latency occurred",
        caption: format!(
            "Each bar is the share of deliveries that took about so long; fast is left, slow is right. {MULTIPLES}. \
             Good: all of it left of 2\u{a0}s."
        ),
        y: Axis::up_to(greatest(&series), share),
        x,
        series,
        bands: Vec::new(),
        marks,
        y_label: share,
        x_label: time,
        empty: "Nothing was said.",
    }
}

/// The steps of a distribution, gathered into steps of equal width on the page.
fn bins(distribution: &Distribution, x: &Axis) -> Vec<(f64, Option<f64>)> {
    let mut counts = [0u64; BINS];
    for (value, count) in &distribution.steps {
        let bin = ((x.place(*value as f64) * BINS as f64) as usize).min(BINS - 1);
        if let Some(sum) = counts.get_mut(bin) {
            *sum = sum.saturating_add(*count);
        }
    }
    let whole = counts.iter().fold(0u64, |sum, count| sum.saturating_add(*count)) as f64;
    let at = |bin: usize| x.value(bin as f64 / BINS as f64);
    let mut points: Vec<(f64, Option<f64>)> =
        counts.iter().enumerate().map(|(bin, count)| (at(bin), (whole > 0.0).then(|| *count as f64 / whole))).collect();
    points.push((at(BINS), None));
    points
}

fn received(stories: &[(&Outcome, Vec<Moment>)]) -> Chart {
    let look = if stories.len() == 1 { Look::Area } else { Look::Line };
    let series = each(stories, look, |moment| Some(moment.received));
    let caption = "Messages received a second by all viewers together: one message to 1,000 viewers is 1,000 deliveries. \
                   Good: as flat as the talk was steady.";
    over_time(stories, "Deliveries per second", caption, series, count)
}

fn processor(stories: &[(&Outcome, Vec<Moment>)]) -> Chart {
    let (series, caption) = match stories {
        [(_, moments)] => {
            let lines = vec![
                own("both", 5, Look::Faint, moments, |moment| moment.both),
                own("crowd", 1, Look::Line, moments, |moment| Some(moment.crowd)),
                own("server", 0, Look::Line, moments, |moment| moment.server),
            ];
            (lines, "Processor cores that the server used, and the crowd, that is, the viewers who were played.")
        }
        several => {
            let series = each(several, Look::Line, |moment| moment.server);
            (series, "Processor cores that the server used. The less, the more viewers it has room for.")
        }
    };
    let mut chart = over_time(stories, "Processor", caption, series, cores);
    chart.series.retain(|series| series.points.iter().any(|(_, y)| y.is_some()));
    chart.empty = "The server's processor could not be seen.";
    let limit = stories.iter().map(|(outcome, _)| outcome.machine.cores).max().unwrap_or(1).max(1);
    let shared = stories.iter().all(|(outcome, _)| outcome.target.same_machine);
    let all =
        if limit == 1 { "the only core".to_owned() } else { format!("all {}", counted(limit.into(), "core", "cores")) };
    if shared && greatest(&chart.series) * 3.0 < f64::from(limit) {
        let _ = write!(chart.caption, " Good: far below {all} of the machine, as here: that is above this plot.");
    } else if shared {
        let _ = write!(chart.caption, " Good: below the line at the top, {all} of the machine.");
        chart.y = Axis::up_to(greatest(&chart.series).max(f64::from(limit)), cores);
        chart.marks.push(Mark { at: f64::from(limit), label: all, upright: false });
    }
    chart
}

fn server_memory(stories: &[(&Outcome, Vec<Moment>)]) -> Chart {
    let look = if stories.len() == 1 { Look::Area } else { Look::Line };
    let series = each(stories, look, |moment| moment.memory);
    let caption = "Memory that the server held. Good: it rises with the viewers, and then stays. The last moments are of everybody \
                   leaving at once.";
    let mut chart = over_time(stories, "Server memory", caption, series, memory);
    chart.empty = "The server's memory could not be seen.";
    chart
}
