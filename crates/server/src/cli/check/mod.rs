//! `parterre check`: what works, what does not, and what to do about it. It changes nothing.

mod certificate;
mod data;
mod finding;
mod nginx;
mod ports;
mod probe;
mod services;
mod system;
mod way;

use std::path::{Path, PathBuf};

use clap::Args;

use super::Failure;
use crate::config::{Config, ConfigError};
use finding::Finding::{self, Note, Ok as Fine};
use finding::Findings;
use way::Way;

/// What is looked at, and how it is told.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// Write one JSON document in place of lines.
    #[arg(long)]
    json: bool,
    /// Do not read a database of more than 256 MiB whole.
    #[arg(long)]
    quick: bool,
    /// A configuration of nginx, which it reads with what that includes; - is what `nginx -T` prints. Without --config
    /// nothing else is looked at.
    #[arg(long, value_name = "FILE")]
    nginx: Vec<PathBuf>,
    #[command(flatten)]
    way: Way,
}

/// Looks at everything and tells what was found. Fails if anything is wrong.
pub(super) fn run(check: &Check, file: Option<&Path>) -> Result<(), Failure> {
    let input = Path::new("-");
    if check.nginx.iter().chain(file.map(Path::to_owned).as_ref()).filter(|file| *file == input).count() > 1 {
        return Err(Failure::Wrong("only one file can be the standard input".into()));
    }
    let mut findings = Findings::default();
    let config = match Config::load(file) {
        Ok(config) => config,
        Err(error) => {
            mistakes(&error, &mut findings);
            tell(&findings, check)?;
            return Err(Failure::Wrong(String::new()));
        }
    };
    if file.is_some() || check.nginx.is_empty() && check.way.url.is_empty() {
        machine(&config, file, check.quick, &mut findings)?;
    }
    // Without a file it is that of some other server.
    let config = file.map(|_| &config);
    findings.extend(nginx::examine(&check.nginx, config));
    way::examine(&check.way, config, &mut findings)?;
    tell(&findings, check)?;
    match findings.wrong() {
        0 => Ok(()),
        1 => Err(Failure::Failed("one thing is wrong".into())),
        more => Err(Failure::Failed(format!("{more} things are wrong"))),
    }
}

fn tell(findings: &Findings, check: &Check) -> Result<(), Failure> {
    findings.print(check.json, std::io::stdout().lock()).map_err(|error| Failure::Failed(error.to_string()))
}

/// Why a configuration cannot be read.
fn mistakes(error: &ConfigError, findings: &mut Findings) {
    for mistake in &error.mistakes {
        let colon = if mistake.place.is_empty() { "" } else { ": " };
        findings.add("configuration", Finding::wrong(format!("{}{colon}{}", mistake.place, mistake.text), ""));
    }
}

/// What can be seen on this machine.
fn machine(config: &Config, file: Option<&Path>, quick: bool, findings: &mut Findings) -> Result<(), Failure> {
    let from = file.map_or("defaults and environment".to_owned(), |file| match file.to_str() {
        Some("-") => "standard input".to_owned(),
        _ => file.display().to_string(),
    });
    findings.add("configuration", Fine(format!("{from}; domain {}", config.domain())));
    findings.extend(secrets(config).map(|finding| ("secrets", finding)));
    let (ports, runs) = ports::examine(config);
    findings.extend(ports);
    findings.extend(data::examine(&config.top.data_dir, runs, quick));
    findings.extend(certificate::examine(config).into_iter().map(|finding| ("certificate", finding)));
    findings.extend(system::examine(config));
    findings.extend(services::examine(config)?);
    Ok(())
}

/// Secrets that can be guessed.
fn secrets(config: &Config) -> impl Iterator<Item = Finding> {
    let keys = [("auth.token_secret", &config.auth.token_secret), ("api.token", &config.api.token)];
    let short = keys.into_iter().filter(|(_, secret)| !secret.is_empty() && secret.reveal().len() < 32);
    short.map(|(key, _)| {
        Note(
            format!("{key} is shorter than 32 bytes"),
            "`openssl rand -hex 32` makes one that cannot be guessed".into(),
        )
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
        assert!(matches!(&notes[..], [Note(text, _)] if text.starts_with("api.token")), "{notes:?}");
    }
}
