use protocol::{Beats, BlobHash, DeviceKind, Note, PluginFormat, PluginRef, Point, Row, RowChange, Value};

use super::*;
use crate::edit;
use crate::view::{
    ClipId, DeviceId, LaneId, MacroId, MacroTargetId, SendId, SignatureId, TempoId, TrackId, TrackInput,
    TrackKind,
};

mod user;

const fn id(number: u128) -> EntityId {
    EntityId(number << 64)
}

const KEYS: TrackId = TrackId(id(1));
const VOICE: TrackId = TrackId(id(2));
const ROOM: TrackId = TrackId(id(3));
const HALL: TrackId = TrackId(id(4));
const RIFF: ClipId = ClipId(id(5));
const TAKE: ClipId = ClipId(id(6));
const SYNTH: DeviceId = DeviceId(id(7));
const PLUGIN: DeviceId = DeviceId(id(8));
const SQUASH: DeviceId = DeviceId(id(9));
const SEND: SendId = SendId(id(10));
const LANE: LaneId = LaneId(id(11));
const TONE: MacroId = MacroId(id(12));
const TARGET: MacroTargetId = MacroTargetId(id(13));
const FREE: EntityId = id(99);
const MASTER: TrackId = TrackId(id(101));

/// A project with one of everything.
fn project() -> Project {
    let plugin = PluginRef { format: PluginFormat::Clap, id: "org.example.synth".into() };
    let edits = [
        edit::track::create(KEYS, TrackKind::Instrument, "Keys"),
        edit::track::create(VOICE, TrackKind::Audio, "Voice"),
        edit::track::create(ROOM, TrackKind::Bus, "Room"),
        edit::track::create(HALL, TrackKind::Bus, "Hall"),
        edit::track::set_output(ROOM, Some(HALL)),
        edit::clip::create_notes(RIFF, KEYS, Beats::ZERO, Beats::whole(4)),
        edit::clip::create_audio(TAKE, VOICE, Beats::ZERO, Beats::whole(4), BlobHash([7; 32])),
        edit::device::create_builtin(SYNTH, KEYS, DeviceKind::Synth, 0.0),
        edit::device::create_plugin(PLUGIN, KEYS, &plugin, "Third", 1.0),
        edit::device::create_builtin(SQUASH, ROOM, DeviceKind::Compressor, 0.0),
        edit::send::create(SEND, KEYS, ROOM),
        edit::lane::create(LANE, SYNTH, "cutoff"),
        edit::macros::create(TONE, 0, "Tone"),
        edit::macros::create_target(TARGET, TONE, SYNTH, "cutoff", 200.0, 2_000.0),
    ];
    Project::empty(id(100), MASTER.0).apply(&edits).expect("legal")
}

/// One edit of that project is refused with this message.
fn check(edit: Edit, expected: &str) {
    let project = project();
    let before: Vec<Record> = project.records().collect();
    let error = project.apply(&[edit]).expect_err(expected);
    assert_eq!(error.to_string(), expected);
    assert_eq!(project.records().collect::<Vec<_>>(), before);
}

fn note(start: i64, length: i64, key: u8, velocity: f64, channel: u8) -> Edit {
    edit::clip::set_note(RIFF, 1, Note { start: Beats(start), length: Beats(length), key, velocity, channel })
}

fn point(at: i64, value: f64) -> Edit {
    edit::lane::set_point(LANE, 1, Point { at: Beats(at), value, curve: Default::default() })
}

