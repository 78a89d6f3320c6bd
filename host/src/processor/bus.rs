//! The audio of a bus for one block: channels side by side in one slice.
#![expect(
    unsafe_code,
    reason = "a bus refers to its channels by where the first one is, so that handing it on is cheap"
)]

use std::marker::PhantomData;

/// An input bus of a block.
///
/// ```
/// # use loophole_host::processor::BusIn;
/// let samples = [1.0, 2.0, 0.0, 3.0, 4.0, 0.0];
/// let bus = BusIn::new(&samples, 2, 3, 2);
/// assert_eq!((bus.channel(0), bus.channel(1)), (&[1.0, 2.0][..], &[3.0, 4.0][..]));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct BusIn<'a> {
    /// Where the first channel is. That the others are where the numbers below say is checked when a bus is made, or
    /// promised by its maker.
    start: *const f32,
    stride: usize,
    channels: usize,
    frames: usize,
    silent: bool,
    samples: PhantomData<&'a [f32]>,
}

impl<'a> BusIn<'a> {
    /// No channels and no frames.
    pub(crate) const NONE: Self = Self::new(&[], 0, 0, 0);

    /// As [`new`](Self::new), by a caller who knows.
    ///
    /// # Safety
    /// From `start` on there are samples enough for `'a`, and nobody writes them meanwhile.
    #[inline]
    pub(crate) const unsafe fn trusted(
        start: *const f32,
        channels: usize,
        stride: usize,
        frames: usize,
    ) -> Self {
        Self { start, stride, channels, frames, silent: false, samples: PhantomData }
    }

    /// A bus of `channels` channels of `frames` frames, each beginning `stride` samples after the one before. With a
    /// stride of 0 all channels are the same.
    ///
    /// # Panics
    /// If `samples` is too short.
    #[inline]
    #[must_use]
    pub const fn new(samples: &'a [f32], channels: usize, stride: usize, frames: usize) -> Self {
        assert!(holds(samples.len(), channels, stride, frames), "the samples of a bus are too few");
        // SAFETY: just checked; they are borrowed.
        unsafe { Self::trusted(samples.as_ptr(), channels, stride, frames) }
    }

    /// The same, known to be silent: every sample is zero.
    #[inline]
    #[must_use]
    pub const fn known_silent(self) -> Self {
        Self { silent: true, ..self }
    }

    /// How many channels it has.
    #[inline]
    #[must_use]
    pub const fn channels(&self) -> usize {
        self.channels
    }

    /// How many frames each channel has.
    #[inline]
    #[must_use]
    pub const fn frames(&self) -> usize {
        self.frames
    }

    /// The samples of a channel.
    ///
    /// # Panics
    /// If there is no such channel.
    #[inline]
    #[must_use]
    pub const fn channel(&self, index: usize) -> &'a [f32] {
        assert!(index < self.channels, "a bus has no such channel");
        // SAFETY: there is such a channel, and it is where the numbers say, for `'a`.
        unsafe { std::slice::from_raw_parts(self.start.add(index * self.stride), self.frames) }
    }

    /// Where the first channel is, and by how many samples the others follow: as plugin standards want it, for no longer
    /// than the block.
    #[inline]
    pub(crate) const fn raw(&self) -> (*const f32, usize) {
        (self.start, self.stride)
    }

    /// Whether every sample is known to be zero. A bus may be silent without anybody knowing.
    #[inline]
    #[must_use]
    pub const fn is_silent(&self) -> bool {
        self.silent
    }

    /// A bit for every channel that is known to be silent, as plugin standards have it.
    #[inline]
    #[must_use]
    pub const fn silence_mask(&self) -> u64 {
        if self.silent { mask(self.channels) } else { 0 }
    }

    /// Left and right: the first two channels, a mono bus twice. A bus without channels gives empty ones.
    #[inline]
    #[must_use]
    pub fn stereo(&self) -> StereoIn<'a> {
        match self.channels {
            0 => StereoIn { left: &[], right: &[] },
            1 => StereoIn { left: self.channel(0), right: self.channel(0) },
            _ => StereoIn { left: self.channel(0), right: self.channel(1) },
        }
    }
}

