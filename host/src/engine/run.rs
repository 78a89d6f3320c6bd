//! Runs the steps of a schedule over one stretch of time. The hot path: flat steps, one virtual call per node.
//!
//! Silence is passed on as a mark on a buffer, and nobody looks into a buffer that is marked. A node whose output would
//! be silent is not run; nor is one that [rests](crate::ProcessStatus::Quiet) until something comes in.
#![expect(unsafe_code, reason = "threads share a schedule, each with the tasks that are its own")]

mod access;
mod foreign;
mod outside;
mod plain;
mod scan;
mod steps;
mod worker;

use std::time::Instant;

use protocol::{NodeId, TelemetryFrame};

pub(crate) use self::worker::{OwnMove, VoiceNews, Worker};

use self::access::{add_to, convert, events_out, inputs, sum, sum_events};
use self::steps::{collect_steps, live_notes};
use self::worker::Reports;
use super::body::{Body, Kind, Node, PendingStep, Spent};
use super::buffers::Buffers;
use super::fade::Fade;
use super::schedule::{Delay, Op, Schedule, Task};
use crate::automation::Span;
use crate::config::RenderMode;
use crate::event::{Event, EventList, Events};
use crate::graph::{SILENCE, Slot};
use crate::math::to_usize;
use crate::nodes::Fader;
use crate::processor::{BlockTransport, BusOut};

/// What a run needs beside the schedule. All threads share it.
pub(crate) struct Context<'a, 'io> {
    pub frames: usize,
    /// Where in the host's block the stretch begins.
    pub offset: usize,
    pub span: Span<'a>,
    pub transport: &'a BlockTransport,
    /// Whether playback started, stopped or jumped since the stretch before.
    pub transport_moved: bool,
    pub mode: RenderMode,
    /// How long the host's block lasts, in seconds, while nodes are timed.
    pub timed: Option<f32>,
    pub inputs: &'a [&'io [f32]],
    /// The host's notes within the stretch.
    pub events_in: Events<'a>,
    /// Whether there is neither a step nor a live note.
    pub calm: bool,
    /// Steps from macros and hands, by node.
    pub steps: &'a [PendingStep],
    /// Live notes for single nodes, by node.
    pub live: &'a [(u32, Event)],
}

static_assertions::assert_impl_all!(Context<'_, '_>: Sync);
static_assertions::assert_impl_all!(Schedule: Sync);

/// Where the engine's output goes; the audio thread's alone.
pub(crate) struct Outlets<'a, 'io> {
    pub outputs: &'a mut [&'io mut [f32]],
    pub events: &'a mut EventList,
}

