//! A rehearsal: what a person asks for, made ready and played.
//!
//! Enters: a scenario and where to play it. Leaves: an [`Outcome`], or a [`Failure`] that says what to do. It refuses a server that
//! is not on this machine unless whoever asks says that it is theirs.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::clock::wall_us;
use crate::director::Director;
use crate::machine::{Limits, Load};
use crate::observe::Observer;
use crate::outcome::Outcome;
use crate::plan::Plan;
use crate::progress::{Progress, announce};
use crate::scenario::Scenario;
use crate::target::{self, Address, Carrier, is_loopback};

/// What is to be played, and where.
#[derive(Debug, Clone)]
pub struct Rehearsal {
    /// The name of the scenario.
    pub name: String,
    /// What is played.
    pub scenario: Scenario,
    /// The address of the server's streams.
    pub address: Address,
    /// The room: its name, or a bare JID.
    pub room: String,
    /// The server's domain; absent: the name of the host, or `localhost`.
    pub domain: Option<String>,
    /// Where people without an account log in; absent: `anon.` and the domain.
    pub anonymous_domain: Option<String>,
    /// Where the rooms are; absent: `room.` and the domain.
    pub muc: Option<String>,
    /// What the result is called where several stand side by side.
    pub label: Option<String>,
    /// The server's process, if it runs on this machine and is not found by itself.
    pub pid: Option<u32>,
    /// The address of the server's Prometheus metrics.
    pub metrics: Option<String>,
    /// How many processes play the crowd; absent: as many as it takes.
    pub processes: Option<u32>,
    /// The same seed is the same evening.
    pub seed: u64,
    /// Whether the room is set up so that only moderators' presence is shown.
    pub quiet_presence: bool,
    /// Whether a certificate that nobody vouches for will do.
    pub any_certificate: bool,
    /// Whether the one who asks operates the server, wherever it is.
    pub operated: bool,
}

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It was asked for in the wrong way.
    #[error("{0}")]
    Wrong(String),
    /// It was not possible.
    #[error("{0}")]
    Failed(String),
}

impl Rehearsal {
    /// Plays it, and shows how it goes: on a terminal of that many columns, or (without) on something that is none. Blocks
    /// until it is over; the first Ctrl-C ends it early, and there is a result all the same.
    pub fn play<W: Write>(self, terminal: W, columns: Option<usize>) -> Result<Outcome, Failure> {
        let addresses = self.address.resolve().map_err(Failure::Failed)?;
        let same_machine = is_loopback(&addresses);
        if !same_machine && !self.operated {
            return Err(Failure::Wrong(format!(
                "{} is not on this machine. A rehearsal is an attack on a server whose operator does not know of it: if \
                 you operate that server, say so with --i-operate-this-server",
                self.address.host
            )));
        }
        // Before anybody is spoken to: what is wrong in the question is found first.
        self.plan()?;
        let target = reach(&self.address, &addresses)?;
        let observer = self.observer(target, same_machine)?;

        let plan = self.plan()?;
        let limits = Limits::of_this_machine();
        let here = limits.plan(&Load {
            viewers: plan.viewers,
            sockets_per_viewer: if self.address.carrier == Carrier::Bosh { 2 } else { 1 },
            sources: if target.is_ipv4() && same_machine { u32::MAX } else { 1 },
            same_machine,
            server_open_files: observer.as_ref().and_then(Observer::open_files),
        });
        let total_ms = total_ms(&plan);
        let mut progress = Progress::new(terminal, columns, plan.viewers, total_ms);
        let mut say = |text: &str| progress.say(text).map_err(|error| Failure::Failed(error.to_string()));
        say(&announce(plan.viewers, &self.name, &self.address.url, total_ms))?;
        for finding in &here.findings {
            say(&finding.line())?;
        }
        let processes = self.processes.unwrap_or(here.processes).max(1);
        let findings = here.findings.iter().map(crate::machine::Finding::line).collect();
        let director = Director::new(plan, target, processes, limits.cores, observer, progress, interrupted())?;
        let mut outcome = director.play(&self.name, same_machine, limits.machine(), findings)?;
        outcome.label = self.label.unwrap_or(outcome.label);
        Ok(outcome)
    }

    /// Looks at the server, if it can be seen at all.
    fn observer(&self, target: SocketAddr, same_machine: bool) -> Result<Option<Observer>, Failure> {
        if let Some(url) = &self.metrics {
            return Observer::of_metrics(url).map(Some).map_err(Failure::Wrong);
        }
        if let Some(pid) = self.pid {
            let wrong = |error| Failure::Wrong(format!("--pid {pid}: there is no such process here ({error})"));
            return Observer::of_process(pid).map(Some).map_err(wrong);
        }
        Ok(same_machine.then(|| Observer::of_listener(target)).flatten())
    }

    fn plan(&self) -> Result<Plan, Failure> {
        let domain = self.domain.clone().unwrap_or_else(|| self.address.likely_domain().to_owned());
        let muc = self.muc.clone().unwrap_or_else(|| format!("room.{domain}"));
        let room = if self.room.contains('@') { self.room.clone() } else { format!("{}@{muc}", self.room) };
        let room = parterre_xmpp::BareJid::new(&room)
            .map_err(|error| Failure::Wrong(format!("\"{room}\" is no address of a room: {error}")))?;
        let anonymous_domain = self.anonymous_domain.clone().unwrap_or_else(|| format!("anon.{domain}"));
        parterre_xmpp::BareJid::new(&anonymous_domain)
            .map_err(|error| Failure::Wrong(format!("\"{anonymous_domain}\" is no domain: {error}")))?;
        let began_us = wall_us();
        Ok(Plan {
            viewers: self.scenario.viewers,
            scenario: self.scenario.clone(),
            seed: self.seed,
            // Another number for each rehearsal: what an earlier one left in the room's history is none of ours.
            run: (began_us as u32) ^ std::process::id().rotate_left(16),
            began_us,
            address: self.address.clone(),
            anonymous_domain,
            room: room.to_string(),
            quiet_presence: self.quiet_presence,
            any_certificate: self.any_certificate,
        })
    }
}

/// The first address that answers.
fn reach(address: &Address, addresses: &[SocketAddr]) -> Result<SocketAddr, Failure> {
    target::reach(addresses).map_err(|why| {
        Failure::Failed(format!(
            "nothing answers at {} ({why}). Start the server, or say with --url where it is; `parterre serve` listens on \
             ws://127.0.0.1:5280/xmpp-websocket",
            address.authority()
        ))
    })
}

/// How long it takes, where that is known.
fn total_ms(plan: &Plan) -> Option<u64> {
    let acts = plan.acts().iter().map(|act| act.lasts.us()).sum::<u64>();
    let open_end = plan.acts().iter().any(|act| act.restart);
    (!open_end).then_some((plan.arrivals_end() + acts) / 1_000 + 3_000)
}

/// Becomes true when somebody presses Ctrl-C.
pub(crate) fn interrupted() -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&flag);
    let wait = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        if let Ok(runtime) = runtime
            && runtime.block_on(tokio::signal::ctrl_c()).is_ok()
        {
            set.store(true, Ordering::Relaxed);
        }
    };
    // Without this thread Ctrl-C ends the process at once, as anywhere else.
    let _ = std::thread::Builder::new().name("interrupt".into()).spawn(wait);
    flag
}
