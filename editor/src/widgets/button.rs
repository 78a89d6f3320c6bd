//! Buttons, toggles and tabs.

use egui::{Color32, Id, Rect, Response, Role, Sense, Ui, WidgetInfo};

use super::text;
use crate::icons::{self, Icon};
use crate::theme::{color, font, space};

/// What a button shows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Face<'a> {
    Icon(Icon),
    Text(&'a str),
    /// Text in the small size, for narrow places.
    Small(&'a str),
    Both(Icon, &'a str),
}

/// Whether a button is lit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Lit {
    /// A plain button.
    No,
    /// On, filled with a colour.
    Filled(Color32),
    /// On, its face in a colour.
    Tinted(Color32),
    /// Nothing to do: dim, and touches do nothing.
    Disabled,
    /// No fill until the pointer comes.
    Quiet,
}

impl Lit {
    /// Filled when on.
    pub fn when(on: bool, fill: Color32) -> Self {
        if on { Self::Filled(fill) } else { Self::No }
    }

    /// Enabled when there is something to do.
    pub fn enabled(on: bool) -> Self {
        if on { Self::No } else { Self::Disabled }
    }
}

/// A button in `rect`. `tip` is its tooltip and its name for screen readers.
pub(crate) fn button(ui: &Ui, rect: Rect, id: Id, face: Face<'_>, lit: Lit, tip: &str) -> Response {
    let sense = if lit == Lit::Disabled { Sense::hover() } else { Sense::click() };
    let response = ui.interact(rect, id, sense);
    let painter = ui.painter();
    let (fill, ink) = match lit {
        Lit::Filled(fill) => (fill, color::TEXT_DARK),
        Lit::Disabled => (color::alpha(color::CONTROL, 0.4), color::TEXT_FAINT),
        Lit::No | Lit::Tinted(_) | Lit::Quiet => {
            let fill = if response.is_pointer_button_down_on() {
                color::CONTROL_DOWN
            } else if response.hovered() {
                color::CONTROL_HOVER
            } else if lit == Lit::Quiet {
                Color32::TRANSPARENT
            } else {
                color::CONTROL
            };
            (fill, if let Lit::Tinted(ink) = lit { ink } else { color::TEXT })
        }
    };
    painter.rect_filled(rect, space::RADIUS, fill);
    match face {
        Face::Icon(icon) => icons::paint(painter, rect, icon, ink),
        Face::Text(text) => {
            text::text_center(painter, rect.shrink2(egui::vec2(4.0, 0.0)), text, font::body(), ink);
        }
        Face::Small(text) => {
            text::text_center(painter, rect.shrink2(egui::vec2(2.0, 0.0)), text, font::small(), ink);
        }
        Face::Both(icon, text) => {
            let (left, right) = rect.split_left_right_at_x(rect.left() + 24.0);
            icons::paint_sized(painter, left, icon, ink, 13.0);
            text::label(painter, right.with_max_x(right.right() - 6.0), text, ink);
        }
    }
    describe(&response, tip);
    if tip.is_empty() { response } else { response.on_hover_text(tip) }
}

/// A small square with a letter, lit in its colour when on.
pub(crate) fn toggle(ui: &Ui, rect: Rect, id: Id, letter: &str, lit: Lit, tip: &str) -> Response {
    let response = ui.interact(rect, id, Sense::click());
    let (fill, ink) = match lit {
        Lit::Filled(fill) => (fill, color::TEXT_DARK),
        _ if response.hovered() => (color::CONTROL_HOVER, color::TEXT),
        _ => (color::CONTROL, color::TEXT_DIM),
    };
    ui.painter().rect_filled(rect, space::RADIUS, fill);
    text::text_center(ui.painter(), rect, letter, font::caption(), ink);
    describe(&response, tip);
    response.on_hover_text(tip)
}

/// A tab of a panel's header; returns its response. The width follows the text.
pub(crate) fn tab(ui: &Ui, left: f32, bar: Rect, id: Id, name: &str, lit: Lit) -> (Response, f32) {
    let painter = ui.painter();
    let galley = painter.layout_no_wrap(name.to_owned(), font::strong(), Color32::PLACEHOLDER);
    let width = galley.size().x + 22.0;
    let rect = Rect::from_min_max(egui::pos2(left, bar.top()), egui::pos2(left + width, bar.bottom()));
    let response = ui.interact(rect, id, Sense::click());
    let on = matches!(lit, Lit::Filled(_));
    let ink = match (on, response.hovered()) {
        (true, _) => color::TEXT,
        (false, true) => color::TEXT,
        (false, false) => color::TEXT_DIM,
    };
    if on {
        let line = Rect::from_min_max(
            egui::pos2(rect.left() + 9.0, rect.bottom() - 2.0),
            egui::pos2(rect.right() - 9.0, rect.bottom()),
        );
        painter.rect_filled(line, 1, color::ACCENT);
    }
    let at = egui::Align2::CENTER_CENTER.align_size_within_rect(galley.size(), rect);
    painter.galley(at.min, galley, ink);
    describe(&response, name);
    (response, rect.right())
}

fn describe(response: &Response, name: &str) {
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
}
