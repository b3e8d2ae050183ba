//! Every bound of the server, by name.

use std::time::Duration;

use super::section::section;
use super::types::Bound;

const MINUTE: u64 = 60;

section! {
    /// Every bound of the server. Where a key takes 0, 0 means no limit; elsewhere 0 is refused, since memory or time
    /// would be without bound.
    Limits = "limits" {
        /// Connections in all. At no limit, the open files that the system grants the process are the bound.
        connections: Bound = Bound::NONE;
        /// Connections of one address (IPv6: of one /64). Addresses of `http.trusted_proxies` are not counted.
        connections_per_address: Bound = Bound::from_number(100);
        /// Connections that may wait, for each core, until they are accepted. The system may allow fewer
        /// (`net.core.somaxconn`).
        backlog: usize [16..=65_535] = 4_096;
        /// Streams that may begin in a second over WebSocket and BOSH, sustained; five seconds' worth at once. Beyond it,
        /// who comes is answered 503 with a time to wait (`Retry-After`), so that those who are let in are served as fast
        /// as ever. When the server stops, it spreads the return of its clients by the same number.
        connections_per_second: Bound = Bound::from_number(5_000);
        /// The part of its time, in percent, that a thread spends on writing to clients before it counts as overloaded:
        /// then messages are gathered for longer, and more is left out, as `docs/operating.md` says.
        overload_percent: usize [1..=100] = 80;
        /// The longest that messages are gathered for one write to each client when the server is overloaded.
        longest_window: Duration = Duration::from_millis(500);
        /// Of how many messages visitors get one at the worst, in rooms whose owner allows it, when the server is
        /// overloaded and longer gathering does not help. 1: of each.
        sampling: usize [1..=1_000] = 10;
        /// Bytes of what one room gives out to all that may be on their way: given out and not written to everybody yet.
        /// Beyond it, the room takes nothing more in until they are written, so that those who speak are read more slowly;
        /// what moderators order passes.
        room_backlog_bytes: usize [16_384..=16_777_216] = 65_536;
        /// How long a client may take to log in.
        unauthenticated_time: Duration = Duration::from_secs(30);
        /// Attempts to log in on one connection.
        login_attempts: usize [1..=100] = 5;
        /// Passwords hashed at the same time, for PLAIN. More of them wait, each no longer than `unauthenticated_time`.
        password_hashes: usize [1..=64] = 4;
        /// Questions put to `auth.http_url` at the same time. More of them wait, each no longer than `auth.http_timeout`.
        http_calls: usize [1..=1_024] = 32;
        /// After how long a silence the server asks whether the client is still there. Keep it below the idle time of
        /// every proxy in front; nginx closes after 60 s.
        ping_interval: Duration = Duration::from_secs(45);
        /// After how long a silence, in spite of being asked, a connection is closed; its session can be resumed.
        idle_time: Option<Duration> = Some(Duration::from_secs(150));

        /// Stanzas per second and connection, sustained; five seconds' worth in a burst. Beyond it, reading slows down.
        stanzas_per_second: Bound = Bound::from_number(20);
        /// Bytes per second and connection, sustained; five seconds' worth in a burst. Beyond it, reading slows down.
        bytes_per_second: Bound = Bound::from_number(32_768);
        /// Bytes of one stanza. RFC 6120 §13.12 asks for 10000 at least.
        stanza_bytes: usize [10_000..=16_777_216] = 65_536;
        /// Elements nested in one another within a stanza, the stanza among them.
        stanza_depth: usize [8..=128] = 64;
        /// Elements in one stanza.
        stanza_elements: usize [64..=65_536] = 2_048;
        /// Attributes of one element.
        stanza_attributes: usize [16..=1_024] = 64;
        /// Namespaces that one element declares.
        stanza_namespaces: usize [4..=256] = 16;
        /// Bytes waiting for one client that reads slowly. Beyond it, its connection is closed; its session can be resumed,
        /// unless what is kept for it comes to sixteen times as many.
        outgoing_queue_bytes: usize [65_536..=67_108_864] = 262_144;

        /// Stanzas kept for one session until the client has acknowledged them (XEP-0198). Beyond it, they are dropped, and
        /// the session cannot be resumed any more; one that waits to be resumed ends.
        unacked_stanzas: usize [10..=100_000] = 1_000;
        /// How long the session of an account can be resumed after its connection was lost.
        resume_time: Duration = Duration::from_secs(5 * MINUTE);
        /// The same for anonymous people.
        resume_time_anonymous: Duration = Duration::from_secs(MINUTE);
        /// Connections of one account at the same time.
        resources_per_account: Bound = Bound::from_number(20);

        /// Rooms that one connection is in at the same time.
        rooms_per_connection: Bound = Bound::from_number(20);
        /// Rooms that one account (or one anonymous session) has created and that still exist.
        rooms_per_account: Bound = Bound::from_number(20);
        /// Rooms in all.
        rooms: Bound = Bound::from_number(10_000);
        /// Occupants of one room, where its owner sets no lower number.
        room_occupants: Bound = Bound::NONE;
        /// Affiliations of one room.
        room_affiliations: usize [10..=1_000_000] = 10_000;
        /// Mutes and timed bans of one room.
        room_sanctions: usize [10..=10_000] = 1_000;
        /// Occupants in one answer to a moderator who asks who has which role; further ones come by pages (XEP-0059).
        room_listed: usize [10..=1_000] = 200;
        /// Affiliations or roles that one request changes.
        room_list_changes: usize [1..=10_000] = 100;
        /// Connections of one account under one nick in a room.
        sessions_per_nick: usize [1..=1_000] = 10;
        /// Characters of a nick.
        nick_chars: usize [20..=255] = 64;
        /// Bytes of a room's subject.
        subject_bytes: usize [64..=65_536] = 4_096;
        /// Bytes of a reason (of a kick, a ban, an invitation …); what is longer is cut.
        reason_bytes: usize [0..=65_536] = 1_024;
        /// Public rooms on one page of the list (disco#items of `room.D`).
        listed_rooms: usize [1..=1_000] = 100;

        /// Contacts in one roster.
        roster_items: usize [1..=100_000] = 500;
        /// Groups of one contact.
        roster_groups: usize [1..=1_000] = 20;
        /// Characters of the name of a contact or a group.
        roster_name_chars: usize [16..=4_096] = 256;
        /// Addresses that one account blocks, and on each list of its archiving preferences (XEP-0441).
        blocklist_items: usize [1..=100_000] = 500;
        /// Elements in one account's private XML storage (XEP-0049).
        private_items: usize [1..=10_000] = 50;
        /// Bytes of one account's private XML storage.
        private_bytes: usize [1_024..=16_777_216] = 131_072;
        /// PEP nodes of one account (XEP-0163).
        pep_nodes: usize [1..=10_000] = 50;
        /// Items in one PEP node.
        pep_items: usize [1..=10_000] = 256;
        /// Bytes of all items of one PEP node.
        pep_bytes: usize [1_024..=16_777_216] = 262_144;
        /// Bytes of a vCard, of an account or a room, its picture included.
        vcard_bytes: usize [1_024..=16_777_216] = 65_536;
        /// Messages kept for an account that is not connected.
        offline_messages: usize [0..=10_000] = 100;
        /// Bytes of the messages kept for an account that is not connected.
        offline_bytes: usize [0..=16_777_216] = 262_144;
        /// Addresses that one connection sends its presence to, besides its contacts and rooms.
        directed_presences: usize [1..=10_000] = 100;
        /// Accounts whose roster and lists are kept in memory though nobody uses them.
        idle_accounts: usize [0..=1_000_000] = 1_000;
        /// Sets of client capabilities that are remembered by their hash (XEP-0115).
        capabilities: usize [0..=1_000_000] = 2_000;

        /// How long a BOSH request may be held (XEP-0124 `wait`).
        bosh_wait: Duration = Duration::from_secs(MINUTE);
        /// How many BOSH requests of one session may be held (`hold`).
        bosh_hold: usize [1..=5] = 1;
        /// How long a BOSH session lives without a request (`inactivity`).
        bosh_inactivity: Duration = Duration::from_secs(30);
        /// How long a BOSH client may pause (`maxpause`).
        bosh_maxpause: Duration = Duration::from_secs(2 * MINUTE);
        /// Bytes of one BOSH body, which may carry several stanzas.
        bosh_body_bytes: usize [16_384..=16_777_216] = 131_072;
        /// BOSH sessions of one address (IPv6: of one /64).
        bosh_sessions_per_address: Bound = Bound::from_number(100);

        /// Bytes of the body of any other HTTP request.
        http_body_bytes: usize [1_024..=16_777_216] = 65_536;
        /// Bytes of the head of an HTTP request.
        http_header_bytes: usize [8_192..=1_048_576] = 16_384;
        /// How long an HTTP client may take to send the head of a request, and how long a connection may stay open
        /// between requests.
        http_header_time: Duration = Duration::from_secs(15);
        /// How long an HTTP request may take to be answered, with the sending of its body.
        http_request_time: Duration = Duration::from_secs(30);

        /// Bytes of one line on the channel on which the parent process hands sockets over (`serve --control`). A longer one
        /// ends the channel.
        control_line_bytes: usize [131_072..=16_777_216] = 262_144;
        /// Bytes that a client sent before its socket was handed over on that channel, and that come with it.
        handed_over_bytes: usize [4_096..=1_048_576] = 65_536;

        /// How long the server may take to close its streams when it is told to stop.
        stop_time: Duration = Duration::from_secs(4);
    }
}
