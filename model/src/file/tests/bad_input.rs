//! The table of bad input: what each case gets, by name, and that nothing on disk changes by it.

use std::fmt::Write as _;

use super::*;
use crate::blobs::{BlobError, blob_path};
use crate::bundle;
use crate::media;

/// A case: what it is called, what the outcome begins with, and what to do in an empty folder.
type Case = (&'static str, &'static str, fn(&Path) -> String);

#[track_caller]
fn check(cases: &[Case]) {
    for (name, expected, run) in cases {
        let folder = tempfile::tempdir().unwrap();
        let outcome = run(folder.path());
        assert!(outcome.starts_with(expected), "{name}: expected {expected}, found {outcome}");
    }
}

fn shown<T, E: std::fmt::Debug>(result: Result<T, E>) -> String {
    result.map_or_else(|error| format!("{error:?}"), |_| "no error".to_owned())
}

/// Does something that must not change a file, and says what came of it.
fn untouched(folder: &Path, act: impl FnOnce() -> String) -> String {
    let before = files(folder);
    let outcome = act();
    assert_eq!(files(folder), before, "{outcome}");
    outcome
}

/// What loading a file of these bytes gives: the error, or the warnings.
fn load_bytes(folder: &Path, bytes: &[u8]) -> String {
    let path = folder.join("Song.loophole");
    fs::write(&path, bytes).unwrap();
    untouched(folder, || match load(&path) {
        Ok(loaded) => format!("{:?}", loaded.warnings),
        Err(error) => format!("{error:?}"),
    })
}

fn sample_text() -> String {
    to_text(&sample(&Blobs::new())).0
}

/// The warnings for the sample with one change, which is written back as it is.
fn load_changed(folder: &Path, from: &str, to: &str) -> String {
    let blobs = Blobs::new();
    save(&sample(&blobs), &blobs, &folder.join("Song.loophole")).unwrap();
    let text = sample_text();
    assert!(text.contains(from), "{from} is not in {text}");
    let text = text.replacen(from, to, 1);
    let warnings = load_bytes(folder, text.as_bytes());
    let loaded = load(&folder.join("Song.loophole")).unwrap();
    let written = to_text(&loaded.project).0;
    let difference = text.lines().zip(written.lines()).find(|(read, written)| read != written);
    assert!(written == text, "what was faulty is written back: {warnings}: {difference:?}");
    warnings
}

/// The sample with entities added to a table that has one already.
fn load_added(folder: &Path, table: &str, entities: &str) -> String {
    let from = format!("    \"{table}\": {{\n");
    load_changed(folder, &from, &format!("{from}{entities}"))
}

