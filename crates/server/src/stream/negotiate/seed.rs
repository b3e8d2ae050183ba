//! Unpredictable names from one seed, so that a negotiation draws no random number and a test knows them all.

use std::fmt::Write;

use parterre_xmpp::sasl::digest::hmac_sha256;

/// The source of a connection's ids, nonces and addresses.
pub(super) struct Seed {
    key: [u8; 32],
    drawn: u64,
}

impl Seed {
    pub(super) fn new(key: [u8; 32]) -> Self {
        Seed { key, drawn: 0 }
    }

    /// A new name: that many bytes (32 at most) in hexadecimal. It tells nothing of the others.
    pub(super) fn token(&mut self, bytes: usize) -> String {
        self.drawn += 1;
        let drawn = hmac_sha256(&self.key, &[&self.drawn.to_be_bytes()]);
        drawn.iter().take(bytes).fold(String::with_capacity(2 * bytes), |mut out, byte| {
            let _ = write!(out, "{byte:02x}");
            out
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_names_are_the_same() {
        let (mut one, mut other) = (Seed::new([1; 32]), Seed::new([2; 32]));
        let names = [one.token(8), one.token(8), other.token(8)];
        assert!(names.iter().all(|name| name.len() == 16));
        assert!(names[0] != names[1] && names[0] != names[2]);
    }
}
