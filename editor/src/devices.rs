//! The device chain of the selected track.

use egui::{Rect, ScrollArea, Sense, Ui, pos2, vec2};
use model::{Device, DeviceSource, edit};
use protocol::{Command, EntityId};

use crate::cx::Cx;
use crate::icons::Icon;
use crate::theme::{color, font, space};
use crate::view::Focus;
use crate::widgets::text::{text_center, text_in};
use crate::widgets::{Face, Lit, button};
use crate::{edits, ids, tracks};

mod knobs;
mod layouts;
mod own_menu;
mod pages;
mod presets;
mod routes;

#[cfg(test)]
pub(crate) use knobs::param_id;
pub(crate) use knobs::{Cell, cell};
pub(crate) use pages::Opened;

/// Height of a card's head.
const HEAD: f32 = 28.0;

/// Draws the chain, from left to right.
pub(crate) fn show(ui: &mut Ui, rect: Rect, cx: &mut Cx<'_, '_>) {
    let project = cx.project();
    let Some(track) = cx.selected_track().and_then(|id| project.track(id.into())) else {
        text_center(ui.painter(), rect, "Select a track to see its devices", font::body(), color::TEXT_FAINT);
        return;
    };
    ui.painter().rect_filled(rect, 0, color::WELL);
    let devices: Vec<_> = track.devices().collect();
    if devices.is_empty() {
        let text = format!("{} has no devices yet. Click one in the browser to add it.", track.name());
        text_center(ui.painter(), rect, &text, font::body(), color::TEXT_FAINT);
        return;
    }
    let inner = rect.shrink2(vec2(space::MEDIUM, space::MEDIUM));
    let mut list = ui.new_child(egui::UiBuilder::new().max_rect(inner));
    list.set_clip_rect(rect);
    ScrollArea::horizontal().auto_shrink(false).id_salt(("chain", track.id().0.0)).show(&mut list, |ui| {
        ui.spacing_mut().item_spacing.x = space::MEDIUM;
        ui.horizontal_top(|ui| {
            for (index, device) in devices.iter().enumerate() {
                let id = device.id().0;
                pages::follow(id, cx);
                let width = knobs::width(cx, device, inner.height() - HEAD - pages::height(id, cx));
                let (card, _) = ui.allocate_exact_size(vec2(width, inner.height()), Sense::hover());
                if ui.is_rect_visible(card) {
                    show_card(ui, card, index, &devices, cx);
                }
            }
        });
    });
}

