#![no_main]

#[path = "../checks/bosh.rs"]
mod bosh;

libfuzzer_sys::fuzz_target!(|data: &[u8]| bosh::check(data));
