//! New plans while sound goes on: state survives, nothing clicks, nothing is lost.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use proptest::prelude::*;
use protocol::device::strip;
use protocol::plan::NodeKind;
use protocol::*;

use super::harness::*;
use crate::engine::ApplyError;

/// A slow sine: what steps more than it does is a click.
fn sine(frame: u64) -> f32 {
    (frame as f32 * 0.02).sin() * 0.5
}

const STEP: f32 = 0.5 * 0.02;

/// Applies one plan after another every 1000 frames; gives the output.
fn apply_each(plans: &[Sketch]) -> Vec<f32> {
    let mut rig = Rig::new(&plans[0].plan, Arc::default());
    rig.input = sine;
    let mut out = rig.render(blocks(1_000, 100))[0].clone();
    for plan in &plans[1..] {
        rig.apply(plan);
        out.extend(&rig.render(blocks(1_000, 100))[0]);
    }
    rig.stop();
    out
}

#[test]
fn adding_and_removing_a_track_does_not_click() {
    let (one, input, _) = through();
    let mut two = one.clone();
    let strip = two.strip(2);
    two.chain(&[input, strip, two.output()]);
    let out = apply_each(&[one.clone(), two, one]);
    // Within the five milliseconds of a fade a second copy of the sine comes up.
    assert!(largest_step(&out) < 2.0 * STEP + 0.01, "a step of {}", largest_step(&out));
    assert!(peak(&out[1_300..2_000]) > 0.95, "the second track is not heard");
    assert!(peak(&out[2_300..]) < 0.51, "the second track is still heard");
}

#[test]
fn a_cable_between_tracks_that_stay_does_not_click() {
    let (mut two, input, one) = through();
    let other = two.strip(2);
    two.chain(&[input, other, two.output()]);
    let mut joined = two.clone();
    joined.chain(&[one, other]);
    let out = apply_each(&[two.clone(), joined, two]);
    assert!(largest_step(&out) < 3.0 * STEP + 0.01, "a step of {}", largest_step(&out));
    assert!(peak(&out[1_500..2_000]) > 1.45 && peak(&out[2_500..]) < 1.01);
}

#[test]
fn inserting_a_device_does_not_click() {
    let (plain, input, strip) = through();
    let mut with = Sketch::new();
    assert_eq!(with.input(0), input);
    assert_eq!(with.strip(1), strip);
    let gain = with.plugin(1, "gain:0.25");
    with.chain(&[input, gain, strip, with.output()]);
    let out = apply_each(&[plain.clone(), with, plain]);
    assert!(largest_step(&out) < STEP + 0.01, "a step of {}", largest_step(&out));
    assert!(peak(&out[1_500..2_000]) < 0.126);
}

#[test]
fn bypassing_a_device_does_not_click() {
    let mut plain = Sketch::new();
    let input = plain.input(0);
    let gain = plain.plugin(1, "gain:0.25");
    plain.chain(&[input, gain, plain.output()]);
    let mut bypassed = plain.clone();
    bypassed.get(gain).bypassed = true;
    let out = apply_each(&[plain.clone(), bypassed, plain]);
    assert!(largest_step(&out) < STEP + 0.01, "a step of {}", largest_step(&out));
    assert!(peak(&out[1_300..2_000]) > 0.49 && peak(&out[2_300..]) < 0.126);
}

#[test]
fn automation_that_is_drawn_while_a_device_runs_is_heard_at_once() {
    let mut plain = Sketch::new();
    let input = plain.input(0);
    let utility = plain.device(1, DeviceKind::Utility);
    plain.chain(&[input, utility, plain.output()]);
    let mut automated = plain.clone();
    automated.automate(utility, device::utility::id::GAIN_DB, &[(0.0, -60.0, Curve::Hold)]);
    let mut rig = Rig::new(&plain.plan, Arc::default()).play();
    rig.input = |_| 1.0;
    let [before, _] = rig.render(blocks(1_000, 100));
    rig.apply(&automated);
    let [after, _] = rig.render(blocks(4_000, 100));
    rig.stop();
    assert_eq!((before[999], after[3_999] < 0.01), (1.0, true), "{}", after[3_999]);
}

#[test]
fn a_bypassed_device_keeps_its_latency() {
    let mut sketch = Sketch::new();
    let input = sketch.input(0);
    let late = sketch.plugin(1, "late:50");
    sketch.chain(&[input, late, sketch.output()]);
    sketch.get(late).bypassed = true;
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    rig.input = |frame| if frame == 0 { 1.0 } else { 0.0 };
    let [left, _] = rig.render(blocks(100, 7));
    assert_eq!(left.iter().position(|&sample| sample == 1.0), Some(50));
}

#[test]
fn processors_survive_new_plans_by_their_id() {
    let mut sketch = Sketch::new();
    let input = sketch.input(0);
    let count = sketch.plugin(1, "count");
    sketch.chain(&[input, count, sketch.output()]);
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    rig.render([100]);
    let mut more = Sketch::new();
    let strip = more.strip(7);
    let input = more.input(0);
    let count = more.plugin(1, "count");
    more.chain(&[input, count, more.output()]);
    more.chain(&[input, strip]);
    rig.apply(&more);
    let [left, _] = rig.render([100]);
    assert_eq!(left[..3], [100.0, 101.0, 102.0]);
    assert_eq!(rig.traces.loaded.load(Ordering::Relaxed), 1);
    assert_eq!(rig.traces.activated.load(Ordering::Relaxed), 1);
}

