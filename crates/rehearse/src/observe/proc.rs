//! What Linux tells of a process, by its number, in `/proc` (proc(5)).
//!
//! Enters: a process id, or the address that a program listens on. Leaves: processor time, memory, threads and sockets.
//! Nothing is asked of the process itself.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Microseconds in a tick of `/proc/PID/stat`; Linux shows 100 ticks a second on every processor that Rust runs on.
const TICK_US: u64 = 10_000;

/// So many open files are looked at one by one to find the sockets among them.
const FEW: u32 = 256;

/// The state of a process at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Process {
    /// Processor time since its start, microseconds.
    pub(super) cpu_us: u64,
    /// Resident memory, bytes.
    pub(super) memory: u64,
    /// Threads.
    pub(super) threads: u32,
    /// Open sockets; absent for a process of another user.
    pub(super) sockets: Option<u32>,
}

/// Looks at a process again and again. Its processor time is read finely, from one look to the next.
///
/// The process's own clock ticks in 10 ms. Each thread's run time is kept in nanoseconds, but goes when the thread ends;
/// so the last that was seen of a thread is kept here, and the clock of the process bounds the sum from below.
#[derive(Debug)]
pub(super) struct Clock {
    pid: u32,
    threads: BTreeMap<u32, u64>,
    /// Time of threads that had ended before the first look, or that ended since.
    ended_ns: u64,
    last_us: u64,
    /// Open files that were no sockets when they were last looked at.
    others: Option<u32>,
}

impl Clock {
    pub(super) fn new(pid: u32) -> Clock {
        Clock { pid, threads: BTreeMap::new(), ended_ns: 0, last_us: 0, others: None }
    }

    /// Looks at the process. An error says that it is gone.
    pub(super) fn look(&mut self) -> io::Result<Process> {
        let pid = self.pid;
        let stat = Stat::parse(&fs::read_to_string(format!("/proc/{pid}/stat"))?)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, format!("/proc/{pid}/stat can't be read")))?;
        if stat.state == 'Z' || stat.state == 'X' {
            return Err(io::Error::new(io::ErrorKind::NotFound, format!("process {pid} has ended")));
        }
        let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
        let memory = resident_memory(&status).unwrap_or(0);
        let cpu_us = self.advance(stat.ticks, &threads(pid));
        Ok(Process { cpu_us, memory, threads: stat.threads, sockets: self.sockets() })
    }

    /// Open sockets. To look at each of many thousands, several times a second, would take a good part of a core from those who are
    /// measured: what a server opens beyond a few are connections.
    fn sockets(&mut self) -> Option<u32> {
        let files = open_files(self.pid)?;
        match self.others {
            Some(others) if files > FEW => Some(files.saturating_sub(others)),
            _ => {
                let sockets = sockets_among_files(self.pid)?;
                self.others = Some(files.saturating_sub(sockets));
                Some(sockets)
            }
        }
    }

    /// Takes in the ticks of the process and the nanoseconds of its living threads; gives microseconds that never fall.
    fn advance(&mut self, ticks: u64, living: &BTreeMap<u32, u64>) -> u64 {
        let first = self.threads.is_empty() && self.last_us == 0;
        for (thread, ran) in &self.threads {
            // A thread that is gone, or whose number was taken by a new one.
            if living.get(thread).is_none_or(|now| now < ran) {
                self.ended_ns += ran;
            }
        }
        self.threads.clone_from(living);
        let living_us = living.values().sum::<u64>() / 1_000;
        let whole_us = ticks * TICK_US;
        if first {
            self.ended_ns = whole_us.saturating_sub(living_us) * 1_000;
        }
        let sum = living_us + self.ended_ns / 1_000;
        // A tick is counted when it is full; what is behind by more than rounding are threads that nobody saw end.
        let least = whole_us.saturating_sub(TICK_US);
        if sum < least {
            self.ended_ns += (least - sum) * 1_000;
        }
        self.last_us = self.last_us.max(sum).max(least);
        self.last_us
    }
}

/// What is read of `/proc/PID/stat`.
struct Stat {
    state: char,
    ticks: u64,
    threads: u32,
}

impl Stat {
    fn parse(text: &str) -> Option<Stat> {
        // The name of the program, in parentheses, may hold anything; counting starts behind it (proc_pid_stat(5)).
        let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
        let field = |at: usize| fields.get(at)?.parse::<u64>().ok();
        Some(Stat {
            state: fields.first()?.chars().next()?,
            ticks: field(11)? + field(12)?,
            threads: u32::try_from(field(17)?).ok()?,
        })
    }
}

