use protocol::Transaction;

use super::midi::tests::smf;
use super::*;
use crate::media::tests::{STEREO_FLAC, STEREO_OGG};
use crate::pulse::{IdSource, Pulse};
use crate::view::ClipKind;

fn commit(pulse: &mut Pulse, imported: &Imported) {
    let edits = imported.edits.clone();
    pulse.commit(Transaction { name: "Import".to_owned(), author: "test".to_owned(), edits }).unwrap();
}

/// Writes a file, reads it as an import, and makes it part of the project.
fn import(pulse: &mut Pulse, blobs: &Blobs, name: &str, bytes: &[u8], target: &Target) -> Imported {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let source = read(&path, blobs).unwrap();
    let imported = source.edits(&pulse.project(), target, &|| pulse.new_id());
    commit(pulse, &imported);
    imported
}

/// A song at 100 bpm in 6/8 with a melody and drums.
fn song() -> Vec<u8> {
    let conductor = b"\x00\xff\x03\x04Song\x00\xff\x51\x03\x09\x27\xc0\x00\xff\x58\x04\x06\x03\x18\x08\x60\xff\x06\x05Verse";
    let lead =
        b"\x00\xff\x03\x04Lead\x00\xc1\x05\x00\xb1\x07\x40\x00\xb1\x0a\x7f\x60\x91\x3c\x7f\x30\x81\x3c\x40";
    let drums = b"\x00\xff\x03\x05Drums\x00\x99\x24\x64\x60\x89\x24\x40\x83\x00\x99\x26\x64\x30\x89\x26\x40";
    smf(1, 96, &[conductor, lead, drums])
}

#[test]
fn a_midi_file_becomes_tracks_with_clips_and_instruments() {
    let mut pulse = Pulse::with_ids(IdSource::seeded(1));
    let imported = import(&mut pulse, &Blobs::new(), "song.mid", &song(), &Target::default());
    assert_eq!(imported.warnings, [ImportWarning::Midi(MidiWarning::ProgramsUnused { count: 1 })]);
    let project = pulse.project();
    assert_eq!(project.root().name(), "Song");
    assert_eq!(project.tempo_map().bpm_at(Beats::ZERO), 100.0);
    let signature = project.signatures().next().unwrap();
    assert_eq!((signature.numerator(), signature.denominator()), (6, 8));
    assert_eq!(
        project.markers().next().map(|marker| (marker.at(), marker.name())),
        Some((Beats::whole(1), "Verse"))
    );
    let tracks: Vec<_> = imported.tracks.iter().map(|id| project.track(*id).unwrap()).collect();
    assert_eq!(tracks.iter().map(|track| track.name()).collect::<Vec<_>>(), ["Lead", "Drums"]);
    assert!(tracks[0].order() < tracks[1].order());
    assert_eq!(tracks[0].pan(), 1.0);
    assert!((tracks[0].volume_db() + 11.9).abs() < 0.1, "{}", tracks[0].volume_db());
    let clip = tracks[1].clips().next().unwrap();
    assert_eq!((clip.kind(), clip.start(), clip.length()), (ClipKind::Notes, Beats::ZERO, Beats::whole(8)));
    assert_eq!(clip.notes().map(|(_, note)| note.start).collect::<Vec<_>>(), [Beats::ZERO, Beats::whole(5)]);
    assert_eq!(tracks[0].devices().count(), 1);
}

#[test]
fn with_a_soundfont_every_part_has_its_program() {
    let mut pulse = Pulse::with_ids(IdSource::seeded(1));
    let soundfont = Blobs::hash(b"a soundfont");
    let target = Target { soundfont: Some(soundfont), ..Target::default() };
    let imported = import(&mut pulse, &Blobs::new(), "song.mid", &song(), &target);
    assert_eq!(imported.warnings, []);
    let project = pulse.project();
    let params = |track: usize| {
        let device = project.track(imported.tracks[track]).unwrap().devices().next().unwrap();
        assert_eq!(device.blob(), Some(soundfont));
        (device.param("bank"), device.param("program"))
    };
    assert_eq!(params(0), (Some(0.0), Some(5.0)));
    assert_eq!(params(1).0, Some(128.0));
}

