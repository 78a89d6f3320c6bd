//! What the lanes are called, at the left, and what can be added to them.

use egui::{Align2, Rect, Ui, pos2, vec2};

use super::{actions, tempo};
use crate::cx::Cx;
use crate::icons::Icon;
use crate::ids;
use crate::theme::{color, font};
use crate::widgets::{Face, Lit, button, text};

const SIZE: f32 = 16.0;

fn head(ui: &Ui, rect: Rect, name: &str) {
    ui.painter().rect_filled(rect, 0, color::BAR);
    let words = rect.with_min_x(rect.left() + 27.0).with_max_y(rect.top() + super::LANE);
    text::text_in(ui.painter(), words, Align2::LEFT_CENTER, name, font::small(), color::TEXT_DIM);
}

/// The place of a small button, counted from the right.
fn place(rect: Rect, nth: f32) -> Rect {
    let middle = pos2(rect.right() - 14.0 - nth * (SIZE + 3.0), rect.top() + super::LANE / 2.0);
    Rect::from_center_size(middle, vec2(SIZE, SIZE))
}

fn add(ui: &Ui, rect: Rect, id: &'static str, tip: &str) -> bool {
    button(ui, place(rect, 0.0), ids::one(id), Face::Icon(Icon::Plus), Lit::Quiet, tip).clicked()
}

pub(super) fn marker(ui: &Ui, rect: Rect, cx: &mut Cx<'_, '_>) {
    head(ui, rect, "Markers");
    if add(ui, rect, "add marker", "Add a marker at the playhead  (M)") {
        actions::add_marker(cx, cx.playhead());
    }
    let steps =
        [(Icon::Right, "next marker", actions::Way::On), (Icon::Left, "previous marker", actions::Way::Back)];
    let lit = if cx.times.markers.is_empty() || !cx.leads() { Lit::Disabled } else { Lit::Quiet };
    for ((icon, id, way), nth) in steps.into_iter().zip([1.0, 2.0]) {
        let tip =
            if way == actions::Way::On { "To the next marker  (])" } else { "To the previous marker  ([)" };
        if button(ui, place(rect, nth), ids::one(id), Face::Icon(icon), lit, tip).clicked() {
            actions::jump(cx, way);
        }
    }
}

pub(super) fn signature(ui: &Ui, rect: Rect, cx: &mut Cx<'_, '_>) {
    head(ui, rect, "Time signature");
    if add(ui, rect, "add signature", "Add a time signature at the playhead  (Shift+T)") {
        actions::add_signature(cx, cx.playhead());
    }
}

pub(super) fn tempo(ui: &Ui, rect: Rect, cx: &mut Cx<'_, '_>) {
    head(ui, rect, "Tempo");
    let curve = cx.view.arranger.guides.curve;
    let fold =
        Rect::from_center_size(pos2(rect.left() + 17.0, rect.top() + super::LANE / 2.0), vec2(SIZE, SIZE));
    let (icon, tip) =
        if curve { (Icon::Down, "Show figures only") } else { (Icon::Right, "Show the tempo curve") };
    if button(ui, fold, ids::one("tempo curve"), Face::Icon(icon), Lit::Quiet, tip).clicked() {
        cx.view.arranger.guides.curve = !curve;
    }
    if add(ui, rect, "add tempo", "Add a tempo change at the playhead  (T)") {
        let at = cx.playhead();
        actions::add_tempo(cx, at, cx.times.tempo.bpm_at(at));
    }
    if curve {
        let range = tempo::Range::of(&cx.times.tempos);
        let words = rect.with_max_x(rect.right() - 8.0).shrink2(vec2(0.0, 3.0));
        let figure = format!("{} bpm", tempo::figure(range.low));
        text::text_in(ui.painter(), words, Align2::RIGHT_BOTTOM, &figure, font::small(), color::TEXT_FAINT);
        let top = words.with_min_y(rect.top() + super::LANE);
        let figure = format!("{} bpm", tempo::figure(range.high));
        text::text_in(ui.painter(), top, Align2::RIGHT_TOP, &figure, font::small(), color::TEXT_FAINT);
    }
}
