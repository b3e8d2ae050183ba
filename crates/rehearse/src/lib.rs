//! The rehearsal: a crowd of viewers that one program plays against a server, before the evening on which they come.
//!
//! Enters: a scenario, and the address of a server with rooms (XEP-0045). Leaves: an [`Outcome`]. It is a client like any
//! other: it knows XMPP, and nothing of how Parterre does it.

mod figures;
pub mod machine;
pub mod observe;
mod outcome;
pub mod progress;
mod rates;
pub mod report;
#[cfg(test)]
mod sketch;
mod summary;
pub mod verdict;
mod words;

pub use outcome::{
    Crowd, Delivery, Disconnects, Distribution, Joins, Machine, Outcome, Phase, Sample, ServerUse, Target, Traffic,
};
pub use summary::summary;
