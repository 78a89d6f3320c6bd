//! `stateless`: has parameters and no state, as some plugins do, and tells a meter in every block.

use std::ops::Range;

use clack_plugin::events::event_types::ParamValueEvent;
use clack_plugin::prelude::*;

use crate::frame::{Io, Param, Shared, Spec, Unit, percent, plain};

/// A factor.
pub const LEVEL: u32 = 1;
/// A value that does nothing.
pub const OTHER: u32 = 7;
/// The largest sample of the last block; only told.
pub const METER: u32 = 9;

/// The plugin.
#[derive(Default)]
pub struct Stateless;

impl Unit for Stateless {
    const SPEC: Spec = Spec {
        stateful: false,
        ..Spec::effect(
            "stateless",
            "Test Stateless",
            &[
                Param::new(LEVEL, "Level", (0.0, 1.0), 1.0, percent),
                Param::new(OTHER, "Other", (-1e300, 1e300), 0.0, plain),
                Param::told(METER, "Meter"),
            ],
        )
    };

    fn render(
        &mut self,
        io: &mut Io<'_>,
        range: Range<usize>,
        shared: &Shared<'_>,
        out: &mut OutputEvents<'_>,
    ) -> Result<(), PluginError> {
        #[expect(clippy::cast_possible_truncation, reason = "samples are f32")]
        let level = shared.value(LEVEL) as f32;
        let mut peak = 0.0_f32;
        for side in 0..2 {
            for (input, output) in io.stereo(side, range.clone()) {
                *output = input * level;
                peak = peak.max(output.abs());
            }
        }
        shared.set_value(METER, peak.into());
        let _ = out.try_push(ParamValueEvent::new(0, ClapId::new(METER), Pckn::match_all(), peak.into()));
        Ok(())
    }
}