#[test]
fn what_is_no_project_is_refused_by_name() {
    check(&[
        ("empty", "Empty", |f| load_bytes(f, b"")),
        ("blank", "Empty", |f| load_bytes(f, b" \n\t\n")),
        ("half a project", "Syntax", |f| load_bytes(f, &sample_text().as_bytes()[..1_000])),
        ("the last brace missing", "Syntax", |f| {
            load_bytes(f, sample_text().trim_end().strip_suffix('}').unwrap().as_bytes())
        }),
        ("two projects", "Syntax", |f| load_bytes(f, sample_text().repeat(2).as_bytes())),
        ("no text", "NotUtf8 { origin: File(", |f| load_bytes(f, b"{\"format\": \"\xff\xfe\"}")),
        ("UTF-16", "NotUtf8", |f| load_bytes(f, b"\xff\xfe{\0}\0")),
        ("a song", "Syntax", |f| load_bytes(f, b"MThd\0\0\0\x06\0\x01\0\x01\0\x60")),
        ("zeros", "Syntax", |f| load_bytes(f, &[0; 4_096])),
        ("a list", "NotAProject", |f| load_bytes(f, b"[1, 2, 3]")),
        ("no format", "NotAProject", |f| load_bytes(f, b"{\"version\": 1}")),
        ("another format", "NotAProject", |f| load_bytes(f, b"{\"format\": \"ableton\", \"version\": 1}")),
        ("a later version", "NewerVersion { origin: File(", |f| {
            load_bytes(f, sample_text().replace("\"version\": 2", "\"version\": 3").as_bytes())
        }),
        ("a far later version", "NewerVersion", |f| {
            load_bytes(f, b"{\"format\": \"loophole-project\", \"version\": 9000, \"songs\": []}")
        }),
        ("version zero", "Structure", |f| {
            load_bytes(f, b"{\"format\": \"loophole-project\", \"version\": 0}")
        }),
        ("no version", "Structure", |f| load_bytes(f, b"{\"format\": \"loophole-project\"}")),
        ("half a version", "Structure", |f| {
            load_bytes(f, b"{\"format\": \"loophole-project\", \"version\": 1.5}")
        }),
        ("a version in words", "Structure", |f| {
            load_bytes(f, b"{\"format\": \"loophole-project\", \"version\": \"one\"}")
        }),
        ("no tables", "Structure", |f| load_bytes(f, b"{\"format\": \"loophole-project\", \"version\": 1}")),
        ("tables in a list", "Structure", |f| {
            load_bytes(f, b"{\"format\": \"loophole-project\", \"version\": 1, \"tables\": []}")
        }),
        ("a table that is text", "Structure { origin: File(", |f| {
            load_bytes(
                f,
                b"{\"format\": \"loophole-project\", \"version\": 1, \"tables\": {\"tracks\": \"none\"}}",
            )
        }),
        ("not-a-number", "Syntax", |f| load_bytes(f, sample_text().replace("97.3", "NaN").as_bytes())),
        ("infinity", "Syntax", |f| load_bytes(f, sample_text().replace("97.3", "1e999").as_bytes())),
        ("an id that comes twice", "Syntax", |f| {
            let id = format!("\"{}\"", EntityId(VOCALS));
            load_bytes(f, sample_text().replace(&format!("\"{}\"", EntityId(BUS)), &id).as_bytes())
        }),
        ("nesting without end", "Syntax", |f| load_bytes(f, "[".repeat(100_000).as_bytes())),
        ("no file", "NotFound", |f| shown(load(&f.join("nowhere.loophole")))),
        ("a folder", "NotAFile", |f| shown(load(f))),
        ("a device", "NotAFile", |_| shown(load(Path::new("/dev/null")))),
        ("below a file", "NotFound", |f| {
            fs::write(f.join("file"), b"x").unwrap();
            shown(load(&f.join("file/Song.loophole")))
        }),
    ]);
}

#[test]
fn errors_say_where() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("Song.loophole");
    fs::write(&path, "{\n  \"format\": oops\n}").unwrap();
    let message = load(&path).unwrap_err().to_string();
    assert!(message.contains("Song.loophole:2:13: damaged: expected value"), "{message}");
}

