//! Divides a graph into tasks, by its shape alone: a task is a chain of nodes that can go on one thread without waiting
//! for another, or many short ones side by side.

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::{Cable, Graph};

/// Nodes that run one after the other, and the tasks that must be done before.
pub(super) struct NodeTask {
    pub nodes: Vec<usize>,
    pub after: BTreeSet<usize>,
}

/// Tasks side by side that wait for the same are put together until there are no more than this: enough to keep several
/// threads busy to the end, few enough for starting one to cost nothing beside its work.
const ABREAST: usize = 16;

/// A node that feeds more than this many others, which wait for nothing else, lets them go their own ways.
const FOLLOWERS: usize = 4;

/// The tasks of a graph, in an order in which one thread can do them. Outlets are one task, the last.
pub(super) fn divide(graph: &Graph, order: &[usize], inputs: &[Vec<Cable>]) -> Vec<NodeTask> {
    in_order(batched(graph, chains(graph, order, inputs), inputs))
}

/// Follows each node as far as nothing else has to be waited for.
fn chains(graph: &Graph, order: &[usize], inputs: &[Vec<Cable>]) -> Vec<NodeTask> {
    let mut tasks: Vec<NodeTask> = Vec::new();
    let mut before: Vec<BTreeSet<usize>> = Vec::new();
    let mut task_of = vec![usize::MAX; graph.nodes.len()];
    let followers = followers(graph, inputs);
    for &node in order.iter().filter(|&&node| !graph.nodes[node].outlet) {
        let feeders: BTreeSet<usize> = inputs[node].iter().map(|cable| cable.from.node).collect();
        let after: BTreeSet<usize> = feeders.iter().map(|&feeder| task_of[feeder]).collect();
        let last = after
            .last()
            .copied()
            .filter(|last| after.iter().all(|task| task == last || before[*last].contains(task)));
        let follows = match (feeders.first(), feeders.len()) {
            (Some(&feeder), 1) => {
                let count = followers[feeder];
                count == 1 || (count <= FOLLOWERS && !inputs[feeder].is_empty())
            }
            _ => true,
        };
        let task = match last.filter(|_| follows) {
            Some(task) => task,
            None => {
                let mut all = after.clone();
                after.iter().for_each(|&task| all.extend(&before[task]));
                before.push(all);
                tasks.push(NodeTask { nodes: Vec::new(), after });
                tasks.len() - 1
            }
        };
        tasks[task].nodes.push(node);
        task_of[node] = task;
    }
    let outlets: Vec<usize> = order.iter().copied().filter(|&node| graph.nodes[node].outlet).collect();
    let cables = outlets.iter().flat_map(|&node| &inputs[node]);
    let after = cables.map(|cable| task_of[cable.from.node]).collect();
    if !outlets.is_empty() {
        tasks.push(NodeTask { nodes: outlets, after });
    }
    tasks
}

/// How many nodes hear each node and nothing else.
fn followers(graph: &Graph, inputs: &[Vec<Cable>]) -> Vec<usize> {
    let mut followers = vec![0; graph.nodes.len()];
    for cables in inputs {
        let Some(feeder) = cables.first().map(|cable| cable.from.node) else { continue };
        if cables.iter().all(|cable| cable.from.node == feeder) {
            followers[feeder] += 1;
        }
    }
    followers
}

/// Puts tasks together that wait for the same, where there are too many. No circle comes of that: were there one, one of
/// the tasks would have been in a circle before.
fn batched(graph: &Graph, chains: Vec<NodeTask>, inputs: &[Vec<Cable>]) -> Vec<NodeTask> {
    let followers = followers(graph, inputs);
    let is_apart = |task: &NodeTask| {
        // What many wait for should not wait itself.
        task.nodes
            .iter()
            .any(|&node| graph.nodes[node].outlet || (inputs[node].is_empty() && followers[node] > 1))
    };
    let mut abreast: BTreeMap<&BTreeSet<usize>, Vec<usize>> = BTreeMap::new();
    for (index, task) in chains.iter().enumerate().filter(|(_, task)| !is_apart(task)) {
        abreast.entry(&task.after).or_default().push(index);
    }
    let mut batch_of: Vec<usize> = (0..chains.len()).collect();
    for indices in abreast.values() {
        for batch in indices.chunks(indices.len().div_ceil(ABREAST)) {
            batch.iter().for_each(|&index| batch_of[index] = batch[0]);
        }
    }
    let mut tasks: BTreeMap<usize, NodeTask> = BTreeMap::new();
    for (index, chain) in chains.into_iter().enumerate() {
        let task = tasks
            .entry(batch_of[index])
            .or_insert_with(|| NodeTask { nodes: Vec::new(), after: BTreeSet::new() });
        task.nodes.extend(chain.nodes);
        task.after.extend(chain.after.iter().map(|&task| batch_of[task]));
    }
    let number: BTreeMap<usize, usize> =
        tasks.keys().enumerate().map(|(number, &index)| (index, number)).collect();
    let renumbered = tasks
        .into_values()
        .map(|task| NodeTask { after: task.after.iter().map(|index| number[index]).collect(), ..task });
    renumbered.collect()
}

/// Sorts tasks so that each comes after those it waits for; otherwise they keep their order.
fn in_order(tasks: Vec<NodeTask>) -> Vec<NodeTask> {
    let mut waits: Vec<usize> = tasks.iter().map(|task| task.after.len()).collect();
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); tasks.len()];
    for (index, task) in tasks.iter().enumerate() {
        task.after.iter().for_each(|&before| next[before].push(index));
    }
    let mut ready: BTreeSet<usize> = (0..tasks.len()).filter(|&task| waits[task] == 0).collect();
    let mut place = vec![0; tasks.len()];
    let mut order = Vec::with_capacity(tasks.len());
    while let Some(task) = ready.pop_first() {
        place[task] = order.len();
        order.push(task);
        for &other in &next[task] {
            waits[other] -= 1;
            if waits[other] == 0 {
                ready.insert(other);
            }
        }
    }
    let mut tasks: Vec<Option<NodeTask>> = tasks.into_iter().map(Some).collect();
    let sorted = order.into_iter().filter_map(|task| tasks[task].take());
    sorted
        .map(|task| NodeTask { after: task.after.iter().map(|&before| place[before]).collect(), ..task })
        .collect()
}

/// For each task, all that must be done before it.
pub(crate) struct Ancestors(Vec<Box<[u64]>>);

impl Ancestors {
    /// Of tasks that each come after those they wait for.
    pub fn new<'a>(tasks: impl ExactSizeIterator<Item = Box<dyn Iterator<Item = usize> + 'a>>) -> Self {
        let words = tasks.len().div_ceil(64);
        let mut all: Vec<Box<[u64]>> = Vec::with_capacity(tasks.len());
        for after in tasks {
            let mut row = vec![0_u64; words].into_boxed_slice();
            for before in after {
                row.iter_mut().zip(&all[before]).for_each(|(word, other)| *word |= other);
                row[before / 64] |= 1 << (before % 64);
            }
            all.push(row);
        }
        Self(all)
    }

    /// Whether one task is always done before another begins.
    pub fn is_before(&self, earlier: usize, later: usize) -> bool {
        self.0[later][earlier / 64] & 1 << (earlier % 64) != 0
    }
}
