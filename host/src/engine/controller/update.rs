//! From one plan to the next while the engine runs: what can be changed in place is, the rest is a new schedule.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use protocol::plan::{NodeKind, NodePlan};
use protocol::{EnginePlan, NodeId, ParamId};

use super::EngineController;
use super::difference::Difference;
use crate::config::AudioConfig;
use crate::engine::build;
use crate::engine::command::Command;
use crate::engine::effective::{self, Controls, Moved};
use crate::engine::options::{ApplyError, ApplyWarning};
use crate::engine::schedule::MacroTable;
use crate::engine::session::{Built, Session};
use crate::timeline::Timeline;

impl EngineController {
    /// Takes note that a plugin has values by its own doing: a plan that says the same does not send them back, which would
    /// undo what a hand in the plugin's window did since. What is modulated is sent anyway, as modulation starts from it.
    pub fn moved_by_itself(&mut self, node: NodeId, values: &BTreeMap<ParamId, f64>) {
        let Some(session) = &mut self.session else { return };
        let is_it = |of: &NodePlan| of.id == node;
        let Some(part) = session.sent.parts.iter().position(|part| part.nodes.iter().any(is_it)) else {
            return;
        };
        let modulations = session.sent.modulations.iter().chain(&*self.plan.modulations);
        let modulated: BTreeSet<ParamId> =
            modulations.filter(|of| of.node == node).map(|of| of.param).collect();
        let part = Arc::make_mut(&mut Arc::make_mut(&mut session.sent.parts)[part]);
        for node in part.nodes.iter_mut().filter(|of| is_it(of)) {
            node.params.extend(values.iter().filter(|(param, _)| !modulated.contains(param)));
        }
    }

    /// Whether something sent is not in force yet, or not sent yet.
    #[cfg(test)]
    pub fn is_changing(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.in_flight > 0 || session.behind)
    }

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
        match Difference::between(old, &new) {
            Difference::Graph => self.swap(old, &new, warnings)?,
            Difference::InPlace(parts) => {
                // Taken out while it is looked at: it is as large as the project.
                let Some(built) = self.session.as_mut().map(|session| std::mem::take(&mut session.built))
                else {
                    return Ok(());
                };
                self.change_parts(&parts, old, &new, &built, warnings);
                if old.macros != new.macros || old.modulations != new.modulations {
                    let index = |id| built.nodes.get(&id).map(|info| info.index);
                    self.send(Command::Macros(Box::new(MacroTable::new(&new, index))));
                }
                self.put_back(built);
            }
        }
        let may_differ = old.tempo != new.tempo
            || old.loop_range != new.loop_range
            || (&old.signatures, old.pickup) != (&new.signatures, new.pickup);
        if may_differ && Timeline::new(old) != Timeline::new(&new) {
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
        // Taken out while it is looked at: it is as large as the project.
        let taken = |session: &mut Session| (session.config, std::mem::take(&mut session.built));
        let Some((config, before)) = self.session.as_mut().map(taken) else { return Ok(()) };
        let (swap, now) = match self.builder(config, warnings).build(new, Some(&before)) {
            Ok(both) => both,
            Err(error) => {
                self.put_back(before);
                return Err(error);
            }
        };
        self.send(Command::Swap(Box::new(swap)));
        let known: BTreeMap<NodeId, &NodePlan> = old.nodes().map(|node| (node.id, node)).collect();
        let pairs = new.nodes().filter_map(|node| Some((*known.get(&node.id)?, node)));
        self.change(pairs, &Plans { old, new }, (&before, &now), config, warnings);
        self.put_back(now);
        Ok(())
    }

    fn put_back(&mut self, built: Built) {
        if let Some(session) = &mut self.session {
            session.built = built;
        }
    }

    /// Sends what differs in some parts of plans with the same graph, and in what macros move or moved.
    fn change_parts(
        &mut self,
        parts: &[usize],
        old: &EnginePlan,
        new: &EnginePlan,
        built: &Built,
        warnings: &mut Vec<ApplyWarning>,
    ) {
        let Some(config) = self.session.as_ref().map(|session| session.config) else { return };
        let plans = Plans { old, new };
        let nodes = |index: usize| old.parts[index].nodes.iter().zip(&new.parts[index].nodes);
        if old.macros == new.macros && old.modulations == new.modulations {
            let pairs = parts.iter().flat_map(|&index| nodes(index));
            self.change(pairs, &plans, (built, built), config, warnings);
        } else {
            let moved = (Moved::new(old), Moved::new(new));
            let modulates = |plan: &EnginePlan, id| plan.modulations.iter().any(|of| of.node == id);
            let is_moved =
                |id| moved.0.moves(id) || moved.1.moves(id) || modulates(old, id) || modulates(new, id);
            let all = (0..new.parts.len()).flat_map(|index| nodes(index).map(move |pair| (index, pair)));
            let pairs = all.filter(|(index, (_, node))| parts.contains(index) || is_moved(node.id));
            self.change(pairs.map(|(_, pair)| pair), &plans, (built, built), config, warnings);
        }
    }

    /// Sends what differs within nodes that were there before: pairs of how they were and how they are.
    fn change<'a>(
        &mut self,
        pairs: impl Iterator<Item = (&'a NodePlan, &'a NodePlan)>,
        plans: &Plans<'_>,
        (before, now): (&Built, &Built),
        config: AudioConfig,
        warnings: &mut Vec<ApplyWarning>,
    ) {
        let (old_moved, new_moved) = (Moved::new(plans.old), Moved::new(plans.new));
        let controls = (Controls::new(plans.old), Controls::new(plans.new));
        for (was, node) in pairs {
            let Some(info) = now.nodes.get(&node.id) else { continue };
            let survives = before.nodes.get(&node.id).is_some_and(|old| old.identity == info.identity);
            if !survives {
                continue;
            }
            let index = info.index;
            if was.bypassed != node.bypassed {
                self.send(Command::Bypass { node: index, bypassed: node.bypassed });
            }
            // Automation is held back as long as the input is late, and has room for just that.
            let values = (old_moved.values(was), new_moved.values(node));
            let modulated = (
                effective::modulated(was, plans.old, &values.0),
                effective::modulated(node, plans.new, &values.1),
            );
            let later = before.nodes[&node.id].arrival != info.arrival;
            let finer = plans.old.control != plans.new.control;
            let moved = (later || finer) && !(node.automation.is_empty() && modulated.1.is_empty());
            let others = controls.0.followed(&modulated.0) != controls.1.followed(&modulated.1);
            if moved || others || was.automation != node.automation || modulated.0 != modulated.1 {
                let (controls, rate) = (&controls.1, config.rate);
                let automation = build::automation(node, plans.new, controls, &values.1, info.arrival, rate);
                self.send(Command::Automation { node: index, automation });
            }
            for (param, value) in effective::freed(&modulated.0, &modulated.1, &values.1) {
                self.send(Command::Param { node: index, param, value });
            }
            for (param, value) in effective::changes((was, &values.0), (node, &values.1)) {
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

/// From which plan to which.
struct Plans<'a> {
    old: &'a EnginePlan,
    new: &'a EnginePlan,
}