#[test]
fn a_removed_plugin_gets_its_processor_back() {
    let (plain, input, strip) = through();
    let mut with = plain.clone();
    let gain = with.plugin(1, "gain:1");
    with.chain(&[input, gain, with.output()]);
    let mut rig = Rig::new(&with.plan, Arc::default());
    rig.apply(&plain);
    rig.render(blocks(1_000, 100));
    rig.block(1);
    assert_eq!(rig.traces.deactivated.load(Ordering::Relaxed), 1);
    assert!(rig.controller.plugin(gain).is_none() && rig.controller.plugin(strip).is_none());
}

#[test]
fn a_plugin_that_asks_for_it_is_restarted_under_way() {
    let (mut sketch, input, _) = through();
    let gain = sketch.plugin(1, "count");
    sketch.chain(&[input, gain, sketch.output()]);
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    rig.render([100]);
    rig.traces.restart.store(1, Ordering::Relaxed);
    rig.render(blocks(2_000, 50));
    assert_eq!(rig.traces.activated.load(Ordering::Relaxed), 2);
    assert_eq!(rig.traces.deactivated.load(Ordering::Relaxed), 1);
    rig.stop();
}

#[test]
fn parameters_and_clips_change_without_a_new_schedule() {
    let mut sketch = Sketch::new();
    let notes = sketch.notes(1, vec![note_clip(0.0, 8.0, &[(0.0, 8.0, 60)])]);
    let log = sketch.plugin(1, "log");
    let strip = sketch.strip(1);
    sketch.events(notes, log);
    sketch.chain(&[log, strip, sketch.output()]);
    let mut rig = Rig::new(&sketch.plan, Arc::default()).play();
    rig.render([100]);
    let nodes_before = rig.processor.as_ref().unwrap().schedule.nodes.place(0);
    sketch.set(strip, strip::PAN, 1.0);
    sketch.set(log, ParamId(77), 0.5);
    sketch.get(notes).kind =
        NodeKind::NotePlayer { clips: vec![note_clip(0.0, 8.0, &[(0.0125, 1.0, 72)])].into() };
    rig.apply(&sketch);
    rig.render([500]);
    let log: Vec<String> =
        rig.traces.log.lock().unwrap().iter().map(|(frame, kind)| format!("{frame} {kind:?}")).collect();
    assert!(log[0].starts_with("0 NoteOn") && log[0].contains("key: 60"), "{log:?}");
    assert!(log[1].starts_with("100 Param") && log[1].contains("0.5"), "{log:?}");
    assert!(log[2].starts_with("300 NoteOn") && log[2].contains("key: 72"), "{log:?}");
    assert_eq!(rig.processor.as_ref().unwrap().schedule.nodes.place(0), nodes_before);
}

#[test]
fn notes_of_a_removed_player_do_not_hang() {
    let mut sketch = Sketch::new();
    let log = sketch.plugin(1, "log");
    sketch.chain(&[log, sketch.output()]);
    let without = sketch.clone();
    let notes = sketch.notes(1, vec![note_clip(0.0, 8.0, &[(0.0, 8.0, 60)])]);
    sketch.events(notes, log);
    let mut rig = Rig::new(&sketch.plan, Arc::default()).play();
    rig.render([100]);
    rig.apply(&without);
    rig.render([100]);
    let log = rig.traces.log.lock().unwrap();
    assert!(
        matches!(log.last(), Some((_, crate::EventKind::NoteOff { voice, .. })) if voice.key == -1),
        "{log:?}"
    );
}

#[test]
fn a_plan_with_a_cycle_is_refused_by_name_and_the_engine_goes_on() {
    let (good, input, strip) = through();
    let mut bad = good.clone();
    let other = bad.strip(2);
    bad.chain(&[strip, other, strip]);
    let mut rig = Rig::new(&good.plan, Arc::default());
    rig.input = |_| 1.0;
    let Err(ApplyError::Cycle(nodes)) = rig.controller.apply(bad.plan) else { panic!("applied") };
    assert_eq!(nodes.len(), 2);
    assert!(nodes.contains(&strip) && nodes.contains(&other) && !nodes.contains(&input));
    assert_eq!(rig.render([10])[0], [1.0; 10]);
    let mut twice = good.clone();
    twice.strip(1);
    assert_eq!(rig.controller.apply(twice.plan).unwrap_err(), ApplyError::DuplicateNode(strip));
}

