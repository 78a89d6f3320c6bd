//! Runs a device or a plugin: hands it its events, guards against what it puts out, mixes it with its bypass.

use protocol::telemetry::{Fault, Gesture};
use protocol::{NodeId, TelemetryFrame};

use super::access::{MAX_BUSES, give, inputs, outputs, take, with_any_audio};
use super::scan::{Scan, scan};
use super::{Context, Io, collect_steps, fade_outputs, pass_audio, pass_delayed, pass_events, push_live};
use crate::automation::{Ramp, Step};
use crate::config::RenderMode;
use crate::engine::body::{Body, Bypass, Kind};
use crate::engine::schedule::Buffers;
use crate::event::{Event, EventKind, EventList, Events, Voice};
use crate::graph::Slot;
use crate::math::to_usize;
use crate::nodes::add;
use crate::processor::{BlockTransport, NodeBlock, ProcessStatus, Processor, StereoOut};

pub(super) fn run_processor(
    index: u32,
    id: NodeId,
    arrival: u32,
    body: &mut Body,
    io: &Io<'_>,
    buffers: &mut Buffers,
    context: &mut Context<'_, '_>,
) {
    collect_steps(index, arrival, &mut body.automation, context);
    let Kind::Processor(processor) = &mut body.kind else { return };
    if body.bypass.is_dry() {
        for step in &context.scratch.steps {
            processor.set_param(step.param, step.value);
        }
        pass_events(buffers, io);
        let dry = &mut body.bypass.dry;
        with_any_audio(buffers, io.ins, io.outs, context.frames, |ins, outs| {
            pass_delayed(dry, ins, outs);
        });
        return;
    }
    // The lists of events are taken out, so that audio can be borrowed beside them.
    let input = buffers.events[to_usize(io.events_in)].take();
    let mut output = if io.events_out == 0 { None } else { buffers.events[to_usize(io.events_out)].take() };
    let view = input.as_ref().map_or(Events::EMPTY, |list| list.view());
    let scratch = &mut *context.scratch;
    let has_live = !context.live.is_empty() && context.live.iter().any(|&(node, _)| node == index);
    let merged = if scratch.steps.is_empty() && !has_live {
        view
    } else {
        merge(&scratch.steps, view, &mut scratch.events);
        push_live(index, context.live, &mut scratch.events);
        scratch.events.sort();
        scratch.events.view()
    };
    let out_list = output.as_deref_mut().unwrap_or(&mut scratch.unread);
    out_list.clear();
    let work = Work {
        processor: &mut **processor,
        frames: context.frames,
        events_in: merged,
        events_out: &mut *out_list,
        transport: context.transport,
        mode: context.mode,
    };
    let (status, scan) = match (io.ins.len(), io.outs.len()) {
        (0 | 1, 0 | 1) => work.call::<1, 1>(buffers, io.ins, io.outs),
        (2, 0 | 1) => work.call::<2, 1>(buffers, io.ins, io.outs),
        _ => work.call::<MAX_BUSES, MAX_BUSES>(buffers, io.ins, io.outs),
    };
    if !out_list.is_empty() {
        out_list.clamp(crate::math::to_u32(context.frames));
        out_list.sort();
        report_moves(id, out_list.view(), context.telemetry, context.lost_telemetry);
        out_list.retain_notes();
    }
    let failed = status == ProcessStatus::Failed;
    body.silent = scan.silent;
    if failed || !scan.finite {
        let fault = if failed { Fault::Failed } else { Fault::NotFinite };
        processor.reset();
        with_any_audio(buffers, io.ins, io.outs, context.frames, pass_audio);
        if !body.faulty {
            report(TelemetryFrame::Fault { node: id, fault }, context.telemetry, context.lost_telemetry);
        }
        (body.faulty, body.silent) = (true, true);
    } else {
        body.faulty = false;
    }
    buffers.events[to_usize(io.events_in)] = input;
    if io.events_out != 0 {
        buffers.events[to_usize(io.events_out)] = output;
    }
    if !body.bypass.is_off() {
        mix_dry(&mut body.bypass, io, buffers, context);
    }
}

