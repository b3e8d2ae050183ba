//! The TLS certificate: it fits its key and the domain, and is valid for a while yet.

use parterre_xmpp::Timestamp;
use rustls::client::verify_server_name;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::ParsedCertificate;

use super::finding::Finding::{self, Ok as Fine};
use crate::config::Config;
use crate::tls::Tls;

/// How many days before its end a certificate should have been renewed.
const DAYS: i64 = 14;

/// Looks at the certificate of `[c2s]`, if there is one.
pub(super) fn examine(config: &Config) -> Vec<Finding> {
    let Some(path) = config.c2s.as_ref().and_then(|c2s| c2s.certificate.as_ref()) else {
        return Vec::new();
    };
    if let Some(Err(error)) = config.c2s.as_ref().map(Tls::load) {
        return vec![Finding::wrong(error.to_string(), "correct c2s.certificate and c2s.key")];
    }
    let Some(certificate) = CertificateDer::from_pem_file(path).ok() else {
        return vec![Finding::wrong(
            format!("{} has no certificate", path.display()),
            "set c2s.certificate to one in PEM",
        )];
    };
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let mut findings = vec![match validity(&certificate) {
        Some((begins, ends)) => period(begins, ends, now as i64),
        None => Finding::note("when it ends could not be read"),
    }];
    findings.extend(names(&certificate, config.domain()));
    findings
}

fn period(begins: Timestamp, ends: Timestamp, now: i64) -> Finding {
    let days = (ends.secs() - now).div_euclid(86_400);
    if now < begins.secs() {
        Finding::wrong(
            format!("it is valid from {begins} on only"),
            "set the clock of this machine right, or wait until then",
        )
    } else if now >= ends.secs() {
        Finding::wrong(format!("it ended at {ends}"), "renew it, then send SIGHUP to the server")
    } else if days < DAYS {
        Finding::wrong(
            format!("it ends in {days} days"),
            "renew it (is the renewal still running?), then send SIGHUP to the server",
        )
    } else {
        Fine(format!("it fits its key and is valid for {days} days"))
    }
}

/// What is wrong with the names in the certificate, if anything.
fn names(certificate: &CertificateDer<'_>, domain: &str) -> Option<Finding> {
    let name = ServerName::try_from(domain).ok()?;
    let fits = ParsedCertificate::try_from(certificate).and_then(|parsed| verify_server_name(&parsed, &name));
    fits.err().map(|_| {
        Finding::wrong(format!("it is not for {domain}, so clients will refuse it"), "get one that names the domain")
    })
}

/// From when until when a certificate is valid (RFC 5280 §4.1.2.5): `None` if it cannot be read.
fn validity(certificate: &[u8]) -> Option<(Timestamp, Timestamp)> {
    const SEQUENCE: u8 = 0x30;
    const VERSION: u8 = 0xa0;
    let (_, certificate, _) = element(certificate)?;
    let (_, mut fields, _) = element(certificate)?;
    // The version may be left out; serial number, algorithm and issuer come before the validity.
    let (tag, _, rest) = element(fields)?;
    if tag == VERSION {
        fields = rest;
    }
    for _ in 0..3 {
        fields = element(fields)?.2;
    }
    let (tag, times, _) = element(fields)?;
    let (begins_tag, begins, rest) = element(times)?;
    let (ends_tag, ends, _) = element(rest)?;
    (tag == SEQUENCE).then_some((time(begins_tag, begins)?, time(ends_tag, ends)?))
}

/// An element of DER: its tag, its content, and what follows it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, bytes) = bytes.split_first()?;
    let (&short, bytes) = bytes.split_first()?;
    let (length, bytes) = match short {
        0..=0x7f => (usize::from(short), bytes),
        0x81..=0x84 => {
            let (digits, bytes) = bytes.split_at_checked(usize::from(short & 0x7f))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), bytes)
        }
        _ => return None,
    };
    let (content, rest) = bytes.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// `YYMMDDHHMMSSZ` (tag 0x17) or `YYYYMMDDHHMMSSZ` (tag 0x18).
fn time(tag: u8, text: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let (year, rest) = match tag {
        // RFC 5280 §4.1.2.5.1: 50 and above is the century before.
        0x17 => {
            let (year, rest) = text.split_at_checked(2)?;
            (if year >= "50" { format!("19{year}") } else { format!("20{year}") }, rest)
        }
        0x18 => text.split_at_checked(4).map(|(year, rest)| (year.to_owned(), rest))?,
        _ => return None,
    };
    let part = |at: usize| rest.get(at..at + 2);
    let (month, day, hour, minute, second) = (part(0)?, part(2)?, part(4)?, part(6)?, part(8)?);
    Timestamp::parse(&format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z"))
}

#[cfg(test)]
mod tests {
    use super::super::finding::Finding::Wrong;
    use super::*;

    #[test]
    fn times_are_read_in_both_forms() {
        let read = |tag, text: &str| time(tag, text.as_bytes()).map(|time| time.to_string());
        assert_eq!(read(0x17, "260102030405Z").unwrap(), "2026-01-02T03:04:05.000000Z");
        assert_eq!(read(0x17, "500102030405Z").unwrap(), "1950-01-02T03:04:05.000000Z");
        assert_eq!(read(0x18, "20510102030405Z").unwrap(), "2051-01-02T03:04:05.000000Z");
        for (tag, text) in [(0x17, "2601020304Z"), (0x17, ""), (0x18, "20511302030405Z"), (0x16, "260102030405Z")] {
            assert_eq!(read(tag, text), None, "{text}");
        }
    }

    #[test]
    fn a_certificate_is_read_with_its_names() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/localhost.crt");
        let certificate = CertificateDer::from_pem_file(path).unwrap();
        let (begins, ends) = validity(&certificate).unwrap();
        assert!(begins < ends, "{begins} {ends}");
        assert_eq!(names(&certificate, "localhost"), None);
        assert!(matches!(names(&certificate, "other.example"), Some(Wrong(text, _)) if text.contains("other.example")));
    }

    #[test]
    fn a_period_is_judged_with_time_to_renew() {
        let (begins, ends) = (Timestamp::from_secs(1_000_000), Timestamp::from_secs(1_000_000 + 90 * 86_400));
        let judged = |days: i64| period(begins, ends, 1_000_000 + days * 86_400);
        assert!(matches!(judged(-1), Wrong(_, remedy) if remedy.contains("clock")));
        assert!(matches!(judged(0), Fine(text) if text.contains("90 days")));
        assert!(matches!(judged(80), Wrong(text, _) if text.contains("10 days")));
        assert!(matches!(judged(90), Wrong(text, _) if text.contains("ended")));
    }

    #[test]
    fn what_is_no_certificate_is_not_read() {
        for bytes in
            [&[][..], &[0x30], &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff], &[0x30, 0x03, 0x30, 0x01, 0x02], &[0x30; 64]]
        {
            assert_eq!(validity(bytes), None);
        }
    }
}
