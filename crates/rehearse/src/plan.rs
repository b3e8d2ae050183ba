//! Who does what when: a scenario with its parts given out.
//!
//! Enters: a scenario, where to play it, and a seed. Leaves: for each viewer its name and its moments, for each message its
//! speaker and its text. Pure: any thread or process that has the plan comes to the same answers, so none has to tell
//! another. It reads no clock and does no I/O.

use serde::{Deserialize, Serialize};

use crate::scenario::{Act, Arrive, Scenario, Span, Wrong};
use crate::target::Address;

/// A scenario with its parts given out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// What is played.
    pub(crate) scenario: Scenario,
    /// How many viewers.
    pub(crate) viewers: u32,
    /// The same seed is the same evening.
    pub(crate) seed: u64,
    /// Tells the messages of this rehearsal from those of others.
    pub(crate) run: u32,
    /// When it began, microseconds since 1970.
    pub(crate) began_us: u64,
    /// Where.
    pub(crate) address: Address,
    /// The domain where people without an account log in.
    pub(crate) anonymous_domain: String,
    /// The room, a bare JID.
    pub(crate) room: String,
    /// Whether the host sets the room so that only moderators' presence is shown to all.
    pub(crate) quiet_presence: bool,
    /// Whether a certificate that nobody vouches for will do.
    pub(crate) any_certificate: bool,
}

/// The part of the crowd that one thread plays: every `of`-th viewer, from the `index`-th on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    /// Which part, from 0.
    pub(crate) index: u32,
    /// How many parts there are.
    pub(crate) of: u32,
}

impl Part {
    /// The place of a viewer in this part; `None` if another part plays it.
    pub(crate) fn place(self, viewer: u32) -> Option<usize> {
        (viewer % self.of == self.index).then_some((viewer / self.of) as usize)
    }

    /// The viewer at a place in this part.
    pub(crate) fn viewer(self, place: usize) -> u32 {
        place as u32 * self.of + self.index
    }

    /// How many viewers of all these play here.
    pub(crate) fn size(self, viewers: u32) -> usize {
        (viewers.saturating_sub(self.index)).div_ceil(self.of) as usize
    }
}

/// The messages of one act: their numbers, their pace and who says them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Talk {
    /// The number of the first message.
    pub(crate) first: u32,
    /// How many there are.
    pub(crate) count: u32,
    /// How many speak, in turn.
    pub(crate) speakers: u32,
    /// Messages a second.
    pub(crate) rate: f64,
}

impl Talk {
    /// When the `n`-th message of the act is said: microseconds since the act began.
    pub(crate) fn moment(&self, n: u32) -> u64 {
        (f64::from(n) * 1e6 / self.rate) as u64
    }
}

/// What a draw is for, so that none decides another.
#[derive(Debug, Clone, Copy)]
enum Draw {
    Arrival = 1,
    Reload,
    Moment,
    Deaf,
    Text,
}

impl Plan {
    /// A number that looks random: always the same one for the same question.
    fn draw(&self, what: Draw, viewer: u32, n: u64) -> u64 {
        // SplitMix64.
        let mut z = self.seed ^ (what as u64).rotate_left(56) ^ (u64::from(viewer) << 24) ^ n;
        for _ in 0..2 {
            z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^= z >> 31;
        }
        z
    }

