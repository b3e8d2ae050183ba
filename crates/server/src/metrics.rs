//! What an operator can see of the server at `/metrics`, in the text format of `OpenMetrics`.
//!
//! Enters: events, counted where they happen, from any thread. Leaves: the text of a scrape. It must never cost a
//! fan-out anything: what happens per recipient is counted once per turn, with the number of recipients.

mod process;

pub(crate) use process::open_files_limit;

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use parterre_xmpp::{Condition, StreamCondition};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram as Buckets, exponential_buckets};
use prometheus_client::registry::Registry;

/// Counts up.
pub type Counter = prometheus_client::metrics::counter::Counter<u64, AtomicU64>;
/// Goes up and down.
pub type Gauge = prometheus_client::metrics::gauge::Gauge;

/// Content type of [`Metrics::scrape`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// How a client is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// RFC 7395.
    WebSocket,
    /// XEP-0124/0206; a connection is a session here.
    Bosh,
    /// RFC 6120 over TCP, plain or with STARTTLS.
    Tcp,
    /// RFC 6120 over TLS from the first byte on (XEP-0368).
    Tls,
}

impl Transport {
    const ALL: [Transport; 4] = [Transport::WebSocket, Transport::Bosh, Transport::Tcp, Transport::Tls];

    /// Its name in labels and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Transport::WebSocket => "websocket",
            Transport::Bosh => "bosh",
            Transport::Tcp => "tcp",
            Transport::Tls => "tls",
        }
    }
}

/// Why a connection was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// `limits.connections`.
    Server,
    /// `limits.connections_per_address`.
    Address,
    /// `limits.connections_per_second`.
    Rush,
}

impl Refusal {
    const ALL: [Refusal; 3] = [Refusal::Server, Refusal::Address, Refusal::Rush];

    /// Its name in labels and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Refusal::Server => "connections",
            Refusal::Address => "connections_per_address",
            Refusal::Rush => "connections_per_second",
        }
    }
}

/// Why the server closed a connection that a client would have kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DropReason {
    /// The client read more slowly than was written to it (`limits.outgoing_queue_bytes`).
    SlowReader,
    /// Silent for `limits.idle_time`.
    Idle,
    /// Not logged in within `limits.unauthenticated_time`.
    Unauthenticated,
}

impl DropReason {
    const ALL: [DropReason; 3] = [DropReason::SlowReader, DropReason::Idle, DropReason::Unauthenticated];

    /// Its name in labels and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            DropReason::SlowReader => "slow_reader",
            DropReason::Idle => "idle",
            DropReason::Unauthenticated => "unauthenticated",
        }
    }
}

/// A connection that counts as open while this is kept.
#[must_use]
#[derive(Debug)]
pub struct Connection(Gauge);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// A set of one label whose values the program knows beforehand.
macro_rules! label {
    ($Set:ident, $key:ident) => {
        #[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
        struct $Set {
            $key: &'static str,
        }
    };
}

label!(ByTransport, transport);
label!(ByLimit, limit);
label!(ByReason, reason);
label!(ByKind, kind);
label!(ByCondition, condition);

/// A shard, by its number.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByShard {
    shard: u16,
}

/// A latency in seconds, from 50 µs to 26 s in steps of two.
#[derive(Clone, Debug)]
pub struct Latency(Buckets);

impl Default for Latency {
    fn default() -> Self {
        Latency(Buckets::new(exponential_buckets(0.000_05, 2.0, 20)))
    }
}

impl Latency {
    /// Counts one that took that long.
    pub fn observe(&self, elapsed: Duration) {
        self.0.observe(elapsed.as_secs_f64());
    }
}

