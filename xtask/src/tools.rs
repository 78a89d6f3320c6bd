//! Tools from crates.io and PyPI, fetched when they are missing and kept under `target/`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Result;

use crate::command;

/// Third-party plugin hosts and readers that the tests drive, from PyPI.
const PYTHON_PACKAGES: &[&str] =
    &["pedalboard==0.9.26", "dawdreamer==0.9.0", "numpy", "scipy", "soundfile", "mido"];

/// Makes sure that `cargo nextest` is there.
pub fn nextest() -> Result<()> {
    if quiet(command::cargo(&["nextest", "--version"])) {
        return Ok(());
    }
    command::run(&mut command::cargo(&["install", "cargo-nextest", "--locked", "--version", "0.9.143"]))
}

/// Makes sure that `cargo deny` is there, and gives its program.
pub fn deny() -> Result<PathBuf> {
    if quiet(command::cargo(&["deny", "--version"])) {
        return Ok(PathBuf::from("cargo-deny"));
    }
    let root = Path::new("target/tools");
    let program = root.join("bin/cargo-deny");
    if !program.exists() {
        let root = root.to_string_lossy();
        let args = ["install", "cargo-deny", "--locked", "--version", "0.20.2", "--root", &*root];
        command::run(command::cargo(&args).env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1"))?;
    }
    Ok(program)
}

/// Makes sure that a Python with the packages we test with is there, and gives its program.
pub fn python() -> Result<PathBuf> {
    let venv = Path::new("target/python");
    let python = venv.join("bin/python");
    let stamp = venv.join("packages.txt");
    let wanted = PYTHON_PACKAGES.join("\n");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(std::path::absolute(python)?);
    }
    command::run(Command::new("python3").args(["-m", "venv"]).arg(venv))?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    command::run(Command::new(&python).args(pip).args(PYTHON_PACKAGES))?;
    std::fs::write(stamp, wanted)?;
    Ok(std::path::absolute(python)?)
}

/// Makes sure that a nightly toolchain with Miri is there.
pub fn miri() -> Result<()> {
    let mut version = Command::new("rustup");
    version.args(["run", "nightly", "cargo", "miri", "--version"]);
    if quiet(version) {
        return Ok(());
    }
    let install = ["toolchain", "install", "nightly", "--profile", "minimal"];
    let parts = ["--component", "miri", "--component", "rust-src"];
    command::run(Command::new("rustup").args(install).args(parts))
}

/// The runtime of RealtimeSanitizer that the toolchain brings, if it does.
pub fn rtsan_runtime() -> Result<Option<PathBuf>> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let libraries = command::output(Command::new(rustc).args(["--print", "target-libdir"]))?;
    let Ok(entries) = std::fs::read_dir(libraries.trim()) else { return Ok(None) };
    let is_runtime = |path: &PathBuf| path.to_string_lossy().ends_with("_rt.rtsan.a");
    Ok(entries.flatten().map(|entry| entry.path()).find(is_runtime))
}

fn quiet(mut command: Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).stdin(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