/// An output bus of a block.
#[derive(Debug)]
pub struct BusOut<'a> {
    /// As that of an input.
    start: *mut f32,
    stride: usize,
    channels: usize,
    frames: usize,
    samples: PhantomData<&'a mut [f32]>,
}

impl<'a> BusOut<'a> {
    /// No channels and no frames.
    pub(crate) const NONE: Self = Self {
        start: std::ptr::NonNull::dangling().as_ptr(),
        stride: 0,
        channels: 0,
        frames: 0,
        samples: PhantomData,
    };

    /// As [`new`](Self::new), by a caller who knows.
    ///
    /// # Safety
    /// From `start` on there are samples enough for `'a`, nobody else uses them meanwhile, and channels do not overlap.
    #[inline]
    pub(crate) const unsafe fn trusted(
        start: *mut f32,
        channels: usize,
        stride: usize,
        frames: usize,
    ) -> Self {
        Self { start, stride, channels, frames, samples: PhantomData }
    }

    /// A bus of `channels` channels of `frames` frames, each beginning `stride` samples after the one before.
    ///
    /// # Panics
    /// If `samples` is too short, or channels overlap.
    #[inline]
    #[must_use]
    pub const fn new(samples: &'a mut [f32], channels: usize, stride: usize, frames: usize) -> Self {
        assert!(holds(samples.len(), channels, stride, frames), "the samples of a bus are too few");
        assert!(channels < 2 || stride >= frames, "the channels of an output overlap");
        // SAFETY: just checked; they are borrowed.
        unsafe { Self::trusted(samples.as_mut_ptr(), channels, stride, frames) }
    }

    /// How many channels it has.
    #[inline]
    #[must_use]
    pub const fn channels(&self) -> usize {
        self.channels
    }

    /// How many frames each channel has.
    #[inline]
    #[must_use]
    pub const fn frames(&self) -> usize {
        self.frames
    }

    /// The samples of a channel.
    ///
    /// # Panics
    /// If there is no such channel.
    #[inline]
    #[must_use]
    pub const fn channel(&self, index: usize) -> &[f32] {
        assert!(index < self.channels, "a bus has no such channel");
        // SAFETY: there is such a channel, and it is where the numbers say; the bus is borrowed.
        unsafe { std::slice::from_raw_parts(self.start.add(index * self.stride), self.frames) }
    }

    /// The samples of a channel, to be written.
    ///
    /// # Panics
    /// If there is no such channel.
    #[inline]
    #[must_use]
    pub const fn channel_mut(&mut self, index: usize) -> &mut [f32] {
        assert!(index < self.channels, "a bus has no such channel");
        // SAFETY: there is such a channel, and it is where the numbers say; the bus is borrowed to be written.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(index * self.stride), self.frames) }
    }

    /// The same bus, while this one is not used.
    #[inline]
    #[must_use]
    pub const fn reborrow(&mut self) -> BusOut<'_> {
        let Self { start, stride, channels, frames, .. } = *self;
        // SAFETY: it was sound before, and is borrowed.
        unsafe { BusOut::trusted(start, channels, stride, frames) }
    }

    /// All channels, to be written.
    #[inline]
    pub fn channels_mut(&mut self) -> impl Iterator<Item = &mut [f32]> {
        let Self { start, stride, frames, .. } = *self;
        // SAFETY: as for one channel; they do not overlap, and the bus is borrowed as long as any of them.
        (0..self.channels)
            .map(move |index| unsafe { std::slice::from_raw_parts_mut(start.add(index * stride), frames) })
    }

    /// As [`BusIn::raw`], to be written to.
    #[inline]
    pub(crate) const fn raw(&mut self) -> (*mut f32, usize) {
        (self.start, self.stride)
    }

    /// Left and right of a bus of two channels or more; what is beyond is left alone.
    ///
    /// # Panics
    /// If it has fewer than two channels.
    #[inline]
    #[must_use]
    pub fn stereo(&mut self) -> StereoOut<'_> {
        assert!(self.channels >= 2, "a bus is not stereo");
        // SAFETY: both are there and do not overlap; the bus is borrowed to be written.
        let [left, right] = [0, 1].map(|index| unsafe {
            std::slice::from_raw_parts_mut(self.start.add(index * self.stride), self.frames)
        });
        StereoOut { left, right }
    }

    /// Writes silence.
    #[inline]
    pub fn silence(&mut self) {
        self.channels_mut().for_each(|channel| channel.fill(0.0));
    }

    /// Writes an input of the same length. Where the channels are unequal, mono goes to the first two channels, left and
    /// right, their mean to mono, and otherwise each channel to the one of its number; what is left over is silent.
    pub fn copy_from(&mut self, input: BusIn<'_>) {
        match (input.channels(), self.channels()) {
            (1, 2..) => {
                for (index, out) in self.channels_mut().enumerate() {
                    if index < 2 {
                        out.copy_from_slice(input.channel(0));
                    } else {
                        out.fill(0.0);
                    }
                }
            }
            (2.., 1) => {
                let sides = input.channel(0).iter().zip(input.channel(1));
                for (out, (left, right)) in self.channel_mut(0).iter_mut().zip(sides) {
                    *out = 0.5 * (left + right);
                }
            }
            (inputs, _) => {
                for (index, out) in self.channels_mut().enumerate() {
                    if index < inputs {
                        out.copy_from_slice(input.channel(index));
                    } else {
                        out.fill(0.0);
                    }
                }
            }
        }
    }
}

