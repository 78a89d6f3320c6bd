use proptest::prelude::*;

use super::*;
use crate::time::TICKS_PER_BEAT;

fn map(points: &[(i64, f64)]) -> TempoMap {
    let points = points.iter().map(|&(beat, bpm)| TempoPoint::jump(Beats::whole(beat), bpm));
    points.collect::<Vec<_>>().into()
}

#[test]
fn a_beat_at_120_bpm_is_half_a_second() {
    assert_eq!(map(&[(0, 120.0)]).secs_at(Beats::whole(3)), 1.5);
}

#[test]
fn a_tempo_change_bends_time_from_its_position_on() {
    let map = map(&[(0, 60.0), (4, 120.0)]);
    assert_eq!(map.secs_at(Beats::whole(4)), 4.0);
    assert_eq!(map.secs_at(Beats::whole(6)), 5.0);
    assert_eq!(map.bpm_at(Beats(4 * TICKS_PER_BEAT - 1)), 60.0);
}

#[test]
fn a_ramp_is_a_line_over_beats_and_ends_at_the_next_tempo() {
    let (from, to) = (TempoPoint::ramp(Beats::whole(4), 60.0), TempoPoint::ramp(Beats::whole(8), 120.0));
    let map = TempoMap::from(vec![from, to]);
    let bpm: Vec<f64> = [0, 4, 5, 7, 8, 90].map(|beat| map.bpm_at(Beats::whole(beat))).to_vec();
    assert_eq!(bpm, [60.0, 60.0, 75.0, 105.0, 120.0, 120.0]);
    // The integral of 60 / (60 + 15 x) over four beats is 4 ln 2.
    let secs = map.secs_at(Beats::whole(8)) - map.secs_at(Beats::whole(4));
    assert!((secs - 4.0 * 2.0_f64.ln()).abs() < 1e-12, "{secs}");
}

#[test]
fn frames_and_beats_convert_back_and_forth() {
    let (map, rate) = (map(&[(0, 97.3), (7, 141.9), (90, 33.1)]), SampleRate(44_100.0));
    for tick in (-100_000..4_000_000).step_by(7_919) {
        let back = map.beats_at(map.frame_at(Beats(tick), rate), rate);
        assert!((back.0 - tick).abs() <= 1, "{tick} came back as {}", back.0);
    }
}

#[test]
fn absurd_tempos_are_clamped() {
    assert_eq!(map(&[(0, f64::NAN)]).bpm_at(Beats::ZERO), TempoMap::DEFAULT_BPM);
    assert_eq!(map(&[(0, 1e9)]).bpm_at(Beats::ZERO), TempoMap::MAX_BPM);
}

