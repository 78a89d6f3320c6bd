//! `flusher`: moves its parameter as soon as it is made, and asks the host to fetch that.

use clack_plugin::events::event_types::{ParamGestureBeginEvent, ParamGestureEndEvent, ParamValueEvent};
use clack_plugin::prelude::*;

use crate::frame::{Param, Shared, Spec, Unit, percent};

/// What it moves, to 75 %.
pub const VALUE: u32 = 1;

/// The plugin.
#[derive(Default)]
pub struct Flusher;

impl Unit for Flusher {
    const SPEC: Spec =
        Spec::effect("flusher", "Test Flusher", &[Param::new(VALUE, "Value", (0.0, 1.0), 0.0, percent)]);

    fn flushed(shared: &Shared<'_>, out: &mut OutputEvents<'_>) {
        let value = ClapId::new(VALUE);
        let _ = out.try_push(ParamGestureBeginEvent::new(0, value));
        let _ = out.try_push(ParamValueEvent::new(0, value, Pckn::match_all(), shared.value(VALUE)));
        let _ = out.try_push(ParamGestureEndEvent::new(0, value));
    }

    fn created(shared: &Shared<'_>, _host: &HostMainThreadHandle<'_>) {
        shared.set_value(VALUE, 0.75);
        shared.request_flush();
    }
}
