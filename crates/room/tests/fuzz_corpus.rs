//! Replays the seed corpus of the room's fuzz target through the very function that is fuzzed.

#![allow(missing_docs, clippy::unwrap_used)]

use std::path::Path;

#[path = "../../../fuzz/checks/room.rs"]
mod room;

#[test]
fn every_seed_holds() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus-seed/room");
    let mut replayed = 0;
    for seed in std::fs::read_dir(seeds).unwrap() {
        room::check(&std::fs::read(seed.unwrap().path()).unwrap());
        replayed += 1;
    }
    assert!(replayed > 0, "the corpus is there");
}
