//! Runs a schedule over one stretch of time. The hot path: flat steps, one virtual call per node.

use protocol::telemetry::{Fault, Gesture};
use protocol::{NodeId, TelemetryFrame};

use super::body::{Body, Kind, Node, PendingStep};
use super::schedule::{Buffers, Delay, Op, Schedule};
use crate::automation::{Ramp, Span, Step};
use crate::config::RenderMode;
use crate::event::{Event, EventKind, EventList, Events, Voice};
use crate::graph::Slot;
use crate::math::to_usize;
use crate::nodes::{AudioDelay, Fader, add, add_two};
use crate::processor::{BlockTransport, NodeBlock, Ports, ProcessStatus, Processor, StereoIn, StereoOut};

/// What a run needs beside the schedule.
pub(crate) struct Context<'a, 'io> {
    pub frames: usize,
    /// Where in the host's block the stretch begins.
    pub offset: usize,
    pub span: Span<'a>,
    pub transport: &'a BlockTransport,
    pub mode: RenderMode,
    pub inputs: &'a [StereoIn<'io>],
    pub outputs: &'a mut [StereoOut<'io>],
    /// The host's notes within the stretch.
    pub events_in: Events<'a>,
    pub events_out: &'a mut EventList,
    /// Steps from macros and hands.
    pub steps: &'a [PendingStep],
    /// Live notes for single nodes.
    pub live: &'a [(u32, Event)],
    pub scratch: &'a mut Scratch,
    pub telemetry: &'a mut rtrb::Producer<TelemetryFrame>,
    pub lost_telemetry: &'a mut u32,
}

/// Room for a node at work.
pub(crate) struct Scratch {
    events: EventList,
    unread: EventList,
    steps: Vec<Step>,
    dry: Box<[f32]>,
}

impl Scratch {
    const STEPS: usize = 4_096;

    pub fn new(max_block: usize) -> Self {
        Self {
            events: EventList::with_capacity(4_096),
            unread: EventList::with_capacity(64),
            steps: Vec::with_capacity(Self::STEPS),
            dry: vec![0.0; 2 * max_block].into(),
        }
    }

    pub fn take_dropped(&mut self) -> u32 {
        self.events.take_dropped()
    }
}

/// Below this sum of absolute samples a block counts as silent: some -140 dB.
const SILENT: f32 = 1e-5;

/// Runs every step.
pub(crate) fn run(schedule: &mut Schedule, context: &mut Context<'_, '_>) {
    let Schedule { nodes, ops, ports, buffers, delays, .. } = schedule;
    for op in ops.iter() {
        match *op {
            Op::Node { node: index, ports: start, audio_in, audio_out, events_in, events_out } => {
                let start = to_usize(start);
                let (ins, outs) = (usize::from(audio_in), usize::from(audio_out));
                let io = Io {
                    ins: &ports[start..start + ins],
                    outs: &ports[start + ins..start + ins + outs],
                    events_in,
                    events_out,
                };
                run_node(index, &mut nodes[to_usize(index)], &io, buffers, context);
            }
            Op::Sum { ports: start, count, to } => {
                let from = &ports[to_usize(start)..to_usize(start) + usize::from(count)];
                sum(buffers, from, to, context.frames);
            }
            Op::SumEvents { ports: start, count, to } => {
                let from = &ports[to_usize(start)..to_usize(start) + usize::from(count)];
                sum_events(buffers, from, to);
            }
            Op::Delay { line, from, to } => {
                if let Delay::Audio(delay) = &mut delays[to_usize(line)] {
                    with_audio::<1, 1>(buffers, &[from], &[to], context.frames, |ins, outs| {
                        delay.process(ins[0], &mut outs[0]);
                    });
                }
            }
            Op::DelayEvents { line, from, to } => {
                if let Delay::Events(delay) = &mut delays[to_usize(line)] {
                    with_events(buffers, from, to, |input, out| {
                        delay.process(context.frames, input, out);
                        out.sort();
                    });
                }
            }
        }
    }
}

/// The buffers of a node.
struct Io<'a> {
    ins: &'a [Slot],
    outs: &'a [Slot],
    events_in: Slot,
    events_out: Slot,
}

