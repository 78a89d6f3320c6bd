//! `many`: parameters that may all move at once; counts what it hears of them.

use clack_extensions::params::{HostParams, ParamRescanFlags};
use clack_plugin::events::event_types::{ParamGestureBeginEvent, ParamGestureEndEvent, ParamValueEvent};
use clack_plugin::prelude::*;

use crate::frame::{Param, Shared, Spec, Unit, percent};

/// How many there are to be moved: 1 to this number.
pub const MOVED: u32 = 8;
/// Values that came while it was processed.
pub const HEARD: u32 = 9;
/// How often it was given values otherwise.
pub const FLUSHES: u32 = 10;
/// Has it say that all of its parameters are others, which is against the rules while it runs; with 2 one of them is, indeed.
pub const RESCAN: u32 = 11;
/// Has it load a preset, which takes its parameters, moves them and lets go of them, this often.
pub const PRESET: u32 = 12;

const fn moved(id: u32) -> Param {
    Param::new(id, "Moved", (0.0, 1.0), 0.0, percent)
}

/// The plugin.
#[derive(Default)]
pub struct Many;

impl Unit for Many {
    const SPEC: Spec = Spec::effect(
        "many",
        "Test Many",
        &[
            moved(1),
            moved(2),
            moved(3),
            moved(4),
            moved(5),
            moved(6),
            moved(7),
            moved(MOVED),
            Param::told(HEARD, "Heard"),
            Param::told(FLUSHES, "Flushes"),
            Param::stepped(PRESET, "Preset", (0.0, 1_000.0), 0.0),
            Param::stepped(RESCAN, "Rescan", (0.0, 2.0), 0.0),
        ],
    );

    fn largest(shared: &Shared<'_>, param: &Param) -> f64 {
        if param.id == MOVED && shared.value(RESCAN) == 2.0 { 2.0 } else { param.max }
    }

    fn begin(&mut self, _process: &Process<'_>, shared: &Shared<'_>, out: &mut OutputEvents<'_>) {
        let mut left = shared.value(PRESET);
        shared.set_value(PRESET, 0.0);
        while left > 0.0 {
            left -= 1.0;
            let param = ClapId::new(MOVED);
            let _ = out.try_push(ParamGestureBeginEvent::new(0, param));
            let _ = out.try_push(ParamValueEvent::new(0, param, Pckn::match_all(), 0.5));
            let _ = out.try_push(ParamGestureEndEvent::new(0, param));
        }
    }

    fn event(&mut self, event: &UnknownEvent, shared: &Shared<'_>, _out: &mut OutputEvents<'_>) {
        if event.as_event::<ParamValueEvent>().is_some() {
            shared.add_value(HEARD, 1.0);
        }
        if shared.value(RESCAN) > 0.0 {
            shared.host.request_callback();
        }
    }

    fn flushed(shared: &Shared<'_>, _out: &mut OutputEvents<'_>) {
        shared.add_value(FLUSHES, 1.0);
    }

    fn called_back(_shared: &Shared<'_>, host: &HostMainThreadHandle<'_>) {
        if let Some(params) = host.get_extension::<HostParams>() {
            params.rescan(host, ParamRescanFlags::ALL);
        }
    }
}
