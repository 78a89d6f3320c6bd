//! What was done, by whom and when; a click goes back to a step, or forward.

use std::collections::BTreeSet;

use egui::{Align2, Rect, ScrollArea, Sense, Ui, pos2, vec2};
use model::{HistoryEntry, StepList};
use protocol::Command;

use crate::cx::Cx;
use crate::icons::Icon;
use crate::theme::{color, font, space};
use crate::widgets::text::{text_center, text_in};
use crate::widgets::{Face, Lit, button, field};
use crate::{ids, people, review};

/// What the page shows.
#[derive(Debug, Default)]
pub(crate) struct HistoryView {
    /// Words that a step must have.
    search: String,
    /// The one author whose steps are shown.
    author: Option<String>,
}

/// Height of the bar above the steps.
const BAR: f32 = 34.0;

/// Draws the steps, the last on top, and beside them what one of them changed.
pub(crate) fn show(ui: &mut Ui, rect: Rect, cx: &mut Cx<'_, '_>) {
    let steps = cx.frame.history;
    if steps.is_empty() {
        text_center(ui.painter(), rect, "Nothing has been changed yet", font::body(), color::TEXT_FAINT);
        return;
    }
    let mut list_rect = rect;
    if let Some(change) = cx.frame.change {
        let (left, right) = rect.split_left_right_at_fraction(0.5);
        list_rect = left;
        let right = right.with_min_x(right.left() + 2.0);
        ui.painter().rect_filled(right, 0, color::WELL);
        let (head, body) = right.split_top_bottom_at_y(right.top() + BAR);
        self::change(ui, head, steps.iter().rfind(|step| step.id == change.commit), cx);
        review::lines::show(ui, body, "change lines", &change.lines, cx);
    }
    let (bar, body) = list_rect.split_top_bottom_at_y(list_rect.top() + BAR);
    filters(ui, bar, steps, cx);
    let shown: Vec<usize> = (0..steps.len())
        .zip(steps.iter())
        .rev()
        .filter(|(_, step)| matches(step, &cx.view.history))
        .map(|(index, _)| index)
        .collect();
    let last = steps.last_done();
    if shown.is_empty() {
        text_center(ui.painter(), body, "No step like that", font::body(), color::TEXT_FAINT);
        return;
    }
    let mut list = ui.new_child(egui::UiBuilder::new().max_rect(body.shrink2(vec2(space::MEDIUM, 2.0))));
    list.spacing_mut().item_spacing.y = 0.0;
    let area = ScrollArea::vertical().auto_shrink(false).id_salt("history");
    area.show_rows(&mut list, space::ROW, shown.len(), |ui, range| {
        for nth in range {
            let (row, _) = ui.allocate_exact_size(vec2(ui.available_width(), space::ROW), Sense::hover());
            step(ui, row, (shown[nth], last), cx);
        }
    });
}

fn matches(step: &HistoryEntry, view: &HistoryView) -> bool {
    let word = view.search.trim().to_lowercase();
    view.author.as_deref().is_none_or(|author| *step.author == *author)
        && (word.is_empty() || step.name.to_lowercase().contains(&word))
}

/// Search, and whose steps are shown.
fn filters(ui: &mut Ui, bar: Rect, steps: &StepList, cx: &mut Cx<'_, '_>) {
    let row = Rect::from_center_size(bar.center(), vec2(bar.width() - 2.0 * space::MEDIUM, space::CONTROL));
    let search = row.with_max_x(row.left() + (row.width() * 0.5).min(230.0));
    field::line(ui, search, ids::one("history search"), &mut cx.view.history.search, "Search steps");
    let authors: BTreeSet<&str> = steps.iter().map(|step| &*step.author).collect();
    if authors.len() < 2 {
        return;
    }
    let menu =
        Rect::from_min_max(pos2(search.right() + 6.0, row.top()), pos2(search.right() + 136.0, row.bottom()));
    let name = cx.view.history.author.as_deref().map_or("Everybody", people::name).to_owned();
    let lit = if cx.view.history.author.is_some() { Lit::Tinted(color::ACCENT) } else { Lit::No };
    let response =
        button(ui, menu, ids::one("history author"), Face::Text(&name), lit, "Whose steps are shown");
    egui::Popup::menu(&response).show(|ui| {
        if ui.selectable_label(cx.view.history.author.is_none(), "Everybody").clicked() {
            cx.view.history.author = None;
        }
        for author in authors {
            let on = cx.view.history.author.as_deref() == Some(author);
            if ui.selectable_label(on, people::name(author)).clicked() {
                cx.view.history.author = Some(author.to_owned());
            }
        }
    });
}