/// The run time of each thread in nanoseconds. Empty on kernels that keep none.
fn threads(pid: u32) -> BTreeMap<u32, u64> {
    let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else { return BTreeMap::new() };
    let numbers = tasks.flatten().filter_map(|task| task.file_name().to_str()?.parse::<u32>().ok());
    numbers
        .filter_map(|thread| {
            let text = fs::read_to_string(format!("/proc/{pid}/task/{thread}/schedstat")).ok()?;
            Some((thread, text.split_whitespace().next()?.parse().ok()?))
        })
        .collect()
}

fn resident_memory(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.saturating_mul(1024))
}

/// How many files a process has open. Linux 6.2 and later tell it as the size of the directory.
fn open_files(pid: u32) -> Option<u32> {
    let directory = format!("/proc/{pid}/fd");
    match fs::metadata(&directory).ok()?.len() {
        0 => Some(fs::read_dir(directory).ok()?.count() as u32),
        files => u32::try_from(files).ok(),
    }
}

fn sockets_among_files(pid: u32) -> Option<u32> {
    let files = fs::read_dir(format!("/proc/{pid}/fd")).ok()?;
    let links = files.flatten().filter_map(|file| fs::read_link(file.path()).ok());
    Some(links.filter(|link| link.as_os_str().as_encoded_bytes().starts_with(b"socket:")).count() as u32)
}

/// How many files a process may open (its soft limit); `u64::MAX` for no limit.
pub(crate) fn open_files_of(pid: u32) -> Option<u64> {
    let limits = fs::read_to_string(format!("/proc/{pid}/limits")).ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    match line.split_whitespace().next()? {
        "unlimited" => Some(u64::MAX),
        number => number.parse().ok(),
    }
}

/// The process that listens on this address of this machine, where the user who asks may see it: a process of the same
/// user, or any for root. A listener on all addresses counts for each of them.
pub fn pid_of_listener(address: SocketAddr) -> Option<u32> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|table| fs::read_to_string(table).unwrap_or_default());
    let inodes: Vec<String> =
        tables.iter().flat_map(|table| listeners(table, address)).map(|inode| format!("socket:[{inode}]")).collect();
    if inodes.is_empty() {
        return None;
    }
    let mut pids: Vec<u32> =
        fs::read_dir("/proc").ok()?.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    // A server that forks: its parent, which came first, is what is meant.
    pids.sort_unstable();
    pids.into_iter().find(|pid| {
        let Ok(files) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
        files.flatten().filter_map(|file| fs::read_link(file.path()).ok()).any(|link| {
            let link = link.as_os_str().as_encoded_bytes();
            link.starts_with(b"socket:") && inodes.iter().any(|inode| inode.as_bytes() == link)
        })
    })
}

/// The inodes of the sockets in a table of `/proc/net` that listen on an address.
fn listeners(table: &str, wanted: SocketAddr) -> Vec<u64> {
    let listens = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (local, state, inode) = (fields.get(1)?, fields.get(3)?, fields.get(9)?);
        let (address, port) = local.split_once(':')?;
        let address = table_address(address)?;
        let fits = address.is_unspecified() || address.to_canonical() == wanted.ip().to_canonical();
        let found = *state == "0A" && u16::from_str_radix(port, 16).ok()? == wanted.port() && fits;
        if found { inode.parse().ok() } else { None }
    };
    table.lines().skip(1).filter_map(listens).collect()
}

