//! The nested plugins of an engine on the control thread: which there are, and whether they run.

mod layout;
mod restarts;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use protocol::control::LogLevel;
use protocol::plan::{Connection, MacroPlan, NodePlan, Signal};
use protocol::{BlobHash, EnginePlan, Frames, NodeId, ParamId, PluginRef};

use self::restarts::Restarts;
use super::effective::Values;
use super::options::{ApplyWarning, PluginLoader};
use crate::config::AudioConfig;
use crate::media::BlobSource;
use crate::nested::offers::{AutomationState, BusDirection, BusUse, Indication};
use crate::nested::{self, PluginController, PluginRequest, StateError};
use crate::processor::{Parallel, Processor};

/// A plugin and where it is in its life.
pub(super) struct PluginSlot {
    pub controller: PluginController,
    plugin: PluginRef,
    /// Whether the plugin could not be had.
    is_placeholder: bool,
    layout: layout::Chosen,
    /// The state of the plan, as bytes and by name, which the plugin last loaded or saved.
    state: Option<BlobHash>,
    state_bytes: Option<Vec<u8>>,
    /// Counts activations; a processor of an earlier one is never reused.
    pub generation: u32,
    pub phase: Phase,
    /// Whether its processor is in the engine, or on its way there or back.
    is_out: bool,
    /// The buses that it was told are not connected.
    unused: Vec<(BusDirection, u16)>,
    restarts: Restarts,
    /// What parameters of the plan were moved to by the plugin itself since the plan said something about them: it would be
    /// undone when the plugin is activated anew.
    own: Values,
    /// What the plugin shows beside its controls.
    indicated: BTreeMap<ParamId, Indication>,
    /// Whether it was told that the latency it declares cannot be.
    absurd_told: bool,
}

/// The longest latency that is compensated, in frames: at 48 kHz three quarters of a minute. More is a mistake of the
/// plugin, and would take memory accordingly.
const MAX_LATENCY: i64 = 1 << 21;

/// A latency as it is compensated; zero for one that cannot be.
pub(super) fn compensated(latency: Frames) -> u32 {
    if latency.0 > MAX_LATENCY { 0 } else { u32::try_from(latency.0).unwrap_or(0) }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Its processor, if it has one, runs.
    Steady,
    /// Its processor is on its way back, to be replaced.
    Restarting,
}

/// The ports of nodes that audio cables begin or end at.
pub(super) type Wired = BTreeSet<(NodeId, BusDirection, u16)>;

/// Those of a plan.
pub(super) fn wired(plan: &EnginePlan) -> Wired {
    let audio = plan.connections().filter(|connection| connection.signal == Signal::Audio);
    audio
        .flat_map(|Connection { from, to, .. }| {
            [(from.node, BusDirection::Output, from.port), (to.node, BusDirection::Input, to.port)]
        })
        .collect()
}

impl PluginSlot {
    /// Tells a plugin that is about to be activated which of its buses are connected. The main ones always are: many take it
    /// badly when these are not.
    fn tell_use(&mut self, node: NodeId, wired: &Wired) {
        let ports = self.controller.ports();
        self.unused.clear();
        for (direction, buses) in
            [(BusDirection::Input, ports.audio_in), (BusDirection::Output, ports.audio_out)]
        {
            for port in (1..).take(buses.len().saturating_sub(1)) {
                let is_wired = wired.contains(&(node, direction, port));
                let how = if is_wired { BusUse::Used } else { BusUse::Unused };
                // One that does not care says so.
                let is_heard = self.controller.use_bus(direction, port.into(), how).is_ok();
                if is_heard && !is_wired {
                    self.unused.push((direction, port));
                }
            }
        }
    }
}

/// What hands do to parameters that are automated.
pub(super) type Hands = BTreeMap<(NodeId, ParamId), AutomationState>;

/// All plugins of a plan, and those of earlier plans whose processors are still on their way back.
pub(super) struct Plugins {
    pub slots: BTreeMap<NodeId, PluginSlot>,
    leaving: Vec<(NodeId, PluginController)>,
    /// What is lent to their processors.
    helpers: Arc<dyn Parallel>,
}

impl Plugins {
    /// None, whose processors will be lent these helpers.
    pub fn new(helpers: Arc<dyn Parallel>) -> Self {
        Self { slots: BTreeMap::new(), leaving: Vec::new(), helpers }
    }

