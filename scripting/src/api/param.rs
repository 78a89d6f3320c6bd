//! A parameter of a device.

use mlua::{Lua, MetaMethod, UserData, UserDataFields, UserDataMethods};
use model::{DeviceId, DeviceSource, edit};
use protocol::ParamDescriptor;

use super::{Shared, gone, misuse, write};

/// A parameter. Of a plugin's parameters the project knows only the key and the value.
pub(super) struct ParamObject {
    pub(super) session: Shared,
    pub(super) id: DeviceId,
    pub(super) key: String,
}

impl ParamObject {
    fn descriptor(&self) -> Option<&'static ParamDescriptor> {
        let project = self.session.project();
        match project.device(self.id)?.source() {
            DeviceSource::Builtin(kind) => kind.param(&self.key),
            _ => None,
        }
    }

    /// Whether the device has it, or may have it.
    pub(super) fn exists(&self) -> bool {
        let project = self.session.project();
        match project.device(self.id).map(|device| device.source()) {
            Some(DeviceSource::Builtin(kind)) => kind.param(&self.key).is_some(),
            Some(_) => self.key.parse::<u32>().is_ok(),
            None => false,
        }
    }

    fn value(&self, lua: &Lua) -> mlua::Result<Option<f64>> {
        let project = self.session.project();
        let device = project.device(self.id).ok_or_else(|| gone(lua, "device"))?;
        Ok(device.param(&self.key))
    }

    fn described(&self, lua: &Lua) -> mlua::Result<&'static ParamDescriptor> {
        self.descriptor().ok_or_else(|| {
            misuse(lua, format!("parameter '{}' belongs to a plugin, which is not asked here", self.key))
        })
    }
}

impl UserData for ParamObject {
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        fields.add_field_method_get("key", |_, this| Ok(this.key.clone()));
        fields.add_field_method_get("name", |_, this| {
            Ok(this.descriptor().map_or_else(|| this.key.clone(), |param| param.name.to_owned()))
        });
        fields.add_field_method_get("value", |lua, this| this.value(lua));
        fields.add_field_method_set("value", |lua, this, value: f64| {
            write(lua, &this.session, edit::device::set_param(this.id, &this.key, value))
        });
        fields.add_field_method_get("normalized", |lua, this| {
            let param = this.described(lua)?;
            Ok(param.normalize(this.value(lua)?.unwrap_or(param.default)))
        });
        fields.add_field_method_set("normalized", |lua, this, norm: f64| {
            let value = this.described(lua)?.denormalize(norm);
            write(lua, &this.session, edit::device::set_param(this.id, &this.key, value))
        });
        fields.add_field_method_get("text", |lua, this| {
            let param = this.described(lua)?;
            Ok(param.text(this.value(lua)?.unwrap_or(param.default)))
        });
        fields.add_field_method_set("text", |lua, this, text: String| {
            let param = this.described(lua)?;
            let value = param
                .parse(&text)
                .ok_or_else(|| misuse(lua, format!("'{text}' is no value of '{}'", this.key)))?;
            write(lua, &this.session, edit::device::set_param(this.id, &this.key, value))
        });
        fields.add_field_method_get("min", |lua, this| Ok(this.described(lua)?.min));
        fields.add_field_method_get("max", |lua, this| Ok(this.described(lua)?.max));
        fields.add_field_method_get("default", |lua, this| Ok(this.described(lua)?.default));
        fields.add_field_method_get("stepped", |lua, this| Ok(this.described(lua)?.is_stepped()));
    }

    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_meta_method(MetaMethod::ToString, |_, this, ()| Ok(format!("parameter '{}'", this.key)));
    }
}
