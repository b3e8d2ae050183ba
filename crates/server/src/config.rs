//! The configuration: a TOML file, with an environment variable for every key.
//!
//! Enters: the text of the file and the variables. Leaves: a [`Config`] whose every value has been checked, alone and
//! against the others, or every mistake that there is, each with its place and what would be right. A key that does
//! not exist is a mistake: a bound that is silently not there is worse than a server that does not start.

mod frames;
mod limits;
mod load;
mod parts;
mod reference;
mod section;
mod sections;
mod types;
mod validate;
mod value;

pub use frames::FrameAncestors;
pub use limits::Limits;
pub use load::{ConfigError, Mistake};
pub use reference::reference;
pub use section::Key;
pub use sections::{Api, Auth, C2s, Contacts, History, Http, Rooms, Top};
pub use types::{Bound, Cidr, Create, Listen, Retention, Secret};

/// Everything that an operator can set. Its default is what `parterre serve` runs with when there is no file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The keys before the first table.
    pub top: Top,
    /// `[http]`.
    pub http: Http,
    /// `[c2s]`; `None` where the file has no such section: no TCP clients.
    pub c2s: Option<C2s>,
    /// `[auth]`.
    pub auth: Auth,
    /// `[rooms]`.
    pub rooms: Rooms,
    /// `[history]`.
    pub history: History,
    /// `[api]`.
    pub api: Api,
    /// `[contacts]`.
    pub contacts: Contacts,
    /// `[limits]`.
    pub limits: Limits,
}

impl Config {
    /// The domain of accounts: `D`.
    pub fn domain(&self) -> &str {
        &self.top.domain
    }

    /// The domain of anonymous people: `anon.D`.
    pub fn anonymous_domain(&self) -> String {
        format!("anon.{}", self.top.domain)
    }

    /// The domain of rooms: `room.D`.
    pub fn rooms_domain(&self) -> String {
        format!("room.{}", self.top.domain)
    }
}

#[cfg(test)]
mod tests;
