//! Headers of automation lanes.

use egui::{Align2, CursorIcon, Rect, Sense, Ui, pos2, vec2};
use model::{Lane, LaneMode};
use protocol::EntityId;

use crate::arranger::lane_actions;
use crate::cx::Cx;
use crate::icons::Icon;
use crate::theme::{color, font, space};
use crate::widgets::{Face, Lit, button, text};
use crate::{edits, ids};

/// Draws the header of a lane.
pub(super) fn show(ui: &Ui, rect: Rect, track: EntityId, lane: EntityId, cx: &mut Cx<'_, '_>) {
    let Some(view) = cx.project().lane(lane.into()) else { return };
    let painter = ui.painter();
    let touched =
        cx.view.selection.lane == Some(lane) && cx.view.selection.focus == crate::view::Focus::Points;
    painter.rect_filled(rect, 0, if touched { color::SELECTED } else { color::VOID });
    let tint = edits::track_color(cx.project(), track);
    painter.rect_filled(rect.with_max_x(rect.left() + 5.0), 0, color::alpha(tint, 0.4));
    let middle = rect.top() + (rect.height() / 2.0).min(28.0);
    let words =
        Rect::from_min_max(pos2(rect.left() + 22.0, middle - 19.0), pos2(rect.right() - 62.0, middle + 19.0));
    let (name, below) = words.split_top_bottom_at_fraction(0.5);
    parameter(ui, name, track, &view, cx);
    value(ui, below.translate(vec2(6.0, 0.0)), &view, cx);
    let mode_rect = Rect::from_min_max(
        pos2(rect.right() - 60.0, below.top() + 2.0),
        pos2(rect.right() - 9.0, below.bottom()),
    );
    mode(ui, mode_rect, &view, cx);
    let place = |nth: f32| {
        let right = rect.right() - 8.0 - nth * 25.0;
        Rect::from_center_size(pos2(right - 11.0, middle - 10.0), vec2(22.0, 18.0))
    };
    let lit = if view.enabled() { Lit::Tinted(color::ACCENT) } else { Lit::No };
    let tip = if view.enabled() { "Automation on" } else { "Automation off" };
    if button(ui, place(1.0), ids::of("lane on", lane), Face::Icon(Icon::Power), lit, tip).clicked() {
        let edits = vec![edits::set_lane_enabled(lane, !view.enabled())];
        cx.out.commit(if view.enabled() { "Automation off" } else { "Automation on" }, edits);
    }
    let face = Face::Icon(Icon::Close);
    if button(ui, place(0.0), ids::of("lane delete", lane), face, Lit::Quiet, "Delete this lane").clicked() {
        cx.out.commit("Delete automation lane", vec![edits::delete(lane)]);
    }
    stretch(ui, rect, lane, cx);
}

/// What the lane moves, and a menu of what else it could.
fn parameter(ui: &Ui, rect: Rect, track: EntityId, lane: &Lane<'_>, cx: &mut Cx<'_, '_>) {
    let described = edits::describe_lane(cx, lane);
    let response = ui.interact(rect, ids::of("lane param", lane.id().0), Sense::click());
    let painter = ui.painter();
    if response.hovered() {
        painter.rect_filled(rect, space::RADIUS, color::HOVER);
    }
    let ink = if lane.is_played() { color::TEXT } else { color::TEXT_FAINT };
    let words = rect.shrink2(vec2(6.0, 0.0));
    let drawn = text::text_in(painter, words, Align2::LEFT_CENTER, &described.name, font::body(), ink);
    let rest = words.with_min_x(drawn.right() + 6.0);
    text::text_in(painter, rest, Align2::LEFT_CENTER, &described.owner, font::small(), color::TEXT_FAINT);
    let tip = format!("{} of {}: click for another parameter", described.name, described.owner);
    egui::Popup::menu(&response).show(|ui| {
        if let Some((owner, param, value)) = choose(ui, track, cx) {
            let (id, key) = (cx.new_id(), edits::row_key(cx.new_id()));
            let mut edits = edits::create_lane(id, owner, &param, (cx.playhead(), value), key);
            // One that nobody has drawn in makes room.
            if lane.rows().nth(1).is_none() {
                edits.push(edits::delete(lane.id().0));
            }
            cx.out.commit("Choose automated parameter", edits);
        }
    });
    response.on_hover_text(tip);
}

