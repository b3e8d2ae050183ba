//! Who may log in: anonymous people, local accounts, bearers of a signed token, users of another service.
//!
//! Enters: what a client proved or claims, from a SASL exchange. Leaves: an [`Identity`], or a [`Failure`] that does
//! not tell whether the account exists. Hashing a password happens on threads of its own. No secret is kept here
//! longer than its check, and none is ever logged.
//!
//! A password is tried as a signed token if it looks like one, then as that of the local account, then with the
//! service of `auth.http_url`. Local accounts come first so that an operator gets in while that service is down.

mod accounts;
mod password_service;
mod secret;
pub mod token;
mod withdrawn;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use parterre_room::Affiliation;
use parterre_room::Origin;
use parterre_store::Store;
use parterre_xmpp::jid::{DomainPart, NodePart};
use parterre_xmpp::sasl::{Bearer, ChannelBindings, Failure, Mechanism, Plain, SaslCondition, StoredKeys};
use parterre_xmpp::{BareJid, Timestamp};
use tokio::sync::Semaphore;

pub use accounts::{LookupError, credentials};
pub(crate) use password_service::percent_encode;
pub use password_service::{PasswordService, ServiceError};

use crate::config::Config;
use crate::fetch::UrlError;
use crate::listen::admission::network;
use crate::metrics::Metrics;
use withdrawn::Withdrawn;

/// Who has logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The account, or the address made up for an anonymous person.
    pub jid: BareJid,
    /// Whether it is nobody in particular, on `anon.D`.
    pub anonymous: bool,
    /// The nick that the site gave, usable as a resource.
    pub nick: Option<String>,
    /// The picture that the site gave: an http or https address.
    pub avatar: Option<String>,
    /// What the site made of this person in which room, by the room's local part.
    pub affiliations: Vec<(String, Affiliation)>,
}

impl Identity {
    fn account(jid: BareJid) -> Self {
        Identity { jid, anonymous: false, nick: None, avatar: None, affiliations: Vec::new() }
    }
}

/// Which of the server's domains a stream is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// `D`: people with an account.
    Accounts,
    /// `anon.D`: everybody else.
    Anonymous,
}

/// Why the server cannot check logins.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// The configured domain is no domain.
    #[error("domain: {0} is not a domain name: {1}")]
    Domain(String, parterre_xmpp::jid::Error),
    /// The service's address cannot be used.
    #[error("auth.http_url: {0}")]
    Url(#[from] UrlError),
    /// The server's own secret cannot be read or made.
    #[error("data_dir: the file login-secret can be neither read nor made: {0}")]
    Secret(std::io::Error),
}

/// Checks who may log in.
pub struct Authenticator {
    domain: DomainPart,
    anonymous_domain: DomainPart,
    anonymous: bool,
    /// Those that may be offered on `D`; empty: all.
    mechanisms: Vec<Mechanism>,
    token_secret: Option<Vec<u8>>,
    withdrawn: Withdrawn,
    service: Option<PasswordService>,
    store: Arc<dyn Store>,
    /// What the salts of names without an account are derived from.
    decoy_secret: [u8; 32],
    /// How often new passwords are hashed, and theirs seem to be.
    iterations: u32,
    hashing: Arc<Semaphore>,
    /// How long a password waits to be hashed.
    patience: Duration,
    clock: fn() -> Timestamp,
    /// Attempts that one connection has.
    pub attempts: usize,
    /// Where logins are counted.
    pub metrics: Arc<Metrics>,
}

impl Authenticator {
    /// By the configuration, with the accounts of that store. Makes `login-secret` in the data directory if missing.
    pub fn new(config: &Config, store: Arc<dyn Store>, metrics: Arc<Metrics>) -> Result<Self, AuthError> {
        let decoy_secret = secret::open(&config.top.data_dir).map_err(AuthError::Secret)?;
        Self::with(config, store, metrics, decoy_secret, now)
    }

    /// The same with a secret and a clock of the caller's.
    fn with(
        config: &Config,
        store: Arc<dyn Store>,
        metrics: Arc<Metrics>,
        decoy_secret: [u8; 32],
        clock: fn() -> Timestamp,
    ) -> Result<Self, AuthError> {
        let domain = |name: &str| match DomainPart::new(name) {
            Ok(part) => Ok(part),
            Err(error) => Err(AuthError::Domain(name.to_owned(), error)),
        };
        let auth = &config.auth;
        let service = auth
            .http_url
            .as_ref()
            .map(|url| PasswordService::new(url, auth.http_timeout, config.limits.http_calls))
            .transpose()?;
        let token_secret = auth.token_secret.reveal().as_bytes().to_vec();
        Ok(Authenticator {
            domain: domain(config.domain())?,
            anonymous_domain: domain(&config.anonymous_domain())?,
            anonymous: auth.anonymous,
            mechanisms: auth.mechanisms.clone(),
            token_secret: Some(token_secret).filter(|secret| !secret.is_empty()),
            withdrawn: Withdrawn::default(),
            service,
            store,
            decoy_secret,
            iterations: auth.iterations as u32,
            hashing: Arc::new(Semaphore::new(config.limits.password_hashes)),
            patience: config.limits.unauthenticated_time,
            clock,
            attempts: config.limits.login_attempts,
            metrics,
        })
    }

