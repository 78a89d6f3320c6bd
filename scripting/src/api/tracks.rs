//! `loophole.tracks`: the list of tracks.

use std::rc::Rc;

use mlua::{Lua, MetaMethod, Table, UserData, UserDataFields, UserDataMethods, Value};
use model::{TrackId, TrackKind, edit};

use super::track::TrackObject;
use super::{Shared, misuse, write};

/// All tracks but the master, in order; indexes count from 1.
pub(super) struct TracksObject(pub(super) Shared);

impl TracksObject {
    fn at(&self, index: usize) -> Option<TrackObject> {
        let project = self.0.project();
        let id = project.tracks().nth(index.checked_sub(1)?)?.id();
        Some(TrackObject { session: Rc::clone(&self.0), id })
    }
}

fn kind(lua: &Lua, word: &str) -> mlua::Result<TrackKind> {
    match word {
        "audio" => Ok(TrackKind::Audio),
        "instrument" => Ok(TrackKind::Instrument),
        "bus" => Ok(TrackKind::Bus),
        other => Err(misuse(lua, format!("there is no kind of track '{other}' (audio, instrument, bus)"))),
    }
}

impl UserData for TracksObject {
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        fields.add_field_method_get("master", |_, this| {
            Ok(TrackObject { session: Rc::clone(&this.0), id: this.0.project().master().id() })
        });
    }

    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_meta_method(MetaMethod::Len, |_, this, ()| Ok(this.0.project().tracks().count()));
        methods.add_meta_method(MetaMethod::Index, |lua, this, key: Value| match key {
            Value::Integer(index) => Ok(usize::try_from(index).ok().and_then(|index| this.at(index))),
            other => Err(misuse(lua, format!("tracks have no '{}'", other.to_string()?))),
        });
        methods.add_method("find", |_, this, name: String| {
            let project = this.0.project();
            let id = project.tracks().find(|track| track.name() == name).map(|track| track.id());
            Ok(match id {
                Some(id) => (Some(TrackObject { session: Rc::clone(&this.0), id }), None),
                None => (None, Some(format!("there is no track '{name}'"))),
            })
        });
        methods.add_method("add", |lua, this, options: Table| {
            let kind =
                kind(lua, &options.get::<Option<String>>("kind")?.unwrap_or_else(|| "instrument".into()))?;
            let name: Option<String> = options.get("name")?;
            let project = this.0.project();
            let last = project.tracks().map(|track| track.order()).fold(0.0, f64::max);
            let id = TrackId(this.0.new_id());
            write(lua, &this.0, edit::track::create(id, kind, name.as_deref().unwrap_or("Track")))?;
            write(lua, &this.0, edit::track::set_order(id, last + 1.0))?;
            if let Some(color) = options.get::<Option<u32>>("color")? {
                write(lua, &this.0, edit::track::set_color(id, color))?;
            }
            Ok(TrackObject { session: Rc::clone(&this.0), id })
        });
    }
}
