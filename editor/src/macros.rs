//! The macro page: 128 slots in pages of 16, what each moves, and learning by touch.

use egui::{Rect, ScrollArea, Sense, Ui, pos2, vec2};
use model::{Macro, MacroTarget};
use protocol::{Command, EntityId};

use crate::cx::Cx;
use crate::devices::{Cell, cell};
use crate::hand::{Control, Target, Travel};
use crate::icons::Icon;
use crate::scale::Scale;
use crate::theme::{color, font, space};
use crate::widgets::field::{self, Draft, Ended};
use crate::widgets::text::{self, label, text_in};
use crate::widgets::{Face, Lit, button};
use crate::{edits, ids};

/// Slots of a page.
const PAGE: u8 = 16;
/// Pages.
const PAGES: u8 = 8;

/// Draws the page.
pub(crate) fn show(ui: &mut Ui, rect: Rect, cx: &mut Cx<'_, '_>) {
    ui.painter().rect_filled(rect, 0, color::WELL);
    let (left, side) = rect.split_left_right_at_x(rect.right() - 300.0);
    let (head, grid) = left.split_top_bottom_at_y(left.top() + 32.0);
    pages(ui, head, cx);
    let macros: Vec<_> = cx.project().macros().collect();
    let grid = grid.shrink2(vec2(space::MEDIUM, 2.0));
    let size = vec2(grid.width() / 8.0, grid.height() / 2.0);
    for nth in 0..PAGE {
        let slot = cx.view.macro_page * PAGE + nth;
        let at = vec2(f32::from(nth % 8) * size.x, f32::from(nth / 8) * size.y);
        let known = macros.iter().find(|known| known.slot() == slot);
        slot_card(ui, Rect::from_min_size(grid.min + at, size).shrink(2.0), slot, known, cx);
    }
    ui.painter().rect_filled(side, 0, color::PANEL);
    let selected = cx.view.macro_slot;
    targets(ui, side, selected, macros.iter().find(|known| known.slot() == selected), cx);
}

fn pages(ui: &Ui, head: Rect, cx: &mut Cx<'_, '_>) {
    let row = Rect::from_center_size(head.center(), vec2(head.width() - 20.0, space::CONTROL));
    let mut left = row.left();
    for page in 0..PAGES {
        let name = format!("{}-{}", u16::from(page) * 16 + 1, u16::from(page) * 16 + 16);
        let at = Rect::from_min_size(pos2(left, row.top()), vec2(58.0, row.height()));
        let lit = if cx.view.macro_page == page { Lit::Tinted(color::ACCENT) } else { Lit::Quiet };
        let id = ids::nth("macro page", page.into());
        if button(ui, at, id, Face::Text(&name), lit, "Page of macro slots").clicked() {
            cx.view.macro_page = page;
            cx.view.macro_slot = page * PAGE;
        }
        left += 60.0;
    }
    let hint = row.with_min_x(left + 8.0);
    let text = "The outer host sees these as parameters";
    text_in(ui.painter(), hint, egui::Align2::RIGHT_CENTER, text, font::small(), color::TEXT_FAINT);
}

fn slot_card(ui: &mut Ui, rect: Rect, slot: u8, known: Option<&Macro<'_>>, cx: &mut Cx<'_, '_>) {
    let learning = cx.frame.status.learn == Some(slot);
    let selected = cx.view.macro_slot == slot;
    let response = ui.interact(rect, ids::nth("macro card", slot.into()), Sense::click());
    if response.clicked() {
        cx.view.macro_slot = slot;
    }
    let outline = match (learning, selected) {
        (true, _) => color::LEARN,
        (false, true) => color::ACCENT_DIM,
        (false, false) => color::LINE,
    };
    let painter = ui.painter();
    painter.rect_filled(rect, space::RADIUS_CARD, color::PANEL);
    let stroke = egui::Stroke::new(1.0, outline);
    painter.rect_stroke(rect, space::RADIUS_CARD, stroke, egui::StrokeKind::Inside);
    let number = Rect::from_min_size(rect.min + vec2(7.0, 4.0), vec2(24.0, 16.0));
    let ink = if known.is_some() { color::TEXT_DIM } else { color::TEXT_FAINT };
    text_in(painter, number, egui::Align2::LEFT_CENTER, &(slot + 1).to_string(), font::caption(), ink);
    let learn = Rect::from_min_size(pos2(rect.right() - 23.0, rect.top() + 3.0), vec2(20.0, 18.0));
    let lit = if learning { Lit::Filled(color::LEARN) } else { Lit::Quiet };
    let tip = if learning { "Touch a parameter; click to cancel" } else { "Learn: then touch a parameter" };
    let id = ids::nth("learn", slot.into());
    if button(ui, learn, id, Face::Icon(Icon::Target), lit, tip).clicked() {
        cx.view.macro_slot = slot;
        cx.out.commands.push(Command::Learn { slot: (!learning).then_some(slot) });
    }
    let name = known.map_or("", |known| known.name());
    let shown = if name.is_empty() { format!("Macro {}", slot + 1) } else { name.to_owned() };
    let control = Control {
        target: Target::Macro { slot, entity: known.map(|known| known.id().0) },
        scale: Scale::Macro,
        current: known.map_or(0.0, Macro::value),
        travel: Travel::Knob,
        name: &shown,
    };
    let inner = rect.with_min_y(rect.top() + 16.0).shrink2(vec2(4.0, 2.0));
    let height = inner.height().min(84.0);
    let at = Rect::from_center_size(inner.center(), vec2(inner.width(), height));
    cell(ui, at, ids::nth("macro", slot.into()), &Cell { name: &shown, control: &control, text: None }, cx);
}

