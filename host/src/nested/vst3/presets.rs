//! Presets: the program lists of a plugin, and the `.vstpreset` files in the folders that the standard names.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use protocol::PluginInfo;
use protocol::plugin::{PresetInfo, PresetSource};
use vst3::Steinberg::TUID;
use vst3::Steinberg::Vst::ProgramListID;

use super::params::Param;
use super::preset;
use super::units::Units;
use crate::nested::preset_search::Stop;

/// Folders below this depth are not looked into.
const MAX_DEPTH: usize = 4;

/// The folders for presets of a plugin, the user's own first. Source: VST3 documentation, *Preset Locations*.
fn folders(info: &PluginInfo, variable: impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    let below = |name: &str, path: &str| variable(name).map(|folder| PathBuf::from(folder).join(path));
    let bases: Vec<Option<PathBuf>> = if cfg!(target_os = "macos") {
        vec![below("HOME", "Library/Audio/Presets"), Some("/Library/Audio/Presets".into())]
    } else if cfg!(target_os = "windows") {
        ["USERPROFILE", "APPDATA", "PROGRAMDATA"]
            .into_iter()
            .map(|name| {
                below(name, if name == "USERPROFILE" { "Documents/VST3 Presets" } else { "VST3 Presets" })
            })
            .collect()
    } else {
        let shared = ["/usr/share/vst3/presets", "/usr/local/share/vst3/presets"];
        [below("HOME", ".vst3/presets")].into_iter().chain(shared.map(|path| Some(path.into()))).collect()
    };
    // A name may not lead elsewhere.
    let part = |name: &str| name.replace(['/', '\\'], "_");
    bases.into_iter().flatten().map(|base| base.join(part(&info.vendor)).join(part(&info.name))).collect()
}

/// The preset files of a plugin. Reads folders, and the head of every file.
pub(super) fn files(info: &PluginInfo, class: &TUID, stop: &Stop<'_>) -> Vec<PresetInfo> {
    let mut found = Vec::new();
    for folder in folders(info, |name| std::env::var_os(name)) {
        walk(&folder, 0, (class, stop), &mut found);
    }
    found
}

fn walk(folder: &Path, depth: usize, (class, stop): (&TUID, &Stop<'_>), found: &mut Vec<PresetInfo>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if stop.is_wanted() {
            return;
        }
        if path.is_dir() {
            if depth < MAX_DEPTH {
                walk(&path, depth + 1, (class, stop), found);
            }
        } else if path.extension().is_some_and(|extension| extension == "vstpreset")
            && preset::is_for(class, &path)
        {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            found.push(info(name, PresetSource::File(path), None, String::new()));
        }
    }
}

fn info(name: String, source: PresetSource, load_key: Option<String>, description: String) -> PresetInfo {
    PresetInfo { name, source, load_key, creators: Vec::new(), description, features: Vec::new() }
}

/// The programs that the plugin's units can choose from. The key names list and program.
pub(super) fn programs(units: &Units) -> Vec<PresetInfo> {
    let of_list = |list: &super::units::ProgramList| {
        let (id, group) = (list.id, list.name.clone());
        (0..).zip(list.programs.clone()).map(move |(program, name): (usize, _)| {
            info(name, PresetSource::Plugin, Some(format!("{id}/{program}")), group.clone())
        })
    };
    units.lists.iter().flat_map(of_list).collect()
}

/// The list and the program of a key.
pub(super) fn parse_key(key: &str) -> Option<(ProgramListID, usize)> {
    let (list, program) = key.split_once('/')?;
    Some((list.parse().ok()?, program.parse().ok()?))
}

/// The parameter that chooses a program, and its normalized value for that. Source: VST3 documentation, *VST 3 Units*.
pub(super) fn chooser(
    units: &Units,
    params: &[Param],
    list: ProgramListID,
    program: usize,
) -> Option<(u32, f64)> {
    let programs = units.lists.iter().find(|known| known.id == list)?.programs.len();
    if program >= programs {
        return None;
    }
    let is_chooser = |param: &&Param| {
        param.is_program_change() && units.list_of(param.unit).is_some_and(|own| own.id == list)
    };
    let param = params.iter().find(is_chooser)?;
    let step = i32::try_from(program).ok()?;
    // A list of one has no steps.
    let last = i32::try_from(programs).ok()? - 1;
    Some((param.id, if last == 0 { 0.0 } else { f64::from(step) / f64::from(last) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{PluginFormat, PluginRef};

    #[test]
    fn keys_name_list_and_program() {
        assert_eq!(parse_key("-3/12"), Some((-3, 12)));
        assert_eq!(parse_key("3"), None);
        assert_eq!(parse_key("3/x"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn presets_are_where_the_standard_says_and_names_lead_nowhere_else() {
        let info = PluginInfo {
            plugin: PluginRef { format: PluginFormat::Vst3, id: String::new() },
            name: "../Synth".into(),
            vendor: "A/B".into(),
            version: String::new(),
            features: Vec::new(),
            path: PathBuf::new(),
        };
        let home = |name: &str| (name == "HOME").then(|| OsString::from("/home/me"));
        let expected = PathBuf::from("/home/me/.vst3/presets/A_B/.._Synth");
        assert_eq!(folders(&info, home)[0], expected);
    }
}
