use super::password_service::tests::service;
use super::*;
use crate::config::Secret;

const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

/// An authenticator for `parterre.example` with the account `romeo` (password `pencil`) and tokens signed by `secret`.
pub(crate) async fn authenticator(change: impl FnOnce(&mut Config)) -> Authenticator {
    let mut config = Config::default();
    config.top.domain = "parterre.example".into();
    config.auth.token_secret = Secret::new("secret");
    change(&mut config);
    let store = Arc::new(parterre_store::MemoryStore::new());
    store.put_account("romeo", credentials("pencil", config.auth.iterations as u32).unwrap().unwrap()).await.unwrap();
    Authenticator::with(&config, store, Arc::new(Metrics::default()), [7; 32], || NOW).unwrap()
}

pub(crate) fn token(claims: &str) -> String {
    token::sign(r#"{"alg":"HS256"}"#, claims, b"secret")
}

fn plain(user: &str, password: &str) -> Plain {
    Plain { authzid: None, authcid: user.into(), password: password.into() }
}

fn condition(result: Result<Identity, Failure>) -> SaslCondition {
    result.unwrap_err().condition
}

#[tokio::test]
async fn a_local_account_logs_in_by_name_or_address() {
    let auth = authenticator(|_| {}).await;
    for name in ["romeo", "ROMEO", "romeo@parterre.example"] {
        let identity = auth.password(plain(name, "pencil")).await.unwrap();
        assert_eq!((identity.jid.to_string().as_str(), identity.anonymous), ("romeo@parterre.example", false));
    }
    for (name, password) in
        [("romeo", "pencil2"), ("juliet", "pencil"), ("romeo@other.example", "pencil"), ("a b", "x")]
    {
        assert_eq!(condition(auth.password(plain(name, password)).await), SaslCondition::NotAuthorized, "{name}");
    }
}

#[tokio::test]
async fn nobody_acts_as_somebody_else() {
    let auth = authenticator(|_| {}).await;
    let acting = |authzid: &str| Plain { authzid: Some(authzid.into()), ..plain("romeo", "pencil") };
    assert!(auth.password(acting("romeo@parterre.example")).await.is_ok());
    for authzid in ["juliet@parterre.example", "romeo@parterre.example/x", "romeo", "@"] {
        assert_eq!(condition(auth.password(acting(authzid)).await), SaslCondition::InvalidAuthzid, "{authzid}");
    }
    assert_eq!(condition(auth.proven("romeo", Some("juliet@parterre.example"))), SaslCondition::InvalidAuthzid);
    assert!(auth.proven("romeo", None).is_ok());
}

#[tokio::test]
async fn a_token_is_a_password_for_its_subject_only() {
    let auth = authenticator(|_| {}).await;
    let token = token(r#"{"sub":"mercutio","exp":1700000060,"nick":"Merc","affiliations":{"live":"admin"}}"#);
    let identity = auth.password(plain("mercutio", &token)).await.unwrap();
    assert_eq!(identity.jid.to_string(), "mercutio@parterre.example");
    assert_eq!(identity.nick.as_deref(), Some("Merc"));
    assert_eq!(identity.affiliations, [("live".to_owned(), Affiliation::Admin)]);
    assert_eq!(condition(auth.password(plain("romeo", &token)).await), SaslCondition::NotAuthorized);
    let bearer = Bearer { authzid: None, token: token.clone() };
    assert_eq!(auth.token(&bearer).unwrap(), identity);
    let bearer = Bearer { authzid: Some("romeo@parterre.example".into()), token };
    assert_eq!(condition(auth.token(&bearer)), SaslCondition::InvalidAuthzid);
}

#[tokio::test]
async fn a_token_that_was_withdrawn_is_refused_and_a_later_one_taken() {
    let auth = authenticator(|_| {}).await;
    let bearer = |issued: &str| {
        let claims = format!(r#"{{"sub":"mercutio","exp":1700000060{issued}}}"#);
        auth.token(&Bearer { authzid: None, token: token(&claims) })
    };
    let somebody = bearer("").unwrap().jid;
    auth.withdraw_tokens(&somebody);
    for issued in ["", r#","iat":1699999990"#, r#","iat":1700000000"#] {
        assert_eq!(condition(bearer(issued)), SaslCondition::CredentialsExpired, "{issued}");
    }
    assert!(bearer(r#","iat":1700000001"#).is_ok());
    let other = Bearer { authzid: None, token: token(r#"{"sub":"benvolio","exp":1700000060}"#) };
    assert!(auth.token(&other).is_ok());
}

#[tokio::test]
async fn tokens_that_are_over_or_for_another_domain_are_refused() {
    let auth = authenticator(|_| {}).await;
    let over = token(r#"{"sub":"mercutio","exp":1600000000}"#);
    assert_eq!(condition(auth.password(plain("mercutio", &over)).await), SaslCondition::CredentialsExpired);
    let elsewhere = Bearer { authzid: None, token: token(r#"{"sub":"a@other.example","exp":1800000000}"#) };
    assert_eq!(condition(auth.token(&elsewhere)), SaslCondition::NotAuthorized);
    let forged =
        Bearer { authzid: None, token: token::sign(r#"{"alg":"HS256"}"#, r#"{"sub":"a","exp":1800000000}"#, b"") };
    assert_eq!(condition(auth.token(&forged)), SaslCondition::NotAuthorized);
}

#[tokio::test]
async fn without_a_secret_no_token_is_taken() {
    let auth = authenticator(|config| config.auth.token_secret = Secret::new("")).await;
    let forged = token::sign(r#"{"alg":"HS256"}"#, r#"{"sub":"romeo","exp":1800000000}"#, b"");
    assert_eq!(condition(auth.password(plain("romeo", &forged)).await), SaslCondition::NotAuthorized);
    assert_eq!(condition(auth.token(&Bearer { authzid: None, token: forged })), SaslCondition::NotAuthorized);
}

#[tokio::test]
async fn the_service_is_asked_for_those_without_a_local_account() {
    let (url, asked) = service(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntrue").await;
    let auth = authenticator(|config| config.auth.http_url = Some(url)).await;
    // Not asked for this one, or it would let it in.
    assert_eq!(condition(auth.password(plain("romeo", "wrong")).await), SaslCondition::NotAuthorized);
    assert!(auth.password(plain("tybalt", "rapier")).await.is_ok());
    assert!(asked.await.unwrap().contains("user=tybalt&pass=rapier&server=parterre.example"));
    // It is gone now.
    assert_eq!(condition(auth.password(plain("tybalt", "rapier")).await), SaslCondition::TemporaryAuthFailure);
}

#[tokio::test]
async fn a_name_without_account_is_challenged_with_a_salt_that_stays() {
    let auth = authenticator(|_| {}).await;
    let (romeo, nobody) = (auth.keys("romeo").await.unwrap(), auth.keys("nobody").await.unwrap());
    assert_eq!((romeo.salt.len(), romeo.iterations), (nobody.salt.len(), nobody.iterations));
    assert_eq!(auth.keys("nobody@parterre.example").await.unwrap(), nobody);
    assert!(romeo.verify("pencil"));
    // An account of this name exists, but not on that domain.
    assert_ne!(auth.keys("romeo@other.example").await.unwrap(), romeo);
}

#[tokio::test(start_paused = true)]
async fn a_password_does_not_wait_longer_for_its_turn_than_a_login_may_take() {
    let auth = authenticator(|config| config.limits.password_hashes = 1).await;
    let turn = auth.hashing.clone().acquire_owned().await.unwrap();
    let begun = tokio::time::Instant::now();
    let answer = tokio::time::timeout(auth.patience * 2, auth.password(plain("romeo", "pencil"))).await;
    assert_eq!(condition(answer.expect("it waits on")), SaslCondition::TemporaryAuthFailure);
    assert_eq!(begun.elapsed().as_secs(), auth.patience.as_secs());
    drop(turn);
    assert!(auth.password(plain("romeo", "pencil")).await.is_ok());
}

#[tokio::test]
async fn the_configured_number_of_rounds_is_used() {
    let auth = authenticator(|config| config.auth.iterations = 5_000).await;
    for name in ["romeo", "nobody"] {
        assert_eq!(auth.keys(name).await.unwrap().iterations, 5_000, "{name}");
    }
    assert!(auth.password(plain("romeo", "pencil")).await.is_ok());
}

#[tokio::test]
async fn no_more_passwords_are_hashed_at_once_than_may_be() {
    let auth = authenticator(|config| config.limits.password_hashes = 2).await;
    let all = auth.hashing.clone().try_acquire_many_owned(2).unwrap();
    assert!(auth.hashing.try_acquire().is_err());
    // A login waits while as many as may are under way, and goes on after them.
    tokio::select! {
        biased;
        _ = auth.password(plain("romeo", "pencil")) => panic!("it did not wait"),
        () = tokio::task::yield_now() => drop(all),
    }
    assert!(auth.password(plain("romeo", "pencil")).await.is_ok());
}

#[tokio::test]
async fn what_is_offered_depends_on_host_and_connection() {
    let names = |auth: &Authenticator, host, secure, bindings: &ChannelBindings| {
        auth.mechanisms(host, secure, bindings).into_iter().map(Mechanism::name).collect::<Vec<_>>().join(" ")
    };
    let (none, tls) = (ChannelBindings::default(), ChannelBindings { exporter: Some([1; 32]), server_end_point: None });
    let auth = authenticator(|_| {}).await;
    assert_eq!(names(&auth, Host::Anonymous, true, &tls), "ANONYMOUS");
    assert_eq!(
        names(&auth, Host::Accounts, true, &tls),
        "SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-1 OAUTHBEARER PLAIN"
    );
    assert_eq!(names(&auth, Host::Accounts, false, &none), "SCRAM-SHA-256 SCRAM-SHA-1");
    let auth = authenticator(|config| {
        config.auth.token_secret = Secret::new("");
        config.auth.http_url = Some(axum::http::Uri::from_static("http://127.0.0.1:9"));
    })
    .await;
    assert_eq!(names(&auth, Host::Accounts, true, &tls), "PLAIN");
    let listed = vec![Mechanism::Plain, Mechanism::OauthBearer, Mechanism::Anonymous];
    let auth = authenticator(|config| config.auth.mechanisms = listed).await;
    assert_eq!(names(&auth, Host::Accounts, true, &tls), "OAUTHBEARER PLAIN");
    assert_eq!(names(&auth, Host::Anonymous, true, &tls), "ANONYMOUS");
}

#[tokio::test]
async fn hosts_are_known_by_name() {
    let auth = authenticator(|_| {}).await;
    assert_eq!(auth.host("Parterre.Example"), Some(Host::Accounts));
    assert_eq!(auth.host("anon.parterre.example"), Some(Host::Anonymous));
    for to in ["room.parterre.example", "other.example", "", "romeo@parterre.example"] {
        assert_eq!(auth.host(to), None, "{to}");
    }
    let auth = authenticator(|config| config.auth.anonymous = false).await;
    assert_eq!(auth.host("anon.parterre.example"), None);
}
