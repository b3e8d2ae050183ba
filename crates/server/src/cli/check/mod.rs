//! `parterre check`: what works, what does not, and what to do about it. It changes nothing.

mod certificate;
mod data;
mod ports;
mod probe;
mod services;
mod system;

use std::io::Write as _;
use std::path::Path;

use super::Failure;
use crate::config::Config;

/// What was found out about one thing.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// It works.
    Ok(String),
    /// It works, but there is something to know.
    Note(String),
    /// It does not work: what is wrong, and what to do.
    Wrong(String),
}

use Finding::{Note, Ok as Fine, Wrong};

/// Looks at everything and prints a line for each. Fails if anything is wrong.
pub(super) fn run(file: Option<&Path>) -> Result<(), Failure> {
    let from = file.map_or("defaults and environment".to_owned(), |file| file.display().to_string());
    let config = match Config::load(file) {
        Ok(config) => config,
        Err(error) => {
            let lines = error.mistakes.iter().map(|mistake| match mistake.place.as_str() {
                "" => Wrong(mistake.text.clone()),
                place => Wrong(format!("{place}: {}", mistake.text)),
            });
            print(&lines.map(|line| ("configuration", line)).collect::<Vec<_>>())?;
            return Err(Failure::Wrong(String::new()));
        }
    };
    let mut findings = vec![("configuration", Fine(format!("{from}; domain {}", config.domain())))];
    findings.extend(secrets(&config).map(|finding| ("secrets", finding)));
    findings.extend(data::examine(&config.top.data_dir));
    findings.extend(ports::examine(&config));
    findings.extend(certificate::examine(&config).into_iter().map(|finding| ("certificate", finding)));
    findings.extend(system::examine(&config));
    findings.extend(services::examine(&config)?);
    print(&findings)?;
    let wrong = findings.iter().filter(|(_, finding)| matches!(finding, Wrong(_))).count();
    match wrong {
        0 => Ok(()),
        1 => Err(Failure::Failed("one thing is wrong".into())),
        more => Err(Failure::Failed(format!("{more} things are wrong"))),
    }
}

fn print(findings: &[(&str, Finding)]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    for (what, finding) in findings {
        let (mark, text) = match finding {
            Fine(text) => ("OK   ", text),
            Note(text) => ("NOTE ", text),
            Wrong(text) => ("WRONG", text),
        };
        writeln!(out, "{mark} {what}: {text}").map_err(|error| Failure::Failed(error.to_string()))?;
    }
    Ok(())
}

/// Secrets that can be guessed.
fn secrets(config: &Config) -> impl Iterator<Item = Finding> {
    let keys = [("auth.token_secret", &config.auth.token_secret), ("api.token", &config.api.token)];
    let short = keys.into_iter().filter(|(_, secret)| !secret.is_empty() && secret.reveal().len() < 32);
    short.map(|(key, _)| {
        Note(format!("{key} is shorter than 32 bytes; `openssl rand -hex 32` makes one that cannot be guessed"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;

    #[test]
    fn short_secrets_are_noted() {
        let mut config = Config::default();
        assert_eq!(secrets(&config).count(), 0);
        config.api.token = Secret::new("short");
        config.auth.token_secret = Secret::new(&"x".repeat(32));
        let notes: Vec<_> = secrets(&config).collect();
        assert!(matches!(&notes[..], [Note(text)] if text.starts_with("api.token")), "{notes:?}");
    }
}
