//! Builds the parts of the server in order, and owns its start and its end. The only place that knows everything.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use parterre_store::{SqliteStore, Store};
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::LocalSet;

use crate::auth::Authenticator;
use crate::config::{Bound, Config, Listen};
use crate::http;
use crate::listen::admission::Admission;
use crate::listen::{self, Door};
use crate::metrics::Metrics;
use crate::registry::Registry;
use crate::rooms::Directory;
use crate::rooms::directory::Summary;
use crate::rooms::operator::{Listing, Operator};
use crate::rooms::site::Site;
use crate::server::{self, Server};
use crate::services::Services;
use crate::shard::{Parcel, Shard, ShardHandle};
use crate::tls::Tls;

/// Parcels that wait for a shard before those who send more have to wait.
const MAILBOX: usize = 16_384;
/// Orders that wait for a room before those who send more have to wait.
const INBOX: usize = 4_096;
/// How often `--with-parent` looks whether the parent is still there.
const PARENT: Duration = Duration::from_millis(250);
/// How often what is older than the retention is removed.
const PRUNING: Duration = Duration::from_mins(10);
/// Messages that one step of pruning removes: few enough that no commit waits for it.
const PRUNED_AT_ONCE: usize = 500;

/// How `serve` runs, beyond the configuration.
#[derive(Clone, Copy, Debug, Default)]
pub struct ServeOptions {
    /// Stop when the parent process ends.
    pub with_parent: bool,
}

/// The sockets of all shards.
struct Listening {
    http: SocketOrPath,
    sockets: Vec<Vec<(std::net::TcpListener, Door)>>,
    unix: Option<std::os::unix::net::UnixListener>,
    xmpp: Vec<SocketAddr>,
}

enum SocketOrPath {
    Socket(SocketAddr),
    Path(std::path::PathBuf),
}

/// Runs the server until it is told to stop. An error means that it could not start.
pub fn run(config: Config, options: ServeOptions) -> Result<()> {
    // Asked first: a parent that ends while the server starts must not be missed.
    let parent = options.with_parent.then(std::os::unix::process::parent_id);
    let control = Builder::new_current_thread().enable_all().build().context("no event loop can be made")?;
    let shards = std::thread::available_parallelism().map_or(1, usize::from);
    let listening = listen(&config, shards)?;
    let store: Arc<dyn Store> = Arc::new(open_store(&config)?);
    let (handles, mailboxes): (Vec<_>, Vec<_>) = (0..shards).map(|_| ShardHandle::new(MAILBOX)).unzip();
    let server = control.block_on(build(config, store, handles))?;
    let mut threads = Vec::new();
    let mut unix = listening.unix;
    for (index, (mailbox, sockets)) in mailboxes.into_iter().zip(listening.sockets).enumerate() {
        let (server, unix) = (server.clone(), unix.take());
        let work = move || -> std::io::Result<()> {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            let local = LocalSet::new();
            local.block_on(&runtime, async move {
                let shard = Shard::new(index as u16, server);
                for (socket, door) in sockets {
                    tokio::task::spawn_local(listen::accept(shard.clone(), socket, door));
                }
                if let Some(socket) = unix {
                    tokio::task::spawn_local(listen::accept_unix(Rc::clone(&shard), socket));
                }
                shard.run(mailbox).await;
            });
            Ok(())
        };
        let thread = std::thread::Builder::new().name(format!("shard-{index}")).spawn(work);
        threads.push(thread.context("no thread can be started")?);
    }
    announce(&listening.http, &listening.xmpp)?;
    control.block_on(LocalSet::new().run_until(until_stopped(&server, parent)));
    stop(&control, &server, threads);
    if let SocketOrPath::Path(path) = &listening.http {
        // Left behind it would only have to be replaced at the next start.
        let _ = std::fs::remove_file(path);
    }
    Ok(())
}

fn listen(config: &Config, shards: usize) -> Result<Listening> {
    let mut sockets: Vec<Vec<_>> = (0..shards).map(|_| Vec::new()).collect();
    let mut open = |address: SocketAddr, door: Door, key: &str| -> Result<SocketAddr> {
        let (bound, listeners) = listen::bind(address, shards).with_context(|| {
            format!("{key}: {address} cannot be listened on; is another server running there? Set another address")
        })?;
        for (own, listener) in sockets.iter_mut().zip(listeners) {
            own.push((listener, door));
        }
        Ok(bound)
    };
    let mut unix = None;
    let http = match &config.http.listen {
        Listen::Tcp(address) => SocketOrPath::Socket(open(*address, Door::Http, "http.listen")?),
        Listen::Unix(path) => {
            unix = Some(
                listen::bind_unix(path)
                    .with_context(|| format!("http.listen: {} cannot be listened on", path.display()))?,
            );
            SocketOrPath::Path(path.clone())
        }
    };
    let mut xmpp = Vec::new();
    if let Some(c2s) = &config.c2s {
        if let Some(address) = c2s.listen {
            xmpp.push(open(address, Door::Xmpp, "c2s.listen")?);
        }
        if let Some(address) = c2s.direct_tls_listen {
            xmpp.push(open(address, Door::XmppTls, "c2s.direct_tls_listen")?);
        }
    }
    Ok(Listening { http, sockets, unix, xmpp })
}

fn open_store(config: &Config) -> Result<SqliteStore> {
    SqliteStore::open(&config.top.data_dir, parterre_store::Options::default())
        .with_context(|| format!("data_dir: the database in {} cannot be opened", config.top.data_dir.display()))
}

