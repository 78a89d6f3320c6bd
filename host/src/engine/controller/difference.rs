//! What differs between two plans. Parts that they share are not looked into.

use std::sync::Arc;

use protocol::EnginePlan;
use protocol::plan::{NodeKind, NodePlan};

/// Which parts differ, and how much.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Difference {
    /// The same nodes and connections; in these parts, something that can be changed in place may differ.
    InPlace(Vec<usize>),
    /// Other nodes or connections.
    Graph,
}

impl Difference {
    pub fn between(old: &EnginePlan, new: &EnginePlan) -> Self {
        if old.parts.len() != new.parts.len() || old.latency != new.latency {
            return Self::Graph;
        }
        let parts = old.parts.iter().zip(&*new.parts).enumerate();
        let mut changed = Vec::new();
        // Other steps of automation are other automation everywhere.
        let all = old.control != new.control;
        for (index, (old, new)) in parts.filter(|(_, (old, new))| all || !Arc::ptr_eq(old, new)) {
            let same_nodes = old.nodes.len() == new.nodes.len()
                && old.nodes.iter().zip(&new.nodes).all(|(old, new)| is_same_node(old, new));
            if !same_nodes || old.connections != new.connections {
                return Self::Graph;
            }
            changed.push(index);
        }
        Self::InPlace(changed)
    }

    pub fn is_other_graph(&self) -> bool {
        *self == Self::Graph
    }

    /// The nodes of the new plan that may differ.
    pub fn changed<'a>(&'a self, new: &'a EnginePlan) -> impl Iterator<Item = &'a NodePlan> {
        let all = if self.is_other_graph() { &*new.parts } else { &[] };
        let parts = match self {
            Self::InPlace(parts) => parts.as_slice(),
            Self::Graph => &[],
        };
        let some = parts.iter().filter_map(|&index| new.parts.get(index));
        all.iter().chain(some).flat_map(|part| &part.nodes)
    }
}

/// Whether two nodes differ at most in what can be changed in place.
fn is_same_node(old: &NodePlan, new: &NodePlan) -> bool {
    old.id == new.id
        && match (&old.kind, &new.kind) {
            (NodeKind::NotePlayer { .. }, NodeKind::NotePlayer { .. })
            | (NodeKind::AudioPlayer { .. }, NodeKind::AudioPlayer { .. }) => true,
            (
                NodeKind::Plugin { plugin: old, layout: was, .. },
                NodeKind::Plugin { plugin: new, layout: is, .. },
            ) => (old, was) == (new, is),
            (old, new) => old == new,
        }
}
