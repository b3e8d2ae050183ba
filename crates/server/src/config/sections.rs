//! The sections of the configuration but `[limits]`: what each key is for, its type and its default.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use axum::http::Uri;
use parterre_xmpp::BareJid;
use parterre_xmpp::sasl::Mechanism;

use super::frames::FrameAncestors;
use super::section::section;
use super::types::{Cidr, Create, Listen, Retention, Secret};

/// This machine.
fn loopback() -> Vec<Cidr> {
    [Cidr::new(Ipv4Addr::new(127, 0, 0, 0).into(), 8), Cidr::new(Ipv6Addr::LOCALHOST.into(), 128)]
        .into_iter()
        .flatten()
        .collect()
}

section! {
    /// The keys before the first table of the file.
    Top = "" {
        /// The domain `D`: accounts are `user@D`, anonymous people `…@anon.D`, rooms `room@room.D`.
        domain: String = "localhost".into();
        /// The directory of the database, made if it is missing. A relative path starts from the directory in which
        /// the server is started.
        data_dir: PathBuf = "parterre-data".into();
    }
}

section! {
    /// The one HTTP port: WebSocket, BOSH, the landing page, metrics and the API.
    Http = "http" {
        /// Where HTTP is listened for: an address with a port, or `unix:/path` for a Unix socket, to which
        /// the server's user and group may connect (mode 0660).
        listen: Listen = Listen::Tcp(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 5280));
        /// The reverse proxies whose `X-Forwarded-For`, `X-Forwarded-Proto` and `X-Forwarded-Host` are believed.
        /// Limits per address never count these addresses themselves. Whoever connects through a Unix socket is
        /// believed as well.
        trusted_proxies: Vec<Cidr> = loopback();
        /// Which pages may show `/embed/NAME` and `/overlay/NAME` in a frame, as `frame-ancestors` of the Content Security
        /// Policy has it: origins such as `https://video.example.org` or `https://*.example.org`, `'self'`, or `*` for all.
        /// An empty list: none. All may unless set, since a chat is made to stand on other people's pages, and what a frame
        /// shows knows nobody: there are no cookies, and who writes has typed their name in that frame. `/room/NAME` and
        /// the landing page are never shown in frames.
        frame_ancestors: FrameAncestors = FrameAncestors::default();
        /// Whose address may read `/metrics` without the token of the API. The address is the client's, so what comes
        /// through a trusted proxy from elsewhere is not let in by the proxy's own address.
        metrics_from: Vec<Cidr> = loopback();
    }
}

section! {
    /// XMPP clients over TCP. Without this section there are none: they come over WebSocket and BOSH only.
    C2s = "c2s" {
        /// Where plain TCP, secured by STARTTLS, is listened for.
        listen: Option<SocketAddr> = Some(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 5222));
        /// Where TLS from the first byte on (XEP-0368) is listened for.
        direct_tls_listen: Option<SocketAddr> = None;
        /// Whether a client may log in without TLS. Refused where `c2s.listen` is not a loopback address.
        allow_plaintext: bool = false;
        /// The TLS certificate with its chain, as PEM. Read again at SIGHUP.
        certificate: Option<PathBuf> = None;
        /// The private key of the certificate, as PEM.
        key: Option<PathBuf> = None;
    }
}

section! {
    /// Who may log in, beyond the local accounts of `parterre account`.
    Auth = "auth" {
        /// Whether people may come without an account (SASL ANONYMOUS on `anon.D`).
        anonymous: bool = true;
        /// The mechanisms to offer to people with an account. Empty: every one that can work; SCRAM cannot where
        /// `auth.http_url` is set. Where most people log in with a token in place of a password, leave SCRAM out: clients
        /// take the strongest mechanism that is offered, and a token cannot be proven by SCRAM.
        mechanisms: Vec<Mechanism> = Vec::new();
        /// How often a new password is hashed (RFC 7677 asks for 4096 at least). Logging in costs the client as many, so
        /// that more of them are felt on a phone. A password that is kept already stays as it is: set this before there
        /// are accounts, or renew them with `parterre account passwd`, lest the number tells which names have one.
        iterations: usize [4_096..=1_000_000] = 10_000;
        /// The secret shared with the site that signs tokens (HS256). Use 32 random bytes or more. Empty: no tokens.
        /// A token is checked when its bearer logs in, so `exp` is the last moment for that. Whoever is in stays until
        /// the session ends, and has to show a token that holds then to come back or to resume. To put somebody out
        /// at once, ban them from the room, or end their sessions over the API.
        token_secret: Secret = Secret::new("");
        /// A service that knows accounts, asked as Prosody's `mod_auth_http` does: `check_password` and
        /// `user_exists` below this address, which starts with `http://`. Empty: none.
        http_url: Option<Uri> = None;
        /// How long the service may take to answer before the login fails as a temporary failure.
        http_timeout: Duration = Duration::from_secs(5);
    }
}

