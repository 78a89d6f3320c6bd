//! Presets of nested plugins that the user keeps.
//!
//! Each is a file with the plugin's state, made for use anywhere: `.vstpreset`, which other hosts read as
//! well, or `.clapstate`. It is in a folder of the plugin's below the user's data folder.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use host::nested::offers::StatePurpose;
use protocol::plugin::{PresetInfo, PresetSource};
use protocol::{EntityId, PluginFormat, PluginRef};

use super::control::Control;
use super::error::CommandError;
use super::plugins::node_of;
use super::published::PluginCache;
use super::request::Reply;

/// Names longer than this are cut; no file system takes much more.
const MAX_NAME: usize = 120;

/// `presets` in Loophole's folder of the user's data; `None` for a user without one.
pub(super) fn default_folder() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let below =
        |name: &str, path: &str| variable(name).map(|folder: OsString| PathBuf::from(folder).join(path));
    let base = if cfg!(target_os = "macos") {
        below("HOME", "Library/Application Support")
    } else if cfg!(target_os = "windows") {
        below("APPDATA", "")
    } else {
        // A relative path in this variable is to be ignored. Source: XDG Base Directory Specification.
        let xdg = below("XDG_DATA_HOME", "").filter(|path| path.is_absolute());
        xdg.or_else(|| below("HOME", ".local/share"))
    };
    base.map(|base| base.join("loophole").join("presets"))
}

/// A name that leads nowhere but into its folder.
fn file_name(name: &str) -> String {
    let is_plain = |c: char| !c.is_control() && !"/\\:*?\"<>|".contains(c);
    let plain: String =
        name.trim().chars().map(|c| if is_plain(c) { c } else { '_' }).take(MAX_NAME).collect();
    let plain = plain.trim_end_matches(['.', ' ']).to_owned();
    if plain.starts_with('.') { format!("_{plain}") } else { plain }
}

const fn extension(format: PluginFormat) -> &'static str {
    match format {
        PluginFormat::Clap => "clapstate",
        PluginFormat::Vst3 => "vstpreset",
    }
}

/// The presets in a folder, by name.
pub(super) fn kept_in(folder: &Path, format: PluginFormat) -> Vec<PresetInfo> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|is| is == extension(format)));
    paths.sort();
    paths.into_iter().map(preset_at).collect()
}

fn preset_at(path: PathBuf) -> PresetInfo {
    PresetInfo {
        name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        source: PresetSource::File(path),
        load_key: None,
        creators: Vec::new(),
        description: String::new(),
        features: Vec::new(),
    }
}

/// Writes beside the file first, so that it is whole or as it was.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    std::fs::write(&beside, bytes).and_then(|()| std::fs::rename(&beside, path)).inspect_err(|_| {
        let _ = std::fs::remove_file(&beside);
    })
}

impl Control {
    /// Where presets of a plugin are kept.
    pub fn folder_of(&self, plugin: &PluginRef) -> Option<PathBuf> {
        let folder = self.preset_folder.as_deref()?;
        Some(folder.join(plugin.format.key()).join(file_name(&plugin.id)))
    }

    fn plugin_of(&mut self, device: EntityId) -> Result<PluginRef, CommandError> {
        let plugin = self.engine.plugin(node_of(device)).ok_or(CommandError::NoPlugin(device))?;
        Ok(plugin.info().plugin.clone())
    }

    /// Has a plugin load a preset. What it makes of one of its own is news that come later.
    pub fn load_preset(&mut self, device: EntityId, preset: &PresetInfo) -> Result<Reply, CommandError> {
        let reference = self.plugin_of(device)?;
        let folder = self.folder_of(&reference);
        let plugin = self.engine.plugin(node_of(device)).ok_or(CommandError::NoPlugin(device))?;
        match &preset.source {
            PresetSource::File(path) if path.parent().is_some_and(|at| Some(at) == folder.as_deref()) => {
                let bytes = std::fs::read(path)
                    .map_err(|source| CommandError::PresetFile { path: path.clone(), source })?;
                plugin.load_state_for(&bytes, StatePurpose::Preset).map_err(CommandError::PresetState)?;
                self.status.dirty = true;
                self.publish_status();
                self.adopt_values(device);
                self.refresh_plugins(&self.pulse.project());
            }
            _ => plugin.load_preset(preset).map_err(CommandError::Preset)?,
        }
        Ok(Reply::Done)
    }

    /// Keeps what a plugin is set to.
    pub fn save_preset(&mut self, device: EntityId, name: &str) -> Result<Reply, CommandError> {
        let reference = self.plugin_of(device)?;
        let folder = self.folder_of(&reference).ok_or(CommandError::NoPreset)?;
        let name = file_name(name);
        let plugin = self.engine.plugin(node_of(device)).ok_or(CommandError::NoPlugin(device))?;
        let state = plugin.save_state_for(StatePurpose::Preset).map_err(CommandError::PresetState)?;
        let state = state.filter(|_| !name.is_empty()).ok_or(CommandError::NoPreset)?;
        let path = folder.join(format!("{name}.{}", extension(reference.format)));
        write(&path, &state).map_err(|source| CommandError::PresetFile { path: path.clone(), source })?;
        self.show_kept(device, path);
        Ok(Reply::Done)
    }

    /// Adds a preset to those that are shown, if any are.
    fn show_kept(&mut self, device: EntityId, path: PathBuf) {
        let mut cache = PluginCache::clone(&self.published.params());
        let Some(known) = cache.0.get_mut(&device) else { return };
        let Some(presets) = &known.presets else { return };
        let new = preset_at(path);
        let others = presets.iter().filter(|preset| preset.source != new.source).cloned();
        known.presets = Some([new.clone()].into_iter().chain(others).collect());
        self.published.set_params(cache);
        self.published.notify();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_nowhere_else() {
        for (name, file) in [
            ("Warm pad", "Warm pad"),
            (" ../../etc/passwd ", "_.._.._etc_passwd"),
            ("a/b\\c:d\n", "a_b_c_d"),
            ("..", ""),
            ("dots...", "dots"),
            ("Größe é", "Größe é"),
        ] {
            assert_eq!(file_name(name), file, "{name:?}");
        }
        assert_eq!(file_name(&"x".repeat(500)).len(), MAX_NAME);
    }
}
