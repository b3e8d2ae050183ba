//! What the crowd itself costs: read from `/proc`, and 0 where there is none.

use std::fs;

/// Processor time of the calling thread, microseconds.
pub(crate) fn thread_cpu_us() -> u64 {
    let read = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    read.split(' ').next().and_then(|ns| ns.parse::<u64>().ok()).unwrap_or(0) / 1_000
}

/// Resident memory of this process, bytes.
pub(crate) fn memory() -> u64 {
    let read = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = read.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) * 1_024
}
