//! From a file or an entry point to the plugins in it.
#![expect(unsafe_code, reason = "loading a library runs its code; an entry point is a raw pointer")]

use std::ffi::CString;
use std::path::PathBuf;

use clack_host::entry::EntryDescriptor;
use clack_host::prelude::*;
use protocol::{PluginFormat, PluginInfo, PluginRef};

use super::instance::ClapPlugin;
use crate::nested::error::{DescribeError, LoadError};
use crate::nested::locator::PluginSource;
use crate::nested::plugin::{PluginController, PluginFormatHost};

/// The CLAP format.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClapHost;

impl PluginFormatHost for ClapHost {
    fn format(&self) -> PluginFormat {
        PluginFormat::Clap
    }

    fn describe(&self, source: &PluginSource) -> Result<Vec<PluginInfo>, DescribeError> {
        describe(&entry(source)?, source)
    }

    fn create(&self, source: &PluginSource, id: &str) -> Result<PluginController, LoadError> {
        let failed = |source| LoadError::Describe { id: id.into(), source };
        let entry = entry(source).map_err(failed)?;
        let info = describe(&entry, source)
            .map_err(failed)?
            .into_iter()
            .find(|info| info.plugin.id == id)
            .ok_or_else(|| LoadError::Create {
                id: id.into(),
                source: Box::new(PluginInstanceError::PluginNotFound),
            })?;
        let c_id = CString::new(id)
            .map_err(|source| LoadError::Create { id: id.into(), source: Box::new(source) })?;
        let plugin = ClapPlugin::new(&entry, &c_id, info)
            .map_err(|source| LoadError::Create { id: id.into(), source: Box::new(source) })?;
        Ok(Box::new(plugin))
    }
}

/// Loads a file, or takes an entry point, and initialises it.
fn entry(source: &PluginSource) -> Result<PluginEntry, DescribeError> {
    let path = || PathBuf::from(source.path());
    let loaded = match source {
        PluginSource::File(file) => {
            if file.as_os_str().as_encoded_bytes().contains(&0) {
                return Err(DescribeError::Path { path: path() });
            }
            // SAFETY: nobody can vouch for a foreign library. Scans load it in a process of their own first.
            unsafe { PluginEntry::load(file) }
        }
        PluginSource::Static(entry) => {
            // SAFETY: whoever made the `StaticEntry` guarantees that it points to a valid entry for ever.
            unsafe {
                let descriptor: &'static EntryDescriptor = entry.entry().cast().as_ref();
                PluginEntry::load_from_raw(descriptor, entry.path())
            }
        }
    };
    loaded.map_err(|source| DescribeError::Library { path: path(), source: Box::new(source) })
}

/// The plugins that a factory lists. Those without an identifier cannot be made, and are left out.
fn describe(entry: &PluginEntry, source: &PluginSource) -> Result<Vec<PluginInfo>, DescribeError> {
    let factory =
        entry.get_plugin_factory().ok_or_else(|| DescribeError::NoFactory { path: source.path().into() })?;
    let text = |text: Option<&std::ffi::CStr>| text.unwrap_or_default().to_string_lossy().into_owned();
    Ok(factory
        .plugin_descriptors()
        .filter(|descriptor| descriptor.id().is_some_and(|id| !id.is_empty()))
        .map(|descriptor| PluginInfo {
            plugin: PluginRef { format: PluginFormat::Clap, id: text(descriptor.id()) },
            name: text(descriptor.name()),
            vendor: text(descriptor.vendor()),
            version: text(descriptor.version()),
            features: descriptor.features().map(|feature| text(Some(feature))).collect(),
            path: source.path().into(),
        })
        .collect())
}
