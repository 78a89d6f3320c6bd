//! Good inputs.

use std::fs;
use std::path::Path;

use model::history::Clock;
use model::journal::Journal;
use model::{Blobs, ClipId, IdSource, Project, Pulse, ScriptId, TrackId, TrackKind, bundle, edit, file};
use protocol::{Beats, Transaction};

/// What the clock shows, so that the same seeds are the same bytes.
const NOW_MS: u64 = 1_700_000_000_000;

fn fixtures(folder: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../model/fixtures").join(folder);
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    paths.sort();
    paths.iter().filter_map(|path| fs::read(path).ok()).collect()
}

pub(crate) fn projects() -> Vec<Vec<u8>> {
    let empty = file::text(&Pulse::with_ids(IdSource::seeded(1)).project()).into_bytes();
    let mut seeds = fixtures("v1");
    seeds.extend(fixtures("v2"));
    seeds.push(empty);
    seeds
}

pub(crate) fn bundles() -> Vec<Vec<u8>> {
    let loaded = projects().into_iter().filter_map(|text| file::parse(&text, Blobs::new()).ok());
    loaded.map(|loaded| bundle::to_bytes(&loaded.project, &loaded.blobs)).collect()
}

pub(crate) fn journals() -> Vec<Vec<u8>> {
    let written = || -> Option<Vec<u8>> {
        let folder = std::env::temp_dir().join(format!("loophole-fuzz-{}", std::process::id()));
        fs::create_dir_all(&folder).ok()?;
        let path = folder.join("journal");
        let mut journal = Journal::create(&path, &Blobs::hash(b"text")).ok()?;
        for length in 0..8 {
            journal.append(&vec![7; length * 9]).ok()?;
        }
        journal.mark(&Blobs::hash(b"later")).ok()?;
        drop(journal);
        let bytes = fs::read(&path).ok();
        fs::remove_dir_all(folder).ok()?;
        bytes
    };
    written().into_iter().collect()
}

pub(crate) fn media() -> Vec<Vec<u8>> {
    let mut seeds = fixtures("media");
    // A second of nothing in 16 bits, mono, 100 Hz.
    let mut wav = b"RIFF\xec\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x64\x00\x00\x00\xc8\x00\x00\x00\x02\x00\x10\x00data\xc8\x00\x00\x00".to_vec();
    wav.extend([0; 200]);
    seeds.push(wav);
    seeds
}

pub(crate) fn midi() -> Vec<Vec<u8>> {
    let events: &[u8] = b"\x00\xff\x03\x04Lead\x00\xff\x51\x03\x0f\x42\x40\x00\xff\x58\x04\x03\x03\x18\x08\x00\xc0\x05\x00\xb0\x07\x50\x00\x90\x3c\x40\x30\x3e\x40\x30\x80\x3c\x40\x00\x3e\x40\x00\xe0\x00\x50\x00\xf0\x03\x7e\x7f\xf7\x10\xff\x06\x05Verse\x00\xff\x2f\x00";
    let length = u32::try_from(events.len()).unwrap_or(0).to_be_bytes();
    let file = |format: u8, division: [u8; 2]| {
        let mut file = b"MThd\x00\x00\x00\x06\x00".to_vec();
        file.extend([format, 0, 2]);
        file.extend(division);
        for _ in 0..2 {
            file.extend(b"MTrk");
            file.extend(length);
            file.extend(events);
        }
        file
    };
    vec![file(1, [0, 96]), file(2, [1, 0xe0]), file(0, [0xe7, 40])]
}

