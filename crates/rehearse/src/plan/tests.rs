use std::collections::HashSet;

use super::*;
use crate::script::Script;

fn plan(scenario: &str, viewers: u32) -> Plan {
    Plan { viewers, ..crate::tests::plan(scenario) }
}

#[test]
fn parts_share_out_every_viewer_once() {
    for (viewers, of) in [(10, 1), (10, 3), (2, 3), (9, 3)] {
        let mut seen = Vec::new();
        for index in 0..of {
            let part = Part { index, of };
            for place in 0..part.size(viewers) {
                assert_eq!(part.place(part.viewer(place)), Some(place));
                seen.push(part.viewer(place));
            }
        }
        seen.sort_unstable();
        assert_eq!(seen, (0..viewers).collect::<Vec<_>>(), "{viewers} in {of}");
    }
}

#[test]
fn who_speaks_is_who_says_the_messages() {
    for (scenario, viewers) in [("steady", 1000), ("steady", 7), ("premiere", 333), ("raid", 100)] {
        let plan = plan(scenario, viewers);
        let mut speakers = HashSet::new();
        for talk in (0..plan.acts().len()).filter_map(|act| plan.talk(act)) {
            let of_talk: HashSet<u32> = (0..talk.speakers).map(|n| plan.speaker(&talk, n)).collect();
            assert_eq!(of_talk.len() as u32, talk.speakers, "{scenario}: a viewer has two turns");
            speakers.extend(of_talk);
        }
        let said: HashSet<u32> = (0..viewers).filter(|viewer| plan.speaks(*viewer)).collect();
        assert_eq!(said, speakers, "{scenario} with {viewers}");
    }
}

#[test]
fn messages_are_numbered_through_all_acts() {
    let plan = plan("raid", 5000);
    let (one, two) = (plan.talk(0).unwrap(), plan.talk(1).unwrap());
    assert_eq!((one.first, one.count, one.speakers), (0, 5000, 5000));
    assert_eq!((two.first, two.count), (5000, 200));
    let raid = Script::of(plan);
    assert_eq!(raid.next_of_same(0), None, "everybody says it once");
    let steady = Script::of(self::plan("steady", 100));
    assert_eq!(steady.next_of_same(3), Some(23));
    assert_eq!(steady.next_of_same(149), None);
    assert_eq!((steady.speaker(0), steady.speaker(21), steady.speaker(9999)), (Some(0), Some(5), None));
}

#[test]
fn nicks_differ() {
    let plan = plan("premiere", 3000);
    let nicks: HashSet<String> = (0..3000).map(|viewer| plan.nick(viewer, 0)).collect();
    assert_eq!(nicks.len(), 3000);
    assert_ne!(plan.nick(5, 0), plan.nick(5, 1));
    assert_ne!(plan.nick(5, 0), new_nick(5));
}

#[test]
fn the_same_seed_is_the_same_evening_and_another_one_is_not() {
    let (one, other) = (plan("premiere", 500), Plan { seed: 2, ..plan("premiere", 500) });
    let arrivals = |plan: &Plan| (0..500).map(|viewer| plan.arrival(viewer)).collect::<Vec<_>>();
    assert_eq!(arrivals(&one), arrivals(&one.clone()));
    assert_ne!(arrivals(&one), arrivals(&other));
    assert!(arrivals(&one).iter().all(|at| *at < one.arrivals_end()));
    let mean = arrivals(&one).iter().sum::<u64>() / 500;
    assert!((1_200_000..1_800_000).contains(&mean), "they do not come evenly: {mean}");
}

#[test]
fn the_share_that_reloads_or_stops_reading_is_about_what_was_asked_for() {
    let plan = plan("au-poste", 1000);
    let reloads: Vec<_> = (0..1000).map(|viewer| plan.reloads(0, viewer)).filter(|times| !times.is_empty()).collect();
    assert!((280..380).contains(&reloads.len()), "{}", reloads.len());
    assert!(reloads.iter().all(|times| times.len() == 2 && times[0] < times[1] && times[1] < 40_000_000));
    let slow = self::plan("slow-readers", 1000);
    let deaf = (0..1000).filter(|viewer| slow.stops_reading(1, *viewer)).count();
    assert!((70..130).contains(&deaf), "{deaf}");
    assert!((0..1000).all(|viewer| !slow.stops_reading(0, viewer)));
}

#[test]
fn the_command_line_adjusts_what_is_said() {
    let scenario = Scenario::built_in("steady").unwrap().unwrap();
    for rate in [f64::NAN, f64::INFINITY, -5.0, 1e12] {
        assert!(scenario.clone().adjusted(None, Some(rate), None).unwrap_err().0.contains("rate"), "{rate}");
    }
    let adjusted = scenario.adjusted(Some(3), Some(50.0), Some("2s".parse().unwrap())).unwrap();
    assert_eq!((adjusted.viewers, adjusted.acts[0].rate), (3, 50.0));
    assert_eq!(adjusted.acts[0].lasts.us(), 2_000_000);
}
