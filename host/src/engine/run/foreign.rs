//! Runs a device or a plugin: hands it its events, guards against what it puts out, mixes it with its bypass.
#![expect(unsafe_code, reason = "buffers are lent by the schedule's promise")]

use protocol::telemetry::{Fault, Gesture};
use protocol::{NodeId, TelemetryFrame};

use super::access::{events_out, inputs, outputs};
use super::scan::scan_buffers;
use super::steps::{collect_steps, draw_to_end, live_notes};
use super::worker::{OwnMove, Reports, VoiceNews};
use super::{Context, Io, Worker, fade_outputs, tell_dropped};
use crate::automation::{Comes, Ramp, Step};
use crate::engine::body::{Body, Bypass, Kind, Node, Rest};
use crate::engine::buffers::Buffers;
use crate::event::{Event, EventKind, EventList, Events, Voice};
use crate::graph::Slot;
use crate::math::frames as frame_count;
use crate::nodes::add;
use crate::processor::{BusIn, BusOut, Buses, NodeBlock, ProcessStatus, Processor, Tail};

/// Runs a node.
///
/// # Safety
/// The caller is at this node's step.
pub(super) unsafe fn run_processor(
    index: u32,
    node: &mut Node,
    io: &Io<'_>,
    buffers: &Buffers,
    context: &Context<'_, '_>,
    worker: &mut Worker,
) {
    // SAFETY: passed on.
    unsafe {
        collect_steps(
            index,
            node.arrival,
            &mut node.body.automation,
            io,
            buffers,
            context,
            &mut worker.steps,
        );
        if let (Some(automation), Kind::Processor(processor)) = (&mut node.body.automation, &node.body.kind)
            && processor.draws_lines()
        {
            draw_to_end(automation, context.frames, &mut worker.steps);
        }
        if node.body.bypass.is_dry() {
            return pass(node, io, buffers, context, worker);
        }
        match (io.ins.len(), io.outs.len()) {
            (0 | 1, 0 | 1) => run::<1, 1>(index, node, io, buffers, context, worker),
            (2, 0 | 1) => run::<2, 1>(index, node, io, buffers, context, worker),
            _ => run::<{ Buses::MAX }, { Buses::MAX }>(index, node, io, buffers, context, worker),
        }
    }
}

/// A node with at most `I` inputs and `O` outputs.
#[inline]
unsafe fn run<const I: usize, const O: usize>(
    index: u32,
    node: &mut Node,
    io: &Io<'_>,
    buffers: &Buffers,
    context: &Context<'_, '_>,
    worker: &mut Worker,
) {
    let Node { id, body, inputs: widths, .. } = &mut *node;
    let Kind::Processor(processor) = &mut body.kind else { return };
    let id = *id;
    let frames = context.frames;
    // SAFETY: at this step, its inputs are written.
    let (ins, events) =
        unsafe { (inputs::<I>(buffers, io.ins, widths, frames), buffers.events(io.events_in)) };
    // SAFETY: the step has its list to itself, and it is not the one it reads.
    let listed = unsafe { events_out(buffers, io.events_out) };
    let ins = &ins[..io.ins.len()];
    let quiet_in = ins.iter().all(BusIn::is_silent) && !buffers.is_eager();
    let live = live_notes(index, context);
    let Worker { events: merged, unread, steps, dry, reports } = worker;
    let events_in = if steps.is_empty() && live.is_empty() {
        events
    } else {
        merge(steps, events, live, merged);
        tell_dropped(id, merged, reports);
        merged.view()
    };
    if quiet_in
        && body.rest.asleep
        && events_in.is_empty()
        && !context.transport_moved
        && body.bypass.is_clear()
    {
        // SAFETY: the step has its outputs to itself.
        io.outs.iter().for_each(|&slot| unsafe { buffers.set_silent(slot) });
        body.silent = true;
        return;
    }
    let is_unread = listed.is_none();
    let events_out = match listed {
        Some(list) => list,
        None => unread,
    };
    // SAFETY: the step has its outputs to itself, and they are not among its inputs.
    let mut outs = unsafe { outputs::<O>(buffers, io.outs, frames) };
    let outs = &mut outs[..io.outs.len()];
    let mut block = NodeBlock {
        frames,
        audio_in: ins,
        audio_out: outs,
        events_in,
        events_out: &mut *events_out,
        transport: context.transport,
        mode: context.mode,
    };
    if !events_in.is_empty() && !io.outs.is_empty() && processor.tells_note_ends() {
        for event in events_in.iter() {
            if let EventKind::NoteOn { voice, .. } = event.kind {
                reports.voice(VoiceNews::Heard(voice));
            }
        }
    }
    let status = processor.process(&mut block);
    let heard = (ins.first().copied(), quiet_in);
    // SAFETY: passed on.
    unsafe { judge::<O>(node, status, heard, io, buffers, frames, dry, reports) };
    if !events_out.is_empty() {
        finish_events(id, events_out, frames, reports);
        if is_unread {
            events_out.clear();
        }
    }
}

