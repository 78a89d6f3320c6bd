//! A device.

use std::rc::Rc;

use mlua::{UserData, UserDataFields, UserDataMethods, Value};
use model::{DeviceId, DeviceSource, LaneId, edit};

use super::lane::LaneObject;
use super::param::ParamObject;
use super::{Shared, field, gone, identity, misuse, write};

/// A device.
pub(super) struct DeviceObject {
    pub(super) session: Shared,
    pub(super) id: DeviceId,
}

impl UserData for DeviceObject {
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        fields.add_field_method_get("id", |_, this| Ok(this.id.to_string()));
        field!(fields, "name", device, |d| d.name().to_owned(), |id, name: String| edit::device::set_name(
            id, &name
        ));
        field!(fields, "plugin", device, |d| match d.source() {
            DeviceSource::Builtin(kind) => kind.key().to_owned(),
            DeviceSource::Plugin(plugin) => plugin.id,
            DeviceSource::Unknown(key) => key,
        });
        field!(fields, "is_plugin", device, |d| matches!(d.source(), DeviceSource::Plugin(_)));
        field!(fields, "bypassed", device, |d| d.bypassed(), |id, on: bool| edit::device::set_bypassed(
            id, on
        ));
        field!(fields, "order", device, |d| d.order(), |id, order: f64| edit::device::set_order(id, order));
        // A built-in device lists all its parameters; a plugin those that the project sets.
        fields.add_field_method_get("parameters", |lua, this| {
            let project = this.session.project();
            let device = project.device(this.id).ok_or_else(|| gone(lua, "device"))?;
            let keys: Vec<String> = match device.source() {
                DeviceSource::Builtin(kind) => {
                    kind.params().iter().map(|param| param.key.to_owned()).collect()
                }
                _ => device.params().keys().cloned().collect(),
            };
            let object = |key| ParamObject { session: Rc::clone(&this.session), id: this.id, key };
            lua.create_sequence_from(keys.into_iter().map(object))
        });
    }

    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        identity!(methods, "device");
        methods.add_method("parameter", |lua, this, key: String| {
            let object = ParamObject { session: Rc::clone(&this.session), id: this.id, key };
            if object.exists() {
                Ok(object)
            } else {
                Err(misuse(lua, format!("there is no parameter '{}'", object.key)))
            }
        });
        methods.add_method("get", |lua, this, key: String| {
            let project = this.session.project();
            let device = project.device(this.id).ok_or_else(|| gone(lua, "device"))?;
            Ok(device.param(&key))
        });
        methods.add_method("set", |lua, this, (key, value): (String, f64)| {
            write(lua, &this.session, edit::device::set_param(this.id, &key, value))
        });
        methods.add_method("automate", |lua, this, (param, points): (String, Value)| {
            let id = LaneId(this.session.new_id());
            write(lua, &this.session, edit::lane::create(id, this.id.0, &param))?;
            let lane = LaneObject { session: Rc::clone(&this.session), id };
            lane.set_points(lua, &points)?;
            Ok(lane)
        });
    }
}
