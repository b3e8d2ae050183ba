//! The command `parterre`: what it does stands in the library; here it begins and ends.

use std::process::ExitCode;

use parterre::app;

fn main() -> ExitCode {
    parterre::cli::main(app::run)
}
