//! What to play next: the end of the first screen of a report.
//!
//! Enters: an [`Outcome`] and how the server bore it. Leaves: a short list of commands, each with what it would tell. It promises
//! nothing: how many more a server would bear is known when they were played.

use std::fmt::Write as _;

use super::html::escape;
use crate::Outcome;
use crate::scenario::BUILT_IN;
use crate::verdict::{Level, came_in};
use crate::words::number;

/// How many times as many viewers a server is asked to bear next that bore these well.
const MORE: u32 = 4;

/// What to play, and why.
struct Hint {
    command: String,
    why: String,
}

/// Appends the section.
pub(super) fn write(outcome: &Outcome, level: Level, page: &mut String) {
    page.push_str(
        "<section><h2>What to play next</h2><p class=\"about\">Add the options that this run had: the address, the room.</p><ul class=\"next\">",
    );
    for Hint { command, why } in hints(outcome, level) {
        let _ = write!(page, "<li><code>{}</code> <span>{}</span></li>", escape(&command), escape(&why));
    }
    page.push_str("</ul></section>\n");
}

fn hints(outcome: &Outcome, level: Level) -> Vec<Hint> {
    let name = &outcome.scenario;
    let again = |viewers: u32, rest: &str| {
        let scenario = if BUILT_IN.iter().any(|(known, _)| known == name) { name.as_str() } else { "FILE.toml" };
        format!("parterre rehearse {scenario} --viewers {viewers}{rest}")
    };
    let hint = |command: String, why: String| Hint { command, why };
    let mut hints = Vec::new();
    match level {
        Level::Held => {
            let more = outcome.viewers.saturating_mul(MORE);
            hints.push(hint(again(more, ""), format!("whether it holds {}, too", number(more.into()))));
            for (other, why) in [
                ("raid", "everybody within ten seconds, and all speak at once"),
                ("reload-storm", "everybody loses the connection, and comes back in the same moment"),
                ("restart", "you restart the server meanwhile"),
            ] {
                if other != name {
                    let command = format!("parterre rehearse {other} --viewers {}", outcome.viewers);
                    hints.push(hint(command, why.to_owned()));
                }
            }
            hints.truncate(3);
        }
        Level::Strained | Level::Broke => {
            let fewer = u32::try_from(came_in(outcome)).unwrap_or(u32::MAX).min(outcome.viewers) / 2;
            hints.push(hint(again(fewer.max(1), ""), "how many it does hold: halve until it does".to_owned()));
            hints.push(hint(
                "parterre check".to_owned(),
                "what this machine and its settings allow, if the server is Parterre".to_owned(),
            ));
        }
        Level::Unclear => {
            let half = (outcome.viewers / 2).max(1);
            hints.push(hint(again(half, ""), "a crowd that this machine can play".to_owned()));
        }
    }
    if outcome.target.same_machine {
        hints.push(hint(
            again(outcome.viewers, " --url wss://YOUR.SITE/… --i-operate-this-server"),
            "the same from another machine, by the way that your viewers take: network, TLS and proxies included"
                .to_owned(),
        ));
    } else if level == Level::Unclear {
        hints.push(hint(again(outcome.viewers, ""), "the same from a stronger machine".to_owned()));
    }
    hints
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sketch::{broken, calm};
    use crate::verdict::verdict;

    fn commands(outcome: &Outcome) -> Vec<String> {
        hints(outcome, verdict(outcome).level).into_iter().map(|hint| hint.command).collect()
    }

    #[test]
    fn who_held_is_asked_for_more() {
        assert_eq!(
            commands(&calm(300)),
            [
                "parterre rehearse premiere --viewers 1200",
                "parterre rehearse raid --viewers 300",
                "parterre rehearse reload-storm --viewers 300",
                "parterre rehearse premiere --viewers 300 --url wss://YOUR.SITE/… --i-operate-this-server",
            ]
        );
        let mut raid = calm(300);
        "raid".clone_into(&mut raid.scenario);
        raid.target.same_machine = false;
        assert_eq!(
            commands(&raid),
            [
                "parterre rehearse raid --viewers 1200",
                "parterre rehearse reload-storm --viewers 300",
                "parterre rehearse restart --viewers 300",
            ]
        );
    }

    #[test]
    fn who_broke_is_asked_for_less() {
        let mut outcome = broken(5_000);
        "own".clone_into(&mut outcome.scenario);
        assert_eq!(commands(&outcome)[..2], ["parterre rehearse FILE.toml --viewers 1250", "parterre check"]);
        outcome.crowd.was_the_limit = true;
        assert_eq!(commands(&outcome)[0], "parterre rehearse FILE.toml --viewers 2500");
    }
}
