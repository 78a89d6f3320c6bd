//! `loophole.project`.

use mlua::{UserData, UserDataFields, UserDataMethods};
use model::{MarkerId, SignatureId, TempoId, edit};
use protocol::Beats;

use super::convert::beats;
use super::{Shared, write};

/// The project as a whole.
pub(super) struct ProjectObject(pub(super) Shared);

macro_rules! root {
    ($fields:ident, $name:literal, |$root:ident| $get:expr, |$lua:ident, $id:ident, $value:ident: $ty:ty| $set:expr) => {
        $fields.add_field_method_get($name, |_, this| {
            let project = this.0.project();
            let $root = project.root();
            Ok($get)
        });
        $fields.add_field_method_set($name, |$lua, this, $value: $ty| {
            let $id = this.0.project().root().id();
            write($lua, &this.0, $set)
        });
    };
}

impl UserData for ProjectObject {
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        root!(fields, "name", |r| r.name().to_owned(), |lua, id, name: String| edit::root::set_name(
            id, &name
        ));
        root!(fields, "artist", |r| r.artist().to_owned(), |lua, id, artist: String| {
            edit::root::set_artist(id, &artist)
        });
        root!(fields, "notes", |r| r.notes().to_owned(), |lua, id, notes: String| edit::root::set_notes(
            id, &notes
        ));
        root!(fields, "loop_on", |r| r.loop_on(), |lua, id, on: bool| edit::root::set_loop_on(id, on));
        root!(fields, "loop_start", |r| r.loop_start().to_beats(), |lua, id, at: f64| {
            edit::root::set_loop_start(id, beats(lua, at)?)
        });
        root!(fields, "loop_end", |r| r.loop_end().to_beats(), |lua, id, at: f64| {
            edit::root::set_loop_end(id, beats(lua, at)?)
        });
        fields.add_field_method_get("tempo", |_, this| Ok(this.0.project().tempo_map().bpm_at(Beats::ZERO)));
        fields.add_field_method_set("tempo", |lua, this, bpm: f64| {
            let first = this.0.project().tempos().next().map(|tempo| tempo.id());
            let edit = match first {
                Some(id) => edit::timeline::set_bpm(id, bpm),
                None => edit::timeline::create_tempo(TempoId(this.0.new_id()), Beats::ZERO, bpm),
            };
            write(lua, &this.0, edit)
        });
        fields.add_field_method_get("length", |_, this| Ok(this.0.project().end().to_beats()));
        fields.add_field_method_get("revision", |_, this| Ok(this.0.project().revision()));
    }

    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method("signature", |_, this, ()| {
            let first = this.0.project().signature_points().first().copied();
            Ok(first.map_or((4, 4), |first| (first.numerator, first.denominator)))
        });
        methods.add_method("set_signature", |lua, this, (numerator, denominator): (u8, u8)| {
            let first = this.0.project().signatures().next().map(|signature| signature.id());
            let Some(id) = first else {
                let id = SignatureId(this.0.new_id());
                let edit = edit::timeline::create_signature(id, Beats::ZERO, numerator, denominator);
                return write(lua, &this.0, edit);
            };
            write(lua, &this.0, edit::timeline::set_numerator(id, numerator))?;
            write(lua, &this.0, edit::timeline::set_denominator(id, denominator))
        });
        methods.add_method("markers", |lua, this, ()| {
            let list = lua.create_table()?;
            for marker in this.0.project().markers() {
                let entry = lua.create_table()?;
                entry.raw_set("at", marker.at().to_beats())?;
                entry.raw_set("name", marker.name())?;
                list.raw_push(entry)?;
            }
            Ok(list)
        });
        methods.add_method("add_marker", |lua, this, (at, name): (f64, String)| {
            let id = MarkerId(this.0.new_id());
            write(lua, &this.0, edit::timeline::create_marker(id, beats(lua, at)?, &name))
        });
    }
}
