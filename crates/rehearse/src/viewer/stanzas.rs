//! What a viewer says, as text. Everything declares its namespace, so that it stands alone in a WebSocket frame.

use parterre_xmpp::element::escape;

use super::mark::{Mark, Marks};
use crate::plan::Plan;
use crate::scenario::History;

pub(super) const AUTH: &str = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>";
pub(super) const STARTTLS: &str = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
pub(crate) const BIND: &str =
    "<iq xmlns='jabber:client' type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>";
pub(super) const SESSION: &str =
    "<iq xmlns='jabber:client' type='set' id='session'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>";
pub(super) const ENABLE: &str = "<enable xmlns='urn:xmpp:sm:3' resume='true'/>";

/// RFC 7395 §3.4.
pub(super) fn open_framed(domain: &str) -> String {
    format!("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='{domain}' version='1.0'/>")
}

/// RFC 6120 §4.7.
pub(super) fn open_stream(domain: &str) -> String {
    format!(
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' \
         to='{domain}' version='1.0'>"
    )
}

/// XEP-0198 §5.
pub(super) fn resume(id: &str, handled: u32) -> String {
    format!("<resume xmlns='urn:xmpp:sm:3' h='{handled}' previd='{}'/>", escaped(id))
}

/// XEP-0198 §4.
pub(super) fn acknowledge(handled: u32) -> String {
    format!("<a xmlns='urn:xmpp:sm:3' h='{handled}'/>")
}

/// XEP-0045 §7.2, asking for as much history as the scenario has it.
pub(super) fn join(plan: &Plan, nick: &str) -> String {
    let history = if plan.scenario.client.history == History::Join { "" } else { "<history maxstanzas='0'/>" };
    format!(
        "<presence xmlns='jabber:client' to='{}/{}'><x xmlns='http://jabber.org/protocol/muc'>{history}</x></presence>",
        escaped(&plan.room),
        escaped(nick)
    )
}

/// XEP-0045 §7.6.
pub(super) fn rename(plan: &Plan, nick: &str) -> String {
    format!("<presence xmlns='jabber:client' to='{}/{}'/>", escaped(&plan.room), escaped(nick))
}

/// XEP-0313 §4: the newest page of the room's archive, as many as ConverseJS asks for.
pub(super) fn newest_page(plan: &Plan) -> String {
    format!(
        "<iq xmlns='jabber:client' type='set' id='page' to='{}'><query xmlns='urn:xmpp:mam:2' queryid='page'>\
         <x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'><value>urn:xmpp:mam:2</value></field></x>\
         <set xmlns='http://jabber.org/protocol/rsm'><max>50</max><before/></set></query></iq>",
        escaped(&plan.room)
    )
}

/// XEP-0045 §10.1: takes the room as it is, or with presence shown by moderators only.
pub(crate) fn configure(room: &str, quiet_presence: bool) -> String {
    let fields = if quiet_presence {
        "<field var='FORM_TYPE' type='hidden'><value>http://jabber.org/protocol/muc#roomconfig</value></field>\
         <field var='muc#roomconfig_presencebroadcast'><value>moderator</value></field>"
    } else {
        ""
    };
    format!(
        "<iq xmlns='jabber:client' type='set' id='configure' to='{}'><query xmlns='http://jabber.org/protocol/muc#owner'>\
         <x xmlns='jabber:x:data' type='submit'>{fields}</x></query></iq>",
        escaped(room)
    )
}

/// XEP-0092 §2: asks the domain what it runs.
pub(super) fn version(domain: &str) -> String {
    format!(
        "<iq xmlns='jabber:client' type='get' id='version' to='{}'><query xmlns='jabber:iq:version'/></iq>",
        escaped(domain)
    )
}

/// XEP-0054 §3.2: asks for the vCard of an occupant, whose address is taken as it stands in the stanza that told it.
pub(super) fn vcard(occupant: &str) -> String {
    let quote = if occupant.contains('\'') { '"' } else { '\'' };
    format!(
        "<iq xmlns='jabber:client' type='get' id='vcard' to={quote}{occupant}{quote}><vCard xmlns='vcard-temp'/></iq>"
    )
}

/// XEP-0085 §5, with the hints (XEP-0334) that ConverseJS gives.
pub(super) fn composing(plan: &Plan) -> String {
    format!(
        "<message xmlns='jabber:client' type='groupchat' to='{}'>\
         <composing xmlns='http://jabber.org/protocol/chatstates'/><no-store xmlns='urn:xmpp:hints'/>\
         <no-permanent-store xmlns='urn:xmpp:hints'/></message>",
        escaped(&plan.room)
    )
}

/// XEP-0045 §7.4.
pub(super) fn message(plan: &Plan, marks: &Marks, mark: Mark) -> String {
    format!(
        "<message xmlns='jabber:client' type='groupchat' to='{}' id='m{}'><body>{} {}</body></message>",
        escaped(&plan.room),
        mark.message,
        plan.text(mark.message),
        marks.write(mark)
    )
}

/// Answers a request that asks for something a viewer has not, and a ping (XEP-0199) with what it wants.
pub(super) fn answer(id: &str, from: Option<&str>, is_ping: bool) -> String {
    let to = from.map(|from| format!(" to='{}'", escaped(from))).unwrap_or_default();
    let id = escaped(id);
    if is_ping {
        return format!("<iq xmlns='jabber:client' type='result' id='{id}'{to}/>");
    }
    format!(
        "<iq xmlns='jabber:client' type='error' id='{id}'{to}><error type='cancel'>\
         <service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
    )
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    escape(text, &mut out);
    out
}