async fn build(config: Config, store: Arc<dyn Store>, shards: Vec<ShardHandle>) -> Result<Arc<Server>> {
    let metrics = Arc::new(Metrics::default());
    let admission = Admission::new(
        config.limits.connections,
        config.limits.connections_per_address,
        config.http.trusted_proxies.clone(),
    );
    let directory = Arc::new(Directory::new(INBOX));
    let bosh_admission =
        Admission::new(Bound::NONE, config.limits.bosh_sessions_per_address, config.http.trusted_proxies.clone());
    let policy = Arc::new(config.room_policy());
    for (name, settings) in store.rooms().await.context("the rooms cannot be read from the database")? {
        match parterre_room::Snapshot::summary(&settings) {
            Ok((title, public)) => directory.describe(&name, Summary { title, public, ..Summary::default() }),
            Err(error) => {
                tracing::error!(room = name, %error, "the room's settings in the database cannot be understood");
            }
        }
    }
    let registry = Arc::new(Registry::new(config.limits.resources_per_account.or_max()));
    let listing = Listing { directory: directory.clone(), domain: config.rooms_domain() };
    let services = Services::new(registry, store.clone(), Arc::new(listing), config.service_settings());
    let authenticator = Authenticator::new(&config, store.clone(), metrics.clone())?;
    let tls = config.c2s.as_ref().map(Tls::load).transpose().context("c2s")?.flatten();
    if let Some(c2s) = &config.c2s
        && tls.is_none()
        && !c2s.allow_plaintext
    {
        bail!("c2s: TCP clients need TLS; set c2s.certificate and c2s.key, or c2s.allow_plaintext = true on loopback");
    }
    let server = Arc::new(Server {
        pages: OnceLock::new(),
        anonymous_domain: config.anonymous_domain(),
        room_domain: config.rooms_domain(),
        metrics,
        admission,
        authenticator: Arc::new(authenticator),
        services: Arc::new(services),
        store,
        directory,
        policy,
        shards,
        site: Site::new(&config)?,
        tls,
        acknowledgement_request: server::acknowledgement_request(),
        room_config: config.room_config(),
        store_failures: AtomicUsize::new(0),
        bosh_admission,
        config,
    });
    let operator = Arc::new(Operator(Arc::downgrade(&server)));
    let site = http::Site::new(&server.config, server.metrics.clone(), operator);
    let _ = server.pages.set(http::router(site));
    Ok(server)
}

/// Prints the one line that says that the server is ready.
fn announce(http: &SocketOrPath, xmpp: &[SocketAddr]) -> Result<()> {
    let mut line = match http {
        SocketOrPath::Socket(address) => format!("parterre is ready: http://{address}/"),
        SocketOrPath::Path(path) => format!("parterre is ready: unix:{}", path.display()),
    };
    for address in xmpp {
        // Writing to a string cannot fail.
        let _ = write!(line, ", xmpp://{address}");
    }
    let mut out = std::io::stdout();
    writeln!(out, "{line}").and_then(|()| out.flush()).context("the standard output cannot be written")
}

/// Waits for a reason to stop, and meanwhile does what is to be done now and then.
async fn until_stopped(server: &Arc<Server>, parent: Option<u32>) {
    let signals = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()), signal(SignalKind::hangup()));
    let (Ok(mut terminate), Ok(mut interrupt), Ok(mut hangup)) = signals else {
        return tracing::error!("signals cannot be received; the server stops");
    };
    let mut parent_checks = tokio::time::interval(PARENT);
    tokio::task::spawn_local(prune(server.clone()));
    loop {
        tokio::select! {
            _ = terminate.recv() => return tracing::info!("told to stop"),
            _ = interrupt.recv() => return tracing::info!("interrupted"),
            _ = hangup.recv() => reload(server),
            _ = parent_checks.tick(), if parent.is_some() => {
                if Some(std::os::unix::process::parent_id()) != parent {
                    return tracing::info!("the parent process has ended");
                }
            }
        }
    }
}

/// Reads the certificate again.
fn reload(server: &Server) {
    let Some(tls) = &server.tls else { return };
    match tls.reload() {
        Ok(()) => tracing::info!("the certificate was read again"),
        Err(error) => tracing::error!("the certificate could not be read again, the old one stays in use: {error:#}"),
    }
}

/// Removes what is older than the retention, in steps that let everything else through.
async fn prune(server: Arc<Server>) {
    let Some(retention) = server.config.history.retention.0 else { return };
    let mut rounds = tokio::time::interval(PRUNING);
    loop {
        rounds.tick().await;
        let before = parterre_xmpp::Timestamp(server::now().0.saturating_sub(retention.as_micros() as i64));
        loop {
            match server.store.prune(before, PRUNED_AT_ONCE).await {
                Ok(removed) => {
                    server.metrics.archive_pruned.inc_by(removed as u64);
                    if removed < PRUNED_AT_ONCE {
                        break;
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "old messages could not be removed; trying again later");
                    break;
                }
            }
        }
    }
}

/// Closes every stream, keeps everything, ends all threads; all within `limits.stop_time`.
fn stop(control: &Runtime, server: &Arc<Server>, threads: Vec<JoinHandle<std::io::Result<()>>>) {
    control.block_on(async {
        let deadline = tokio::time::Instant::now() + server.config.limits.stop_time;
        for shard in &server.shards {
            shard.send(Parcel::Shutdown).await;
        }
        for shard in &server.shards {
            // Closed once the shard's last client is gone.
            if tokio::time::timeout_at(deadline, shard.closed()).await.is_err() {
                tracing::warn!("some clients did not take their leave in time");
            }
        }
        if let Err(error) = server.store.close().await {
            tracing::error!(%error, "the database could not be closed properly");
        }
    });
    for thread in threads {
        if thread.is_finished()
            && let Ok(Err(error)) = thread.join()
        {
            tracing::error!(%error, "a shard could not work");
        }
    }
}
