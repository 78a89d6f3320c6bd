//! Saving and loading, and what bad input gets.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use protocol::{Beats, Curve, Edit, EntityId, Note, Point, Row, Transaction, Value};

use super::*;
use crate::pulse::{IdSource, Pulse};

mod bad_input;

const BASS: u128 = 0x10_0001;
const VOCALS: u128 = 0x10_0002;
const BUS: u128 = 0x10_0003;
const CLIP: u128 = 0x20_0001;

pub(crate) fn create(table: &str, id: u128, fields: &[(&str, Value)]) -> Edit {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Edit::Create { table: table.to_owned(), id: EntityId(id), fields }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn refer(id: u128) -> Value {
    Value::Ref(EntityId(id))
}

fn note(start: i64, key: u8, velocity: f64) -> Row {
    Row::Note(Note { start: Beats::whole(start), length: Beats(7_680), key, velocity, channel: 0 })
}

fn point(at: i64, value: f64, curve: Curve) -> Row {
    Row::Point(Point { at: Beats::whole(at), value, curve })
}

/// A project with something in every table.
pub(crate) fn sample(blobs: &Blobs) -> Project {
    let media = Value::Blob(blobs.put(crate::media::tests::wav_bytes(1, 1, 16, 48_000, &[0, 64, 0, 32])));
    let state = Value::Blob(blobs.put(b"the state of a plugin".as_slice()));
    let notes = [(1, note(0, 36, 1.0)), (2, note(1, 43, 0.1)), (10, note(2, 38, 1.0 / 3.0))];
    let points = [(1, point(0, -6.5, Curve::Smooth)), (2, point(4, 0.0, Curve::Hold))];
    let params = [("cutoff".to_owned(), 440.5), ("resonance".to_owned(), 0.25)];
    let edits = vec![
        create(
            "tracks",
            BASS,
            &[
                ("kind", text("instrument")),
                ("name", text("Bass \"é\"\n")),
                ("volume_db", Value::Float(-3.25)),
            ],
        ),
        create(
            "tracks",
            VOCALS,
            &[("kind", text("audio")), ("name", text("Vocals")), ("order", Value::Float(2.0))],
        ),
        create("tracks", BUS, &[("kind", text("bus")), ("name", text("Room")), ("order", Value::Float(3.0))]),
        Edit::Set { id: EntityId(VOCALS), field: "output".to_owned(), value: refer(BUS) },
        create(
            "clips",
            CLIP,
            &[
                ("track", refer(BASS)),
                ("start", Value::Beats(Beats::whole(4))),
                ("notes", Value::Rows(BTreeMap::from(notes))),
            ],
        ),
        create("clips", CLIP + 1, &[("track", refer(VOCALS)), ("kind", text("audio")), ("media", media)]),
        create(
            "devices",
            0x30_0001,
            &[
                ("track", refer(BASS)),
                ("plugin", text("loophole.synth")),
                ("params", Value::Numbers(params.into())),
            ],
        ),
        create(
            "devices",
            0x30_0002,
            &[
                ("track", refer(VOCALS)),
                ("format", text("clap")),
                ("plugin", text("org.example.fx")),
                ("blob", state),
            ],
        ),
        create(
            "sends",
            0x40_0001,
            &[
                ("track", refer(BASS)),
                ("target", refer(BUS)),
                ("order", Value::Float(1.0)),
                ("level_db", Value::Float(-12.0)),
            ],
        ),
        create(
            "lanes",
            0x50_0001,
            &[("owner", refer(BASS)), ("param", text("volume_db")), ("points", Value::Rows(points.into()))],
        ),
        create("tempo", 0x60_0001, &[("bpm", Value::Float(97.3))]),
        create("signatures", 0x60_0002, &[("numerator", Value::Int(7)), ("denominator", Value::Int(8))]),
        create("markers", 0x60_0003, &[("name", text("Verse")), ("at", Value::Beats(Beats::whole(8)))]),
        create("scenes", 0x60_0004, &[("name", text("Intro")), ("order", Value::Float(2.0))]),
        create("macros", 0x60_0005, &[("slot", Value::Int(3)), ("name", text("Drive"))]),
        create(
            "macro_targets",
            0x60_0006,
            &[
                ("macro", refer(0x60_0005)),
                ("owner", refer(BASS)),
                ("param", text("pan")),
                ("min", Value::Float(-0.5)),
            ],
        ),
        create("scripts", 0x60_0007, &[("name", text("Hum")), ("source", text("log.info('hi')\n"))]),
    ];
    let mut pulse = Pulse::with_ids(IdSource::seeded(1));
    pulse.commit(Transaction { name: "Build".to_owned(), author: "test".to_owned(), edits }).unwrap();
    pulse.project()
}

/// All files below a folder, with their content.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
            found.insert(path, Vec::new());
        } else if path.is_file() {
            let content = fs::read(&path).unwrap();
            found.insert(path, content);
        }
    }
    found
}

