//! One authentication attempt, whichever the mechanism.
//!
//! Enters: the client's messages ([`Exchange::respond`]), and the server's answers to what the exchange asks
//! ([`Exchange::keys`], [`Exchange::refuse`]). Leaves: a [`Step`] each time. An exchange that has failed or succeeded
//! answers everything after that with a failure.

use super::scram::{Challenged, Channel, ClientFirst};
use super::{Bearer, ChannelBindings, Failure, Mechanism, Plain, StoredKeys, anonymous, oauthbearer};

/// What the stream offered the client, as far as the exchange depends on it.
#[derive(Clone, Debug, Default)]
pub struct Offer {
    /// What the client can bind its proof to.
    pub bindings: ChannelBindings,
    /// Whether a -PLUS mechanism was announced (RFC 5802 §6: a client that says `y` then was deceived).
    pub plus_offered: bool,
}

/// What to do next.
#[derive(Debug)]
pub enum Step {
    /// Send this and hand over the response.
    Challenge(Vec<u8>),
    /// Nobody in particular wants in. The attempt is over, unless the server refuses.
    Anonymous,
    /// Check this password; then the attempt is over, or [`Exchange::refuse`] it.
    Password(Plain),
    /// Check this token; then the attempt is over, or [`Exchange::refuse`] it.
    Token(Bearer),
    /// Look up the keys of this name (prepared), or make decoy keys, and hand them to [`Exchange::keys`].
    Keys(String),
    /// The client has proven to know the password of `authcid`.
    Proven {
        /// Whom the client wants to act as; absent: whom it authenticated as.
        authzid: Option<String>,
        /// Whom it authenticated as, prepared.
        authcid: String,
        /// The server's own proof, to send with the success.
        data: Vec<u8>,
    },
    /// The attempt has failed.
    Failed(Failure),
}

/// The server's side of one attempt.
#[derive(Debug)]
pub struct Exchange {
    mechanism: Mechanism,
    offer: Offer,
    nonce: String,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Every mechanism here begins with the client's message.
    Begun,
    /// SCRAM: the server looks up the keys.
    Asking(ClientFirst),
    /// SCRAM: the client computes its proof.
    Challenged(Challenged),
    /// The server makes up its mind about a password or a token.
    Judging,
    /// OAUTHBEARER: the client was told why, and has to say that it heard (RFC 7628 §3.2.3).
    Refused(Failure),
    Over,
}

impl Exchange {
    /// An attempt by that mechanism. `nonce` must be unpredictable, new for each attempt, and printable ASCII without
    /// commas; SCRAM alone uses it.
    pub fn new(mechanism: Mechanism, offer: Offer, nonce: impl Into<String>) -> Self {
        Exchange { mechanism, offer, nonce: nonce.into(), state: State::Begun }
    }

    /// The mechanism of the attempt.
    pub fn mechanism(&self) -> Mechanism {
        self.mechanism
    }

    /// Takes the client's next message: its initial response first, then its answer to each challenge.
    pub fn respond(&mut self, message: &[u8]) -> Step {
        let step = match std::mem::replace(&mut self.state, State::Over) {
            State::Begun => self.begin(message),
            State::Challenged(challenged) => challenged.verify(message).map(|proof| Step::Proven {
                authzid: proof.authzid,
                authcid: proof.authcid,
                data: proof.server_final,
            }),
            State::Refused(failure) if message == oauthbearer::DUMMY || message.is_empty() => Err(failure),
            State::Refused(_) => Err(Failure::malformed("A failed attempt is acknowledged by a single ^A.")),
            State::Asking(_) | State::Judging | State::Over => Err(Failure::malformed("Nothing was expected.")),
        };
        step.unwrap_or_else(Step::Failed)
    }

    /// Answers [`Step::Keys`].
    pub fn keys(&mut self, keys: &StoredKeys) -> Step {
        let state = std::mem::replace(&mut self.state, State::Over);
        let (State::Asking(first), Some(hash)) = (state, self.mechanism.hash()) else {
            return Step::Failed(Failure::malformed("No keys were asked for."));
        };
        let (challenged, challenge) = first.challenge(hash, keys, &self.nonce);
        self.state = State::Challenged(challenged);
        Step::Challenge(challenge)
    }

    /// Answers [`Step::Password`] or [`Step::Token`] with no: what to send.
    pub fn refuse(&mut self, failure: Failure) -> Step {
        if self.mechanism == Mechanism::OauthBearer && matches!(self.state, State::Judging) {
            self.state = State::Refused(failure);
            return Step::Challenge(oauthbearer::INVALID_TOKEN.to_vec());
        }
        self.state = State::Over;
        Step::Failed(failure)
    }

