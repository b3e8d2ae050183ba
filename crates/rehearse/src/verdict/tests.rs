use proptest::prelude::*;

use super::*;
use crate::sketch::{broken, calm};

fn plain(outcome: &Outcome) -> String {
    verdict(outcome).text().replace('\u{a0}', " ")
}

#[test]
fn a_good_evening() {
    let outcome = calm(5_000);
    assert_eq!(verdict(&outcome).level, Level::Held);
    assert_eq!(
        plain(&outcome),
        "Held 5,000 viewers. They arrived over 3.1 s, and nobody waited more than 400 ms to be in. 99 of 100 deliveries took at most 38 ms; nothing was lost. \
         No limit was met: at its busiest the server used 0.70 of 2 cores. \
         The crowd ran on the server's own machine, and they shared 2 cores: alone, the server has more. \
         Your viewers' way through the network comes on top."
    );
}

#[test]
fn a_bad_evening() {
    let outcome = broken(5_000);
    assert_eq!(verdict(&outcome).level, Level::Broke);
    let text = plain(&outcome);
    for part in [
        "Broke under 5,000 viewers.",
        "Only 2,500 of 5,000 came in; 2,500 joins failed (“connection reset”, 2,000 times)",
        "one in a hundred waited 50 s or more",
        "One delivery in a hundred took 7.7 s or more, too long to talk; 27,000 of 1,350,000 deliveries were lost (2 %).",
        "12 deliveries came out of order.",
        "40 streams ended early (“policy-violation”); nobody came back.",
        "The first limit met was one core: at 0:03 with 2,500 in",
    ] {
        assert!(text.contains(part), "{part}\nis not in\n{text}");
    }
}

#[test]
fn the_limit_is_named() {
    let mut outcome = calm(1_000);
    for sample in &mut outcome.samples[18..22] {
        (sample.server_cpu, sample.crowd_cpu) = (Some(1.4), 0.5);
    }
    assert!(plain(&outcome).contains(
        "The first limit in sight is the processor: at 0:10 with 1,000 in, server (1.4) and crowd (0.50) together used all 2 cores."
    ));
    outcome.samples[10].overload = Some(2);
    assert!(plain(&outcome).contains("at 0:05 with 1,000 in, it went to step 2 of its plan for overload"));
    outcome.samples[5].server_memory = Some(24_000_000_000);
    assert!(plain(&outcome).contains("memory: at 0:03 with 1,000 in, the server held 24 GB of 25 GB"));
    outcome.target.same_machine = false;
    outcome.samples[10].overload = None;
    assert!(
        plain(&outcome).contains("No limit was met: at its busiest the server used 1.4 cores."),
        "{}",
        plain(&outcome)
    );
}

#[test]
fn a_crowd_at_its_limit_judges_no_server() {
    let mut outcome = calm(1_000);
    outcome.crowd.was_the_limit = true;
    outcome.crowd.busiest = 0.99;
    assert_eq!(verdict(&outcome).level, Level::Held);
    assert!(plain(&outcome).contains("the server may bear more"));
    let mut outcome = broken(1_000);
    outcome.crowd.was_the_limit = true;
    let verdict = verdict(&outcome);
    assert_eq!(verdict.level, Level::Unclear);
    assert!(verdict.headline.contains("not the server") && verdict.limit.contains("the crowd itself"));
}

#[test]
fn a_crowd_that_starved_judges_a_server_only_that_took_all_cores() {
    let mut outcome = broken(1_000);
    (outcome.crowd.was_the_limit, outcome.crowd.busiest, outcome.crowd.starved) = (true, 0.4, 0.55);
    let verdict = super::verdict(&outcome);
    assert_eq!(verdict.level, Level::Unclear);
    assert!(verdict.limit.contains("no core to do it on for 55"), "{}", verdict.limit);
    outcome.samples.iter_mut().for_each(|sample| sample.server_cpu = Some(1.9));
    assert_eq!(super::verdict(&outcome).level, Level::Broke);
}

#[test]
fn a_crowd_that_takes_the_cores_of_the_server_judges_none_either() {
    let mut outcome = broken(1_000);
    for sample in &mut outcome.samples[20..24] {
        (sample.server_cpu, sample.crowd_cpu) = (Some(0.4), 1.6);
    }
    outcome.samples.iter_mut().take(20).for_each(|sample| sample.server_cpu = Some(0.4));
    assert_eq!(verdict(&outcome).level, Level::Unclear);
    assert!(plain(&outcome).contains("server (0.40) and crowd (1.6) together used all 2 cores"), "{}", plain(&outcome));
    outcome.target.same_machine = false;
    assert_eq!(verdict(&outcome).level, Level::Broke);
}

#[test]
fn a_crowd_that_does_not_tell_of_itself_judges_none() {
    let mut outcome = broken(1_000);
    outcome.samples.iter_mut().for_each(|sample| sample.server_cpu = Some(0.4));
    outcome.samples[20..23].iter_mut().for_each(|sample| sample.crowd_cpu = 0.0);
    assert_eq!(verdict(&outcome).level, Level::Broke, "a second and a half");
    outcome.samples[20..26].iter_mut().for_each(|sample| sample.crowd_cpu = 0.0);
    assert_eq!(verdict(&outcome).level, Level::Unclear);
    assert!(
        plain(&outcome).contains("the crowd itself: at 0:10 with 500 in, it did not keep up"),
        "{}",
        plain(&outcome)
    );
    outcome.samples.iter_mut().for_each(|sample| sample.crowd_cpu = 0.0);
    assert_eq!(verdict(&outcome).level, Level::Broke, "its processor time could not be seen at all");
}

