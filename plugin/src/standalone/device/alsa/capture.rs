//! From the thread that brings input to the one that wants output.

use cpal::{FromSample, SizedSample};
use rtrb::{Consumer, Producer, RingBuffer};

use super::CHUNK;

/// Room for so many periods; what waits beyond half of that is left out, so that input is never late for ever. A device
/// brings a period at once, and wants one at once, in several chunks: none of these may be left out for waiting.
const PERIODS: usize = 4;

/// The end that input is put in.
pub struct Capture {
    ring: Producer<f32>,
    /// Channels of the device, and how many of them are taken.
    channels: usize,
    taken: usize,
}

/// The end that it is taken from.
pub struct Captured {
    ring: Consumer<f32>,
    taken: usize,
    /// The most frames that wait beyond those that are taken.
    waiting: usize,
    /// A chunk of each channel.
    memory: Vec<f32>,
}

/// A way for the first `taken` of so many channels, of a device that brings up to `period` frames at once.
pub fn capture(channels: usize, taken: usize, period: usize) -> (Capture, Captured) {
    let taken = taken.min(channels);
    let room = PERIODS * period.max(CHUNK);
    let (producer, consumer) = RingBuffer::new(taken * room);
    let capture = Capture { ring: producer, channels: channels.max(1), taken };
    (capture, Captured { ring: consumer, taken, waiting: room / 2, memory: vec![0.0; taken * CHUNK] })
}

impl Capture {
    /// Puts in what the device brings. What there is no room for is lost.
    ///
    /// # Real-time
    /// Linear in the samples; never waits.
    pub fn put<T: SizedSample>(&mut self, data: &[T])
    where
        f32: FromSample<T>,
    {
        for frame in data.chunks_exact(self.channels) {
            if self.ring.slots() < self.taken {
                return;
            }
            for &sample in &frame[..self.taken] {
                // There is room.
                let _ = self.ring.push(f32::from_sample_(sample));
            }
        }
    }
}

impl Captured {
    /// Takes so many frames, at most a chunk; silence for those that have not come yet.
    ///
    /// # Real-time
    /// Linear in the samples; never waits.
    pub fn take(&mut self, frames: usize) {
        if self.taken == 0 {
            return;
        }
        let mut there = self.ring.slots() / self.taken;
        if let Some(late) = there.checked_sub(frames + self.waiting) {
            if let Ok(chunk) = self.ring.read_chunk(late * self.taken) {
                chunk.commit_all();
            }
            there -= late;
        }
        let there = there.min(frames);
        for channel in self.memory.chunks_exact_mut(CHUNK) {
            channel[there..frames].fill(0.0);
        }
        for frame in 0..there {
            for channel in self.memory.chunks_exact_mut(CHUNK) {
                channel[frame] = self.ring.pop().unwrap_or(0.0);
            }
        }
    }

    /// What was taken, of so many frames.
    pub fn channels(&self, frames: usize) -> impl Iterator<Item = &[f32]> {
        self.memory.chunks_exact(CHUNK).map(move |channel| &channel[..frames])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(captured: &mut Captured, frames: usize) -> Vec<Vec<f32>> {
        captured.take(frames);
        captured.channels(frames).map(<[f32]>::to_vec).collect()
    }

    #[test]
    fn the_first_channels_come_out_side_by_side_and_what_is_not_there_yet_is_silent() {
        let (mut capture, mut captured) = capture(3, 2, CHUNK);
        capture.put(&[1.0_f32, 2.0, 9.0, 3.0, 4.0, 9.0]);
        assert_eq!(taken(&mut captured, 1), [[1.0], [2.0]]);
        assert_eq!(taken(&mut captured, 2), [[3.0, 0.0], [4.0, 0.0]]);
    }

    #[test]
    fn input_that_waits_too_long_is_left_out() {
        let (mut capture, mut captured) = capture(1, 1, 2_048);
        let samples: Vec<f32> = (0_u16..10_000).map(f32::from).collect();
        capture.put(&samples);
        let next = taken(&mut captured, 2)[0][0];
        assert_eq!(next, f32::from(8_192_u16 - 4_096 - 2), "half of what fits is kept");
        assert_eq!(taken(&mut captured, 1), [[next + 2.0]]);
    }

    #[test]
    fn nothing_is_lost_of_long_periods() {
        let period = 8 * CHUNK;
        let (mut capture, mut captured) = capture(1, 1, period);
        // Input comes up to a period early.
        let mut samples = (0_u16..).map(f32::from);
        capture.put(&samples.by_ref().take(period).collect::<Vec<_>>());
        let mut expected = (0_u16..).map(f32::from);
        for _ in 0..3 {
            capture.put(&samples.by_ref().take(period).collect::<Vec<_>>());
            for _ in 0..period / CHUNK {
                let next: Vec<f32> = expected.by_ref().take(CHUNK).collect();
                assert_eq!(taken(&mut captured, CHUNK), [next]);
            }
        }
    }

    #[test]
    fn no_input_is_no_channels() {
        let (mut capture, mut captured) = capture(0, 0, CHUNK);
        capture.put(&[1.0_f32; 4]);
        assert!(taken(&mut captured, 8).is_empty());
    }
}
