//! Where musical time is on the screen: zoom, scroll, bars, grid and snap.

use egui::Rect;
use protocol::plan::SignaturePoint;
use protocol::{Beats, TICKS_PER_BEAT};

use crate::math::{floor, px, real, round};

#[cfg(test)]
mod tests;

/// The part of the timeline that is seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct TimeView {
    /// Zoom.
    pub px_per_beat: f64,
    /// Quarter notes at the left edge, never negative.
    pub left: f64,
}

impl TimeView {
    pub const MIN_ZOOM: f64 = 0.25;
    pub const MAX_ZOOM: f64 = 960.0;

    pub fn new(px_per_beat: f64) -> Self {
        Self { px_per_beat, left: 0.0 }
    }

    pub fn x(&self, rect: Rect, at: Beats) -> f32 {
        self.x_of(rect, at.to_beats())
    }

    pub fn x_of(&self, rect: Rect, beats: f64) -> f32 {
        rect.left() + px((beats - self.left) * self.px_per_beat)
    }

    pub fn width(&self, length: Beats) -> f32 {
        px(length.to_beats() * self.px_per_beat)
    }

    pub fn beats_at(&self, rect: Rect, x: f32) -> f64 {
        self.left + f64::from(x - rect.left()) / self.px_per_beat
    }

    /// Quarter notes from the left to the right edge.
    pub fn span(&self, rect: Rect) -> (f64, f64) {
        (self.left, self.left + f64::from(rect.width()) / self.px_per_beat)
    }

    /// Zooms around a place on the screen, which stays where it is.
    pub fn zoom_around(&mut self, rect: Rect, x: f32, factor: f64) {
        let anchor = self.beats_at(rect, x);
        self.px_per_beat = (self.px_per_beat * factor).clamp(Self::MIN_ZOOM, Self::MAX_ZOOM);
        self.left = (anchor - f64::from(x - rect.left()) / self.px_per_beat).max(0.0);
    }

    /// Scrolls by points, not past `end` quarter notes.
    pub fn scroll(&mut self, points: f32, end: f64) {
        self.left = (self.left + f64::from(points) / self.px_per_beat).clamp(0.0, end.max(0.0));
    }

    /// Scrolls as far as needed for a place to be in sight.
    pub fn show(&mut self, at: Beats, width: f32) {
        let (at, span) = (at.to_beats(), f64::from(width) / self.px_per_beat);
        if at < self.left || at > self.left + span * 0.95 {
            self.left = (at - span * 0.1).max(0.0);
        }
    }

    /// Shows `from..to` quarter notes with a little room.
    pub fn fit(&mut self, width: f32, from: f64, to: f64) {
        let span = (to - from).max(1.0);
        self.px_per_beat = (f64::from(width) / (span * 1.04)).clamp(Self::MIN_ZOOM, Self::MAX_ZOOM);
        self.left = (from - span * 0.02).max(0.0);
    }
}

/// Time signatures, in order of position.
pub(crate) struct Signatures(Vec<SignaturePoint>);

/// A place in bars, beats and ticks of 1/960 quarter, counted from one (ticks from zero).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub bar: i64,
    pub beat: i64,
    pub tick: i64,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{:03}", self.bar, self.beat, self.tick)
    }
}

impl Default for Signatures {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl Signatures {
    pub fn new(mut points: Vec<SignaturePoint>) -> Self {
        points.retain(|point| point.numerator > 0 && point.denominator > 0 && point.at >= Beats::ZERO);
        points.sort_by_key(|point| point.at);
        points.dedup_by_key(|point| point.at);
        if points.first().is_none_or(|first| first.at > Beats::ZERO) {
            points.insert(0, SignaturePoint { at: Beats::ZERO, numerator: 4, denominator: 4 });
        }
        Self(points)
    }

    /// The signature in force.
    pub fn at(&self, at: Beats) -> SignaturePoint {
        let index = self.0.partition_point(|point| point.at <= at).saturating_sub(1);
        self.0[index]
    }

    fn beat_ticks(point: SignaturePoint) -> i64 {
        (TICKS_PER_BEAT * 4 / i64::from(point.denominator)).max(1)
    }

    fn bar_ticks(point: SignaturePoint) -> i64 {
        Self::beat_ticks(point) * i64::from(point.numerator)
    }

    /// Bars before a signature's place; a change within a bar starts a new one.
    fn bars_before(&self, index: usize) -> i64 {
        self.0
            .windows(2)
            .take(index)
            .map(|pair| {
                let (length, bar) = (pair[1].at.0 - pair[0].at.0, Self::bar_ticks(pair[0]));
                length / bar + i64::from(length % bar != 0)
            })
            .sum()
    }

    pub fn place(&self, at: Beats) -> Place {
        let at = Beats(at.0.max(0));
        let index = self.0.partition_point(|point| point.at <= at).saturating_sub(1);
        let point = self.0[index];
        let (ticks, bar, beat) = (at.0 - point.at.0, Self::bar_ticks(point), Self::beat_ticks(point));
        Place {
            bar: self.bars_before(index) + ticks / bar + 1,
            beat: ticks % bar / beat + 1,
            tick: ticks % bar % beat * 960 / TICKS_PER_BEAT,
        }
    }

