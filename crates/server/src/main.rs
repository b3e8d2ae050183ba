//! Parterre.
fn main() {}
