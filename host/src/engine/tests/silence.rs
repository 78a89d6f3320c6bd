//! Silence costs nothing, and nobody hears that it does not.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use proptest::prelude::*;
use protocol::control::TransportCommand;
use protocol::plan::NodeKind;
use protocol::{NodeRole, ParamId};

use super::harness::*;
use crate::{Event, EventKind};

fn render(choices: &Choices, eager: bool, cut: &[usize]) -> [Vec<f32>; 2] {
    let mut rig = Rig::new(&random_plan(choices).plan, Arc::default()).play();
    rig.processor.as_mut().unwrap().schedule.buffers.eager = eager;
    rig.input = bursts;
    rig.render(cut.iter().copied())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_left_out_is_not_missed(
        choices in any_choices(14), cut in prop::collection::vec(1..900_usize, 20..60),
    ) {
        let (lazy, eager) = (render(&choices, false, &cut), render(&choices, true, &cut));
        for side in 0..2 {
            // As numbers: the sign of a zero is nothing that anybody hears.
            let differs = (0..lazy[side].len()).find(|&frame| lazy[side][frame] != eager[side][frame]);
            prop_assert_eq!(differs, None, "side {}", side);
        }
    }
}

/// Input, a plugin that may rest after 1,000 frames, output. It has heard something, and rests.
fn resting() -> Rig {
    let mut sketch = Sketch::new();
    let (input, plugin) = (sketch.input(0), sketch.plugin(1, "rest:1000"));
    sketch.chain(&[input, plugin, sketch.output()]);
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    rig.input = |frame| if frame == 100 || frame == 50_000 { 1.0 } else { 0.0 };
    let [left, _] = rig.render(blocks(2_048, 64));
    assert_eq!(left[100], 1.0);
    rig
}

fn processed(rig: &mut Rig, frames: usize) -> u32 {
    rig.traces.processed.store(0, Ordering::Relaxed);
    rig.render(blocks(frames, 64));
    rig.traces.processed.load(Ordering::Relaxed)
}

#[test]
fn a_plugin_is_processed_until_its_tail_is_over() {
    let mut rig = resting();
    assert_eq!(processed(&mut rig, 6_400), 0, "it rests");
    rig.frame = 49_984;
    // The block with the impulse, and a thousand frames of silence after it.
    assert_eq!(processed(&mut rig, 6_400), 1 + 1_000_u32.div_ceil(64));
}

#[test]
fn a_tail_that_never_ends_is_never_cut_and_one_that_changes_counts_at_once() {
    let mut rig = resting();
    let blocks_of = |frames: u32| frames / 64;
    rig.traces.tail.store(u32::MAX, Ordering::Relaxed);
    rig.frame = 49_984;
    assert_eq!(processed(&mut rig, 64_000), blocks_of(64_000), "it never ends");
    // As of a reverb whose size is turned down: what is silent already counts.
    rig.traces.tail.store(2_000, Ordering::Relaxed);
    assert!(processed(&mut rig, 6_400) <= 1, "so much silence has passed");
    assert_eq!(processed(&mut rig, 6_400), 0);
    rig.frame = 49_984;
    processed(&mut rig, 640);
    rig.traces.tail.store(4_000, Ordering::Relaxed);
    assert_eq!(processed(&mut rig, 6_400), (4_000_u32 - 640 + 64).div_ceil(64), "it grows while it rings");
}

#[test]
fn an_event_a_jump_and_its_own_wish_wake_a_plugin() {
    let mut rig = resting();
    rig.processor.as_mut().unwrap().transport(TransportCommand::Play);
    assert!(processed(&mut rig, 128) > 0, "playback starts");
    processed(&mut rig, 4_096);
    assert_eq!(processed(&mut rig, 640), 0);
    rig.traces.wake.store(1, Ordering::Relaxed);
    rig.render([64]);
    assert!(processed(&mut rig, 128) > 0, "it wants to");
    processed(&mut rig, 4_096);
    assert_eq!(processed(&mut rig, 640), 0);
    let mut stream = rig.controller.stream();
    stream
        .push(protocol::StreamFrame::Param { node: id(1, NodeRole::Device), param: ParamId(1), value: 0.5 })
        .unwrap();
    assert!(processed(&mut rig, 128) > 0, "a parameter moves");
}

#[test]
fn an_instrument_without_notes_rests_until_the_next() {
    let mut sketch = Sketch::new();
    let keys = sketch.node(1, NodeRole::Input, NodeKind::HostEvents);
    let plugin = sketch.plugin(2, "rest:0");
    sketch.events(keys, plugin);
    sketch.chain(&[plugin, sketch.output()]);
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    rig.render(blocks(640, 64));
    assert_eq!(processed(&mut rig, 640), 0);
    let voice = crate::event::Voice::key(0, 60);
    let note = Event::new(0, EventKind::NoteOn { voice, velocity: 1.0 });
    rig.events.push((rig.frame + 70, note.kind));
    assert!(processed(&mut rig, 128) > 0);
}

#[test]
fn a_plugin_with_a_follower_on_it_rests_while_playback_stands() {
    let mut sketch = Sketch::new();
    let (input, plugin) = (sketch.input(0), sketch.plugin(1, "rest:1000"));
    sketch.chain(&[input, plugin, sketch.output()]);
    sketch.set(plugin, ParamId(1), 0.5);
    sketch.follow(2, input, plugin, ParamId(1), 0.25);
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    rig.input = |frame| if frame == 100 || frame == 400_000 { 1.0 } else { 0.0 };
    // The follower comes down to nothing, and then there is nothing to tell.
    rig.render(blocks(399_360, 64));
    assert_eq!(processed(&mut rig, 640), 0, "it rests");
    assert!(processed(&mut rig, 6_400) > 0, "and hears what comes");
}
