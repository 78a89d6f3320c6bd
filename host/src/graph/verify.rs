//! A second opinion on the compiler: replays a layout symbolically, sharing none of its reasoning.

use std::collections::{BTreeMap, BTreeSet};

use super::{Cable, End, Graph, Lane, Layout, SILENCE, Slot, Step};
use crate::math::to_usize;

/// What is wrong with a layout.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// A node runs twice or never.
    #[error("node {node} runs {times} times")]
    RunsNotOnce {
        /// The node.
        node: usize,
        /// How often it runs.
        times: usize,
    },
    /// A step writes a buffer that it also reads or writes, or that is reserved.
    #[error("step {step} writes buffer {slot}, which it must not")]
    Aliased {
        /// The step.
        step: usize,
        /// The buffer.
        slot: Slot,
    },
    /// A buffer has other channels than what is read from it or written to it.
    #[error("step {step} uses buffer {slot}, which has other channels")]
    Channels {
        /// The step.
        step: usize,
        /// The buffer.
        slot: Slot,
    },
    /// The tasks are not all steps in order, or one waits for one that comes later.
    #[error("task {task} is out of order")]
    Order {
        /// The task.
        task: usize,
    },
    /// Two tasks that may run at the same time use one thing, and one of them writes it.
    #[error(
        "step {step} of task {task} may run beside task {other}, which uses the same buffer or delay line"
    )]
    Race {
        /// The step.
        step: usize,
        /// Its task.
        task: usize,
        /// The other task.
        other: usize,
    },
    /// An input port hears something other than what its cables promise.
    #[error("audio or event input {port} of node {node} does not hear what its cables say")]
    WrongSignal {
        /// The node.
        node: usize,
        /// The port.
        port: u16,
    },
    /// Signals that left the origin together do not arrive together.
    #[error("inputs of node {node} are not aligned")]
    NotAligned {
        /// The node.
        node: usize,
    },
}

/// A signal: output ports with the delays they have been through.
type Content = Vec<(End, u32)>;

/// What a step reads and writes.
#[derive(Default)]
struct Access {
    reads: Vec<(Lane, Slot)>,
    writes: Vec<(Lane, Slot)>,
}

/// Checks that a layout does what the graph says, in whatever order its tasks run.
///
/// # Errors
/// The first [`Violation`].
pub fn verify(graph: &Graph, layout: &Layout) -> Result<(), Violation> {
    check_order(layout)?;
    let keeps = layout.sole_reads();
    check_races(graph, layout, &keeps)?;
    let mut replay = Replay { promised: promised(graph), ..Replay::default() };
    let mut runs = vec![0; graph.nodes.len()];
    for (index, step) in layout.steps.iter().enumerate() {
        check_writes(index, &accesses(graph, step))?;
        check_channels(graph, layout, index, step)?;
        if let Step::Node { node, .. } = step {
            runs[*node] += 1;
        }
        replay.step(graph, layout, step)?;
        for slot in kept(step, keeps[index]) {
            // Whatever the node leaves there is no signal.
            replay.write(Lane::Audio, slot, vec![(End { node: usize::MAX, port: 0 }, 0)]);
        }
    }
    match runs.iter().position(|&times| times != 1) {
        Some(node) => Err(Violation::RunsNotOnce { node, times: runs[node] }),
        None => Ok(()),
    }
}

fn promised(graph: &Graph) -> BTreeMap<(Lane, End), Vec<End>> {
    let mut promised: BTreeMap<(Lane, End), Vec<End>> = BTreeMap::new();
    for &Cable { lane, from, to } in &graph.cables {
        let sources = promised.entry((lane, to)).or_default();
        if !sources.contains(&from) {
            sources.push(from);
        }
    }
    promised
}

fn check_order(layout: &Layout) -> Result<(), Violation> {
    let mut next = 0;
    for (task, planned) in layout.tasks.iter().enumerate() {
        if planned.steps.start != next || planned.after.iter().any(|&before| before >= task) {
            return Err(Violation::Order { task });
        }
        next = planned.steps.end;
    }
    if next == layout.steps.len() { Ok(()) } else { Err(Violation::Order { task: layout.tasks.len() }) }
}

