//! The conflict chooser: before, the project's and the session's values side by side.

use egui::{Align2, Rect, ScrollArea, Sense, Ui, pos2, vec2};
use protocol::{Command, ConflictId, Take};

use super::{plural, words};
use crate::cx::Cx;
use crate::frame::{ConflictEntry, SessionEntry};
use crate::ids;
use crate::theme::{color, font, space};
use crate::view::Focus;
use crate::widgets::text::{caption, text_in};
use crate::widgets::{Face, Lit, button};

/// Height of a conflict.
const ROW: f32 = 30.0;
/// More conflicts than this are offered to be decided at once before one by one.
const MANY: usize = 100;

/// The columns of the chooser.
pub(super) struct Columns {
    pub what: Rect,
    pub base: Rect,
    pub project: Rect,
    pub session: Rect,
}

impl Columns {
    pub fn of(row: Rect) -> Self {
        let width = row.width();
        let at = |from: f32, to: f32| {
            Rect::from_min_max(
                pos2(row.left() + width * from, row.top()),
                pos2(row.left() + width * to - 6.0, row.bottom()),
            )
        };
        Self { what: at(0.0, 0.28), base: at(0.28, 0.46), project: at(0.46, 0.73), session: at(0.73, 1.0) }
    }
}

/// Draws the captions of the columns.
pub(super) fn heads(ui: &Ui, row: Rect, [base, project, session]: [&str; 3]) {
    let columns = Columns::of(row);
    caption(ui.painter(), columns.what.with_min_x(columns.what.left() + 8.0), "What");
    for (rect, name) in [(columns.base, base), (columns.project, project), (columns.session, session)] {
        caption(ui.painter(), rect.with_min_x(rect.left() + 8.0), name);
    }
}

/// Draws the chooser of a session.
pub(super) fn show(ui: &mut Ui, rect: Rect, session: &SessionEntry, cx: &mut Cx<'_, '_>) {
    let inner = rect.shrink2(vec2(space::LARGE, 0.0)).with_max_y(rect.bottom() - 6.0);
    let (bar, rest) = inner.split_top_bottom_at_y(inner.top() + 34.0);
    bulk(ui, bar, session, cx);
    let (heads, body) = rest.split_top_bottom_at_y(rest.top() + 20.0);
    self::heads(ui, heads, ["Before", "In the project", "In the session"]);
    let conflicts = &session.conflicts;
    let on = current(cx, conflicts);
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(body));
    child.spacing_mut().item_spacing.y = 0.0;
    let area = ScrollArea::vertical().auto_shrink(false).id_salt("conflicts");
    area.show_rows(&mut child, ROW, conflicts.len(), |ui, range| {
        for index in range {
            let (row, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
            one(ui, row, index, session, on == Some(conflicts[index].id), cx);
        }
    });
}

/// One choice for all of them.
fn bulk(ui: &Ui, bar: Rect, session: &SessionEntry, cx: &mut Cx<'_, '_>) {
    let (count, done) = (session.conflicts.len(), session.decided);
    let row = Rect::from_center_size(bar.center(), vec2(bar.width(), 26.0));
    if count > MANY {
        ui.painter().rect_filled(row, space::RADIUS, color::mix(color::PANEL, color::WARNING, 0.16));
    }
    let mut text = format!("{} to decide", plural(count, "conflict"));
    if done > 0 {
        text = format!("{text}, {done} decided");
    }
    let words = row.with_min_x(row.left() + 8.0).with_max_x(row.left() + row.width() * 0.4);
    text_in(ui.painter(), words, Align2::LEFT_CENTER, &text, font::body(), color::WARNING);
    let way = row.with_min_x(words.left()).with_max_x(words.right() - 8.0);
    let line =
        Rect::from_min_max(pos2(way.left(), row.bottom() - 3.0), pos2(way.right(), row.bottom() - 1.0));
    ui.painter().rect_filled(line, 1, color::GROOVE);
    let part = crate::math::count(done) / crate::math::count((count + done).max(1));
    ui.painter().rect_filled(line.with_max_x(line.left() + line.width() * part), 1, color::ACCENT);
    if count < 2 {
        return;
    }
    let all =
        |word: &str| if count > MANY { format!("{word} for all {count}") } else { format!("{word} for all") };
    let choices = [
        (Take::Session, "take theirs", all("Take the session's"), "The session's value for every conflict"),
        (Take::Project, "keep mine", all("Keep the project's"), "The project's value for every conflict"),
    ];
    let mut right = row.right() - 4.0;
    for (take, id, text, tip) in choices {
        let rect = Rect::from_min_max(pos2(right - 168.0, row.top() + 2.0), pos2(right, row.bottom() - 2.0));
        if button(ui, rect, ids::one(id), Face::Text(&text), Lit::No, tip).clicked() {
            cx.out.commands.push(Command::ResolveConflicts { session: session.id, take });
        }
        right = rect.left() - 4.0;
    }
}

