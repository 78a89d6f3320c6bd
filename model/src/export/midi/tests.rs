use protocol::{MidiEvent, Note, Transaction, Transition};

use super::*;
use crate::edit;
use crate::import::{MidiSource, Target};
use crate::pulse::{IdSource, Pulse};
use crate::view::{ClipId, MarkerId, SignatureId, TempoId, TrackKind};

/// A song with a bass on channel 3, in 6/8 after a pick-up of an eighth, that slows down.
fn song(blobs: &Blobs) -> Project {
    let mut pulse = Pulse::with_ids(IdSource::seeded(1));
    let (track, clip) = (TrackId(pulse.new_id()), ClipId(pulse.new_id()));
    let note = |start: f64, length: f64, key| Note {
        start: Beats::from_beats(start),
        length: Beats::from_beats(length),
        key,
        velocity: f64::from(key) / 127.0,
        channel: 2,
    };
    let event = |start: f64, message| MidiEvent { at: Beats::from_beats(start), channel: 2, message };
    let sysex = blobs.put(vec![0xf0, 0x7e, 0x7f, 0x09, 0x01, 0xf7]);
    let edits = vec![
        edit::root::set_name(pulse.project().root().id(), "Song"),
        edit::track::create(track, TrackKind::Instrument, "Bass"),
        edit::track::set_pan(track, -1.0),
        edit::track::set_volume_db(track, -6.0),
        edit::clip::create_notes(clip, track, Beats::whole(2), Beats::whole(5)),
        edit::clip::set_loop_length(clip, Some(Beats::whole(2))),
        edit::clip::set_offset(clip, Beats::whole(1)),
        edit::clip::change_notes(clip, [(1, Some(note(0.0, 0.5, 40))), (2, Some(note(1.25, 8.0, 43)))]),
        edit::clip::change_events(
            clip,
            [
                (1, Some(event(0.5, MidiMessage::Controller { number: 74, value: 9 }))),
                (2, Some(event(0.75, MidiMessage::PitchBend(-8192)))),
                (3, Some(event(0.875, MidiMessage::SystemExclusive(sysex)))),
            ],
        ),
        edit::timeline::create_signature(SignatureId(pulse.new_id()), Beats::ZERO, 6, 8),
        edit::timeline::create_marker(MarkerId(pulse.new_id()), Beats::whole(3), "Verse"),
        edit::timeline::create_tempo(TempoId(pulse.new_id()), Beats::whole(4), 60.0),
    ];
    pulse.commit(Transaction { name: "Write".into(), author: "test".into(), edits }).expect("a legal song");
    pulse.project()
}

fn imported(bytes: &[u8], blobs: &Blobs) -> Project {
    let mut pulse = Pulse::with_ids(IdSource::seeded(2));
    let source = MidiSource::read(bytes, blobs).expect("a sound file");
    let edits = source.edits(&pulse.project(), &Target::default(), &|| pulse.new_id()).edits;
    pulse.commit(Transaction { name: "Import".into(), author: "test".into(), edits }).expect("legal edits");
    pulse.project()
}

/// Start, length, key, velocity, channel.
fn sounding(project: &Project) -> Vec<(Beats, Beats, u8, u8, u8)> {
    let plan = plan::derive(project);
    let mut notes = Vec::new();
    for node in plan.nodes() {
        let NodeKind::NotePlayer { clips } = &node.kind else { continue };
        for clip in clips.iter() {
            for round in clip.rounds() {
                notes.extend(clip.notes.iter().filter_map(|note| {
                    let start = round.place(note.start)?;
                    let length = note.length.min(clip.start + clip.length - start);
                    Some((start, length, note.key, seven_bits(note.velocity), note.channel))
                }));
            }
        }
    }
    notes.sort();
    notes
}

#[test]
fn what_is_written_is_what_sounds() {
    let blobs = Blobs::new();
    let song = song(&blobs);
    let export = to_midi(&song, &blobs).expect("there are notes");
    let again = imported(&export.bytes, &blobs);
    let notes = sounding(&song);
    assert_eq!(notes.len(), 5, "three times the long note, twice the short one: {notes:?}");
    assert_eq!(sounding(&again), notes);
    assert_eq!((export.tracks, export.notes), (1, 5));
    assert_eq!(again.root().name(), "Song");
    let track = again.tracks().find(|track| track.name() == "Bass").expect("the track");
    assert!((track.volume_db() + 6.0).abs() < 0.2, "{}", track.volume_db());
    assert_eq!(track.pan(), -1.0);
    let places: Vec<_> = again.markers().map(|marker| (marker.at(), marker.name().to_owned())).collect();
    assert_eq!(places, [(Beats::whole(3), "Verse".to_owned())]);
}

