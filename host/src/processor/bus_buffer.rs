//! A bus that owns its samples.

use super::{BusIn, BusOut};

/// A bus with samples of its own, for whoever runs a processor outside an engine.
#[derive(Clone, Debug, PartialEq)]
pub struct BusBuffer {
    samples: Vec<f32>,
    channels: usize,
    frames: usize,
}

impl BusBuffer {
    /// A silent bus.
    #[must_use]
    pub fn new(channels: usize, frames: usize) -> Self {
        Self { samples: vec![0.0; channels * frames], channels, frames }
    }

    /// A bus of these channels, which have one length.
    ///
    /// # Panics
    /// If they have not.
    #[must_use]
    pub fn of(channels: &[&[f32]]) -> Self {
        let frames = channels.first().map_or(0, |channel| channel.len());
        assert!(channels.iter().all(|channel| channel.len() == frames), "channels of unequal length");
        Self { samples: channels.concat(), channels: channels.len(), frames }
    }

    /// The samples of a channel.
    ///
    /// # Panics
    /// If there is no such channel.
    #[must_use]
    pub fn channel(&self, index: usize) -> &[f32] {
        &self.samples[index * self.frames..][..self.frames]
    }

    /// The samples of a channel, to be written.
    ///
    /// # Panics
    /// If there is no such channel.
    #[must_use]
    pub fn channel_mut(&mut self, index: usize) -> &mut [f32] {
        &mut self.samples[index * self.frames..][..self.frames]
    }

    /// As an input.
    #[must_use]
    pub fn input(&self) -> BusIn<'_> {
        BusIn::new(&self.samples, self.channels, self.frames, self.frames)
    }

    /// As an output.
    #[must_use]
    pub fn output(&mut self) -> BusOut<'_> {
        BusOut::new(&mut self.samples, self.channels, self.frames, self.frames)
    }

    /// A part of each channel as an input.
    ///
    /// # Panics
    /// If it is beyond the end.
    #[must_use]
    pub fn input_part(&self, part: std::ops::Range<usize>) -> BusIn<'_> {
        let samples = self.samples.get(part.start..).unwrap_or(&[]);
        BusIn::new(samples, self.channels, self.frames, part.len())
    }

    /// A part of each channel as an output.
    ///
    /// # Panics
    /// If it is beyond the end.
    #[must_use]
    pub fn output_part(&mut self, part: std::ops::Range<usize>) -> BusOut<'_> {
        let samples = self.samples.get_mut(part.start..).unwrap_or(&mut []);
        BusOut::new(samples, self.channels, self.frames, part.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_bus_has_the_same_frames_of_every_channel() {
        let mut bus = BusBuffer::of(&[&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]]);
        assert_eq!(bus.input_part(1..3).channel(1), [5.0, 6.0]);
        bus.output_part(2..3).silence();
        assert_eq!(bus, BusBuffer::of(&[&[1.0, 2.0, 0.0], &[4.0, 5.0, 0.0]]));
        assert_eq!(bus.output().channels_mut().count(), 2);
    }
}
