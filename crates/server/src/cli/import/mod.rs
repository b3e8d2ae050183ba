//! `parterre import`: what another chat kept becomes ours. The order of things is here; each part is in its file.
//!
//! Enters: the other plugin's directory and our configuration. Leaves: rooms in the store, and a report of what was
//! taken and what was not. Never: a write into the other's directory, or a store that a server has open.

mod address;
mod channels;
mod keep;
mod lua;
mod messages;
mod report;
mod settings;
mod source;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};
use parterre_room::LogId;
use parterre_store::{MemoryStore, Options, SqliteStore, Store, StoreError};
use parterre_xmpp::BareJid;

use super::{Failure, load, wait};
use crate::config::Config;
use crate::server::random_bytes;
use address::Domains;
use report::{Report, count};
use source::{Found, MAX_ARCHIVE, MAX_SETTINGS, Source};

#[derive(Debug, Subcommand)]
pub(super) enum Import {
    /// Take over the rooms of peertube-plugin-livechat: settings, lists, what was said. Stop Parterre's server first.
    /// It can be run again, and writes nothing into DIR.
    Livechat(Livechat),
}

#[derive(Debug, Args)]
pub(super) struct Livechat {
    /// Its data directory: storage/plugins/data/peertube-plugin-livechat below PeerTube's own.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// Say what would be taken, and take nothing.
    #[arg(long)]
    dry_run: bool,
    /// Write the report as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(import: Import, file: Option<&Path>) -> Result<(), Failure> {
    let Import::Livechat(livechat) = import;
    let config = load(file)?;
    let report = wait(livechat_rooms(&livechat, &config))?.map_err(Failure::Failed)?;
    let text = if livechat.json { report.to_json() } else { report.to_text() };
    io::stdout().write_all(text.as_bytes()).map_err(|error| Failure::Failed(error.to_string()))
}

async fn livechat_rooms(options: &Livechat, config: &Config) -> Result<Report, String> {
    let source = Source::open(&options.directory)?;
    let mut report = Report { dry_run: options.dry_run, ..Report::default() };
    let domains = choose_host(&source, config, &mut report)?;
    let store = open(config, options.dry_run).map_err(|error| explain(&error))?;
    let run = Run { source: &source, domains: &domains, config, store: store.as_ref(), dry: options.dry_run };
    for found in source.rooms(&domains.rooms)? {
        run.room(&found, &mut report).await?;
    }
    channels::name(&source, &mut report)?;
    store.close().await.map_err(|error| explain(&error))?;
    Ok(report)
}

/// Which of the hosts there has the rooms: ours by name, else the only one.
fn choose_host(source: &Source, config: &Config, report: &mut Report) -> Result<Domains, String> {
    let ours = config.rooms_domain();
    let hosts = source.room_hosts()?;
    let host = match hosts.as_slice() {
        [] => return Err("there are no rooms in prosody/data: nobody has used the chat yet".into()),
        hosts if hosts.contains(&ours) => ours.clone(),
        [only] => only.clone(),
        several => {
            let several = several.join(", ");
            return Err(format!("there are rooms of several hosts ({several}); set domain to the one that is wanted"));
        }
    };
    for other in hosts.iter().filter(|other| **other != host) {
        report.leave(other.as_str(), format!("the rooms of this host: only those of {host} are taken"));
    }
    (report.from, report.to) = (host.clone(), ours.clone());
    Ok(Domains::new(host, ours, config.domain()))
}

/// The store; for a dry run an empty one where there is none yet, and one beside a server that may be running.
fn open(config: &Config, dry: bool) -> Result<Box<dyn Store>, StoreError> {
    let directory = &config.top.data_dir;
    let is_empty = std::fs::read_dir(directory).map_or(true, |mut entries| entries.next().is_none());
    Ok(match dry {
        true if is_empty => Box::new(MemoryStore::new()),
        true => Box::new(SqliteStore::open_beside(directory, Options::default())?),
        false => Box::new(SqliteStore::open(directory, Options::default())?),
    })
}

fn explain(error: &StoreError) -> String {
    match error {
        StoreError::InUse(directory) => format!(
            "a running Parterre has {} open; stop it, import, and start it again (--dry-run works beside it)",
            directory.display()
        ),
        error => error.to_string(),
    }
}

struct Run<'a> {
    source: &'a Source,
    domains: &'a Domains,
    config: &'a Config,
    store: &'a dyn Store,
    dry: bool,
}

impl Run<'_> {
    /// Takes one room. Errors: the store's, after which nothing more can be taken.
    async fn room(&self, found: &Found, report: &mut Report) -> Result<(), String> {
        let file = found.settings.display().to_string();
        let Some(address) = self.address(&found.name) else {
            report.leave(file, "no room can have this name here");
            return Ok(());
        };
        let read = self.source.read(&found.settings, MAX_SETTINGS).and_then(|bytes| {
            let table = lua::table(&bytes.unwrap_or_default()).map_err(|fault| format!("is broken: {fault}"))?;
            settings::plan(&table, &self.config.room_config(), self.domains, self.config.limits.room_affiliations)
        });
        let mut plan = match read {
            Ok(Some(plan)) => plan,
            Ok(None) => {
                report.leave(found.name.as_str(), "it was a temporary room");
                return Ok(());
            }
            Err(fault) => {
                report.leave(file, fault);
                return Ok(());
            }
        };
        for line in std::mem::take(&mut plan.left) {
            report.leave(found.name.as_str(), line);
        }
        let messages = self.messages(found, &address, report);
        let policy = Arc::new(self.config.room_policy());
        let kept = keep::keep(self.store, address, policy, random_bytes(), plan, messages, self.dry).await;
        let kept = kept.map_err(|error| format!("{}: {}", found.name, explain(&error)))?;
        if kept.late > 0 {
            let messages = count(kept.late, "message");
            report.leave(
                found.name.as_str(),
                format!("{messages} older than the last that is here: an archive is only added to at its end"),
            );
        }
        report.rooms.push(kept.taken);
        Ok(())
    }

    /// The address of a room of that name here, if its name is in the form that addresses have.
    fn address(&self, name: &str) -> Option<BareJid> {
        let address = BareJid::new(&format!("{name}@{}", self.domains.our_rooms)).ok()?;
        let same = address.node().is_some_and(|node| *node == *name);
        same.then_some(address)
    }

    /// What was said in a room and is to be kept still.
    fn messages(&self, found: &Found, address: &BareJid, report: &mut Report) -> Vec<parterre_room::ArchivedMessage> {
        let file = found.archive.display().to_string();
        let bytes = match self.source.read(&found.archive, MAX_ARCHIVE) {
            Ok(bytes) => bytes.unwrap_or_default(),
            Err(fault) => {
                report.leave(file, fault);
                return Vec::new();
            }
        };
        let now = crate::services::clock::now();
        let messages::Archive { mut messages, broken, first } = messages::read(&bytes, address, self.domains, now);
        if broken > 0 {
            let (entries, first) = (count(broken, "entry").replace("entrys", "entries"), first.unwrap_or_default());
            report.leave(file, format!("{entries} broken and passed over; the first: {first}"));
        }
        if let Some(retention) = self.config.history.retention.0 {
            let oldest = now.0.saturating_sub(retention.as_micros() as i64).max(0) as u64;
            let old = messages.partition_point(|message| message.id < LogId(oldest));
            messages.drain(..old);
            if old > 0 {
                let old = count(old as u64, "message");
                report.leave(found.name.as_str(), format!("{old} older than history.retention, which keeps no such"));
            }
        }
        messages
    }
}
