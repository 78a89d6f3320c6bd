//! `loophole.macros`: the 128 knobs towards the outer host.

use std::rc::Rc;

use mlua::{Lua, MetaMethod, UserData, UserDataFields, UserDataMethods, Value};
use model::{MacroId, MacroTargetId, edit};
use protocol::EntityId;

use super::device::DeviceObject;
use super::send::SendObject;
use super::track::TrackObject;
use super::{Shared, misuse, write};

/// The macros, by slot from 1 to 128.
pub(super) struct MacrosObject(pub(super) Shared);

/// A macro. It comes to be when it is first written to.
pub(super) struct MacroObject {
    session: Shared,
    /// 0..=127.
    slot: u8,
}

impl MacroObject {
    fn find(&self) -> Option<MacroId> {
        self.session.project().macros().find(|of| of.slot() == self.slot).map(|of| of.id())
    }

    fn find_or_make(&self, lua: &Lua) -> mlua::Result<MacroId> {
        if let Some(id) = self.find() {
            return Ok(id);
        }
        let id = MacroId(self.session.new_id());
        write(lua, &self.session, edit::macros::create(id, self.slot, &format!("Macro {}", self.slot + 1)))?;
        Ok(id)
    }
}

impl UserData for MacrosObject {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_meta_method(MetaMethod::Len, |_, _, ()| Ok(128));
        methods.add_meta_method(MetaMethod::Index, |lua, this, key: Value| match key {
            Value::Integer(slot @ 1..=128) => {
                let slot = u8::try_from(slot - 1).unwrap_or(127);
                Ok(Some(MacroObject { session: Rc::clone(&this.0), slot }))
            }
            Value::Integer(_) => Ok(None),
            other => Err(misuse(lua, format!("macros have no '{}'", other.to_string()?))),
        });
    }
}

impl UserData for MacroObject {
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        fields.add_field_method_get("slot", |_, this| Ok(this.slot + 1));
        fields.add_field_method_get("name", |_, this| {
            let project = this.session.project();
            let name = project.macros().find(|of| of.slot() == this.slot).map(|of| of.name().to_owned());
            Ok(name.unwrap_or_else(|| format!("Macro {}", this.slot + 1)))
        });
        fields.add_field_method_set("name", |lua, this, name: String| {
            let id = this.find_or_make(lua)?;
            write(lua, &this.session, edit::macros::set_name(id, &name))
        });
        fields.add_field_method_get("value", |_, this| {
            let project = this.session.project();
            Ok(project.macros().find(|of| of.slot() == this.slot).map_or(0.0, |of| of.value()))
        });
        fields.add_field_method_set("value", |lua, this, value: f64| {
            let id = this.find_or_make(lua)?;
            write(lua, &this.session, edit::macros::set_value(id, value))
        });
        fields.add_field_method_get("target_count", |_, this| {
            let project = this.session.project();
            Ok(project.macros().find(|of| of.slot() == this.slot).map_or(0, |of| of.targets().count()))
        });
    }

    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method("add_target", |lua, this, (owner, param, min, max): (Value, String, f64, f64)| {
            let owner = owner_of(lua, &owner)?;
            let of = this.find_or_make(lua)?;
            let id = MacroTargetId(this.session.new_id());
            write(lua, &this.session, edit::macros::create_target(id, of, owner, &param, min, max))
        });
        methods.add_method("clear_targets", |lua, this, ()| {
            let project = this.session.project();
            let targets = project.macros().filter(|of| of.slot() == this.slot).flat_map(|of| of.targets());
            for target in targets {
                write(lua, &this.session, edit::any::delete(target.id()))?;
            }
            Ok(())
        });
        methods.add_meta_method(MetaMethod::ToString, |_, this, ()| Ok(format!("macro {}", this.slot + 1)));
    }
}

fn owner_of(lua: &Lua, owner: &Value) -> mlua::Result<EntityId> {
    if let Value::UserData(object) = owner {
        if let Ok(track) = object.borrow::<TrackObject>() {
            return Ok(track.id.0);
        }
        if let Ok(device) = object.borrow::<DeviceObject>() {
            return Ok(device.id.0);
        }
        if let Ok(send) = object.borrow::<SendObject>() {
            return Ok(send.id.0);
        }
    }
    Err(misuse(lua, "a macro moves a parameter of a track, a device or a send"))
}
