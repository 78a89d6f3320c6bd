//! The tempo lane: a row of figures, or the curve.

use egui::{Align2, Pos2, Rect, Response, Sense, Shape, Stroke, Ui, pos2};
use protocol::{TempoMap, Transition};

use super::paint::{self, Look};
use super::{Guide, LANE, actions, background, delete, field_rect, is_dragged, is_selected, shown_at, touch};
use crate::cx::Cx;
use crate::math::px;
use crate::theme::{color, font};
use crate::times::TempoAt;
use crate::widgets::field::{self, Draft, Ended};
use crate::{edits, ids};

/// The tempos that the curve's height stands for.
#[derive(Clone, Copy)]
pub(super) struct Range {
    pub low: f64,
    pub high: f64,
}

impl Range {
    /// All of the project's tempos, with room around them.
    pub fn of(points: &[TempoAt]) -> Self {
        let bpm = || points.iter().map(|point| point.bpm);
        let low = bpm().reduce(f64::min).unwrap_or(TempoMap::DEFAULT_BPM);
        let high = bpm().reduce(f64::max).unwrap_or(TempoMap::DEFAULT_BPM);
        let room = ((high - low) * 0.12).max(6.0);
        Self { low: (low - room).floor().max(0.0), high: (high + room).ceil() }
    }

    fn y(self, lane: Rect, bpm: f64) -> f32 {
        let (top, bottom) = (lane.top() + 6.0, lane.bottom() - 6.0);
        let way = px((bpm - self.low) / (self.high - self.low).max(1.0)).clamp(0.0, 1.0);
        bottom - way * (bottom - top)
    }

    fn bpm_at(self, lane: Rect, y: f32) -> f64 {
        let (top, bottom) = (lane.top() + 6.0, lane.bottom() - 6.0);
        let way = f64::from(((bottom - y) / (bottom - top)).clamp(0.0, 1.0));
        ((self.low + way * (self.high - self.low)) * 10.0).round() / 10.0
    }
}

/// Draws the lane.
pub(super) fn show(ui: &mut Ui, lane: Rect, cx: &mut Cx<'_, '_>) {
    let curve = cx.view.arranger.guides.curve;
    let range = Range::of(&cx.times.tempos);
    let (response, added) = background(ui, lane, "tempo lane", cx);
    if let (Some(at), Some(pointer)) = (added, response.interact_pointer_pos()) {
        let bpm = if curve { range.bpm_at(lane, pointer.y) } else { cx.times.tempo.bpm_at(at) };
        actions::add_tempo(cx, at, bpm);
    }
    if !response.context_menu_opened() {
        response.clone().on_hover_text(
            "Tempo: double-click adds a change; drag one up or down, with Ctrl in whole beats a minute; \
             T adds one at the playhead",
        );
    }
    response.context_menu(|ui| {
        let at = cx.view.arranger.guides.menu_at;
        if ui.button("Add tempo change here").clicked() {
            actions::add_tempo(cx, at, cx.times.tempo.bpm_at(at));
        }
        let word = if curve { "Show figures only" } else { "Show the curve" };
        if ui.button(word).clicked() {
            cx.view.arranger.guides.curve = !curve;
        }
    });
    let points = seen(cx, lane);
    if curve {
        line(ui, lane, range, &points, cx);
    }
    let mut free_from = f32::NEG_INFINITY;
    for (index, point) in points.iter().enumerate() {
        let x = cx.view.arranger.time.x(lane, point.at);
        let end =
            points.get(index + 1).map_or(lane.right() + 60.0, |next| cx.view.arranger.time.x(lane, next.at));
        if x < free_from && !is_dragged(cx, Guide::Tempo(point.id)) {
            continue;
        }
        free_from = x + 3.0;
        if curve {
            dot(ui, lane, pos2(x, range.y(lane, point.bpm)), *point, end, cx);
        } else if x <= lane.right() {
            flag(ui, lane, *point, x, end, cx);
        }
    }
}

