//! Where the log goes: the standard error, as lines for a person or as JSON for a machine.

use std::io::IsTerminal as _;

use tracing_subscriber::filter::{EnvFilter, ParseError};

/// How a line of the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For a person.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Sends everything that is logged from here on to the standard error. `filter` is a level (`info`) or a list of
/// levels by module (`info,parterre::rooms=debug`).
///
/// # Errors
/// The filter cannot be read. A log that was set up before stays as it is.
pub fn start(format: LogFormat, filter: &str) -> Result<(), ParseError> {
    let filter = EnvFilter::builder().parse(filter)?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second log cannot be set up: only tests that run `serve` twice in one process come here twice.
    let _ = match format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).with_target(false).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(false).with_span_list(true).try_init(),
    };
    Ok(())
}
