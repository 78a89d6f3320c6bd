//! Between the views and the model: what the editor reads often, and the edits that it makes.

use model::{
    Clip, ClipId, ClipKind, LaneId, LaneMode, MarkerId, Project, Send, SendId, SignatureId, TempoId, Track,
    TrackId, TrackKind, edit,
};
use protocol::{Beats, Edit, EntityId, Note, Point, Transition};

use crate::hand::Target;
use crate::theme::color;
use crate::tracks::Switch;

mod params;

pub(crate) use params::{Described, automatable, describe, describe_lane, device_name};

/// All tracks, the master last.
pub(crate) fn tracks_in_order(project: &Project) -> impl Iterator<Item = Track<'_>> {
    project.tracks().chain([project.master()])
}

pub(crate) fn buses(project: &Project) -> impl Iterator<Item = Track<'_>> {
    project.tracks().filter(|track| track.kind() == TrackKind::Bus)
}

pub(crate) fn clips_of(project: &Project, track: EntityId) -> impl Iterator<Item = Clip<'_>> {
    let clips = project.track(track.into()).into_iter().flat_map(|track| track.clips());
    // Others are the launcher's alone.
    clips.filter(|clip| clip.arranged())
}

/// The lanes of a track, of its devices and of its sends.
pub(crate) fn lanes_of(project: &Project, track: EntityId) -> Vec<EntityId> {
    let Some(track) = project.track(track.into()) else { return Vec::new() };
    let devices = track.devices().flat_map(|device| device.lanes());
    let sends = track.sends().flat_map(|send| send.lanes());
    track.lanes().chain(devices).chain(sends).map(|lane| lane.id().0).collect()
}

pub(crate) fn takes_notes(project: &Project, track: EntityId) -> bool {
    project.track(track.into()).is_some_and(|track| track.kind() == TrackKind::Instrument)
}

pub(crate) fn takes_audio(project: &Project, track: EntityId) -> bool {
    project.track(track.into()).is_some_and(|track| track.kind() == TrackKind::Audio)
}

pub(crate) fn track_color(project: &Project, track: EntityId) -> egui::Color32 {
    project.track(track.into()).map_or(color::TEXT_DIM, |track| color::from_project(track.color()))
}

pub(crate) fn clip_color(_: &Project, clip: &Clip<'_>) -> egui::Color32 {
    color::from_project(clip.color())
}

/// A clip's name; its track's if it has none.
pub(crate) fn clip_name<'p>(project: &'p Project, clip: &Clip<'p>) -> &'p str {
    if clip.name().is_empty() { project.name_of(clip.track()) } else { clip.name() }
}

/// A key for a new row that no other author picks either.
pub(crate) fn row_key(id: EntityId) -> u64 {
    let bytes = id.0.to_le_bytes();
    let mut low = [0; 8];
    low.copy_from_slice(&bytes[..8]);
    // Positive as a signed number too, so that every reader of the file can hold it.
    u64::from_le_bytes(low) >> 1
}

pub(crate) fn delete(id: EntityId) -> Edit {
    edit::any::delete(id)
}

/// Sets what a control controls.
pub(crate) fn set_target(target: &Target, value: f64, new_id: &dyn Fn() -> EntityId) -> Vec<Edit> {
    match target {
        Target::Volume(track) => vec![edit::track::set_volume_db(TrackId(*track), value)],
        Target::Pan(track) => vec![edit::track::set_pan(TrackId(*track), value)],
        Target::Send(send) => vec![edit::send::set_level_db(SendId(*send), value)],
        Target::Device { device, key, .. } => vec![edit::device::set_param((*device).into(), key, value)],
        Target::Macro { entity: Some(entity), .. } => vec![edit::macros::set_value((*entity).into(), value)],
        Target::Macro { slot, entity: None } => {
            let id = new_id().into();
            let name = format!("Macro {}", slot + 1);
            vec![edit::macros::create(id, *slot, &name), edit::macros::set_value(id, value)]
        }
    }
}

/// Renames a track, device, macro or clip.
pub(crate) fn rename(project: &Project, id: EntityId, name: &str) -> Vec<Edit> {
    if project.track(id.into()).is_some() {
        vec![edit::track::set_name(id.into(), name)]
    } else if project.device(id.into()).is_some() {
        vec![edit::device::set_name(id.into(), name)]
    } else if project.clip(id.into()).is_some() {
        vec![edit::clip::set_name(id.into(), name)]
    } else if project.macros().any(|known| known.id().0 == id) {
        vec![edit::macros::set_name(id.into(), name)]
    } else {
        Vec::new()
    }
}

pub(crate) fn set_switch(track: EntityId, which: Switch, on: bool) -> Edit {
    match which {
        Switch::Mute => edit::track::set_mute(track.into(), on),
        Switch::Solo => edit::track::set_solo(track.into(), on),
        Switch::Arm => edit::track::set_armed(track.into(), on),
    }
}

