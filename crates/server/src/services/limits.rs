//! What one account may keep and do: every bound of the services has its name here.

/// The bounds. Counts are numbers of entries, bytes are of XML as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Contacts in a roster, unanswered subscription requests included.
    pub roster_items: usize,
    /// Groups of one contact.
    pub roster_groups: usize,
    /// Characters of a contact's name or of a group's.
    pub roster_name_chars: usize,
    /// Addresses in a block list, and in each list of what is archived.
    pub blocked: usize,
    /// Elements in private storage (XEP-0049).
    pub private_items: usize,
    /// Bytes in private storage.
    pub private_bytes: usize,
    /// Bytes of a vCard, its picture included.
    pub vcard_bytes: usize,
    /// Nodes of an account's personal eventing.
    pub pep_nodes: usize,
    /// Items of one node; what `max_items` = `max` means.
    pub pep_items: usize,
    /// Bytes of all items of one node.
    pub pep_bytes: usize,
    /// Messages kept for an account that is away.
    pub offline_messages: usize,
    /// Bytes of the messages kept for an account that is away.
    pub offline_bytes: usize,
    /// Addresses to which one session may have sent directed presence.
    pub directed_presences: usize,
    /// Accounts whose roster and lists are kept at hand though nobody uses them.
    pub idle_accounts: usize,
    /// Sets of client capabilities that are remembered by their hash (XEP-0115).
    pub capabilities: usize,
    /// Bytes of an archive page that are given at once.
    pub page_bytes: usize,
    /// Rooms on one page of the list of public rooms.
    pub listed_rooms: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            roster_items: 500,
            roster_groups: 20,
            roster_name_chars: 256,
            blocked: 500,
            private_items: 50,
            private_bytes: 128 * 1024,
            vcard_bytes: 64 * 1024,
            pep_nodes: 50,
            pep_items: 256,
            pep_bytes: 256 * 1024,
            offline_messages: 100,
            offline_bytes: 256 * 1024,
            directed_presences: 100,
            idle_accounts: 1_000,
            capabilities: 2_000,
            page_bytes: 131_072,
            listed_rooms: 100,
        }
    }
}
