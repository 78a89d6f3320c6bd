//! What a hand did while playback ran.

use std::collections::BTreeSet;
use std::ops::Range;

use protocol::{Beats, Curve, Edit, Point};

use super::{thin, value_at};
use crate::edit;
use crate::view::Lane;

/// Positions and values of a control in the order they came. Where playback loops or jumps back, a new pass begins, which
/// counts where it covers an older one.
#[derive(Clone, Debug, PartialEq)]
pub struct Take {
    passes: Vec<Vec<Point>>,
    curve: Curve,
    len: usize,
}

impl Take {
    /// More than this is not taken: hours of moving without a pause.
    pub const MAX_POINTS: usize = 1 << 20;

    /// An empty one. `curve` is how values go on to the next: [`Curve::Hold`] for switches and choices, else
    /// [`Curve::Linear`].
    #[must_use]
    pub fn new(curve: Curve) -> Self {
        Self { passes: vec![Vec::new()], curve, len: 0 }
    }

    /// Takes a value at a position. Of several at one position the last counts.
    pub fn push(&mut self, at: Beats, value: f64) {
        if !value.is_finite() || self.len >= Self::MAX_POINTS {
            return;
        }
        let point = Point { at, value, curve: self.curve };
        let last = self.passes.last().and_then(|pass| pass.last()).map(|last| last.at);
        if last.is_some_and(|last| at < last) {
            self.passes.push(Vec::new());
        }
        let Some(pass) = self.passes.last_mut() else { return };
        match pass.last_mut().filter(|last| last.at == at) {
            Some(last) => *last = point,
            None => {
                pass.push(point);
                self.len += 1;
            }
        }
    }

    /// Holds the last value on to a position: until when the hand stayed, or playback ran.
    pub fn extend(&mut self, to: Beats) {
        let last = self.passes.last().and_then(|pass| pass.last()).copied();
        if let Some(last) = last.filter(|last| last.at < to) {
            self.push(to, last.value);
        }
    }

    /// Playback jumped: what follows is another pass, even if it is later on the timeline.
    pub fn jump(&mut self) {
        if self.passes.last().is_some_and(|pass| !pass.is_empty()) {
            self.passes.push(Vec::new());
        }
    }

