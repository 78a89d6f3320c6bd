//! A track.

use std::rc::Rc;

use mlua::{Table, UserData, UserDataFields, UserDataMethods, UserDataRef, Value};
use model::{ClipId, DeviceId, LaneId, SendId, TrackId, TrackKind, edit};
use protocol::{DeviceKind, PluginFormat, PluginRef};

use super::clip::ClipObject;
use super::convert::beats;
use super::device::DeviceObject;
use super::lane::LaneObject;
use super::send::SendObject;
use super::{Shared, field, gone, identity, misuse, write};

/// A track.
pub(super) struct TrackObject {
    pub(super) session: Shared,
    pub(super) id: TrackId,
}

impl TrackObject {
    fn share(&self) -> Shared {
        Rc::clone(&self.session)
    }
}

impl UserData for TrackObject {
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        fields.add_field_method_get("id", |_, this| Ok(this.id.to_string()));
        field!(fields, "name", track, |t| t.name().to_owned(), |id, name: String| edit::track::set_name(
            id, &name
        ));
        field!(fields, "kind", track, |t| t.kind().word());
        field!(fields, "color", track, |t| t.color(), |id, color: u32| edit::track::set_color(id, color));
        field!(fields, "volume_db", track, |t| t.volume_db(), |id, db: f64| edit::track::set_volume_db(
            id, db
        ));
        field!(fields, "pan", track, |t| t.pan(), |id, pan: f64| edit::track::set_pan(id, pan));
        field!(fields, "mute", track, |t| t.mute(), |id, on: bool| edit::track::set_mute(id, on));
        field!(fields, "solo", track, |t| t.solo(), |id, on: bool| edit::track::set_solo(id, on));
        field!(fields, "armed", track, |t| t.armed(), |id, on: bool| edit::track::set_armed(id, on));
        fields.add_field_method_get("output", |lua, this| {
            let project = this.session.project();
            let track = project.track(this.id).ok_or_else(|| gone(lua, "track"))?;
            Ok(track.output().map(|id| TrackObject { session: this.share(), id }))
        });
        fields.add_field_method_set("output", |lua, this, bus: Option<UserDataRef<TrackObject>>| {
            write(lua, &this.session, edit::track::set_output(this.id, bus.map(|bus| bus.id)))
        });
        fields.add_field_method_get("clips", |lua, this| {
            let project = this.session.project();
            let track = project.track(this.id).ok_or_else(|| gone(lua, "track"))?;
            let clip = |id| ClipObject { session: this.share(), id };
            lua.create_sequence_from(track.clips().map(|view| clip(view.id())))
        });
        fields.add_field_method_get("devices", |lua, this| {
            let project = this.session.project();
            let track = project.track(this.id).ok_or_else(|| gone(lua, "track"))?;
            let device = |id| DeviceObject { session: this.share(), id };
            lua.create_sequence_from(track.devices().map(|view| device(view.id())))
        });
        fields.add_field_method_get("sends", |lua, this| {
            let project = this.session.project();
            let track = project.track(this.id).ok_or_else(|| gone(lua, "track"))?;
            let send = |id| SendObject { session: this.share(), id };
            lua.create_sequence_from(track.sends().map(|view| send(view.id())))
        });
    }

    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        identity!(methods, "track");
        methods.add_method("add_clip", |lua, this, options: Table| {
            let project = this.session.project();
            let track = project.track(this.id).ok_or_else(|| gone(lua, "track"))?;
            if track.kind() == TrackKind::Audio {
                return Err(misuse(lua, "audio tracks take audio clips: import a file"));
            }
            let at = |key: &str, default: f64| -> mlua::Result<_> {
                beats(lua, options.get::<Option<f64>>(key)?.unwrap_or(default))
            };
            let id = ClipId(this.session.new_id());
            let create = edit::clip::create_notes(id, this.id, at("start", 0.0)?, at("length", 4.0)?);
            write(lua, &this.session, create)?;
            if let Some(name) = options.get::<Option<String>>("name")? {
                write(lua, &this.session, edit::clip::set_name(id, &name))?;
            }
            Ok(ClipObject { session: this.share(), id })
        });
        methods.add_method("add_device", |lua, this, plugin: String| {
            let project = this.session.project();
            let track = project.track(this.id).ok_or_else(|| gone(lua, "track"))?;
            let order = track.devices().map(|device| device.order()).fold(-1.0, f64::max) + 1.0;
            let id = DeviceId(this.session.new_id());
            let create = match DeviceKind::from_key(&plugin) {
                Some(kind) => edit::device::create_builtin(id, this.id, kind, order),
                None if plugin.starts_with("loophole.") => {
                    return Err(misuse(lua, format!("there is no built-in device '{plugin}'")));
                }
                None => {
                    let reference = PluginRef { format: PluginFormat::Clap, id: plugin.clone() };
                    edit::device::create_plugin(id, this.id, &reference, &plugin, order)
                }
            };
            write(lua, &this.session, create)?;
            Ok(DeviceObject { session: this.share(), id })
        });
        methods.add_method(
            "add_send",
            |lua, this, (to, level_db): (UserDataRef<TrackObject>, Option<f64>)| {
                let id = SendId(this.session.new_id());
                write(lua, &this.session, edit::send::create(id, this.id, to.id))?;
                write(lua, &this.session, edit::send::set_level_db(id, level_db.unwrap_or(0.0)))?;
                Ok(SendObject { session: this.share(), id })
            },
        );
        methods.add_method("automate", |lua, this, (param, points): (String, Value)| {
            let id = LaneId(this.session.new_id());
            write(lua, &this.session, edit::lane::create(id, this.id.0, &param))?;
            let lane = LaneObject { session: this.share(), id };
            lane.set_points(lua, &points)?;
            Ok(lane)
        });
    }
}
