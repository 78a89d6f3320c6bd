use super::song::Song;
use super::*;
use protocol::{Beats, MidiMessage};

/// A chunk of a MIDI file.
fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [name.as_slice(), &u32::try_from(body.len()).unwrap().to_be_bytes(), body].concat()
}

/// A MIDI file of tracks given as raw events; the end of each track is added.
pub(crate) fn smf(format: u8, division: u16, tracks: &[&[u8]]) -> Vec<u8> {
    let count = u8::try_from(tracks.len()).unwrap();
    let [high, low] = division.to_be_bytes();
    let mut file = chunk(b"MThd", &[0, format, 0, count, high, low]);
    for events in tracks {
        file.extend(chunk(b"MTrk", &[*events, b"\x00\xff\x2f\x00"].concat()));
    }
    file
}

fn read(file: &[u8]) -> Result<Song, MidiError> {
    Song::read(file, &crate::Blobs::new())
}

fn song(format: u8, tracks: &[&[u8]]) -> Song {
    read(&smf(format, 96, tracks)).unwrap()
}

/// Start and length in quarter notes, key, channel.
fn notes(song: &Song, part: usize) -> Vec<(f64, f64, u8, u8)> {
    let notes = song.parts[part].notes.iter();
    notes.map(|note| (note.start.to_beats(), note.length.to_beats(), note.key, note.channel)).collect()
}

#[test]
fn notes_tempo_signature_names_and_markers_are_read() {
    let conductor = b"\x00\xff\x03\x04Song\x00\xff\x51\x03\x0f\x42\x40\x00\xff\x58\x04\x03\x03\x18\x08\x60\xff\x06\x05Verse";
    let lead =
        b"\x00\xff\x03\x04Lead\x00\xc1\x05\x00\xb1\x07\x7f\x00\xb1\x0a\x00\x60\x91\x3c\x7f\x30\x81\x3c\x40";
    let song = song(1, &[conductor, lead]);
    assert_eq!(song.title.as_deref(), Some("Song"));
    assert_eq!(song.tempos.into_iter().collect::<Vec<_>>(), [(Beats::ZERO, 60.0)]);
    assert_eq!(song.signatures.into_iter().collect::<Vec<_>>(), [(Beats::ZERO, (3, 8))]);
    assert_eq!(song.markers, [(Beats::whole(1), "Verse".to_owned())]);
    assert_eq!(song.warnings, []);
    let part = &song.parts[0];
    assert_eq!((part.name.as_str(), part.channel), ("Lead", 1));
    assert_eq!((part.program, part.volume, part.pan, part.bank), (Some(5), Some(127), Some(0), None));
    assert_eq!(part.notes[0].velocity, 1.0);
    assert_eq!((part.notes[0].start, part.notes[0].length), (Beats::whole(1), Beats::from_beats(0.5)));
}

#[test]
fn one_track_of_many_channels_becomes_a_part_for_each() {
    let song = song(0, &[b"\x00\x90\x3c\x40\x00\x99\x24\x40\x60\x80\x3c\x40\x00\x89\x24\x40"]);
    let names: Vec<_> = song.parts.iter().map(|part| part.name.as_str()).collect();
    assert_eq!(names, ["Track 1 ch 1", "Track 1 ch 10"]);
    assert_eq!(notes(&song, 1), [(0.0, 1.0, 36, 9)]);
}

#[test]
fn running_status_goes_on_even_over_meta_events() {
    let song = song(1, &[b"\x00\x90\x3c\x40\x60\x3c\x00\x00\xff\x01\x01x\x00\x3e\x40\x60\x3e\x00"]);
    assert_eq!(notes(&song, 0), [(0.0, 1.0, 60, 0), (1.0, 1.0, 62, 0)]);
    assert_eq!(song.warnings, [MidiWarning::NotRepresented { what: Lost::Text, count: 1 }]);
}

#[test]
fn of_overlapping_notes_the_first_one_started_ends_first() {
    let song = song(1, &[b"\x00\x90\x3c\x40\x30\x90\x3c\x50\x30\x80\x3c\x40\x30\x80\x3c\x40"]);
    assert_eq!(notes(&song, 0), [(0.0, 1.0, 60, 0), (0.5, 1.0, 60, 0)]);
}

#[test]
fn stray_and_hanging_notes_are_told() {
    let song = song(1, &[b"\x00\x80\x3c\x40\x00\x90\x3e\x40\x60\x90\x40\x40\x00\x80\x40\x40"]);
    assert_eq!(notes(&song, 0), [(0.0, 1.0, 62, 0), (1.0, 1.0 / 15_360.0, 64, 0)]);
    let expected = [MidiWarning::UnmatchedNoteOffs { count: 1 }, MidiWarning::HangingNotes { count: 1 }];
    assert_eq!(song.warnings, expected);
}

#[test]
fn a_file_in_seconds_keeps_its_times() {
    // 25 frames a second in 40 parts: a tick is a millisecond; 500 ms are a quarter note at 120 bpm.
    let events: &[u8] = b"\x00\xff\x51\x03\x0f\x42\x40\x83\x74\x90\x3c\x40\x83\x74\x80\x3c\x40";
    let song = read(&smf(1, 0xe728, &[events])).unwrap();
    assert_eq!(notes(&song, 0), [(1.0, 1.0, 60, 0)]);
    assert!(song.tempos.is_empty());
    assert_eq!(song.warnings, [MidiWarning::NotRepresented { what: Lost::TempoBesideTimecode, count: 1 }]);
}

