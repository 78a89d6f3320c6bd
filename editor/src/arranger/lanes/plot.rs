//! A lane's coordinates, and how its curve is drawn.

use egui::{Color32, Mesh, Painter, Pos2, Rect, Shape, Stroke, pos2};
use protocol::{Beats, Curve, Point};

use crate::math::px;
use crate::scale::Scale;
use crate::theme::color;
use crate::timeline::TimeView;

/// A point with the key of its row.
pub(crate) type Keyed = (u64, Point);

/// A lane's coordinates.
#[derive(Clone, Copy)]
pub(super) struct Plot<'a> {
    pub rect: Rect,
    pub time: TimeView,
    pub scale: Scale<'a>,
}

impl Plot<'_> {
    pub fn y(&self, value: f64) -> f32 {
        self.y_of(self.scale.normalize(value))
    }

    pub fn y_of(&self, norm: f64) -> f32 {
        self.rect.bottom() - px(norm) * self.rect.height()
    }

    pub fn place(&self, point: &Point) -> Pos2 {
        pos2(self.time.x(self.rect, point.at), self.y(point.value))
    }

    /// The height of a place on the screen, 0..=1.
    pub fn norm_at(&self, y: f32) -> f64 {
        f64::from((self.rect.bottom() - y) / self.rect.height()).clamp(0.0, 1.0)
    }

    pub fn value_at(&self, y: f32) -> f64 {
        self.scale.denormalize(self.norm_at(y))
    }

    /// The indices of the points in sight, with one more on either side.
    pub fn seen(&self, points: &[Keyed]) -> std::ops::Range<usize> {
        let (left, right) = self.time.span(self.rect);
        let first = points.partition_point(|(_, point)| point.at.to_beats() < left).saturating_sub(1);
        let end = points.partition_point(|(_, point)| point.at.to_beats() <= right) + 1;
        first..end.min(points.len())
    }
}

/// The point whose curve is in force at a place.
pub(super) fn before(points: &[Keyed], at: Beats) -> Option<usize> {
    points.partition_point(|(_, point)| point.at <= at).checked_sub(1)
}

/// The value at a place; before the first point it is the first one's.
pub(crate) fn value_at(points: &[Keyed], at: Beats) -> Option<f64> {
    let Some(index) = before(points, at) else { return points.first().map(|(_, point)| point.value) };
    let from = points[index].1;
    let Some((_, to)) = points.get(index + 1) else { return Some(from.value) };
    let length = (to.at - from.at).to_beats();
    let way = if length > 0.0 { (at - from.at).to_beats() / length } else { 0.0 };
    Some(from.value + (to.value - from.value) * from.curve.shape(way))
}

/// Draws the curve through points that are in order, and fills below it.
pub(super) fn curve(painter: &Painter, plot: &Plot<'_>, points: &[Keyed], tint: Color32) {
    let seen = points.get(plot.seen(points)).unwrap_or_default();
    let (Some((_, first)), Some((_, last))) = (seen.first(), seen.last()) else { return };
    let mut line = Line::new(plot.rect);
    line.push(pos2(plot.rect.left(), plot.y(first.value)));
    for pair in seen.windows(2) {
        segment(plot, &pair[0].1, &pair[1].1, &mut line);
    }
    let end = plot.place(last);
    line.push(end);
    line.push(pos2(plot.rect.right().max(end.x), end.y));
    line.paint(painter, tint);
}

fn segment(plot: &Plot<'_>, from: &Point, to: &Point, line: &mut Line) {
    let (start, end) = (plot.place(from), plot.place(to));
    line.push(start);
    if from.curve == Curve::Hold {
        line.push(pos2(end.x, start.y));
        return;
    }
    // As many parts as the eye can tell, over the part in sight only.
    let width = end.x - start.x;
    let (left, right) = (plot.rect.left().max(start.x), plot.rect.right().min(end.x));
    let parts = ((right - left) / 4.0).ceil().clamp(0.0, 400.0);
    let mut part = 1.0;
    while part < parts && width > 0.0 {
        let x = left + (right - left) * part / parts;
        let way = f64::from((x - start.x) / width);
        // Automation moves evenly in the plain value; the lane may show it on another scale.
        let value = from.value + (to.value - from.value) * from.curve.shape(way);
        line.push(pos2(x, plot.y(value)));
        part += 1.0;
    }
}

/// A line that takes at most four vertices from each column of pixels, however many points there are.
struct Line {
    rect: Rect,
    points: Vec<Pos2>,
    /// The column that is being filled: its first vertex, lowest, highest and last height.
    column: Option<(Pos2, f32, f32, f32)>,
}

impl Line {
    fn new(rect: Rect) -> Self {
        Self { rect, points: Vec::new(), column: None }
    }

    fn push(&mut self, at: Pos2) {
        match &mut self.column {
            Some((first, low, high, last)) if at.x - first.x < 1.0 => {
                *low = low.min(at.y);
                *high = high.max(at.y);
                *last = at.y;
            }
            _ => {
                self.flush();
                self.column = Some((at, at.y, at.y, at.y));
            }
        }
    }

    fn flush(&mut self) {
        let Some((first, low, high, last)) = self.column.take() else { return };
        self.points.push(first);
        for y in [low, high, last] {
            if self.points.last().is_some_and(|point| point.y != y) {
                self.points.push(pos2(first.x, y));
            }
        }
    }

    fn paint(mut self, painter: &Painter, tint: Color32) {
        self.flush();
        let mut mesh = Mesh::default();
        let fill = color::alpha(tint, 0.10);
        for (point, nth) in self.points.iter().zip(0u32..) {
            mesh.colored_vertex(*point, fill);
            mesh.colored_vertex(pos2(point.x, self.rect.bottom()), fill);
            if nth > 0 {
                let at = nth * 2;
                mesh.add_triangle(at - 2, at - 1, at);
                mesh.add_triangle(at - 1, at, at + 1);
            }
        }
        painter.add(mesh);
        painter.add(Shape::line(self.points, Stroke::new(1.5, tint)));
    }
}
