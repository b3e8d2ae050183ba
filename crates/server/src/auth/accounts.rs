//! Local accounts: between what the store keeps of a password and what SASL works with.

use parterre_store::{Credentials, Keys, StoreError};
use parterre_xmpp::sasl::{KeyPair, StoredKeys};

use super::{Authenticator, ServiceError};

/// Bytes of salt for a new password.
const SALT_BYTES: usize = 16;

/// The keys that SCRAM works with.
pub(super) fn keys(credentials: Credentials) -> StoredKeys {
    let pair = |keys: Keys| KeyPair { stored: keys.stored, server: keys.server };
    StoredKeys {
        salt: credentials.salt,
        iterations: credentials.iterations,
        sha1: pair(credentials.sha1),
        sha256: pair(credentials.sha256),
    }
}

/// What to keep of a new password, hashed that often under a salt drawn here. It takes milliseconds.
/// `Ok(None)`: it is empty, or has characters that `SASLprep` (RFC 4013) forbids.
pub fn credentials(password: &str, iterations: u32) -> std::io::Result<Option<Credentials>> {
    let mut salt = [0; SALT_BYTES];
    getrandom::fill(&mut salt).map_err(std::io::Error::other)?;
    let keys = |pair: KeyPair| Keys { stored: pair.stored, server: pair.server };
    Ok(StoredKeys::derive(password, &salt, iterations).map(|stored| Credentials {
        salt: stored.salt,
        iterations: stored.iterations,
        sha1: keys(stored.sha1),
        sha256: keys(stored.sha256),
    }))
}

/// Why it cannot be said whether there is a user.
#[derive(Debug, thiserror::Error)]
pub enum LookupError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The service failed.
    #[error("auth.http_url: {0}")]
    Service(#[from] ServiceError),
}

impl Authenticator {
    /// Whether a user of that name is known, here or to the service of `auth.http_url`. For operators: a client must
    /// not learn it.
    pub async fn user_exists(&self, user: &str) -> Result<bool, LookupError> {
        if self.store.account(user).await?.is_some() {
            return Ok(true);
        }
        match &self.service {
            Some(service) => Ok(service.user_exists(user, self.domain.as_str()).await?),
            None => Ok(false),
        }
    }
}