#[test]
fn saving_and_loading_is_identity_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let (blobs, path) = (Blobs::new(), folder.path().join("Song.loophole"));
    let project = sample(&blobs);
    assert_eq!(save(&project, &blobs, &path).unwrap(), Saved::default());
    let before = files(folder.path());
    assert_eq!(before.len(), 4, "{:?}", before.keys());
    let loaded = load(&path).unwrap();
    assert_eq!(loaded.warnings, []);
    assert_eq!(loaded.project, project);
    assert!(loaded.blobs.in_memory_hashes().is_empty());
    save(&loaded.project, &loaded.blobs, &path).unwrap();
    assert_eq!(files(folder.path()), before);
}

#[test]
fn blobs_go_along_to_a_new_place() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::new();
    let (first, second) = (folder.path().join("a.loophole"), folder.path().join("b.loophole"));
    save(&sample(&blobs), &blobs, &first).unwrap();
    let loaded = load(&first).unwrap();
    save(&loaded.project, &loaded.blobs, &second).unwrap();
    fs::remove_dir_all(blob_folder(&first)).unwrap();
    let loaded = load(&second).unwrap();
    assert_eq!(loaded.warnings, []);
    for hash in blobs.in_memory_hashes() {
        assert_eq!(loaded.blobs.get(&hash), blobs.get(&hash));
    }
}

#[test]
fn the_text_is_made_to_be_compared() {
    let (text, hashes) = to_text(&sample(&Blobs::new()));
    assert_eq!(hashes.len(), 2);
    assert!(
        text.starts_with("{\n  \"format\": \"loophole-project\",\n  \"tables\": {\n    \"clips\": {\n"),
        "{text}"
    );
    assert!(text.ends_with("  },\n  \"version\": 2\n}\n"));
    let note = "          \"2\": {\"channel\": 0, \"key\": 43, \"length\": 7680, \"start\": 15360, \"velocity\": 0.1}";
    assert!(text.contains(note), "{text}");
}

#[test]
fn a_damaged_blob_beside_the_project_is_mended_by_a_save() {
    let folder = tempfile::tempdir().unwrap();
    let (blobs, path) = (Blobs::new(), folder.path().join("Song.loophole"));
    let project = sample(&blobs);
    save(&project, &blobs, &path).unwrap();
    let before = files(folder.path());
    let hash = blobs.put(b"the state of a plugin".as_slice());
    fs::write(crate::blobs::blob_path(&blob_folder(&path), &hash), b"damaged").unwrap();
    save(&project, &blobs, &path).unwrap();
    assert_eq!(files(folder.path()), before);
}

#[test]
fn the_blob_folder_is_never_the_project_file() {
    assert_eq!(blob_folder(Path::new("a/Song.loophole")), Path::new("a/Song.blobs"));
    assert_eq!(blob_folder(Path::new("Song.v2.loophole")), Path::new("Song.v2.blobs"));
    assert_eq!(blob_folder(Path::new("Song")), Path::new("Song.blobs"));
    assert_eq!(blob_folder(Path::new("Song.blobs")), Path::new("Song.blobs.blobs"));
}

