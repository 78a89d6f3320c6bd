//! Opening a large project, beside its floor: `serde_json` reading the same bytes into a tree of values.
//!
//! 1,000 tracks, 20,000 clips, 500,000 notes, 100,000 automation points. The most memory that loading takes is printed
//! and checked first.
#![expect(clippy::print_stdout, reason = "a bench reports what it measured")]

use std::collections::BTreeMap;
use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use loophole_model::{Blobs, IdSource, Pulse, file};
use peak_alloc::PeakAlloc;
use protocol::{Beats, Curve, Edit, EntityId, Note, Point, Row, Transaction, Value};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const TRACKS: u32 = 1_000;
const CLIPS_PER_TRACK: u32 = 20;
const NOTES_PER_CLIP: u32 = 25;
const POINTS_PER_TRACK: u32 = 100;
/// What loading may take, in bytes.
const LIMIT_BYTES: usize = 1 << 30;

fn id(kind: u128, number: u32) -> EntityId {
    EntityId(kind << 64 | u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15) & 0xffff_ffff_ffff_ffff)
}

fn create(table: &str, id: EntityId, fields: [(&str, Value); 3]) -> Edit {
    let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Edit::Create { table: table.to_owned(), id, fields }
}

fn notes(clip: u32) -> Value {
    let note = |number: u32| Note {
        start: Beats::from_beats(f64::from(number) * 0.25),
        length: Beats::from_beats(0.2),
        key: u8::try_from(36 + (clip * 7 + number * 5) % 60).unwrap_or(60),
        velocity: f64::from((clip + number * 13) % 127) / 127.0,
        channel: 0,
    };
    Value::Rows((0..NOTES_PER_CLIP).map(|number| (u64::from(number) + 1, Row::Note(note(number)))).collect())
}

fn points(track: u32) -> Value {
    let point = |number: u32| Point {
        at: Beats::whole(i64::from(number)),
        value: -f64::from((track + number * 7) % 60) / 3.0,
        curve: Curve::Linear,
    };
    let rows: BTreeMap<_, _> =
        (0..POINTS_PER_TRACK).map(|number| (u64::from(number) + 1, Row::Point(point(number)))).collect();
    Value::Rows(rows)
}

/// Saves the project.
fn write(path: &Path) {
    let mut pulse = Pulse::with_ids(IdSource::seeded(1));
    let mut edits = Vec::new();
    for track in 0..TRACKS {
        let name = Value::Text(format!("Track {track}"));
        let fields = [
            ("kind", Value::Text("instrument".into())),
            ("name", name),
            ("order", Value::Float(f64::from(track))),
        ];
        edits.push(create("tracks", id(1, track), fields));
        let fields = [
            ("owner", Value::Ref(id(1, track))),
            ("param", Value::Text("volume_db".into())),
            ("points", points(track)),
        ];
        edits.push(create("lanes", id(2, track), fields));
        for clip in 0..CLIPS_PER_TRACK {
            let fields = [
                ("track", Value::Ref(id(1, track))),
                ("start", Value::Beats(Beats::whole(i64::from(clip) * 8))),
                ("notes", notes(track * CLIPS_PER_TRACK + clip)),
            ];
            edits.push(create("clips", id(3, track * CLIPS_PER_TRACK + clip), fields));
        }
    }
    pulse
        .commit(Transaction { name: "Build".into(), author: "bench".into(), edits })
        .expect("the edits are legal");
    file::save(&pulse.project(), &Blobs::new(), path).expect("there is room");
}

fn load(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("Large.loophole");
    write(&path);
    let bytes = std::fs::metadata(&path).expect("it was written").len();

    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let loaded = file::load(&path).expect("what was saved loads");
    let (peak, kept) = (MEMORY.peak_usage() - before, MEMORY.current_usage() - before);
    assert_eq!(loaded.warnings, []);
    assert_eq!(loaded.project.clips().map(|clip| clip.note_count()).sum::<usize>(), 500_000);
    println!(
        "{} MiB of text; loading takes {} MiB at most and keeps {}",
        bytes >> 20,
        peak >> 20,
        kept >> 20
    );
    assert!(peak < LIMIT_BYTES, "loading took {peak} bytes");
    drop(loaded);

    let mut group = criterion.benchmark_group("file");
    group.sample_size(10);
    group.bench_function("load/tracks=1000,clips=20000,notes=500000,points=100000", |bencher| {
        bencher.iter(|| file::load(&path));
    });
    group.bench_function("floor/serde_json/same bytes", |bencher| {
        bencher.iter(|| {
            serde_json::from_slice::<serde_json::Value>(&std::fs::read(&path).expect("it is there"))
        });
    });
    group.finish();
}

criterion_group!(benches, load);
criterion_main!(benches);
