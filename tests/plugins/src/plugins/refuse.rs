//! `refuse`: refuses to be activated, until its parameter allows it.

use std::ops::Range;

use clack_plugin::prelude::*;

use crate::frame::{Io, Param, Shared, Spec, Unit};

/// Whether activation works.
pub const ALLOW: u32 = 1;

/// The plugin.
pub struct Refuse;

impl Unit for Refuse {
    const SPEC: Spec =
        Spec::effect("refuse", "Test Refuse", &[Param::stepped(ALLOW, "Allow", (0.0, 1.0), 0.0)]);

    fn activate(shared: &Shared<'_>, _config: &PluginAudioConfiguration) -> Option<Self> {
        (shared.value(ALLOW) > 0.5).then_some(Self)
    }

    fn render(
        &mut self,
        io: &mut Io<'_>,
        range: Range<usize>,
        _shared: &Shared<'_>,
        _out: &mut OutputEvents<'_>,
    ) -> Result<(), PluginError> {
        for side in 0..2 {
            io.stereo(side, range.clone()).for_each(|(input, output)| *output = input);
        }
        Ok(())
    }
}
