//! One track: players, devices, sends, strip.

use std::collections::BTreeMap;
use std::sync::Arc;

use protocol::device::strip;
use protocol::plan::{
    AudioClip, AutomationPlan, Connection, NodeKind, NodePlan, NoteClip, PlanPart, PortRef, Signal,
};
use protocol::{Beats, BlobHash, DeviceKind, EntityId, MidiEvent, NodeId, NodeRole};

use super::content::Contents;
use super::modulation::Follower;
use super::{param_id, params_by_id};
use crate::project::Project;
use crate::schema::MAX_TICKS;
use crate::view::{Clip, Device, DeviceId, DeviceSource, Lane, NoteOutput, Send, Track, TrackId, TrackKind};

/// What a track adds to the plan. `silenced` is what the solo of other tracks does to it.
pub(super) fn derive(
    contents: &mut Contents,
    track: Track<'_>,
    silenced: bool,
    followers: &[Follower],
) -> PlanPart {
    let mut part = PlanPart::default();
    let mut audio = Vec::new();
    let mut events = Vec::new();
    if let Some(media) = track.frozen() {
        frozen(&mut part, track, media, &mut audio);
    } else {
        if track.kind() != TrackKind::Master {
            sources(&mut part, contents, track, &mut audio, &mut events);
        }
        for device in track.devices() {
            let before = followers.iter().filter(|of| of.before == Some(device.id()));
            before.for_each(|of| follow(&mut part, of, &audio));
            add_device(&mut part, contents, device, &mut audio, &mut events);
        }
    }
    let to_host = match track.note_output() {
        NoteOutput::Auto => track.kind() == TrackKind::Instrument && track.devices().next().is_none(),
        NoteOutput::Host => true,
        NoteOutput::None => false,
    };
    if to_host {
        let outlet = node(track.project().root().id(), NodeRole::Output);
        for &from in &events {
            connect(&mut part, Signal::Events, from, outlet, 0);
        }
    }
    let strip_id = node(track.id(), NodeRole::Strip);
    followers.iter().filter(|of| of.before.is_none()).for_each(|of| follow(&mut part, of, &audio));
    for &from in &audio {
        connect(&mut part, Signal::Audio, from, strip_id, 0);
    }
    let muted = silenced || track.mute();
    let mut moves = automation(contents, track.project(), track.id().0, track.lanes());
    if silenced {
        moves.retain(|automation| automation.param != strip::MUTE);
    }
    part.nodes.push(NodePlan {
        id: strip_id,
        name: track.name().into(),
        kind: NodeKind::Strip,
        bypassed: false,
        params: BTreeMap::from([
            (strip::VOLUME_DB, track.volume_db()),
            (strip::PAN, track.pan()),
            (strip::MUTE, if muted { 1.0 } else { 0.0 }),
        ]),
        automation: moves,
    });
    for send in track.sends().filter(Send::enabled) {
        let sources: Vec<PortRef> = match send.output() {
            Some(output) => extra_port(track.project(), track.id(), output).into_iter().collect(),
            None if send.pre_fader() => audio.iter().map(|&node| PortRef { node, port: 0 }).collect(),
            None => vec![PortRef { node: strip_id, port: 0 }],
        };
        add_send(&mut part, contents, send, &sources, muted);
    }
    output(&mut part, track, strip_id);
    part
}

/// Something that follows what the track puts out so far.
fn follow(part: &mut PlanPart, follower: &Follower, audio: &[NodeId]) {
    let plan = follower.plan();
    for &from in audio {
        connect(part, Signal::Audio, from, plan.id, 0);
    }
    part.nodes.push(plan);
}

/// What was rendered takes the place of clips, live input and devices.
fn frozen(part: &mut PlanPart, track: Track<'_>, media: BlobHash, audio: &mut Vec<NodeId>) {
    let id = node(track.id(), NodeRole::Player);
    let clip = AudioClip {
        start: Beats::ZERO,
        // As long as it has sound: after its end there is silence.
        length: Beats(MAX_TICKS),
        offset_secs: 0.0,
        media,
        gain_db: 0.0,
        fade_in_secs: 0.0,
        fade_out_secs: 0.0,
    };
    part.nodes.push(plain(id, track.name(), NodeKind::AudioPlayer { clips: [clip].into() }));
    audio.push(id);
}

