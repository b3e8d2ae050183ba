//! What the parts of the server are given of the configuration, in their own terms.

use super::Config;
use crate::services::{self, Contacts, Settings};

impl Config {
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
        let config = Config::read(
            "p.toml",
            "[limits]\nblocklist_items = 7\n[contacts]\nabuse = [\"mailto:a@b\"]",
            [],
        );
        let settings = config.unwrap().service_settings();
        assert_eq!(
            (settings.limits.blocked, settings.contacts.abuse),
            (7, vec!["mailto:a@b".to_owned()])
        );
    }
}
