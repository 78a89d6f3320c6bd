//! `nan`: puts out what is no sample, or fails.

use std::ops::Range;

use clack_plugin::events::event_types::ParamValueEvent;
use clack_plugin::prelude::*;

use crate::frame::{Io, Param, Shared, Spec, Unit};

/// 0: nothing wrong; 1: not-a-number; 2: infinity; 3: denormals; 4: `process` fails; 5: writes nothing at all; 6: says so of its parameter.
pub const MODE: u32 = 1;

/// The plugin.
#[derive(Default)]
pub struct Nan;

impl Unit for Nan {
    const SPEC: Spec = Spec::effect("nan", "Test NaN", &[Param::stepped(MODE, "Mode", (0.0, 6.0), 0.0)]);

    fn render(
        &mut self,
        io: &mut Io<'_>,
        range: Range<usize>,
        shared: &Shared<'_>,
        out: &mut OutputEvents<'_>,
    ) -> Result<(), PluginError> {
        let mode = shared.value(MODE);
        let wrong = match mode {
            1.0 => Some(f32::NAN),
            2.0 => Some(f32::INFINITY),
            3.0 => Some(f32::MIN_POSITIVE / 2.0),
            4.0 => return Err(PluginError::Message("failing on purpose")),
            5.0 => return Ok(()),
            _ => None,
        };
        if mode == 6.0 {
            for value in [f64::NAN, f64::INFINITY] {
                let _ = out.try_push(ParamValueEvent::new(0, ClapId::new(MODE), Pckn::match_all(), value));
            }
        }
        for side in 0..2 {
            io.stereo(side, range.clone()).for_each(|(input, output)| *output = wrong.unwrap_or(input));
        }
        Ok(())
    }
}
