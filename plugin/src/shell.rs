//! Loophole as a plugin: nice-plug's `Plugin` around an [`Instance`].
//!
//! Life of a plugin, as nice-plug drives it:
//! 1. `default`: an [`Instance`] with its control thread, and an empty project that can be played at once;
//! 2. `activate` borrows the engine's audio half from the instance, `deactivate` gives it back;
//! 3. `process` hands blocks over, with what little conversion there is ([`wire`], [`events`], [`audio`]);
//! 4. the host saves and loads the project at any time ([`params`], [`state`]), on the control thread.
//!
//! There is no logger and no panic hook: nice-plug installs them only with a feature that we do not use.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;

use nice_plug::prelude::*;

use crate::instance::{Instance, InstanceOptions, Starter};

pub mod audio;
mod clap_export;
pub mod editor;
pub mod events;
pub mod params;
pub mod preset;
pub mod state;
mod vst3;
pub mod wire;

pub use clap_export::clap_entry;
pub use vst3::GetPluginFactory;

use self::audio::AudioSide;
use self::editor::PluginWindow;
use self::params::HostParams;

/// Stereo inputs: main and sidechain.
pub const INPUT_BUSES: usize = 2;
/// Stereo outputs: main and eight extra ones.
pub const OUTPUT_BUSES: usize = 9;

/// The CLAP identifier.
pub const CLAP_ID: &str = "org.loophole.loophole";
/// The VST3 class id.
pub const VST3_ID: [u8; 16] = *b"LoopholeDAWinVST";

const STEREO: NonZeroU32 = new_nonzero_u32(2);

/// The plugin.
pub struct Loophole {
    instance: Arc<Instance>,
    params: Arc<HostParams>,
    audio: AudioSide,
}

impl Default for Loophole {
    fn default() -> Self {
        let instance = Arc::new(Instance::new(InstanceOptions {
            starter: Starter::Playable,
            scanner: scanner(),
            ..Default::default()
        }));
        let params = Arc::new(HostParams::new(Arc::clone(&instance)));
        let sink: Arc<dyn crate::instance::MacroSink> = params.macros.clone();
        instance.set_macro_sink(&sink);
        let audio = AudioSide::new(Arc::clone(&instance), Arc::clone(&params));
        Self { instance, params, audio }
    }
}

/// The `loophole` program, if it is installed: a plugin cannot open other plugins in a process of its own without it.
fn scanner() -> Option<PathBuf> {
    let name = format!("loophole{}", std::env::consts::EXE_SUFFIX);
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(&name)).find(|program| program.is_file())
}

impl Plugin for Loophole {
    const NAME: &'static str = "Loophole";
    const VENDOR: &'static str = "Loophole";
    const URL: &'static str = env!("CARGO_PKG_REPOSITORY");
    const EMAIL: &'static str = "";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] = &[AudioIOLayout {
        main_input_channels: Some(STEREO),
        main_output_channels: Some(STEREO),
        aux_input_ports: &[STEREO; INPUT_BUSES - 1],
        aux_output_ports: &[STEREO; OUTPUT_BUSES - 1],
        names: PortNames {
            layout: Some("Stereo with sidechain and extra outputs"),
            main_input: None,
            main_output: None,
            aux_inputs: &["Sidechain"],
            aux_outputs: &["Out 2", "Out 3", "Out 4", "Out 5", "Out 6", "Out 7", "Out 8", "Out 9"],
        },
    }];

    const MIDI_INPUT: MidiConfig = MidiConfig::MidiCCs;
    const MIDI_OUTPUT: MidiConfig = MidiConfig::MidiCCs;
    /// So that a macro moves, and playback starts, at exactly the frame the host says.
    const SAMPLE_ACCURATE_AUTOMATION: bool = true;
    const INPUT_EVENT_CAPACITY: usize = audio::EVENTS + 1;

    type Editor = nice_plug_egui::EguiEditor<PluginWindow>;
    type SysExMessage = wire::Carried;
    type BackgroundTask = ();

    fn params(&self) -> Arc<dyn Params> {
        self.params.clone()
    }

    fn editor(&mut self, _: AsyncExecutor<Self>) -> Option<Self::Editor> {
        editor::create(&self.instance, &self.params)
    }

    fn filter_state(state: &mut PluginState) {
        state::filter(state);
    }

    fn activate(
        &mut self,
        _: &AudioIOLayout,
        config: &BufferConfig,
        context: &mut impl ActivateContext<Self>,
    ) -> bool {
        let Some(latency) = self.audio.activate(config) else { return false };
        context.set_latency_samples(latency);
        true
    }

    fn reset(&mut self) {
        self.audio.reset();
    }

    fn process(
        &mut self,
        buffer: &mut Buffer,
        aux: &mut AuxiliaryBuffers,
        context: &mut impl ProcessContext<Self>,
    ) -> ProcessStatus {
        self.audio.process(buffer, aux, context)
    }

    fn deactivate(&mut self) {
        self.audio.deactivate();
    }
}

impl ClapPlugin for Loophole {
    const CLAP_ID: &'static str = CLAP_ID;
    const CLAP_DESCRIPTION: Option<&'static str> = Some("A whole DAW in one plugin slot");
    const CLAP_MANUAL_URL: Option<&'static str> = None;
    const CLAP_SUPPORT_URL: Option<&'static str> = None;
    const CLAP_FEATURES: &'static [ClapFeature] = &[
        ClapFeature::Instrument,
        ClapFeature::AudioEffect,
        ClapFeature::Synthesizer,
        ClapFeature::MultiEffects,
        ClapFeature::Stereo,
    ];
}

impl Vst3Plugin for Loophole {
    const VST3_CLASS_ID: [u8; 16] = VST3_ID;
    const VST3_SUBCATEGORIES: &'static [Vst3SubCategory] =
        &[Vst3SubCategory::Instrument, Vst3SubCategory::Fx, Vst3SubCategory::Stereo];
}
