//! Small CLAP plugins that behave, or misbehave, on purpose: what the engine is tested against.
//!
//! The package `loophole-test-plugins` makes them one `.clap` file; as a Rust library they offer the same entry point
//! ([`entry`]), so that tests load them without a file. Every plugin is one [`frame::Unit`] in [`plugins`]; the [`frame`] gives all of them
//! parameters, state and ports.
//!
//! A bundle whose file name starts with `crash` aborts when it is loaded, one that starts with `hang` never comes back:
//! food for scanners.
#![deny(unsafe_code)]

pub mod frame;
pub mod plugins;
pub mod presets;

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use clack_extensions::preset_discovery::factory::PresetDiscoveryFactoryWrapper;
use clack_plugin::entry::prelude::*;
use clack_plugin::entry::{Entry, EntryDescriptor};
use clack_plugin::plugin::PluginInstance;

use plugins::Maker;
use presets::Presets;

/// The bundle.
pub struct TestPlugins {
    factory: PluginFactoryWrapper<Factory>,
    presets: PresetDiscoveryFactoryWrapper<Presets>,
}

struct Factory {
    makers: Vec<Maker>,
}

impl Entry for TestPlugins {
    fn new(bundle_path: Option<&CStr>) -> Result<Self, EntryLoadError> {
        let path = bundle_path.unwrap_or_default().to_string_lossy();
        let file = path.rsplit('/').next().unwrap_or_default();
        if file.starts_with("crash") {
            std::process::abort();
        }
        while file.starts_with("hang") {
            std::thread::sleep(std::time::Duration::from_secs(3_600));
        }
        Ok(Self {
            factory: PluginFactoryWrapper::new(Factory { makers: plugins::all() }),
            presets: PresetDiscoveryFactoryWrapper::new(Presets::new()),
        })
    }

    fn declare_factories<'a>(&'a self, builder: &mut EntryFactories<'a>) {
        builder.register_factory(&self.factory).register_factory(&self.presets);
    }
}

impl PluginFactoryImpl for Factory {
    fn plugin_count(&self) -> u32 {
        u32::try_from(self.makers.len()).unwrap_or(u32::MAX)
    }

    fn plugin_descriptor(&self, index: u32) -> Option<&PluginDescriptor> {
        self.makers.get(usize::try_from(index).ok()?).map(|maker| &maker.descriptor)
    }

    fn create_plugin<'a>(&'a self, host: HostInfo<'a>, id: &CStr) -> Option<PluginInstance<'a>> {
        let maker = self.makers.iter().find(|maker| maker.descriptor.id() == Some(id))?;
        Some((maker.make)(host, &maker.descriptor))
    }
}

static ENTRY: EntryDescriptor = clack_plugin::clack_entry!(TestPlugins);

/// The entry point (`clap_plugin_entry`), for hosts in the same program. It is valid for ever.
#[must_use]
pub fn entry() -> NonNull<c_void> {
    NonNull::from(&ENTRY).cast()
}
