use parterre_xmpp::forms::{Form, FormType};
use parterre_xmpp::{Condition, Element, StanzaError};

use super::*;

mod properties;

fn submit(config: &RoomConfig, fields: &[(&str, &[&str])]) -> Result<Submission, StanzaError> {
    let fields: Vec<_> = fields
        .iter()
        .map(|(var, values)| ((*var).to_owned(), values.iter().map(|value| (*value).to_owned()).collect()))
        .collect();
    config.submit_fields(&fields)
}

fn submitted(config: &RoomConfig, fields: &[(&str, &[&str])]) -> RoomConfig {
    submit(config, fields).unwrap().config
}

/// The owner's form as a client sends it back when nobody touched it.
fn untouched(config: &RoomConfig) -> Form {
    let room = BareJid::new("coven@chat.shakespeare.lit").unwrap();
    let owners = [BareJid::new("crone1@shakespeare.lit").unwrap()];
    let mut form = config.form(&room, Staff { owners: &owners, admins: &[] });
    form.kind = FormType::Submit;
    form
}

/// XEP-0045 §10.1.3, the form that the owner of a reserved room submits.
#[test]
fn takes_the_form_of_the_standard() {
    let form: Element = "<x xmlns='jabber:x:data' type='submit'>
        <field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>
        <field var='muc#roomconfig_roomname'><value>A Dark Cave</value></field>
        <field var='muc#roomconfig_roomdesc'><value>The place for all good witches!</value></field>
        <field var='muc#roomconfig_enablelogging'><value>0</value></field>
        <field var='muc#roomconfig_changesubject'><value>1</value></field>
        <field var='muc#roomconfig_allowinvites'><value>0</value></field>
        <field var='muc#roomconfig_allowpm'><value>anyone</value></field>
        <field var='muc#roomconfig_maxusers'><value>10</value></field>
        <field var='muc#roomconfig_publicroom'><value>0</value></field>
        <field var='muc#roomconfig_persistentroom'><value>0</value></field>
        <field var='muc#roomconfig_moderatedroom'><value>0</value></field>
        <field var='muc#roomconfig_membersonly'><value>0</value></field>
        <field var='muc#roomconfig_passwordprotectedroom'><value>1</value></field>
        <field var='muc#roomconfig_roomsecret'><value>cauldronburn</value></field>
        <field var='muc#roomconfig_whois'><value>moderators</value></field>
        <field var='muc#maxhistoryfetch'><value>50</value></field>
        <field var='muc#roomconfig_roomadmins'>
          <value>wiccarocks@shakespeare.lit</value><value>hecate@shakespeare.lit</value>
        </field>
      </x>"
        .parse()
        .unwrap();
    let got = RoomConfig::default().submit(&Form::parse(&form).unwrap()).unwrap();
    let expected = RoomConfig {
        name: "A Dark Cave".into(),
        description: "The place for all good witches!".into(),
        archiving: false,
        change_subject: true,
        allow_invites: Some(false),
        max_users: Some(10),
        public: false,
        password: Some("cauldronburn".into()),
        ..RoomConfig::default()
    };
    assert_eq!(got.config, expected);
    assert_eq!(got.admins.unwrap().len(), 2);
    assert_eq!(got.owners, None);
    assert_eq!(
        got.changed,
        [
            fields::NAME,
            fields::DESCRIPTION,
            fields::PUBLIC,
            fields::PASSWORD_PROTECTED,
            fields::SECRET,
            fields::MAX_USERS,
            fields::ALLOW_INVITES,
            fields::CHANGE_SUBJECT,
            fields::LOGGING,
        ]
    );
    assert_eq!(expected.status_codes(&RoomConfig::default()), [171, 104]);
}

#[test]
fn an_empty_form_accepts_the_room_as_it_is() {
    let form = Form { fields: Vec::new(), ..untouched(&RoomConfig::default()) };
    let got = RoomConfig::default().submit(&form).unwrap();
    assert_eq!((got.config, got.changed), (RoomConfig::default(), Vec::new()));
}

#[test]
fn refuses_forms_of_another_kind() {
    let config = RoomConfig::default();
    for form in [
        Form { kind: FormType::Form, ..untouched(&config) },
        Form::new(FormType::Submit, "http://jabber.org/protocol/muc#register"),
    ] {
        assert_eq!(config.submit(&form).unwrap_err().condition, Condition::BadRequest);
    }
}

#[test]
fn unknown_fields_are_passed_over() {
    let got =
        submit(&RoomConfig::default(), &[("muc#roomconfig_pubsub", &["xmpp:pubsub.example"]), ("x", &[])]).unwrap();
    assert_eq!(got.changed, [""; 0]);
}

