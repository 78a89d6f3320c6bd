//! Memory for what a host does not give: whole buses that it leaves out or has switched off, and channels.
//!
//! nice-plug needs every channel of every bus, and exactly those. A host that gives one channel where we are stereo gets
//! and gives mono: its channel goes to both sides, and the mean of both sides to it.
#![allow(unsafe_code, reason = "pointers of hosts")]

use super::layout::{INPUT_BUSES, Layout, MAX_CHANNELS, OUTPUT_BUSES};

/// A bus as a host hands it over: so many pointers to samples, each of which may be null, as may all.
#[derive(Clone, Copy)]
pub struct HostBus {
    /// The channels.
    pub channels: *mut *mut f32,
    /// How many there are.
    pub count: usize,
}

impl HostBus {
    /// # Safety
    /// The bus is as it says.
    unsafe fn channel(self, index: usize) -> Option<*mut f32> {
        if index >= self.count || self.channels.is_null() {
            return None;
        }
        // SAFETY: there are that many, by the caller's promise.
        Some(unsafe { *self.channels.add(index) }).filter(|channel| !channel.is_null())
    }

    /// Whether it is mono where we are stereo.
    fn is_folded(self, width: usize) -> bool {
        self.count == 1 && width == 2
    }
}

/// Every bus with every channel.
pub struct Lent {
    /// The inputs.
    pub inputs: [HostBus; INPUT_BUSES],
    /// The outputs.
    pub outputs: [HostBus; OUTPUT_BUSES],
}

/// The longest block that we let a host announce, in frames. A longer one is a mistake, for which there may be no memory.
pub const MAX_FRAMES: usize = 1 << 20;

/// One stretch of samples for each channel of every bus. Silence on the way in, thrown away on the way out.
pub struct Loan {
    samples: Vec<f32>,
    /// The longest block; `None` until anybody has said what it is.
    frames: Option<usize>,
    layout: Layout,
}

impl Loan {
    /// Nothing to lend, not even for blocks of no frames: as long as the plugin is not active.
    pub const fn new() -> Self {
        Self { samples: Vec::new(), frames: None, layout: Layout::STEREO }
    }

    /// Makes room for blocks of up to `frames`, in a layout.
    pub fn resize(&mut self, frames: usize, layout: Layout) {
        let channels: usize = layout.inputs().iter().chain(&layout.outputs()).sum();
        *self = Self { samples: vec![0.0; frames.saturating_mul(channels)], frames: Some(frames), layout };
    }

    /// Whether there is room for a block.
    pub fn has_room_for(&self, frames: usize) -> bool {
        self.frames.is_some_and(|longest| frames <= longest)
    }

    /// Calls `process` with every bus there; `None`, without calling it, if there is no room for the block.
    ///
    /// # Safety
    /// `inputs` and `outputs` give the buses of the host, with as many channels as they say, and `frames` samples in
    /// each.
    ///
    /// # Real-time
    /// Real-time safe if `process` is.
    pub unsafe fn lend<R>(
        &mut self,
        frames: usize,
        inputs: impl Fn(usize) -> Option<HostBus>,
        outputs: impl Fn(usize) -> Option<HostBus>,
        process: impl FnOnce(&Lent) -> R,
    ) -> Option<R> {
        let longest = self.frames.filter(|longest| frames <= *longest)?;
        let mut pointers = [std::ptr::null_mut::<f32>(); MAX_CHANNELS];
        let mut free = pointers.iter_mut().zip(self.samples.chunks_exact_mut(longest.max(1)));
        let mut fill = |given: Option<HostBus>, channel: usize| {
            let Some((pointer, chunk)) = free.next() else { return };
            // SAFETY: by the caller's promise.
            *pointer = given.and_then(|bus| unsafe { bus.channel(channel) }).unwrap_or_else(|| {
                chunk[..frames].fill(0.0);
                chunk.as_mut_ptr()
            });
        };
        for (bus, width) in self.layout.inputs().into_iter().enumerate() {
            let given = inputs(bus);
            let folded = given.is_some_and(|given| given.is_folded(width));
            (0..width).for_each(|channel| fill(given, if folded { 0 } else { channel }));
        }
        for (bus, width) in self.layout.outputs().into_iter().enumerate() {
            let given = outputs(bus).filter(|given| !given.is_folded(width));
            (0..width).for_each(|channel| fill(given, channel));
        }
        let mut rest = pointers.as_mut_slice();
        let mut take = |count: usize| {
            let (channels, others) = std::mem::take(&mut rest).split_at_mut(count);
            rest = others;
            HostBus { channels: channels.as_mut_ptr(), count }
        };
        let lent =
            Lent { inputs: self.layout.inputs().map(&mut take), outputs: self.layout.outputs().map(take) };
        let result = process(&lent);
        for (bus, ours) in lent.outputs.into_iter().enumerate() {
            if let Some(theirs) = outputs(bus) {
                // SAFETY: by the caller's promise, and our own channels are all there.
                unsafe { give_rest(ours, theirs, frames) };
            }
        }
        Some(result)
    }
}

