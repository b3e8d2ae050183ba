//! What the crowd itself costs: read from `/proc`, and 0 where there is none.

use std::fs;

/// How long the calling thread has run, and how long it has waited for a core though it had work to do: microseconds.
pub(crate) fn thread_time_us() -> (u64, u64) {
    let read = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let mut times = read.split_ascii_whitespace().map(|ns| ns.parse::<u64>().unwrap_or(0) / 1_000);
    (times.next().unwrap_or(0), times.next().unwrap_or(0))
}

/// Resident memory of this process, bytes.
pub(crate) fn memory() -> u64 {
    let read = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = read.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) * 1_024
}
