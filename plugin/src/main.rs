//! The `loophole` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    loophole::cli::main()
}
