//! `flood`: more events than anybody asked for, unsorted and past the end of the block.

use clack_extensions::note_ports::NoteDialects;
use clack_plugin::events::event_types::{NoteOnEvent, ParamValueEvent};
use clack_plugin::prelude::*;

use crate::frame::{Param, Shared, Spec, Unit};

/// How many events a block gets.
pub const EVENTS: u32 = 1;

/// The plugin.
#[derive(Default)]
pub struct Flood;

impl Unit for Flood {
    const SPEC: Spec = Spec {
        notes_out: NoteDialects::CLAP,
        ..Spec::effect("flood", "Test Flood", &[Param::stepped(EVENTS, "Events", (0.0, 100_000.0), 10_000.0)])
    };

    fn begin(&mut self, _process: &Process<'_>, shared: &Shared<'_>, out: &mut OutputEvents<'_>) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the range")]
        let events = shared.value(EVENTS) as u32;
        for number in 0..events {
            let time = number.wrapping_mul(7_919) % 10_000;
            let _ = out.try_push(NoteOnEvent::new(time, Pckn::new(0_u16, 0_u16, 60_u16, number), 0.5));
            let _ = out.try_push(ParamValueEvent::new(
                time,
                ClapId::new(EVENTS),
                Pckn::match_all(),
                f64::from(events),
            ));
        }
    }
}
