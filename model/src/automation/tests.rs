use proptest::prelude::*;
use protocol::{Curve, Transaction};

use super::*;
use crate::edit;
use crate::pulse::{IdSource, Pulse};
use crate::view::{LaneId, TrackId, TrackKind};

fn point(beat: f64, value: f64, curve: Curve) -> Point {
    Point { at: Beats::from_beats(beat), value, curve }
}

fn line(points: &[(f64, f64)]) -> Vec<Point> {
    points.iter().map(|&(beat, value)| point(beat, value, Curve::Linear)).collect()
}

fn curves() -> impl Strategy<Value = Vec<Point>> {
    let curve = prop_oneof![
        4 => Just(Curve::Linear),
        2 => Just(Curve::Hold),
        1 => Just(Curve::Smooth),
        1 => Just(Curve::Exponential),
    ];
    prop::collection::vec((0..60_i64, -10.0..10.0_f64, curve), 1..60).prop_map(|points| {
        let mut at = 0;
        let point = |(gap, value, curve)| {
            // Several points may be at one position.
            at += gap;
            Point { at: Beats(at), value, curve }
        };
        points.into_iter().map(point).collect()
    })
}

/// The value just before a position, and the one at it.
fn around(points: &[Point], at: i64) -> [Option<f64>; 2] {
    let passed = points.partition_point(|point| point.at < Beats(at));
    let before = match (passed.checked_sub(1).map(|last| points[last]), points.get(passed)) {
        (Some(last), Some(next)) => Some(between(last, *next, Beats(at))),
        (Some(last), None) => Some(last.value),
        (None, next) => next.map(|next| next.value),
    };
    [before, value_at(points, Beats(at))]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_thinned_curve_stays_within_its_tolerance(points in curves(), tolerance in 0.0..8.0_f64) {
        let thinned = thin(&points, tolerance);
        prop_assert_eq!(thinned.first(), points.first());
        prop_assert_eq!(thinned.last(), points.last());
        prop_assert!(thinned.len() <= points.len());
        let end = points.last().map_or(0, |last| last.at.0) + 2;
        for at in 0..end {
            for (was, is) in around(&points, at).into_iter().zip(around(&thinned, at)) {
                let off = (was.unwrap_or(0.0) - is.unwrap_or(0.0)).abs();
                prop_assert!(off <= tolerance + 1e-9, "{off} off at {at}: {thinned:?}");
            }
        }
    }

    #[test]
    fn what_is_written_counts_and_the_rest_stays(
        old in curves(), taken in prop::collection::vec((1..40_i64, -10.0..10.0_f64), 2..40), start in 0..900_i64,
    ) {
        let (mut song, lane) = song(&old);
        let mut take = Take::new(Curve::Linear);
        let (mut at, mut written) = (start, Vec::new());
        for (gap, value) in taken {
            take.push(Beats(at), value);
            written.push(Point { at: Beats(at), value, curve: Curve::Linear });
            at += gap;
        }
        let edit = punch(&song.project().lane(lane).expect("there"), &take, 0.25, None).expect("something");
        commit(&mut song, vec![edit]);
        let old: Vec<Point> = lane_points(&old);
        let new: Vec<Point> = points_of(&song, lane);
        let last = written.last().map_or(0, |last| last.at.0);
        for at in (0..3_000).step_by(3) {
            let is = value_at(&new, Beats(at)).expect("points");
            let was = value_at(if (start..=last).contains(&at) { &written } else { &old }, Beats(at));
            // A bent stretch that is cut is drawn in lines of the same tolerance, and a little for its own bend.
            let off = (is - was.expect("points")).abs();
            let next_to = at == start - 1 || at == last + 1;
            prop_assert!(off <= 0.25 + 0.1 || next_to, "{off} off at {at}, written {start}..={last}");
        }
    }
}

/// As a lane gives them: of a key each, by position.
fn lane_points(points: &[Point]) -> Vec<Point> {
    let mut points = points.to_vec();
    points.sort_by_key(|point| point.at);
    points
}

fn commit(song: &mut Pulse, edits: Vec<protocol::Edit>) {
    song.commit(Transaction { name: "step".into(), author: "me".into(), edits }).expect("legal");
}

fn song(points: &[Point]) -> (Pulse, LaneId) {
    let mut song = Pulse::with_ids(IdSource::seeded(1));
    let (track, lane) = (TrackId(song.new_id()), LaneId(song.new_id()));
    commit(
        &mut song,
        vec![
            edit::track::create(track, TrackKind::Audio, "a"),
            edit::lane::create(lane, track, "volume_db"),
            edit::lane::change_points(lane, (1..).zip(points.iter().map(|point| Some(*point)))),
        ],
    );
    (song, lane)
}

fn points_of(song: &Pulse, lane: LaneId) -> Vec<Point> {
    let project = song.project();
    project.lane(lane).expect("there").points().into_iter().map(|(_, point)| point).collect()
}

#[test]
fn a_straight_line_keeps_its_ends() {
    let points = line(&[(0.0, 0.0), (1.0, 1.0), (2.0, 2.01), (3.0, 3.0)]);
    assert_eq!(thin(&points, 0.02), line(&[(0.0, 0.0), (3.0, 3.0)]));
    assert_eq!(thin(&points, 0.001).len(), 4);
    assert_eq!(thin(&[], 1.0), []);
}

#[test]
fn a_pass_over_the_loop_replaces_the_one_before() {
    let (song, lane) = song(&[]);
    let mut take = Take::new(Curve::Linear);
    for (beat, value) in [(1.0, -3.0), (2.0, -4.0), (3.0, -5.0), (1.5, -9.0), (2.5, -8.0)] {
        take.push(Beats::from_beats(beat), value);
    }
    let project = song.project();
    let mut song = song;
    let edit = punch(&project.lane(lane).expect("there"), &take, 0.0, None).expect("something");
    commit(&mut song, vec![edit]);
    let value = |beat: f64| value_at(&points_of(&song, lane), Beats::from_beats(beat)).expect("points");
    assert_eq!([value(1.0), value(1.5), value(2.0), value(2.5), value(3.0)], [-3.0, -9.0, -8.5, -8.0, -5.0]);
}

#[test]
fn outside_of_the_punch_range_nothing_is_written() {
    let (mut song, lane) = song(&line(&[(0.0, 0.0), (8.0, 0.0)]));
    let mut take = Take::new(Curve::Linear);
    take.push(Beats::ZERO, -10.0);
    take.extend(Beats::whole(8));
    let range = Beats::whole(2)..Beats::whole(4);
    let project = song.project();
    let edit = punch(&project.lane(lane).expect("there"), &take, 0.0, Some(range)).expect("something");
    commit(&mut song, vec![edit]);
    let value = |beat: f64| value_at(&points_of(&song, lane), Beats::from_beats(beat)).expect("points");
    assert_eq!([value(1.0), value(2.0), value(3.0), value(4.0), value(5.0)], [0.0, -10.0, -10.0, -10.0, 0.0]);
    let nowhere = Beats::whole(20)..Beats::whole(30);
    let project = song.project();
    assert_eq!(punch(&project.lane(lane).expect("there"), &take, 0.0, Some(nowhere)), None);
}
