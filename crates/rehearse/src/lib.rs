//! The rehearsal: a crowd of viewers that one program plays against a server, before the evening on which they come.
//!
//! Enters: a scenario, and the address of a server with rooms (XEP-0045). Leaves: an [`Outcome`]. It is a client like any
//! other: it knows XMPP, and nothing of how Parterre does it.

mod clock;
mod director;
mod figures;
pub mod machine;
pub mod observe;
mod outcome;
mod plan;
pub mod progress;
mod rates;
mod rehearsal;
pub mod report;
mod scenario;
mod script;
#[cfg(test)]
mod sketch;
mod summary;
mod tally;
mod target;
mod trial;
mod troupe;
pub mod verdict;
mod viewer;
mod words;

pub use director::worker;
pub use outcome::{
    Crowd, Delivery, Disconnects, Distribution, Joins, Machine, Outcome, Phase, Sample, ServerUse, Target, Traffic,
};
pub use rehearsal::{Failure, Rehearsal};
pub use scenario::{Act, Arrive, BUILT_IN, Client, History, Reload, Scenario, Span, Wrong};
pub use summary::summary;
pub use target::{Address, Carrier};
pub use trial::{Found, Login, Step, Trial, open as connect};

#[cfg(test)]
mod tests;
