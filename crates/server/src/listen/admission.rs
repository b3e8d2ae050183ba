//! Who may connect: how many connections there are, in all and from each address.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::config::{Bound, Cidr};

/// Counts connections. Cloning gives another handle on the same counts.
#[derive(Clone)]
pub struct Admission(Arc<Counts>);

struct Counts {
    addresses: Mutex<Table>,
    total_bound: Bound,
    address_bound: Bound,
    uncounted: Vec<Cidr>,
}

#[derive(Default)]
struct Table {
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// A connection that was let in; dropping it makes room for another.
pub struct Admitted {
    admission: Admission,
    counted: Option<IpAddr>,
}

/// Why a connection is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Full {
    /// `limits.connections` is reached.
    #[error("the server has as many connections as it is allowed to have")]
    Server,
    /// `limits.connections_per_address` is reached.
    #[error("there are too many connections from this address")]
    Address,
}

impl Admission {
    /// Nobody is here yet. Addresses in `uncounted` (trusted proxies) have no bound of their own.
    pub fn new(total: Bound, per_address: Bound, uncounted: Vec<Cidr>) -> Self {
        Admission(Arc::new(Counts {
            addresses: Mutex::default(),
            total_bound: total,
            address_bound: per_address,
            uncounted,
        }))
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.addresses.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a connection in, or says why not. `None`: there is no address to count (a unix socket).
    pub fn admit(&self, address: Option<IpAddr>) -> Result<Admitted, Full> {
        let counted = address.filter(|address| !self.trusts(*address)).map(network);
        let mut table = self.table();
        if table.total >= self.0.total_bound.or_max() {
            return Err(Full::Server);
        }
        if let Some(address) = counted {
            let count = table.by_address.entry(address).or_default();
            if *count >= self.0.address_bound.or_max() {
                return Err(Full::Address);
            }
            *count += 1;
        }
        table.total += 1;
        Ok(Admitted { admission: self.clone(), counted })
    }

    /// Whether that address is a proxy's, which is believed about whom it speaks for.
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.0.uncounted.iter().any(|proxies| proxies.contains(address))
    }

    /// The client's address: that of the last hop before the proxies that are trusted (the rightmost entry of
    /// `X-Forwarded-For` that is not one of theirs), if `peer` is one of them; else `peer` itself. What came to one of them
    /// over a unix socket came from another on its machine.
    pub fn client(
        &self,
        peer: Option<IpAddr>,
        forwarded_for: impl DoubleEndedIterator<Item = String>,
    ) -> Option<IpAddr> {
        if peer.is_some_and(|peer| !self.trusts(peer)) {
            return peer;
        }
        let mut client = peer;
        for entry in forwarded_for.rev().filter(|entry| !is_local(entry)) {
            // Something that is no address: what stands before it is not vouched for.
            let Some(address) = parse_hop(&entry) else { break };
            client = Some(address);
            if !self.trusts(address) {
                break;
            }
        }
        client
    }
}

/// Whether the peer of a connection is a proxy of the same site, by where it is and what it says: on this machine or in a
/// private network, as nginx has an address there in a container of its own, and `X-Forwarded-For` ends with somebody
/// else. A browser does not send that header: whoever comes directly from a private network is taken for themselves, and
/// one that lies there hides its own address and no other's.
pub fn is_near_proxy(peer: IpAddr, forwarded_for: &str) -> bool {
    let is_near = match peer.to_canonical() {
        IpAddr::V4(peer) => peer.is_loopback() || peer.is_private() || peer.is_link_local(),
        IpAddr::V6(peer) => peer.is_loopback() || peer.is_unique_local() || peer.is_unicast_link_local(),
    };
    let last = forwarded_for.rsplit(',').find(|entry| !is_local(entry)).and_then(parse_hop);
    is_near && last.is_some_and(|client| client != peer.to_canonical())
}

/// Whether an entry of `X-Forwarded-For` is how nginx names who is at the other end of a unix socket.
fn is_local(entry: &str) -> bool {
    entry.trim() == "unix:"
}

/// An entry of `X-Forwarded-For`: an address, with a port or brackets as some proxies write it.
fn parse_hop(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim();
    let bare = entry.strip_prefix('[').and_then(|rest| rest.split(']').next()).unwrap_or(entry);
    let address: Option<IpAddr> = bare.parse().ok();
    address.or_else(|| entry.parse::<std::net::SocketAddr>().ok().map(|socket| socket.ip())).map(|a| a.to_canonical())
}