    /// Whether nothing was taken.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// What a take makes of a lane: within each pass, the taken points, thinned to `tolerance` in the parameter's unit, take the
/// place of those that were there; before and after it, the lane goes on as it was. With a punch range, what lies
/// outside of it is not written. `None` if nothing is to be written.
#[must_use]
pub fn punch(lane: &Lane<'_>, take: &Take, tolerance: f64, within: Option<Range<Beats>>) -> Option<Edit> {
    let before = lane.points();
    let mut points: Vec<(Option<u64>, Point)> =
        before.iter().map(|&(key, point)| (Some(key), point)).collect();
    let mut written = false;
    for pass in &take.passes {
        let pass = cut(pass, within.as_ref());
        if !pass.is_empty() {
            points = overwrite(&points, &thin(&pass, tolerance), tolerance);
            written = true;
        }
    }
    if !written {
        return None;
    }
    let kept: BTreeSet<u64> = points.iter().filter_map(|(key, _)| *key).collect();
    let removed = before.iter().filter(|(key, _)| !kept.contains(key)).map(|&(key, _)| (key, None));
    let mut changes: Vec<(u64, Option<Point>)> = removed.collect();
    let fresh = points.iter().filter(|(key, _)| key.is_none()).map(|(_, point)| Some(*point));
    changes.extend((lane.free_key()..).zip(fresh));
    Some(edit::lane::change_points(lane.id(), changes))
}

/// The part of a pass within a range, values at its edges included.
fn cut(pass: &[Point], within: Option<&Range<Beats>>) -> Vec<Point> {
    let Some(range) = within else { return pass.to_vec() };
    let (Some(first), Some(last)) = (pass.first(), pass.last()) else { return Vec::new() };
    let (start, end) = (range.start.max(first.at), range.end.min(last.at));
    if start > end {
        return Vec::new();
    }
    let edge = |at: Beats| value_at(pass, at).map(|value| Point { at, value, curve: first.curve });
    let inner = pass.iter().copied().filter(|point| point.at > start && point.at < end);
    let last = edge(end).filter(|_| end > start);
    edge(start).into_iter().chain(inner).chain(last).collect()
}

type Keyed = (Option<u64>, Point);

/// Points with others in place of those in their range.
fn overwrite(old: &[Keyed], new: &[Point], tolerance: f64) -> Vec<Keyed> {
    let (Some(first), Some(last)) = (new.first(), new.last()) else { return old.to_vec() };
    let plain: Vec<Point> = old.iter().map(|(_, point)| *point).collect();
    let mut points: Vec<Keyed> = old.iter().copied().filter(|(_, point)| point.at < first.at).collect();
    if let Some(point) = lead(&plain, first.at, tolerance, &mut points) {
        points.push((None, point));
    }
    points.extend(new.iter().map(|point| (None, *point)));
    // One tick later the lane is what it was.
    let after = last.at + Beats(1);
    let is_at_after = old.iter().any(|(_, point)| point.at == after);
    if let (Some(value), false) = (value_at(&plain, after), is_at_after) {
        let passed = plain.partition_point(|point| point.at <= after);
        let is_last = passed == plain.len();
        let curve = passed.checked_sub(1).map_or(Curve::Hold, |at| plain[at].curve);
        // The rest of a bent stretch is drawn in lines.
        match (curve, plain.get(passed)) {
            (Curve::Smooth | Curve::Exponential, Some(next)) => {
                points.extend(bent(&plain, after, next.at, tolerance).into_iter().map(|point| (None, point)));
            }
            _ if is_last && value == last.value => {}
            (curve, _) => points.push((None, Point { at: after, value, curve })),
        }
    }
    points.extend(old.iter().copied().filter(|(_, point)| point.at >= after));
    points
}

/// Keeps the way up to a position as it was, though what comes after is another. Gives the point to end it with.
fn lead(old: &[Point], at: Beats, tolerance: f64, points: &mut Vec<Keyed>) -> Option<Point> {
    let end = at - Beats(1);
    let Some(previous) = points.last().map(|(_, point)| *point) else {
        // Before the first point its value holds, so it has to be there still.
        let first = old.first().filter(|_| end >= Beats::ZERO)?;
        return Some(Point { at: end, value: first.value, curve: Curve::Hold });
    };
    if previous.at >= end {
        return None;
    }
    let has_next = old.iter().any(|point| point.at >= at);
    match previous.curve {
        // It holds by itself; after the last point any curve holds.
        Curve::Hold => return None,
        _ if !has_next => {}
        Curve::Linear => {}
        Curve::Smooth | Curve::Exponential => {
            points.pop();
            let drawn = bent(old, previous.at, end, tolerance);
            points.extend(drawn.into_iter().map(|point| (None, point)));
        }
    }
    let value = value_at(old, end)?;
    Some(Point { at: end, value, curve: Curve::Hold })
}

/// A bent stretch in straight lines, its end excluded.
fn bent(points: &[Point], from: Beats, to: Beats, tolerance: f64) -> Vec<Point> {
    const PIECES: i64 = 64;
    let length = (to - from).0;
    let place = |piece: i64| from + Beats(length * piece / PIECES);
    let mut drawn: Vec<Point> = (0..=PIECES)
        .filter_map(|piece| {
            let at = place(piece);
            Some(Point { at, value: value_at(points, at)?, curve: Curve::Linear })
        })
        .collect();
    drawn.dedup_by_key(|point| point.at);
    let mut drawn = thin(&drawn, tolerance);
    drawn.retain(|point| point.at < to);
    drawn
}