/// Clips and live input.
fn sources(
    part: &mut PlanPart,
    contents: &mut Contents,
    track: Track<'_>,
    audio: &mut Vec<NodeId>,
    events: &mut Vec<NodeId>,
) {
    let clips = || track.clips().filter(|clip| !clip.muted() && clip.arranged());
    let id = node(track.id(), NodeRole::Player);
    match track.kind() {
        // A track of notes always has its player, so that the on-screen keyboard reaches it.
        TrackKind::Instrument => {
            let clips = clips().map(|clip| note_clip(contents, &clip)).collect();
            part.nodes.push(plain(id, track.name(), NodeKind::NotePlayer { clips }));
            events.push(id);
        }
        _ => {
            let clips: Arc<[AudioClip]> = clips().filter_map(|clip| audio_clip(&clip)).collect();
            if !clips.is_empty() {
                part.nodes.push(plain(id, track.name(), NodeKind::AudioPlayer { clips }));
                audio.push(id);
            }
        }
    }
    if !track.armed() {
        return;
    }
    let id = node(track.id(), NodeRole::Input);
    if track.kind() == TrackKind::Instrument {
        part.nodes.push(plain(id, track.name(), NodeKind::HostEvents));
        events.push(id);
        return;
    }
    let Some(bus) = track.input_bus() else { return };
    let channel = track.input_channel();
    part.nodes.push(plain(id, track.name(), NodeKind::HostInput { bus, channel }));
    audio.push(id);
}

fn note_clip(contents: &mut Contents, clip: &Clip<'_>) -> NoteClip {
    NoteClip {
        start: clip.start(),
        length: clip.length(),
        offset: clip.offset(),
        loop_length: clip.loop_length(),
        notes: contents.notes(clip),
        events: events(clip),
    }
}

/// The messages of a clip by position. They are few, or none: sorting them anew costs nothing.
fn events(clip: &Clip<'_>) -> Arc<[MidiEvent]> {
    let mut events: Vec<(u64, MidiEvent)> = clip.events().collect();
    events.sort_by_key(|(key, event)| (event.at, *key));
    events.into_iter().map(|(_, event)| event).collect()
}

fn audio_clip(clip: &Clip<'_>) -> Option<AudioClip> {
    Some(AudioClip {
        start: clip.start(),
        length: clip.length(),
        offset_secs: clip.offset_secs(),
        media: clip.media()?,
        gain_db: clip.gain_db(),
        fade_in_secs: clip.fade_in_secs(),
        fade_out_secs: clip.fade_out_secs(),
    })
}

/// Appends a device to the chain: what the chain puts out so far goes in, and the device's output takes its place.
fn add_device(
    part: &mut PlanPart,
    contents: &mut Contents,
    device: Device<'_>,
    audio: &mut Vec<NodeId>,
    events: &mut Vec<NodeId>,
) {
    let project = device.project();
    let id = node(device.id(), NodeRole::Device);
    let (kind, takes_events, takes_audio) = match device.source() {
        DeviceSource::Builtin(kind) => {
            let instrument = kind.is_instrument();
            (NodeKind::Device { device: kind, blob: device.blob() }, instrument, !instrument)
        }
        DeviceSource::Plugin(plugin) => {
            (NodeKind::Plugin { plugin, state: device.blob(), layout: device.layout() }, true, true)
        }
        // A device of a newer version passes its input through, and keeps all it has.
        DeviceSource::Unknown(_) => return,
    };
    if takes_events {
        for &from in &*events {
            connect(part, Signal::Events, from, id, 0);
        }
    }
    if takes_audio {
        for from in audio.drain(..) {
            connect(part, Signal::Audio, from, id, 0);
        }
    }
    if let Some(key) = device.sidechain() {
        connect(part, Signal::Audio, node(key, NodeRole::Strip), id, 1);
    }
    if let Some(bus) = device.sidechain_input().bus() {
        let input = node(device.id(), NodeRole::Input);
        part.nodes.push(plain(input, device.name(), NodeKind::HostInput { bus, channel: None }));
        connect(part, Signal::Audio, input, id, 1);
    }
    // Notes that a nested plugin puts out go on to the devices after it, in place of those that came in, unless it is
    // an effect without notes; the engine passes what is not taken.
    if matches!(kind, NodeKind::Plugin { .. }) {
        events.clear();
        events.push(id);
    }
    audio.push(id);
    part.nodes.push(NodePlan {
        id,
        name: device.name().into(),
        kind,
        bypassed: device.bypassed(),
        params: params_by_id(device.entity(), device.params()),
        automation: automation(contents, project, device.id().0, device.lanes()),
    });
}

