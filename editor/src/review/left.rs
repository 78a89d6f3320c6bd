//! What a merge of files left undecided: rows of the table `conflicts`, in the project itself.

use egui::{Align2, Rect, ScrollArea, Sense, Ui, vec2};
use model::OpenConflictId;
use model::edit::conflict::decide;
use model::entity::{Cell, CellValue, Entity};
use model::merge::Side;
use protocol::{EntityId, Row, Value};

use super::conflicts::{Columns, choice, heads};
use super::{plural, words};
use crate::cx::Cx;
use crate::theme::{color, font, space};
use crate::widgets::text::text_in;
use crate::widgets::{Face, Lit, button};
use crate::{edits, ids};

const TABLE: &str = "conflicts";
/// Height of a conflict.
const ROW: f32 = 30.0;

/// How many there are.
pub(super) fn count(cx: &Cx<'_, '_>) -> usize {
    cx.project().table(TABLE).count()
}

/// A conflict of a merge of files.
struct Left {
    row: EntityId,
    subject: EntityId,
    cell: Cell,
    base: Option<CellValue>,
    ours: Option<CellValue>,
    theirs: Option<CellValue>,
}

impl Left {
    /// Reads a row; nothing if it is not one that can be decided here.
    fn read(row: EntityId, entity: &Entity) -> Option<Self> {
        Some(Self {
            row,
            subject: text(entity, "subject").parse().ok()?,
            cell: Cell {
                field: text(entity, "field").as_str().into(),
                part: text(entity, "part").parse().ok()?,
            },
            base: value(&text(entity, "base")),
            ours: value(&text(entity, "ours")),
            theirs: value(&text(entity, "theirs")),
        })
    }
}

fn text(entity: &Entity, field: &str) -> String {
    match entity.get(field) {
        Some(Value::Text(text)) => text,
        _ => String::new(),
    }
}

/// A value as the row keeps it: JSON, or nothing.
fn value(text: &str) -> Option<CellValue> {
    let whole = serde_json::from_str::<CellValue>(text);
    let value = || serde_json::from_str::<Value>(text).map(CellValue::Value);
    let row = || serde_json::from_str::<Row>(text).map(CellValue::Row);
    whole.or_else(|_| value()).or_else(|_| row()).ok()
}

/// Draws the chooser.
pub(super) fn show(ui: &mut Ui, rect: Rect, cx: &mut Cx<'_, '_>) {
    ui.painter().rect_filled(rect, 0, color::PANEL);
    let inner = rect.shrink2(vec2(space::LARGE, 0.0)).with_max_y(rect.bottom() - 6.0);
    let (head, rest) = inner.split_top_bottom_at_y(inner.top() + 36.0);
    let rows: Vec<EntityId> = cx.project().table(TABLE).collect();
    let row = Rect::from_center_size(head.center(), vec2(head.width(), space::CONTROL));
    let all = Rect::from_min_max(egui::pos2(row.right() - 150.0, row.top()), row.max);
    let text = format!("Keep ours for all {}", rows.len());
    let tip = "The project stays as it is, and the conflicts are forgotten: one undo step";
    if button(ui, all, ids::one("keep ours"), Face::Text(&text), Lit::No, tip).clicked() {
        cx.out.commit("Keep ours", rows.iter().copied().map(edits::delete).collect());
    }
    let words = row.with_max_x(all.left() - 8.0);
    let title = format!("{} left by a merge of files", plural(rows.len(), "conflict"));
    text_in(ui.painter(), words, Align2::LEFT_CENTER, &title, font::strong(), color::TEXT);
    let (heads_row, body) = rest.split_top_bottom_at_y(rest.top() + 20.0);
    heads(ui, heads_row, ["Before", "Ours", "Theirs"]);
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(body));
    child.spacing_mut().item_spacing.y = 0.0;
    let area = ScrollArea::vertical().auto_shrink(false).id_salt("left");
    area.show_rows(&mut child, ROW, rows.len(), |ui, range| {
        for index in range {
            let (row, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
            one(ui, row, index, rows[index], cx);
        }
    });
}

fn one(ui: &Ui, row: Rect, index: usize, id: EntityId, cx: &mut Cx<'_, '_>) {
    let Some(entity) = cx.project().entity(id) else { return };
    let columns = Columns::of(row);
    let what_rect = columns.what.with_min_x(columns.what.left() + 8.0);
    let Some(left) = Left::read(id, entity) else {
        // Something that this version cannot decide is told, and can be dismissed.
        let (reason, ink) = (text(entity, "reason"), color::TEXT_DIM);
        text_in(ui.painter(), what_rect.union(columns.base), Align2::LEFT_CENTER, &reason, font::body(), ink);
        if choice(ui, columns.project, ids::nth("left dismiss", index), "Dismiss") {
            cx.out.commit("Dismiss conflict", vec![edits::delete(id)]);
        }
        return;
    };
    let painter = ui.painter();
    let what = words::what(cx, left.subject, &left.cell);
    text_in(painter, what_rect, Align2::LEFT_CENTER, &what, font::body(), color::TEXT);
    let text = |value: &Option<CellValue>| words::value(cx, left.subject, &left.cell, value.as_ref());
    let (base, ours, theirs) = (text(&left.base), text(&left.ours), text(&left.theirs));
    let base_rect = columns.base.with_min_x(columns.base.left() + 8.0);
    text_in(painter, base_rect, Align2::LEFT_CENTER, &base, font::body(), color::TEXT_DIM);
    let decide = |side| decide(cx.project(), OpenConflictId(left.row), side);
    let (keep, take) = (decide(Side::Ours), decide(Side::Theirs));
    if choice(ui, columns.project, ids::nth("left ours", index), &ours) {
        // Where nothing can be decided the project stays as it is.
        let edits = keep.unwrap_or_else(|_| vec![edits::delete(left.row)]);
        cx.out.commit(format!("Keep ours: {what}"), edits);
    }
    if choice(ui, columns.session, ids::nth("left theirs", index), &theirs)
        && let Ok(edits) = take
    {
        cx.out.commit(format!("Take theirs: {what}"), edits);
    }
}