#[test]
fn a_bad_value_refuses_the_form_and_names_the_field() {
    let long = "x".repeat(MAX_DESCRIPTION_BYTES + 1);
    for (var, values) in [
        (fields::PUBLIC, &["maybe"][..]),
        (fields::WHOIS, &["me"]),
        (fields::ALLOW_PM, &["friends"]),
        (fields::MAX_USERS, &["-1"]),
        (fields::MAX_USERS, &["1", "2"]),
        (fields::HISTORY_MAX, &["many"]),
        (fields::LANG, &["en us"]),
        (fields::PRESENCE_BROADCAST, &["owner"]),
        (fields::PRESENCE_MODE, &["sometimes"]),
        (fields::DESCRIPTION, &[&long]),
        (fields::OWNERS, &[]),
    ] {
        let error = submit(&RoomConfig::default(), &[(fields::NAME, &["New"]), (var, values)]).unwrap_err();
        assert_eq!(error.condition, Condition::NotAcceptable, "{var}");
        assert!(error.text.unwrap().contains(var), "{var}");
    }
}

#[test]
fn a_password_alone_protects_and_frees_the_room() {
    let open = RoomConfig::default();
    let closed = submitted(&open, &[(fields::SECRET, &["cauldronburn"])]);
    assert_eq!(closed.password.as_deref(), Some("cauldronburn"));
    assert_eq!(closed.status_codes(&open), [104]);
    assert_eq!(submitted(&closed, &[(fields::SECRET, &[])]).password, None);
    assert_eq!(submitted(&closed, &[(fields::SECRET, &[""])]).password, None);
}

#[test]
fn protection_needs_a_password() {
    let open = RoomConfig::default();
    for fields in [
        &[(fields::PASSWORD_PROTECTED, &["1"][..])][..],
        &[(fields::PASSWORD_PROTECTED, &["1"]), (fields::SECRET, &[""])],
    ] {
        let error = submit(&open, fields).unwrap_err();
        assert_eq!(error.condition, Condition::NotAcceptable);
        assert!(error.text.unwrap().contains(fields::SECRET));
    }
    let closed = RoomConfig { password: Some("old".into()), ..open };
    assert_eq!(submitted(&closed, &[(fields::PASSWORD_PROTECTED, &["1"])]), closed);
    assert_eq!(submitted(&closed, &[(fields::PASSWORD_PROTECTED, &["0"]), (fields::SECRET, &["old"])]).password, None);
    assert!(submit(&closed, &[(fields::PASSWORD_PROTECTED, &["1"]), (fields::SECRET, &[])]).is_err());
}

#[test]
fn presence_mode_and_roles_agree_with_what_was_touched() {
    let auto = RoomConfig::default();
    let moderators = Roles { moderator: true, ..Roles::NONE };
    let fixed = RoomConfig { presence: PresenceBroadcast::Fixed(moderators), ..RoomConfig::default() };
    let (mode, broadcast) = (fields::PRESENCE_MODE, fields::PRESENCE_BROADCAST);
    let all: &[&str] = &["moderator", "participant", "visitor"];
    for (before, fields, expected) in [
        (&auto, &[(broadcast, &["moderator"][..])][..], PresenceBroadcast::Fixed(moderators)),
        (&auto, &[(broadcast, all)], PresenceBroadcast::Fixed(Roles::ALL)),
        (&auto, &[(broadcast, &[])], PresenceBroadcast::Fixed(Roles::NONE)),
        (&auto, &[(mode, &["auto"]), (broadcast, all)], PresenceBroadcast::Auto),
        (&auto, &[(mode, &["auto"]), (broadcast, &["moderator"])], PresenceBroadcast::Fixed(moderators)),
        (&auto, &[(mode, &["fixed"]), (broadcast, all)], PresenceBroadcast::Fixed(Roles::ALL)),
        (&fixed, &[(mode, &["auto"]), (broadcast, &["moderator"])], PresenceBroadcast::Auto),
        (&fixed, &[(mode, &["fixed"])], PresenceBroadcast::Fixed(moderators)),
        (&fixed, &[(broadcast, &["none"])], PresenceBroadcast::Fixed(Roles::NONE)),
    ] {
        assert_eq!(submitted(before, fields).presence, expected, "{fields:?}");
    }
}

#[test]
fn invitations_follow_the_kind_of_room_until_the_owner_says() {
    let open = RoomConfig::default();
    assert!(open.may_invite(Affiliation::None));
    let closed = submitted(&open, &[(fields::MEMBERS_ONLY, &["1"])]);
    assert!(!closed.may_invite(Affiliation::Member));
    assert!(closed.may_invite(Affiliation::Admin));
    let inviting = submitted(&closed, &[(fields::ALLOW_MEMBER_INVITES, &["1"])]);
    assert!(inviting.may_invite(Affiliation::Member));
    assert!(!inviting.may_invite(Affiliation::None));
    assert_eq!(submitted(&open, &[(fields::ALLOW_INVITES, &["1"]), (fields::MEMBERS_ONLY, &["1"])]), inviting);
    let quiet = submitted(&open, &[(fields::ALLOW_INVITES, &["0"])]);
    assert!(!quiet.may_invite(Affiliation::Member));
}

