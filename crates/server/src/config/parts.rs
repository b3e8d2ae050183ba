//! What the parts of the server are given of the configuration, in their own terms.

use parterre_room::{Policy, RoomConfig};

use super::Config;
use crate::services::{self, Contacts, Settings};

impl Config {
    /// What holds for every room.
    pub fn room_policy(&self) -> Policy {
        let (rooms, limits) = (&self.rooms, &self.limits);
        Policy {
            history_on_join: self.history.on_join,
            presence_everyone_up_to: rooms.presence_everyone_up_to,
            presence_speakers_up_to: rooms.presence_speakers_up_to,
            chat_states_up_to: rooms.chat_states_up_to,
            max_occupants: limits.room_occupants.get().unwrap_or(0),
            max_nick_chars: limits.nick_chars,
            max_subject_bytes: limits.subject_bytes,
            max_reason_bytes: limits.reason_bytes,
            max_given_bytes: limits.outgoing_queue_bytes / 2,
            max_vcard_bytes: limits.vcard_bytes,
            max_affiliations: limits.room_affiliations,
            max_items: limits.room_list_changes,
            max_sanctions: limits.room_sanctions,
            max_listed: limits.room_listed,
            anonymous_ban: rooms
                .anonymous_ban
                .map_or(0, |longest| u32::try_from(longest.as_secs()).unwrap_or(u32::MAX)),
            max_sessions_per_nick: limits.sessions_per_nick,
            audience_interval: rooms.audience_interval.as_secs() as u32,
            anonymous_nick: format!("{} ", rooms.anonymous_nick),
        }
    }

    /// What a room starts with that nobody has configured.
    pub fn room_config(&self) -> RoomConfig {
        let on_join = self.history.on_join as u32;
        let usual = RoomConfig::default();
        RoomConfig { history_default: on_join, history_max: usual.history_max.max(on_join), ..usual }
    }

    /// What the services besides rooms need to know.
    pub fn service_settings(&self) -> Settings {
        let (limits, contacts) = (&self.limits, &self.contacts);
        Settings {
            domain: self.top.domain.clone(),
            contacts: Contacts {
                abuse: contacts.abuse.clone(),
                admin: contacts.admin.clone(),
                feedback: contacts.feedback.clone(),
                sales: contacts.sales.clone(),
                security: contacts.security.clone(),
                status: contacts.status.clone(),
                support: contacts.support.clone(),
            },
            limits: services::Limits {
                roster_items: limits.roster_items,
                roster_groups: limits.roster_groups,
                roster_name_chars: limits.roster_name_chars,
                blocked: limits.blocklist_items,
                private_items: limits.private_items,
                private_bytes: limits.private_bytes,
                vcard_bytes: limits.vcard_bytes,
                pep_nodes: limits.pep_nodes,
                pep_items: limits.pep_items,
                pep_bytes: limits.pep_bytes,
                offline_messages: limits.offline_messages,
                offline_bytes: limits.offline_bytes,
                directed_presences: limits.directed_presences,
                idle_accounts: limits.idle_accounts,
                capabilities: limits.capabilities,
                page_bytes: limits.outgoing_queue_bytes / 2,
                listed_rooms: limits.listed_rooms,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_take_the_limits_of_the_file() {
        let config = Config::read("p.toml", "[limits]\nblocklist_items = 7\n[contacts]\nabuse = [\"mailto:a@b\"]", []);
        let settings = config.unwrap().service_settings();
        assert_eq!((settings.limits.blocked, settings.contacts.abuse), (7, vec!["mailto:a@b".to_owned()]));
    }
}
