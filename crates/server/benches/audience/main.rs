//! How the server's costs grow with one room, up to more viewers than a process may open sockets for:
//! `cargo bench -p parterre --bench audience -- 100000 --json FILE`.
//!
//! The room grows to 100, 1,000, 10,000 … viewers, who come over in-memory connections through the code that serves
//! sockets. What a kernel would cost is not in these figures, nor is its memory; the crowd's own time and memory are
//! measured and taken off: it is the main thread, and a second process tells what so many viewers and pipes weigh alone.

#![allow(unreachable_pub)] // Modules of one program.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing, clippy::panic)] // It only measures.

mod figures;
mod viewer;

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use figures::Times;
use parterre::app::Running;
use parterre::config::{Bound, Config, Listen};
use parterre::listen::Door;
use parterre::transport::memory;
use parterre_store::{Options, SqliteStore};
use serde_json::{Value, json};
use tokio::time::{sleep_until, timeout};
use viewer::{Became, Ready, Viewer};

/// Bytes that a connection holds in each direction, as a socket's buffer does.
const CAPACITY: usize = 64 * 1024;
/// Viewers of whom the crowd waits for the answer to their joining.
const JOINING: usize = 1_000;
/// Who talks.
const SPEAKERS: usize = 5;
/// Messages per second, of all together.
const RATE: u32 = 5;
/// Messages of one measurement.
const MESSAGES: u32 = 10 * RATE;
/// Messages said before anybody comes: the history that is given on joining.
const HISTORY: usize = 20;
/// Viewers whose own weight is taken.
const WEIGHED: u32 = 20_000;
/// How long the crowd waits for the server before the measurement has failed.
const PATIENCE: Duration = Duration::from_mins(2);

struct Crowd {
    running: Running,
    viewers: Vec<Viewer>,
    ready: Arc<Ready>,
    buffer: Vec<u8>,
    inside: usize,
    gone: usize,
    joins: Times,
    deliveries: Times,
    heard: u64,
    start: Instant,
}

impl Crowd {
    async fn admit(&mut self, speaks: bool) {
        let pipe = self.running.connect(Door::Http, CAPACITY).await;
        self.viewers.push(Viewer::new(pipe, self.viewers.len() as u32, speaks, &self.ready));
    }

    /// Reads for everybody for whom something has come, or waits until then or the deadline.
    async fn turn(&mut self, list: &mut Vec<u32>, deadline: Instant) {
        list.clear();
        self.ready.swap(list);
        if list.is_empty() {
            let ready = self.ready.clone();
            tokio::select! {
                () = ready.bell.notified() => {}
                () = sleep_until(deadline.into()) => {}
            }
            return;
        }
        let (mut now, start) = (self.start.elapsed(), self.start);
        for (served, at) in list.iter().enumerate() {
            if served % 64 == 0 {
                now = start.elapsed();
            }
            let Self { viewers, deliveries, heard, .. } = self;
            let viewer = &mut viewers[*at as usize];
            let became = viewer.look(&mut self.buffer, |sent| {
                deliveries.note(now.saturating_sub(Duration::from_nanos(sent)));
                *heard += 1;
            });
            match became {
                Became::Same => {}
                Became::Inside => {
                    self.inside += 1;
                    self.joins.note(viewer.began.elapsed());
                }
                Became::Gone => self.gone += 1,
            }
        }
    }

    /// Turns until it is so; false if that is not within [`PATIENCE`].
    async fn until(&mut self, mut is_so: impl FnMut(&Crowd) -> bool) -> bool {
        let (end, mut list) = (Instant::now() + PATIENCE, Vec::new());
        while !is_so(self) {
            if Instant::now() > end {
                return false;
            }
            self.turn(&mut list, Instant::now() + Duration::from_millis(50)).await;
        }
        true
    }

    async fn pass(&mut self, time: Duration) {
        let (end, mut list) = (Instant::now() + time, Vec::new());
        while Instant::now() < end {
            self.turn(&mut list, end).await;
        }
    }

    /// Grows the room to so many viewers.
    async fn grow(&mut self, to: usize) {
        let mut list = Vec::new();
        let end = Instant::now() + PATIENCE;
        while self.inside + self.gone < to && Instant::now() < end {
            while self.viewers.len() < to && self.viewers.len() < self.inside + self.gone + JOINING {
                self.admit(false).await;
            }
            self.turn(&mut list, Instant::now() + Duration::from_millis(50)).await;
        }
    }

    fn say(&self, at: usize) {
        let sent = self.start.elapsed().as_nanos() as u64;
        self.viewers[at % SPEAKERS].say(&format!("@@{sent:016x} what somebody says in a chat beside a video"));
    }

    /// Has the speakers talk, and waits until everybody has heard all of it.
    async fn talk(&mut self) {
        let (begin, mut list) = (Instant::now(), Vec::new());
        for message in 0..MESSAGES {
            let due = begin + Duration::from_secs(1) * message / RATE;
            while Instant::now() < due {
                self.turn(&mut list, due).await;
            }
            self.say(message as usize);
        }
        let all = self.inside as u64 * u64::from(MESSAGES);
        self.until(|crowd| crowd.heard >= all).await;
    }
}

