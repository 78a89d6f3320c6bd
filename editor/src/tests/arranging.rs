//! Clips on the timeline.

use egui::{Key, Modifiers, vec2};
use model::{Clip, TrackKind, edit};
use protocol::{Beats, EntityId};

use super::bench::Bench;
use crate::ids;

fn clip(bench: &Bench, name: &str) -> EntityId {
    let project = bench.project();
    project.clips().filter(|clip| clip.name() == name).min_by_key(Clip::start).expect("a clip").id().0
}

fn start(bench: &Bench, clip: EntityId) -> Beats {
    bench.project().clip(clip.into()).expect("the clip").start()
}

#[test]
fn moving_a_clip_commits_a_snapped_start() {
    let mut bench = Bench::song();
    let clip = clip(&bench, "Hook");
    let before = start(&bench, clip);
    bench.drag(bench.rect(ids::of("clip", clip)).center(), (61.0, 0.0));
    assert_eq!(bench.commits(), ["Move clips"]);
    let after = start(&bench, clip);
    assert!(after > before);
    assert_eq!(after.0 % protocol::TICKS_PER_BEAT, 0, "{after:?} is off the beat");
}

#[test]
fn a_clip_cannot_move_before_the_beginning_or_onto_an_audio_track() {
    let mut bench = Bench::song();
    let clip = clip(&bench, "Hook");
    let track = bench.project().clip(clip.into()).expect("the clip").track();
    let at = bench.rect(ids::of("clip", clip)).center();
    // One row down is the tape loop, an audio track.
    bench.drag(at, (-900.0, 64.0));
    assert_eq!(start(&bench, clip), Beats::ZERO);
    assert_eq!(bench.project().clip(clip.into()).expect("the clip").track(), track);
}

#[test]
fn moving_up_a_row_changes_the_track() {
    let mut bench = Bench::song();
    let clip = clip(&bench, "Hook");
    let keys = bench.project().tracks().nth(2).expect("the keys").id();
    bench.drag(bench.rect(ids::of("clip", clip)).center(), (0.0, -64.0));
    assert_eq!(bench.project().clip(clip.into()).expect("the clip").track(), keys);
}

#[test]
fn the_edges_resize() {
    let mut bench = Bench::song();
    let clip = clip(&bench, "Hook");
    let length = bench.project().clip(clip.into()).expect("the clip").length();
    bench.drag(bench.rect(ids::of("clip end", clip)).center(), (-70.0, 0.0));
    assert_eq!(bench.commits(), ["Resize clips"]);
    assert!(bench.project().clip(clip.into()).expect("the clip").length() < length);
    let (from, offset) = (start(&bench, clip), Beats::ZERO);
    bench.pause();
    bench.drag(bench.rect(ids::of("clip start", clip)).center(), (70.0, 0.0));
    let project = bench.project();
    let after = project.clip(clip.into()).expect("the clip");
    assert_eq!(after.start() - from, after.offset() - offset, "the notes stay where they are");
    assert!(after.start() > from);
}

#[test]
fn duplicate_and_delete_work_on_the_selection() {
    let mut bench = Bench::song();
    let clip = clip(&bench, "Hook");
    let count = bench.project().clips().count();
    bench.click_on(ids::of("clip", clip));
    bench.key(Key::D, Modifiers::COMMAND | Modifiers::CTRL);
    assert_eq!(bench.project().clips().count(), count + 1);
    bench.key(Key::Delete, Modifiers::NONE);
    assert_eq!(bench.project().clips().count(), count, "the copy was selected, and is gone");
    assert!(bench.project().clip(clip.into()).is_some());
}

#[test]
fn a_double_click_on_an_empty_place_creates_a_clip_of_a_bar() {
    let mut bench = Bench::song();
    let lead = bench.project().tracks().nth(3).expect("the lead").id();
    let rows = bench.rect(ids::one("arranger rows"));
    bench.double_click(rows.left_top() + vec2(30.0, 64.0 * 3.5));
    assert_eq!(bench.commits(), ["Create clip"]);
    let project = bench.project();
    let made = project.track(lead).expect("the lead").clips().next().expect("a first clip");
    assert_eq!(made.length(), Beats::whole(4));
}

#[test]
fn a_click_on_the_ruler_locates() {
    let mut bench = Bench::song();
    let ruler = bench.rect(ids::one("ruler"));
    bench.take();
    bench.click(ruler.center());
    let commands = bench.take();
    assert!(
        commands.iter().any(|command| matches!(
            command,
            protocol::Command::Transport(protocol::control::TransportCommand::Locate { to }) if *to > Beats::ZERO
        )),
        "{commands:?}"
    );
}

#[test]
fn what_is_out_of_sight_is_not_drawn() {
    let mut pulse = model::Pulse::new();
    let mut edits = Vec::new();
    for nth in 0..200u32 {
        let track = pulse.new_id();
        edits.push(edit::track::create(track.into(), TrackKind::Instrument, &format!("Track {nth}")));
        edits.push(edit::track::set_order(track.into(), f64::from(nth)));
        for bar in 0..50 {
            let clip = pulse.new_id();
            let (at, length) = (Beats::whole(bar * 4), Beats::whole(4));
            edits.push(edit::clip::create_notes(clip.into(), track.into(), at, length));
        }
    }
    let transaction = protocol::Transaction { name: "Many".into(), author: "You".into(), edits };
    pulse.commit(transaction).expect("a legal project");
    let mut bench = Bench::new(pulse);
    bench.idle(2);
    let stats = bench.editor.stats();
    assert!((3..=10).contains(&stats.tracks), "{stats:?}");
    assert!(stats.clips <= stats.tracks * 50, "{stats:?}");
    bench.click_on(ids::nth("tab", 2));
    bench.idle(2);
    let stats = bench.editor.stats();
    assert!((10..=40).contains(&stats.tracks), "rows and mixer strips together: {stats:?}");
}

#[test]
fn nothing_moves_while_nothing_plays() {
    let mut bench = Bench::song();
    bench.idle(5);
    assert!(!bench.editor.wants_repaint());
    bench.telemetry.playing = true;
    bench.idle(1);
    assert!(bench.editor.wants_repaint());
}

#[test]
fn a_meter_that_stands_still_costs_nothing() {
    let mut bench = Bench::song();
    let track = bench.project().tracks().next().expect("a track").id().0;
    let node = protocol::NodeId { entity: track, role: protocol::NodeRole::Strip };
    bench.telemetry.meters.insert(node, crate::Meter { peak: [0.5; 2], rms: [0.3; 2] });
    bench.idle(1);
    assert!(bench.editor.wants_repaint());
    bench.idle(3);
    assert!(!bench.editor.wants_repaint());
    bench.telemetry.meters.insert(node, crate::Meter::default());
    bench.idle(60);
    assert!(bench.editor.wants_repaint(), "the meter still falls");
    bench.idle(400);
    assert!(!bench.editor.wants_repaint());
}
