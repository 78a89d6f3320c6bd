//! Puts schedules in force: after the fades that this takes, and at a cost that does not depend on what stays.
#![expect(unsafe_code, reason = "one schedule takes the place of another")]

use super::EngineProcessor;
use crate::engine::command::Retired;
use crate::engine::fade::Fade;
use crate::engine::swap::Swap;
use crate::event::{Event, EventKind, Voice};
use crate::math::{declick_frames, to_usize};

/// A swap that waits for the fades of the old schedule.
pub(in crate::engine) struct Fading {
    pub swap: Box<Swap>,
    /// Frames until then.
    pub(super) left: usize,
}

impl EngineProcessor {
    /// Fades out what has to be before a swap. As what [completes](Self::complete_swap) it, a function of its own, so that
    /// what a swap costs can be counted (`cargo xtask counts`).
    #[inline(never)]
    pub(super) fn begin_swap(&mut self, swap: Box<Swap>) {
        let frames = declick_frames(self.config.rate);
        let mut left = 0;
        for &node in &swap.fade_out {
            let node = self.schedule.node(node);
            Fade::fade_out(&mut node.fade, frames);
            node.calm = false;
            left = to_usize(frames);
        }
        for &line in &swap.lines_out {
            self.schedule.delay(line).fade_out(frames);
            left = to_usize(frames);
        }
        self.swap = Some(Fading { swap, left });
    }

    pub(super) fn advance_swap(&mut self, frames: usize) {
        let Some(mut fading) = self.swap.take() else { return };
        fading.left = fading.left.saturating_sub(frames);
        if fading.left > 0 {
            self.swap = Some(fading);
            return;
        }
        self.complete_swap(fading.swap);
        self.take_commands();
    }

    #[inline(never)]
    fn complete_swap(&mut self, mut swap: Box<Swap>) {
        self.inbox.follow(&swap.moved);
        // SAFETY: the controller builds each schedule from the one it sent before, and sends them to one processor, which
        // puts them in force in this order.
        unsafe { swap.perform(&mut self.schedule, self.config.rate) };
        self.timing.restart();
        let off = EventKind::NoteOff { voice: Voice::ALL, velocity: 0.0 };
        for &node in &swap.release {
            self.inbox.note(node, Event::new(0, off));
        }
        // There is room: `take_commands` looked, and who gives other things back meanwhile leaves some.
        let _ = self.retired.push(Retired::Swap(swap));
    }
}
