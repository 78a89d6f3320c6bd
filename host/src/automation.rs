//! Automation on the audio thread: curves become steps at exact frames.
//!
//! A point becomes a step at its frame. Between points that differ, there is a step at every multiple of
//! `GRID` frames of the *timeline*, so that the result does not depend on where blocks begin. A step also says
//! where the curve will be at the next grid frame, for nodes that draw the line between (faders).
//!
//! Modulation is added on the same grid, which is its control rate: a modulated parameter has a step at every grid
//! frame, from the value of its lane or, without one, from the value it was given last. A macro that modulates is taken
//! at the first grid frame after it was moved; while playback stands, at once.

use std::sync::Arc;

use protocol::plan::{AutomationPlan, ModulationPlan, ModulatorPlan};
use protocol::{Beats, Curve, ParamId, Point, SampleRate};

use crate::math::{frames, to_f64, to_u32};
use crate::timeline::TimeMap;
use crate::transport::Arrival;

/// Frames between two steps of a curve.
pub(crate) const GRID: i64 = 32;

/// A parameter takes a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Step {
    /// Frame within the block.
    pub frame: u32,
    pub param: ParamId,
    /// The value at this frame.
    pub value: f64,
    /// The value after [`ramp`](Self::ramp) more frames.
    pub target: f64,
    pub ramp: Ramp,
}

/// How a fader gets to the target of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ramp {
    /// At once: nothing sounds yet.
    Snap,
    /// In a straight line, in so many frames.
    Frames(u32),
    /// In the time that avoids a click.
    Declick,
}

/// The part of the timeline that a block covers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span<'a> {
    pub start: i64,
    pub frames: usize,
    pub playing: bool,
    pub arrival: Arrival,
    /// Start and end of the loop in force.
    pub loop_frames: Option<(i64, i64)>,
    pub map: TimeMap<'a>,
}

impl Span<'_> {
    pub fn end(&self) -> i64 {
        self.start.saturating_add(frames(self.frames))
    }
}

/// The automation of one node. Replaced whole when the plan's lanes change.
#[derive(Debug, Default)]
pub(crate) struct Automation {
    lanes: Vec<Lane>,
    macros: Macros,
}

/// Where the macros are that modulate the node.
#[derive(Debug, Default)]
struct Macros {
    /// By slot; those that were moved.
    positions: Vec<(u8, f64)>,
    /// Moves within this block: at which frame of the timeline, which, where to.
    moves: Vec<(i64, u8, f64)>,
}

impl Macros {
    /// Moves in one block that are told apart; of more, the last takes the place of the one before.
    const MOVES: usize = 64;

    fn position(&self, slot: u8, frame: i64) -> Option<f64> {
        let moved = self.moves.iter().rev().find(|&&(at, of, _)| of == slot && at <= frame);
        let before = || self.positions.iter().find(|&&(of, _)| of == slot).map(|&(_, value)| value);
        moved.map(|&(_, _, value)| value).or_else(before)
    }

    /// The block is over.
    fn settle(&mut self) {
        for (_, slot, value) in self.moves.drain(..) {
            let known = self.positions.iter().position(|(of, _)| *of == slot);
            match known {
                Some(index) => self.positions[index].1 = value,
                None if self.positions.len() < self.positions.capacity() => {
                    self.positions.push((slot, value))
                }
                None => {}
            }
        }
    }
}

#[derive(Debug)]
struct Lane {
    param: ParamId,
    /// None for a parameter that is modulated, and not automated.
    points: Arc<[Point]>,
    /// The value without points.
    base: f64,
    modulations: Box<[ModulationPlan]>,
    rate: SampleRate,
    /// How many points lie before the position; `None` until known.
    passed: Option<usize>,
}

