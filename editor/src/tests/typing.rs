//! Text fields keep the keyboard to themselves.

use egui::{Key, Modifiers};

use super::bench::Bench;
use crate::ids;

#[test]
fn typing_a_name_triggers_no_shortcut() {
    let mut bench = Bench::song();
    let track = bench.project().tracks().next().expect("a track").id().0;
    bench.double_click(bench.rect(ids::of("name", track)).left_center() + egui::vec2(4.0, 0.0));
    bench.idle(2);
    bench.take();
    for letter in ["K", "i", "t", " ", "b", "l"] {
        bench.text(letter);
    }
    bench.key(Key::Space, Modifiers::NONE);
    bench.key(Key::Delete, Modifiers::NONE);
    bench.key(Key::L, Modifiers::NONE);
    assert_eq!(bench.take(), []);
    bench.key(Key::Enter, Modifiers::NONE);
    assert_eq!(bench.commits(), ["Rename to Kit bl"]);
    assert_eq!(bench.project().track(track.into()).expect("the track").name(), "Kit bl");
    bench.key(Key::Space, Modifiers::NONE);
    assert_eq!(bench.take().len(), 1, "the space bar plays again");
}

#[test]
fn escape_keeps_the_old_name() {
    let mut bench = Bench::song();
    let track = bench.project().tracks().next().expect("a track").id().0;
    bench.double_click(bench.rect(ids::of("name", track)).left_center() + egui::vec2(4.0, 0.0));
    bench.idle(2);
    bench.text("junk");
    bench.key(Key::Escape, Modifiers::NONE);
    bench.idle(2);
    assert!(bench.commits().is_empty());
}

#[test]
fn searching_triggers_no_shortcut() {
    let mut bench = Bench::song();
    bench.click_on(ids::one("search"));
    bench.text("d");
    bench.key(Key::Space, Modifiers::NONE);
    bench.key(Key::Delete, Modifiers::NONE);
    assert_eq!(bench.take(), []);
}

#[test]
fn unsaved_changes_are_not_left_without_asking() {
    let mut bench = Bench::song();
    let new_project = |bench: &mut Bench| {
        bench.click_on(ids::one("project"));
        bench.idle(3);
        let below = bench.rect(ids::one("project")).left_bottom() + egui::vec2(40.0, 20.0);
        bench.click(below);
        bench.idle(3);
    };
    new_project(&mut bench);
    assert_eq!(bench.take(), [protocol::Command::New]);
    bench.status.dirty = true;
    bench.pause();
    new_project(&mut bench);
    assert_eq!(bench.take(), []);
    bench.click_on(ids::one("leave no"));
    bench.idle(3);
    assert_eq!(bench.take(), []);
    bench.pause();
    new_project(&mut bench);
    bench.click_on(ids::one("leave yes"));
    assert_eq!(bench.take(), [protocol::Command::New]);
}