/// The project that the second version wrote: what it has beside the first, and the same bytes when it is saved.
#[test]
fn the_second_version_still_loads() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/v2/Song.loophole");
    let loaded = load(&path).unwrap();
    assert_eq!(loaded.warnings, []);
    let clip = loaded.project.clips().find(|clip| clip.id().0 == EntityId(CLIP)).unwrap();
    assert_eq!((clip.events().count(), clip.note_count()), (6, 3));
    assert_eq!(to_text(&loaded.project).0, fs::read_to_string(&path).unwrap());
}

/// The project that the first version wrote when it was first released. It must load for ever: never write it again.
#[test]
fn the_first_version_still_loads() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/v1/Song.loophole");
    let loaded = load(&path).unwrap();
    assert_eq!(loaded.warnings, []);
    let expected = sample(&Blobs::new());
    assert_eq!(loaded.project, expected);
    for hash in to_text(&expected).1 {
        assert!(loaded.blobs.read(&hash).is_ok());
    }
}

fn names() -> impl Strategy<Value = String> {
    prop_oneof!["\\PC{0,20}", any::<String>().prop_map(|text| text.chars().take(60).collect())]
}

proptest! {
    /// Any project is the same after a save and a load, and is written in the same bytes.
    #[test]
    fn any_project_survives(
        tracks in prop::collection::vec((names(), -90.0..12.0, -1.0..=1.0), 0..6),
        notes in prop::collection::btree_map(any::<u64>(), (0..1_i64 << 39, 1..1_i64 << 30, 0..=127_u8, 0.0..=1.0, 0..16_u8), 0..20),
        bpm in 10.0..1000.0,
    ) {
        let mut edits = vec![
            create("tracks", BASS, &[("kind", text("instrument"))]),
            create("tempo", 0x60_0001, &[("bpm", Value::Float(bpm))]),
        ];
        for (id, (name, volume_db, pan)) in (0x70_0000..).zip(tracks) {
            let fields = [("name", text(&name)), ("volume_db", Value::Float(volume_db)), ("pan", Value::Float(pan))];
            edits.push(create("tracks", id, &fields));
        }
        let row = |(start, length, key, velocity, channel)| {
            Row::Note(Note { start: Beats(start), length: Beats(length), key, velocity, channel })
        };
        let rows = notes.into_iter().map(|(key, note)| (key, row(note))).collect();
        edits.push(create("clips", CLIP, &[("track", refer(BASS)), ("notes", Value::Rows(rows))]));
        let mut pulse = Pulse::new();
        pulse.commit(Transaction { name: "Build".to_owned(), author: "test".to_owned(), edits }).unwrap();
        let project = pulse.project();
        let (text, _) = to_text(&project);
        let loaded = from_bytes(text.as_bytes(), Blobs::new(), &Origin::State).unwrap();
        prop_assert_eq!(&loaded.warnings, &vec![]);
        prop_assert_eq!(&loaded.project, &project);
        prop_assert_eq!(to_text(&loaded.project).0, text);
    }

    /// Whatever is overwritten, loading ends in a project or an error; what loads is saved, loads, and is saved again
    /// in the same bytes.
    #[test]
    fn damaged_text_never_panics(at in 0..12_000_usize, length in 0..8_usize, junk in "[\\{\\}\\[\\]\",:0-9a-z\\-\\. ]{0,8}") {
        let (mut text, _) = to_text(&sample(&Blobs::new()));
        let at = (0..=at % text.len()).rev().find(|at| text.is_char_boundary(*at)).unwrap();
        let end = (at + length..=text.len()).find(|end| text.is_char_boundary(*end)).unwrap_or(text.len());
        text.replace_range(at..end, &junk);
        if let Ok(loaded) = from_bytes(text.as_bytes(), Blobs::new(), &Origin::State) {
            let (text, _) = to_text(&loaded.project);
            let again = from_bytes(text.as_bytes(), Blobs::new(), &Origin::State).unwrap();
            prop_assert_eq!(to_text(&again.project).0, text);
        }
    }
}
