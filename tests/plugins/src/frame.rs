//! What all the plugins have in common: parameters, state, ports, and a loop that cuts blocks at events.

mod audio;
mod gui;
mod io;
mod layouts;
mod main_thread;
mod offers;
mod shared;
mod spec;
mod state;

use std::marker::PhantomData;

use clack_extensions::audio_ports::PluginAudioPorts;
use clack_extensions::audio_ports_config::PluginAudioPortsConfig;
use clack_extensions::gui::PluginGui;
use clack_extensions::latency::PluginLatency;
use clack_extensions::note_ports::PluginNotePorts;
use clack_extensions::params::PluginParams;
use clack_extensions::posix_fd::PluginPosixFd;
use clack_extensions::render::PluginRender;
use clack_extensions::state::PluginState;
use clack_extensions::tail::{PluginTail, TailLength};
use clack_extensions::timer::PluginTimer;
use clack_extensions::track_info::PluginTrackInfo;
use clack_extensions::voice_info::{PluginVoiceInfo, VoiceInfo};
use clack_plugin::prelude::*;

pub use audio::AudioThread;
pub use io::Io;
pub use main_thread::MainThread;
pub use shared::Shared;
pub use spec::{Layout, Param, Port, PortKind, Spec, percent, plain};

/// What makes a plugin different from the others: a description, and what it does with audio and events.
pub trait Unit: Default + Send + 'static {
    /// What the plugin says about itself.
    const SPEC: Spec;

    /// Makes it ready; `None` refuses. Main thread.
    fn activate(shared: &Shared<'_>, config: &PluginAudioConfiguration) -> Option<Self> {
        let _ = (shared, config);
        Some(Self::default())
    }

    /// The largest value that a parameter can have now.
    fn largest(shared: &Shared<'_>, param: &Param) -> f64 {
        let _ = shared;
        param.max
    }

    /// Whether it begins to process. Audio thread.
    fn starts(shared: &Shared<'_>) -> bool {
        let _ = shared;
        true
    }

    /// Takes an event that is not a parameter value. Audio thread.
    fn event(&mut self, event: &UnknownEvent, shared: &Shared<'_>, out: &mut OutputEvents<'_>) {
        let _ = (event, shared, out);
    }

    /// Begins a block. Audio thread.
    fn begin(&mut self, process: &Process<'_>, shared: &Shared<'_>, out: &mut OutputEvents<'_>) {
        let _ = (process, shared, out);
    }

    /// Renders the frames `range` of the block, between two events. Audio thread. Otherwise what comes in goes out.
    ///
    /// # Errors
    /// If the plugin fails on purpose.
    fn render(
        &mut self,
        io: &mut Io<'_>,
        range: std::ops::Range<usize>,
        shared: &Shared<'_>,
        out: &mut OutputEvents<'_>,
    ) -> Result<(), PluginError> {
        let _ = (shared, out);
        io.pass(range);
        Ok(())
    }

    /// What it says at the end of a block.
    fn status(&self) -> ProcessStatus {
        ProcessStatus::Continue
    }

    /// Forgets all sound.
    fn reset(&mut self) {}

    /// How much later the output is, in frames.
    fn latency(shared: &Shared<'_>) -> u32 {
        let _ = shared;
        0
    }

    /// Its ports of one direction, as they are now.
    fn ports(shared: &Shared<'_>, is_input: bool) -> &'static [Port] {
        let (inputs, outputs) = shared
            .layout()
            .map_or((shared.spec.inputs, shared.spec.outputs), |layout| (layout.inputs, layout.outputs));
        if is_input { inputs } else { outputs }
    }

    /// Whether it takes a layout that it offers.
    fn takes(layout: &Layout) -> bool {
        let _ = layout;
        true
    }

    /// The host chose one of its layouts. Main thread, inactive.
    fn laid_out(shared: &Shared<'_>) {
        let _ = shared;
    }

    /// Whether it can keep its state.
    ///
    /// # Errors
    /// If it fails on purpose.
    fn keeps_state() -> Result<(), PluginError> {
        Ok(())
    }

    /// How long it sounds on.
    fn tail(&self, shared: &Shared<'_>) -> TailLength {
        let _ = shared;
        TailLength::Finite(0)
    }

    /// How many voices it plays.
    fn voices() -> Option<VoiceInfo> {
        None
    }

    /// The host fetches parameter values outside of processing. Main thread, or audio thread while active.
    fn flushed(shared: &Shared<'_>, out: &mut OutputEvents<'_>) {
        let _ = (shared, out);
    }

    /// Just made. Main thread.
    fn created(shared: &Shared<'_>, host: &HostMainThreadHandle<'_>) {
        let _ = (shared, host);
    }

    /// The host calls back. Main thread.
    fn called_back(shared: &Shared<'_>, host: &HostMainThreadHandle<'_>) {
        let _ = (shared, host);
    }
}

/// The CLAP plugin around a [`Unit`].
pub struct Framed<U>(PhantomData<U>);

impl<U: Unit> Plugin for Framed<U> {
    type AudioProcessor<'a> = AudioThread<'a, U>;
    type Shared<'a> = Shared<'a>;
    type MainThread<'a> = MainThread<'a, U>;

    fn declare_extensions(builder: &mut PluginExtensions<Self>, _shared: Option<&Shared<'_>>) {
        builder
            .register::<PluginAudioPorts>()
            .register::<PluginNotePorts>()
            .register::<PluginParams>()
            .register::<PluginLatency>()
            .register::<PluginTail>()
            .register::<PluginRender>()
            .register::<PluginTimer>()
            .register::<PluginPosixFd>()
            .register::<PluginTrackInfo>()
            .register::<PluginVoiceInfo>();
        if U::SPEC.stateful {
            builder.register::<PluginState>();
        }
        if U::SPEC.window {
            builder.register::<PluginGui>();
        }
        if !U::SPEC.layouts.is_empty() {
            builder.register::<PluginAudioPortsConfig>();
        }
        if U::SPEC.offers {
            offers::declare(builder);
        }
    }
}
