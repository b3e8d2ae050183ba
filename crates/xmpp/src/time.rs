//! Points in time, and how XMPP writes them (XEP-0082).

use chrono::{DateTime, SecondsFormat, Utc};

/// Microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// From whole seconds since 1970.
    pub const fn from_secs(secs: i64) -> Self {
        Timestamp(secs * 1_000_000)
    }

    /// Whole seconds since 1970.
    pub const fn secs(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// Reads a XEP-0082 `DateTime`, any offset, any fraction; `None` if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        DateTime::parse_from_rfc3339(text.trim()).ok().map(|time| Timestamp(time.timestamp_micros()))
    }
}

impl std::fmt::Display for Timestamp {
    /// The XEP-0082 `DateTime` in UTC, to the microsecond so that nothing is lost between an id and its stamp.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let time = DateTime::<Utc>::from_timestamp_micros(self.0).unwrap_or_default();
        f.write_str(&time.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_in_utc_and_read_with_any_offset() {
        let moon = Timestamp::parse("1969-07-21T02:56:15Z").unwrap();
        assert_eq!(moon.to_string(), "1969-07-21T02:56:15.000000Z");
        assert_eq!(Timestamp::parse("1969-07-20T21:56:15-05:00"), Some(moon));
        assert_eq!(Timestamp::parse(" 1969-07-21T02:56:15.5Z "), Some(Timestamp(moon.0 + 500_000)));
        assert_eq!(moon.secs(), -14_159_025);
        assert_eq!(Timestamp(-1).secs(), -1);
        assert_eq!(Timestamp::from_secs(7), Timestamp(7_000_000));
    }

    #[test]
    fn what_is_no_time_is_not_read() {
        for text in ["", "now", "1969-07-21", "1969-07-21T02:56:15", "19690721T02:56:15", "1969-13-21T02:56:15Z"] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_ends_of_time_can_be_written() {
        for end in [i64::MIN, i64::MAX] {
            assert!(!Timestamp(end).to_string().is_empty());
        }
    }
}
