//! How long each node takes, while somebody wants to know.
//!
//! Two looks at the clock cost some 50 ns, which for a hundred nodes is not nothing; so some of the blocks are timed, and
//! what was found is told a few nodes at a time.

use protocol::{SampleRate, TelemetryFrame};
use rtrb::Producer;

use super::EngineProcessor;
use crate::engine::body::Spent;
use crate::engine::command::NodeTiming;
use crate::engine::schedule::Schedule;
use crate::math::{len_f64, to_f32, to_u32};

/// Where the timing of nodes is.
#[derive(Debug, Default)]
pub(super) struct Timing {
    mode: NodeTiming,
    /// Blocks since one was timed.
    since: u32,
    /// How long this block lasts, in seconds, if it is timed.
    block_secs: Option<f32>,
    /// Blocks timed since this was last told.
    blocks: f32,
    /// Seconds since then, timed or not.
    secs: f64,
    /// The next node to tell, while it is told.
    next: Option<usize>,
}

impl Timing {
    /// One block of so many is timed.
    const EVERY: u32 = 8;
    /// How long is timed before it is told, in seconds.
    const PERIOD_SECS: f64 = 0.25;
    /// Nodes told per block at most.
    const NODES: usize = 64;

    /// Starts or ends it.
    pub fn set(&mut self, mode: NodeTiming) {
        *self = Self { mode, ..Self::default() };
    }

    /// Begins anew, with nodes that were not timed yet.
    pub fn restart(&mut self) {
        self.set(self.mode);
    }

    /// Decides whether a block is timed.
    pub fn begin_block(&mut self, frames: usize, rate: SampleRate) {
        self.block_secs = None;
        if self.mode == NodeTiming::Off || frames == 0 || self.next.is_some() {
            return;
        }
        let secs = len_f64(frames) / rate.0;
        self.secs += secs;
        self.since += 1;
        if self.since >= Self::EVERY {
            self.since = 0;
            self.blocks += 1.0;
            self.block_secs = Some(to_f32(secs));
        }
    }

    /// How long the block lasts, in seconds, if it is timed.
    pub fn block_secs(&self) -> Option<f32> {
        self.block_secs
    }

    /// Tells some of what was found, when it is time.
    fn tell(&mut self, schedule: &mut Schedule, telemetry: &mut Producer<TelemetryFrame>) {
        if self.next.is_none() && self.secs >= Self::PERIOD_SECS && self.blocks > 0.0 {
            self.next = Some(0);
        }
        let Some(start) = self.next else { return };
        let count = schedule.nodes.len();
        let end = (start + Self::NODES).min(count);
        for index in start..end {
            let Spent { sum, most } = std::mem::take(schedule.spent.get(index));
            let node = schedule.node(to_u32(index)).id;
            // A reader who is late misses some, and gets the next.
            let _ = telemetry.push(TelemetryFrame::NodeLoad { node, load: sum / self.blocks, peak: most });
        }
        self.next = Some(end);
        if end == count {
            self.restart();
        }
    }
}

impl EngineProcessor {
    pub(super) fn tell_node_loads(&mut self) {
        self.timing.tell(&mut self.schedule, &mut self.telemetry);
    }
}
