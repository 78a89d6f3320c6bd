//! The pointer in a lane.

use egui::{CursorIcon, PointerButton, Pos2, Rect, Response, Sense, Stroke as Pen, StrokeKind, Ui};
use protocol::{Beats, EntityId, Point};

use super::plot::{Keyed, Plot};
use super::stroke::Stroke;
use super::{Hold, LaneHand, REACH, Tool, actions, curve_for, menu, moved};
use crate::arranger::{drag_beats, snap};
use crate::cx::Cx;
use crate::theme::color;
use crate::view::Release;
use crate::{edits, ids};

/// Lets the pointer draw, select, move, shape, make and delete points; gives the one it is on.
pub(super) fn touch(
    ui: &Ui,
    plot: &Plot<'_>,
    (lane, track): (EntityId, EntityId),
    points: &[Keyed],
    cx: &mut Cx<'_, '_>,
) -> Option<u64> {
    let response = ui.interact(plot.rect, ids::of("lane", lane), Sense::click_and_drag());
    let pointer = response.interact_pointer_pos().or(response.hover_pos());
    let draws = cx.view.arranger.lanes.tool == Tool::Pencil || ui.input(|input| input.modifiers.command);
    if response.clicked() || response.drag_started() || response.secondary_clicked() {
        cx.view.selection.track = Some(track);
    }
    if response.drag_started_by(PointerButton::Primary)
        && let Some(origin) = ui.input(|input| input.pointer.press_origin())
    {
        take(ui, plot, lane, points, origin, draws, cx);
    } else if let Some(at) = pointer {
        clicks(ui, &response, plot, lane, points, at, cx);
    }
    hold(ui, &response, plot, lane, points, cx);
    menu::show(&response, plot, lane, points, cx);
    let held = cx.view.arranger.lanes.hand.as_ref().filter(|hand| hand.lane == lane);
    let grabbed = held.and_then(|hand| match &hand.hold {
        Hold::Points { grabbed, .. } => {
            points.iter().find(|(_, point)| point == grabbed).map(|(key, _)| *key)
        }
        Hold::Stroke(_) | Hold::Band(_) => None,
    });
    let free = held.is_none() && response.hovered();
    let hovered = grabbed.or_else(|| near(plot, points, pointer.filter(|_| free)?).map(|(key, _)| key));
    if draws && (response.hovered() || response.dragged()) {
        ui.ctx().set_cursor_icon(CursorIcon::Crosshair);
    } else if hovered.is_some() {
        ui.ctx().set_cursor_icon(CursorIcon::PointingHand);
    }
    hovered
}

/// The point nearest to a place on the screen, within reach.
pub(super) fn near(plot: &Plot<'_>, points: &[Keyed], at: Pos2) -> Option<Keyed> {
    let reach = |x: f32| Beats::from_beats(plot.time.beats_at(plot.rect, x));
    let from = points.partition_point(|(_, point)| point.at < reach(at.x - REACH));
    let end = points.partition_point(|(_, point)| point.at <= reach(at.x + REACH));
    points
        .get(from..end)?
        .iter()
        .map(|keyed| (plot.place(&keyed.1).distance(at), *keyed))
        .filter(|(distance, _)| *distance <= REACH)
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, keyed)| keyed)
}

/// Where the pointer is, in quarter notes and as a height of 0..=1.
fn place(plot: &Plot<'_>, at: Pos2) -> (f64, f64) {
    (plot.time.beats_at(plot.rect, at.x).max(0.0), plot.norm_at(at.y))
}

/// A drag begins.
fn take(
    ui: &Ui,
    plot: &Plot<'_>,
    lane: EntityId,
    points: &[Keyed],
    origin: Pos2,
    draws: bool,
    cx: &mut Cx<'_, '_>,
) {
    let hold = if draws {
        cx.view.selection.select_points(lane, []);
        Hold::Stroke(Stroke::new(place(plot, origin)))
    } else if let Some((key, grabbed)) = near(plot, points, origin) {
        let selection = &mut cx.view.selection;
        if selection.lane != Some(lane) || !selection.points.contains(&key) {
            selection.select_points(lane, [key]);
        }
        Hold::Points { grabbed, way: 0.0, delta: Beats::ZERO, lift: 0.0 }
    } else {
        let more = ui.input(|input| input.modifiers.shift) && cx.view.selection.lane == Some(lane);
        if !more {
            cx.view.selection.select_points(lane, []);
        }
        Hold::Band(origin)
    };
    cx.view.arranger.lanes.hand = Some(LaneHand { lane, hold, released: None });
}