    /// Makes the plugin of a node, unless it is there; gives it the plan's state, unless it has it.
    pub fn provide(
        &mut self,
        node: NodeId,
        plugin: &PluginRef,
        state: Option<BlobHash>,
        loader: &dyn PluginLoader,
        blobs: &dyn BlobSource,
    ) -> Vec<ApplyWarning> {
        let mut warnings = Vec::new();
        let unchanged =
            self.slots.get(&node).is_some_and(|slot| slot.plugin == *plugin && slot.state == state);
        if unchanged {
            return warnings;
        }
        let bytes = state.and_then(|blob| match read(blobs, &blob) {
            Ok(bytes) => Some(bytes),
            Err(source) => {
                warnings.push(ApplyWarning::Blob { node, blob, source });
                None
            }
        });
        if let Some(slot) = self.slots.get_mut(&node).filter(|slot| slot.plugin == *plugin) {
            slot.state = state;
            // A state that the plugin itself has just saved is no news to it.
            if bytes.is_some() && slot.state_bytes != bytes {
                if let Some(Err(source)) = bytes.as_deref().map(|bytes| slot.controller.load_state(bytes)) {
                    warnings.push(ApplyWarning::PluginState { node, source });
                }
                slot.state_bytes = bytes;
                slot.own.clear();
                slot.layout.ask_again();
            }
            return warnings;
        }
        self.remove(node);
        let (controller, error) = loader.load(plugin, bytes.as_deref());
        let is_placeholder = error.is_some();
        warnings.extend(error.map(|source| ApplyWarning::Plugin { node, source }));
        let slot = PluginSlot {
            layout: layout::Chosen::new(&*controller),
            controller,
            is_placeholder,
            plugin: plugin.clone(),
            state,
            state_bytes: bytes,
            generation: 0,
            phase: Phase::Steady,
            is_out: false,
            unused: Vec::new(),
            restarts: Restarts::default(),
            own: Values::new(),
            indicated: BTreeMap::new(),
            absurd_told: false,
        };
        self.slots.insert(node, slot);
        warnings
    }

    /// Lets the plugins go that no node of the plan has.
    pub fn retain(&mut self, is_planned: impl Fn(NodeId) -> bool) {
        let gone: Vec<NodeId> = self.slots.keys().copied().filter(|node| !is_planned(*node)).collect();
        for node in gone {
            self.remove(node);
        }
    }

    fn remove(&mut self, node: NodeId) {
        if let Some(mut slot) = self.slots.remove(&node) {
            slot.controller.close_window();
            self.leaving.push((node, slot.controller));
        }
    }

    /// The audio-thread half of a plugin, its parameters at these values; it has the layout that is wanted,
    /// and hears which buses are connected.
    pub fn activate(
        &mut self,
        node: NodeId,
        config: &AudioConfig,
        values: Option<&Values>,
        wired: &Wired,
        warnings: &mut Vec<ApplyWarning>,
    ) -> Option<Result<Box<dyn Processor>, nested::ActivateError>> {
        let slot = self.slots.get_mut(&node)?;
        let own = |(&param, &value)| (param, slot.own.get(&param).copied().unwrap_or(value));
        let values: Vec<_> = values.into_iter().flatten().map(own).collect();
        if !values.is_empty() {
            slot.controller.set_params(&values);
        }
        slot.settle_layout(node, warnings);
        slot.tell_use(node, wired);
        let mut activated = slot.controller.activate(config);
        if let Ok(processor) = &mut activated {
            processor.lend(&self.helpers);
        }
        slot.is_out = activated.is_ok();
        slot.layout.is_activated();
        Some(activated)
    }

    /// A plugin moved a parameter by itself.
    pub fn moved(&mut self, node: NodeId, param: ParamId, value: f64) {
        if let Some(slot) = self.slots.get_mut(&node) {
            slot.own.insert(param, value);
        }
    }

    /// A plan says something about a node; what it says of parameters that is news counts more than what the plugin did.
    pub fn overrule(&mut self, before: &EnginePlan, node: &NodePlan) {
        let Some(slot) = self.slots.get_mut(&node.id).filter(|slot| !slot.own.is_empty()) else { return };
        let before = before.nodes().find(|before| before.id == node.id);
        let said = before.map(|before| &before.params);
        slot.own.retain(|param, _| said.and_then(|said| said.get(param)) == node.params.get(param));
    }

    /// Tells the plugins that have a cable at a bus which they were told has none; those that cannot hear of it while they
    /// run are restarted.
    pub fn want_wired(&mut self, wired: &Wired) {
        for (&node, slot) in self.slots.iter_mut().filter(|(_, slot)| slot.is_out) {
            let PluginSlot { controller, unused, restarts, .. } = slot;
            unused.retain(|&(direction, port)| {
                let is_wired = wired.contains(&(node, direction, port));
                let is_heard = is_wired && controller.use_bus(direction, port.into(), BusUse::Used).is_ok();
                restarts.wanted |= is_wired && !is_heard;
                !is_heard
            });
        }
    }

