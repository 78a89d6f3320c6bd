//! `cargo xtask bench`.

use anyhow::Result;

use crate::command;
use crate::packages::{self, Consent};

/// Runs the benches whose names contain the filter. Each compares with its floor in the same run.
pub fn bench(args: &[String], consent: Consent) -> Result<()> {
    packages::ensure(&[packages::BUILD], consent)?;
    let mut bench = command::cargo(&["bench", "--workspace", "--benches", "--"]);
    command::run(bench.args(args))
}
