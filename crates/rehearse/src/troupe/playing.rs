//! How a troupe does what it is told: arrivals, talk, reloads, and what it tells in return.

use std::cmp::Reverse;

use super::{Note, Order, Talking, Tick, Troupe, own};
use crate::viewer::{Moment, Said, Stage};

/// For how long closed streams are left to the server to close, microseconds.
const FAREWELL: u64 = 300_000;

impl Troupe {
    pub(super) fn obey(&mut self, order: Order) {
        match order {
            Order::Prepare(..) => {}
            Order::Host => self.connect(self.part.size(self.script.plan.viewers)),
            Order::Arrive(at) => {
                for place in 0..self.part.size(self.script.plan.viewers) {
                    let arrival = self.script.plan.arrival(self.part.viewer(place));
                    self.moments.push(Reverse((at + arrival, place as u32, Moment::Connect)));
                }
            }
            Order::Act(act, at) => self.begin(act, at),
            Order::Quiet => self.talk = None,
            Order::Reckon(said) => {
                let said: Vec<Said> =
                    said.into_iter().map(|(message, sent, reflected)| Said { message, sent, reflected }).collect();
                let (mut expected, mut lost) = (0, 0);
                for viewer in self.viewers.iter().filter(|viewer| viewer.index < self.script.plan.viewers) {
                    let (should, have_not) = viewer.reckon(&said);
                    expected += should;
                    lost += have_not;
                }
                drop(self.notes.send(Note::Reckoned(expected, lost)));
            }
            Order::Leave => {
                self.talk = None;
                self.moments.clear();
                for place in 0..self.viewers.len() {
                    self.with(place, |viewer, turn| {
                        viewer.leave(turn);
                        Ok(())
                    });
                }
                self.moments.push(Reverse((self.clock.now() + FAREWELL, u32::MAX, Moment::Patience)));
            }
        }
    }

    fn begin(&mut self, act: usize, at: u64) {
        self.talk = self.script.talks.get(act).copied().flatten().map(|_| Talking { act, began: at, next: 0 });
        for place in 0..self.part.size(self.script.plan.viewers) {
            let index = self.part.viewer(place);
            for reload in self.script.plan.reloads(act, index) {
                self.moments.push(Reverse((at + reload, place as u32, Moment::Reload)));
            }
            let stops = self.script.plan.stops_reading(act, index);
            let mut resumes = false;
            self.with(place, |viewer, _| {
                resumes = viewer.stopped && !stops;
                viewer.stops_reading(stops);
                Ok(())
            });
            if resumes {
                // Of what came meanwhile, and of an end, no event tells any more.
                self.readable(place, 0, true);
            }
        }
    }

    /// When the next message of a talk is due.
    pub(super) fn moment_of(&self, talk: Talking) -> Option<u64> {
        let of = self.script.talks.get(talk.act)?.as_ref()?;
        (talk.next < of.count).then(|| talk.began + of.moment(talk.next))
    }

    /// Says what is due.
    pub(super) fn speak(&mut self) {
        while let Some(talking) = self.talk {
            if self.moment_of(talking).is_none_or(|at| at > self.clock.now()) {
                return;
            }
            let Some(of) = self.script.talks.get(talking.act).copied().flatten() else { return };
            let speaker = self.script.plan.speaker(&of, talking.next);
            if let Some(place) = self.part.place(speaker) {
                self.with(place, |viewer, turn| {
                    viewer.say(of.first + talking.next, turn);
                    Ok(())
                });
            }
            self.talk = Some(Talking { next: talking.next + 1, ..talking });
        }
    }

    /// Does what is due at moments of the viewers' own.
    pub(super) fn moments(&mut self) {
        let now = self.clock.now();
        while self.moments.peek().is_some_and(|Reverse((at, ..))| *at <= now) {
            let Some(Reverse((_, place, moment))) = self.moments.pop() else { return };
            if place == u32::MAX {
                self.over = true;
                return;
            }
            let place = place as usize;
            match moment {
                Moment::Connect => {
                    if self.viewers.get(place).is_some_and(|viewer| viewer.stage == Stage::Away) {
                        self.connect(place);
                    }
                }
                Moment::Reload => {
                    self.cut(place);
                    self.with(place, |viewer, _| {
                        viewer.reload();
                        Ok(())
                    });
                    self.connect(place);
                }
                _ => self.with(place, |viewer, turn| viewer.due(moment, turn)),
            }
        }
    }

    /// Tells what was counted since the last time.
    pub(super) fn tick(&mut self, now: u64) {
        let crowd = self.viewers.iter().filter(|viewer| viewer.index < self.script.plan.viewers);
        let (cpu_us, starved_us) = own::thread_time_us();
        let tick = Tick {
            at: now,
            part: self.part.index,
            tally: self.tally.clone(),
            in_room: self.in_room,
            gave_up: crowd.filter(|viewer| viewer.stage == Stage::Gone).count() as u32,
            were_in: self.were_in,
            first_began: self.first_began,
            last_in: self.last_in,
            said: self.said.drain(..).map(|said| (said.message, said.sent, said.reflected)).collect(),
            cpu_us,
            starved_us,
            memory: own::memory(),
            process: std::process::id(),
        };
        self.tally.clear();
        drop(self.notes.send(Note::Tick(Box::new(tick))));
    }
}
