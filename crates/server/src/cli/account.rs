//! `parterre account`: local accounts, changed in the store, where a running server sees the change at the next login.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::path::Path;

use clap::Subcommand;
use parterre_room::Change;
use parterre_store::{Options, SqliteStore, Store, StoreError};
use parterre_xmpp::BareJid;

use super::{Failure, load, wait};
use crate::auth;
use crate::config::Config;
use crate::services::archive;

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub(super) enum Account {
    /// Add an account. The password is the first line of the standard input.
    Add(Whom),
    /// Remove an account with everything kept for it.
    Remove(Whom),
    /// List all accounts.
    List,
    /// Change a password, which is the first line of the standard input.
    Passwd(Whom),
}

#[derive(Debug, clap::Args)]
pub(super) struct Whom {
    /// The account: user, or user@domain.
    user: String,
}

/// Longest password that is read.
const PASSWORD_BYTES: u64 = 1_024;

pub(super) fn run(account: Account, file: Option<&Path>) -> Result<(), Failure> {
    let asks_password = matches!(account, Account::Add(_) | Account::Passwd(_));
    if asks_password && file == Some(Path::new("-")) {
        return Err(Failure::Wrong("the standard input cannot hold both the configuration and the password".into()));
    }
    let config = load(file)?;
    // What is wrong with the name is told before a password is asked for.
    let task = match account {
        Account::List => Task::List,
        Account::Remove(Whom { user }) => Task::Remove(local_part(&user, &config)?),
        Account::Add(Whom { user }) => Task::Add(local_part(&user, &config)?, password(&mut io::stdin().lock())?),
        Account::Passwd(Whom { user }) => Task::Change(local_part(&user, &config)?, password(&mut io::stdin().lock())?),
    };
    let answer = wait(carry_out(task, &config))??;
    io::stdout().write_all(answer.as_bytes()).map_err(|error| Failure::Failed(error.to_string()))
}

enum Task {
    List,
    Add(String, String),
    Change(String, String),
    Remove(String),
}

/// Does it and says what there is to print.
async fn carry_out(task: Task, config: &Config) -> Result<String, Failure> {
    let domain = config.domain();
    let failed = |error: StoreError| Failure::Failed(error.to_string());
    let store = SqliteStore::open_beside(&config.top.data_dir, Options::default()).map_err(failed)?;
    let answer = match task {
        Task::List => {
            let names = store.accounts().await.map_err(failed)?;
            names.iter().flat_map(|name| [name, "@", domain, "\n"]).collect()
        }
        Task::Add(name, _) if store.account(&name).await.map_err(failed)?.is_some() => {
            return Err(Failure::Failed(format!(
                "there is an account {name}@{domain} already; `parterre account passwd` changes its password"
            )));
        }
        Task::Change(name, _) if store.account(&name).await.map_err(failed)?.is_none() => {
            return Err(Failure::Failed(format!("there is no account {name}@{domain}")));
        }
        Task::Add(name, password) | Task::Change(name, password) => {
            let credentials = auth::credentials(&password, config.auth.iterations as u32)
                .map_err(|error| Failure::Failed(format!("no random numbers from the system: {error}")))?
                .ok_or_else(|| {
                    Failure::Failed("this cannot be a password: it has characters that nobody can type".into())
                })?;
            store.put_account(&name, credentials).await.map_err(failed)?;
            String::new()
        }
        Task::Remove(name) => {
            if !store.remove_account(&name).await.map_err(failed)? {
                return Err(Failure::Failed(format!("there is no account {name}@{domain}")));
            }
            // Last, since nothing is archived for an account that is no more.
            store.commit(&archive::name(&name), vec![Change::Destroy]).await.map_err(failed)?;
            String::new()
        }
    };
    store.close().await.map_err(failed)?;
    Ok(answer)
}

/// The local part of an account of this server, in its prepared form.
fn local_part(user: &str, config: &Config) -> Result<String, Failure> {
    let domain = config.domain();
    let wrong = |text: &str| Err(Failure::Wrong(format!("{user:?} {text}")));
    let address = if user.contains('@') { user.to_owned() } else { format!("{user}@{domain}") };
    let Ok(address) = BareJid::new(&address) else {
        return wrong("cannot be an account: use letters, digits and signs other than \" & ' / : < > @");
    };
    if address.domain() != domain {
        return wrong(&format!("is not of this server, whose accounts are user@{domain}"));
    }
    match address.node() {
        Some(node) => Ok(node.to_string()),
        None => wrong("has no name before the @"),
    }
}

