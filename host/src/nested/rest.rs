//! Whether a plugin's blocks may be left out that does not say so itself.

use protocol::{Frames, SampleRate};

use crate::processor::{Ports, ProcessStatus, Tail};

/// When a plugin may rest.
pub(in crate::nested) struct Rest {
    /// Frames that nothing has come in for.
    idle_frames: u32,
    /// How many of them it takes until a plugin that says it has no tail is believed: many echoes say so, too.
    grace_frames: u32,
    /// Such a one never rests.
    is_generator: bool,
    /// Such a one may play by itself when playback begins, as drum machines do.
    takes_notes: bool,
    /// Whether it may, since playback began; until it was idle for the same while.
    has_begun: bool,
}

/// How long a plugin without a tail is not believed, in seconds.
const GRACE_SECS: f64 = 10.0;

/// The same in frames.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
pub(in crate::nested) const fn grace(rate: SampleRate) -> u32 {
    (GRACE_SECS * rate.0) as u32
}

impl Rest {
    /// For a plugin with these ports.
    pub(in crate::nested) const fn new(ports: &Ports, rate: SampleRate) -> Self {
        Self {
            idle_frames: 0,
            grace_frames: grace(rate),
            is_generator: ports.is_generator(),
            takes_notes: ports.events_in,
            has_begun: false,
        }
    }

    /// Playback begins, or jumps.
    pub(in crate::nested) const fn begin(&mut self) {
        if self.takes_notes {
            (self.idle_frames, self.has_begun) = (0, true);
        }
    }

    /// What to say after a block that something came in for.
    #[inline]
    pub(in crate::nested) const fn fed(&mut self) -> ProcessStatus {
        self.idle_frames = 0;
        ProcessStatus::Continue
    }

    /// What to say after a block that nothing came in for, of a plugin with this tail.
    pub(in crate::nested) fn idle(&mut self, frames: u32, tail: Tail) -> ProcessStatus {
        self.idle_frames = self.idle_frames.saturating_add(frames);
        let is_young = self.idle_frames < self.grace_frames;
        self.has_begun &= is_young;
        if self.is_generator || self.has_begun || (is_young && tail == Tail::Frames(Frames::ZERO)) {
            ProcessStatus::Continue
        } else {
            ProcessStatus::Tail
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tail_of(frames: i64) -> Tail {
        Tail::Frames(Frames(frames))
    }

    #[test]
    fn a_plugin_without_a_tail_is_believed_only_after_a_while() {
        let rate = SampleRate(100.0);
        let mut rest = Rest::new(&Ports::EFFECT, rate);
        assert_eq!(rest.idle(999, tail_of(0)), ProcessStatus::Continue);
        assert_eq!(rest.idle(1, tail_of(0)), ProcessStatus::Tail);
        assert_eq!(rest.fed(), ProcessStatus::Continue);
        assert_eq!(rest.idle(999, tail_of(0)), ProcessStatus::Continue);
        let mut rest = Rest::new(&Ports::EFFECT, rate);
        assert_eq!(rest.idle(1, tail_of(5)), ProcessStatus::Tail);
        assert_eq!(rest.idle(1, tail_of(5)), ProcessStatus::Tail);
        rest.begin();
        assert_eq!(rest.idle(1, tail_of(5)), ProcessStatus::Tail, "an effect does not begin by itself");
        let mut instrument = Rest::new(&Ports::INSTRUMENT, rate);
        assert_eq!(instrument.idle(1, tail_of(5)), ProcessStatus::Tail);
        instrument.begin();
        assert_eq!(instrument.idle(999, tail_of(5)), ProcessStatus::Continue);
        assert_eq!(instrument.fed(), ProcessStatus::Continue);
        assert_eq!(instrument.idle(999, tail_of(5)), ProcessStatus::Continue);
        assert_eq!(instrument.idle(1, tail_of(5)), ProcessStatus::Tail);
        assert_eq!(instrument.fed(), ProcessStatus::Continue);
        assert_eq!(instrument.idle(1, tail_of(5)), ProcessStatus::Tail);
        let mut generator = Rest::new(&Ports::default(), rate);
        assert_eq!(generator.idle(1_000_000, tail_of(5)), ProcessStatus::Continue);
    }
}
