//! What serving the crowd costs: the server's processor time, memory, threads and sockets.
//!
//! Enters: the process on this machine, or the address of its `/metrics`. Leaves: an [`Observation`] whenever asked. A
//! server that is restarted in between is found again, and its processor time goes on counting.

mod exposition;
mod proc;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use exposition::{Address, Exposition};
use proc::Clock;

pub(crate) use proc::open_files_of;
pub use proc::pid_of_listener;

/// The server at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// The moment.
    pub at: Instant,
    /// Processor time since the first look, microseconds, over restarts.
    pub cpu_us: u64,
    /// Resident memory, bytes.
    pub memory: Option<u64>,
    /// Threads.
    pub threads: Option<u32>,
    /// Open sockets (from `/metrics`: open files).
    pub sockets: Option<u32>,
    /// The step of its plan for overload, where it tells.
    pub overload: Option<u32>,
}

impl Observation {
    /// The share of one core that the server used between an earlier look and this one; two cores are 2. Absent when no
    /// time has passed.
    pub fn share_since(&self, earlier: &Observation) -> Option<f64> {
        let elapsed = self.at.checked_duration_since(earlier.at)?.as_micros() as f64;
        (elapsed > 0.0).then(|| self.cpu_us.saturating_sub(earlier.cpu_us) as f64 / elapsed)
    }
}

/// Looks at a server. Each look reads files (some 100 µs) or makes an HTTP request (2 s at most) and blocks meanwhile:
/// not for a thread that plays viewers.
pub struct Observer {
    way: Way,
    /// The reading at the first look, and what earlier lives of the server used.
    total: Total,
    last_search: Option<Instant>,
}

enum Way {
    Process { pid: u32, clock: Clock, listens: Option<SocketAddr> },
    Metrics { url: String, address: Address },
}

/// Adds up a counter that begins anew when the server does.
#[derive(Debug, Default)]
struct Total {
    last: Option<u64>,
    sum: u64,
}

impl Total {
    fn take(&mut self, reading: u64) -> u64 {
        self.sum += match self.last {
            None => 0,
            Some(last) if reading >= last => reading - last,
            Some(_) => reading,
        };
        self.last = Some(reading);
        self.sum
    }

    /// Another process begins at zero.
    fn anew(&mut self) {
        self.last = Some(0);
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Observer").field(&self.seen_by()).finish()
    }
}

impl Observer {
    /// Looks at a process of this machine. An error says that there is none of this number.
    pub fn of_process(pid: u32) -> io::Result<Observer> {
        let mut clock = Clock::new(pid);
        clock.look()?;
        Ok(Observer::new(Way::Process { pid, clock, listens: None }))
    }

    /// Looks at the process of this machine that listens on an address, and at its successor after a restart. Absent when
    /// nobody does, or when it belongs to another user.
    pub fn of_listener(address: SocketAddr) -> Option<Observer> {
        let mut observer = Observer::of_process(pid_of_listener(address)?).ok()?;
        if let Way::Process { listens, .. } = &mut observer.way {
            *listens = Some(address);
        }
        Some(observer)
    }

    /// Looks at the figures that a server gives at `http://host:port/metrics`. The error says what is wrong with the
    /// address, or why the server does not answer.
    pub fn of_metrics(url: &str) -> Result<Observer, String> {
        let address = Address::parse(url)?;
        let figures = address.scrape().map_err(|error| format!("{url} can't be read: {error}"))?;
        if reading(&figures).is_none() {
            return Err(format!(
                "{url} gives no process_cpu_seconds_total: it says nothing of the server's processor time"
            ));
        }
        Ok(Observer::new(Way::Metrics { url: url.to_owned(), address }))
    }

    fn new(way: Way) -> Observer {
        Observer { way, total: Total::default(), last_search: None }
    }

    /// How the server is seen: `pid 1234`, or the address of its figures.
    pub fn seen_by(&self) -> String {
        match &self.way {
            Way::Process { pid, .. } => format!("pid {pid}"),
            Way::Metrics { url, .. } => url.clone(),
        }
    }

    /// The process, where it is on this machine.
    pub fn pid(&self) -> Option<u32> {
        match &self.way {
            Way::Process { pid, .. } => Some(*pid),
            Way::Metrics { .. } => None,
        }
    }

    /// How many files the server may open, where that can be seen.
    pub fn open_files(&self) -> Option<u64> {
        open_files_of(self.pid()?)
    }

