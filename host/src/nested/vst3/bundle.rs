//! Where the library is in a bundle. Source: VST3 documentation, *Plug-in Format Structure*.

use std::path::{Path, PathBuf};

/// The library of a bundle for this machine; a file is its own library, as plugins before bundles were.
pub(crate) fn library(path: &Path) -> Option<PathBuf> {
    if !path.is_dir() {
        return Some(path.into());
    }
    let folder = path.join("Contents").join(folder_name());
    let name = Path::new(path.file_stem()?);
    let named = folder.join(if EXTENSION.is_empty() { name.into() } else { with_extension(name) });
    if named.is_file() {
        return Some(named);
    }
    // A user may have renamed the bundle.
    let mut others: Vec<PathBuf> = std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|file| file.is_file() && file.extension().is_some_and(|extension| extension == EXTENSION))
        .collect();
    others.sort();
    others.into_iter().next()
}

/// What libraries are called in a bundle.
const EXTENSION: &str = if cfg!(target_os = "windows") {
    "vst3"
} else if cfg!(target_os = "macos") {
    ""
} else {
    "so"
};

/// A name may contain dots.
fn with_extension(name: &Path) -> PathBuf {
    let mut name = name.as_os_str().to_owned();
    name.push(".");
    name.push(EXTENSION);
    name.into()
}

/// The folder for this kind of machine.
fn folder_name() -> String {
    let machine = std::env::consts::ARCH;
    if cfg!(target_os = "macos") {
        "MacOS".into()
    } else if cfg!(target_os = "windows") {
        format!("{}-win", if machine == "aarch64" { "arm64" } else { machine })
    } else {
        // As `uname -m` says.
        format!("{}-linux", if machine == "x86" { "i386" } else { machine })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn the_library_is_found_by_name_and_in_a_renamed_bundle() {
        let root = tempfile::tempdir().unwrap();
        let bundle = root.path().join("A b.1.vst3");
        assert_eq!(library(&bundle), Some(bundle.clone()), "what is not there is no bundle");
        let folder = bundle.join("Contents").join(folder_name());
        std::fs::create_dir_all(&folder).unwrap();
        assert_eq!(library(&bundle), None);
        std::fs::write(folder.join("other.so"), "").unwrap();
        assert_eq!(library(&bundle), Some(folder.join("other.so")));
        std::fs::write(folder.join("A b.1.so"), "").unwrap();
        assert_eq!(library(&bundle), Some(folder.join("A b.1.so")));
    }
}
