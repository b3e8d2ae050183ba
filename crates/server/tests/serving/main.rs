//! The server as a whole, in this process: two shards, a store in memory, and clients behind in-memory pipes.

#![allow(unreachable_pub)] // Modules of one program.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // Tests in files of their own.
mod bosh;
mod client;
mod failing;
mod holding;
mod resumption;
mod rooms;
mod stopping;
mod store;
mod strain;
mod streams;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use client::{Client, Framing};
use parterre::app::Running;
use parterre::config::{Bound, C2s, Config, Listen};
use parterre_store::Store;
use store::Double;

/// How many have been started.
static SERVERS: AtomicUsize = AtomicUsize::new(0);

/// A running server, and its store.
struct Server {
    running: Running,
    store: Arc<Double>,
}

impl Server {
    /// Starts one with limits that no test reaches by accident.
    async fn start(change: impl FnOnce(&mut Config)) -> Server {
        let mut config = Config::default();
        let directory = format!("serving-{}", SERVERS.fetch_add(1, Ordering::Relaxed));
        config.top.data_dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(directory);
        config.http.listen = Listen::Tcp(([127, 0, 0, 1], 0).into());
        config.c2s = Some(C2s { listen: None, allow_plaintext: true, ..C2s::default() });
        config.limits.stanzas_per_second = Bound::NONE;
        config.limits.bytes_per_second = Bound::NONE;
        change(&mut config);
        let store = Arc::new(Double::default());
        let kept: Arc<dyn Store> = store.clone();
        let running = Running::start(config, kept, 2).await.unwrap();
        Server { running, store }
    }

    /// Somebody who has logged in anonymously, on that shard, and has bound a resource.
    async fn client(&self, shard: usize, framing: Framing) -> Client {
        let mut client = Client::connect(&self.running, shard, framing, 1 << 20).await;
        client.log_in().await;
        client.bind().await;
        client
    }

    /// The value of a figure.
    fn figure(&self, name: &str) -> i64 {
        let text = self.running.server().metrics.scrape();
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("parterre_{name} ")));
        line.unwrap_or_else(|| panic!("no {name} in\n{text}")).parse().unwrap()
    }

    /// Waits until a figure has a value: what a client does and what the server counts are not one moment.
    async fn until_figure(&self, name: &str, value: i64) {
        client::in_time(name, async {
            while self.figure(name) != value {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }

    /// Waits until so many commits have been held up.
    async fn until_held(&self, commits: usize) {
        client::in_time("a commit", async {
            while self.store.held() < commits {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
}
