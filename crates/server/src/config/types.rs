//! The values that configuration keys hold, beyond numbers and texts.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// An upper bound that may be absent: 0 in the file means no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound(Option<usize>);

impl Bound {
    /// No limit.
    pub const NONE: Bound = Bound(None);

    /// Reads the number of the file: 0 is no limit.
    pub const fn from_number(number: usize) -> Self {
        Bound(if number == 0 { None } else { Some(number) })
    }

    /// The bound, if there is one.
    pub const fn get(self) -> Option<usize> {
        self.0
    }

    /// The bound, or the largest number there is: for code that only compares.
    pub fn or_max(self) -> usize {
        self.0.unwrap_or(usize::MAX)
    }
}

/// How long what was said is kept; `None` for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention(pub Option<Duration>);

/// Who may create rooms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Create {
    /// Everybody, anonymous people as well.
    Anyone,
    /// Who has an account on this server or a signed token.
    Accounts,
    /// The addresses of `rooms.admins`.
    Admins,
    /// Whoever asks for a room that `rooms.defaults_url` knows.
    DefaultsUrl,
}

impl Create {
    const ALL: [Create; 4] = [Create::Anyone, Create::Accounts, Create::Admins, Create::DefaultsUrl];

    /// As the file writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Create::Anyone => "anyone",
            Create::Accounts => "accounts",
            Create::Admins => "admins",
            Create::DefaultsUrl => "defaults-url",
        }
    }

    /// Reads what the file writes.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|create| create.as_str() == text)
    }
}

/// A text that no log and no error shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a text.
    pub fn new(text: &str) -> Self {
        Secret(text.to_owned())
    }

    /// The text itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "Secret(none)" } else { "Secret(not shown)" })
    }
}

/// Where HTTP is listened for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// A TCP address.
    Tcp(SocketAddr),
    /// A Unix socket at this path.
    Unix(PathBuf),
}

impl Listen {
    /// Reads `address:port` or `unix:/path`.
    pub fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix("unix:") {
            Some(path) => path.starts_with('/').then(|| Listen::Unix(path.into())),
            None => text.parse().ok().map(Listen::Tcp),
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Listen::Tcp(address) => address.fmt(f),
            Listen::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// A network in CIDR notation; a lone address is the network of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    address: IpAddr,
    prefix: u8,
}

impl Cidr {
    /// The network of that address and that many leading bits; `None` where the address has fewer.
    pub fn new(address: IpAddr, prefix: u8) -> Option<Self> {
        let width = if address.is_ipv4() { 32 } else { 128 };
        (prefix <= width).then_some(Cidr { address, prefix })
    }

    /// Reads `127.0.0.0/8`, `::1`, …
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        Cidr::new(address, prefix.map_or(Some(width), |prefix| prefix.parse().ok())?)
    }

    /// Whether the address is in the network. An IPv4 address mapped into IPv6, as a socket bound to `[::]` shows
    /// its IPv4 peers, counts as the IPv4 address that it is.
    pub fn contains(self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
                (Ipv4Addr::to_bits(own) ^ Ipv4Addr::to_bits(other)) & mask == 0
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix)).unwrap_or(0);
                (Ipv6Addr::to_bits(own) ^ Ipv6Addr::to_bits(other)) & mask == 0
            }
            _ => false,
        }
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.address, self.prefix) {
            (IpAddr::V4(address), 32) => address.fmt(f),
            (IpAddr::V6(address), 128) => address.fmt(f),
            (address, prefix) => write!(f, "{address}/{prefix}"),
        }
    }
}

const UNITS: [(&str, u64); 6] =
    [("ms", 1), ("s", 1_000), ("min", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 604_800_000)];

/// Reads a whole number and a unit, without space: `500ms`, `45s`, `10min`, `12h`, `30d`, `1w`. An error is a hint.
pub(super) fn read_duration(text: &str) -> Result<Duration, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| String::new())?;
    if unit == "m" {
        return Err("m may be minutes or months; write min for minutes, 30d for a month".into());
    }
    if number == 0 {
        return Err("it cannot be zero".into());
    }
    if unit.is_empty() {
        return Err(format!("say the unit, as in \"{number}s\""));
    }
    let (_, milliseconds) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(String::new)?;
    // A century is longer than any clock here counts; more would only overflow sums elsewhere.
    let total = number.checked_mul(*milliseconds).filter(|total| *total <= 100 * 365 * 86_400_000);
    total.map(Duration::from_millis).ok_or_else(|| "at most a century".into())
}

/// Writes a duration in the largest unit that divides it, days at most, so that a week reads `7d`.
pub(super) fn show_duration(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    let unit = UNITS.iter().rev().find(|(name, size)| *name != "w" && milliseconds.is_multiple_of(u128::from(*size)));
    unit.map_or_else(
        || format!("{milliseconds}ms"),
        |(name, size)| format!("{}{name}", milliseconds / u128::from(*size)),
    )
}
