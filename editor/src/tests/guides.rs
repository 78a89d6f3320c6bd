//! Markers, tempo and time signatures.

use egui::{Key, Modifiers, pos2};
use protocol::control::TransportCommand;
use protocol::{Beats, Command, EntityId};

use super::bench::Bench;
use crate::ids;

fn marker(bench: &Bench, name: &str) -> EntityId {
    bench.project().markers().find(|marker| marker.name() == name).expect("a marker").id().0
}

fn at(bench: &Bench, id: EntityId) -> Beats {
    bench.project().markers().find(|marker| marker.id().0 == id).expect("the marker").at()
}

#[test]
fn a_marker_is_dragged_renamed_and_deleted() {
    let mut bench = Bench::song();
    let verse = marker(&bench, "Verse");
    let before = at(&bench, verse);
    let flag = ids::of("marker", verse);
    bench.drag(bench.rect(flag).center(), (80.0, 0.0));
    assert_eq!(bench.commits(), ["Move marker"]);
    assert!(at(&bench, verse) > before);
    bench.pause();
    bench.key(Key::F2, Modifiers::NONE);
    bench.idle(2);
    bench.text("Bridge");
    bench.key(Key::Enter, Modifiers::NONE);
    assert_eq!(bench.commits(), ["Rename marker"]);
    assert_eq!(marker(&bench, "Bridge"), verse);
    bench.key(Key::Delete, Modifiers::NONE);
    assert_eq!(bench.commits(), ["Delete marker"]);
    assert!(bench.project().markers().all(|marker| marker.id().0 != verse));
}