    /// The start of the bar that `at` is in, and the next one's.
    pub fn bar_around(&self, at: Beats) -> (Beats, Beats) {
        let at = Beats(at.0.max(0));
        let index = self.0.partition_point(|point| point.at <= at).saturating_sub(1);
        let (point, next) = (self.0[index], self.0.get(index + 1));
        let bar = Self::bar_ticks(point);
        let start = point.at.0 + (at.0 - point.at.0) / bar * bar;
        let end = next.map_or(start + bar, |next| (start + bar).min(next.at.0));
        (Beats(start), Beats(end))
    }

    /// Grid lines within a span of quarter notes, at most a few hundred.
    pub fn lines(&self, view: &TimeView, rect: Rect) -> Vec<GridLine> {
        let (from, to) = view.span(rect);
        let step = Step::for_zoom(view.px_per_beat);
        let mut lines = Vec::new();
        for (index, point) in self.0.iter().enumerate() {
            let end = self.0.get(index + 1).map_or(to, |next| next.at.to_beats().min(to));
            if end < from || lines.len() > 4_000 {
                continue;
            }
            let (bar, beat) = (Self::bar_ticks(*point), Self::beat_ticks(*point));
            let ticks = step.ticks(bar, beat);
            let start = point.at.to_beats();
            let mut count = floor((from - start).max(0.0) / Beats(ticks).to_beats());
            let bars_before = self.bars_before(index);
            loop {
                let offset = count.saturating_mul(ticks);
                let at = point.at + Beats(offset);
                if at.to_beats() >= end || lines.len() > 4_000 {
                    break;
                }
                let rank = if offset % bar == 0 {
                    Rank::Bar(bars_before + offset / bar + 1)
                } else if offset % beat == 0 {
                    Rank::Beat(offset % bar / beat + 1)
                } else {
                    Rank::Part
                };
                lines.push(GridLine { at, rank });
                count += 1;
            }
        }
        lines
    }
}

/// A line of the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GridLine {
    pub at: Beats,
    pub rank: Rank,
}

/// How much a grid line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rank {
    /// The start of a bar, with its number.
    Bar(i64),
    /// A beat within the bar, with its number.
    Beat(i64),
    /// A part of a beat.
    Part,
}

/// The distance of grid lines.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Bars(i64),
    Beats,
    Parts(i64),
}

impl Step {
    /// The finest step whose lines are at least 11 points apart.
    fn for_zoom(px_per_beat: f64) -> Self {
        const ROOM: f64 = 11.0;
        if px_per_beat >= ROOM {
            let parts = 2f64.powf((px_per_beat / ROOM).log2().floor().clamp(0.0, 5.0));
            let parts = round(parts);
            return if parts <= 1 { Self::Beats } else { Self::Parts(parts) };
        }
        let bars = 2f64.powf((ROOM / (px_per_beat * 4.0)).log2().ceil().clamp(0.0, 12.0));
        Self::Bars(round(bars))
    }

    fn ticks(self, bar: i64, beat: i64) -> i64 {
        match self {
            Self::Bars(bars) => bar * bars,
            Self::Beats => beat,
            Self::Parts(parts) => (beat / parts).max(1),
        }
    }
}

/// What edits on a timeline snap to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Snap {
    /// The grid that is seen.
    Grid,
    Bar,
    Beat,
    Half,
    Quarter,
    Triplet,
    Off,
}

impl Snap {
    pub const ALL: [Self; 7] =
        [Self::Grid, Self::Bar, Self::Beat, Self::Half, Self::Quarter, Self::Triplet, Self::Off];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Grid => "Adaptive",
            Self::Bar => "Bar",
            Self::Beat => "1/4",
            Self::Half => "1/8",
            Self::Quarter => "1/16",
            Self::Triplet => "1/8 T",
            Self::Off => "Off",
        }
    }

    /// Ticks between places to snap to, around `at`.
    pub fn step(self, view: &TimeView, signatures: &Signatures, at: Beats) -> Beats {
        let point = signatures.at(at);
        let (bar, beat) = (Signatures::bar_ticks(point), Signatures::beat_ticks(point));
        Beats(match self {
            Self::Grid => Step::for_zoom(view.px_per_beat).ticks(bar, beat),
            Self::Bar => bar,
            Self::Beat => TICKS_PER_BEAT,
            Self::Half => TICKS_PER_BEAT / 2,
            Self::Quarter => TICKS_PER_BEAT / 4,
            Self::Triplet => TICKS_PER_BEAT / 3,
            Self::Off => 1,
        })
    }

    /// The place to snap to nearest to `beats` quarter notes, not before zero.
    pub fn nearest(self, view: &TimeView, signatures: &Signatures, beats: f64) -> Beats {
        self.snapped(view, signatures, beats, f64::round)
    }

    /// The place to snap to at or before `beats` quarter notes.
    pub fn below(self, view: &TimeView, signatures: &Signatures, beats: f64) -> Beats {
        self.snapped(view, signatures, beats, f64::floor)
    }

    fn snapped(
        self,
        view: &TimeView,
        signatures: &Signatures,
        beats: f64,
        rounding: fn(f64) -> f64,
    ) -> Beats {
        let beats = beats.clamp(0.0, 1e9);
        let at = Beats::from_beats(beats);
        let step = self.step(view, signatures, at).0.max(1);
        let origin = signatures.at(at).at.0;
        let steps = rounding(real(at.0 - origin) / real(step));
        Beats((origin + round(steps).saturating_mul(step)).max(0))
    }
}
