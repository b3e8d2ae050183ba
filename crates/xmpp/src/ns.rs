//! XML namespaces of the protocols that Parterre speaks, under the names of their specifications.

macro_rules! namespaces {
    ($($(#[$doc:meta])* $name:ident = $uri:literal;)*) => {
        $($(#[$doc])* pub const $name: &str = $uri;)*
        /// The shared copy of a namespace that Parterre knows, so that a parsed element need not own its own.
        pub(crate) fn known(uri: &str) -> Option<&'static str> {
            match uri { $($uri => Some($name),)* _ => None }
        }
    };
}

namespaces! {
    /// RFC 6120: stanzas from and to clients.
    CLIENT = "jabber:client";
    /// RFC 6120: the stream itself.
    STREAMS = "http://etherx.jabber.org/streams";
    /// RFC 6120 §4.9.3: stream error conditions.
    STREAM_ERRORS = "urn:ietf:params:xml:ns:xmpp-streams";
    /// RFC 6120 §8.3.3: stanza error conditions.
    STANZA_ERRORS = "urn:ietf:params:xml:ns:xmpp-stanzas";
    /// RFC 6120 §5: STARTTLS.
    TLS = "urn:ietf:params:xml:ns:xmpp-tls";
    /// RFC 6120 §6: SASL.
    SASL = "urn:ietf:params:xml:ns:xmpp-sasl";
    /// RFC 6120 §7: resource binding.
    BIND = "urn:ietf:params:xml:ns:xmpp-bind";
    /// RFC 3921 §3: the session request, a no-op since RFC 6121.
    SESSION = "urn:ietf:params:xml:ns:xmpp-session";
    /// RFC 7395: stream framing over WebSocket.
    FRAMING = "urn:ietf:params:xml:ns:xmpp-framing";
    /// The XML namespace of `xml:lang`.
    XML = "http://www.w3.org/XML/1998/namespace";
    /// XEP-0124: BOSH bodies.
    HTTPBIND = "http://jabber.org/protocol/httpbind";
    /// XEP-0206: XMPP over BOSH.
    XBOSH = "urn:xmpp:xbosh";
    /// XEP-0388: SASL2.
    SASL2 = "urn:xmpp:sasl:2";
    /// XEP-0386: Bind 2.
    BIND2 = "urn:xmpp:bind:0";
    /// XEP-0440: channel-binding types.
    SASL_CB = "urn:xmpp:sasl-cb:0";
    /// XEP-0198: stream management.
    SM = "urn:xmpp:sm:3";
    /// XEP-0352: client state indication.
    CSI = "urn:xmpp:csi:0";
    /// RFC 6121 §2: roster.
    ROSTER = "jabber:iq:roster";
    /// XEP-0004: data forms.
    DATA = "jabber:x:data";
    /// XEP-0122: what a field of a data form takes.
    DATA_VALIDATE = "http://jabber.org/protocol/xdata-validate";
    /// XEP-0030: service discovery, information.
    DISCO_INFO = "http://jabber.org/protocol/disco#info";
    /// XEP-0030: service discovery, items.
    DISCO_ITEMS = "http://jabber.org/protocol/disco#items";
    /// XEP-0045: joining a room.
    MUC = "http://jabber.org/protocol/muc";
    /// XEP-0045: what the room says of its occupants.
    MUC_USER = "http://jabber.org/protocol/muc#user";
    /// XEP-0045: moderation.
    MUC_ADMIN = "http://jabber.org/protocol/muc#admin";
    /// XEP-0045: ownership.
    MUC_OWNER = "http://jabber.org/protocol/muc#owner";
    /// XEP-0045: the room configuration form.
    MUC_ROOMCONFIG = "http://jabber.org/protocol/muc#roomconfig";
    /// XEP-0045: the room information form.
    MUC_ROOMINFO = "http://jabber.org/protocol/muc#roominfo";
    /// XEP-0045: the registration form.
    MUC_REGISTER = "http://jabber.org/protocol/muc#register";
    /// XEP-0045: voice requests.
    MUC_REQUEST = "http://jabber.org/protocol/muc#request";
    /// XEP-0045: stable ids of reflected messages.
    MUC_STABLE_ID = "http://jabber.org/protocol/muc#stable_id";
    /// XEP-0249: direct invitations.
    CONFERENCE = "jabber:x:conference";
    /// XEP-0048 and XEP-0402 predecessor: bookmarks in private storage.
    BOOKMARKS_PRIVATE = "storage:bookmarks";
    /// XEP-0402: PEP native bookmarks.
    BOOKMARKS = "urn:xmpp:bookmarks:1";
    /// XEP-0049: private XML storage.
    PRIVATE = "jabber:iq:private";
    /// XEP-0054: vcard-temp.
    VCARD = "vcard-temp";
    /// XEP-0153: vCard-based avatars.
    VCARD_UPDATE = "vcard-temp:x:update";
    /// XEP-0084: user avatar, data.
    AVATAR_DATA = "urn:xmpp:avatar:data";
    /// XEP-0084: user avatar, metadata.
    AVATAR_METADATA = "urn:xmpp:avatar:metadata";
    /// XEP-0060: publish-subscribe.
    PUBSUB = "http://jabber.org/protocol/pubsub";
    /// XEP-0060: publish-subscribe events.
    PUBSUB_EVENT = "http://jabber.org/protocol/pubsub#event";
    /// XEP-0060: publish-subscribe errors.
    PUBSUB_ERRORS = "http://jabber.org/protocol/pubsub#errors";
    /// XEP-0060: node ownership.
    PUBSUB_OWNER = "http://jabber.org/protocol/pubsub#owner";
    /// XEP-0077: in-band registration.
    REGISTER = "jabber:iq:register";
    /// XEP-0085: chat states.
    CHATSTATES = "http://jabber.org/protocol/chatstates";
    /// XEP-0092: software version.
    VERSION = "jabber:iq:version";
    /// XEP-0115: entity capabilities.
    CAPS = "http://jabber.org/protocol/caps";
    /// XEP-0191: blocking.
    BLOCKING = "urn:xmpp:blocking";
    /// XEP-0191: blocked-stanza errors.
    BLOCKING_ERRORS = "urn:xmpp:blocking:errors";
    /// XEP-0279: the address that a client comes from, as the server sees it.
    SIC = "urn:xmpp:sic:1";
    /// XEP-0199: ping.
    PING = "urn:xmpp:ping";
    /// XEP-0202: entity time.
    TIME = "urn:xmpp:time";
    /// XEP-0203: delayed delivery.
    DELAY = "urn:xmpp:delay";
    /// XEP-0012: last activity.
    LAST = "jabber:iq:last";
    /// XEP-0280: message carbons.
    CARBONS = "urn:xmpp:carbons:2";
    /// XEP-0297: stanza forwarding.
    FORWARD = "urn:xmpp:forward:0";
    /// XEP-0308: last message correction.
    CORRECT = "urn:xmpp:message-correct:0";
    /// XEP-0313: message archive management.
    MAM = "urn:xmpp:mam:2";
    /// XEP-0313: extended archive queries.
    MAM_EXTENDED = "urn:xmpp:mam:2#extended";
    /// XEP-0059: result set management.
    RSM = "http://jabber.org/protocol/rsm";
    /// XEP-0334: processing hints.
    HINTS = "urn:xmpp:hints";
    /// XEP-0359: unique and stable stanza ids.
    STANZA_ID = "urn:xmpp:sid:0";
    /// XEP-0421: occupant ids.
    OCCUPANT_ID = "urn:xmpp:occupant-id:0";
    /// XEP-0422: message fastening.
    FASTEN = "urn:xmpp:fasten:0";
    /// XEP-0424: message retraction, as ConverseJS of 2024 sends it.
    RETRACT_0 = "urn:xmpp:message-retract:0";
    /// XEP-0424: message retraction.
    RETRACT = "urn:xmpp:message-retract:1";
    /// XEP-0425: moderated retraction, as ConverseJS of 2024 sends it.
    MODERATE_0 = "urn:xmpp:message-moderate:0";
    /// XEP-0425: moderated retraction.
    MODERATE = "urn:xmpp:message-moderate:1";
    /// XEP-0444: reactions.
    REACTIONS = "urn:xmpp:reactions:0";
    /// XEP-0461: replies.
    REPLY = "urn:xmpp:reply:0";
    /// XEP-0428: fallback indication.
    FALLBACK = "urn:xmpp:fallback:0";
    /// XEP-0486: MUC avatars use the room's vCard; this feature says so.
    ROOM_INFO_AVATAR = "muc#roominfo_avatarhash";
    /// XEP-0157: contact addresses.
    SERVER_INFO = "http://jabber.org/network/serverinfo";
    /// Parterre: the size of the audience (see `docs/protocol.md`).
    AUDIENCE = "urn:parterre:audience:0";
    /// Parterre: how far the server has gone to keep up (see `docs/protocol.md`).
    OVERLOAD = "urn:parterre:overload:0";
    /// What a room of this server says of its settings (`docs/protocol.md`).
    ROOM = "urn:parterre:room:0";
    /// Moderating beyond the standards (`docs/protocol.md`).
    MODERATION = "urn:parterre:moderation:0";
    /// Parterre: when to connect again (see `docs/protocol.md`).
    RECONNECT = "urn:parterre:reconnect:0";
}
