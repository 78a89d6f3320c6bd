//! Writing automation: hands that move armed parameters while playback runs.
//!
//! While a lane is written, the engine plays the hand instead of the lane, and tells at which frame each of its values was
//! first heard ([`HandMoved`](TelemetryFrame::HandMoved)): those are what is written, whenever they are told. At the end of
//! the gesture (or of playback, for the modes that go on) what was taken becomes points, as one undo step. Hands in the
//! windows of plugins write as those in ours do.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use model::automation::{self, Take};
use model::{LaneId, LaneMode, Project};
use protocol::control::TransportCommand;
use protocol::telemetry::Gesture;
use protocol::{Beats, Curve, EnginePlan, NodeId, ParamId, StreamFrame, TelemetryFrame, Unit};

use super::control::{Control, USER};

/// How near thinned points stay to what the hand did, as a part of the parameter's range.
const TOLERANCE: f64 = 1.0 / 1_000.0;
/// A hand that says nothing for so long rests: its next value is another, and no line leads there.
const REST_SECS: f64 = 0.05;
/// For how long a hand that let go is waited for to be told.
const PATIENCE: Duration = Duration::from_millis(500);

/// The lanes that are being written, and the clock to write by.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    lanes: BTreeMap<(NodeId, ParamId), Recording>,
    /// When the engine last said where it plays, and that; `None` while it does not play.
    heard: Option<(Instant, f64, f64)>,
}

/// Lanes that hands have taken, and what our controls are at.
type Begun = Vec<((NodeId, ParamId), Option<f64>)>;

/// Whose control a hand is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ControlOf {
    /// One of the editor's, or of whoever speaks on the stream plane.
    Ours,
    /// One in the plugin's own window, which the plugin moves itself.
    Plugin,
}

#[derive(Debug)]
struct Recording {
    lane: LaneId,
    mode: LaneMode,
    take: Take,
    tolerance: f64,
    /// What our control is at; `None` while the hand is on the plugin's own.
    value: Option<f64>,
    /// The last that was taken: where, and what.
    last: Option<(Beats, f64)>,
    /// When it began; and since when the hand is said to have let go, until the engine says where.
    begun: Instant,
    released: Option<Instant>,
}

impl Recording {
    /// A value was heard from here on, at a tempo.
    fn moved(&mut self, at: Beats, value: f64, bpm: f64) {
        if let Some((before, held)) = self.last
            && (at - before).to_beats() * 60.0 > REST_SECS * bpm
        {
            self.take.push(at - Beats(1), held);
        }
        self.take.push(at, value);
        self.last = Some((at, value));
    }

    /// Playback left a place, and may go on at another.
    fn jumped(&mut self, left: Beats, to: Option<Beats>) {
        self.take.extend(left);
        if let (Some(to), Some((_, held))) = (to, self.last) {
            self.take.jump();
            self.take.push(to, held);
            self.last = Some((to, held));
        }
    }
}

impl Recorder {
    /// About where playback is now; `None` while the transport stands.
    fn position(&self) -> Option<Beats> {
        let (when, beats, bpm) = self.heard?;
        // The engine speaks some thirty times a second: much later than that it has stalled.
        let passed = when.elapsed().as_secs_f64().min(0.25);
        Some(Beats::from_beats((beats + passed * bpm / 60.0).max(0.0)))
    }

    fn bpm(&self) -> f64 {
        self.heard.map_or(120.0, |(_, _, bpm)| bpm)
    }

    /// Whether playback runs.
    pub const fn is_playing(&self) -> bool {
        self.heard.is_some()
    }

    /// The parameters whose lanes are being written.
    pub fn written(&self) -> impl Iterator<Item = (NodeId, ParamId)> + '_ {
        self.lanes.keys().copied()
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
                for (&(_, param), recording) in written {
                    match recording.value {
                        Some(value) => {
                            node.params.insert(param, value);
                        }
                        // The plugin is where the hand has it, and is told nothing.
                        None => {
                            node.params.remove(&param);
                        }
                    }
                }
            }
        }
    }
}