#[test]
fn brackets_jump_from_marker_to_marker() {
    let mut bench = Bench::song();
    let places: Vec<Beats> = bench.project().markers().map(|marker| marker.at()).collect();
    let locate = |bench: &mut Bench, key| {
        bench.key(key, Modifiers::NONE);
        match bench.take().as_slice() {
            [Command::Transport(TransportCommand::Locate { to })] => {
                bench.telemetry.playhead_beats = to.to_beats();
                *to
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(locate(&mut bench, Key::CloseBracket), places[1]);
    assert_eq!(locate(&mut bench, Key::CloseBracket), places[2]);
    assert_eq!(locate(&mut bench, Key::OpenBracket), places[1]);
    bench.status.sync = crate::Sync::Host;
    bench.key(Key::CloseBracket, Modifiers::NONE);
    assert_eq!(bench.take(), [], "the host moves the transport");
}

#[test]
fn the_keyboard_adds_a_tempo_change_and_bends_it() {
    let mut bench = Bench::song();
    bench.telemetry.playhead_beats = 8.0;
    bench.key(Key::T, Modifiers::NONE);
    assert_eq!(bench.commits(), ["Add tempo change"]);
    bench.key(Key::ArrowUp, Modifiers::NONE);
    bench.key(Key::ArrowUp, Modifiers::SHIFT);
    let bpm = bench.project().tempo_map().bpm_at(Beats::whole(9));
    assert!((bpm - 105.1).abs() < 1e-9, "{bpm}");
    bench.key(Key::Delete, Modifiers::NONE);
    assert_eq!(bench.project().tempos().count(), 1);
}

#[test]
fn dragging_a_tempo_change_up_is_one_step_and_control_keeps_it_whole() {
    let mut bench = Bench::song();
    bench.click_on(ids::one("tempo curve"));
    bench.idle(2);
    let id = bench.project().tempos().next().expect("a tempo").id().0;
    let dot = bench.rect(ids::of("tempo change", id)).center();
    bench.drag(dot, (0.0, -31.0));
    assert_eq!(bench.commits(), ["Set tempo"]);
    let bpm = bench.project().tempo_map().bpm_at(Beats::ZERO);
    assert!(bpm > 104.0 && (bpm * 10.0).fract() == 0.0, "{bpm}");
    bench.pause();
    bench.ctx.input_mut(|input| input.modifiers = Modifiers::COMMAND);
    let dot = bench.rect(ids::of("tempo change", id)).center();
    bench.frame(vec![egui::Event::ModifiersChanged(Modifiers::COMMAND | Modifiers::CTRL)]);
    bench.drag(dot, (0.0, 13.0));
    let bpm = bench.project().tempo_map().bpm_at(Beats::ZERO);
    assert_eq!(bpm.fract(), 0.0, "{bpm}");
}

#[test]
fn two_tempo_changes_never_share_a_place() {
    let mut bench = Bench::song();
    for beat in [8.0, 12.0] {
        bench.telemetry.playhead_beats = beat;
        bench.key(Key::T, Modifiers::NONE);
    }
    bench.click_on(ids::one("tempo curve"));
    bench.pause();
    let id = bench.project().tempos().last().expect("three").id().0;
    let row = bench.rect(ids::one("arranger rows"));
    let zoom = f64::from(row.width()) / (68.0 * 1.04);
    let way = crate::math::px(4.0 * zoom);
    bench.drag(bench.rect(ids::of("tempo change", id)).center(), (-way, 0.0));
    let places: Vec<Beats> = bench.project().tempos().map(|tempo| tempo.at()).collect();
    assert_eq!(places, [Beats::ZERO, Beats::whole(8)]);
}

#[test]
fn a_time_signature_moves_from_bar_to_bar() {
    let mut bench = Bench::song();
    bench.telemetry.playhead_beats = 16.0;
    bench.key(Key::T, Modifiers::SHIFT);
    assert_eq!(bench.commits(), ["Add time signature"]);
    bench.key(Key::ArrowDown, Modifiers::NONE);
    bench.key(Key::ArrowRight, Modifiers::NONE);
    bench.key(Key::ArrowLeft, Modifiers::NONE);
    bench.key(Key::ArrowLeft, Modifiers::NONE);
    let project = bench.project();
    let change = project.signatures().last().expect("a change");
    assert_eq!((change.at(), change.numerator(), change.denominator()), (Beats::whole(12), 3, 4));
}

#[test]
fn a_double_click_in_the_marker_lane_adds_one_there() {
    let mut bench = Bench::song();
    let lane = bench.rect(ids::one("marker lane"));
    let count = bench.project().markers().count();
    bench.double_click(pos2(lane.right() - 60.0, lane.center().y));
    assert_eq!(bench.commits(), ["Add marker"]);
    assert_eq!(bench.project().markers().count(), count + 1);
}

#[test]
fn a_tempo_ramps_to_the_next_one() {
    let mut bench = Bench::song();
    bench.telemetry.playhead_beats = 8.0;
    bench.key(Key::T, Modifiers::NONE);
    bench.telemetry.playhead_beats = 12.0;
    bench.key(Key::T, Modifiers::NONE);
    for _ in 0..10 {
        bench.key(Key::ArrowUp, Modifiers::NONE);
    }
    bench.key(Key::Tab, Modifiers::SHIFT);
    bench.take();
    bench.key(Key::R, Modifiers::NONE);
    assert_eq!(bench.commits(), ["Ramp tempo"]);
    let bpm = bench.project().tempo_map().bpm_at(Beats::whole(10));
    assert!((bpm - 109.0).abs() < 1e-6, "{bpm}");
    bench.click_on(ids::one("tempo curve"));
    bench.idle(2);
    bench.key(Key::R, Modifiers::NONE);
    assert_eq!(bench.commits(), ["Jump to tempo"]);
}

#[test]
fn the_punch_range_is_drawn_and_turned_off() {
    let mut bench = Bench::song();
    let strip = bench.rect(ids::one("punch strip"));
    bench.drag(pos2(strip.left() + 100.0, strip.center().y), (120.0, 0.0));
    assert_eq!(bench.commits(), ["Set punch range"]);
    let range = bench.project().root().punch_range().expect("punch is on");
    assert!(range.end > range.start);
    bench.pause();
    bench.key(Key::O, Modifiers::NONE);
    assert_eq!(bench.commits(), ["Punch off"]);
    assert_eq!(bench.project().root().punch_range(), None);
}
