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

/// Values of a plugin's parameters.
type Values = BTreeMap<ParamId, f64>;

/// What is known of values since it was last shown.
#[derive(Debug, Default)]
pub(super) struct Hands {
    /// Parameters that hands hold in windows of plugins.
    held: BTreeMap<(EntityId, ParamId), Held>,
    /// Those that hands let go of, and the project does not know yet.
    released: BTreeMap<(EntityId, ParamId), Held>,
    /// What plugins have, and the project does not know.
    own: BTreeMap<(EntityId, ParamId), f64>,
    /// Values that are not shown yet.
    news: BTreeMap<(EntityId, ParamId), f64>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Held {
    /// When the hand came, if the project did not know it then.
    before: Option<f64>,
    now: Option<f64>,
}

impl Control {
    /// A plugin says that one of its parameters was moved. What a gesture comes to is an undo step. What moves without one is
    /// shown, as plugins say so of their meters, too, and kept when the project is saved, if the project has a value for it.
    pub fn moved_by_plugin(&mut self, node: NodeId, param: ParamId, value: f64, gesture: Gesture) {
        let key = (node.entity, param);
        match gesture {
            Gesture::Begin => {
                // A hand that is back before the project was told has not let go.
                let known = self.hands.released.remove(&key).or_else(|| self.hands.held.remove(&key));
                let held = known.unwrap_or_else(|| Held { before: self.value_before(key), now: None });
                self.hands.held.insert(key, held);
            }
            Gesture::Change => {
                let hands = &mut self.hands;
                if let Some(held) = hands.held.get_mut(&key).or_else(|| hands.released.get_mut(&key)) {
                    held.now = Some(value);
                }
                hands.own.insert(key, value);
                hands.news.insert(key, value);
            }
            Gesture::End => {
                if let Some(held) = self.hands.held.remove(&key) {
                    self.hands.released.insert(key, held);
                }
            }
        }
    }

    /// What hands let go of becomes part of the project: a step for each plugin, however many parameters a preset in its
    /// window moves.
    pub fn keep_released(&mut self) {
        if self.hands.released.is_empty() {
            return;
        }
        self.show_values();
        let mut plugins: BTreeMap<EntityId, BTreeMap<ParamId, Held>> = BTreeMap::new();
        for ((device, param), held) in std::mem::take(&mut self.hands.released) {
            plugins.entry(device).or_default().insert(param, held);
        }
        for (device, released) in plugins {
            self.keep_values(device, &released);
        }
    }

    fn keep_values(&mut self, device: EntityId, released: &BTreeMap<ParamId, Held>) {
        let plugins = self.published.params();
        let Some(plugin) = plugins.0.get(&device) else { return };
        let (mut before, mut now, mut names) = (Values::new(), Values::new(), Vec::new());
        for known in plugin.params.iter().filter(|known| known.automatable) {
            let Some(held) = released.get(&known.id) else { continue };
            let Some(value) = held.now.filter(|value| value.is_finite()) else { continue };
            before.extend(held.before.map(|before| (known.id, before)));
            now.insert(known.id, value);
            names.push(&known.name);
            self.hands.own.remove(&(device, known.id));
        }
        let name = match names.as_slice() {
            [] => return,
            [name] => format!("Set {name}"),
            names => format!("Set {} parameters", names.len()),
        };
        self.know_before(device, &before);
        self.engine.moved_by_itself(node_of(device), &now);
        let result = self.commit(name, USER, vec![set_params(device, &now)]);
        if result.is_err() {
            self.answer(result, None);
        }
    }

    /// Takes note of the values of plugins that the project does not know before edits give them others: undo goes back to
    /// them.
    pub fn know_values_before(&mut self, edits: &[Edit]) {
        let mut plugins: BTreeMap<EntityId, Values> = BTreeMap::new();
        for edit in edits {
            let Edit::Numbers { id, field, changes } = edit else { continue };
            if field != "params" {
                continue;
            }
            for param in changes.keys().filter_map(|key| key.parse().ok()).map(ParamId) {
                if let Some(before) = self.value_before((*id, param)) {
                    plugins.entry(*id).or_default().insert(param, before);
                }
                self.hands.own.remove(&(*id, param));
            }
        }
        for (device, before) in plugins {
            self.know_before(device, &before);
        }
    }

    fn know_before(&mut self, device: EntityId, before: &Values) {
        let project = self.pulse.project();
        let Some(known) = project.device(device.into()) else { return };
        let is_news = |param: &ParamId, value: f64| {
            let key = param.0.to_string();
            match known.params().get(&key) {
                Some(kept) => differs(value, *kept) && !is_moved(&project, device, &key),
                None => value.is_finite(),
            }
        };
        let news: Values =
            before.iter().filter(|(param, value)| is_news(param, **value)).map(|(&p, &v)| (p, v)).collect();
        if !news.is_empty() && matches!(known.source(), DeviceSource::Plugin(_)) {
            self.engine.moved_by_itself(node_of(device), &news);
            // A device that does not take it does not take what comes next, either, and that is told.
            let _ = self.pulse.gather(&[set_params(device, &news)]);
        }
    }

    /// What a parameter has, where the project does not know.
    fn value_before(&self, key: (EntityId, ParamId)) -> Option<f64> {
        let project = self.pulse.project();
        let device = project.device(key.0.into())?;
        let is_unknown = !device.params().contains_key(&key.1.0.to_string());
        let own = self.hands.own.get(&key).copied();
        own.or_else(|| self.shown_value(key).filter(|_| is_unknown))
    }

    fn shown_value(&self, (device, param): (EntityId, ParamId)) -> Option<f64> {
        self.published.params().0.get(&device)?.values.get(&param).map(|(value, _)| *value)
    }

    /// What the project says about plugins among what was touched is news. Those that do not run hear of it here.
    /// What these did by themselves stands until the project says otherwise.
    pub fn values_changed(&mut self, project: &Project, touched: &[EntityId]) {
        let before = self.published.project();
        for device in touched.iter().filter_map(|&id| project.device(id.into())) {
            if !matches!(device.source(), DeviceSource::Plugin(_)) {
                continue;
            }
            let before = before.device(device.id()).map(|device| device.params());
            for (name, value) in device.params() {
                let Ok(param) = name.parse().map(ParamId) else { continue };
                let key = (device.id().0, param);
                if before.and_then(|before| before.get(name)) != Some(value) {
                    self.hands.own.remove(&key);
                }
                if self.hands.own.contains_key(&key) || self.shown_value(key) == Some(*value) {
                    continue;
                }
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
        self.hands.own.retain(|(of, _), _| *of != device);
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

fn set_params(device: EntityId, values: &Values) -> Edit {
    let changes = values.iter().map(|(param, value)| (param.0.to_string(), Some(*value)));
    Edit::Numbers { id: device, field: "params".to_owned(), changes: changes.collect() }
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
