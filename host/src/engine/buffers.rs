//! The buffers of a schedule. Who may touch which one when is what the [graph's verifier](crate::graph::verify) proves:
//! every access of a buffer is ordered with every write of it, in whatever order tasks run.
#![expect(unsafe_code, reason = "one buffer is written while others are read, by several threads")]

use std::ptr::NonNull;

use super::cells::Cells;
use crate::event::{EventList, Events};
use crate::graph::{Layout, SILENCE, Slot};
use crate::math::to_usize;
use crate::processor::{BusIn, BusOut};

/// A cache line of samples: no two buffers share one.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; Line::SAMPLES]);

impl Line {
    const SAMPLES: usize = 16;
    const SILENT: Self = Self([0.0; Self::SAMPLES]);
}

/// Lines of all buffers. Used by their addresses alone, so that they may be kept beside them.
struct Lines(NonNull<[Line]>);

impl Lines {
    /// So many, silent.
    fn new(count: usize) -> Self {
        let lines: Box<[Line]> = std::iter::repeat_n(Line::SILENT, count).collect();
        Self(NonNull::from(Box::leak(lines)))
    }

    /// Where the first one is.
    fn start(&self) -> *mut Line {
        self.0.as_ptr().cast()
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        // SAFETY: it was a box, and this is its owner; nobody uses the addresses any more.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

/// The bits of four lines, merged with others, one lane beside the other. Written out, as compilers merge lanes in other ways
/// that take more instructions.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn merged(bits: Lanes, [a, b, c, d]: &[Line; 4]) -> Lanes {
    use std::arch::x86_64::{_mm_load_ps, _mm_or_ps};
    let merge = |bits, line: &Line| {
        let samples = line.0.as_ptr();
        // SAFETY: SSE2 is part of x86-64, and lines are aligned.
        unsafe {
            let low = _mm_or_ps(_mm_load_ps(samples), _mm_load_ps(samples.add(4)));
            let high = _mm_or_ps(_mm_load_ps(samples.add(8)), _mm_load_ps(samples.add(12)));
            _mm_or_ps(bits, _mm_or_ps(low, high))
        }
    };
    merge(merge(merge(merge(bits, a), b), c), d)
}

#[cfg(target_arch = "x86_64")]
type Lanes = std::arch::x86_64::__m128;

/// No bits.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn no_lanes() -> Lanes {
    // SAFETY: SSE2 is part of x86-64.
    unsafe { std::arch::x86_64::_mm_setzero_ps() }
}

/// The lanes in one.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn in_one(bits: Lanes) -> u32 {
    use std::arch::x86_64::{_mm_castps_si128, _mm_cvtsi128_si32, _mm_or_ps, _mm_shuffle_ps};
    // SAFETY: SSE2 is part of x86-64.
    unsafe {
        let bits = _mm_or_ps(bits, _mm_shuffle_ps::<0b01_00_11_10>(bits, bits));
        let bits = _mm_or_ps(bits, _mm_shuffle_ps::<0b10_11_00_01>(bits, bits));
        _mm_cvtsi128_si32(_mm_castps_si128(bits)).cast_unsigned()
    }
}

/// The bits of four lines, merged with others.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn merged(bits: Lanes, lines: &[Line; 4]) -> Lanes {
    lines.iter().flat_map(|line| &line.0).fold(bits, |bits, sample| bits | sample.to_bits())
}

#[cfg(not(target_arch = "x86_64"))]
type Lanes = u32;

#[cfg(not(target_arch = "x86_64"))]
const fn no_lanes() -> Lanes {
    0
}

#[cfg(not(target_arch = "x86_64"))]
const fn in_one(bits: Lanes) -> u32 {
    bits
}

/// The bits of the samples that are left when lines were taken four by four.
#[cold]
fn merged_rest(samples: &[f32]) -> u32 {
    let rest = samples.len() % (4 * Line::SAMPLES);
    samples[samples.len() - rest..].iter().fold(0, |bits, sample| bits | sample.to_bits())
}

