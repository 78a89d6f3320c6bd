//! How steps get at their buffers, and what is done with them between nodes.
#![expect(unsafe_code, reason = "buffers are lent by the schedule's promise")]

use crate::engine::buffers::Buffers;
use crate::event::EventList;
use crate::graph::Slot;
use crate::nodes::{add, add_two};
use crate::processor::{BusIn, BusOut, Buses};

/// The inputs of a step; `widths` are the channels of its ports.
///
/// # Safety
/// As for [`Buffers::input`], for every slot.
#[inline]
pub(super) unsafe fn inputs<'b, const I: usize>(
    buffers: &'b Buffers,
    slots: &[Slot],
    widths: &Buses,
    frames: usize,
) -> [BusIn<'b>; I] {
    let mut inputs = [BusIn::NONE; I];
    // Over a constant range, so that one or two buses need no loop.
    for (index, input) in inputs.iter_mut().enumerate() {
        let Some(&slot) = slots.get(index) else { break };
        // SAFETY: passed on.
        *input = unsafe { buffers.input(slot, widths.channels(index), frames) };
    }
    inputs
}

/// The outputs of a step.
///
/// # Safety
/// As for [`Buffers::output`], for every slot.
#[inline]
pub(super) unsafe fn outputs<'b, const O: usize>(
    buffers: &'b Buffers,
    slots: &[Slot],
    frames: usize,
) -> [BusOut<'b>; O] {
    let mut outputs = [const { BusOut::NONE }; O];
    for (index, output) in outputs.iter_mut().enumerate() {
        let Some(&slot) = slots.get(index) else { break };
        // SAFETY: passed on.
        *output = unsafe { buffers.output(slot, frames) };
    }
    outputs
}

/// Adds buffers up; those that are silent cost nothing.
///
/// # Safety
/// The caller is at that step, and runs tasks in their order.
pub(super) unsafe fn sum(buffers: &Buffers, from: &[Slot], to: Slot, frames: usize) {
    let channels = buffers.channels(to);
    // SAFETY: all of this is at this step, whose slots differ.
    unsafe {
        let input = |slot: Slot| buffers.input(slot, channels, frames);
        let mut loud = from.iter().copied().filter(|&slot| !buffers.is_silent(slot));
        let Some(first) = loud.next() else { return buffers.set_silent(to) };
        let first = input(first);
        let mut out = buffers.output(to, frames);
        match loud.next().map(input) {
            None => out.copy_from(first),
            Some(second) => {
                for (channel, out) in out.channels_mut().enumerate() {
                    add_two(out, first.channel(channel), second.channel(channel));
                }
            }
        }
        loud.for_each(|slot| add_bus(&mut out, input(slot)));
    }
}

/// Adds a buffer to a sum.
///
/// # Safety
/// As for [`sum`].
pub(super) unsafe fn add_to(buffers: &Buffers, from: Slot, to: Slot, frames: usize) {
    // SAFETY: all of this is at this step, whose slots differ.
    unsafe {
        if buffers.is_silent(from) {
            return;
        }
        let begins = buffers.is_silent(to);
        let input = buffers.input(from, buffers.channels(to), frames);
        let mut out = buffers.output(to, frames);
        if begins {
            out.copy_from(input);
        } else {
            add_bus(&mut out, input);
        }
    }
}

fn add_bus(out: &mut BusOut<'_>, input: BusIn<'_>) {
    for (channel, out) in out.channels_mut().enumerate() {
        add(out, input.channel(channel));
    }
}

/// Makes audio for other channels.
///
/// # Safety
/// As for [`sum`].
pub(super) unsafe fn convert(buffers: &Buffers, from: Slot, to: Slot, frames: usize) {
    // SAFETY: all of this is at this step, whose slots differ.
    unsafe {
        if buffers.is_silent(from) {
            buffers.set_silent(to);
        } else {
            let input = buffers.input(from, buffers.channels(from), frames);
            buffers.output(to, frames).copy_from(input);
        }
    }
}

/// Puts lists of events together, by frame.
///
/// # Safety
/// As for [`sum`].
pub(super) unsafe fn sum_events(buffers: &Buffers, from: &[Slot], to: Slot) {
    // SAFETY: all of this is at this step, whose slots differ.
    unsafe {
        let Some(out) = buffers.events_mut(to) else { return };
        out.clear();
        for &slot in from {
            out.extend(buffers.events(slot), 0);
        }
        out.sort();
    }
}

/// The list of events that a node writes, empty; `None` if it has no such port.
///
/// # Safety
/// As for [`Buffers::events_mut`].
#[inline]
#[expect(clippy::mut_from_ref, reason = "that is what the safety contract is about")]
pub(super) unsafe fn events_out(buffers: &Buffers, slot: Slot) -> Option<&mut EventList> {
    // SAFETY: passed on.
    let list = unsafe { buffers.events_mut(slot) }?;
    list.clear();
    Some(list)
}
