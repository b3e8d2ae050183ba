//! `parterre rehearse`: arguments on the way in, files and a summary on the way out. The crowd itself is `parterre_rehearse`.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use parterre_rehearse::{self as crowd, Address, BUILT_IN, Outcome, Rehearsal, Scenario, Span};

use super::Failure;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Rehearse {
    #[command(subcommand)]
    other: Option<Other>,
    #[command(flatten)]
    play: Play,
}

#[derive(Debug, Subcommand)]
enum Other {
    /// List the built-in scenarios, or show one: a file to copy and change.
    Scenarios(Scenarios),
    /// Lay several results side by side in one report.
    Report(Report),
}

#[derive(Debug, Args)]
struct Report {
    /// Results of rehearsals, in the order in which they are shown.
    #[arg(required = true, value_name = "FILE.json")]
    results: Vec<PathBuf>,
    /// Where the report goes.
    #[arg(long, short, value_name = "FILE.html", default_value = "rehearsal.html")]
    output: PathBuf,
}

#[derive(Debug, Args)]
struct Scenarios {
    #[command(subcommand)]
    show: Option<Show>,
}

#[derive(Debug, Subcommand)]
enum Show {
    /// Write a built-in scenario to the standard output.
    Show {
        /// Its name.
        name: String,
    },
}

#[derive(Debug, Args)]
struct Play {
    /// A built-in scenario (`parterre rehearse scenarios` lists them), or a file.
    #[arg(default_value = "steady")]
    scenario: String,
    /// How many viewers.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    viewers: Option<u32>,
    /// The server's streams: ws, wss, http or https (BOSH), xmpp or xmpps (TCP).
    #[arg(long, default_value = "ws://127.0.0.1:5280/xmpp-websocket")]
    url: String,
    /// The room: its name or its address.
    #[arg(long, default_value = "rehearsal")]
    room: String,
    /// Messages a second, in place of the scenario's.
    #[arg(long, value_name = "M")]
    rate: Option<f64>,
    /// How long each act with talk goes on, in place of the scenario's: 30s, 2m.
    #[arg(long = "for", value_name = "TIME")]
    lasts: Option<Span>,
    /// The server's domain [default: the host of the URL; localhost for an IP address]
    #[arg(long, value_name = "D")]
    domain: Option<String>,
    /// Where people without an account log in [default: anon.D]
    #[arg(long, value_name = "DOMAIN")]
    anonymous_domain: Option<String>,
    /// Where the rooms are [default: room.D]
    #[arg(long, value_name = "DOMAIN")]
    muc: Option<String>,
    /// What the result is called where several stand side by side [default: what the server says that it is]
    #[arg(long, value_name = "NAME")]
    label: Option<String>,
    /// Where the result goes.
    #[arg(long, value_name = "FILE", default_value = "rehearsal.json")]
    json: PathBuf,
    /// Where the report for a person goes.
    #[arg(long, value_name = "FILE.html", default_value = "rehearsal.html")]
    report: PathBuf,
    /// The server's process on this machine [default: whoever listens at the URL's port]
    #[arg(long)]
    pid: Option<u32>,
    /// The server's Prometheus metrics: http://host:port/metrics
    #[arg(long, value_name = "URL", conflicts_with = "pid")]
    metrics: Option<String>,
    /// How many processes play the crowd [default: as many as it takes to open enough files]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=64))]
    processes: Option<u32>,
    /// The same seed is the same evening.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Set the room up so that only moderators' presence is shown, as is advised for big rooms.
    #[arg(long)]
    no_presence: bool,
    /// Accept any certificate of the server.
    #[arg(long)]
    any_certificate: bool,
    /// The server is yours, though it is not on this machine.
    #[arg(long)]
    i_operate_this_server: bool,
    /// A process of the crowd; its orders come on the standard input.
    #[arg(long, hide = true)]
    worker: bool,
}

/// Does what the arguments say.
pub(super) fn run(arguments: Rehearse) -> Result<(), Failure> {
    match arguments.other {
        Some(Other::Scenarios(scenarios)) => list(scenarios.show),
        Some(Other::Report(report)) => lay_side_by_side(&report),
        None if arguments.play.worker => crowd::worker().map_err(failure),
        None => play(arguments.play),
    }
}

