//! The data directory: writable, with space, its database whole.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use parterre_store::{Examined, SqliteStore};
use parterre_xmpp::Timestamp;

use super::finding::Finding::{self, Note, Ok as Fine};

/// Less free space than this is too little, in MiB.
const SPACE: u64 = 256;
/// A larger database than this, in bytes, takes longer to read than somebody waits who looks at a page.
const QUICK: u64 = 256 << 20;

/// Looks at the directory and at what is in it. `runs`: a server of this configuration answers. `quick`: a
/// large database is not read.
pub(super) fn examine(data_dir: &Path, runs: bool, quick: bool) -> Vec<(&'static str, Finding)> {
    let mut findings = vec![("data_dir", directory(data_dir)), ("lock", lock(data_dir, runs))];
    if let Some(megabytes) = nearest(data_dir).and_then(|directory| free_space(&directory)) {
        findings.push(("disk", space(megabytes)));
    }
    let database = match SqliteStore::examine(data_dir, if quick { QUICK } else { u64::MAX }) {
        Ok(Examined::Whole) => Fine("it is whole".into()),
        Ok(Examined::Missing) => Fine("there is none yet; the first start makes it".into()),
        Ok(Examined::Unread(bytes)) => Fine(format!("it has {} MiB and was not read (--quick)", bytes >> 20)),
        Err(error) => Finding::wrong(error.to_string(), "see docs/operating.md for backups"),
    };
    findings.push(("database", database));
    findings.push(("clock", clock(newest_change(data_dir), SystemTime::now())));
    findings
}

/// The directory itself or, while it is not there, the one that it would be made in.
fn nearest(directory: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(directory).ok()?;
    absolute.ancestors().find(|path| path.exists()).map(Path::to_owned)
}

fn directory(data_dir: &Path) -> Finding {
    let shown = data_dir.display();
    let Some(nearest) = nearest(data_dir) else {
        return Finding::wrong(format!("{shown} has no parent directory"), "set data_dir to another");
    };
    if !nearest.is_dir() {
        return Finding::wrong(format!("{} is a file", nearest.display()), "set data_dir to a directory");
    }
    if let Err(error) = try_to_write(&nearest) {
        return Finding::wrong(
            format!("{} cannot be written to: {error}", nearest.display()),
            format!("give it to the user that runs parterre: chown USER {}", nearest.display()),
        );
    }
    match owner_differs(&nearest) {
        Some(owner) => Note(
            format!("{shown} belongs to the user with the number {owner}, and this check runs as another"),
            "run it as the user that runs parterre, or its answers do not hold".into(),
        ),
        None if data_dir.exists() => Fine(format!("{shown} is writable")),
        None => Fine(format!("{shown} is not there yet; the first start makes it")),
    }
}

/// The lock of the directory: nobody's, that of the server that answers, or of another one.
fn lock(data_dir: &Path, runs: bool) -> Finding {
    let shown = data_dir.display();
    match SqliteStore::holder(data_dir) {
        Ok(None) if runs => Finding::wrong(
            format!("the server that answers at http.listen does not have {shown} open"),
            "it was started with another data_dir: start it again with this configuration",
        ),
        Ok(None) => Fine("no server has the directory open".into()),
        Ok(Some(holder)) => {
            let process = holder.process.map(|process| format!(" (process {process})")).unwrap_or_default();
            if runs {
                return Fine(format!("the running server has the directory open{process}"));
            }
            Finding::wrong(
                format!("another server has {shown} open{process}, and does not answer at http.listen"),
                "stop that one, or give this one a data_dir of its own",
            )
        }
        Err(error) => Finding::note(error.to_string()),
    }
}

fn try_to_write(directory: &Path) -> io::Result<()> {
    let file = directory.join(format!(".parterre-check-{}", std::process::id()));
    OpenOptions::new().write(true).create_new(true).open(&file)?;
    fs::remove_file(file)
}