/// Looks at what a node put out, and mends it. `heard` is its main input, and whether all of them were silent.
///
/// # Safety
/// The caller is at this node's step, and is done with its outputs.
#[expect(clippy::too_many_arguments, reason = "the parts of a worker are lent apart")]
pub(super) unsafe fn judge<const O: usize>(
    node: &mut Node,
    status: ProcessStatus,
    (input, quiet_in): (Option<BusIn<'_>>, bool),
    io: &Io<'_>,
    buffers: &Buffers,
    frames: usize,
    dry: &mut [Box<[f32]>; 2],
    reports: &mut Reports,
) {
    let Node { id, body, calm, .. } = node;
    let Kind::Processor(processor) = &mut body.kind else { return };
    // SAFETY: the step has its outputs to itself, and nothing else refers to them here.
    let scan = unsafe { scan_buffers(buffers, io.outs, frames) };
    let failed = status == ProcessStatus::Failed;
    let faulty = failed || !scan.finite;
    body.silent = scan.silent;
    body.rest = rest(body.rest, status, quiet_in && scan.silent, frame_count(frames), &**processor);
    if faulty || body.faulty || !body.bypass.is_off() {
        // SAFETY: passed on.
        unsafe { mend::<O>(body, input, io, buffers, faulty, frames, dry) };
        *calm = false;
        if faulty && !body.faulty {
            let fault = if failed { Fault::Failed } else { Fault::NotFinite };
            reports.push(TelemetryFrame::Fault { node: *id, fault });
        }
        body.faulty = faulty;
    } else if scan.zero || io.outs.len() > 1 {
        // SAFETY: passed on.
        unsafe { mark_silent(io.outs, buffers, frames) };
    }
}

/// Marks those outputs that are silent.
///
/// # Safety
/// The caller is at the step that writes them, and is done with them.
unsafe fn mark_silent(outs: &[Slot], buffers: &Buffers, frames: usize) {
    for &slot in outs {
        // SAFETY: passed on.
        unsafe {
            if scan_buffers(buffers, &[slot], frames).zero {
                buffers.set_silent(slot);
            }
        }
    }
}

/// After a fault, the node's input takes the place of its output; a bypass has its share of it.
///
/// # Safety
/// The caller is at this node's step, and is done with its outputs.
#[cold]
unsafe fn mend<const O: usize>(
    body: &mut Body,
    input: Option<BusIn<'_>>,
    io: &Io<'_>,
    buffers: &Buffers,
    faulty: bool,
    frames: usize,
    dry: &mut [Box<[f32]>; 2],
) {
    // SAFETY: passed on.
    let mut outs = unsafe { outputs::<O>(buffers, io.outs, frames) };
    let outs = &mut outs[..io.outs.len()];
    if faulty && let Kind::Processor(processor) = &mut body.kind {
        processor.reset();
        body.rest = Rest::default();
        body.silent = true;
        pass_audio(input, outs);
    }
    if !body.bypass.is_off() {
        mix_dry(&mut body.bypass, input, outs, dry);
    }
}

/// Whether the next blocks may be left out, after one of so many frames.
#[inline]
pub(super) fn rest(
    before: Rest,
    status: ProcessStatus,
    silent: bool,
    frames: i64,
    processor: &dyn Processor,
) -> Rest {
    match status {
        ProcessStatus::Quiet => Rest { asleep: true, drained: 0 },
        ProcessStatus::Tail if silent => {
            let drained = before.drained.saturating_add(frames);
            let asleep = match processor.tail() {
                Tail::Frames(tail) => drained > tail.0,
                Tail::Infinite => false,
            };
            Rest { asleep, drained }
        }
        _ => Rest::default(),
    }
}

/// Notes and steps in one list; at one frame, parameters come first.
fn merge(steps: &[Step], notes: Events<'_>, live: &[(u32, Event)], into: &mut EventList) {
    into.clear();
    for step in steps {
        // Where nothing sounds yet, the value at this very frame follows in a step of its own.
        if step.ramp != Ramp::Snap {
            let (param, voice, value) = (step.param, Voice::ALL, step.value);
            let kind = match step.comes {
                Comes::Jumping => EventKind::Param { param, voice, value },
                Comes::Gliding => EventKind::ParamLine { param, voice, value },
            };
            into.push(Event::new(step.frame, kind));
        }
    }
    into.extend(notes, 0);
    live.iter().for_each(|&(_, event)| into.push(event));
    into.sort();
}

/// Makes what a node put out fit for others, and tells what it did to its own parameters.
pub(super) fn finish_events(node: NodeId, events: &mut EventList, frames: usize, reports: &mut Reports) {
    events.clamp(crate::math::to_u32(frames));
    events.sort();
    tell_dropped(node, events, reports);
    for event in events.iter() {
        let (param, value, gesture) = match event.kind {
            EventKind::Param { param, value, .. } => (param, value, Gesture::Change),
            EventKind::GestureBegin { param } => (param, 0.0, Gesture::Begin),
            EventKind::GestureEnd { param } => (param, 0.0, Gesture::End),
            EventKind::NoteEnd { voice } => {
                reports.voice(VoiceNews::Ended(event.frame, voice));
                continue;
            }
            _ => continue,
        };
        reports.own_move(OwnMove { node, param, value, gesture, frame: event.frame });
    }
    events.retain_notes();
}

/// What is heard of a node that is not: its main input, and the events it gets.
///
/// # Safety
/// The caller is at this node's step.
unsafe fn pass(
    node: &mut Node,
    io: &Io<'_>,
    buffers: &Buffers,
    context: &Context<'_, '_>,
    worker: &mut Worker,
) {
    let Node { body, inputs: widths, .. } = node;
    if let Kind::Processor(processor) = &mut body.kind {
        worker.steps.iter().for_each(|step| processor.set_param(step.param, step.value));
    }
    // SAFETY: the step has its outputs to itself, and its inputs are written; they differ.
    unsafe {
        if let Some(out) = events_out(buffers, io.events_out) {
            out.extend(buffers.events(io.events_in), 0);
        }
        let [input] = inputs::<1>(buffers, &io.ins[..io.ins.len().min(1)], widths, context.frames);
        let Some((&main, rest)) = io.outs.split_first() else { return };
        rest.iter().for_each(|&slot| buffers.set_silent(slot));
        if (io.ins.is_empty() || input.is_silent()) && body.bypass.is_clear() {
            return buffers.set_silent(main);
        }
        let mut out = buffers.output(main, context.frames);
        match &mut body.bypass.dry {
            Some(delay) => {
                let (channels, silent) = (out.channels(), input.is_silent());
                for (channel, out) in out.channels_mut().enumerate() {
                    delay.process_channel(
                        channel,
                        dry_channel(input, channels, channel, &mut worker.dry[0][..out.len()]),
                        out,
                    );
                }
                delay.advance(context.frames, silent);
            }
            None => out.copy_from(input),
        }
    }
}

fn pass_audio(input: Option<BusIn<'_>>, outs: &mut [BusOut<'_>]) {
    for (index, out) in outs.iter_mut().enumerate() {
        match input {
            Some(input) if index == 0 => out.copy_from(input),
            _ => out.silence(),
        }
    }
}

