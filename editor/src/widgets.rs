//! The controls that everything is built from. They paint and report; what a touch means is decided elsewhere.

pub(crate) mod button;
pub(crate) mod fader;
pub(crate) mod field;
pub(crate) mod knob;
pub(crate) mod meter;
pub(crate) mod palette;
pub(crate) mod scroll;
pub(crate) mod text;

pub(crate) use button::{Face, Lit, button, tab, toggle};
pub(crate) use text::text_center;

use egui::{Rect, Ui, UiBuilder};

/// A part of the window with its own clipping and ids.
pub(crate) fn area<R>(ui: &mut Ui, rect: Rect, name: &'static str, add: impl FnOnce(&mut Ui) -> R) -> R {
    let mut child = ui.new_child(UiBuilder::new().id_salt(name).max_rect(rect));
    child.set_clip_rect(rect.intersect(ui.clip_rect()));
    add(&mut child)
}
