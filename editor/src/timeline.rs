//! Where musical time is on the screen: zoom, scroll, bars, grid and snap.

use egui::Rect;
use protocol::plan::SignaturePoint;
use protocol::{Bar, BarPosition, Beats, SignatureMap, TICKS_PER_BEAT};

use crate::math::{px, real, round};

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

/// A place in bars, beats and ticks of 1/960 quarter, always in full: what stands in a fixed field.
pub(crate) fn full_place(bars: &SignatureMap, at: Beats) -> String {
    let BarPosition { bar, beat, ticks } = bars.position(at);
    format!("{bar}.{beat}.{:03}", ticks * SignatureMap::WRITTEN_TICKS / TICKS_PER_BEAT)
}

/// The start of the bar that `at` is in, and the next one's; of a pick-up what is on the timeline.
pub(crate) fn bar_around(bars: &SignatureMap, at: Beats) -> (Beats, Beats) {
    let bar = bars.bar_at(at.max(Beats::ZERO));
    (bar.start.max(Beats::ZERO), bar.end)
}

/// Grid lines within the span of quarter notes that is seen, at most a few hundred.
pub(crate) fn grid_lines(bars: &SignatureMap, view: &TimeView, rect: Rect) -> Vec<GridLine> {
    const MOST: usize = 4_000;
    let (from, to) = view.span(rect);
    let (from, to) = (Beats::from_beats(from.max(0.0)), Beats::from_beats(to.clamp(0.0, 1e9)));
    let step = Step::for_zoom(view.px_per_beat);
    let every = if let Step::Bars(every) = step { every } else { 1 };
    let mut number = group(bars.bar_at(from).number, every);
    let mut lines = Vec::new();
    loop {
        let bar = bars.bar(number);
        if bar.start >= to || lines.len() > MOST {
            return lines;
        }
        if bar.start >= Beats::ZERO {
            lines.push(GridLine { at: bar.start, rank: Rank::Bar(number) });
        }
        if every == 1 && step != Step::Bars(1) {
            parts(bar, step, (from, to), &mut lines);
        }
        number += every;
    }
}

/// The lines within a bar, as far as it is in the span.
fn parts(bar: Bar, step: Step, (from, to): (Beats, Beats), lines: &mut Vec<GridLine>) {
    let (beat, ticks) = (bar.signature.beat().0, step.ticks(bar.signature));
    let first = ((from - bar.start).0.max(0) / ticks).max(1);
    let end = bar.end.min(to);
    let offsets = (first..).map(|count| ticks * count);
    for offset in offsets.take_while(|offset| bar.start + Beats(*offset) < end) {
        let rank = if offset % beat == 0 { Rank::Beat(offset / beat + 1) } else { Rank::Part };
        let at = bar.start + Beats(offset);
        if at >= Beats::ZERO {
            lines.push(GridLine { at, rank });
        }
    }
}

/// The first bar of the group of `every` bars that a bar is in. Groups are counted from bar 1.
fn group(number: i64, every: i64) -> i64 {
    (number - 1).div_euclid(every) * every + 1
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

    fn ticks(self, signature: SignaturePoint) -> i64 {
        match self {
            Self::Bars(bars) => signature.bar().0 * bars,
            Self::Beats => signature.beat().0,
            Self::Parts(parts) => (signature.beat().0 / parts).max(1),
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
    pub fn step(self, view: &TimeView, bars: &SignatureMap, at: Beats) -> Beats {
        let signature = bars.bar_at(at).signature;
        Beats(match self {
            Self::Grid => Step::for_zoom(view.px_per_beat).ticks(signature),
            Self::Bar => signature.bar().0,
            Self::Beat => TICKS_PER_BEAT,
            Self::Half => TICKS_PER_BEAT / 2,
            Self::Quarter => TICKS_PER_BEAT / 4,
            Self::Triplet => TICKS_PER_BEAT / 3,
            Self::Off => 1,
        })
    }

    /// The place to snap to nearest to `beats` quarter notes, not before zero.
    pub fn nearest(self, view: &TimeView, bars: &SignatureMap, beats: f64) -> Beats {
        self.snapped(view, bars, beats, f64::round)
    }

    /// The place to snap to at or before `beats` quarter notes.
    pub fn below(self, view: &TimeView, bars: &SignatureMap, beats: f64) -> Beats {
        self.snapped(view, bars, beats, f64::floor)
    }

    /// How many bars lie between places, where they are whole bars apart.
    fn whole_bars(self, view: &TimeView) -> Option<i64> {
        match (self, Step::for_zoom(view.px_per_beat)) {
            (Self::Bar, _) => Some(1),
            (Self::Grid, Step::Bars(every)) => Some(every),
            _ => None,
        }
    }

    fn snapped(self, view: &TimeView, bars: &SignatureMap, beats: f64, rounding: fn(f64) -> f64) -> Beats {
        let at = Beats::from_beats(beats.clamp(0.0, 1e9));
        let bar = bars.bar_at(at);
        let place = if let Some(every) = self.whole_bars(view) {
            let first = group(bar.number, every);
            let (start, end) = (bars.bar(first).start.max(Beats::ZERO), bars.bar(first + every).start);
            let within = real((at - start).0) / real((end - start).0.max(1));
            if rounding(within) < 1.0 { start } else { end }
        } else {
            let step = self.step(view, bars, at).0.max(1);
            let steps = rounding(real((at - bar.start).0) / real(step));
            // A bar may end within a step.
            (bar.start + Beats(round(steps).saturating_mul(step))).min(bar.end)
        };
        place.max(Beats::ZERO)
    }
}
