//! A compiled plan with everything it needs to run: nodes, steps, buffers, delay lines.

use std::sync::atomic::AtomicU32;

use protocol::plan::{MacroTarget, ModulatorPlan};
use protocol::{EnginePlan, NodeId, ParamId};

use super::body::{Kind, Node, Spent};
use super::buffers::Buffers;
use super::cells::Cells;
use super::crew::{Balance, Round};
use crate::graph::{DelayLine, Lane, Layout, SILENCE, Slot, Step};
use crate::math::to_usize;
use crate::nodes::{AudioDelay, EventDelay};

/// Everything the audio thread runs. Replaced whole; processors are moved over.
pub(crate) struct Schedule {
    pub nodes: Cells<Node>,
    /// Nodes by id, for the stream plane.
    pub by_id: Box<[(NodeId, u32)]>,
    /// Nodes with a meter.
    pub strips: Box<[u32]>,
    pub ops: Box<[Op]>,
    /// Buffers of the ops' ports, one op after the other.
    pub ports: Box<[Slot]>,
    pub buffers: Buffers,
    pub delays: Cells<Delay>,
    /// Runs of ops, in an order in which one thread can do them. The last may be that of the outlets.
    pub tasks: Box<[Task]>,
    /// The tasks but for the outlets, for several threads.
    pub round: Round<AtomicU32>,
    pub balance: Balance,
    pub macros: Box<MacroTable>,
    /// How late the output is, in frames: nothing inside is later.
    pub latency: u32,
}

/// A run of ops.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub ops: std::ops::Range<usize>,
    /// Whether it gives the engine's output, which is the audio thread's to do.
    pub outlets: bool,
}

/// One thing to do. Flat, so that running it touches one cache line. An effect is a node with one audio input, one audio
/// output and no events: what most nodes are. It keeps its input if nobody else reads it. Of other nodes, `audio` says how many inputs, control inputs and outputs
/// there are among the ports, in this order.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Op {
    Node { node: u32, ports: u32, audio: [u8; 3], events_in: Slot, events_out: Slot },
    Effect { node: u32, from: Slot, to: Slot, keeps: bool },
    Sum { ports: u32, count: u16, to: Slot },
    Add { from: Slot, to: Slot },
    Convert { from: Slot, to: Slot },
    SumEvents { ports: u32, count: u16, to: Slot },
    Delay { line: u32, from: Slot, to: Slot },
    DelayEvents { line: u32, from: Slot, to: Slot },
}

pub(crate) enum Delay {
    Audio(AudioDelay),
    Events(EventDelay),
}

impl Delay {
    pub fn reset(&mut self) {
        match self {
            Self::Audio(delay) => delay.reset(),
            Self::Events(delay) => delay.reset(),
        }
    }
}

impl Schedule {
    pub fn new(nodes: Vec<Node>, layout: &Layout, max_block: usize, macros: Box<MacroTable>) -> Self {
        let mut ports = Vec::new();
        let steps = layout.steps.iter().zip(layout.sole_reads());
        let ops = steps.map(|(step, keeps)| op(step, keeps, &nodes, &mut ports)).collect();
        let mut by_id: Vec<(NodeId, u32)> = (0..).zip(&nodes).map(|(index, node)| (node.id, index)).collect();
        by_id.sort_unstable();
        let tasks = tasks(layout, &nodes);
        let is_strip = |node: &Node| {
            matches!(node.body.kind, Kind::Level(_) | Kind::Vacant)
                && node.id.role == protocol::NodeRole::Strip
        };
        let strips = (0..).zip(&nodes).filter(|(_, node)| is_strip(node)).map(|(index, _)| index).collect();
        Self {
            strips,
            by_id: by_id.into(),
            nodes: nodes.into_iter().collect(),
            balance: Balance::new(&tasks),
            round: Round::new(inner_tasks(layout, &tasks)),
            tasks,
            ops,
            ports: ports.into(),
            buffers: Buffers::new(layout, max_block),
            delays: layout.delays.iter().map(Delay::new).collect(),
            macros,
            latency: layout.latency,
        }
    }

