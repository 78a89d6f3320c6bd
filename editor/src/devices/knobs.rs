//! The parameters on a device's card: knobs, switches and choices.

use std::borrow::Cow;

use egui::{Rect, Sense, Ui, pos2, vec2};
use model::{Device, DeviceSource};
use protocol::plugin::{ControlPage, PluginParam};
use protocol::{Command, EntityId, ParamId, Unit};

use super::pages;
use crate::cx::Cx;
use crate::hand::{Control, Target, Travel};
use crate::ids;
use crate::math::{count, index, px};
use crate::scale::Scale;
use crate::theme::{color, font};
use crate::widgets::field::{self, Draft, Ended};
use crate::widgets::text::text_in;
use crate::widgets::{Face, Lit, button, knob};

/// Size of a cell: a name, a knob and a value.
const CELL: egui::Vec2 = vec2(66.0, 73.0);
/// Fewest columns, so that a card's head has room.
const LEAST: f32 = 3.0;
/// Parameters of a plugin shown on its card; the rest are in its window and in automation.
const MOST: usize = 48;

fn rows_in(height: f32) -> usize {
    index(f64::from((height - 4.0) / CELL.y)).max(1)
}

fn shown_params(cx: &Cx<'_, '_>, device: &Device<'_>) -> usize {
    match device.source() {
        DeviceSource::Builtin(kind) => kind.params().len(),
        DeviceSource::Plugin(_) => {
            let params = cx.frame.plugin_params.params(device.id().0).unwrap_or_default();
            match pages::shown(device.id().0, cx) {
                Some(page) => page.params.len(),
                None => params.iter().filter(|param| !param.hidden).count().min(MOST),
            }
        }
        DeviceSource::Unknown(_) => 0,
    }
}

/// How wide a card must be for its parameters.
pub(super) fn width(cx: &Cx<'_, '_>, device: &Device<'_>, height: f32) -> f32 {
    let columns = shown_params(cx, device).div_ceil(rows_in(height));
    count(columns).max(LEAST) * CELL.x + 10.0
}

/// Draws the parameters, column by column.
pub(super) fn show(ui: &mut Ui, body: Rect, device: &Device<'_>, cx: &mut Cx<'_, '_>) {
    let id = device.id().0;
    let rows = rows_in(body.height() + 4.0);
    // Rows share the height evenly, up to a point.
    let pitch = (body.height() / count(rows)).clamp(CELL.y, CELL.y + 16.0);
    let top = (body.height() - pitch * count(rows)).max(0.0) / 2.0 + (pitch - CELL.y) / 2.0;
    let place = |nth: usize| {
        let at = vec2(count(nth / rows) * CELL.x + 1.0, count(nth % rows) * pitch + top);
        Rect::from_min_size(body.min + at, CELL)
    };
    match device.source() {
        DeviceSource::Builtin(kind) => {
            for (nth, param) in kind.params().iter().enumerate() {
                let current = device.param(param.key).unwrap_or(param.default);
                let scale = Scale::Builtin(param);
                let name = format!("{} {}", super::edits::device_name(device), param.name);
                let target = Target::Device { device: id, param: param.id, key: param.key.into() };
                let control = Control { target, scale, current, travel: Travel::Knob, name: &name };
                let cell_id = param_id(id, param.id);
                match param.unit {
                    Unit::Choice => choice(ui, place(nth), cell_id, param.name, param.choices, &control, cx),
                    Unit::Switch => switch(ui, place(nth), cell_id, param.name, &control, cx),
                    _ => {
                        cell(
                            ui,
                            place(nth),
                            cell_id,
                            &Cell { name: param.name, control: &control, text: None },
                            cx,
                        );
                    }
                }
            }
        }
        DeviceSource::Unknown(name) => {
            let text = format!("{name} is not known to this version.\nIts settings are kept.");
            let at = body.center();
            ui.painter().text(at, egui::Align2::CENTER_CENTER, text, font::body(), color::WARNING);
        }
        DeviceSource::Plugin(_) => {
            let Some(params) = cx.frame.plugin_params.params(id) else {
                let text = "Open the window to see\nthe plugin's controls";
                ui.painter().text(
                    body.center(),
                    egui::Align2::CENTER_CENTER,
                    text,
                    font::body(),
                    color::TEXT_FAINT,
                );
                return;
            };
            for (nth, param) in placed(&params, pages::shown(id, cx)).into_iter().enumerate() {
                let Some(param) = param else { continue };
                let key = param.id.0.to_string();
                let stored = device.param(&key);
                let current = cx.frame.plugin_params.value(id, param.id).or(stored).unwrap_or(param.default);
                let name = format!("{} {}", super::edits::device_name(device), param.name);
                let target = Target::Device { device: id, param: param.id, key };
                let scale = Scale::Plugin(param);
                let control = Control { target, scale, current, travel: Travel::Knob, name: &name };
                let shown = cx.view.hand.value(&control.target).unwrap_or(current);
                let text = cx.frame.plugin_params.text(id, param.id, shown);
                let cell_data = Cell { name: &param.name, control: &control, text };
                cell(ui, place(nth), param_id(id, param.id), &cell_data, cx);
            }
        }
    }
}

