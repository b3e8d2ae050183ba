//! The command line: what was asked for, and how it ended, as an exit code.
//!
//! Enters: arguments. Leaves: 0 fine, 1 failed, 2 wrong usage or configuration, with the reason on the standard error.

mod account;
mod check;
mod import;
mod rehearse;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::app::ServeOptions;
use crate::config::{Config, ConfigError};
use crate::logging::{self, LogFormat};

/// A chat server for rooms with large audiences.
#[derive(Debug, Parser)]
#[command(name = "parterre", version, arg_required_else_help = true)]
struct Arguments {
    /// The configuration; - is the standard input, up to its end or a line `# end`. Without it every key has its default.
    #[arg(long, short, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server.
    Serve(Serve),
    /// Add, remove and list local accounts, also while the server runs.
    #[command(subcommand)]
    Account(account::Account),
    /// Say what works, what does not, and what to do about it.
    Check(check::Check),
    /// Take over the rooms of another chat.
    #[command(subcommand)]
    Import(import::Import),
    /// Play a crowd against a server, and write a report of how it bore it.
    Rehearse(Box<rehearse::Rehearse>),
}

#[derive(Debug, Args)]
struct Serve {
    /// Stop when the process that started this one ends.
    #[arg(long)]
    with_parent: bool,
    /// The descriptor of a channel on which the process that started this one hands over connections that it accepted:
    /// Node's IPC channel (docs/hand-over.md).
    #[arg(long, value_name = "FD", value_parser = clap::value_parser!(i32).range(3..))]
    control: Option<i32>,
    /// How the log is written, to the standard error, and the line that says that the server is ready.
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    log_format: LogFormat,
    /// A level (error, warn, info, debug, trace), or levels by module: `info,parterre::rooms=debug`.
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    log_level: String,
}

/// How a command ended that did not do what it was asked for.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It failed: 1.
    Failed(String),
    /// It was asked for in the wrong way, or the configuration is wrong: 2.
    Wrong(String),
}

/// Reads the arguments of the process, does what they say, and gives its exit code. `serve` runs the server.
pub fn main(serve: impl FnOnce(Config, ServeOptions) -> anyhow::Result<()>) -> ExitCode {
    run(std::env::args_os(), serve)
}

fn run(
    arguments: impl IntoIterator<Item = OsString>,
    serve: impl FnOnce(Config, ServeOptions) -> anyhow::Result<()>,
) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // What was asked for (--help, --version) goes to the standard output and is no error. That nobody reads
            // it any more is none either.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    let file = arguments.config.as_deref();
    let done = match arguments.command {
        Command::Serve(options) => start(file, &options, serve),
        Command::Account(account) => account::run(account, file),
        Command::Check(check) => check::run(&check, file),
        Command::Import(import) => import::run(import, file),
        Command::Rehearse(rehearse) => rehearse::run(*rehearse),
    };
    let (code, text) = match done {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Failed(text)) => (1, text),
        Err(Failure::Wrong(text)) => (2, text),
    };
    if !text.is_empty() {
        eprintln!("parterre: {text}");
    }
    ExitCode::from(code)
}

fn start(
    file: Option<&Path>,
    options: &Serve,
    serve: impl FnOnce(Config, ServeOptions) -> anyhow::Result<()>,
) -> Result<(), Failure> {
    let (config, parent_holds_input) = Config::load_at_start(file).map_err(|error| wrong(&error))?;
    logging::start(options.log_format, &options.log_level)
        .map_err(|error| Failure::Wrong(format!("--log-level {}: {error}", options.log_level)))?;
    let options = ServeOptions {
        with_parent: options.with_parent,
        parent_holds_input,
        control: options.control,
        json: options.log_format == LogFormat::Json,
    };
    serve(config, options).map_err(|error| Failure::Failed(format!("{error:#}")))
}

fn load(file: Option<&Path>) -> Result<Config, Failure> {
    Config::load(file).map_err(|error| wrong(&error))
}

fn wrong(error: &ConfigError) -> Failure {
    Failure::Wrong(format!("the configuration is wrong\n{error}"))
}

/// Runs a future that no server is there to run.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map(|runtime| runtime.block_on(future)).map_err(|error| Failure::Failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exit(arguments: &[&str]) -> ExitCode {
        let arguments = [&["parterre"], arguments].concat();
        run(arguments.into_iter().map(OsString::from), |_, _| Err(anyhow::anyhow!("the port is taken")))
    }

    #[test]
    fn the_arguments_are_consistent() {
        use clap::CommandFactory as _;
        Arguments::command().debug_assert();
    }

    #[test]
    fn wrong_usage_and_wrong_configuration_are_2_and_failure_is_1() {
        assert_eq!(exit(&["--version"]), ExitCode::SUCCESS);
        assert_eq!(exit(&["--help"]), ExitCode::SUCCESS);
        for wrong in [
            &[][..],
            &["serv"],
            &["serve", "--confg"],
            &["account", "add"],
            &["serve", "--log-format", "xml"],
            &["serve", "--control", "2"],
            &["check", "--config", "-", "--nginx", "-"],
        ] {
            assert_eq!(exit(wrong), ExitCode::from(2), "{wrong:?}");
        }
        assert_eq!(exit(&["serve", "--config", "/nowhere/parterre.toml"]), ExitCode::from(2));
        assert_eq!(exit(&["serve", "--log-level", "a=b=c"]), ExitCode::from(2));
        assert_eq!(exit(&["serve", "--log-level", "error"]), ExitCode::from(1));
    }
}