fn targets(ui: &mut Ui, side: Rect, slot: u8, known: Option<&Macro<'_>>, cx: &mut Cx<'_, '_>) {
    let inner = side.shrink2(vec2(space::LARGE, space::MEDIUM));
    let (head, list) = inner.split_top_bottom_at_y(inner.top() + 26.0);
    title(ui, head, slot, known, cx);
    let targets: Vec<_> = known.into_iter().flat_map(Macro::targets).collect();
    if targets.is_empty() {
        let text = "Nothing mapped. Press the target on the slot,\nthen touch a knob, a fader or a plugin.";
        let at = list.left_top() + vec2(0.0, 10.0);
        ui.painter().text(at, egui::Align2::LEFT_TOP, text, font::body(), color::TEXT_FAINT);
        return;
    }
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(list.with_min_y(list.top() + 4.0)));
    ScrollArea::vertical().auto_shrink(false).id_salt("targets").show(&mut child, |ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        for target in &targets {
            let (row, _) = ui.allocate_exact_size(vec2(ui.available_width(), 38.0), Sense::hover());
            target_row(ui, row, target, cx);
        }
    });
}

fn title(ui: &mut Ui, head: Rect, slot: u8, known: Option<&Macro<'_>>, cx: &mut Cx<'_, '_>) {
    let Some(known) = known else {
        text::label(ui.painter(), head, &format!("Macro {}", slot + 1), color::TEXT_DIM);
        return;
    };
    let id = ids::of("macro name", known.id().0);
    let number = head.with_max_x(head.left() + 26.0);
    text_in(
        ui.painter(),
        number,
        egui::Align2::LEFT_CENTER,
        &(slot + 1).to_string(),
        font::strong(),
        color::TEXT_FAINT,
    );
    let words = head.with_min_x(number.right());
    match field::in_place(ui, words, id, &mut cx.view.draft) {
        Some(Ended::Accepted(name)) if name.trim() != known.name() && !name.trim().is_empty() => {
            let edits = edits::rename(cx.project(), known.id().0, name.trim());
            cx.out.commit("Rename macro", edits);
        }
        Some(_) => {}
        None if cx.view.draft.as_ref().is_some_and(|draft| draft.id == id) => return,
        None => {}
    }
    let response = ui.interact(words, id, Sense::click());
    text_in(ui.painter(), words, egui::Align2::LEFT_CENTER, known.name(), font::strong(), color::TEXT);
    if response.on_hover_text("Double-click to rename").double_clicked() {
        cx.view.draft = Some(Draft::new(id, known.name()));
    }
}

fn target_row(ui: &mut Ui, row: Rect, target: &MacroTarget<'_>, cx: &mut Cx<'_, '_>) {
    let id: EntityId = target.id().0;
    let painter = ui.painter();
    painter.rect_filled(row, space::RADIUS, color::BAR);
    let described = edits::describe(cx, target.owner(), target.param());
    let inner = row.shrink2(vec2(8.0, 3.0)).with_max_x(row.right() - 30.0);
    let (top, bottom) = inner.split_top_bottom_at_fraction(0.5);
    label(painter, top, &format!("{}: {}", described.owner, described.name), color::TEXT);
    let (from, to) = bottom.split_left_right_at_x(bottom.left() + 84.0);
    bound(ui, from.with_max_x(from.right() - 12.0), ("from", target.min()), &described, target, cx);
    bound(ui, to.with_max_x(to.left() + 84.0), ("to", target.max()), &described, target, cx);
    let mut right = row.right() - 15.0;
    let mut place = || {
        let rect = Rect::from_center_size(pos2(right, row.center().y), vec2(22.0, 22.0));
        right -= 24.0;
        rect
    };
    let face = Face::Icon(Icon::Close);
    if button(ui, place(), ids::of("unmap", id), face, Lit::Quiet, "Remove this target").clicked() {
        cx.out.commit("Remove macro target", vec![edits::delete(id)]);
    }
    let face = Face::Icon(Icon::Refresh);
    if button(ui, place(), ids::of("invert", id), face, Lit::Quiet, "Invert the range").clicked() {
        let edits = vec![
            model::edit::macros::set_min(target.id(), target.max()),
            model::edit::macros::set_max(target.id(), target.min()),
        ];
        cx.out.commit("Invert macro target", edits);
    }
}

/// One end of a target's range; a click types it.
fn bound(
    ui: &mut Ui,
    rect: Rect,
    (word, value): (&'static str, f64),
    described: &edits::Described,
    target: &MacroTarget<'_>,
    cx: &mut Cx<'_, '_>,
) {
    let id = ids::of(word, target.id().0);
    match field::in_place(ui, rect.expand2(vec2(4.0, 2.0)), id, &mut cx.view.draft) {
        Some(Ended::Accepted(text)) => {
            if let Some(value) = described.scale().parse(&text) {
                let edit = match word {
                    "from" => model::edit::macros::set_min(target.id(), value),
                    _ => model::edit::macros::set_max(target.id(), value),
                };
                cx.out.commit("Set macro range", vec![edit]);
            }
        }
        Some(Ended::Cancelled) => {}
        None if cx.view.draft.as_ref().is_some_and(|draft| draft.id == id) => return,
        None => {}
    }
    let response = ui.interact(rect, id, Sense::click());
    let ink = if response.hovered() { color::ACCENT } else { color::TEXT_DIM };
    let text = described.text(value);
    let shown = format!("{word} {text}");
    text_in(ui.painter(), rect, egui::Align2::LEFT_CENTER, &shown, font::small(), ink);
    if response.on_hover_text("Click to type").clicked() {
        cx.view.draft = Some(Draft::new(id, text));
    }
}
