//! The text format of Prometheus and `OpenMetrics`, as far as sums of figures need it, and the HTTP request that fetches it.
//!
//! Enters: an `http://` address. Leaves: named figures. What the other side sends is bounded in size and time, and what is
//! not understood is passed over.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

/// How long one scrape may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// How much one scrape may bring.
const MOST: usize = 4 * 1024 * 1024;

/// The figures of one scrape.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Exposition(Vec<(String, f64)>);

impl Exposition {
    /// Reads a scrape. Labels are dropped: samples of one name are told apart by nobody here.
    pub(super) fn parse(text: &str) -> Exposition {
        Exposition(text.lines().filter_map(sample).collect())
    }

    /// The sum over all samples of that name.
    pub(super) fn sum(&self, name: &str) -> Option<f64> {
        let mut values = self.0.iter().filter(|(other, _)| other == name).map(|(_, value)| *value);
        let first = values.next()?;
        Some(values.fold(first, |sum, value| sum + value))
    }

    /// The greatest of all samples of that name.
    pub(super) fn most(&self, name: &str) -> Option<f64> {
        self.0.iter().filter(|(other, _)| other == name).map(|(_, value)| *value).reduce(f64::max)
    }

    /// The sum of the first of these names that there is.
    pub(super) fn first(&self, names: &[&str]) -> Option<f64> {
        names.iter().find_map(|name| self.sum(name))
    }
}

/// One line: `name{labels} value [timestamp]`. A label's value may hold braces and spaces, within quotes.
fn sample(line: &str) -> Option<(String, f64)> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let end = line.find(|c: char| c == '{' || c.is_whitespace())?;
    let (name, rest) = line.split_at(end);
    let rest = if rest.starts_with('{') { after_labels(rest)? } else { rest };
    let value: f64 = rest.split_whitespace().next()?.parse().ok()?;
    (!name.is_empty() && value.is_finite()).then(|| (name.to_owned(), value))
}

/// What follows the closing brace of a set of labels.
fn after_labels(text: &str) -> Option<&str> {
    let (mut quoted, mut escaped) = (false, false);
    for (place, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '}' if !quoted => return text.get(place + 1..),
            _ => {}
        }
    }
    None
}

/// An address of the form `http://host[:port]/path`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    host: String,
    port: u16,
    path: String,
}

impl Address {
    /// Takes an address apart; what is wrong with it, in words.
    pub(super) fn parse(url: &str) -> Result<Address, String> {
        let Some(rest) = url.strip_prefix("http://") else {
            return Err(format!(
                "{url} is no plain HTTP address; /metrics is read over http://, from the machine or network of the server"
            ));
        };
        let (authority, path) = match rest.find('/') {
            Some(slash) => rest.split_at(slash),
            None => (rest, "/metrics"),
        };
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => {
                (host, port.parse().map_err(|_| format!("{url} has no valid port"))?)
            }
            _ => (authority, 80),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() || url.contains(|c: char| c.is_control() || c == ' ' || c == '@') {
            return Err(format!("{url} is not of the form http://host:port/metrics"));
        }
        Ok(Address { host: host.to_owned(), port, path: path.to_owned() })
    }

    /// One scrape. Takes two seconds at most, looking up the name aside.
    pub(super) fn scrape(&self) -> io::Result<Exposition> {
        let until = Instant::now() + PATIENCE;
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        for address in (self.host.as_str(), self.port).to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, left(until)?) {
                Ok(stream) => return body(&self.exchange(stream, until)?).map(Exposition::parse),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Asks, and takes the whole answer.
    fn exchange(&self, mut stream: TcpStream, until: Instant) -> io::Result<Vec<u8>> {
        let Address { host, port, path } = self;
        let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        stream.set_write_timeout(Some(left(until)?))?;
        // HTTP/1.0: the answer ends where the connection does, and comes in no chunks.
        let request = format!("GET {path} HTTP/1.0\r\nHost: {host}:{port}\r\nAccept: text/plain\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::with_capacity(32 * 1024);
        let mut buffer = [0; 16 * 1024];
        loop {
            stream.set_read_timeout(Some(left(until)?))?;
            let length = stream.read(&mut buffer)?;
            answer.extend(buffer.iter().take(length));
            if length == 0 || answer.len() > MOST {
                return Ok(answer);
            }
        }
    }
}

/// What is left of the time for a scrape.
fn left(until: Instant) -> io::Result<Duration> {
    let left = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero());
    left.ok_or_else(|| io::Error::new(io::ErrorKind::TimedOut, "no complete answer within two seconds"))
}

/// The body of an answer, if it is one of success.
fn body(answer: &[u8]) -> io::Result<&str> {
    let wrong = |text: String| io::Error::new(io::ErrorKind::InvalidData, text);
    let text = str::from_utf8(answer).map_err(|_| wrong("the answer is not UTF-8".to_owned()))?;
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(|| wrong("the answer is no HTTP".to_owned()))?;
    let status = head.split(' ').nth(1).unwrap_or_default();
    match status {
        "200" => Ok(body),
        "401" | "403" => Err(wrong(format!(
            "the server answers {status}: it does not show its figures to this machine (Parterre: http.metrics_from)"
        ))),
        other => Err(wrong(format!("the server answers {}", other.chars().take(20).collect::<String>()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_summed_by_name() {
        let text = "# HELP process_threads Threads\n# TYPE process_threads gauge\nprocess_threads 4\n\
                    rooms{kind=\"a } \\\" b\"} 2\nrooms{kind=\"c\"} 3 1700000000\nrooms_total 9\n\
                    bad{kind=\"open\nworse\nnone NaN\nprocess_cpu_seconds_total 1.5e1\n# EOF\n";
        let figures = Exposition::parse(text);
        assert_eq!(figures.sum("process_threads"), Some(4.0));
        assert_eq!(figures.sum("rooms"), Some(5.0));
        assert_eq!(figures.sum("process_cpu_seconds_total"), Some(15.0));
        assert_eq!(figures.sum("none"), None);
        assert_eq!(figures.first(&["process_fds", "rooms_total"]), Some(9.0));
    }

    #[test]
    fn addresses_are_taken_apart() {
        let parsed = |url: &str| Address::parse(url).map(|a| (a.host, a.port, a.path));
        let of = |host: &str, port, path: &str| Ok((host.to_owned(), port, path.to_owned()));
        assert_eq!(parsed("http://127.0.0.1:5280/metrics"), of("127.0.0.1", 5280, "/metrics"));
        assert_eq!(parsed("http://[::1]:5280"), of("::1", 5280, "/metrics"));
        assert_eq!(parsed("http://[::1]/m?a=b"), of("::1", 80, "/m?a=b"));
        assert_eq!(parsed("http://tube.example"), of("tube.example", 80, "/metrics"));
        for wrong in ["https://tube.example/metrics", "http://", "http://a:b/", "http://a/ b", "http://a/\r\nx: y"] {
            assert!(Address::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_refusal_says_what_to_do() {
        assert_eq!(body(b"HTTP/1.1 200 OK\r\nA: b\r\n\r\nx 1\n").unwrap(), "x 1\n");
        let error = body(b"HTTP/1.1 403 Forbidden\r\n\r\n").unwrap_err().to_string();
        assert!(error.contains("metrics_from"), "{error}");
        assert!(body(b"hello").is_err());
        assert!(body(b"\xff\xfe").is_err());
    }
}
