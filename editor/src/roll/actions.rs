//! What is done to notes: each one commit.

use std::collections::BTreeSet;

use model::Clip;
use protocol::{Beats, Note};

use super::notes::{NoteDrag, edits_of};
use super::{current, step};
use crate::cx::Cx;
use crate::edits;

/// Velocity of a drawn note.
const VELOCITY: f64 = 0.8;

/// A new note, a step of the grid long.
pub(super) fn draw(cx: &mut Cx<'_, '_>, clip: &Clip<'_>, beats: f64, key: u8) {
    let start = cx.view.roll.snap.below(&cx.view.roll.time, cx.signatures, beats);
    let note = Note { start, length: step(cx, start), key, velocity: VELOCITY, channel: 0 };
    let row = edits::row_key(cx.new_id());
    cx.out.commit("Draw note", edits::change_notes(clip.id().0, vec![(row, Some(note))]));
    cx.view.selection.notes = [row].into();
}

/// Deletes notes.
pub(super) fn delete(cx: &mut Cx<'_, '_>, clip: &Clip<'_>, keys: &BTreeSet<u64>) {
    let changes = clip.notes().filter(|(key, _)| keys.contains(key)).map(|(key, _)| (key, None)).collect();
    cx.out.commit("Delete notes", edits::change_notes(clip.id().0, changes));
    cx.view.selection.notes.clear();
}

/// Turns the drag into an edit.
pub(super) fn finish_drag(cx: &mut Cx<'_, '_>, clip: &Clip<'_>, patience_secs: f64) {
    let Some(mut drag) = cx.view.roll.drag.take() else { return };
    let name = match drag {
        NoteDrag::Move { .. } => "Move notes",
        NoteDrag::Resize { .. } => "Resize notes",
        NoteDrag::Velocity { .. } => "Set velocity",
        NoteDrag::Band { .. } => return,
    };
    let edits = edits_of(&drag, clip, &cx.view.selection.notes);
    if edits.is_empty() {
        return;
    }
    cx.out.commit(name, edits);
    let end = Some((cx.project().revision(), cx.now_secs + patience_secs));
    match &mut drag {
        NoteDrag::Move { released, .. }
        | NoteDrag::Resize { released, .. }
        | NoteDrag::Velocity { released, .. } => {
            *released = end;
        }
        NoteDrag::Band { .. } => return,
    }
    cx.view.roll.drag = Some(drag);
}

/// Moves the selected notes by steps and keys.
pub(crate) fn nudge(cx: &mut Cx<'_, '_>, steps: i64, keys: i64) {
    let Some(clip) = current(cx) else { return };
    let delta = Beats(step(cx, Beats::ZERO).0.saturating_mul(steps));
    let keys = i16::try_from(keys).unwrap_or(0);
    let drag = NoteDrag::Move { grabbed: 0, delta, keys, released: None };
    let edits = edits_of(&drag, &clip, &cx.view.selection.notes);
    cx.out.commit("Move notes", edits);
}

/// Deletes the selected notes.
pub(crate) fn delete_selected(cx: &mut Cx<'_, '_>) {
    let notes = std::mem::take(&mut cx.view.selection.notes);
    if let Some(clip) = current(cx) {
        delete(cx, &clip, &notes);
    }
}

/// Copies the selected notes to right after themselves.
pub(crate) fn duplicate_selected(cx: &mut Cx<'_, '_>) {
    let Some(clip) = current(cx) else { return };
    let notes: Vec<Note> =
        clip.notes().filter(|(key, _)| cx.view.selection.notes.contains(key)).map(|(_, note)| note).collect();
    let (Some(from), Some(to)) =
        (notes.iter().map(|note| note.start).min(), notes.iter().map(|note| note.start + note.length).max())
    else {
        return;
    };
    let copies: Vec<_> = notes
        .into_iter()
        .map(|note| {
            let copy = Note { start: note.start + (to - from), ..note };
            (edits::row_key(cx.new_id()), Some(copy))
        })
        .collect();
    cx.view.selection.notes = copies.iter().map(|(key, _)| *key).collect();
    cx.out.commit("Duplicate notes", edits::change_notes(clip.id().0, copies));
}

/// Selects every note of the clip.
pub(crate) fn select_all(cx: &mut Cx<'_, '_>) {
    if let Some(clip) = current(cx) {
        cx.view.selection.notes = clip.notes().map(|(key, _)| key).collect();
    }
}
