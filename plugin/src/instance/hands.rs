//! Values of plugins' parameters: what hands do in the windows of plugins becomes part of the project as what they do on our
//! controls does, and our controls show what the plugins have.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{DeviceId, DeviceSource, Project, edit};
use protocol::control::LogLevel;
use protocol::telemetry::Gesture;
use protocol::{Edit, EntityId, NodeId, ParamId};

use super::control::{Control, USER};
use super::plugins::node_of;
use super::published::PluginCache;

/// What is known of values since it was last shown.
#[derive(Debug, Default)]
pub(super) struct Hands {
    /// Parameters that hands hold in windows of plugins.
    held: BTreeMap<(EntityId, ParamId), Held>,
    /// What plugins moved without a hand, and the project does not know.
    own: BTreeMap<(EntityId, ParamId), f64>,
    /// Values that are not shown yet.
    news: BTreeMap<(EntityId, ParamId), f64>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Held {
    /// When the hand came, if that is known.
    before: Option<f64>,
    now: Option<f64>,
}

impl Control {
    /// A plugin says that one of its parameters was moved. What a gesture comes to is one undo step. What moves without one is
    /// shown, as plugins say so of their meters, too, and kept when the project is saved, if the project has a value for it.
    pub fn moved_by_plugin(&mut self, node: NodeId, param: ParamId, value: f64, gesture: Gesture) {
        let key = (node.entity, param);
        match gesture {
            Gesture::Begin => {
                let before = self.shown_value(key);
                self.hands.held.insert(key, Held { before, now: None });
            }
            Gesture::Change => {
                match self.hands.held.get_mut(&key) {
                    Some(held) => held.now = Some(value),
                    None => {
                        self.hands.own.insert(key, value);
                    }
                }
                self.hands.news.insert(key, value);
            }
            Gesture::End => {
                if let Some(Held { before, now: Some(value) }) = self.hands.held.remove(&key) {
                    self.keep_value(key, before, value);
                }
            }
        }
    }

    fn keep_value(&mut self, key: (EntityId, ParamId), before: Option<f64>, value: f64) {
        let plugins = self.published.params();
        let known =
            plugins.0.get(&key.0).and_then(|plugin| plugin.params.iter().find(|known| known.id == key.1));
        let Some(known) = known.filter(|known| value.is_finite() && known.automatable) else { return };
        self.know_before(key.0, &key.1.0.to_string(), before);
        let edit = edit::device::set_param(DeviceId(key.0), &key.1.0.to_string(), value);
        let result = self.commit(format!("Set {}", known.name), USER, vec![edit]);
        if result.is_err() {
            self.answer(result, None);
        }
    }

    /// Takes note of the values that parameters of plugins have before edits give them their first: undo goes back to them.
    pub fn know_values_before(&mut self, edits: &[Edit]) {
        for edit in edits {
            let Edit::Numbers { id, field, changes } = edit else { continue };
            if field != "params" {
                continue;
            }
            for key in changes.keys() {
                let before = key.parse().ok().and_then(|param| self.shown_value((*id, ParamId(param))));
                self.know_before(*id, key, before);
            }
        }
    }

    fn know_before(&mut self, device: EntityId, key: &str, before: Option<f64>) {
        let project = self.pulse.project();
        let is_unknown = project.device(device.into()).is_some_and(|device| {
            matches!(device.source(), DeviceSource::Plugin(_)) && !device.params().contains_key(key)
        });
        if let Some(before) = before.filter(|value| is_unknown && value.is_finite()) {
            // A device that does not take it does not take what comes next, either, and that is told.
            let _ = self.pulse.gather(&[edit::device::set_param(DeviceId(device), key, before)]);
        }
    }

    fn shown_value(&self, (device, param): (EntityId, ParamId)) -> Option<f64> {
        self.published.params().0.get(&device)?.values.get(&param).map(|(value, _)| *value)
    }

    /// What the project says about plugins among what was touched is news. Those that do not run hear of it here.
    pub fn values_changed(&mut self, project: &Project, touched: &[EntityId]) {
        for device in touched.iter().filter_map(|&id| project.device(id.into())) {
            if !matches!(device.source(), DeviceSource::Plugin(_)) {
                continue;
            }
            for (key, value) in device.params() {
                let Ok(param) = key.parse().map(ParamId) else { continue };
                let key = (device.id().0, param);
                if self.shown_value(key) == Some(*value) {
                    continue;
                }
                self.hands.own.remove(&key);
                self.hands.news.insert(key, *value);
                if let Some(plugin) = self.engine.plugin(node_of(key.0)).filter(|_| !self.is_active) {
                    plugin.set_param(param, *value);
                }
            }
        }
    }

    /// A plugin has other values, as of a preset: the project, which would set its own when it is opened again, takes them.
    pub fn adopt_values(&mut self, device: EntityId) {
        let project = self.pulse.project();
        let Some(known) = project.device(device.into()) else { return };
        let Some(plugin) = self.engine.plugin(node_of(device)) else { return };
        let mut edits = Vec::new();
        for (key, kept) in known.params() {
            let value = key.parse().ok().and_then(|param| plugin.param_value(ParamId(param)));
            if let Some(value) =
                value.filter(|value| differs(*value, *kept) && !is_moved(&project, device, key))
            {
                edits.push(edit::device::set_param(known.id(), key, value));
            }
        }
        if edits.is_empty() {
            return;
        }
        match self.pulse.gather(&edits) {
            Ok(committed) => self.entities_changed(&committed.touched),
            Err(error) => self.published.log(LogLevel::Error, "project", &crate::text::chain(&error)),
        }
    }

    /// What plugins moved without a hand, where the project has other values.
    pub fn values_of_their_own(&self, project: &Project) -> Vec<Edit> {
        let mut edits = Vec::new();
        for (&(device, param), value) in &self.hands.own {
            let key = param.0.to_string();
            let kept = project.device(device.into()).and_then(|device| device.params().get(&key).copied());
            if kept.is_some_and(|kept| differs(*value, kept)) && !is_moved(project, device, &key) {
                edits.push(edit::device::set_param(DeviceId(device), &key, *value));
            }
        }
        edits
    }

    /// Shows the values that are news.
    pub fn show_values(&mut self) {
        if self.hands.news.is_empty() {
            return;
        }
        let mut cache = PluginCache::clone(&self.published.params());
        for ((device, param), value) in std::mem::take(&mut self.hands.news) {
            let Some(known) = cache.0.get_mut(&device) else { continue };
            let text = self.engine.plugin_param_text(node_of(device), param, value);
            Arc::make_mut(&mut known.values).insert(param, (value, text));
        }
        self.published.set_params(cache);
        self.published.notify();
    }
}

/// Whether a value is another, and not the same one in single precision.
fn differs(value: f64, kept: f64) -> bool {
    value.is_finite() && (value - kept).abs() > 1e-6 * kept.abs().max(1.0)
}

/// Whether something moves a parameter besides hands.
fn is_moved(project: &Project, device: EntityId, key: &str) -> bool {
    let by_macro = |slot: model::Macro<'_>| {
        slot.targets().any(|target| target.owner() == device && target.param() == key)
    };
    project.lanes_of(device).any(|lane| lane.param() == key)
        || project.modulations_of(device).any(|modulation| modulation.param() == key)
        || project.macros().any(by_macro)
}
