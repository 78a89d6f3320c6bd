//! The audio-thread half of a CLAP plugin.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use clack_extensions::audio_ports_activation::PluginAudioPortsActivation;
use clack_extensions::tail::PluginTail;
use clack_host::events::io::{InputEvents, OutputEvents};
use clack_host::prelude::*;
use clack_host::process::ProcessStatus as ClapStatus;
use protocol::control::LogLevel;
use protocol::{Frames, ParamId};

use super::buffers::Buffers;
use super::events_in::EventsIn;
use super::events_out::EventsOut;
use super::host::{Handlers, HostState};
use super::param_table::ParamTable;
use super::quiet::Quiet;
use super::tail;
use super::thread_pool::Helpers;
use super::transport::Transport;
use crate::math::to_u32;
use crate::nested::requests::Request;
use crate::nested::unwritten::Unwritten;
use crate::processor::{BusOut, NodeBlock, Parallel, Ports, ProcessStatus, Processor, Tail};

/// A plugin's processor, with everything it needs for a block.
pub(super) struct ClapProcessor {
    pub(super) running: Running,
    pub(super) host: Arc<HostState>,
    pub(super) ports: Ports,
    pub(super) inputs: Buffers,
    pub(super) outputs: Buffers,
    pub(super) unwritten: Unwritten,
    pub(super) events: EventsIn,
    pub(super) params: ParamTable,
    pub(super) transport: Transport,
    pub(super) tail_extension: Option<PluginTail>,
    pub(super) tail: Tail,
    pub(super) activation: Option<PluginAudioPortsActivation>,
    /// Whether it is an instrument that hears CLAP's note events, and so says when its voices end.
    pub(super) tells_note_ends: bool,
    /// Events that did not fit into a block since somebody asked.
    pub(super) dropped: u32,
    /// Whether the log says that the plugin has no words for some events.
    pub(super) unsaid_told: bool,
    /// Whether the log says that the plugin does not start.
    pub(super) refusal_told: bool,
    /// How long it has been quiet.
    pub(super) quiet: Quiet,
    /// Frames processed since activation.
    pub(super) steady_frames: u64,
    /// Threads for the parts of its work.
    pub(super) helpers: Option<Box<Helpers>>,
}

static_assertions::assert_impl_all!(ClapProcessor: Send);
static_assertions::assert_not_impl_any!(ClapProcessor: Sync);

/// Where the plugin is in its life on the audio thread.
pub(super) enum Running {
    /// Activated; the next block starts it.
    Stopped(StoppedPluginAudioProcessor<Handlers>),
    /// Processing.
    Started(StartedPluginAudioProcessor<Handlers>),
    /// It refused to start; a reset tries again.
    Refused(StoppedPluginAudioProcessor<Handlers>),
    /// In the middle of a change; never seen from outside.
    Between,
}

impl Running {
    /// Starts a plugin that is stopped; a refusal is told once.
    fn start(&mut self, host: &HostState, refusal_told: &mut bool) {
        *self = match std::mem::replace(self, Self::Between) {
            Self::Stopped(stopped) => match stopped.start_processing() {
                Ok(started) => Self::Started(started),
                Err(error) => {
                    if !std::mem::replace(refusal_told, true) {
                        host.log.push_parts(LogLevel::Error, &["the plugin refuses to start processing"]);
                    }
                    Self::Refused(error.into_stopped_processor())
                }
            },
            other => other,
        };
    }

    /// Stops a plugin that runs.
    fn stop(&mut self) {
        *self = match std::mem::replace(self, Self::Between) {
            Self::Started(started) => Self::Stopped(started.stop_processing()),
            other => other,
        };
    }
}

impl Processor for ClapProcessor {
    fn ports(&self) -> Ports {
        self.ports
    }

