//! The data directory of the other plugin: which files there are, and what is in them.
//!
//! Enters: the directory. Leaves: the rooms of a host and the contents of files, each within a bound. Never: a write,
//! a link that is followed out of it, or a file that is no plain file.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Most bytes of a file of settings.
pub(super) const MAX_SETTINGS: u64 = 16 << 20;
/// Most bytes of a room's archive. Prosody keeps at most 10,000 entries in one.
pub(super) const MAX_ARCHIVE: u64 = 256 << 20;
/// Most entries of a directory.
const MAX_ENTRIES: usize = 200_000;

/// The directory.
pub(super) struct Source {
    root: PathBuf,
}

/// A room that has settings there.
pub(super) struct Found {
    /// The local part of its address.
    pub(super) name: String,
    /// The file of its settings, below the directory.
    pub(super) settings: PathBuf,
    /// The file of its archive, which need not be there.
    pub(super) archive: PathBuf,
}

impl Source {
    /// Errors: a directory that is not the plugin's, in words.
    pub(super) fn open(root: &Path) -> Result<Self, String> {
        let source = Source { root: root.to_owned() };
        if source.path(Path::new("prosody/data")).is_dir() {
            return Ok(source);
        }
        Err(format!(
            "{} has no prosody/data in it; give the data directory of peertube-plugin-livechat, which is \
             storage/plugins/data/peertube-plugin-livechat below PeerTube's own",
            root.display()
        ))
    }

    fn path(&self, below: &Path) -> PathBuf {
        self.root.join(below)
    }

    /// The hosts of Prosody that have rooms.
    pub(super) fn room_hosts(&self) -> Result<Vec<String>, String> {
        let hosts = self.entries(Path::new("prosody/data"))?;
        let with_rooms = hosts.into_iter().filter(|host| self.path(&host_path(host, "config")).is_dir());
        Ok(with_rooms.map(|host| decode(&host)).collect())
    }

    /// The rooms of a host, by name.
    pub(super) fn rooms(&self, host: &str) -> Result<Vec<Found>, String> {
        let host = encode(host);
        let config = host_path(&host, "config");
        let files = self.entries(&config)?.into_iter();
        let found = files.filter_map(|file| {
            let encoded = file.strip_suffix(".dat")?;
            let archive = host_path(&host, "muc%5flog");
            let archive = if self.path(&archive).is_dir() { archive } else { host_path(&host, "muc_log") };
            let archive = archive.join(format!("{encoded}.list"));
            Some(Found { name: decode(encoded), settings: config.join(&file), archive })
        });
        Ok(found.collect())
    }

    /// What lies in a directory, by name; nothing where there is none.
    pub(super) fn entries(&self, below: &Path) -> Result<Vec<String>, String> {
        let path = self.path(below);
        if !path.is_dir() {
            return Ok(Vec::new());
        }
        let failed = |error: std::io::Error| format!("{}: cannot be read: {error}", path.display());
        let mut names = Vec::new();
        for entry in fs::read_dir(&path).map_err(failed)? {
            names.extend(entry.map_err(failed)?.file_name().into_string());
            if names.len() > MAX_ENTRIES {
                return Err(format!("{}: has more than {MAX_ENTRIES} entries", path.display()));
            }
        }
        names.sort();
        Ok(names)
    }

    /// The contents of a file; `None` if there is none.
    pub(super) fn read(&self, below: &Path, most: u64) -> Result<Option<Vec<u8>>, String> {
        let path = self.path(below);
        let Ok(metadata) = fs::symlink_metadata(&path) else { return Ok(None) };
        if !metadata.is_file() {
            return Err("is not a plain file".into());
        }
        if metadata.len() > most {
            return Err(format!("is larger than {most} bytes"));
        }
        let mut bytes = Vec::new();
        let read = File::open(&path).and_then(|file| file.take(most).read_to_end(&mut bytes));
        read.map(|_| Some(bytes)).map_err(|error| format!("cannot be read: {error}"))
    }

    /// A file of JSON; `None` if there is none.
    pub(super) fn json(&self, below: &Path) -> Result<Option<serde_json::Value>, String> {
        let bytes = self.read(below, MAX_SETTINGS)?;
        let parsed = bytes.map(|bytes| serde_json::from_slice(&bytes)).transpose();
        parsed.map_err(|error| format!("is broken: {error}"))
    }
}

fn host_path(encoded: &str, store: &str) -> PathBuf {
    Path::new("prosody/data").join(encoded).join(store)
}

/// The name of a file as Prosody writes it: all but ASCII letters and digits as `%xx`.
fn encode(name: &str) -> String {
    let byte = |byte: u8| match byte {
        plain if plain.is_ascii_alphanumeric() => char::from(plain).to_string(),
        other => format!("%{other:02x}"),
    };
    name.bytes().map(byte).collect()
}

/// What [`encode`] was given. What was not written by it stays as it is.
fn decode(name: &str) -> String {
    let mut decoded = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let code = if *first == b'%' { tail.get(..2) } else { None };
        let code = code.and_then(|code| str::from_utf8(code).ok()).and_then(|code| u8::from_str_radix(code, 16).ok());
        decoded.push(code.unwrap_or(*first));
        rest = tail.get(if code.is_some() { 2 } else { 0 }..).unwrap_or_default();
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_prosodys() {
        assert_eq!(encode("channel.7"), "channel%2e7");
        assert_eq!(encode("café"), "caf%c3%a9");
        assert_eq!(decode("room%2eexample%2eorg"), "room.example.org");
        assert_eq!(decode("100%"), "100%");
        assert_eq!(decode("%zz%2"), "%zz%2");
    }

    proptest::proptest! {
        #[test]
        fn every_name_comes_back(name in "\\PC{0,20}") {
            proptest::prop_assert_eq!(decode(&encode(&name)), name);
        }

        #[test]
        fn no_name_panics(name in ".*") {
            let _ = decode(&name);
        }
    }
}
