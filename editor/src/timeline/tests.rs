use egui::{pos2, vec2};

use super::*;

fn rect() -> Rect {
    Rect::from_min_size(pos2(100.0, 0.0), vec2(800.0, 100.0))
}

fn signatures(points: &[(i64, u8, u8)]) -> Signatures {
    Signatures::new(
        points
            .iter()
            .map(|&(beat, numerator, denominator)| SignaturePoint {
                at: Beats::whole(beat),
                numerator,
                denominator,
            })
            .collect(),
    )
}

#[test]
fn places_count_from_one() {
    let four = signatures(&[]);
    assert_eq!(four.place(Beats::ZERO).to_string(), "1.1.000");
    assert_eq!(four.place(Beats::from_beats(5.5)).to_string(), "2.2.480");
    assert_eq!(four.place(Beats(-7)).to_string(), "1.1.000");
}

#[test]
fn a_change_of_signature_within_a_bar_starts_a_new_one() {
    let changing = signatures(&[(0, 4, 4), (6, 6, 8)]);
    assert_eq!(changing.place(Beats::from_beats(5.0)), Place { bar: 2, beat: 2, tick: 0 });
    assert_eq!(changing.place(Beats::from_beats(6.0)), Place { bar: 3, beat: 1, tick: 0 });
    assert_eq!(changing.place(Beats::from_beats(6.5)), Place { bar: 3, beat: 2, tick: 0 });
    assert_eq!(changing.bar_around(Beats::from_beats(5.0)), (Beats::whole(4), Beats::whole(6)));
}

#[test]
fn the_grid_gets_coarser_and_finer_with_the_zoom_but_never_dense() {
    for zoom in [0.25, 0.5, 1.0, 3.0, 10.0, 20.0, 60.0, 200.0, 960.0] {
        let view = TimeView { px_per_beat: zoom, left: 3.0 };
        let lines = signatures(&[(0, 7, 8), (40, 3, 4)]).lines(&view, rect());
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