impl Automation {
    /// Lanes of points, and parameters that are modulated, with the values they have without points.
    pub fn new(plans: &[AutomationPlan], modulated: &[(ModulationPlan, f64)], rate: SampleRate) -> Self {
        let of = |param: ParamId| modulated.iter().filter(move |(plan, _)| plan.param == param);
        let lane = |param: ParamId, points: Arc<[Point]>| Lane {
            param,
            points,
            base: of(param).next().map_or(0.0, |(_, base)| *base),
            modulations: of(param).map(|(plan, _)| *plan).collect(),
            rate,
            passed: None,
        };
        let plans = plans.iter().filter(|plan| !plan.points.is_empty());
        let mut lanes: Vec<Lane> = plans.map(|plan| lane(plan.param, plan.points.clone())).collect();
        for (plan, _) in modulated {
            if lanes.iter().all(|lane| lane.param != plan.param) {
                lanes.push(lane(plan.param, Arc::default()));
            }
        }
        let slots =
            modulated.iter().filter(|(plan, _)| matches!(plan.modulator, ModulatorPlan::Macro { .. }));
        let slots = slots.count();
        let moves = if slots > 0 { Macros::MOVES } else { 0 };
        let macros = Macros { positions: Vec::with_capacity(slots), moves: Vec::with_capacity(moves) };
        Self { lanes, macros }
    }

    /// A macro that modulates the node moves, at a frame of the timeline.
    pub fn move_macro(&mut self, slot: u8, frame: i64, value: f64) {
        let moves = &mut self.macros.moves;
        if moves.len() == moves.capacity() {
            moves.pop();
        }
        if moves.len() < moves.capacity() {
            moves.push((frame, slot, value));
        }
    }

    /// A hand or a macro gives a parameter another value. Whether that is all there is to do: modulation goes on from it.
    pub fn take(&mut self, param: ParamId, value: f64) -> bool {
        let modulated = |lane: &&mut Lane| lane.param == param && !lane.modulations.is_empty();
        match self.lanes.iter_mut().find(modulated) {
            Some(lane) => {
                lane.base = value;
                true
            }
            None => false,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.lanes.is_empty()
    }

    pub fn lane_count(&self) -> usize {
        self.lanes.len()
    }

    /// Calls `step` for every step of the span, lane by lane, in order of frame within each.
    pub fn render(&mut self, span: &Span<'_>, mut step: impl FnMut(Step)) {
        for lane in &mut self.lanes {
            lane.render(span, &self.macros, &mut step);
        }
        self.macros.settle();
    }
}

impl Lane {
    fn render(&mut self, span: &Span<'_>, macros: &Macros, step: &mut impl FnMut(Step)) {
        let is_new = self.passed.is_none();
        let mut passed = match self.passed {
            Some(passed) if span.arrival == Arrival::Ran => passed,
            _ => self.points.partition_point(|point| span.map.frame_at(point.at) < span.start),
        };
        let fresh = is_new || span.arrival != Arrival::Ran;
        if fresh {
            // A point at this very frame is passed now, and its value holds.
            while passed < self.points.len() && span.map.frame_at(self.points[passed].at) <= span.start {
                passed += 1;
            }
            if span.arrival == Arrival::Started || !span.playing {
                let value = self.value(span, macros, passed, span.start);
                let ramp = if span.arrival == Arrival::Started { Ramp::Snap } else { Ramp::Declick };
                step(Step { frame: 0, param: self.param, value, target: value, ramp });
            }
            if span.playing {
                step(self.step_at(span, macros, passed, span.start));
            }
        }
        if !span.playing {
            self.follow_hands(span, macros, passed, step);
        }
        self.passed = Some(passed);
        if span.playing {
            self.run(span, macros, passed, if fresh { span.start + 1 } else { span.start }, step);
        }
    }

    /// While playback stands, a macro is taken where it is moved.
    fn follow_hands(&self, span: &Span<'_>, macros: &Macros, passed: usize, step: &mut impl FnMut(Step)) {
        for &(at, slot, _) in &macros.moves {
            let is_its = |plan: &&ModulationPlan| matches!(plan.modulator, ModulatorPlan::Macro { slot: of, .. } if of == slot);
            if self.modulations.iter().any(|plan| is_its(&plan)) {
                // Time stands, but the hand moved at a frame of the block.
                let moved = |slot| macros.position(slot, at);
                let value = self.unmoved(span, passed, span.start) + self.offset(span, span.start, moved);
                let frame = to_u32(crate::math::span(at - span.start));
                step(Step { frame, param: self.param, value, target: value, ramp: Ramp::Declick });
            }
        }
    }