#[test]
fn many_edits_at_once_arrive_all() {
    let (mut sketch, ..) = through();
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    rig.input = |_| 1.0;
    for number in 10..200 {
        let strip = sketch.strip(number);
        sketch.chain(&[id(900, NodeRole::Input), strip, sketch.output()]);
        sketch.set(strip, strip::VOLUME_DB, -6.0);
        rig.apply(&sketch);
    }
    // Nothing ran meanwhile: only the first few and the last are worth a schedule.
    assert_eq!(rig.processor.as_ref().unwrap().commands.slots(), 4);
    let [left, _] = rig.render(blocks(10_000, 256));
    let expected = 1.0 + 190.0 * crate::math::to_f32(crate::math::db_to_gain(-6.0));
    assert!((left.last().unwrap() - expected).abs() < 1e-3, "{} for {expected}", left.last().unwrap());
}

/// A random graph of strips and gains between the input and the output.
fn random_mix(choices: &[(u8, bool, f64)]) -> Sketch {
    let mut sketch = Sketch::new();
    let mut nodes = vec![sketch.input(0)];
    for (number, &(from, with_gain, level)) in (1_u128..).zip(choices) {
        let source = nodes[usize::from(from) % nodes.len()];
        let strip = sketch.strip(number);
        sketch.set(strip, strip::VOLUME_DB, level);
        if with_gain {
            let gain = sketch.plugin(number, "late:5");
            sketch.chain(&[source, gain, strip]);
        } else {
            sketch.chain(&[source, strip]);
        }
        if level > -20.0 {
            sketch.chain(&[strip, sketch.output()]);
        }
        nodes.push(strip);
    }
    sketch
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn after_any_edits_the_engine_sounds_like_one_that_never_knew_another_plan(
        plans in prop::collection::vec(prop::collection::vec((any::<u8>(), any::<bool>(), -40.0..0.0_f64), 0..8), 1..8),
        block in 1..300_usize,
    ) {
        let plans: Vec<Sketch> = plans.iter().map(|choices| random_mix(choices)).collect();
        let mut rig = Rig::new(&plans[0].plan, Arc::default());
        rig.input = sine;
        for plan in &plans[1..] {
            rig.render([block]);
            rig.apply(plan);
        }
        // Each swap takes two fades at most.
        rig.render(blocks(500 * plans.len() + 500, 128));
        let mut fresh = Rig::new(&plans.last().unwrap().plan, Arc::default());
        fresh.input = sine;
        fresh.render(blocks(500 * plans.len() + 500, 128));
        fresh.frame = rig.frame;
        prop_assert_eq!(fresh.controller.latency(), rig.controller.latency());
        // The delays of the fresh one have heard another stretch of the input.
        rig.render([256]);
        fresh.render([256]);
        prop_assert_eq!(fresh.render([256]), rig.render([256]));
        rig.stop();
    }
}

#[test]
fn activating_and_deactivating_repeats_and_keeps_the_place() {
    let (sketch, ..) = through();
    let mut rig = Rig::new(&sketch.plan, Arc::default()).play();
    for round in 1..=5_u32 {
        rig.render([480]);
        let processor = rig.processor.take().unwrap();
        let config = *processor.config();
        assert_eq!(processor.position().0, Frames(i64::from(round) * 480));
        assert!(rig.controller.activate(config).is_err(), "one processor at a time");
        rig.controller.deactivate(processor);
        rig.processor = Some(rig.controller.activate(config).unwrap());
        assert!(rig.processor.as_ref().unwrap().is_playing());
    }
}

#[test]
fn two_thousand_tracks_are_scheduled_in_no_time() {
    let mut sketch = Sketch::new();
    let input = sketch.input(0);
    for number in 1..=2_000 {
        let strip = sketch.strip(number);
        sketch.chain(&[input, strip, sketch.output()]);
    }
    let start = std::time::Instant::now();
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    let built = start.elapsed();
    rig.block(64);
    sketch.set(id(7, NodeRole::Strip), strip::PAN, 0.5);
    let start = std::time::Instant::now();
    rig.apply(&sketch);
    let changed = start.elapsed();
    let more = sketch.strip(2_001);
    sketch.chain(&[input, more, sketch.output()]);
    let start = std::time::Instant::now();
    rig.apply(&sketch);
    let swapped = start.elapsed();
    // Generous: the point is that nothing is quadratic in earnest.
    assert!(built.as_secs() < 5 && changed.as_millis() < 500 && swapped.as_secs() < 5);
}

#[test]
fn the_last_value_counts_whatever_goes_meanwhile() {
    let (mut with, input, kept) = through();
    let without = with.clone();
    // Nobody hears it, so nothing fades when it goes.
    let goes = with.strip(7);
    with.chain(&[input, goes]);
    let mut rig = Rig::new(&with.plan, Arc::default());
    rig.input = |_| 1.0;
    rig.block(100);
    with.set(goes, strip::VOLUME_DB, -1.0);
    rig.apply(&with);
    with.set(goes, strip::PAN, 0.5);
    rig.apply(&with);
    with.set(kept, strip::VOLUME_DB, -200.0);
    rig.apply(&with);
    let mut without = without;
    without.set(kept, strip::VOLUME_DB, -200.0);
    rig.apply(&without);
    without.set(kept, strip::VOLUME_DB, 0.0);
    rig.apply(&without);
    let [left, _] = rig.render(blocks(3_000, 100));
    assert!((left[2_999] - 1.0).abs() < 1e-3, "{}", left[2_999]);
    rig.stop();
}
