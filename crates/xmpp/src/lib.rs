//! XMPP on the wire: XML, framing, addresses, errors, SASL.
//!
//! Everything here is a function over values. No I/O, no clock, no randomness: what needs them is handed them.

pub mod bosh;
pub mod element;
pub mod error;
pub mod forms;
pub mod framing;
pub mod jid;
pub mod ns;
pub mod parse;
pub mod sasl;
pub mod time;
pub mod websocket;
pub mod wire;

pub use element::{Attribute, Element, Node};
pub use error::{Condition, ErrorType, StanzaError, StreamCondition, StreamError, reply};
pub use jid::{BareJid, FullJid, Jid};
pub use time::Timestamp;
pub use wire::{ToAttribute, Wire};
