//! Automation lanes: curves under a track, with points to draw and move.

use egui::{Pos2, Rect, Sense, Shape, Stroke, Ui, pos2};
use model::Lane;
use protocol::{Beats, EntityId, Point};

use super::{Lanes, RowKind, snap};
use crate::cx::Cx;
use crate::math::px;
use crate::scale::Scale;
use crate::theme::{color, font};
use crate::timeline::TimeView;
use crate::{edits, ids};

/// How near a point the pointer must be, in points.
const REACH: f32 = 7.0;
const PATIENCE_SECS: f64 = 0.5;

/// A point under the hand, until the project has caught up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PointDrag {
    pub lane: EntityId,
    pub key: u64,
    pub point: Point,
    pub released: Option<(u64, f64)>,
}

/// Draws the lanes in sight.
pub(crate) fn show(ui: &Ui, lanes: &Lanes<'_>, cx: &mut Cx<'_, '_>) {
    let revision = cx.project().revision();
    let now = cx.now_secs;
    if let Some(drag) = cx.view.arranger.point
        && drag.released.is_some_and(|(at, until)| at != revision || now > until)
    {
        cx.view.arranger.point = None;
    }
    let scroll_y = cx.view.arranger.scroll_y;
    for row in lanes.seen(scroll_y) {
        let RowKind::Lane(id) = row.kind else { continue };
        let rect = lanes.row_rect(row, scroll_y);
        if let Some(lane) = cx.project().lane(id.into()) {
            one(ui, rect.shrink2(egui::vec2(0.0, 4.0)), &lane, row.track, cx);
        }
    }
}

fn one(ui: &Ui, rect: Rect, lane: &Lane<'_>, track: EntityId, cx: &mut Cx<'_, '_>) {
    let id = EntityId::from(lane.id());
    let described = edits::describe_lane(cx, lane);
    let scale = described.scale();
    let painter = ui.painter().with_clip_rect(rect.expand(3.0).intersect(ui.clip_rect()));
    painter.rect_filled(rect, 0, color::alpha(color::GROOVE, 0.35));
    let mut points: Vec<(u64, Point)> = lane.points();
    if let Some(drag) = cx.view.arranger.point.filter(|drag| drag.lane == id) {
        points.retain(|(key, _)| *key != drag.key);
        points.push((drag.key, drag.point));
    }
    points.sort_by_key(|(key, point)| (point.at, *key));
    let tint = if lane.enabled() { edits::track_color(cx.project(), track) } else { color::TEXT_FAINT };
    let time = cx.view.arranger.time;
    let plot = Plot { rect, time, scale };
    curve(&painter, &plot, &points, tint);
    let hovered = touch(ui, &plot, id, &points, cx);
    for (key, point) in &points {
        let at = plot.place(point);
        let radius = if hovered == Some(*key) { 5.0 } else { 3.2 };
        painter.circle(at, radius, color::WELL, Stroke::new(1.6, tint));
    }
    if let Some(point) = points.iter().find(|(key, _)| hovered == Some(*key)) {
        let at = plot.place(&point.1) + egui::vec2(10.0, 0.0);
        let text = described.text(point.1.value);
        painter.text(at, egui::Align2::LEFT_CENTER, text, font::small(), color::TEXT);
    }
}

/// A lane's coordinates.
struct Plot<'a> {
    rect: Rect,
    time: TimeView,
    scale: Scale<'a>,
}

impl Plot<'_> {
    fn y(&self, value: f64) -> f32 {
        self.rect.bottom() - px(self.scale.normalize(value)) * self.rect.height()
    }

    fn place(&self, point: &Point) -> Pos2 {
        pos2(self.time.x(self.rect, point.at), self.y(point.value))
    }

    fn value_at(&self, y: f32) -> f64 {
        self.scale.denormalize(f64::from((self.rect.bottom() - y) / self.rect.height()).clamp(0.0, 1.0))
    }
}

