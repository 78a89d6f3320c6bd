//! A node on the audio thread.

use protocol::plan::{ControlFrames, ModulationPlan};
use protocol::{NodeId, ParamId};

use super::fade::Fade;
use crate::automation::{Automation, Lines, Step};
use crate::nodes::{AudioDelay, AudioPlayer, Fader, Follower, Level, NotePlayer, StepDelay};
use crate::processor::{Buses, Processor};

/// A node. It stays from schedule to schedule: what changes with them is put right when one takes the place of another.
/// Aligned so that no two share a cache line, which threads that run them would fight for.
#[repr(align(64))]
pub(crate) struct Node {
    pub id: NodeId,
    /// How late its input is, in frames; its automation is delayed as much.
    pub arrival: u32,
    /// How much later its output is than its input, in frames.
    pub latency: u32,
    /// Whether it gives the engine's output.
    pub is_outlet: bool,
    /// The channels of the main input, which is what a silent one is as wide as.
    pub inputs: Buses,
    /// Fades in where a cable is new, out where one will go.
    pub fade: Option<Fade>,
    /// Whether the node was seen to be [calm](Self::is_calm), and nothing has changed that since: one look for what would
    /// take several. Whoever changes it unsets this.
    pub calm: bool,
    pub body: Body,
}

impl Node {
    /// Whether it is a device or plugin for which there is nothing to do but to run it.
    pub fn is_calm(&self) -> bool {
        let Body { kind, automation, bypass, faulty, .. } = &self.body;
        matches!(kind, Kind::Processor(_))
            && automation.is_none()
            && self.fade.is_none()
            && bypass.is_off()
            && !faulty
    }
}

/// How long a node took in the blocks that were timed, in blocks: 1 is all the time that a block lasts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spent {
    pub sum: f32,
    /// The most in a single stretch.
    pub most: f32,
}

impl Spent {
    pub fn add(&mut self, blocks: f32) {
        self.sum += blocks;
        self.most = self.most.max(blocks);
    }
}

/// What a node is and does.
pub(crate) struct Body {
    pub kind: Kind,
    pub automation: Option<Box<NodeAutomation>>,
    pub bypass: Bypass,
    /// Whether the last output was as good as silent.
    pub silent: bool,
    pub rest: Rest,
    /// Whether the last block was faulty: a fault is reported once.
    pub faulty: bool,
}

impl Body {
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            automation: None,
            bypass: Bypass::default(),
            silent: true,
            rest: Rest::default(),
            faulty: false,
        }
    }

    /// The value that a parameter begins with.
    pub fn set_param(&mut self, param: ParamId, value: f64) {
        match &mut self.kind {
            Kind::Level(level) => level.set_param(param, value),
            Kind::Follower(follower) => follower.set_param(param, value),
            Kind::Processor(processor) => processor.set_param(param, value),
            _ => {}
        }
    }

    /// Back to the initial state.
    pub fn reset(&mut self) {
        match &mut self.kind {
            Kind::Level(level) => level.reset(),
            Kind::Follower(follower) => follower.reset(),
            Kind::Processor(processor) => processor.reset(),
            Kind::NotePlayer(player) => player.reset(),
            Kind::AudioPlayer(player) => player.reset(),
            _ => {}
        }
        if let Some(automation) = &mut self.automation {
            automation.delay.reset();
            automation.lines.reset();
        }
        self.bypass.reset();
        self.silent = true;
        self.rest = Rest::default();
        self.faulty = false;
    }
}

/// Whether blocks of a processor may be left out.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rest {
    /// Nothing changes until something comes in.
    pub asleep: bool,
    /// Frames of silence in and out so far.
    pub drained: i64,
}

/// Where channels lie among those of the outer host's buses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Channels {
    pub first: usize,
    pub count: usize,
}

impl Channels {
    /// The channels of a bus; none if there is no such bus.
    pub fn of(buses: &Buses, bus: u16) -> Self {
        let bus = usize::from(bus);
        Self { first: buses.iter().take(bus).sum(), count: buses.channels(bus) }
    }

    /// Only one of them; none if there is no such channel.
    pub fn only(self, channel: u16) -> Self {
        let channel = usize::from(channel);
        Self { first: self.first + channel, count: usize::from(channel < self.count) }
    }
}

pub(crate) enum Kind {
    HostInput(Channels),
    HostOutput(Channels),
    HostEvents,
    HostEventsOutput,
    NotePlayer(Box<NotePlayer>),
    AudioPlayer(Box<AudioPlayer>),
    Level(Box<Level>),
    Follower(Box<Follower>),
    Processor(Box<dyn Processor>),
    /// What should be here cannot be had: the input goes to the output.
    Missing,
}

/// The automation of a node, aligned with its input.
pub(crate) struct NodeAutomation {
    pub lanes: Box<Automation>,
    pub delay: StepDelay,
    /// For processors that draw lines.
    pub lines: Lines,
    /// What followers add to it where it arrives.
    pub followed: Box<[Followed]>,
}

impl NodeAutomation {
    pub fn new(lanes: Automation, followed: Box<[Followed]>, arrival: u32, control: ControlFrames) -> Self {
        let delay = StepDelay::new(lanes.lane_count(), arrival, control);
        let lines = Lines::new(lanes.params());
        Self { lanes: Box::new(lanes), delay, lines, followed }
    }
}

/// A follower that moves a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Followed {
    pub plan: ModulationPlan,
    /// Which of the node's control inputs is the follower's.
    pub control: u8,
    /// What its parameter was told last while playback stands.
    pub told: Option<f64>,
}

/// Switching a node out and in again, without a click.
pub(crate) struct Bypass {
    /// 1 is the node, 0 its input.
    pub wet: Fader,
    /// The input as the output would have it, and as late; for nodes with latency.
    pub dry: Option<Box<AudioDelay>>,
}

impl Default for Bypass {
    fn default() -> Self {
        Self { wet: Fader::standing([1.0; 2]), dry: None }
    }
}

impl Bypass {
    /// For a node of this latency whose main output has so many channels.
    pub fn new(latency: u32, channels: usize, bypassed: bool) -> Self {
        let wet = Fader::standing([if bypassed { 0.0 } else { 1.0 }; 2]);
        Self { wet, dry: (latency > 0).then(|| Box::new(AudioDelay::new(latency, channels))) }
    }

    /// Nothing to mix.
    pub fn is_off(&self) -> bool {
        self.dry.is_none() && self.wet.is_open()
    }

    /// Whether only the input is heard.
    pub fn is_dry(&self) -> bool {
        self.wet.is_standing() && self.wet.target() == [0.0; 2]
    }

    /// Whether a block of silence changes nothing.
    pub fn is_clear(&self) -> bool {
        self.wet.is_standing() && self.dry.as_ref().is_none_or(|dry| dry.is_clear())
    }

    fn reset(&mut self) {
        self.wet.snap(self.wet.target());
        if let Some(dry) = &mut self.dry {
            dry.reset();
        }
    }
}

/// A parameter step for a node, from a macro or a hand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PendingStep {
    pub node: u32,
    /// Which came how many steps before.
    pub order: u32,
    pub what: Pending,
}

/// What comes from a macro or a hand.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pending {
    /// A parameter takes a value.
    Step(Step),
    /// A macro that modulates the node moves, at a frame.
    Macro { frame: u32, slot: u8, value: f64 },
}