/// The first line of the input.
fn password(input: &mut dyn io::BufRead) -> Result<String, Failure> {
    if io::stdin().is_terminal() {
        eprint!("Password (shown as you type): ");
    }
    let mut line = Vec::new();
    input
        .take(PASSWORD_BYTES + 1)
        .read_until(b'\n', &mut line)
        .map_err(|error| Failure::Failed(format!("the password cannot be read: {error}")))?;
    let failed = |text: &str| Err(Failure::Failed(text.into()));
    let Ok(line) = String::from_utf8(line) else {
        return failed("the password is not UTF-8");
    };
    let password = line.trim_end_matches(['\r', '\n']);
    match password.len() as u64 {
        0 => failed("the standard input has no password: write it there, as one line"),
        1..=PASSWORD_BYTES => Ok(password.to_owned()),
        _ => failed("the password is longer than 1024 bytes"),
    }
}

#[cfg(test)]
mod tests {
    use parterre_room::{ArchivedMessage, LogId};

    use super::*;

    /// A data directory of a test, gone with it.
    struct Directory(std::path::PathBuf);

    impl Directory {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("parterre-account-{name}-{}", std::process::id()));
            Directory(path)
        }

        fn config(&self) -> Config {
            let mut config = Config::default();
            config.top.data_dir.clone_from(&self.0);
            config
        }

        async fn does(&self, task: Task) -> String {
            carry_out(task, &self.config()).await.map_err(|failure| format!("{failure:?}")).unwrap()
        }

        async fn refuses(&self, task: Task) -> String {
            match carry_out(task, &self.config()).await {
                Err(Failure::Failed(text)) => text,
                other => panic!("{other:?}"),
            }
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[tokio::test]
    async fn an_account_comes_and_goes_beside_a_running_server() {
        let directory = Directory::new("life");
        let server = SqliteStore::open(&directory.0, Options::default()).unwrap();
        let add = |name: &str, password: &str| Task::Add(name.into(), password.into());
        directory.does(add("romeo", "rose")).await;
        directory.does(add("juliet", "rose")).await;
        assert_eq!(directory.does(Task::List).await, "juliet@localhost\nromeo@localhost\n");
        assert!(directory.refuses(add("romeo", "other")).await.contains("already"));
        let before = server.account("romeo").await.unwrap().unwrap();
        directory.does(Task::Change("romeo".into(), "thorn".into())).await;
        let after = server.account("romeo").await.unwrap().unwrap();
        assert!(before != after, "the server does not see the new password");
        let said = ArchivedMessage {
            id: LogId(1),
            from: "/juliet@localhost".into(),
            author: None,
            stanza: "<message xmlns='jabber:client'/>".into(),
        };
        let archive = archive::name("romeo");
        server.commit(&archive, vec![Change::Message(said)]).await.unwrap();
        directory.does(Task::Remove("romeo".into())).await;
        assert_eq!(server.metadata(&archive).await.unwrap(), None, "what they said stays");
        assert_eq!(server.account("romeo").await.unwrap(), None);
        assert!(directory.refuses(Task::Remove("romeo".into())).await.contains("no account"));
        assert!(directory.refuses(Task::Change("romeo".into(), "x".into())).await.contains("no account"));
        assert!(directory.refuses(add("tybalt", "\u{7}")).await.contains("cannot be a password"));
        assert_eq!(directory.does(Task::List).await, "juliet@localhost\n");
    }

    #[test]
    fn a_user_is_of_this_domain_and_prepared() {
        let config = Config::default();
        for user in ["romeo", "Romeo", "romeo@localhost", "ROMEO@LOCALHOST"] {
            assert_eq!(local_part(user, &config).unwrap(), "romeo", "{user}");
        }
        for user in ["", "@localhost", "romeo@example.org", "ro meo", "romeo/phone", "a@b@c", "a:b"] {
            assert!(matches!(local_part(user, &config), Err(Failure::Wrong(_))), "{user}");
        }
    }

    #[test]
    fn the_password_is_the_first_line() {
        let read = |text: &[u8]| password(&mut { text }).ok();
        assert_eq!(read(b"secret\nmore"), Some("secret".into()));
        assert_eq!(read(b"  with spaces \r\n"), Some("  with spaces ".into()));
        assert_eq!(read("péché".as_bytes()), Some("péché".into()));
        assert_eq!(read(b""), None);
        assert_eq!(read(b"\nsecret"), None);
        assert_eq!(read(b"\xff"), None);
        assert_eq!(read(&[b'x'; 1_024]), Some("x".repeat(1_024)));
        assert_eq!(read(&[b'x'; 1_025]), None);
    }
}