#[test]
fn a_faulty_part_is_set_aside_and_written_back() {
    check(&[
        ("a fader in words", "[Rejected { table: \"tracks\"", |f| {
            load_changed(f, "\"volume_db\": -3.25", "\"volume_db\": \"loud\"")
        }),
        ("an absurd fader", "[Rejected { table: \"tracks\"", |f| {
            load_changed(f, "\"volume_db\": -3.25", "\"volume_db\": 1000000.0")
        }),
        ("an unknown field", "[UnknownField { table: \"tracks\"", |f| {
            load_changed(
                f,
                "\"volume_db\": -3.25",
                "\"volume_db\": -3.25,\n        \"width\": {\n          \"a\": [1, 2]\n        }",
            )
        }),
        ("an unknown table", "[UnknownTable { table: \"wormholes\"", |f| {
            load_changed(
                f,
                "\n    }\n  },\n  \"version\"",
                "\n    },\n    \"wormholes\": {\n      \"1\": 2\n    }\n  },\n  \"version\"",
            )
        }),
        ("an unknown key", "[UnknownKey { key: \"unheard\"", |f| {
            load_changed(f, "\n  },\n  \"version\"", "\n  },\n  \"unheard\": true,\n  \"version\"")
        }),
        ("a key that is no id", "[BadId { table: \"clips\", key: \"00-clip\"", |f| {
            load_added(f, "clips", "      \"00-clip\": {},\n")
        }),
        ("an id of two tables", "[DuplicateId { table: \"tempo\"", |f| {
            load_changed(f, &format!("\"{}\"", EntityId(0x60_0001)), &format!("\"{}\"", EntityId(CLIP)))
        }),
        ("an entity that is a list", "[Rejected { table: \"clips\"", |f| {
            load_added(f, "clips", "      \"00000000000000000000000000100009\": [],\n")
        }),
        ("a clip on no track", "[Rejected { table: \"clips\"", |f| {
            load_changed(
                f,
                &format!("\"track\": \"{}\"", EntityId(BASS)),
                "\"track\": \"000000000000000000000000000fffff\"",
            )
        }),
        ("an output that is not there", "[Rejected { table: \"tracks\"", |f| {
            load_changed(
                f,
                &format!("\"output\": \"{}\"", EntityId(BUS)),
                "\"output\": \"000000000000000000000000000fffff\"",
            )
        }),
        ("an output that is a clip", "[Rejected { table: \"tracks\"", |f| {
            load_changed(
                f,
                &format!("\"output\": \"{}\"", EntityId(BUS)),
                &format!("\"output\": \"{}\"", EntityId(CLIP)),
            )
        }),
        ("a signal in a circle", "[Rejected { table: \"tracks\"", |f| {
            let name = "\"name\": \"Room\",\n        \"order\": 3.0";
            load_changed(f, name, &format!("{name},\n        \"output\": \"{}\"", EntityId(BUS)))
        }),
        ("a signal in a wider circle", "[Rejected { table: ", |f| {
            let name = "\"name\": \"Room\",\n        \"order\": 3.0";
            load_changed(f, name, &format!("{name},\n        \"output\": \"{}\"", EntityId(VOCALS)))
        }),
        ("a send to a clip", "[Rejected { table: \"sends\"", |f| {
            let to = format!("\"target\": \"{}\"", EntityId(CLIP));
            load_changed(f, &format!("\"target\": \"{}\"", EntityId(BUS)), &to)
        }),
        ("a clip that is audio and has notes", "[Rejected { table: \"clips\"", |f| {
            load_changed(f, "\"notes\": {", "\"kind\": \"audio\",\n        \"notes\": {")
        }),
        ("a key above all keys", "[Rejected { table: \"clips\"", |f| {
            load_changed(f, "\"key\": 43", "\"key\": 200")
        }),
        ("a key that fits no byte", "[Rejected { table: \"clips\"", |f| {
            load_changed(f, "\"key\": 43", "\"key\": 1000")
        }),
        ("a note of no length", "[Rejected { table: \"clips\"", |f| {
            load_changed(f, "\"length\": 7680", "\"length\": 0")
        }),
        ("a note at no place", "[Rejected { table: \"clips\"", |f| {
            load_changed(f, "\"start\": 15360", "\"start\": null")
        }),
        ("a note of no number", "[Rejected { table: \"clips\"", |f| {
            load_changed(f, "\"10\": {\"channel\"", "\"1x\": {\"channel\"")
        }),
        ("a clip at the end of days", "[Rejected { table: \"clips\"", |f| {
            load_changed(f, "\"start\": 0,", "\"start\": 9223372036854775807,")
        }),
        ("a second master", "[Rejected { table: \"tracks\"", |f| {
            load_changed(f, "\"kind\": \"bus\"", "\"kind\": \"master\"")
        }),
        ("an unknown kind", "[Rejected { table: \"tracks\"", |f| {
            load_changed(f, "\"kind\": \"bus\"", "\"kind\": \"video\"")
        }),
        ("an unknown parameter", "[Rejected { table: \"devices\"", |f| {
            load_changed(f, "\"cutoff\": 440.5", "\"cutoffs\": 440.5")
        }),
        ("an absurd parameter", "[Rejected { table: \"devices\"", |f| {
            load_changed(f, "\"cutoff\": 440.5", "\"cutoff\": 1e+300")
        }),
        ("a curve of no shape", "[Rejected { table: \"lanes\"", |f| {
            load_changed(f, "\"curve\": \"smooth\"", "\"curve\": \"wobbly\"")
        }),
        ("a macro out of range", "[Rejected { table: \"macros\"", |f| {
            load_changed(f, "\"slot\": 3", "\"slot\": 1000000000")
        }),
        ("three notes in five thirds", "[Rejected { table: \"signatures\"", |f| {
            load_changed(f, "\"denominator\": 8", "\"denominator\": 3")
        }),
        ("no tempo at all", "[Rejected { table: \"tempo\"", |f| load_changed(f, "97.3", "0.0")),
        ("a hash of no blob", "[Rejected { table: \"devices\"", |f| {
            load_changed(f, "\"blob\": \"", "\"blob\": \"zz")
        }),
    ]);
}