/// A channel of an input as a bus of so many channels would get it; `room` is for what has to be computed.
fn dry_channel<'b>(input: BusIn<'b>, channels: usize, channel: usize, room: &'b mut [f32]) -> &'b [f32] {
    match (input.channels(), channels) {
        (1, 2) => input.channel(0),
        (2, 1) => {
            for (out, (left, right)) in room.iter_mut().zip(input.channel(0).iter().zip(input.channel(1))) {
                *out = 0.5 * (left + right);
            }
            room
        }
        (inputs, _) if channel < inputs => input.channel(channel),
        _ => {
            room.fill(0.0);
            room
        }
    }
}

/// Crossfades between a node and its input.
fn mix_dry(
    bypass: &mut Bypass,
    input: Option<BusIn<'_>>,
    outs: &mut [BusOut<'_>],
    [room, delayed]: &mut [Box<[f32]>; 2],
) {
    let Bypass { wet, dry } = bypass;
    let (is_wet, mut complement) = (wet.is_standing() && wet.target() == [1.0; 2], wet.complement());
    if !is_wet {
        fade_outputs(wet, outs);
    }
    let Some(out) = outs.first_mut() else { return };
    let (frames, channels) = (out.frames(), out.channels());
    let input = input.unwrap_or(BusIn::new(&[], 0, 0, frames).known_silent());
    for (channel, out) in out.channels_mut().enumerate() {
        let source = dry_channel(input, channels, channel, &mut room[..frames]);
        let delayed = &mut delayed[..frames];
        match dry {
            Some(delay) => delay.process_channel(channel, source, delayed),
            None => delayed.copy_from_slice(source),
        }
        if !is_wet {
            // What the node loses its input gains.
            complement.process_channel(channel, delayed);
            add(out, delayed);
        }
    }
    complement.advance(frames);
    if let Some(delay) = dry {
        delay.advance(frames, input.is_silent());
    }
}
