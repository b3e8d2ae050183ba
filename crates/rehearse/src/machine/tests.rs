use proptest::prelude::*;

use super::*;

fn limits() -> Limits {
    Limits {
        open_files: 20_000,
        ports: 28_232,
        cores: 2,
        memory: 24 << 30,
        memory_free: Some(20 << 30),
        tcp_memory: Some(2 << 30),
        backlog: Some(4096),
        conntrack_free: Some(262_144),
    }
}

fn load(viewers: u32) -> Load {
    Load { viewers, sockets_per_viewer: 1, sources: 250, same_machine: false, server_open_files: None }
}

fn lines(plan: &Plan) -> String {
    plan.findings.iter().map(Finding::line).collect::<Vec<_>>().join("\n").replace('\u{a0}', " ")
}

#[test]
fn a_crowd_that_fits_needs_no_words() {
    let plan = limits().plan(&load(19_900));
    assert_eq!(plan, Plan { processes: 1, sources: 1, findings: Vec::new() });
}

#[test]
fn more_than_a_process_may_open_takes_several() {
    let plan = limits().plan(&load(40_000));
    assert_eq!((plan.processes, plan.sources), (3, 2));
    let lines = lines(&plan);
    assert!(lines.contains("allows 19,900 viewers from one process; 40,000 asked: 3 processes are used"), "{lines}");
    assert!(lines.contains("28,232 ports: the crowd comes from 2 addresses"), "{lines}");
    assert!(plan.findings.iter().all(|finding| !finding.short));
}

#[test]
fn what_falls_short_says_what_to_do() {
    let tight = Limits { memory_free: Some(64 << 20), conntrack_free: Some(1_000), backlog: Some(128), ..limits() };
    let plan = tight.plan(&Load {
        sources: 1,
        same_machine: true,
        server_open_files: Some(1_024),
        sockets_per_viewer: 2,
        ..load(30_000)
    });
    assert_eq!((plan.processes, plan.sources), (4, 1));
    let lines = lines(&plan);
    for part in [
        "The server may open 1,024 files, which are too few for 30,000 viewers. Start it with a higher limit: \
         `ulimit -n 65536`",
        "28,232 ports for connections to one address, and 60,000 are asked for",
        "ip_local_port_range",
        "room for 1,000 more connections",
        "nf_conntrack_max=262144",
        "67 MB of memory are free",
        "somaxconn=4096",
        "share 2 cores",
    ] {
        assert!(lines.contains(part), "{part} is not in\n{lines}");
    }
    assert_eq!(plan.findings.iter().filter(|finding| finding.short).count(), 4);
}

#[test]
fn this_machine_is_described() {
    let limits = Limits::of_this_machine();
    assert!(limits.open_files >= 256 && limits.ports > 0 && limits.cores > 0);
    let machine = limits.machine();
    assert!(!machine.system.is_empty() && !machine.processor.is_empty());
    assert_eq!(meminfo("MemTotal:       24683 kB\nMemFree: 1 kB\n", "MemTotal"), Some(24_683 * 1024));
    assert_eq!(meminfo("MemTotal: many\n", "MemTotal"), None);
}

proptest! {
    #[test]
    fn a_plan_has_room_for_everybody_or_says_so(
        viewers in 1u32..2_000_000, sockets in 1u32..3, sources in 1u32..300, files in 0u64..2_000_000, ports in 0u64..65_536,
    ) {
        let limits = Limits { open_files: files, ports, ..limits() };
        let plan = limits.plan(&Load { viewers, sockets_per_viewer: sockets, sources, ..load(1) });
        prop_assert!(plan.sources >= 1 && plan.sources <= sources);
        if limits.viewers_per_process(sockets) > 0 {
            prop_assert!(u64::from(plan.processes) * u64::from(limits.viewers_per_process(sockets)) >= u64::from(viewers));
        }
        let enough = u64::from(plan.sources) * ports >= u64::from(viewers) * u64::from(sockets);
        prop_assert_eq!(!enough, plan.findings.iter().any(|finding| finding.short && finding.text.contains("ports")));
    }
}