fn accesses(graph: &Graph, step: &Step) -> Access {
    let mut access = Access::default();
    let audio = |slots: &[Slot]| slots.iter().map(|&slot| (Lane::Audio, slot)).collect::<Vec<_>>();
    match step {
        Step::Node { node, audio_in, audio_out, events_in, events_out } => {
            let ports = graph.nodes[*node].ports;
            access.reads = audio(audio_in);
            access.writes = audio(audio_out);
            access.reads.extend(ports.events_in.then_some((Lane::Events, *events_in)));
            access.writes.extend(ports.events_out.then_some((Lane::Events, *events_out)));
        }
        Step::Sum { lane, from, to } => {
            access.reads = from.iter().map(|&slot| (*lane, slot)).collect();
            access.writes.push((*lane, *to));
        }
        Step::Add { from, to } | Step::Convert { from, to } => {
            access.reads.push((Lane::Audio, *from));
            access.writes.push((Lane::Audio, *to));
        }
        Step::Delay { lane, from, to, .. } => {
            access.reads.push((*lane, *from));
            access.writes.push((*lane, *to));
        }
    }
    access.reads.retain(|&(_, slot)| slot != SILENCE);
    access
}

/// The inputs that a node may write to: those that nobody else reads.
fn kept(step: &Step, keeps: bool) -> impl Iterator<Item = Slot> {
    let inputs = match step {
        Step::Node { audio_in, .. } if keeps => &**audio_in,
        _ => &[],
    };
    inputs.iter().copied().filter(|&slot| slot != SILENCE)
}

fn check_writes(step: usize, access: &Access) -> Result<(), Violation> {
    for (index, write) in access.writes.iter().enumerate() {
        if write.1 == SILENCE || access.reads.contains(write) || access.writes[..index].contains(write) {
            return Err(Violation::Aliased { step, slot: write.1 });
        }
    }
    Ok(())
}

/// Of any two steps that use one buffer or delay line, one of them writing, the earlier one's task is done before the
/// later one's begins, or it is the same task.
fn check_races(graph: &Graph, layout: &Layout, keeps: &[bool]) -> Result<(), Violation> {
    let mut before: Vec<BTreeSet<usize>> = Vec::new();
    let mut used: BTreeMap<(Lane, Slot), Vec<usize>> = BTreeMap::new();
    let mut written: BTreeMap<(Lane, Slot), usize> = BTreeMap::new();
    let mut lines: BTreeMap<usize, usize> = BTreeMap::new();
    for (task, planned) in layout.tasks.iter().enumerate() {
        let mut all: BTreeSet<usize> = planned.after.iter().copied().collect();
        planned.after.iter().for_each(|&other| all.extend(&before[other]));
        let ordered = |other: usize| other == task || all.contains(&other);
        for step in planned.steps.clone() {
            let Access { reads, writes } = accesses(graph, &layout.steps[step]);
            let race = |other| Err(Violation::Race { step, task, other });
            for read in reads {
                if let Some(&other) = written.get(&read).filter(|other| !ordered(**other)) {
                    return race(other);
                }
                used.entry(read).or_default().push(task);
            }
            let kept = kept(&layout.steps[step], keeps[step]).map(|slot| (Lane::Audio, slot));
            for write in writes.into_iter().chain(kept) {
                let users = used.entry(write).or_default();
                if let Some(&other) = users.iter().find(|other| !ordered(**other)) {
                    return race(other);
                }
                *users = vec![task];
                written.insert(write, task);
            }
            if let Step::Delay { line, .. } = layout.steps[step]
                && let Some(other) = lines.insert(line, task)
            {
                return race(other);
            }
        }
        before.push(all);
    }
    Ok(())
}

