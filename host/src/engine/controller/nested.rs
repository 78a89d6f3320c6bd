//! What the controller offers of its nested plugins.

use std::collections::{BTreeMap, BTreeSet};

use protocol::plan::NodePlan;
use protocol::plugin::PluginParam;
use protocol::telemetry::Gesture;
use protocol::{NodeId, ParamId};

use super::EngineController;
use crate::nested::offers::AutomationState;
use crate::nested::{NestedPlugin, StateError, WindowError, WindowOptions};

impl EngineController {
    /// A nested plugin, for what only its main thread may ask. `None` if the node is none.
    pub fn plugin(&mut self, node: NodeId) -> Option<&mut (dyn NestedPlugin + 'static)> {
        self.plugins.slots.get_mut(&node).map(|slot| &mut *slot.controller)
    }

    /// The state of a plugin, to be kept in the project. `None` if the node is none, or keeps none.
    ///
    /// # Errors
    /// If the plugin fails to write it.
    pub fn plugin_state(&mut self, node: NodeId) -> Result<Option<Vec<u8>>, StateError> {
        self.plugins.save_state(node)
    }

    /// The parameters of a plugin; empty if the node is none.
    pub fn plugin_params(&mut self, node: NodeId) -> Vec<PluginParam> {
        self.plugin(node).map(|plugin| plugin.params()).unwrap_or_default()
    }

    /// A plain value as the plugin would show it.
    pub fn plugin_param_text(&mut self, node: NodeId, param: ParamId, value: f64) -> Option<String> {
        self.plugin(node)?.param_text(param, value)
    }

    /// A plugin says that it moved a parameter: if the plan has a value for it, and nothing else moves it, that is what it has
    /// when it is activated again.
    pub(super) fn moved_by_plugin(&mut self, node: NodeId, param: ParamId, value: f64, gesture: Gesture) {
        let Self { plan, plugins, .. } = self;
        if gesture != Gesture::Change || !value.is_finite() || !plugins.slots.contains_key(&node) {
            return;
        }
        let is_it = |of: NodeId, moved: ParamId| (of, moved) == (node, param);
        let has_a_say = |planned: &NodePlan| {
            planned.params.contains_key(&param) && planned.automation.iter().all(|lane| lane.param != param)
        };
        let is_moved = plan.modulations.iter().any(|of| is_it(of.node, of.param))
            || plan.macros.iter().flat_map(|of| &of.targets).any(|of| is_it(of.node, of.param));
        if !is_moved && plan.nodes().find(|planned| planned.id == node).is_some_and(has_a_say) {
            plugins.moved(node, param, value);
        }
    }

    /// Has plugins show which of their automated parameters hands write, or hold against their lanes; replaces what was said
    /// before.
    pub fn show_hands(&mut self, hands: BTreeMap<(NodeId, ParamId), AutomationState>) {
        if hands == self.hands {
            return;
        }
        let before = std::mem::replace(&mut self.hands, hands);
        let nodes: BTreeSet<NodeId> = before.keys().chain(self.hands.keys()).map(|(node, _)| *node).collect();
        for node in self.plan.nodes().filter(|node| nodes.contains(&node.id)) {
            self.plugins.indicate(node, &self.plan.macros, &self.hands);
        }
    }

    /// Shows the window of a plugin.
    ///
    /// # Errors
    /// If it has none, or showing it failed.
    pub fn open_window(&mut self, node: NodeId, options: &WindowOptions) -> Result<(), WindowError> {
        self.plugin(node).map_or(Err(WindowError::Unsupported), |plugin| plugin.open_window(options))
    }

    /// Closes it.
    pub fn close_window(&mut self, node: NodeId) {
        if let Some(plugin) = self.plugin(node) {
            plugin.close_window();
        }
    }
}