    fn process(&mut self, block: &mut NodeBlock<'_>) -> ProcessStatus {
        let Self {
            running,
            host,
            ports,
            inputs,
            outputs,
            unwritten,
            events,
            params,
            transport,
            dropped,
            unsaid_told,
            refusal_told,
            ..
        } = self;
        let scope = host.threads.enter_audio();
        if !matches!(running, Running::Started(_)) {
            running.start(host, refusal_told);
        }
        let Running::Started(plugin) = running else { return ProcessStatus::Failed };

        let frames = block.frames;
        if !host.bus_uses.tell(self.activation, &mut plugin.plugin_handle()) {
            // It said that it could.
            host.requests.raise(Request::Restart);
        }
        host.incoming.drain(|param, value| params.set(param, value));
        events.fill(block.events_in, params, host.one_per_key.load(Ordering::Relaxed));
        let is_fed = block.is_fed();
        if is_fed || ports.is_generator() {
            unwritten.prepare(block.audio_out);
        } else {
            unwritten.prepare_idle(block.audio_out);
        }
        let (Some(audio_in), Some(mut audio_out)) =
            (inputs.inputs(block.audio_in, frames), outputs.outputs(block.audio_out, frames))
        else {
            return ProcessStatus::Failed;
        };
        let mut out = EventsOut::new(block.events_out, params, to_u32(frames));
        let status = plugin.process(
            &audio_in,
            &mut audio_out,
            &InputEvents::from_buffer(events),
            &mut OutputEvents::from_buffer(&mut out),
            Some(self.steady_frames),
            Some(transport.update(block.transport)),
        );
        *dropped = dropped.saturating_add(events.take_dropped());
        if events.take_unsaid() > 0 && !*unsaid_told {
            *unsaid_told = true;
            host.log
                .push_parts(LogLevel::Info, &["some events have no form that the plugin's note input takes"]);
        }
        events.clear();
        self.steady_frames += u64::from(to_u32(frames));
        if host.requests.take(Request::TailChanged) {
            self.tail = tail::read(self.tail_extension, &plugin.plugin_handle());
        }
        drop(scope);

        unwritten.mend(block.audio_out);
        match status {
            Ok(ClapStatus::Continue) => ProcessStatus::Continue,
            Ok(ClapStatus::Tail) => ProcessStatus::Tail,
            Ok(ClapStatus::ContinueIfNotQuiet)
                if is_fed || !is_silent(block.audio_out) || self.host.window_open.load(Ordering::Relaxed) =>
            {
                ProcessStatus::Continue
            }
            Ok(ClapStatus::ContinueIfNotQuiet) => {
                self.quiet.judge(self.steady_frames, to_u32(frames), block.transport)
            }
            Ok(ClapStatus::Sleep) => ProcessStatus::Quiet,
            Err(_) => ProcessStatus::Failed,
        }
    }

    fn reset(&mut self) {
        let _scope = self.host.threads.enter_audio();
        match &mut self.running {
            Running::Stopped(stopped) => stopped.reset(),
            Running::Started(started) => started.reset(),
            Running::Refused(_) | Running::Between => {}
        }
        self.running = match std::mem::replace(&mut self.running, Running::Between) {
            Running::Refused(stopped) => Running::Stopped(stopped),
            other => other,
        };
        self.events.reset();
    }

    fn set_param(&mut self, param: ParamId, value: f64) {
        self.params.set(param, value);
    }

    fn latency(&self) -> Frames {
        Frames(self.host.latency_frames())
    }

    fn tail(&self) -> Tail {
        self.tail
    }

    fn tells_note_ends(&self) -> bool {
        self.tells_note_ends
    }

    fn lend(&mut self, helpers: &Arc<dyn Parallel>) {
        self.helpers = Some(self.host.tasks.lend(helpers));
    }

    fn take_dropped(&mut self) -> u32 {
        std::mem::take(&mut self.dropped)
    }

    fn leave(&mut self) {
        let _scope = self.host.threads.enter_audio();
        self.running.stop();
    }
}

/// Whether every sample of every bus is zero.
fn is_silent(buses: &[BusOut<'_>]) -> bool {
    let silent = |bus: &BusOut<'_>, channel| bus.channel(channel).iter().all(|sample| *sample == 0.0);
    buses.iter().all(|bus| (0..bus.channels()).all(|channel| silent(bus, channel)))
}
