use parterre_xmpp::ToAttribute;

use super::*;

fn answer(view: RoomView<'_>, asker: Asker, occupants: usize) -> Element {
    let mut out = Vec::new();
    let wire = PreparedInfo::new(view, asker).wire("a'1", occupants);
    assert!(wire.is_stanza());
    wire.append_for(&ToAttribute::new("hag66@shakespeare.lit/pda"), &mut out);
    std::str::from_utf8(&out).unwrap().parse().unwrap()
}

fn query(iq: &Element) -> &Element {
    iq.find("query", ns::DISCO_INFO).unwrap()
}

fn vars(iq: &Element) -> Vec<&str> {
    query(iq).children().filter(|child| child.name() == "feature").filter_map(|child| child.get("var")).collect()
}

fn value(iq: &Element, var: &str) -> Option<String> {
    let form = Form::find(query(iq)).unwrap().unwrap();
    assert_eq!(form.kind, FormType::Result);
    assert_eq!(form.form_type(), Some(ns::MUC_ROOMINFO));
    form.get(var).and_then(|field| field.as_text().map(std::borrow::Cow::into_owned))
}

fn room() -> BareJid {
    BareJid::new("heath@chat.shakespeare.lit").unwrap()
}

fn view<'a>(room: &'a BareJid, config: &'a RoomConfig) -> RoomView<'a> {
    RoomView { room, config, subject: "Spells", contacts: &[], avatar_hashes: &[] }
}

/// XEP-0045 §6.4: what a room tells of itself.
#[test]
fn tells_what_the_standard_shows() {
    let contacts = [BareJid::new("crone1@shakespeare.lit").unwrap()];
    let hashes = ["0123456789abcdef0123456789abcdef01234567".to_owned()];
    let config = RoomConfig {
        name: "A Dark <Cave>".into(),
        description: "The place for all good witches!".into(),
        lang: "en".into(),
        public: false,
        whois: Whois::Anyone,
        ..RoomConfig::default()
    };
    let room = room();
    let view = RoomView { contacts: &contacts, avatar_hashes: &hashes, ..view(&room, &config) };
    let iq = answer(view, Asker::Account, 45);
    assert!(iq.is("iq", ns::CLIENT));
    let attributes = ["type", "id", "from", "to"].map(|name| iq.get(name));
    let expected = ["result", "a'1", "heath@chat.shakespeare.lit", "hag66@shakespeare.lit/pda"].map(Some);
    assert_eq!(attributes, expected);
    let identity = query(&iq).find_own("identity").unwrap();
    assert_eq!(
        ["category", "type", "name"].map(|name| identity.get(name)),
        ["conference", "text", "A Dark <Cave>"].map(Some)
    );
    for var in ["muc_hidden", "muc_temporary", "muc_open", "muc_unmoderated", "muc_nonanonymous", "muc_unsecured"] {
        assert!(vars(&iq).contains(&var), "{var}");
    }
    for (var, expected) in [
        ("muc#roominfo_description", "The place for all good witches!"),
        ("muc#roominfo_contactjid", "crone1@shakespeare.lit"),
        ("muc#roominfo_subject", "Spells"),
        ("muc#roominfo_occupants", "45"),
        ("muc#roominfo_lang", "en"),
        ("muc#roominfo_avatarhash", "0123456789abcdef0123456789abcdef01234567"),
        ("muc#roominfo_subjectmod", "0"),
        ("muc#maxhistoryfetch", "50"),
        ("muc#roomconfig_roomname", "A Dark <Cave>"),
    ] {
        assert_eq!(value(&iq, var).as_deref(), Some(expected), "{var}");
    }
}

#[test]
fn flags_follow_the_configuration() {
    let config = RoomConfig {
        password: Some("cauldronburn".into()),
        persistent: true,
        members_only: true,
        moderated: true,
        archiving: false,
        ..RoomConfig::default()
    };
    let room = room();
    let iq = answer(view(&room, &config), Asker::Account, 0);
    for var in ["muc_passwordprotected", "muc_public", "muc_persistent", "muc_membersonly", "muc_moderated"] {
        assert!(vars(&iq).contains(&var), "{var}");
    }
    for var in [ns::MAM, "muc_unsecured", "muc_hidden", "muc_temporary", "muc_open", "muc_unmoderated"] {
        assert!(!vars(&iq).contains(&var), "{var}");
    }
    // What goes on behind a door is not told in front of it.
    assert_eq!(value(&iq, "muc#roominfo_subject"), None);
    assert!(!iq.to_xml().contains("cauldronburn"));
}

/// A client that hears of registration asks for it at each join.
#[test]
fn anonymous_people_hear_only_of_what_they_can_use() {
    let (room, config) = (room(), RoomConfig::default());
    let anonymous = answer(view(&room, &config), Asker::Anonymous, 3);
    let account = answer(view(&room, &config), Asker::Account, 3);
    assert!(!vars(&anonymous).contains(&ns::REGISTER));
    assert!(vars(&account).contains(&ns::REGISTER));
    assert!(vars(&anonymous).contains(&ns::MAM));
    assert_eq!(query(&anonymous).find_own("identity").unwrap().get("name"), Some("heath"));
}

/// XEP-0045 §7.12 and §15.6.3.
#[test]
fn answers_its_nodes() {
    let expected: Element = "<query xmlns='http://jabber.org/protocol/disco#info' node='x-roomuser-item'>\
        <identity category='conference' type='text' name='thirdwitch'/></query>"
        .parse()
        .unwrap();
    assert_eq!(node_info(RESERVED_NICK, Some("thirdwitch")), Ok(expected));
    assert_eq!(node_info(RESERVED_NICK, None).unwrap().children().count(), 0);
    assert_eq!(node_info(TRAFFIC, None).unwrap_err().condition, Condition::ServiceUnavailable);
    assert_eq!(node_info("else", None).unwrap_err().condition, Condition::ItemNotFound);
}

/// XEP-0045 §6.5.
#[test]
fn lists_its_occupants_or_nobody() {
    let expected: Element = "<query xmlns='http://jabber.org/protocol/disco#items'>\
        <item jid='heath@chat.shakespeare.lit/firstwitch'/><item jid='heath@chat.shakespeare.lit/second witch'/></query>"
        .parse()
        .unwrap();
    assert_eq!(items(&room(), ["firstwitch", "second witch"]), expected);
    assert_eq!(items(&room(), []), "<query xmlns='http://jabber.org/protocol/disco#items'/>".parse().unwrap());
}