/// Audio and event buffers by slot.
pub(crate) struct Buffers {
    /// What the places are in.
    _lines: Lines,
    audio: Box<[Place]>,
    /// Whether each audio buffer stands for silence, whatever is in it.
    silent: Cells<bool>,
    zeros: Box<[f32]>,
    /// Samples from one channel of a buffer to the next.
    stride: usize,
    events: Cells<EventList>,
    /// Nothing is marked and nothing left out, so that tests can compare.
    #[cfg(test)]
    pub eager: bool,
}

// SAFETY: the addresses are of lines that are owned; a shared reference gives access to them by unsafe functions only, whose
// callers promise that nobody else uses the same ones.
unsafe impl Send for Buffers {}
// SAFETY: likewise.
unsafe impl Sync for Buffers {}

/// Where an audio buffer is.
#[derive(Clone, Copy)]
struct Place {
    /// The first line of its first channel.
    start: *mut Line,
    channels: usize,
}

impl Buffers {
    /// The buffers of a layout, for blocks of at most so many frames.
    pub fn new(layout: &Layout, max_block: usize) -> Self {
        // One line more, so that channels of long blocks do not all fall into one set of the cache.
        let lines_each = max_block.div_ceil(Line::SAMPLES) + 1;
        let lines =
            Lines::new(layout.audio_slots.iter().map(|&channels| usize::from(channels) * lines_each).sum());
        let mut start = lines.start();
        let place = |&channels: &u8| {
            let channels = usize::from(channels);
            let place = Place { start, channels };
            start = start.wrapping_add(channels * lines_each);
            place
        };
        let audio: Box<[Place]> = layout.audio_slots.iter().map(place).collect();
        let events = (0..layout.event_slots).map(|slot| {
            EventList::with_capacity(if slot == SILENCE { 0 } else { EventList::DEFAULT_CAPACITY })
        });
        Self {
            _lines: lines,
            silent: audio.iter().map(|_| true).collect(),
            audio,
            zeros: vec![0.0; max_block].into(),
            stride: lines_each * Line::SAMPLES,
            events: events.collect(),
            #[cfg(test)]
            eager: false,
        }
    }

    /// Whether silence is treated as anything else.
    #[inline]
    pub fn is_eager(&self) -> bool {
        #[cfg(test)]
        return self.eager;
        #[cfg(not(test))]
        false
    }

    /// Events dropped since this was last asked.
    pub fn take_dropped(&mut self) -> u32 {
        self.events.all().iter_mut().map(EventList::take_dropped).sum()
    }

