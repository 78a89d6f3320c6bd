//! What comes out of a strip, for whoever looks at it.

use rtrb::Producer;
use rtrb::chunks::ChunkError;

use crate::processor::StereoOut;

/// The end of a ring of samples, left and right, that a strip writes.
#[derive(Debug)]
pub(crate) struct Tap(pub Producer<[f32; 2]>);

impl Tap {
    /// Passes on a block. What does not fit is dropped.
    ///
    /// # Real-time
    /// Linear in the frames; never waits.
    pub fn write(&mut self, out: &StereoOut<'_>) {
        let frames = out.left.iter().zip(&*out.right).map(|(&left, &right)| [left, right]);
        self.fill(out.left.len(), frames);
    }

    /// Passes on so much silence.
    ///
    /// # Real-time
    /// As for [`write`](Self::write).
    pub fn write_silence(&mut self, frames: usize) {
        self.fill(frames, std::iter::repeat_n([0.0; 2], frames));
    }

    fn fill(&mut self, count: usize, frames: impl Iterator<Item = [f32; 2]>) {
        let chunk = match self.0.write_chunk_uninit(count) {
            Ok(chunk) => Ok(chunk),
            Err(ChunkError::TooFewSlots(room)) => self.0.write_chunk_uninit(room),
        };
        if let Ok(chunk) = chunk {
            chunk.fill_from_iter(frames);
        }
    }

    /// Whether nobody looks any more.
    pub fn is_abandoned(&self) -> bool {
        self.0.is_abandoned()
    }
}
