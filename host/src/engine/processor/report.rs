//! What the engine says on the telemetry plane, some thirty times a second.

use std::time::Instant;

use protocol::TelemetryFrame;

use super::EngineProcessor;
use crate::config::RenderMode;
use crate::engine::body::Kind;
use crate::engine::command::Retired;
use crate::engine::run::Worker;
use crate::engine::schedule::Delay;
use crate::math::{len_f64, to_f32};

/// What is said on the telemetry plane, and how often.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// Frames between two reports.
    pub every: usize,
    pub left: usize,
    /// The largest load since the last report.
    pub load: f32,
    /// Seconds that blocks took since then, and that they last.
    pub spent_secs: f64,
    pub lasted_secs: f64,
    pub late_blocks: u32,
    pub xruns: u32,
    pub underruns: u32,
    pub dropped_events: u32,
    pub lost: u32,
}

/// How often meters are sent, per second.
pub(super) const REPORTS_PER_SEC: f64 = 30.0;

impl EngineProcessor {
    /// Ends a block. A function of its own, so that what it costs can be counted (`cargo xtask counts`).
    #[inline(never)]
    pub(super) fn finish_report(&mut self, frames: usize, start: Instant) {
        if frames == 0 {
            return;
        }
        let secs = len_f64(frames) / self.config.rate.0;
        self.tell_node_loads();
        let spent = start.elapsed().as_secs_f64();
        let report = &mut self.report;
        report.load = report.load.max(to_f32(spent / secs));
        report.spent_secs += spent;
        report.lasted_secs += secs;
        if spent > secs && self.config.mode == RenderMode::Realtime {
            report.late_blocks = report.late_blocks.saturating_add(1);
        }
        if frames < self.report.left {
            self.report.left -= frames;
            return;
        }
        self.report.left = self.report.every;
        self.count_losses();
        self.return_taps();
        self.send_report();
    }

    fn count_losses(&mut self) {
        let Self { report, telemetry, .. } = self;
        let mut dropped = self.inbox.notes.take_dropped()
            + std::mem::take(&mut self.inbox.dropped)
            + self.worker.take_dropped()
            + self.crew.workers().map(Worker::take_dropped).sum::<u32>()
            + self.schedule.buffers.take_dropped();
        for delay in self.schedule.each_delay() {
            if let Delay::Events(delay) = delay {
                dropped += delay.take_dropped();
            }
        }
        for node in self.schedule.each_node() {
            let mut count = match &mut node.body.kind {
                Kind::NotePlayer(player) => player.take_dropped(),
                Kind::Processor(processor) => processor.take_dropped(),
                Kind::AudioPlayer(player) => {
                    report.underruns = report.underruns.saturating_add(player.take_late());
                    0
                }
                _ => 0,
            };
            if let Some(automation) = &mut node.body.automation {
                count += automation.delay.take_dropped();
            }
            if count > 0 {
                dropped += count;
                let frame = TelemetryFrame::EventsDropped { node: node.id, count };
                report.lost = report.lost.saturating_add(u32::from(telemetry.push(frame).is_err()));
            }
        }
        report.dropped_events = report.dropped_events.saturating_add(dropped);
    }

    /// Sends back the ends of rings that nobody reads any more, to be dropped.
    fn return_taps(&mut self) {
        for index in 0..self.schedule.strips.len() {
            let strip = self.schedule.strips[index];
            if self.retired.slots() < 2 {
                return;
            }
            if let Kind::Level(level) = &mut self.schedule.node(strip).body.kind
                && let Some(tap) = level.tap.take_if(|tap| tap.is_abandoned())
            {
                let _ = self.retired.push(Retired::Tap(tap));
            }
        }
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
        for index in 0..self.schedule.strips.len() {
            let strip = self.schedule.strips[index];
            let node = self.schedule.node(strip);
            if let Kind::Level(level) = &mut node.body.kind {
                send(level.meter.take(node.id));
            }
        }
        send(TelemetryFrame::Load {
            load: report.load,
            mean: to_f32(report.spent_secs / report.lasted_secs),
            late_blocks: report.late_blocks,
            xruns: report.xruns,
            underruns: report.underruns,
            dropped_events: report.dropped_events,
        });
        report.load = 0.0;
        (report.spent_secs, report.lasted_secs) = (0.0, 0.0);
    }
}
