//! What is done to markers, tempo and time signatures: each one commit.

use protocol::control::TransportCommand;
use protocol::{Beats, Edit, TempoMap, Transition};

use super::{Guide, clear, delete, markers, signatures, tempo};
use crate::cx::Cx;
use crate::edits;
use crate::timeline::bar_around;

/// A direction in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Back,
    On,
}

/// Adds a marker, and selects it.
pub(crate) fn add_marker(cx: &mut Cx<'_, '_>, at: Beats) {
    let id = cx.new_id();
    let name = format!("Marker {}", cx.times.markers.len() + 1);
    cx.out.commit("Add marker", vec![edits::create_marker(id, at, &name)]);
    cx.view.selection.select_guide(Guide::Marker(id));
}

/// Adds a time signature at the start of the bar: the one in force there, to be changed. Selects it.
pub(crate) fn add_signature(cx: &mut Cx<'_, '_>, at: Beats) {
    let (bar, end) = bar_around(cx.signatures, at);
    let at = if at - bar <= end - at { bar } else { end };
    if let Some(known) = cx.times.changes.iter().find(|change| change.point.at == at) {
        cx.view.selection.select_guide(Guide::Signature(known.id));
        return;
    }
    let (id, point) = (cx.new_id(), cx.signatures.bar_at(at).signature);
    let edit = edits::create_signature(id, at, point.numerator, point.denominator);
    cx.out.commit("Add time signature", vec![edit]);
    cx.view.selection.select_guide(Guide::Signature(id));
}

/// Adds a change of tempo, and selects it.
pub(crate) fn add_tempo(cx: &mut Cx<'_, '_>, at: Beats, bpm: f64) {
    if let Some(known) = cx.times.tempos.iter().find(|point| point.at == at) {
        cx.view.selection.select_guide(Guide::Tempo(known.id));
        return;
    }
    let id = cx.new_id();
    cx.out.commit("Add tempo change", vec![edits::create_tempo(id, at, bpm)]);
    cx.view.selection.select_guide(Guide::Tempo(id));
}

/// Moves the playhead, unless a host does.
pub(crate) fn locate(cx: &mut Cx<'_, '_>, to: Beats) {
    if cx.leads() {
        cx.out.transport(TransportCommand::Locate { to });
    }
}

/// Goes to the next or the previous marker, and selects it. Beyond the last there is the end, before the first the
/// start.
pub(crate) fn jump(cx: &mut Cx<'_, '_>, way: Way) {
    let here = cx.playhead();
    let markers = &cx.times.markers;
    let found = match way {
        Way::On => markers.iter().find(|marker| marker.at > here),
        // While it plays the playhead has moved on a little: a second press still goes back.
        Way::Back => {
            let grace = if cx.frame.telemetry.playing { Beats::whole(1) } else { Beats::ZERO };
            markers.iter().rev().find(|marker| marker.at < here - grace)
        }
    };
    match (found, way) {
        (Some(marker), _) => {
            cx.view.selection.select_guide(Guide::Marker(marker.id));
            locate(cx, marker.at);
        }
        (None, Way::Back) => locate(cx, Beats::ZERO),
        (None, Way::On) => {}
    }
}

/// The edits that put something where the hand has let go of it.
pub(super) fn place(cx: &Cx<'_, '_>, guide: Guide, at: Beats, bpm: f64) -> Vec<Edit> {
    let times = cx.times;
    let mut edits = Vec::new();
    match guide {
        Guide::Marker(id) => {
            if times.markers.iter().any(|marker| marker.id == id && marker.at != at) {
                edits.push(edits::set_marker_at(id, at));
            }
        }
        Guide::Signature(id) => {
            if times.changes.iter().any(|change| change.id == id && change.point.at != at) {
                edits.push(edits::set_signature_at(id, at));
                edits.extend(clear(times.changes.iter().map(|change| (change.id, change.point.at)), id, at));
            }
        }
        Guide::Tempo(id) => {
            let Some(point) = times.tempos.iter().find(|point| point.id == id) else { return edits };
            if point.bpm != bpm {
                edits.push(edits::set_bpm(id, bpm));
            }
            if point.at != at {
                edits.push(edits::set_tempo_at(id, at));
                edits.extend(clear(times.tempos.iter().map(|point| (point.id, point.at)), id, at));
            }
        }
    }
    edits
}

/// Deletes what is selected.
pub(crate) fn delete_selected(cx: &mut Cx<'_, '_>) {
    if let Some(guide) = selected(cx) {
        delete(cx, guide);
    }
}

/// What is selected, while it exists.
fn selected(cx: &Cx<'_, '_>) -> Option<Guide> {
    let guide = cx.view.selection.guide?;
    place_of(cx, guide).map(|_| guide)
}

fn place_of(cx: &Cx<'_, '_>, guide: Guide) -> Option<Beats> {
    let times = cx.times;
    match guide {
        Guide::Marker(id) => times.markers.iter().find(|marker| marker.id == id).map(|marker| marker.at),
        Guide::Tempo(id) => times.tempos.iter().find(|point| point.id == id).map(|point| point.at),
        Guide::Signature(id) => {
            times.changes.iter().find(|change| change.id == id).map(|change| change.point.at)
        }
    }
}

