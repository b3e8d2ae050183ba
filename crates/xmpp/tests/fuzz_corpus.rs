//! Replays the seed corpus of the fuzz targets through the very functions that are fuzzed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::default_trait_access)]

use std::path::Path;

#[path = "../../../fuzz/checks/bosh.rs"]
mod bosh;
#[path = "../../../fuzz/checks/stream.rs"]
mod stream;
#[path = "../../../fuzz/checks/websocket.rs"]
mod websocket;
#[path = "../../../fuzz/checks/xml.rs"]
mod xml;

/// Runs a check on each seed, and on each seed cut short and changed a little.
fn replay(target: &str, check: fn(&[u8])) {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus-seed").join(target);
    let mut replayed = 0;
    for file in std::fs::read_dir(&seeds).unwrap() {
        let seed = std::fs::read(file.unwrap().path()).unwrap();
        check(&seed);
        for at in 0..seed.len().min(400) {
            check(&seed[..at]);
            let mut changed = seed.clone();
            changed[at] = changed[at].wrapping_add(1 << (at % 8));
            check(&changed);
        }
        replayed += 1;
    }
    assert!(replayed > 4, "{} holds {replayed} seeds", seeds.display());
}

#[test]
fn xml_seeds() {
    replay("xml", xml::check);
}

#[test]
fn stream_seeds() {
    replay("stream", stream::check);
}

#[test]
fn websocket_seeds() {
    replay("websocket", websocket::check);
}

#[test]
fn bosh_seeds() {
    replay("bosh", bosh::check);
}