fn show_card(ui: &mut Ui, card: Rect, index: usize, devices: &[Device<'_>], cx: &mut Cx<'_, '_>) {
    let device = &devices[index];
    let id = device.id().0;
    let painter = ui.painter();
    painter.rect_filled(card, space::RADIUS_CARD, color::PANEL);
    let response = ui.interact(card, ids::of("card", id), Sense::click());
    if response.clicked() {
        cx.view.selection.focus = Focus::Device;
        cx.view.device = Some(id);
    }
    routes::menu(&response, device, cx);
    let selected = cx.view.device == Some(id) && cx.view.selection.focus == Focus::Device;
    let outline = if selected { color::ACCENT_DIM } else { color::LINE };
    let stroke = egui::Stroke::new(1.0, outline);
    painter.rect_stroke(card, space::RADIUS_CARD, stroke, egui::StrokeKind::Inside);
    let (head, body) = card.split_top_bottom_at_y(card.top() + HEAD);
    let corners = egui::CornerRadius { nw: space::RADIUS_CARD, ne: space::RADIUS_CARD, sw: 0, se: 0 };
    painter.rect_filled(head.shrink(1.0), corners, color::BAR);
    show_head(ui, head, index, devices, cx);
    if cx.frame.status.missing.contains(&id) {
        let text = "Plugin not found.\nIts settings are kept.";
        ui.painter().text(body.center(), egui::Align2::CENTER_CENTER, text, font::body(), color::WARNING);
        return;
    }
    let (row, body) = body.split_top_bottom_at_y(body.top() + pages::height(id, cx));
    if row.height() > 0.0 {
        pages::show(ui, row, id, cx);
    }
    knobs::show(ui, body.shrink2(vec2(space::SMALL, space::TINY)), device, cx);
}

fn show_head(ui: &mut Ui, head: Rect, index: usize, devices: &[Device<'_>], cx: &mut Cx<'_, '_>) {
    let device = &devices[index];
    let id = device.id().0;
    let row = Rect::from_center_size(head.center(), vec2(head.width() - 10.0, 20.0));
    let power = Rect::from_min_size(row.min, vec2(20.0, 20.0));
    let on = !device.bypassed();
    let lit = if on { Lit::Tinted(color::ACCENT) } else { Lit::No };
    let tip = if on { "On; click to bypass" } else { "Bypassed; click to turn on" };
    if button(ui, power, ids::of("bypass", id), Face::Icon(Icon::Power), lit, tip).clicked() {
        let name = edits::device_name(device);
        let name = if on { format!("Bypass {name}") } else { format!("Turn on {name}") };
        cx.out.commit(name, vec![edit::device::set_bypassed(device.id(), on)]);
    }
    let mut right = row.right();
    let mut place = |width: f32| {
        let rect = Rect::from_min_max(pos2(right - width, row.top()), pos2(right, row.bottom()));
        right -= width + 2.0;
        rect
    };
    let quiet = |possible: bool| if possible { Lit::Quiet } else { Lit::Disabled };
    let face = Face::Icon(Icon::Close);
    if button(ui, place(20.0), ids::of("remove device", id), face, Lit::Quiet, "Remove  (Del)").clicked() {
        cx.out.commit(format!("Remove {}", edits::device_name(device)), vec![edits::delete(id)]);
    }
    let later = index + 1 < devices.len();
    let face = Face::Icon(Icon::Right);
    if button(ui, place(20.0), ids::of("later", id), face, quiet(later), "Move right").clicked() {
        move_to(index, index + 1, devices, cx);
    }
    let face = Face::Icon(Icon::Left);
    if button(ui, place(20.0), ids::of("earlier", id), face, quiet(index > 0), "Move left").clicked() {
        move_to(index, index - 1, devices, cx);
    }
    if matches!(device.source(), DeviceSource::Plugin(_)) {
        let open = cx.frame.status.open_windows.contains(&id);
        let lit = if open { Lit::Tinted(color::ACCENT) } else { Lit::No };
        let tip = if open { "Close the plugin's window" } else { "Open the plugin's window" };
        if button(ui, place(24.0), ids::of("window", id), Face::Icon(Icon::Window), lit, tip).clicked() {
            cx.out.commands.push(if open {
                Command::ClosePluginWindow { device: id }
            } else {
                Command::OpenPluginWindow { device: id }
            });
        }
    }
    let name = Rect::from_min_max(pos2(power.right() + 6.0, row.top()), pos2(right - 4.0, row.bottom()));
    rename(ui, name, device, cx);
}

fn rename(ui: &mut Ui, rect: Rect, device: &Device<'_>, cx: &mut Cx<'_, '_>) {
    let before = cx.view.selection.track;
    let name = edits::device_name(device);
    tracks::rename(ui, rect, device.id().0, &name, cx);
    cx.view.selection.track = before;
    let faulty = cx.frame.telemetry.faults.keys().any(|node| node.entity == device.id().0);
    if faulty {
        let at = rect.with_min_x(rect.right() - 46.0);
        text_in(ui.painter(), at, egui::Align2::RIGHT_CENTER, "fault", font::small(), color::ARM);
    }
}

fn move_to(from: usize, to: usize, devices: &[Device<'_>], cx: &mut Cx<'_, '_>) {
    let mut order: Vec<_> = devices.iter().collect();
    let device = order.remove(from);
    order.insert(to, device);
    let edits = order
        .iter()
        .zip(0u32..)
        .filter(|(device, place)| device.order() != f64::from(*place))
        .map(|(device, place)| edit::device::set_order(device.id(), f64::from(place)))
        .collect();
    cx.out.commit(format!("Move {}", edits::device_name(device)), edits);
}

/// Removes the selected device.
pub(crate) fn delete_selected(cx: &mut Cx<'_, '_>) {
    let project = cx.project();
    let device = cx.view.device.take().and_then(|id: EntityId| project.device(id.into()));
    if let Some(device) = device {
        let name = format!("Remove {}", edits::device_name(&device));
        cx.out.commit(name, vec![edits::delete(device.id().0)]);
    }
}