#[test]
fn values_that_do_not_fit_their_field_are_refused() {
    check(
        edit::track::set_volume_db(KEYS, f64::NAN),
        "tracks 'Keys', field 'volume_db': must be a finite number",
    );
    check(
        edit::track::set_volume_db(KEYS, 12.1),
        "tracks 'Keys', field 'volume_db': 12.1 is outside -90..=12 dB",
    );
    check(edit::track::set_pan(KEYS, -2.0), "tracks 'Keys', field 'pan': -2 is outside -1..=1");
    check(
        edit::track::set_color(KEYS, 0x100_0000),
        "tracks 'Keys', field 'color': 16777216 is outside 0..=16777215",
    );
    check(edit::track::set_output_bus(KEYS, 32), "tracks 'Keys', field 'output_bus': 32 is outside 0..=31");
    check(
        edit::any::set(KEYS, "pan", Value::Bool(true)),
        "tracks 'Keys', field 'pan': expected a number, got true or false",
    );
    check(
        edit::any::set(KEYS, "input", Value::Text("radio".into())),
        "tracks 'Keys', field 'input': 'radio' is not one of: none, main, sidechain",
    );
    check(
        edit::track::set_name(KEYS, &"x".repeat(2_000)),
        "tracks 'Keys', field 'name': 2000 is over the limit of 1024 bytes",
    );
    let clip = format!("clips {RIFF}, field");
    check(edit::clip::set_length(RIFF, Beats(0)), &format!("{clip} 'length': 0 is outside 1..={MAX} ticks"));
    check(edit::clip::set_start(RIFF, Beats(-1)), &format!("{clip} 'start': -1 is outside 0..={MAX} ticks"));
    check(
        edit::clip::set_start(RIFF, Beats(i64::MAX)),
        &format!("{clip} 'start': {} is outside 0..={MAX} ticks", i64::MAX),
    );
    let tempo = edit::timeline::create_tempo(TempoId(FREE), Beats::ZERO, 1e9);
    check(tempo, "new entity in 'tempo', field 'bpm': 1000000000 is outside 10..=1000 bpm");
    let signature = edit::timeline::create_signature(SignatureId(FREE), Beats::ZERO, 3, 5);
    check(signature, "new entity in 'signatures', field 'denominator': must be a power of two up to 32");
}

const MAX: i64 = schema::MAX_TICKS;

#[test]
fn rows_and_numbers_that_break_a_rule_are_refused() {
    let clip = format!("clips {RIFF}, field 'notes':");
    check(note(-1, 1, 60, 0.5, 0), &format!("{clip} -1 is outside 0..={MAX} ticks"));
    check(note(0, 0, 60, 0.5, 0), &format!("{clip} 0 is outside 1..={MAX} ticks"));
    check(note(0, 1, 128, 0.5, 0), &format!("{clip} 128 is outside 0..=127"));
    check(note(0, 1, 60, 1.5, 0), &format!("{clip} 1.5 is outside 0..=1"));
    check(note(0, 1, 60, f64::NAN, 0), &format!("{clip} must be a finite number"));
    check(note(0, 1, 60, 0.5, 16), &format!("{clip} 16 is outside 0..=15"));
    let lane = format!("lanes {LANE}, field 'points':");
    check(point(-1, 500.0), &format!("{lane} -1 is outside 0..={MAX} ticks"));
    check(point(0, f64::INFINITY), &format!("{lane} must be a finite number"));
    check(point(0, 5.0), &format!("{lane} cutoff = 5 is outside 20.0 Hz..=20.00 kHz"));
    let wrong = Row::Point(Point { at: Beats::ZERO, value: 1.0, curve: Default::default() });
    let changes = vec![RowChange { key: 1, row: Some(wrong) }];
    let edit = Edit::Rows { id: RIFF.0, field: "notes".into(), changes };
    check(edit, &format!("{clip} expected notes, got an automation point"));
    let edit = Edit::Rows { id: KEYS.0, field: "pan".into(), changes: Vec::new() };
    let expected = "expected another edit: the field has no rows, got changes of rows";
    check(edit, &format!("tracks 'Keys', field 'pan': {expected}"));
    let params = "devices 'Synth', field 'params':";
    check(edit::device::set_param(SYNTH, "warmth", 1.0), &format!("{params} there is no parameter 'warmth'"));
    check(
        edit::device::set_param(SYNTH, "cutoff", 1e6),
        &format!("{params} cutoff = 1000000 is outside 20.0 Hz..=20.00 kHz"),
    );
    check(edit::device::set_param(SYNTH, "cutoff", f64::NAN), &format!("{params} must be a finite number"));
    check(
        edit::device::set_param(PLUGIN, "cutoff", 1.0),
        "devices 'Third', field 'params': there is no parameter 'cutoff'",
    );
}

