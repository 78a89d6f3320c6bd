//! The audio-thread half of a VST3 plugin.
#![expect(unsafe_code, reason = "a component is called through raw pointers")]

use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use protocol::control::LogLevel;
use protocol::{Frames, ParamId, SampleRate};
use vst3::Steinberg::Vst::ProcessModes_::{kOffline, kRealtime};
use vst3::Steinberg::Vst::SymbolicSampleSizes_::kSample32;
use vst3::Steinberg::Vst::{IAudioProcessorTrait as _, ProcessData, kInfiniteTail};
use vst3::Steinberg::{
    int32, kInternalError, kInvalidArgument, kNotInitialized, kOutOfMemory, kResultOk, tresult,
};

use super::buffers::Buffers;
use super::changes_in::ChangesIn;
use super::changes_out::ChangesOut;
use super::context::Context;
use super::edits::Edit;
use super::event_list;
use super::events_in::{EventsIn, Into};
use super::events_out;
use super::ints::int;
use super::mirror::Mirror;
use super::param_table::ParamTable;
use super::parts::Parts;
use crate::config::RenderMode;
use crate::event::{Event, EventKind, EventList, Events, Voice};
use crate::math::to_u32;
use crate::processor::{BlockTransport, BusBuffer, Buses, NodeBlock, Ports, ProcessStatus, Processor, Tail};

/// A plugin's processor, with everything it needs for a block.
pub(super) struct Vst3Processor {
    pub(super) ports: Ports,
    pub(super) params: ParamTable,
    pub(super) changes_in: ChangesIn,
    pub(super) changes_out: ChangesOut,
    pub(super) mirror: Arc<Mirror>,
    pub(super) notes: EventsIn,
    pub(super) events_in: Option<event_list::Incoming>,
    pub(super) events_out: Option<event_list::Outgoing>,
    /// How many event outputs there are.
    pub(super) event_buses: usize,
    pub(super) inputs: Buffers,
    pub(super) outputs: Buffers,
    pub(super) context: Context,
    /// Frames processed since activation.
    pub(super) steady_frames: i64,
    pub(super) rest: Rest,
    pub(super) parts: ManuallyDrop<Arc<Parts>>,
}

/// When a plugin may rest.
pub(super) struct Rest {
    /// Frames that nothing has come in for.
    idle_frames: u32,
    /// How many of them it takes until a plugin that says it has no tail is believed: many echoes say so, too.
    grace_frames: u32,
    /// Whether it sounds by itself, so that it never rests.
    is_generator: bool,
}

/// How long a plugin without a tail is not believed, in seconds.
const GRACE_SECS: f64 = 10.0;

impl Rest {
    /// For a plugin with these ports.
    pub(super) fn new(ports: &Ports, rate: SampleRate) -> Self {
        let grace = GRACE_SECS * rate.0;
        let is_generator = ports.audio_in.is_empty() && !ports.events_in;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
        Self { idle_frames: 0, grace_frames: grace as u32, is_generator }
    }

    /// What to say after a block that something came in for, or not, of a plugin with this tail.
    #[inline]
    fn after(&mut self, frames: u32, busy: bool, tail: impl FnOnce() -> Tail) -> ProcessStatus {
        self.idle_frames = if busy { 0 } else { self.idle_frames.saturating_add(frames) };
        let is_young = self.idle_frames < self.grace_frames;
        if busy || self.is_generator || (is_young && tail() == Tail::Frames(Frames::ZERO)) {
            ProcessStatus::Continue
        } else {
            ProcessStatus::Tail
        }
    }
}

static_assertions::assert_impl_all!(Vst3Processor: Send);

impl Vst3Processor {
    /// Processes a little silence, so that the component hears what its parameters are to be. Main thread; allocates.
    pub(super) fn flush(&mut self, frames: usize) {
        let buffers = |buses: Buses| buses.iter().map(|channels| BusBuffer::new(channels, frames)).collect();
        let inputs: Vec<BusBuffer> = buffers(self.ports.audio_in);
        let mut outputs: Vec<BusBuffer> = buffers(self.ports.audio_out);
        let inputs: Vec<_> = inputs.iter().map(|bus| bus.input().known_silent()).collect();
        let mut outputs: Vec<_> = outputs.iter_mut().map(BusBuffer::output).collect();
        self.process(&mut NodeBlock {
            frames,
            audio_in: &inputs,
            audio_out: &mut outputs,
            events_in: Events::EMPTY,
            events_out: &mut EventList::with_capacity(0),
            transport: &BlockTransport::default(),
            mode: RenderMode::Offline,
        });
    }

