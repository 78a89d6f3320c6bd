//! Plugin bundles.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::packages::{self, Consent};

/// What is bundled: Loophole, and the plugins of the tests.
const PACKAGES: [&str; 2] = ["loophole", "loophole-test-plugins"];

/// Builds and bundles Loophole and the test plugins; gives the folder.
pub fn bundle(args: &[String], consent: Consent) -> Result<PathBuf> {
    packages::ensure(&[packages::BUILD], consent)?;
    nice_plug_xtask::build(&PACKAGES.map(str::to_owned), args)?;
    bundle_built(args)
}

/// Bundles what has been built; gives the folder.
pub fn bundle_built(args: &[String]) -> Result<PathBuf> {
    let target = target_dir();
    for package in PACKAGES {
        nice_plug_xtask::bundle(&target, package, args, false)?;
    }
    Ok(target.join("bundled"))
}

/// Bundles with `--release` and copies Loophole to the user's plugin folders.
pub fn install(consent: Consent) -> Result<()> {
    let bundled = bundle(&["--release".to_owned()], consent)?;
    let home = PathBuf::from(std::env::var_os("HOME").context("there is no HOME to install to")?);
    for (bundle, folder) in [("Loophole.clap", ".clap"), ("Loophole.vst3", ".vst3")] {
        let to = home.join(folder).join(bundle);
        copy(&bundled.join(bundle), &to).with_context(|| format!("cannot install {}", to.display()))?;
        println!("installed {}", to.display());
    }
    Ok(())
}

/// The folder that cargo builds in.
pub fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from)
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    if from.is_dir() {
        std::fs::create_dir_all(to)?;
        for entry in std::fs::read_dir(from)? {
            let entry = entry?;
            copy(&entry.path(), &to.join(entry.file_name()))?;
        }
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder)?;
    }
    // A host may have the old file mapped: replace it, do not write into it.
    let new = to.with_extension("new");
    std::fs::copy(from, &new)?;
    std::fs::rename(new, to)
}
