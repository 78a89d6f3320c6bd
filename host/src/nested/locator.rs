//! Where plugins are: in files that a scan has seen, or built into the program itself.

use std::collections::BTreeMap;
use std::ffi::{CStr, CString, c_void};
use std::path::{Path, PathBuf};
use std::ptr::NonNull;

use protocol::{PluginFormat, PluginInfo, PluginRef};

use super::controller::format_host;
use super::error::DescribeError;

/// Finds plugins by their [`PluginRef`]. A plain value: it runs no code of a plugin when asked.
#[derive(Clone, Default)]
pub struct PluginLocator {
    known: BTreeMap<PluginRef, PluginSource>,
}

/// What a plugin can be made from.
#[derive(Clone, PartialEq, Eq)]
pub enum PluginSource {
    /// A file or bundle.
    File(PathBuf),
    /// An entry point within this program.
    Static(StaticEntry),
}

/// A CLAP entry point (`clap_plugin_entry`) within this program, such as Loophole's own: no file is involved.
#[derive(Clone, PartialEq, Eq)]
pub struct StaticEntry {
    entry: NonNull<c_void>,
    path: CString,
}

// SAFETY: the pointer is to an immutable static, whose functions are thread-safe by the CLAP standard.
#[expect(unsafe_code, reason = "a pointer to a foreign static must cross threads with the locator")]
unsafe impl Send for StaticEntry {}
// SAFETY: as above.
#[expect(unsafe_code, reason = "a pointer to a foreign static must cross threads with the locator")]
unsafe impl Sync for StaticEntry {}

impl StaticEntry {
    /// An entry point. `path` is what the plugin is told about where it is.
    ///
    /// # Safety
    /// `entry` points to a valid `clap_plugin_entry` that stays valid for the rest of the process.
    #[must_use]
    #[expect(unsafe_code, reason = "only the caller can know that the pointer is an entry")]
    pub unsafe fn new(entry: NonNull<c_void>, path: &CStr) -> Self {
        Self { entry, path: path.to_owned() }
    }

    pub(crate) const fn entry(&self) -> NonNull<c_void> {
        self.entry
    }

    pub(crate) fn path(&self) -> &CStr {
        &self.path
    }
}

impl PluginSource {
    /// The file; empty for an entry point within the program.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::File(path) => path,
            Self::Static(_) => Path::new(""),
        }
    }
}

impl PluginLocator {
    /// Knows nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what a scan found. Entry points within the program stay preferred; otherwise the later file wins.
    pub fn add_scanned<'a>(&mut self, plugins: impl IntoIterator<Item = &'a PluginInfo>) {
        for plugin in plugins {
            if !matches!(self.known.get(&plugin.plugin), Some(PluginSource::Static(_))) {
                self.known.insert(plugin.plugin.clone(), PluginSource::File(plugin.path.clone()));
            }
        }
    }

    /// Adds the plugins of an entry point within the program; returns them.
    ///
    /// # Errors
    /// If it offers none.
    pub fn add_static(&mut self, entry: &StaticEntry) -> Result<Vec<PluginInfo>, DescribeError> {
        self.describe_and_add(PluginFormat::Clap, PluginSource::Static(entry.clone()))
    }

    /// Adds the plugins of a file by loading it into this process; returns them. For files the user vouches for.
    ///
    /// # Errors
    /// If it is no plugin file.
    pub fn add_file(&mut self, path: &Path) -> Result<Vec<PluginInfo>, DescribeError> {
        let format = file_format(path).ok_or_else(|| DescribeError::UnknownFormat { path: path.into() })?;
        self.describe_and_add(format, PluginSource::File(path.into()))
    }

    /// Where a plugin is.
    #[must_use]
    pub fn locate(&self, plugin: &PluginRef) -> Option<PluginSource> {
        self.known.get(plugin).cloned()
    }

    fn describe_and_add(
        &mut self,
        format: PluginFormat,
        source: PluginSource,
    ) -> Result<Vec<PluginInfo>, DescribeError> {
        let plugins = format_host(format).describe(&source)?;
        for plugin in &plugins {
            self.known.insert(plugin.plugin.clone(), source.clone());
        }
        Ok(plugins)
    }
}

/// The format of a plugin file, by its name.
pub(crate) fn file_format(path: &Path) -> Option<PluginFormat> {
    let extension = path.extension()?;
    if extension.eq_ignore_ascii_case("clap") {
        Some(PluginFormat::Clap)
    } else if extension.eq_ignore_ascii_case("vst3") {
        Some(PluginFormat::Vst3)
    } else {
        None
    }
}
