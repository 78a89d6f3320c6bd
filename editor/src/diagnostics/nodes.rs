//! How long each node takes, the slowest on top.

use egui::{Align2, Rect, ScrollArea, Sense, Ui, vec2};
use model::Project;
use protocol::{EntityId, NodeId, NodeRole};

use super::{LINE, percent, title, well};
use crate::cx::Cx;
use crate::frame::NodeLoad;
use crate::theme::{color, font, space};
use crate::widgets::text::{text_center, text_in};
use crate::{edits, ids};

/// Width of a column of figures.
const FIGURE: f32 = 43.0;

/// A line of the table.
struct Row {
    node: NodeId,
    load: NodeLoad,
    lost: u32,
}

/// Draws the column.
pub(super) fn show(ui: &mut Ui, (head, body): (Rect, Rect), cx: &mut Cx<'_, '_>) {
    title(ui, head, "Nodes");
    let diagnostics = cx.frame.diagnostics;
    let lost = |node| diagnostics.dropped.get(&node).copied().unwrap_or(0);
    let timed = diagnostics.nodes.iter().map(|(&node, &load)| Row { node, load, lost: lost(node) });
    // What lost events is told though it may be gone.
    let gone = diagnostics.dropped.iter().filter(|(node, _)| !diagnostics.nodes.contains_key(node));
    let gone = gone.map(|(&node, &lost)| Row { node, load: NodeLoad::default(), lost });
    let mut rows: Vec<Row> = timed.chain(gone).collect();
    rows.sort_by(|a, b| b.load.load.total_cmp(&a.load.load));
    let sum: f32 = rows.iter().map(|row| row.load.load).sum();
    let all = format!("{} nodes, {} in all", rows.len(), percent(sum));
    text_in(ui.painter(), head, Align2::RIGHT_CENTER, &all, font::small(), color::TEXT_DIM);
    let (heads, list) = body.split_top_bottom_at_y(body.top() + LINE);
    let heads = cells(heads.shrink2(vec2(space::MEDIUM, 0.0)));
    for (cell, name, align) in [
        (heads[0], "Track", Align2::LEFT_CENTER),
        (heads[1], "Device", Align2::LEFT_CENTER),
        (heads[2], "CPU", Align2::RIGHT_CENTER),
        (heads[3], "Peak", Align2::RIGHT_CENTER),
        (heads[4], "Lost", Align2::RIGHT_CENTER),
    ] {
        text_in(ui.painter(), cell, align, name, font::small(), color::TEXT_FAINT);
    }
    well(ui, list);
    if rows.is_empty() {
        text_center(ui.painter(), list, "Nothing runs", font::small(), color::TEXT_FAINT);
        return;
    }
    let most = rows.first().map_or(0.0, |row| row.load.load);
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(list.shrink2(vec2(0.0, space::TINY))));
    child.spacing_mut().item_spacing.y = 0.0;
    let area = ScrollArea::vertical().auto_shrink(false).id_salt("nodes");
    area.show_rows(&mut child, LINE, rows.len(), |ui, range| {
        for nth in range {
            let (at, _) = ui.allocate_exact_size(vec2(ui.available_width(), LINE), Sense::hover());
            row(ui, at, nth, (&rows[nth], most), cx);
        }
    });
}

/// Track, device, and three figures.
fn cells(row: Rect) -> [Rect; 5] {
    let (names, figures) = row.split_left_right_at_x(row.right() - 3.0 * FIGURE);
    let (track, device) = names.split_left_right_at_fraction(0.47);
    let (load, rest) = figures.split_left_right_at_x(figures.left() + FIGURE);
    let (peak, lost) = rest.split_left_right_at_x(rest.left() + FIGURE);
    [track.with_max_x(track.right() - space::SMALL), device, load, peak, lost]
}

fn row(ui: &Ui, at: Rect, nth: usize, (row, most): (&Row, f32), cx: &mut Cx<'_, '_>) {
    let project = cx.project();
    let response = ui.interact(at, ids::nth("node load", nth), Sense::click());
    let painter = ui.painter();
    if response.hovered() {
        painter.rect_filled(at, 0, color::HOVER);
    }
    let (track, what) = names(project, row.node);
    let tint = track.map_or(color::TEXT_DIM, |track| edits::track_color(project, track));
    if most > 0.0 {
        let share = (row.load.load / most).clamp(0.0, 1.0);
        let bar = at.with_max_x(at.left() + at.width() * share).shrink2(vec2(0.0, 1.0));
        painter.rect_filled(bar, 0, color::alpha(tint, 0.16));
    }
    let cells = cells(at.shrink2(vec2(space::MEDIUM, 0.0)));
    let name = track.map_or("", |track| project.name_of(track));
    text_in(painter, cells[0], Align2::LEFT_CENTER, name, font::small(), color::TEXT);
    text_in(painter, cells[1], Align2::LEFT_CENTER, &what, font::small(), color::TEXT_DIM);
    let figure = |cell: Rect, text: &str, tint| {
        text_in(painter, cell, Align2::RIGHT_CENTER, text, font::small(), tint);
    };
    figure(cells[2], &percent(row.load.load), color::TEXT);
    figure(cells[3], &percent(row.load.peak), color::TEXT_DIM);
    let lost = if row.lost > 0 { row.lost.to_string() } else { "-".into() };
    figure(cells[4], &lost, if row.lost > 0 { color::WARNING } else { color::TEXT_FAINT });
    if response.clicked()
        && let Some(track) = track
    {
        cx.view.selection.select_track(track);
    }
    response.on_hover_text(format!(
        "{name}: {what}\n{} of the time there is, {} at most, {} events lost",
        percent(row.load.load),
        percent(row.load.peak),
        row.lost
    ));
}

/// The track that a node belongs to, and what it is there.
pub(super) fn names(project: &Project, node: NodeId) -> (Option<EntityId>, String) {
    let id = node.entity;
    if let Some(device) = project.device(id.into()) {
        return (Some(device.track().0), edits::device_name(&device));
    }
    if let Some(send) = project.send(id.into()) {
        return (Some(send.track().0), format!("Send to {}", project.name_of(send.target())));
    }
    let what = match node.role {
        NodeRole::Player => "Clips",
        NodeRole::Input => "Input",
        NodeRole::Device => "Device",
        NodeRole::Strip => "Strip",
        NodeRole::Send => "Send",
        NodeRole::Output => "Output",
        NodeRole::Follower => "Follower",
    };
    (project.track(id.into()).map(|track| track.id().0), what.into())
}
