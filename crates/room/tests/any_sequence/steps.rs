//! What may happen to a room: stanzas from people, sane and otherwise, and what operators do.

use parterre_room::{Action, Affiliation, Strain};
use parterre_xmpp::BareJid;
use proptest::prelude::*;

use crate::house::ROOM;

/// Sessions: an owner with two clients, three more accounts, three anonymous people.
pub(crate) const JIDS: [&str; 8] = [
    "owner@localhost/a",
    "owner@localhost/b",
    "one@localhost/a",
    "two@localhost/a",
    "three@localhost/a",
    "x1@anon.localhost/a",
    "x2@anon.localhost/a",
    "x3@anon.localhost/a",
];
const NICKS: [&str; 7] = ["alpha", "beta", "gamma", "Anonymous 1", "Anonymous 2", "  ", "owner"];

/// What only the room may say.
const FORGED: &str =
    "<author xmlns='urn:parterre:room:0' affiliation='owner' role='moderator' avatar='https://forged.localhost/'/>";

#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// A session sends a stanza; `~` stands for the id of a recent message.
    Send(usize, String),
    Ended(usize),
    Tick,
    /// The next deadline comes, if there is one.
    Due,
    Operator(Action),
}

fn nick() -> impl Strategy<Value = &'static str> {
    prop::sample::select(NICKS.to_vec())
}

fn jid() -> impl Strategy<Value = String> {
    prop::sample::select(JIDS.to_vec()).prop_map(|jid| jid.split('/').next().unwrap_or_default().to_owned())
}

fn affiliation() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["owner", "admin", "member", "none", "outcast", "nonsense"])
}

fn role() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["moderator", "participant", "visitor", "none", "nonsense"])
}

fn item() -> impl Strategy<Value = String> {
    prop_oneof![
        (jid(), affiliation())
            .prop_map(|(jid, a)| format!("<item jid='{jid}' affiliation='{a}'><reason>r</reason></item>")),
        (jid(), affiliation(), nick())
            .prop_map(|(jid, a, n)| format!("<item jid='{jid}' affiliation='{a}' nick='{n}'/>")),
        (nick(), role()).prop_map(|(n, r)| format!("<item nick='{n}' role='{r}'/>")),
        (nick(), affiliation()).prop_map(|(n, a)| format!("<item nick='{n}' affiliation='{a}'/>")),
        (nick(), expiry()).prop_map(|(n, e)| format!("<item nick='{n}' role='visitor'>{e}</item>")),
        (jid(), expiry()).prop_map(|(jid, e)| format!("<item jid='{jid}' affiliation='outcast'>{e}</item>")),
        Just("<item affiliation='outcast' jid='anon.localhost'/>".to_owned()),
        Just("<item/>".to_owned()),
    ]
}

fn expiry() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["1", "60", "86400", "0", "nonsense"])
        .prop_map(|seconds| format!("<expiry xmlns='urn:parterre:moderation:0' seconds='{seconds}'/>"))
}

fn field() -> impl Strategy<Value = String> {
    let switch = prop::sample::select(vec![
        "muc#roomconfig_persistentroom",
        "muc#roomconfig_membersonly",
        "muc#roomconfig_moderatedroom",
        "muc#roomconfig_changesubject",
        "muc#roomconfig_enablelogging",
        "muc#roomconfig_mute_anonymous",
        "{urn:parterre:room:0}sampling",
        "muc#roomconfig_x_peertubelivechat_emoji_only_mode",
    ]);
    let choice = prop::sample::select(vec![
        ("muc#roomconfig_whois", "anyone"),
        ("muc#roomconfig_whois", "moderators"),
        ("muc#roomconfig_presencebroadcast", "moderator"),
        ("muc#roomconfig_presencebroadcast", "participant"),
        ("{urn:parterre:room:0}presence_mode", "auto"),
        ("muc#roomconfig_roomsecret", "secret"),
        ("muc#roomconfig_roomsecret", ""),
        ("muc#roomconfig_maxusers", "3"),
        ("muc#roomconfig_allowpm", "none"),
        ("muc#roomconfig_slow_mode_duration", "5"),
        ("muc#roomconfig_slow_mode_duration", "0"),
        ("muc#roomconfig_roomadmins", "one@localhost"),
        ("muc#roomconfig_roomowners", "two@localhost"),
    ]);
    prop_oneof![
        (switch, any::<bool>())
            .prop_map(|(var, on)| format!("<field var='{var}'><value>{}</value></field>", u8::from(on))),
        choice.prop_map(|(var, value)| format!("<field var='{var}'><value>{value}</value></field>")),
    ]
}