fn play(play: Play) -> Result<(), Failure> {
    let (name, scenario) = scenario(&play.scenario)?;
    let (json, report) = (play.json.clone(), play.report.clone());
    let rehearsal = Rehearsal {
        name,
        scenario: scenario.adjusted(play.viewers, play.rate, play.lasts).map_err(|wrong| Failure::Wrong(wrong.0))?,
        address: Address::read(&play.url).map_err(Failure::Wrong)?,
        room: play.room,
        domain: play.domain,
        anonymous_domain: play.anonymous_domain,
        muc: play.muc,
        label: play.label,
        pid: play.pid,
        metrics: play.metrics,
        processes: play.processes,
        seed: play.seed,
        quiet_presence: play.no_presence,
        any_certificate: play.any_certificate,
        operated: play.i_operate_this_server,
    };
    let terminal = io::stderr();
    let columns = crowd::progress::columns(&terminal);
    let outcome = rehearsal.play(terminal, columns).map_err(failure)?;
    let text = outcome.to_json().map_err(|error| Failure::Failed(error.to_string()))?;
    write(&json, &(text + "\n"))?;
    let files = [("report", report.display().to_string()), ("figures", json.display().to_string())];
    let files = files.each_ref().map(|(name, file)| (*name, file.as_str()));
    let summary = crowd::summary(&outcome, &files);
    write(&report, &crowd::report::html(&[outcome]))?;
    say(&summary)
}

fn failure(failure: crowd::Failure) -> Failure {
    match failure {
        crowd::Failure::Wrong(text) => Failure::Wrong(text),
        crowd::Failure::Failed(text) => Failure::Failed(text),
    }
}

fn lay_side_by_side(report: &Report) -> Result<(), Failure> {
    let mut outcomes = Vec::new();
    for file in &report.results {
        let wrong = |why: String| Failure::Wrong(format!("{} is no result of a rehearsal: {why}", file.display()));
        let text = fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
        outcomes.push(serde_json::from_str::<Outcome>(&text).map_err(|error| wrong(error.to_string()))?);
    }
    write(&report.output, &crowd::report::html(&outcomes))?;
    say(&format!("The report is in {}.\n", report.output.display()))
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    fs::write(file, text).map_err(|error| Failure::Failed(format!("{} cannot be written: {error}", file.display())))
}

/// A scenario by its name or its file.
fn scenario(asked: &str) -> Result<(String, Scenario), Failure> {
    let file = Path::new(asked);
    if let Some(scenario) = Scenario::built_in(asked) {
        return scenario.map(|scenario| (asked.to_owned(), scenario)).map_err(|wrong| Failure::Wrong(wrong.0));
    }
    let text = fs::read_to_string(file).map_err(|error| {
        let known = BUILT_IN.map(|(name, _)| name).join(", ");
        Failure::Wrong(format!("{asked} is neither a built-in scenario ({known}) nor a file that can be read: {error}"))
    })?;
    let scenario = Scenario::read(&text).map_err(|wrong| Failure::Wrong(format!("{asked}: {wrong}")))?;
    let name = file.file_stem().map_or(asked.to_owned(), |stem| stem.to_string_lossy().into_owned());
    Ok((name, scenario))
}

fn list(show: Option<Show>) -> Result<(), Failure> {
    let text = match show {
        Some(Show::Show { name }) => {
            let found = BUILT_IN.iter().find(|(known, _)| *known == name);
            let known = BUILT_IN.map(|(name, _)| name).join(", ");
            let missing = || Failure::Wrong(format!("there is no scenario {name}; there are {known}"));
            found.map(|(_, text)| (*text).to_owned()).ok_or_else(missing)?
        }
        None => {
            let scenarios = BUILT_IN.iter().filter_map(|(name, _)| Some((name, Scenario::built_in(name)?.ok()?)));
            let lines = scenarios.map(|(name, it)| format!("{name} ({} viewers)\n    {}\n", it.viewers, it.about));
            lines.collect::<Vec<_>>().concat()
        }
    };
    say(&text)
}

/// Writes to the standard output; that nobody reads it any more is no failure.
fn say(text: &str) -> Result<(), Failure> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Failed(error.to_string())),
        _ => Ok(()),
    }
}
