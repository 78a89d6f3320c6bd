//! MIDI files of other people, as Debian packages have them, come in without loss: compared with what mido reads.
//!
//! `cargo xtask test` installs the packages and mido, and names the Python that has it: then nothing may be missing.
//! Otherwise the test says what it did not do.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use loophole_model::import::{self, Source, Target};
use loophole_model::{Blobs, Clip, IdSource, Project, Pulse};
use protocol::{Beats, MidiMessage, TICKS_PER_BEAT, TempoMap, Transaction};
use serde::Deserialize;

/// Debian packages with MIDI files in them.
const PACKAGES: [&str; 4] = ["mma", "openttd-openmsx", "planetblupi-music-midi", "solfege"];
/// A folder to use instead.
const FOLDER: &str = "LOOPHOLE_MIDI_FILES";
/// The Python that has what tests need; set where everything must be tested.
const PYTHON: &str = "LOOPHOLE_TEST_PYTHON";

/// Says what is missing; where everything must be tested that is a failure.
#[expect(clippy::print_stdout, reason = "somebody should see it")]
fn skip(why: &str) {
    assert!(std::env::var_os(PYTHON).is_none(), "{why}");
    println!("SKIPPED: {why}");
}

/// What mido reads from a file.
#[derive(Deserialize)]
struct Reference {
    path: PathBuf,
    error: Option<String>,
    #[serde(default)]
    division: i64,
    /// Start, end, channel, key, velocity.
    #[serde(default)]
    notes: Vec<(i64, i64, u8, u8, u8)>,
    #[serde(default)]
    events: Vec<(i64, u8, String, i64, i64)>,
    #[serde(default)]
    tempos: Vec<(i64, f64)>,
}

/// Position, channel, kind, two numbers.
type Event = (Beats, u8, String, i64, i64);

/// How often each of some things is there.
fn counted<T: Ord>(items: impl IntoIterator<Item = T>) -> BTreeMap<T, usize> {
    let mut counts = BTreeMap::new();
    for item in items {
        *counts.entry(item).or_default() += 1;
    }
    counts
}

/// What is oftener in `a` than in `b`.
fn beyond<T: Ord + Clone>(a: &BTreeMap<T, usize>, b: &BTreeMap<T, usize>) -> Vec<T> {
    a.iter()
        .filter(|(item, count)| b.get(*item).is_none_or(|other| other < *count))
        .map(|(item, _)| item.clone())
        .collect()
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let below = |entry: std::fs::DirEntry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => files_below(&entry.path()),
        _ => vec![entry.path()],
    };
    entries.flat_map(below).collect()
}

fn midi_files() -> Vec<PathBuf> {
    let mut files = match std::env::var_os(FOLDER) {
        Some(folder) => files_below(Path::new(&folder)),
        None => PACKAGES.iter().flat_map(|package| files_of(package)).collect(),
    };
    let is_midi = |path: &PathBuf| {
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
        extension.is_some_and(|extension| ["mid", "midi", "kar"].contains(&extension.as_str()))
            && path.is_file()
    };
    files.retain(is_midi);
    files.sort();
    files
}

fn files_of(package: &str) -> Vec<PathBuf> {
    let listed =
        Command::new("dpkg").args(["-L", package]).output().ok().filter(|output| output.status.success());
    let text = listed.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.lines().map(PathBuf::from).collect()
}

fn references(files: &[PathBuf]) -> Result<Vec<Reference>, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/midi_files/read.py");
    let python = std::env::var_os(PYTHON).unwrap_or_else(|| "python3".into());
    let output = Command::new(python).arg(script).args(files).output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default().to_owned());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().map(|line| serde_json::from_str(line).expect("the script prints JSON")).collect())
}

fn import(path: &Path) -> (Project, Blobs) {
    let (mut pulse, blobs) = (Pulse::with_ids(IdSource::seeded(1)), Blobs::new());
    let source = import::read(path, &blobs).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(matches!(source, Source::Midi(_)), "{}", path.display());
    let imported = source.edits(&pulse.project(), &Target::default(), &|| pulse.new_id());
    let transaction = Transaction { name: "Import".into(), author: "test".into(), edits: imported.edits };
    pulse.commit(transaction).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    (pulse.project(), blobs)
}

