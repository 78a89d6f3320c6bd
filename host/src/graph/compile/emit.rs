//! From tasks of nodes to steps with buffers.

use std::collections::BTreeMap;

use super::slots::Slots;
use super::tasks::{Ancestors, NodeTask};
use crate::graph::{Cable, DelayLine, End, Graph, Lane, Layout, SILENCE, Slot, Step, Task};

/// A signal that several readers share: an output port, delayed by so many frames, with so many channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Tap {
    lane: Lane,
    from: End,
    delay: u32,
    channels: u8,
}

/// What a port with several cables hears of one task.
#[derive(Clone, Copy)]
enum Part {
    /// One source has run; it is where it is.
    First(Slot),
    /// Several have, and are summed.
    Sum(Slot),
}

impl Part {
    const fn slot(self) -> Slot {
        match self {
            Self::First(slot) | Self::Sum(slot) => slot,
        }
    }
}

/// The steps of a graph whose nodes are divided into tasks.
pub(super) fn emit(
    graph: &Graph,
    inputs: &[Vec<Cable>],
    tasks: Vec<NodeTask>,
    arrival: Vec<u32>,
    latency: u32,
) -> Layout {
    let mut emitter = Emitter::new(graph, inputs, &tasks, &arrival);
    let mut done = Vec::with_capacity(tasks.len());
    for (index, task) in tasks.into_iter().enumerate() {
        let first = emitter.steps.len();
        emitter.task = index;
        for node in task.nodes {
            emitter.node(node);
            emitter.taps(node);
            emitter.add_to_parts(node);
        }
        done.push(Task { steps: first..emitter.steps.len(), after: task.after.into_iter().collect() });
    }
    let Emitter { steps, delays, audio, events, .. } = emitter;
    let event_slots = crate::math::to_u32(events.channels().len());
    Layout {
        steps,
        tasks: done,
        audio_slots: audio.channels(),
        event_slots,
        delays,
        arrival,
        latency,
        longest: Vec::new(),
    }
}

struct Emitter<'a> {
    graph: &'a Graph,
    inputs: &'a [Vec<Cable>],
    ancestors: Ancestors,
    arrival: &'a [u32],
    /// The task at hand.
    task: usize,
    steps: Vec<Step>,
    delays: Vec<DelayLine>,
    audio: Slots,
    events: Slots,
    /// How many steps read each tap.
    readers: BTreeMap<Tap, u32>,
    /// The taps of each node that are delayed or converted, each after the one it is made from.
    made: Vec<Vec<Tap>>,
    /// Where each tap is.
    places: BTreeMap<Tap, Slot>,
    /// Audio cables into ports with more than one, by the node they come from.
    summed: Vec<Vec<Cable>>,
    /// What each such port hears, by task.
    parts: BTreeMap<End, BTreeMap<usize, Part>>,
}

impl<'a> Emitter<'a> {
    fn new(graph: &'a Graph, inputs: &'a [Vec<Cable>], tasks: &[NodeTask], arrival: &'a [u32]) -> Self {
        let after = |task: &NodeTask| {
            let after: Vec<usize> = task.after.iter().copied().collect();
            Box::new(after.into_iter()) as Box<dyn Iterator<Item = usize>>
        };
        let mut emitter = Self {
            graph,
            inputs,
            ancestors: Ancestors::new(tasks.iter().map(after)),
            arrival,
            task: 0,
            steps: Vec::with_capacity(graph.nodes.len() * 2),
            delays: Vec::new(),
            audio: Slots::new(),
            events: Slots::new(),
            readers: BTreeMap::new(),
            made: vec![Vec::new(); graph.nodes.len()],
            places: BTreeMap::new(),
            summed: vec![Vec::new(); graph.nodes.len()],
            parts: BTreeMap::new(),
        };
        for cables in inputs {
            emitter.count_readers(cables);
            emitter.find_sums(cables);
        }
        // Delayed before converted: the latter is made from the former.
        for (node, taps) in emitter.made.iter_mut().enumerate() {
            let buses = graph.nodes[node].ports.audio_out;
            taps.sort_by_key(|tap| (tap.delay, tap.channels != channels(buses, tap.from.port), *tap));
        }
        emitter
    }