pub(crate) fn queries() -> Vec<Vec<u8>> {
    let queries: &[&str] = &[
        "table == 'clips' AND track->name == 'Bass' ORDER BY start LIMIT 10",
        "table == 'tracks' AND (COUNT(clips<-track) > 3 OR NOT mute) AND name IN ('Bass', 'Keys')",
        "table == 'tracks' AND EXISTS(clips<-track WHERE muted OR start >= 4.5 beats) ORDER BY name DESC",
        "table == 'devices' AND params.cutoff > 440.5",
        "table == 'clips' AND id != ? AND length < ? AND COUNT(notes WHERE key < 48) > 1 ORDER BY start, name OFFSET 2",
        "table == 'cues' AND number >= 3 AND number < 20 AND call != 'GO' ORDER BY level DESC",
        "table == 'cues' AND (call == 'GO' AND clip->track->name LIKE 'b__s' OR after->number == 4)",
        "table == 'cues' AND call IN ('GO', 'call 7') AND tags CONTAINS 'wash' AND values.left > 2",
        "table == 'clips' AND grading.score == 6 AND table == 'grading' AND EXISTS(cues<-clip WHERE level < 0.5)",
        "table == 'clips' AND EXISTS(->leads.to WHERE edge.weight > 2 AND grading.score IS NOT NULL)",
        "table == 'clips' AND COUNT(<-leads.to WHERE name CONTAINS 'bass') == 1 ORDER BY COUNT(->leads.to), id",
        "table == 'grading' AND score > 3 AND track->output->name IS NULL LIMIT 2",
        "table == 'edges' AND kind == 'leads.to' AND properties.weight <= 1.5 AND (source == ? OR properties.weight != ?)",
    ];
    queries.iter().map(|query| query.as_bytes().to_vec()).collect()
}

pub(crate) fn bundle_contents() -> Vec<Vec<u8>> {
    let contents = projects().into_iter().map(|text| {
        let mut content = (text.len() as u64).to_le_bytes().to_vec();
        content.extend(text);
        content.extend(Blobs::hash(b"sound").0);
        content.extend(5u64.to_le_bytes());
        content.extend(b"sound");
        content
    });
    contents.collect()
}

pub(crate) fn journal_entries() -> Vec<Vec<u8>> {
    vec![b"\x05\x00note\x01\x00\x21\x0101234567890123456789012345678901\x02\x07?".to_vec()]
}

/// A song that the others start from.
pub(crate) fn song() -> Project {
    let mut pulse = Pulse::with_ids(IdSource::seeded(1));
    let (bass, clip) = (TrackId(pulse.new_id()), ClipId(pulse.new_id()));
    let edits = vec![
        edit::track::create(bass, TrackKind::Instrument, "Bass"),
        edit::clip::create_notes(clip, bass, Beats::ZERO, Beats::whole(4)),
    ];
    let _a_smaller_song = commit(&mut pulse, "Begin", edits);
    pulse.project()
}

fn commit(pulse: &mut Pulse, name: &str, edits: Vec<protocol::Edit>) -> bool {
    pulse.commit(Transaction { name: name.into(), author: "test".into(), edits }).is_ok()
}

/// Somebody has worked on a song.
pub(crate) fn played(song: &Project) -> Pulse {
    let mut pulse = Pulse::open(song.clone(), None, IdSource::seeded(2)).0.with_clock(Clock::with(|| NOW_MS));
    for name in ["Keys", "Pad"] {
        let id = TrackId(pulse.new_id());
        let edits = vec![edit::track::create(id, TrackKind::Instrument, name), edit::track::set_pan(id, 0.5)];
        let _seeds_are_few_without = commit(&mut pulse, &format!("Add {name}"), edits);
    }
    let script = ScriptId(pulse.new_id());
    let edits = vec![edit::script::create(script, "Tool", "-- nothing yet\n")];
    let _as_above = commit(&mut pulse, "Add a script", edits);
    pulse
}

/// A history, and the records that it was made of.
pub(crate) fn histories() -> Vec<Vec<u8>> {
    let mut pulse = played(&song());
    let mut seeds = pulse.take_records();
    seeds.push(pulse.history_bytes());
    seeds
}

pub(crate) fn history_contents() -> Vec<Vec<u8>> {
    let history = played(&song()).history_bytes();
    history.get(crate::sealed::HISTORY_HEAD..).map(<[u8]>::to_vec).into_iter().collect()
}

/// Choices: any bytes will do.
pub(crate) fn updates() -> Vec<Vec<u8>> {
    let mut chance = 1u32;
    let mut some = |length: usize| -> Vec<u8> {
        let mut byte = || {
            chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            chance.to_be_bytes()[0]
        };
        (0..length).map(|_| byte()).collect()
    };
    (0..8).map(|length| some(16 << length)).collect()
}