    /// Gathers what is to move and to sound in this block.
    #[inline]
    fn prepare(&mut self, block: &mut NodeBlock<'_>) {
        let Self { params, changes_in, mirror, notes, events_in, parts, .. } = self;
        params.take_waiting(|index, norm| {
            changes_in.push(index, 0, norm);
            mirror.note(index, norm);
        });
        parts.host().edits.drain(|edit| match edit {
            Edit::Set(id, norm) => {
                if let Some(index) = params.index(id) {
                    changes_in.push(index, 0, norm);
                }
            }
            Edit::Begin(id) => {
                block.events_out.push(Event::new(0, EventKind::GestureBegin { param: ParamId(id) }));
            }
            Edit::End(id) => {
                block.events_out.push(Event::new(0, EventKind::GestureEnd { param: ParamId(id) }));
            }
            Edit::Move(id, norm) => {
                let Some((index, entry)) =
                    params.index(id).and_then(|index| Some((index, params.get(index)?)))
                else {
                    return;
                };
                changes_in.push(index, 0, norm);
                let value = entry.scale.to_plain(norm);
                let kind = EventKind::Param { param: ParamId(id), voice: Voice::ALL, value };
                block.events_out.push(Event::new(0, kind));
            }
        });
        if block.events_in.is_empty() && !notes.hangs() {
            return;
        }
        for event in block.events_in.iter() {
            if let EventKind::Param { param, value, .. } = event.kind
                && let Some((index, norm)) = params.to_norm(param, value)
            {
                mirror.note(index, norm);
            }
        }
        match events_in {
            Some(list) => list.fill(|push| {
                notes.let_go(push);
                notes.convert(block.events_in, &mut Into { params, changes: changes_in, events: push });
            }),
            None => {
                notes.convert(block.events_in, &mut Into { params, changes: changes_in, events: &mut |_| {} })
            }
        }
    }

    /// Takes in what the component said.
    #[inline]
    fn finish(&mut self, frames: u32, out: &mut EventList) {
        let Self {
            params, changes_in, changes_out, mirror, events_in, events_out, event_buses, parts, ..
        } = self;
        let mut lost = changes_in.take_dropped();
        lost += changes_out.take(|point| {
            let norm = point.norm.clamp(0.0, 1.0);
            let Some(entry) = params.get(point.index).filter(|_| !norm.is_nan()) else { return };
            mirror.note(point.index, norm);
            // Meters are for the plugin's own window: they move in every block, and no hand moved them.
            if !entry.read_only {
                let frame = u32::try_from(point.frame).unwrap_or(0).min(frames.saturating_sub(1));
                let (param, value) = (ParamId(entry.id), entry.scale.to_plain(norm));
                out.push(Event::new(frame, EventKind::Param { param, voice: Voice::ALL, value }));
            }
        });
        if let Some(list) = events_in {
            lost += list.end();
        }
        if let Some(list) = events_out {
            lost += list.take(|event| {
                // SAFETY: the component handed it over through the list, which keeps its bytes.
                unsafe { events_out::push(event, frames, *event_buses, out) };
            });
        }
        if lost > 0 {
            let told = "more events than a block holds: some were dropped";
            parts.host().log.push_parts(LogLevel::Warning, &[told]);
        }
    }
}

impl Processor for Vst3Processor {
    fn ports(&self) -> Ports {
        self.ports
    }