/// The owner of a path, where it is somebody else than this process.
fn owner_differs(path: &Path) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    let owner = fs::metadata(path).ok()?.uid();
    let own = fs::metadata("/proc/self").ok()?.uid();
    (owner != own).then_some(owner)
}

/// Free MiB on the file system of a directory, as `df` says.
fn free_space(directory: &Path) -> Option<u64> {
    let output = Command::new("df").arg("-Pk").arg("--").arg(directory).env("LC_ALL", "C").output().ok()?;
    read_df(&String::from_utf8(output.stdout).ok()?)
}

/// The fourth field of the second line is the available KiB (POSIX `df -P`).
fn read_df(text: &str) -> Option<u64> {
    let kibibytes: u64 = text.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
    Some(kibibytes / 1024)
}

fn space(megabytes: u64) -> Finding {
    if megabytes < SPACE {
        Finding::wrong(
            format!("{megabytes} MiB are free, and what cannot be kept is not shown"),
            "make room there, or shorten history.retention",
        )
    } else {
        Fine(format!("{megabytes} MiB are free"))
    }
}

/// When anything in the directory was last written.
fn newest_change(data_dir: &Path) -> Option<SystemTime> {
    let entries = fs::read_dir(data_dir).ok()?;
    entries.filter_map(|entry| entry.ok()?.metadata().ok()?.modified().ok()).max()
}

/// Ids of messages are times and only rise: after a clock has gone back, rooms and archives go on from the last one.
fn clock(changed: Option<SystemTime>, now: SystemTime) -> Finding {
    let ahead = changed.and_then(|changed| changed.duration_since(now).ok()).unwrap_or_default().as_secs();
    if ahead > 60 {
        return Finding::wrong(
            format!("the data was written {ahead} s in the future, so the clock of this machine was set back"),
            "set it right (`timedatectl set-ntp true`): until it has caught up, what is said is dated right after what was kept last",
        );
    }
    let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Fine(format!("it says {}, and no data is from later", Timestamp::from_secs(since.as_secs() as i64)))
}

#[cfg(test)]
mod tests {
    use super::super::finding::Finding::Wrong;
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_answer_of_df_is_read() {
        let text = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/vda1 41152832 9 2097152 6% /\n";
        assert_eq!(read_df(text), Some(2_048));
        assert_eq!(read_df(""), None);
        assert!(matches!(space(12), Wrong(..)));
        assert!(matches!(space(SPACE), Fine(_)));
    }

    #[test]
    fn a_missing_directory_is_looked_for_upwards_and_not_made() {
        let path = std::env::temp_dir().join(format!("parterre-check-{}", std::process::id())).join("deeper");
        assert!(matches!(directory(&path), Fine(text) if text.contains("not there yet")));
        assert!(!path.exists());
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml/data");
        assert!(matches!(directory(&file), Wrong(text, _) if text.contains("is a file")));
    }

    #[test]
    fn the_lock_is_the_running_server_s_or_another_s() {
        let path = std::env::temp_dir().join(format!("parterre-check-lock-{}", std::process::id()));
        assert!(matches!(lock(&path, false), Fine(_)));
        assert!(matches!(lock(&path, true), Wrong(text, _) if text.contains("does not have")));
        let store = SqliteStore::open(&path, parterre_store::Options::default()).unwrap();
        let process = std::process::id().to_string();
        assert!(matches!(lock(&path, true), Fine(text) if text.contains(&process)));
        assert!(matches!(lock(&path, false), Wrong(text, _) if text.contains(&process)));
        drop(store);
        fs::remove_dir_all(&path).unwrap();
    }

    #[test]
    fn a_clock_that_was_set_back_is_noticed() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        assert!(matches!(clock(None, now), Fine(_)));
        assert!(matches!(clock(Some(now + Duration::from_secs(2)), now), Fine(_)));
        assert!(matches!(clock(Some(now + Duration::from_hours(1)), now), Wrong(text, _) if text.contains("3600 s")));
    }
}
