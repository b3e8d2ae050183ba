//! The report: one HTML file that holds all it needs, for one rehearsal or for several side by side.
//!
//! Enters: [`Outcome`]s. Leaves: the text of a page. Whatever a server or a file said is escaped; nothing is fetched when the
//! page is read, and it is whole without its script.

mod chart;
mod html;
mod next;
mod plots;
mod scale;
mod tables;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::Outcome;
use crate::figures::figures;
use crate::verdict::{Level, Verdict, verdict};
use crate::words::{counted, number, span_ms};
use html::escape;

/// Colours that series are drawn in; further ones begin anew.
const COLOURS: usize = 6;

/// The page. Several outcomes stand side by side, in the order given.
pub fn html(outcomes: &[Outcome]) -> String {
    let outcomes = &told_apart(outcomes)[..];
    let mut page = String::with_capacity(128 * 1024);
    let title = match outcomes {
        [one] => verdict(one).headline,
        several => format!("{} side by side", counted(several.len() as u64, "rehearsal", "rehearsals")),
    };
    let _ = write!(
        page,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>Rehearsal: {0}</title>\n<style>\n{1}</style></head>\n<body>\n",
        escape(&title),
        include_str!("report/style.css")
    );
    match outcomes {
        [] => page.push_str("<header><h1>No rehearsal</h1></header><main>"),
        [one] => alone(one, &mut page),
        several => together(several, &mut page),
    }
    if !outcomes.is_empty() {
        page.push_str("<section><h2>Over time</h2>");
        acts(outcomes, &mut page);
        page.push_str("<div class=\"charts\">\n");
        for chart in plots::plots(outcomes) {
            chart.write(&mut page);
            page.push('\n');
        }
        page.push_str("</div></section>\n");
        tables::write(outcomes, &mut page);
    }
    page.push_str("</main>\n<footer>");
    if let Some(first) = outcomes.first() {
        let _ = write!(page, "Written by {}. ", escape(&first.tool));
    }
    let _ = write!(
        page,
        "These are figures of one run on one machine: compare them only with runs on the same machine.</footer>\n\
         <script>\n{}</script>\n</body></html>\n",
        include_str!("report/hover.js")
    );
    page
}

/// The outcomes with labels that differ: by the scenario if that tells them apart, else by their number.
fn told_apart(outcomes: &[Outcome]) -> Vec<Outcome> {
    let labels = |all: &[Outcome]| all.iter().map(|outcome| outcome.label.clone()).collect::<BTreeSet<_>>().len();
    let mut named = outcomes.to_vec();
    if labels(&named) < named.len() {
        for outcome in &mut named {
            outcome.label = format!("{}, {}", outcome.label, outcome.scenario);
        }
    }
    if labels(&named) < named.len() {
        for (place, (outcome, own)) in named.iter_mut().zip(outcomes).enumerate() {
            outcome.label = format!("{}. {}", place + 1, own.label);
        }
    }
    named
}

/// The class that gives a level its colour.
fn level_class(level: Level) -> &'static str {
    match level {
        Level::Held => "held",
        Level::Strained => "strained",
        Level::Broke => "broke",
        Level::Unclear => "unclear",
    }
}

/// The word for a level, with a shape: never by colour alone.
fn badge(level: Level) -> String {
    let shape = match level {
        Level::Held => '✓',
        Level::Strained => '!',
        Level::Broke => '✕',
        Level::Unclear => '?',
    };
    format!("<p class=\"badge\"><span aria-hidden=\"true\">{shape}</span> {}</p>", level.as_str())
}

/// The top of a report on one rehearsal.
fn alone(outcome: &Outcome, page: &mut String) {
    let verdict = verdict(outcome);
    let Verdict { level, headline, findings, limit, caveats } = &verdict;
    let level = *level;
    let _ = write!(page, "<header class=\"{}\">{}", level_class(level), badge(level));
    let _ = write!(page, "<h1>{}</h1><p class=\"lead\">{}</p>", escape(headline), escape(&findings.join(" ")));
    let _ = write!(page, "<p class=\"limit\">{}</p>", escape(limit));
    if !caveats.is_empty() {
        let _ = write!(page, "<p class=\"caveats\">{}</p>", escape(&caveats.join(" ")));
    }
    let _ = write!(page, "{}</header>\n<main>", played(outcome));
    page.push_str("<section><h2>Key figures</h2><dl class=\"figures\">");
    for figure in figures(outcome) {
        let _ = write!(
            page,
            "<div{}><dt>{}</dt><dd class=\"value\">{}</dd><dd class=\"detail\">{}</dd><dd class=\"means\">{}</dd></div>",
            if figure.well { "" } else { " class=\"unwell\"" },
            figure.name,
            escape(&figure.value),
            escape(&figure.detail),
            figure.means
        );
    }
    page.push_str("</dl></section>\n");
    next::write(outcome, level, page);
}