    /// What a cable's reader reads.
    fn tap_of(&self, cable: Cable) -> Tap {
        let departure =
            self.arrival[cable.from.node].saturating_add(self.graph.nodes[cable.from.node].latency);
        let channels = match cable.lane {
            Lane::Audio => self.graph.nodes[cable.to.node].input_channels(cable.to.port),
            Lane::Events => 0,
        };
        Tap { lane: cable.lane, from: cable.from, delay: self.arrival[cable.to.node] - departure, channels }
    }

    /// What a tap is made from; `None` for an output port itself.
    fn parent(&self, tap: Tap) -> Option<Tap> {
        let direct = self.direct(tap.lane, tap.from);
        if tap.channels != direct.channels {
            Some(Tap { channels: direct.channels, ..tap })
        } else {
            (tap.delay > 0).then_some(direct)
        }
    }

    /// An output port as it is.
    fn direct(&self, lane: Lane, from: End) -> Tap {
        let channels = match lane {
            Lane::Audio => channels(self.graph.nodes[from.node].ports.audio_out, from.port),
            Lane::Events => 0,
        };
        Tap { lane, from, delay: 0, channels }
    }

    fn count_readers(&mut self, cables: &[Cable]) {
        for &cable in cables {
            let mut tap = Some(self.tap_of(cable));
            // What is made for the first reader reads what it is made from, once.
            while let Some(this) = tap {
                let readers = self.readers.entry(this).or_default();
                *readers += 1;
                tap = if *readers == 1 { self.parent(this) } else { None };
                if tap.is_some() {
                    self.made[this.from.node].push(this);
                }
            }
        }
    }

    fn find_sums(&mut self, cables: &[Cable]) {
        let mut counts: BTreeMap<u16, usize> = BTreeMap::new();
        let audio = || cables.iter().filter(|cable| cable.lane == Lane::Audio);
        audio().for_each(|cable| *counts.entry(cable.to.port).or_default() += 1);
        for cable in audio().filter(|cable| counts[&cable.to.port] > 1) {
            self.summed[cable.from.node].push(*cable);
        }
    }

    fn slots(&mut self, lane: Lane) -> &mut Slots {
        match lane {
            Lane::Audio => &mut self.audio,
            Lane::Events => &mut self.events,
        }
    }

    fn take(&mut self, lane: Lane, channels: u8, readers: u32) -> Slot {
        let Self { audio, events, ancestors, task, .. } = self;
        let slots = if lane == Lane::Audio { audio } else { events };
        slots.take(channels, readers, *task, ancestors)
    }

    fn read(&mut self, lane: Lane, slot: Slot) {
        let task = self.task;
        self.slots(lane).read(slot, task);
    }

    fn place(&self, tap: Tap) -> Slot {
        self.places.get(&tap).copied().unwrap_or(SILENCE)
    }

    fn node(&mut self, node: usize) {
        let ports = self.graph.nodes[node].ports;
        let inputs = self.graph.nodes[node].inputs();
        let audio_in: Box<[Slot]> = (0..inputs).map(|port| self.input(node, port)).collect();
        let events_in = if ports.events_in { self.events_input(node) } else { SILENCE };
        let outputs = (0..).zip(ports.audio_out.iter());
        let audio_out: Box<[Slot]> =
            outputs.map(|(port, _)| self.output(Lane::Audio, End { node, port })).collect();
        let events_out =
            if ports.events_out { self.output(Lane::Events, End { node, port: 0 }) } else { SILENCE };
        for &slot in &audio_in {
            self.read(Lane::Audio, slot);
        }
        self.read(Lane::Events, events_in);
        for &slot in &audio_out {
            self.audio.release_unread(slot);
        }
        if ports.events_out {
            self.events.release_unread(events_out);
        }
        self.steps.push(Step::Node { node, audio_in, audio_out, events_in, events_out });
    }

