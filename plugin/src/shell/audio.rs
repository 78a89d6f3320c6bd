//! The audio side of the plugin: from nice-plug's buffers and events to the engine's, and back.

use std::sync::Arc;

use arrayvec::ArrayVec;
use host::event::{EventList, Voice};
use host::transport::HostTransport;
use host::{AudioConfig, EngineProcessor, Event, EventKind, HostBuses, ProcessBlock, RenderMode};
use nice_plug::prelude::*;
use protocol::control::TransportCommand;
use protocol::{Beats, ParamId, SampleRate};

use super::layout::MAX_CHANNELS;
use super::params::{HostParams, Sync};
use super::wire::{Assembly, Carried, carry};
use super::{Loophole, events, is_told_by_nice_plug};
use crate::instance::{Instance, MACRO_SLOTS, MacroBank, narrow};

/// How many events of a block there is room for, in each direction.
pub const EVENTS: usize = 4_096;

/// What the audio thread of a plugin works with.
pub struct AudioSide {
    instance: Arc<Instance>,
    params: Arc<HostParams>,
    engine: Option<EngineProcessor>,
    /// The longest block that was announced.
    max_block: usize,
    events_in: EventList,
    events_out: EventList,
    /// System exclusive messages that are not complete yet.
    assembly: Assembly,
    /// What [`HostParams::play`] was, while our own transport runs.
    plays: bool,
    /// By how much the host offsets each macro, for all voices.
    offsets: [f32; MACRO_SLOTS],
}

impl AudioSide {
    /// Not yet activated.
    #[must_use]
    pub fn new(instance: Arc<Instance>, params: Arc<HostParams>) -> Self {
        Self {
            instance,
            params,
            engine: None,
            max_block: 0,
            events_in: EventList::with_capacity(EVENTS),
            events_out: EventList::with_capacity(EVENTS),
            assembly: Assembly::new(),
            plays: false,
            offsets: [0.0; MACRO_SLOTS],
        }
    }

    /// Prepares processing on a host with these buses; gives the latency in frames, or nothing if the engine does not run under such conditions.
    pub fn activate(&mut self, config: &BufferConfig, host: HostBuses) -> Option<u32> {
        self.deactivate();
        let max_block = usize::try_from(config.max_buffer_size).ok()?;
        let mode = match config.process_mode {
            ProcessMode::Offline => RenderMode::Offline,
            ProcessMode::Realtime | ProcessMode::Buffered => RenderMode::Realtime,
        };
        let rate = SampleRate(f64::from(config.sample_rate));
        let engine = self.instance.activate_on(AudioConfig { rate, max_block, mode }, host).ok()?;
        self.engine = Some(engine);
        self.max_block = max_block;
        self.plays = false;
        self.offsets = [0.0; MACRO_SLOTS];
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

    /// One block. The first of the buses are the main ones.
    ///
    /// # Real-time
    /// Real-time safe.
    pub fn process(
        &mut self,
        frames: usize,
        buses: &mut AuxiliaryBuffers<'_>,
        context: &mut impl ProcessContext<Loophole>,
    ) -> ProcessStatus {
        let api = context.plugin_api();
        let Some(engine) = self.engine.as_mut() else { return ProcessStatus::Normal };
        if frames > self.max_block {
            return ProcessStatus::Error("the block is longer than announced");
        }
        self.events_in.clear();
        self.events_out.clear();
        gather_macros(&self.params, &self.offsets, &self.instance, &mut self.events_in);
        let mut lost = 0;
        while let Some(event) = context.next_event() {
            let frame = event.timing();
            match event {
                NoteEvent::MidiSysEx { message: Carried::Event(kind), .. } => {
                    let bank = self.instance.published().macros();
                    let kind = take_carried(kind, &self.params, &mut self.offsets, bank);
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
        let inputs = buses.inputs.iter().flat_map(Buffer::as_slice_immutable).map(|channel| &**channel);
        let inputs: ArrayVec<&[f32], MAX_CHANNELS> = inputs.take(MAX_CHANNELS).collect();
        let outputs = buses.outputs.iter_mut().flat_map(Buffer::as_slice).map(|channel| &mut **channel);
        let mut outputs: ArrayVec<&mut [f32], MAX_CHANNELS> = outputs.take(MAX_CHANNELS).collect();
        engine.process(&mut ProcessBlock {
            frames,
            inputs: &inputs,
            outputs: &mut outputs,
            events_in: self.events_in.view(),
            events_out: &mut self.events_out,
            transport,
        });
        let silent = outputs.iter().all(|channel| is_silent(channel));
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
        if is_told_by_nice_plug(api) {
            context.set_latency_samples(self.instance.published().latency_frames());
        }
        if engine.is_playing() || !silent { ProcessStatus::KeepAlive } else { ProcessStatus::Normal }
    }
}

impl Drop for AudioSide {
    fn drop(&mut self) {
        self.deactivate();
    }
}

/// Tells the engine which macros the host has moved.
fn gather_macros(
    params: &HostParams,
    offsets: &[f32; MACRO_SLOTS],
    instance: &Instance,
    events: &mut EventList,
) {
    let bank = instance.published().macros();
    for (slot, (value, offset)) in params.macros.values().zip(offsets).enumerate() {
        if value != bank.get(slot) {
            bank.set(slot, value);
            let param = ParamId(u32::try_from(slot).unwrap_or(u32::MAX));
            let value = f64::from(offset_by(value, *offset));
            let kind = EventKind::Param { param, voice: Voice::ALL, value };
            events.push(Event::new(0, kind));
        }
    }
}

/// What a carried event is to the engine: an offset for all voices is a move of the macro. What moves a parameter of ours
/// does so here; those beyond the macros are none of the engine's business, which knows no such slot.
fn take_carried(
    kind: EventKind,
    params: &HostParams,
    offsets: &mut [f32; MACRO_SLOTS],
    bank: &MacroBank,
) -> EventKind {
    let (param, slot) = match kind {
        EventKind::Param { param, value, .. } => {
            let slot = usize::try_from(param.0).unwrap_or(usize::MAX);
            params.set(slot, value);
            (param, slot)
        }
        EventKind::ParamMod { param, voice, amount }
            if voice.note_id < 0 && voice.channel < 0 && voice.key < 0 =>
        {
            let slot = usize::try_from(param.0).unwrap_or(usize::MAX);
            if let Some(offset) = offsets.get_mut(slot).filter(|_| amount.is_finite()) {
                *offset = narrow(amount.clamp(-1.0, 1.0));
            }
            (param, slot)
        }
        kind => return kind,
    };
    let (Some(moved), Some(offset)) = (params.macros.get(slot), offsets.get(slot)) else { return kind };
    // What is added to a macro is not its value, which the project keeps.
    bank.set(slot, moved.value());
    let value = offset_by(moved.value(), *offset);
    EventKind::Param { param, voice: Voice::ALL, value: f64::from(value) }
}

/// The value of a macro with what the host adds to it.
fn offset_by(value: f32, offset: f32) -> f32 {
    if offset == 0.0 { value } else { (value + offset).clamp(0.0, 1.0) }
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
