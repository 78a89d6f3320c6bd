//! Musical time for plugins.

use clack_host::events::event_types::{TransportEvent, TransportFlags};
use clack_host::events::{EventFlags, EventHeader};
use clack_host::utils::FixedPoint;
use protocol::SampleRate;

use crate::nested::cast::{to_f64, to_fixed};
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
        let fixed = |time: f64| FixedPoint::from_bits(to_fixed(time));
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
