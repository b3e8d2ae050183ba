//! What the site and the API ask of the rooms.

use std::future::Future;
use std::pin::Pin;

use parterre_room::Action;
use parterre_store::StoredAffiliation;
use parterre_xmpp::{BareJid, Timestamp};

/// An answer to come, `'static` and for any thread.
pub type Answer<T> = Pin<Box<dyn Future<Output = T> + Send + 'static>>;

/// Fields of the owner's form: each with its name and its values.
pub type Fields = Vec<(String, Vec<String>)>;

/// What became of something that was asked of a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// It is done, and kept.
    Yes,
    /// It cannot be: see the question.
    No,
    /// The store could not keep it, so it was not done; or the server stops.
    NotKept,
}

/// The rooms of this server, as an operator reaches them. Names are local parts in their prepared form.
pub trait Rooms: Send + Sync + 'static {
    /// All rooms that exist, in any order.
    fn list(&self) -> Vec<Summary>;

    /// One room.
    fn find(&self, room: &str) -> Option<Summary>;

    /// Makes a room with that configuration, persistent unless the configuration says otherwise. No: it exists.
    fn create(&self, room: &str, configuration: Fields) -> Answer<Done>;

    /// Has a room carry out an action. No: there is no such room.
    fn operate(&self, room: &str, action: Action) -> Answer<Done>;

    /// A room's lists. `None`: there is no such room.
    fn affiliations(&self, room: &str) -> Answer<Option<Vec<StoredAffiliation>>>;

    /// When something was last said in a room that its archive keeps.
    fn last_activity(&self, room: &str) -> Answer<Option<Timestamp>>;

    /// Ends the sessions of an account, and takes none of its signed tokens any more that were issued until now. Gives how
    /// many sessions there were.
    fn disconnect(&self, account: &BareJid, reason: Option<&str>) -> usize;

    /// How many sessions there are, connected or waiting to be resumed.
    fn sessions(&self) -> usize;

    /// What keeps the server from doing its work, in words for the operator; `None` if all is well.
    fn trouble(&self) -> Option<String>;
}

/// What a list of rooms says of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Local part of its address.
    pub name: String,
    /// Its title; the name where it has none.
    pub title: String,
    /// Whether it is listed for everybody.
    pub public: bool,
    /// How many are in it, those who only watch among them.
    pub occupants: usize,
}
