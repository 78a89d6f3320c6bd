//! Faders, knobs, switches.

use egui::{Key, Modifiers};
use protocol::control::TransportCommand;
use protocol::{Command, EntityId, NodeId, NodeRole, ParamId, StreamFrame};

use super::bench::Bench;
use crate::ids;

fn first_track(bench: &Bench) -> EntityId {
    bench.project().tracks().next().expect("a track").id().into()
}

#[test]
fn a_fader_drag_is_one_gesture_with_one_commit() {
    let mut bench = Bench::song();
    let track = first_track(&bench);
    let node = NodeId { entity: track, role: NodeRole::Strip };
    let before = bench.project().track(track.into()).expect("the track").volume_db();
    bench.drag(bench.rect(ids::of("fader", track)).center(), (-30.0, 0.0));
    let values: Vec<f64> = bench
        .stream
        .iter()
        .map(|frame| match frame {
            StreamFrame::Param { node: of, param: ParamId(0), value } if *of == node => *value,
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(values.len() >= 5, "{values:?}");
    assert!(values.windows(2).all(|pair| pair[1] < pair[0]), "{values:?}");
    let commands = bench.take();
    let param = ParamId(0);
    assert_eq!(commands.first(), Some(&Command::GestureBegin { node, param }));
    assert_eq!(commands.last(), Some(&Command::GestureEnd { node, param }));
    assert!(matches!(&commands[1..2], [Command::Commit { .. }]), "{commands:?}");
    assert_eq!(commands.len(), 3);
    let after = bench.project().track(track.into()).expect("the track").volume_db();
    assert_eq!(Some(&after), values.last());
    assert!(after < before);
}

#[test]
fn a_touch_without_movement_changes_nothing() {
    let mut bench = Bench::song();
    let track = first_track(&bench);
    bench.click_on(ids::of("fader", track));
    assert!(bench.commits().is_empty());
}

#[test]
fn a_double_click_sets_the_default() {
    let mut bench = Bench::song();
    let track = first_track(&bench);
    bench.double_click(bench.rect(ids::of("fader", track)).center());
    assert_eq!(bench.project().track(track.into()).expect("the track").volume_db(), 0.0);
    assert_eq!(bench.commits().len(), 1);
}

#[test]
fn mute_and_solo_toggle() {
    let mut bench = Bench::song();
    let track = first_track(&bench);
    bench.click_on(ids::of("mute", track));
    assert!(bench.project().track(track.into()).expect("the track").mute());
    bench.pause();
    bench.click_on(ids::of("mute", track));
    assert!(!bench.project().track(track.into()).expect("the track").mute());
    bench.click_on(ids::of("solo", track));
    assert!(bench.project().track(track.into()).expect("the track").solo());
}

#[test]
fn a_track_that_goes_away_under_the_hand_ends_the_gesture() {
    let mut bench = Bench::song();
    let track = first_track(&bench);
    let at = bench.rect(ids::of("fader", track)).center();
    bench.moved(at);
    bench.button(at, true);
    bench.moved(at - egui::vec2(20.0, 0.0));
    bench.commit("Delete", vec![model::edit::any::delete(track)]);
    bench.idle(3);
    assert!(matches!(bench.take().last(), Some(Command::GestureEnd { .. })));
}

#[test]
fn space_plays_and_stops_unless_a_host_leads() {
    let mut bench = Bench::song();
    bench.key(Key::Space, Modifiers::NONE);
    assert_eq!(bench.take(), [Command::Transport(TransportCommand::Play)]);
    bench.telemetry.playing = true;
    bench.key(Key::Space, Modifiers::NONE);
    assert_eq!(bench.take(), [Command::Transport(TransportCommand::Stop)]);
    bench.status.sync = crate::Sync::Host;
    bench.key(Key::Space, Modifiers::NONE);
    assert_eq!(bench.take(), []);
}

#[test]
fn undo_and_redo_have_their_keys() {
    let mut bench = Bench::song();
    bench.key(Key::Z, Modifiers::COMMAND | Modifiers::CTRL);
    assert_eq!(bench.take(), [Command::Undo]);
    bench.key(Key::Z, Modifiers::COMMAND | Modifiers::CTRL | Modifiers::SHIFT);
    assert_eq!(bench.take(), [Command::Redo]);
}

#[test]
fn a_macro_without_an_entity_gets_one_when_it_moves() {
    let mut bench = Bench::song();
    bench.click_on(ids::nth("tab", 3));
    bench.idle(2);
    bench.take();
    bench.drag(bench.rect(ids::nth("macro", 9)).center(), (0.0, -40.0));
    let project = bench.project();
    let made = project.macros().find(|known| known.slot() == 9).expect("a macro in slot 9");
    assert!(made.value() > 0.1);
    assert_eq!(bench.commits().len(), 1);
}
