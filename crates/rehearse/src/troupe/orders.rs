//! What a director tells a troupe, and what a troupe tells back: the same within a process and between processes, where each
//! is a line of JSON.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::plan::{Part, Plan};
use crate::tally::Tally;

/// What a troupe is to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Order {
    /// To get ready; for processes only.
    Prepare(Box<Plan>, Vec<Part>, SocketAddr),
    /// To send the host into the room. Only the troupe of the first part gets it.
    Host,
    /// To begin the arrivals at that moment.
    Arrive(u64),
    /// To begin an act at that moment.
    Act(usize, u64),
    /// To say nothing more.
    Quiet,
    /// To say what was lost of these messages: number, sent, reflected.
    Reckon(Vec<(u32, u64, u64)>),
    /// To close all streams and end.
    Leave,
}

/// What a troupe has to say.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Note {
    /// The host is in, or why it is not.
    Host(Result<(), String>),
    /// What the server says that it is.
    Software(String),
    /// Counts since the note before.
    Tick(Box<Tick>),
    /// How many deliveries should have been, and how many of them were not.
    Reckoned(u64, u64),
    /// The troupe has ended; with an error if it had to.
    Left(Option<String>),
}

/// The figures of one troupe since its last.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Tick {
    /// When it was taken.
    pub(crate) at: u64,
    /// Which part it plays.
    pub(crate) part: u32,
    /// What was counted.
    pub(crate) tally: Tally,
    /// Viewers in the room now.
    pub(crate) in_room: u32,
    /// Viewers that stay away for good.
    pub(crate) gave_up: u32,
    /// Viewers that have been in the room at least once.
    pub(crate) were_in: u32,
    /// When the first of them began to come, and when the last of these was in.
    pub(crate) first_began: Option<u64>,
    pub(crate) last_in: u64,
    /// Messages that their senders saw: number, sent, reflected.
    pub(crate) said: Vec<(u32, u64, u64)>,
    /// Processor time of the thread since it began, microseconds.
    pub(crate) cpu_us: u64,
    /// For how long it had work to do and no core to do it on, microseconds.
    pub(crate) starved_us: u64,
    /// Resident memory of the process, bytes.
    pub(crate) memory: u64,
    /// The process.
    pub(crate) process: u32,
}
