//! A second opinion on the compiler: replays a layout symbolically, sharing none of its reasoning.

use std::collections::BTreeMap;

use super::{Cable, End, Graph, Lane, Layout, SILENCE, Slot, Step};

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

/// Checks that a layout does what the graph says.
///
/// # Errors
/// The first [`Violation`].
pub fn verify(graph: &Graph, layout: &Layout) -> Result<(), Violation> {
    let mut replay = Replay::default();
    let mut runs = vec![0; graph.nodes.len()];
    for (index, step) in layout.steps.iter().enumerate() {
        match step {
            Step::Sum { lane, from, to } => {
                check_writes(index, from, &[*to])?;
                let content = from.iter().flat_map(|&slot| replay.read(*lane, slot)).collect();
                replay.write(*lane, *to, content);
            }
            Step::Add { from, to } => {
                check_writes(index, &[*from], &[*to])?;
                let mut content = replay.read(Lane::Audio, *to);
                content.extend(replay.read(Lane::Audio, *from));
                replay.write(Lane::Audio, *to, content);
            }
            Step::Delay { lane, line, from, to } => {
                check_writes(index, &[*from], &[*to])?;
                let by = layout.delays[*line].frames;
                let delayed = replay.read(*lane, *from).into_iter().map(|(end, frames)| (end, frames + by));
                let delayed = delayed.collect();
                replay.write(*lane, *to, delayed);
            }
            Step::Node { node, audio_in, audio_out, events_in, events_out } => {
                runs[*node] += 1;
                check_writes(index, audio_in, audio_out)?;
                let ports = graph.nodes[*node].ports;
                let event_writes = [*events_out];
                check_writes(index, &[*events_in], &event_writes[..usize::from(ports.events_out)])?;
                let mut latest = None;
                for (port, &slot) in (0..).zip(audio_in) {
                    replay.check_input(graph, Lane::Audio, End { node: *node, port }, slot, &mut latest)?;
                }
                let end = End { node: *node, port: 0 };
                replay.check_input(graph, Lane::Events, end, *events_in, &mut latest)?;
                let departure = latest.unwrap_or(0).max(layout.arrival[*node]) + graph.nodes[*node].latency;
                replay.departures.insert(*node, departure);
                for (port, &slot) in (0..).zip(audio_out) {
                    replay.write(Lane::Audio, slot, vec![(End { node: *node, port }, 0)]);
                }
                if ports.events_out {
                    replay.write(Lane::Events, *events_out, vec![(end, 0)]);
                }
            }
        }
    }
    match runs.iter().position(|&times| times != 1) {
        Some(node) => Err(Violation::RunsNotOnce { node, times: runs[node] }),
        None => Ok(()),
    }
}

fn check_writes(step: usize, reads: &[Slot], writes: &[Slot]) -> Result<(), Violation> {
    for (index, &slot) in writes.iter().enumerate() {
        if slot == SILENCE || reads.contains(&slot) || writes[..index].contains(&slot) {
            return Err(Violation::Aliased { step, slot });
        }
    }
    Ok(())
}

#[derive(Default)]
struct Replay {
    contents: BTreeMap<(Lane, Slot), Content>,
    departures: BTreeMap<usize, u32>,
}

impl Replay {
    fn read(&self, lane: Lane, slot: Slot) -> Content {
        self.contents.get(&(lane, slot)).cloned().unwrap_or_default()
    }

    fn write(&mut self, lane: Lane, slot: Slot, content: Content) {
        self.contents.insert((lane, slot), content);
    }

    fn check_input(
        &self,
        graph: &Graph,
        lane: Lane,
        to: End,
        slot: Slot,
        latest: &mut Option<u32>,
    ) -> Result<(), Violation> {
        let heard = self.read(lane, slot);
        let mut promised: Vec<End> = Vec::new();
        for cable in graph.cables.iter().filter(|cable: &&Cable| cable.lane == lane && cable.to == to) {
            if !promised.contains(&cable.from) {
                promised.push(cable.from);
            }
        }
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
