//! What Parterre keeps: rooms and what was said in them, accounts, and the small XML documents of people.
//!
//! Enters: changes, in the order in which they were decided. Leaves: pages of the past, and the promise that a
//! change is on the disk. It must never resolve a commit before the change is durable, and never give a message
//! a place in the archive that another one had.

pub mod error;
mod matching;
pub mod memory;
pub mod sqlite;
pub mod store;

pub use error::StoreError;
pub use memory::MemoryStore;
pub use sqlite::{Examined, Holder, Options, SqliteStore};
pub use store::{Bound, Credentials, Document, Full, Keys, Pending, Pruned, Store, StoredAffiliation, StoredRoom};
