//! Clips and their notes.

use std::collections::BTreeMap;

use mlua::Value;
use model::{ClipId, edit};
use protocol::{Note, Row};

use super::entity::{self, DELETE, ID};
use super::{Args, Class, Cx, Object, convert, method, none, one, property, rows};

fn clips(cx: &Cx<'_>) -> Vec<Object> {
    let project = cx.session.project();
    let of_tracks = project.tracks().flat_map(|track| track.clips());
    of_tracks.map(|clip| Object::entity(&CLIP, clip.id())).collect()
}

pub(crate) static CLIPS: Class = Class {
    name: "Clips",
    doc: "All clips, by track and position. `#clips`, `clips[i]` and `ipairs(clips)` work.",
    table: None,
    members: &[method("list", &[], "Clip[]", "The clips as a list.", |cx, _| {
        one(entity::list(cx, clips(cx))?)
    })],
    list: Some(("Clip", |cx| super::each(clips(cx)))),
};

fn id(cx: &Cx<'_>) -> ClipId {
    ClipId(cx.object.id())
}

fn notes(cx: &Cx<'_>) -> BTreeMap<u64, Note> {
    cx.session.project().clip(id(cx)).into_iter().flat_map(|clip| clip.notes()).collect()
}

pub(crate) static CLIP: Class = Class {
    name: "Clip",
    doc: "A stretch of notes or audio on the timeline. Read and write its notes in bulk: one call moves them all.",
    table: Some("clips"),
    members: &[
        ID,
        property("note_count", "integer", "How many notes it has.", |cx| {
            Ok(convert::count(cx.session.project().clip(id(cx)).map_or(0, |clip| clip.note_count())))
        }),
        method(
            "get_notes",
            &[],
            "Note[]",
            "Its notes by start, as copies: change them and hand them to `set_notes`.",
            |cx, _| {
                let rows = notes(cx).into_iter().map(|(key, note)| (key, Row::Note(note))).collect();
                one(rows::notes_to_lua(cx, rows)?)
            },
        ),
        method(
            "set_notes",
            &[("notes", "Note[]")],
            "",
            "Replaces all notes. Those that carry the `id` of `get_notes` stay the same notes.",
            set_notes,
        ),
        method(
            "add_note",
            &[(
                "note",
                "{start: number, key: integer, length: number?, velocity: number?, channel: integer?}",
            )],
            "",
            "Adds one note; length 1, velocity 0.8 and channel 1 unless given.",
            |cx, args| {
                let note = rows::note(&args.table(0)?).map_err(|what| args.error(&what))?;
                let key = cx.session.project().clip(id(cx)).map_or(1, |clip| clip.free_key());
                cx.session.write(cx.lua, vec![edit::clip::set_note(id(cx), key, note)])?;
                none()
            },
        ),
        method("clear_notes", &[], "", "Removes all notes.", |cx, _| {
            let removals: Vec<_> = notes(cx).into_keys().map(|key| (key, None)).collect();
            cx.session.write(cx.lua, vec![edit::clip::change_notes(id(cx), removals)])?;
            none()
        }),
        DELETE,
    ],
    list: None,
};

/// Writes only what differs, so that untouched notes keep their history.
fn set_notes(cx: &Cx<'_>, args: &Args<'_>) -> mlua::Result<mlua::MultiValue> {
    let wanted = rows::notes_from_lua(cx, &Value::Table(args.table(0)?)).map_err(|what| args.error(&what))?;
    let before = notes(cx);
    let mut changes = Vec::new();
    for (key, row) in &wanted {
        if let Row::Note(note) = row
            && before.get(key) != Some(note)
        {
            changes.push((*key, Some(*note)));
        }
    }
    changes.extend(before.keys().filter(|key| !wanted.contains_key(key)).map(|key| (*key, None)));
    if !changes.is_empty() {
        cx.session.write(cx.lua, vec![edit::clip::change_notes(id(cx), changes)])?;
    }
    none()
}
