//! Loophole as a plugin: nice-plug's `Plugin` around an [`Instance`].
//!
//! Life of a plugin, as nice-plug drives it:
//! 1. `default`: an [`Instance`] with its control thread, and an empty project that can be played at once;
//! 2. `activate` borrows the engine's audio half from the instance, `deactivate` gives it back;
//! 3. `process` hands blocks over, with what little conversion there is ([`wire`], [`events`], [`audio`]);
//! 4. the host saves and loads the project at any time ([`params`], [`state`]), on the control thread.
//!
//! There is no logger and no panic hook: nice-plug installs them only with a feature that we do not use.

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::{Arc, Weak};

use nice_plug::prelude::*;

use crate::instance::{Instance, InstanceOptions, Starter};

pub mod audio;
mod clap_export;
pub mod editor;
pub mod events;
pub mod layout;
mod loan;
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

/// The CLAP identifier.
pub const CLAP_ID: &str = "org.loophole.loophole";
/// The VST3 class id.
pub const VST3_ID: [u8; 16] = *b"LoopholeDAWinVST";

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
        MADE.set((Arc::downgrade(&instance), Arc::downgrade(&params)));
        let audio = AudioSide::new(Arc::clone(&instance), Arc::clone(&params));
        Self { instance, params, audio }
    }
}

thread_local! {
    /// What the last plugin that this thread made consists of. nice-plug makes them and keeps them to itself; who has just
    /// asked it for one takes this.
    static MADE: RefCell<(Weak<Instance>, Weak<HostParams>)> = RefCell::default();
}

/// Whether nice-plug tells the host of another latency; otherwise [the VST3 shell](vst3::IS_LATENCY_TOLD) does.
fn is_told_by_nice_plug(api: PluginApi) -> bool {
    api != PluginApi::Vst3 || !vst3::IS_LATENCY_TOLD
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

    /// Without main buses, for the reasons that [`layout`] has: all of the audio is in the auxiliary ones.
    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] = &layout::ALL;

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
        layout: &AudioIOLayout,
        config: &BufferConfig,
        context: &mut impl ActivateContext<Self>,
    ) -> bool {
        let Some(latency) = self.audio.activate(config, layout::host_buses(layout)) else { return false };
        if is_told_by_nice_plug(context.plugin_api()) {
            context.set_latency_samples(latency);
        }
        true
    }

    fn reset(&mut self) {
        self.audio.reset();
    }

    fn process(
        &mut self,
        main: &mut Buffer,
        buses: &mut AuxiliaryBuffers,
        context: &mut impl ProcessContext<Self>,
    ) -> ProcessStatus {
        self.audio.process(main.samples(), buses, context)
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
        ClapFeature::Mono,
        ClapFeature::Surround,
    ];
}

impl Vst3Plugin for Loophole {
    const VST3_CLASS_ID: [u8; 16] = VST3_ID;
    const VST3_SUBCATEGORIES: &'static [Vst3SubCategory] =
        &[Vst3SubCategory::Instrument, Vst3SubCategory::Fx, Vst3SubCategory::Stereo];
}
