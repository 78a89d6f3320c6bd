//! One schedule takes the place of another. What stays is in both, so that a swap costs what it changes: however many nodes
//! stay, nothing is done for them.
#![expect(unsafe_code, reason = "which schedule is in force is not known to the compiler")]

use super::body::{Bypass, Kind, Node};
use super::fade::Fade;
use super::schedule::Schedule;
use crate::math::declick_frames;
use crate::processor::Buses;

/// A schedule that is not in force: not yet, or no more. Nodes and delay lines of it may be at work in the one that is, so
/// nobody gets at them from here.
pub(crate) struct Idle(Box<Schedule>);

impl From<Box<Schedule>> for Idle {
    fn from(schedule: Box<Schedule>) -> Self {
        Self(schedule)
    }
}

impl Idle {
    /// Puts it in force, as the first of its session.
    ///
    /// # Safety
    /// All of its nodes and delay lines are new: no other schedule in force has any of them, nor will have, unless by a
    /// [swap](Swap::perform) with this one.
    pub unsafe fn begin(self) -> Box<Schedule> {
        self.0
    }

    /// Gives its nodes up: those that nobody else has are had back.
    pub fn release(self) -> impl Iterator<Item = Node> {
        self.0.nodes.into_handles().filter_map(super::kept::Kept::release)
    }
}

/// A fixed-size set of things to do when a schedule takes the place of another. The lists name what changes.
pub(crate) struct Swap {
    /// The new schedule; after the swap, the old one.
    pub schedule: Idle,
    /// Where the nodes of the old schedule are in the new one; `None` for those that go.
    pub moved: Box<[Option<u32>]>,
    /// Nodes of the old schedule that go.
    pub leave: Box<[u32]>,
    /// Nodes of the old schedule that fade out first.
    pub fade_out: Box<[u32]>,
    /// Nodes of the new schedule that fade in: those among them that faded out, too.
    pub fade_in: Box<[u32]>,
    /// Delay lines of the old schedule that fade out first.
    pub lines_out: Box<[u32]>,
    /// Delay lines of the new schedule that fade in: those among them that faded out, too.
    pub lines_in: Box<[LineIn]>,
    /// What is new about nodes that stay.
    pub updates: Box<[Update]>,
    /// Nodes of the new schedule that lost who sent them notes.
    pub release: Box<[u32]>,
}

/// A delay line that fades in.
pub(crate) struct LineIn {
    /// Its index in the new schedule.
    pub index: u32,
    pub start: LineStart,
}

/// What is in a delay line that fades in.
#[derive(Clone, Copy)]
pub(crate) enum LineStart {
    /// What was: it stays.
    Kept,
    /// Nothing; sound comes after so many frames.
    Empty { frames: u32 },
    /// What is in a line of the old schedule that differs in its channels only: its source got wider or narrower. That the
    /// signal goes on is worth a copy.
    Of(u32),
}

/// What is new about a node that stays.
pub(crate) struct Update {
    /// Its index in the new schedule.
    pub node: u32,
    pub arrival: u32,
    pub latency: u32,
    pub inputs: Buses,
    /// For another latency; after the swap, the one before.
    pub bypass: Option<Bypass>,
}

impl Swap {
    /// Swaps. What fades out is silent by now.
    ///
    /// # Safety
    /// The new schedule was built from the one in force: nodes and delay lines that it has not from there are new.
    ///
    /// # Real-time
    /// Linear in what the lists name, and in the length of lines that start with what is in others, whatever the size of
    /// the schedules.
    pub unsafe fn perform(&mut self, current: &mut Box<Schedule>, rate: protocol::SampleRate) {
        for &node in &self.leave {
            if let Kind::Processor(processor) = &mut current.node(node).body.kind {
                processor.leave();
            }
        }
        for line in &self.lines_in {
            let &LineIn { index, start: LineStart::Of(old) } = line else { continue };
            // Such a line is new, so it is not the old one, and nobody else has begun to use it.
            self.schedule.0.delay(index).start_as(current.delay(old));
        }
        std::mem::swap(current, &mut self.schedule.0);
        for update in &mut self.updates {
            update.exchange(current.node(update.node));
        }
        let declick = declick_frames(rate);
        for &LineIn { index, start } in &self.lines_in {
            let empty = if let LineStart::Empty { frames } = start { frames } else { 0 };
            current.delay(index).fade_in(empty, declick);
        }
        for &node in &self.fade_in {
            let node = current.node(node);
            Fade::fade_in(&mut node.fade, node.latency, declick);
            node.calm = false;
        }
    }
}

impl Update {
    fn exchange(&mut self, node: &mut Node) {
        (node.arrival, node.latency, node.inputs) = (self.arrival, self.latency, self.inputs);
        if let Some(bypass) = &mut self.bypass {
            std::mem::swap(bypass, &mut node.body.bypass);
            node.calm = false;
        }
    }
}
