//! Builds the parts of the server in order, and owns its start and its end. The only place that knows everything.

use std::io::Write as _;
use std::net::SocketAddr;
use std::os::fd::RawFd;
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use parterre_store::{SqliteStore, Store};
use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::LocalSet;

use crate::auth::Authenticator;
use crate::config::{Bound, Config, Listen};
use crate::control;
use crate::control::parent::Parent;
use crate::http;
use crate::listen::admission::Admission;
use crate::listen::{self, Arrival, Door};
use crate::metrics::Metrics;
use crate::registry::Registry;
use crate::rooms::Directory;
use crate::rooms::directory::Summary;
use crate::rooms::operator::{Listing, Operator};
use crate::rooms::site::Site;
use crate::server::{self, Server};
use crate::services::Services;
use crate::shard::overload::Ladder;
use crate::shard::{Parcel, Shard, ShardHandle};
use crate::tls::Tls;
use crate::transport::ParkedPipe;
use crate::transport::memory::{self, MemoryPipe};
use crate::upkeep;

/// Parcels that wait for a shard before those who send more have to wait.
const MAILBOX: usize = 16_384;
/// Orders that wait for a room before those who send more have to wait.
const INBOX: usize = 4_096;
/// How much longer than `limits.stop_time` closing the database may take.
const CLOSING: Duration = Duration::from_millis(800);

/// How `serve` runs, beyond the configuration.
#[derive(Clone, Copy, Debug, Default)]
pub struct ServeOptions {
    /// Stop when the parent process ends.
    pub with_parent: bool,
    /// The parent process keeps the standard input open as long as it lives.
    pub parent_holds_input: bool,
    /// The descriptor of the channel on which the parent process hands sockets over.
    pub control: Option<RawFd>,
    /// Say that the server is ready in JSON.
    pub json: bool,
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

/// A running server: its threads, and what they share.
pub struct Running {
    server: Arc<Server>,
    threads: Vec<JoinHandle<()>>,
    http: SocketOrPath,
    xmpp: Vec<SocketAddr>,
    next: AtomicUsize,
}

/// Runs the server until it is told to stop. An error means that it could not start.
pub fn run(config: Config, options: ServeOptions) -> Result<()> {
    // Asked first: a parent that ends while the server starts must not be missed.
    let mut parent = options.with_parent.then(|| Parent::watch(options.parent_holds_input));
    end_at_a_panic();
    // Before anything is opened, so that the number is what the parent meant by it.
    let channel = options.control.map(inherit).transpose()?;
    let files = raise_open_files();
    let control = Builder::new_current_thread().enable_all().build().context("no event loop can be made")?;
    let received = |kind| control.block_on(async { signal(kind) }).context("signals cannot be received");
    // From here on, so that it does not end a server that is still starting; the others may.
    let hangup = received(SignalKind::hangup())?;
    let shards = std::thread::available_parallelism().map_or(1, usize::from);
    let listening = listen(&config, shards)?;
    let store: Arc<dyn Store> = Arc::new(open_store(&config)?);
    let running = control.block_on(Running::over(config, store, listening))?;
    // Whoever reads that it is ready may tell it to stop at once.
    let stop = [received(SignalKind::terminate())?, received(SignalKind::interrupt())?];
    announce(&running.http, &running.xmpp, options.json)?;
    control.block_on(LocalSet::new().run_until(async {
        if let Some(channel) = channel {
            tokio::task::spawn_local(control::run(running.server.clone(), channel, files));
        }
        until_stopped(&running.server, parent.as_mut(), stop, hangup).await;
    }));
    control.block_on(running.stop());
    Ok(())
}

/// Has the process end when any of its threads panics. A panic is a defect, and what it leaves behind is unknown: a
/// thread that is gone, a room without its actor, a session that nobody serves. To start anew is known, and loses
/// nothing that anybody was shown.
fn end_at_a_panic() {
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        print(panic);
        tracing::error!(%panic, "this is a defect of the server, which ends because of it; please report it");
        std::process::abort();
    }));
}

