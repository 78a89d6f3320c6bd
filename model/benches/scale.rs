//! What an edit costs in a project far larger than any song: 1,000 tracks, 20,000 clips, 500,000 notes and 100,000
//! automation points. The floor is what no store of immutable snapshots can do without: one persistent map of as many
//! entities, cloned, and one entry of it changed.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use loophole_model::plan::Deriver;
use loophole_model::{ClipId, DeviceId, IdSource, LaneId, Pulse, TrackId, TrackKind, edit};
use protocol::{Beats, Curve, DeviceKind, Edit, EntityId, Note, Point, Transaction};
use rpds::HashTrieMapSync;

const TRACKS: usize = 1_000;
const CLIPS: i64 = 20;
const NOTES: i64 = 25;
const POINTS: i64 = 100;

struct Song {
    pulse: Pulse,
    tracks: Vec<TrackId>,
    /// The first clip of each track.
    clips: Vec<ClipId>,
}

impl Song {
    fn new() -> Self {
        let mut song = Self {
            pulse: Pulse::with_ids(IdSource::seeded(1)),
            tracks: Vec::with_capacity(TRACKS),
            clips: Vec::with_capacity(TRACKS),
        };
        for _ in 0..TRACKS {
            song.add_track();
        }
        // What was just built is not what is measured.
        let project = song.pulse.project();
        song.pulse = Pulse::from_project_with_ids(project, IdSource::seeded(2));
        song
    }

    fn add_track(&mut self) {
        let track = TrackId(self.pulse.new_id());
        let device = DeviceId(self.pulse.new_id());
        let lane = LaneId(self.pulse.new_id());
        let point = |at: i64| Point {
            at: Beats::whole(at),
            value: if at % 2 == 0 { -6.0 } else { -3.0 },
            curve: Curve::Linear,
        };
        let mut edits = vec![
            edit::track::create(track, TrackKind::Instrument, "Track"),
            edit::device::create_builtin(device, track, DeviceKind::Synth, 0.0),
            edit::lane::create(lane, track, "pan"),
            edit::lane::change_points(
                lane,
                (0..POINTS).map(|at| (at.unsigned_abs(), Some(Point { value: 0.1, ..point(at) }))),
            ),
        ];
        for number in 0..CLIPS {
            let clip = ClipId(self.pulse.new_id());
            if number == 0 {
                self.clips.push(clip);
            }
            edits.push(edit::clip::create_notes(clip, track, Beats::whole(16 * number), Beats::whole(16)));
            let note = |at: i64| Note {
                start: Beats(at * 7_000),
                length: Beats(5_000),
                key: 60,
                velocity: 0.8,
                channel: 0,
            };
            let notes = (0..NOTES).map(|at| (at.unsigned_abs(), Some(note(at))));
            edits.push(edit::clip::change_notes(clip, notes));
        }
        self.tracks.push(track);
        self.commit(edits);
    }

    fn commit(&mut self, edits: Vec<Edit>) {
        let transaction = Transaction { name: "Edit".into(), author: "bench".into(), edits };
        if let Err(error) = self.pulse.commit(transaction) {
            panic!("{error}");
        }
    }
}

fn edits(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("scale");
    let mut song = Song::new();
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
            let clip = song.clips[turn % TRACKS];
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

/// Another level at every turn.
fn volume(turn: usize) -> f64 {
    -((turn % 90) as f64) / 1.5 - (turn / 90 % 7) as f64 / 10.0
}

fn velocity(turn: usize) -> f64 {
    (turn % 101) as f64 / 101.0
}

criterion_group!(benches, edits);
criterion_main!(benches);