/// Whether the lane is played or written, and when.
fn mode(ui: &Ui, rect: Rect, lane: &Lane<'_>, cx: &mut Cx<'_, '_>) {
    let mode = lane.mode();
    let lit = match mode {
        LaneMode::Read => Lit::No,
        LaneMode::Touch | LaneMode::Latch | LaneMode::Write => Lit::Filled(color::ARM),
        LaneMode::Off => Lit::Tinted(color::TEXT_FAINT),
    };
    let tip = "Read plays; touch, latch and write record a hand's moves while it plays";
    let id = ids::of("lane mode", lane.id().0);
    let response = button(ui, rect, id, Face::Small(mode_name(mode).0), lit, tip);
    egui::Popup::menu(&response).show(|ui| {
        for choice in LaneMode::ALL {
            let (name, about) = mode_name(choice);
            if ui.selectable_label(choice == mode, name).on_hover_text(about).clicked() && choice != mode {
                cx.out.commit(
                    format!("Automation mode: {name}"),
                    vec![edits::set_lane_mode(lane.id().0, choice)],
                );
            }
        }
    });
}

const fn mode_name(mode: LaneMode) -> (&'static str, &'static str) {
    match mode {
        LaneMode::Read => ("Read", "Plays what is written"),
        LaneMode::Touch => ("Touch", "Writes while a control is held"),
        LaneMode::Latch => ("Latch", "Writes from the first touch until playback stops"),
        LaneMode::Write => ("Write", "Writes all the time that it plays"),
        LaneMode::Off => ("Off", "Neither plays nor writes"),
    }
}

/// The value at the playhead.
fn value(ui: &Ui, rect: Rect, lane: &Lane<'_>, cx: &mut Cx<'_, '_>) {
    let points = lane_actions::points_of(cx, lane);
    let Some(value) = lane_actions::value_at(&points, cx.playhead()) else { return };
    let text = edits::describe_lane(cx, lane).text(value);
    text::text_in(ui.painter(), rect, Align2::LEFT_CENTER, &text, font::small(), color::TEXT_DIM);
}

/// The lower edge, which makes the lane higher.
fn stretch(ui: &Ui, rect: Rect, lane: EntityId, cx: &mut Cx<'_, '_>) {
    let edge = rect.with_min_y(rect.bottom() - 5.0);
    let response = ui.interact(edge, ids::of("lane height", lane), Sense::click_and_drag());
    if response.hovered() || response.dragged() {
        ui.ctx().set_cursor_icon(CursorIcon::ResizeVertical);
        ui.painter().rect_filled(edge.with_min_y(edge.bottom() - 2.0), 0, color::ACCENT_DIM);
    }
    if response.dragged() {
        cx.view.arranger.lanes.stretch(lane, response.drag_delta().y);
    }
    if response.double_clicked() {
        cx.view.arranger.lanes.unstretch(lane);
    }
}

/// Draws the row where lanes are added.
pub(super) fn add(ui: &Ui, rect: Rect, track: EntityId, cx: &mut Cx<'_, '_>) {
    ui.painter().rect_filled(rect, 0, color::VOID);
    let at = Rect::from_center_size(rect.center(), vec2(rect.width() - 56.0, rect.height() - 6.0));
    let face = Face::Both(Icon::Automation, "Add automation");
    let response = button(ui, at, ids::of("lane add", track), face, Lit::Quiet, "Automate a parameter");
    egui::Popup::menu(&response).show(|ui| {
        if let Some((owner, param, value)) = choose(ui, track, cx) {
            let (id, key) = (cx.new_id(), edits::row_key(cx.new_id()));
            let edits = edits::create_lane(id, owner, &param, (cx.playhead(), value), key);
            cx.out.commit("Add automation lane", edits);
        }
    });
}

/// A menu of what can be automated: owner, parameter and the value in force of what was chosen.
fn choose(ui: &mut Ui, track: EntityId, cx: &Cx<'_, '_>) -> Option<(EntityId, String, f64)> {
    let mut chosen = None;
    ui.set_min_width(170.0);
    for group in edits::automatable(cx, track) {
        ui.menu_button(group.name, |ui| {
            egui::ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
                for param in group.params {
                    if ui.button(param.name).clicked() {
                        chosen = Some((group.owner, param.key, param.value));
                        ui.close();
                    }
                }
            });
        });
    }
    chosen
}
