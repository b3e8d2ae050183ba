//! What must hold between keys, once each is right by itself.

use parterre_xmpp::BareJid;

use crate::fetch::{Peer, UrlError};

use super::{C2s, Config, Create, Listen, Mistake};

/// Everything that does not fit together.
pub(super) fn validate(config: &Config) -> Vec<Mistake> {
    let mut texts = Vec::new();
    domain(&config.top.domain, &mut texts);
    if let Some(c2s) = &config.c2s {
        self::c2s(c2s, config, &mut texts);
    }
    // TLS to services is not spoken: better told now than when the first one logs in.
    if let Some(Err(error)) = config.auth.http_url.as_ref().map(Peer::of) {
        texts.push(format!("auth.http_url: {error}"));
    }
    rooms(config, &mut texts);
    limits(config, &mut texts);
    texts.into_iter().map(|text| Mistake { place: String::new(), text }).collect()
}

fn domain(domain: &str, texts: &mut Vec<String>) {
    let is_domain = BareJid::new(domain).is_ok_and(|jid| jid.node().is_none() && jid.as_str() == domain);
    if !is_domain {
        texts.push(format!("domain is {domain:?}, but takes a domain in lower case such as \"chat.example.org\""));
    }
}

fn c2s(c2s: &C2s, config: &Config, texts: &mut Vec<String>) {
    let has_certificate = c2s.certificate.is_some();
    if has_certificate != c2s.key.is_some() {
        let (there, missing) = if has_certificate { ("certificate", "key") } else { ("key", "certificate") };
        texts.push(format!("c2s.{there} is set but c2s.{missing} is not: TLS needs both"));
    }
    if c2s.listen.is_none() && c2s.direct_tls_listen.is_none() {
        texts.push(
            "c2s.listen and c2s.direct_tls_listen are both \"\": set one, or remove the section [c2s] to have no TCP clients"
                .into(),
        );
    }
    if let Some(listen) = c2s.listen {
        if c2s.allow_plaintext && !listen.ip().to_canonical().is_loopback() {
            texts.push(format!(
                "c2s.allow_plaintext is true, but c2s.listen is {listen}, which is not a loopback address: passwords would \
                 cross the network in the clear; listen on 127.0.0.1, or set c2s.certificate and c2s.key and leave \
                 allow_plaintext out"
            ));
        }
        if !c2s.allow_plaintext && !has_certificate {
            texts.push(
                "[c2s] has no certificate and does not allow plain text, so nobody could log in: set c2s.certificate and \
                 c2s.key, or, on a loopback address, c2s.allow_plaintext = true"
                    .into(),
            );
        }
        if config.http.listen == Listen::Tcp(listen) && listen.port() != 0 {
            texts.push(format!(
                "c2s.listen and http.listen are both {listen}: each needs an address or port of its own"
            ));
        }
    }
    if let Some(listen) = c2s.direct_tls_listen {
        if !has_certificate {
            texts.push("c2s.direct_tls_listen is set, but c2s.certificate and c2s.key are not".into());
        }
        if listen.port() != 0 && (config.http.listen == Listen::Tcp(listen) || c2s.listen == Some(listen)) {
            texts.push(format!(
                "c2s.direct_tls_listen is {listen}, which another key listens on: it needs one of its own"
            ));
        }
    }
}

fn rooms(config: &Config, texts: &mut Vec<String>) {
    let rooms = &config.rooms;
    if rooms.create == Create::DefaultsUrl && rooms.defaults_url.is_empty() {
        texts
            .push("rooms.create is \"defaults-url\", but rooms.defaults_url is empty: no room could be created".into());
    }
    if rooms.defaults_url.starts_with("https://") {
        texts.push(format!("rooms.defaults_url: {}", UrlError::Https));
    } else if !rooms.defaults_url.is_empty() && !rooms.defaults_url.starts_with("http://") {
        texts.push("rooms.defaults_url takes an address that starts with http://, or \"\" for none".into());
    }
    if rooms.presence_speakers_up_to < rooms.presence_everyone_up_to {
        texts.push(format!(
            "rooms.presence_speakers_up_to is {}, less than rooms.presence_everyone_up_to, which is {}: a growing room \
             tells of fewer people, not of more",
            rooms.presence_speakers_up_to, rooms.presence_everyone_up_to
        ));
    }
    if rooms.audience_interval.as_secs() == 0 {
        texts.push("rooms.audience_interval takes a second or more: rooms count time in seconds".into());
    }
    if rooms.anonymous_nick.trim().is_empty() || rooms.anonymous_nick.len() > 64 {
        texts.push("rooms.anonymous_nick takes a word of 1 to 64 bytes such as \"Anonymous\"".into());
    }
}

fn limits(config: &Config, texts: &mut Vec<String>) {
    let limits = &config.limits;
    let mut least = |what: &str, has: usize, than: &str, bound: usize| {
        if has < bound {
            texts.push(format!(
                "limits.{what} is {has}, less than limits.{than}, which is {bound}: it must hold at least that"
            ));
        }
    };
    least("outgoing_queue_bytes", limits.outgoing_queue_bytes, "stanza_bytes", limits.stanza_bytes);
    least("bosh_body_bytes", limits.bosh_body_bytes, "stanza_bytes", limits.stanza_bytes);
    if let Some(burst) =
        limits.bytes_per_second.get().map(|rate| rate.saturating_mul(5)).filter(|burst| *burst < limits.stanza_bytes)
    {
        texts.push(format!(
            "limits.bytes_per_second allows bursts of {burst} bytes (five seconds' worth), less than limits.stanza_bytes, \
             which is {}: the largest stanza could never pass",
            limits.stanza_bytes
        ));
    }
    if limits.idle_time.is_some_and(|idle| idle <= limits.ping_interval) {
        texts.push("limits.idle_time must be longer than limits.ping_interval: else a quiet client is closed before it was asked".into());
    }
    if limits.stop_time.as_secs() > 5 {
        texts.push("limits.stop_time takes at most 5s".into());
    }
}
