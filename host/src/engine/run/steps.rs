//! What there is for a node in a stretch of time: live notes, and the steps of its parameters.
#![expect(unsafe_code, reason = "buffers are lent by the schedule's promise")]

use super::{Context, Io};
use crate::automation::Step;
use crate::engine::body::{Followed, NodeAutomation, Pending};
use crate::engine::buffers::Buffers;
use crate::event::Event;
use crate::math::to_usize;

/// The live notes for a node.
#[inline]
pub(super) fn live_notes<'a>(node: u32, context: &Context<'a, '_>) -> &'a [(u32, Event)] {
    of_node(context.live, node, |&(other, _)| other)
}

/// What is for one node, of what is sorted by nodes.
#[inline]
fn of_node<T>(items: &[T], node: u32, node_of: impl Fn(&T) -> u32) -> &[T] {
    if items.is_empty() {
        return &[];
    }
    let start = items.partition_point(|item| node_of(item) < node);
    let count = items[start..].partition_point(|item| node_of(item) == node);
    &items[start..start + count]
}

/// Puts the steps of a node for this stretch into a list, by frame.
///
/// # Safety
/// The caller is at this node's step.
#[inline]
pub(super) unsafe fn collect_steps(
    node: u32,
    arrival: u32,
    automation: &mut Option<Box<NodeAutomation>>,
    io: &Io<'_>,
    buffers: &Buffers,
    context: &Context<'_, '_>,
    steps: &mut Vec<Step>,
) {
    steps.clear();
    if automation.is_some() || !context.steps.is_empty() {
        collect_some(node, arrival, automation, context, steps);
        if let Some(automation) = automation
            && !automation.followed.is_empty()
        {
            // SAFETY: passed on.
            unsafe { follow(&mut automation.followed, io, buffers, context, steps) };
        }
    }
}

/// Says where the lines of automation are at the end of the stretch, given all steps within it.
pub(super) fn draw_to_end(automation: &mut NodeAutomation, frames: usize, steps: &mut Vec<Step>) {
    let lost = automation.lines.run(frames, steps);
    if lost > 0 {
        automation.delay.lose(lost);
    }
}

/// Adds what followers say to the steps of what they move.
///
/// # Safety
/// The caller is at this node's step.
#[cold]
unsafe fn follow(
    followed: &mut [Followed],
    io: &Io<'_>,
    buffers: &Buffers,
    context: &Context<'_, '_>,
    steps: &mut Vec<Step>,
) {
    let frames = context.frames;
    for of in &*followed {
        let Some(&slot) = io.controls.get(usize::from(of.control)) else { continue };
        // SAFETY: the step's inputs are written.
        let positions = unsafe { buffers.input(slot, 1, frames) }.channel(0);
        for step in steps.iter_mut().filter(|step| step.param == of.plan.param) {
            let added = of.plan.follow(positions[to_usize(step.frame).min(frames - 1)].into());
            // What it will do until the next step is not known.
            step.value += added;
            step.target += added;
        }
    }
    if context.span.playing {
        followed.iter_mut().for_each(|of| of.told = None);
        return;
    }
    // A node that is told the same over and over would never rest.
    steps.retain(|step| match followed.iter_mut().find(|of| of.plan.param == step.param) {
        Some(of) => of.told.replace(step.value) != Some(step.value),
        None => true,
    });
}

fn collect_some(
    node: u32,
    arrival: u32,
    automation: &mut Option<Box<NodeAutomation>>,
    context: &Context<'_, '_>,
    steps: &mut Vec<Step>,
) {
    let mut lost = 0_u32;
    let mut push = |step: Step| {
        if steps.len() < steps.capacity() {
            steps.push(step);
        } else {
            lost = lost.saturating_add(1);
        }
    };
    for pending in of_node(context.steps, node, |pending| pending.node) {
        let lanes = automation.as_mut().map(|automation| &mut automation.lanes);
        match (pending.what, lanes) {
            (Pending::Step(step), lanes) => {
                if !lanes.is_some_and(|lanes| lanes.take(step.param, step.value)) {
                    push(step);
                }
            }
            (Pending::Macro { frame, slot, value }, Some(lanes)) => {
                lanes.move_macro(slot, context.span.start + i64::from(frame), value);
            }
            (Pending::Macro { .. }, None) => {}
        }
    }
    if let Some(automation) = automation {
        let NodeAutomation { lanes, delay, .. } = &mut **automation;
        if arrival == 0 {
            lanes.render(&context.span, push);
        } else {
            lanes.render(&context.span, |step| delay.push(step, arrival));
            delay.run(context.frames, push);
        }
    }
    // Hands alone cannot say as much as there is room for.
    if lost > 0
        && let Some(automation) = automation
    {
        automation.delay.lose(lost);
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