impl Running {
    /// Starts a server over that store, with so many shards, on the addresses that the configuration names.
    pub async fn start(config: Config, store: Arc<dyn Store>, shards: usize) -> Result<Running> {
        let listening = listen(&config, shards.max(1))?;
        Self::over(config, store, listening).await
    }

    async fn over(config: Config, store: Arc<dyn Store>, listening: Listening) -> Result<Running> {
        let Listening { http, sockets, mut unix, xmpp } = listening;
        let (handles, mailboxes): (Vec<_>, Vec<_>) = sockets.iter().map(|_| ShardHandle::new(MAILBOX)).unzip();
        let server = build(config, store, handles).await?;
        let mut threads = Vec::new();
        for (index, (mailbox, sockets)) in mailboxes.into_iter().zip(sockets).enumerate() {
            let runtime = Builder::new_current_thread().enable_all().build().context("no event loop can be made")?;
            let (server, unix) = (server.clone(), unix.take());
            let work = move || {
                LocalSet::new().block_on(&runtime, async move {
                    let shard = Shard::new(index as u16, server);
                    for (socket, door) in sockets {
                        tokio::task::spawn_local(listen::accept(shard.clone(), socket, door));
                    }
                    if let Some(socket) = unix {
                        tokio::task::spawn_local(listen::accept_unix(Rc::clone(&shard), socket));
                    }
                    shard.run(mailbox).await;
                });
                // A name that is being looked up, or a password that is being hashed, is for nobody any more.
                runtime.shutdown_background();
            };
            let thread = std::thread::Builder::new().name(format!("shard-{index}")).spawn(work);
            threads.push(thread.context("no thread can be started")?);
        }
        Ok(Running { server, threads, http, xmpp, next: AtomicUsize::new(0) })
    }

    /// What the threads share.
    pub fn server(&self) -> &Arc<Server> {
        &self.server
    }

    /// Where the HTTP port is; none if it is a unix socket.
    pub fn http(&self) -> Option<SocketAddr> {
        match &self.http {
            SocketOrPath::Socket(address) => Some(*address),
            SocketOrPath::Path(_) => None,
        }
    }

    /// Lets a connection in that never leaves the process, as if it had come to that door; the shards take turns. Gives
    /// the client's end, behind buffers of `capacity` bytes.
    pub async fn connect(&self, door: Door, capacity: usize) -> MemoryPipe {
        let at = self.next.fetch_add(1, Ordering::Relaxed) % self.server.shards.len();
        self.connect_at(at, door, capacity).await
    }

    /// The same, to a certain shard.
    pub async fn connect_at(&self, shard: usize, door: Door, capacity: usize) -> MemoryPipe {
        let (client, ours) = memory::pair(capacity);
        if let Some(shard) = self.server.shards.get(shard) {
            let arrival = Arrival { pipe: ParkedPipe::Memory(ours), door, peer: None };
            shard.send(Parcel::Arrival(Box::new(arrival))).await;
        }
        client
    }

    /// Closes every stream, keeps everything, ends all threads; all within `limits.stop_time`.
    pub async fn stop(self) {
        let deadline = tokio::time::Instant::now() + self.server.config.limits.stop_time;
        // Rooms first, while there are clients to see what was said last.
        if tokio::time::timeout_at(deadline, self.server.directory.stop()).await.is_err() {
            tracing::warn!("some rooms could not keep in time what was said last; nobody was shown it");
        }
        if let SocketOrPath::Path(path) = &self.http {
            // Left behind it would only have to be replaced at the next start. While it is still listened on it is ours for
            // certain; later it may be a successor's, who waits for the store.
            let _ = std::fs::remove_file(path);
        }
        for shard in &self.server.shards {
            let _ = tokio::time::timeout_at(deadline, shard.send(Parcel::Shutdown)).await;
        }
        for (shard, thread) in self.server.shards.iter().zip(self.threads) {
            // Closed once the shard's last client is gone.
            if tokio::time::timeout_at(deadline, shard.closed()).await.is_err() {
                tracing::warn!("some clients did not take their leave in time");
            } else if thread.join().is_err() {
                tracing::error!("a shard had ended by a panic");
            }
        }
        // Last, so that everything that was decided is in it. What has been shown is durable already.
        match tokio::time::timeout_at(deadline + CLOSING, self.server.store.close()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the database could not be closed properly"),
            Err(_) => tracing::warn!("the database was not closed in time; the next start puts it in order"),
        }
    }
}

