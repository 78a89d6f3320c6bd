//! `ProcessContext`: musical time for plugins.

use protocol::SampleRate;
use vst3::Steinberg::Vst::ProcessContext;
use vst3::Steinberg::Vst::ProcessContext_::StatesAndFlags_ as flags;
use vst3::Steinberg::Vst::{Chord, FrameRate};

use crate::processor::BlockTransport;

/// The transport of the last block in VST3's form.
pub(super) struct Context(ProcessContext);

impl Context {
    /// For an activation at a rate.
    pub(super) const fn new(rate: SampleRate) -> Self {
        Self(ProcessContext {
            state: 0,
            sampleRate: rate.0,
            projectTimeSamples: 0,
            systemTime: 0,
            continousTimeSamples: 0,
            projectTimeMusic: 0.0,
            barPositionMusic: 0.0,
            cycleStartMusic: 0.0,
            cycleEndMusic: 0.0,
            tempo: 120.0,
            timeSigNumerator: 4,
            timeSigDenominator: 4,
            chord: Chord { keyNote: 0, rootNote: 0, chordMask: 0 },
            smpteOffsetSubframes: 0,
            frameRate: FrameRate { framesPerSecond: 0, flags: 0 },
            samplesToNextClock: 0,
        })
    }

    /// The context of a block, `continuous` frames after the activation.
    ///
    /// # Real-time
    /// Constant time.
    #[inline]
    pub(super) fn update(&mut self, transport: &BlockTransport, continuous: i64) -> *mut ProcessContext {
        let raw = &mut self.0;
        raw.continousTimeSamples = continuous;
        raw.state = flags::kProjectTimeMusicValid
            | flags::kTempoValid
            | flags::kBarPositionValid
            | flags::kTimeSigValid
            | flags::kContTimeValid;
        if transport.playing {
            raw.state |= flags::kPlaying;
        }
        raw.projectTimeSamples = transport.frame.0;
        raw.projectTimeMusic = transport.beats;
        raw.barPositionMusic = transport.bar_start_beats;
        raw.tempo = transport.bpm;
        raw.timeSigNumerator = transport.numerator.into();
        raw.timeSigDenominator = transport.denominator.into();
        if let Some((start, end)) = transport.loop_beats {
            raw.state |= flags::kCycleValid | flags::kCycleActive;
            (raw.cycleStartMusic, raw.cycleEndMusic) = (start, end);
        }
        raw
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Frames;

    #[test]
    fn the_context_says_what_the_transport_does() {
        let mut context = Context::new(SampleRate(48_000.0));
        let transport = BlockTransport {
            playing: true,
            frame: Frames(-480),
            beats: -0.5,
            bpm: 90.0,
            numerator: 6,
            denominator: 8,
            bar_start_beats: -3.0,
            loop_beats: Some((4.0, 8.0)),
            ..BlockTransport::default()
        };
        context.update(&transport, 64);
        let raw = context.0;
        assert_eq!(raw.state & (flags::kPlaying | flags::kCycleActive | flags::kRecording), 6);
        assert_eq!((raw.projectTimeSamples, raw.continousTimeSamples, raw.tempo), (-480, 64, 90.0));
        assert_eq!((raw.projectTimeMusic, raw.barPositionMusic, raw.cycleEndMusic), (-0.5, -3.0, 8.0));
        context.update(&BlockTransport::default(), 128);
        assert_eq!(context.0.state & (flags::kPlaying | flags::kCycleActive), 0);
    }
}