#[test]
fn messages_keep_their_places_in_every_round() {
    let blobs = Blobs::new();
    let again = imported(&to_midi(&song(&blobs), &blobs).expect("there are notes").bytes, &blobs);
    let clip = again.clips().next().expect("a clip");
    let places = |wanted: fn(&MidiMessage) -> bool| -> Vec<f64> {
        let events = clip.events().filter(|(_, event)| wanted(&event.message));
        let mut places: Vec<_> =
            events.map(|(_, event)| (clip.start() - clip.offset() + event.at).to_beats()).collect();
        places.sort_by(f64::total_cmp);
        places
    };
    assert_eq!(
        places(|message| matches!(message, MidiMessage::Controller { number: 74, value: 9 })),
        [3.5, 5.5]
    );
    assert_eq!(places(|message| matches!(message, MidiMessage::PitchBend(-8192))), [3.75, 5.75]);
    assert_eq!(places(|message| matches!(message, MidiMessage::SystemExclusive(_))), [3.875, 5.875]);
}

#[test]
fn time_runs_as_it_does_in_the_song() {
    let blobs = Blobs::new();
    let mut song = song(&blobs);
    let first = song.tempos().next().expect("a tempo").id();
    let edits = [
        edit::timeline::set_transition(first, Transition::Ramp),
        edit::root::set_pickup(song.root().id(), Beats::from_beats(0.5)),
    ];
    song = song.apply(&edits).expect("legal edits");
    let again = imported(&to_midi(&song, &blobs).expect("there are notes").bytes, &blobs);
    let (was, is) = (song.tempo_map(), again.tempo_map());
    for eighth in 0..40 {
        let at = Beats::from_beats(f64::from(eighth) / 2.0);
        let apart = was.secs_at(at) - is.secs_at(at);
        // A file counts whole microseconds to the quarter note.
        assert!(apart.abs() < 40e-6, "{apart} s apart at {} beats", at.to_beats());
    }
    let bars = |project: &Project| -> Vec<_> {
        project.signature_points().iter().map(|point| (point.at.to_beats(), point.numerator)).collect()
    };
    assert_eq!(bars(&again), [(0.0, 1), (0.5, 6)], "the pick-up is a bar of one eighth");
}

#[test]
fn without_notes_there_is_nothing_to_write() {
    let blobs = Blobs::new();
    let project = Pulse::with_ids(IdSource::seeded(1)).project();
    assert!(matches!(to_midi(&project, &blobs), Err(MidiExportError::NoNotes)));
}

#[test]
fn the_shortest_note_ends_after_it_began() {
    let blobs = Blobs::new();
    let mut pulse = Pulse::with_ids(IdSource::seeded(1));
    let (track, clip) = (TrackId(pulse.new_id()), ClipId(pulse.new_id()));
    let note = Note { start: Beats(3), length: Beats(1), key: 60, velocity: 1.0, channel: 0 };
    let edits = vec![
        edit::track::create(track, TrackKind::Instrument, "Click"),
        edit::clip::create_notes(clip, track, Beats::ZERO, Beats::whole(1)),
        edit::clip::change_notes(clip, [(1, Some(note))]),
    ];
    pulse.commit(Transaction { name: "Click".into(), author: "test".into(), edits }).expect("legal");
    let again = imported(&to_midi(&pulse.project(), &blobs).expect("a note").bytes, &blobs);
    let lengths: Vec<_> = sounding(&again).iter().map(|(_, length, ..)| *length).collect();
    assert_eq!(lengths, [Beats(OURS)]);
}

#[test]
fn a_loop_that_looks_at_too_much_for_what_it_plays_is_refused() {
    let blobs = Blobs::new();
    let mut pulse = Pulse::with_ids(IdSource::seeded(1));
    let (track, clip) = (TrackId(pulse.new_id()), ClipId(pulse.new_id()));
    let note = |start| Note { start: Beats(start), length: Beats(1), key: 60, velocity: 1.0, channel: 0 };
    let notes = (0..40_000).map(|key| (key, Some(note(i64::try_from(key).expect("small")))));
    let edits = vec![
        edit::track::create(track, TrackKind::Instrument, "Click"),
        edit::track::create(TrackId(pulse.new_id()), TrackKind::Instrument, "Silent"),
        edit::clip::create_notes(clip, track, Beats::ZERO, Beats::whole(100_000)),
        edit::clip::change_notes(clip, notes),
    ];
    pulse.commit(Transaction { name: "Click".into(), author: "test".into(), edits }).expect("legal");
    assert_eq!(to_midi(&pulse.project(), &blobs).expect("notes").tracks, 1);
    let edits = vec![edit::clip::set_loop_length(clip, Some(Beats(1_000)))];
    pulse.commit(Transaction { name: "Loop".into(), author: "test".into(), edits }).expect("legal");
    assert!(matches!(to_midi(&pulse.project(), &blobs), Err(MidiExportError::TooMuch)));
}
