//! The keyboard beside the notes; its keys sound.

use std::sync::Arc;

use egui::{Rect, Sense, Ui, pos2, vec2};
use model::Clip;
use protocol::plugin::NoteName;

use super::{Grid, sound};
use crate::cx::Cx;
use crate::ids;
use crate::theme::{color, font};
use crate::widgets::text::text_in;

/// Height of a key from which on its name has room, in points.
const NAMED: f32 = 11.0;

/// Whether a key is black.
pub(super) fn is_black(key: u8) -> bool {
    matches!(key % 12, 1 | 3 | 6 | 8 | 10)
}

/// Draws the keyboard.
pub(super) fn show(ui: &Ui, rect: Rect, grid: &Grid, clip: &Clip<'_>, cx: &mut Cx<'_, '_>) {
    let response = ui.interact(rect, ids::one("keyboard"), Sense::click_and_drag());
    let down = response.is_pointer_button_down_on();
    let pointer = response.interact_pointer_pos().filter(|_| down);
    let under = pointer.or(response.hover_pos()).map(|at| grid.key_at(at.y));
    sound(cx, pointer.map(|at| (clip.track().0, grid.key_at(at.y))));
    let names = names(clip, cx);
    let name_of = |key: u8| names.iter().find(|name| name.key == Some(u16::from(key)));
    let painter = ui.painter();
    painter.rect_filled(rect, 0, color::mix(color::TEXT, color::TEXT_DIM, 0.35));
    for key in grid.key_at(rect.bottom())..=grid.key_at(rect.top()) {
        let top = grid.y(key);
        let row = Rect::from_min_max(pos2(rect.left(), top), pos2(rect.right(), top + grid.key_height));
        let lit = under == Some(key);
        if is_black(key) {
            let fill = if lit { color::ACCENT } else { color::BAR };
            painter.rect_filled(row.with_max_x(rect.left() + rect.width() * 0.62), 1, fill);
            let line = egui::Stroke::new(1.0, color::alpha(color::VOID, 0.35));
            painter.hline(rect.left() + rect.width() * 0.62..=rect.right(), row.center().y, line);
        } else {
            if lit {
                painter.rect_filled(row, 0, color::ACCENT);
            }
            if matches!(key % 12, 0 | 5) {
                let line = egui::Stroke::new(1.0, color::alpha(color::VOID, 0.35));
                painter.hline(rect.x_range(), row.bottom() - 0.5, line);
            }
            if key % 12 == 0 && name_of(key).is_none() {
                let at = pos2(rect.right() - 4.0, row.center().y);
                let name = format!("C{}", i16::from(key / 12) - 1);
                painter.text(at, egui::Align2::RIGHT_CENTER, name, font::caption(), color::TEXT_DARK);
            }
        }
        if let Some(name) = name_of(key).filter(|_| grid.key_height >= NAMED) {
            let ink = if is_black(key) && !lit { color::TEXT } else { color::TEXT_DARK };
            let at = row.shrink2(vec2(3.0, 0.0));
            let at = if is_black(key) { at.with_max_x(rect.left() + rect.width() * 0.62 - 1.0) } else { at };
            text_in(painter, at, egui::Align2::LEFT_CENTER, &name.name, font::caption(), ink);
        }
    }
    painter.vline(rect.right() - 0.5, rect.y_range(), egui::Stroke::new(1.0, color::VOID));
    if let Some(name) = under.and_then(name_of) {
        response.on_hover_text(&name.name);
    }
}

/// What the track's first instrument that has names calls its keys.
fn names(clip: &Clip<'_>, cx: &Cx<'_, '_>) -> Arc<[NoteName]> {
    let project = cx.project();
    let devices = project.track(clip.track()).into_iter().flat_map(|track| track.devices());
    let mut names = devices.map(|device| cx.frame.plugin_params.note_names(device.id().0));
    names.find(|names| !names.is_empty()).unwrap_or_default()
}
