//! What this machine allows, found out before the first viewer comes: files, ports, memory, and the kernel's tables.
//!
//! Enters: the system's limits and what is asked of it. Leaves: how many processes and source addresses the crowd takes, and
//! sentences that say what falls short and what to do about it. Nothing is changed but this process's own limit on
//! open files, which is raised as far as the system lets it.

use std::fs;
use std::thread::available_parallelism;

use crate::Machine;
use crate::words::{bytes, counted, number};

/// Files that a process of the crowd opens besides its viewers' sockets.
const FILES_KEPT: u64 = 100;
/// Files that a server is taken to open besides its clients' sockets.
const SERVER_FILES_KEPT: u64 = 64;
/// Memory for each viewer: what the crowd keeps of it, and what the kernel keeps of an idle socket at both ends.
const MEMORY_PER_VIEWER: u64 = 16 * 1024;
/// What a socket holds in the kernel while a burst passes through it.
const BURST_PER_SOCKET: u64 = 16 * 1024;

/// The limits of this machine. Absent is what the system does not tell, or what it does not limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Files that one process may open.
    pub open_files: u64,
    /// Ports that connections out may come from, for each source address and each address they go to.
    pub ports: u64,
    /// Cores that this process may use.
    pub cores: u32,
    /// Memory, bytes.
    pub memory: u64,
    /// Memory that is free or can be freed, bytes.
    pub memory_free: Option<u64>,
    /// Memory for TCP above which the kernel begins to save, bytes.
    pub tcp_memory: Option<u64>,
    /// Connections waiting to be accepted that a listener may have.
    pub backlog: Option<u64>,
    /// Connections that the firewall can still remember.
    pub conntrack_free: Option<u64>,
}

/// What is asked of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Load {
    /// Viewers at the same time.
    pub viewers: u32,
    /// Sockets that each takes: 1, or 2 over BOSH (XEP-0124).
    pub sockets_per_viewer: u32,
    /// Source addresses that the crowd may use: many on 127.0.0.0/8, else one.
    pub sources: u32,
    /// Whether the server runs on this machine, too.
    pub same_machine: bool,
    /// Files that the server may open, where that is known.
    pub server_open_files: Option<u64>,
}

/// How the crowd is set up, and what there is to say of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Processes that it takes to open enough sockets.
    pub processes: u32,
    /// Source addresses that it takes to have enough ports; never more than the load has.
    pub sources: u32,
    /// What to tell before the start, the gravest first.
    pub findings: Vec<Finding>,
}

/// Something that the machine allows or does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What is so, in a sentence.
    pub text: String,
    /// What to do about it, where something can be done.
    pub remedy: Option<String>,
    /// Whether not everybody can come in because of it.
    pub short: bool,
}

impl Finding {
    /// As a line: what is so, then what to do.
    pub fn line(&self) -> String {
        match &self.remedy {
            Some(remedy) => format!("{} {remedy}", self.text),
            None => self.text.clone(),
        }
    }
}

impl Limits {
    /// Looks at the machine, and raises this process's limit on open files as far as it may.
    pub fn of_this_machine() -> Limits {
        let tcp_memory = numbers("/proc/sys/net/ipv4/tcp_mem").get(1).map(|pages| pages.saturating_mul(4096));
        let conntrack = |name: &str| first(&format!("/proc/sys/net/netfilter/nf_conntrack_{name}"));
        let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let memory = |name: &str| meminfo(&memory, name);
        let allowed = cgroup_memory();
        Limits {
            open_files: raise_open_files(),
            ports: match *numbers("/proc/sys/net/ipv4/ip_local_port_range") {
                [low, high, ..] if high >= low => high - low + 1,
                _ => 16_384,
            },
            cores: available_parallelism().map_or(1, |cores| cores.get() as u32),
            memory: memory("MemTotal").unwrap_or(0).min(allowed.unwrap_or(u64::MAX)),
            memory_free: memory("MemAvailable").map(|free| free.min(allowed.unwrap_or(u64::MAX))),
            tcp_memory,
            backlog: first("/proc/sys/net/core/somaxconn"),
            conntrack_free: conntrack("max")
                .filter(|most| *most > 0)
                .and_then(|most| Some(most.saturating_sub(conntrack("count")?))),
        }
    }

