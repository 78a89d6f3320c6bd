//! `loophole preset`.

use std::path::Path;

use super::{CliError, import, say};
use crate::instance::Instance;
use crate::shell::preset;

pub fn run(project: &Path, output: &Path) -> Result<(), CliError> {
    let instance = Instance::new(super::options());
    import::open(&instance, project)?;
    let state = preset::plugin_state(&instance);
    let bytes = match output.extension().and_then(|extension| extension.to_str()) {
        Some("vstpreset") => preset::vst3(&state),
        Some("clapstate") => preset::clap(&state),
        _ => return Err(CliError::PresetKind(output.to_owned())),
    };
    std::fs::write(output, &bytes).map_err(|source| CliError::File { path: output.to_owned(), source })?;
    say(&format!("{}: {} bytes", output.display(), bytes.len()));
    Ok(())
}
