//! The audio side of the plugin: from nice-plug's buffers and events to the engine's, and back.

use std::sync::Arc;

use host::event::{EventList, Voice};
use host::transport::HostTransport;
use host::{AudioConfig, EngineProcessor, Event, EventKind, ProcessBlock, RenderMode, StereoIn, StereoOut};
use nice_plug::prelude::*;
use protocol::control::TransportCommand;
use protocol::{Beats, ParamId, SampleRate};

use super::params::{HostParams, Sync};
use super::wire::{Assembly, Carried, carry};
use super::{INPUT_BUSES, Loophole, OUTPUT_BUSES, events};
use crate::instance::{Instance, MACRO_SLOTS};

/// How many events of a block there is room for, in each direction.
pub const EVENTS: usize = 4_096;

/// What the audio thread of a plugin works with.
pub struct AudioSide {
    instance: Arc<Instance>,
    params: Arc<HostParams>,
    engine: Option<EngineProcessor>,
    /// The host's main input, which shares memory with the main output.
    input: [Vec<f32>; 2],
    events_in: EventList,
    events_out: EventList,
    /// System exclusive messages that are not complete yet.
    assembly: Assembly,
    /// What [`HostParams::play`] was, while our own transport runs.
    plays: bool,
}

impl AudioSide {
    /// Not yet activated.
    #[must_use]
    pub fn new(instance: Arc<Instance>, params: Arc<HostParams>) -> Self {
        Self {
            instance,
            params,
            engine: None,
            input: [Vec::new(), Vec::new()],
            events_in: EventList::with_capacity(EVENTS),
            events_out: EventList::with_capacity(EVENTS),
            assembly: Assembly::new(),
            plays: false,
        }
    }

    /// Prepares processing; gives the latency in frames, or nothing if the engine does not run under such conditions.
    pub fn activate(&mut self, config: &BufferConfig) -> Option<u32> {
        self.deactivate();
        let max_block = usize::try_from(config.max_buffer_size).ok()?;
        let mode = match config.process_mode {
            ProcessMode::Offline => RenderMode::Offline,
            ProcessMode::Realtime | ProcessMode::Buffered => RenderMode::Realtime,
        };
        let rate = SampleRate(f64::from(config.sample_rate));
        let engine = self.instance.activate(AudioConfig { rate, max_block, mode }).ok()?;
        self.engine = Some(engine);
        self.input = [vec![0.0; max_block], vec![0.0; max_block]];
        self.plays = false;
        Some(self.instance.published().latency_frames())
    }

    /// Gives the engine back.
    pub fn deactivate(&mut self) {
        if let Some(engine) = self.engine.take() {
            self.instance.deactivate(engine);
        }
    }

    /// Silences everything that rings.
    ///
    /// # Real-time
    /// Real-time safe.
    pub fn reset(&mut self) {
        if let Some(engine) = &mut self.engine {
            engine.reset();
            if self.params.sync.value() == Sync::Internal {
                rewind(engine);
                self.plays = false;
            }
        }
    }

