//! `window`: has a window of one colour, which can be resized.

use std::ops::Range;

use clack_plugin::prelude::*;

use crate::frame::{Io, Param, Shared, Spec, Unit};

/// Set to 1, the window asks for 400 x 240 pixels when it is shown.
pub const GROW: u32 = 1;

/// The plugin.
pub struct Window;

impl Unit for Window {
    const SPEC: Spec = Spec {
        window: true,
        ..Spec::effect("window", "Test Window", &[Param::stepped(GROW, "Grow", (0.0, 1.0), 0.0)])
    };

    fn activate(_shared: &Shared<'_>, _config: &PluginAudioConfiguration) -> Option<Self> {
        Some(Self)
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
