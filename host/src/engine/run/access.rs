//! How steps get at their buffers: what they write is taken out, what they read is borrowed beside it.

use crate::engine::schedule::Buffers;
use crate::event::{EventList, Events};
use crate::graph::Slot;
use crate::math::to_usize;
use crate::nodes::{add, add_two};
use crate::processor::{Ports, StereoIn, StereoOut};

pub(super) fn sum(buffers: &mut Buffers, from: &[Slot], to: Slot, frames: usize) {
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

pub(super) fn add_to(buffers: &mut Buffers, from: Slot, to: Slot, frames: usize) {
    let max = buffers.max_block;
    let mut out = std::mem::take(&mut buffers.audio[to_usize(to)]);
    let from = &buffers.audio[to_usize(from)];
    add(&mut out[..frames], &from[..frames]);
    add(&mut out[max..max + frames], &from[max..max + frames]);
    buffers.audio[to_usize(to)] = out;
}

pub(super) fn sum_events(buffers: &mut Buffers, from: &[Slot], to: Slot) {
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
pub(super) fn with_events(
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

pub(super) const MAX_BUSES: usize = Ports::MAX_BUSES as usize;

/// Calls with the audio buffers of a step of any size.
pub(super) fn with_any_audio(
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
pub(super) fn with_audio<const I: usize, const O: usize>(
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
pub(super) fn take<const O: usize>(buffers: &mut Buffers, outs: &[Slot]) -> [Box<[f32]>; O] {
    // An empty box needs no memory, so taking and giving back neither allocates nor frees.
    std::array::from_fn(|index| match outs.get(index) {
        Some(&slot) => std::mem::take(&mut buffers.audio[to_usize(slot)]),
        None => Box::default(),
    })
}

#[inline]
pub(super) fn give<const O: usize>(buffers: &mut Buffers, outs: &[Slot], taken: [Box<[f32]>; O]) {
    for (&slot, buffer) in outs.iter().zip(taken) {
        buffers.audio[to_usize(slot)] = buffer;
    }
}

#[inline]
pub(super) fn inputs<'b, const I: usize>(
    buffers: &'b Buffers,
    ins: &[Slot],
    frames: usize,
) -> [StereoIn<'b>; I] {
    std::array::from_fn(|index| match ins.get(index) {
        Some(&slot) => {
            let (left, right) = buffers.audio[to_usize(slot)].split_at(buffers.max_block);
            StereoIn { left: &left[..frames], right: &right[..frames] }
        }
        None => StereoIn { left: &[], right: &[] },
    })
}

#[inline]
pub(super) fn outputs<const O: usize>(
    taken: &mut [Box<[f32]>; O],
    max: usize,
    frames: usize,
) -> [StereoOut<'_>; O] {
    taken.each_mut().map(|buffer| {
        if buffer.is_empty() {
            return StereoOut { left: &mut [], right: &mut [] };
        }
        let (left, right) = buffer.split_at_mut(max);
        StereoOut { left: &mut left[..frames], right: &mut right[..frames] }
    })
}