#[test]
fn a_map_is_written_as_its_points_and_old_ones_are_read() {
    let map: TempoMap =
        serde_json::from_str(r#"[{"at":0,"bpm":90.0},{"at":5,"bpm":100.0,"transition":"ramp"}]"#)
            .expect("legal");
    assert_eq!(
        map.points().map(|point| point.transition).collect::<Vec<_>>(),
        [Transition::Jump, Transition::Ramp]
    );
    let text = serde_json::to_string(&map).expect("plain data");
    assert_eq!(text, r#"[{"at":0,"bpm":90.0},{"at":5,"bpm":100.0,"transition":"ramp"}]"#);
}

/// Seconds between two positions of sorted points: Gauss and Legendre's rule with five places over short pieces, and
/// compensated sums. It shares nothing with the closed form but the definition of the tempo.
fn integral(points: &[TempoPoint], until: f64) -> f64 {
    const RULE: [(f64, f64); 3] = [
        (0.0, 0.568_888_888_888_888_9),
        (0.538_469_310_105_683_1, 0.478_628_670_499_366_47),
        (0.906_179_845_938_664, 0.236_926_885_056_189_08),
    ];
    let (mut sum, mut lost) = (0.0_f64, 0.0_f64);
    let mut add = |step: f64| {
        let total = sum + step;
        lost += if sum.abs() >= step.abs() { (sum - total) + step } else { (step - total) + sum };
        sum = total;
    };
    for (index, point) in points.iter().enumerate() {
        let from = if index == 0 { 0.0 } else { to_f64(point.at.0) };
        let next = points.get(index + 1);
        let to = next.map_or(f64::INFINITY, |next| to_f64(next.at.0)).min(until);
        if to <= from {
            continue;
        }
        let bpm = |ticks: f64| match next {
            Some(next) if point.transition == Transition::Ramp && ticks > to_f64(point.at.0) => {
                let way = (ticks - to_f64(point.at.0)) / to_f64(next.at.0 - point.at.0);
                point.bpm + (next.bpm - point.bpm) * way
            }
            _ => point.bpm,
        };
        let pieces = if point.transition == Transition::Ramp { 256 } else { 1 };
        for piece in 0..pieces {
            let half = (to - from) / f64::from(pieces) / 2.0;
            let middle = from + half * f64::from(2 * piece + 1);
            for (place, weight) in RULE {
                let sides = if place == 0.0 { 1 } else { 2 };
                for side in [-1.0, 1.0].into_iter().take(sides) {
                    let tempo = bpm(middle + side * place * half);
                    add(weight * half * 60.0 / (to_f64(TICKS_PER_BEAT) * tempo));
                }
            }
        }
    }
    sum + lost
}

/// Points with gaps such that the whole may last ten hours, and where to look.
fn points() -> impl Strategy<Value = Vec<TempoPoint>> {
    let legal = prop_oneof![
        TempoMap::MIN_BPM..=TempoMap::MAX_BPM,
        Just(TempoMap::MIN_BPM),
        Just(TempoMap::MAX_BPM),
        // Slopes so slight that a naive logarithm would lose them.
        (0..20_i32).prop_map(|step| 120.0 + f64::from(step) * 1e-12),
    ];
    let point = (1..30_000_000_i64, legal, any::<bool>());
    prop::collection::vec(point, 1..12).prop_map(|points| {
        let mut at = 0;
        let point = |(gap, bpm, ramps): (i64, f64, bool)| {
            let transition = if ramps { Transition::Ramp } else { Transition::Jump };
            let point = TempoPoint { at: Beats(at), bpm, transition };
            at += gap;
            point
        };
        points.into_iter().map(point).collect()
    })
}

fn rates() -> impl Strategy<Value = SampleRate> {
    prop_oneof![Just(8_000.0), Just(44_100.0), Just(48_000.0), Just(384_000.0), 8_000.0..=384_000.0]
        .prop_map(SampleRate)
}

/// A little more than rounding to the nearest frame leaves.
const HALF: f64 = 0.5 + 1e-3;
const TEN_HOURS: f64 = 36_000.0;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn both_ways_are_within_half_a_frame_over_ten_hours(
        points in points(), rate in rates(), secs in 0.0..TEN_HOURS,
    ) {
        let map = TempoMap::from(points.clone());
        let ticks = map.ticks_at_secs(secs);
        let exact = integral(&points, ticks);
        prop_assert!((exact - secs).abs() * rate.0 <= HALF, "{ticks} ticks last {exact} s, not {secs}");
        let at = map.beats_at_secs(secs);
        let exact = integral(&points, to_f64(at.0));
        let frame = map.frame_at(at, rate);
        prop_assert!((to_f64(frame.0) - exact * rate.0).abs() <= HALF, "{at:?} is at {exact} s, not {frame:?}");
        // And back: the tick nearest to the frame, which is nearest to the tick.
        let back = map.beats_at(frame, rate);
        let off = integral(&points, to_f64(back.0)) - exact;
        let tick = map.secs_at(at + Beats(1)) - map.secs_at(at);
        prop_assert!(off.abs() * rate.0 <= HALF + 0.51 * tick * rate.0, "{at:?} came back as {back:?}");
    }

    #[test]
    fn time_is_monotone(points in points(), rate in rates(), tick in -100_000..300_000_000_i64, frame in any::<u32>()) {
        let map = TempoMap::from(points.clone());
        let places = points.iter().map(|point| point.at.0).chain([tick]);
        for place in places {
            for at in place - 2..place + 2 {
                prop_assert!(map.secs_at(Beats(at)) < map.secs_at(Beats(at + 1)), "around tick {at}");
            }
            let near = map.frame_at(Beats(place), rate).0;
            for frame in [near - 1, near, i64::from(frame)] {
                let ticks = |frame: i64| map.ticks_at_secs(to_f64(frame) / rate.0);
                prop_assert!(ticks(frame) <= ticks(frame + 1), "around frame {frame}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn a_hundred_thousand_changes_do_not_drift(bpm in 10.0..1_000.0_f64, other in 10.0..1_000.0_f64) {
        let points: Vec<TempoPoint> = (0..100_000_i64)
            .map(|index| TempoPoint::jump(Beats(index * 5_000), if index % 2 == 0 { bpm } else { other }))
            .collect();
        let end = Beats(500_000_000);
        let exact = 250_000_000.0 * 60.0 / to_f64(TICKS_PER_BEAT) * (1.0 / bpm + 1.0 / other);
        let found = TempoMap::from(points).secs_at(end);
        prop_assert!((found - exact).abs() <= exact * 1e-14 + 1e-9, "{found} s, not {exact}");
    }
}