/// Runs a task. What it is without `outlets` does not reach the outside.
///
/// # Safety
/// In every run of the schedule, each task is run by one thread, once, after all those it waits for: what they wrote
/// must be visible to this one.
pub(crate) unsafe fn run_task(
    schedule: &Schedule,
    task: &Task,
    context: &Context<'_, '_>,
    worker: &mut Worker,
    mut outlets: Option<&mut Outlets<'_, '_>>,
) {
    let Schedule { nodes, spent, ops, ports, buffers, delays, .. } = schedule;
    let frames = context.frames;
    let mut clock = context.timed.map(Clock::start);
    let mut ops = &ops[task.ops.clone()];
    while let [op, later @ ..] = ops {
        let here = std::mem::replace(&mut ops, later);
        // SAFETY: the layout is verified: a node and a delay line belong to one step, and whatever uses a buffer that
        // some step writes is in the same task, or in one that is done before or begins after. The caller keeps to the
        // order of tasks.
        unsafe {
            match *op {
                Op::Node { node: index, ports: start, audio, events_in, events_out } => {
                    let [audio_in, controls, audio_out] = audio.map(usize::from);
                    let ports = &ports[to_usize(start)..];
                    let (ins, ports) = ports.split_at(audio_in);
                    let (controls, ports) = ports.split_at(controls);
                    let outs = &ports[..audio_out];
                    let io = Io { ins, controls, outs, events_in, events_out };
                    let node = nodes.at(to_usize(index));
                    match &mut outlets {
                        Some(outlets) if node.is_outlet => {
                            run_outlet(&node.body, &io, buffers, context, outlets);
                        }
                        _ => run_node(index, node, &io, buffers, context, worker),
                    }
                    if let Some(clock) = &mut clock {
                        clock.lap(spent.at(to_usize(index)));
                    }
                }
                Op::Effect { node: index, from, to, .. } => {
                    // As many as there are, unless each is timed.
                    let effects = if clock.is_some() { std::slice::from_ref(op) } else { here };
                    let done = plain::run_plain(effects, nodes, buffers, context, worker);
                    let node = nodes.at(to_usize(index));
                    if done == 0 {
                        let io = Io {
                            ins: &[from],
                            controls: &[],
                            outs: &[to],
                            events_in: SILENCE,
                            events_out: SILENCE,
                        };
                        run_node(index, node, &io, buffers, context, worker);
                        node.calm = node.is_calm();
                    }
                    if let Some(clock) = &mut clock {
                        clock.lap(spent.at(to_usize(index)));
                    }
                    ops = &here[done.max(1)..];
                }
                Op::Sum { ports: start, count, to } => {
                    let from = &ports[to_usize(start)..to_usize(start) + usize::from(count)];
                    sum(buffers, from, to, frames);
                }
                Op::Add { from, to } => add_to(buffers, from, to, frames),
                Op::Convert { from, to } => convert(buffers, from, to, frames),
                Op::SumEvents { ports: start, count, to } => {
                    let from = &ports[to_usize(start)..to_usize(start) + usize::from(count)];
                    sum_events(buffers, from, to);
                }
                Op::Delay { line, from, to } => {
                    let Delay::Audio(delay, fade) = delays.at(to_usize(line)) else { continue };
                    if buffers.is_silent(from) && delay.is_clear() {
                        buffers.set_silent(to);
                    } else {
                        let input = buffers.input(from, buffers.channels(to), frames);
                        delay.process(input, &mut buffers.output(to, frames));
                    }
                    if fade.is_some() {
                        run_fade(fade, &[to], buffers, frames);
                    }
                }
                Op::DelayEvents { line, from, to } => {
                    let Delay::Events(delay) = delays.at(to_usize(line)) else { continue };
                    if let Some(out) = self::events_out(buffers, to) {
                        delay.process(frames, buffers.events(from), out);
                        out.sort();
                    }
                }
            }
        }
    }
}

/// Times the nodes of a task, one after the other.
struct Clock {
    since: Instant,
    /// How long the block lasts, in seconds.
    secs: f32,
}

impl Clock {
    fn start(secs: f32) -> Self {
        Self { since: Instant::now(), secs }
    }

    /// A node is done. One look at the clock for each: what gathers and delays its inputs counts as its own.
    #[cold]
    fn lap(&mut self, spent: &mut Spent) {
        let now = Instant::now();
        spent.add((now - self.since).as_secs_f32() / self.secs);
        self.since = now;
    }
}

/// The buffers of a node.
struct Io<'a> {
    ins: &'a [Slot],
    /// What followers say that modulate it.
    controls: &'a [Slot],
    outs: &'a [Slot],
    events_in: Slot,
    events_out: Slot,
}

/// Runs a node that is no outlet.
///
/// # Safety
/// The caller is at this node's step.
unsafe fn run_node(
    index: u32,
    node: &mut Node,
    io: &Io<'_>,
    buffers: &Buffers,
    context: &Context<'_, '_>,
    worker: &mut Worker,
) {
    // SAFETY: passed on.
    unsafe {
        match node.body.kind {
            Kind::Processor(_) => foreign::run_processor(index, node, io, buffers, context, worker),
            _ => run_own(index, node, io, buffers, context, worker),
        }
        if node.fade.is_some() {
            run_fade(&mut node.fade, io.outs, buffers, context.frames);
        }
    }
}

