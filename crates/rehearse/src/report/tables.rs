//! The tables of a report: all figures in numbers, with one column for each outcome.
//!
//! Enters: outcomes. Leaves: HTML.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::COLOURS;
use super::html::escape;
use crate::verdict::{came_in, unanswered};
use crate::words::{bytes, number, percent, rough, span, span_ms};
use crate::{Distribution, Outcome};

/// A row: what it is called, and how an outcome says it.
type Row = (&'static str, fn(&Outcome) -> Option<String>);

/// A percentile of a distribution.
type Part = fn(&Distribution) -> u64;

/// A row whose values can be laid beside each other: less is better, or more is.
type Measure = (&'static str, bool, fn(&Outcome) -> Option<(f64, String)>);

/// Appends the sections that follow the plots.
pub(super) fn write(outcomes: &[Outcome], page: &mut String) {
    distributions(outcomes, page);
    page.push_str("<div class=\"sections\">");
    section("Messages", "Each message to each viewer is one delivery.", outcomes, &DELIVERY, page);
    reasons("Joins that failed", outcomes, |outcome| &outcome.joins.failed, page);
    reasons("Messages refused", outcomes, |outcome| &outcome.delivery.refused, page);
    reasons("Other requests refused", outcomes, |outcome| &outcome.requests_refused, page);
    reasons("Streams that ended early", outcomes, |outcome| &outcome.disconnects.reasons, page);
    section("Joins and traffic", "Bytes are counted at the crowd's sockets.", outcomes, &CAME, page);
    section("The server", "As the crowd's machine saw it, or by its own figures.", outcomes, &SERVER, page);
    section(
        "The crowd and its machine",
        "If the viewers who are played run short of processor, the figures say less about the server.",
        outcomes,
        &CROWD,
        page,
    );
    remarks(outcomes, page);
    page.push_str("</div>\n");
}

const DELIVERY: [Row; 8] = [
    ("Messages sent", |o| Some(number(o.delivery.sent))),
    ("Reflected: their sender saw them in the room", |o| Some(number(o.delivery.reflected))),
    ("Neither reflected nor refused", |o| Some(number(unanswered(o)))),
    ("Deliveries that should have happened", |o| Some(number(o.delivery.expected))),
    ("Deliveries that happened", |o| Some(number(o.delivery.delivered))),
    ("Lost", |o| Some(lost(o))),
    ("Received twice", |o| Some(number(o.delivery.duplicated))),
    ("Received out of order", |o| Some(number(o.delivery.reordered))),
];

const CAME: [Row; 9] = [
    ("Viewers asked for", |o| Some(number(u64::from(o.viewers)))),
    ("Viewers that were in", |o| Some(number(came_in(o)))),
    ("All in after", |o| o.joins.all_in_after_ms.map(span_ms)),
    ("Joins begun", |o| Some(number(o.joins.begun))),
    ("Joins done", |o| Some(number(o.joins.done))),
    ("Came back without a new join (stream resumed)", |o| Some(number(o.joins.resumed))),
    ("Received for each join", |o| Some(bytes(o.traffic.received_per_join))),
    ("Received by all", |o| Some(bytes(o.traffic.received))),
    ("Sent by all", |o| Some(bytes(o.traffic.sent))),
];

const SERVER: [Row; 11] = [
    ("Software", |o| o.target.software.clone()),
    ("Measured by its", |o| o.server.as_ref().map(|s| s.seen_by.clone())),
    ("Processor time", |o| o.server.as_ref().map(|s| span(s.cpu_us))),
    ("… for each join", |o| o.server.as_ref()?.cpu_us_per_join.map(microseconds)),
    ("… for each delivery", |o| o.server.as_ref()?.cpu_us_per_delivery.map(microseconds)),
    ("Memory before", |o| o.server.as_ref().map(|s| bytes(s.memory_before))),
    ("Memory at its highest", |o| o.server.as_ref().map(|s| bytes(s.memory_peak))),
    ("… for each viewer who watches", |o| o.server.as_ref()?.memory_per_viewer.filter(|each| *each > 0).map(bytes)),
    ("Threads", |o| o.server.as_ref()?.threads.map(|n| number(n.into()))),
    ("Open sockets", |o| o.server.as_ref()?.sockets.map(|n| number(n.into()))),
    ("Address", |o| Some(o.target.url.clone())),
];

const CROWD: [Row; 10] = [
    ("Where", |o| Some(if o.target.same_machine { "the server's machine" } else { "another machine" }.to_owned())),
    ("System", |o| Some(o.machine.system.clone())),
    ("Processor", |o| Some(o.machine.processor.clone())),
    ("Cores", |o| Some(number(o.machine.cores.into()))),
    ("Memory", |o| Some(bytes(o.machine.memory))),
    ("Files that a process of the crowd may open", |o| Some(number(o.machine.open_files))),
    ("Processes of the crowd", |o| Some(number(o.crowd.processes.into()))),
    ("Processor time of the crowd", |o| Some(span(o.crowd.cpu_us))),
    ("Its busiest thread", |o| {
        let limit = if o.crowd.was_the_limit { ": it was the limit" } else { "" };
        let starved = match o.crowd.starved {
            none if none < 0.01 => String::new(),
            starved => format!(", kept waiting for one for {} of a second at most", percent(starved)),
        };
        Some(format!("{} of a core{starved}{limit}", percent(o.crowd.busiest)))
    }),
    ("Memory of the crowd", |o| Some(bytes(o.crowd.memory))),
];

const MEASURES: [Measure; 9] = [
    ("Viewers in the room", false, |o| Some((came_in(o) as f64, number(came_in(o))))),
    ("All in after", true, |o| o.joins.all_in_after_ms.map(|ms| (ms as f64, span_ms(ms)))),
    ("Time to join, half", true, |o| spans(&o.joins.time_us, |d| d.p50)),
    ("Time to join, 99 of 100", true, |o| spans(&o.joins.time_us, |d| d.p99)),
    ("Message latency, half", true, |o| spans(&o.delivery.latency_us, |d| d.p50)),
    ("Message latency, 99 of 100", true, |o| spans(&o.delivery.latency_us, |d| d.p99)),
    ("Deliveries lost", true, |o| (o.delivery.expected > 0).then(|| (o.delivery.lost as f64, lost(o)))),
    ("Server's processor time", true, |o| o.server.as_ref().map(|s| (s.cpu_us as f64, span(s.cpu_us)))),
    ("Server's memory at its highest", true, |o| {
        o.server.as_ref().map(|s| (s.memory_peak as f64, bytes(s.memory_peak)))
    }),
];

fn microseconds(value: f64) -> String {
    if value < 1e3 { format!("{}\u{a0}µs", rough(value)) } else { span(value as u64) }
}

fn spans(distribution: &Distribution, of: fn(&Distribution) -> u64) -> Option<(f64, String)> {
    (distribution.count > 0).then(|| (of(distribution) as f64, span(of(distribution))))
}

fn lost(outcome: &Outcome) -> String {
    let delivery = &outcome.delivery;
    match delivery.lost {
        0 => "0".to_owned(),
        lost if delivery.expected > 0 => {
            format!("{} ({})", number(lost), percent(lost as f64 / delivery.expected as f64))
        }
        lost => number(lost),
    }
}

/// The head of a table with a column for each outcome; none where there is one.
fn head(outcomes: &[Outcome], page: &mut String) {
    if outcomes.len() < 2 {
        return;
    }
    page.push_str("<thead><tr><td></td>");
    for (place, outcome) in outcomes.iter().enumerate() {
        let _ =
            write!(page, "<th scope=\"col\" class=\"c{}\"><bdi>{}</bdi></th>", place % COLOURS, escape(&outcome.label));
    }
    page.push_str("</tr></thead>");
}

/// A section of rows. Rows that no outcome can fill are left out.
fn section(title: &str, about: &str, outcomes: &[Outcome], rows: &[Row], page: &mut String) {
    let filled: Vec<(&str, Vec<Option<String>>)> = rows
        .iter()
        .map(|(name, value)| (*name, outcomes.iter().map(value).collect::<Vec<_>>()))
        .filter(|(_, values)| values.iter().any(Option::is_some))
        .collect();
    table(title, about, outcomes, &filled, page);
}

fn table(title: &str, about: &str, outcomes: &[Outcome], rows: &[(&str, Vec<Option<String>>)], page: &mut String) {
    if rows.is_empty() {
        return;
    }
    let _ = write!(page, "<section><h2>{title}</h2><p class=\"about\">{about}</p><div class=\"scroll\"><table>");
    head(outcomes, page);
    page.push_str("<tbody>");
    for (name, values) in rows {
        let _ = write!(page, "<tr><th scope=\"row\">{}</th>", escape(name));
        for value in values {
            let _ = write!(page, "<td>{}</td>", escape(value.as_deref().unwrap_or("–")));
        }
        page.push_str("</tr>");
    }
    page.push_str("</tbody></table></div></section>\n");
}

/// Counts by reason, the most frequent first. Nothing where there are none.
fn reasons(title: &str, outcomes: &[Outcome], of: fn(&Outcome) -> &BTreeMap<String, u64>, page: &mut String) {
    let names: BTreeSet<&String> = outcomes.iter().flat_map(|outcome| of(outcome).keys()).collect();
    let count = |outcome: &Outcome, name: &String| of(outcome).get(name).copied().unwrap_or(0);
    let mut names: Vec<&String> = names.into_iter().collect();
    names.sort_by_key(|name| std::cmp::Reverse(outcomes.iter().map(|outcome| count(outcome, name)).max()));
    let rows: Vec<(&str, Vec<Option<String>>)> = names
        .iter()
        .map(|name| (name.as_str(), outcomes.iter().map(|outcome| Some(number(count(outcome, name)))).collect()))
        .collect();
    table(title, "By what the server or the network said.", outcomes, &rows, page);
}

/// Percentiles of joins and of latency.
fn distributions(outcomes: &[Outcome], page: &mut String) {
    // Each with how many values it takes to say so.
    const PARTS: [(&str, u64, Part); 6] = [
        ("fastest", 1, |d| d.min),
        ("half within", 1, |d| d.p50),
        ("90 of 100 within", 10, |d| d.p90),
        ("99 of 100 within", 100, |d| d.p99),
        ("999 of 1,000 within", 1_000, |d| d.p999),
        ("slowest", 1, |d| d.max),
    ];
    page.push_str("<section><h2>Times in full</h2><p class=\"about\">How long joins and deliveries took, from the fastest to the slowest.</p><div class=\"scroll\"><table class=\"times\"><thead><tr><td></td>");
    for (name, ..) in PARTS {
        let _ = write!(page, "<th scope=\"col\">{name}</th>");
    }
    page.push_str("</tr></thead><tbody>");
    for outcome in outcomes {
        for (name, times) in
            [("Time to join", &outcome.joins.time_us), ("Message latency", &outcome.delivery.latency_us)]
        {
            let of = if outcomes.len() > 1 { format!(", {}", outcome.label) } else { String::new() };
            let _ = write!(page, "<tr><th scope=\"row\">{name}{}</th>", escape(&of));
            for (_, least, part) in PARTS {
                let value = if times.count >= least { span(part(times)) } else { "–".to_owned() };
                let _ = write!(page, "<td>{value}</td>");
            }
            page.push_str("</tr>");
        }
    }
    page.push_str("</tbody></table></div></section>\n");
}

fn remarks(outcomes: &[Outcome], page: &mut String) {
    if outcomes.iter().all(|outcome| outcome.remarks.is_empty()) {
        return;
    }
    page.push_str("<section><h2>Notes</h2><ul class=\"remarks\">");
    for outcome in outcomes {
        for remark in &outcome.remarks {
            let of = if outcomes.len() > 1 { format!("<b>{}</b>: ", escape(&outcome.label)) } else { String::new() };
            let _ = write!(page, "<li>{of}{}</li>", escape(remark));
        }
    }
    page.push_str("</ul></section>\n");
}

/// The figures that matter of several outcomes, each with a bar beside the others' and its ratio to the best.
pub(super) fn figures_side_by_side(outcomes: &[Outcome], page: &mut String) {
    page.push_str(
        "<section><h2>The figures that matter</h2><p class=\"about\">Beside each: how many times the best one. \
         Bars are as long as the figures are large.</p><div class=\"scroll\"><table class=\"measures\">",
    );
    head(outcomes, page);
    page.push_str("<tbody>");
    for (name, less_is_better, measure) in MEASURES {
        let values: Vec<Option<(f64, String)>> = outcomes.iter().map(measure).collect();
        let all = || values.iter().flatten().map(|(value, _)| *value);
        let Some(most) = all().reduce(f64::max) else { continue };
        let best = if less_is_better { all().fold(f64::INFINITY, f64::min) } else { most };
        let _ = write!(page, "<tr><th scope=\"row\">{name}</th>");
        for (place, value) in values.iter().enumerate() {
            let Some((value, text)) = value else {
                page.push_str("<td>–</td>");
                continue;
            };
            let width = if most > 0.0 { (value / most * 100.0).clamp(0.0, 100.0) } else { 0.0 };
            let _ = write!(
                page,
                "<td>{}{}<span class=\"bar c{}\" style=\"width:{width:.1}%\"></span></td>",
                escape(text),
                ratio(*value, best),
                place % COLOURS
            );
        }
        page.push_str("</tr>");
    }
    page.push_str("</tbody></table></div></section>\n");
}

/// "3.2 ×", where a value is clearly not the best one.
fn ratio(value: f64, best: f64) -> String {
    let ratio = value / best;
    if best > 0.0 && ratio.is_finite() && !(0.95..1.05).contains(&ratio) {
        format!(" <small>{}\u{a0}×</small>", rough(ratio))
    } else {
        String::new()
    }
}