    /// The machine, as the result of a rehearsal names it.
    pub fn machine(&self) -> Machine {
        Machine {
            system: system(),
            processor: processor(),
            cores: self.cores,
            memory: self.memory,
            open_files: self.open_files,
        }
    }

    /// Viewers whose sockets one process can open.
    pub fn viewers_per_process(&self, sockets_per_viewer: u32) -> u32 {
        let sockets = self.open_files.saturating_sub(FILES_KEPT) / u64::from(sockets_per_viewer.max(1));
        u32::try_from(sockets).unwrap_or(u32::MAX)
    }

    /// What it takes to play these viewers here, and what falls short.
    pub fn plan(&self, load: &Load) -> Plan {
        let viewers = u64::from(load.viewers);
        let sockets = viewers * u64::from(load.sockets_per_viewer.max(1));
        let each = self.viewers_per_process(load.sockets_per_viewer).max(1);
        let processes = load.viewers.div_ceil(each).max(1);
        let sources_needed = sockets.div_ceil(self.ports.max(1)).max(1);
        let sources = u32::try_from(sources_needed).unwrap_or(u32::MAX).min(load.sources.max(1));
        let mut findings = Vec::new();
        server_files(load, &mut findings);
        if sources_needed > u64::from(sources) {
            findings.push(Finding {
                text: format!(
                    "This machine has {} ports for connections to one address, and {} are asked for.",
                    number(self.ports * u64::from(sources)),
                    number(sockets)
                ),
                remedy: Some(
                    "Widen them with `sysctl net.ipv4.ip_local_port_range=\"1024 65535\"`, or use several machines."
                        .to_owned(),
                ),
                short: true,
            });
        }
        self.kernel(load, sockets, &mut findings);
        self.processes(load, each, processes, sources, &mut findings);
        if load.same_machine {
            findings.push(Finding {
                text: format!(
                    "The crowd and the server share {}: the figures say what both reach together.",
                    counted(u64::from(self.cores), "core", "cores")
                ),
                remedy: None,
                short: false,
            });
        }
        Plan { processes, sources, findings }
    }

    /// The tables and buffers that all processes share.
    fn kernel(&self, load: &Load, sockets: u64, findings: &mut Vec<Finding>) {
        if let Some(free) = self.conntrack_free.filter(|free| *free < sockets) {
            findings.push(Finding {
                text: format!(
                    "The firewall's table has room for {} more connections, and drops those beyond.",
                    number(free)
                ),
                remedy: Some(format!(
                    "Make it larger: `sysctl net.netfilter.nf_conntrack_max={}`.",
                    (sockets * 2).next_power_of_two().max(262_144)
                )),
                short: true,
            });
        }
        let needed = u64::from(load.viewers) * MEMORY_PER_VIEWER;
        if let Some(free) = self.memory_free.filter(|free| *free < needed) {
            findings.push(Finding {
                text: format!("{} of memory are free, and the crowd needs about {}.", bytes(free), bytes(needed)),
                remedy: Some("Play fewer viewers, or end other programs.".to_owned()),
                short: true,
            });
        }
        let ends = if load.same_machine { 2 } else { 1 };
        let burst = sockets * ends * BURST_PER_SOCKET;
        if let Some(memory) = self.tcp_memory.filter(|memory| *memory < burst) {
            findings.push(Finding {
                text: format!(
                    "The kernel keeps {} for TCP before it begins to save, and a burst to everybody may take {}.",
                    bytes(memory),
                    bytes(burst)
                ),
                remedy: Some("Raise `net.ipv4.tcp_mem` if latency jumps while everybody gets long history.".to_owned()),
                short: false,
            });
        }
        if let Some(backlog) = self.backlog.filter(|backlog| load.same_machine && *backlog < 1024 && sockets > *backlog)
        {
            findings.push(Finding {
                text: format!(
                    "A listener on this machine may have {} connections waiting: of those who come in the same moment, \
                     others try again after a second.",
                    number(backlog)
                ),
                remedy: Some("Raise it: `sysctl net.core.somaxconn=4096`.".to_owned()),
                short: false,
            });
        }
    }

