//! Runs a schedule over one stretch of time. The hot path: flat steps, one virtual call per node.

mod access;
mod foreign;
mod scan;

use protocol::TelemetryFrame;

use self::access::{add_to, sum, sum_events, with_any_audio, with_audio, with_events};
use self::scan::scan;
use super::body::{Kind, Node, NodeAutomation, PendingStep};
use super::schedule::{Buffers, Delay, Op, Schedule};
use crate::automation::{Span, Step};
use crate::config::RenderMode;
use crate::event::{Event, EventList, Events};
use crate::graph::Slot;
use crate::math::to_usize;
use crate::nodes::{AudioDelay, Fader, add};
use crate::processor::{BlockTransport, StereoIn, StereoOut};

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
            Op::Add { from, to } => add_to(buffers, from, to, context.frames),
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
        Kind::Processor(_) => foreign::run_processor(index, *id, *arrival, body, io, buffers, context),
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
                    if !scan(outs).finite {
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
    if !scan(&out).finite {
        out[0].silence();
    }
}

/// Puts the steps of a node for this stretch into the scratch list, by frame.
#[inline]
fn collect_steps(
    node: u32,
    arrival: u32,
    automation: &mut Option<Box<NodeAutomation>>,
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
        let step = pending.step;
        if !automation.as_mut().is_some_and(|automation| automation.lanes.take(step.param, step.value)) {
            push(step);
        }
    }
    if let Some(automation) = automation {
        let NodeAutomation { lanes, delay } = &mut **automation;
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