    /// Looks. An error says that the server can't be seen at this moment; it may be back at the next look.
    pub fn look(&mut self) -> io::Result<Observation> {
        match &mut self.way {
            Way::Process { clock, .. } => match clock.look() {
                Ok(process) => Ok(Observation {
                    at: Instant::now(),
                    cpu_us: self.total.take(process.cpu_us),
                    memory: Some(process.memory),
                    threads: Some(process.threads),
                    sockets: process.sockets,
                    overload: None,
                }),
                Err(gone) => {
                    self.search();
                    Err(gone)
                }
            },
            Way::Metrics { address, .. } => {
                let figures = address.scrape()?;
                let cpu_us = reading(&figures).ok_or_else(|| {
                    io::Error::new(io::ErrorKind::InvalidData, "the figures hold no process_cpu_seconds_total")
                })?;
                let whole = |names: &[&str]| figures.first(names).map(|value| value.max(0.0) as u64);
                Ok(Observation {
                    at: Instant::now(),
                    cpu_us: self.total.take(cpu_us),
                    memory: whole(&["process_resident_memory_bytes"]),
                    threads: whole(&["process_threads", "process_num_threads"]).map(|n| n as u32),
                    sockets: whole(&["process_open_fds"]).map(|n| n as u32),
                    // One sample for each shard: the worst of them is what people notice.
                    overload: figures.most("parterre_overload_step").map(|step| step.max(0.0) as u32),
                })
            }
        }
    }

    /// The process is gone: whoever listens in its place now is the server. Asked for at most twice a second, since it
    /// walks through all processes.
    fn search(&mut self) {
        let Way::Process { pid, clock, listens: Some(address) } = &mut self.way else { return };
        if self.last_search.is_some_and(|last| last.elapsed() < Duration::from_millis(500)) {
            return;
        }
        self.last_search = Some(Instant::now());
        if let Some(successor) = pid_of_listener(*address).filter(|found| found != pid) {
            *pid = successor;
            *clock = Clock::new(successor);
            self.total.anew();
        }
    }
}

/// Processor time in microseconds, from a scrape.
fn reading(figures: &Exposition) -> Option<u64> {
    Some((figures.sum("process_cpu_seconds_total")?.max(0.0) * 1e6) as u64)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_counter_goes_on_over_restarts() {
        let mut total = Total::default();
        assert_eq!(total.take(700), 0);
        assert_eq!(total.take(900), 200);
        assert_eq!(total.take(50), 250);
        total.anew();
        assert_eq!(total.take(400), 650);
    }

    #[test]
    fn this_process_can_be_observed() {
        let mut observer = Observer::of_process(std::process::id()).unwrap();
        let first = observer.look().unwrap();
        assert_eq!(first.cpu_us, 0);
        let second = observer.look().unwrap();
        assert!(second.share_since(&first).unwrap() >= 0.0);
        assert_eq!(first.share_since(&first), None);
        assert_eq!(observer.seen_by(), format!("pid {}", std::process::id()));
        assert!(observer.open_files().is_some());
        assert!(Observer::of_process(u32::MAX).is_err());
    }

    #[test]
    fn figures_are_read_over_http() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/metrics", listener.local_addr().unwrap());
        let answers = [
            "200 OK\r\n\r\nprocess_cpu_seconds_total 2\n",
            "200 OK\r\n\r\nprocess_cpu_seconds_total 3\nprocess_open_fds 12\nparterre_overload_step{shard=\"0\"} 1\n\
             parterre_overload_step{shard=\"1\"} 2\n",
        ]
        .into_iter()
        .chain([
            "200 OK\r\n\r\nprocess_cpu_seconds_total 0.25\nprocess_resident_memory_bytes 4096\n",
            "500 No\r\n\r\n",
        ]);
        let server = std::thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = [0; 1024];
                let length = stream.read(&mut request).unwrap();
                assert!(request[..length].starts_with(b"GET /metrics HTTP/1.0\r\n"));
                write!(stream, "HTTP/1.1 {answer}").unwrap();
            }
        });
        let mut observer = Observer::of_metrics(&url).unwrap();
        let seen = observer.look().unwrap();
        assert_eq!((seen.cpu_us, seen.sockets, seen.overload), (0, Some(12), Some(2)));
        let seen = observer.look().unwrap();
        assert_eq!((seen.cpu_us, seen.memory), (250_000, Some(4096)), "the server began anew");
        assert!(observer.look().is_err());
        server.join().unwrap();
        assert!(Observer::of_metrics("https://localhost/metrics").is_err());
    }
}
