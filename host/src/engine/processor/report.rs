//! What the engine says on the telemetry plane, some thirty times a second.

use std::time::Instant;

use protocol::TelemetryFrame;

use super::EngineProcessor;
use crate::engine::body::Kind;
use crate::engine::run::Worker;
use crate::engine::schedule::Delay;
use crate::math::{len_f64, to_f32, to_usize};

/// What is said on the telemetry plane, and how often.
pub(super) struct Report {
    /// Frames between two reports.
    pub every: usize,
    pub left: usize,
    /// The largest load since the last report.
    pub load: f32,
    pub underruns: u32,
    pub dropped_events: u32,
    pub lost: u32,
}

/// How often meters are sent, per second.
pub(super) const REPORTS_PER_SEC: f64 = 30.0;

impl EngineProcessor {
    pub(super) fn finish_report(&mut self, frames: usize, start: Instant) {
        if frames == 0 {
            return;
        }
        let secs = len_f64(frames) / self.config.rate.0;
        self.report.load = self.report.load.max(to_f32(start.elapsed().as_secs_f64() / secs));
        if frames < self.report.left {
            self.report.left -= frames;
            return;
        }
        self.report.left = self.report.every;
        self.count_losses();
        self.send_report();
    }

    fn count_losses(&mut self) {
        let report = &mut self.report;
        let mut dropped = self.inbox.notes.take_dropped()
            + std::mem::take(&mut self.inbox.dropped)
            + self.worker.take_dropped()
            + self.crew.workers().map(Worker::take_dropped).sum::<u32>()
            + self.schedule.buffers.take_dropped();
        for delay in self.schedule.delays.all() {
            if let Delay::Events(delay) = delay {
                dropped += delay.take_dropped();
            }
        }
        for node in self.schedule.nodes.all() {
            match &mut node.body.kind {
                Kind::NotePlayer(player) => dropped += player.take_dropped(),
                Kind::Processor(processor) => dropped += processor.take_dropped(),
                Kind::AudioPlayer(player) => {
                    report.underruns = report.underruns.saturating_add(player.take_late())
                }
                _ => {}
            }
            if let Some(automation) = &mut node.body.automation {
                dropped += automation.delay.take_dropped();
            }
        }
        report.dropped_events = report.dropped_events.saturating_add(dropped);
    }

    fn send_report(&mut self) {
        let view = self.transport.view();
        let report = &mut self.report;
        let mut send = |frame| {
            if self.telemetry.push(frame).is_err() {
                report.lost = report.lost.saturating_add(1);
            }
        };
        send(TelemetryFrame::Playhead {
            frame: view.frame,
            beats: view.beats,
            bpm: view.bpm,
            playing: view.playing,
        });
        for &strip in &self.schedule.strips {
            let node = self.schedule.nodes.get(to_usize(strip));
            if let Kind::Level(level) = &mut node.body.kind {
                send(level.meter.take(node.id));
            }
        }
        send(TelemetryFrame::Load {
            load: report.load,
            underruns: report.underruns,
            dropped_events: report.dropped_events,
        });
        report.load = 0.0;
    }
}
