//! One clock for all threads and processes of a crowd.
//!
//! Enters: the moment at which the rehearsal began, by the clock on the wall. Leaves: microseconds since then. It runs by the
//! monotonic clock, so that a correction of the wall's clock meanwhile falsifies no latency.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Microseconds since the rehearsal began.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    origin: Instant,
    /// What the time was at `origin`.
    offset_us: u64,
}

impl Clock {
    /// A clock of a rehearsal that began then: microseconds since 1970.
    pub(crate) fn since(began_us: u64) -> Self {
        Clock { origin: Instant::now(), offset_us: wall_us().saturating_sub(began_us) }
    }

    /// The time.
    pub(crate) fn now(&self) -> u64 {
        self.offset_us + self.origin.elapsed().as_micros() as u64
    }
}

/// The wall's clock: microseconds since 1970.
pub(crate) fn wall_us() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_micros() as u64
}
