//! The director: tells the troupes what to do, act after act, and makes one result of what they tell.
//!
//! Enters: notes of troupes, looks at the server. Leaves: orders, samples for the terminal, and the [`Outcome`]. It plays no viewer
//! itself and so may wait.

mod figures;
mod hands;

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use crate::clock::Clock;
use crate::observe::Observer;
use crate::outcome::{Machine, Outcome};
use crate::plan::{Part, Plan};
use crate::progress::Progress;
use crate::rehearsal::Failure;
use crate::script::Script;
use crate::troupe::{Note, Order};
use figures::Figures;
use hands::Hand;
pub use hands::worker;

/// Between two samples, microseconds.
const SAMPLE_US: u64 = 250_000;
const SECOND: u64 = 1_000_000;
/// For how long a server that still owes deliveries may stand still before they are taken for lost: one that has too much to do
/// gives nothing for seconds, and then goes on.
const STANDSTILL: u64 = 5 * SECOND;
/// Viewers that one thread plays without being a limit at an ordinary pace.
const VIEWERS_PER_THREAD: u32 = 5_000;

/// Tells the troupes what to do.
pub(crate) struct Director<W> {
    script: Arc<Script>,
    clock: Clock,
    hands: Vec<Hand>,
    /// How many parts they play.
    parts: usize,
    notes: Receiver<Note>,
    figures: Figures,
    observer: Option<Observer>,
    progress: Progress<W>,
    interrupted: Arc<AtomicBool>,
    /// The host is in, or why it is not.
    host: Option<Result<(), String>>,
    software: Option<String>,
    reckoned: Vec<(u64, u64)>,
    left: usize,
    remarks: Vec<String>,
}

impl<W: Write> Director<W> {
    /// Gets the troupes ready.
    pub(crate) fn new(
        plan: Plan,
        target: SocketAddr,
        processes: u32,
        cores: u32,
        observer: Option<Observer>,
        progress: Progress<W>,
        interrupted: Arc<AtomicBool>,
    ) -> Result<Self, Failure> {
        let (clock, script) = (Clock::since(plan.began_us), Arc::new(Script::of(plan)));
        let (sender, notes) = channel();
        let threads = cores.min(script.plan.viewers.div_ceil(VIEWERS_PER_THREAD)).max(1);
        let processes = processes.min(script.plan.viewers);
        // As many parts in each process.
        let of = threads.div_ceil(processes).saturating_mul(processes);
        let parts: Vec<Part> = (0..of).map(|index| Part { index, of }).collect();
        let hands = if processes == 1 {
            hands::threads(&script, &parts, target, &sender)
        } else {
            let shares = parts.chunks((of / processes) as usize);
            shares.map(|parts| hands::process(&script.plan, parts, target, &sender)).collect()
        };
        let hands = hands.map_err(|error| Failure::Failed(format!("the crowd cannot be started: {error}")))?;
        Ok(Director {
            figures: Figures::of(parts.len()),
            clock,
            script,
            hands,
            parts: parts.len(),
            notes,
            observer,
            progress,
            interrupted,
            host: None,
            software: None,
            reckoned: Vec::new(),
            left: 0,
            remarks: Vec::new(),
        })
    }

    /// Plays all acts.
    pub(crate) fn play(
        mut self,
        name: &str,
        same_machine: bool,
        machine: Machine,
        findings: Vec<String>,
    ) -> Result<Outcome, Failure> {
        self.remarks = findings;
        self.send_host()?;
        self.look();
        self.figures.mark_start();
        self.arrivals();
        for act in 0..self.script.plan.acts().len() {
            self.act(act);
        }
        self.wind_down();
        if self.interrupted.load(Ordering::Relaxed) {
            self.remarks.push("Ended early, by hand: the figures are of what had been played by then.".into());
        }
        let _ = self.progress.clear();
        Ok(self.outcome(name, same_machine, machine))
    }

    fn all(&mut self, order: &Order) {
        for hand in &mut self.hands {
            hand.give(order);
        }
    }

    /// Sends the host in first: it opens the room, and keeps it open.
    fn send_host(&mut self) -> Result<(), Failure> {
        if let Some(first) = self.hands.first_mut() {
            first.give(&Order::Host);
        }
        self.watch(30 * SECOND, |director| director.host.is_some());
        let plan = &self.script.plan;
        let why = match self.host.take() {
            Some(Ok(())) => return Ok(()),
            Some(Err(why)) => why,
            None if self.interrupted.load(Ordering::Relaxed) => "ended by hand".to_owned(),
            None => "nothing came for 30 s".to_owned(),
        };
        Err(Failure::Failed(format!(
            "the first viewer does not get into {} by way of {} at {}: {why}. See that the addresses are right (--url, \
             --domain, --anonymous-domain, --muc, --room), and that people without an account may log in and open that room",
            plan.room, plan.anonymous_domain, plan.address.url
        )))
    }