#[test]
fn the_archive_answers_to_its_other_names() {
    let config = RoomConfig::default();
    for var in fields::LOGGING_ALIASES {
        let off = submitted(&config, &[(var, &["0"]), (fields::LOGGING, &["1"])]);
        assert!(!off.archiving, "{var}");
        assert_eq!(config.status_codes(&off), [170]);
    }
}

#[test]
fn history_is_bounded_and_its_default_fits_into_it() {
    let config = RoomConfig::default();
    assert_eq!(submitted(&config, &[(fields::HISTORY_MAX, &["4000000000"])]).history_max, MAX_HISTORY);
    let short = submitted(&config, &[(fields::HISTORY_LENGTH, &["5"])]);
    assert_eq!((short.history_max, short.history_default), (5, 5));
    assert_eq!(submitted(&config, &[(fields::HISTORY_DEFAULT, &["0"])]).history_default, 0);
}

#[test]
fn lifting_anonymity_is_told_by_its_own_code() {
    let config = RoomConfig::default();
    let open = submitted(&config, &[(fields::WHOIS, &["anyone"])]);
    assert_eq!(open.status_codes(&config), [172]);
    assert_eq!(config.status_codes(&open), [173]);
    assert_eq!(config.status_codes(&config), [0; 0]);
}

/// XEP-0045 §5.1.2.
#[test]
fn people_enter_by_their_affiliation() {
    use Affiliation as A;
    let open = RoomConfig::default();
    let moderated = RoomConfig { moderated: true, ..open.clone() };
    let closed = RoomConfig { members_only: true, ..moderated.clone() };
    for (affiliation, roles) in [
        (A::Outcast, [None, None, None]),
        (A::None, [Some(Role::Participant), Some(Role::Visitor), None]),
        (A::Member, [Some(Role::Participant); 3]),
        (A::Admin, [Some(Role::Moderator); 3]),
        (A::Owner, [Some(Role::Moderator); 3]),
    ] {
        let got = [&open, &moderated, &closed].map(|config| config.entry_role(affiliation));
        assert_eq!(got, roles, "{affiliation:?}");
    }
}

#[test]
fn members_are_listed_to_who_may_know_them() {
    let hidden = RoomConfig::default();
    assert!(hidden.may_list_members(Role::Moderator, Affiliation::None));
    assert!(!hidden.may_list_members(Role::Participant, Affiliation::Member));
    let open = RoomConfig { whois: Whois::Anyone, ..hidden };
    assert!(open.may_list_members(Role::Participant, Affiliation::Member));
    assert!(!open.may_list_members(Role::Participant, Affiliation::None));
    assert!(!open.may_list_members(Role::Visitor, Affiliation::Member));
}

#[test]
fn older_and_newer_stores_load() {
    assert_eq!(RoomConfig::from_json("{}").unwrap(), RoomConfig::default());
    let some = RoomConfig::from_json(r#"{"name":"Cave","whois":"anyone","from_the_future":[1]}"#).unwrap();
    assert_eq!(some, RoomConfig { name: "Cave".into(), whois: Whois::Anyone, ..RoomConfig::default() });
    assert!(RoomConfig::from_json("7").is_err());
}

/// The text that stores hold: a change here needs a way to read the old.
#[test]
fn the_stored_text_is_stable() {
    assert_eq!(
        RoomConfig { presence: PresenceBroadcast::Fixed(Roles::NONE), ..RoomConfig::default() }.to_json(),
        r#"{"name":"","description":"","lang":"","persistent":false,"public":true,"members_only":false,"password":null,"moderated":false,"whois":"moderators","change_subject":false,"allow_invites":null,"allow_pm":"anyone","archiving":true,"max_users":null,"presence":{"fixed":{"moderator":false,"participant":false,"visitor":false}},"show_absent":false,"member_list":{"moderator":true,"participant":true,"visitor":false},"history_max":50,"history_default":20,"mute_anonymous":false,"slow_mode":0,"emoji_only":false,"sampling":false}"#
    );
}

#[test]
fn characters_that_xml_cannot_carry_are_left_out() {
    assert_eq!(
        submitted(&RoomConfig::default(), &[(fields::NAME, &["A\u{0}\u{8}\u{ffff} b\n\tc 🎭"])]).name,
        "A b c 🎭"
    );
}

#[test]
fn private_messages_need_the_role() {
    for (allowed, permitted) in [
        (AllowPm::Anyone, [true, true, true]),
        (AllowPm::Participants, [false, true, true]),
        (AllowPm::Moderators, [false, false, true]),
        (AllowPm::None, [false, false, false]),
    ] {
        let got = [Role::Visitor, Role::Participant, Role::Moderator].map(|role| allowed.permits(role));
        assert_eq!(got, permitted, "{allowed:?}");
    }
}
