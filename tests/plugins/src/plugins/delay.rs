//! `delay`: delays by a number of frames, and declares exactly that as its latency. A new number asks for a restart.

use std::collections::VecDeque;
use std::ops::Range;

use clack_plugin::prelude::*;

use crate::frame::{Io, Param, Shared, Spec, Unit};

/// The delay in frames, from the next activation on.
pub const FRAMES: u32 = 1;

/// The plugin.
#[derive(Default)]
pub struct Delay {
    lines: [VecDeque<f32>; 2],
    frames: u32,
    asked: u32,
}

fn frames(shared: &Shared<'_>) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the parameter's range"
    )]
    let frames = shared.value(FRAMES).round() as u32;
    frames
}

impl Unit for Delay {
    const SPEC: Spec =
        Spec::effect("delay", "Test Delay", &[Param::stepped(FRAMES, "Delay", (0.0, 8_192.0), 64.0)]);

    fn activate(shared: &Shared<'_>, _config: &PluginAudioConfiguration) -> Option<Self> {
        let frames = frames(shared);
        let line = || VecDeque::from(vec![0.0; usize::try_from(frames).unwrap_or(0) + 1]);
        let mut delay = Self { lines: [line(), line()], frames, asked: frames };
        delay.reset();
        Some(delay)
    }

    fn render(
        &mut self,
        io: &mut Io<'_>,
        range: Range<usize>,
        shared: &Shared<'_>,
        _out: &mut OutputEvents<'_>,
    ) -> Result<(), PluginError> {
        let wanted = frames(shared);
        if wanted != self.asked {
            self.asked = wanted;
            shared.host.request_restart();
        }
        for (side, line) in self.lines.iter_mut().enumerate() {
            for (input, output) in io.stereo(side, range.clone()) {
                line.push_back(input);
                *output = line.pop_front().unwrap_or(0.0);
            }
        }
        Ok(())
    }

    fn reset(&mut self) {
        for line in &mut self.lines {
            line.clear();
            line.extend((0..self.frames).map(|_| 0.0));
        }
    }

    fn latency(shared: &Shared<'_>) -> u32 {
        frames(shared)
    }
}
