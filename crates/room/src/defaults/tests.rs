use proptest::prelude::*;
use serde_json::json;

use super::*;

fn read(answer: &Value) -> Result<RoomDefaults, DefaultsError> {
    RoomDefaults::from_json(&answer.to_string(), &RoomConfig::default())
}

fn given(jid: &str, affiliation: Affiliation, nick: Option<&str>) -> GivenAffiliation {
    GivenAffiliation { jid: BareJid::new(jid).unwrap(), affiliation, nick: nick.map(str::to_owned) }
}

/// What the PeerTube livechat plugin answers.
#[test]
fn reads_the_answer_of_the_livechat_plugin() {
    let answer = json!({
        "affiliations": { "streamer@example.org": "owner", "bot@bot.example.org": "owner" },
        "config": {
            "name": "My live", "description": "", "language": "fr", "persistent": true, "public": false,
            "allow_member_invites": false, "moderated": false, "archiving": true, "public_jids": false,
            "slow_mode_duration": 5, "moderation_delay": 0, "mute_anonymous": true, "livechat_emoji_only": false,
            "livechat_muc_terms": null, "livechat_custom_emoji_regexp": "x"
        }
    });
    let expected = RoomConfig {
        name: "My live".into(),
        lang: "fr".into(),
        persistent: true,
        public: false,
        allow_invites: Some(false),
        mute_anonymous: true,
        slow_mode: 5,
        ..RoomConfig::default()
    };
    let got = read(&answer).unwrap();
    assert_eq!(got.config, expected);
    assert!(!got.locked);
    assert!(got.names_an_owner());
    let owners = [
        given("bot@bot.example.org", Affiliation::Owner, None),
        given("streamer@example.org", Affiliation::Owner, None),
    ];
    assert_eq!(got.affiliations, owners);
}

#[test]
fn reads_every_key() {
    let answer = json!({ "config": {
        "name": " A\nDark  Cave ", "description": "Witches", "language": "en", "password": "cauldronburn", "subject": "Spells",
        "public": false, "members_only": true, "allow_member_invites": true, "moderated": true, "persistent": true,
        "changesubject": true, "historylength": 10, "public_jids": true, "archiving": false, "mute_anonymous": true, "slow_mode_duration": 4000, "livechat_emoji_only": true
    } });
    let got = read(&answer).unwrap();
    assert_eq!(got.subject, "Spells");
    assert_eq!(
        got.config,
        RoomConfig {
            name: "A Dark Cave".into(),
            description: "Witches".into(),
            lang: "en".into(),
            password: Some("cauldronburn".into()),
            public: false,
            members_only: true,
            allow_invites: Some(true),
            moderated: true,
            persistent: true,
            change_subject: true,
            history_max: 10,
            history_default: 10,
            whois: Whois::Anyone,
            archiving: false,
            mute_anonymous: true,
            slow_mode: 1000,
            emoji_only: true,
            ..RoomConfig::default()
        }
    );
}

#[test]
fn reads_lists_with_nicks() {
    let answer = json!({ "affiliations": [
        { "jid": "Romeo@Example.org", "affiliation": "member", "nick": "Romeo" },
        { "jid": "tybalt@example.org", "affiliation": "outcast" },
        { "jid": "paris@example.org", "affiliation": "none" },
        { "jid": "romeo@example.org", "affiliation": "admin", "nick": null },
    ] });
    assert_eq!(
        read(&answer).unwrap().affiliations,
        [given("tybalt@example.org", Affiliation::Outcast, None), given("romeo@example.org", Affiliation::Admin, None),]
    );
}

#[test]
fn silence_leaves_the_base() {
    let base = RoomConfig { persistent: true, history_default: 5, ..RoomConfig::default() };
    for text in ["{}", r#"{"config":null,"affiliations":null}"#, r#"{"config":[],"affiliations":[]}"#] {
        let got = RoomDefaults::from_json(text, &base).unwrap();
        assert_eq!((&got.config, got.affiliations.len()), (&base, 0), "{text}");
    }
}

#[test]
fn errors_name_the_key() {
    for (answer, key) in [
        (json!({ "config": { "public": "yes" } }), "config.public"),
        (json!({ "config": { "name": 7 } }), "config.name"),
        (json!({ "config": { "historylength": -1 } }), "config.historylength"),
        (json!({ "config": { "password": "x".repeat(MAX_PASSWORD_BYTES + 1) } }), "config.password"),
        (json!({ "config": "none" }), "config"),
        (json!({ "affiliations": 1 }), "affiliations"),
        (json!({ "affiliations": { "a@b": "king" } }), "affiliations.a@b"),
        (json!({ "affiliations": { "a@b/c": "owner" } }), "affiliations.a@b/c"),
        (json!({ "affiliations": ["a@b"] }), "affiliations[0]"),
        (json!({ "affiliations": [{ "affiliation": "owner" }] }), "affiliations[0].jid"),
        (json!({ "affiliations": [{ "jid": "a@b" }] }), "affiliations[0]"),
        (json!([]), "(the whole answer)"),
    ] {
        let error = read(&answer).unwrap_err();
        assert_eq!(error.key, key);
        assert!(error.to_string().contains(key));
    }
    assert!(RoomDefaults::from_json("<html>", &RoomConfig::default()).unwrap_err().problem.contains("JSON"));
}

#[test]
fn what_is_too_long_is_cut_between_characters() {
    let got =
        read(&json!({ "config": { "description": "é".repeat(MAX_DESCRIPTION_BYTES), "language": "no such thing" } }));
    let config = got.unwrap().config;
    assert_eq!(config.description, "é".repeat(MAX_DESCRIPTION_BYTES / 2));
    assert_eq!(config.lang, "");
    assert_eq!(cut("aé".into(), 2), "a");
}

#[test]
fn lists_are_bounded() {
    let list = |length| json!({ "affiliations": (0..length).map(|n| (format!("u{n}@d"), "member".into())).collect::<Map<_, Value>>() });
    assert_eq!(read(&list(MAX_AFFILIATIONS)).unwrap().affiliations.len(), MAX_AFFILIATIONS);
    assert_eq!(read(&list(MAX_AFFILIATIONS + 1)).unwrap_err().key, "affiliations");
}

proptest! {
    /// No answer is more than an error.
    #[test]
    fn any_answer_is_read_or_refused(text in r#"[\[\]{}",:a-z0-9 ]{0,40}"#) {
        let _ = RoomDefaults::from_json(&text, &RoomConfig::default());
    }
}
