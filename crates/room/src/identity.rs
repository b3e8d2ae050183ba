//! Occupant ids: who speaks, without saying who they are (XEP-0421).
//!
//! The id is derived from the bare address with the room's secret: the same for every nick and every visit, different in
//! every room, and nobody can get from it to the address.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use parterre_xmpp::{Element, ns};
use sha2::Sha256;

use crate::occupants::OccupantId;
use crate::room::Room;

/// The occupant id of an account in the room that has this secret.
pub(crate) fn occupant_id(secret: &[u8; 32], account: &str) -> String {
    // The key fills the hash's block, with zeros after it (RFC 2104 §2).
    let mut key = [0; 64];
    for (byte, secret) in key.iter_mut().zip(secret) {
        *byte = *secret;
    }
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&key.into());
    mac.update(account.as_bytes());
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

impl Room {
    /// The `<occupant-id/>` of an account.
    pub(crate) fn occupant_id_of(&self, account: &str) -> Element {
        Element::new("occupant-id", ns::OCCUPANT_ID).with("id", occupant_id(&self.secret, account))
    }

    /// The `<occupant-id/>` of an occupant.
    pub(crate) fn occupant_id(&self, id: OccupantId) -> Element {
        self.occupant_id_of(self.occupants.account(id))
    }
}

#[cfg(test)]
mod tests {
    use super::occupant_id;

    #[test]
    fn stable_for_an_account_and_different_between_accounts_and_rooms() {
        let (one, other) = ([1; 32], [2; 32]);
        assert_eq!(occupant_id(&one, "a@b"), occupant_id(&one, "a@b"));
        assert_ne!(occupant_id(&one, "a@b"), occupant_id(&one, "c@b"));
        assert_ne!(occupant_id(&one, "a@b"), occupant_id(&other, "a@b"));
        assert!(occupant_id(&one, "a@b").len() <= 128);
    }
}
