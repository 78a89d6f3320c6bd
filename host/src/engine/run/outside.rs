//! Audio from the outer host and to it.
#![expect(unsafe_code, reason = "buffers are lent by the schedule's promise")]

use super::scan::{Scan, scan_samples};
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
    let &[out] = io.outs else { return };
    let given = |channel: usize| {
        let samples = context.inputs.get(channels.first + channel)?;
        samples.get(context.offset..context.offset + context.frames)
    };
    let nothing = Scan { finite: true, silent: true, zero: true };
    let scan = (0..channels.count).filter_map(given).map(scan_samples).fold(nothing, Scan::and);
    // SAFETY: the step has its output to itself.
    unsafe {
        if scan.zero || !scan.finite {
            return buffers.set_silent(out);
        }
        for (channel, out) in buffers.output(out, context.frames).channels_mut().enumerate() {
            match given(channel) {
                Some(samples) => out.copy_from_slice(samples),
                None => out.fill(0.0),
            }
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