fn listen(config: &Config, shards: usize) -> Result<Listening> {
    let mut sockets: Vec<Vec<_>> = (0..shards).map(|_| Vec::new()).collect();
    let mut open = |address: SocketAddr, door: Door, key: &str| -> Result<SocketAddr> {
        let (bound, listeners) = listen::bind(address, shards, config.limits.backlog).with_context(|| {
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
                listen::bind_unix(path, config.limits.backlog)
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
    (0..shards.len()).for_each(|shard| metrics.overload(shard as u16, 0));
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
        rungs: shards.iter().map(|_| AtomicUsize::new(0)).collect(),
        ladder: Ladder::new(&config.limits),
        rush: Mutex::default(),
        started: Instant::now(),
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

/// The socket of the channel that the parent process has made.
fn inherit(number: RawFd) -> Result<UnixStream> {
    control::inherited::socket(number).with_context(|| {
        format!(
            "--control {number}: this is not the channel of a parent process; start this from Node, with 'ipc' there"
        )
    })
}

/// Raises the soft limit on open files to the hard one, and gives it.
fn raise_open_files() -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let now = if setrlimit(Resource::Nofile, raised).is_ok() { limit.maximum } else { limit.current };
    now.unwrap_or(u64::MAX)
}

/// Prints the one line that says that the server is ready.
fn announce(http: &SocketOrPath, xmpp: &[SocketAddr], json: bool) -> Result<()> {
    let http = match http {
        SocketOrPath::Socket(address) => format!("http://{address}/"),
        SocketOrPath::Path(path) => format!("unix:{}", path.display()),
    };
    let xmpp: Vec<String> = xmpp.iter().map(|address| format!("xmpp://{address}")).collect();
    let line = if json {
        serde_json::json!({"t": "ready", "version": env!("CARGO_PKG_VERSION"), "http": http, "xmpp": xmpp}).to_string()
    } else {
        format!("parterre is ready: {}", [vec![http], xmpp].concat().join(", "))
    };
    let mut out = std::io::stdout();
    writeln!(out, "{line}").and_then(|()| out.flush()).context("the standard output cannot be written")
}

/// Waits for a reason to stop, and meanwhile does what is to be done now and then.
async fn until_stopped(
    server: &Arc<Server>,
    parent: Option<&mut Parent>,
    [mut terminate, mut interrupt]: [Signal; 2],
    mut hangup: Signal,
) {
    tokio::task::spawn_local(upkeep::prune(server.clone()));
    tokio::task::spawn_local(upkeep::try_failed_store(server.clone()));
    let orphaned = async {
        match parent {
            Some(parent) => parent.gone().await,
            None => std::future::pending().await,
        }
    };
    tokio::pin!(orphaned);
    loop {
        tokio::select! {
            _ = terminate.recv() => return tracing::info!("told to stop"),
            _ = interrupt.recv() => return tracing::info!("interrupted"),
            _ = hangup.recv() => reload(server),
            () = &mut orphaned => return tracing::info!("the parent process has ended"),
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

#[cfg(test)]
pub(crate) mod tests {
    use tokio::sync::mpsc::Receiver;

    use super::*;

    /// How many have been made.
    static SERVERS: AtomicUsize = AtomicUsize::new(0);

    /// A server over that store with one shard that nobody serves, and what that shard is handed.
    pub(crate) async fn unserved(store: Arc<dyn Store>) -> (Arc<Server>, Receiver<Parcel>) {
        let mut config = Config::default();
        let name = format!("parterre-unserved-{}-{}", std::process::id(), SERVERS.fetch_add(1, Ordering::Relaxed));
        let directory = std::env::temp_dir().join(name);
        config.top.data_dir.clone_from(&directory);
        let (shard, parcels) = ShardHandle::new(16);
        let server = build(config, store, vec![shard]).await.unwrap();
        std::fs::remove_dir_all(directory).unwrap();
        (server, parcels)
    }
}
