//! Automation lanes.

use egui::{Event, Key, Modifiers, Pos2, Rect, pos2, vec2};
use model::edit;
use protocol::{Beats, Command, Curve, EntityId, Point};

use super::bench::Bench;
use crate::ids;

/// The cutoff lane of the lead, unfolded and in sight.
fn open() -> (Bench, EntityId, Rect) {
    let mut bench = Bench::song();
    bench.size = pos2(1280.0, 1100.0);
    bench.idle(2);
    let project = bench.project();
    let track = project.tracks().find(|track| track.name() == "Lead").expect("the lead").id().0;
    bench.click_on(ids::of("fold", track));
    bench.idle(2);
    bench.pause();
    bench.take();
    let lane = project.table("lanes").find(|id| {
        let lane = project.lane((*id).into()).expect("a lane");
        lane.param() == "cutoff"
    });
    let lane = lane.expect("the cutoff lane");
    let rect = bench.rect(ids::of("lane", lane));
    (bench, lane, rect)
}

fn points(bench: &Bench, lane: EntityId) -> Vec<Point> {
    bench
        .project()
        .lane(lane.into())
        .expect("the lane")
        .points()
        .into_iter()
        .map(|(_, point)| point)
        .collect()
}

/// Presses, goes through places, lets go.
fn stroke(bench: &mut Bench, path: &[Pos2]) {
    bench.moved(path[0]);
    bench.button(path[0], true);
    for at in path {
        bench.moved(*at);
    }
    bench.button(path[path.len() - 1], false);
}

#[test]
fn a_line_drawn_by_hand_is_one_step_with_few_points() {
    let (mut bench, lane, rect) = open();
    bench.key(Key::P, Modifiers::NONE);
    let before = points(&bench, lane);
    let path: Vec<Pos2> = (0u16..200)
        .map(|step| {
            let x = f32::from(step);
            rect.left_center() + vec2(50.0 + x * 3.0, (x / 25.0).sin() * 15.0)
        })
        .collect();
    stroke(&mut bench, &path);
    assert_eq!(bench.commits(), ["Draw automation"]);
    let drawn = points(&bench, lane);
    assert!((8..80).contains(&drawn.len()), "{} points", drawn.len());
    // What it went over is gone, what was beyond is not.
    assert_eq!(drawn.last(), before.last());
    assert!(!drawn.contains(&before[1]), "under the line");
    bench.pulse.undo("You").expect("an undo");
    assert_eq!(points(&bench, lane), before);
}

#[test]
fn holding_control_draws_without_the_pencil() {
    let (mut bench, lane, rect) = open();
    let control = Modifiers::COMMAND | Modifiers::CTRL;
    bench.frame(vec![Event::ModifiersChanged(control)]);
    bench.modifiers = control;
    let from = rect.left_center() + vec2(30.0, 0.0);
    bench.drag(from, (60.0, -12.0));
    assert_eq!(bench.commits(), ["Draw automation"]);
    assert!(points(&bench, lane).len() > 5);
}

#[test]
fn a_rubber_band_selects_and_the_selection_moves_as_one() {
    let (mut bench, lane, rect) = open();
    let before = points(&bench, lane);
    bench.drag(rect.left_top() + vec2(3.0, 2.0), (rect.width() - 8.0, rect.height() - 4.0));
    assert_eq!(bench.commits(), Vec::<String>::new());
    bench.key(Key::ArrowUp, Modifiers::NONE);
    let commits = bench.commits();
    assert_eq!(commits, ["Move automation points"]);
    let after = points(&bench, lane);
    assert!(before.iter().zip(&after).all(|(from, to)| to.value > from.value && to.at == from.at));
    bench.key(Key::Delete, Modifiers::NONE);
    assert_eq!(points(&bench, lane), []);
}