#[test]
fn faults_without_end_end() {
    // Each macro but the first takes a slot that is taken, which only the whole can tell.
    let mut tables = String::new();
    for index in 0..1_005 {
        let comma = if index == 0 { "" } else { "," };
        write!(tables, "{comma}\"{}\": {{\"name\": \"m\"}}", EntityId(0x99_0000 + index)).unwrap();
    }
    let text = format!(
        "{{\"format\": \"loophole-project\", \"version\": 1, \"tables\": {{\"macros\": {{{tables}}}}}}}"
    );
    let error = from_bytes(text.as_bytes(), Blobs::new(), &Origin::State).unwrap_err();
    assert!(matches!(error, LoadError::TooManyFaults { .. }), "{error}");
}

/// What becomes of the sample when one of its blobs is treated like this.
fn with_blob(folder: &Path, treat: fn(&Path), outcome: fn(&Loaded, protocol::BlobHash) -> String) -> String {
    let (blobs, path) = (Blobs::new(), folder.join("Song.loophole"));
    save(&sample(&blobs), &blobs, &path).unwrap();
    let hash = Blobs::hash(b"the state of a plugin");
    treat(&blob_path(&blob_folder(&path), &hash));
    untouched(folder, || outcome(&load(&path).unwrap(), hash))
}

#[test]
fn blobs_that_are_not_what_they_should_be_are_named() {
    check(&[
        ("missing", "[MissingBlob", |f| {
            with_blob(f, |blob| fs::remove_file(blob).unwrap(), |loaded, _| format!("{:?}", loaded.warnings))
        }),
        ("missing, and saved elsewhere", "[MissingBlob", |f| {
            with_blob(
                f,
                |blob| fs::remove_file(blob).unwrap(),
                |loaded, _| {
                    let other = tempfile::tempdir().unwrap();
                    let path = other.path().join("Copy.loophole");
                    let saved = save(&loaded.project, &loaded.blobs, &path).unwrap();
                    assert_eq!(load(&path).unwrap().project, loaded.project, "the reference is kept");
                    format!("{:?}", saved.warnings)
                },
            )
        }),
        ("corrupt", "Corrupt", |f| {
            with_blob(
                f,
                |blob| fs::write(blob, b"other").unwrap(),
                |loaded, hash| shown(loaded.blobs.read(&hash)),
            )
        }),
        ("cut short, as a stream", "Custom { kind: InvalidData", |f| {
            with_blob(
                f,
                |blob| fs::write(blob, b"the st").unwrap(),
                |loaded, hash| shown(loaded.blobs.open(&hash).map(|_| ())),
            )
        }),
        ("a folder", "[MissingBlob", |f| {
            let treat = |blob: &Path| {
                fs::remove_file(blob).unwrap();
                fs::create_dir(blob).unwrap();
            };
            with_blob(f, treat, |loaded, hash| {
                assert!(matches!(loaded.blobs.read(&hash), Err(BlobError::Io { .. })));
                format!("{:?}", loaded.warnings)
            })
        }),
    ]);
}

/// What saving the sample to a path gives; nothing may change by it.
fn save_to(folder: &Path, path: &Path) -> String {
    let blobs = Blobs::new();
    let project = sample(&blobs);
    untouched(folder, || shown(save(&project, &blobs, path)))
}

