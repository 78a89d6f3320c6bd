//! `gain`: a level, sample-accurate. Its hidden hand: parameter 2 makes it move the gain itself, as a gesture.

use std::ops::Range;

use clack_plugin::events::event_types::{
    ParamGestureBeginEvent, ParamGestureEndEvent, ParamModEvent, ParamValueEvent,
};
use clack_plugin::prelude::*;

use crate::frame::{Io, Param, Shared, Spec, Unit};

/// Level in decibels.
pub const GAIN: u32 = 1;
/// Set to 1, the plugin moves [`GAIN`] to -6 dB in the next block, with a gesture.
pub const WIGGLE: u32 = 2;

/// The plugin.
#[derive(Default)]
pub struct Gain {
    linear: f32,
    from: f64,
    modulation: f64,
}

impl Gain {
    fn update(&mut self, shared: &Shared<'_>) {
        let decibels = shared.value(GAIN) + self.modulation;
        if decibels != self.from {
            self.from = decibels;
            #[expect(clippy::cast_possible_truncation, reason = "samples are f32")]
            let linear = 10.0_f64.powf(decibels / 20.0) as f32;
            self.linear = linear;
        }
    }
}

impl Unit for Gain {
    const SPEC: Spec = Spec::effect(
        "gain",
        "Test Gain",
        &[
            Param::new(GAIN, "Gain", (-60.0, 12.0), 0.0, |value| format!("{value:.1} dB")),
            Param::stepped(WIGGLE, "Wiggle", (0.0, 1.0), 0.0),
        ],
    );

    fn activate(shared: &Shared<'_>, _config: &PluginAudioConfiguration) -> Option<Self> {
        let mut gain = Self { linear: 1.0, from: 0.0, modulation: 0.0 };
        gain.update(shared);
        Some(gain)
    }

    fn event(&mut self, event: &UnknownEvent, shared: &Shared<'_>, out: &mut OutputEvents<'_>) {
        if let Some(modulation) = event.as_event::<ParamModEvent>() {
            self.modulation = modulation.amount();
        }
        if shared.value(WIGGLE) > 0.5 {
            let time = event.header().time();
            let gain = ClapId::new(GAIN);
            shared.set_value(WIGGLE, 0.0);
            shared.set_value(GAIN, -6.0);
            let _ = out.try_push(ParamGestureBeginEvent::new(time, gain));
            let _ = out.try_push(ParamValueEvent::new(time, gain, Pckn::match_all(), -6.0));
            let _ = out.try_push(ParamGestureEndEvent::new(time, gain));
        }
        self.update(shared);
    }

    fn render(
        &mut self,
        io: &mut Io<'_>,
        range: Range<usize>,
        shared: &Shared<'_>,
        _out: &mut OutputEvents<'_>,
    ) -> Result<(), PluginError> {
        self.update(shared);
        for side in 0..2 {
            for (input, output) in io.stereo(side, range.clone()) {
                *output = input * self.linear;
            }
        }
        Ok(())
    }
}
