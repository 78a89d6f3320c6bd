//! `crash` and `hang`: take the process with them, or never come back, when their parameter is on.

use std::ops::Range;
use std::time::Duration;

use clack_plugin::prelude::*;

use crate::frame::{Io, Param, Shared, Spec, Unit};

/// Off or on.
pub const NOW: u32 = 1;

/// Aborts.
#[derive(Default)]
pub struct Crash;

/// Blocks for the seconds of its parameter.
#[derive(Default)]
pub struct Hang;

impl Unit for Crash {
    const SPEC: Spec = Spec::effect("crash", "Test Crash", &[Param::stepped(NOW, "Crash", (0.0, 1.0), 0.0)]);

    fn render(
        &mut self,
        io: &mut Io<'_>,
        range: Range<usize>,
        shared: &Shared<'_>,
        _out: &mut OutputEvents<'_>,
    ) -> Result<(), PluginError> {
        if shared.value(NOW) > 0.5 {
            std::process::abort();
        }
        io.pass(range);
        Ok(())
    }
}

impl Unit for Hang {
    const SPEC: Spec =
        Spec::effect("hang", "Test Hang", &[Param::stepped(NOW, "Seconds", (0.0, 3_600.0), 0.0)]);

    fn render(
        &mut self,
        io: &mut Io<'_>,
        range: Range<usize>,
        shared: &Shared<'_>,
        _out: &mut OutputEvents<'_>,
    ) -> Result<(), PluginError> {
        if shared.value(NOW) > 0.0 {
            std::thread::sleep(Duration::from_secs_f64(shared.value(NOW)));
        }
        io.pass(range);
        Ok(())
    }
}