fn one(ui: &Ui, row: Rect, index: usize, session: &SessionEntry, on: bool, cx: &mut Cx<'_, '_>) {
    let conflict = &session.conflicts[index];
    if on && cx.view.selection.focus == Focus::Review {
        ui.painter().rect_filled(row, space::RADIUS, color::HOVER);
        ui.painter().rect_filled(row.with_max_x(row.left() + 3.0), 0, color::ACCENT);
    }
    let columns = Columns::of(row);
    let words = words::of(cx, conflict);
    let painter = ui.painter();
    let what = columns.what.with_min_x(columns.what.left() + 8.0);
    text_in(painter, what, Align2::LEFT_CENTER, &words.what, font::body(), color::TEXT);
    let base = columns.base.with_min_x(columns.base.left() + 8.0);
    text_in(painter, base, Align2::LEFT_CENTER, &words.base, font::body(), color::TEXT_DIM);
    let choices = [
        (columns.project, Take::Project, "conflict project", &words.project),
        (columns.session, Take::Session, "conflict session", &words.session),
    ];
    for (rect, take, id, text) in choices {
        let id = ids::nth(id, index);
        if choice(ui, rect, id, text) {
            cx.view.review.conflict = Some(conflict.id);
            advance(cx, &session.conflicts);
            cx.view.selection.focus = Focus::Review;
            let (session, conflict) = (session.id, conflict.id);
            cx.out.commands.push(Command::ResolveConflict { session, conflict, take });
        }
    }
}

/// A value to choose; gives whether it was.
pub(super) fn choice(ui: &Ui, rect: Rect, id: egui::Id, text: &str) -> bool {
    let rect = rect.shrink2(vec2(0.0, 3.0));
    let response = ui.interact(rect, id, Sense::click());
    let painter = ui.painter();
    let fill = if response.hovered() { color::ACCENT_DIM } else { color::CONTROL };
    painter.rect_filled(rect, space::RADIUS, fill);
    text_in(painter, rect.shrink2(vec2(8.0, 0.0)), Align2::LEFT_CENTER, text, font::body(), color::TEXT);
    response.on_hover_text(format!("Take {text}")).clicked()
}

/// The conflict that the keyboard is on.
pub(super) fn current(cx: &Cx<'_, '_>, conflicts: &[ConflictEntry]) -> Option<ConflictId> {
    let known = cx.view.review.conflict.filter(|id| conflicts.iter().any(|conflict| conflict.id == *id));
    known.or_else(|| conflicts.first().map(|conflict| conflict.id))
}

/// Goes on to the next conflict, or at the end back: the current one is about to go.
pub(super) fn advance(cx: &mut Cx<'_, '_>, conflicts: &[ConflictEntry]) {
    let on = current(cx, conflicts);
    step(cx, conflicts, 1);
    if current(cx, conflicts) == on {
        step(cx, conflicts, -1);
    }
}

/// Goes on to another conflict.
pub(super) fn step(cx: &mut Cx<'_, '_>, conflicts: &[ConflictEntry], step: isize) {
    let Some(on) = current(cx, conflicts) else { return };
    let place = conflicts.iter().position(|conflict| conflict.id == on).unwrap_or(0);
    let next = place.checked_add_signed(step).and_then(|next| conflicts.get(next));
    cx.view.review.conflict = next.map(|next| next.id).or(Some(on));
}