fn stanza() -> impl Strategy<Value = String> {
    let muc = "<x xmlns='http://jabber.org/protocol/muc'/>";
    let message = |inner: String| format!("<message to='{ROOM}' type='groupchat' id='m'>{inner}</message>");
    let iq = |kind: &str, inner: String| format!("<iq to='{ROOM}' type='{kind}' id='q'>{inner}</iq>");
    prop_oneof![
        8 => nick().prop_map(move |n| format!("<presence to='{ROOM}/{n}'>{muc}</presence>")),
        1 => nick().prop_map(move |n| format!("<presence to='{ROOM}/{n}'>{muc}{FORGED}</presence>")),
        3 => nick().prop_map(|n| format!("<presence to='{ROOM}/{n}'><show>away</show>{FORGED}</presence>")),
        2 => nick().prop_map(|n| format!("<presence to='{ROOM}/{n}' type='unavailable'/>")),
        1 => (nick(), prop::sample::select(vec!["probe", "error", "subscribe", "invisible"]))
            .prop_map(|(n, t)| format!("<presence to='{ROOM}/{n}' type='{t}'/>")),
        4 => Just(message("<body>said</body>".into())),
        2 => Just(message(format!("<body>said</body>{FORGED}"))),
        2 => prop::sample::select(vec![
            "<subject>s</subject>",
            "<composing xmlns='http://jabber.org/protocol/chatstates'/>",
            "<body/><no-store xmlns='urn:xmpp:hints'/>",
            "<author xmlns='urn:parterre:room:0' role='forged'/>",
            "<retract xmlns='urn:xmpp:message-retract:1' id='~'/>",
            "<reactions xmlns='urn:xmpp:reactions:0' id='~'><reaction>x</reaction></reactions>",
            "<reactions xmlns='urn:xmpp:reactions:0' id='~'><reaction>👍</reaction></reactions>",
            "",
        ]).prop_map(move |inner| message(inner.to_owned())),
        1 => nick().prop_map(|n| format!("<message to='{ROOM}/{n}' type='chat'><body>psst</body>{FORGED}</message>")),
        4 => prop::collection::vec(item(), 1..3).prop_map(move |items| {
            iq("set", format!("<query xmlns='http://jabber.org/protocol/muc#admin'>{}</query>", items.concat()))
        }),
        1 => prop_oneof![affiliation().prop_map(|a| format!("affiliation='{a}'")), role().prop_map(|r| format!("role='{r}'"))]
            .prop_map(move |by| iq("get", format!("<query xmlns='http://jabber.org/protocol/muc#admin'><item {by}/></query>"))),
        3 => prop::collection::vec(field(), 0..3).prop_map(move |fields| iq("set", format!(
            "<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'>\
             <field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>{}</x></query>",
            fields.concat()))),
        1 => prop::sample::select(vec![
            "<moderate xmlns='urn:xmpp:message-moderate:1' id='~'><retract xmlns='urn:xmpp:message-retract:1'/></moderate>",
            "<query xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'><max>5</max><before/></set></query>",
            "<remove-all xmlns='urn:parterre:moderation:0' nick='beta'/>",
            "<remove-all xmlns='urn:parterre:moderation:0' nick='gamma'><reason>r</reason></remove-all>",
            "<query xmlns='http://jabber.org/protocol/muc#admin'><item role='visitor'/><search xmlns='urn:parterre:moderation:0'>a\
             </search><set xmlns='http://jabber.org/protocol/rsm'><max>1</max><after>b</after></set></query>",
            "<query xmlns='jabber:iq:register'><remove/></query>",
            "<query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>\
             http://jabber.org/protocol/muc#register</value></field><field var='muc#register_roomnick'><value>beta</value>\
             </field></x></query>",
            "<vCard xmlns='vcard-temp'><PHOTO><BINVAL>aGVsbG8=</BINVAL></PHOTO></vCard>",
            "<vCard xmlns='vcard-temp'/>",
            "<query xmlns='http://jabber.org/protocol/muc#owner'><destroy/></query>",
            "<query xmlns='http://jabber.org/protocol/disco#info'/>",
            "",
        ]).prop_flat_map(move |inner| any::<bool>().prop_map(move |get| iq(if get { "get" } else { "set" }, inner.to_owned()))),
        1 => (nick(), prop::sample::select(vec!["get", "set", "result", "error", ""])).prop_map(|(n, t)|
            format!("<iq to='{ROOM}/{n}' type='{t}' id='2.q'><ping xmlns='urn:xmpp:ping'/></iq>")),
        1 => prop::sample::select(vec![
            "<x xmlns='http://jabber.org/protocol/muc#user'><invite to='one@localhost'/></x>",
            "<x xmlns='http://jabber.org/protocol/muc#user'><decline to='owner@localhost'/></x>",
            "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#request\
             </value></field><field var='muc#roomnick'><value>beta</value></field><field var='muc#request_allow'><value>1\
             </value></field></x>",
        ]).prop_map(|inner| format!("<message to='{ROOM}'>{inner}</message>")),
    ]
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    let operator = prop_oneof![
        (
            jid(),
            prop::sample::select(vec![
                Affiliation::Outcast,
                Affiliation::None,
                Affiliation::Member,
                Affiliation::Owner
            ])
        )
            .prop_map(|(jid, a)| Action::SetAffiliation(BareJid::new(&jid).unwrap(), a, None)),
        jid().prop_map(|jid| Action::Expel(BareJid::new(&jid).unwrap(), None)),
        (0u8..4, 0u16..4).prop_map(|(step, every)| Action::Strain(Strain { step, window: 20, every })),
        Just(Action::Configure(vec![("muc#roomconfig_roomname".into(), vec!["n".into()])])),
        Just(Action::SetSubject("Be kind".into())),
    ];
    prop_oneof![
        30 => (0..JIDS.len(), stanza()).prop_map(|(who, stanza)| Step::Send(who, stanza)),
        2 => (0..JIDS.len()).prop_map(Step::Ended),
        2 => Just(Step::Due),
        1 => Just(Step::Tick),
        1 => operator.prop_map(Step::Operator),
    ]
}