#[test]
fn a_double_click_adds_a_point_and_another_deletes_it() {
    let (mut bench, lane, rect) = open();
    let count = points(&bench, lane).len();
    let at = rect.left_top() + vec2(30.0, 8.0);
    bench.double_click(at);
    assert_eq!(bench.commits(), ["Add automation point"]);
    assert_eq!(points(&bench, lane).len(), count + 1);
    bench.pause();
    let plot = rect.left_top() + vec2(0.0, 8.0);
    // It stands on the grid, near the pointer.
    let near: Vec<f32> = (0u8..20).map(|x| 20.0 + f32::from(x)).collect();
    let found = near.into_iter().find(|x| {
        bench.double_click(plot + vec2(*x, 0.0));
        let deleted = points(&bench, lane).len() == count;
        bench.pause();
        deleted
    });
    assert!(found.is_some());
}

#[test]
fn alt_and_a_click_change_the_shape_of_a_segment() {
    let (mut bench, lane, rect) = open();
    let first = points(&bench, lane)[0];
    assert_eq!(first.curve, Curve::Linear);
    let zoom = rect.width() / (68.0 * 1.04);
    let at = pos2(rect.left() + zoom * 20.0, rect.top() + 3.0);
    bench.frame(vec![Event::ModifiersChanged(Modifiers::ALT)]);
    bench.modifiers = Modifiers::ALT;
    bench.click(at);
    assert_eq!(bench.commits(), ["Shape automation"]);
    assert_eq!(points(&bench, lane)[0], Point { curve: Curve::Smooth, ..first });
}

#[test]
fn the_keyboard_makes_moves_and_types_a_point() {
    let (mut bench, lane, rect) = open();
    bench.click(rect.left_top() + vec2(4.0, 4.0));
    bench.telemetry.playhead_beats = 40.0;
    bench.key(Key::Insert, Modifiers::NONE);
    assert_eq!(bench.commits(), ["Add automation point"]);
    bench.key(Key::F2, Modifiers::NONE);
    bench.idle(2);
    bench.text("2 kHz");
    bench.key(Key::Enter, Modifiers::NONE);
    assert_eq!(bench.commits(), ["Set automation value"]);
    assert!(points(&bench, lane).iter().any(|point| point.at == Beats::whole(40) && point.value == 2_000.0));
    bench.key(Key::Tab, Modifiers::NONE);
    bench.key(Key::ArrowRight, Modifiers::NONE);
    assert_eq!(bench.commits(), ["Move automation points"]);
}

#[test]
fn a_lane_with_very_many_points_stays_light() {
    let (mut bench, lane, _) = open();
    let before = bench.shapes();
    let rows = (1_000..101_000u64).map(|key| {
        let at = Beats(i64::try_from(key).expect("small") * 10);
        (key, Some(Point { at, value: 500.0 + crate::math::real(at.0 % 7_000), curve: Curve::Linear }))
    });
    let edit = model::edit::lane::change_points(lane.into(), rows);
    bench.commit("Many", vec![edit]);
    bench.idle(2);
    let more = bench.shapes().saturating_sub(before);
    assert!(more < 35_000, "{more} vertices more for a lane some 900 points wide");
}

#[test]
fn a_lane_is_made_higher_at_its_lower_edge() {
    let (mut bench, lane, rect) = open();
    bench.drag(bench.rect(ids::of("lane height", lane)).center(), (0.0, 40.0));
    bench.idle(1);
    let after = bench.rect(ids::of("lane", lane));
    assert!((after.height() - rect.height() - 40.0).abs() < 1.0);
    assert!(bench.take().iter().all(|command| !matches!(command, Command::Commit { .. })));
}

#[test]
fn a_clip_that_is_only_in_the_launcher_is_not_on_the_timeline() {
    let mut bench = Bench::song();
    let project = bench.project();
    let clip = project.clips().find(|clip| clip.name() == "Hook").expect("a clip").id();
    assert!(bench.is_shown(ids::of("clip", clip.0)));
    bench.commit("Launcher only", vec![edit::clip::set_arranged(clip, false)]);
    bench.idle(2);
    assert!(!bench.is_shown(ids::of("clip", clip.0)));
}