    fn arrivals(&mut self) {
        let begin = self.clock.now() + 50_000;
        self.figures.phase("arrivals", begin);
        self.all(&Order::Arrive(begin));
        let viewers = self.script.plan.viewers;
        let last_arrival = begin + self.script.plan.arrivals_end();
        let (mut were_in, mut moved) = (0, begin);
        // As long as somebody comes in now and then.
        self.watch(3_600 * SECOND, |director| {
            let now = director.clock.now();
            if director.figures.were_in() > were_in || now < last_arrival {
                (were_in, moved) = (director.figures.were_in(), now);
            }
            director.figures.in_room() >= viewers
                || director.figures.were_in() + director.figures.gave_up() >= viewers && now > last_arrival
                || now > moved + 30 * SECOND
        });
        self.look();
        self.figures.mark_all_in();
        let missing = viewers.saturating_sub(self.figures.were_in());
        if missing > 0 {
            self.remarks
                .push(format!("{missing} of {viewers} viewers did not get into the room before the talk began."));
        }
        // What a viewer costs who only watches is seen when nothing moves.
        self.figures.phase("everybody watches", self.clock.now());
        self.watch(2 * SECOND, |_| false);
        self.look();
        self.figures.mark_idle(viewers);
    }

    fn act(&mut self, index: usize) {
        let script = Arc::clone(&self.script);
        let Some(act) = script.plan.acts().get(index) else { return };
        if self.interrupted.load(Ordering::Relaxed) {
            return;
        }
        if index == 0 {
            self.look();
            self.figures.mark_talk();
        }
        let viewers = script.plan.viewers;
        let begin = self.clock.now() + 20_000;
        self.figures.phase(&act.name, begin);
        if act.restart {
            let _ =
                self.progress.say(">>> Restart the server now: the crowd waits until everybody was gone and is back.");
        }
        self.all(&Order::Act(index, begin));
        let mut gone = false;
        let done = self.watch(act.lasts.us(), |director| {
            gone |= director.figures.in_room() < viewers.div_ceil(2);
            act.restart && gone && director.figures.in_room() + director.figures.gave_up() >= viewers
        });
        self.all(&Order::Quiet);
        if act.restart && !done && !self.interrupted.load(Ordering::Relaxed) {
            let text = if gone { "Not everybody came back" } else { "The server was not restarted" };
            self.remarks.push(format!("{text} within {}.", act.lasts));
        }
        if act.stop_reading > 0.0 {
            self.remarks.push(format!(
                "In \"{}\" about {:.0} % of the viewers stopped reading: from there on what they hear counts in no figure \
                 of delivery.",
                act.name,
                act.stop_reading * 100.0
            ));
        }
    }

    /// Waits until nothing comes any more, has the losses counted, and sends everybody home.
    fn wind_down(&mut self) {
        self.figures.phase("until it is quiet", self.clock.now());
        let (mut delivered, mut moved) = (0, self.clock.now());
        self.watch_on(60 * SECOND, |director| {
            if director.figures.delivered() > delivered {
                (delivered, moved) = (director.figures.delivered(), director.clock.now());
            }
            let patience = if director.figures.is_nothing_owed() { SECOND } else { STANDSTILL };
            director.clock.now() > moved + patience
        });
        self.look();
        self.figures.mark_end(self.clock.now());
        let said = self.figures.said().to_vec();
        self.all(&Order::Reckon(said));
        let parts = self.parts;
        self.watch_on(30 * SECOND, |director| director.reckoned.len() + director.left >= parts);
        self.all(&Order::Leave);
        self.watch_on(10 * SECOND, |director| director.left >= parts);
    }

    /// Lets it go on until that is so, or so long at most, or somebody ends it. Whether it became so.
    fn watch(&mut self, at_most: u64, mut until: impl FnMut(&mut Self) -> bool) -> bool {
        let interrupted = Arc::clone(&self.interrupted);
        let mut so = false;
        self.watch_on(at_most, |director| {
            so = until(director);
            so || interrupted.load(Ordering::Relaxed)
        });
        so
    }

    fn watch_on(&mut self, at_most: u64, mut until: impl FnMut(&mut Self) -> bool) {
        let end = self.clock.now() + at_most;
        loop {
            let now = self.clock.now();
            if now >= self.figures.next_sample() {
                self.sample(now);
            }
            if now >= end || until(self) {
                return;
            }
            let wait = self.figures.next_sample().min(end).saturating_sub(now);
            match self.notes.recv_timeout(Duration::from_micros(wait.clamp(1, SAMPLE_US))) {
                Ok(note) => self.hear(note),
                Err(RecvTimeoutError::Timeout) => {}
                // No troupe is left.
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn hear(&mut self, note: Note) {
        match note {
            Note::Host(done) => self.host = Some(done),
            Note::Software(software) => self.software = Some(software),
            Note::Tick(tick) => self.figures.tick(*tick),
            Note::Reckoned(expected, lost) => self.reckoned.push((expected, lost)),
            Note::Left(trouble) => {
                self.left += 1;
                self.remarks.extend(trouble.map(|why| format!("A part of the crowd ended early: {why}.")));
            }
        }
    }

    fn sample(&mut self, now: u64) {
        self.look();
        let sample = self.figures.sample(now);
        let phase = self.figures.phase_now().to_owned();
        // A terminal that is gone does not end a rehearsal.
        let _ = self.progress.sample(&sample, &phase);
    }

    fn look(&mut self) {
        let seen = self.observer.as_mut().and_then(|observer| observer.look().ok());
        self.figures.observed(seen);
    }

    fn outcome(self, name: &str, same_machine: bool, machine: Machine) -> Outcome {
        let plan = &self.script.plan;
        let (expected, lost) = self.reckoned.iter().fold((0, 0), |(e, l), (expected, lost)| (e + expected, l + lost));
        let seen_by = self.observer.as_ref().map(Observer::seen_by);
        self.figures.outcome(plan, name, (expected, lost), same_machine, machine, self.software, seen_by, self.remarks)
    }
}