const fn holds(samples: usize, channels: usize, stride: usize, frames: usize) -> bool {
    if channels == 0 {
        return true;
    }
    let Some(last) = (channels - 1).checked_mul(stride) else { return false };
    let Some(end) = last.checked_add(frames) else { return false };
    end <= samples
}

/// A bit for each of so many channels.
const fn mask(channels: usize) -> u64 {
    if channels >= 64 { u64::MAX } else { (1 << channels) - 1 }
}

/// Left and right samples.
#[derive(Clone, Copy, Debug)]
pub struct StereoIn<'a> {
    /// Left samples.
    pub left: &'a [f32],
    /// Right samples.
    pub right: &'a [f32],
}

/// Left and right samples, to be written.
#[derive(Debug)]
pub struct StereoOut<'a> {
    /// Left samples.
    pub left: &'a mut [f32],
    /// Right samples.
    pub right: &'a mut [f32],
}

impl StereoOut<'_> {
    /// Writes silence.
    pub fn silence(&mut self) {
        self.left.fill(0.0);
        self.right.fill(0.0);
    }

    /// Writes a copy of an input of the same length.
    pub fn copy_from(&mut self, input: StereoIn<'_>) {
        self.left.copy_from_slice(input.left);
        self.right.copy_from_slice(input.right);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::processor::BusBuffer;

    fn copied(input: &[&[f32]], channels: usize) -> BusBuffer {
        let mut out = BusBuffer::of(&vec![&[9.0, 9.0][..]; channels]);
        out.output().copy_from(BusBuffer::of(input).input());
        out
    }

    #[test]
    fn unequal_channels_meet_by_one_rule() {
        assert_eq!(copied(&[&[1.0, 2.0]], 2), BusBuffer::of(&[&[1.0, 2.0], &[1.0, 2.0]]));
        assert_eq!(copied(&[&[1.0, 2.0], &[3.0, 2.0]], 1), BusBuffer::of(&[&[2.0, 2.0]]));
        assert_eq!(copied(&[&[1.0, 2.0], &[3.0, 2.0], &[5.0, 5.0]], 1), BusBuffer::of(&[&[2.0, 2.0]]));
        let wide = [&[1.0, 2.0][..], &[1.0, 2.0], &[0.0; 2]];
        assert_eq!(copied(&[&[1.0, 2.0]], 3), BusBuffer::of(&wide));
        assert_eq!(copied(&[], 2), BusBuffer::of(&[&[0.0; 2], &[0.0; 2]]));
    }

    #[test]
    fn a_bus_of_stride_zero_has_one_channel_many_times() {
        let zeros = [0.0; 4];
        let bus = BusIn::new(&zeros, 64, 0, 4).known_silent();
        assert_eq!((bus.channel(63), bus.silence_mask()), (&zeros[..], u64::MAX));
        assert_eq!(BusIn::new(&zeros, 3, 0, 4).known_silent().silence_mask(), 0b111);
    }

    #[test]
    #[should_panic(expected = "too few")]
    fn a_bus_beyond_all_memory_is_refused() {
        let _bus = BusIn::new(&[0.0; 4], 3, 1 << (usize::BITS - 1), 4);
    }
}