/// What counts as one address: an IPv4 address, or the /64 that an IPv6 site has at least.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut table = self.admission.table();
        table.total = table.total.saturating_sub(1);
        let Some(address) = self.counted else { return };
        if let Entry::Occupied(mut entry) = table.by_address.entry(address) {
            *entry.get_mut() = entry.get().saturating_sub(1);
            if *entry.get() == 0 {
                entry.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admission(per_address: usize) -> Admission {
        let local = Cidr::parse("127.0.0.0/8").unwrap();
        Admission::new(Bound::from_number(4), Bound::from_number(per_address), vec![local])
    }

    fn address(text: &str) -> Option<IpAddr> {
        text.parse().ok()
    }

    #[test]
    fn an_address_is_bounded_and_a_departure_makes_room() {
        let admission = admission(2);
        let first = admission.admit(address("192.0.2.1")).unwrap();
        let _second = admission.admit(address("192.0.2.1")).unwrap();
        assert_eq!(admission.admit(address("192.0.2.1")).err(), Some(Full::Address));
        let _other = admission.admit(address("192.0.2.2")).unwrap();
        drop(first);
        assert!(admission.admit(address("192.0.2.1")).is_ok());
    }

    #[test]
    fn an_ipv6_site_is_one_address() {
        let admission = admission(1);
        let _one = admission.admit(address("2001:db8:1:2::1")).unwrap();
        assert_eq!(admission.admit(address("2001:db8:1:2:ffff::9")).err(), Some(Full::Address));
        assert!(admission.admit(address("2001:db8:1:3::1")).is_ok());
    }

    #[test]
    fn proxies_are_not_counted_but_the_total_holds_for_all() {
        let admission = admission(1);
        let all: Vec<_> = (0..4).map(|_| admission.admit(address("127.0.0.1")).unwrap()).collect();
        assert_eq!(admission.admit(address("127.0.0.1")).err(), Some(Full::Server));
        drop(all);
        assert!(admission.admit(None).is_ok());
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let admission = admission(1);
        let hops = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>().into_iter();
        assert_eq!(admission.client(address("198.51.100.7"), hops("203.0.113.9")), address("198.51.100.7"));
        assert_eq!(admission.client(address("127.0.0.1"), hops("6.6.6.6, 203.0.113.9")), address("203.0.113.9"));
        assert_eq!(admission.client(address("127.0.0.1"), hops("203.0.113.9, 127.0.0.3")), address("203.0.113.9"));
        for nonsense in ["nonsense", "203.0.113.9, nonsense", "203.0.113.9,", ""] {
            assert_eq!(admission.client(address("127.0.0.1"), hops(nonsense)), address("127.0.0.1"), "{nonsense}");
        }
        assert_eq!(admission.client(address("127.0.0.1"), hops("nonsense, 203.0.113.9")), address("203.0.113.9"));
        assert_eq!(admission.client(address("127.0.0.1"), hops("[2001:db8::1]:443")), address("2001:db8::1"));
        assert_eq!(admission.client(None, hops("203.0.113.9:1234")), address("203.0.113.9"));
        assert_eq!(admission.client(address("127.0.0.1"), hops("203.0.113.9, unix:")), address("203.0.113.9"));
        assert_eq!(admission.client(None, hops("6.6.6.6, unix:, 203.0.113.9")), address("203.0.113.9"));
    }

    #[test]
    fn a_neighbour_who_speaks_for_another_is_a_proxy() {
        let is_proxy = |peer: &str, forwarded_for: &str| is_near_proxy(peer.parse().unwrap(), forwarded_for);
        for near in ["127.0.0.1", "10.0.0.2", "172.18.0.5", "192.168.1.1", "169.254.0.2", "::1", "fd00::2", "fe80::1"] {
            assert!(is_proxy(near, "203.0.113.9"), "{near}");
            assert!(is_proxy(near, "nonsense, 192.168.1.7"), "{near}");
            assert!(is_proxy(near, "203.0.113.9, unix:"), "{near}");
            for by_itself in ["", near, "nonsense", "unix:", "203.0.113.9, ", &format!("203.0.113.9, {near}")] {
                assert!(!is_proxy(near, by_itself), "{near}: {by_itself}");
            }
        }
        assert!(!is_proxy("::ffff:172.18.0.5", "172.18.0.5"));
        assert!(is_proxy("::ffff:172.18.0.5", "::ffff:203.0.113.9"));
        for far in ["203.0.113.7", "172.32.0.1", "100.64.0.1", "2001:db8::1", "0.0.0.0"] {
            assert!(!is_proxy(far, "198.51.100.9"), "{far}");
        }
    }
}