#[test]
fn things_that_are_not_there_are_named() {
    let gone = format!("{FREE}");
    check(edit::any::delete(FREE), &format!("{gone}: there is no such entity (was it deleted?)"));
    check(
        edit::track::set_pan(TrackId(FREE), 0.0),
        &format!("{gone}, field 'pan': there is no such entity (was it deleted?)"),
    );
    check(
        edit::any::set(KEYS, "groove", Value::Null),
        "tracks 'Keys', field 'groove': there is no such field",
    );
    let create = |table: &str, id| edit::any::create(table, id, Default::default());
    check(create("grooves", FREE), "new entity in 'grooves': there is no table 'grooves'");
    check(create("clips", FREE), "new entity in 'clips', field 'track': must be given");
    check(create("scenes", KEYS.0), "new entity in 'scenes': an entity with this id exists already");
    check(create("scenes", EntityId(0)), "new entity in 'scenes': this id is reserved");
    check(
        create("project", FREE),
        "new entity in 'project': the project cannot be created: there is exactly one",
    );
    check(
        edit::track::create(TrackId(FREE), TrackKind::Master, "Second"),
        "new entity in 'tracks', field 'kind': the master track cannot be created: there is exactly one",
    );
    check(edit::any::delete(MASTER), "tracks 'Master': the master track cannot be deleted");
    check(edit::any::delete(id(100)), &format!("project {}: the project cannot be deleted", id(100)));
    check(
        edit::clip::set_track(RIFF, TrackId(FREE)),
        &format!("clips {RIFF}, field 'track': names an entity that does not exist ({gone})"),
    );
    check(
        edit::any::set(RIFF, "track", Value::Ref(SYNTH.0)),
        &format!(
            "clips {RIFF}, field 'track': names one of the devices, which may only be one of the tracks"
        ),
    );
    check(edit::any::set(RIFF, "track", Value::Null), &format!("clips {RIFF}, field 'track': must be given"));
}

#[test]
fn what_a_kind_does_not_allow_is_refused() {
    let kind = Value::Text("bus".into());
    check(
        edit::any::set(KEYS, "kind", kind),
        "tracks 'Keys', field 'kind': the kind is chosen once, when the entity is created",
    );
    let live = "only audio tracks hear live audio";
    check(edit::track::set_input(KEYS, TrackInput::Main), &format!("tracks 'Keys', field 'input': {live}"));
    check(edit::track::set_input_bus(KEYS, 2), &format!("tracks 'Keys', field 'input_bus': {live}"));
    let armed = "only audio and instrument tracks can be armed";
    check(edit::track::set_armed(ROOM, true), &format!("tracks 'Room', field 'armed': {armed}"));
    let last = "the master is the last station: it has no input or output";
    check(edit::track::set_output(MASTER, Some(ROOM)), &format!("tracks 'Master', field 'output': {last}"));
    check(edit::track::set_output_bus(MASTER, 1), &format!("tracks 'Master', field 'output_bus': {last}"));
    let bus = "a track goes to a bus or to the master";
    check(edit::track::set_output(KEYS, Some(VOICE)), &format!("tracks 'Keys', field 'output': {bus}"));
    let bus = "a send goes to a bus";
    check(edit::send::set_target(SEND, VOICE), &format!("sends {SEND}, field 'target': {bus}"));
    check(edit::send::set_target(SEND, MASTER), &format!("sends {SEND}, field 'target': {bus}"));
    let place = format!("clips {RIFF}, field");
    let track = "a clip of notes lies on an instrument track";
    check(edit::clip::set_track(RIFF, VOICE), &format!("{place} 'track': {track}"));
    let media = "a clip of notes holds no audio";
    check(edit::clip::set_media(RIFF, BlobHash([1; 32])), &format!("{place} 'media': {media}"));
    let place = format!("clips {TAKE}, field");
    check(
        edit::clip::set_track(TAKE, KEYS),
        &format!("{place} 'track': an audio clip lies on an audio track"),
    );
    let rows = Value::Rows(
        [(1, Row::Note(Note { start: Beats(0), length: Beats(1), key: 1, velocity: 1.0, channel: 0 }))]
            .into(),
    );
    check(edit::any::set(TAKE, "notes", rows), &format!("{place} 'notes': an audio clip holds no notes"));
    let deaf = "only compressors and plugins have a sidechain";
    check(
        edit::device::set_sidechain(SYNTH, Some(VOICE)),
        &format!("devices 'Synth', field 'sidechain': {deaf}"),
    );
    check(
        edit::device::set_sidechain_input(SYNTH, TrackInput::Main),
        &format!("devices 'Synth', field 'sidechain_input': {deaf}"),
    );
}