    fn run(
        &mut self,
        span: &Span<'_>,
        macros: &Macros,
        mut passed: usize,
        mut from: i64,
        step: &mut impl FnMut(Step),
    ) {
        loop {
            let next_point = self.points.get(passed).map_or(i64::MAX, |point| span.map.frame_at(point.at));
            let next_grid = if self.is_moving(passed) { next_grid(from - 1) } else { i64::MAX };
            let at = next_point.min(next_grid);
            if at >= span.end() {
                break;
            }
            while passed < self.points.len() && span.map.frame_at(self.points[passed].at) <= at {
                passed += 1;
            }
            let at = at.max(span.start);
            step(self.step_at(span, macros, passed, at));
            from = at + 1;
        }
        self.passed = Some(passed);
    }

    /// Whether the value changes between the last point passed and the next.
    fn is_moving(&self, passed: usize) -> bool {
        if !self.modulations.is_empty() {
            return true;
        }
        match (passed.checked_sub(1).and_then(|last| self.points.get(last)), self.points.get(passed)) {
            (Some(last), Some(next)) => last.curve != Curve::Hold && last.value != next.value,
            _ => false,
        }
    }

    fn step_at(&self, span: &Span<'_>, macros: &Macros, passed: usize, frame: i64) -> Step {
        let value = self.value(span, macros, passed, frame);
        let grid = next_grid(frame);
        let target = match self.points.get(passed) {
            // As the macros are: what they will do is not known.
            _ if !self.modulations.is_empty() => {
                let now = |slot| macros.position(slot, frame);
                self.unmoved(span, passed, grid) + self.offset(span, grid, now)
            }
            Some(next) if self.is_moving(passed) => {
                let next_frame = span.map.frame_at(next.at);
                if next_frame < grid && next_frame > frame {
                    // Head for the point; its own step turns the line from there.
                    value + (next.value - value) * to_f64(grid - frame) / to_f64(next_frame - frame)
                } else {
                    self.unmoved(span, passed, grid)
                }
            }
            _ => value,
        };
        let ramp = Ramp::Frames(u32::try_from(grid - frame).unwrap_or(1));
        let offset = to_u32(crate::math::span(frame - span.start));
        Step { frame: offset, param: self.param, value, target, ramp }
    }

    fn value(&self, span: &Span<'_>, macros: &Macros, passed: usize, frame: i64) -> f64 {
        let unmoved = self.unmoved(span, passed, frame);
        if self.modulations.is_empty() {
            return unmoved;
        }
        unmoved + self.offset(span, frame, |slot| macros.position(slot, frame))
    }

    /// What all modulation adds at a frame.
    fn offset(&self, span: &Span<'_>, frame: i64, position: impl Fn(u8) -> Option<f64>) -> f64 {
        let (ticks, secs) = (span.map.ticks_at(frame), to_f64(frame) / self.rate.0);
        self.modulations.iter().map(|plan| plan.offset(ticks, secs, &position)).sum()
    }