/// Declares the figures: their name at `/metrics` (below `parterre_`), what they say, and how they are kept.
macro_rules! figures {
    ($( $(#[doc = $doc:literal])+ $vis:vis $name:ident: $Type:ty $(= $inner:tt)?; )*) => {
        /// Every figure of the server. Shared by reference; each method and counter may be used from any thread.
        #[derive(Debug)]
        pub struct Metrics {
            registry: Registry,
            $( $(#[doc = $doc])+ $vis $name: $Type, )*
        }

        impl Default for Metrics {
            fn default() -> Self {
                let mut registry = Registry::default();
                $(
                    let $name = <$Type>::default();
                    // The encoder ends each help text with a full stop of its own.
                    let help = concat!($($doc),+).trim().trim_end_matches('.');
                    registry.register(concat!("parterre_", stringify!($name)), help, $name.clone() $(.$inner)?);
                )*
                registry.register_collector(Box::new(process::Process));
                let metrics = Metrics { registry, $($name),* };
                metrics.begin_at_zero();
                metrics
            }
        }

        /// The names of all figures, without the prefix.
        #[cfg(test)]
        const NAMES: &[&str] = &[$(stringify!($name)),*];
    };
}

figures! {
    /// Connections open now, by transport.
    connections: Family<ByTransport, Gauge>;
    /// Connections accepted.
    pub connections_accepted: Counter;
    /// Connections refused, by the limit that was reached.
    connections_refused: Family<ByLimit, Counter>;
    /// Connections that the server closed, by reason.
    connections_dropped: Family<ByReason, Counter>;
    /// Times that reading from a connection was slowed down because of a rate.
    pub throttled: Counter;
    /// Bytes read from clients.
    pub bytes_in: Counter;
    /// Bytes written to clients.
    pub bytes_out: Counter;
    /// Bytes waiting for clients that read slowly.
    pub queue_bytes: Gauge;
    /// Stanzas received, by kind.
    stanzas_in: Family<ByKind, Counter>;
    /// Stanza errors sent, by condition.
    stanza_errors: Family<ByCondition, Counter>;
    /// Streams ended with an error, by condition.
    stream_errors: Family<ByCondition, Counter>;

    /// Logins that succeeded.
    pub logins: Counter;
    /// Logins that were rejected.
    pub logins_rejected: Counter;
    /// Sessions with a resource now, connected or waiting to be resumed.
    pub sessions: Gauge;
    /// Sessions among them that wait to be resumed.
    pub sessions_detached: Gauge;
    /// Sessions resumed.
    pub resumed: Counter;
    /// BOSH sessions now.
    pub bosh_sessions: Gauge;
    /// BOSH requests received.
    pub bosh_requests: Counter;

    /// Rooms open now.
    pub rooms: Gauge;
    /// Occupants now, over all rooms.
    pub occupants: Gauge;
    /// Joins of rooms.
    pub room_joins: Counter;
    /// Messages said in rooms.
    pub messages: Counter;
    /// Copies of stanzas that rooms addressed to their occupants.
    pub deliveries: Counter;
    /// Stanzas to a single session that were lost because its thread had too much to do.
    pub undelivered: Counter;
    /// Socket writes that fan-outs took.
    pub fan_out_writes: Counter;
    /// From a shard's taking up what rooms gave it until all of it was written or queued.
    fan_out_seconds: Latency = 0;

    /// Rooms that take nothing in just now, because what they gave out is not written yet.
    pub rooms_holding: Gauge;
    /// How far a shard has gone because it has too much to deliver, 0 to 3, by shard.
    overload_step: Family<ByShard, Gauge>;

    /// From a room's handing over of a change until it is durable.
    archive_commit_seconds: Latency = 0;
    /// Changes kept.
    pub archive_changes: Counter;
    /// Commits that failed; what they held was not shown to anybody.
    pub archive_errors: Counter;
    /// Messages removed because they were older than the retention.
    pub archive_pruned: Counter;

    /// HTTP requests answered, WebSocket and BOSH not among them.
    pub http_requests: Counter;
    /// HTTP requests that ended with a status of 500 or more.
    pub http_errors: Counter;
}

impl Metrics {
    /// Figures known beforehand stand at zero from the first scrape on: a rate over a counter that appears late misses
    /// its first event.
    fn begin_at_zero(&self) {
        for transport in Transport::ALL {
            let _ = self.connections.get_or_create(&ByTransport { transport: transport.as_str() });
        }
        for limit in Refusal::ALL {
            let _ = self.connections_refused.get_or_create(&ByLimit { limit: limit.as_str() });
        }
        for reason in DropReason::ALL {
            let _ = self.connections_dropped.get_or_create(&ByReason { reason: reason.as_str() });
        }
        for kind in ["message", "presence", "iq"] {
            let _ = self.stanzas_in.get_or_create(&ByKind { kind });
        }
    }

    /// A connection was accepted, and counts as open until the guard is dropped.
    pub fn connection(&self, transport: Transport) -> Connection {
        self.connections_accepted.inc();
        let open = self.connections.get_or_create_owned(&ByTransport { transport: transport.as_str() });
        open.inc();
        Connection(open)
    }

    /// A connection was refused.
    pub fn refused(&self, limit: Refusal) {
        self.connections_refused.get_or_create(&ByLimit { limit: limit.as_str() }).inc();
    }

    /// The server closed a connection.
    pub fn dropped(&self, reason: DropReason) {
        self.connections_dropped.get_or_create(&ByReason { reason: reason.as_str() }).inc();
    }

    /// A stanza came in; `name` is the name of its element.
    pub fn stanza_in(&self, name: &str) {
        let kind = match name {
            "message" => "message",
            "presence" => "presence",
            "iq" => "iq",
            _ => "other",
        };
        self.stanzas_in.get_or_create(&ByKind { kind }).inc();
    }

    /// A stanza was answered with an error.
    pub fn stanza_error(&self, condition: Condition) {
        self.stanza_errors.get_or_create(&ByCondition { condition: condition.as_str() }).inc();
    }

    /// A stream was ended with an error.
    pub fn stream_error(&self, condition: StreamCondition) {
        self.stream_errors.get_or_create(&ByCondition { condition: condition.as_str() }).inc();
    }

    /// A shard has carried out what rooms gave it in one turn, with that many socket writes.
    pub fn fan_out(&self, elapsed: Duration, writes: usize) {
        self.fan_out_seconds.observe(elapsed);
        self.fan_out_writes.inc_by(writes as u64);
    }

    /// A shard has gone that far to keep up.
    pub fn overload(&self, shard: u16, step: u8) {
        self.overload_step.get_or_create(&ByShard { shard }).set(step.into());
    }

    /// The store has kept that many changes of a room in one commit.
    pub fn archive_commit(&self, elapsed: Duration, changes: usize) {
        self.archive_commit_seconds.observe(elapsed);
        self.archive_changes.inc_by(changes as u64);
    }

    /// The text of a scrape, of type [`CONTENT_TYPE`].
    pub fn scrape(&self) -> String {
        let mut text = String::with_capacity(8 * 1024);
        // Writing to a String cannot fail.
        let _ = prometheus_client::encoding::text::encode(&mut text, &self.registry);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(metrics: &Metrics, sample: &str) -> f64 {
        let text = metrics.scrape();
        let line = text.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {sample} in\n{text}")).parse().unwrap()
    }

    #[test]
    #[allow(clippy::float_cmp)] // Whole numbers.
    fn events_are_counted_where_they_belong() {
        let metrics = Metrics::default();
        let _open = metrics.connection(Transport::WebSocket);
        drop(metrics.connection(Transport::WebSocket));
        metrics.stanza_in("message");
        metrics.stanza_in("nonsense-of-a-client");
        metrics.dropped(DropReason::SlowReader);
        metrics.refused(Refusal::Address);
        metrics.stanza_error(Condition::NotAllowed);
        metrics.fan_out(Duration::from_millis(3), 450);
        metrics.archive_commit(Duration::from_micros(300), 2);
        for (sample, expected) in [
            ("parterre_connections{transport=\"websocket\"}", 1.0),
            ("parterre_connections{transport=\"bosh\"}", 0.0),
            ("parterre_connections_accepted_total", 2.0),
            ("parterre_stanzas_in_total{kind=\"message\"}", 1.0),
            ("parterre_stanzas_in_total{kind=\"other\"}", 1.0),
            ("parterre_connections_dropped_total{reason=\"slow_reader\"}", 1.0),
            ("parterre_connections_dropped_total{reason=\"idle\"}", 0.0),
            ("parterre_connections_refused_total{limit=\"connections_per_address\"}", 1.0),
            ("parterre_stanza_errors_total{condition=\"not-allowed\"}", 1.0),
            ("parterre_fan_out_writes_total", 450.0),
            ("parterre_fan_out_seconds_count", 1.0),
            ("parterre_fan_out_seconds_bucket{le=\"0.0032\"}", 1.0),
            ("parterre_fan_out_seconds_bucket{le=\"0.0016\"}", 0.0),
            ("parterre_archive_commit_seconds_count", 1.0),
            ("parterre_archive_changes_total", 2.0),
        ] {
            assert_eq!(value(&metrics, sample), expected, "{sample}");
        }
    }

    #[test]
    fn the_process_tells_of_itself() {
        let metrics = Metrics::default();
        assert!(value(&metrics, "process_resident_memory_bytes") > 1_000_000.0);
        assert!(value(&metrics, "process_open_fds") >= 3.0);
        assert!(value(&metrics, "process_max_fds") >= 3.0);
        assert!(value(&metrics, "process_threads") >= 1.0);
        assert!(value(&metrics, "process_cpu_seconds_total") >= 0.0);
        assert!(metrics.scrape().ends_with("# EOF\n"));
    }

    #[test]
    fn every_figure_is_documented() {
        let page = include_str!("../../../docs/operating.md");
        for name in NAMES {
            assert!(page.contains(&format!("`parterre_{name}`")), "docs/operating.md says nothing of parterre_{name}");
        }
    }
}
