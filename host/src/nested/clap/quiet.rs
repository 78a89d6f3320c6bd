//! Plugins that are to be processed as long as they are not quiet. Many say this of every block, echoes in the middle of a
//! pause and instruments at the start of a soft note among them: quiet is what has been silent for a while.

use protocol::SampleRate;

use crate::nested::rest;
use crate::processor::{BlockTransport, ProcessStatus};

/// How long such a plugin has been silent. Times are frames that it was processed for.
pub(super) struct Quiet {
    from: u64,
    until: u64,
    grace: u64,
    rests: bool,
    /// Whether playback ran when this was last asked.
    was_playing: bool,
    /// Such a one may play by itself when playback begins.
    takes_notes: bool,
}

impl Quiet {
    /// For an activation at a rate.
    pub(super) fn new(rate: SampleRate, takes_notes: bool) -> Self {
        let grace = rest::grace(rate).into();
        Self { from: 0, until: 0, grace, rests: false, was_playing: false, takes_notes }
    }

    /// What to say after a silent block that nothing came in for and that ended here.
    pub(super) fn judge(&mut self, until: u64, frames: u32, transport: &BlockTransport) -> ProcessStatus {
        let at = until.saturating_sub(frames.into());
        let has_moved = transport.jumped || transport.playing != self.was_playing;
        // What was silent when it last rested is of no interest any more if it wanted to be woken.
        let is_woken = self.rests && !has_moved;
        let begins = self.takes_notes && transport.playing && has_moved;
        if self.until != at || is_woken || begins {
            self.from = at;
        }
        (self.until, self.was_playing) = (until, transport.playing);
        self.rests = until - self.from >= self.grace;
        if self.rests { ProcessStatus::Quiet } else { ProcessStatus::Continue }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ProcessStatus::{Continue, Quiet as Rests};

    const STANDING: BlockTransport = BlockTransport {
        playing: false,
        frame: protocol::Frames::ZERO,
        beats: 0.0,
        bpm: 120.0,
        numerator: 4,
        denominator: 4,
        bar_start_beats: 0.0,
        bar: 0,
        loop_beats: None,
        jumped: false,
    };
    const STARTING: BlockTransport = BlockTransport { playing: true, jumped: true, ..STANDING };
    const RUNNING: BlockTransport = BlockTransport { playing: true, ..STANDING };

    #[test]
    fn only_silence_without_a_break_counts() {
        let mut quiet = Quiet::new(SampleRate(10.0), false);
        assert_eq!(quiet.judge(99, 99, &STANDING), Continue);
        // A block that sounded was in between.
        assert_eq!(quiet.judge(110, 10, &STANDING), Continue);
        assert_eq!(quiet.judge(199, 89, &STANDING), Continue);
        assert_eq!(quiet.judge(200, 1, &STANDING), Rests);
        // It wanted to be woken.
        assert_eq!(quiet.judge(201, 1, &STANDING), Continue);
    }

    #[test]
    fn only_what_takes_notes_may_begin_by_itself() {
        for takes_notes in [true, false] {
            let mut quiet = Quiet::new(SampleRate(10.0), takes_notes);
            assert_eq!(quiet.judge(100, 100, &STANDING), Rests);
            assert_eq!(quiet.judge(101, 1, &STARTING), if takes_notes { Continue } else { Rests });
            // The stop is no reason.
            assert_eq!(quiet.judge(102, 1, &STANDING), if takes_notes { Continue } else { Rests });
            if takes_notes {
                assert_eq!(quiet.judge(199, 97, &RUNNING), Continue);
                assert_eq!(quiet.judge(299, 100, &RUNNING), Rests);
            }
        }
    }
}
