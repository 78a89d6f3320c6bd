//! Parameters of tracks, devices and sends, by owner and key: names, scales, values.

use model::{Device, DeviceSource, Lane};
use protocol::device::strip;
use protocol::plugin::PluginParam;
use protocol::{EntityId, ParamDescriptor, ParamId};

use crate::cx::Cx;
use crate::scale::Scale;

/// A parameter, as a person and a control need it.
pub(crate) struct Described {
    pub name: String,
    /// What it belongs to.
    pub owner: String,
    kind: Kind,
    known: bool,
}

enum Kind {
    Builtin(&'static ParamDescriptor),
    Plugin(PluginParam),
}

impl Described {
    pub fn scale(&self) -> Scale<'_> {
        match &self.kind {
            Kind::Builtin(param) => Scale::Builtin(param),
            Kind::Plugin(param) => Scale::Plugin(param),
        }
    }

    /// Whether anybody knows what it is.
    pub fn is_known(&self) -> bool {
        self.known
    }

    pub fn text(&self, value: f64) -> String {
        self.scale().text(value)
    }
}

/// What a lane moves.
pub(crate) fn describe_lane(cx: &Cx<'_, '_>, lane: &Lane<'_>) -> Described {
    describe(cx, lane.owner(), lane.param())
}

/// A parameter by owner and key. One that is not known, as of a missing plugin, gets a plain scale of 0..=1.
pub(crate) fn describe(cx: &Cx<'_, '_>, owner: EntityId, key: &str) -> Described {
    let project = cx.project();
    let builtin = |params: &'static [ParamDescriptor]| params.iter().find(|param| param.key == key);
    let mut owner_name = project.name_of(owner).to_owned();
    let mut found = None;
    if project.track(owner.into()).is_some() {
        found = builtin(strip::PARAMS).map(Kind::Builtin);
    } else if let Some(send) = project.send(owner.into()) {
        let (from, to) = (project.name_of(send.track()), project.name_of(send.target()));
        owner_name = format!("{from} to {to}");
        found = builtin(strip::SEND_PARAMS).map(Kind::Builtin);
    } else if let Some(device) = project.device(owner.into()) {
        owner_name = format!("{} / {}", project.name_of(device.track()), device_name(&device));
        found = match device.source() {
            DeviceSource::Builtin(kind) => kind.param(key).map(Kind::Builtin),
            DeviceSource::Plugin(_) => plugin_param(cx, owner, key).map(Kind::Plugin),
            DeviceSource::Unknown(_) => None,
        };
    }
    let known = found.is_some();
    let kind = found.unwrap_or_else(|| Kind::Plugin(unknown(key)));
    let name = match &kind {
        Kind::Builtin(param) => param.name.to_owned(),
        Kind::Plugin(param) => param.name.clone(),
    };
    Described { name, owner: owner_name, kind, known }
}

fn plugin_param(cx: &Cx<'_, '_>, device: EntityId, key: &str) -> Option<PluginParam> {
    let id = ParamId(key.parse().ok()?);
    let params = cx.frame.plugin_params.params(device)?;
    params.iter().find(|param| param.id == id).cloned()
}

fn unknown(key: &str) -> PluginParam {
    PluginParam {
        id: ParamId(key.parse().unwrap_or(0)),
        name: format!("Parameter {key}"),
        module: String::new(),
        min: 0.0,
        max: 1.0,
        default: 0.0,
        stepped: false,
        hidden: false,
        automatable: true,
    }
}

/// What a person calls a device.
pub(crate) fn device_name(device: &Device<'_>) -> String {
    if !device.name().is_empty() {
        return device.name().to_owned();
    }
    match device.source() {
        DeviceSource::Builtin(kind) => kind.name().to_owned(),
        DeviceSource::Plugin(plugin) => plugin.id,
        DeviceSource::Unknown(name) => name,
    }
}

/// Parameters of one owner, to choose from.
pub(crate) struct Group {
    pub name: String,
    pub owner: EntityId,
    pub params: Vec<Choice>,
}

/// A parameter to choose.
pub(crate) struct Choice {
    pub key: String,
    pub name: String,
    /// The value in force.
    pub value: f64,
}

/// What can be automated on a track and has no lane yet.
pub(crate) fn automatable(cx: &Cx<'_, '_>, track: EntityId) -> Vec<Group> {
    let project = cx.project();
    let Some(view) = project.track(track.into()) else { return Vec::new() };
    let values = [view.volume_db(), view.pan(), f64::from(u8::from(view.mute()))];
    let strip = strip::PARAMS.iter().zip(values);
    let mut groups = vec![Group {
        name: "Mixer".into(),
        owner: track,
        params: strip
            .map(|(param, value)| Choice { key: param.key.into(), name: param.name.into(), value })
            .collect(),
    }];
    for device in view.devices() {
        let owner = device.id().0;
        groups.push(Group { name: device_name(&device), owner, params: choices(cx, &device) });
    }
    for send in view.sends() {
        let choice =
            Choice { key: strip::SEND_PARAMS[0].key.into(), name: "Level".into(), value: send.level_db() };
        let name = super::at_start(&super::send_name(&send));
        groups.push(Group { name, owner: send.id().0, params: vec![choice] });
    }
    for group in &mut groups {
        let taken: Vec<&str> = project.lanes_of(group.owner).map(|lane| lane.param()).collect();
        group.params.retain(|param| !taken.contains(&param.key.as_str()));
    }
    groups.retain(|group| !group.params.is_empty());
    groups
}

fn choices(cx: &Cx<'_, '_>, device: &Device<'_>) -> Vec<Choice> {
    match device.source() {
        DeviceSource::Builtin(kind) => kind
            .params()
            .iter()
            .map(|param| Choice {
                key: param.key.into(),
                name: param.name.into(),
                value: device.param(param.key).unwrap_or(param.default),
            })
            .collect(),
        DeviceSource::Unknown(_) => Vec::new(),
        DeviceSource::Plugin(_) => {
            let params = cx.frame.plugin_params.params(device.id().0);
            let shown = params.iter().flat_map(|params| params.iter());
            shown
                .filter(|param| param.automatable && !param.hidden)
                .map(|param| Choice {
                    key: param.id.0.to_string(),
                    name: param.name.clone(),
                    value: param.default,
                })
                .collect()
        }
    }
}