section! {
    /// Rooms: who creates them, and what they start with.
    Rooms = "rooms" {
        /// Who may create rooms: `anyone`; `accounts` (local, signed or of `auth.http_url`); `admins`; or `defaults-url`
        /// (everybody, but only rooms that `rooms.defaults_url` answers for).
        create: Create = Create::Anyone;
        /// Where a new room's configuration and affiliations are asked for, as JSON, as Prosody's
        /// `mod_muc_http_defaults` does; `{room.jid|jid_node}` stands for the name of the room. Empty: nowhere.
        defaults_url: String = String::new();
        /// How long that may take before the join fails as a temporary failure.
        defaults_timeout: Duration = Duration::from_secs(5);
        /// How long a room that is not persistent stays when the connection of the last one in it was cut: a page that is
        /// loaded anew finds its room again. One that everybody has left goes at once.
        linger: Duration = Duration::from_mins(1);
        /// Addresses of accounts that own every room.
        admins: Vec<BareJid> = Vec::new();
        /// Rooms in the presence mode `auto` tell everybody of everybody's presence up to that many occupants …
        presence_everyone_up_to: usize = 50;
        /// … and of those who have spoken up to that many. Beyond it only moderators are told.
        presence_speakers_up_to: usize = 500;
        /// Chat states ("is typing") are passed on up to that many occupants.
        chat_states_up_to: usize = 50;
        /// How often occupants are told the size of the audience, at most.
        audience_interval: Duration = Duration::from_secs(5);
        /// How long at most a ban or mute of somebody without an account lasts. It is then for everybody without an account
        /// who comes from the same network address (IPv6: /64), since such people have a new JID at each login; think of
        /// schools and mobile networks, where many share one. The address is kept as a hash, with the secret that lies in
        /// `data_dir`. `0`: for the JID alone, and for as long as the moderator says.
        anonymous_ban: Option<Duration> = Some(Duration::from_hours(24));
        /// Who joins with a nick of this word, a space and digits has not chosen a name yet, and watches.
        anonymous_nick: String = "Anonymous".into();
    }
}

section! {
    /// What was said.
    History = "history" {
        /// How long messages are kept, in rooms and in the archives of accounts.
        retention: Retention = Retention(Some(Duration::from_hours(30 * 24)));
        /// How many messages a client gets on joining that does not say how many it wants (XEP-0045 §7.2.13).
        on_join: usize [0..=500] = 20;
    }
}

section! {
    /// The HTTP API under `/api/v1/`.
    Api = "api" {
        /// The token that its callers send as `Authorization: Bearer …`. Empty: there is no API.
        token: Secret = Secret::new("");
    }
}

section! {
    /// Whom to write to about this server, as clients and other operators are told (XEP-0157). Each is a list of
    /// addresses such as `mailto:admin@example.org`, `xmpp:admin@example.org` or `https://example.org/contact`.
    Contacts = "contacts" {
        /// About abuse.
        abuse: Vec<String> = Vec::new();
        /// About the server itself.
        admin: Vec<String> = Vec::new();
        /// With praise and wishes.
        feedback: Vec<String> = Vec::new();
        /// About money.
        sales: Vec<String> = Vec::new();
        /// About weaknesses.
        security: Vec<String> = Vec::new();
        /// Where the state of the server can be read.
        status: Vec<String> = Vec::new();
        /// For help.
        support: Vec<String> = Vec::new();
    }
}
