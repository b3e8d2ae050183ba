//! The addresses of the old server in the terms of the new one.
//!
//! Enters: an address there. Leaves: the same person's here. Where both serve one domain, nothing changes.

use parterre_xmpp::BareJid;

/// The domains on both sides.
pub(super) struct Domains {
    /// What the other server's rooms are under: `room.D`.
    pub(super) rooms: String,
    /// What ours are under.
    pub(super) our_rooms: String,
    theirs: String,
    ours: String,
}

impl Domains {
    /// `rooms`: the host of the rooms there; the accounts are one label up.
    pub(super) fn new(rooms: String, our_rooms: String, ours: &str) -> Self {
        let theirs = rooms.split_once('.').map_or(rooms.as_str(), |(_, domain)| domain).to_owned();
        Domains { rooms, our_rooms, theirs, ours: ours.to_owned() }
    }

    /// The person of an address there; `None` if it is none.
    pub(super) fn person(&self, address: &str) -> Option<BareJid> {
        let address = address.split('/').next().unwrap_or_default();
        let (node, domain) = address.rsplit_once('@').map_or((None, address), |(node, domain)| (Some(node), domain));
        let domain = self.domain(domain);
        BareJid::new(&node.map_or(domain.clone(), |node| format!("{node}@{domain}"))).ok()
    }

    fn domain(&self, domain: &str) -> String {
        match domain.strip_suffix(self.theirs.as_str()) {
            Some("") => self.ours.clone(),
            Some(part) if part.ends_with('.') => format!("{part}{}", self.ours),
            _ => domain.to_owned(),
        }
    }

    /// Whether an address is of the host `part.D` there.
    pub(super) fn is_of(&self, address: &str, part: &str) -> bool {
        let domain = address.rsplit_once('@').map_or(address, |(_, domain)| domain);
        domain.strip_suffix(self.theirs.as_str()) == Some(&format!("{part}."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_come_along_when_the_domain_changes() {
        let domains = Domains::new("room.old.example".into(), "room.new.example".into(), "new.example");
        let person = |address| domains.person(address).map(|jid| jid.to_string());
        assert_eq!(person("romeo@old.example/phone").as_deref(), Some("romeo@new.example"));
        assert_eq!(person("x+y@external.old.example").as_deref(), Some("x+y@external.new.example"));
        assert_eq!(person("spam.example").as_deref(), Some("spam.example"));
        assert_eq!(person("a@bold.example").as_deref(), Some("a@bold.example"));
        assert_eq!(person("a@"), None);
        assert!(domains.is_of("x@anon.old.example", "anon") && !domains.is_of("x@old.example", "anon"));
    }
}
