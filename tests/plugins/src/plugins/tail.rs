//! `tail`: a sound that dies away, with an honest tail.

use std::ops::Range;

use clack_extensions::tail::{HostTail, TailLength};
use clack_plugin::prelude::*;

use crate::frame::{Io, Param, Shared, Spec, Unit};

/// How long the sound takes to become inaudible, in frames; 100 000 never does.
pub const FRAMES: u32 = 1;

/// The plugin.
#[derive(Default)]
pub struct Decay {
    level: [f32; 2],
    told: f64,
}

impl Unit for Decay {
    const SPEC: Spec =
        Spec::effect("tail", "Test Tail", &[Param::stepped(FRAMES, "Tail", (1.0, 100_000.0), 1_000.0)]);

    fn activate(shared: &Shared<'_>, _config: &PluginAudioConfiguration) -> Option<Self> {
        Some(Self { level: [0.0; 2], told: shared.value(FRAMES) })
    }

    fn render(
        &mut self,
        io: &mut Io<'_>,
        range: Range<usize>,
        shared: &Shared<'_>,
        _out: &mut OutputEvents<'_>,
    ) -> Result<(), PluginError> {
        let frames = shared.value(FRAMES);
        if frames != self.told {
            self.told = frames;
            if let Some(tail) = shared.host.get_extension::<HostTail>() {
                let raw = std::ptr::NonNull::from(shared.host.as_raw());
                // SAFETY: `render` runs on the audio thread, where this handle belongs.
                #[expect(unsafe_code, reason = "the frame only passes the shared handle on")]
                let mut host = unsafe { HostAudioProcessorHandle::from_raw(raw) };
                tail.changed(&mut host);
            }
        }
        #[expect(clippy::cast_possible_truncation, reason = "a factor")]
        let factor = 0.001_f64.powf(1.0 / frames) as f32;
        for side in 0..2 {
            for (input, output) in io.stereo(side, range.clone()) {
                self.level[side] = (self.level[side] * factor).max(input.abs());
                if self.level[side] < 0.001 {
                    self.level[side] = 0.0;
                }
                *output = self.level[side];
            }
        }
        Ok(())
    }

    fn status(&self) -> ProcessStatus {
        if self.level == [0.0; 2] { ProcessStatus::Sleep } else { ProcessStatus::Tail }
    }

    fn reset(&mut self) {
        self.level = [0.0; 2];
    }

    fn tail(&self, shared: &Shared<'_>) -> TailLength {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the range")]
        let frames = shared.value(FRAMES) as u32;
        if frames >= 100_000 { TailLength::Infinite } else { TailLength::Finite(frames) }
    }
}
