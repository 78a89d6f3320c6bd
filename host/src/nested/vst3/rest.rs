//! Whether a component's blocks may be left out.

use protocol::{Frames, SampleRate};

use crate::processor::{Ports, ProcessStatus, Tail};

/// When a plugin may rest.
pub(super) struct Rest {
    /// Frames that nothing has come in for.
    idle_frames: u32,
    /// How many of them it takes until a plugin that says it has no tail is believed: many echoes say so, too.
    grace_frames: u32,
    /// Such a one never rests.
    is_generator: bool,
}

/// How long a plugin without a tail is not believed, in seconds.
const GRACE_SECS: f64 = 10.0;

impl Rest {
    /// For a plugin with these ports.
    pub(super) fn new(ports: &Ports, rate: SampleRate) -> Self {
        let grace = GRACE_SECS * rate.0;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
        Self { idle_frames: 0, grace_frames: grace as u32, is_generator: ports.is_generator() }
    }

    /// What to say after a block that something came in for.
    #[inline]
    pub(super) const fn fed(&mut self) -> ProcessStatus {
        self.idle_frames = 0;
        ProcessStatus::Continue
    }

    /// What to say after a block that nothing came in for, of a plugin with this tail.
    pub(super) fn idle(&mut self, frames: u32, tail: Tail) -> ProcessStatus {
        self.idle_frames = self.idle_frames.saturating_add(frames);
        let is_young = self.idle_frames < self.grace_frames;
        if self.is_generator || (is_young && tail == Tail::Frames(Frames::ZERO)) {
            ProcessStatus::Continue
        } else {
            ProcessStatus::Tail
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nested::vst3::processor::tail_of;

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
        let mut generator = Rest::new(&Ports::default(), rate);
        assert_eq!(generator.idle(1_000_000, tail_of(5)), ProcessStatus::Continue);
        assert_eq!(tail_of(u32::MAX), Tail::Infinite);
    }
}