#[test]
fn a_save_that_cannot_be_leaves_everything_as_it_was() {
    check(&[
        ("over a folder", "NotAFile", |f| save_to(f, f)),
        ("over a device", "NotAFile", |f| {
            let link = f.join("Song.loophole");
            std::os::unix::fs::symlink("/dev/full", &link).unwrap();
            fs::create_dir(f.join("Song.blobs")).unwrap();
            let blobs = Blobs::new();
            untouched(f, || shown(save(&Pulse::new().project(), &blobs, &link)))
        }),
        ("below a file", "NoFolder", |f| {
            fs::write(f.join("file"), b"x").unwrap();
            save_to(f, &f.join("file/Song.loophole"))
        }),
        ("in no folder", "NoFolder", |f| {
            untouched(f, || {
                shown(save(&Pulse::new().project(), &Blobs::new(), &f.join("nowhere/Song.loophole")))
            })
        }),
        ("a file where the blobs go", "NotAFile", |f| {
            fs::write(f.join("Song.loophole"), sample_text()).unwrap();
            fs::write(f.join("Song.blobs"), b"x").unwrap();
            save_to(f, &f.join("Song.loophole"))
        }),
        ("a blob folder on a full disk", "NotAFile", |f| {
            fs::write(f.join("Song.loophole"), sample_text()).unwrap();
            std::os::unix::fs::symlink("/dev/full", f.join("Song.blobs")).unwrap();
            save_to(f, &f.join("Song.loophole"))
        }),
        ("a protected file", "PermissionDenied", |f| {
            let path = f.join("Song.loophole");
            fs::write(&path, b"old").unwrap();
            let mut permissions = fs::metadata(&path).unwrap().permissions();
            permissions.set_readonly(true);
            fs::set_permissions(&path, permissions).unwrap();
            untouched(f, || shown(save(&Pulse::new().project(), &Blobs::new(), &path)))
        }),
        ("a name that is too long", "Io", |f| {
            untouched(f, || shown(save(&Pulse::new().project(), &Blobs::new(), &f.join("x".repeat(300)))))
        }),
    ]);
}

fn decode(bytes: &[u8]) -> String {
    shown(media::decode(bytes, media::Limits { max_decoded_bytes: 1 << 20 }))
}

#[test]
fn hostile_media_is_refused_by_name() {
    use media::tests::{STEREO_FLAC, STEREO_MP3, STEREO_OGG, wav_bytes};
    check(&[
        ("no bytes", "Empty", |_| decode(b"")),
        ("text", "UnknownFormat", |_| decode(b"It was a dark and stormy night")),
        ("a WAV without end", "TooLong", |_| decode(&wav_bytes(1, 2, 16, 48_000, &vec![0; 2 << 20]))),
        ("a WAV of 65535 channels", "Channels { found: 65535 }", |_| {
            decode(&wav_bytes(1, u16::MAX, 8, 48_000, &[0; 64]))
        }),
        ("a WAV at 4 GHz", "SampleRate", |_| decode(&wav_bytes(1, 1, 16, u32::MAX, &[0; 64]))),
        ("a WAV without audio", "NoAudio", |_| decode(&wav_bytes(1, 1, 16, 48_000, &[]))),
        ("an ADPCM WAV", "Malformed { format: Wav", |_| decode(&wav_bytes(2, 1, 4, 48_000, &[0; 64]))),
        ("a FLAC header", "Malformed { format: Flac", |_| decode(&STEREO_FLAC[..40])),
        ("a FLAC of noise", "Malformed { format: Flac", |_| {
            decode(&[&STEREO_FLAC[..42], &[0x55; 4_000]].concat())
        }),
        ("an Ogg header", "Malformed { format: OggVorbis", |_| decode(&STEREO_OGG[..60])),
        ("Opus", "Unsupported { what: \"Opus\"", |_| {
            decode(b"OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x13OpusHead")
        }),
        ("an MP3 tag", "NoAudio", |_| decode(b"ID3\x04\0\0\0\0\0\x05tags!")),
        ("an MP3 header", "UnknownFormat", |_| decode(&STEREO_MP3[..12])),
    ]);
}

#[test]
fn bad_state_is_refused_by_name() {
    fn packed() -> Vec<u8> {
        let blobs = Blobs::new();
        bundle::to_bytes(&sample(&blobs), &blobs)
    }
    fn unpack(bytes: &[u8]) -> String {
        shown(bundle::from_bytes(bytes))
    }
    check(&[
        ("no bytes", "Bundle(Empty)", |_| unpack(b"")),
        ("text", "Bundle(NotABundle)", |_| unpack(b"{\"format\": \"loophole-project\"}")),
        ("cut in the header", "Bundle(CutShort)", |_| unpack(&packed()[..20])),
        ("cut in the middle", "Bundle(Checksum)", |_| unpack(&packed()[..200])),
        ("one bit", "Bundle(Checksum)", |_| {
            let mut bytes = packed();
            bytes[300] ^= 1;
            unpack(&bytes)
        }),
        ("a later version", "Bundle(Version { found: 2", |_| {
            let mut bytes = packed();
            bytes[8] = 2;
            unpack(&bytes)
        }),
    ]);
}