/// A value's text, of a bare number without the decimals that nobody reads: `10` for `10.000000`.
fn short(text: &str) -> Cow<'_, str> {
    let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    if decimals <= 3 {
        return text.into();
    }
    let Some(value) = text.parse::<f64>().ok().filter(|value| value.is_finite()) else { return text.into() };
    let written = format!("{value:.3}");
    let written = written.trim_end_matches('0').trim_end_matches('.');
    // One that is only small is no zero.
    let is_lost = value != 0.0 && matches!(written, "0" | "-0");
    if is_lost { text.into() } else { written.to_owned().into() }
}

/// What is on the card: the knobs of a page, of which some are free, or all.
fn placed(params: &[PluginParam], page: Option<ControlPage>) -> Vec<Option<&PluginParam>> {
    let Some(page) = page else {
        return params.iter().filter(|param| !param.hidden).take(MOST).map(Some).collect();
    };
    let places = page.params.iter().enumerate().map(|(nth, wanted)| {
        // One control for each, where a page has it twice.
        let wanted = wanted.filter(|wanted| !page.params[..nth].contains(&Some(*wanted)))?;
        params.iter().find(|param| param.id == wanted)
    });
    places.collect()
}

/// The id of a parameter's control.
pub(crate) fn param_id(device: EntityId, param: ParamId) -> egui::Id {
    ids::of("param", device).with(param.0)
}

/// A knob with its name and value.
pub(crate) struct Cell<'a> {
    pub name: &'a str,
    pub control: &'a Control<'a>,
    /// The value's text, if not the scale's own.
    pub text: Option<String>,
}

