//! The compiler proper. Linear in nodes and cables but for a heap that keeps the order of the plan.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::{Cable, DelayLine, End, Graph, GraphError, Lane, Layout, SILENCE, Slot, Step};

/// Compiles a graph.
///
/// # Errors
/// [`GraphError`]: a cycle, a cable into the void, absurd latencies.
pub fn compile(graph: &Graph) -> Result<Layout, GraphError> {
    check_ports(graph)?;
    let order = topological_order(graph)?;
    let inputs = cables_by_target(graph);
    let (arrival, latency) = arrivals(graph, &order, &inputs)?;
    let mut emitter = Emitter::new(graph, &arrival);
    emitter.count_readers(&inputs, &arrival);
    emitter.find_sums(&inputs);
    for &node in &order {
        emitter.node(graph, node, &inputs[node], &arrival);
        emitter.add_to_sums(node, &arrival);
    }
    let Emitter { steps, delays, audio, events, .. } = emitter;
    let layout =
        Layout { steps, audio_slots: audio.count, event_slots: events.count, delays, arrival, latency };
    debug_assert_eq!(super::verify(graph, &layout), Ok(()));
    Ok(layout)
}

fn check_ports(graph: &Graph) -> Result<(), GraphError> {
    let exists = |end: End, lane: Lane, is_input: bool| {
        graph.nodes.get(end.node).is_some_and(|node| match (lane, is_input) {
            (Lane::Audio, true) => end.port < node.ports.audio_in,
            (Lane::Audio, false) => end.port < node.ports.audio_out,
            (Lane::Events, true) => node.ports.events_in && end.port == 0,
            (Lane::Events, false) => node.ports.events_out && end.port == 0,
        })
    };
    let bad = graph
        .cables
        .iter()
        .position(|cable| !exists(cable.from, cable.lane, false) || !exists(cable.to, cable.lane, true));
    bad.map_or(Ok(()), |cable| Err(GraphError::NoSuchPort(cable)))
}

/// The cables into each node, in the order of the graph, duplicates removed.
fn cables_by_target(graph: &Graph) -> Vec<Vec<Cable>> {
    let mut inputs: Vec<Vec<Cable>> = vec![Vec::new(); graph.nodes.len()];
    for &cable in &graph.cables {
        let cables = &mut inputs[cable.to.node];
        if !cables.contains(&cable) {
            cables.push(cable);
        }
    }
    inputs
}

/// Kahn's algorithm; among the nodes that are ready the first of the plan comes first.
fn topological_order(graph: &Graph) -> Result<Vec<usize>, GraphError> {
    let count = graph.nodes.len();
    let mut waits_for = vec![0_usize; count];
    let mut feeds: Vec<Vec<usize>> = vec![Vec::new(); count];
    for cable in &graph.cables {
        waits_for[cable.to.node] += 1;
        feeds[cable.from.node].push(cable.to.node);
    }
    let mut ready: BinaryHeap<Reverse<usize>> =
        (0..count).filter(|&node| waits_for[node] == 0).map(Reverse).collect();
    let mut order = Vec::with_capacity(count);
    while let Some(Reverse(node)) = ready.pop() {
        order.push(node);
        for &next in &feeds[node] {
            waits_for[next] -= 1;
            if waits_for[next] == 0 {
                ready.push(Reverse(next));
            }
        }
    }
    if order.len() == count { Ok(order) } else { Err(GraphError::Cycle(find_cycle(&waits_for, graph))) }
}

/// Walks backwards among the nodes that never became ready until one comes up again.
fn find_cycle(waits_for: &[usize], graph: &Graph) -> Vec<usize> {
    let stuck = |node: usize| waits_for[node] > 0;
    let mut path: Vec<usize> = (0..waits_for.len()).find(|&node| stuck(node)).into_iter().collect();
    while let Some(&node) = path.last() {
        let feeder = graph.cables.iter().find(|cable| cable.to.node == node && stuck(cable.from.node));
        let Some(feeder) = feeder.map(|cable| cable.from.node) else { break };
        if let Some(start) = path.iter().position(|&seen| seen == feeder) {
            let mut cycle = path.split_off(start);
            cycle.reverse();
            return cycle;
        }
        path.push(feeder);
    }
    path
}

