//! Edits that put rendered audio in the place of what it was rendered from.

use std::collections::BTreeSet;

use protocol::control::BounceEnding;
use protocol::{Beats, BlobHash, Edit, EntityId};

use super::{any, clip, device, lane, macros, send, track as of_track};
use crate::project::Project;
use crate::view::{ClipId, MacroTargetId, SendId, Track, TrackId, TrackKind};

/// What a track, or some of its clips, were rendered to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounced {
    /// A WAV blob.
    pub media: BlobHash,
    /// Where it starts on the timeline.
    pub start: Beats,
    /// How long it is.
    pub length: Beats,
}

/// A new audio track after `track`, with the fader, routing, sends and mixer automation that it has, and one clip of
/// what was rendered. The `clips` it was rendered from are muted or deleted; so is the whole track if they are `None`.
/// Gives the new track, too.
#[must_use]
pub fn bounce(
    track: Track<'_>,
    clips: Option<&BTreeSet<ClipId>>,
    audio: Bounced,
    ending: BounceEnding,
    new_id: &dyn Fn() -> EntityId,
) -> (TrackId, Vec<Edit>) {
    let (project, new) = (track.project(), TrackId(new_id()));
    let clip = ClipId(new_id());
    let mut edits = vec![of_track::create(new, TrackKind::Audio, &format!("{} (bounced)", track.name()))];
    strip(&mut edits, track, new, new_id);
    edits.push(clip::create_audio(clip, new, audio.start, audio.length, audio.media));
    edits.push(clip::set_name(clip, track.name()));
    match (clips, ending) {
        (Some(clips), BounceEnding::Mute) => {
            edits.extend(clips.iter().map(|&clip| clip::set_muted(clip, true)));
        }
        (Some(clips), BounceEnding::Replace) => edits.extend(clips.iter().map(|clip| any::delete(clip.0))),
        (None, BounceEnding::Mute) => {
            edits.push(of_track::set_mute(track.id(), true));
            let moves = track.lanes().filter(|lane| lane.param() == "mute" && lane.enabled());
            edits.extend(moves.map(|lane| lane::set_enabled(lane.id(), false)));
        }
        (None, BounceEnding::Replace) => {
            edits.extend(inherit(project, track.id(), new, new_id));
            edits.push(any::delete(track.id().0));
        }
    }
    (new, edits)
}

/// Makes a new track's end of the mixer that of another.
fn strip(edits: &mut Vec<Edit>, from: Track<'_>, to: TrackId, new_id: &dyn Fn() -> EntityId) {
    let next = from.project().tracks().map(|track| track.order()).filter(|order| *order > from.order());
    let next = next.fold(from.order() + 2.0, f64::min);
    edits.extend([
        of_track::set_order(to, f64::midpoint(from.order(), next)),
        of_track::set_color(to, from.color()),
        of_track::set_volume_db(to, from.volume_db()),
        of_track::set_pan(to, from.pan()),
        of_track::set_mute(to, from.mute()),
        of_track::set_solo(to, from.solo()),
        of_track::set_output(to, from.output()),
        of_track::set_output_bus(to, from.output_bus()),
    ]);
    edits.extend(from.lanes().flat_map(|lane| lane::copy(&lane, to.0, new_id)));
    for old in from.sends().filter(|send| send.output().is_none()) {
        let id = SendId(new_id());
        edits.push(match old.input() {
            Some(input) => send::create_to_input(id, to, old.target(), input),
            None => send::create(id, to, old.target()),
        });
        edits.extend([
            send::set_order(id, old.order()),
            send::set_level_db(id, old.level_db()),
            send::set_pre_fader(id, old.pre_fader()),
            send::set_enabled(id, old.enabled()),
        ]);
        edits.extend(old.lanes().flat_map(|lane| lane::copy(&lane, id.0, new_id)));
    }
}

/// What points at a track's end of the mixer points at another's.
fn inherit(project: &Project, from: TrackId, to: TrackId, new_id: &dyn Fn() -> EntityId) -> Vec<Edit> {
    let listens = project.devices().filter(|device| device.sidechain() == Some(from));
    let mut edits: Vec<Edit> = listens.map(|of| device::set_sidechain(of.id(), Some(to))).collect();
    for of in project.macros() {
        for target in of.targets().filter(|target| target.owner() == from.0) {
            let id = MacroTargetId(new_id());
            edits.extend([
                macros::create_target(id, of.id(), to, target.param(), target.min(), target.max()),
                macros::set_curve(id, target.curve()),
            ]);
        }
    }
    edits
}
