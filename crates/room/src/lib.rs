//! A multi-user chat room (XEP-0045) as a deterministic state machine: `(state, command) → (state, effects)`.
//!
//! Enters: [`Command`]s in log order. Leaves: [`Effect`]s. It never does I/O, reads no clock, draws no random
//! number, and no command, however hostile, makes it panic.

mod admin;
mod affiliation;
mod archive;
mod audience;
pub mod command;
pub mod config;
pub mod defaults;
pub mod disco;
pub mod effect;
mod emoji;
mod identity;
mod invite;
mod iq;
mod join;
mod lasting;
mod leave;
mod listing;
pub mod mam;
mod message;
mod moderation;
mod names;
mod nick;
mod occupants;
mod owner;
mod policy;
mod presence;
mod private;
mod recent;
mod register;
mod removal;
mod role;
mod room;
pub mod rsm;
mod sanctions;
mod slow;
mod snapshot;
mod stamp;
mod strain;
mod subject;
mod vcard;
mod voice;
mod witnesses;

pub use affiliation::Listed;
pub use archive::MAX_PAGE;
pub use command::{Action, Command, LogId, Origin, Sender, SessionId};
pub use config::RoomConfig;
pub use defaults::RoomDefaults;
pub use effect::{ArchiveQuery, ArchivedMessage, Audience, Change, Effect, Recall};
pub use policy::Policy;
pub use recent::RECENT;
pub use room::{Present, Room};
pub use snapshot::{Past, RestoreError, Snapshot};
pub use strain::Strain;

/// A lasting relation of an account to the room (XEP-0045 §5.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Affiliation {
    /// Banned.
    Outcast,
    /// Nobody in particular.
    #[default]
    None,
    /// On the list of a members-only room.
    Member,
    /// May moderate, and manage lists.
    Admin,
    /// May do everything.
    Owner,
}

/// What an occupant may do while present (XEP-0045 §5.1). An occupant without a role is not an occupant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// May watch.
    Visitor,
    /// May speak.
    Participant,
    /// May remove messages and people.
    Moderator,
}