fn curve(painter: &egui::Painter, plot: &Plot<'_>, points: &[(u64, Point)], tint: egui::Color32) {
    let (Some((_, first)), Some((_, last))) = (points.first(), points.last()) else { return };
    let mut line = vec![pos2(plot.rect.left(), plot.y(first.value))];
    for pair in points.windows(2) {
        let ((_, from), (_, to)) = (pair[0], pair[1]);
        let (start, end) = (plot.place(&from), plot.place(&to));
        if end.x < plot.rect.left() || start.x > plot.rect.right() {
            continue;
        }
        line.push(start);
        for step in 1..24u8 {
            let way = f64::from(step) / 24.0;
            // Automation moves evenly in the plain value; the lane may show it on another scale.
            let value = from.value + (to.value - from.value) * from.curve.shape(way);
            line.push(pos2(start.x + (end.x - start.x) * px(way), plot.y(value)));
        }
        line.push(pos2(
            end.x,
            plot.y(if from.curve == protocol::Curve::Hold { from.value } else { to.value }),
        ));
    }
    line.push(plot.place(last));
    line.push(pos2(plot.rect.right().max(plot.place(last).x), plot.y(last.value)));
    for pair in line.windows(2) {
        let area =
            vec![pair[0], pair[1], pos2(pair[1].x, plot.rect.bottom()), pos2(pair[0].x, plot.rect.bottom())];
        painter.add(Shape::convex_polygon(area, color::alpha(tint, 0.10), Stroke::NONE));
    }
    painter.add(Shape::line(line, Stroke::new(1.5, tint)));
}

/// Lets the pointer make, move and delete points; gives the one it is on.
fn touch(
    ui: &Ui,
    plot: &Plot<'_>,
    lane: EntityId,
    points: &[(u64, Point)],
    cx: &mut Cx<'_, '_>,
) -> Option<u64> {
    let response = ui.interact(plot.rect, ids::of("lane", lane), Sense::click_and_drag());
    let near = |at: Pos2| {
        points
            .iter()
            .map(|(key, point)| (plot.place(point).distance(at), *key, *point))
            .filter(|(distance, ..)| *distance <= REACH)
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, key, point)| (key, point))
    };
    let pointer = response.interact_pointer_pos().or(response.hover_pos());
    let held = cx.view.arranger.point.filter(|drag| drag.lane == lane && drag.released.is_none());
    if response.drag_started_by(egui::PointerButton::Primary)
        && let Some(origin) = ui.input(|input| input.pointer.press_origin())
        && let Some((key, point)) = near(origin)
    {
        cx.view.arranger.point = Some(PointDrag { lane, key, point, released: None });
    } else if response.double_clicked()
        && let Some(at) = pointer
    {
        match near(at) {
            Some((key, _)) => {
                cx.out.commit("Delete automation point", vec![edits::remove_point(lane, key)]);
            }
            None => {
                let beats = snap(ui, cx, plot.time.beats_at(plot.rect, at.x));
                let point = Point { at: beats, value: plot.value_at(at.y), curve: protocol::Curve::Linear };
                let key = edits::row_key(cx.new_id());
                cx.out.commit("Add automation point", vec![edits::set_point(lane, key, point)]);
            }
        }
    }
    if let (Some(mut drag), Some(at)) = (held, pointer) {
        if response.dragged() {
            drag.point.at = snap(ui, cx, plot.time.beats_at(plot.rect, at.x)).max(Beats::ZERO);
            drag.point.value = plot.value_at(at.y);
            cx.view.arranger.point = Some(drag);
        }
        if response.drag_stopped() {
            cx.out.commit("Move automation point", vec![edits::set_point(lane, drag.key, drag.point)]);
            drag.released = Some((cx.project().revision(), cx.now_secs + PATIENCE_SECS));
            cx.view.arranger.point = Some(drag);
        }
    }
    let hovered = held.map(|drag| drag.key).or_else(|| pointer.and_then(near).map(|(key, _)| key));
    if hovered.is_some() {
        ui.ctx().set_cursor_icon(egui::CursorIcon::PointingHand);
    }
    hovered
}
