//! What is heard fades in where a cable is new, and out where one will go.

use crate::math::to_usize;
use crate::nodes::Fader;
use crate::processor::BusOut;

/// A fade of what a node or a delay line gives.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fade {
    /// For so many frames nothing comes out of what is late and new: the fade waits for what does.
    wait: usize,
    fader: Fader,
}

impl Fade {
    /// Fades out, from where a fade under way is.
    pub fn fade_out(fade: &mut Option<Self>, frames: u32) {
        let fade = fade.get_or_insert(Self { wait: 0, fader: Fader::standing([1.0; 2]) });
        fade.fader.head_for([0.0; 2], frames);
    }

    /// Fades in what is `late` frames late. What was there before waits no longer than it did.
    pub fn fade_in(fade: &mut Option<Self>, late: u32, frames: u32) {
        let wait = fade.map_or(to_usize(late), |fade| fade.wait);
        let mut fader = Fader::standing([0.0; 2]);
        fader.head_for([1.0; 2], frames);
        *fade = Some(Self { wait, fader });
    }

    /// Fades a block, without moving on.
    pub fn process(&self, out: &mut BusOut<'_>) {
        let start = self.wait.min(out.frames());
        let before = self.fader.now();
        for (channel, samples) in out.channels_mut().enumerate() {
            let (waiting, rest) = samples.split_at_mut(start);
            waiting.iter_mut().for_each(|sample| *sample *= before[channel.min(1)]);
            self.fader.process_channel(channel, rest);
        }
    }

    /// Moves on by a block.
    pub fn advance(&mut self, frames: usize) {
        let start = self.wait.min(frames);
        self.wait -= start;
        self.fader.advance(frames - start);
    }

    /// Whether all has faded in.
    pub fn is_done(&self) -> bool {
        self.fader.is_open()
    }
}
