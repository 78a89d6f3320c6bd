//! Fewer points for nearly the same curve.

use protocol::{Curve, Point};

use super::between;

/// Leaves out points as long as the curve stays within `tolerance` of what it was, everywhere, in the parameter's unit.
/// The first and the last point stay, and so do points at one position, which are steps. Straight lines are thinned
/// by Ramer, Douglas and Peucker's rule, measured in value; points that hold are left out where they say nothing new;
/// curved stretches stay as they are. `points` are in order of position.
#[must_use]
pub fn thin(points: &[Point], tolerance: f64) -> Vec<Point> {
    let mut kept = vec![false; points.len()];
    let mut start = 0;
    while start < points.len() {
        kept[start] = true;
        let end = run(points, start);
        kept[end] = true;
        match points[start].curve {
            Curve::Linear => lines(points, start, end, tolerance, &mut kept),
            Curve::Hold => holds(points, start, end, tolerance, &mut kept),
            Curve::Smooth | Curve::Exponential => {}
        }
        start = if end > start { end } else { start + 1 };
    }
    points.iter().zip(kept).filter(|(_, kept)| *kept).map(|(point, _)| *point).collect()
}

/// Where the stretch of one curve ends that starts at a point: at the point that goes on otherwise, or at a step.
fn run(points: &[Point], start: usize) -> usize {
    let curve = points[start].curve;
    if !matches!(curve, Curve::Linear | Curve::Hold) {
        return (start + 1).min(points.len() - 1);
    }
    let mut end = start;
    while end + 1 < points.len() && points[end].curve == curve && points[end].at < points[end + 1].at {
        end += 1;
    }
    end
}

/// Keeps the point farthest from the line between two, as long as it is too far, and goes on with both halves.
fn lines(points: &[Point], start: usize, end: usize, tolerance: f64, kept: &mut [bool]) {
    let mut open = vec![(start, end)];
    while let Some((start, end)) = open.pop() {
        let distance = |index: usize| {
            let line = Point { curve: Curve::Linear, ..points[start] };
            (points[index].value - between(line, points[end], points[index].at)).abs()
        };
        let farthest = (start + 1..end).max_by(|&a, &b| distance(a).total_cmp(&distance(b)));
        if let Some(middle) = farthest.filter(|&middle| distance(middle) > tolerance) {
            kept[middle] = true;
            open.extend([(start, middle), (middle, end)]);
        }
    }
}

/// Keeps the points whose values are too far from what holds already.
fn holds(points: &[Point], start: usize, end: usize, tolerance: f64, kept: &mut [bool]) {
    let mut held = points[start].value;
    for index in start + 1..end {
        if (points[index].value - held).abs() > tolerance {
            kept[index] = true;
            held = points[index].value;
        }
    }
}
