//! Outcomes to test with: made up, and of the shape of real ones.

use crate::{
    Crowd, Delivery, Disconnects, Distribution, Joins, Machine, Outcome, Phase, Sample, ServerUse, Target, Traffic,
};

/// A distribution of latencies around a value, with a tail.
pub(crate) fn spread(count: u64, middle: u64) -> Distribution {
    let parts = [(1, 2), (2, 8), (3, 20), (4, 30), (6, 20), (9, 12), (14, 5), (22, 2), (40, 1)];
    let steps: Vec<(u64, u64)> =
        parts.iter().map(|(at, of)| (middle * at / 4, count * of / 100)).filter(|(_, n)| *n > 0).collect();
    Distribution {
        count: steps.iter().map(|(_, n)| n).sum(),
        min: middle / 5,
        p50: middle,
        p90: middle * 9 / 4,
        p99: middle * 22 / 4,
        p999: middle * 40 / 4,
        max: middle * 40 / 4,
        mean: middle as f64 * 1.2,
        steps,
    }
}

/// A rehearsal of that many viewers that went well: they arrive within three seconds, and talk until 0:30.
pub(crate) fn calm(viewers: u32) -> Outcome {
    let n = u64::from(viewers);
    Outcome {
        format: 1,
        tool: "parterre 0.1.0".to_owned(),
        label: "Parterre 0.1.0".to_owned(),
        scenario: "premiere".to_owned(),
        about: "Everyone comes within seconds, and talks.".to_owned(),
        started: "2026-11-23T19:40:00Z".to_owned(),
        duration_ms: 30_000,
        viewers,
        target: Target {
            url: "ws://127.0.0.1:5280/xmpp-websocket".to_owned(),
            room: "hall@room.localhost".to_owned(),
            software: Some("Parterre 0.1.0".to_owned()),
            same_machine: true,
        },
        machine: Machine {
            system: "Debian GNU/Linux 12 (bookworm), Linux 6.18.5".to_owned(),
            processor: "AMD EPYC 9B45".to_owned(),
            cores: 2,
            memory: 25_000_000_000,
            open_files: 20_000,
        },
        joins: Joins {
            begun: n,
            done: n,
            failed: [].into(),
            resumed: 0,
            time_us: spread(n, 40_000),
            all_in_after_ms: Some(3_120),
        },
        delivery: Delivery {
            sent: 270,
            reflected: 270,
            refused: [].into(),
            expected: 270 * n,
            delivered: 270 * n,
            lost: 0,
            duplicated: 0,
            reordered: 0,
            latency_us: spread(270 * n, 7_000),
        },
        traffic: Traffic { received: 135_000 * n, sent: 2_100 * n, received_per_join: 12_400 },
        disconnects: Disconnects { reasons: [].into(), returned: 0 },
        requests_refused: [].into(),
        crowd: Crowd {
            processes: 1,
            cpu_us: 4_200_000,
            busiest: 0.41,
            starved: 0.02,
            memory: 60_000_000,
            was_the_limit: false,
        },
        server: Some(ServerUse {
            seen_by: "pid 4711".to_owned(),
            cpu_us: 5_900_000,
            memory_before: 9_000_000,
            memory_peak: 9_000_000 + 5_400 * n,
            memory_per_viewer: Some(4_900),
            cpu_us_per_join: Some(148.0),
            cpu_us_per_delivery: Some(3.9),
            threads: Some(6),
            sockets: Some(viewers + 3),
        }),
        phases: vec![
            Phase { name: "arriving".to_owned(), from_ms: 0, to_ms: 3_000 },
            Phase { name: "talking".to_owned(), from_ms: 3_000, to_ms: 27_000 },
            Phase { name: "leaving".to_owned(), from_ms: 27_000, to_ms: 30_000 },
        ],
        samples: (1..=60).map(|half| sample(viewers, half * 500)).collect(),
        remarks: vec!["The crowd and the server share 2 cores: the figures say what both reach together.".to_owned()],
    }
}

fn sample(viewers: u32, at_ms: u64) -> Sample {
    let n = u64::from(viewers);
    // Something that looks uneven, and is the same each time.
    let uneven = (at_ms / 500 * 7_919) % 100;
    let arriving = at_ms <= 3_000;
    let talking = (3_000..27_000).contains(&at_ms);
    let in_room = match at_ms {
        ..3_000 => n * at_ms / 3_000,
        3_000..27_000 => n,
        _ => n * (30_000 - at_ms) / 3_000,
    };
    Sample {
        at_ms,
        in_room: in_room as u32,
        joins: if arriving { viewers / 6 } else { 0 },
        sent: if talking { 5 } else { 0 },
        delivered: if talking { 5 * n + n * uneven / 100 } else { 0 },
        received: if talking { 2_500 * n } else { 2_000 * n },
        latency_us: talking.then(|| [6_000 + uneven * 30, 22_000 + uneven * 300, 40_000 + uneven * 2_000]),
        crowd_cpu: if talking { 0.2 + uneven as f64 / 500.0 } else { 0.35 },
        server_cpu: Some(if arriving { 0.7 } else { 0.25 + uneven as f64 / 400.0 }),
        server_memory: Some(9_000_000 + 5_000 * in_room.max(if arriving { 0 } else { n }) + uneven * 2_000),
        overload: Some(0),
    }
}

/// A rehearsal that went badly: half of the people came in, late, and messages were lost.
pub(crate) fn broken(viewers: u32) -> Outcome {
    let mut outcome = calm(viewers);
    let n = u64::from(viewers);
    outcome.label = "Another server".to_owned();
    outcome.target.software = Some("Another <b>server</b> & more".to_owned());
    outcome.joins.done = n / 2;
    outcome.joins.time_us = spread(n / 2, 9_000_000);
    outcome.joins.all_in_after_ms = None;
    outcome.joins.failed =
        [("connection reset".to_owned(), n / 2 - n / 10), ("<script>alert(1)</script>".to_owned(), n / 10)].into();
    outcome.delivery.lost = outcome.delivery.expected / 50;
    outcome.delivery.delivered -= outcome.delivery.lost;
    outcome.delivery.reordered = 12;
    outcome.delivery.latency_us = spread(outcome.delivery.delivered, 1_400_000);
    outcome.disconnects.reasons = [("policy-violation".to_owned(), 40)].into();
    for sample in &mut outcome.samples {
        sample.in_room /= 2;
        sample.delivered /= 2;
        sample.joins /= 2;
        sample.server_cpu = sample.server_cpu.map(|_| 0.98);
        sample.latency_us = sample.latency_us.map(|all| all.map(|us| us * 150));
        sample.server_memory = sample.server_memory.map(|memory| memory * 12);
    }
    outcome
}