/// A call of a processor, but for its audio.
struct Work<'a> {
    processor: &'a mut dyn Processor,
    frames: usize,
    events_in: Events<'a>,
    events_out: &'a mut EventList,
    transport: &'a BlockTransport,
    mode: RenderMode,
}

impl Work<'_> {
    /// Processes, and sums up what came out.
    #[inline]
    fn call<const I: usize, const O: usize>(
        self,
        buffers: &mut Buffers,
        ins: &[Slot],
        outs: &[Slot],
    ) -> (ProcessStatus, Scan) {
        let mut taken = take::<O>(buffers, outs);
        let inputs = inputs::<I>(buffers, ins, self.frames);
        let mut outputs = outputs(&mut taken, buffers.max_block, self.frames);
        let mut block = NodeBlock {
            frames: self.frames,
            audio_in: &inputs[..ins.len()],
            audio_out: &mut outputs[..outs.len()],
            events_in: self.events_in,
            events_out: self.events_out,
            transport: self.transport,
            mode: self.mode,
        };
        let status = self.processor.process(&mut block);
        let scan = scan(block.audio_out);
        give(buffers, outs, taken);
        (status, scan)
    }
}

/// Notes and steps in one list; at one frame, parameters come first.
fn merge(steps: &[Step], notes: Events<'_>, into: &mut EventList) {
    into.clear();
    for step in steps {
        // Where nothing sounds yet, the value at this very frame follows in a step of its own.
        if step.ramp != Ramp::Snap {
            let kind = EventKind::Param { param: step.param, voice: Voice::ALL, value: step.value };
            into.push(Event::new(step.frame, kind));
        }
    }
    into.extend(notes, 0);
}

/// Tells the controller what a plugin did to its own parameters.
fn report_moves(
    node: NodeId,
    events: Events<'_>,
    telemetry: &mut rtrb::Producer<TelemetryFrame>,
    lost: &mut u32,
) {
    for event in events.iter() {
        let (param, value, gesture) = match event.kind {
            EventKind::Param { param, value, .. } => (param, value, Gesture::Change),
            EventKind::GestureBegin { param } => (param, 0.0, Gesture::Begin),
            EventKind::GestureEnd { param } => (param, 0.0, Gesture::End),
            _ => continue,
        };
        report(TelemetryFrame::ParamMoved { node, param, value, gesture }, telemetry, lost);
    }
}

fn report(frame: TelemetryFrame, telemetry: &mut rtrb::Producer<TelemetryFrame>, lost: &mut u32) {
    if telemetry.push(frame).is_err() {
        *lost = lost.saturating_add(1);
    }
}

/// Crossfades between a node and its input.
fn mix_dry(bypass: &mut Bypass, io: &Io<'_>, buffers: &mut Buffers, context: &mut Context<'_, '_>) {
    let Bypass { wet, dry } = bypass;
    let (dry_left, dry_right) = context.scratch.dry.split_at_mut(buffers.max_block);
    let frames = context.frames;
    with_any_audio(buffers, io.ins, io.outs, frames, |ins, outs| {
        let mut delayed = StereoOut { left: &mut dry_left[..frames], right: &mut dry_right[..frames] };
        match ins.first() {
            Some(&input) => pass_delayed(dry, &[input], std::slice::from_mut(&mut delayed)),
            None => delayed.silence(),
        }
        if wet.is_standing() && wet.target() == [1.0; 2] {
            return;
        }
        // What the node loses its input gains.
        let mut complement = wet.complement();
        fade_outputs(wet, outs);
        let Some(out) = outs.first_mut() else { return };
        complement.process_in_place(&mut delayed);
        add(out.left, delayed.left);
        add(out.right, delayed.right);
    });
}