    /// The index of a node. Logarithmic; real-time safe.
    pub fn find(&self, id: NodeId) -> Option<u32> {
        let place = self.by_id.binary_search_by_key(&id, |&(id, _)| id).ok()?;
        Some(self.by_id[place].1)
    }

    /// Forgets how long nodes took.
    pub fn forget_spent(&mut self) {
        self.nodes.all().iter_mut().for_each(|node| node.spent = Spent::default());
    }

    /// Everything back to its initial state.
    pub fn reset(&mut self) {
        self.nodes.all().iter_mut().for_each(|node| node.body.reset());
        self.delays.all().iter_mut().for_each(Delay::reset);
    }
}

fn tasks(layout: &Layout, nodes: &[Node]) -> Box<[Task]> {
    let is_outlet = |step: &Step| matches!(step, Step::Node { node, .. } if nodes[*node].is_outlet);
    let tasks = layout.tasks.iter().map(|task| Task {
        ops: task.steps.clone(),
        outlets: layout.steps[task.steps.clone()].iter().any(is_outlet),
    });
    tasks.collect()
}

/// The tasks that each but the outlets waits for.
fn inner_tasks<'a>(layout: &'a Layout, tasks: &[Task]) -> impl Iterator<Item = &'a [usize]> {
    let inner = tasks.iter().take_while(|task| !task.outlets).count();
    layout.tasks[..inner].iter().map(|task| task.after.as_slice())
}

fn op(step: &Step, keeps: bool, nodes: &[Node], ports: &mut Vec<Slot>) -> Op {
    let start = crate::math::to_u32(ports.len());
    let count = |slots: &[Slot]| u16::try_from(slots.len()).unwrap_or(u16::MAX);
    let buses = |slots: &[Slot]| u8::try_from(slots.len()).unwrap_or(u8::MAX);
    let index = |index: usize| crate::math::to_u32(index);
    match step {
        Step::Node { node, audio_in, audio_out, events_in: SILENCE, events_out: SILENCE }
            if let (&[from], &[to]) = (&**audio_in, &**audio_out)
                && nodes[*node].inputs.len() == 1 =>
        {
            Op::Effect { node: index(*node), from, to, keeps }
        }
        Step::Node { node, audio_in, audio_out, events_in, events_out } => {
            ports.extend(audio_in);
            ports.extend(audio_out);
            let (own, controls) = audio_in.split_at(nodes[*node].inputs.len().min(audio_in.len()));
            Op::Node {
                node: index(*node),
                ports: start,
                audio: [buses(own), buses(controls), buses(audio_out)],
                events_in: *events_in,
                events_out: *events_out,
            }
        }
        Step::Sum { lane, from, to } => {
            ports.extend(from);
            let (ports, count, to) = (start, count(from), *to);
            match lane {
                Lane::Audio => Op::Sum { ports, count, to },
                Lane::Events => Op::SumEvents { ports, count, to },
            }
        }
        Step::Add { from, to } => Op::Add { from: *from, to: *to },
        Step::Convert { from, to } => Op::Convert { from: *from, to: *to },
        Step::Delay { lane, line, from, to } => {
            let (line, from, to) = (index(*line), *from, *to);
            match lane {
                Lane::Audio => Op::Delay { line, from, to },
                Lane::Events => Op::DelayEvents { line, from, to },
            }
        }
    }
}

impl Delay {
    fn new(line: &DelayLine) -> Self {
        match line.lane {
            Lane::Audio => Self::Audio(AudioDelay::new(line.frames, usize::from(line.channels))),
            Lane::Events => Self::Events(EventDelay::new(line.frames)),
        }
    }
}

