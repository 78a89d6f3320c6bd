//! What is measured for the diagnostics page. Load and losses are kept always, since they cost next to nothing; the rest
//! is measured only while somebody looks: they ask again and again, and it ends by itself when they stop. Loudness that
//! somebody has looked at is measured on while playback runs, so that a glance at the mixer leaves no gap in it, and kept
//! until it is reset or another project is opened.
//!
//! The audio thread does no more than copy samples into a ring and look at the clock; all that is made of it, loudness and
//! spectra, is worked out here, on the control thread.

mod ear;

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use editor::{Diagnostics, LoadPoint, Loss, LossKind, NodeLoad};
use host::engine::NodeTiming;
use protocol::{EntityId, NodeId, NodeRole, TelemetryFrame};

use self::ear::{Attention, Ears};
use super::control::Control;

/// For how long somebody who asked is taken to look.
const LOOK: Duration = Duration::from_secs(3);
/// Load points that are kept: half a minute.
const POINTS: usize = 900;
/// Losses that are kept.
const LOSSES: usize = 200;
/// A node that has not been told of for so long is gone.
const FORGOTTEN: Duration = Duration::from_secs(2);
/// How much of what a node took before counts beside what it takes now.
const INERTIA: f32 = 0.7;
/// How much of the most that it took is left after a quarter of a second.
const PEAK_FALL: f32 = 0.9;

/// What was measured so far.
#[derive(Default)]
pub(super) struct Measured {
    load: VecDeque<LoadPoint>,
    losses: VecDeque<Loss>,
    counts: Counts,
    dropped: BTreeMap<NodeId, u32>,
    nodes: BTreeMap<NodeId, (NodeLoad, Instant)>,
    /// Until when somebody is taken to look.
    looking: Option<Instant>,
    /// What they hear; there once somebody has looked.
    ears: Option<Ears>,
    /// Whether playback runs.
    playing: bool,
}

/// What the engine has counted since it was activated.
#[derive(Clone, Copy, Default)]
struct Counts {
    xruns: u32,
    late_blocks: u32,
    underruns: u32,
    events: u32,
}

impl Measured {
    /// Takes in a frame. Returns whether it ends a report.
    fn absorb(&mut self, frame: &TelemetryFrame) -> bool {
        match *frame {
            TelemetryFrame::Load { load, mean, late_blocks, xruns, underruns, dropped_events } => {
                push(&mut self.load, POINTS, LoadPoint { peak: load, mean });
                self.count(Counts { xruns, late_blocks, underruns, events: dropped_events });
                return true;
            }
            TelemetryFrame::Playhead { playing, .. } => self.playing = playing,
            TelemetryFrame::NodeLoad { node, load, peak } => {
                let now = Instant::now();
                let (known, seen) = self.nodes.entry(node).or_insert((NodeLoad { load, peak }, now));
                known.load = known.load * INERTIA + load * (1.0 - INERTIA);
                known.peak = (known.peak * PEAK_FALL).max(peak);
                *seen = now;
            }
            TelemetryFrame::EventsDropped { node, count } => {
                let dropped = self.dropped.entry(node).or_default();
                *dropped = dropped.saturating_add(count);
            }
            _ => {}
        }
        false
    }

    /// Notes what was lost since the last counts.
    fn count(&mut self, now: Counts) {
        let before = std::mem::replace(&mut self.counts, now);
        for (kind, before, now) in [
            (LossKind::Xrun, before.xruns, now.xruns),
            (LossKind::LateBlock, before.late_blocks, now.late_blocks),
            (LossKind::Underrun, before.underruns, now.underruns),
            (LossKind::Event, before.events, now.events),
        ] {
            // A count that went down is that of another activation.
            let count = now.checked_sub(before).unwrap_or(now);
            if count > 0 {
                push(&mut self.losses, LOSSES, Loss { at_ms: now_ms(), kind, count });
            }
        }
    }

