//! Holds the tree against `ARCHITECTURE.md`: what it names exists, and who may see whom.

#![allow(clippy::unwrap_used, clippy::case_sensitive_file_extension_comparisons)] // A test in a file of its own.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") && !is_test(&path) {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found
}

/// Whether a file holds the tests of the module beside it.
fn is_test(path: &Path) -> bool {
    path.file_stem().is_some_and(|name| name == "tests")
        || path.parent().is_some_and(|folder| folder.ends_with("tests"))
}

/// The text of a module without its tests, which may do what the module must not.
fn code(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or_default()
}

#[test]
fn every_file_that_the_map_names_exists() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let named: Vec<&str> = map
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|name| name.ends_with(".rs") || name.starts_with("crates/") || name.starts_with("docs/"))
        .collect();
    assert!(named.len() > 10, "the map names hardly anything: {named:?}");
    for name in named {
        let named = name.split(' ').next().unwrap_or_default();
        let places = ["", "crates/server/src/", "crates/server/src/shard"].map(|place| root().join(place).join(named));
        assert!(places.iter().any(|place| place.exists()), "ARCHITECTURE.md names {name}, which is not there");
    }
}

#[test]
fn the_crates_form_a_line() {
    let order = ["xmpp", "room", "store", "server"];
    for (place, name) in order.iter().enumerate() {
        let manifest = fs::read_to_string(root().join("crates").join(name).join("Cargo.toml")).unwrap();
        for later in &order[place..] {
            assert!(!manifest.contains(&format!("parterre-{later}.workspace")), "{name} depends on {later}");
        }
    }
    let crowd = fs::read_to_string(root().join("crates/rehearse/Cargo.toml")).unwrap();
    for server in &order[1..] {
        assert!(!crowd.contains(&format!("parterre-{server}.workspace")), "the crowd depends on {server}");
    }
}

#[test]
fn pure_crates_do_no_io_and_read_no_clock() {
    for name in ["xmpp", "room"] {
        for (path, text) in sources(&root().join("crates").join(name).join("src")) {
            for forbidden in ["tokio", "std::net", "std::fs", "SystemTime", "Instant::now", "getrandom", "std::thread"]
            {
                let used =
                    code(&text).lines().any(|line| !line.trim_start().starts_with("//") && line.contains(forbidden));
                assert!(!used, "{} uses {forbidden}", path.display());
            }
        }
    }
}

#[test]
fn the_server_calls_downwards_only() {
    // Who must not know whom: what stands lower on the way of a stanza does not see what stands above it, save
    // through the two handles (of shards and of rooms).
    let forbidden = [
        ("transport", ["crate::stream", "crate::shard", "crate::rooms", "crate::router"].as_slice()),
        ("auth", ["crate::stream", "crate::shard", "crate::rooms", "crate::router", "crate::services"].as_slice()),
        ("services", ["crate::stream", "crate::shard", "crate::rooms", "crate::router", "crate::auth"].as_slice()),
        ("rooms", ["crate::stream", "crate::transport", "crate::listen", "crate::router"].as_slice()),
        ("config", ["crate::shard", "crate::stream", "crate::rooms", "crate::listen"].as_slice()),
        ("http", ["crate::shard", "crate::stream", "crate::rooms", "crate::listen"].as_slice()),
    ];
    for (module, others) in forbidden {
        let folder = root().join("crates/server/src").join(module);
        for (path, text) in sources(&folder) {
            for other in others {
                let used = code(&text).lines().any(|line| !line.trim_start().starts_with("//") && line.contains(other));
                assert!(!used, "{} uses {other}", path.display());
            }
        }
    }
}

#[test]
fn no_file_needs_a_table_of_contents() {
    for (path, text) in sources(&root().join("crates")) {
        let lines = text.lines().count();
        assert!(lines <= 450, "{} has {lines} lines", path.display());
    }
}
