//! How long a file may be, and how files are named.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::command;

/// Past this, the head of the file says why it is long.
const LONG: usize = 400;
/// Past this, the file is split.
const TOO_LONG: usize = 800;
/// How a long file begins its reason.
const REASON: &str = "This file is long because";
/// Crates without a single unsafe block.
const SAFE: &[&str] = &["protocol", "model", "scripting", "editor", "xtask"];

/// Checks every Rust file that git knows.
pub fn check() -> Result<Vec<String>> {
    let list = ["ls-files", "--cached", "--others", "--exclude-standard", "*.rs"];
    let files = command::output(std::process::Command::new("git").args(list))?;
    let mut faults = Vec::new();
    for path in files.lines().map(PathBuf::from).filter(|path| path.exists()) {
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let lines = text.lines().count();
        let explained = text.lines().take(20).any(|line| line.contains(REASON));
        if is_test(&path) {
            continue;
        }
        if lines > TOO_LONG {
            faults.push(format!("{}: {lines} lines; split it", path.display()));
        } else if lines > LONG && !explained {
            faults.push(format!("{}: {lines} lines and no '{REASON} ...' on top", path.display()));
        }
        if path.file_name().is_some_and(|name| name == "mod.rs") {
            faults.push(format!("{}: name it after its folder, beside it", path.display()));
        }
        if !text.trim_start().starts_with("//!") {
            faults.push(format!("{}: begin with `//!` and what the file is", path.display()));
        }
    }
    for safe in SAFE {
        let root = [format!("{safe}/src/lib.rs"), format!("{safe}/src/main.rs")];
        let forbids = |path: &String| {
            std::fs::read_to_string(path).is_ok_and(|text| text.contains("#![forbid(unsafe_code)]"))
        };
        if !root.iter().any(forbids) {
            faults.push(format!("{safe}: must forbid unsafe code"));
        }
    }
    Ok(faults)
}

fn is_test(path: &Path) -> bool {
    let in_tests = path.components().any(|part| part.as_os_str() == "tests");
    in_tests || path.file_name().is_some_and(|name| name == "tests.rs")
}
