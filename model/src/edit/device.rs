//! Edits of devices.

use std::collections::BTreeMap;

use protocol::plugin::LayoutRef;
use protocol::{BlobHash, DeviceKind, Edit, EntityId, PluginRef, Value};

use super::{create as new, lane, reference, setter, text};
use crate::view::{Device, DeviceId, DeviceSource, TrackId, TrackInput};

/// A new built-in device.
#[must_use]
pub fn create_builtin(id: DeviceId, track: TrackId, kind: DeviceKind, order: f64) -> Edit {
    let fields = [
        ("track", Value::Ref(track.0)),
        ("format", text("builtin")),
        ("plugin", text(kind.key())),
        ("name", text(kind.name())),
        ("order", Value::Float(order)),
    ];
    new("devices", id, fields)
}

/// A new nested plugin.
#[must_use]
pub fn create_plugin(id: DeviceId, track: TrackId, plugin: &PluginRef, name: &str, order: f64) -> Edit {
    let fields = [
        ("track", Value::Ref(track.0)),
        ("format", text(plugin.format.key())),
        ("plugin", text(plugin.id.as_str())),
        ("name", text(name)),
        ("order", Value::Float(order)),
    ];
    new("devices", id, fields)
}

/// A copy of a device behind it on its track, with the lanes of its parameters and another content, as only a plugin can
/// copy its own state. Nothing for a device that is not known.
#[must_use]
pub fn copy(
    from: &Device<'_>,
    to: DeviceId,
    blob: Option<BlobHash>,
    new_id: &dyn Fn() -> EntityId,
) -> Vec<Edit> {
    let (track, project) = (from.track(), from.project());
    let devices = project.track(track).into_iter().flat_map(|track| track.devices());
    let next = devices.map(|device| device.order()).filter(|order| *order > from.order());
    let order = f64::midpoint(from.order(), next.fold(from.order() + 2.0, f64::min));
    let mut edits = match from.source() {
        DeviceSource::Builtin(kind) => vec![create_builtin(to, track, kind, order)],
        DeviceSource::Plugin(plugin) => vec![create_plugin(to, track, &plugin, from.name(), order)],
        DeviceSource::Unknown(_) => return Vec::new(),
    };
    edits.extend([
        set_name(to, from.name()),
        set_bypassed(to, from.bypassed()),
        set_blob(to, blob),
        set_layout(to, from.layout().as_ref()),
        set_params(to, from.params().iter().map(|(key, value)| (key.as_str(), Some(*value)))),
        set_sidechain(to, from.sidechain()),
        set_sidechain_input(to, from.sidechain_input()),
    ]);
    edits.extend(from.lanes().flat_map(|lane| lane::copy(&lane, to.0, new_id)));
    edits
}

/// Sets one parameter, plain, by key.
#[must_use]
pub fn set_param(id: DeviceId, key: &str, value: f64) -> Edit {
    set_params(id, [(key, Some(value))])
}

/// Sets or forgets (`None`) several parameters at once.
#[must_use]
pub fn set_params<'k>(id: DeviceId, params: impl IntoIterator<Item = (&'k str, Option<f64>)>) -> Edit {
    let changes: BTreeMap<String, Option<f64>> =
        params.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    Edit::Numbers { id: id.0, field: "params".to_owned(), changes }
}

setter!(
    /// Where it sits.
    set_track, DeviceId, "track", track: TrackId => Value::Ref(track.0)
);
setter!(
    /// Place in the chain, ascending.
    set_order, DeviceId, "order", order: f64 => Value::Float(order)
);
setter!(
    /// What a person calls it.
    set_name, DeviceId, "name", name: &str => text(name)
);
setter!(
    /// Passes its input through.
    set_bypassed, DeviceId, "bypassed", bypassed: bool => Value::Bool(bypassed)
);
setter!(
    /// Its content: a plugin's state, or a SoundFont.
    set_blob, DeviceId, "blob", blob: Option<BlobHash> => blob.map_or(Value::Null, Value::Blob)
);
setter!(
    /// Which of its sets of audio buses a plugin has; `None` for the one it comes with.
    set_layout, DeviceId, "layout", layout: Option<&LayoutRef> => text(layout.map_or("", LayoutRef::as_str))
);
setter!(
    /// The input of the outer host that feeds its sidechain, beside the track.
    set_sidechain_input, DeviceId, "sidechain_input", input: TrackInput => text(input.word())
);
setter!(
    /// The track whose output feeds its sidechain.
    set_sidechain, DeviceId, "sidechain", track: Option<TrackId> => reference(track)
);