/// The acts of the scenario, with the numbers that they have in the plots.
fn acts(outcomes: &[Outcome], page: &mut String) {
    let [outcome] = outcomes else { return };
    if outcome.phases.is_empty() {
        return;
    }
    page.push_str("<p class=\"about\">What was played, with the numbers above the plots; the shading only tells them apart.</p><ol class=\"acts\">");
    for phase in &outcome.phases {
        let (from, to) = (scale::clock(phase.from_ms as f64), scale::clock(phase.to_ms as f64));
        let _ = write!(page, "<li><bdi>{}</bdi> <span>{from}–{to}</span></li>", escape(&phase.name));
    }
    page.push_str("</ol>");
}

/// What was played, on what, when.
fn played(outcome: &Outcome) -> String {
    let target = &outcome.target;
    let software = target.software.as_ref().map_or_else(String::new, |name| format!("<bdi>{}</bdi> at ", escape(name)));
    format!(
        "<p class=\"played\"><b>{}</b> with {}, {} long, against {software}<bdi>{}</bdi>, room <bdi>{}</bdi>, on {}. \
         <span>{}</span></p>",
        escape(&outcome.scenario),
        counted(u64::from(outcome.viewers), "viewer", "viewers"),
        span_ms(outcome.duration_ms),
        escape(&target.url),
        escape(&target.room),
        escape(&moment(&outcome.started)),
        escape(&outcome.about)
    )
}

/// `2026-11-23T19:40:00Z` as `2026-11-23 19:40 UTC`; anything else as it is.
fn moment(started: &str) -> String {
    let parts = started.split_once('T').and_then(|(day, time)| {
        let utc = time.strip_suffix('Z').or_else(|| time.strip_suffix("+00:00"))?;
        Some(format!("{day} {} UTC", utc.get(..5)?))
    });
    parts.unwrap_or_else(|| started.to_owned())
}

/// The top of a report on several rehearsals.
fn together(outcomes: &[Outcome], page: &mut String) {
    let many = counted(outcomes.len() as u64, "rehearsal", "rehearsals");
    let _ = write!(page, "<header><h1>{many} side by side</h1>");
    for remark in unequal(outcomes) {
        let _ = write!(page, "<p class=\"limit\">{}</p>", escape(&remark));
    }
    page.push_str("</header>\n<main><section><div class=\"verdicts\">");
    for (place, outcome) in outcomes.iter().enumerate() {
        let Verdict { level, headline, findings, limit, caveats } = verdict(outcome);
        let _ = write!(
            page,
            "<article class=\"{}\"><h2 class=\"c{}\"><bdi>{}</bdi></h2>{}<h3>{}</h3><p>{}</p><p>{}</p><p class=\"caveats\">{}</p></article>",
            level_class(level),
            place % COLOURS,
            escape(&outcome.label),
            badge(level),
            escape(&headline),
            escape(&findings.join(" ")),
            escape(&limit),
            escape(&caveats.join(" "))
        );
    }
    page.push_str("</div></section>\n");
    tables::figures_side_by_side(outcomes, page);
}

/// What keeps these outcomes from being compared.
fn unequal(outcomes: &[Outcome]) -> Vec<String> {
    let differ = |of: fn(&Outcome) -> String| {
        let mut all: Vec<String> = outcomes.iter().map(of).collect();
        all.dedup();
        (all.len() > 1).then_some(all)
    };
    let mut remarks = Vec::new();
    if let Some(names) = differ(|outcome| outcome.scenario.clone()) {
        remarks.push(format!("These are different plays ({}): compare with care.", names.join(", ")));
    }
    if let Some(crowds) = differ(|outcome| number(u64::from(outcome.viewers))) {
        remarks.push(format!("The crowds differ: {} viewers.", crowds.join(", ")));
    }
    if differ(|outcome| format!("{} {} {}", outcome.machine.system, outcome.machine.processor, outcome.machine.cores))
        .is_some()
    {
        remarks.push("They ran on different machines: times can't be compared.".to_owned());
    }
    remarks
}

#[cfg(test)]
mod tests;
