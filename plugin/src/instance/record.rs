//! Writing automation: hands that move armed parameters while playback runs.
//!
//! While a lane is written, the engine plays the hand instead of the lane. At the end of the gesture (or of playback, for the
//! modes that go on) what was taken becomes points, as one undo step.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use model::automation::{self, Take};
use model::{LaneId, LaneMode, Project};
use protocol::{Beats, Curve, EnginePlan, NodeId, ParamId, Unit};

use super::control::{Control, USER};

/// How near thinned points stay to what the hand did, as a part of the parameter's range.
const TOLERANCE: f64 = 1.0 / 1_000.0;

/// The lanes that are being written, and the clock to write by.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    lanes: BTreeMap<(NodeId, ParamId), Recording>,
    /// When the engine last said where it plays, and that.
    heard: Option<(Instant, f64, f64)>,
}

#[derive(Debug)]
struct Recording {
    lane: LaneId,
    mode: LaneMode,
    take: Take,
    tolerance: f64,
    /// What the control is at.
    value: f64,
}

impl Recorder {
    /// Where playback is now; `None` while the transport stands.
    fn position(&self) -> Option<Beats> {
        let (when, beats, bpm) = self.heard?;
        // The engine speaks some thirty times a second: much later than that it has stalled.
        let passed = when.elapsed().as_secs_f64().min(0.25);
        Some(Beats::from_beats((beats + passed * bpm / 60.0).max(0.0)))
    }

    /// Forgets everything: the project is another.
    pub fn clear(&mut self) {
        self.lanes.clear();
    }

    /// Lets the hands be heard in place of the lanes that they write.
    pub fn override_plan(&self, plan: &mut EnginePlan) {
        if self.lanes.is_empty() {
            return;
        }
        let nodes: BTreeSet<NodeId> = self.lanes.keys().map(|(node, _)| *node).collect();
        for part in Arc::make_mut(&mut plan.parts) {
            if !part.nodes.iter().any(|node| nodes.contains(&node.id)) {
                continue;
            }
            for node in &mut Arc::make_mut(part).nodes {
                let id = node.id;
                node.automation.retain(|lane| !self.lanes.contains_key(&(id, lane.param)));
                let written = self.lanes.range((id, ParamId(0))..=(id, ParamId(u32::MAX)));
                node.params.extend(written.map(|(&(_, param), recording)| (param, recording.value)));
            }
        }
    }
}

impl Control {
    /// A hand takes a control: if its lane is armed and playback runs, it is written from now on.
    pub fn begin_recording(&mut self, node: NodeId, param: ParamId) {
        let Some(at) = self.recorder.position() else { return };
        let project = self.pulse.project();
        let Some((lane, mode)) = lane_of(&project, node, param) else { return };
        if matches!(mode, LaneMode::Touch | LaneMode::Latch | LaneMode::Write) {
            self.write(&project, (node, param), lane, mode, at);
            self.apply_plan(&project);
        }
    }

    fn write(
        &mut self,
        project: &Project,
        (node, param): (NodeId, ParamId),
        lane: LaneId,
        mode: LaneMode,
        at: Beats,
    ) {
        if self.recorder.lanes.contains_key(&(node, param)) {
            return;
        }
        let Some(described) = self.describe(project, node, param) else { return };
        let curve = if described.is_stepped { Curve::Hold } else { Curve::Linear };
        let points: Vec<_> = project
            .lane(lane)
            .map(|lane| lane.points().into_iter().map(|(_, point)| point).collect())
            .unwrap_or_default();
        let value = automation::value_at(&points, at).or(described.now).unwrap_or(described.min);
        let mut take = Take::new(curve);
        take.push(at, value);
        let tolerance = (described.max - described.min).abs() * TOLERANCE;
        self.recorder.lanes.insert((node, param), Recording { lane, mode, take, tolerance, value });
    }

    /// A control moves under a hand.
    pub fn record(&mut self, node: NodeId, param: ParamId, value: f64) {
        let at = self.recorder.position();
        if let (Some(at), Some(recording)) = (at, self.recorder.lanes.get_mut(&(node, param))) {
            recording.take.push(at, value);
            recording.value = value;
        }
    }

    /// The hand lets go: a touched lane is written up to here.
    pub fn end_recording(&mut self, node: NodeId, param: ParamId) {
        let key = (node, param);
        if self.recorder.lanes.get(&key).is_some_and(|recording| recording.mode == LaneMode::Touch) {
            self.finish_recording(vec![key]);
        }
    }

    /// Keeps up with the transport: what is held is written on, and everything ends with playback.
    pub fn poll_recording(&mut self, playing: bool, beats: f64, bpm: f64) {
        if !playing {
            let all = self.recorder.lanes.keys().copied().collect();
            self.finish_recording(all);
            self.recorder.heard = None;
            return;
        }
        let before = self.recorder.heard.replace((Instant::now(), beats, bpm));
        let at = Beats::from_beats(beats.max(0.0));
        let wrapped = before.is_some_and(|(_, before, _)| beats < before);
        for recording in self.recorder.lanes.values_mut() {
            if wrapped {
                recording.take.push(at, recording.value);
            } else {
                recording.take.extend(at);
            }
        }
        if before.is_none() {
            self.write_all(at);
        }
    }

    /// Playback starts: lanes that are written throughout are from here on.
    fn write_all(&mut self, at: Beats) {
        let project = self.pulse.project();
        let lanes: Vec<_> = project
            .table("lanes")
            .filter_map(|id| project.lane(LaneId(id)))
            .filter(|lane| lane.enabled() && lane.mode() == LaneMode::Write)
            .filter_map(|lane| {
                Some((model::plan::param_target(&project, lane.owner(), lane.param())?, lane.id()))
            })
            .collect();
        if lanes.is_empty() {
            return;
        }
        for (key, lane) in lanes {
            self.write(&project, key, lane, LaneMode::Write, at);
        }
        self.apply_plan(&project);
    }

    /// Makes points of what was taken, as one step, and lets the lanes be heard again.
    fn finish_recording(&mut self, keys: Vec<(NodeId, ParamId)>) {
        if keys.is_empty() {
            return;
        }
        let at = self.recorder.position();
        let project = self.pulse.project();
        let within = project.root().punch_range();
        let mut edits = Vec::new();
        for key in keys {
            let Some(mut recording) = self.recorder.lanes.remove(&key) else { continue };
            if let Some(at) = at {
                recording.take.extend(at);
            }
            let lane = project.lane(recording.lane);
            let edit = lane.and_then(|lane| {
                automation::punch(&lane, &recording.take, recording.tolerance, within.clone())
            });
            edits.extend(edit);
        }
        let result = self.commit("Write automation", USER, edits);
        if result.is_err() {
            self.apply_plan(&project);
            self.answer(result, None);
        }
    }
}

/// The lane of a parameter that is played, and what a moved control does to it.
fn lane_of(project: &Project, node: NodeId, param: ParamId) -> Option<(LaneId, LaneMode)> {
    let mut lanes = project.lanes_of(node.entity).filter(|lane| lane.enabled());
    let is_it = |lane: &model::Lane<'_>| {
        model::plan::param_target(project, node.entity, lane.param()) == Some((node, param))
    };
    lanes.find(is_it).map(|lane| (lane.id(), lane.mode()))
}

/// Whether a parameter has no values between its steps.
pub(super) fn is_stepped(unit: Unit) -> bool {
    matches!(unit, Unit::Switch | Unit::Choice)
}