fn run_node(index: u32, node: &mut Node, io: &Io<'_>, buffers: &mut Buffers, context: &mut Context<'_, '_>) {
    let Node { id, arrival, fade, body, .. } = node;
    let frames = context.frames;
    match &mut body.kind {
        Kind::Processor(_) => run_processor(index, *id, *arrival, body, io, buffers, context),
        Kind::Level(level) => {
            collect_steps(index, *arrival, &mut body.automation, context);
            let steps = &*context.scratch.steps;
            with_audio::<1, 1>(buffers, io.ins, io.outs, frames, |ins, outs| {
                level.process(ins[0], &mut outs[0], steps);
            });
        }
        Kind::NotePlayer(player) => {
            with_events(buffers, io.events_in, io.events_out, |_, out| {
                out.clear();
                player.process(&context.span, out);
                push_live(index, context.live, out);
                out.sort();
            });
        }
        Kind::AudioPlayer(player) => {
            with_audio::<1, 1>(buffers, &[], io.outs, frames, |_, outs| {
                player.process(&context.span, context.mode, &mut outs[0]);
            });
        }
        Kind::HostInput(bus) => {
            let input = context.inputs.get(*bus).copied();
            let range = context.offset..context.offset + frames;
            with_audio::<1, 1>(buffers, &[], io.outs, frames, |_, outs| {
                if let Some(input) = input {
                    let input = StereoIn { left: &input.left[range.clone()], right: &input.right[range] };
                    outs[0].copy_from(input);
                    if !energy(outs).is_finite() {
                        outs[0].silence();
                    }
                } else {
                    outs[0].silence();
                }
            });
        }
        Kind::HostOutput(bus) => host_output(*bus, io, buffers, context),
        Kind::HostEvents => {
            let host = context.events_in;
            with_events(buffers, io.events_in, io.events_out, |_, out| {
                out.clear();
                out.extend(host, 0);
                push_live(index, context.live, out);
                out.sort();
            });
        }
        Kind::HostEventsOutput => {
            let offset = crate::math::to_u32(context.offset);
            with_events(buffers, io.events_in, 0, |input, _| context.events_out.extend(input, offset));
        }
        Kind::Missing | Kind::Vacant => {
            pass_events(buffers, io);
            with_any_audio(buffers, io.ins, io.outs, frames, pass_audio);
        }
    }
    if let Some(fader) = fade {
        with_any_audio(buffers, &[], io.outs, frames, |_, outs| fade_outputs(fader, outs));
        if fader.is_standing() && fader.target() == [1.0; 2] {
            *fade = None;
        }
    }
}

