//! Where plugins are installed.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::nested::file_format;

/// Folders below this depth are not looked into: a loop of links looks endless.
const MAX_DEPTH: usize = 16;

/// The folders that the CLAP standard names for this system, `CLAP_PATH` first. Source: CLAP `entry.h`.
///
/// `variable` reads the environment; pass `|name| std::env::var_os(name)`.
pub fn standard_folders(variable: impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        variable("CLAP_PATH").map(|paths| std::env::split_paths(&paths).collect()).unwrap_or_default();
    let home = variable("HOME").map(PathBuf::from);
    if cfg!(target_os = "macos") {
        folders.extend(home.map(|home| home.join("Library/Audio/Plug-Ins/CLAP")));
        folders.push("/Library/Audio/Plug-Ins/CLAP".into());
    } else if cfg!(target_os = "windows") {
        let below = |name: &str, path: &str| variable(name).map(|folder| PathBuf::from(folder).join(path));
        folders.extend(below("COMMONPROGRAMFILES", "CLAP"));
        folders.extend(below("LOCALAPPDATA", "Programs/Common/CLAP"));
    } else {
        folders.extend(home.map(|home| home.join(".clap")));
        folders.push("/usr/lib/clap".into());
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
            let is_plugin = file_format(&path).is_some();
            // On macOS a plugin is a folder; elsewhere a folder named like one is just a folder.
            if path.is_dir() && !(is_plugin && cfg!(target_os = "macos")) {
                self.folder(&path, depth + 1);
            } else if is_plugin && path.exists() && self.is_new(&path) {
                self.files.push(path);
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
            "HOME" => Some(OsString::from("/home/me")),
            _ => None,
        };
        let expected: Vec<PathBuf> =
            ["/a", "/b", "/home/me/.clap", "/usr/lib/clap"].into_iter().map(PathBuf::from).collect();
        assert_eq!(standard_folders(variable), expected);
    }

    #[test]
    #[cfg(unix)]
    fn files_are_found_in_subfolders_once_and_loops_end() {
        let root = tempfile::tempdir().unwrap();
        let below = |path: &str| root.path().join(path);
        std::fs::create_dir_all(below("vendor/deep.clap")).unwrap();
        for file in ["b.clap", "a.CLAP", "readme.txt", "vendor/deep.clap/c.clap"] {
            std::fs::write(below(file), "x").unwrap();
        }
        std::os::unix::fs::symlink(root.path(), below("vendor/loop")).unwrap();
        std::os::unix::fs::symlink(below("b.clap"), below("z.clap")).unwrap();
        std::os::unix::fs::symlink("/nowhere", below("dangling.clap")).unwrap();
        let found = find_plugin_files(&[root.path().into(), below("vendor"), below("missing")]);
        let expected = ["a.CLAP", "b.clap", "vendor/deep.clap/c.clap"].map(below);
        assert_eq!(found, expected);
    }
}