/// Fills the channels of a host that we have not written ourselves.
///
/// # Safety
/// Both are as they say, with so many frames in each channel.
unsafe fn give_rest(ours: HostBus, theirs: HostBus, frames: usize) {
    // SAFETY: by the caller's promise, here and below.
    let theirs_from =
        |first: usize| (first..theirs.count).filter_map(move |index| unsafe { theirs.channel(index) });
    if theirs.is_folded(ours.count) {
        // SAFETY: see above.
        let sides = unsafe { (ours.channel(0), ours.channel(1)) };
        let (Some(to), (Some(left), Some(right))) = (theirs_from(0).next(), sides) else { return };
        for frame in 0..frames {
            // SAFETY: see above.
            unsafe { *to.add(frame) = 0.5 * (*left.add(frame) + *right.add(frame)) };
        }
        return;
    }
    for channel in theirs_from(ours.count) {
        // SAFETY: see above.
        unsafe { std::ptr::write_bytes(channel, 0, frames) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hosts of these channels of the main output, each filled with what it is not; what they have afterwards when the
    /// lent ones were filled with 1, 2, and so on, and what the main input was.
    fn check(layout: Layout, input: &[Option<f32>], outputs: usize) -> (Vec<f32>, Vec<f32>) {
        let mut loan = Loan::new();
        loan.resize(4, layout);
        let mut given: Vec<Option<[f32; 3]>> =
            input.iter().map(|value| value.map(|value| [value; 3])).collect();
        let pointer = |samples: &mut Option<[f32; 3]>| {
            samples.as_mut().map_or(std::ptr::null_mut(), |s| s.as_mut_ptr())
        };
        let mut inputs: Vec<*mut f32> = given.iter_mut().map(pointer).collect();
        let mut written = vec![[9.0_f32; 3]; outputs];
        let mut to: Vec<*mut f32> = written.iter_mut().map(|samples| samples.as_mut_ptr()).collect();
        let input = HostBus { channels: inputs.as_mut_ptr(), count: inputs.len() };
        let output = HostBus { channels: to.as_mut_ptr(), count: to.len() };
        let main = |host: HostBus| move |bus: usize| (bus == 0).then_some(host);
        let mut seen = Vec::new();
        let process = |lent: &Lent| {
            for index in 0..lent.inputs[0].count {
                // SAFETY: all channels are there, of three frames.
                seen.push(unsafe { *lent.inputs[0].channel(index).unwrap().add(2) });
            }
            let mut value = 0.0;
            for bus in lent.outputs {
                for index in 0..bus.count {
                    value += 1.0;
                    // SAFETY: as above.
                    unsafe { bus.channel(index).unwrap().add(2).write(value) };
                }
            }
        };
        // SAFETY: the buses are as they say.
        unsafe { loan.lend(3, main(input), main(output), process) }.unwrap();
        (seen, written.iter().map(|samples| samples[2]).collect())
    }

    #[test]
    fn what_a_host_gives_is_used_and_the_rest_lent() {
        let surround = Layout::new(6, 6).unwrap();
        let all: Vec<Option<f32>> = (1_u8..=6).map(|value| Some(f32::from(value))).collect();
        assert_eq!(
            check(surround, &all, 6),
            (vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
        );
        assert_eq!(check(surround, &[Some(1.0), None, Some(3.0)], 2).0, [1.0, 0.0, 3.0, 0.0, 0.0, 0.0]);
        assert_eq!(check(surround, &[], 2).1, [1.0, 2.0]);
        assert_eq!(check(Layout::STEREO, &[], 0), (vec![0.0, 0.0], vec![]));
    }

    #[test]
    fn one_channel_where_we_are_stereo_is_mono() {
        assert_eq!(check(Layout::STEREO, &[Some(3.0)], 1), (vec![3.0, 3.0], vec![1.5]));
    }

    #[test]
    fn more_channels_than_promised_are_silent() {
        assert_eq!(
            check(Layout::new(1, 1).unwrap(), &[Some(1.0), Some(2.0)], 3),
            (vec![1.0], vec![1.0, 0.0, 0.0])
        );
    }

    #[test]
    fn a_block_that_is_too_long_is_not_processed() {
        let mut loan = Loan::new();
        loan.resize(4, Layout::STEREO);
        // SAFETY: no bus is given.
        assert!(unsafe { loan.lend(5, |_| None, |_| None, |_| ()) }.is_none());
    }

    #[test]
    fn nothing_is_processed_before_anybody_has_said_how_long_blocks_are() {
        let mut loan = Loan::new();
        // SAFETY: no bus is given, here and below.
        assert!(unsafe { loan.lend(0, |_| None, |_| None, |_| ()) }.is_none());
        loan.resize(0, Layout::STEREO);
        // SAFETY: see above.
        assert!(unsafe { loan.lend(0, |_| None, |_| None, |_| ()) }.is_some());
    }
}