    /// Which of the server's domains `to` names; `None`: none that people log in on.
    pub fn host(&self, to: &str) -> Option<Host> {
        let to = DomainPart::new(to).ok()?;
        if to == self.domain {
            Some(Host::Accounts)
        } else if self.anonymous && to == self.anonymous_domain {
            Some(Host::Anonymous)
        } else {
            None
        }
    }

    /// The name of a host.
    pub fn name(&self, host: Host) -> &str {
        match host {
            Host::Accounts => self.domain.as_str(),
            Host::Anonymous => self.anonymous_domain.as_str(),
        }
    }

    /// The mechanisms to announce on a host, the strongest first.
    ///
    /// ANONYMOUS is offered on `anon.D` alone: on `D`, whoever can change what a client is offered could make a user
    /// with an account arrive as nobody. A secret is asked for only over a connection that is `secure`. SCRAM is left
    /// out where `auth.http_url` is set, since it proves a password to whoever has its keys, and that is not this
    /// server: clients take the strongest mechanism and would never try the one that works.
    pub fn mechanisms(&self, host: Host, secure: bool, bindings: &ChannelBindings) -> Vec<Mechanism> {
        let offered = |mechanism: &Mechanism| match (host, mechanism) {
            (Host::Anonymous, mechanism) => *mechanism == Mechanism::Anonymous,
            (Host::Accounts, Mechanism::Anonymous) => false,
            (Host::Accounts, other) if !self.mechanisms.is_empty() && !self.mechanisms.contains(other) => false,
            (Host::Accounts, Mechanism::OauthBearer) => secure && self.token_secret.is_some(),
            (Host::Accounts, Mechanism::Plain) => secure,
            (Host::Accounts, scram) => self.service.is_none() && !(scram.binds_channel() && bindings.is_empty()),
        };
        Mechanism::ALL.into_iter().filter(offered).collect()
    }

    /// Checks a password, or a token in its place.
    pub async fn password(&self, plain: Plain) -> Result<Identity, Failure> {
        let jid = self.account(&plain.authcid);
        if let Some(jid) = &jid {
            may_act_as(plain.authzid.as_deref(), jid)?;
        }
        // A name that no account can have is checked like any other, so that it takes as long.
        let name = jid.as_ref().and_then(|jid| jid.node()).unwrap_or(&plain.authcid).to_owned();
        match self.check_token(&plain.password) {
            Some(Ok(identity)) if Some(&identity.jid) == jid.as_ref() => return Ok(identity),
            // Signed by the site, so it is no password; and it is not for this user, or over.
            Some(Ok(_)) => return Err(Failure::not_authorized()),
            Some(Err(failure)) => return Err(failure),
            None => {}
        }
        let right = match (self.stored(&name).await?, &self.service) {
            (Some(keys), _) => self.hash(keys, plain.password).await?,
            // The service takes its own time for those who exist and those who do not.
            (None, Some(service)) => self.ask(service, &name, &plain.password).await?,
            (None, None) => self.hash(self.decoy(&name), plain.password).await?,
        };
        jid.filter(|_| right).map(Identity::account).ok_or_else(Failure::not_authorized)
    }

    /// Checks a token (RFC 7628).
    pub fn token(&self, bearer: &Bearer) -> Result<Identity, Failure> {
        let identity = self.check_token(&bearer.token).unwrap_or_else(|| Err(Failure::not_authorized()))?;
        may_act_as(bearer.authzid.as_deref(), &identity.jid)?;
        Ok(identity)
    }

    /// Takes no token of that account any more that was issued until now.
    pub fn withdraw_tokens(&self, account: &BareJid) {
        self.withdrawn.until(account.clone(), (self.clock)());
    }

    /// The keys to challenge a client with: those of the account, or a decoy's.
    pub async fn keys(&self, authcid: &str) -> Result<StoredKeys, Failure> {
        let jid = self.account(authcid);
        let name = jid.as_ref().and_then(|jid| jid.node()).unwrap_or(authcid);
        let keys = self.stored(name).await?;
        Ok(keys.filter(|_| jid.is_some()).unwrap_or_else(|| self.decoy(name)))
    }

