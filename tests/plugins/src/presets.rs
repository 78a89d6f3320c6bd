//! The presets of [`studio`](crate::plugins::studio): two within the plugin, one of them for another plugin, and those of
//! a folder beside the system's temporary files.

use std::ffi::CStr;

use clack_extensions::preset_discovery::prelude::*;
use clack_plugin::plugin::PluginError;

use crate::plugins::PREFIX;

/// Where the presets in files are: the folder of this name within the temporary folder.
pub const FOLDER: &str = "loophole-test-presets";

/// Lists the presets.
pub(crate) struct Presets(ProviderDescriptor);

impl Presets {
    pub(crate) fn new() -> Self {
        Self(ProviderDescriptor::new("org.loophole.test.presets", "Test presets"))
    }
}

impl PresetDiscoveryFactoryImpl for Presets {
    fn provider_count(&self) -> u32 {
        1
    }

    fn provider_descriptor(&self, index: u32) -> Option<&ProviderDescriptor> {
        (index == 0).then_some(&self.0)
    }

    fn create_provider<'a>(&'a self, indexer: IndexerInfo<'a>, id: &CStr) -> Option<ProviderInstance<'a>> {
        (self.0.id() == Some(id)).then(|| {
            ProviderInstance::new(indexer, &self.0, |mut indexer| {
                let folder = std::env::temp_dir().join(FOLDER);
                let folder = std::ffi::CString::new(folder.to_string_lossy().as_ref())?;
                indexer.declare_filetype(FileType {
                    name: c"Test preset",
                    description: None,
                    file_extension: Some(c"testpreset"),
                })?;
                for location in [Location::Plugin, Location::File { path: &folder }] {
                    let (name, flags) = (c"Test", Flags::IS_FACTORY_CONTENT);
                    indexer.declare_location(LocationInfo { name, flags, location })?;
                }
                Ok(Provider)
            })
        })
    }
}

struct Provider;

impl<'a> ProviderImpl<'a> for Provider {
    fn get_metadata(
        &mut self,
        location: Location<'_>,
        receiver: &mut MetadataReceiver<'_>,
    ) -> Result<(), PluginError> {
        let studio = std::ffi::CString::new(format!("{PREFIX}studio"))?;
        if let Location::File { .. } = location {
            // No name: the host takes that of the file.
            receiver.begin_preset(None, None)?.add_plugin_id(UniversalPluginId::clap(&studio));
            return Ok(());
        }
        receiver
            .begin_preset(Some(c"Loud"), Some(c"loud"))?
            .add_plugin_id(UniversalPluginId::clap(&studio))
            .add_creator(c"Loophole")
            .set_description(c"As loud as it gets")
            .add_feature(c"loud");
        receiver
            .begin_preset(Some(c"Not ours"), Some(c"other"))?
            .add_plugin_id(UniversalPluginId::clap(c"org.example.other"));
        Ok(())
    }
}
