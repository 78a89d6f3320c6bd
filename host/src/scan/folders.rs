//! Where plugins are installed.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use protocol::PluginFormat;

use crate::nested::file_format;

/// Folders below this depth are not looked into: a loop of links looks endless.
const MAX_DEPTH: usize = 16;

/// The folders that the standards name for this system, those of the user's own variables first. Sources: CLAP `entry.h`;
/// VST3 documentation, *Plug-in Locations*.
///
/// `variable` reads the environment; pass `|name| std::env::var_os(name)`.
pub fn standard_folders(variable: impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    let listed = |name: &str| {
        variable(name).map(|paths| std::env::split_paths(&paths).collect::<Vec<_>>()).unwrap_or_default()
    };
    let below = |name: &str, path: &str| variable(name).map(|folder| PathBuf::from(folder).join(path));
    let mut folders = listed("CLAP_PATH");
    folders.extend(listed("VST3_PATH"));
    if cfg!(target_os = "macos") {
        for format in ["CLAP", "VST3"] {
            let audio = format!("Library/Audio/Plug-Ins/{format}");
            folders.extend(below("HOME", &audio));
            folders.push(PathBuf::from("/").join(audio));
        }
    } else if cfg!(target_os = "windows") {
        for format in ["CLAP", "VST3"] {
            folders.extend(below("COMMONPROGRAMFILES", format));
            folders.extend(below("LOCALAPPDATA", &format!("Programs/Common/{format}")));
        }
    } else {
        folders.extend(below("HOME", ".clap"));
        folders.push("/usr/lib/clap".into());
        folders.extend(below("HOME", ".vst3"));
        folders.extend(["/usr/lib/vst3", "/usr/local/lib/vst3"].map(PathBuf::from));
    }
    folders.retain(|folder| !folder.as_os_str().is_empty());
    folders
}

/// The plugin files below folders, in order of the folders, sorted within each; a file that is reached twice, through
/// links, is listed once. Folders that do not exist are empty.
#[must_use]
pub fn find_plugin_files(folders: &[PathBuf]) -> Vec<PathBuf> {
    let mut walk = Walk::default();
    for folder in folders {
        walk.folder(folder, 0);
    }
    walk.files
}

/// Whether a folder named like a plugin is one: on macOS always, elsewhere only for VST3. Any other is just a folder.
fn is_bundle(folder: &Path, format: PluginFormat) -> bool {
    cfg!(target_os = "macos") || (format == PluginFormat::Vst3 && folder.join("Contents").is_dir())
}

#[derive(Default)]
struct Walk {
    files: Vec<PathBuf>,
    /// What was reached so far, links resolved.
    seen: BTreeSet<PathBuf>,
}

impl Walk {
    fn folder(&mut self, folder: &Path, depth: usize) {
        if depth > MAX_DEPTH || !self.is_new(folder) {
            return;
        }
        let Ok(entries) = std::fs::read_dir(folder) else { return };
        let mut paths: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            let format = file_format(&path);
            let is_folder = path.is_dir();
            if format.is_some_and(|format| !is_folder || is_bundle(&path, format)) {
                if path.exists() && self.is_new(&path) {
                    self.files.push(path);
                }
            } else if is_folder {
                self.folder(&path, depth + 1);
            }
        }
    }

    fn is_new(&mut self, path: &Path) -> bool {
        path.canonicalize().is_ok_and(|real| self.seen.insert(real))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn the_variable_comes_before_the_standard() {
        let variable = |name: &str| match name {
            "CLAP_PATH" => Some(OsString::from("/a:/b::")),
            "VST3_PATH" => Some(OsString::from("/c")),
            "HOME" => Some(OsString::from("/home/me")),
            _ => None,
        };
        let expected = [
            "/a",
            "/b",
            "/c",
            "/home/me/.clap",
            "/usr/lib/clap",
            "/home/me/.vst3",
            "/usr/lib/vst3",
            "/usr/local/lib/vst3",
        ];
        assert_eq!(standard_folders(variable), expected.map(PathBuf::from));
    }

    #[test]
    #[cfg(unix)]
    fn files_are_found_in_subfolders_once_and_loops_end() {
        let root = tempfile::tempdir().unwrap();
        let below = |path: &str| root.path().join(path);
        std::fs::create_dir_all(below("vendor/deep.clap")).unwrap();
        // A bundle is one plugin file, whatever is in it; an empty folder with such a name is none.
        std::fs::create_dir_all(below("vendor/Synth.vst3/Contents/inner.vst3/Contents")).unwrap();
        std::fs::create_dir_all(below("vendor/empty.vst3")).unwrap();
        for file in ["b.clap", "a.CLAP", "readme.txt", "vendor/deep.clap/c.clap"] {
            std::fs::write(below(file), "x").unwrap();
        }
        std::os::unix::fs::symlink(root.path(), below("vendor/loop")).unwrap();
        std::os::unix::fs::symlink(below("b.clap"), below("z.clap")).unwrap();
        std::os::unix::fs::symlink("/nowhere", below("dangling.clap")).unwrap();
        let found = find_plugin_files(&[root.path().into(), below("vendor"), below("missing")]);
        let expected = ["a.CLAP", "b.clap", "vendor/Synth.vst3", "vendor/deep.clap/c.clap"].map(below);
        assert_eq!(found, expected);
    }
}