fn events_of(clip: &Clip<'_>, blobs: &Blobs) -> Vec<Event> {
    let event = |(_, event): (u64, protocol::MidiEvent)| {
        let (kind, a, b) = match event.message {
            MidiMessage::Controller { number, value } => ("controller", number.into(), value.into()),
            MidiMessage::Program(value) => ("program", value.into(), 0),
            MidiMessage::PitchBend(value) => ("pitch_bend", value.into(), 0),
            MidiMessage::ChannelPressure(value) => ("channel_pressure", value.into(), 0),
            MidiMessage::KeyPressure { key, value } => ("key_pressure", key.into(), value.into()),
            MidiMessage::SystemExclusive(hash) => {
                let bytes = blobs.read(&hash).expect("its bytes were kept");
                let data = bytes.strip_prefix(&[0xf0]).unwrap_or(&bytes);
                let data = data.strip_suffix(&[0xf7]).unwrap_or(data);
                let sum = data.iter().map(|byte| i64::from(*byte)).sum();
                ("system_exclusive", i64::try_from(data.len()).expect("a message is short"), sum)
            }
        };
        (clip.start() + event.at, event.channel, kind.to_owned(), a, b)
    };
    clip.events().map(event).collect()
}

/// Compares one file, and says how many notes and events it has.
fn check(reference: &Reference) -> (usize, usize) {
    let (project, blobs) = import(&reference.path);
    let name = reference.path.display();
    let beats = |tick: i64| Beats((tick * TICKS_PER_BEAT + reference.division / 2) / reference.division);

    let expected = counted(reference.notes.iter().map(|&(start, end, channel, key, velocity)| {
        (beats(start), (beats(end) - beats(start)).max(Beats(1)), channel, key, velocity)
    }));
    let clips: Vec<_> = project.clips().collect();
    let found = counted(clips.iter().flat_map(|clip| {
        let start = clip.start();
        clip.notes().map(move |(_, note)| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0..=127")]
            let velocity = (note.velocity * 127.0).round() as u8;
            (start + note.start, note.length, note.channel, note.key, velocity)
        })
    }));
    assert_eq!(beyond(&expected, &found), [], "{name}: notes that were lost");
    assert_eq!(beyond(&found, &expected), [], "{name}: notes from nowhere");

    let expected = counted(
        reference
            .events
            .iter()
            .map(|(tick, channel, kind, a, b)| (beats(*tick), *channel, kind.clone(), *a, *b)),
    );
    let found = counted(clips.iter().flat_map(|clip| events_of(clip, &blobs)));
    assert_eq!(beyond(&found, &expected), [], "{name}: events from nowhere");
    let missing = beyond(&expected, &found);
    for (at, channel, kind, number, _) in &missing {
        // A volume or pan that holds throughout is the fader's, as the last one before the first note says.
        assert!(kind == "controller" && matches!(number, 7 | 10), "{name}: lost {kind} {number} at {at:?}");
        let last = missing.iter().rfind(|(_, other, _, same, _)| other == channel && same == number);
        let value = last.map_or(0.0, |last| f64::from(i32::try_from(last.4).expect("seven bits")));
        let is_set = project.tracks().any(|track| match number {
            7 => (track.volume_db() - (40.0 * (value / 127.0).log10()).max(-90.0)).abs() < 1e-9,
            _ => (track.pan() - ((value - 64.0) / 63.0).max(-1.0)).abs() < 1e-9,
        });
        assert!(is_set, "{name}: controller {number} of channel {channel} is no event and no fader");
    }

    let map = project.tempo_map();
    for (tick, micros) in &reference.tempos {
        let bpm = (60_000_000.0 / micros).clamp(TempoMap::MIN_BPM, TempoMap::MAX_BPM);
        assert_eq!(map.bpm_at(beats(*tick)), bpm, "{name}: tempo at tick {tick}");
    }
    (reference.notes.len(), reference.events.len())
}

#[test]
fn files_from_debian_packages_lose_nothing() {
    let files = midi_files();
    if files.is_empty() {
        return skip(&format!("no MIDI files: install {} or set {FOLDER}", PACKAGES.join(", ")));
    }
    let references = match references(&files) {
        Ok(references) => references,
        Err(error) => return skip(&format!("mido cannot be used: {error}")),
    };
    assert_eq!(references.len(), files.len());
    let (mut compared, mut notes, mut events) = (0, 0, 0);
    for reference in &references {
        if let Some(error) = &reference.error {
            println!("{}: mido cannot read it: {error}", reference.path.display());
            continue;
        }
        if reference.notes.is_empty() && reference.tempos.is_empty() {
            continue;
        }
        let (more_notes, more_events) = check(reference);
        compared += 1;
        notes += more_notes;
        events += more_events;
    }
    println!("compared {compared} files with {notes} notes and {events} other events");
    assert!(compared * 10 >= files.len() * 9, "only {compared} of {} files could be compared", files.len());
}
