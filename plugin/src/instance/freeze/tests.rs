use std::time::Duration;

use model::{ClipId, DeviceId, SendId, TrackId, TrackKind, edit};
use protocol::control::BounceEnding;
use protocol::{Beats, Command, DeviceKind, Edit, EntityId, Note, SampleRate};

use crate::instance::{CallError, CommandError, Instance, InstanceOptions, Reply};
use crate::offline::track::TrackRenderError;
use crate::offline::{Job, Render};

fn id() -> EntityId {
    model::IdSource::random().next_id()
}

fn commit(instance: &Instance, edits: Vec<Edit>) {
    instance.call(Command::Commit { name: "Test".into(), edits }).expect("legal edits");
}

/// A chord on a synth with an echo, panned, with a send to a reverb.
struct Song {
    instance: Instance,
    keys: TrackId,
    synth: DeviceId,
    clip: ClipId,
}

fn song() -> Song {
    let instance = Instance::new(InstanceOptions::default());
    let (keys, room) = (TrackId(id()), TrackId(id()));
    let (synth, clip, send) = (DeviceId(id()), ClipId(id()), SendId(id()));
    let mut edits = vec![
        edit::track::create(keys, TrackKind::Instrument, "Keys"),
        edit::track::create(room, TrackKind::Bus, "Room"),
        edit::track::set_pan(keys, 0.4),
        edit::track::set_volume_db(keys, -5.0),
        edit::device::create_builtin(synth, keys, DeviceKind::Synth, 0.0),
        edit::device::create_builtin(DeviceId(id()), keys, DeviceKind::Delay, 1.0),
        edit::device::create_builtin(DeviceId(id()), room, DeviceKind::Reverb, 0.0),
        edit::send::create(send, keys, room),
        edit::clip::create_notes(clip, keys, Beats::whole(1), Beats::whole(3)),
    ];
    for (beat, key) in [(0, 60_u8), (0, 64), (1, 67)] {
        let start = Beats::whole(beat);
        let note = Note { start, length: Beats::whole(1), key, velocity: 0.8, channel: 0 };
        edits.push(edit::clip::set_note(clip, key.into(), note));
    }
    commit(&instance, edits);
    Song { instance, keys, synth, clip }
}

fn render(instance: &Instance) -> Vec<f32> {
    let job = Job { rate: SampleRate(48_000.0), block: 256, from: Beats::ZERO, frames: 48_000 * 4 };
    let mut render = Render::start(instance, &job).expect("the engine starts");
    let mut samples = Vec::new();
    while let Some((left, right)) = render.next_block() {
        samples.extend(left.iter().zip(right).flat_map(|(left, right)| [*left, *right]));
    }
    samples
}

#[track_caller]
fn assert_alike(a: &[f32], b: &[f32]) {
    assert_eq!(a.len(), b.len());
    let peak = a.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    assert!(peak > 0.01, "silence proves nothing");
    let difference = a.iter().zip(b).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs()));
    assert!(difference < 1e-6, "differs by {difference}");
}

fn freeze(song: &Song) {
    let reply = song.instance.call(Command::Freeze { track: song.keys.0 }).expect("it can be frozen");
    assert!(matches!(reply, Reply::Rendered { secs, .. } if secs >= 2.0), "{reply:?}");
}

fn is_frozen(instance: &Instance, track: TrackId) -> bool {
    instance.project().track(track).expect("there").frozen().is_some()
}

#[test]
fn a_frozen_track_sounds_as_before_without_its_devices() {
    let song = song();
    let before = render(&song.instance);
    freeze(&song);
    let project = song.instance.project();
    let plan = model::plan::derive(&project);
    assert!(plan.nodes().all(|node| node.id.entity != song.synth.0), "the synth still runs");
    assert_alike(&before, &render(&song.instance));
    assert!(song.instance.published().status().render.is_none());

    assert_eq!(
        song.instance.call(Command::Undo).expect("a step"),
        Reply::Stepped(Some("Freeze Keys".into()))
    );
    assert!(!is_frozen(&song.instance, song.keys));
    assert_alike(&before, &render(&song.instance));
    song.instance.call(Command::Redo).expect("a step");
    assert!(is_frozen(&song.instance, song.keys));
    song.instance.call(Command::Unfreeze { track: song.keys.0 }).expect("it is frozen");
    assert!(!is_frozen(&song.instance, song.keys));
    assert_alike(&before, &render(&song.instance));
}

#[test]
fn a_frozen_track_survives_the_project_file() {
    let song = song();
    let before = render(&song.instance);
    freeze(&song);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("Song.loophole");
    song.instance.call(Command::Save { path: Some(path.clone()) }).expect("it can be written");
    let again = Instance::new(InstanceOptions::default());
    again.call(Command::Open { path }).expect("it can be read");
    assert!(is_frozen(&again, song.keys));
    assert!(again.published().status().stale.is_empty());
    assert_alike(&before, &render(&again));
    let state = song.instance.state();
    let host = Instance::new(InstanceOptions::default());
    host.load_state(&state).expect("it can be read");
    assert_alike(&before, &render(&host));
}