    fn processes(&self, load: &Load, each: u32, processes: u32, sources: u32, findings: &mut Vec<Finding>) {
        let viewers = u64::from(load.viewers);
        if processes > 1 {
            findings.push(Finding {
                text: format!(
                    "This machine allows {} from one process; {} asked: {} are used.",
                    counted(u64::from(each), "viewer", "viewers"),
                    number(viewers),
                    counted(u64::from(processes), "process", "processes")
                ),
                remedy: None,
                short: false,
            });
        }
        if sources > 1 {
            findings.push(Finding {
                text: format!(
                    "One address has {}: the crowd comes from {} addresses of 127.0.0.0/8.",
                    counted(self.ports, "port", "ports"),
                    number(u64::from(sources))
                ),
                remedy: None,
                short: false,
            });
        }
    }
}

/// A server that is seen must be able to open as many files as there are sockets.
fn server_files(load: &Load, findings: &mut Vec<Finding>) {
    let sockets = u64::from(load.viewers) * u64::from(load.sockets_per_viewer.max(1));
    let Some(files) = load.server_open_files.filter(|files| files.saturating_sub(SERVER_FILES_KEPT) < sockets) else {
        return;
    };
    findings.push(Finding {
        text: format!(
            "The server may open {}, which are too few for {}.",
            counted(files, "file", "files"),
            counted(u64::from(load.viewers), "viewer", "viewers")
        ),
        remedy: Some(format!(
            "Start it with a higher limit: `ulimit -n {0}`, or `LimitNOFILE={0}` in its systemd unit.",
            (sockets + SERVER_FILES_KEPT).next_power_of_two()
        )),
        short: true,
    });
}

/// Raises the soft limit on open files to the hard one; gives what is then allowed. Programs that use `select(2)` need the
/// low soft limit that systems set; this one does not.
fn raise_open_files() -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let now = if limit.current != limit.maximum && setrlimit(Resource::Nofile, raised).is_ok() {
        limit.maximum
    } else {
        limit.current
    };
    now.unwrap_or(u64::MAX)
}

fn numbers(path: &str) -> Vec<u64> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}

fn first(path: &str) -> Option<u64> {
    numbers(path).first().copied()
}

/// A figure of `/proc/meminfo`, in bytes.
fn meminfo(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.saturating_mul(1024))
}

/// What the container or the unit allows, if less than the machine has.
fn cgroup_memory() -> Option<u64> {
    let own = fs::read_to_string("/proc/self/cgroup").ok()?;
    let path = own.lines().find_map(|line| line.strip_prefix("0::"))?.trim();
    [format!("/sys/fs/cgroup{path}/memory.max"), "/sys/fs/cgroup/memory.max".to_owned()]
        .iter()
        .filter_map(|path| first(path))
        .min()
}

fn system() -> String {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    match (name.map(|name| name.trim_matches('"')), kernel.trim()) {
        (Some(name), "") => name.to_owned(),
        (Some(name), kernel) => format!("{name}, Linux {kernel}"),
        (None, "") => std::env::consts::OS.to_owned(),
        (None, kernel) => format!("Linux {kernel}"),
    }
}

fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let named = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.split_once(':')).map(|(_, name)| name);
    let name = named("model name").or_else(|| named("Model")).unwrap_or(std::env::consts::ARCH);
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
