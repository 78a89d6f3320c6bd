//! Sets of audio ports that the host can choose from.

use clack_extensions::audio_ports::AudioPortType;
use clack_extensions::audio_ports_config::{
    AudioPortConfigWriter, AudioPortsConfiguration, MainPortInfo, PluginAudioPortsConfigImpl,
};
use clack_plugin::prelude::*;

use super::Unit;
use super::main_thread::MainThread;
use super::spec::Port;

impl<U: Unit> PluginAudioPortsConfigImpl for MainThread<'_, U> {
    fn count(&self) -> u32 {
        count(U::SPEC.layouts)
    }

    fn get(&self, index: u32, writer: &mut AudioPortConfigWriter<'_>) {
        let Some(layout) = usize::try_from(index).ok().and_then(|index| U::SPEC.layouts.get(index)) else {
            return;
        };
        writer.write(&AudioPortsConfiguration {
            id: ClapId::new(layout.id),
            name: layout.name.as_bytes(),
            input_port_count: count(layout.inputs),
            output_port_count: count(layout.outputs),
            main_input: layout.inputs.first().map(main),
            main_output: layout.outputs.first().map(main),
        });
    }

    fn select(&self, config_id: ClapId) -> Result<(), PluginError> {
        let id = config_id.get();
        let layout = U::SPEC.layouts.iter().find(|layout| layout.id == id && U::takes(layout));
        self.shared.choose_layout(layout.ok_or(PluginError::Message("no such layout"))?);
        U::laid_out(self.shared);
        Ok(())
    }
}

fn main(port: &Port) -> MainPortInfo<'static> {
    let channel_count = port.channels;
    MainPortInfo { channel_count, port_type: AudioPortType::from_channel_count(channel_count) }
}

fn count<T>(all: &[T]) -> u32 {
    u32::try_from(all.len()).unwrap_or(u32::MAX)
}
