//! The owner's form: every setting with its value and a label that a person understands (XEP-0045 §10.1.3).

use parterre_xmpp::forms::{Field, FieldType, Form, FormType};
use parterre_xmpp::{BareJid, ns};

use super::{AllowPm, PresenceBroadcast, Roles, RoomConfig, Staff, Whois, fields};

const ROLES: [(&str, &str); 3] =
    [("moderator", "Moderators"), ("participant", "Participants"), ("visitor", "Visitors")];

/// Sizes that the form proposes; any other number can be submitted.
const MAX_USERS: [&str; 8] = ["10", "50", "100", "500", "1000", "5000", "10000", "50000"];

impl RoomConfig {
    /// The form that an owner of `room` fills in.
    pub fn form(&self, room: &BareJid, staff: Staff<'_>) -> Form {
        let mut form = Form::new(FormType::Form, ns::MUC_ROOMCONFIG)
            .fields_from(self.description_fields())
            .fields_from(self.entry_fields())
            .fields_from(self.conversation_fields())
            .field(Field::jids(fields::OWNERS, staff.owners).label("Owners"))
            .field(Field::jids(fields::ADMINS, staff.admins).label("Admins"));
        form.title = Some(format!("Configuration of {room}"));
        form.instructions = Some("Change what you like and submit the form. What you leave out stays as it is.".into());
        form
    }

    fn description_fields(&self) -> [Field; 5] {
        [
            Field::text(fields::NAME, &self.name).label("Name of the room"),
            Field::text(fields::DESCRIPTION, &self.description).label("Description of the room"),
            Field::text(fields::LANG, &self.lang).label("Language spoken there, as a tag such as en or pt-BR"),
            Field::boolean(fields::PERSISTENT, self.persistent).label("Keep the room when the last person leaves"),
            Field::boolean(fields::PUBLIC, self.public).label("List the room for everybody"),
        ]
    }

    fn entry_fields(&self) -> [Field; 7] {
        let limit = self.max_users.map_or_else(|| "none".to_owned(), |limit| limit.to_string());
        let mut sizes: Vec<(&str, &str)> = MAX_USERS.into_iter().map(|size| (size, size)).collect();
        if self.max_users.is_some() && !MAX_USERS.contains(&limit.as_str()) {
            sizes.push((&limit, &limit));
        }
        sizes.push(("none", "No limit"));
        let max_users = Field { open: true, ..Field::one_of(fields::MAX_USERS, &limit, &sizes) };
        [
            Field::boolean(fields::MEMBERS_ONLY, self.members_only).label("Only members may enter"),
            Field::boolean(fields::PASSWORD_PROTECTED, self.password.is_some()).label("A password is needed to enter"),
            Field::private(fields::SECRET, self.password.as_deref().unwrap_or_default()).label("Password"),
            max_users.label("Most people at a time"),
            Field::boolean(fields::ALLOW_INVITES, self.invites_allowed()).label("People may invite others"),
            Field::boolean(fields::MODERATED, self.moderated)
                .label("Newcomers may not speak until they are given voice"),
            Field::boolean(fields::MUTE_ANONYMOUS, self.mute_anonymous)
                .label("People without an account may not speak"),
        ]
    }

    fn conversation_fields(&self) -> [Field; 12] {
        let whois = match self.whois {
            Whois::Moderators => "moderators",
            Whois::Anyone => "anyone",
        };
        let allow_pm = match self.allow_pm {
            AllowPm::Anyone => "anyone",
            AllowPm::Participants => "participants",
            AllowPm::Moderators => "moderators",
            AllowPm::None => "none",
        };
        let (mode, broadcast) = match self.presence {
            PresenceBroadcast::Auto => ("auto", Roles::ALL),
            PresenceBroadcast::Fixed(roles) => ("fixed", roles),
        };
        let whois_options = [("moderators", "Moderators only"), ("anyone", "Anyone")];
        let pm_options = [
            ("anyone", "Anyone"),
            ("participants", "Anyone with voice"),
            ("moderators", "Moderators only"),
            ("none", "Nobody"),
        ];
        let mode_options = [("auto", "By the size of the room"), ("fixed", "Always these")];
        [
            Field::one_of(fields::WHOIS, whois, &whois_options).label("Who may see people’s addresses"),
            Field::boolean(fields::CHANGE_SUBJECT, self.change_subject).label("Participants may change the subject"),
            Field::one_of(fields::ALLOW_PM, allow_pm, &pm_options).label("Who may send private messages"),
            Field::boolean(fields::LOGGING, self.archiving).label("Keep what is said, for people who come later"),
            Field::one_of(fields::PRESENCE_MODE, mode, &mode_options).label("Who appears in the list of people"),
            Field::any_of(
                fields::PRESENCE_BROADCAST,
                broadcast.names().chain(self.show_absent.then_some("none")),
                &[ROLES.as_slice(), &[("none", "Members who are away")]].concat(),
            )
            .label("Roles that appear in it"),
            Field::any_of(fields::MEMBER_LIST, self.member_list.names(), &ROLES)
                .label("Roles that may see the list of members"),
            number(fields::HISTORY_MAX, self.history_max).label("Most past messages shown to who enters"),
            number(fields::HISTORY_DEFAULT, self.history_default)
                .label("Past messages shown to who does not ask for a number"),
            number(fields::SLOW_MODE, self.slow_mode)
                .label("Seconds that everybody waits between two messages; 0 for none, at most 1000"),
            Field::boolean(fields::EMOJI_ONLY, self.emoji_only).label("Messages may hold emoji only"),
            Field::boolean(fields::SAMPLING, self.sampling)
                .label("Those who only watch may miss messages while the server has too much to do"),
        ]
    }
}

impl Roles {
    /// The names of the roles, as forms have them.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        [("moderator", self.moderator), ("participant", self.participant), ("visitor", self.visitor)]
            .into_iter()
            .filter_map(|(name, is_in)| is_in.then_some(name))
    }
}

fn number(var: &'static str, value: u32) -> Field {
    Field::new(var, FieldType::TextSingle).value(value.to_string())
}
