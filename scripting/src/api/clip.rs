//! A clip.

use mlua::{Table, UserData, UserDataFields, UserDataMethods};
use model::{ClipId, edit};

use super::convert::{beats, note, note_table};
use super::{Shared, field, gone, identity, write};

/// A clip.
pub(super) struct ClipObject {
    pub(super) session: Shared,
    pub(super) id: ClipId,
}

macro_rules! beats_field {
    ($fields:ident, $name:literal, |$c:ident| $get:expr, $set:path) => {
        field!($fields, $name, clip, |$c| $get.to_beats());
        $fields.add_field_method_set($name, |lua, this, value: f64| {
            write(lua, &this.session, $set(this.id, beats(lua, value)?))
        });
    };
}

impl UserData for ClipObject {
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        fields.add_field_method_get("id", |_, this| Ok(this.id.to_string()));
        field!(fields, "name", clip, |c| c.name().to_owned(), |id, name: String| edit::clip::set_name(
            id, &name
        ));
        field!(fields, "kind", clip, |c| c.kind().word());
        field!(fields, "color", clip, |c| c.color(), |id, color: Option<u32>| edit::clip::set_color(
            id, color
        ));
        beats_field!(fields, "start", |c| c.start(), edit::clip::set_start);
        beats_field!(fields, "length", |c| c.length(), edit::clip::set_length);
        beats_field!(fields, "offset", |c| c.offset(), edit::clip::set_offset);
        field!(fields, "loop_length", clip, |c| c.loop_length().map(protocol::Beats::to_beats));
        fields.add_field_method_set("loop_length", |lua, this, value: Option<f64>| {
            let period = value.map(|value| beats(lua, value)).transpose()?;
            write(lua, &this.session, edit::clip::set_loop_length(this.id, period))
        });
        field!(fields, "muted", clip, |c| c.muted(), |id, on: bool| edit::clip::set_muted(id, on));
        field!(fields, "gain_db", clip, |c| c.gain_db(), |id, db: f64| edit::clip::set_gain_db(id, db));
        field!(fields, "fade_in", clip, |c| c.fade_in_secs(), |id, s: f64| edit::clip::set_fade_in_secs(
            id, s
        ));
        field!(fields, "fade_out", clip, |c| c.fade_out_secs(), |id, s: f64| edit::clip::set_fade_out_secs(
            id, s
        ));
        field!(fields, "note_count", clip, |c| c.note_count());
    }

    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        identity!(methods, "clip");
        methods.add_method("get_notes", |lua, this, ()| {
            let project = this.session.project();
            let clip = project.clip(this.id).ok_or_else(|| gone(lua, "clip"))?;
            let mut notes: Vec<_> = clip.notes().collect();
            notes.sort_by_key(|(id, note)| (note.start, note.key, *id));
            let list = lua.create_table_with_capacity(notes.len(), 0)?;
            for (id, note) in notes {
                list.raw_push(note_table(lua, id, &note)?)?;
            }
            Ok(list)
        });
        // Notes that keep their `id` keep their identity; the others are new; those that are missing are removed.
        methods.add_method("set_notes", |lua, this, notes: Table| {
            let project = this.session.project();
            let clip = project.clip(this.id).ok_or_else(|| gone(lua, "clip"))?;
            let mut changes: std::collections::BTreeMap<u64, Option<protocol::Note>> =
                clip.notes().map(|(id, _)| (id, None)).collect();
            let mut free = clip.free_key();
            for table in notes.sequence_values::<Table>() {
                let table = table?;
                let id = match table.get::<Option<u64>>("id")? {
                    Some(id) if matches!(changes.get(&id), Some(None)) => id,
                    _ => {
                        free += 1;
                        free - 1
                    }
                };
                changes.insert(id, Some(note(lua, &table)?));
            }
            write(lua, &this.session, edit::clip::change_notes(this.id, changes))
        });
        methods.add_method("add_note", |lua, this, table: Table| {
            let project = this.session.project();
            let clip = project.clip(this.id).ok_or_else(|| gone(lua, "clip"))?;
            let id = clip.free_key();
            write(lua, &this.session, edit::clip::set_note(this.id, id, note(lua, &table)?))?;
            Ok(id)
        });
        methods.add_method("remove_note", |lua, this, id: u64| {
            write(lua, &this.session, edit::clip::remove_note(this.id, id))
        });
    }
}
