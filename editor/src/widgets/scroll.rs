//! Scroll bars of timelines, which scroll by numbers rather than by egui's areas.

use egui::{Id, Rect, Response, Sense, Ui};

use crate::theme::color;

/// What a scroll bar shows, in any unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Extent {
    /// First thing seen.
    pub offset: f64,
    /// How much is seen.
    pub seen: f64,
    /// How much there is.
    pub total: f64,
}

impl Extent {
    fn max(self) -> f64 {
        (self.total - self.seen).max(0.0)
    }
}

/// A lying scroll bar; gives the new offset while it is dragged.
pub(crate) fn horizontal(ui: &Ui, rect: Rect, id: Id, extent: Extent) -> Option<f64> {
    let response = ui.interact(rect, id, Sense::click_and_drag());
    let (size, room) = handle(extent, f64::from(rect.width()));
    let left = f64::from(rect.left()) + at(extent, room);
    let bar = Rect::from_min_max(
        egui::pos2(crate::math::px(left), rect.top() + 2.0),
        egui::pos2(crate::math::px(left + size), rect.bottom() - 2.0),
    );
    paint(ui, bar, &response, extent);
    moved(&response, extent, room, f64::from(response.drag_delta().x))
}

/// A standing scroll bar; gives the new offset while it is dragged.
pub(crate) fn vertical(ui: &Ui, rect: Rect, id: Id, extent: Extent) -> Option<f64> {
    let response = ui.interact(rect, id, Sense::click_and_drag());
    let (size, room) = handle(extent, f64::from(rect.height()));
    let top = f64::from(rect.top()) + at(extent, room);
    let bar = Rect::from_min_max(
        egui::pos2(rect.left() + 2.0, crate::math::px(top)),
        egui::pos2(rect.right() - 2.0, crate::math::px(top + size)),
    );
    paint(ui, bar, &response, extent);
    moved(&response, extent, room, f64::from(response.drag_delta().y))
}

/// Length of the handle, and of the way it has.
fn handle(extent: Extent, length: f64) -> (f64, f64) {
    let share = if extent.total > 0.0 { (extent.seen / extent.total).clamp(0.0, 1.0) } else { 1.0 };
    let size = (length * share).max(24.0).min(length);
    (size, length - size)
}

fn at(extent: Extent, room: f64) -> f64 {
    if extent.max() > 0.0 { room * (extent.offset / extent.max()).clamp(0.0, 1.0) } else { 0.0 }
}

fn moved(response: &Response, extent: Extent, room: f64, delta: f64) -> Option<f64> {
    (response.dragged() && room > 0.0)
        .then(|| (extent.offset + delta / room * extent.max()).clamp(0.0, extent.max()))
}

fn paint(ui: &Ui, bar: Rect, response: &Response, extent: Extent) {
    if extent.max() <= 0.0 {
        return;
    }
    let tint = if response.dragged() || response.hovered() { color::CONTROL_DOWN } else { color::CONTROL };
    ui.painter().rect_filled(bar, 3, tint);
}
