//! The end of a rehearsal in the terminal.

use crate::Outcome;
use crate::figures::figures;
use crate::progress::printable;
use crate::verdict::verdict;

/// At most twelve lines, each ended: the verdict, the five figures, what to know, and where the files are. `files` are names
/// of what was written ("report") with the paths.
pub fn summary(outcome: &Outcome, files: &[(&str, &str)]) -> String {
    let verdict = verdict(outcome);
    let mut lines = vec![format!("{}.", verdict.headline)];
    lines.extend(figures(outcome).map(|figure| format!("  {:<16}{}  ({})", figure.name, figure.value, figure.detail)));
    for line in &mut lines {
        if let Some(bare) = line.strip_suffix("  ()") {
            *line = bare.to_owned();
        }
    }
    lines.push(verdict.limit);
    if !verdict.caveats.is_empty() {
        lines.push(verdict.caveats.join(" "));
    }
    lines.extend(files.iter().take(12 - lines.len()).map(|(name, path)| format!("  {name:<16}{path}")));
    let mut text = String::new();
    for line in lines {
        // No-break spaces are for pages; terminals are read by scripts, too.
        text.push_str(&printable(&line).replace('\u{a0}', " "));
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sketch::{broken, calm};

    #[test]
    fn a_good_evening_in_a_few_lines() {
        let text = summary(&calm(5_000), &[("report", "rehearsal.html"), ("result", "rehearsal.json")]);
        assert_eq!(
            text,
            "Held 5,000 viewers.\n\
             \x20 In the room     5,000  (all in after 3.1 s, as fast as they arrived)\n\
             \x20 Time to join    220 ms  (for 99 of 100; half within 40 ms, the slowest 400 ms)\n\
             \x20 Message latency 38 ms  (for 99 of 100; half within 7 ms, the slowest 70 ms)\n\
             \x20 Lost            0  (of 1,350,000 deliveries)\n\
             \x20 Server cost     0.70 cores  (of 2, 36 MB of memory in all, each viewer adds 4.9 kB)\n\
             No limit was met: at its busiest the server used 0.70 of 2 cores.\n\
             The crowd ran on the server's own machine, and they shared 2 cores: alone, the server has more. \
             Your viewers' way through the network comes on top.\n\
             \x20 report          rehearsal.html\n\
             \x20 result          rehearsal.json\n"
        );
    }

    #[test]
    fn never_more_than_twelve_lines_and_nothing_that_steers_the_terminal() {
        let mut outcome = broken(5_000);
        outcome.crowd.was_the_limit = true;
        outcome.joins.failed = [("\x1b[31mno\r\n".to_owned(), 3)].into();
        let files = [("a", "b"); 20];
        let text = summary(&outcome, &files);
        assert!(text.lines().count() <= 12, "{text}");
        assert!(!text.contains(['\x1b', '\r']), "{text:?}");
    }
}
