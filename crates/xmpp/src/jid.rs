//! Addresses (RFC 7622): `local@domain/resource`.
//!
//! Enters: text. Leaves: an address in its one prepared form, so that two are the same if their texts are. Local parts
//! and domains are prepared as RFC 6122 has it, by Unicode 3.2, as the accounts of other servers are; resources, which
//! are people's nicks in rooms, by PRECIS (RFC 7622 §3.4) and today's Unicode, so that a nick may hold an emoji.
//!
//! Neither a local part nor a domain can hold `@` or `/`, so an address is kept as its text and nothing else.

pub mod precis;

use core::net::{Ipv4Addr, Ipv6Addr};
use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

/// Most bytes of each part (RFC 7622 §3.2–§3.4).
const MAX_PART: usize = 1023;

/// Why a text is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The local part cannot be prepared, is empty or too long.
    #[error("the part before the @ is empty, too long, or holds what none may hold")]
    Node,
    /// The domain is none.
    #[error("the domain is not one")]
    Domain,
    /// The resource cannot be prepared, is empty or too long.
    #[error("the part after the / is empty, too long, or holds what none may hold")]
    Resource,
    /// A full address was wanted.
    #[error("the address has no resource")]
    NoResource,
    /// A bare address was wanted.
    #[error("the address has a resource")]
    HasResource,
}

fn bounded(part: Cow<'_, str>, error: Error) -> Result<Cow<'_, str>, Error> {
    if part.is_empty() || part.len() > MAX_PART { Err(error) } else { Ok(part) }
}

fn node(text: &str) -> Result<Cow<'_, str>, Error> {
    bounded(stringprep::nodeprep(text).map_err(|_| Error::Node)?, Error::Node)
}

fn domain(text: &str) -> Result<Cow<'_, str>, Error> {
    let is_v6 = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    if text.parse::<Ipv4Addr>().is_ok() || is_v6.is_some_and(|v6| v6.parse::<Ipv6Addr>().is_ok()) {
        return Ok(text.into());
    }
    // The final dot of a name says nothing (RFC 7622 §3.2).
    let text = text.strip_suffix('.').unwrap_or(text);
    Uts46::new()
        .to_ascii(text.as_bytes(), AsciiDenyList::URL, Hyphens::Check, DnsLength::Verify)
        .map_err(|_| Error::Domain)?;
    bounded(stringprep::nameprep(text).map_err(|_| Error::Domain)?, Error::Domain)
}

fn resource(text: &str) -> Result<Cow<'_, str>, Error> {
    bounded(precis::opaque_string(text).map_err(|_| Error::Resource)?, Error::Resource)
}

macro_rules! part {
    ($(#[$doc:meta])* $Name:ident, $prepare:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $Name(Box<str>);

        impl $Name {
            /// The part in its prepared form.
            pub fn new(text: &str) -> Result<Self, Error> {
                Ok(Self($prepare(text)?.into()))
            }

            /// Its text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

part!(
    /// A local part: whose account, or which room.
    NodePart, node
);
part!(
    /// A domain.
    DomainPart, domain
);
part!(
    /// A resource: which connection of an account, or which occupant of a room.
    ResourcePart, resource
);

/// An address cut at its signs: local part, domain, resource.
fn cut(text: &str) -> (Option<&str>, &str, Option<&str>) {
    let (bare, resource) = match text.split_once('/') {
        Some((bare, resource)) => (bare, Some(resource)),
        None => (text, None),
    };
    match bare.split_once('@') {
        Some((node, domain)) => (Some(node), domain, resource),
        None => (None, bare, resource),
    }
}

fn prepare(text: &str) -> Result<Box<str>, Error> {
    let (local, host, rest) = cut(text);
    let local = local.map(node).transpose()?;
    let host = domain(host)?;
    let rest = rest.map(resource).transpose()?;
    let len =
        local.as_ref().map_or(0, |part| part.len() + 1) + host.len() + rest.as_ref().map_or(0, |part| part.len() + 1);
    let mut whole = String::with_capacity(len);
    if let Some(local) = local {
        whole.push_str(&local);
        whole.push('@');
    }
    whole.push_str(&host);
    if let Some(rest) = rest {
        whole.push('/');
        whole.push_str(&rest);
    }
    Ok(whole.into())
}

/// An address with or without a resource.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Jid(Box<str>);

/// An address without a resource: an account, a room, a domain.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BareJid(Jid);

/// An address with a resource: a session, an occupant.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FullJid(Jid);

macro_rules! address {
    ($($Name:ident)*) => { $(
        impl fmt::Display for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($Name), self.as_str())
            }
        }

        impl FromStr for $Name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                Self::new(text)
            }
        }
    )* };
}

address! { Jid BareJid FullJid }

macro_rules! is_jid {
    ($($Name:ident)*) => { $(
        impl Deref for $Name {
            type Target = Jid;

            fn deref(&self) -> &Jid {
                &self.0
            }
        }

        impl From<$Name> for Jid {
            fn from(jid: $Name) -> Self {
                jid.0
            }
        }

        impl PartialEq<$Name> for Jid {
            fn eq(&self, other: &$Name) -> bool {
                *self == other.0
            }
        }
    )* };
}

is_jid! { BareJid FullJid }

impl Jid {
    /// Prepares an address.
    pub fn new(text: &str) -> Result<Self, Error> {
        prepare(text).map(Jid)
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The local part.
    pub fn node(&self) -> Option<&str> {
        cut(&self.0).0
    }

    /// The domain.
    pub fn domain(&self) -> &str {
        cut(&self.0).1
    }

    /// The resource.
    pub fn resource(&self) -> Option<&str> {
        cut(&self.0).2
    }

    /// Whether it has a resource.
    pub fn is_full(&self) -> bool {
        self.0.contains('/')
    }

    /// The address without its resource.
    pub fn to_bare(&self) -> BareJid {
        let bare = self.0.split_once('/').map_or(&*self.0, |(bare, _)| bare);
        BareJid(Jid(bare.into()))
    }

    /// The address without its resource.
    pub fn into_bare(self) -> BareJid {
        if self.is_full() { self.to_bare() } else { BareJid(self) }
    }
}

impl BareJid {
    /// Prepares an address that has no resource.
    pub fn new(text: &str) -> Result<Self, Error> {
        if text.contains('/') { Err(Error::HasResource) } else { Jid::new(text).map(BareJid) }
    }

    /// The address of these parts.
    pub fn from_parts(node: Option<&NodePart>, domain: &DomainPart) -> Self {
        let domain = domain.as_str();
        BareJid(Jid(node.map_or_else(|| domain.into(), |node| format!("{}@{domain}", node.as_str()).into())))
    }

    /// The address of one of its sessions or occupants.
    pub fn with_resource(&self, resource: &ResourcePart) -> FullJid {
        FullJid(Jid(format!("{self}/{}", resource.as_str()).into()))
    }
}

impl FullJid {
    /// Prepares an address that has a resource.
    pub fn new(text: &str) -> Result<Self, Error> {
        if text.contains('/') { Jid::new(text).map(FullJid) } else { Err(Error::NoResource) }
    }
}

#[cfg(test)]
mod tests;