/// An extra port of a device, if the device is on the track that it should be on: routing is checked track by track.
fn extra_port(project: &Project, track: TrackId, (device, port): (DeviceId, u16)) -> Option<PortRef> {
    let device = project.device(device).filter(|device| device.track() == track)?;
    // A device of a newer version has no node, nor has one of a frozen track.
    let known = !matches!(device.source(), DeviceSource::Unknown(_)) && !device.is_frozen();
    known.then(|| PortRef { node: node(device.id(), NodeRole::Device), port })
}

/// The extra input of a device that a send feeds.
pub(super) fn extra_input(send: &Send<'_>) -> Option<PortRef> {
    extra_port(send.project(), send.target(), send.input()?)
}

fn add_send(part: &mut PlanPart, contents: &mut Contents, send: Send<'_>, sources: &[PortRef], muted: bool) {
    let project = send.project();
    let id = node(send.id(), NodeRole::Send);
    for &from in sources {
        let to = PortRef { node: id, port: 0 };
        part.connections.push(Connection { signal: Signal::Audio, from, to });
    }
    let level_db = if muted { -90.0 } else { send.level_db() };
    let moves = if muted { Vec::new() } else { automation(contents, project, send.id().0, send.lanes()) };
    part.nodes.push(NodePlan {
        id,
        name: project.name_of(send.target()).into(),
        kind: NodeKind::Send,
        bypassed: false,
        params: BTreeMap::from([(strip::SEND_LEVEL_DB, level_db)]),
        automation: moves,
    });
    match extra_input(&send) {
        Some(to) => {
            let from = PortRef { node: id, port: 0 };
            part.connections.push(Connection { signal: Signal::Audio, from, to });
        }
        // Its device is elsewhere, or gone: there is nowhere to go.
        None if send.input().is_some() => {}
        None => feed(part, project, id, send.target().into()),
    }
}

/// Where the strip goes: the outer host, a bus or the master.
fn output(part: &mut PlanPart, track: Track<'_>, strip_id: NodeId) {
    let project = track.project();
    let master = track.kind() == TrackKind::Master;
    if master || track.output_bus() > 0 {
        let id = node(track.id(), NodeRole::Output);
        part.nodes.push(plain(id, track.name(), NodeKind::HostOutput { bus: track.output_bus() }));
        connect(part, Signal::Audio, strip_id, id, 0);
    } else {
        let target = track.output().unwrap_or_else(|| project.master().id());
        feed(part, project, strip_id, target.into());
    }
}

fn feed(part: &mut PlanPart, project: &Project, from: NodeId, track: EntityId) {
    if let Some(entrance) = entrance(project, track) {
        connect(part, Signal::Audio, from, entrance, 0);
    }
}

/// The first station of a track that takes audio: its first effect, or its strip. A frozen track takes none: what fed it
/// is in what was rendered.
pub(super) fn entrance(project: &Project, track: EntityId) -> Option<NodeId> {
    let view = project.track(TrackId(track));
    if view.is_some_and(|view| view.frozen().is_some()) {
        return None;
    }
    let takes_audio = |device: &Device<'_>| match device.source() {
        DeviceSource::Builtin(kind) => !DeviceKind::is_instrument(kind),
        DeviceSource::Plugin(_) => true,
        DeviceSource::Unknown(_) => false,
    };
    let first = view.and_then(|track| track.devices().find(takes_audio));
    Some(first.map_or(node(track, NodeRole::Strip), |device| node(device.id(), NodeRole::Device)))
}

fn automation<'a>(
    contents: &mut Contents,
    project: &Project,
    owner: EntityId,
    lanes: impl Iterator<Item = Lane<'a>>,
) -> Vec<AutomationPlan> {
    let Some(entity) = project.entity(owner) else { return Vec::new() };
    let plan = |lane: Lane<'a>| {
        let points = contents.points(&lane);
        let param = param_id(entity, lane.param())?;
        (!points.is_empty()).then_some(AutomationPlan { param, points })
    };
    lanes.filter(Lane::is_played).filter_map(plan).collect()
}

pub(super) fn plain(id: NodeId, name: &str, kind: NodeKind) -> NodePlan {
    NodePlan { id, name: name.into(), kind, bypassed: false, params: BTreeMap::new(), automation: Vec::new() }
}

fn node(entity: impl Into<EntityId>, role: NodeRole) -> NodeId {
    NodeId { entity: entity.into(), role }
}

fn connect(part: &mut PlanPart, signal: Signal, from: NodeId, to: NodeId, port: u16) {
    let (from, to) = (PortRef { node: from, port: 0 }, PortRef { node: to, port });
    part.connections.push(Connection { signal, from, to });
}
