//! What the server keeps of a password (RFC 5802 §3): enough to check it, not enough to log in with it.

use std::fmt;

use super::digest::{Hash, equal, hmac_sha256};
use super::prepared;

/// The two keys that SCRAM keeps for one hash function.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyPair {
    /// `StoredKey`: checks the client's proof.
    pub stored: Vec<u8>,
    /// `ServerKey`: signs the server's answer.
    pub server: Vec<u8>,
}

/// The keys of one account, for both hash functions, under one salt.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredKeys {
    /// The salt, random per password.
    pub salt: Vec<u8>,
    /// PBKDF2 rounds.
    pub iterations: u32,
    /// Keys of the SCRAM-SHA-1 mechanisms.
    pub sha1: KeyPair,
    /// Keys of the SCRAM-SHA-256 mechanisms, and of PLAIN.
    pub sha256: KeyPair,
}

impl StoredKeys {
    /// The keys for a password. It takes two PBKDF2 runs, so milliseconds: keep it off threads that do I/O.
    /// `salt` must be random, 16 bytes or more. `None` if `SASLprep` forbids the password, or if it is empty.
    pub fn derive(password: &str, salt: &[u8], iterations: u32) -> Option<Self> {
        let password = prepared(password).filter(|password| !password.is_empty())?;
        let iterations = iterations.max(1);
        Some(StoredKeys {
            salt: salt.to_vec(),
            iterations,
            sha1: KeyPair::derive(Hash::Sha1, &password, salt, iterations),
            sha256: KeyPair::derive(Hash::Sha256, &password, salt, iterations),
        })
    }

    /// Keys for a name that has no account, so that asking for it looks like asking for one that has: the same name
    /// gets the same salt as long as the server's secret stays the same, and nobody knows a password to it.
    pub fn decoy(secret: &[u8], name: &str, iterations: u32) -> Self {
        let derived = |purpose: &[u8]| hmac_sha256(secret, &[purpose, b"\0", name.as_bytes()]);
        let pair = |hash: Hash, one: &[u8], other: &[u8]| KeyPair {
            stored: hash.digest(&derived(one)),
            server: hash.digest(&derived(other)),
        };
        StoredKeys {
            salt: derived(b"salt").into_iter().take(16).collect(),
            iterations: iterations.max(1),
            sha1: pair(Hash::Sha1, b"stored-sha1", b"server-sha1"),
            sha256: pair(Hash::Sha256, b"stored-sha256", b"server-sha256"),
        }
    }

    /// Whether these are the keys of `password`. One PBKDF2 run: milliseconds, so keep it off threads that do I/O.
    pub fn verify(&self, password: &str) -> bool {
        let Some(password) = prepared(password) else {
            return false;
        };
        let pair = KeyPair::derive(Hash::Sha256, &password, &self.salt, self.iterations.max(1));
        equal(&pair.stored, &self.sha256.stored)
    }

    /// The keys of the mechanisms that use `hash`.
    pub fn pair(&self, hash: Hash) -> &KeyPair {
        match hash {
            Hash::Sha1 => &self.sha1,
            Hash::Sha256 => &self.sha256,
        }
    }
}

impl KeyPair {
    fn derive(hash: Hash, password: &str, salt: &[u8], iterations: u32) -> Self {
        let salted = hash.hi(password.as_bytes(), salt, iterations);
        KeyPair { stored: hash.digest(&hash.hmac(&salted, b"Client Key")), server: hash.hmac(&salted, b"Server Key") }
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyPair(secret)")
    }
}

impl fmt::Debug for StoredKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredKeys").field("iterations", &self.iterations).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_recognised_and_no_other() {
        let keys = StoredKeys::derive("pencil", b"0123456789abcdef", 10).unwrap();
        assert!(keys.verify("pencil"));
        assert!(!keys.verify("pencil "));
        assert!(!keys.verify(""));
        // SASLprep: a soft hyphen is mapped to nothing (RFC 4013 §3, example 1).
        assert!(keys.verify("pen\u{ad}cil"));
    }

    #[test]
    fn what_saslprep_forbids_is_no_password() {
        assert!(StoredKeys::derive("\u{7}", b"salt", 10).is_none());
        assert!(StoredKeys::derive("\u{627}\u{31}", b"salt", 10).is_none());
        assert!(StoredKeys::derive("", b"salt", 10).is_none());
    }

    #[test]
    fn a_decoy_is_stable_and_differs_by_name_and_secret() {
        let decoy = StoredKeys::decoy(b"secret", "nobody", 10);
        assert_eq!(decoy, StoredKeys::decoy(b"secret", "nobody", 10));
        assert_ne!(decoy.salt, StoredKeys::decoy(b"secret", "noone", 10).salt);
        assert_ne!(decoy.salt, StoredKeys::decoy(b"other", "nobody", 10).salt);
        assert!(!decoy.verify(""));
        let real = StoredKeys::derive("pencil", &[7; 16], 10).unwrap();
        assert_eq!((decoy.salt.len(), decoy.sha1.stored.len()), (real.salt.len(), real.sha1.stored.len()));
    }

    #[test]
    fn keys_are_not_printed() {
        let keys = StoredKeys::derive("pencil", b"0123456789abcdef", 10).unwrap();
        assert_eq!(format!("{keys:?}"), "StoredKeys { iterations: 10, .. }");
    }
}
