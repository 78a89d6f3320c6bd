use proptest::prelude::*;

use super::*;

fn map(points: &[(f64, u8, u8)], pickup: f64) -> SignatureMap {
    let point = |&(at, numerator, denominator): &(f64, u8, u8)| SignaturePoint {
        at: Beats::from_beats(at),
        numerator,
        denominator,
    };
    SignatureMap::new(&points.iter().map(point).collect::<Vec<_>>(), Beats::from_beats(pickup))
}

/// Positions in quarter notes, and how they read.
fn check(map: &SignatureMap, places: &[(f64, &str)]) {
    for &(beats, text) in places {
        let at = Beats::from_beats(beats);
        assert_eq!(map.position(at).to_string(), text, "beat {beats}");
        assert_eq!(map.beats(text.parse().expect(text)), at, "{text}");
    }
}

#[test]
fn bars_and_beats_count_from_one() {
    check(&map(&[], 0.0), &[(0.0, "1.1"), (8.0, "3.1"), (64.25, "17.1.240"), (5.5, "2.2.480")]);
}

#[test]
fn a_beat_is_a_note_of_the_denominator() {
    check(&map(&[(0.0, 7, 8)], 0.0), &[(0.5, "1.2"), (3.0, "1.7"), (3.5, "2.1"), (3.75, "2.1.240")]);
}

#[test]
fn a_signature_within_a_bar_cuts_it_short() {
    let map = map(&[(0.0, 4, 4), (6.0, 3, 4)], 0.0);
    check(&map, &[(4.0, "2.1"), (5.0, "2.2"), (6.0, "3.1"), (8.0, "3.3"), (9.0, "4.1")]);
    assert_eq!(map.bar(2).end, Beats::whole(6));
    assert_eq!(map.bar_at(Beats::whole(7)).start, Beats::whole(6));
}

#[test]
fn a_pick_up_is_bar_zero_and_ends_with_the_last_beats() {
    let map = map(&[(9.0, 3, 4)], 1.0);
    check(&map, &[(0.0, "0.4"), (0.5, "0.4.480"), (1.0, "1.1"), (5.0, "2.1"), (9.0, "3.1"), (12.0, "4.1")]);
}

#[test]
fn bars_go_on_before_the_start() {
    check(&map(&[(0.0, 3, 4)], 0.0), &[(-1.0, "0.3"), (-3.0, "0.1"), (-3.5, "-1.3.480")]);
}

#[test]
fn of_two_signatures_at_one_place_the_last_wins() {
    let map = map(&[(0.0, 5, 4), (0.0, 3, 4), (6.0, 2, 4), (6.0, 4, 4)], 0.0);
    check(&map, &[(3.0, "2.1"), (6.0, "3.1"), (10.0, "4.1")]);
}

#[test]
fn beats_past_the_end_of_a_bar_lead_on() {
    let map = map(&[], 0.0);
    assert_eq!(map.beats(BarPosition { bar: 1, beat: 6, ticks: 0 }), Beats::whole(5));
}

#[test]
fn other_texts_are_refused() {
    for text in ["", "x", "1.", "1.0", "1.x", "1.1.", "1.1.-5", "1.1.1.1.1", "1 .2", "1.1.2.x", "+-1", "1e3"]
    {
        assert!(text.parse::<BarPosition>().is_err(), "{text}");
    }
    assert!(format!("1.1.{}", i64::MAX).parse::<BarPosition>().is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_position_reads_back(
        points in prop::collection::vec((0..1_000_000_i64, 1..=64_u8, 0..=5_u32), 0..12),
        pickup in 0..200_000_i64,
        ticks in prop::collection::vec(-1_000_000..5_000_000_i64, 1..50),
    ) {
        let point = |&(at, numerator, power): &(i64, u8, u32)| SignaturePoint {
            at: Beats(at),
            numerator,
            denominator: 1 << power,
        };
        let map = SignatureMap::new(&points.iter().map(point).collect::<Vec<_>>(), Beats(pickup));
        for at in ticks.into_iter().map(Beats) {
            let bar = map.bar_at(at);
            prop_assert!(bar.start <= at && at < bar.end, "{at:?} is not in {bar:?}");
            prop_assert_eq!(map.bar_at(bar.end).number, bar.number + 1, "after {:?}", bar);
            let position = map.position(at);
            prop_assert_eq!(map.beats(position), at, "{}", position);
            prop_assert_eq!(map.beats(position.to_string().parse().expect("as displayed")), at, "{}", position);
        }
    }
}