    fn view(&mut self) -> Diagnostics {
        let (Some(_), Some(ears)) = (self.looking, &self.ears) else { return Diagnostics::default() };
        let (loudness, spectrum) = ears.heard();
        self.nodes.retain(|_, (_, seen)| seen.elapsed() < FORGOTTEN);
        Diagnostics {
            load: self.load.iter().copied().collect(),
            losses: self.losses.iter().copied().collect(),
            nodes: self.nodes.iter().map(|(node, (load, _))| (*node, *load)).collect(),
            dropped: self.dropped.clone(),
            loudness,
            spectrum,
        }
    }
}

/// Adds to what is kept; the oldest goes.
fn push<T>(kept: &mut VecDeque<T>, most: usize, item: T) {
    if kept.len() == most {
        kept.pop_front();
    }
    kept.push_back(item);
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

impl Control {
    /// Somebody looks, at the spectrum of a track among others.
    pub fn watch(&mut self, track: Option<EntityId>) {
        self.measured.looking = Some(Instant::now() + LOOK);
        self.measured.ears.get_or_insert_default().track = track;
        self.engine.time_nodes(NodeTiming::On);
        self.listen();
    }

    /// Measures loudness anew.
    pub fn reset_loudness(&mut self) {
        if let Some(ears) = &mut self.measured.ears {
            ears.reset_loudness();
        }
    }

    /// Takes in what the engine told, and shows it to whoever looks.
    pub fn measure(&mut self, frames: &[TelemetryFrame]) {
        let mut reported = false;
        for frame in frames {
            reported |= self.measured.absorb(frame);
        }
        let Some(ears) = &mut self.measured.ears else { return };
        ears.hear();
        if self.measured.looking.is_some_and(|until| Instant::now() >= until) {
            self.measured.looking = None;
            self.measured.nodes.clear();
            self.engine.time_nodes(NodeTiming::Off);
            self.published.set_diagnostics(Diagnostics::default());
        }
        if reported {
            self.listen();
        }
        if reported && self.measured.looking.is_some() {
            let view = self.measured.view();
            self.published.set_diagnostics(view);
            self.published.notify();
        }
    }

    /// Listens to the strips that are looked at, as far as they are there; without a look, to what is played, for its loudness.
    fn listen(&mut self) {
        let Some(ears) = &mut self.measured.ears else { return };
        let attention = match (self.measured.looking, self.measured.playing && self.is_active) {
            (Some(_), _) => Attention::All,
            (None, true) => Attention::Loudness,
            (None, false) => return ears.rest(),
        };
        let project = self.published.project();
        let strip = |entity: EntityId| NodeId { entity, role: NodeRole::Strip };
        let master = strip(project.master().id().0);
        let engine = &mut self.engine;
        let rate_hz = self.status.sample_rate;
        ears.listen(attention, master, strip, rate_hz, |node, frames| engine.listen(node, frames));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(xruns: u32, dropped_events: u32) -> TelemetryFrame {
        let (load, mean, late_blocks, underruns) = (0.5, 0.25, 0, 0);
        TelemetryFrame::Load { load, mean, late_blocks, xruns, underruns, dropped_events }
    }

    #[test]
    fn losses_are_what_counts_have_grown_by() {
        let mut measured = Measured::default();
        for frame in [load(0, 0), load(2, 0), load(2, 7), load(1, 0)] {
            assert!(measured.absorb(&frame));
        }
        let losses: Vec<_> = measured.losses.iter().map(|loss| (loss.kind, loss.count)).collect();
        assert_eq!(losses, [(LossKind::Xrun, 2), (LossKind::Event, 7), (LossKind::Xrun, 1)]);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut measured = Measured::default();
        for xruns in 0..2_000 {
            measured.absorb(&load(xruns, 0));
        }
        assert_eq!((measured.load.len(), measured.losses.len()), (POINTS, LOSSES));
    }
}
