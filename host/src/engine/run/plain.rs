//! The short way through a device or plugin for which nothing is going on but audio: what most of them are, most of the
//! time. A function of its own, so that what the long way needs takes no registers here.
#![expect(unsafe_code, reason = "buffers are lent by the schedule's promise")]

use super::foreign::{finish_events, judge, rest};
use super::scan::glance;
use super::{Context, Io, Worker};
use crate::engine::body::{Kind, Node, Rest};
use crate::engine::buffers::Buffers;
use crate::event::Events;
use crate::graph::{SILENCE, Slot};
use crate::math::frames as frame_count;
use crate::processor::{NodeBlock, ProcessStatus};

/// Runs a node of one input and one output for which nothing is going on but audio: no steps, notes, bypass or fade, and
/// no fault in the block before. Returns whether it is such a node; otherwise nothing was done. It does what
/// [`run_processor`](super::foreign::run_processor) does: the two differ in what they have to look at.
///
/// # Safety
/// The caller is at this node's step.
#[inline(never)]
pub(super) unsafe fn run_plain(
    node: &mut Node,
    from: Slot,
    to: Slot,
    buffers: &Buffers,
    context: &Context<'_, '_>,
    worker: &mut Worker,
) -> bool {
    let body = &mut node.body;
    let busy = body.automation.is_some()
        || node.fade.is_some()
        || body.faulty
        || !body.bypass.is_off()
        || !context.steps.is_empty()
        || !context.live.is_empty();
    let Kind::Processor(processor) = &mut body.kind else { return false };
    if busy {
        return false;
    }
    let frames = context.frames;
    // SAFETY: at this step, its input is written.
    let input = unsafe { buffers.input(from, node.inputs.channels(0), frames) };
    let quiet_in = input.is_silent() && !buffers.is_eager();
    if quiet_in && body.rest.asleep && !context.transport_moved {
        // SAFETY: the step has its output to itself.
        unsafe { buffers.set_silent(to) };
        body.silent = true;
        return true;
    }
    let events = &mut worker.unread;
    events.clear();
    // SAFETY: the step has its output to itself, and it is not its input.
    let out = unsafe { buffers.output(to, frames) };
    let status = processor.process(&mut NodeBlock {
        frames,
        audio_in: &[input],
        audio_out: &mut [out],
        events_in: Events::EMPTY,
        events_out: events,
        transport: context.transport,
        mode: context.mode,
    });
    // SAFETY: the step has its output to itself, and nothing else refers to it here.
    match unsafe { glance(buffers, to, frames) } {
        Some(scan) if status != ProcessStatus::Failed => {
            body.silent = scan.silent;
            body.rest = match status {
                ProcessStatus::Continue => Rest::default(),
                _ => rest(body.rest, status, quiet_in && scan.silent, frame_count(frames), &**processor),
            };
            if scan.zero {
                // SAFETY: likewise.
                unsafe { buffers.set_silent(to) };
            }
        }
        _ => {
            let io = Io { ins: &[from], controls: &[], outs: &[to], events_in: SILENCE, events_out: SILENCE };
            let Worker { dry, reports, .. } = worker;
            // SAFETY: passed on.
            unsafe { judge::<1>(node, status, (Some(input), quiet_in), &io, buffers, frames, dry, reports) };
        }
    }
    if !worker.unread.is_empty() {
        finish_events(node.id, &mut worker.unread, frames, &mut worker.reports);
    }
    true
}