/// An address as `/proc/net/tcp` writes it: words of 32 bits in hexadecimal, each in the byte order of the machine.
fn table_address(text: &str) -> Option<IpAddr> {
    let word = |at: usize| Some(u32::from_str_radix(text.get(at * 8..at * 8 + 8)?, 16).ok()?.to_ne_bytes());
    match text.len() {
        8 => Some(IpAddr::V4(Ipv4Addr::from(word(0)?))),
        32 => {
            let words = [word(0)?, word(1)?, word(2)?, word(3)?];
            let mut octets = [0; 16];
            octets.iter_mut().zip(words.as_flattened()).for_each(|(to, from)| *to = *from);
            Some(IpAddr::V6(Ipv6Addr::from(octets)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, UdpSocket};

    use super::*;

    #[test]
    fn a_listener_is_found_with_its_process() {
        for address in ["127.0.0.1:0", "0.0.0.0:0"] {
            let listener = TcpListener::bind(address).unwrap();
            let port = listener.local_addr().unwrap().port();
            let asked = SocketAddr::from(([127, 0, 0, 1], port));
            assert_eq!(pid_of_listener(asked), Some(std::process::id()), "{address}");
            drop(listener);
            assert_eq!(pid_of_listener(asked), None);
        }
    }

    #[test]
    fn tables_of_the_kernel_are_read() {
        let v4 = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
                  0: 0100007F:14A0 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000 0 4711 1 0\n\
                  1: 0100007F:14A0 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000 0 4712 1 0\n\
                  2: 0200007F:14A0 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000 0 4713 1 0\n";
        assert_eq!(listeners(v4, "127.0.0.1:5280".parse().unwrap()), [4711]);
        let v6 = "head\n0: 00000000000000000000000001000000:14A0 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 81\n\
                  1: 0000000000000000FFFF00000100007F:14A1 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 82\n\
                  broken\n2: 00:14A0 0 0A\n";
        assert_eq!(listeners(v6, "[::1]:5280".parse().unwrap()), [81]);
        assert_eq!(listeners(v6, "127.0.0.1:5281".parse().unwrap()), [82]);
    }

    #[test]
    fn the_clock_counts_threads_that_end() {
        let of = |threads: &[(u32, u64)]| threads.iter().copied().collect::<BTreeMap<u32, u64>>();
        let mut clock = Clock::new(1);
        // 70 ms by the ticks, 50 by the living threads: others ran 20 before.
        assert_eq!(clock.advance(7, &of(&[(1, 30_000_000), (2, 20_000_000)])), 70_000);
        assert_eq!(clock.advance(7, &of(&[(1, 31_000_000), (2, 24_000_000)])), 75_000);
        // Thread 2 ends.
        assert_eq!(clock.advance(8, &of(&[(1, 32_000_000)])), 76_000);
        // A thread of the same number begins.
        assert_eq!(clock.advance(8, &of(&[(1, 32_000_000), (2, 1_000_000)])), 77_000);
        // A thread ran 100 ms and ended between two looks: the ticks know it.
        assert_eq!(clock.advance(19, &of(&[(1, 32_000_000), (2, 1_000_000)])), 180_000);
        assert_eq!(clock.advance(19, &of(&[(1, 33_000_000), (2, 1_000_000)])), 181_000);
    }

    #[test]
    fn without_run_times_of_threads_ticks_are_used() {
        let mut clock = Clock::new(1);
        assert_eq!(clock.advance(10, &BTreeMap::new()), 100_000);
        let later = clock.advance(20, &BTreeMap::new());
        assert!((190_000..=200_000).contains(&later), "{later}");
    }

    #[test]
    fn this_process_is_seen() {
        let mut clock = Clock::new(std::process::id());
        let first = clock.look().unwrap();
        assert!(first.memory > 1_000_000 && first.threads >= 1 && first.sockets.is_some());
        let mut sum = 0u64;
        (0..3_000_000u64).for_each(|n| sum = std::hint::black_box(sum.wrapping_add(n)));
        assert!(clock.look().unwrap().cpu_us > first.cpu_us);
        assert!(open_files_of(std::process::id()).unwrap() > 3);
        assert!(Clock::new(u32::MAX).look().is_err());
    }

    #[test]
    fn sockets_are_told_from_files_also_where_there_are_many() {
        let mut clock = Clock::new(std::process::id());
        let few = clock.sockets().unwrap();
        let opened: Vec<_> = (0..600).map(|_| UdpSocket::bind("127.0.0.1:0").unwrap()).collect();
        let (many, counted) = (clock.sockets().unwrap(), sockets_among_files(std::process::id()).unwrap());
        // Other tests open some as well.
        assert!(many.abs_diff(few + opened.len() as u32) < 50 && many.abs_diff(counted) < 50, "{few} {many} {counted}");
    }

    #[test]
    fn a_name_with_parentheses_is_passed_over() {
        let stat = Stat::parse("7 (a ) b) S 1 7 7 0 -1 4 1 0 0 0 12 30 0 0 20 0 9 0 5 6 7").unwrap();
        assert_eq!((stat.state, stat.ticks, stat.threads), ('S', 42, 9));
        assert!(Stat::parse("7 (a").is_none());
    }
}
