//! `cargo xtask run`: from nothing to the demo song.

use std::process::Command;

use anyhow::Result;

use crate::bundle;
use crate::command;
use crate::packages::{self, Consent};

/// The song that a newcomer hears.
const DEMO: &str = "demo/Demo.loophole";

/// Builds Loophole and opens it; with no arguments, with the demo song playing.
///
/// Where there is neither display nor sound card, `loophole` itself says so and renders to a WAV.
pub fn run(args: &[String], consent: Consent) -> Result<()> {
    packages::ensure(&[packages::BUILD, packages::WINDOW], consent)?;
    command::run(&mut command::cargo(&["build", "--package", "loophole", "--bin", "loophole"]))?;
    let mut loophole = Command::new(bundle::target_dir().join("debug/loophole"));
    if args.is_empty() {
        loophole.args(["run", DEMO, "--play"]);
    } else {
        loophole.args(args);
    }
    command::run(&mut loophole)
}