/// The changes in sight as they are shown now, one before and one after included, by position.
fn seen(cx: &Cx<'_, '_>, lane: Rect) -> Vec<TempoAt> {
    let (left, right) = cx.view.arranger.time.span(lane);
    let all = &cx.times.tempos;
    let first = all.partition_point(|point| point.at.to_beats() < left).saturating_sub(1);
    let end = (all.partition_point(|point| point.at.to_beats() <= right) + 1).min(all.len());
    let mut points = all.get(first..end).unwrap_or_default().to_vec();
    if let Some(drag) = cx.view.arranger.guides.drag
        && let Guide::Tempo(id) = drag.guide
        && let Some(point) = all.iter().find(|point| point.id == id)
    {
        points.retain(|known| known.id != id);
        points.push(TempoAt { at: drag.at, bpm: drag.bpm, ..*point });
        points.sort_by_key(|point| point.at);
    }
    points
}

fn line(ui: &Ui, lane: Rect, range: Range, points: &[TempoAt], cx: &Cx<'_, '_>) {
    let time = cx.view.arranger.time;
    let first = points.first().map_or(TempoMap::DEFAULT_BPM, |point| point.bpm);
    let mut path: Vec<Pos2> = vec![pos2(lane.left(), range.y(lane, first))];
    let mut ramps = false;
    for point in points {
        let at = pos2(time.x(lane, point.at), range.y(lane, point.bpm));
        if !ramps {
            let before = path.last().map_or(at.y, |last| last.y);
            path.push(pos2(at.x, before));
        }
        path.push(at);
        ramps = point.transition == Transition::Ramp;
    }
    let last = path.last().map_or(lane.center().y, |last| last.y);
    path.push(pos2(lane.right().max(path.last().map_or(0.0, |last| last.x)), last));
    let painter = ui.painter();
    for pair in path.windows(2).filter(|pair| pair[1].x > pair[0].x) {
        let area = vec![pair[0], pair[1], pos2(pair[1].x, lane.bottom()), pos2(pair[0].x, lane.bottom())];
        painter.add(Shape::convex_polygon(area, color::alpha(color::TEMPO, 0.10), Stroke::NONE));
    }
    painter.add(Shape::line(path, Stroke::new(1.5, color::TEMPO)));
}

/// A change on the curve.
fn dot(ui: &mut Ui, lane: Rect, at: Pos2, point: TempoAt, end: f32, cx: &mut Cx<'_, '_>) {
    let guide = Guide::Tempo(point.id);
    let hit = Rect::from_center_size(at, egui::Vec2::splat(14.0));
    let response = ui.interact(hit, ids::of("tempo change", point.id), Sense::click_and_drag());
    let selected = is_selected(cx, guide);
    let radius = if response.hovered() || response.dragged() || selected { 4.8 } else { 3.2 };
    let fill = if selected { color::TEMPO } else { color::WELL };
    ui.painter().circle(at, radius, fill, Stroke::new(1.6, color::TEMPO));
    if end - at.x > 46.0 && !is_dragged(cx, guide) {
        let above = at.y > lane.center().y;
        let place = if above { at - egui::vec2(-7.0, 2.0) } else { at + egui::vec2(7.0, 2.0) };
        let align = if above { Align2::LEFT_BOTTOM } else { Align2::LEFT_TOP };
        ui.painter().text(place, align, figure(point.bpm), font::small(), color::TEXT_DIM);
    }
    common(ui, lane, &response, point, at, cx);
}

