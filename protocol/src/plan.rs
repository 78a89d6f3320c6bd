//! The engine plan: all that Signal ever sees of a project.
//!
//! A plan is a graph of nodes joined by connections. Several connections into one port are summed. Levels of
//! delay compensation, buffers and order are the engine's business, not the plan's.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::device::DeviceKind;
use crate::ids::{BlobHash, NodeId, ParamId};
use crate::latency::LatencyPolicy;
pub use crate::modulation::{LfoRate, LfoShape, ModulationPlan, ModulatorPlan, Polarity};
use crate::plugin::{LayoutRef, PluginRef};
pub use crate::signature::SignaturePoint;
use crate::tempo::TempoMap;
use crate::time::Beats;
use crate::value::{MidiEvent, Note, Point};

/// What the engine executes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EnginePlan {
    /// The project revision it was derived from.
    pub revision: u64,
    /// Tempo over the timeline; an outer host's tempo takes its place while Loophole follows it.
    pub tempo: TempoMap,
    /// Time signatures over the timeline; 4/4 where there is none.
    pub signatures: Vec<SignaturePoint>,
    /// Where bar 1 starts: the length of the pick-up before it.
    #[serde(default)]
    pub pickup: Beats,
    /// The loop, if it is on: start and end.
    pub loop_range: Option<(Beats, Beats)>,
    /// The graph, in parts that plans share: what an edit did not touch is the same `Arc` in the next plan, so that
    /// nobody has to look into it to know. One part per track, in order, and one for what is common to all.
    pub parts: Arc<[Arc<PlanPart>]>,
    /// Macro slots that have targets.
    pub macros: Vec<MacroPlan>,
    /// What moves by itself.
    #[serde(default)]
    pub modulations: Arc<[ModulationPlan]>,
    /// What is done about latency.
    #[serde(default)]
    pub latency: LatencyPolicy,
    /// How fine the steps are in which parameters move.
    #[serde(default, skip_serializing_if = "ControlFrames::is_default")]
    pub control: ControlFrames,
}

/// Automation and modulation move a parameter between its points in steps, which are so many frames of the timeline apart: the
/// control rate. Faders draw the line between steps per sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ControlFrames(#[serde(deserialize_with = "control_frames")] u16);

impl ControlFrames {
    /// The finest steps, in frames.
    pub const MIN: u16 = 8;
    /// The coarsest, in frames.
    pub const MAX: u16 = 512;

    /// Steps of so many frames, as near as legal.
    #[must_use]
    pub fn new(frames: u16) -> Self {
        Self(frames.clamp(Self::MIN, Self::MAX))
    }

    /// How many frames.
    #[must_use]
    pub fn frames(self) -> u16 {
        self.0
    }

    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for ControlFrames {
    fn default() -> Self {
        Self(32)
    }
}

fn control_frames<'de, D: Deserializer<'de>>(from: D) -> Result<u16, D::Error> {
    u16::deserialize(from).map(|frames| ControlFrames::new(frames).0)
}

/// A part of the graph: what one track adds to it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlanPart {
    /// The nodes, in any order.
    pub nodes: Vec<NodePlan>,
    /// The connections, also to and from the nodes of other parts. All parts together never have a cycle.
    pub connections: Vec<Connection>,
}

impl EnginePlan {
    /// The nodes of all parts.
    pub fn nodes(&self) -> impl Iterator<Item = &NodePlan> + Clone {
        self.parts.iter().flat_map(|part| &part.nodes)
    }

    /// The connections of all parts.
    pub fn connections(&self) -> impl Iterator<Item = &Connection> + Clone {
        self.parts.iter().flat_map(|part| &part.connections)
    }

    /// The first part, made if there is none: for plans that are put together by hand.
    pub fn first_part_mut(&mut self) -> &mut PlanPart {
        if self.parts.is_empty() {
            self.parts = Arc::new([Arc::default()]);
        }
        Arc::make_mut(&mut Arc::make_mut(&mut self.parts)[0])
    }
}

/// A node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NodePlan {
    /// Identity; processors survive a new plan by it.
    pub id: NodeId,
    /// What a person calls it, for errors and diagnostics.
    pub name: Arc<str>,
    /// What it does.
    pub kind: NodeKind,
    /// Bypassed nodes pass audio and events through (instruments fall silent) and keep their latency.
    pub bypassed: bool,
    /// Parameter values, plain. Those not given have their defaults, or what the plugin's state says.
    pub params: BTreeMap<ParamId, f64>,
    /// Automated parameters.
    pub automation: Vec<AutomationPlan>,
}

/// What a node does. Port 0 is the main one, port 1 a device's sidechain. How many channels an audio port has is the
/// engine's business, which converts where two differ: ports towards the host are as wide as the host's buses, those of
/// plugins as they declare, those of devices stereo, and strips and sends as wide as what goes in, at least stereo.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "node", rename_all = "snake_case")]
pub enum NodeKind {
    /// Audio from the outer host or the hardware. Ports: audio out.
    HostInput {
        /// 0 is the main input, 1 the sidechain; beyond are the extra ones of an audio device.
        bus: u16,
        /// Only this channel of it, as mono; the first is 0.
        #[serde(default)]
        channel: Option<u16>,
    },
    /// Notes and controllers from the outer host, the hardware or the on-screen keyboard. Ports: events out.
    HostEvents,
    /// Plays note clips. Ports: events out.
    NotePlayer {
        /// In order of start.
        clips: Arc<[NoteClip]>,
    },
    /// Plays audio clips. Ports: audio out.
    AudioPlayer {
        /// In order of start.
        clips: Arc<[AudioClip]>,
    },
    /// A built-in device. Ports: events in (instruments); audio in (effects; 1 is the sidechain); audio out.
    Device {
        /// Which.
        device: DeviceKind,
        /// Its content, such as a SoundFont.
        blob: Option<BlobHash>,
    },
    /// A nested plugin. Ports: as the plugin declares them.
    Plugin {
        /// Which.
        plugin: PluginRef,
        /// Its saved state.
        state: Option<BlobHash>,
        /// Which of its layouts it has; `None` leaves it the buses that it comes with.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        layout: Option<LayoutRef>,
    },
    /// Fader, pan, mute, meter ([`crate::device::strip`]). Ports: audio in, audio out.
    Strip,
    /// A level ([`crate::device::strip::SEND_PARAMS`]). Ports: audio in, audio out.
    Send,
    /// Follows how loud something is ([`crate::device::follower`]). Ports: audio in, control out.
    Follower,
    /// Audio to the outer host or the hardware. Ports: audio in.
    HostOutput {
        /// 0 is the main output, 1..=31 the extra ones.
        bus: u16,
    },
    /// Notes to the outer host. Ports: events in.
    HostEventsOutput,
}

