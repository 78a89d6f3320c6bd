//! The marker lane: named places.

use egui::{Rect, Response, Sense, Ui};
use protocol::Beats;

use super::paint::{self, Look};
use super::{Guide, actions, background, delete, field_rect, is_dragged, is_selected, shown_at, touch};
use crate::cx::Cx;
use crate::theme::font;
use crate::times::MarkerAt;
use crate::widgets::field::{self, Draft, Ended};
use crate::widgets::palette;
use crate::{edits, ids};

/// Draws the lane.
pub(super) fn show(ui: &mut Ui, lane: Rect, cx: &mut Cx<'_, '_>) {
    let (response, added) = background(ui, lane, "marker lane", cx);
    if let Some(at) = added {
        actions::add_marker(cx, at);
    }
    if !response.context_menu_opened() {
        let tip = "Markers: double-click adds, drag moves; M adds one at the playhead, [ and ] jump";
        response.clone().on_hover_text(tip);
    }
    response.context_menu(|ui| {
        let at = cx.view.arranger.guides.menu_at;
        if ui.button("Add marker here").clicked() {
            actions::add_marker(cx, at);
        }
        if ui.add(egui::Button::new("Add marker at playhead").shortcut_text("M")).clicked() {
            actions::add_marker(cx, cx.playhead());
        }
        if ui.add(egui::Button::new("Previous marker").shortcut_text("[")).clicked() {
            actions::jump(cx, actions::Way::Back);
        }
        if ui.add(egui::Button::new("Next marker").shortcut_text("]")).clicked() {
            actions::jump(cx, actions::Way::On);
        }
    });
    let time = cx.view.arranger.time;
    let (_, right) = time.span(lane);
    let markers = &cx.times.markers;
    let mut free_from = f32::NEG_INFINITY;
    // A flag's words may reach into sight from the left.
    let first = markers.partition_point(|marker| marker.at.to_beats() < time.left).saturating_sub(1);
    for (index, marker) in markers.iter().enumerate().skip(first) {
        if marker.at.to_beats() > right {
            break;
        }
        let at = shown_at(cx, Guide::Marker(marker.id), marker.at);
        let x = time.x(lane, at);
        let end = markers.get(index + 1).map_or(lane.right(), |next| time.x(lane, next.at));
        // Flags closer than the eye can tell are one.
        if x >= free_from || is_dragged(cx, Guide::Marker(marker.id)) {
            one(ui, lane, *marker, x, if end > x { end } else { lane.right() }, cx);
            free_from = x + 3.0;
        }
    }
}

fn one(ui: &mut Ui, lane: Rect, marker: MarkerAt, x: f32, end: f32, cx: &mut Cx<'_, '_>) {
    let guide = Guide::Marker(marker.id);
    let name = cx.project().name_of(marker.id);
    let flag = paint::place(ui.painter(), lane, x, end, name);
    let response = ui.interact(flag, ids::of("marker", marker.id), Sense::click_and_drag());
    let look = Look {
        tint: marker.tint,
        font: font::caption,
        selected: is_selected(cx, guide),
        hovered: response.hovered(),
    };
    paint::flag(ui.painter(), flag, name, look);
    touch(ui, &response, guide, (marker.at, 0.0), cx);
    if response.double_clicked() {
        rename(cx, marker);
    }
    if is_dragged(cx, guide) {
        let place = cx.signatures.position(shown_at(cx, guide, marker.at)).to_string();
        paint::bubble(ui.painter(), flag.right_top(), lane, &place);
    }
    menu(&response, marker, cx);
    let id = ids::of("marker name", marker.id);
    let rect = field_rect(lane, x, 130.0);
    if let Some(Ended::Accepted(text)) = field::in_place(ui, rect, id, &mut cx.view.draft)
        && text.trim() != name
    {
        cx.out.commit("Rename marker", vec![edits::set_marker_name(marker.id, text.trim())]);
    }
    if response.hovered() && !response.dragged() {
        response.on_hover_text(format!("{name}: drag to move, double-click to rename, Del deletes"));
    }
}

/// Begins to rename a marker.
pub(super) fn rename(cx: &mut Cx<'_, '_>, marker: MarkerAt) {
    let name = cx.project().name_of(marker.id);
    cx.view.draft = Some(Draft::new(ids::of("marker name", marker.id), name));
}

fn menu(response: &Response, marker: MarkerAt, cx: &mut Cx<'_, '_>) {
    if !response.secondary_clicked() && !response.context_menu_opened() {
        return;
    }
    response.context_menu(|ui| {
        if let Some(hex) = palette::show(ui) {
            cx.out.commit("Colour marker", vec![edits::set_marker_color(marker.id, hex)]);
        }
        ui.separator();
        if ui.add(egui::Button::new("Rename").shortcut_text("F2")).clicked() {
            rename(cx, marker);
        }
        if ui.button("Locate").clicked() {
            actions::locate(cx, marker.at);
        }
        let next = cx.times.markers.iter().find(|next| next.at > marker.at).map(|next| next.at);
        let end = next.unwrap_or_else(|| Beats::from_beats(cx.times.end)).max(marker.at);
        if end > marker.at && ui.button("Loop to the next marker").clicked() {
            let edits = edits::set_loop(cx.project(), true, Some((marker.at, end)));
            cx.out.commit("Set loop range", edits);
        }
        ui.separator();
        if ui.add(egui::Button::new("Delete").shortcut_text("Del")).clicked() {
            delete(cx, Guide::Marker(marker.id));
        }
    });
}