/// How late the inputs of each node are, and how late the outlets.
fn arrivals(graph: &Graph, order: &[usize], inputs: &[Vec<Cable>]) -> Result<(Vec<u32>, u32), GraphError> {
    let mut arrival = vec![0_u32; graph.nodes.len()];
    for &node in order {
        for cable in &inputs[node] {
            arrival[node] = arrival[node].max(departure(graph, &arrival, cable.from.node)?);
        }
    }
    let outlets = || (0..graph.nodes.len()).filter(|&node| graph.nodes[node].outlet);
    let latency = outlets().map(|node| arrival[node]).max().unwrap_or(0);
    for node in outlets() {
        arrival[node] = latency;
    }
    Ok((arrival, latency))
}

fn departure(graph: &Graph, arrival: &[u32], node: usize) -> Result<u32, GraphError> {
    arrival[node].checked_add(graph.nodes[node].latency).ok_or(GraphError::LatencyOverflow)
}

/// Hands out buffers, most recently freed first: those are warm in the cache.
struct Slots {
    count: u32,
    free: Vec<Slot>,
    /// Reads still to come of each buffer.
    readers: Vec<u32>,
}

impl Slots {
    fn new() -> Self {
        Self { count: 1, free: Vec::new(), readers: vec![0] }
    }

    fn take(&mut self, readers: u32) -> Slot {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.readers.push(0);
            self.count += 1;
            self.count - 1
        });
        self.readers[crate::math::to_usize(slot)] = readers;
        slot
    }

    fn read(&mut self, slot: Slot) {
        if slot == SILENCE {
            return;
        }
        let readers = &mut self.readers[crate::math::to_usize(slot)];
        *readers = readers.saturating_sub(1);
        if *readers == 0 {
            self.free.push(slot);
        }
    }
}

/// A signal that several readers share: an output port, delayed by so many frames.
type Tap = (Lane, End, u32);

struct Emitter {
    steps: Vec<Step>,
    delays: Vec<DelayLine>,
    audio: Slots,
    events: Slots,
    departures: Vec<u32>,
    /// How many steps read each tap.
    readers: BTreeMap<Tap, u32>,
    /// Where each tap is at the moment.
    places: BTreeMap<Tap, Slot>,
    /// Audio cables into ports with more than one, by the node they come from.
    summed: Vec<Vec<Cable>>,
    /// How far the sum of each such port is.
    sums: BTreeMap<End, Sum>,
}

/// The sum of an input port while its sources run.
#[derive(Clone, Copy)]
enum Sum {
    /// One source has run.
    First(Slot),
    /// Several have.
    Running(Slot),
}

impl Emitter {
    fn new(graph: &Graph, arrival: &[u32]) -> Self {
        let departures =
            graph.nodes.iter().zip(arrival).map(|(node, at)| at.saturating_add(node.latency)).collect();
        Self {
            steps: Vec::with_capacity(graph.nodes.len() * 2),
            delays: Vec::new(),
            audio: Slots::new(),
            events: Slots::new(),
            departures,
            readers: BTreeMap::new(),
            places: BTreeMap::new(),
            summed: vec![Vec::new(); graph.nodes.len()],
            sums: BTreeMap::new(),
        }
    }

    fn slots(&mut self, lane: Lane) -> &mut Slots {
        match lane {
            Lane::Audio => &mut self.audio,
            Lane::Events => &mut self.events,
        }
    }

    fn delay_of(&self, cable: Cable, arrival: &[u32]) -> u32 {
        arrival[cable.to.node] - self.departures[cable.from.node]
    }

    /// Counts the readers of every tap; a delayed tap is itself one reader of the direct one.
    fn count_readers(&mut self, inputs: &[Vec<Cable>], arrival: &[u32]) {
        for cables in inputs {
            for &cable in cables {
                let delay = self.delay_of(cable, arrival);
                let readers = self.readers.entry((cable.lane, cable.from, delay)).or_default();
                *readers += 1;
                if *readers == 1 && delay > 0 {
                    *self.readers.entry((cable.lane, cable.from, 0)).or_default() += 1;
                }
            }
        }
    }

    fn find_sums(&mut self, inputs: &[Vec<Cable>]) {
        for cables in inputs {
            let audio = || cables.iter().filter(|cable| cable.lane == Lane::Audio);
            for cable in audio() {
                if audio().filter(|other| other.to == cable.to).count() > 1 {
                    self.summed[cable.from.node].push(*cable);
                }
            }
        }
    }

