//! The preset discovery factory: which presets a plugin has, in itself and in files.

use std::ffi::{CStr, CString};
use std::path::{Path, PathBuf};

use clack_extensions::preset_discovery::prelude::*;
use clack_host::prelude::*;
use protocol::plugin::{PresetInfo, PresetSource};

use super::host::host_info;
use crate::nested::error::PresetError;
use crate::nested::preset_search::Stop;

/// More presets than this are not listed.
const MAX_PRESETS: usize = 50_000;
/// More files than this are not looked at.
const MAX_FILES: usize = 50_000;
/// How deep folders of presets are followed.
const MAX_DEPTH: u32 = 16;

/// The presets of a plugin, from all providers in its file. Any thread, as the factory's functions are thread-safe and the
/// providers are our own; reads folders and files.
pub(super) fn list(
    entry: &PluginEntry,
    plugin: &str,
    stop: &Stop<'_>,
) -> Result<Vec<PresetInfo>, PresetError> {
    let Some(factory) = entry.get_factory::<PresetDiscoveryFactory<'_>>() else { return Ok(Vec::new()) };
    let mut presets = Vec::new();
    for descriptor in factory.provider_descriptors() {
        let Some(id) = descriptor.id() else { continue };
        let mut provider = Provider::instantiate(Index::default(), entry, id, &host_info())
            .map_err(|source| PresetError::List { source: Box::new(source) })?;
        let index = std::mem::take(provider.indexer_mut());
        for location in index.locations {
            let places = match location {
                PresetSource::Plugin => vec![PresetSource::Plugin],
                PresetSource::File(path) => files(&path, &index.extensions, stop),
            };
            for place in places {
                if stop.is_wanted() {
                    return Ok(presets);
                }
                let mut shelf = Shelf { place, plugin, presets: &mut presets, current: None };
                shelf.fill(&mut provider);
                shelf.finish();
            }
        }
    }
    Ok(presets)
}

/// Where a provider says that presets are.
#[derive(Default)]
struct Index {
    /// Without the dot; empty if the provider did not say, and then any file may be one.
    extensions: Vec<String>,
    locations: Vec<PresetSource>,
}

impl IndexerImpl for Index {
    fn declare_filetype(&mut self, file_type: FileType<'_>) -> Result<(), HostError> {
        if let Some(extension) = file_type.file_extension {
            self.extensions.push(extension.to_string_lossy().into_owned());
        }
        Ok(())
    }

    fn declare_location(&mut self, location: LocationInfo<'_>) -> Result<(), HostError> {
        self.locations.push(match location.location {
            Location::Plugin => PresetSource::Plugin,
            Location::File { path } => PresetSource::File(PathBuf::from(path.to_string_lossy().into_owned())),
        });
        Ok(())
    }

    /// Presets are shown by plugin, not by sound pack.
    fn declare_soundpack(&mut self, _soundpack: Soundpack<'_>) -> Result<(), HostError> {
        Ok(())
    }
}

/// The preset files in a folder and those below, by name; or the file itself.
fn files(path: &Path, extensions: &[String], stop: &Stop<'_>) -> Vec<PresetSource> {
    if path.is_file() {
        return vec![PresetSource::File(path.into())];
    }
    let mut found = Vec::new();
    walk(path, extensions, (MAX_DEPTH, stop), &mut found);
    found.sort();
    found.into_iter().map(PresetSource::File).collect()
}

/// What cannot be read is passed over: a folder of presets need not be there.
fn walk(folder: &Path, extensions: &[String], (depth, stop): (u32, &Stop<'_>), found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if found.len() >= MAX_FILES || stop.is_wanted() {
            return;
        }
        let path = entry.path();
        if path.is_dir() {
            if depth > 0 {
                walk(&path, extensions, (depth - 1, stop), found);
            }
        } else {
            let matches =
                |wanted: &String| path.extension().is_some_and(|is| is.eq_ignore_ascii_case(wanted.as_str()));
            if extensions.is_empty() || extensions.iter().any(matches) {
                found.push(path);
            }
        }
    }
}

/// Takes down the presets at one place.
struct Shelf<'a> {
    place: PresetSource,
    plugin: &'a str,
    presets: &'a mut Vec<PresetInfo>,
    current: Option<Draft>,
}

/// A preset of which more is still to come.
struct Draft {
    preset: PresetInfo,
    /// Whether it says which plugins it is for, and whether ours is among them.
    names_plugins: bool,
    names_ours: bool,
}

impl Shelf<'_> {
    fn fill(&mut self, provider: &mut Provider<Index>) {
        match &self.place {
            PresetSource::Plugin => provider.get_metadata(Location::Plugin, self),
            PresetSource::File(path) => {
                let Some(path) = path.to_str().and_then(|path| CString::new(path).ok()) else { return };
                provider.get_metadata(Location::File { path: &path }, self);
            }
        }
    }

    fn finish(&mut self) {
        let Some(draft) = self.current.take() else { return };
        if (draft.names_ours || !draft.names_plugins) && self.presets.len() < MAX_PRESETS {
            self.presets.push(draft.preset);
        }
    }
}

fn text(text: &CStr) -> String {
    text.to_string_lossy().into_owned()
}

impl MetadataReceiverImpl for Shelf<'_> {
    /// A file that is no preset after all; what was said of it so far does not count.
    fn on_error(&mut self, _error_code: i32, _error_message: Option<&CStr>) {
        self.current = None;
    }

    fn begin_preset(&mut self, name: Option<&CStr>, load_key: Option<&CStr>) -> Result<(), HostError> {
        self.finish();
        let named = name.map(text).filter(|name| !name.is_empty());
        let of_file = match &self.place {
            PresetSource::File(path) => path.file_stem().map(|stem| stem.to_string_lossy().into_owned()),
            PresetSource::Plugin => None,
        };
        let preset = PresetInfo {
            name: named.or(of_file).unwrap_or_default(),
            source: self.place.clone(),
            load_key: load_key.map(text),
            creators: Vec::new(),
            description: String::new(),
            features: Vec::new(),
        };
        self.current = Some(Draft { preset, names_plugins: false, names_ours: false });
        Ok(())
    }

    fn add_plugin_id(&mut self, id: UniversalPluginId<'_>) {
        if let Some(draft) = &mut self.current {
            draft.names_plugins = true;
            draft.names_ours |= id.abi == c"clap" && id.id.to_bytes() == self.plugin.as_bytes();
        }
    }

    fn set_soundpack_id(&mut self, _soundpack_id: &CStr) {}

    fn set_flags(&mut self, _flags: Flags) {}

    fn add_creator(&mut self, creator: &CStr) {
        if let Some(draft) = &mut self.current {
            draft.preset.creators.push(text(creator));
        }
    }

    fn set_description(&mut self, description: &CStr) {
        if let Some(draft) = &mut self.current {
            draft.preset.description = text(description);
        }
    }

    fn set_timestamps(&mut self, _creation_time: Option<Timestamp>, _modification_time: Option<Timestamp>) {}

    fn add_feature(&mut self, feature: &CStr) {
        if let Some(draft) = &mut self.current {
            draft.preset.features.push(text(feature));
        }
    }

    fn add_extra_info(&mut self, _key: &CStr, _value: &CStr) {}
}