/// A clip of notes on the timeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NoteClip {
    /// Where it starts on the timeline.
    pub start: Beats,
    /// How long it plays.
    pub length: Beats,
    /// Where in its content it begins.
    pub offset: Beats,
    /// The content repeats with this period if given; otherwise it plays once.
    pub loop_length: Option<Beats>,
    /// The content, by start. Notes are cut at the end of the clip.
    pub notes: Arc<[Note]>,
    /// Controllers, programs and the like, by position.
    #[serde(default)]
    pub events: Arc<[MidiEvent]>,
}

/// A pass over a clip's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Round {
    /// Where the start of the content lies on the timeline; that may be before the clip.
    origin: Beats,
    /// What is heard of it on the timeline.
    from: Beats,
    to: Beats,
    /// What is past this in the content is not played.
    period: Option<Beats>,
}

impl Round {
    /// Where a place in the content is on the timeline, if this pass plays it.
    #[must_use]
    pub fn place(&self, content: Beats) -> Option<Beats> {
        let at = self.origin + content;
        let repeats = self.period.is_some_and(|period| content >= period);
        (!repeats && self.from <= at && at < self.to).then_some(at)
    }
}

impl NoteClip {
    /// The passes over the content, in order. There are none after the first if nothing in it is played; there may be a
    /// great many.
    pub fn rounds(&self) -> impl Iterator<Item = Round> + '_ {
        let end = self.start + self.length;
        let period = self.loop_length.filter(|period| *period > Beats::ZERO);
        let repeats = |period: Beats| {
            self.notes.iter().any(|note| note.start < period)
                || self.events.iter().any(|event| event.at < period)
        };
        // An offset past the loop starts within it.
        let offset = period.map_or(self.offset, |period| Beats(self.offset.0.rem_euclid(period.0)));
        let next = period.filter(|period| repeats(*period));
        let first = Some(self.start - offset);
        std::iter::successors(first, move |origin| Some(*origin + next?))
            .take_while(move |origin| *origin < end)
            .map(move |origin| Round {
                origin,
                from: self.start,
                to: period.map_or(end, |period| (origin + period).min(end)),
                period,
            })
    }
}

/// A clip of audio on the timeline. Its content runs in seconds: tempo moves its start, not its speed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AudioClip {
    /// Where it starts on the timeline.
    pub start: Beats,
    /// How long it plays; silence after the end of the media.
    pub length: Beats,
    /// Where in the media it begins, in seconds.
    pub offset_secs: f64,
    /// The media: a WAV blob.
    pub media: BlobHash,
    /// Level, in decibels.
    pub gain_db: f64,
    /// Fade-in length, in seconds.
    pub fade_in_secs: f64,
    /// Fade-out length, in seconds.
    pub fade_out_secs: f64,
}

/// A parameter that follows a curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AutomationPlan {
    /// Which.
    pub param: ParamId,
    /// In order of position, at least one. The first value also holds before it, the last after it.
    pub points: Arc<[Point]>,
}

/// What kind of signal a connection carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// Audio, of any number of channels.
    Audio,
    /// Notes, expressions, MIDI.
    Events,
    /// A position of 0..=1, frame by frame, from a follower to a node that it modulates. Port 0 on either side.
    Control,
}

/// One end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct PortRef {
    /// The node.
    pub node: NodeId,
    /// The index of the port among the node's ports of that signal and direction.
    pub port: u16,
}

/// A cable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Connection {
    /// What it carries.
    pub signal: Signal,
    /// An output port.
    pub from: PortRef,
    /// An input port.
    pub to: PortRef,
}

/// A macro slot and what it moves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MacroPlan {
    /// 0..=127.
    pub slot: u8,
    /// Position, 0..=1.
    pub value: f64,
    /// What it moves. The target's own value is overridden.
    pub targets: Vec<MacroTarget>,
}

/// One target of a macro: the parameter goes from `min` to `max` as the macro goes from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MacroTarget {
    /// The node.
    pub node: NodeId,
    /// Its parameter.
    pub param: ParamId,
    /// Plain value at macro position 0; above `max` for an inverted target.
    pub min: f64,
    /// Plain value at macro position 1.
    pub max: f64,
    /// The shape of the way between.
    pub curve: crate::value::Curve,
}

impl MacroTarget {
    /// The plain value at a macro position of 0..=1. Real-time safe.
    #[must_use]
    pub fn value_at(&self, position: f64) -> f64 {
        let way = match self.curve {
            crate::value::Curve::Hold => position.clamp(0.0, 1.0).round(),
            curve => curve.shape(position),
        };
        self.min + (self.max - self.min) * way
    }
}
