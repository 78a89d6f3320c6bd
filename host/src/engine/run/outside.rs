//! Audio from the outer host and to it.
#![expect(unsafe_code, reason = "buffers are lent by the schedule's promise")]

use super::scan::{scan_buffers, scan_samples};
use super::{Context, Io, Outlets};
use crate::engine::body::Channels;
use crate::engine::buffers::Buffers;
use crate::nodes::add;

/// Takes what the host gave. What it gave not is silent, and so is all of a bus with a sample that is no number.
///
/// # Safety
/// The caller is at this node's step.
pub(super) unsafe fn run_input(
    channels: Channels,
    io: &Io<'_>,
    buffers: &Buffers,
    context: &Context<'_, '_>,
) {
    let &[slot] = io.outs else { return };
    let range = context.offset..context.offset + context.frames;
    let given = context.inputs.get(channels.first..).unwrap_or_default();
    // SAFETY: the step has its output to itself.
    let mut out = unsafe { buffers.output(slot, context.frames) };
    for channel in 0..out.channels() {
        let out = out.channel_mut(channel);
        match given.get(channel).and_then(|samples| samples.get(range.clone())) {
            Some(samples) if channel < channels.count => {
                out.copy_from_slice(samples);
            }
            _ => out.fill(0.0),
        }
    }
    // SAFETY: as above, and written.
    unsafe {
        let scan = scan_buffers(buffers, &[slot], context.frames);
        if scan.zero || !scan.finite {
            buffers.set_silent(slot);
        }
    }
}

/// Adds to what the host gets; several nodes may feed one bus.
///
/// # Safety
/// The caller is at this node's step.
pub(super) unsafe fn run_output(
    channels: Channels,
    io: &Io<'_>,
    buffers: &Buffers,
    context: &Context<'_, '_>,
    outlets: &mut Outlets<'_, '_>,
) {
    let &[input] = io.ins else { return };
    // SAFETY: the step's input is written.
    let input = unsafe {
        if buffers.is_silent(input) {
            return;
        }
        buffers.input(input, channels.count, context.frames)
    };
    let range = context.offset..context.offset + context.frames;
    for channel in 0..channels.count {
        let out = outlets.outputs.get_mut(channels.first + channel);
        let Some(out) = out.and_then(|out| out.get_mut(range.clone())) else { continue };
        add(out, input.channel(channel));
        if !scan_samples(out).finite {
            out.fill(0.0);
        }
    }
}
