//! Automation on the audio thread: curves become steps at exact frames.
//!
//! A point becomes a step at its frame. Between points that differ, there is a step at every multiple of
//! some frames of the *timeline* ([`ControlFrames`]), so that the result does not depend on where blocks begin. A step also says
//! where the curve will be at the next grid frame, for nodes that draw the line between (faders).
//!
//! Modulation is added on the same grid, which is its control rate: a modulated parameter has a step at every grid
//! frame, from the value of its lane or, without one, from the value it was given last. A macro that modulates is taken
//! at the first grid frame after it was moved; while playback stands, at once. What a follower adds is not known here: it
//! arrives with the audio, and is added to the steps. So what it moves has steps also while playback stands, on a grid
//! counted from where it stopped; and what a hand gives a modulated parameter meanwhile is taken there.

mod lines;
mod macros;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use protocol::plan::{AutomationPlan, ControlFrames, ModulationPlan, ModulatorPlan};
use protocol::{Beats, Curve, ParamId, Point, SampleRate};

pub(crate) use self::lines::Lines;
use self::macros::Macros;
use crate::config::AudioConfig;
use crate::math::{frames, to_f64, to_u32};
use crate::timeline::TimeMap;
use crate::transport::Arrival;

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
    pub comes: Comes,
}

impl Step {
    /// How many there are of one parameter in the longest block, at the finest control rate, and at its end.
    pub const MOST: usize = AudioConfig::MAX_BLOCK / ControlFrames::MIN as usize + 2;
}

/// How a parameter comes to the value of a step from that of the step before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comes {
    /// It has the old value until then.
    Jumping,
    /// In a straight line.
    Gliding,
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
    /// For how many frames playback has been standing.
    stood: i64,
}

#[derive(Debug)]
struct Lane {
    param: ParamId,
    /// None for a parameter that is modulated, and not automated.
    points: Arc<[Point]>,
    /// The value without points.
    base: f64,
    modulations: Box<[ModulationPlan]>,
    /// Whether a follower is among them.
    follows: bool,
    /// Whether a hand gave another value since the last step.
    moved: bool,
    rate: SampleRate,
    /// Frames between two steps of a curve.
    grid: i64,
    /// How many points lie before the position; `None` until known.
    passed: Option<usize>,
}

impl Automation {
    /// Lanes of points, and parameters that are modulated, with the values they have without points.
    pub fn new(
        plans: &[AutomationPlan],
        modulated: &[(ModulationPlan, f64)],
        rate: SampleRate,
        control: ControlFrames,
    ) -> Self {
        let of = |param: ParamId| modulated.iter().filter(move |(plan, _)| plan.param == param);
        let lane = |param: ParamId, points: Arc<[Point]>| Lane {
            param,
            points,
            base: of(param).next().map_or(0.0, |(_, base)| *base),
            modulations: of(param).map(|(plan, _)| *plan).collect(),
            follows: of(param).any(|(plan, _)| matches!(plan.modulator, ModulatorPlan::Follower { .. })),
            moved: false,
            rate,
            grid: control.frames().into(),
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
        Self { lanes, macros, stood: 0 }
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
                (lane.base, lane.moved) = (value, true);
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

    /// What is automated or modulated.
    pub fn params(&self) -> impl Iterator<Item = ParamId> {
        self.lanes.iter().map(|lane| lane.param)
    }

    /// Calls `step` for every step of the span, lane by lane, in order of frame within each.
    pub fn render(&mut self, span: &Span<'_>, mut step: impl FnMut(Step)) {
        for lane in &mut self.lanes {
            lane.render(span, &self.macros, self.stood, &mut step);
        }
        self.macros.settle();
        self.stood = if span.playing { 0 } else { self.stood.saturating_add(frames(span.frames)) };
    }
}

impl Lane {
    fn render(&mut self, span: &Span<'_>, macros: &Macros, stood: i64, step: &mut impl FnMut(Step)) {
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
                step(Step { frame: 0, param: self.param, value, target: value, ramp, comes: Comes::Jumping });
            }
            if span.playing {
                step(self.step_at(span, macros, passed, span.start, Comes::Jumping));
            }
        }
        if !span.playing {
            self.follow_hands(span, macros, passed, step);
            if self.follows || self.moved {
                let value = self.value(span, macros, passed, span.start);
                self.stand(if fresh { stood + 1 } else { stood }, stood, span.frames, value, step);
            }
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
                step(Step {
                    frame,
                    param: self.param,
                    value,
                    target: value,
                    ramp: Ramp::Declick,
                    comes: Comes::Jumping,
                });
            }
        }
    }

    /// Says the value at the grid frames of a stretch that begins after standing for `stood` frames.
    fn stand(&mut self, from: i64, stood: i64, length: usize, value: f64, step: &mut impl FnMut(Step)) {
        let mut at = self.next_grid(from - 1);
        while at < stood.saturating_add(frames(length)) {
            let frame = to_u32(crate::math::span(at - stood));
            let ramp = Ramp::Frames(u32::try_from(self.grid).unwrap_or(1));
            let comes = if self.moved { Comes::Jumping } else { Comes::Gliding };
            step(Step { frame, param: self.param, value, target: value, ramp, comes });
            self.moved = false;
            at += self.grid;
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
            let next_grid = if self.is_moving(passed) { self.next_grid(from - 1) } else { i64::MAX };
            let at = next_point.min(next_grid);
            if at >= span.end() {
                break;
            }
            let before = passed;
            while passed < self.points.len() && span.map.frame_at(self.points[passed].at) <= at {
                passed += 1;
            }
            let at = at.max(span.start);
            step(self.step_at(span, macros, passed, at, self.comes(before, passed)));
            from = at + 1;
        }
        self.passed = Some(passed);
    }

    /// The first grid frame after a frame.
    fn next_grid(&self, frame: i64) -> i64 {
        (frame.div_euclid(self.grid) + 1) * self.grid
    }

    /// Whether the value changes between the last point passed and the next.
    fn is_moving(&self, passed: usize) -> bool {
        !self.modulations.is_empty() || self.is_drawn(passed)
    }

    /// Whether the points draw a curve between the last one passed and the next.
    fn is_drawn(&self, passed: usize) -> bool {
        match (passed.checked_sub(1).and_then(|last| self.points.get(last)), self.points.get(passed)) {
            (Some(last), Some(next)) => last.curve != Curve::Hold && last.value != next.value,
            _ => false,
        }
    }

    /// How the value comes about where so many points are passed, after so many `before`.
    fn comes(&self, before: usize, passed: usize) -> Comes {
        let Some(last) = passed.checked_sub(1).filter(|_| passed > before) else { return Comes::Gliding };
        let towards = if self.is_drawn(before) { before } else { before.saturating_sub(1) };
        let is_smooth = self.points[towards].value == self.points[last].value;
        if is_smooth && self.is_moving(before) { Comes::Gliding } else { Comes::Jumping }
    }

    fn step_at(&self, span: &Span<'_>, macros: &Macros, passed: usize, frame: i64, comes: Comes) -> Step {
        let value = self.value(span, macros, passed, frame);
        let grid = self.next_grid(frame);
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
        Step { frame: offset, param: self.param, value, target, ramp, comes }
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