    fn process(&mut self, block: &mut NodeBlock<'_>) -> ProcessStatus {
        // A clone of the pointer would be an atomic operation in every block.
        let host: *const super::host::HostState = Arc::as_ptr(self.parts.host());
        // SAFETY: `self.parts` keeps the state alive, and nothing here replaces it.
        let _scope = unsafe { &*host }.threads.enter_audio();
        let (Ok(frames), frame_count) = (int32::try_from(block.frames), to_u32(block.frames)) else {
            return ProcessStatus::Failed;
        };
        let (Some(inputs), Some(outputs)) = (
            self.inputs.read(block.audio_in, block.frames),
            self.outputs.write(block.audio_out, block.frames),
        ) else {
            return ProcessStatus::Failed;
        };
        self.parts.start();
        self.prepare(block);
        let mut data = ProcessData {
            processMode: mode(block.mode),
            symbolicSampleSize: int(kSample32),
            numSamples: frames,
            numInputs: inputs.1,
            numOutputs: outputs.1,
            inputs: inputs.0,
            outputs: outputs.0,
            inputParameterChanges: self.changes_in.give(),
            outputParameterChanges: self.changes_out.pointer(),
            inputEvents: self.events_in.as_ref().map_or(std::ptr::null_mut(), event_list::Incoming::pointer),
            outputEvents: self
                .events_out
                .as_ref()
                .map_or(std::ptr::null_mut(), event_list::Outgoing::pointer),
            processContext: self.context.update(block.transport, self.steady_frames),
        };
        // SAFETY: the component is set up, active and processing. Every pointer is to something that lives through the call:
        // buffers have at least `frames` samples (`Buffers`), the lists are our own objects.
        let result = unsafe { self.parts.processor.process(&raw mut data) };
        self.finish(frame_count, block.events_out);
        self.steady_frames += i64::from(frames);
        if result != kResultOk && is_failure(result) {
            return ProcessStatus::Failed;
        }
        self.outputs.obey_flags(block.audio_out);
        let is_fed = block.audio_in.iter().any(|bus| !bus.is_silent());
        let busy = is_fed || !block.events_in.is_empty() || self.notes.is_held();
        let host = self.parts.host();
        self.rest.after(frame_count, busy, || tail_of(host.tail.load(Ordering::Relaxed)))
    }

    /// Nothing in VST3 ends what sounds; many plugins are silent after a stop of processing, and letting go of the notes ends
    /// what would sound for ever.
    fn reset(&mut self) {
        let _scope = self.parts.host().threads.enter_audio();
        // The next block starts it anew.
        self.parts.stop();
        self.notes.reset();
    }

    fn set_param(&mut self, param: ParamId, value: f64) {
        self.params.set(param, value);
    }

    fn latency(&self) -> Frames {
        Frames(self.parts.host().latency_frames())
    }

    fn tail(&self) -> Tail {
        tail_of(self.parts.host().tail.load(Ordering::Relaxed))
    }

    fn leave(&mut self) {
        let _scope = self.parts.host().threads.enter_audio();
        self.parts.stop();
    }
}

impl Drop for Vst3Processor {
    /// Whoever drops the last half ends the plugin, which is for the main thread alone: on another one it is leaked.
    fn drop(&mut self) {
        // SAFETY: nobody uses `parts` after this.
        let parts = unsafe { ManuallyDrop::take(&mut self.parts) };
        if parts.host().threads.is_main() {
            return;
        }
        if let Some(last) = Arc::into_inner(parts) {
            std::mem::forget(last);
        }
    }
}

/// Whether a component failed at a block. Some say of a good one that they had nothing to do.
const fn is_failure(result: tresult) -> bool {
    result == kInternalError
        || result == kInvalidArgument
        || result == kNotInitialized
        || result == kOutOfMemory
}

/// VST3's word for how time passes.
pub(super) const fn mode(mode: RenderMode) -> int32 {
    match mode {
        RenderMode::Realtime => int(kRealtime),
        RenderMode::Offline => int(kOffline),
    }
}

/// VST3's word for how long a plugin sounds on.
pub(super) fn tail_of(frames: u32) -> Tail {
    if frames == kInfiniteTail { Tail::Infinite } else { Tail::Frames(Frames(frames.into())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_without_a_tail_is_believed_only_after_a_while() {
        let rate = SampleRate(100.0);
        let mut rest = Rest::new(&Ports::EFFECT, rate);
        assert_eq!(rest.after(999, false, || tail_of(0)), ProcessStatus::Continue);
        assert_eq!(rest.after(1, false, || tail_of(0)), ProcessStatus::Tail);
        assert_eq!(rest.after(1, true, || tail_of(0)), ProcessStatus::Continue);
        let mut rest = Rest::new(&Ports::EFFECT, rate);
        assert_eq!(rest.after(1, false, || tail_of(5)), ProcessStatus::Tail);
        let mut generator = Rest::new(&Ports::default(), rate);
        assert_eq!(generator.after(1_000_000, false, || tail_of(5)), ProcessStatus::Continue);
        assert_eq!(tail_of(u32::MAX), Tail::Infinite);
    }
}