    /// The same as a share, 0 to 1.
    fn share(&self, what: Draw, viewer: u32, n: u64) -> f64 {
        (self.draw(what, viewer, n) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Microseconds for which a viewer waits with something, so that a crowd does not do it at one moment.
    pub(crate) fn jitter(&self, viewer: u32, n: u64, within_us: u64) -> u64 {
        (self.share(Draw::Moment, viewer, n) * within_us as f64) as u64
    }

    /// When a viewer comes: microseconds since the first may.
    pub(crate) fn arrival(&self, viewer: u32) -> u64 {
        match self.scenario.arrive {
            Arrive::Within { within } => (self.share(Draw::Arrival, viewer, 0) * within.us() as f64) as u64,
            Arrive::Rate { rate } => (f64::from(viewer) * 1e6 / rate) as u64,
        }
    }

    /// When the last viewer comes, at most.
    pub(crate) fn arrivals_end(&self) -> u64 {
        match self.scenario.arrive {
            Arrive::Within { within } => within.us(),
            Arrive::Rate { rate } => (f64::from(self.viewers) * 1e6 / rate) as u64,
        }
    }

    /// The acts.
    pub(crate) fn acts(&self) -> &[Act] {
        &self.scenario.acts
    }

    /// How many messages an act has at most, and who says them.
    pub(crate) fn talk(&self, act: usize) -> Option<Talk> {
        let count = |act: &Act| (act.rate * act.lasts.0.as_secs_f64()).round() as u32;
        let first = self.acts().iter().take(act).map(count).fold(0, u32::saturating_add);
        let act = self.acts().get(act)?;
        let speakers = if act.speakers == 0 { self.viewers } else { act.speakers.min(self.viewers) };
        (count(act) > 0).then(|| Talk { first, count: count(act), speakers, rate: act.rate })
    }

    /// The viewer that says a message of a talk. Speakers are spread over the crowd.
    pub(crate) fn speaker(&self, talk: &Talk, n: u32) -> u32 {
        let turn = n % talk.speakers.max(1);
        (u64::from(turn) * u64::from(self.viewers) / u64::from(talk.speakers.max(1))) as u32
    }

    /// Whether a viewer speaks in any act; who does has chosen a name.
    pub(crate) fn speaks(&self, viewer: u32) -> bool {
        let (viewer, viewers) = (u64::from(viewer), u64::from(self.viewers.max(1)));
        (0..self.acts().len()).filter_map(|act| self.talk(act)).any(|talk| {
            let speakers = u64::from(talk.speakers);
            let turn = (viewer * speakers).div_ceil(viewers);
            turn < speakers && turn * viewers / speakers == viewer
        })
    }

    /// The name with which a viewer comes in; another one for each try, if somebody has it.
    pub(crate) fn nick(&self, viewer: u32, tried: u32) -> String {
        let nick = if self.speaks(viewer) { chosen(viewer) } else { format!("Anonymous {}", 100_000 + viewer) };
        if tried > 0 { format!("{nick} ({})", tried + 1) } else { nick }
    }

    /// When a viewer loads the page anew: microseconds since the act began, in order.
    pub(crate) fn reloads(&self, act: usize, viewer: u32) -> Vec<u64> {
        let Some(reload) = self.acts().get(act).and_then(|act| act.reload) else { return Vec::new() };
        if self.share(Draw::Reload, viewer, act as u64) >= reload.share {
            return Vec::new();
        }
        let times = u64::from(reload.times);
        let slice = reload.within.us() / times.max(1);
        (0..times).map(|n| n * slice + self.jitter(viewer, (act as u64) << 32 | n, slice)).collect()
    }

    /// Whether a viewer stops reading in an act.
    pub(crate) fn stops_reading(&self, act: usize, viewer: u32) -> bool {
        let share = self.acts().get(act).map_or(0.0, |act| act.stop_reading);
        // The same draw in each act: those who are in the tunnel stay the same. A speaker has to hear itself.
        share > 0.0 && !self.speaks(viewer) && self.share(Draw::Deaf, viewer, 0) < share
    }

    /// What is said, without the mark that goes with it.
    pub(crate) fn text(&self, message: u32) -> &'static str {
        let at = self.draw(Draw::Text, 0, u64::from(message)) as usize % TEXTS.len();
        TEXTS.get(at).copied().unwrap_or_default()
    }
}

impl Scenario {
    /// The scenario with what the command line says instead: messages a second, and the length of acts with talk. What a file may
    /// not say it may not say either.
    pub fn adjusted(mut self, viewers: Option<u32>, rate: Option<f64>, lasts: Option<Span>) -> Result<Self, Wrong> {
        self.viewers = viewers.unwrap_or(self.viewers);
        for act in self.acts.iter_mut().filter(|act| act.rate > 0.0) {
            act.rate = rate.unwrap_or(act.rate);
            act.lasts = lasts.unwrap_or(act.lasts);
        }
        self.checked()
    }
}

/// The name that a viewer takes later.
pub(crate) fn new_nick(viewer: u32) -> String {
    format!("{} R.", chosen(viewer))
}

fn chosen(viewer: u32) -> String {
    let names = NAMES.len() as u32;
    let name = NAMES.get((viewer % names) as usize).copied().unwrap_or_default();
    format!("{name} {}", viewer / names + 1)
}

const NAMES: [&str; 24] = [
    "Margot", "Yanis", "Aïcha", "Björn", "Chloé", "Dmitri", "Élise", "Farid", "Greta", "Hugo", "Inès", "Jorge",
    "Kasia", "Léo", "Mei", "Noor", "Oskar", "Paola", "Quentin", "Rosa", "Sami", "Théo", "Uma", "Zoé",
];

const TEXTS: [&str; 16] = [
    "Good evening everybody, greetings from Lyon!",
    "Did somebody hear what he just said about the trains?",
    "The sound is much better than last week, thank you.",
    "I had to reload the page, what did I miss?",
    "That is exactly what they told us ten years ago.",
    "Can you show the second chart once more, please?",
    "First time that I am here live, it is quite a crowd.",
    "No, this is not what the report says, page twelve.",
    "Ha, my cat has just walked over the keyboard.",
    "Where does one find the recording afterwards?",
    "Thanks to all who keep this little server running.",
    "Who is the guest? I came in five minutes late.",
    "I would ask her what became of the other project.",
    "It works on my telephone in the train, impressive.",
    "Applause! That had to be said, at long last.",
    "Is it only me, or is the picture a bit too dark?",
];

#[cfg(test)]
mod tests;
