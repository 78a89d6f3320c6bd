//! Musical time for plugins.

use clack_host::events::event_types::{TransportEvent, TransportFlags};
use clack_host::events::{EventFlags, EventHeader};
use clack_host::utils::FixedPoint;
use protocol::SampleRate;

use crate::math::{to_f64, to_i64};
use crate::processor::BlockTransport;

/// The transport of the last block in CLAP's form. A transport that stands still is not converted again.
pub(super) struct Transport {
    last: Option<BlockTransport>,
    event: TransportEvent,
    secs_per_frame: f64,
}

impl Transport {
    /// For an activation at a rate.
    pub(super) fn new(rate: SampleRate) -> Self {
        let zero = FixedPoint::from_bits(0);
        let event = TransportEvent {
            header: EventHeader::new_core(0, EventFlags::empty()),
            flags: TransportFlags::empty(),
            song_pos_beats: zero,
            song_pos_seconds: zero,
            tempo: 0.0,
            tempo_inc: 0.0,
            loop_start_beats: zero,
            loop_end_beats: zero,
            loop_start_seconds: zero,
            loop_end_seconds: zero,
            bar_start: zero,
            bar_number: 0,
            time_signature_numerator: 4,
            time_signature_denominator: 4,
        };
        Self { last: None, event, secs_per_frame: 1.0 / rate.0 }
    }

    /// The event for a block.
    ///
    /// # Real-time
    /// Constant time.
    #[inline]
    pub(super) fn update(&mut self, transport: &BlockTransport) -> &TransportEvent {
        if self.last.as_ref() != Some(transport) {
            self.last = Some(*transport);
            self.convert(transport);
        }
        &self.event
    }

    fn convert(&mut self, transport: &BlockTransport) {
        let secs = to_f64(transport.frame.0) * self.secs_per_frame;
        let event = &mut self.event;
        event.flags = TransportFlags::HAS_TEMPO
            | TransportFlags::HAS_BEATS_TIMELINE
            | TransportFlags::HAS_SECONDS_TIMELINE
            | TransportFlags::HAS_TIME_SIGNATURE;
        event.flags.set(TransportFlags::IS_PLAYING, transport.playing);
        event.flags.set(TransportFlags::IS_WITHIN_PRE_ROLL, transport.playing && transport.frame.0 < 0);
        event.flags.set(TransportFlags::IS_LOOP_ACTIVE, transport.loop_beats.is_some());
        event.song_pos_beats = fixed(transport.beats);
        event.song_pos_seconds = fixed(secs);
        event.tempo = transport.bpm;
        if let Some((start, end)) = transport.loop_beats {
            // In seconds at the tempo of here: the engine's block does not carry the tempo map.
            let secs_at = |beats: f64| secs + (beats - transport.beats) * 60.0 / transport.bpm;
            event.loop_start_beats = fixed(start);
            event.loop_end_beats = fixed(end);
            event.loop_start_seconds = fixed(secs_at(start));
            event.loop_end_seconds = fixed(secs_at(end));
        }
        event.bar_start = fixed(transport.bar_start_beats);
        event.bar_number = transport.bar;
        event.time_signature_numerator = transport.numerator.into();
        event.time_signature_denominator = transport.denominator.into();
    }
}

/// A time in CLAP's form, rounded half away from zero. (clack's own conversion calls `round`, which is a function call
/// on plain x86-64.)
fn fixed(time: f64) -> FixedPoint {
    const ONE: f64 = 2_147_483_648.0;
    FixedPoint::from_bits(to_i64(time * ONE + if time < 0.0 { -0.5 } else { 0.5 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_point_agrees_with_clack() {
        for time in [0.0, 1.0, -1.0, 0.1, -0.1, 12_345.678_9, -3.0e-10, 2.5e-10, 1e6 / 3.0] {
            assert_eq!(fixed(time), FixedPoint::from_float(time), "{time}");
        }
    }
}
