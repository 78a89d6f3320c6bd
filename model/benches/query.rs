//! Queries over 20 000 clips on 1 000 tracks, beside plain loops over the same clips.
#![allow(clippy::unwrap_used, missing_docs, reason = "benches")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use loophole_model as model;
use model::query::{LiveQuery, NO_PARAMS, Param, Query};
use model::{ClipId, IdSource, Project, Pulse, TrackId, TrackKind, edit};
use protocol::{Beats, Transaction, Value};

const TRACKS: i64 = 1_000;
const CLIPS_PER_TRACK: i64 = 20;

fn song() -> (Pulse, Vec<TrackId>) {
    let mut pulse = Pulse::with_ids(IdSource::seeded(1));
    let (mut edits, mut tracks) = (Vec::new(), Vec::new());
    for number in 0..TRACKS {
        let track = TrackId(pulse.new_id());
        edits.push(edit::track::create(track, TrackKind::Instrument, &format!("Track {number}")));
        tracks.push(track);
        for at in 0..CLIPS_PER_TRACK {
            let clip = ClipId(pulse.new_id());
            edits.push(edit::clip::create_notes(clip, track, Beats::whole(4 * at), Beats::whole(4)));
            edits.push(edit::any::set(clip, "name", Value::Text(format!("Clip {number}/{at}"))));
        }
    }
    pulse.commit(Transaction { name: "song".into(), author: "bench".into(), edits }).unwrap();
    (pulse, tracks)
}

/// Parses and binds outside of the loop; checks that the query gives `expected` results.
fn check(project: &Project, text: &str, params: Vec<Param>, expected: usize) -> model::query::Bound {
    let bound = Query::parse(text).unwrap().bind(params).unwrap();
    assert_eq!(bound.run(project).unwrap().len(), expected, "{text}");
    bound
}

fn queries(criterion: &mut Criterion) {
    let (mut pulse, tracks) = song();
    let (project, track) = (pulse.project(), tracks[500]);
    let mut group = criterion.benchmark_group("query/clips=20000");

    let text = "table == 'clips' AND track == ? AND start >= 16 ORDER BY start";
    let bound = check(&project, text, vec![track.0.into()], 16);
    group.bench_function("by reference and order", |bench| bench.iter(|| bound.run(black_box(&project))));
    group.bench_function("by reference and order, parsed each time", |bench| {
        bench.iter(|| Query::parse(text).and_then(|query| query.bind([Param::from(track.0)])?.run(&project)));
    });
    group.bench_function("by reference and order/floor", |bench| {
        let start = Beats::whole(16);
        bench.iter(|| {
            let clips = project.clips().filter(|clip| clip.track() == track && clip.start() >= start);
            clips.map(|clip| clip.id()).collect::<Vec<_>>()
        });
    });

    let bound = check(&project, "table == 'clips' AND track->name == 'Track 500'", vec![], 20);
    group.bench_function("through a reference", |bench| bench.iter(|| bound.run(black_box(&project))));

    let bound = check(&project, "table == 'clips' ORDER BY start DESC LIMIT 10", vec![], 10);
    group.bench_function("last ten", |bench| bench.iter(|| bound.run(black_box(&project))));

    let bound = check(&project, "table == 'clips' AND name == 'Clip 500/7'", vec![], 1);
    group.bench_function("scan for a name", |bench| bench.iter(|| bound.run(black_box(&project))));
    group.bench_function("scan for a name/floor", |bench| {
        bench.iter(|| {
            let clips = project.clips().filter(|clip| clip.name() == "Clip 500/7");
            clips.map(|clip| clip.id()).collect::<Vec<_>>()
        });
    });

    let all = Query::parse("table == 'clips' AND track->name != '' ORDER BY name").unwrap();
    let mut live = LiveQuery::new(&all.bind(NO_PARAMS).unwrap(), &project).unwrap();
    let clip = project.clips().next().unwrap().id();
    let edits = vec![edit::clip::set_start(clip, Beats::whole(900))];
    pulse.commit(Transaction { name: "move".into(), author: "bench".into(), edits }).unwrap();
    let moved = pulse.project();
    let mut there = false;
    group.bench_function("live, one clip touched", |bench| {
        bench.iter(|| {
            there = !there;
            live.update(if there { &moved } else { &project }, &[clip.0])
        });
    });
    group.finish();
}

criterion_group!(benches, queries);
criterion_main!(benches);