/// One line of the table.
async fn measure(crowd: &mut Crowd, size: usize, own_weight: f64) -> Value {
    let before = (crowd.inside, figures::resident(), figures::server_cpu(), Instant::now());
    crowd.joins = Times::new();
    crowd.grow(size).await;
    let all_in = before.3.elapsed();
    // What a join leads to beside the answer.
    crowd.pass(Duration::from_millis(1500)).await;
    let joined = (crowd.inside - before.0) as f64;
    let join_cpu = figures::server_cpu() - before.2;
    let memory = (figures::resident() - before.1) / joined - own_weight;

    crowd.say(0);
    crowd.pass(Duration::from_millis(1500)).await;
    crowd.deliveries = Times::new();
    crowd.heard = 0;
    let (cpu, crowd_cpu, begun) = (figures::server_cpu(), figures::crowd_cpu(), Instant::now());
    crowd.talk().await;
    let delivery_cpu = figures::server_cpu() - cpu;
    let (expected, took) = (crowd.inside as u64 * u64::from(MESSAGES), begun.elapsed().as_secs_f64());
    json!({
        "viewers": crowd.inside,
        "joined": joined,
        "all_in_s": all_in.as_secs_f64(),
        "join_p50_ms": crowd.joins.at(0.5),
        "join_p99_ms": crowd.joins.at(0.99),
        "server_cpu_us_per_join": join_cpu * 1e6 / joined,
        "server_bytes_per_viewer": memory,
        "crowd_bytes_per_viewer": own_weight,
        "messages_per_s": RATE,
        "server_cpu_us_per_delivery": delivery_cpu * 1e6 / crowd.heard.max(1) as f64,
        "server_cores": delivery_cpu / took,
        "crowd_cores": (figures::crowd_cpu() - crowd_cpu) / took,
        "delivery_p50_ms": crowd.deliveries.at(0.5),
        "delivery_p99_ms": crowd.deliveries.at(0.99),
        "delivery_longest_ms": crowd.deliveries.longest(),
        "lost": expected.saturating_sub(crowd.heard),
        "disconnected": crowd.gone,
    })
}

fn print(line: &Value) {
    let figure = |name: &str| line[name].as_f64().unwrap_or(0.0);
    println!(
        "| {:>7} | {:>8.2} | {:>8.0} | {:>9.1} | {:>9.0} | {:>11.3} | {:>8.1} | {:>8.1} | {:>5.2} | {:>4} | {:>4} |",
        figure("viewers"),
        figure("all_in_s"),
        figure("join_p99_ms"),
        figure("server_cpu_us_per_join"),
        figure("server_bytes_per_viewer"),
        figure("server_cpu_us_per_delivery"),
        figure("delivery_p50_ms"),
        figure("delivery_p99_ms"),
        figure("server_cores"),
        figure("lost"),
        figure("disconnected"),
    );
}

/// Bytes that one viewer and its connection weigh without a server, as a process of their own sees it.
fn weigh() -> f64 {
    let ready = Arc::new(Ready::default());
    let before = figures::resident();
    let viewers: Vec<_> = (0..WEIGHED)
        .map(|number| {
            let (client, server) = memory::pair(CAPACITY);
            let viewer = Viewer::new(client, number, false, &ready);
            let mut request = [0; 1024];
            while server.try_read(&mut request).is_ok() {}
            (viewer, server)
        })
        .collect();
    (figures::resident() - before) / viewers.len() as f64
}

async fn run(sizes: &[usize], own_weight: f64) -> Vec<Value> {
    let folder = std::env::temp_dir().join(format!("parterre-audience-{}", std::process::id()));
    let mut config = Config::default();
    config.http.listen = Listen::Tcp(([127, 0, 0, 1], 0).into());
    // They come as fast as they can, which is what is measured.
    config.limits.connections_per_second = Bound::NONE;
    let store = Arc::new(SqliteStore::open(&folder, Options::default()).unwrap());
    let shards = std::thread::available_parallelism().map_or(1, usize::from);
    let running = Running::start(config, store, shards).await.unwrap();
    let mut crowd = Crowd {
        running,
        viewers: Vec::new(),
        ready: Arc::default(),
        buffer: vec![0; 2 * CAPACITY],
        inside: 0,
        gone: 0,
        joins: Times::new(),
        deliveries: Times::new(),
        heard: 0,
        start: Instant::now(),
    };
    for speaker in 0..SPEAKERS {
        crowd.admit(true).await;
        assert!(crowd.until(|crowd| crowd.inside == speaker + 1).await, "nobody is let in");
    }
    for message in 0..HISTORY {
        crowd.say(message);
        crowd.pass(Duration::from_millis(60)).await;
    }
    println!(
        "|         | all in   | join     | CPU for   | bytes per | CPU for one | p50      | p99      | cores |      | cut  |"
    );
    println!(
        "| viewers | after, s | p99, ms  | join, µs  | viewer    | copy, µs    | copy, ms | copy, ms | used  | lost | off  |"
    );
    println!(
        "|--------:|---------:|---------:|----------:|----------:|------------:|---------:|---------:|------:|-----:|-----:|"
    );
    let mut lines = Vec::new();
    for size in sizes {
        let line = measure(&mut crowd, *size, own_weight).await;
        print(&line);
        lines.push(line);
    }
    drop(crowd.viewers);
    let _ = timeout(PATIENCE, crowd.running.stop()).await;
    let _ = std::fs::remove_dir_all(folder);
    lines
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if arguments.first().is_some_and(|first| first == "--weigh") {
        println!("{}", weigh());
        return;
    }
    let largest: usize = arguments.first().map_or(10_000, |size| size.parse().unwrap());
    let sizes: Vec<usize> = (2..9).map(|power| 10usize.pow(power)).take_while(|size| *size < largest).collect();
    let sizes = [sizes, vec![largest]].concat();
    let weighed = Command::new(std::env::current_exe().unwrap()).arg("--weigh").output().unwrap();
    let own_weight: f64 = String::from_utf8_lossy(&weighed.stdout).trim().parse().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let lines = runtime.block_on(run(&sizes, own_weight));
    if let Some([_, file]) = arguments.windows(2).find(|pair| pair[0] == "--json") {
        std::fs::write(file, serde_json::to_string_pretty(&lines).unwrap()).unwrap();
    }
}
