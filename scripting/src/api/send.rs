//! A send.

use std::rc::Rc;

use mlua::{UserData, UserDataFields, UserDataMethods};
use model::{SendId, edit};

use super::track::TrackObject;
use super::{Shared, field, gone, identity};

/// A send.
pub(super) struct SendObject {
    pub(super) session: Shared,
    pub(super) id: SendId,
}

impl UserData for SendObject {
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        fields.add_field_method_get("id", |_, this| Ok(this.id.to_string()));
        field!(fields, "level_db", send, |s| s.level_db(), |id, db: f64| edit::send::set_level_db(id, db));
        field!(fields, "pre_fader", send, |s| s.pre_fader(), |id, on: bool| edit::send::set_pre_fader(
            id, on
        ));
        field!(fields, "enabled", send, |s| s.enabled(), |id, on: bool| edit::send::set_enabled(id, on));
        fields.add_field_method_get("target", |lua, this| {
            let project = this.session.project();
            let send = project.send(this.id).ok_or_else(|| gone(lua, "send"))?;
            Ok(TrackObject { session: Rc::clone(&this.session), id: send.target() })
        });
    }

    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        identity!(methods, "send");
    }
}
