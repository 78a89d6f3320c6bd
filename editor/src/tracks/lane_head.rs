//! Headers of automation lanes.

use egui::{Rect, Ui, pos2, vec2};
use protocol::EntityId;

use crate::cx::Cx;
use crate::icons::Icon;
use crate::theme::{color, font, space};
use crate::widgets::{Face, Lit, button, text};
use crate::{edits, ids};

/// Draws the header of a lane.
pub(super) fn show(ui: &Ui, rect: Rect, track: EntityId, lane: EntityId, cx: &mut Cx<'_, '_>) {
    let Some(view) = cx.project().lane(lane.into()) else { return };
    let painter = ui.painter();
    painter.rect_filled(rect, 0, color::VOID);
    let tint = edits::track_color(cx.project(), track);
    painter.rect_filled(rect.with_max_x(rect.left() + 5.0), 0, color::alpha(tint, 0.4));
    let described = edits::describe_lane(cx, &view);
    let words = Rect::from_min_max(
        pos2(rect.left() + 28.0, rect.top() + 7.0),
        pos2(rect.right() - 62.0, rect.bottom() - 7.0),
    );
    let (top, bottom) = words.split_top_bottom_at_fraction(0.5);
    let ink = if view.enabled() { color::TEXT } else { color::TEXT_FAINT };
    text::text_in(painter, top, egui::Align2::LEFT_CENTER, &described.name, font::body(), ink);
    text::text_in(
        painter,
        bottom,
        egui::Align2::LEFT_CENTER,
        &described.owner,
        font::small(),
        color::TEXT_FAINT,
    );
    let place = |nth: f32| {
        let right = rect.right() - 8.0 - nth * 25.0;
        Rect::from_center_size(pos2(right - 11.0, rect.center().y), vec2(22.0, space::CONTROL))
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
}

/// Draws the row where lanes are added.
pub(super) fn add(ui: &Ui, rect: Rect, track: EntityId, cx: &mut Cx<'_, '_>) {
    ui.painter().rect_filled(rect, 0, color::VOID);
    let at = Rect::from_center_size(rect.center(), vec2(rect.width() - 56.0, rect.height() - 6.0));
    let face = Face::Both(Icon::Automation, "Add automation");
    let response = button(ui, at, ids::of("lane add", track), face, Lit::Quiet, "Automate a parameter");
    egui::Popup::menu(&response).show(|ui| {
        ui.set_min_width(170.0);
        for group in edits::automatable(cx, track) {
            ui.menu_button(group.name, |ui| {
                egui::ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
                    for param in group.params {
                        if ui.button(param.name).clicked() {
                            let edits = edits::create_lane(
                                cx.new_id(),
                                group.owner,
                                &param.key,
                                (cx.playhead(), param.value),
                                edits::row_key(cx.new_id()),
                            );
                            cx.out.commit("Add automation lane", edits);
                            ui.close();
                        }
                    }
                });
            });
        }
    });
}
