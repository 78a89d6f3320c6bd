//! Windows and parameters of nested plugins.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use editor::PluginPorts;
use host::engine::Polled;
use host::nested::offers::MenuAction;
use host::nested::{BusInfo, PluginRequest, TrackContext, TrackPurpose, WindowOptions, WindowParent};
use model::{DeviceId, DeviceSource, Project, TrackKind, edit};
use protocol::control::LogLevel;
use protocol::plugin::{MenuItem, PageTurn};
use protocol::{EntityId, NodeId, NodeRole, ParamId};

use super::control::{Control, USER};
use super::error::CommandError;
use super::published::{CachedPlugin, PluginCache};
use super::request::Reply;

pub(super) fn node_of(device: EntityId) -> NodeId {
    NodeId { entity: device, role: NodeRole::Device }
}

/// Whether a device is a nested plugin that runs: those of frozen tracks do not.
fn is_loaded(device: &model::Device<'_>) -> bool {
    matches!(device.source(), DeviceSource::Plugin(_)) && !device.is_frozen()
}

impl Control {
    pub fn open_window(&mut self, device: EntityId) -> Result<Reply, CommandError> {
        let project = self.pulse.project();
        let options = WindowOptions {
            parent: WindowParent::Desktop,
            title: format!("{} - Loophole", project.name_of(device)),
            scale: host::nested::display_scale(),
        };
        self.engine.open_window(node_of(device), &options).map_err(CommandError::Window)?;
        self.status.open_windows.insert(device);
        self.publish_status();
        Ok(Reply::Done)
    }

    pub fn close_window(&mut self, device: EntityId) -> Result<Reply, CommandError> {
        self.engine.close_window(node_of(device));
        self.status.open_windows.remove(&device);
        self.publish_status();
        Ok(Reply::Done)
    }

    /// Tells plugins which track they are on. Those that know it already do not hear of it.
    pub fn tell_tracks(&mut self, project: &Project, devices: impl Iterator<Item = DeviceId>) {
        for device in devices.filter_map(|id| project.device(id)).filter(is_loaded) {
            let (node, track) = (node_of(device.id().0), device.track());
            let Some(plugin) = self.engine.plugin(node) else { continue };
            let master = project.master();
            let Some(track) = project.track(track).or((master.id() == track).then_some(master)) else {
                continue;
            };
            plugin.set_track(TrackContext {
                name: track.name().into(),
                color: track.color(),
                purpose: match track.kind() {
                    TrackKind::Audio | TrackKind::Instrument => TrackPurpose::Track,
                    TrackKind::Bus => TrackPurpose::Bus,
                    TrackKind::Master => TrackPurpose::Master,
                },
            });
        }
    }

    /// Asks a plugin for its own menu, and shows it.
    pub fn list_menu(&mut self, device: EntityId, param: Option<ParamId>) -> Result<Reply, CommandError> {
        let plugin = self.engine.plugin(node_of(device)).ok_or(CommandError::NoPlugin(device))?;
        let menu = plugin.menu(param);
        self.change_menus(device, |menus| {
            menus.insert(param, menu.into());
        });
        Ok(Reply::Done)
    }

    /// Has a plugin do what its menu says. What that menu says then is not known.
    pub fn choose_from_menu(
        &mut self,
        device: EntityId,
        param: Option<ParamId>,
        line: u32,
    ) -> Result<Reply, CommandError> {
        let plugin = self.engine.plugin(node_of(device)).ok_or(CommandError::NoPlugin(device))?;
        let chosen = plugin.choose(param, line);
        self.change_menus(device, BTreeMap::clear);
        chosen.map_err(CommandError::Menu)?;
        Ok(Reply::Done)
    }

    fn change_menus(
        &mut self,
        device: EntityId,
        change: impl FnOnce(&mut BTreeMap<Option<ParamId>, Arc<[MenuItem]>>),
    ) {
        let mut cache = PluginCache::clone(&self.published.params());
        if let Some(known) = cache.0.get_mut(&device) {
            change(&mut known.menus);
            self.published.set_params(cache);
            self.published.notify();
        }
    }

    /// Sets a parameter to what somebody typed, as its plugin reads it.
    pub fn type_param(
        &mut self,
        device: EntityId,
        param: ParamId,
        text: &str,
    ) -> Result<Reply, CommandError> {
        let node = node_of(device);
        let known = self.engine.plugin_params(node).into_iter().find(|known| known.id == param);
        let plugin = self.engine.plugin(node).ok_or(CommandError::NoPlugin(device))?;
        let value = plugin.parse_param(param, text.trim());
        let (Some(known), Some(value)) = (known, value.filter(|value| value.is_finite())) else {
            return Err(CommandError::NoValue { text: text.into() });
        };
        let value = value.clamp(known.min, known.max);
        let edit = edit::device::set_param(DeviceId(device), &param.0.to_string(), value);
        self.commit(format!("Set {}", known.name), USER, vec![edit])
    }