#[test]
fn independent_songs_follow_each_other() {
    let events: &[u8] = b"\x00\x90\x3c\x40\x60\x80\x3c\x40";
    let song = song(2, &[events, events]);
    assert_eq!(notes(&song, 0), [(0.0, 1.0, 60, 0)]);
    assert_eq!(notes(&song, 1), [(4.0, 1.0, 60, 0)]);
}

#[test]
fn settings_that_hold_are_the_tracks_and_all_else_is_an_event() {
    let settings: &[u8] = b"\x00\xc0\x07\x00\xb0\x07\x10";
    let music: &[u8] =
        b"\x00\xb0\x07\x40\x00\xb0\x0a\x20\x00\x90\x3c\x40\x60\x80\x3c\x40\x00\xc0\x08\x00\xb0\x40\x7f\
\x00\xe0\x00\x10\x00\xd0\x11\x00\xa0\x3c\x12\x00\xf0\x03\x7e\x7f\xf7";
    let blobs = crate::Blobs::new();
    let song = Song::read(&smf(1, 96, &[settings, music]), &blobs).unwrap();
    // The volume is the track's own; the program comes from the other track first, and changes.
    let part = &song.parts[0];
    assert_eq!((part.program, part.volume, part.pan), (Some(7), Some(0x40), Some(0x20)));
    let one = Beats::whole(1);
    let events: Vec<_> = part.events.iter().map(|event| (event.at, event.message)).collect();
    let exclusive = blobs.put(b"\xf0\x7e\x7f\xf7".as_slice());
    let expected = [
        (Beats::ZERO, MidiMessage::Program(7)),
        (one, MidiMessage::Program(8)),
        (one, MidiMessage::Controller { number: 64, value: 127 }),
        (one, MidiMessage::PitchBend(-6_144)),
        (one, MidiMessage::ChannelPressure(0x11)),
        (one, MidiMessage::KeyPressure { key: 60, value: 0x12 }),
        (one, MidiMessage::SystemExclusive(exclusive)),
    ];
    assert_eq!(events, expected);
    assert_eq!((song.parts.len(), song.warnings), (1, vec![]));
}

#[test]
fn a_volume_that_changes_is_no_fader() {
    let song = song(1, &[b"\x00\xb0\x07\x40\x00\x90\x3c\x40\x60\x80\x3c\x40\x00\xb0\x07\x50"]);
    let part = &song.parts[0];
    assert_eq!((part.volume, part.events.len()), (None, 2));
}

#[test]
fn what_is_for_a_channel_without_notes_is_kept_apart() {
    let song = song(1, &[b"\x00\x90\x3c\x40\x60\x80\x3c\x40\x00\xb3\x01\x50"]);
    assert_eq!((song.parts.len(), song.parts[1].channel, song.parts[1].notes.len()), (2, 3, 0));
    assert_eq!(song.parts[1].events.len(), 1);
}

#[test]
fn absurd_values_are_moved_into_range_or_refused() {
    let song =
        song(1, &[b"\x00\xff\x51\x03\0\0\0\x00\xff\x58\x04\x00\x02\x18\x08\x00\xff\x58\x04\x04\x28\x18\x08"]);
    assert_eq!(song.tempos[&Beats::ZERO], 1_000.0);
    let expected = [MidiWarning::TemposClamped { count: 1 }, MidiWarning::SignaturesIgnored { count: 2 }];
    assert_eq!(song.warnings, expected);
    let far: &[u8] = b"\xff\xff\xff\x7f\x90\x3c\x40";
    assert_eq!(read(&smf(1, 1, &[far])).unwrap_err(), MidiError::TooLong);
    assert_eq!(read(&smf(1, 0, &[far])).unwrap_err(), MidiError::Division);
    assert_eq!(read(&smf(1, 0xe700, &[far])).unwrap_err(), MidiError::Division);
    assert_eq!(read(&smf(1, 0x8001, &[far])).unwrap_err(), MidiError::Division);
}

#[test]
fn damage_keeps_what_comes_before_it() {
    let mut file = smf(1, 96, &[b"\x00\x90\x3c\x40\x60\x80\x3c\x40\x00\x90\x3e\x40"]);
    file.truncate(file.len() - 6);
    let song = read(&file).unwrap();
    assert_eq!(notes(&song, 0), [(0.0, 1.0, 60, 0)]);
    assert_eq!(song.warnings, [MidiWarning::TrackCutShort { track: 0 }]);
    assert!(matches!(read(b"MThd"), Err(MidiError::Malformed(_))));
    assert!(matches!(read(b""), Err(MidiError::Malformed(_))));
}

proptest::proptest! {
    #[test]
    fn damaged_files_never_panic(at in 0..60_usize, junk: [u8; 4], cut in 0..120_usize) {
        let events: &[u8] = b"\x00\xff\x03\x04Lead\x00\xc1\x05\x00\xb1\x07\x7f\x60\x91\x3c\x7f\x30\x81\x3c\x40";
        let mut file = smf(1, 96, &[events, events]);
        for (place, byte) in file.iter_mut().skip(at).zip(junk) {
            *place = byte;
        }
        file.truncate(cut.max(at));
        let _ = read(&file);
    }
}
