use super::*;
use crate::sketch::{broken, calm};

/// The tags of a page that must be closed, each with how often it is opened less how often it is closed.
fn unbalanced(page: &str) -> Vec<(&'static str, i64)> {
    let tags = [
        "html", "body", "header", "main", "section", "figure", "div", "svg", "table", "tr", "dl", "ul", "ol", "article",
    ];
    let count = |text: String| page.matches(&text).count() as i64;
    tags.into_iter()
        .map(|tag| (tag, count(format!("<{tag}>")) + count(format!("<{tag} ")) - count(format!("</{tag}>"))))
        .filter(|(_, difference)| *difference != 0)
        .collect()
}

#[test]
fn a_page_holds_the_verdict_the_figures_and_the_plots() {
    let page = html(&[calm(5_000)]);
    let plain = page.replace('\u{a0}', " ");
    for part in [
        "<h1>Held 5,000 viewers</h1>",
        "99 of 100 deliveries took at most 38 ms; nothing was lost.",
        "<code>parterre rehearse premiere --viewers 20000</code>",
        "<dt>Time to join</dt>",
        "Message latency over time",
        "<b>2</b> <span>talking</span>",
        "all 2 cores",
        "against <bdi>Parterre 0.1.0</bdi> at <bdi>ws://127.0.0.1:5280/xmpp-websocket</bdi>",
        "on 2026-11-23 19:40 UTC",
        "Debian GNU/Linux 12",
    ] {
        assert!(plain.contains(part), "{part} is not in the page");
    }
    assert_eq!(page.matches("<figure>").count(), 6);
    assert_eq!(unbalanced(&page), []);
    assert!(page.len() < 150_000, "{} bytes", page.len());
}

#[test]
fn nothing_is_fetched_and_nothing_foreign_is_run() {
    let mut outcome = broken(500);
    let foreign = "<script src=//x>\"'&<img onerror=1>\u{202e}";
    for text in [
        &mut outcome.label,
        &mut outcome.scenario,
        &mut outcome.about,
        &mut outcome.tool,
        &mut outcome.started,
        &mut outcome.target.url,
        &mut outcome.target.room,
        &mut outcome.machine.system,
        &mut outcome.machine.processor,
    ] {
        foreign.clone_into(text);
    }
    outcome.target.software = Some(foreign.to_owned());
    outcome.remarks = vec![foreign.to_owned()];
    outcome.phases[0].name = foreign.to_owned();
    outcome.joins.failed = [(foreign.to_owned(), 250)].into();
    outcome.delivery.refused = outcome.joins.failed.clone();
    outcome.disconnects.reasons = outcome.joins.failed.clone();
    if let Some(server) = &mut outcome.server {
        foreign.clone_into(&mut server.seen_by);
    }
    for page in [html(&[outcome.clone()]), html(&[calm(500), outcome])] {
        assert_eq!(page.matches("<script").count(), 1, "the page's own");
        assert!(!page.contains("<img") && !page.contains('\u{202e}'));
        assert_eq!(page.matches("href=").count() + page.matches("@import").count() + page.matches("url(").count(), 0);
        assert_eq!(unbalanced(&page), []);
    }
}

#[test]
fn several_stand_side_by_side() {
    let page = html(&[calm(5_000), broken(5_000), calm(5_000)]).replace('\u{a0}', " ");
    assert!(page.contains("<h1>3 rehearsals side by side</h1>"));
    assert_eq!(page.matches("<article").count(), 3);
    assert!(page.contains("99 of 100 within") && page.contains("<small>200 ×</small>"), "the ratio to the best");
    assert!(!page.contains("compare with care"));
    let mut other = calm(100);
    other.scenario = "raid".to_owned();
    let page = html(&[calm(5_000), other]).replace('\u{a0}', " ");
    assert!(
        page.contains("different plays (premiere, raid)") && page.contains("The crowds differ: 5,000, 100 viewers.")
    );
}

#[test]
fn results_of_one_name_are_told_apart() {
    let labels = |outcomes: &[Outcome]| told_apart(outcomes).into_iter().map(|o| o.label).collect::<Vec<_>>();
    let mut raid = calm(10);
    "raid".clone_into(&mut raid.scenario);
    assert_eq!(labels(&[calm(10), broken(10)]), ["Parterre 0.1.0", "Another server"]);
    assert_eq!(labels(&[calm(10), raid]), ["Parterre 0.1.0, premiere", "Parterre 0.1.0, raid"]);
    assert_eq!(labels(&[calm(10), calm(10)]), ["1. Parterre 0.1.0", "2. Parterre 0.1.0"]);
}

#[test]
fn a_page_is_written_whatever_is_missing() {
    let mut outcome = calm(10);
    outcome.samples.clear();
    outcome.phases.clear();
    outcome.server = None;
    outcome.joins.time_us = crate::Distribution::default();
    outcome.delivery.latency_us = crate::Distribution::default();
    let page = html(&[outcome.clone()]);
    assert!(page.contains("Nothing was said.") && page.contains("memory could not be seen."));
    assert_eq!(unbalanced(&page), []);
    assert_eq!(unbalanced(&html(&[outcome.clone(), outcome])), []);
    assert_eq!(unbalanced(&html(&[])), []);
}

#[test]
fn long_rehearsals_stay_small() {
    let mut outcome = calm(5_000);
    let hour: Vec<_> =
        (0..7_200u64).map(|half| crate::Sample { at_ms: half * 500, ..outcome.samples[20].clone() }).collect();
    outcome.samples = hour;
    outcome.duration_ms = 3_600_000;
    let page = html(&[outcome]);
    assert!(page.len() < 150_000, "{} bytes", page.len());
    let line = page.split("<path class=\"line area c0\" d=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(line.matches('M').count(), 1, "one line without gaps: {line}");
}