/// Lets the name or figure of what is selected be typed.
pub(crate) fn rename_selected(cx: &mut Cx<'_, '_>) {
    let times = cx.times;
    match cx.view.selection.guide {
        Some(Guide::Marker(id)) => {
            if let Some(marker) = times.markers.iter().find(|marker| marker.id == id) {
                markers::rename(cx, *marker);
            }
        }
        Some(Guide::Tempo(id)) => {
            if let Some(point) = times.tempos.iter().find(|point| point.id == id) {
                tempo::retype(cx, *point);
            }
        }
        Some(Guide::Signature(id)) => {
            if let Some(change) = times.changes.iter().find(|change| change.id == id) {
                signatures::retype(cx, *change);
            }
        }
        None => {}
    }
}

/// Moves what is selected along by steps of the grid, or changes its value by steps; `fine` steps are smaller.
pub(crate) fn nudge(cx: &mut Cx<'_, '_>, steps: i64, up: f64, fine: Fineness) {
    let Some(guide) = selected(cx) else { return };
    let Some(at) = place_of(cx, guide) else { return };
    if steps != 0 {
        let step = match guide {
            Guide::Signature(id) => {
                let bars = cx.times.bars_without(id);
                let (bar, end) = bar_around(&bars, if steps < 0 { at - Beats(1) } else { at });
                end - bar
            }
            _ => cx.view.arranger.snap.step(&cx.view.arranger.time, cx.signatures, at),
        };
        let to = Beats((at.0.saturating_add(step.0.saturating_mul(steps))).max(0));
        let bpm = cx.times.tempos.iter().find(|point| guide == Guide::Tempo(point.id)).map(|point| point.bpm);
        let edits = place(cx, guide, to, bpm.unwrap_or_default());
        cx.out.commit(super::verb(guide, true), edits);
    }
    if up != 0.0 {
        bend(cx, guide, up, fine);
    }
}

/// Changes the selected tempo from a jump to a ramp, or back.
pub(crate) fn toggle_ramp(cx: &mut Cx<'_, '_>) {
    let points = &cx.times.tempos;
    let selected = |point: &&crate::times::TempoAt| cx.view.selection.guide == Some(Guide::Tempo(point.id));
    if let Some(point) = points.iter().find(selected).copied() {
        let transition = match point.transition {
            Transition::Jump => Transition::Ramp,
            Transition::Ramp => Transition::Jump,
        };
        tempo::set_transition(cx, point, transition);
    }
}

/// How large a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fineness {
    Whole,
    Fine,
}

fn bend(cx: &mut Cx<'_, '_>, guide: Guide, up: f64, fine: Fineness) {
    match guide {
        Guide::Tempo(id) => {
            let Some(point) = cx.times.tempos.iter().find(|point| point.id == id) else { return };
            let step = if fine == Fineness::Fine { 0.1 } else { 1.0 };
            let bpm = ((point.bpm + up * step) * 100.0).round() / 100.0;
            let bpm = bpm.clamp(TempoMap::MIN_BPM, TempoMap::MAX_BPM);
            if bpm != point.bpm {
                cx.out.commit("Set tempo", vec![edits::set_bpm(id, bpm)]);
            }
        }
        Guide::Signature(id) => {
            let Some(change) = cx.times.changes.iter().find(|change| change.id == id).copied() else {
                return;
            };
            let (numerator, denominator) = (change.point.numerator, change.point.denominator);
            let (numerator, denominator) = match (fine, up > 0.0) {
                (Fineness::Whole, true) => (numerator.saturating_add(1).min(64), denominator),
                (Fineness::Whole, false) => (numerator.saturating_sub(1).max(1), denominator),
                (Fineness::Fine, true) => (numerator, denominator.saturating_mul(2).clamp(1, 32)),
                (Fineness::Fine, false) => (numerator, (denominator / 2).max(1)),
            };
            signatures::set(cx, change, (numerator, denominator));
        }
        Guide::Marker(_) => {}
    }
}

/// Selects the next or previous thing in the lane of the selected one, and shows it.
pub(crate) fn select_next(cx: &mut Cx<'_, '_>, way: Way) {
    let Some(guide) = cx.view.selection.guide else { return };
    let times = cx.times;
    let row: Vec<Guide> = match guide {
        Guide::Marker(_) => times.markers.iter().map(|marker| Guide::Marker(marker.id)).collect(),
        Guide::Tempo(_) => times.tempos.iter().map(|point| Guide::Tempo(point.id)).collect(),
        Guide::Signature(_) => times.changes.iter().map(|change| Guide::Signature(change.id)).collect(),
    };
    let Some(place) = row.iter().position(|known| *known == guide) else { return };
    let next = if way == Way::On { place + 1 } else { place.wrapping_sub(1) };
    let Some(next) = row.get(next) else { return };
    cx.view.selection.select_guide(*next);
    if let Some(at) = place_of(cx, *next) {
        cx.view.arranger.time.show(at, cx.view.arranger.width);
    }
}
