//! `cargo xtask bench` and `cargo xtask peers`.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::packages::{self, Consent};
use crate::{bundle, command, tools};

/// Runs the benches whose names contain the filter. Each compares with its floor in the same run.
pub fn bench(args: &[String], consent: Consent) -> Result<()> {
    packages::ensure(&[packages::BUILD], consent)?;
    let mut bench = command::cargo(&["bench", "--workspace", "--benches", "--"]);
    command::run(bench.args(args))
}

/// Renders and scans beside other people's hosts: `tests/peers/*.py`. Fails where one of them is faster.
pub fn peers(consent: Consent) -> Result<()> {
    packages::ensure(&[packages::BUILD, packages::TEST], consent)?;
    let python = tools::python()?;
    for build in [&["loophole", "--bin", "loophole"][..], &["loophole-test-vst3"]] {
        command::run(command::cargo(&["build", "--release", "--locked", "--package"]).args(build))?;
    }
    let release = bundle::target_dir().join("release");
    let (loophole, plugins) = (release.join("loophole"), release.join("libloophole_test_vst3.so"));
    for (script, args) in [("render.py", &[&loophole, &plugins][..]), ("scan.py", &[&loophole])] {
        let mut peers = Command::new(&python);
        peers.arg(Path::new("tests/peers").join(script)).args(args).env("PYTHONDONTWRITEBYTECODE", "1");
        command::run(&mut peers)?;
    }
    Ok(())
}
