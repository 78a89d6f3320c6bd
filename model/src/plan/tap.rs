//! A track before its strip, as a plan of its own: what freezing and bouncing render.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use protocol::latency::LatencyPolicy;
use protocol::plan::{Connection, NodeKind, PlanPart, PortRef, Signal};
use protocol::{BlobHash, Edit, EnginePlan, NodeId, NodeRole};

use super::track::plain;
use crate::blobs::Blobs;
use crate::edit;
use crate::project::{EditError, Project};
use crate::view::{ClipId, TrackId};

/// Why a track has no plan of its own.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TapError {
    /// It is not there, or it is a bus.
    #[error("only audio and instrument tracks can be frozen or bounced")]
    Track(TrackId),
    /// Other tracks hear devices of it, which would fall silent.
    #[error("extra outputs of its devices go to other tracks; switch those sends off first")]
    ExtraOutputs(TrackId),
    /// Its devices hear what is outside, which is not there while it is rendered.
    #[error(
        "its devices hear an input of the outer host, which cannot be rendered; take that sidechain off first"
    )]
    OuterInput(TrackId),
    /// The project cannot be put into the state that is rendered.
    #[error("the project cannot be prepared")]
    Edit(#[from] EditError),
}

/// A plan whose main output is what a track gives to its strip, as if the track was not frozen, nothing was soloed and
/// nobody played live. It has only the nodes that are heard there: those that feed the track's sidechains, too.
///
/// # Errors
/// If the track cannot be rendered by itself.
pub fn tap(project: &Project, track: TrackId) -> Result<EnginePlan, TapError> {
    of(project, track, |_| true)
}

/// The same with only some of the track's clips.
///
/// # Errors
/// If the track cannot be rendered by itself.
pub fn tap_clips(
    project: &Project,
    track: TrackId,
    clips: &BTreeSet<ClipId>,
) -> Result<EnginePlan, TapError> {
    of(project, track, |clip| clips.contains(&clip))
}

/// Tells apart what [`tap`] renders: it stays the same as long as the audio does, whatever is renamed, and whatever
/// happens behind the track's strip.
///
/// # Errors
/// If the track cannot be rendered by itself.
pub fn fingerprint(project: &Project, track: TrackId) -> Result<BlobHash, TapError> {
    let mut plan = tap(project, track)?;
    plan.revision = 0;
    for part in Arc::make_mut(&mut plan.parts) {
        for node in &mut Arc::make_mut(part).nodes {
            node.name = "".into();
        }
    }
    // PANIC: numbers, texts and lists, and maps with keys that are numbers.
    let bytes = serde_json::to_vec(&plan).expect("PANIC: a plan has a JSON form");
    Ok(Blobs::hash(&bytes))
}

fn of(project: &Project, track: TrackId, plays: impl Fn(ClipId) -> bool) -> Result<EnginePlan, TapError> {
    let view = project.track(track).filter(|view| view.can_freeze()).ok_or(TapError::Track(track))?;
    if view.sends().any(|send| send.enabled() && send.output().is_some()) {
        return Err(TapError::ExtraOutputs(track));
    }
    let mut edits: Vec<Edit> = Vec::new();
    for other in project.tracks() {
        if other.solo() {
            edits.push(edit::track::set_solo(other.id(), false));
        }
        if other.armed() {
            edits.push(edit::track::set_armed(other.id(), false));
        }
    }
    if view.frozen().is_some() {
        edits.extend(edit::track::unfreeze(track));
    }
    let left_out = view.clips().filter(|clip| !plays(clip.id()));
    edits.extend(left_out.map(|clip| edit::clip::set_muted(clip.id(), true)));
    let whole = super::derive(&project.apply(&edits)?);
    let plan = cut(&whole, track);
    if plan.nodes().any(|node| matches!(node.kind, NodeKind::HostInput { .. })) {
        return Err(TapError::OuterInput(track));
    }
    Ok(plan)
}

/// What comes in at the strip of a track, and nothing else.
fn cut(whole: &EnginePlan, track: TrackId) -> EnginePlan {
    let strip = NodeId { entity: track.0, role: NodeRole::Strip };
    let outlet = NodeId { entity: track.0, role: NodeRole::Output };
    let mut feeding: HashMap<NodeId, Vec<NodeId>> = HashMap::new();
    // What moves the strip is not heard before it.
    for cable in whole.connections().filter(|cable| cable.to.node != strip || cable.signal == Signal::Audio) {
        feeding.entry(cable.to.node).or_default().push(cable.from.node);
    }
    let mut kept = BTreeSet::new();
    let mut open = feeding.get(&strip).cloned().unwrap_or_default();
    while let Some(node) = open.pop() {
        if kept.insert(node) {
            open.extend(feeding.get(&node).into_iter().flatten());
        }
    }
    let mut part = PlanPart::default();
    part.nodes.extend(whole.nodes().filter(|node| kept.contains(&node.id)).cloned());
    let name = whole.nodes().find(|node| node.id == strip).map(|node| node.name.clone()).unwrap_or_default();
    part.nodes.push(plain(outlet, &name, NodeKind::HostOutput { bus: 0 }));
    for cable in whole.connections() {
        if kept.contains(&cable.to.node) {
            part.connections.push(*cable);
        } else if cable.to.node == strip && cable.signal == Signal::Audio {
            part.connections.push(Connection { to: PortRef { node: outlet, port: 0 }, ..*cable });
        }
    }
    let mut plan = EnginePlan {
        loop_range: None,
        // What is late is made up for, whatever is done about it while playing.
        latency: LatencyPolicy::Auto,
        parts: Arc::new([part.into()]),
        ..whole.clone()
    };
    for slot in &mut plan.macros {
        slot.targets.retain(|target| kept.contains(&target.node));
    }
    plan.macros.retain(|slot| !slot.targets.is_empty());
    plan.modulations = plan.modulations.iter().filter(|of| kept.contains(&of.node)).cloned().collect();
    plan
}
