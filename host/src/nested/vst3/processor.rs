//! The audio-thread half of a VST3 plugin.
#![expect(unsafe_code, reason = "a component is called through raw pointers")]

use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use protocol::control::LogLevel;
use protocol::{Frames, ParamId};
use vst3::Steinberg::Vst::ProcessModes_::{kOffline, kRealtime};
use vst3::Steinberg::Vst::{IAudioProcessorTrait as _, ProcessData};
use vst3::Steinberg::{
    int32, kInternalError, kInvalidArgument, kNotInitialized, kOutOfMemory, kResultOk, tresult,
};

use super::buffers::{Buffers, silence};
use super::changes_in::ChangesIn;
use super::changes_out::ChangesOut;
use super::context::Context;
use super::edits::Edit;
use super::event_list;
use super::events_in::{EventsIn, Into};
use super::events_out;
use super::ints::int;
use super::lists::Lists;
use super::mirror::Mirror;
use super::param_table::ParamTable;
use super::parts::Parts;
use crate::config::RenderMode;
use crate::event::{Event, EventKind, EventList, Events, Voice};
use crate::math::to_u32;
use crate::nested::rest::Rest;
use crate::nested::unwritten::Unwritten;
use crate::processor::{
    AudioBlock, BlockTransport, BusBuffer, Buses, NodeBlock, Ports, ProcessStatus, Processor, Tail,
};

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
    pub(super) unwritten: Unwritten,
    pub(super) lists: Lists,
    /// Whether a parameter, a note to be let go of, or the end of what the component was told in the last block may wait
    /// for the next one.
    pub(super) has_own_news: bool,
    /// Frames processed since activation.
    pub(super) steady_frames: i64,
    pub(super) rest: Rest,
    pub(super) parts: ManuallyDrop<Arc<Parts>>,
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

    /// Whether the component is to hear of more than audio, whatever the events of the block are.
    #[inline]
    fn has_news(&self) -> bool {
        self.has_own_news || self.parts.host().edits.has_any()
    }

    /// Hands the component what is to move and to sound in this block.
    fn prepare(&mut self, heard: &Events<'_>, told: &mut EventList) {
        self.gather(heard, told);
        self.changes_in.give();
        self.has_own_news = self.changes_in.is_pending();
    }

    /// Gathers what is to move and to sound in this block.
    #[inline]
    fn gather(&mut self, heard: &Events<'_>, told: &mut EventList) {
        let Self { params, changes_in, mirror, notes, events_in, parts, .. } = self;
        if parts.host().take_other_values() {
            changes_in.forget();
        }
        params.take_waiting(|index, norm| {
            changes_in.jump(index, 0, norm);
            mirror.note(index, norm);
        });
        parts.host().edits.drain(|edit| match edit {
            Edit::Set(id, norm) => {
                if let Some(index) = params.index(id) {
                    changes_in.jump(index, 0, norm);
                }
            }
            Edit::Begin(id) => {
                told.push(Event::new(0, EventKind::GestureBegin { param: ParamId(id) }));
            }
            Edit::End(id) => {
                told.push(Event::new(0, EventKind::GestureEnd { param: ParamId(id) }));
            }
            Edit::Move(id, norm) | Edit::Own(id, norm) => {
                let Some((index, entry)) =
                    params.index(id).and_then(|index| Some((index, params.get(index)?)))
                else {
                    return;
                };
                if let Edit::Move(..) = edit {
                    changes_in.jump(index, 0, norm);
                }
                let value = entry.scale.to_plain(norm);
                let kind = EventKind::Param { param: ParamId(id), voice: Voice::ALL, value };
                told.push(Event::new(0, kind));
            }
        });
        if heard.is_empty() && !notes.hangs() {
            return;
        }
        for event in heard.iter() {
            if let EventKind::Param { param, value, .. } | EventKind::ParamLine { param, value, .. } =
                event.kind
                && let Some((index, norm)) = params.to_norm(param, value)
            {
                mirror.note(index, norm);
            }
        }
        match events_in {
            Some(list) => list.fill(|push| {
                notes.let_go(push);
                notes.convert(*heard, &mut Into { params, changes: changes_in, mirror, events: push });
            }),
            None => {
                let events = &mut |_| {};
                notes.convert(*heard, &mut Into { params, changes: changes_in, mirror, events });
            }
        }
    }

    /// Has the component process a block, whose buffers it has been pointed at: tells it what is to move and to sound in
    /// it, and takes in what it says.
    #[inline(always)]
    fn run(
        &mut self,
        frames: usize,
        render: RenderMode,
        transport: &BlockTransport,
        heard: &Events<'_>,
        told: &mut EventList,
    ) -> tresult {
        if !heard.is_empty() || self.has_news() {
            return self.run_with_news(frames, render, transport, heard, told);
        }
        let result = self.call(frames, render, transport);
        if self.has_answers() {
            self.finish(to_u32(frames), told);
        }
        result
    }

    /// The same where there is something to tell the component. A function of its own, so that it takes nothing from the blocks
    /// in which there is not.
    #[inline(never)]
    fn run_with_news(
        &mut self,
        frames: usize,
        render: RenderMode,
        transport: &BlockTransport,
        heard: &Events<'_>,
        told: &mut EventList,
    ) -> tresult {
        self.prepare(heard, told);
        let result = self.call(frames, render, transport);
        self.finish(to_u32(frames), told);
        result
    }

    /// Calls the component for a block.
    #[inline]
    fn call(&mut self, frames: usize, render: RenderMode, transport: &BlockTransport) -> tresult {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_possible_wrap,
            reason = "buffers are for far less"
        )]
        let frames = frames as int32;
        self.parts.start();
        // Afresh for each block: it is the component's to change.
        let mut data = ProcessData {
            processMode: mode(render),
            numSamples: frames,
            processContext: self.context.update(transport, self.steady_frames),
            ..self.lists.data
        };
        self.steady_frames += i64::from(frames);
        // SAFETY: the component is set up, active and processing. Every pointer is to something that lives through the call:
        // the buffers are those of a block of so many frames, the lists are our own objects.
        unsafe { self.parts.processor.process(&raw mut data) }
    }

    /// Whether the component said anything.
    #[inline]
    fn has_answers(&self) -> bool {
        self.changes_out.has_any() || self.events_out.as_ref().is_some_and(event_list::Outgoing::has_any)
    }

    /// Takes in what the component said, and takes back what it was given.
    #[inline(never)]
    fn finish(&mut self, frames: u32, out: &mut EventList) {
        let Self {
            params, changes_in, changes_out, mirror, events_in, events_out, event_buses, parts, ..
        } = self;
        let mut lost = changes_in.take_dropped();
        lost += changes_out.take(|point| {
            let norm = point.norm.clamp(0.0, 1.0);
            let Some(entry) = params.get(point.index).filter(|_| !norm.is_nan()) else { return };
            mirror.note(point.index, norm);
            changes_in.told(point.index, point.frame, norm);
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

    fn draws_lines(&self) -> bool {
        true
    }

    fn process(&mut self, block: &mut NodeBlock<'_>) -> ProcessStatus {
        let parts = Arc::as_ptr(&self.parts);
        // SAFETY: `self.parts` keeps them alive, and nothing here replaces it. A clone would be an atomic operation.
        let _scope = unsafe { &*parts }.host().threads.enter_audio();
        if !self.inputs.read(block.audio_in, block.frames)
            || !self.outputs.write(block.audio_out, block.frames)
        {
            return ProcessStatus::Failed;
        }
        let NodeBlock { frames, transport, mode, .. } = *block;
        let is_fed = block.is_fed();
        if is_fed || self.ports.is_generator() {
            self.unwritten.prepare(block.audio_out);
        } else {
            self.unwritten.prepare_idle(block.audio_out);
        }
        let result = self.run(frames, mode, transport, &block.events_in, block.events_out);
        if is_failure(result) {
            return ProcessStatus::Failed;
        }
        self.outputs.obey_flags(block.audio_out);
        self.unwritten.mend(block.audio_out);
        if transport.jumped && transport.playing {
            self.rest.begin();
        }
        if is_fed || self.notes.is_held() || self.parts.host().window_open.load(Ordering::Relaxed) {
            self.rest.fed()
        } else {
            self.rest.idle(to_u32(frames), self.tail())
        }
    }

    /// Without the copy of an input that nobody else reads, and without loops over buses.
    fn process_audio(&mut self, block: &mut AudioBlock<'_>) -> ProcessStatus {
        let AudioBlock { transport, mode, .. } = *block;
        let frames = block.input().frames();
        let is_stereo = block.channels() == (2, 2);
        let stereo = self.lists.stereo.filter(|_| is_stereo && frames <= self.lists.max_block);
        // Not before it is sure that it will be used.
        let Some(([from, to], samples)) = stereo.and_then(|buses| Some((buses, block.take_input()?))) else {
            return block.as_node(|block| self.process(block));
        };
        let (mut output, events_out) = block.outputs();
        let parts = Arc::as_ptr(&self.parts);
        // SAFETY: as above; the buffers are ours and live.
        let _scope = unsafe {
            from.aim(samples);
            to.aim(output.raw());
            (*parts).host().threads.enter_audio()
        };
        self.unwritten.prepare(std::slice::from_mut(&mut output));
        let result = self.run(frames, mode, transport, &Events::EMPTY, events_out);
        if is_failure(result) {
            return ProcessStatus::Failed;
        }
        // SAFETY: as above.
        let flags = unsafe { to.flags() };
        if flags != 0 {
            silence(&mut output, flags);
        }
        self.unwritten.mend(std::slice::from_mut(&mut output));
        self.rest.fed()
    }

    /// Nothing in VST3 ends what sounds; many plugins are silent after a stop of processing, and letting go of the notes ends
    /// what would sound for ever.
    fn reset(&mut self) {
        let _scope = self.parts.host().threads.enter_audio();
        // The next block starts it anew.
        self.parts.stop();
        self.notes.reset();
        self.has_own_news = true;
    }

    fn set_param(&mut self, param: ParamId, value: f64) {
        self.params.set(param, value);
        self.has_own_news = true;
    }

    fn latency(&self) -> Frames {
        Frames(self.parts.host().latency_frames())
    }

    fn tail(&self) -> Tail {
        self.parts.host().tail()
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
#[inline]
const fn is_failure(result: tresult) -> bool {
    result != kResultOk && is_error(result)
}

#[cold]
#[inline(never)]
const fn is_error(result: tresult) -> bool {
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
