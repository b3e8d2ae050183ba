use parterre_xmpp::Element;
use parterre_xmpp::forms::Form;
use proptest::prelude::*;

use super::super::*;
use super::untouched;

prop_compose! {
    fn any_roles()(moderator: bool, participant: bool, visitor: bool) -> Roles {
        Roles { moderator, participant, visitor }
    }
}

prop_compose! {
    fn any_config()(
        (name, description, lang) in ("([a-zé]( [a-z&<'é]{1,5})?)?", "[ -~é]{0,20}", "([a-z]{2})?"),
        (persistent, public, members_only, moderated) in any::<(bool, bool, bool, bool)>(),
        (change_subject, archiving, mute_anonymous, allow_invites) in any::<(bool, bool, bool, Option<bool>)>(),
        password in proptest::option::of("[ -~]{1,9}"),
        whois in prop_oneof![Just(Whois::Anyone), Just(Whois::Moderators)],
        allow_pm in prop_oneof![
            Just(AllowPm::Anyone), Just(AllowPm::Participants), Just(AllowPm::Moderators), Just(AllowPm::None)
        ],
        max_users in proptest::option::of(1..u32::MAX),
        presence in prop_oneof![Just(PresenceBroadcast::Auto), any_roles().prop_map(PresenceBroadcast::Fixed)],
        (show_absent, sampling, emoji_only) in any::<(bool, bool, bool)>(),
        slow_mode in 0..=MAX_SLOW_MODE,
        member_list in any_roles(),
        (history_max, history_default) in (0..=MAX_HISTORY).prop_flat_map(|max| (Just(max), 0..=max)),
    ) -> RoomConfig {
        RoomConfig {
            name, description, lang, persistent, public, members_only, password, moderated, whois, change_subject,
            allow_invites, allow_pm, archiving, max_users, presence, show_absent, member_list, history_max,
            history_default, mute_anonymous, slow_mode, emoji_only, sampling,
        }
    }
}

proptest! {
    /// Any configuration, sent as a form, sent back untouched, changes nothing.
    #[test]
    fn an_untouched_form_changes_nothing(config in any_config()) {
        let sent = untouched(&config).to_element().to_xml().parse::<Element>().unwrap();
        let got = config.submit(&Form::parse(&sent).unwrap()).unwrap();
        prop_assert_eq!(got.changed, Vec::<&str>::new());
        prop_assert_eq!(got.config, config);
    }

    /// Any configuration's form turns a fresh room into one that behaves the same.
    #[test]
    fn a_form_carries_every_setting(config in any_config()) {
        let got = RoomConfig::default().submit(&untouched(&config)).unwrap().config;
        let same = RoomConfig { allow_invites: config.allow_invites, ..got.clone() };
        prop_assert_eq!(got.invites_allowed(), config.invites_allowed());
        prop_assert_eq!(same, config);
    }

    /// What the store keeps reads back as what it was.
    #[test]
    fn configurations_survive_the_store(config in any_config()) {
        prop_assert_eq!(RoomConfig::from_json(&config.to_json()).unwrap(), config);
    }
}