/// A change in the row of figures.
fn flag(ui: &mut Ui, lane: Rect, point: TempoAt, x: f32, end: f32, cx: &mut Cx<'_, '_>) {
    let guide = Guide::Tempo(point.id);
    let words = match point.transition {
        Transition::Jump => figure(point.bpm),
        Transition::Ramp => format!("{} /", figure(point.bpm)),
    };
    let flag = paint::place(ui.painter(), lane, x, if end > x { end } else { lane.right() }, &words);
    let response = ui.interact(flag, ids::of("tempo change", point.id), Sense::click_and_drag());
    let look = Look {
        tint: color::TEMPO,
        font: font::caption,
        selected: is_selected(cx, guide),
        hovered: response.hovered(),
    };
    paint::flag(ui.painter(), flag, &words, look);
    common(ui, lane, &response, point, flag.right_top(), cx);
}

fn common(ui: &mut Ui, lane: Rect, response: &Response, shown: TempoAt, at: Pos2, cx: &mut Cx<'_, '_>) {
    let guide = Guide::Tempo(shown.id);
    // What the project has, rather than what is shown during a drag.
    let Some(point) = cx.times.tempos.iter().find(|point| point.id == shown.id).copied() else { return };
    touch(ui, response, guide, (point.at, point.bpm), cx);
    if response.double_clicked() {
        retype(cx, point);
    }
    if is_dragged(cx, guide) {
        let place = cx.signatures.position(shown_at(cx, guide, point.at));
        let text = format!("{} bpm at {place}", figure(shown.bpm));
        paint::bubble(ui.painter(), at, ui.clip_rect(), &text);
    }
    menu(response, point, cx);
    let id = ids::of("tempo text", point.id);
    let field = field_rect(
        lane.with_min_y((at.y - LANE / 2.0).clamp(lane.top(), lane.bottom() - LANE)),
        at.x.min(lane.right()),
        64.0,
    );
    if let Some(Ended::Accepted(typed)) = field::in_place(ui, field, id, &mut cx.view.draft)
        && let Ok(bpm) = typed.trim().trim_end_matches("bpm").trim().parse::<f64>()
        && bpm.is_finite()
    {
        let bpm = bpm.clamp(TempoMap::MIN_BPM, TempoMap::MAX_BPM);
        if bpm != point.bpm {
            cx.out.commit("Set tempo", vec![edits::set_bpm(point.id, bpm)]);
        }
    }
}

/// Begins to type a tempo.
pub(super) fn retype(cx: &mut Cx<'_, '_>, point: TempoAt) {
    cx.view.draft = Some(Draft::new(ids::of("tempo text", point.id), figure(point.bpm)));
}

/// Sets how a tempo becomes the next.
pub(super) fn set_transition(cx: &mut Cx<'_, '_>, point: TempoAt, transition: Transition) {
    if point.transition != transition {
        let name = if transition == Transition::Ramp { "Ramp tempo" } else { "Jump to tempo" };
        cx.out.commit(name, vec![edits::set_transition(point.id, transition)]);
    }
}

/// At most two decimals, and none that are zero.
pub(super) fn figure(bpm: f64) -> String {
    let text = format!("{bpm:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn menu(response: &Response, point: TempoAt, cx: &mut Cx<'_, '_>) {
    if !response.secondary_clicked() && !response.context_menu_opened() {
        return;
    }
    response.context_menu(|ui| {
        if ui.add(egui::Button::new("Type the tempo…").shortcut_text("F2")).clicked() {
            retype(cx, point);
        }
        ui.separator();
        for (transition, name) in
            [(Transition::Jump, "Stay until the next"), (Transition::Ramp, "Ramp to the next")]
        {
            if ui.selectable_label(point.transition == transition, name).clicked() {
                set_transition(cx, point, transition);
            }
        }
        ui.separator();
        if ui.add(egui::Button::new("Delete").shortcut_text("Del")).clicked() {
            delete(cx, Guide::Tempo(point.id));
        }
    });
}

#[cfg(test)]
mod tests {
    #[test]
    fn figures_have_no_idle_zeros() {
        assert_eq!(super::figure(120.0), "120");
        assert_eq!(super::figure(98.5), "98.5");
        assert_eq!(super::figure(133.337), "133.34");
    }
}