#[test]
fn a_project_with_music_keeps_its_tempo() {
    let mut pulse = Pulse::with_ids(IdSource::seeded(1));
    import(&mut pulse, &Blobs::new(), "song.mid", &song(), &Target::default());
    let mut second = song();
    let tempo = second.windows(3).position(|bytes| bytes == b"\x09\x27\xc0").unwrap();
    second[tempo] = 0x07;
    let target = Target { at: Beats::whole(16), ..Target::default() };
    let imported = import(&mut pulse, &Blobs::new(), "song.mid", &second, &target);
    assert!(imported.warnings.contains(&ImportWarning::Midi(MidiWarning::TempoKept)));
    let project = pulse.project();
    assert_eq!(project.tempos().count(), 1);
    let clip = project.track(imported.tracks[0]).unwrap().clips().next().unwrap();
    assert_eq!(clip.start(), Beats::whole(16));
}

#[test]
fn an_audio_file_becomes_a_clip_on_a_track_of_its_own_or_a_given_one() {
    let (mut pulse, blobs) = (Pulse::with_ids(IdSource::seeded(1)), Blobs::new());
    let first = import(&mut pulse, &blobs, "Guitar.wav", STEREO_FLAC, &Target::default());
    let track = first.tracks[0];
    let target = Target { track: Some(track), at: Beats::whole(4), ..Target::default() };
    let second = import(&mut pulse, &blobs, "Guitar 2.ogg", STEREO_OGG, &target);
    assert_eq!(second.tracks, []);
    let project = pulse.project();
    let track = project.track(track).unwrap();
    assert_eq!((track.name(), track.kind()), ("Guitar", TrackKind::Audio));
    let clips: Vec<_> = track.clips().collect();
    assert_eq!(clips.len(), 2);
    assert_eq!((clips[1].name(), clips[1].start()), ("Guitar 2", Beats::whole(4)));
    // A quarter of a second at 120 bpm is half a beat.
    assert_eq!(clips[0].length(), Beats::from_beats(0.5));
    let media = clips[0].media().unwrap();
    assert_eq!(audio::peaks(&blobs, media).unwrap().info.frames, 11_025);
    // Audio cannot lie on the master: it gets a track.
    let target = Target { track: Some(project.master().id()), ..Target::default() };
    assert_eq!(import(&mut pulse, &blobs, "x.flac", STEREO_FLAC, &target).tracks.len(), 1);
}

#[test]
fn names_are_cut_between_letters() {
    let name = "é".repeat(300);
    assert_eq!(short(&name).len(), 256);
    assert_eq!(short("short"), "short");
}

#[track_caller]
fn check_error(content: &[u8], is_expected: fn(&ImportError) -> bool) {
    let folder = tempfile::tempdir().unwrap();
    let (path, blobs) = (folder.path().join("file.mid"), Blobs::new());
    std::fs::write(&path, content).unwrap();
    let error = read(&path, &blobs).unwrap_err();
    assert!(is_expected(&error), "{error:?}");
    assert_eq!(std::fs::read(&path).unwrap(), content);
    assert!(blobs.in_memory_hashes().is_empty());
}

#[test]
fn what_cannot_be_imported_is_named() {
    use ImportError as E;
    check_error(b"", |e| matches!(e, E::Audio { source: DecodeError::Empty, .. }));
    check_error(b"some text", |e| matches!(e, E::Audio { source: DecodeError::UnknownFormat, .. }));
    check_error(b"MThd", |e| matches!(e, E::Midi { source: MidiError::Malformed(_), .. }));
    check_error(b"RIFF\0\0\0\0RMIDdata", |e| matches!(e, E::Midi { source: MidiError::Malformed(_), .. }));
    check_error(&smf(1, 0, &[b""]), |e| matches!(e, E::Midi { source: MidiError::Division, .. }));
    check_error(&smf(1, 96, &[b""]), |e| matches!(e, E::Midi { source: MidiError::Empty, .. }));
    check_error(&smf(1, 1, &[b"\xff\xff\xff\x7f\x90\x3c\x40"]), |e| {
        matches!(e, E::Midi { source: MidiError::TooLong, .. })
    });
    check_error(&smf(0, 96, &[]), |e| matches!(e, E::Midi { source: MidiError::Empty, .. }));
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(read(folder.path(), &Blobs::new()), Err(E::NotAFile { .. } | E::Io { .. })));
    assert!(matches!(read(&folder.path().join("none.wav"), &Blobs::new()), Err(E::Io { .. })));
}
