//! Where on the timeline hands take effect, and where playback jumps: what makes automation that is written play back on
//! the frames at which it was heard.

use protocol::telemetry::Gesture;
use protocol::{Beats, ParamId, TelemetryFrame};

use super::EngineProcessor;
use crate::engine::run::OwnMove;
use crate::math::{len_f64, to_i64};
use crate::processor::BlockTransport;
use crate::transport::{Arrival, Transport};

/// The stretch of playback that is under way.
#[derive(Debug, Default)]
pub(super) struct Run {
    /// The frame of the timeline where it began.
    since: i64,
    /// Where it goes on if nothing happens, in quarter notes; `None` while playback stands.
    next_beats: Option<f64>,
}

impl Run {
    /// A stretch of so many frames has been played from here.
    pub fn played(&mut self, transport: &BlockTransport, frames: usize, rate_hz: f64) {
        let beats = len_f64(frames) / rate_hz * transport.bpm / 60.0;
        self.next_beats = transport.playing.then_some(transport.beats + beats);
    }

    /// The place on the timeline that a node hears at a frame of the stretch at hand, if its input is so many frames late:
    /// the lane of a parameter has its points at such places. What was heard before playback began here counts as the
    /// beginning. `None` while playback stands.
    fn place(&self, transport: &Transport, late: u32, frame: u32) -> Option<Beats> {
        if !transport.is_playing() {
            return None;
        }
        let now = transport.frame();
        let since = if transport.arrival() == Arrival::Ran { self.since } else { now };
        let heard = now.saturating_add(i64::from(frame)).saturating_sub(i64::from(late)).max(since);
        Some(Beats(to_i64(transport.map().ticks_at(heard).round())))
    }
}

impl EngineProcessor {
    /// Before a stretch: tells whether playback did not run on to where it was headed.
    pub(super) fn tell_jump(&mut self) {
        let playing = self.transport.is_playing();
        if playing && self.transport.arrival() == Arrival::Ran {
            return;
        }
        self.run.since = self.transport.frame();
        let Some(left) = self.run.next_beats.take() else { return };
        let (left, at) = (Beats::from_beats(left), self.transport.position());
        // A reset, or another tempo, jumps to where it is.
        if !playing || left.0.abs_diff(at.0) > 1 {
            self.tell(TelemetryFrame::Jumped { left, to: playing.then_some(at) });
        }
    }

    /// Tells of a hand whose value begins to be heard now.
    pub(super) fn tell_hand(&mut self, node: u32, param: ParamId, value: f64, gesture: Gesture) {
        // In this order: the hand is heard where playback has gone to.
        self.tell_jump();
        let node = self.schedule.node(node);
        let (node, late) = (node.id, node.arrival);
        let at = self.run.place(&self.transport, late, 0);
        self.tell(TelemetryFrame::HandMoved { node, param, value, gesture, at });
    }

    /// Tells what plugins did to their own parameters in the stretch at hand.
    pub(super) fn tell_own_moves(&mut self) {
        let Self { crew, worker, telemetry, report, run, transport, schedule, .. } = self;
        for worker in crew.workers().chain([worker]) {
            worker.reports.flush_moves(|OwnMove { node, param, value, gesture, frame }| {
                let late = schedule.find(node).map(|node| schedule.node(node).arrival);
                let at = late.and_then(|late| run.place(transport, late, frame));
                let moved = TelemetryFrame::ParamMoved { node, param, value, gesture, at };
                report.lost = report.lost.saturating_add(u32::from(telemetry.push(moved).is_err()));
            });
        }
    }

    fn tell(&mut self, frame: TelemetryFrame) {
        if self.telemetry.push(frame).is_err() {
            self.report.lost = self.report.lost.saturating_add(1);
        }
    }
}