/// Draws a knob with name and value; a click with Ctrl, or on the value, types it.
pub(crate) fn cell(ui: &mut Ui, rect: Rect, id: egui::Id, cell: &Cell<'_>, cx: &mut Cx<'_, '_>) -> f64 {
    let control = cell.control;
    let name = Rect::from_min_size(rect.min, vec2(rect.width(), 15.0));
    let value_rect = Rect::from_min_max(
        pos2(rect.left() + 2.0, rect.bottom() - 17.0),
        pos2(rect.right() - 2.0, rect.bottom() - 1.0),
    );
    let center = pos2(rect.center().x, (name.bottom() + value_rect.top()) / 2.0 + 1.0);
    let radius = ((value_rect.top() - name.bottom()) / 2.0 - 1.0).min(18.0);
    let touch = Rect::from_center_size(center, vec2(rect.width() - 12.0, radius * 2.0 + 4.0));
    let response = ui.interact(touch, id, Sense::click_and_drag());
    let value = cx.drive(&response, control);
    if let (&Target::Device { device, param, .. }, Scale::Plugin(_)) = (&control.target, control.scale) {
        response.context_menu(|ui| {
            if ui.button("Reset").clicked() {
                cx.set_param(control, control.scale.default());
                ui.close();
            }
            ui.separator();
            super::own_menu::show(ui, device, Some(param), cx);
        });
    }
    let norm = px(control.scale.normalize(value));
    let learning = cx.frame.status.learn.is_some() && response.hovered();
    let tint = if learning { color::LEARN } else { color::ACCENT };
    knob::paint(ui.painter(), center, radius, norm, control.scale.origin(), tint);
    let ink = if response.hovered() || response.dragged() { color::TEXT } else { color::TEXT_DIM };
    text_in(
        ui.painter(),
        name.shrink2(vec2(2.0, 0.0)),
        egui::Align2::CENTER_CENTER,
        cell.name,
        font::small(),
        ink,
    );

    let typed = id.with("typed");
    match field::in_place(ui, value_rect, typed, &mut cx.view.draft) {
        Some(Ended::Accepted(text)) => match (&control.target, control.scale) {
            // Only the plugin knows how its values read.
            (&Target::Device { device, param, .. }, Scale::Plugin(_)) => {
                cx.out.commands.push(Command::TypeParam { device, param, text });
            }
            _ => {
                if let Some(value) = control.scale.parse(&text) {
                    cx.set_param(control, value);
                }
            }
        },
        Some(Ended::Cancelled) => {}
        None if cx.view.draft.as_ref().is_some_and(|draft| draft.id == typed) => return value,
        None => {}
    }
    let text = cell.text.clone().unwrap_or_else(|| control.scale.text(value));
    let figure = ui.interact(value_rect, typed, Sense::click());
    let ink = if figure.hovered() { color::ACCENT } else { color::TEXT };
    text_in(ui.painter(), value_rect, egui::Align2::CENTER_CENTER, &short(&text), font::small(), ink);
    if figure.on_hover_text("Click to type").clicked() {
        cx.view.draft = Some(Draft::new(typed, &text));
    }
    response.on_hover_text(format!("{}: {text}\nDrag; Shift is fine; double-click resets", cell.name));
    value
}

fn heading(ui: &Ui, rect: Rect, name: &str) -> Rect {
    let caption = Rect::from_min_size(rect.min, vec2(rect.width(), 15.0));
    text_in(
        ui.painter(),
        caption.shrink2(vec2(2.0, 0.0)),
        egui::Align2::CENTER_CENTER,
        name,
        font::small(),
        color::TEXT_DIM,
    );
    Rect::from_center_size(pos2(rect.center().x, rect.top() + 36.0), vec2(rect.width() - 6.0, 22.0))
}

fn switch(ui: &Ui, rect: Rect, id: egui::Id, name: &str, control: &Control<'_>, cx: &mut Cx<'_, '_>) {
    let at = heading(ui, rect, name);
    let on = cx.view.hand.value(&control.target).unwrap_or(control.current) > 0.5;
    let face = Face::Text(if on { "On" } else { "Off" });
    let lit = Lit::when(on, color::ACCENT);
    if button(ui, at, id, face, lit, name).clicked() {
        cx.set_param(control, if on { 0.0 } else { 1.0 });
    }
}

fn choice(
    ui: &Ui,
    rect: Rect,
    id: egui::Id,
    name: &str,
    choices: &[&str],
    control: &Control<'_>,
    cx: &mut Cx<'_, '_>,
) {
    let at = heading(ui, rect, name);
    let current = cx.view.hand.value(&control.target).unwrap_or(control.current);
    let text = control.scale.text(current);
    let response = button(ui, at, id, Face::Small(&text), Lit::No, name);
    egui::Popup::menu(&response).show(|ui| {
        for (value, choice) in (0u32..).zip(choices) {
            if ui.selectable_label(*choice == text, *choice).clicked() {
                cx.set_param(control, f64::from(value));
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_number_is_shown_without_decimals_that_nobody_reads() {
        for (text, shown) in [
            ("10.000000", "10"),
            ("-45.123456", "-45.123"),
            ("0.333333", "0.333"),
            ("100.000000", "100"),
            ("0.000125", "0.000125"),
            ("0.000000", "0"),
            ("0.25", "0.25"),
            ("12.000000 dB", "12.000000 dB"),
            ("1.2.3456", "1.2.3456"),
            ("Off", "Off"),
        ] {
            assert_eq!(short(text), shown, "{text}");
        }
    }
}
