use egui::{pos2, vec2};

use super::*;

fn rect() -> Rect {
    Rect::from_min_size(pos2(100.0, 0.0), vec2(800.0, 100.0))
}

fn signatures(points: &[(i64, u8, u8)]) -> SignatureMap {
    let point =
        |&(beat, numerator, denominator)| SignaturePoint { at: Beats::whole(beat), numerator, denominator };
    SignatureMap::new(&points.iter().map(point).collect::<Vec<_>>(), Beats::ZERO)
}

#[test]
fn places_count_from_one() {
    let four = signatures(&[]);
    assert_eq!(full_place(&four, Beats::ZERO), "1.1.000");
    assert_eq!(full_place(&four, Beats::from_beats(5.5)), "2.2.480");
}

#[test]
fn a_change_of_signature_within_a_bar_starts_a_new_one() {
    let changing = signatures(&[(0, 4, 4), (6, 6, 8)]);
    assert_eq!(bar_around(&changing, Beats::from_beats(5.0)), (Beats::whole(4), Beats::whole(6)));
    let bars = grid_lines(&changing, &TimeView::new(20.0), rect());
    let starts = bars.iter().filter(|line| matches!(line.rank, Rank::Bar(_))).map(|line| line.at.to_beats());
    assert_eq!(starts.take(4).collect::<Vec<_>>(), [0.0, 4.0, 6.0, 9.0]);
}

#[test]
fn bars_are_counted_from_the_end_of_the_pick_up() {
    let upbeat = SignatureMap::new(&[], Beats::whole(1));
    assert_eq!(full_place(&upbeat, Beats::whole(1)), "1.1.000");
    assert_eq!(bar_around(&upbeat, Beats::ZERO), (Beats::ZERO, Beats::whole(1)));
    let view = TimeView::new(12.0);
    assert_eq!(Snap::Bar.nearest(&view, &upbeat, 4.6), Beats::whole(5));
    assert_eq!(Snap::Bar.below(&view, &upbeat, 0.6), Beats::ZERO);
    let lines = grid_lines(&upbeat, &view, rect());
    assert_eq!(lines[0], GridLine { at: Beats::ZERO, rank: Rank::Beat(4) });
    assert_eq!(lines[1], GridLine { at: Beats::whole(1), rank: Rank::Bar(1) });
}

#[test]
fn the_grid_gets_coarser_and_finer_with_the_zoom_but_never_dense() {
    for zoom in [0.25, 0.5, 1.0, 3.0, 10.0, 20.0, 60.0, 200.0, 960.0] {
        let view = TimeView { px_per_beat: zoom, left: 3.0 };
        let lines = grid_lines(&signatures(&[(0, 7, 8), (40, 3, 4)]), &view, rect());
        let seen: Vec<_> = lines.iter().map(|line| view.x(rect(), line.at)).collect();
        let tight = seen.windows(2).filter(|pair| pair[1] - pair[0] < 4.0).count();
        assert!(tight <= 1, "zoom {zoom}: {tight} pairs of lines are closer than four points");
        assert!(lines.len() < 250, "zoom {zoom}: {} lines", lines.len());
    }
}

#[test]
fn zooming_keeps_the_place_under_the_pointer() {
    let mut view = TimeView { px_per_beat: 20.0, left: 8.0 };
    let before = view.beats_at(rect(), 500.0);
    view.zoom_around(rect(), 500.0, 1.7);
    assert!((view.beats_at(rect(), 500.0) - before).abs() < 1e-9);
}

#[test]
fn snapping_goes_to_the_nearest_place() {
    let (view, four) = (TimeView::new(20.0), signatures(&[]));
    let check = |snap: Snap, beats: f64, expected: f64| {
        assert_eq!(snap.nearest(&view, &four, beats), Beats::from_beats(expected), "{snap:?} {beats}");
    };
    check(Snap::Bar, 5.9, 4.0);
    check(Snap::Bar, 6.1, 8.0);
    check(Snap::Beat, 6.4, 6.0);
    check(Snap::Half, 6.4, 6.5);
    check(Snap::Quarter, 6.4, 6.5);
    check(Snap::Off, 6.4, 6.4);
    check(Snap::Beat, -3.0, 0.0);
    assert_eq!(Snap::Bar.below(&view, &four, 7.9), Beats::whole(4));
}
