//! What keeping a history costs, beside what Loro alone costs for the same: `history/operation/what`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use loophole_model::view::{TrackId, TrackKind};
use loophole_model::{IdSource, Pulse, edit};
use loro::{LoroDoc, LoroValue};
use protocol::{Edit, Transaction};

/// How many entities the projects have.
const ENTITIES: usize = 10_000;

fn transaction(edits: Vec<Edit>) -> Transaction {
    Transaction { name: "Set volume".into(), author: "me".into(), edits }
}

/// A store of many tracks that nobody has touched, and their ids.
fn store() -> (Pulse, Vec<TrackId>) {
    let mut pulse = Pulse::with_ids(IdSource::seeded(1));
    let tracks: Vec<TrackId> = (0..ENTITIES - 2).map(|_| TrackId(pulse.new_id())).collect();
    let edits = tracks.iter().map(|&id| edit::track::create(id, TrackKind::Instrument, "Track"));
    pulse.commit(transaction(edits.collect())).expect("legal");
    (Pulse::from_project_with_ids(pulse.project(), IdSource::seeded(2)), tracks)
}

/// Different from one step to the next.
fn volume(step: usize) -> f64 {
    -f64::from(u32::try_from(step % 80).unwrap_or(0)) - 0.5
}

fn doc() -> LoroDoc {
    let doc = LoroDoc::new();
    doc.set_change_merge_interval(0);
    for track in 0..ENTITIES {
        doc.get_map(format!("{track:032x}")).insert("@", LoroValue::I64(1)).expect("ours");
    }
    doc.commit();
    doc
}

fn doc_write(doc: &LoroDoc, track: usize, step: usize) {
    let value = LoroValue::String(format!("{{\"v\":{{\"value\":{{\"float\":{}}}}}}}", volume(step)).into());
    doc.get_map(format!("{:032x}", track % ENTITIES)).insert("volume_db", value).expect("ours");
}

fn doc_commit(doc: &LoroDoc, step: usize) {
    doc.set_next_commit_message(&format!("{{\"name\":\"Set volume\",\"author\":\"me\",\"at\":{step}}}"));
    doc.commit();
}

fn one_edit(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("history/edit");
    let doc = doc();
    let mut step = 0;
    group.bench_function("floor=loro", |bencher| {
        bencher.iter(|| {
            step += 1;
            doc_write(&doc, step * 7, step);
            doc_commit(&doc, step);
        });
    });
    let (mut pulse, tracks) = store();
    group.bench_function("entities=10000", |bencher| {
        bencher.iter(|| {
            step += 1;
            let edit = edit::track::set_volume_db(tracks[step * 7 % tracks.len()], volume(step));
            pulse.commit(transaction(vec![edit])).expect("legal");
            black_box(pulse.project())
        });
    });
    group.bench_function("entities=10000,journal", |bencher| {
        bencher.iter(|| {
            step += 1;
            let edit = edit::track::set_volume_db(tracks[step * 7 % tracks.len()], volume(step));
            pulse.commit(transaction(vec![edit])).expect("legal");
            black_box(pulse.take_records())
        });
    });
}

fn many_edits(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("history/edits=10000");
    group.sample_size(10);
    let doc = doc();
    let mut step = 0;
    group.bench_function("floor=loro", |bencher| {
        bencher.iter(|| {
            step += 1;
            (0..ENTITIES).for_each(|track| doc_write(&doc, track, step));
            doc_commit(&doc, step);
        });
    });
    let (mut pulse, tracks) = store();
    group.bench_function("one commit", |bencher| {
        bencher.iter_custom(|count| {
            let mut spent = Duration::ZERO;
            for _ in 0..count {
                step += 1;
                let edits = (0..ENTITIES)
                    .map(|at| edit::track::set_volume_db(tracks[at % tracks.len()], volume(step)));
                let transaction = transaction(edits.collect());
                let start = Instant::now();
                pulse.commit(transaction).expect("legal");
                spent += start.elapsed();
            }
            spent
        });
    });
}

fn undo(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("history/undo");
    let (mut pulse, tracks) = store();
    for step in 0..20_000 {
        let edit = edit::track::set_volume_db(tracks[step * 7 % tracks.len()], volume(step));
        pulse.commit(transaction(vec![edit])).expect("legal");
    }
    group.bench_function("entities=10000,commits=20000", |bencher| {
        bencher.iter(|| {
            pulse.undo("me").expect("alone");
            pulse.redo("me").expect("alone")
        });
    });
    let bytes = pulse.history_bytes();
    let project = pulse.project();
    group.sample_size(10);
    let open = || Pulse::open(project.clone(), Some(&bytes), IdSource::seeded(3)).0;
    let wait = |pulse: &Pulse| {
        while !pulse.is_history_ready() {
            std::thread::sleep(Duration::from_millis(1));
        }
    };
    // Opening starts a thread that unpacks the history; the next opening is not to share the machine with it.
    let timed = |count: u64, run: &dyn Fn() -> Duration| (0..count).map(|_| run()).sum::<Duration>();
    group.bench_function("open", |bencher| {
        bencher.iter_custom(|count| {
            timed(count, &|| {
                let start = Instant::now();
                let opened = open();
                let spent = start.elapsed();
                wait(&opened);
                spent
            })
        });
    });
    group.bench_function("unpacked after open", |bencher| {
        bencher.iter_custom(|count| {
            timed(count, &|| {
                let start = Instant::now();
                wait(&open());
                start.elapsed()
            })
        });
    });
    group.bench_function("first undo after open", |bencher| {
        bencher.iter_custom(|count| {
            timed(count, &|| {
                let mut opened = open();
                wait(&opened);
                let start = Instant::now();
                opened.undo("me").expect("alone");
                start.elapsed()
            })
        });
    });
}

fn merge(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("history/merge");
    let (mut one, tracks) = store();
    let mut two = Pulse::from_project_with_ids(one.project(), IdSource::seeded(4));
    let mut step = 0;
    group.bench_function("one edit there and one here", |bencher| {
        bencher.iter_custom(|count| {
            let mut spent = Duration::ZERO;
            for _ in 0..count {
                step += 1;
                let edit = |at: usize| edit::track::set_volume_db(tracks[at % tracks.len()], volume(step));
                one.commit(transaction(vec![edit(step)])).expect("legal");
                two.commit(transaction(vec![edit(step + 1)])).expect("legal");
                let update = two.updates_since(&one.version()).expect("one history");
                let start = Instant::now();
                black_box(one.merge(&update)).expect("sound");
                spent += start.elapsed();
                two.merge(&one.updates_since(&two.version()).expect("one history")).expect("sound");
            }
            spent
        });
    });
}

criterion_group!(benches, one_edit, many_edits, undo, merge);
criterion_main!(benches);