fn fade_outputs(fader: &mut Fader, outs: &mut [StereoOut<'_>]) {
    let start = *fader;
    for out in outs {
        *fader = start;
        fader.process_in_place(out);
    }
}

fn push_live(node: u32, live: &[(u32, Event)], out: &mut EventList) {
    for &(_, event) in live.iter().filter(|&&(other, _)| other == node) {
        out.push(event);
    }
}

fn host_output(bus: usize, io: &Io<'_>, buffers: &mut Buffers, context: &mut Context<'_, '_>) {
    let Some(out) = context.outputs.get_mut(bus) else { return };
    let range = context.offset..context.offset + context.frames;
    let mut out = [StereoOut { left: &mut out.left[range.clone()], right: &mut out.right[range] }];
    with_audio::<1, 0>(buffers, io.ins, &[], context.frames, |ins, _| {
        add(out[0].left, ins[0].left);
        add(out[0].right, ins[0].right);
    });
    if !energy(&out).is_finite() {
        out[0].silence();
    }
}

/// Puts the steps of a node for this stretch into the scratch list, by frame.
#[inline]
fn collect_steps(
    node: u32,
    arrival: u32,
    automation: &mut Option<Box<super::body::NodeAutomation>>,
    context: &mut Context<'_, '_>,
) {
    let steps = &mut context.scratch.steps;
    steps.clear();
    if automation.is_none() && context.steps.is_empty() {
        return;
    }
    let mut push = |step: Step| {
        if steps.len() < Scratch::STEPS {
            steps.push(step);
        }
    };
    for pending in context.steps.iter().filter(|pending| pending.node == node) {
        push(pending.step);
    }
    if let Some(automation) = automation {
        let super::body::NodeAutomation { lanes, delay } = &mut **automation;
        if arrival == 0 {
            lanes.render(&context.span, push);
        } else {
            lanes.render(&context.span, |step| delay.push(step, arrival));
            delay.run(context.frames, push);
        }
    }
    // Insertion keeps the order of steps at one frame; the lists are short and nearly sorted.
    for index in 1..steps.len() {
        let step = steps[index];
        let place = steps[..index].partition_point(|earlier| earlier.frame <= step.frame);
        if place < index {
            steps.copy_within(place..index, place + 1);
            steps[place] = step;
        }
    }
}

fn run_processor(
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
    let (status, mut level) = match (io.ins.len(), io.outs.len()) {
        (0 | 1, 0 | 1) => work.call::<1, 1>(buffers, io.ins, io.outs),
        (2, 0 | 1) => work.call::<2, 1>(buffers, io.ins, io.outs),
        _ => work.call::<MAX_BUSES, MAX_BUSES>(buffers, io.ins, io.outs),
    };
    if !out_list.is_empty() {
        out_list.sort();
        report_moves(id, out_list.view(), context.telemetry, context.lost_telemetry);
        out_list.retain_notes();
    }
    let failed = status == ProcessStatus::Failed;
    if failed || !level.is_finite() {
        let fault = if failed { Fault::Failed } else { Fault::NotFinite };
        processor.reset();
        with_any_audio(buffers, io.ins, io.outs, context.frames, pass_audio);
        if !body.faulty {
            report(TelemetryFrame::Fault { node: id, fault }, context.telemetry, context.lost_telemetry);
        }
        body.faulty = true;
        level = 0.0;
    } else {
        body.faulty = false;
    }
    body.silent = level <= SILENT;
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
    ) -> (ProcessStatus, f32) {
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
        let level = energy(block.audio_out);
        give(buffers, outs, taken);
        (status, level)
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
fn mix_dry(
    bypass: &mut super::body::Bypass,
    io: &Io<'_>,
    buffers: &mut Buffers,
    context: &mut Context<'_, '_>,
) {
    let super::body::Bypass { wet, dry } = bypass;
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

fn pass_audio(ins: &[StereoIn<'_>], outs: &mut [StereoOut<'_>]) {
    for (index, out) in outs.iter_mut().enumerate() {
        match ins.first() {
            Some(&input) if index == 0 => out.copy_from(input),
            _ => out.silence(),
        }
    }
}

fn pass_delayed(dry: &mut Option<Box<AudioDelay>>, ins: &[StereoIn<'_>], outs: &mut [StereoOut<'_>]) {
    match (dry, ins.first(), outs.split_first_mut()) {
        (Some(delay), Some(&input), Some((out, rest))) => {
            delay.process(input, out);
            rest.iter_mut().for_each(StereoOut::silence);
        }
        (_, _, Some(_)) => pass_audio(ins, outs),
        _ => {}
    }
}

fn pass_events(buffers: &mut Buffers, io: &Io<'_>) {
    if io.events_out != 0 {
        with_events(buffers, io.events_in, io.events_out, |input, out| {
            out.clear();
            out.extend(input, 0);
        });
    }
}

/// The sum of all absolute samples: not finite as soon as one sample is not, zero if all are.
fn energy(outs: &[StereoOut<'_>]) -> f32 {
    const LANES: usize = 16;
    let mut sums = [0.0_f32; LANES];
    for out in outs {
        for side in [&*out.left, &*out.right] {
            let chunks = side.chunks_exact(LANES);
            for (lane, sample) in chunks.remainder().iter().enumerate() {
                sums[lane] += sample.abs();
            }
            for chunk in chunks {
                for lane in 0..LANES {
                    sums[lane] += chunk[lane].abs();
                }
            }
        }
    }
    sums.iter().sum()
}

fn sum(buffers: &mut Buffers, from: &[Slot], to: Slot, frames: usize) {
    let max = buffers.max_block;
    let mut out = std::mem::take(&mut buffers.audio[to_usize(to)]);
    for side in [0, max] {
        let range = side..side + frames;
        let source = |slot: Slot| &buffers.audio[to_usize(slot)][range.clone()];
        let out = &mut out[range.clone()];
        match from {
            [first, second, rest @ ..] => {
                add_two(out, source(*first), source(*second));
                for &slot in rest {
                    add(out, source(slot));
                }
            }
            [only] => out.copy_from_slice(source(*only)),
            [] => out.fill(0.0),
        }
    }
    buffers.audio[to_usize(to)] = out;
}

fn sum_events(buffers: &mut Buffers, from: &[Slot], to: Slot) {
    let Some(mut out) = buffers.events[to_usize(to)].take() else { return };
    out.clear();
    for &slot in from {
        if let Some(list) = &buffers.events[to_usize(slot)] {
            out.extend(list.view(), 0);
        }
    }
    out.sort();
    buffers.events[to_usize(to)] = Some(out);
}

/// Calls with the event buffers of a step. Buffer 0 is empty, and nothing may be written there.
fn with_events(
    buffers: &mut Buffers,
    input: Slot,
    output: Slot,
    call: impl FnOnce(Events<'_>, &mut EventList),
) {
    let Some(mut out) = buffers.events[to_usize(output)].take() else { return };
    if output != input
        && let Some(list) = &buffers.events[to_usize(input)]
    {
        call(list.view(), &mut out);
    } else {
        call(Events::EMPTY, &mut out);
    }
    buffers.events[to_usize(output)] = Some(out);
}

const MAX_BUSES: usize = Ports::MAX_BUSES as usize;

/// Calls with the audio buffers of a step of any size.
fn with_any_audio(
    buffers: &mut Buffers,
    ins: &[Slot],
    outs: &[Slot],
    frames: usize,
    call: impl FnOnce(&[StereoIn<'_>], &mut [StereoOut<'_>]),
) {
    match (ins.len(), outs.len()) {
        (0 | 1, 0 | 1) => with_audio::<1, 1>(buffers, ins, outs, frames, call),
        (2, 0 | 1) => with_audio::<2, 1>(buffers, ins, outs, frames, call),
        _ => with_audio::<MAX_BUSES, MAX_BUSES>(buffers, ins, outs, frames, call),
    }
}

/// Calls with the audio buffers of a step that has at most `I` inputs and `O` outputs.
#[inline]
fn with_audio<const I: usize, const O: usize>(
    buffers: &mut Buffers,
    ins: &[Slot],
    outs: &[Slot],
    frames: usize,
    call: impl FnOnce(&[StereoIn<'_>], &mut [StereoOut<'_>]),
) {
    let mut taken = take::<O>(buffers, outs);
    let inputs = inputs::<I>(buffers, ins, frames);
    let mut outputs = outputs(&mut taken, buffers.max_block, frames);
    call(&inputs[..ins.len().min(I)], &mut outputs[..outs.len().min(O)]);
    give(buffers, outs, taken);
}

/// Takes the buffers out that a step writes.
#[inline]
fn take<const O: usize>(buffers: &mut Buffers, outs: &[Slot]) -> [Box<[f32]>; O] {
    // An empty box needs no memory, so taking and giving back neither allocates nor frees.
    std::array::from_fn(|index| match outs.get(index) {
        Some(&slot) => std::mem::take(&mut buffers.audio[to_usize(slot)]),
        None => Box::default(),
    })
}

#[inline]
fn give<const O: usize>(buffers: &mut Buffers, outs: &[Slot], taken: [Box<[f32]>; O]) {
    for (&slot, buffer) in outs.iter().zip(taken) {
        buffers.audio[to_usize(slot)] = buffer;
    }
}

#[inline]
fn inputs<'b, const I: usize>(buffers: &'b Buffers, ins: &[Slot], frames: usize) -> [StereoIn<'b>; I] {
    std::array::from_fn(|index| match ins.get(index) {
        Some(&slot) => {
            let (left, right) = buffers.audio[to_usize(slot)].split_at(buffers.max_block);
            StereoIn { left: &left[..frames], right: &right[..frames] }
        }
        None => StereoIn { left: &[], right: &[] },
    })
}

#[inline]
fn outputs<const O: usize>(taken: &mut [Box<[f32]>; O], max: usize, frames: usize) -> [StereoOut<'_>; O] {
    taken.each_mut().map(|buffer| {
        if buffer.is_empty() {
            return StereoOut { left: &mut [], right: &mut [] };
        }
        let (left, right) = buffer.split_at_mut(max);
        StereoOut { left: &mut left[..frames], right: &mut right[..frames] }
    })
}