    /// A buffer as an input; if it is silent, one of `channels` channels.
    ///
    /// # Safety
    /// The caller is at a step of a verified layout that reads this slot, and runs tasks in their order; the block has no
    /// more frames than the buffers are made for.
    #[inline]
    pub unsafe fn input(&self, slot: Slot, channels: usize, frames: usize) -> BusIn<'_> {
        // SAFETY: passed on.
        unsafe {
            match self.written(slot, frames) {
                Some(input) => input,
                None => self.silence(channels, frames),
            }
        }
    }

    /// What a step has written to a slot; `None` if that is silence.
    ///
    /// # Safety
    /// As for [`input`](Self::input).
    #[inline]
    pub unsafe fn written(&self, slot: Slot, frames: usize) -> Option<BusIn<'_>> {
        // SAFETY: nobody writes the slot while a step may read it, and nobody ever writes the silent one; the samples are
        // those of the slot.
        unsafe {
            if *self.silent.look(to_usize(slot)) {
                return None;
            }
            let Place { start, channels } = self.place(slot);
            Some(BusIn::trusted(start.cast(), channels, self.stride, frames))
        }
    }

    /// Silence.
    ///
    /// # Safety
    /// The block has no more frames than the buffers are made for.
    #[inline]
    pub unsafe fn silence(&self, channels: usize, frames: usize) -> BusIn<'_> {
        // SAFETY: nobody ever writes the zeros, and by the caller's promise there are enough.
        let zeros = unsafe { BusIn::trusted(self.zeros.as_ptr(), channels, 0, frames) };
        if self.is_eager() { zeros } else { zeros.known_silent() }
    }

    /// How many channels a buffer has; none for the silent slot.
    #[inline]
    pub fn channels(&self, slot: Slot) -> usize {
        self.audio[to_usize(slot)].channels
    }

    /// Whether a buffer stands for silence.
    ///
    /// # Safety
    /// As for [`input`](Self::input).
    #[inline]
    pub unsafe fn is_silent(&self, slot: Slot) -> bool {
        // SAFETY: nobody writes the slot while a step may read it.
        !self.is_eager() && (slot == SILENCE || unsafe { *self.silent.look(to_usize(slot)) })
    }

    /// A buffer as an output. It no longer stands for silence.
    ///
    /// # Safety
    /// The caller is at a step of a verified layout that writes this slot, runs tasks in their order, and has no other
    /// reference to it.
    #[inline]
    pub unsafe fn output(&self, slot: Slot, frames: usize) -> BusOut<'_> {
        // SAFETY: the samples are those of the slot, which the step has to itself.
        unsafe {
            *self.silent.at(to_usize(slot)) = false;
            let Place { start, channels } = self.place(slot);
            BusOut::trusted(start.cast(), channels, self.stride, frames)
        }
    }

    /// Lets a buffer stand for silence. What is in it is left as it is: nobody will look.
    ///
    /// # Safety
    /// As for [`output`](Self::output).
    #[inline]
    pub unsafe fn set_silent(&self, slot: Slot) {
        // SAFETY: the step has the slot to itself.
        unsafe { *self.silent.at(to_usize(slot)) = true };
    }

    /// The bits of all samples of a buffer, merged: what a [scan](super::run::scan) goes by. Aligned as lines are, it
    /// takes one instruction for four samples.
    ///
    /// # Safety
    /// As for [`input`](Self::input).
    #[inline(always)]
    pub unsafe fn bits(&self, slot: Slot, frames: usize) -> u32 {
        // SAFETY: the slot is one of the layout.
        let Place { start, channels } = unsafe { self.place(slot) };
        let fours = frames / (4 * Line::SAMPLES);
        let row = self.stride / Line::SAMPLES;
        let lines = |channel: usize| -> &[[Line; 4]] {
            // SAFETY: the lines are those of the slot, which nobody writes meanwhile.
            unsafe { std::slice::from_raw_parts(start.wrapping_add(channel * row).cast(), fours) }
        };
        // Two channels at a time, as most buses have two, and neither waits for the other.
        let (mut even, mut odd) = (no_lanes(), no_lanes());
        for pair in 0..channels / 2 {
            for (left, right) in lines(2 * pair).iter().zip(lines(2 * pair + 1)) {
                (even, odd) = (merged(even, left), merged(odd, right));
            }
        }
        if channels % 2 == 1 {
            even = lines(channels - 1).iter().fold(even, merged);
        }
        let bits = in_one(even) | in_one(odd);
        if frames.is_multiple_of(4 * Line::SAMPLES) {
            return bits;
        }
        let rest = (0..channels).map(|channel| {
            let samples = start.wrapping_add(channel * row).cast();
            // SAFETY: likewise.
            merged_rest(unsafe { std::slice::from_raw_parts(samples, frames) })
        });
        rest.fold(bits, |bits, rest| bits | rest)
    }

    /// Where a slot is.
    ///
    /// # Safety
    /// The slot is one of the layout.
    #[inline]
    unsafe fn place(&self, slot: Slot) -> Place {
        debug_assert!(to_usize(slot) < self.audio.len());
        // SAFETY: by the caller's promise.
        unsafe { *self.audio.get_unchecked(to_usize(slot)) }
    }

    /// A list of events as an input.
    ///
    /// # Safety
    /// As for [`input`](Self::input).
    #[inline]
    pub unsafe fn events(&self, slot: Slot) -> Events<'_> {
        // SAFETY: nobody writes the slot while a step may read it.
        unsafe { self.events.look(to_usize(slot)) }.view()
    }

    /// A list of events as an output; the reserved one is nobody's to write.
    ///
    /// # Safety
    /// As for [`output`](Self::output).
    #[inline]
    #[expect(clippy::mut_from_ref, reason = "that is what the safety contract is about")]
    pub unsafe fn events_mut(&self, slot: Slot) -> Option<&mut EventList> {
        if slot == SILENCE {
            return None;
        }
        // SAFETY: the step has the slot to itself.
        Some(unsafe { self.events.at(to_usize(slot)) })
    }
}
