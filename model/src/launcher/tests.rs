use protocol::Transaction;
use protocol::launcher::FollowAction;

use super::*;
use crate::edit;
use crate::pulse::{IdSource, Pulse};
use crate::view::{ClipId, TrackKind};

/// Two instrument tracks, two scenes, a looped clip of four beats in each slot.
struct Song {
    pulse: Pulse,
    tracks: [TrackId; 2],
    scenes: [SceneId; 2],
    /// By track, then scene.
    slots: [[SlotId; 2]; 2],
}

impl Song {
    fn new() -> Self {
        let pulse = Pulse::with_ids(IdSource::seeded(1));
        let id = || pulse.new_id();
        let tracks = [TrackId(id()), TrackId(id())];
        let scenes = [SceneId(id()), SceneId(id())];
        let slots = [(); 2].map(|()| [SlotId(id()), SlotId(id())]);
        let mut edits = Vec::new();
        edits.extend(tracks.map(|track| edit::track::create(track, TrackKind::Instrument, "t")));
        edits.extend(
            scenes.into_iter().zip([0.0, 1.0]).map(|(scene, order)| edit::scene::create(scene, "s", order)),
        );
        for (track, slots) in tracks.into_iter().zip(slots) {
            for (scene, slot) in scenes.into_iter().zip(slots) {
                let clip = ClipId(id());
                edits.push(edit::clip::create_notes(clip, track, Beats::ZERO, Beats::whole(8)));
                edits.push(edit::clip::set_loop_length(clip, Some(Beats::whole(4))));
                edits.push(edit::clip::set_arranged(clip, false));
                edits.push(edit::slot::create(slot, track, scene, Some(clip)));
            }
        }
        let mut song = Self { pulse, tracks, scenes, slots };
        song.commit(edits);
        song
    }

    fn commit(&mut self, edits: Vec<protocol::Edit>) {
        let transaction = Transaction { name: "step".into(), author: "me".into(), edits };
        self.pulse.commit(transaction).expect("legal");
    }
}

fn since(playing: Playing) -> Option<(usize, f64)> {
    match playing {
        Playing::Slot { slot, since } => Some((slot, since.to_beats())),
        _ => None,
    }
}

#[test]
fn a_scene_starts_its_slots_together() {
    let song = Song::new();
    let project = song.pulse.project();
    let mut launcher = Launcher::new(&project);
    launcher.press_scene(&project, song.scenes[1], Beats::whole(1));
    launcher.advance(Beats::whole(20), |_, change| assert_eq!(change.at, Beats::whole(4)));
    assert_eq!(song.tracks.map(|track| since(launcher.playing(track))), [Some((1, 4.0)); 2]);
    assert_eq!(project.end(), Beats::ZERO, "clips in slots alone are not on the timeline");
    assert!(crate::plan::derive(&project).nodes().all(|node| match &node.kind {
        protocol::plan::NodeKind::NotePlayer { clips } => clips.is_empty(),
        _ => true,
    }));
}

#[test]
fn an_edit_does_not_disturb_what_plays() {
    let mut song = Song::new();
    let mut launcher = Launcher::new(&song.pulse.project());
    launcher.press(song.slots[0][1], Beats::ZERO);
    launcher.advance(Beats::whole(1), |_, _| {});
    let (first, track) = (song.slots[0][0], song.tracks[0]);
    song.commit(vec![edit::any::delete(first.0)]);
    launcher.update(&song.pulse.project());
    assert_eq!(since(launcher.playing(track)), Some((0, 0.0)), "the same slot, now the first");
    let slot = song.slots[0][1];
    song.commit(vec![edit::any::delete(slot.0)]);
    launcher.update(&song.pulse.project());
    assert_eq!(launcher.playing(track), Playing::Arrangement, "without slots there is no launcher");
}

#[test]
fn follow_actions_of_the_project_are_played() {
    let mut song = Song::new();
    let slot = song.slots[1][0];
    song.commit(vec![
        edit::slot::set_follow_a(slot, FollowAction::Next),
        edit::slot::set_follow_after(slot, 2),
    ]);
    let mut launcher = Launcher::new(&song.pulse.project());
    launcher.press(slot, Beats::ZERO);
    launcher.advance(Beats::whole(30), |_, _| {});
    assert_eq!(since(launcher.playing(song.tracks[1])), Some((1, 8.0)));
    launcher.stop(None, LaunchQuantum::Bar, Beats::whole(30));
    launcher.advance(Beats::whole(40), |_, _| {});
    assert_eq!(song.tracks.map(|track| launcher.playing(track)), [Playing::Arrangement, Playing::Stopped]);
    launcher.back_to_arrangement(None, Beats::whole(40));
    launcher.advance(Beats::whole(41), |_, _| {});
    assert_eq!(launcher.playing(song.tracks[1]), Playing::Arrangement);
}