fn step(ui: &Ui, row: Rect, (index, last): (usize, Option<usize>), cx: &mut Cx<'_, '_>) {
    let Some(step) = cx.frame.history.get(index) else { return };
    let response = ui.interact(row, ids::nth("history", index), Sense::click());
    let last = last == Some(index);
    let viewed = cx.frame.change.is_some_and(|change| step.id == change.commit);
    let painter = ui.painter();
    if last || viewed || response.hovered() {
        painter.rect_filled(row, space::RADIUS, if last || viewed { color::SELECTED } else { color::HOVER });
    }
    let opacity = if step.undone { 0.35 } else { 1.0 };
    let ink = if step.undone { color::TEXT_FAINT } else { color::TEXT };
    people::badge(painter, pos2(row.left() + 16.0, row.center().y), &step.author, opacity);
    let view = Rect::from_center_size(pos2(row.right() - 16.0, row.center().y), vec2(24.0, 20.0));
    let time = Rect::from_min_max(pos2(view.left() - 70.0, row.top()), pos2(view.left() - 6.0, row.bottom()));
    let author =
        Rect::from_min_max(pos2(time.left() - 96.0, row.top()), pos2(time.left() - 6.0, row.bottom()));
    let words =
        Rect::from_min_max(pos2(row.left() + 32.0, row.top()), pos2(author.left() - 6.0, row.bottom()));
    text_in(painter, words, Align2::LEFT_CENTER, &step.name, font::body(), ink);
    let dim = if step.undone { color::TEXT_FAINT } else { color::TEXT_DIM };
    text_in(painter, author, Align2::RIGHT_CENTER, people::name(&step.author), font::small(), dim);
    let ago = people::ago(step.at.ms);
    text_in(painter, time, Align2::RIGHT_CENTER, &ago, font::small(), color::TEXT_FAINT);
    let lit = if viewed { Lit::Tinted(color::ACCENT) } else { Lit::Quiet };
    let tip = if viewed { "Hide what it changed" } else { "Show what it changed" };
    let mut looked = false;
    if button(ui, view, ids::nth("history view", index), Face::Icon(Icon::Eye), lit, tip).clicked() {
        looked = true;
        cx.out.commands.push(Command::ShowChange { commit: (!viewed).then_some(step.id) });
    }
    if response.clicked() && !looked {
        go_to(index, cx);
    }
    if response.hovered() {
        let word = if step.undone {
            "Taken back; click to do it again up to here"
        } else {
            "Click to go back to this step"
        };
        response.on_hover_text(format!("{}\n{}\n{word}", step.name, people::moment(step.at.ms)));
    }
}

/// The head of what a step changed.
fn change(ui: &Ui, rect: Rect, step: Option<&HistoryEntry>, cx: &mut Cx<'_, '_>) {
    let row = Rect::from_center_size(rect.center(), vec2(rect.width() - 2.0 * space::LARGE, space::CONTROL));
    let close = Rect::from_min_max(pos2(row.right() - 22.0, row.top()), row.max);
    let (id, face) = (ids::one("change close"), Face::Icon(Icon::Close));
    if button(ui, close, id, face, Lit::Quiet, "Hide what it changed").clicked() {
        cx.out.commands.push(Command::ShowChange { commit: None });
    }
    let Some(step) = step else { return };
    let words = row.with_max_x(close.left() - 8.0);
    let name = text_in(ui.painter(), words, Align2::LEFT_CENTER, &step.name, font::strong(), color::TEXT);
    let about = format!("by {} · {}", people::name(&step.author), people::moment(step.at.ms));
    let rest = words.with_min_x(name.right() + space::LARGE);
    text_in(ui.painter(), rest, Align2::LEFT_CENTER, &about, font::small(), color::TEXT_DIM);
}

fn go_to(index: usize, cx: &mut Cx<'_, '_>) {
    let entries = cx.frame.history;
    let (undos, redos) = if entries.get(index).is_some_and(|entry| entry.undone) {
        (0, entries.iter().take(index + 1).filter(|entry| entry.undone).count())
    } else {
        (entries.iter().skip(index + 1).filter(|entry| !entry.undone).count(), 0)
    };
    cx.out.commands.extend(std::iter::repeat_n(Command::Undo, undos));
    cx.out.commands.extend(std::iter::repeat_n(Command::Redo, redos));
}