fn check_channels(graph: &Graph, layout: &Layout, index: usize, step: &Step) -> Result<(), Violation> {
    let channels = |slot: Slot| usize::from(layout.audio_slots[to_usize(slot)]);
    let check = |slot: Slot, expected: usize| {
        if slot == SILENCE || channels(slot) == expected {
            Ok(())
        } else {
            Err(Violation::Channels { step: index, slot })
        }
    };
    match step {
        Step::Node { node, audio_in, audio_out, .. } => {
            let node = &graph.nodes[*node];
            let ports = node.ports;
            (0..)
                .zip(audio_in)
                .try_for_each(|(port, &slot)| check(slot, node.input_channels(port).into()))?;
            audio_out.iter().zip(ports.audio_out.iter()).try_for_each(|(&slot, count)| check(slot, count))
        }
        Step::Sum { lane: Lane::Audio, from, to } => {
            from.iter().try_for_each(|&slot| check(slot, channels(*to)))
        }
        Step::Add { from, to } => check(*from, channels(*to)),
        Step::Delay { lane: Lane::Audio, line, from, to } => {
            check(*from, usize::from(layout.delays[*line].channels))?;
            check(*to, channels(*from))
        }
        Step::Sum { .. } | Step::Convert { .. } | Step::Delay { .. } => Ok(()),
    }
}

#[derive(Default)]
struct Replay {
    promised: BTreeMap<(Lane, End), Vec<End>>,
    contents: BTreeMap<(Lane, Slot), Content>,
    departures: BTreeMap<usize, u32>,
}

impl Replay {
    fn step(&mut self, graph: &Graph, layout: &Layout, step: &Step) -> Result<(), Violation> {
        match step {
            Step::Sum { lane, from, to } => {
                let content = from.iter().flat_map(|&slot| self.read(*lane, slot)).collect();
                self.write(*lane, *to, content);
            }
            Step::Add { from, to } => {
                let added = self.read(Lane::Audio, *from);
                self.contents.entry((Lane::Audio, *to)).or_default().extend(added);
            }
            Step::Convert { from, to } => {
                let content = self.read(Lane::Audio, *from);
                self.write(Lane::Audio, *to, content);
            }
            Step::Delay { lane, line, from, to } => {
                let by = layout.delays[*line].frames;
                let delayed = self.read(*lane, *from).into_iter().map(|(end, frames)| (end, frames + by));
                let delayed = delayed.collect();
                self.write(*lane, *to, delayed);
            }
            Step::Node { node, audio_in, audio_out, events_in, events_out } => {
                let mut latest = None;
                for (port, &slot) in (0..).zip(audio_in) {
                    self.check_input(Lane::Audio, End { node: *node, port }, slot, &mut latest)?;
                }
                let end = End { node: *node, port: 0 };
                self.check_input(Lane::Events, end, *events_in, &mut latest)?;
                let departure = latest.unwrap_or(0).max(layout.arrival[*node]) + graph.nodes[*node].latency;
                self.departures.insert(*node, departure);
                for (port, &slot) in (0..).zip(audio_out) {
                    self.write(Lane::Audio, slot, vec![(End { node: *node, port }, 0)]);
                }
                if graph.nodes[*node].ports.events_out {
                    self.write(Lane::Events, *events_out, vec![(end, 0)]);
                }
            }
        }
        Ok(())
    }

    fn read(&self, lane: Lane, slot: Slot) -> Content {
        self.contents.get(&(lane, slot)).cloned().unwrap_or_default()
    }

    fn write(&mut self, lane: Lane, slot: Slot, content: Content) {
        self.contents.insert((lane, slot), content);
    }

    fn check_input(
        &self,
        lane: Lane,
        to: End,
        slot: Slot,
        latest: &mut Option<u32>,
    ) -> Result<(), Violation> {
        let heard = self.read(lane, slot);
        let mut promised = self.promised.get(&(lane, to)).cloned().unwrap_or_default();
        let mut sources: Vec<End> = heard.iter().map(|&(end, _)| end).collect();
        if lane == Lane::Audio {
            // A sum does not say in which order.
            sources.sort_unstable();
            promised.sort_unstable();
        }
        if sources != promised {
            return Err(Violation::WrongSignal { node: to.node, port: to.port });
        }
        for (end, delay) in heard {
            let Some(departure) = self.departures.get(&end.node) else {
                return Err(Violation::WrongSignal { node: to.node, port: to.port });
            };
            if *latest.get_or_insert(departure + delay) != departure + delay {
                return Err(Violation::NotAligned { node: to.node });
            }
        }
        Ok(())
    }
}
