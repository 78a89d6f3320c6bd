//! The short way through a device or plugin for which nothing is going on but audio: what most of them are, most of the
//! time. A function of its own, so that what the long way needs takes no registers here.
#![expect(unsafe_code, reason = "buffers are lent by the schedule's promise")]

use super::foreign::{finish_events, judge, rest};
use super::scan::glance;
use super::{Context, Io, Worker};
use crate::engine::body::{Kind, Node, Rest};
use crate::engine::buffers::Buffers;
use crate::engine::kept::Row;
use crate::engine::schedule::Op;
use crate::graph::{SILENCE, Slot};
use crate::math::{frames as frame_count, to_usize};
use crate::processor::{AudioBlock, BusIn, Claim, ProcessStatus};

/// Runs the effects with which these steps begin, as far as nothing is going on for them but audio: they are
/// [calm](Node::is_calm), and there are no steps or live notes in this block. Returns how many it ran. It does what
/// [`run_processor`](super::foreign::run_processor) does: the two differ in what they have to look at.
///
/// # Safety
/// The caller is at the first of these steps, and all are its own. A node keeps only what no other step reads.
#[inline(never)]
pub(super) unsafe fn run_plain(
    ops: &[Op],
    nodes: &Row<Node>,
    buffers: &Buffers,
    context: &Context<'_, '_>,
    worker: &mut Worker,
) -> usize {
    if !context.calm {
        return 0;
    }
    let mut done = 0;
    for op in ops {
        let Op::Effect { node, from, to, keeps } = *op else { break };
        // SAFETY: passed on; by now this is the step at which the caller is.
        let is_plain =
            unsafe { run_effect(nodes.at(to_usize(node)), (from, keeps), to, buffers, context, worker) };
        if !is_plain {
            break;
        }
        done += 1;
    }
    done
}

/// Runs one of them; returns whether nothing is going on for it but audio. Otherwise nothing was done.
///
/// # Safety
/// As for [`run_plain`], at this node's step.
#[inline(always)]
unsafe fn run_effect(
    node: &mut Node,
    (from, keeps): (Slot, bool),
    to: Slot,
    buffers: &Buffers,
    context: &Context<'_, '_>,
    worker: &mut Worker,
) -> bool {
    let Node { inputs, body, calm, .. } = &mut *node;
    let (true, Kind::Processor(processor)) = (*calm, &mut body.kind) else { return false };
    let frames = context.frames;
    // SAFETY: at this step, its input is written.
    let (input, claim) = unsafe {
        match buffers.written(from, frames) {
            Some(input) => (input, if keeps { Claim::Free } else { Claim::Shared }),
            None => (buffers.silence(inputs.channels(0), frames), Claim::Shared),
        }
    };
    let is_quiet = |input: &BusIn<'_>| input.is_silent() && !buffers.is_eager();
    if is_quiet(&input) && body.rest.asleep && !context.transport_moved {
        // SAFETY: the step has its output to itself.
        unsafe { buffers.set_silent(to) };
        body.silent = true;
        return true;
    }
    // SAFETY: the step has its output to itself, and it is not its input. What it keeps no other step reads before it is
    // written anew.
    let mut block = unsafe {
        let output = buffers.output(to, frames);
        AudioBlock::new((input, claim), output, &mut worker.unread, context.transport, context.mode)
    };
    let status = processor.process_audio(&mut block);
    // SAFETY: the step has its output to itself, and nothing else refers to it here.
    match unsafe { glance(buffers, to, frames) } {
        Some(scan) if status != ProcessStatus::Failed => {
            body.silent = scan.silent;
            body.rest = match status {
                ProcessStatus::Continue => Rest::default(),
                _ => rest(
                    body.rest,
                    status,
                    is_quiet(&input) && scan.silent,
                    frame_count(frames),
                    &**processor,
                ),
            };
            if scan.zero {
                // SAFETY: likewise.
                unsafe { buffers.set_silent(to) };
            }
        }
        _ => {
            let io = Io { ins: &[from], controls: &[], outs: &[to], events_in: SILENCE, events_out: SILENCE };
            let Worker { dry, reports, .. } = worker;
            let (heard, quiet_in) = (block.unspoilt(), is_quiet(&input));
            // SAFETY: passed on.
            unsafe { judge::<1>(node, status, (heard, quiet_in), &io, buffers, frames, dry, reports) };
        }
    }
    if !worker.unread.is_empty() {
        finish_events(node.id, &mut worker.unread, frames, &mut worker.reports);
        worker.unread.clear();
    }
    true
}
