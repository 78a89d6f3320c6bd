//! Tests in hosts that nobody here wrote: `tests/hosts/*.py`.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command;

/// Runs each script of `tests/hosts` whose name does not start with an underscore.
///
/// A script gets the folder of the bundles as its argument and exits with 0 when all it checks holds.
pub fn test(bundled: &Path, python: &Path) -> Result<()> {
    let bundled = std::path::absolute(bundled)?;
    let mut scripts: Vec<_> = std::fs::read_dir("tests/hosts")
        .context("tests/hosts")?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    scripts.sort();
    scripts.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".py") && !name.starts_with('_')
    });
    let mut failed = Vec::new();
    for script in &scripts {
        eprintln!("--- {}", script.display());
        let mut test = Command::new(python);
        test.arg(script).arg(&bundled).env("PYTHONDONTWRITEBYTECODE", "1");
        if let Err(error) = command::run(&mut test) {
            eprintln!("{error:#}");
            failed.push(script.display().to_string());
        }
    }
    if scripts.is_empty() {
        bail!("tests/hosts holds no test");
    }
    if !failed.is_empty() {
        bail!("failed in: {}", failed.join(", "));
    }
    Ok(())
}
