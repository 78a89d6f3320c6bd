//! The load of the engine, and what was lost.

use egui::{Align2, Pos2, Rect, ScrollArea, Shape, Stroke, Ui, pos2, vec2};

use super::{LINE, percent, title, well};
use crate::cx::Cx;
use crate::frame::{LoadPoint, Loss, LossKind};
use crate::math::count;
use crate::people;
use crate::theme::{color, font, space};
use crate::widgets::text::{text_center, text_in};

/// How many points the graph has room for: half a minute.
const POINTS: usize = 900;
/// What the graph's top can stand for.
const TOPS: [f32; 4] = [0.25, 0.5, 1.0, 2.0];

/// Draws the column.
pub(super) fn show(ui: &mut Ui, (head, body): (Rect, Rect), cx: &Cx<'_, '_>) {
    title(ui, head, "Engine load");
    let telemetry = cx.frame.telemetry;
    let points = &cx.frame.diagnostics.load;
    let recent = &points[points.len().saturating_sub(30)..];
    let peak = recent.iter().map(|point| point.peak).fold(0.0, f32::max);
    let now = format!("{} now, {} at most", percent(telemetry.mean_load), percent(peak));
    text_in(ui.painter(), head, Align2::RIGHT_CENTER, &now, font::small(), color::TEXT_DIM);
    let figures = 2.0 * LINE;
    let height = ((body.height() - figures) * 0.55).max(40.0);
    let (graph, rest) = body.split_top_bottom_at_y(body.top() + height);
    self::graph(ui, graph, points);
    let (figures, list) = rest.split_top_bottom_at_y(rest.top() + figures + space::SMALL);
    let counts = [
        ("Xruns", telemetry.xruns, "Times that the audio device ran dry, as it says itself"),
        ("Late blocks", telemetry.late_blocks, "Blocks that took longer than they last"),
        ("Late audio", telemetry.underruns, "Blocks for which audio had not been read from disk yet"),
        ("Lost events", telemetry.dropped_events, "Notes and parameter moves for which a list had no room"),
    ];
    for (nth, (name, count, tip)) in counts.into_iter().enumerate() {
        let cell = vec2(figures.width() / 2.0, LINE);
        let at = figures.min
            + vec2(crate::math::count(nth % 2) * cell.x, crate::math::count(nth / 2) * cell.y + space::SMALL);
        let cell = Rect::from_min_size(at, cell).shrink2(vec2(space::SMALL, 0.0));
        text_in(ui.painter(), cell, Align2::LEFT_CENTER, name, font::small(), color::TEXT_DIM);
        let tint = if count > 0 { color::WARNING } else { color::TEXT };
        let figure = cell.with_max_x(cell.right() - space::SMALL);
        text_in(ui.painter(), figure, Align2::RIGHT_CENTER, &count.to_string(), font::strong(), tint);
        ui.interact(cell, crate::ids::nth("loss count", nth), egui::Sense::hover()).on_hover_text(tip);
    }
    losses(ui, list, &cx.frame.diagnostics.losses);
}

fn graph(ui: &Ui, rect: Rect, points: &[LoadPoint]) {
    well(ui, rect);
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let most = points.iter().map(|point| point.peak).fold(0.0, f32::max);
    let top = TOPS.into_iter().find(|top| most <= *top).unwrap_or(TOPS[TOPS.len() - 1]);
    let y = |load: f32| rect.bottom() - (load / top).clamp(0.0, 1.0) * (rect.height() - 2.0);
    for quarter in [0.25, 0.5, 0.75] {
        painter.hline(rect.x_range(), y(top * quarter), Stroke::new(1.0, color::HAIRLINE));
    }
    let step = rect.width() / count(POINTS);
    let first = rect.right() - step * count(points.len());
    let mut mean = Vec::with_capacity(points.len());
    // One column of pixels shows the worst of the points that fall into it.
    let mut column: Option<(f32, f32)> = None;
    let bar = |x: f32, load: f32| {
        let tint = if load > 1.0 { color::ARM } else { color::alpha(color::METER_LOW, 0.45) };
        let at = Rect::from_min_max(pos2(x, y(load)), pos2(x + 1.0, rect.bottom()));
        painter.rect_filled(at, 0, tint);
    };
    for (nth, point) in points.iter().enumerate() {
        let at = first + step * count(nth);
        mean.push(pos2(at, y(point.mean)));
        let x = at.floor();
        column = match column {
            Some((left, load)) if left == x => Some((x, load.max(point.peak))),
            Some((left, load)) => {
                bar(left, load);
                Some((x, point.peak))
            }
            None => Some((x, point.peak)),
        };
    }
    if let Some((x, load)) = column {
        bar(x, load);
    }
    painter.add(Shape::line(mean, Stroke::new(1.5, color::METER_LOW)));
    let label = |at: Pos2, align: Align2, text: &str| {
        painter.text(at, align, text, font::small(), color::TEXT_FAINT);
    };
    label(rect.left_top() + vec2(5.0, 3.0), Align2::LEFT_TOP, &format!("{:.0} %", top * 100.0));
    label(rect.right_top() + vec2(-5.0, 3.0), Align2::RIGHT_TOP, "last 30 s");
}

fn losses(ui: &mut Ui, rect: Rect, losses: &[Loss]) {
    well(ui, rect);
    if rect.height() < LINE {
        return;
    }
    if losses.is_empty() {
        text_center(ui.painter(), rect, "Nothing was lost", font::small(), color::TEXT_FAINT);
        return;
    }
    let mut list =
        ui.new_child(egui::UiBuilder::new().max_rect(rect.shrink2(vec2(space::MEDIUM, space::TINY))));
    list.spacing_mut().item_spacing.y = 0.0;
    let area = ScrollArea::vertical().auto_shrink(false).id_salt("losses");
    area.show_rows(&mut list, LINE, losses.len(), |ui, range| {
        for nth in range {
            let (row, response) =
                ui.allocate_exact_size(vec2(ui.available_width(), LINE), egui::Sense::hover());
            let loss = losses[losses.len() - 1 - nth];
            let time = row.with_max_x(row.left() + 62.0);
            let clock = people::clock(loss.at_ms);
            text_in(ui.painter(), time, Align2::LEFT_CENTER, &clock, font::small(), color::TEXT_FAINT);
            let what = row.with_min_x(time.right());
            text_in(ui.painter(), what, Align2::LEFT_CENTER, &words(loss), font::small(), color::WARNING);
            response.on_hover_text(format!("{}\n{}", people::moment(loss.at_ms), words(loss)));
        }
    });
}

fn words(loss: Loss) -> String {
    let (one, many) = match loss.kind {
        LossKind::Xrun => ("xrun of the device", "xruns of the device"),
        LossKind::LateBlock => ("late block", "late blocks"),
        LossKind::Underrun => ("block without its audio", "blocks without their audio"),
        LossKind::Event => ("lost event", "lost events"),
    };
    format!("{} {}", loss.count, if loss.count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_told_by_number() {
        let loss = |kind, count| words(Loss { at_ms: 0, kind, count });
        assert_eq!(loss(LossKind::Xrun, 1), "1 xrun of the device");
        assert_eq!(loss(LossKind::Event, 12), "12 lost events");
    }
}