    fn output(&mut self, lane: Lane, from: End) -> Slot {
        let tap = self.direct(lane, from);
        let readers = self.readers.get(&tap).copied().unwrap_or(0);
        let slot = self.take(lane, tap.channels, readers);
        self.places.insert(tap, slot);
        slot
    }

    /// A node has run: what is delayed and converted of its outputs.
    fn taps(&mut self, node: usize) {
        for tap in std::mem::take(&mut self.made[node]) {
            let Some(parent) = self.parent(tap) else { continue };
            let (from, readers) = (self.place(parent), self.readers.get(&tap).copied().unwrap_or(0));
            let to = self.take(tap.lane, tap.channels, readers);
            self.read(tap.lane, from);
            self.places.insert(tap, to);
            if parent.channels != tap.channels {
                self.steps.push(Step::Convert { from, to });
                continue;
            }
            self.steps.push(Step::Delay { lane: tap.lane, line: self.delays.len(), from, to });
            let Tap { lane, from: source, delay: frames, channels } = tap;
            self.delays.push(DelayLine { source, lane, frames, channels });
        }
    }

    /// A node has run: what it feeds along with others of its task grows.
    fn add_to_parts(&mut self, node: usize) {
        for cable in std::mem::take(&mut self.summed[node]) {
            let tap = self.tap_of(cable);
            let from = self.place(tap);
            let part = match self.parts.entry(cable.to).or_default().get(&self.task).copied() {
                None => Part::First(from),
                Some(Part::First(first)) => {
                    let to = self.take(Lane::Audio, tap.channels, 1);
                    self.steps.push(Step::Sum { lane: Lane::Audio, from: [first, from].into(), to });
                    self.read(Lane::Audio, first);
                    self.read(Lane::Audio, from);
                    Part::Sum(to)
                }
                Some(Part::Sum(to)) => {
                    self.steps.push(Step::Add { from, to });
                    self.read(Lane::Audio, from);
                    Part::Sum(to)
                }
            };
            self.parts.entry(cable.to).or_default().insert(self.task, part);
        }
    }

    /// The buffer that an audio input reads: silence, the only source itself, or a sum.
    fn input(&mut self, node: usize, port: u16) -> Slot {
        let inputs = self.inputs;
        if let Some(parts) = self.parts.remove(&End { node, port }) {
            let parts: Vec<Slot> = parts.into_values().map(Part::slot).collect();
            let channels = self.graph.nodes[node].input_channels(port);
            return self.sum(Lane::Audio, channels, parts);
        }
        let is_it = |cable: &&Cable| cable.lane == Lane::Audio && cable.to.port == port;
        inputs[node].iter().find(is_it).map_or(SILENCE, |&cable| self.place(self.tap_of(cable)))
    }

    fn events_input(&mut self, node: usize) -> Slot {
        let inputs = self.inputs;
        let cables = inputs[node].iter().filter(|cable| cable.lane == Lane::Events);
        let sources: Vec<Slot> = cables.map(|&cable| self.place(self.tap_of(cable))).collect();
        if sources.is_empty() { SILENCE } else { self.sum(Lane::Events, 0, sources) }
    }

    fn sum(&mut self, lane: Lane, channels: u8, from: Vec<Slot>) -> Slot {
        if let [only] = *from {
            return only;
        }
        let to = self.take(lane, channels, 1);
        for &slot in &from {
            self.read(lane, slot);
        }
        self.steps.push(Step::Sum { lane, from: from.into(), to });
        to
    }
}

fn channels(buses: crate::processor::Buses, port: u16) -> u8 {
    u8::try_from(buses.channels(usize::from(port))).unwrap_or(0)
}