/// Runs a node of the engine's own.
///
/// # Safety
/// The caller is at this node's step.
unsafe fn run_own(
    index: u32,
    node: &mut Node,
    io: &Io<'_>,
    buffers: &Buffers,
    context: &Context<'_, '_>,
    worker: &mut Worker,
) {
    let Node { id, arrival, inputs: widths, body, .. } = node;
    let frames = context.frames;
    // SAFETY: the step has its outputs to itself, and its inputs are written; they differ.
    unsafe {
        match &mut body.kind {
            Kind::Level(level) => {
                let ([input], &[out]) = (inputs::<1>(buffers, io.ins, widths, frames), io.outs) else {
                    return;
                };
                collect_steps(index, *arrival, &mut body.automation, io, buffers, context, &mut worker.steps);
                if worker.steps.is_empty() && level.is_silent(input.is_silent()) && !buffers.is_eager() {
                    level.pass_silence(frames);
                    buffers.set_silent(out);
                } else {
                    let mut out = buffers.output(out, frames);
                    if out.channels() > 2 {
                        level.process_wide(input, &mut out, &worker.steps);
                    } else {
                        level.process(input.stereo(), &mut out.stereo(), &worker.steps);
                    }
                }
            }
            Kind::Follower(follower) => {
                let ([input], &[out]) = (inputs::<1>(buffers, io.ins, widths, frames), io.outs) else {
                    return;
                };
                if input.is_silent() && follower.is_still() && !buffers.is_eager() {
                    buffers.set_silent(out);
                } else {
                    follower.process(input.stereo(), buffers.output(out, frames).channel_mut(0));
                }
            }
            Kind::NotePlayer(player) => {
                let Some(out) = events_out(buffers, io.events_out) else { return };
                player.process(&context.span, out);
                live_notes(index, context).iter().for_each(|&(_, event)| out.push(event));
                out.sort();
                tell_dropped(*id, out, &mut worker.reports);
            }
            Kind::AudioPlayer(player) => {
                let &[out] = io.outs else { return };
                let wrote =
                    player.process(&context.span, context.mode, &mut buffers.output(out, frames).stereo());
                if !wrote {
                    buffers.set_silent(out);
                }
            }
            Kind::HostInput(channels) => outside::run_input(*channels, io, buffers, context),
            Kind::HostEvents => {
                let Some(out) = events_out(buffers, io.events_out) else { return };
                out.extend(context.events_in, 0);
                live_notes(index, context).iter().for_each(|&(_, event)| out.push(event));
                out.sort();
                tell_dropped(*id, out, &mut worker.reports);
            }
            Kind::Missing => {
                if let Some(out) = events_out(buffers, io.events_out) {
                    out.extend(buffers.events(io.events_in), 0);
                }
                let [input] = inputs::<1>(buffers, io.ins, widths, frames);
                for (bus, &slot) in io.outs.iter().enumerate() {
                    if bus > 0 || input.is_silent() {
                        buffers.set_silent(slot);
                    } else {
                        buffers.output(slot, frames).copy_from(input);
                    }
                }
            }
            Kind::Processor(_) | Kind::HostOutput(_) | Kind::HostEventsOutput => {}
        }
    }
}

/// Fades what a node or a delay line has given, where a cable has just come, or is about to go.
///
/// # Safety
/// The caller is at the step that writes these buffers.
#[cold]
unsafe fn run_fade(fade: &mut Option<Fade>, outs: &[Slot], buffers: &Buffers, frames: usize) {
    let Some(this) = fade else { return };
    for &slot in outs {
        // SAFETY: the step has its outputs to itself.
        unsafe {
            if !buffers.is_silent(slot) {
                this.process(&mut buffers.output(slot, frames));
            }
        }
    }
    this.advance(frames);
    if this.is_done() {
        *fade = None;
    }
}

/// Gives the engine's output.
///
/// # Safety
/// The caller is at this node's step.
unsafe fn run_outlet(
    body: &Body,
    io: &Io<'_>,
    buffers: &Buffers,
    context: &Context<'_, '_>,
    outlets: &mut Outlets<'_, '_>,
) {
    match body.kind {
        // SAFETY: passed on.
        Kind::HostOutput(channels) => unsafe { outside::run_output(channels, io, buffers, context, outlets) },
        Kind::HostEventsOutput => {
            // SAFETY: the step's input is written.
            let input = unsafe { buffers.events(io.events_in) };
            outlets.events.extend_onward(input, crate::math::to_u32(context.offset));
        }
        _ => {}
    }
}

/// Reports events of a node for which a list had no room.
#[inline]
fn tell_dropped(node: NodeId, list: &mut EventList, reports: &mut Reports) {
    let count = list.take_dropped();
    if count > 0 {
        reports.push(TelemetryFrame::EventsDropped { node, count });
    }
}

fn fade_outputs(fader: &mut Fader, outs: &mut [BusOut<'_>]) {
    let start = *fader;
    for out in outs {
        *fader = start;
        fader.process_in_place(out);
    }
}
