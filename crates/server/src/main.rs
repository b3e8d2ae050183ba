//! The command `parterre`: what it does stands in the library; here it begins and ends.

use std::process::ExitCode;

use parterre::app::{self, ServeOptions};

fn main() -> ExitCode {
    parterre::cli::main(|config, with_parent| app::run(config, ServeOptions { with_parent }))
}