    /// One block.
    ///
    /// # Real-time
    /// Real-time safe.
    pub fn process(
        &mut self,
        buffer: &mut Buffer<'_>,
        aux: &mut AuxiliaryBuffers<'_>,
        context: &mut impl ProcessContext<Loophole>,
    ) -> ProcessStatus {
        let frames = buffer.samples();
        let api = context.plugin_api();
        let Some(engine) = self.engine.as_mut() else { return ProcessStatus::Normal };
        let [main_left, main_right] = buffer.as_slice() else {
            return ProcessStatus::Error("the main output is not stereo");
        };
        let [left, right] = &mut self.input;
        let (Some(left), Some(right)) = (left.get_mut(..frames), right.get_mut(..frames)) else {
            return ProcessStatus::Error("the block is longer than announced");
        };
        left.copy_from_slice(main_left);
        right.copy_from_slice(main_right);

        self.events_in.clear();
        self.events_out.clear();
        gather_macros(&self.params, &self.instance, &mut self.events_in);
        let mut lost = 0;
        while let Some(event) = context.next_event() {
            let frame = event.timing();
            match event {
                NoteEvent::MidiSysEx { message: Carried::Event(kind), .. } => {
                    self.events_in.push(Event { frame, kind });
                }
                NoteEvent::MidiSysEx { message: Carried::Part(part) | Carried::Message(part), .. } => {
                    lost += u32::from(self.assembly.add(frame, &part, &mut self.events_in));
                }
                NoteEvent::MidiSysEx { message: Carried::Lost(count), .. } => lost += count,
                event => {
                    if let Some(event) = events::from_host(event, api) {
                        self.events_in.push(event);
                    }
                }
            }
        }
        self.events_in.sort();
        engine.lose_events(lost + self.events_in.take_dropped());

        let transport = match self.params.sync.value() {
            Sync::Host => {
                self.plays = false;
                Some(host_transport(context.transport()))
            }
            Sync::Internal => {
                engine.leave_host();
                run_own_transport(engine, &mut self.plays, self.params.play.value());
                None
            }
        };
        let mut inputs = [StereoIn { left, right }; INPUT_BUSES];
        if let Some([left, right]) = aux.inputs.first().map(Buffer::as_slice_immutable) {
            inputs[1] = StereoIn { left, right };
        }
        let extra = aux.outputs.iter_mut().filter_map(|bus| match bus.as_slice() {
            [left, right] => Some(StereoOut { left, right }),
            _ => None,
        });
        let mut buses = std::iter::once(StereoOut { left: main_left, right: main_right }).chain(extra);
        let mut outputs: [StereoOut<'_>; OUTPUT_BUSES] =
            std::array::from_fn(|_| buses.next().unwrap_or(StereoOut { left: &mut [], right: &mut [] }));
        let given = outputs.iter().take_while(|bus| bus.left.len() == frames).count();
        engine.process(&mut ProcessBlock {
            frames,
            inputs: &inputs,
            outputs: &mut outputs[..given],
            events_in: self.events_in.view(),
            events_out: &mut self.events_out,
            transport,
        });
        let extra = aux.outputs.iter().flat_map(|bus| bus.as_slice_immutable());
        let silent =
            is_silent(main_left) && is_silent(main_right) && extra.into_iter().all(|out| is_silent(out));
        let out = self.events_out.view();
        let mut lost = 0;
        for event in out.iter() {
            let timing = event.frame;
            let mut send = |event| lost += u32::from(context.try_send_event(event).is_err());
            match api {
                PluginApi::Clap => {
                    carry(event.kind, out, |message| send(NoteEvent::MidiSysEx { timing, message }));
                }
                _ => match event.kind {
                    EventKind::SysEx { bytes, .. } => match Carried::from_buffer(out.sysex(bytes)) {
                        Some(message @ Carried::Message(_)) => send(NoteEvent::MidiSysEx { timing, message }),
                        _ => lost += 1,
                    },
                    _ => events::to_host(*event, api).into_iter().for_each(send),
                },
            }
        }
        // A host without an output for notes, or with a full one, gets none: it shows in the diagnostics.
        engine.lose_events(lost + self.events_out.take_dropped());
        context.set_latency_samples(self.instance.published().latency_frames());
        if engine.is_playing() || !silent { ProcessStatus::KeepAlive } else { ProcessStatus::Normal }
    }
}

impl Drop for AudioSide {
    fn drop(&mut self) {
        self.deactivate();
    }
}

/// Tells the engine which macros the host has moved.
fn gather_macros(params: &HostParams, instance: &Instance, events: &mut EventList) {
    let bank = instance.published().macros();
    for (slot, value) in params.macros.values().enumerate().take(MACRO_SLOTS) {
        if value != bank.get(slot) {
            bank.set(slot, value);
            let param = ParamId(u32::try_from(slot).unwrap_or(u32::MAX));
            let kind = EventKind::Param { param, voice: Voice::ALL, value: f64::from(value) };
            events.push(Event::new(0, kind));
        }
    }
}

/// Starts from where the transport is; stopping goes back to the start, so that a host without a transport gets the
/// same from every run.
fn run_own_transport(engine: &mut EngineProcessor, plays: &mut bool, wanted: bool) {
    match (*plays, wanted) {
        (false, true) => engine.transport(TransportCommand::Play),
        (true, false) => rewind(engine),
        (true, true) | (false, false) => {}
    }
    *plays = wanted;
}

/// Stops, and goes to the start.
fn rewind(engine: &mut EngineProcessor) {
    engine.transport(TransportCommand::Stop);
    engine.transport(TransportCommand::Locate { to: Beats::ZERO });
}

fn host_transport(transport: &Transport) -> HostTransport {
    let number = |value: i32| u8::try_from(value).ok();
    HostTransport {
        playing: transport.playing,
        beats: transport.pos_beats,
        secs: transport.pos_seconds(),
        bpm: transport.tempo,
        signature: transport
            .time_sig_numerator
            .and_then(number)
            .zip(transport.time_sig_denominator.and_then(number)),
        bar_start_beats: transport.bar_start_pos_beats,
        loop_beats: transport.loop_range_beats,
    }
}

fn is_silent(samples: &[f32]) -> bool {
    samples.iter().all(|sample| *sample == 0.0)
}
