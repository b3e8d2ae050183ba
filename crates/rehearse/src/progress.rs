//! The rehearsal as it goes, in the terminal: one line that is drawn anew, or plain lines now and then where the output
//! is kept in a file.
//!
//! Enters: each [`Sample`] with the phase that it belongs to. Leaves: text, on the writer it was given. It reads no clock:
//! time is what the samples say.

use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;

use crate::Sample;
use crate::words::{bytes, number, percent, rough, span, span_ms};

/// How far plain lines lie apart.
const PLAIN_EVERY_MS: u64 = 5_000;
/// Back to the start of the line, and erase it.
const ERASE: &str = "\r\x1b[2K";

/// Writes the progress of one rehearsal.
#[derive(Debug)]
pub struct Progress<W> {
    out: W,
    /// The columns of the terminal; absent when the output is none.
    columns: Option<usize>,
    viewers: u32,
    total_ms: Option<u64>,
    since: Interval,
    phase: String,
    drawn: bool,
}

/// What happened since the last line was written.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Interval {
    /// When the last line was written.
    pub from_ms: u64,
    /// The moment of the newest sample.
    pub at_ms: u64,
    /// Viewers in the room then.
    pub in_room: u32,
    /// Messages received since the last line.
    pub delivered: u64,
    /// The newest half and the worst 99 of 100.
    pub latency_us: Option<[u64; 2]>,
    /// The share of a core that the server used, on average; absent where it was never seen.
    pub server_cpu: Option<f64>,
    /// The share of a core that the crowd used, on average.
    pub crowd_cpu: f64,
    /// The server's newest memory, bytes.
    pub server_memory: Option<u64>,
}

impl Interval {
    fn take(&mut self, sample: &Sample) {
        let before = self.at_ms.max(self.from_ms).saturating_sub(self.from_ms) as f64;
        let whole = sample.at_ms.saturating_sub(self.from_ms).max(1) as f64;
        let share = |so_far: f64, now: f64| (so_far * before + now * (whole - before).max(0.0)) / whole;
        self.crowd_cpu = share(self.crowd_cpu, sample.crowd_cpu);
        self.server_cpu = match (self.server_cpu, sample.server_cpu) {
            (Some(so_far), Some(now)) => Some(share(so_far, now)),
            (so_far, now) => now.or(so_far),
        };
        self.at_ms = sample.at_ms;
        self.in_room = sample.in_room;
        self.delivered += sample.delivered;
        if let Some([half, most, _]) = sample.latency_us {
            let worst = self.latency_us.map_or(most, |[_, before]| before.max(most));
            self.latency_us = Some([half, worst]);
        }
        self.server_memory = sample.server_memory.or(self.server_memory);
    }
}

impl<W: Write> Progress<W> {
    /// Progress of that many viewers, on a terminal of that many columns, or (without) on something that is none.
    /// `total_ms` is how long the scenario takes, where it is known.
    pub fn new(out: W, columns: Option<usize>, viewers: u32, total_ms: Option<u64>) -> Progress<W> {
        Progress { out, columns, viewers, total_ms, since: Interval::default(), phase: String::new(), drawn: false }
    }

    /// Takes in a sample; writes a line if it is time for one.
    pub fn sample(&mut self, sample: &Sample, phase: &str) -> io::Result<()> {
        self.since.take(sample);
        let new_phase = phase != self.phase;
        if new_phase {
            phase.clone_into(&mut self.phase);
        }
        let elapsed = self.since.at_ms.saturating_sub(self.since.from_ms);
        if self.columns.is_none() && elapsed < PLAIN_EVERY_MS && !new_phase {
            return Ok(());
        }
        let text = line(&self.since, phase, self.viewers, self.total_ms);
        match self.columns {
            Some(columns) => {
                write!(self.out, "{ERASE}{}", fitted(&text, columns))?;
                self.drawn = true;
            }
            None => writeln!(self.out, "{text}")?,
        }
        self.since = Interval { from_ms: self.since.at_ms, ..Interval::default() };
        self.out.flush()
    }

    /// Writes a line that stays, above the one that is drawn anew.
    pub fn say(&mut self, text: &str) -> io::Result<()> {
        self.clear()?;
        writeln!(self.out, "{text}")?;
        self.out.flush()
    }

    /// Takes the line away: the summary follows.
    pub fn clear(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.drawn) {
            write!(self.out, "{ERASE}")?;
        }
        self.out.flush()
    }
}

/// The line: elapsed of total, phase, how many are in, messages a second, latency, the server's and the crowd's cores.
pub fn line(since: &Interval, phase: &str, viewers: u32, total_ms: Option<u64>) -> String {
    let clock = match total_ms {
        Some(total) if total > 0 => format!("{}/{}", clock(since.at_ms), clock(total.max(since.at_ms))),
        _ => clock(since.at_ms),
    };
    let mut parts = vec![
        clock,
        printable(phase),
        format!("{}/{} in", number(u64::from(since.in_room)), number(u64::from(viewers))),
    ];
    let elapsed = since.at_ms.saturating_sub(since.from_ms);
    if since.delivered > 0 && elapsed > 0 {
        parts.push(format!("{} received/s", rough(since.delivered as f64 * 1e3 / elapsed as f64)));
    }
    if let Some([half, most]) = since.latency_us {
        parts.push(format!("latency {} (99 %: {})", span(half), span(most)));
    }
    parts.push(match (since.server_cpu, since.server_memory) {
        (Some(cpu), Some(memory)) => format!("server {}, {}", percent(cpu), bytes(memory)),
        (Some(cpu), None) => format!("server {}", percent(cpu)),
        (None, Some(memory)) => format!("server {}", bytes(memory)),
        (None, None) => "server not visible".to_owned(),
    });
    parts.push(format!("crowd {}", percent(since.crowd_cpu)));
    parts.retain(|part| !part.is_empty());
    parts.join(" · ").replace('\u{a0}', " ")
}

