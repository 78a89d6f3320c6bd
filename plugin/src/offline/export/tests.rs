use std::path::Path;

use model::{ClipId, DeviceId, SendId, TrackId, TrackKind, edit};
use protocol::{Beats, Command, DeviceKind, Edit, EntityId, Note};

use super::*;
use crate::instance::{CallError, CommandError, Instance, InstanceOptions, Reply};

fn id() -> EntityId {
    model::IdSource::random().next_id()
}

/// Two synths through one bus, a third straight to the master, all with a send to a reverb. Nothing that is not linear.
pub fn band() -> Instance {
    let instance = Instance::new(InstanceOptions::default());
    let [room, group, low, high, voice] = [(); 5].map(|()| TrackId(id()));
    let mut edits = vec![
        edit::track::create(room, TrackKind::Bus, "Room"),
        edit::device::create_builtin(DeviceId(id()), room, DeviceKind::Reverb, 0.0),
        edit::track::create(group, TrackKind::Bus, "Group"),
        edit::device::create_builtin(DeviceId(id()), group, DeviceKind::Equalizer, 0.0),
    ];
    for (track, name, key, out) in
        [(low, "Low", 40_u8, Some(group)), (high, "High", 76, Some(group)), (voice, "Voice", 60, None)]
    {
        let (clip, key) = (ClipId(id()), key);
        let note = Note { start: Beats::ZERO, length: Beats::whole(1), key, velocity: 0.8, channel: 0 };
        edits.extend([
            edit::track::create(track, TrackKind::Instrument, name),
            edit::track::set_output(track, out),
            edit::track::set_volume_db(track, -12.0),
            edit::device::create_builtin(DeviceId(id()), track, DeviceKind::Synth, 0.0),
            edit::send::create(SendId(id()), track, room),
            edit::clip::create_notes(clip, track, Beats::ZERO, Beats::whole(2)),
            edit::clip::set_note(clip, 1, note),
        ]);
    }
    commit(&instance, edits);
    instance
}

pub fn commit(instance: &Instance, edits: Vec<Edit>) {
    instance.call(Command::Commit { name: "Test".into(), edits }).expect("legal edits");
}

fn export(instance: &Instance, path: &Path, stems: Stems) -> Result<Vec<Rendered>, CallError> {
    let command = Command::ExportAudio { path: path.to_owned(), stems, bits: SampleBits::F32 };
    match instance.call(command)? {
        Reply::Written { files } => Ok(files),
        other => panic!("{other:?}"),
    }
}

fn samples(path: &Path) -> Vec<f32> {
    hound::WavReader::open(path)
        .expect("it was written")
        .samples()
        .map(|sample| sample.expect("whole"))
        .collect()
}

fn peak(samples: &[f32]) -> f32 {
    samples.iter().fold(0.0, |peak, sample| peak.max(sample.abs()))
}

#[test]
fn the_mix_and_its_stems_are_written_with_their_tails_and_add_up() {
    let (instance, folder) = (band(), tempfile::tempdir().expect("a folder"));
    let path = folder.path().join("Song.wav");
    let files = export(&instance, &path, Stems::Group).expect("it can be written");
    let names: Vec<_> =
        files.iter().map(|file| file.path.strip_prefix(folder.path()).expect("inside")).collect();
    let expected = ["Song.wav", "Song stems/01 Group.wav", "Song stems/02 Voice.wav"];
    assert_eq!(names, expected.map(Path::new));
    let mut rest = samples(&path);
    assert!(peak(&rest) > 0.01, "silence proves nothing");
    // The clips end after a second; the room rings on, and what is left of it at the end is not heard.
    assert!(files[0].secs > 1.5, "{}", files[0].secs);
    assert!(peak(&rest[rest.len() - 9_600..]) < 1e-4, "it is cut");
    for file in &files[1..] {
        let stem = samples(&file.path);
        assert_eq!(stem.len(), rest.len());
        rest.iter_mut().zip(&stem).for_each(|(rest, stem)| *rest -= stem);
    }
    assert!(peak(&rest) < 2e-6, "{} is left of the mix", peak(&rest));
    let loudness = files[0].loudness.expect("it is measured");
    assert!(
        (-60.0..0.0).contains(&loudness.integrated_lufs) && loudness.true_peak_db >= files[0].peak_db - 0.1
    );
    let log = instance.published().log_lines();
    assert!(log.iter().any(|line| line.text.contains("Song.wav") && line.text.contains("LUFS")), "{log:?}");
    assert!(instance.published().status().render.is_none());
    // It is played as before: nothing of the project has changed.
    assert_eq!(instance.project().tracks().filter(|track| track.solo()).count(), 0);
}

#[test]
fn what_cannot_be_written_leaves_what_was_there() {
    let (instance, folder) = (band(), tempfile::tempdir().expect("a folder"));
    let nowhere = export(&instance, &folder.path().join("no such folder/Song.wav"), Stems::None);
    assert!(matches!(nowhere, Err(CallError::Refused(CommandError::Export { .. }))), "{nowhere:?}");
    let path = folder.path().join("Song.wav");
    std::fs::write(&path, "mine").expect("a file");
    let plugin = protocol::PluginRef { format: protocol::PluginFormat::Clap, id: "org.example.gone".into() };
    let track = instance.project().tracks().next().expect("a track").id();
    commit(&instance, vec![edit::device::create_plugin(DeviceId(id()), track, &plugin, "Gone", 9.0)]);
    let incomplete = export(&instance, &path, Stems::None);
    let is_plan = |error: &ExportError| matches!(error, ExportError::Plan(PlanError::Incomplete(_)));
    assert!(
        matches!(&incomplete, Err(CallError::Refused(CommandError::Export { source, .. })) if is_plan(source)),
        "{incomplete:?}"
    );
    let empty = Instance::new(InstanceOptions::default());
    assert!(export(&empty, &path, Stems::None).is_err(), "nothing is on the timeline");
    assert_eq!(std::fs::read(&path).expect("still there"), b"mine");
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 1, "nothing is left behind");
}

#[test]
fn an_export_that_is_stopped_leaves_what_was_there() {
    let (instance, folder) = (band(), tempfile::tempdir().expect("a folder"));
    let clip = instance
        .project()
        .tracks()
        .flat_map(|track| track.clips().map(|clip| clip.id()).collect::<Vec<_>>())
        .next();
    commit(&instance, vec![edit::clip::set_length(clip.expect("a clip"), Beats::whole(1_000_000))]);
    let path = folder.path().join("Song.wav");
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| export(&instance, &path, Stems::Track));
        while instance.published().status().render.is_none() {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        instance.call(Command::StopRender).expect("always");
        assert!(writing.join().expect("no panic").is_err());
    });
    drop(instance);
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0);
}
