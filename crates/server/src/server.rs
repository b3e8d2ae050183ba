//! What all threads of the server share. Built once, by `app`; read by everybody.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use parterre_room::{Policy, RoomConfig, RoomDefaults, SessionId, Strain};
use parterre_store::Store;
use parterre_xmpp::{BareJid, Element, StreamError, Timestamp, Wire, ns};

use crate::auth::Authenticator;
use crate::config::Config;
use crate::listen::admission::Admission;
use crate::listen::rush::Rush;
use crate::metrics::{Metrics, Refusal};
use crate::registry::Deliver;
use crate::rooms::Directory;
use crate::rooms::site::Site;
use crate::services::Services;
use crate::shard::overload::Ladder;
use crate::shard::{Parcel, ShardHandle, home};
use crate::tls::Tls;

/// The shared parts of a running server.
pub struct Server {
    /// The pages of the HTTP port; made last, since they show the rest.
    pub(crate) pages: OnceLock<axum::Router>,
    /// The configuration it was started with.
    pub config: Config,
    /// `anon.D`.
    pub anonymous_domain: String,
    /// `room.D`.
    pub room_domain: String,
    /// Every figure at `/metrics`.
    pub metrics: Arc<Metrics>,
    /// Who may connect.
    pub admission: Admission,
    /// Who may have BOSH sessions.
    pub bosh_admission: Admission,
    /// Who may log in.
    pub authenticator: Arc<Authenticator>,
    /// What clients ask besides rooms.
    pub services: Arc<Services>,
    /// What is kept.
    pub store: Arc<dyn Store>,
    /// All rooms.
    pub directory: Arc<Directory>,
    /// What holds for every room.
    pub policy: Arc<Policy>,
    /// What a room starts with that nobody has configured.
    pub room_config: RoomConfig,
    /// How many times the store has failed since it last worked.
    pub store_failures: AtomicUsize,
    /// What a shard may do that has too much to do.
    pub ladder: Ladder,
    /// On which of its rungs each shard stands.
    pub rungs: Vec<AtomicUsize>,
    /// How fast people come.
    pub rush: Mutex<Rush>,
    /// When the server started.
    pub started: Instant,
    /// Where each shard's parcels are sent.
    pub shards: Vec<ShardHandle>,
    /// The site that knows rooms, where the configuration names one.
    pub site: Option<Site>,
    /// The certificate for TCP clients, where the configuration names one.
    pub tls: Option<Tls>,
    /// `<r/>` (XEP-0198), made once.
    pub acknowledgement_request: Arc<Wire>,
}

impl Server {
    /// The domain of accounts: `D`.
    pub fn domain(&self) -> &str {
        self.config.domain()
    }

    /// Whether that account owns every room.
    pub fn is_admin(&self, account: &BareJid) -> bool {
        self.config.rooms.admins.contains(account)
    }

    /// The address of the room of that name; `None` if no address can have it.
    pub fn room_address(&self, name: &str) -> Option<BareJid> {
        BareJid::new(&format!("{name}@{}", self.room_domain)).ok()
    }

    /// What the site says a room is to be: `None` if it knows no such room.
    pub async fn room_defaults(&self, name: &str) -> Result<Option<RoomDefaults>, String> {
        match &self.site {
            Some(site) => site.room_defaults(name, &self.room_domain, &self.room_config).await,
            None => Err("rooms.defaults_url is not set".into()),
        }
    }

    /// The pages of the HTTP port.
    pub fn pages(&self) -> axum::Router {
        self.pages.get().cloned().unwrap_or_default()
    }

    /// Lets somebody begin a stream, or gives the seconds after which to try again (`limits.connections_per_second`).
    pub fn let_in(&self) -> Result<(), u32> {
        let Some(rate) = self.config.limits.connections_per_second.get() else { return Ok(()) };
        // Consistent after each statement that changes it.
        let mut rush = self.rush.lock().unwrap_or_else(PoisonError::into_inner);
        let admitted = rush.admit(rate as f64, self.started.elapsed().as_secs_f64());
        drop(rush);
        admitted.inspect_err(|_| self.metrics.refused(Refusal::Rush))
    }

    /// How far the busiest of these shards has gone to keep up.
    pub fn strain(&self, concerned: impl Fn(usize) -> bool) -> Strain {
        let rungs = self.rungs.iter().enumerate().filter(|(shard, _)| concerned(*shard));
        match rungs.map(|(_, rung)| rung.load(Ordering::Relaxed)).max() {
            None | Some(0) => Strain::default(),
            Some(rung) => self.ladder.strain(rung),
        }
    }

    /// What keeps the server from doing its work, in words for its operator.
    pub fn trouble(&self) -> Option<String> {
        let failures = self.store_failures.load(Ordering::Relaxed);
        (failures > 0).then(|| {
            format!(
                "the database could not keep what was said, {failures} times in a row; look at the log and the disk"
            )
        })
    }

    /// Hands a parcel to the shard of a session, unless its mailbox is full.
    pub fn try_send(&self, session: SessionId, parcel: Parcel) -> bool {
        self.shards.get(home(session)).is_some_and(|shard| shard.try_send(parcel))
    }
}

/// `<r/>` (XEP-0198 §4).
pub fn acknowledgement_request() -> Arc<Wire> {
    Arc::new(Wire::verbatim(&Element::new("r", ns::SM)))
}

/// Random bytes from the system.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Err(error) = getrandom::fill(&mut bytes) {
        // Nothing that needs a secret could go on; a predictable one would be worse than none.
        tracing::error!(%error, "the system gives no random numbers");
        std::process::exit(1);
    }
    bytes
}

/// The time on the system's clock.
pub fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp(since.as_micros() as i64)
}

/// A session as the registry reaches it from any thread.
pub struct SessionHandle {
    shard: ShardHandle,
    session: SessionId,
    metrics: Arc<Metrics>,
}

impl SessionHandle {
    /// The handle of a session.
    pub fn new(server: &Server, session: SessionId) -> Option<Self> {
        let shard = server.shards.get(home(session))?.clone();
        Some(SessionHandle { shard, session, metrics: server.metrics.clone() })
    }
}

impl Deliver for SessionHandle {
    fn deliver(&self, stanza: Arc<Wire>) {
        if !self.shard.try_send(Parcel::Deliver(self.session, stanza)) {
            // Every further one counts only: a shard that has too much to do needs no log to write besides.
            if self.metrics.undelivered.inc() == 0 {
                tracing::warn!("a stanza was lost: a thread has too much to do (see parterre_undelivered_total)");
            }
        }
    }

    fn close(&self, error: StreamError) {
        let parcel = Parcel::Close(self.session, error);
        let Err(parcel) = self.shard.offer(parcel) else { return };
        // It must not get lost: two sessions with one address would go on.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let shard = self.shard.clone();
            runtime.spawn(async move { shard.send(parcel).await });
        }
    }
}
