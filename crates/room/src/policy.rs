//! What the server's configuration says about all rooms: thresholds and bounds, each with its name.

/// Bounds and thresholds that hold for every room of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How many messages of history a joining client gets that asks for no other number (`history.on_join`).
    pub history_on_join: usize,
    /// Up to so many occupants, presence mode `auto` announces everyone.
    pub presence_everyone_up_to: usize,
    /// Up to so many occupants, presence mode `auto` announces those who have spoken; beyond, moderators only.
    pub presence_speakers_up_to: usize,
    /// In rooms of more occupants, messages that hold nothing but a chat state are dropped.
    pub chat_states_up_to: usize,
    /// How many occupants a room takes whose configuration names no number; 0: no limit.
    pub max_occupants: usize,
    /// Longest nick, in characters.
    pub max_nick_chars: usize,
    /// Longest subject, in bytes.
    pub max_subject_bytes: usize,
    /// Longest reason that is passed on or kept, in bytes; what is longer is cut.
    pub max_reason_bytes: usize,
    /// Bytes of history or of an archive page that are given at once. It has to fit what may wait for a client, or those
    /// who join a room of long messages would be taken for slow readers.
    pub max_given_bytes: usize,
    /// Largest vCard of a room, in bytes of XML.
    pub max_vcard_bytes: usize,
    /// Most entries in the affiliation lists of a room.
    pub max_affiliations: usize,
    /// Most items in one request to change lists or roles.
    pub max_items: usize,
    /// Most mutes and timed bans of a room.
    pub max_sanctions: usize,
    /// Most items in one answer about who has which role.
    pub max_listed: usize,
    /// For how many seconds at most a ban or mute of somebody without an account lasts, which is then for where they
    /// come from as well; 0: for their address alone, which is another at the next login.
    pub anonymous_ban: u32,
    /// Most sessions under one nick.
    pub max_sessions_per_nick: usize,
    /// The audience's size is told at most this often, in seconds; 0: never.
    pub audience_interval: u32,
    /// What nicks of people who have chosen none look like: this, and digits after it.
    pub anonymous_nick: String,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            history_on_join: 20,
            presence_everyone_up_to: 50,
            presence_speakers_up_to: 500,
            chat_states_up_to: 50,
            max_occupants: 0,
            max_nick_chars: 64,
            max_subject_bytes: 1024,
            max_reason_bytes: 1024,
            max_given_bytes: 131_072,
            max_vcard_bytes: 65_536,
            max_affiliations: 10_000,
            max_items: 100,
            max_sanctions: 1_000,
            max_listed: 200,
            anonymous_ban: 86_400,
            max_sessions_per_nick: 10,
            audience_interval: 5,
            anonymous_nick: "Anonymous ".to_owned(),
        }
    }
}

impl Policy {
    /// How many messages a room wants from the store when it is opened.
    pub fn recent_messages(&self) -> usize {
        crate::RECENT.max(self.history_on_join)
    }

    /// Whether a nick is one that its bearer has not chosen.
    pub fn is_anonymous_nick(&self, nick: &str) -> bool {
        nick.strip_prefix(&self.anonymous_nick)
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_prefix_and_digits_make_an_anonymous_nick() {
        let policy = Policy::default();
        assert!(policy.is_anonymous_nick("Anonymous 123456"));
        for chosen in ["Anonymous", "Anonymous ", "Anonymous 12a", "anonymous 12", "X Anonymous 1", "Anonymous １"] {
            assert!(!policy.is_anonymous_nick(chosen), "{chosen}");
        }
    }
}