    fn begin(&mut self, message: &[u8]) -> Result<Step, Failure> {
        match self.mechanism {
            Mechanism::Anonymous => anonymous::read(message).map(|()| Step::Anonymous),
            Mechanism::Plain => {
                let plain = Plain::read(message)?;
                self.state = State::Judging;
                Ok(Step::Password(plain))
            }
            Mechanism::OauthBearer => {
                let bearer = Bearer::read(message)?;
                self.state = State::Judging;
                Ok(Step::Token(bearer))
            }
            Mechanism::ScramSha1 | Mechanism::ScramSha256 | Mechanism::ScramSha1Plus | Mechanism::ScramSha256Plus => {
                let channel = Channel {
                    bindings: &self.offer.bindings,
                    plus: self.mechanism.binds_channel(),
                    plus_offered: self.offer.plus_offered,
                };
                let first = ClientFirst::read(message, &channel)?;
                let authcid = first.authcid.clone();
                self.state = State::Asking(first);
                Ok(Step::Keys(authcid))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sasl::SaslCondition;

    fn exchange(mechanism: Mechanism) -> Exchange {
        Exchange::new(mechanism, Offer::default(), "3rfcNHYJY1ZVvWVs7j")
    }

    fn failed(step: Step) -> Failure {
        match step {
            Step::Failed(failure) => failure,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn scram_asks_for_keys_and_proves() {
        let mut exchange = exchange(Mechanism::ScramSha1);
        let Step::Keys(authcid) = exchange.respond(b"n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL") else { panic!() };
        assert_eq!(authcid, "user");
        let salt = [0x41, 0x25, 0xc2, 0x47, 0xe4, 0x3a, 0xb1, 0xe9, 0x3c, 0x6d, 0xff, 0x76];
        let keys = StoredKeys::derive("pencil", &salt, 4096).unwrap();
        assert!(matches!(exchange.keys(&keys), Step::Challenge(_)));
        let last = b"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=";
        let Step::Proven { authcid, data, .. } = exchange.respond(last) else { panic!() };
        assert_eq!((authcid.as_str(), data.as_slice()), ("user", &b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ="[..]));
        assert_eq!(failed(exchange.respond(last)).condition, SaslCondition::MalformedRequest);
    }

    #[test]
    fn a_decoy_is_challenged_like_an_account_and_fails_like_a_wrong_password() {
        let last = b"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=";
        let real = StoredKeys::derive("other", &[3; 16], 4096).unwrap();
        let decoy = StoredKeys::decoy(b"secret", "user", 4096);
        let [real, decoy] = [real, decoy].map(|keys| {
            let mut exchange = exchange(Mechanism::ScramSha1);
            exchange.respond(b"n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL");
            let Step::Challenge(challenge) = exchange.keys(&keys) else { panic!() };
            (challenge.len(), failed(exchange.respond(last)))
        });
        assert_eq!(real, decoy);
    }

    #[test]
    fn a_refused_token_is_explained_and_acknowledged() {
        let mut exchange = exchange(Mechanism::OauthBearer);
        assert!(matches!(exchange.respond(b"n,,\x01auth=Bearer x.y.z\x01\x01"), Step::Token(_)));
        let Step::Challenge(challenge) = exchange.refuse(Failure::not_authorized()) else { panic!() };
        assert_eq!(challenge, br#"{"status":"invalid_token"}"#);
        assert_eq!(failed(exchange.respond(b"\x01")), Failure::not_authorized());
    }

    #[test]
    fn a_refused_password_fails_at_once() {
        let mut exchange = exchange(Mechanism::Plain);
        assert!(matches!(exchange.respond(b"\0tim\0tanstaaftanstaaf"), Step::Password(_)));
        assert_eq!(failed(exchange.refuse(Failure::not_authorized())), Failure::not_authorized());
    }

    proptest! {
        #[test]
        fn no_message_panics_or_proves(which in 0..7usize, messages in prop::collection::vec(any::<Vec<u8>>(), 1..4)) {
            let mut exchange = exchange(Mechanism::ALL[which]);
            for message in messages {
                let mut step = exchange.respond(&message);
                if let Step::Keys(name) = &step {
                    step = exchange.keys(&StoredKeys::decoy(b"secret", name, 1));
                }
                let proven = matches!(step, Step::Proven { .. });
                prop_assert!(!proven);
            }
        }

        #[test]
        fn texts_like_scram_do_not_panic(message in "[nyp],?(a=[=a-z]*)?,n=[=,A-D0-9]*,r=[a-z,=]*", last in "c=[a-z=]*,r=[a-z]*,p=[a-z=]*") {
            let mut exchange = exchange(Mechanism::ScramSha256);
            if let Step::Keys(name) = exchange.respond(message.as_bytes()) {
                exchange.keys(&StoredKeys::decoy(b"secret", &name, 1));
                let step = exchange.respond(last.as_bytes());
                let failed = matches!(step, Step::Failed(_));
                prop_assert!(failed);
            }
        }
    }
}
