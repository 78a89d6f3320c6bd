//! What is done to clips: each one commit.

use model::Clip;
use model::ClipKind;
use protocol::{Beats, EntityId};

use super::clips::DragKind;
use super::{Lanes, RowKind, at_least_one};
use crate::cx::Cx;
use crate::edits;
use crate::timeline::bar_around;
use crate::view::Focus;

/// A new clip of one bar, where there is room for notes.
pub(crate) fn create(cx: &mut Cx<'_, '_>, track: EntityId, beats: f64) {
    if !edits::takes_notes(cx.project(), track) {
        return;
    }
    let start = cx.view.arranger.snap.below(&cx.view.arranger.time, cx.signatures, beats);
    let (bar, bar_end) = bar_around(cx.signatures, start);
    let id = cx.new_id();
    cx.out.commit("Create clip", vec![edits::create_notes(id, track, start, bar_end - bar)]);
    cx.view.selection.select_clip(id, track);
    cx.view.roll.show(id);
}

/// Turns the drag into edits; gives whether there were any.
pub(crate) fn finish_drag(cx: &mut Cx<'_, '_>, copy: bool) -> bool {
    let Some(drag) = cx.view.arranger.drag.clone() else { return false };
    if drag.delta == Beats::ZERO && drag.tracks == 0 {
        return false;
    }
    let project = cx.project();
    let mut edits = Vec::new();
    let mut copies = std::collections::BTreeSet::new();
    let tracks: Vec<EntityId> = edits::tracks_in_order(project).map(|track| track.id().into()).collect();
    for id in cx.view.selection.clips.clone() {
        let Some(clip) = project.clip(id.into()) else { continue };
        match drag.kind {
            DragKind::Move => {
                let start = Beats((clip.start() + drag.delta).0.max(0));
                let home = tracks.iter().position(|track| *track == EntityId::from(clip.track()));
                let target = home
                    .and_then(|home| tracks.get(home.checked_add_signed(drag.tracks)?))
                    .copied()
                    .unwrap_or_else(|| clip.track().into());
                if copy {
                    let id = cx.new_id();
                    edits.extend(edits::copy_clip(&clip, id, target, start));
                    copies.insert(id);
                } else {
                    edits.push(edits::set_clip_start(clip.id(), start));
                    if target != EntityId::from(clip.track()) {
                        edits.push(edits::set_clip_track(clip.id(), target));
                    }
                }
            }
            DragKind::End => {
                edits.push(edits::set_clip_length(clip.id(), at_least_one(clip.length() + drag.delta)));
            }
            DragKind::Start => {
                edits.extend(edits::trim_start(project, &clip, start_delta(&clip, drag.delta)))
            }
        }
    }
    let name = match (drag.kind, copy) {
        (DragKind::Move, true) => "Copy clips",
        (DragKind::Move, false) => "Move clips",
        (DragKind::Start | DragKind::End, _) => "Resize clips",
    };
    let any = !edits.is_empty();
    cx.out.commit(name, edits);
    if !copies.is_empty() {
        // The originals stay where they are: nothing to wait for.
        cx.view.arranger.drag = None;
        cx.view.selection.clips = copies;
        return false;
    }
    any
}

/// How far a clip's start can really move: not before zero, not past its end, not before its content.
pub(crate) fn start_delta(clip: &Clip<'_>, delta: Beats) -> Beats {
    let before = match clip.kind() {
        ClipKind::Notes => clip.start().0.min(clip.offset().0),
        ClipKind::Audio => clip.start().0,
    };
    Beats(delta.0.clamp(-before, (clip.length().0 - 1).max(-before)))
}

/// The first start of the selected clips.
pub(crate) fn earliest(cx: &Cx<'_, '_>) -> Beats {
    let project = cx.project();
    let starts = cx.view.selection.clips.iter().filter_map(|id| project.clip((*id).into()));
    starts.map(|clip| clip.start()).min().unwrap_or(Beats::ZERO)
}

/// How many tracks down a drag goes; zero if some clip could not stand there.
pub(crate) fn track_shift(cx: &Cx<'_, '_>, lanes: &Lanes<'_>, from: EntityId, to: EntityId) -> isize {
    let project = cx.project();
    let tracks: Vec<EntityId> =
        lanes.rows.iter().filter(|row| row.kind == RowKind::Track).map(|row| row.track).collect();
    let place = |id: EntityId| tracks.iter().position(|track| *track == id);
    let (Some(home), Some(target)) = (place(from), place(to)) else { return 0 };
    let shift = target.cast_signed() - home.cast_signed();
    let fits = cx.view.selection.clips.iter().filter_map(|id| project.clip((*id).into())).all(|clip| {
        let target = place(clip.track().into())
            .and_then(|home| home.checked_add_signed(shift))
            .and_then(|target| tracks.get(target));
        target.is_some_and(|track| match clip.kind() {
            ClipKind::Notes => edits::takes_notes(project, *track),
            ClipKind::Audio => edits::takes_audio(project, *track),
        })
    });
    if fits { shift } else { 0 }
}

/// Moves the selected clips by a step of the grid.
pub(crate) fn nudge(cx: &mut Cx<'_, '_>, steps: i64) {
    let first = earliest(cx);
    let step = cx.view.arranger.snap.step(&cx.view.arranger.time, cx.signatures, first);
    let delta = Beats(step.0.saturating_mul(steps).max(-first.0));
    let project = cx.project();
    let clips = cx.view.selection.clips.iter().filter_map(|id| project.clip((*id).into()));
    let edits = clips.map(|clip| edits::set_clip_start(clip.id(), clip.start() + delta)).collect();
    if delta != Beats::ZERO {
        cx.out.commit("Move clips", edits);
    }
}

/// Deletes the selected clips.
pub(crate) fn delete_selected(cx: &mut Cx<'_, '_>) {
    let project = cx.project();
    let clips = std::mem::take(&mut cx.view.selection.clips);
    let edits =
        clips.into_iter().filter(|id| project.clip((*id).into()).is_some()).map(edits::delete).collect();
    cx.out.commit("Delete clips", edits);
}

/// Copies the selected clips to right after themselves, and selects the copies.
pub(crate) fn duplicate_selected(cx: &mut Cx<'_, '_>) {
    let project = cx.project();
    let clips: Vec<_> = cx.view.selection.clips.iter().filter_map(|id| project.clip((*id).into())).collect();
    let Some(end) = clips.iter().map(|clip| clip.start() + clip.length()).max() else { return };
    let shift = end - earliest(cx);
    let mut edits = Vec::new();
    let mut copies = std::collections::BTreeSet::new();
    for clip in &clips {
        let id = cx.new_id();
        edits.extend(edits::copy_clip(clip, id, clip.track().into(), clip.start() + shift));
        copies.insert(id);
    }
    cx.out.commit("Duplicate clips", edits);
    cx.view.selection.clips = copies;
}

/// Selects every clip.
pub(crate) fn select_all(cx: &mut Cx<'_, '_>) {
    cx.view.selection.clips = cx.project().clips().map(|clip| clip.id().into()).collect();
    cx.view.selection.focus = Focus::Clips;
}
