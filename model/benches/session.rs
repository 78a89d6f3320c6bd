//! What sessions cost in a project far larger than any song (1,000 tracks, 20,000 clips, 500,000 notes), each beside the
//! least that any store could do for the same: `session/what`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use loophole_model::diff::Diff;
use loophole_model::session::{About, Operation};
use loophole_model::{Project, SessionCommit, edit, merge};
use protocol::{Beats, Edit, SessionId};
use rpds::HashTrieMapSync;

#[path = "shared/song.rs"]
mod song;

use song::{Song, TRACKS, volume};

/// How many edits the large session makes.
const EDITS: usize = 10_000;

impl Song {
    fn open(&mut self) -> SessionId {
        let about = About { name: "Humanize".into(), author: "script".into(), ..About::default() };
        self.pulse.open_session(about)
    }

    /// A session with so many edits of single fields.
    fn edited(&mut self, edits: Vec<Edit>) -> SessionId {
        let session = self.open();
        let operation = Operation { name: "Humanize".into(), edits };
        self.pulse.edit_session(session, operation).expect("legal");
        session
    }

    /// So many fields of as many clips, set to something else than the last time.
    fn shifted(&self, turn: usize, count: usize) -> Vec<Edit> {
        let at = |number: usize| Beats(1 + i64::try_from(turn * EDITS + number).unwrap_or(0));
        let clips = self.clips.iter().take(count).enumerate();
        clips.map(|(number, &clip)| edit::clip::set_start(clip, at(number))).collect()
    }
}

/// Times `run` alone, on what `prepare` makes.
fn timed<T, U>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    song: &mut Song,
    mut prepare: impl FnMut(&mut Song, usize) -> T,
    mut run: impl FnMut(&mut Song, T) -> U,
) {
    let mut turn = 0;
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|count| {
            let mut spent = Duration::ZERO;
            for _ in 0..count {
                turn += 1;
                let prepared = prepare(song, turn);
                let start = Instant::now();
                let result = run(song, prepared);
                spent += start.elapsed();
                drop(result);
            }
            spent
        });
    });
}

fn accept(song: &mut Song, session: SessionId) {
    let done = song.pulse.commit_session(session).expect("open");
    assert!(matches!(done, SessionCommit::Done(_)), "nobody else is at work");
}

fn opening(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("session/open");
    for tracks in [10, TRACKS] {
        let mut song = Song::new(tracks);
        let project = song.pulse.project();
        let name = format!("floor=snapshot/tracks={tracks}");
        group.bench_function(name, |bencher| bencher.iter(|| black_box(project.clone())));
        let name = format!("tracks={tracks}");
        timed(
            &mut group,
            &name,
            &mut song,
            |_, _| (),
            |song, ()| {
                let session = song.open();
                song.pulse.discard_session(session).expect("open");
            },
        );
        let name = format!("tracks={tracks},one edit");
        timed(
            &mut group,
            &name,
            &mut song,
            |song, turn| song.shifted(turn, 1),
            |song, edits| {
                let session = song.edited(edits);
                song.pulse.discard_session(session).expect("open");
            },
        );
    }
}

fn floor_map(entities: usize) -> HashTrieMapSync<u128, u64> {
    (0..entities as u128).map(|id| (id.wrapping_mul(0x9e37_79b9_7f4a_7c15), 0)).collect()
}

fn committing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group(format!("session/tracks={TRACKS}"));
    group.sample_size(10);
    let mut song = Song::new(TRACKS);
    let mut map = floor_map(song.pulse.project().len());
    let mut number = 0;
    group.bench_function(format!("floor=map/update={EDITS}"), |bencher| {
        bencher.iter(|| {
            number += 1;
            for id in 0..EDITS as u128 {
                map.insert_mut(id.wrapping_mul(0x9e37_79b9_7f4a_7c15), number);
            }
            map.clone()
        });
    });
    let session = song.edited(song.shifted(0, 100));
    let diff = |song: &mut Song, ()| song.pulse.sessions().get(session).expect("open").diff();
    timed(&mut group, "diff/edits=100", &mut song, |_, _| (), diff);
    let lines = |song: &mut Song, ()| song.pulse.sessions().get(session).expect("open").lines();
    timed(&mut group, "diff in words/edits=100", &mut song, |_, _| (), lines);
    song.pulse.discard_session(session).expect("open");
    let one = |song: &mut Song, turn: usize| song.edited(song.shifted(turn, 1));
    timed(&mut group, "accept/edits=1", &mut song, one, accept);
    let beside = |song: &mut Song, turn: usize| {
        let session = song.edited(song.shifted(turn, 1));
        let track = song.tracks[turn % TRACKS];
        song.commit(vec![edit::track::set_volume_db(track, volume(turn))]);
        session
    };
    timed(&mut group, "accept beside another's edit/edits=1", &mut song, beside, accept);
    let many = |song: &mut Song, turn: usize| song.edited(song.shifted(turn, EDITS));
    timed(&mut group, &format!("accept/edits={EDITS}"), &mut song, many, accept);
    let beside = |song: &mut Song, turn: usize| {
        let session = song.edited(song.shifted(turn, EDITS));
        let track = song.tracks[turn % TRACKS];
        song.commit(vec![edit::track::set_volume_db(track, volume(turn))]);
        session
    };
    timed(&mut group, &format!("accept beside another's edit/edits={EDITS}"), &mut song, beside, accept);
}

/// Both sides changed a hundred clips, none of them the same.
fn merging(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group(format!("session/merge/tracks={TRACKS}"));
    group.sample_size(10);
    let mut song = Song::new(TRACKS);
    let base = song.pulse.project();
    let theirs = base.apply(&song.shifted(1, 100)).expect("legal");
    let volumes = song.tracks.iter().take(100).map(|&track| edit::track::set_volume_db(track, -3.0));
    let ours = base.apply(&volumes.collect::<Vec<_>>()).expect("legal");
    let look = |project: &Project| project.records().map(|record| record.fields.len()).sum::<usize>();
    group.bench_function("floor=look at every entity", |bencher| bencher.iter(|| look(&base)));
    timed(
        &mut group,
        "three-way/edits=100+100",
        &mut song,
        |_, _| (),
        |_, ()| {
            let merge = merge::three_way(&base, &ours, &theirs).expect("one song");
            assert!(merge.conflicts.is_empty());
            merge
        },
    );
    group.bench_function("diff/edits=100", |bencher| bencher.iter(|| Diff::between(&base, &theirs)));
}

criterion_group!(benches, opening, committing, merging);
criterion_main!(benches);
