//! Transports: byte pipes, and the framings that carry XMPP over them.
//!
//! Enters: readiness and bytes from the network. Leaves: elements, and framed bytes written at once where the
//! peer takes them. This is the seam at which a socket, a TLS session, a socket handed over by another process
//! and an in-memory pair are the same thing. It never looks inside a stanza.

pub mod memory;
pub mod pipe;
pub mod rewind;

pub mod link;

pub use link::{Framing, Link};
pub use pipe::{ParkedPipe, Pipe};
