#![no_main]

#[path = "../checks/room.rs"]
mod room;

libfuzzer_sys::fuzz_target!(|data: &[u8]| room::check(data));