impl Control {
    /// A hand takes a control: if its lane is armed and playback runs, it is written from now on.
    pub fn begin_recording(&mut self, node: NodeId, param: ParamId, of: ControlOf) {
        let Some(at) = self.recorder.position() else { return };
        let project = self.pulse.project();
        let Some((lane, mode)) = lane_of(&project, node, param) else { return };
        if matches!(mode, LaneMode::Touch | LaneMode::Latch | LaneMode::Write) {
            self.write(&project, &[((node, param), lane, mode)], at, of);
        }
    }

    /// Writes lanes from the next block on.
    fn write(
        &mut self,
        project: &Project,
        lanes: &[((NodeId, ParamId), LaneId, LaneMode)],
        at: Beats,
        of: ControlOf,
    ) {
        let begun = self.silence(project, lanes, at, of);
        self.take_hands(begun);
    }

    /// Has the hands of lanes played in their place; gives what is to be [taken](Self::take_hands) then.
    fn silence(
        &mut self,
        project: &Project,
        lanes: &[((NodeId, ParamId), LaneId, LaneMode)],
        at: Beats,
        of: ControlOf,
    ) -> Begun {
        let mut begun = Vec::new();
        for &(key, lane, mode) in lanes {
            if let Some(recording) = self.recorder.lanes.get_mut(&key) {
                // The hand is back before it was told that it had let go.
                recording.released = None;
                continue;
            }
            let Some(described) = self.describe(project, key.0, key.1) else { continue };
            let curve = if described.is_stepped { Curve::Hold } else { Curve::Linear };
            let points: Vec<_> = project
                .lane(lane)
                .map(|lane| lane.points().into_iter().map(|(_, point)| point).collect())
                .unwrap_or_default();
            let value = automation::value_at(&points, at).or(described.now).unwrap_or(described.min);
            let value = (of == ControlOf::Ours).then_some(value);
            let tolerance = (described.max - described.min).abs() * TOLERANCE;
            let take = Take::new(curve);
            let recording = Recording {
                lane,
                mode,
                take,
                tolerance,
                value,
                last: None,
                begun: Instant::now(),
                released: None,
            };
            self.recorder.lanes.insert(key, recording);
            begun.push((key, value));
        }
        if !begun.is_empty() {
            self.apply_plan(project);
        }
        begun
    }

    /// From the next block on, what these hands say is told.
    fn take_hands(&mut self, begun: Begun) {
        for ((node, param), value) in begun {
            if let Some(value) = value {
                self.engine.take_hand(node, param, value);
            }
        }
    }

    /// Starts playback, and what is written throughout with its first frame.
    pub fn start_playback(&mut self) {
        let begun = match self.published.telemetry() {
            heard if self.is_active && !heard.playing => {
                let project = self.pulse.project();
                let at = Beats::from_beats(heard.playhead_beats.max(0.0));
                self.silence(&project, &written_throughout(&project), at, ControlOf::Ours)
            }
            _ => Begun::new(),
        };
        self.engine.transport(TransportCommand::Play);
        self.take_hands(begun);
    }

    /// A control moves under a hand.
    pub fn record(&mut self, node: NodeId, param: ParamId, value: f64) {
        if let Some(recording) = self.recorder.lanes.get_mut(&(node, param)) {
            recording.value = Some(value);
        }
    }

    /// The hand lets go: a touched lane is written up to where the engine says that this was.
    pub fn end_recording(&mut self, node: NodeId, param: ParamId) {
        let key = (node, param);
        let Some(recording) =
            self.recorder.lanes.get_mut(&key).filter(|recording| recording.mode == LaneMode::Touch)
        else {
            return;
        };
        recording.released = Some(Instant::now());
        let release = StreamFrame::Release { node, param };
        if self.stream.as_mut().is_none_or(|stream| stream.push(release).is_err()) {
            self.finish_recording(&[key]);
        }
    }

