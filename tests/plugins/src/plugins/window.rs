//! `window`: has a window of one colour, which can be resized.

use crate::frame::{Param, Spec, Unit};

/// Set to 1, the window asks for 400 x 240 pixels when it is shown.
pub const GROW: u32 = 1;

/// The plugin.
#[derive(Default)]
pub struct Window;

impl Unit for Window {
    const SPEC: Spec = Spec {
        window: true,
        ..Spec::effect("window", "Test Window", &[Param::stepped(GROW, "Grow", (0.0, 1.0), 0.0)])
    };
}