#[test]
fn what_was_not_seen_is_not_judged() {
    let mut outcome = calm(100);
    outcome.server = None;
    outcome.samples.iter_mut().for_each(|sample| (sample.server_cpu, sample.server_memory) = (None, None));
    let text = plain(&outcome);
    assert!(text.contains("No limit was met that could be seen from outside."), "{text}");
    assert!(text.contains("could not be seen."), "{text}");
    outcome.delivery.sent = 0;
    outcome.delivery.reflected = 0;
    assert!(plain(&outcome).contains("Nothing was said"));
}

#[test]
fn a_restart_is_borne_when_all_come_back() {
    let mut outcome = calm(1_000);
    outcome.disconnects.reasons = [("system-shutdown".to_owned(), 1_000)].into();
    (outcome.joins.resumed, outcome.disconnects.returned) = (900, 1_000);
    outcome.joins.begun = 1_100;
    outcome.joins.done = 1_100;
    assert_eq!(verdict(&outcome).level, Level::Held);
    let text = plain(&outcome);
    assert!(
        text.contains("1,000 streams ended early (“system-shutdown”); all came back. 900 viewers resumed"),
        "{text}"
    );
    outcome.disconnects.returned = 990;
    assert_eq!(verdict(&outcome).level, Level::Strained);
    // However often they have tried, and however many loaded the page anew.
    outcome.joins.begun = 9_000;
    outcome.disconnects.returned = 0;
    assert_eq!(verdict(&outcome).level, Level::Broke);
    assert!(plain(&outcome).contains("nobody came back"));
}

#[test]
fn small_faults_strain_and_great_ones_break() {
    type Change = fn(&mut Outcome);
    let cases: [(Change, Level); 9] = [
        (|o| o.delivery.lost = 1, Level::Strained),
        (|o| o.delivery.lost = o.delivery.expected / 100, Level::Broke),
        (|o| o.delivery.duplicated = 1, Level::Strained),
        (|o| o.delivery.latency_us.p99 = 2_000_001, Level::Strained),
        (|o| o.delivery.latency_us.p99 = 11_000_000, Level::Broke),
        (|o| o.joins.time_us.p99 = 11_000_000, Level::Strained),
        (|o| o.joins.time_us.p99 = 61_000_000, Level::Broke),
        (|o| o.delivery.reflected -= 1, Level::Strained),
        (|o| o.delivery.reflected = 0, Level::Broke),
    ];
    for (place, (change, level)) in cases.into_iter().enumerate() {
        let mut outcome = calm(1_000);
        change(&mut outcome);
        assert_eq!(verdict(&outcome).level, level, "case {place}");
    }
    let mut outcome = calm(1_000);
    outcome.delivery.reflected -= 100;
    outcome.delivery.refused = [("policy-violation".to_owned(), 100)].into();
    assert_eq!(verdict(&outcome).level, Level::Held, "what the server refuses it has answered");
    assert!(plain(&outcome).contains("refused 100 of 270 messages (“policy-violation”)"));
}

proptest! {
    /// Whatever was measured, the words agree with the figures and hold nothing that steers a terminal.
    #[test]
    fn words_agree_with_figures(
        viewers in 0u32..30_000, in_room in 0u32..30_000, failed in 0u64..9, lost in 0u64..9, delivered in 0u64..9_000,
        p99 in 0u64..20_000_000, all_in in proptest::option::of(0u64..100_000), seen: bool, limit: bool, crowd_cpu in 0.0..3.0, reason in ".{0,20}",
    ) {
        let mut outcome = calm(viewers);
        outcome.samples = vec![crate::Sample { in_room, at_ms: 1_000, crowd_cpu, server_cpu: seen.then_some(0.5), ..crate::Sample::default() }];
        outcome.joins.all_in_after_ms = all_in;
        outcome.joins.done = u64::from(in_room);
        outcome.joins.failed = if failed > 0 { [(reason, failed)].into() } else { [].into() };
        outcome.delivery.lost = lost;
        outcome.delivery.delivered = delivered;
        outcome.delivery.latency_us.p99 = p99;
        outcome.crowd.was_the_limit = limit;
        let verdict = verdict(&outcome);
        let text = verdict.text();
        prop_assert!(!text.contains(char::is_control), "{:?}", text);
        if verdict.level == Level::Held {
            prop_assert!(lost == 0 && failed == 0 && p99 <= READABLE_US && came_in(&outcome) == u64::from(viewers));
            prop_assert!(!text.contains("Only ") && !text.contains(" were lost"));
        }
        prop_assert_eq!(text.contains("nothing was lost"), lost == 0 && delivered > 0);
        prop_assert!(verdict.level != Level::Unclear || limit || crowd_cpu > 0.5);
        prop_assert!(came_in(&outcome) <= u64::from(viewers));
    }
}