/// A new track after all others.
pub(crate) fn create_track(
    project: &Project,
    id: EntityId,
    kind: TrackKind,
    name: &str,
    tint: u32,
) -> Vec<Edit> {
    let id = TrackId(id);
    let last = project.tracks().map(|track| track.order()).fold(0.0, f64::max);
    vec![
        edit::track::create(id, kind, name),
        edit::track::set_color(id, tint),
        edit::track::set_order(id, last + 1.0),
    ]
}

pub(crate) fn set_track_color(track: EntityId, hex: u32) -> Edit {
    edit::track::set_color(track.into(), hex)
}

pub(crate) fn set_output(track: EntityId, bus: Option<EntityId>) -> Edit {
    edit::track::set_output(track.into(), bus.map(TrackId))
}

/// Words as they stand at the start of a line.
pub(crate) fn at_start(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

/// What a send is, in the middle of a sentence.
pub(crate) fn send_name(send: &Send<'_>) -> String {
    let project = send.project();
    let to = match send.input() {
        Some((device, input)) => format!("input {input} of {}", project.name_of(device)),
        None => project.name_of(send.target()).to_owned(),
    };
    match send.output() {
        Some((device, output)) => format!("output {output} of {} to {to}", project.name_of(device)),
        None => format!("send to {to}"),
    }
}

pub(crate) fn create_send(id: EntityId, track: EntityId, bus: EntityId) -> Edit {
    edit::send::create(id.into(), track.into(), bus.into())
}

/// Sets the tempo in force at a place.
pub(crate) fn set_tempo(project: &Project, at: Beats, bpm: f64, new_id: &dyn Fn() -> EntityId) -> Vec<Edit> {
    let mut points: Vec<_> = project.tempos().collect();
    let index = points.partition_point(|point| point.at() <= at);
    if points.is_empty() {
        return vec![edit::timeline::create_tempo(TempoId(new_id()), Beats::ZERO, bpm)];
    }
    let point = points.swap_remove(index.saturating_sub(1));
    if point.bpm() == bpm { Vec::new() } else { vec![edit::timeline::set_bpm(point.id(), bpm)] }
}

/// Sets the time signature in force at a place.
pub(crate) fn set_signature(
    project: &Project,
    at: Beats,
    (numerator, denominator): (u8, u8),
    new_id: &dyn Fn() -> EntityId,
) -> Vec<Edit> {
    match project.signatures().filter(|point| point.at() <= at).last() {
        Some(point) => vec![
            edit::timeline::set_numerator(point.id(), numerator),
            edit::timeline::set_denominator(point.id(), denominator),
        ],
        None => {
            let id = SignatureId(new_id());
            vec![edit::timeline::create_signature(id, Beats::ZERO, numerator, denominator)]
        }
    }
}

pub(crate) fn set_punch(project: &Project, on: bool, range: Option<(Beats, Beats)>) -> Vec<Edit> {
    let root = project.root();
    let mut edits = Vec::new();
    if root.punch_on() != on {
        edits.push(edit::root::set_punch_on(root.id(), on));
    }
    if let Some((start, end)) = range {
        edits.push(edit::root::set_punch_in(root.id(), start));
        edits.push(edit::root::set_punch_out(root.id(), end));
    }
    edits
}

pub(crate) fn set_loop(project: &Project, on: bool, range: Option<(Beats, Beats)>) -> Vec<Edit> {
    let root = project.root();
    let mut edits = Vec::new();
    if root.loop_on() != on {
        edits.push(edit::root::set_loop_on(root.id(), on));
    }
    if let Some((start, end)) = range {
        edits.push(edit::root::set_loop_start(root.id(), start));
        edits.push(edit::root::set_loop_end(root.id(), end));
    }
    edits
}

pub(crate) fn create_marker(id: EntityId, at: Beats, name: &str) -> Edit {
    edit::timeline::create_marker(MarkerId(id), at, name)
}

pub(crate) fn set_marker_name(id: EntityId, name: &str) -> Edit {
    edit::timeline::set_marker_name(MarkerId(id), name)
}

pub(crate) fn set_marker_at(id: EntityId, at: Beats) -> Edit {
    edit::timeline::set_marker_at(MarkerId(id), at)
}

pub(crate) fn set_marker_color(id: EntityId, hex: u32) -> Edit {
    edit::timeline::set_marker_color(MarkerId(id), hex)
}

pub(crate) fn create_signature(id: EntityId, at: Beats, numerator: u8, denominator: u8) -> Edit {
    edit::timeline::create_signature(SignatureId(id), at, numerator, denominator)
}

pub(crate) fn set_signature_at(id: EntityId, at: Beats) -> Edit {
    edit::timeline::set_signature_at(SignatureId(id), at)
}

pub(crate) fn set_signature_of(id: EntityId, numerator: u8, denominator: u8) -> Vec<Edit> {
    let id = SignatureId(id);
    vec![edit::timeline::set_numerator(id, numerator), edit::timeline::set_denominator(id, denominator)]
}

pub(crate) fn create_tempo(id: EntityId, at: Beats, bpm: f64) -> Edit {
    edit::timeline::create_tempo(TempoId(id), at, bpm)
}

pub(crate) fn set_tempo_at(id: EntityId, at: Beats) -> Edit {
    edit::timeline::set_tempo_at(TempoId(id), at)
}

pub(crate) fn set_transition(id: EntityId, transition: Transition) -> Edit {
    edit::timeline::set_transition(TempoId(id), transition)
}

pub(crate) fn set_bpm(id: EntityId, bpm: f64) -> Edit {
    edit::timeline::set_bpm(TempoId(id), bpm)
}

pub(crate) fn create_notes(id: EntityId, track: EntityId, start: Beats, length: Beats) -> Edit {
    edit::clip::create_notes(id.into(), track.into(), start, length)
}

pub(crate) fn set_clip_start(clip: ClipId, start: Beats) -> Edit {
    edit::clip::set_start(clip, start)
}

pub(crate) fn set_clip_length(clip: ClipId, length: Beats) -> Edit {
    edit::clip::set_length(clip, length)
}

pub(crate) fn set_clip_track(clip: ClipId, track: EntityId) -> Edit {
    edit::clip::set_track(clip, track.into())
}

pub(crate) fn set_clip_muted(clip: EntityId, muted: bool) -> Edit {
    edit::clip::set_muted(clip.into(), muted)
}

pub(crate) fn set_clip_loop(clip: ClipId, period: Option<Beats>) -> Edit {
    edit::clip::set_loop_length(clip, period)
}

/// Moves a clip's start without moving its content.
pub(crate) fn trim_start(project: &Project, clip: &Clip<'_>, delta: Beats) -> Vec<Edit> {
    let start = clip.start() + delta;
    let mut edits = vec![
        edit::clip::set_start(clip.id(), start),
        edit::clip::set_length(clip.id(), clip.length() - delta),
    ];
    match clip.kind() {
        ClipKind::Notes => edits.push(edit::clip::set_offset(clip.id(), clip.offset() + delta)),
        ClipKind::Audio => {
            let map = project.tempo_map();
            let secs = clip.offset_secs() + map.secs_at(start) - map.secs_at(clip.start());
            edits.push(edit::clip::set_offset_secs(clip.id(), secs.max(0.0)));
        }
    }
    edits
}

/// A copy of a clip, elsewhere.
pub(crate) fn copy_clip(clip: &Clip<'_>, id: EntityId, track: EntityId, start: Beats) -> Vec<Edit> {
    let (new, track, length) = (ClipId(id), TrackId(track), clip.length());
    let mut edits = Vec::new();
    match (clip.kind(), clip.media()) {
        (ClipKind::Audio, Some(media)) => {
            edits.push(edit::clip::create_audio(new, track, start, length, media));
            edits.push(edit::clip::set_offset_secs(new, clip.offset_secs()));
            edits.push(edit::clip::set_gain_db(new, clip.gain_db()));
            edits.push(edit::clip::set_fade_in_secs(new, clip.fade_in_secs()));
            edits.push(edit::clip::set_fade_out_secs(new, clip.fade_out_secs()));
        }
        (ClipKind::Audio, None) => return edits,
        (ClipKind::Notes, _) => {
            edits.push(edit::clip::create_notes(new, track, start, length));
            edits.push(edit::clip::set_offset(new, clip.offset()));
            edits.push(edit::clip::set_loop_length(new, clip.loop_length()));
            let notes: Vec<(u64, Option<Note>)> = clip.notes().map(|(key, note)| (key, Some(note))).collect();
            if !notes.is_empty() {
                edits.push(edit::clip::change_notes(new, notes));
            }
        }
    }
    if !clip.name().is_empty() {
        edits.push(edit::clip::set_name(new, clip.name()));
    }
    if clip.muted() {
        edits.push(edit::clip::set_muted(new, true));
    }
    edits
}

pub(crate) fn change_notes(clip: EntityId, notes: Vec<(u64, Option<Note>)>) -> Vec<Edit> {
    if notes.is_empty() { Vec::new() } else { vec![edit::clip::change_notes(clip.into(), notes)] }
}

pub(crate) fn change_points(lane: EntityId, points: Vec<(u64, Option<Point>)>) -> Edit {
    edit::lane::change_points(LaneId(lane), points)
}

pub(crate) fn set_lane_mode(lane: EntityId, mode: LaneMode) -> Edit {
    edit::lane::set_mode(LaneId(lane), mode)
}

pub(crate) fn set_lane_enabled(lane: EntityId, on: bool) -> Edit {
    edit::lane::set_enabled(LaneId(lane), on)
}

/// A new lane with one point, so that nothing changes until it is drawn on.
pub(crate) fn create_lane(
    id: EntityId,
    owner: EntityId,
    param: &str,
    (at, value): (Beats, f64),
    key: u64,
) -> Vec<Edit> {
    let point = Point { at, value, curve: protocol::Curve::Linear };
    vec![edit::lane::create(LaneId(id), owner, param), edit::lane::set_point(LaneId(id), key, point)]
}