/// What the macros move, by slot.
#[derive(Debug, Default)]
pub(crate) struct MacroTable {
    targets: Vec<(u8, u32, MacroTarget)>,
    /// The nodes that a macro modulates.
    modulated: Vec<(u8, u32)>,
}

impl MacroTable {
    /// How many macros there are.
    pub const SLOTS: u32 = 128;

    pub fn new(plan: &EnginePlan, index: impl Fn(NodeId) -> Option<u32>) -> Self {
        let mut targets = Vec::new();
        for plan in &plan.macros {
            for target in &plan.targets {
                if let Some(node) = index(target.node) {
                    targets.push((plan.slot, node, *target));
                }
            }
        }
        targets.sort_by_key(|&(slot, _, _)| slot);
        let modulated = plan.modulations.iter().filter_map(|modulation| match modulation.modulator {
            ModulatorPlan::Macro { slot, .. } => Some((slot, index(modulation.node)?)),
            ModulatorPlan::Lfo { .. } | ModulatorPlan::Follower { .. } => None,
        });
        let mut modulated: Vec<(u8, u32)> = modulated.collect();
        modulated.sort_unstable();
        modulated.dedup();
        Self { targets, modulated }
    }

    /// The nodes that a macro modulates. Real-time safe.
    pub fn modulated(&self, slot: u8) -> impl Iterator<Item = u32> + '_ {
        let start = self.modulated.partition_point(|&(other, _)| other < slot);
        self.modulated[start..].iter().take_while(move |&&(other, _)| other == slot).map(|&(_, node)| node)
    }

    /// How far a macro moves each of its targets from end to end: nodes, parameters and plain differences. Real-time safe.
    pub fn spans(&self, slot: u8) -> impl Iterator<Item = (u32, ParamId, f64)> + '_ {
        let ends = self.targets(slot, 0.0).zip(self.targets(slot, 1.0));
        ends.map(|((node, param, start), (_, _, end))| (node, param, end - start))
    }

    /// What a macro at a position says: nodes, parameters and plain values. Real-time safe.
    pub fn targets(&self, slot: u8, position: f64) -> impl Iterator<Item = (u32, ParamId, f64)> + '_ {
        let start = self.targets.partition_point(|&(other, _, _)| other < slot);
        let targets = self.targets[start..].iter().take_while(move |&&(other, _, _)| other == slot);
        targets.map(move |(_, node, target)| (*node, target.param, target.value_at(position)))
    }
}

/// A fixed-size set of things to do when a schedule takes the place of another.
pub(crate) struct Swap {
    /// The new schedule; after the swap, the old one.
    pub schedule: Box<Schedule>,
    /// Nodes that survive, sorted: index in the old schedule, index in the new one.
    pub carry: Box<[(u32, u32)]>,
    /// Delay lines that survive, likewise.
    pub carry_delays: Box<[(u32, u32)]>,
    /// Nodes of the old schedule that fade out first.
    pub fade_out: Box<[u32]>,
    /// Nodes of the new schedule that lost who sent them notes.
    pub release: Box<[u32]>,
}

impl Swap {
    /// Moves what survives over, and swaps. Real-time safe.
    pub fn perform(&mut self, current: &mut Box<Schedule>) {
        for &(old, new) in &self.carry {
            let (old, new) = (to_usize(old), to_usize(new));
            let (old, new) = (current.nodes.get(old), self.schedule.nodes.get(new));
            std::mem::swap(&mut old.body, &mut new.body);
            if old.latency != new.latency {
                std::mem::swap(&mut old.body.bypass, &mut new.body.bypass);
            }
        }
        for &(old, new) in &self.carry_delays {
            let (old, new) = (to_usize(old), to_usize(new));
            std::mem::swap(current.delays.get(old), self.schedule.delays.get(new));
        }
        std::mem::swap(current, &mut self.schedule);
        for node in self.schedule.nodes.all() {
            if let Kind::Processor(processor) = &mut node.body.kind {
                processor.leave();
            }
        }
    }
}
