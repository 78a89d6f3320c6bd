//! The piano roll.

use egui::{Key, Modifiers, pos2};
use protocol::{EntityId, Note};

use super::bench::Bench;
use crate::ids;

/// Opens the lead's clip in the piano roll.
fn open() -> (Bench, EntityId) {
    let mut bench = Bench::song();
    let project = bench.project();
    let clip = project.clips().filter(|clip| clip.name() == "Hook").min_by_key(|clip| clip.start());
    let clip = clip.expect("a clip").id().0;
    bench.double_click(bench.rect(ids::of("clip", clip)).center());
    bench.idle(2);
    bench.pause();
    bench.take();
    (bench, clip)
}

fn rows(bench: &Bench, clip: EntityId) -> Vec<(u64, Note)> {
    bench.project().clip(clip.into()).expect("the clip").notes().collect()
}

fn notes(bench: &Bench, clip: EntityId) -> Vec<Note> {
    rows(bench, clip).into_iter().map(|(_, note)| note).collect()
}

#[test]
fn a_double_click_draws_a_note_and_the_keyboard_moves_it() {
    let (mut bench, clip) = open();
    let before = notes(&bench, clip).len();
    let roll = bench.rect(ids::one("roll"));
    bench.double_click(pos2(roll.left() + 40.0, roll.bottom() - 5.0));
    assert_eq!(bench.commits(), ["Draw note"]);
    let drawn = notes(&bench, clip);
    assert_eq!(drawn.len(), before + 1);
    let lowest = |notes: &[Note]| notes.iter().map(|note| note.key).min();
    bench.key(Key::ArrowUp, Modifiers::NONE);
    assert_eq!(lowest(&notes(&bench, clip)), lowest(&drawn).map(|key| key + 1));
    bench.key(Key::Delete, Modifiers::NONE);
    assert_eq!(notes(&bench, clip).len(), before);
}

#[test]
fn dragging_a_note_moves_it_by_whole_keys() {
    let (mut bench, clip) = open();
    let known: Vec<u64> = rows(&bench, clip).into_iter().map(|(key, _)| key).collect();
    let roll = bench.rect(ids::one("roll"));
    bench.double_click(pos2(roll.left() + 40.0, roll.bottom() - 30.0));
    bench.pause();
    bench.take();
    let drawn = rows(&bench, clip).into_iter().find(|(key, _)| !known.contains(key));
    let (key, before) = drawn.expect("the drawn note");
    bench.drag(pos2(roll.left() + 34.0, roll.bottom() - 30.0), (0.0, -24.0));
    assert_eq!(bench.commits(), ["Move notes"]);
    let after = rows(&bench, clip).into_iter().find(|(found, _)| *found == key);
    assert_eq!(after.expect("the note").1.key, before.key + 2);
}

#[test]
fn the_keyboard_sounds_while_it_is_held() {
    use protocol::StreamFrame;
    let (mut bench, _) = open();
    let at = bench.rect(ids::one("keyboard")).center();
    bench.moved(at);
    bench.button(at, true);
    bench.idle(3);
    assert!(matches!(bench.stream.as_slice(), [StreamFrame::NoteOn { .. }]), "{:?}", bench.stream);
    bench.button(at, false);
    bench.idle(2);
    assert!(matches!(bench.stream.last(), Some(StreamFrame::NoteOff { .. })));
    assert_eq!(bench.stream.len(), 2);
}