#[test]
fn what_something_else_has_is_refused() {
    check(
        edit::macros::create(MacroId(FREE), 0, "Second"),
        "macros 'Second', field 'slot': macro slot 0 is taken",
    );
    check(
        edit::lane::create(LaneId(FREE), SYNTH, "cutoff"),
        &format!("lanes {FREE}, field 'param': the parameter has a lane already ({LANE})"),
    );
    check(
        edit::lane::create(LaneId(FREE), SYNTH, "warmth"),
        &format!("lanes {FREE}, field 'param': there is no parameter 'warmth'"),
    );
    check(
        edit::lane::create(LaneId(FREE), PLUGIN, "007"),
        &format!("lanes {FREE}, field 'param': there is no parameter '007'"),
    );
    check(
        edit::macros::set_max(TARGET, 1e6),
        &format!("macro_targets {TARGET}, field 'max': cutoff = 1000000 is outside 20.0 Hz..=20.00 kHz"),
    );
}

#[test]
fn signals_that_would_run_in_a_circle_are_refused() {
    let round = "would feed a track back into itself: tracks 'Hall' -> tracks 'Room' -> tracks 'Hall'";
    check(edit::track::set_output(HALL, Some(ROOM)), &format!("tracks 'Hall': {round}"));
    check(edit::send::create(SendId(FREE), HALL, ROOM), &format!("tracks 'Hall': {round}"));
    check(edit::device::set_sidechain(SQUASH, Some(HALL)), &format!("tracks 'Hall': {round}"));
    let round = "would feed a track back into itself: tracks 'Master' -> tracks 'Room' -> tracks 'Hall' -> tracks 'Master'";
    check(edit::send::create(SendId(FREE), MASTER, ROOM), &format!("tracks 'Master': {round}"));
    let round = "would feed a track back into itself: tracks 'Room' -> tracks 'Room'";
    check(edit::device::set_sidechain(SQUASH, Some(ROOM)), &format!("tracks 'Room': {round}"));
}

#[test]
fn too_many_tracks_are_refused() {
    let create = |number: u128| edit::track::create(TrackId(id(1_000 + number)), TrackKind::Bus, "Bus");
    let edits: Vec<Edit> = (0..10_000_u128).map(create).collect();
    let error = project().apply(&edits).expect_err("too many");
    assert_eq!(error.rule, EditRule::TooMany { what: "tracks", found: 10_005, limit: 10_000 });
}

#[test]
fn deletion_takes_what_is_owned_and_clears_what_only_pointed_there() {
    let before = project();
    let after = before.apply(&[edit::any::delete(HALL), edit::any::delete(KEYS)]).expect("legal");
    assert_eq!(after.track(ROOM).expect("stays").output(), None);
    for id in [RIFF.0, SYNTH.0, PLUGIN.0, SEND.0, LANE.0, TARGET.0] {
        assert!(after.entity(id).is_none(), "{id} should go with its track");
    }
    assert!(after.entity(TONE).is_some() && after.entity(TAKE).is_some());
    assert!(before.entity(RIFF).is_some(), "a snapshot never changes");
}

#[test]
fn new_siblings_come_last() {
    let edits =
        [edit::track::create(TrackId(FREE), TrackKind::Bus, "Last"), edit::track::set_order(HALL, -5.0)];
    let project = project().apply(&edits).expect("legal");
    let names: Vec<&str> = project.tracks().map(|track| track.name()).collect();
    assert_eq!(names, ["Hall", "Keys", "Voice", "Room", "Last"]);
}

#[test]
fn whole_numbers_are_numbers() {
    let edits = [edit::any::set(KEYS, "volume_db", Value::Int(-6))];
    let project = project().apply(&edits).expect("legal");
    assert_eq!(project.entity(KEYS).and_then(|keys| keys.get("volume_db")), Some(Value::Float(-6.0)));
}

#[test]
fn an_id_is_not_used_again_by_the_transaction_that_deletes_it() {
    let edits = [edit::any::delete(RIFF), edit::track::create(TrackId(RIFF.0), TrackKind::Bus, "Riff")];
    assert_eq!(project().apply(&edits).expect_err("used").rule, EditRule::DuplicateId);
}

#[test]
fn a_snapshot_goes_to_any_thread() {
    fn check<T: Send + Sync + Clone + 'static>(_: T) {}
    check(project());
}
