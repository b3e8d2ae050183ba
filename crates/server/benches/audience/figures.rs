//! What is measured: processor time, memory, and a distribution of times.

use std::fs;
use std::time::Duration;

/// Seconds of processor time of all threads of this process but the main one, which is the crowd's.
pub(crate) fn server_cpu() -> f64 {
    let own = std::process::id().to_string();
    let tasks = fs::read_dir("/proc/self/task").unwrap().flatten();
    let others = tasks.filter(|task| task.file_name().to_string_lossy() != own.as_str());
    let times = others.filter_map(|task| {
        let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
    });
    times.sum::<Duration>().as_secs_f64()
}

/// Seconds of processor time of the main thread: the crowd's.
pub(crate) fn crowd_cpu() -> f64 {
    let text = fs::read_to_string(format!("/proc/self/task/{}/schedstat", std::process::id())).unwrap();
    text.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9
}

/// Bytes of this process that are in memory.
pub(crate) fn resident() -> f64 {
    let text = fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<f64>().unwrap() * 4096.0
}

/// A distribution of times, to one part in 32.
pub(crate) struct Times {
    counts: Vec<u64>,
    total: u64,
    longest: u64,
}

/// Steps of each doubling.
const STEPS: u64 = 1 << 5;

impl Times {
    pub(crate) fn new() -> Self {
        Times { counts: vec![0; 64 * STEPS as usize], total: 0, longest: 0 }
    }

    pub(crate) fn note(&mut self, time: Duration) {
        let micros = time.as_micros() as u64;
        self.counts[Self::place(micros)] += 1;
        self.total += 1;
        self.longest = self.longest.max(micros);
    }

    fn place(micros: u64) -> usize {
        if micros < STEPS {
            return micros as usize;
        }
        let doublings = u64::from(micros.ilog2() - 5);
        ((doublings + 1) * STEPS + (micros >> doublings) - STEPS) as usize
    }

    /// The time that `part` of them do not exceed, in milliseconds.
    pub(crate) fn at(&self, part: f64) -> f64 {
        let wanted = (self.total as f64 * part).ceil() as u64;
        let mut seen = 0;
        for (place, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted.max(1) {
                let (doublings, step) = (place as u64 / STEPS, place as u64 % STEPS);
                let micros = if doublings == 0 { step } else { (STEPS + step + 1) << (doublings - 1) };
                return micros.min(self.longest) as f64 / 1e3;
            }
        }
        0.0
    }

    pub(crate) fn longest(&self) -> f64 {
        self.longest as f64 / 1e3
    }
}