#[test]
fn what_changes_a_frozen_track_makes_it_stale_until_it_is_frozen_again() {
    let song = song();
    freeze(&song);
    let stale = || song.instance.published().status().stale.contains(&song.keys.0);
    assert!(!stale());
    commit(&song.instance, vec![edit::track::set_volume_db(song.keys, -9.0)]);
    assert!(!stale(), "the fader is behind what was rendered");
    commit(&song.instance, vec![edit::device::set_param(song.synth, "cutoff", 300.0)]);
    assert!(stale());
    freeze(&song);
    assert!(!stale());
    let frozen = render(&song.instance);
    song.instance.call(Command::Unfreeze { track: song.keys.0 }).expect("it is frozen");
    assert_alike(&frozen, &render(&song.instance));
}

#[test]
fn a_bounced_track_sounds_like_the_original() {
    for ending in [BounceEnding::Mute, BounceEnding::Replace] {
        let song = song();
        let before = render(&song.instance);
        let command = Command::Bounce { track: song.keys.0, clips: Vec::new(), ending };
        song.instance.call(command).expect("it can be bounced");
        let project = song.instance.project();
        let new = project.tracks().find(|track| track.name() == "Keys (bounced)").expect("a new track");
        assert_eq!((new.kind(), new.clips().count()), (TrackKind::Audio, 1));
        assert_eq!(new.clips().next().map(|clip| clip.start()), Some(Beats::whole(1)));
        match project.track(song.keys) {
            Some(original) => assert!(ending == BounceEnding::Mute && original.mute()),
            None => assert_eq!(ending, BounceEnding::Replace),
        }
        assert_alike(&before, &render(&song.instance));
        song.instance.call(Command::Undo).expect("a step");
        assert_alike(&before, &render(&song.instance));
    }
}

#[test]
fn only_the_clips_that_are_given_are_bounced() {
    let song = song();
    let (other, key) = (ClipId(id()), 48);
    let note = Note { start: Beats::ZERO, length: Beats::whole(1), key, velocity: 0.8, channel: 0 };
    commit(
        &song.instance,
        vec![
            edit::clip::create_notes(other, song.keys, Beats::whole(5), Beats::whole(1)),
            edit::clip::set_note(other, 1, note),
        ],
    );
    let clips = vec![song.clip.0];
    let command = Command::Bounce { track: song.keys.0, clips, ending: BounceEnding::Replace };
    song.instance.call(command).expect("it can be bounced");
    let project = song.instance.project();
    assert!(project.clip(song.clip).is_none() && project.clip(other).is_some());
    assert!(!project.track(song.keys).expect("it stays").mute());
    let silent = Command::Bounce { track: song.keys.0, clips: vec![id()], ending: BounceEnding::Mute };
    let error = song.instance.call(silent).expect_err("no such clip");
    assert!(matches!(error, CallError::Refused(CommandError::NothingToBounce(_))), "{error:?}");
}

#[test]
fn a_render_can_be_stopped_and_work_goes_on_beside_it() {
    let song = song();
    commit(&song.instance, vec![edit::clip::set_length(song.clip, Beats::whole(1_000_000))]);
    let before = song.instance.project();
    std::thread::scope(|scope| {
        let freeze = scope.spawn(|| song.instance.call(Command::Freeze { track: song.keys.0 }));
        while song.instance.published().status().render.is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        let second = song.instance.call(Command::Freeze { track: song.keys.0 });
        assert!(matches!(second, Err(CallError::Refused(CommandError::RenderRunning(_)))));
        commit(&song.instance, vec![edit::track::set_pan(song.keys, -0.5)]);
        song.instance.call(Command::StopRender).expect("always");
        let error = freeze.join().expect("no panic").expect_err("it was stopped");
        assert!(
            matches!(
                error,
                CallError::Refused(CommandError::Render { source: TrackRenderError::Stopped, .. })
            ),
            "{error:?}"
        );
    });
    assert!(!is_frozen(&song.instance, song.keys));
    assert_eq!(song.instance.project().revision(), before.revision() + 1, "only the pan");
    assert!(song.instance.published().status().render.is_none());
}

#[test]
fn what_would_not_sound_as_it_should_is_not_frozen() {
    let song = song();
    let plugin = protocol::PluginRef { format: protocol::PluginFormat::Clap, id: "org.example.gone".into() };
    let lost = edit::device::create_plugin(DeviceId(id()), song.keys, &plugin, "Gone", 9.0);
    commit(&song.instance, vec![lost]);
    let error = song.instance.call(Command::Freeze { track: song.keys.0 }).expect_err("a plugin is missing");
    assert!(
        matches!(error, CallError::Refused(CommandError::Render { source: TrackRenderError::Plan(_), .. })),
        "{error:?}"
    );
    let room = song.instance.project().tracks().nth(1).expect("the bus").id();
    let error = song.instance.call(Command::Freeze { track: room.0 }).expect_err("it is a bus");
    assert!(
        matches!(error, CallError::Refused(CommandError::Render { source: TrackRenderError::Tap(_), .. })),
        "{error:?}"
    );
}
