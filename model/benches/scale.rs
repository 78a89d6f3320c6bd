//! What an edit costs in a project far larger than any song: 1,000 tracks, 20,000 clips, 500,000 notes and 100,000
//! automation points. The floor is what no store of immutable snapshots can do without: one persistent map of as many
//! entities, cloned, and one entry of it changed.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use loophole_model::edit;
use loophole_model::plan::Deriver;
use protocol::{Beats, EntityId, Note};
use rpds::HashTrieMapSync;

#[path = "shared/song.rs"]
mod song;

use song::{CLIPS, Song, TRACKS, volume};

fn edits(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("scale");
    let mut song = Song::new(TRACKS);
    let project = song.pulse.project();
    let params = format!("tracks={TRACKS},entities={}", project.len());

    let mut floor: HashTrieMapSync<EntityId, std::sync::Arc<[u64; 4]>> =
        (0..project.len()).map(|id| (EntityId(id as u128 * 0x9e37_79b9), [0; 4].into())).collect();
    let mut number = 0_u64;
    group.bench_function(format!("floor/map_update_and_clone/{params}"), |bench| {
        bench.iter(|| {
            number += 1;
            let id = EntityId((number % 1_000) as u128 * 0x9e37_79b9);
            floor.insert_mut(id, [number; 4].into());
            black_box(floor.clone());
        });
    });

    let mut turn = 0_usize;
    group.bench_function(format!("commit_and_snapshot/field=volume_db/{params}"), |bench| {
        bench.iter(|| {
            turn += 1;
            let track = song.tracks[turn % TRACKS];
            song.commit(vec![edit::track::set_volume_db(track, volume(turn))]);
            black_box(song.pulse.project());
        });
    });

    let mut deriver = Deriver::new();
    let mut plan = deriver.derive(&song.pulse.project());
    group.bench_function(format!("commit_snapshot_and_plan/field=volume_db/{params}"), |bench| {
        bench.iter(|| {
            turn += 1;
            let track = song.tracks[turn % TRACKS];
            song.commit(vec![edit::track::set_volume_db(track, volume(turn))]);
            plan = deriver.update(&song.pulse.project(), &[track.0]);
        });
    });
    group.bench_function(format!("commit_snapshot_and_plan/one_note/{params}"), |bench| {
        bench.iter(|| {
            turn += 1;
            let clip = song.clips[turn % TRACKS * CLIPS];
            let note =
                Note { start: Beats(1), length: Beats(9), key: 61, velocity: velocity(turn), channel: 0 };
            song.commit(vec![edit::clip::set_note(clip, 3, note)]);
            plan = deriver.update(&song.pulse.project(), &[clip.0]);
        });
    });
    group.bench_function(format!("plan/derive_after_one_edit/{params}"), |bench| {
        bench.iter(|| {
            turn += 1;
            let track = song.tracks[turn % TRACKS];
            song.commit(vec![edit::track::set_volume_db(track, volume(turn))]);
            plan = deriver.derive(&song.pulse.project());
        });
    });
    black_box(&plan);
    group.finish();
}

fn velocity(turn: usize) -> f64 {
    (turn % 101) as f64 / 101.0
}

criterion_group!(benches, edits);
criterion_main!(benches);