    /// The value without modulation.
    fn unmoved(&self, span: &Span<'_>, passed: usize, frame: i64) -> f64 {
        let Some(last) = passed.checked_sub(1).map(|last| self.points[last]) else {
            return self.points.first().map_or(self.base, |first| first.value);
        };
        let Some(next) = self.points.get(passed) else { return last.value };
        let length = to_f64((next.at - last.at).0);
        let progress = (span.map.ticks_at(frame) - to_f64(last.at.0)) / length;
        last.value + (next.value - last.value) * last.curve.shape(progress)
    }
}

/// The first grid frame after a frame.
fn next_grid(frame: i64) -> i64 {
    (frame.div_euclid(GRID) + 1) * GRID
}

/// The value of a curve at a position, for the control thread.
#[must_use]
pub fn value_at(points: &[Point], at: Beats) -> Option<f64> {
    let passed = points.partition_point(|point| point.at <= at);
    let Some(last) = passed.checked_sub(1).map(|last| points[last]) else {
        return points.first().map(|point| point.value);
    };
    let Some(next) = points.get(passed) else { return Some(last.value) };
    let progress = to_f64((at - last.at).0) / to_f64((next.at - last.at).0);
    Some(last.value + (next.value - last.value) * last.curve.shape(progress))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use protocol::plan::{LfoRate, LfoShape, Polarity};
    use protocol::{EntityId, NodeId, NodeRole, TempoMap};

    /// 60 bpm at 96 Hz: a beat is 96 frames, three grid cells.
    fn steps(points: &[(f64, f64, Curve)], blocks: &[usize]) -> Vec<(i64, f64, f64)> {
        modulated_steps(points, &[], blocks)
    }

    fn modulated_steps(
        points: &[(f64, f64, Curve)],
        modulated: &[(ModulationPlan, f64)],
        blocks: &[usize],
    ) -> Vec<(i64, f64, f64)> {
        let points: Vec<Point> = points
            .iter()
            .map(|&(beat, value, curve)| Point { at: Beats::from_beats(beat), value, curve })
            .collect();
        let plan = AutomationPlan { param: ParamId(7), points: points.into() };
        let mut lanes = Automation::new(&[plan], modulated, SampleRate(96.0));
        let tempo = TempoMap::constant(60.0);
        let map = TimeMap::Project(&tempo, SampleRate(96.0));
        let (mut start, mut arrival, mut seen) = (0, Arrival::Started, Vec::new());
        for &frames in blocks {
            lanes.render(&Span { start, frames, playing: true, arrival, loop_frames: None, map }, |step| {
                if step.ramp != Ramp::Snap {
                    seen.push((start + i64::from(step.frame), step.value, step.target));
                }
            });
            start += crate::math::frames(frames);
            arrival = Arrival::Ran;
        }
        seen
    }

    #[test]
    fn a_step_is_at_the_exact_frame_of_its_point() {
        let seen = steps(&[(0.0, 1.0, Curve::Hold), (0.5, 2.0, Curve::Hold)], &[40, 7, 1, 100]);
        assert_eq!(seen, [(0, 1.0, 1.0), (48, 2.0, 2.0)]);
    }

    #[test]
    fn a_line_has_a_step_on_every_grid_frame_and_says_where_it_goes() {
        let seen = steps(&[(0.0, 0.0, Curve::Linear), (1.0, 96.0, Curve::Linear)], &[200]);
        assert_eq!(seen, [(0, 0.0, 32.0), (32, 32.0, 64.0), (64, 64.0, 96.0), (96, 96.0, 96.0)]);
    }

    #[test]
    fn a_line_that_ends_between_grid_frames_is_met_exactly() {
        let seen = steps(&[(0.0, 0.0, Curve::Linear), (0.5, 48.0, Curve::Hold)], &[200]);
        assert_eq!(seen, [(0, 0.0, 32.0), (32, 32.0, 64.0), (48, 48.0, 48.0)]);
    }

    #[test]
    fn before_the_first_point_its_value_holds() {
        assert_eq!(steps(&[(1.0, 5.0, Curve::Linear)], &[90]), [(0, 5.0, 5.0)]);
    }

    fn wave(shape: LfoShape, rate: LfoRate, amount: f64) -> ModulationPlan {
        ModulationPlan {
            node: NodeId { entity: EntityId(1), role: NodeRole::Strip },
            param: ParamId(7),
            modulator: ModulatorPlan::Lfo { shape, rate, phase: 0.0, seed: 3 },
            amount,
            polarity: Polarity::Bipolar,
        }
    }

    #[test]
    fn a_wave_is_added_to_the_value_of_the_parameter() {
        let beat = LfoRate::Period(Beats::whole(1));
        let wave = (wave(LfoShape::SawUp, beat, 3.0), 10.0);
        let seen = modulated_steps(&[], &[wave], &[20, 76]);
        let seen: Vec<_> = seen.iter().map(|(at, from, to)| (*at, from.round(), to.round())).collect();
        assert_eq!(seen, [(0, 7.0, 9.0), (32, 9.0, 11.0), (64, 11.0, 7.0)]);
    }

    #[test]
    fn a_wave_in_hertz_and_an_automated_value_add_up() {
        let wave = (wave(LfoShape::Square, LfoRate::Hz(1.0), 1.0), 99.0);
        let line = [(0.0, 0.0, Curve::Linear), (1.0, 96.0, Curve::Linear)];
        let seen = modulated_steps(&line, &[wave], &[96]);
        assert_eq!(seen, [(0, 1.0, 33.0), (32, 33.0, 63.0), (64, 63.0, 97.0)]);
    }

    fn macro_steps(playing: bool, blocks: &[usize]) -> Vec<(i64, f64)> {
        let modulator = ModulatorPlan::Macro { slot: 3, value: 0.5 };
        let plan = ModulationPlan {
            modulator,
            polarity: Polarity::Unipolar,
            ..wave(LfoShape::Sine, LfoRate::Hz(1.0), 10.0)
        };
        let mut lanes = Automation::new(&[], &[(plan, 1.0)], SampleRate(96.0));
        let tempo = TempoMap::constant(60.0);
        let map = TimeMap::Project(&tempo, SampleRate(96.0));
        let (mut start, mut arrival, mut seen) = (0, Arrival::Jumped, Vec::new());
        for &frames in blocks {
            let end = start + crate::math::frames(frames);
            for (at, value) in [(40, 0.0), (70, 1.0)].into_iter().filter(|(at, _)| (start..end).contains(at))
            {
                lanes.move_macro(3, at, value);
            }
            lanes.render(&Span { start, frames, playing, arrival, loop_frames: None, map }, |step| {
                seen.push((start + i64::from(step.frame), step.value));
            });
            (start, arrival) = (end, Arrival::Ran);
        }
        seen
    }

    #[test]
    fn a_macro_that_modulates_follows_the_hand() {
        for blocks in [&[130][..], &[41, 89], &[64, 10, 56]] {
            assert_eq!(macro_steps(true, blocks), [(0, 6.0), (32, 6.0), (64, 1.0), (96, 11.0), (128, 11.0)]);
        }
        // Playback stands, and so does time.
        assert_eq!(macro_steps(false, &[130]), [(0, 6.0), (40, 1.0), (70, 11.0)]);
    }

    #[test]
    fn a_hand_moves_what_a_wave_is_added_to() {
        let beat = LfoRate::Period(Beats::whole(1));
        let mut lanes = Automation::new(&[], &[(wave(LfoShape::SawUp, beat, 3.0), 10.0)], SampleRate(96.0));
        assert!(lanes.take(ParamId(7), 20.0));
        assert!(!lanes.take(ParamId(8), 20.0), "that one is not modulated");
        let (tempo, mut seen) = (TempoMap::constant(60.0), Vec::new());
        let map = TimeMap::Project(&tempo, SampleRate(96.0));
        let span =
            Span { start: 0, frames: 1, playing: true, arrival: Arrival::Jumped, loop_frames: None, map };
        lanes.render(&span, |step| seen.push(step.value));
        assert_eq!(seen, [17.0]);
    }

    proptest! {
        #[test]
        fn modulated_steps_do_not_depend_on_the_blocks(
            cuts in prop::collection::vec(1..90_usize, 1..20), shape in 0..7_usize, hz in 0.1..20.0_f64, automated: bool,
        ) {
            let shape = LfoShape::ALL[shape];
            let beats = LfoRate::Period(Beats(10_007));
            let waves = [(wave(shape, LfoRate::Hz(hz), 2.0), 1.0), (wave(shape, beats, 1.0), 1.0)];
            let line = [(0.3, 0.0, Curve::Linear), (1.1, 6.0, Curve::Smooth), (2.7, 3.0, Curve::Hold)];
            let points = if automated { &line[..] } else { &[] };
            let whole = modulated_steps(points, &waves, &[cuts.iter().sum()]);
            prop_assert_eq!(modulated_steps(points, &waves, &cuts), whole);
        }

        #[test]
        fn steps_do_not_depend_on_the_blocks(
            points in prop::collection::vec((0.0..5.0_f64, -90.0..12.0_f64, 0..4_u8), 1..8),
            cuts in prop::collection::vec(1..90_usize, 1..20),
        ) {
            let curves = [Curve::Hold, Curve::Linear, Curve::Smooth, Curve::Exponential];
            let mut points: Vec<_> = points.into_iter().map(|(at, value, curve)| (at, value, curves[usize::from(curve)])).collect();
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            let whole = steps(&points, &[cuts.iter().sum()]);
            prop_assert_eq!(steps(&points, &cuts), whole);
        }
    }
}