    /// Takes in what the engine tells, in order.
    pub fn hear_hands(&mut self, frame: &TelemetryFrame) {
        match *frame {
            TelemetryFrame::HandMoved { node, param, value, gesture, at: Some(at) } => {
                self.take_move((node, param), value, gesture, at);
            }
            TelemetryFrame::ParamMoved { node, param, value, gesture, at: Some(at) } => {
                if gesture == Gesture::Begin {
                    self.begin_recording(node, param, ControlOf::Plugin);
                }
                self.take_move((node, param), value, gesture, at);
            }
            TelemetryFrame::Jumped { left, to } => {
                for recording in self.recorder.lanes.values_mut() {
                    recording.jumped(left, to);
                }
                if to.is_none() {
                    self.stop_recording();
                }
            }
            TelemetryFrame::Playhead { beats, bpm, playing: true, .. } if self.is_active => {
                let starts = self.recorder.heard.replace((Instant::now(), beats, bpm)).is_none();
                if starts {
                    self.write_all(Beats::from_beats(beats.max(0.0)));
                }
            }
            // What was said before playback started ends nothing.
            TelemetryFrame::Playhead { playing: false, .. } if self.recorder.heard.is_some() => {
                self.stop_recording();
            }
            _ => {}
        }
    }

    fn take_move(&mut self, key: (NodeId, ParamId), value: f64, gesture: Gesture, at: Beats) {
        let bpm = self.recorder.bpm();
        let Some(recording) = self.recorder.lanes.get_mut(&key) else { return };
        match gesture {
            Gesture::Begin => {}
            Gesture::Change => recording.moved(at, value, bpm),
            Gesture::End => {
                recording.take.extend(at);
                // On our control, the hand may be back by now.
                let is_off = recording.value.is_none() || recording.released.is_some();
                if recording.mode == LaneMode::Touch && is_off {
                    self.finish_recording(&[key]);
                }
            }
        }
    }

    /// Ends what the engine will not tell the end of.
    pub fn poll_recording(&mut self) {
        if !self.is_active {
            return self.stop_recording();
        }
        // A hand that let go and was not told; playback that was asked for, and did not start.
        let is_over = |recording: &Recording| {
            let never = recording.last.is_none() && recording.value.is_some();
            let waits = recording.released.or_else(|| never.then_some(recording.begun));
            waits.is_some_and(|since| since.elapsed() > PATIENCE)
        };
        let over: Vec<_> =
            self.recorder.lanes.iter().filter(|(_, of)| is_over(of)).map(|(key, _)| *key).collect();
        self.finish_recording(&over);
    }

    /// Playback has ended, and so has all that was written.
    fn stop_recording(&mut self) {
        self.recorder.heard = None;
        let all: Vec<_> = self.recorder.lanes.keys().copied().collect();
        self.finish_recording(&all);
    }

    /// Playback was started by somebody else, such as an outer host: lanes that are written throughout are from here on.
    fn write_all(&mut self, at: Beats) {
        let project = self.pulse.project();
        self.write(&project, &written_throughout(&project), at, ControlOf::Ours);
    }

    /// Makes points of what was taken, as one step, and lets the lanes be heard again.
    fn finish_recording(&mut self, keys: &[(NodeId, ParamId)]) {
        if keys.is_empty() {
            return;
        }
        let project = self.pulse.project();
        let within = project.root().punch_range();
        let mut edits = Vec::new();
        for key in keys {
            let Some(recording) = self.recorder.lanes.remove(key) else { continue };
            let lane = project.lane(recording.lane);
            let edit = lane.and_then(|lane| {
                automation::punch(&lane, &recording.take, recording.tolerance, within.clone())
            });
            edits.extend(edit);
        }
        if edits.is_empty() {
            return self.apply_plan(&project);
        }
        let result = self.commit("Write automation", USER, edits);
        if result.is_err() {
            self.apply_plan(&project);
            self.answer(result, None);
        }
    }
}

/// The lanes that are written whenever playback runs.
fn written_throughout(project: &Project) -> Vec<((NodeId, ParamId), LaneId, LaneMode)> {
    let lanes = project.table("lanes").filter_map(|id| project.lane(LaneId(id)));
    let throughout = lanes.filter(|lane| lane.enabled() && lane.mode() == LaneMode::Write);
    let written = throughout.filter_map(|lane| {
        let key = model::plan::param_target(project, lane.owner(), lane.param())?;
        Some((key, lane.id(), LaneMode::Write))
    });
    written.collect()
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