/// Minutes and seconds.
fn clock(ms: u64) -> String {
    let seconds = ms / 1_000;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// What comes from a file or the network must not steer the terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// As much of a line as a terminal shows without breaking it; the last parts are the least needed.
fn fitted(text: &str, columns: usize) -> String {
    let most = columns.saturating_sub(1).max(1);
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut fits = String::new();
    for part in text.split(" · ") {
        let joint = if fits.is_empty() { "" } else { " · " };
        if fits.chars().count() + joint.len() + part.chars().count() > most {
            break;
        }
        fits.push_str(joint);
        fits.push_str(part);
    }
    if fits.is_empty() { text.chars().take(most).collect() } else { fits }
}

/// The columns of the terminal that an output is, 80 where it does not tell; absent when it is none.
pub fn columns(output: &(impl IsTerminal + AsFd)) -> Option<usize> {
    if !output.is_terminal() {
        return None;
    }
    let told = rustix::termios::tcgetwinsize(output).map_or(0, |size| usize::from(size.ws_col));
    Some(if told == 0 { 80 } else { told })
}

/// How long a rehearsal will take, for the line before it begins.
pub fn announce(viewers: u32, scenario: &str, url: &str, total_ms: Option<u64>) -> String {
    let scenario = printable(scenario);
    let length = total_ms.map_or_else(String::new, |total| format!(", {}", span_ms(total)));
    let text = format!("Playing {scenario}: {} viewers against {}{length}", number(u64::from(viewers)), printable(url));
    text.replace('\u{a0}', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(at_ms: u64, delivered: u64) -> Sample {
        Sample {
            at_ms,
            in_room: 4_812,
            delivered,
            latency_us: (delivered > 0).then_some([4_200, 38_000, 90_000]),
            crowd_cpu: 0.31,
            server_cpu: Some(0.42),
            server_memory: Some(61_000_000),
            ..Sample::default()
        }
    }

    #[test]
    fn a_line_says_what_matters() {
        let mut since = Interval { from_ms: 60_000, ..Interval::default() };
        since.take(&sample(61_000, 48_000));
        assert_eq!(
            line(&since, "talking", 5_000, Some(90_000)),
            "1:01/1:30 · talking · 4,812/5,000 in · 48,000 received/s · latency 4.2 ms (99 %: 38 ms) · server 42 %, 61 MB · crowd 31 %"
        );
        let nothing = line(&Interval::default(), "", 10, None);
        assert_eq!(nothing, "0:00 · 0/10 in · server not visible · crowd 0 %");
    }

    #[test]
    fn a_terminal_gets_one_line_drawn_anew() {
        let mut out = Vec::new();
        let mut progress = Progress::new(&mut out, Some(40), 5_000, None);
        progress.sample(&sample(1_000, 10), "arriving").unwrap();
        progress.sample(&sample(2_000, 10), "arriving").unwrap();
        progress.say("The server has restarted.").unwrap();
        progress.clear().unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text,
            format!(
                "{ERASE}0:01 · arriving · 4,812/5,000 in{ERASE}0:02 · arriving · 4,812/5,000 in{ERASE}The server has restarted.\n"
            )
        );
    }

    #[test]
    fn a_file_gets_a_line_now_and_then() {
        let mut out = Vec::new();
        let mut progress = Progress::new(&mut out, None, 5_000, None);
        for second in 1..=11 {
            progress.sample(&sample(second * 1_000, 100), if second < 9 { "arriving" } else { "talking" }).unwrap();
        }
        let text = String::from_utf8(out).unwrap();
        let starts: Vec<&str> = text.lines().filter_map(|line| line.split(" · ").next()).collect();
        assert_eq!(starts, ["0:01", "0:06", "0:09"]);
        assert!(text.lines().all(|line| line.contains("100 received/s")), "{text}");
        assert!(!text.contains('\x1b'));
    }

    #[test]
    fn processor_shares_are_averages() {
        let mut since = Interval::default();
        for (at_ms, crowd_cpu, server_cpu) in [(1_000, 0.4, Some(0.2)), (2_000, 0.2, None), (4_000, 0.0, Some(0.6))] {
            since.take(&Sample { at_ms, crowd_cpu, server_cpu, ..Sample::default() });
        }
        assert!((since.crowd_cpu - 0.15).abs() < 1e-9 && (since.server_cpu.unwrap() - 0.4).abs() < 1e-9, "{since:?}");
    }

    #[test]
    fn nothing_steers_the_terminal() {
        let text = line(&Interval::default(), "a\x1b[2J\r\nb", 1, None);
        assert!(!text.contains(|c: char| c.is_control()), "{text:?}");
        assert_eq!(fitted("abcdef · g", 4), "abc");
        assert_eq!(
            announce(450, "au-poste", "ws://x", Some(90_000)),
            "Playing au-poste: 450 viewers against ws://x, 90 s"
        );
    }
}
