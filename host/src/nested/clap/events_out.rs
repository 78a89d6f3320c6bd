//! Events on their way out of a plugin.

use clack_host::events::UnknownEvent;
use clack_host::events::event_types::MidiSysExEvent;
use clack_host::events::io::{OutputEventBuffer, TryPushError};

use super::param_table::ParamTable;
use crate::event::clap::{kind_of, port};
use crate::event::{Event, EventKind, EventList};

/// Puts what a plugin says into the engine's list, as it says it. Frames past the block are put at its end.
///
/// Values of parameters that only the plugin sets are left out: they are meters, in every block, and no hand moved them. So is
/// what is no number.
pub(super) struct EventsOut<'a> {
    list: &'a mut EventList,
    params: &'a ParamTable,
    last_frame: u32,
}

impl<'a> EventsOut<'a> {
    /// For a block of `frames` frames, at least one.
    pub(super) fn new(list: &'a mut EventList, params: &'a ParamTable, frames: u32) -> Self {
        Self { list, params, last_frame: frames.saturating_sub(1) }
    }
}

impl OutputEventBuffer for EventsOut<'_> {
    fn try_push(&mut self, event: &UnknownEvent) -> Result<(), TryPushError> {
        let frame = event.header().time().min(self.last_frame);
        let has_room = self.list.has_room();
        if let Some(sysex) = event.as_event::<MidiSysExEvent>() {
            // SAFETY: the plugin guarantees its bytes for the duration of this call; they are copied within it.
            #[expect(unsafe_code, reason = "the bytes of the event are the plugin's")]
            let bytes = unsafe { sysex.data() };
            self.list.push_sysex(frame, port(sysex.port_index()), bytes);
        } else if let Some(kind) = kind_of(event) {
            let is_left_out = matches!(kind, EventKind::Param { param, value, .. }
                if self.params.is_read_only(param) || !value.is_finite());
            if !is_left_out {
                self.list.push(Event::new(frame, kind));
            }
        }
        // It may say it again in the next block.
        if has_room { Ok(()) } else { Err(TryPushError::new()) }
    }
}