fn clicks(
    ui: &Ui,
    response: &Response,
    plot: &Plot<'_>,
    lane: EntityId,
    points: &[Keyed],
    at: Pos2,
    cx: &mut Cx<'_, '_>,
) {
    let found = near(plot, points, at);
    let modifiers = ui.input(|input| input.modifiers);
    if response.double_clicked() {
        match found {
            Some((key, _)) => actions::remove(cx, lane, [key]),
            None if cx.view.arranger.lanes.tool == Tool::Pointer => add(ui, plot, lane, at, cx),
            None => {}
        }
    } else if response.clicked() {
        let selection = &mut cx.view.selection;
        match found {
            Some((key, _)) if modifiers.command && selection.lane == Some(lane) => {
                if !selection.points.remove(&key) {
                    selection.points.insert(key);
                }
            }
            Some((key, _)) => selection.select_points(lane, [key]),
            None if modifiers.alt => actions::cycle_shape(cx, lane, points, at_of(plot, at)),
            None if cx.view.arranger.lanes.tool == Tool::Pencil => add(ui, plot, lane, at, cx),
            None => selection.select_points(lane, []),
        }
    } else if response.secondary_clicked() {
        cx.view.arranger.lanes.menu_at = place(plot, at);
        match found {
            Some((key, _))
                if cx.view.selection.lane != Some(lane) || !cx.view.selection.points.contains(&key) =>
            {
                cx.view.selection.select_points(lane, [key]);
            }
            Some(_) => {}
            None => cx.view.selection.select_points(lane, []),
        }
    }
}

fn at_of(plot: &Plot<'_>, at: Pos2) -> Beats {
    Beats::from_beats(place(plot, at).0)
}

/// Adds a point where the pointer is.
fn add(ui: &Ui, plot: &Plot<'_>, lane: EntityId, at: Pos2, cx: &mut Cx<'_, '_>) {
    let (beats, norm) = place(plot, at);
    let value = plot.scale.denormalize(norm);
    let point = Point { at: snap(ui, cx, beats), value, curve: curve_for(plot) };
    actions::add(cx, lane, point);
}

/// A drag goes on, or ends.
fn hold(
    ui: &Ui,
    response: &Response,
    plot: &Plot<'_>,
    lane: EntityId,
    points: &[Keyed],
    cx: &mut Cx<'_, '_>,
) {
    let ours = |hand: &mut LaneHand| hand.lane == lane && hand.released.is_none();
    let Some(mut hand) = cx.view.arranger.lanes.hand.take_if(ours) else { return };
    let pointer = response.interact_pointer_pos().or_else(|| ui.input(|input| input.pointer.latest_pos()));
    let straight = ui.input(|input| input.modifiers.shift);
    match &mut hand.hold {
        Hold::Points { grabbed, way, delta, lift } if response.dragged() => {
            *way += drag_beats(response, &plot.time);
            *lift -= f64::from(response.drag_delta().y / plot.rect.height().max(1.0));
            let still = way.abs() * plot.time.px_per_beat < 3.0;
            let to = snap(ui, cx, (grabbed.at.to_beats() + *way).max(0.0));
            *delta = if still { Beats::ZERO } else { to - grabbed.at };
        }
        Hold::Stroke(stroke) if response.dragged() => {
            if let Some(at) = pointer {
                let to = place(plot, at);
                if straight { stroke.straighten(to) } else { stroke.go(to) }
            }
        }
        Hold::Band(origin) => band(ui, plot, lane, points, *origin, pointer, cx),
        Hold::Points { .. } | Hold::Stroke(_) => {}
    }
    if response.drag_stopped() {
        let changes = finish(&hand.hold, plot, points, cx);
        if changes.is_empty() {
            return;
        }
        let name = match hand.hold {
            Hold::Stroke(_) => "Draw automation",
            _ => "Move automation points",
        };
        cx.out.commit(name, vec![edits::change_points(lane, changes)]);
        hand.released = Some(Release::now(cx.project().revision(), cx.now_secs));
    }
    cx.view.arranger.lanes.hand = Some(hand);
}

/// What a finished drag changes.
fn finish(hold: &Hold, plot: &Plot<'_>, points: &[Keyed], cx: &Cx<'_, '_>) -> Vec<(u64, Option<Point>)> {
    match hold {
        Hold::Points { delta, lift, .. } => {
            let chosen = points.iter().filter(|(key, _)| cx.view.selection.points.contains(key));
            let moves = chosen.map(|(key, point)| (*key, *point, moved(plot, point, *delta, *lift)));
            moves.filter(|(_, from, to)| from != to).map(|(key, _, to)| (key, Some(to))).collect()
        }
        Hold::Stroke(stroke) => stroke.changes(points, plot, || edits::row_key(cx.new_id())),
        Hold::Band(_) => Vec::new(),
    }
}

fn band(
    ui: &Ui,
    plot: &Plot<'_>,
    lane: EntityId,
    points: &[Keyed],
    origin: Pos2,
    pointer: Option<Pos2>,
    cx: &mut Cx<'_, '_>,
) {
    let Some(pointer) = pointer else { return };
    let band = Rect::from_two_pos(origin, pointer).intersect(plot.rect);
    ui.painter().rect_filled(band, 1, color::alpha(color::ACCENT, 0.10));
    let pen = Pen::new(1.0, color::alpha(color::ACCENT, 0.6));
    ui.painter().rect_stroke(band, 1, pen, StrokeKind::Inside);
    let inside = points.iter().filter(|(_, point)| band.expand(2.0).contains(plot.place(point)));
    cx.view.selection.select_points(lane, inside.map(|(key, _)| *key));
}
