//! The lane of time signatures.

use egui::{Rect, Response, Sense, Ui};
use protocol::Beats;
use protocol::plan::SignaturePoint;

use super::paint::{self, Look};
use super::{Guide, actions, background, delete, field_rect, is_dragged, is_selected, shown_at, touch};
use crate::cx::Cx;
use crate::theme::{color, font};
use crate::times::SignatureAt;
use crate::widgets::field::{self, Draft, Ended};
use crate::{edits, ids};

/// What is offered; anything else can be typed.
pub(crate) const CHOICES: [(u8, u8); 8] = [(2, 4), (3, 4), (4, 4), (5, 4), (6, 4), (6, 8), (7, 8), (12, 8)];

/// Draws the lane.
pub(super) fn show(ui: &mut Ui, lane: Rect, cx: &mut Cx<'_, '_>) {
    let (response, added) = background(ui, lane, "signature lane", cx);
    if let Some(at) = added {
        actions::add_signature(cx, at);
    }
    if !response.context_menu_opened() {
        let tip = "Time signatures: double-click adds, drag moves from bar to bar; Shift+T adds one at the playhead";
        response.clone().on_hover_text(tip);
    }
    response.context_menu(|ui| {
        let at = cx.view.arranger.guides.menu_at;
        if ui.button("Add time signature here").clicked() {
            actions::add_signature(cx, at);
        }
    });
    let time = cx.view.arranger.time;
    let (left, right) = time.span(lane);
    let changes = &cx.times.changes;
    let mut free_from = f32::NEG_INFINITY;
    let first = changes.partition_point(|change| change.point.at.to_beats() < left).saturating_sub(1);
    for (index, change) in changes.iter().enumerate().skip(first) {
        if change.point.at.to_beats() > right {
            break;
        }
        let x = time.x(lane, shown_at(cx, Guide::Signature(change.id), change.point.at));
        let end = changes.get(index + 1).map_or(lane.right(), |next| time.x(lane, next.point.at));
        if x >= free_from || is_dragged(cx, Guide::Signature(change.id)) {
            one(ui, lane, *change, x, if end > x { end } else { lane.right() }, cx);
            free_from = x + 3.0;
        }
    }
    if changes.first().is_none_or(|change| change.point.at > Beats::ZERO) && left <= 0.0 {
        // What holds where nothing says otherwise.
        let rect = lane.with_min_x(time.x_of(lane, 0.0) + 6.0);
        let faint = color::TEXT_FAINT;
        crate::widgets::text::text_in(
            ui.painter(),
            rect,
            egui::Align2::LEFT_CENTER,
            "4/4",
            font::caption(),
            faint,
        );
    }
}

fn text(point: SignaturePoint) -> String {
    format!("{}/{}", point.numerator, point.denominator)
}

fn one(ui: &mut Ui, lane: Rect, change: SignatureAt, x: f32, end: f32, cx: &mut Cx<'_, '_>) {
    let guide = Guide::Signature(change.id);
    let words = text(change.point);
    let flag = paint::place(ui.painter(), lane, x, end, &words);
    let response = ui.interact(flag, ids::of("signature change", change.id), Sense::click_and_drag());
    let look = Look {
        tint: color::TEXT_DIM,
        font: font::caption,
        selected: is_selected(cx, guide),
        hovered: response.hovered(),
    };
    paint::flag(ui.painter(), flag, &words, look);
    touch(ui, &response, guide, (change.point.at, 0.0), cx);
    if response.double_clicked() {
        retype(cx, change);
    }
    if is_dragged(cx, guide) {
        let bar = cx.signatures.position(shown_at(cx, guide, change.point.at)).bar;
        paint::bubble(ui.painter(), flag.right_top(), lane, &format!("bar {bar}"));
    }
    menu(&response, change, cx);
    let id = ids::of("signature text", change.id);
    if let Some(Ended::Accepted(typed)) =
        field::in_place(ui, field_rect(lane, x, 60.0), id, &mut cx.view.draft)
        && let Some(chosen) = parse(&typed)
    {
        set(cx, change, chosen);
    }
    if response.hovered() && !response.dragged() {
        response.on_hover_text("Time signature: drag to another bar, double-click to type, Del deletes");
    }
}

/// Begins to type a time signature.
pub(super) fn retype(cx: &mut Cx<'_, '_>, change: SignatureAt) {
    cx.view.draft = Some(Draft::new(ids::of("signature text", change.id), text(change.point)));
}

/// Sets a time signature.
pub(super) fn set(cx: &mut Cx<'_, '_>, change: SignatureAt, (numerator, denominator): (u8, u8)) {
    if (change.point.numerator, change.point.denominator) != (numerator, denominator) {
        let edits = edits::set_signature_of(change.id, numerator, denominator);
        cx.out.commit(format!("Time signature {numerator}/{denominator}"), edits);
    }
}

/// Reads `7/8`; the lower number must be a power of two.
fn parse(text: &str) -> Option<(u8, u8)> {
    let (numerator, denominator) = text.trim().split_once('/')?;
    let (numerator, denominator): (u8, u8) =
        (numerator.trim().parse().ok()?, denominator.trim().parse().ok()?);
    let legal = (1..=64).contains(&numerator) && denominator.is_power_of_two() && denominator <= 32;
    legal.then_some((numerator, denominator))
}

fn menu(response: &Response, change: SignatureAt, cx: &mut Cx<'_, '_>) {
    if !response.secondary_clicked() && !response.context_menu_opened() {
        return;
    }
    response.context_menu(|ui| {
        for choice in CHOICES {
            let on = choice == (change.point.numerator, change.point.denominator);
            if ui.selectable_label(on, format!("{}/{}", choice.0, choice.1)).clicked() {
                set(cx, change, choice);
            }
        }
        if ui.add(egui::Button::new("Other…").shortcut_text("F2")).clicked() {
            retype(cx, change);
        }
        ui.separator();
        if ui.add(egui::Button::new("Delete").shortcut_text("Del")).clicked() {
            delete(cx, Guide::Signature(change.id));
        }
    });
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_legal_signatures_are_read() {
        assert_eq!(super::parse(" 7 / 8 "), Some((7, 8)));
        assert_eq!(super::parse("7/6"), None);
        assert_eq!(super::parse("0/4"), None);
        assert_eq!(super::parse("300/4"), None);
        assert_eq!(super::parse("four"), None);
    }
}