    /// A node has run: what it feeds along with others grows.
    fn add_to_sums(&mut self, node: usize, arrival: &[u32]) {
        for cable in std::mem::take(&mut self.summed[node]) {
            let delay = self.delay_of(cable, arrival);
            let from = self.tap(Lane::Audio, cable.from, delay);
            let sum = match self.sums.get(&cable.to).copied() {
                None => Sum::First(from),
                Some(Sum::First(first)) => {
                    let to = self.audio.take(1);
                    self.steps.push(Step::Sum { lane: Lane::Audio, from: [first, from].into(), to });
                    self.audio.read(first);
                    self.audio.read(from);
                    Sum::Running(to)
                }
                Some(Sum::Running(to)) => {
                    self.steps.push(Step::Add { from, to });
                    self.audio.read(from);
                    Sum::Running(to)
                }
            };
            self.sums.insert(cable.to, sum);
        }
    }

    fn node(&mut self, graph: &Graph, node: usize, cables: &[Cable], arrival: &[u32]) {
        let ports = graph.nodes[node].ports;
        let audio_in: Box<[Slot]> =
            (0..ports.audio_in).map(|port| self.input(Lane::Audio, port, cables, arrival)).collect();
        let events_in = if ports.events_in { self.input(Lane::Events, 0, cables, arrival) } else { SILENCE };
        let audio_out: Box<[Slot]> =
            (0..ports.audio_out).map(|port| self.output(Lane::Audio, End { node, port })).collect();
        let events_out =
            if ports.events_out { self.output(Lane::Events, End { node, port: 0 }) } else { SILENCE };
        for &slot in &audio_in {
            self.audio.read(slot);
        }
        self.events.read(events_in);
        for (port, &slot) in (0..).zip(&audio_out) {
            self.release_unread(Lane::Audio, End { node, port }, slot);
        }
        if ports.events_out {
            self.release_unread(Lane::Events, End { node, port: 0 }, events_out);
        }
        self.steps.push(Step::Node { node, audio_in, audio_out, events_in, events_out });
    }

    fn output(&mut self, lane: Lane, end: End) -> Slot {
        let readers = self.readers.get(&(lane, end, 0)).copied().unwrap_or(0);
        let slot = self.slots(lane).take(readers);
        self.places.insert((lane, end, 0), slot);
        slot
    }

    /// An output that nobody reads is only scratch space for its node.
    fn release_unread(&mut self, lane: Lane, end: End, slot: Slot) {
        if !self.readers.contains_key(&(lane, end, 0)) {
            self.slots(lane).free.push(slot);
        }
    }

    /// The buffer that an input port reads: silence, the only source itself, or a sum.
    fn input(&mut self, lane: Lane, port: u16, cables: &[Cable], arrival: &[u32]) -> Slot {
        if lane == Lane::Audio
            && let Some(to) = cables.iter().find(|cable| cable.lane == lane && cable.to.port == port)
            && let Some(Sum::Running(sum)) = self.sums.get(&to.to)
        {
            return *sum;
        }
        let mut sources: Vec<Slot> = Vec::new();
        for &cable in cables.iter().filter(|cable| cable.lane == lane && cable.to.port == port) {
            let delay = self.delay_of(cable, arrival);
            sources.push(self.tap(lane, cable.from, delay));
        }
        match *sources.as_slice() {
            [] => SILENCE,
            [only] => only,
            _ => {
                let to = self.slots(lane).take(1);
                for &slot in &sources {
                    self.slots(lane).read(slot);
                }
                self.steps.push(Step::Sum { lane, from: sources.into(), to });
                to
            }
        }
    }

    fn tap(&mut self, lane: Lane, source: End, delay: u32) -> Slot {
        if let Some(&slot) = self.places.get(&(lane, source, delay)) {
            return slot;
        }
        // A direct tap is placed when its node is emitted, before all its readers; only delays are left.
        let from = self.places.get(&(lane, source, 0)).copied().unwrap_or(SILENCE);
        let readers = self.readers.get(&(lane, source, delay)).copied().unwrap_or(0);
        let to = self.slots(lane).take(readers);
        self.slots(lane).read(from);
        self.steps.push(Step::Delay { lane, line: self.delays.len(), from, to });
        self.delays.push(DelayLine { source, lane, frames: delay });
        self.places.insert((lane, source, delay), to);
        to
    }
}