    /// Gives a processor back to its plugin. Returns whether a restart of that plugin can now go on.
    pub fn take_back(&mut self, node: NodeId, mut processor: Box<dyn Processor>) -> bool {
        for index in 0..self.leaving.len() {
            if self.leaving[index].0 == node {
                match self.leaving[index].1.deactivate(processor) {
                    Ok(()) => {
                        self.leaving.remove(index);
                        return false;
                    }
                    Err(back) => processor = back,
                }
            }
        }
        let Some(slot) = self.slots.get_mut(&node) else { return false };
        if slot.controller.deactivate(processor).is_err() {
            return false;
        }
        slot.is_out = false;
        slot.generation = slot.generation.wrapping_add(1);
        let was_restarting = slot.phase == Phase::Restarting;
        slot.phase = Phase::Steady;
        was_restarting
    }

    /// Drops the plugins that are leaving: no processor will come back any more.
    pub fn forget_leaving(&mut self) {
        self.leaving.clear();
    }

    /// The state of a plugin, remembered so that the plan may name it without its being loaded again.
    pub fn save_state(&mut self, node: NodeId) -> Result<Option<Vec<u8>>, StateError> {
        let Some(slot) = self.slots.get_mut(&node) else { return Ok(None) };
        let bytes = slot.controller.save_state()?;
        slot.state_bytes.clone_from(&bytes);
        Ok(bytes)
    }

    /// Serves all plugins.
    pub fn poll(&mut self, requests: &mut Vec<(NodeId, PluginRequest)>) {
        let mut some = Vec::new();
        for (&node, slot) in &mut self.slots {
            slot.controller.poll(&mut some);
            let is_absurd = slot.controller.latency().0 > MAX_LATENCY;
            if is_absurd && !slot.absurd_told {
                let frames = slot.controller.latency().0;
                some.push(warning(format!("a latency of {frames} frames cannot be: it is not waited for")));
            }
            slot.absurd_told = is_absurd;
            requests.extend(some.drain(..).map(|request| (node, request)));
        }
    }

    /// Tells a plugin what moves its parameters, as far as it does not know.
    pub fn indicate(&mut self, node: &NodePlan, macros: &[MacroPlan], hands: &Hands) {
        let Some(slot) = self.slots.get_mut(&node.id) else { return };
        let mut wanted: BTreeMap<ParamId, Indication> = BTreeMap::new();
        for moved in macros {
            for target in moved.targets.iter().filter(|target| target.node == node.id) {
                let label = format!("Macro {}", u32::from(moved.slot) + 1);
                wanted.entry(target.param).or_default().mapped = Some(label);
            }
        }
        for automation in &node.automation {
            wanted.entry(automation.param).or_default().automation = AutomationState::Playing;
        }
        for (&(_, param), &state) in hands.range((node.id, ParamId(0))..=(node.id, ParamId(u32::MAX))) {
            let is_played = wanted.get(&param).is_some_and(|of| of.automation == AutomationState::Playing);
            // Where nothing plays, a hand is in nobody's way.
            if is_played || state != AutomationState::Overridden {
                wanted.entry(param).or_default().automation = state;
            }
        }
        let nothing = Indication::default();
        let known = slot.indicated.keys().chain(wanted.keys());
        let params: BTreeSet<ParamId> = known.copied().collect();
        for param in params {
            let now = wanted.get(&param).unwrap_or(&nothing);
            if slot.indicated.get(&param).unwrap_or(&nothing) != now {
                slot.controller.indicate(param, now);
            }
        }
        slot.indicated = wanted;
    }

    /// A plugin wants to be restarted.
    pub fn want_restart(&mut self, node: NodeId) {
        if let Some(slot) = self.slots.get_mut(&node) {
            slot.restarts.wanted = true;
        }
    }

    /// Begins the restarts that are due; returns whether there are any.
    pub fn begin_restarts(&mut self, now: Instant, requests: &mut Vec<(NodeId, PluginRequest)>) -> bool {
        let mut any = false;
        for (&node, slot) in self.slots.iter_mut().filter(|(_, slot)| slot.phase == Phase::Steady) {
            let (is_due, over_and_over) = slot.restarts.take_due(now);
            any |= is_due;
            if is_due && slot.is_out {
                slot.phase = Phase::Restarting;
            } else if is_due {
                // Nothing has to come back first: the next schedule activates it anew.
                slot.generation = slot.generation.wrapping_add(1);
            }
            if over_and_over {
                let text = "it asks to be restarted over and over: once a second is enough".into();
                requests.push((node, warning(text)));
            }
        }
        any
    }
}

fn warning(text: String) -> PluginRequest {
    PluginRequest::Log { level: LogLevel::Warning, text }
}

pub(super) fn read(blobs: &dyn BlobSource, hash: &BlobHash) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut blobs.open(hash)?, &mut bytes)?;
    Ok(bytes)
}