    /// Acts on what plugins want that the engine does not settle by itself.
    pub fn plugin_news(&mut self, report: Polled) {
        let (mut refresh, mut changed) = (false, BTreeSet::new());
        for (node, request) in report.requests {
            match request {
                PluginRequest::WindowClosed => {
                    self.status.open_windows.remove(&node.entity);
                    self.publish_status();
                }
                PluginRequest::Log { level, text } => {
                    let project = self.published.project();
                    self.published.log(level, project.name_of(node.entity), &text);
                    self.published.notify();
                }
                PluginRequest::ParamMoved { param, value, gesture } => {
                    self.moved_by_plugin(node, param, value, gesture);
                }
                PluginRequest::ValuesChanged => {
                    refresh = true;
                    changed.insert(node.entity);
                }
                PluginRequest::PortsChanged => {
                    refresh = true;
                    self.tell_again(node.entity);
                }
                PluginRequest::ParamsChanged
                | PluginRequest::LayoutsChanged
                | PluginRequest::PagesChanged
                | PluginRequest::VoicesChanged
                | PluginRequest::NoteNamesChanged => refresh = true,
                PluginRequest::PresetLoaded => {
                    refresh = true;
                    changed.insert(node.entity);
                    self.status.dirty = true;
                    self.publish_status();
                }
                PluginRequest::PresetFailed { reason } => {
                    let project = self.published.project();
                    let text = format!("a preset could not be loaded: {reason}");
                    self.published.log(LogLevel::Error, project.name_of(node.entity), &text);
                    self.published.notify();
                }
                PluginRequest::ShowPage(page) => self.turn_page(node.entity, page),
                PluginRequest::Menu(action) => self.chosen(node, action),
                PluginRequest::StateDirty => {
                    self.status.dirty = true;
                    self.publish_status();
                }
                _ => {}
            }
        }
        self.keep_released();
        let project = self.pulse.project();
        self.report(&project, &report.warnings);
        self.latency_changed();
        changed.into_iter().for_each(|device| self.adopt_values(device));
        if refresh {
            self.refresh_plugins(&self.pulse.project());
        }
    }

    /// A plugin wants a page of its knobs to be seen.
    fn turn_page(&mut self, device: EntityId, page: u32) {
        let mut cache = PluginCache::clone(&self.published.params());
        if let Some(known) = cache.0.get_mut(&device) {
            let count = known.suggested.map_or(0, |turn| turn.count) + 1;
            known.suggested = Some(PageTurn { page, count });
            self.published.set_params(cache);
            self.published.notify();
        }
    }

    /// Does what a person chose from our lines in a plugin's own menu.
    fn chosen(&mut self, node: NodeId, action: MenuAction) {
        let result = match action {
            MenuAction::Reset(param) => self.reset_param(node, param),
            MenuAction::AssignMacro(param) => self.assign_macro(node, param),
        };
        if let Some(result) = result {
            self.answer(result, None);
        }
    }

    /// A parameter of a plugin goes back to its default.
    fn reset_param(&mut self, node: NodeId, param: ParamId) -> Option<Result<Reply, CommandError>> {
        let known = self.engine.plugin_params(node).into_iter().find(|known| known.id == param)?;
        let edit = edit::device::set_param(DeviceId(node.entity), &param.0.to_string(), known.default);
        Some(self.commit(format!("Reset {}", known.name), USER, vec![edit]))
    }

    /// Whether the plugins whose parameters are known are those of the project.
    pub fn knows_plugins(&self, project: &Project) -> bool {
        let mut there: Vec<_> = project.devices().filter(is_loaded).map(|device| device.id().0).collect();
        there.sort();
        self.published.params().0.keys().eq(there.iter())
    }

    /// Reads the parameters of all nested plugins anew.
    pub fn refresh_plugins(&mut self, project: &Project) {
        let known = self.published.params();
        let mut plugins = BTreeMap::new();
        for device in project.devices().filter(is_loaded) {
            let node = node_of(device.id().0);
            let params: Arc<[_]> = self.engine.plugin_params(node).into();
            let mut values = BTreeMap::new();
            for param in params.iter() {
                if let Some(value) = self.engine.plugin(node).and_then(|plugin| plugin.param_value(param.id))
                {
                    let text = self.engine.plugin_param_text(node, param.id, value);
                    values.insert(param.id, (value, text));
                }
            }
            let names = |buses: Vec<BusInfo>| buses.iter().map(|bus| bus.name.as_str().into()).collect();
            let ports = self.engine.plugin(node).map(|plugin| {
                let (inputs, outputs) = plugin.buses();
                let layouts = plugin.layouts().into();
                PluginPorts { inputs: names(inputs), outputs: names(outputs), layouts }
            });
            let (pages, note_names, voices) = match self.engine.plugin(node) {
                Some(plugin) => (plugin.pages().into(), plugin.note_names().into(), plugin.voices()),
                None => (Arc::default(), Arc::default(), None),
            };
            let before = known.0.get(&device.id().0);
            let presets = before.and_then(|known| known.presets.clone());
            let suggested = before.and_then(|known| known.suggested);
            plugins.insert(
                device.id().0,
                CachedPlugin {
                    ports: ports.unwrap_or_default(),
                    params,
                    values: values.into(),
                    pages,
                    suggested,
                    voices,
                    note_names,
                    menus: BTreeMap::new(),
                    presets,
                },
            );
        }
        if !(plugins.is_empty() && known.0.is_empty()) {
            self.published.set_params(PluginCache(plugins));
        }
        let open: BTreeSet<_> = project.devices().filter(is_loaded).map(|device| device.id().0).collect();
        self.status.open_windows.retain(|device| open.contains(device));
    }
}
