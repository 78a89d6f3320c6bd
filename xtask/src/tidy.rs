//! `cargo xtask tidy`: the structure is what ARCHITECTURE.md says it is.

use anyhow::{Result, bail};

mod arrows;
mod documents;
mod files;

/// Checks crate arrows, file sizes and documents; lists every fault.
pub fn tidy() -> Result<()> {
    let mut faults = arrows::check()?;
    faults.extend(files::check()?);
    faults.extend(documents::check()?);
    if faults.is_empty() {
        return Ok(());
    }
    bail!("\n  {}", faults.join("\n  "));
}