    /// The identity of a client that has proven to be `user`; `acting_as` is its authorization identity.
    pub fn proven(&self, user: &str, acting_as: Option<&str>) -> Result<Identity, Failure> {
        let jid = self.account(user).ok_or_else(Failure::not_authorized)?;
        may_act_as(acting_as, &jid)?;
        Ok(Identity::account(jid))
    }

    /// The identity of somebody anonymous; `local` has to be unpredictable and usable as a local part.
    pub fn nobody(&self, local: &str) -> Result<Identity, Failure> {
        let node = NodePart::new(local).map_err(|_| unavailable())?;
        let jid = BareJid::from_parts(Some(&node), &self.anonymous_domain);
        Ok(Identity { anonymous: true, ..Identity::account(jid) })
    }

    /// The address that a client means by a user name: the local part, or the whole bare address.
    fn account(&self, authcid: &str) -> Option<BareJid> {
        let local = match authcid.rsplit_once('@') {
            Some((local, domain)) => {
                DomainPart::new(domain).ok().filter(|domain| *domain == self.domain)?;
                local
            }
            None => authcid,
        };
        let node = NodePart::new(local).ok()?;
        Some(BareJid::from_parts(Some(&node), &self.domain))
    }

    /// `None`: no token of ours.
    fn check_token(&self, text: &str) -> Option<Result<Identity, Failure>> {
        let secret = self.token_secret.as_deref()?;
        match token::verify(text, secret, self.domain.as_str(), (self.clock)()) {
            Ok(claims) => Some(self.bearer(claims)),
            Err(token::Rejected::NotOurs) => None,
            Err(error) => {
                tracing::info!(%error, "a signed token was rejected");
                let condition = match error {
                    token::Rejected::Expired => SaslCondition::CredentialsExpired,
                    _ => SaslCondition::NotAuthorized,
                };
                Some(Err(Failure::new(condition, format!("The token is not taken: {error}."))))
            }
        }
    }

    fn bearer(&self, claims: token::Claims) -> Result<Identity, Failure> {
        let unusable = || Failure::new(SaslCondition::NotAuthorized, "The token's sub is not a user of this domain.");
        let jid = self.account(&claims.subject).ok_or_else(unusable)?;
        if self.withdrawn.covers(&jid, claims.issued) {
            return Err(Failure::new(SaslCondition::CredentialsExpired, "The token was withdrawn; get another one."));
        }
        Ok(Identity {
            jid,
            anonymous: false,
            nick: claims.nick,
            avatar: claims.avatar,
            affiliations: claims.affiliations,
        })
    }

    async fn stored(&self, name: &str) -> Result<Option<StoredKeys>, Failure> {
        match self.store.account(name).await {
            Ok(credentials) => Ok(credentials.map(accounts::keys)),
            Err(error) => {
                tracing::error!(%error, "the accounts cannot be read");
                Err(unavailable())
            }
        }
    }

    /// What rooms are told of from where somebody comes: a hash of the address (IPv6: of its /64) that without this
    /// server's secret says nothing.
    pub fn origin(&self, address: IpAddr) -> Origin {
        secret::origin(&self.decoy_secret, network(address))
    }

    fn decoy(&self, name: &str) -> StoredKeys {
        StoredKeys::decoy(&self.decoy_secret, name, self.iterations)
    }

    async fn hash(&self, keys: StoredKeys, password: String) -> Result<bool, Failure> {
        let turn = tokio::time::timeout(self.patience, self.hashing.clone().acquire_owned());
        let permit = turn.await.ok().and_then(Result::ok).ok_or_else(unavailable)?;
        let check = move || {
            let _permit = permit;
            keys.verify(&password)
        };
        tokio::task::spawn_blocking(check).await.map_err(|_| unavailable())
    }

    async fn ask(&self, service: &PasswordService, user: &str, password: &str) -> Result<bool, Failure> {
        service.check_password(user, password, self.domain.as_str()).await.map_err(|error| {
            tracing::error!(%error, "auth.http_url: the service could not check a password");
            unavailable()
        })
    }
}

/// Whether whoever is `jid` may act as `authzid`: only as itself (RFC 6120 §6.3.8).
fn may_act_as(authzid: Option<&str>, jid: &BareJid) -> Result<(), Failure> {
    match authzid {
        None => Ok(()),
        Some(authzid) if BareJid::new(authzid).is_ok_and(|authzid| authzid == *jid) => Ok(()),
        Some(_) => Err(Failure::new(SaslCondition::InvalidAuthzid, "A user can act as itself only.")),
    }
}

fn unavailable() -> Failure {
    Failure::new(SaslCondition::TemporaryAuthFailure, "The server cannot check this now. Try again in a while.")
}

fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

#[cfg(test)]
pub(crate) mod tests;
