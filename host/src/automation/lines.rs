//! Lines that go on beyond a block, for processors that draw them: they are told where each is at the last frame, or else
//! would hold the last step until the block ends.

use protocol::ParamId;

use super::{Comes, Ramp, Step};
use crate::math::to_u32;

/// The lines of a node's parameters.
#[derive(Debug)]
pub(crate) struct Lines(Box<[Line]>);

#[derive(Debug)]
struct Line {
    param: ParamId,
    /// The step that it began with; its frame is that of the block in which it began.
    step: Option<Step>,
    /// How many frames of it lie before the block.
    done: u32,
}

impl Lines {
    /// Of parameters that are automated or modulated.
    pub fn new(params: impl Iterator<Item = ParamId>) -> Self {
        Self(params.map(|param| Line { param, step: None, done: 0 }).collect())
    }

    /// Goes through a block, given its steps in order of frame. Where a line goes on beyond it, adds a step at its last frame; gives
    /// for how many there was no room.
    ///
    /// # Real-time
    /// Linear in the lines times the steps.
    pub fn run(&mut self, frames: usize, steps: &mut Vec<Step>) -> u32 {
        let (known, mut lost) = (steps.len(), 0);
        let Some(last) = frames.checked_sub(1).map(to_u32) else { return lost };
        for line in &mut self.0 {
            if let Some(begun) = steps[..known].iter().rfind(|step| step.param == line.param) {
                (line.step, line.done) = (Some(*begun), 0);
            }
            let Some(begun) = line.step else { continue };
            let since = if line.done == 0 { last.saturating_sub(begun.frame) } else { line.done + last };
            let Ramp::Frames(length) = begun.ramp else {
                line.step = None;
                continue;
            };
            if since >= length || begun.target == begun.value {
                line.step = None;
                continue;
            }
            line.done = since + 1;
            if since > 0 {
                let way = f64::from(since) / f64::from(length);
                let value = begun.value + (begun.target - begun.value) * way;
                let ramp = Ramp::Frames(length - since);
                if steps.len() < steps.capacity() {
                    steps.push(Step { frame: last, value, ramp, comes: Comes::Gliding, ..begun });
                } else {
                    lost += 1;
                }
            }
        }
        lost
    }

    /// None is under way.
    pub fn reset(&mut self) {
        self.0.iter_mut().for_each(|line| line.step = None);
    }
}
