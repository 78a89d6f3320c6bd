//! From one plan to the next while the engine runs: what can be changed in place is, the rest is a new schedule.

use std::collections::BTreeMap;

use protocol::plan::{NodeKind, NodePlan};
use protocol::{EnginePlan, NodeId};

use super::EngineController;
use crate::engine::command::Command;
use crate::engine::options::{ApplyError, ApplyWarning};
use crate::engine::schedule::MacroTable;
use crate::engine::session::Built;
use crate::engine::{build, effective};
use crate::timeline::Timeline;

impl EngineController {
    /// Brings the running processor from the plan sent last to the plan in force, unless too much is under way: then
    /// that is for a later poll.
    pub(super) fn catch_up(&mut self, warnings: &mut Vec<ApplyWarning>) -> Result<(), ApplyError> {
        let Some(session) = &mut self.session else { return Ok(()) };
        session.behind = session.is_busy();
        if session.behind {
            return Ok(());
        }
        let old = session.sent.clone();
        self.update(&old, warnings)?;
        if let Some(session) = &mut self.session {
            session.sent = self.plan.clone();
        }
        Ok(())
    }

    fn update(&mut self, old: &EnginePlan, warnings: &mut Vec<ApplyWarning>) -> Result<(), ApplyError> {
        let new = self.plan.clone();
        let graph_differs = old.connections != new.connections || {
            let (old, new) = (&old.nodes, &new.nodes);
            old.len() != new.len() || old.iter().zip(new).any(|(old, new)| !is_same_node(old, new))
        };
        if graph_differs {
            self.swap(old, &new, warnings)?;
        } else {
            let Some(built) = self.session.as_ref().map(|session| session.built.clone()) else {
                return Ok(());
            };
            self.change(old, &new, &built, warnings);
            if old.macros != new.macros {
                let index = |id| built.nodes.get(&id).map(|info| info.index);
                self.send(Command::Macros(Box::new(MacroTable::new(&new.macros, index))));
            }
        }
        if Timeline::new(old) != Timeline::new(&new) {
            self.send(Command::Timeline(Box::new(Timeline::new(&new))));
        }
        Ok(())
    }

    /// Sends a new schedule, and what differs in the nodes that survive.
    pub(super) fn swap(
        &mut self,
        old: &EnginePlan,
        new: &EnginePlan,
        warnings: &mut Vec<ApplyWarning>,
    ) -> Result<(), ApplyError> {
        let Some((config, before)) =
            self.session.as_ref().map(|session| (session.config, session.built.clone()))
        else {
            return Ok(());
        };
        let (swap, built) = self.builder(config, warnings).build(new, Some(&before))?;
        if let Some(session) = &mut self.session {
            session.built = built;
        }
        self.send(Command::Swap(Box::new(swap)));
        self.change(old, new, &before, warnings);
        Ok(())
    }

    /// Sends what differs within nodes that were there before.
    fn change(
        &mut self,
        old: &EnginePlan,
        new: &EnginePlan,
        before: &Built,
        warnings: &mut Vec<ApplyWarning>,
    ) {
        let Some((config, now)) =
            self.session.as_ref().map(|session| (session.config, session.built.clone()))
        else {
            return;
        };
        let old_nodes: BTreeMap<NodeId, &NodePlan> = old.nodes.iter().map(|node| (node.id, node)).collect();
        let (old_values, new_values) = (effective::values(old), effective::values(new));
        for node in &new.nodes {
            let (Some(was), Some(info)) = (old_nodes.get(&node.id), now.nodes.get(&node.id)) else {
                continue;
            };
            let survives = before.nodes.get(&node.id).is_some_and(|old| old.identity == info.identity);
            if !survives {
                continue;
            }
            let index = info.index;
            if was.bypassed != node.bypassed {
                self.send(Command::Bypass { node: index, bypassed: node.bypassed });
            }
            // Automation is held back as long as the input is late, and has room for just that.
            let moved = before.nodes[&node.id].arrival != info.arrival && !node.automation.is_empty();
            if moved || was.automation != node.automation {
                let automation = build::automation(node, info.arrival);
                self.send(Command::Automation { node: index, automation });
            }
            for (param, value) in
                effective::changes((was, &old_values[&node.id]), (node, &new_values[&node.id]))
            {
                self.send(Command::Param { node: index, param, value });
            }
            match (&was.kind, &node.kind) {
                (NodeKind::NotePlayer { clips: was }, NodeKind::NotePlayer { clips }) if was != clips => {
                    let program = self.builder(config, warnings).note_program(node.id, clips);
                    self.send(Command::Notes { node: index, program });
                }
                (NodeKind::AudioPlayer { clips: was }, NodeKind::AudioPlayer { clips }) if was != clips => {
                    let (program, pages) = self.builder(config, warnings).audio_program(node.id, clips);
                    self.send(Command::Audio { node: index, program, pages });
                }
                _ => {}
            }
        }
    }
}

/// Whether two nodes differ at most in what can be changed in place.
fn is_same_node(old: &NodePlan, new: &NodePlan) -> bool {
    old.id == new.id
        && match (&old.kind, &new.kind) {
            (NodeKind::NotePlayer { .. }, NodeKind::NotePlayer { .. })
            | (NodeKind::AudioPlayer { .. }, NodeKind::AudioPlayer { .. }) => true,
            (NodeKind::Plugin { plugin: old, .. }, NodeKind::Plugin { plugin: new, .. }) => old == new,
            (old, new) => old == new,
        }
}
