//! Where memory comes from: jemalloc, which gives back what a rush of joins took.
//!
//! When 5,000 people come in one instant, their logins take memory that is free again a second later, but lies between
//! what stays. The system's allocator keeps those pages: 6.3 to 7.0 kB for each viewer that then only watches, against
//! 3.7 kB here, and joins cost a sixth less processor time (`compare/compare.py --only at-once-5000`). Mimalloc kept as
//! much as the system's. Pages that lie unused for a second go back (`.cargo/config.toml`), looked for by a thread of
//! jemalloc's own, so that they go back when nobody does anything, too.

use tikv_jemallocator::Jemalloc;

#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;
