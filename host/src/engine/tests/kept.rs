//! What stays from schedule to schedule is the same thing, costs nothing at a swap, and is given back once when it goes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use proptest::prelude::*;
use protocol::device::strip;
use protocol::*;

use super::harness::*;
use crate::engine::command::Command;

/// So many tracks between the input and the output, each with a plugin that is late.
fn tracks(count: u128) -> Sketch {
    let mut sketch = Sketch::new();
    let input = sketch.input(0);
    for number in 1..=count {
        let late = sketch.plugin(number, "late:9");
        let strip = sketch.strip(number);
        sketch.chain(&[input, late, strip, sketch.output()]);
    }
    sketch
}

/// How long the lists of the next swap are.
fn lists(rig: &Rig) -> [usize; 5] {
    let processor = rig.processor.as_ref().unwrap();
    let Ok(Command::Swap(swap)) = processor.commands.peek() else { panic!("no swap is sent") };
    [swap.leave.len(), swap.fade_out.len(), swap.fade_in.len(), swap.updates.len(), swap.release.len()]
}

#[test]
fn a_swap_names_what_changes_and_nothing_else() {
    for count in [3, 300] {
        let (few, many) = (tracks(count), tracks(count + 1));
        let mut rig = Rig::new(&few.plan, Arc::default());
        rig.apply(&many);
        assert_eq!(
            lists(&rig),
            [0, 0, 2, 0, 0],
            "one comes to {count}: its strip, and its plugin, which is late"
        );
        rig.render([1_000]);
        rig.apply(&few);
        assert_eq!(lists(&rig), [2, 1, 0, 0, 0], "it goes from {count}");
        rig.render([1_000]);
        // The input comes later to what comes after the plugin.
        let mut later = few.clone();
        let plugin = later.plugin(1_000, "late:20");
        later.chain(&[id(1, NodeRole::Strip), plugin]);
        later.chain(&[plugin, id(2, NodeRole::Strip)]);
        rig.apply(&later);
        let updated = lists(&rig)[3];
        assert_eq!(updated, 2, "the second strip and the output, of {count}");
        rig.render([1_000]);
        rig.stop();
    }
}

#[test]
fn what_stays_is_where_it_was() {
    let mut few = tracks(3);
    // What comes in at once waits for what comes by the plugins.
    few.chain(&[id(900, NodeRole::Input), few.output()]);
    let mut rig = Rig::new(&few.plan, Arc::default());
    rig.block(64);
    let places = |rig: &Rig| -> (BTreeMap<NodeId, _>, _) {
        let schedule = &rig.processor.as_ref().unwrap().schedule;
        let nodes = schedule.by_id.iter().map(|&(id, index)| (id, schedule.nodes.place(index as usize)));
        let delays: Vec<_> = (0..schedule.delays.len()).map(|line| schedule.delays.place(line)).collect();
        (nodes.collect(), delays)
    };
    let (nodes, delays) = places(&rig);
    assert_eq!((nodes.len(), delays.len()), (8, 1));
    let mut more = tracks(4);
    more.chain(&[id(900, NodeRole::Input), more.output()]);
    rig.apply(&more);
    rig.block(64);
    let (more_nodes, more_delays) = places(&rig);
    assert_eq!((more_nodes.len(), &more_delays), (10, &delays));
    assert!(nodes.iter().all(|(id, place)| more_nodes[id] == *place));
    rig.stop();
}

#[test]
fn a_plugin_that_goes_and_comes_back_before_anything_ran_is_another() {
    let (without, input, _) = through();
    let mut with = without.clone();
    let count = with.plugin(5, "count");
    with.chain(&[input, count, with.output()]);
    let mut rig = Rig::new(&with.plan, Arc::default());
    rig.block(100);
    rig.apply(&without);
    rig.apply(&with);
    // Between two fades of 240 frames each.
    let [left, _] = rig.render([240, 240, 20]);
    assert_eq!(left[499], 259.0, "it began anew");
    rig.block(1);
    assert_eq!(rig.traces.activated.load(Ordering::Relaxed), 2);
    assert_eq!(rig.traces.deactivated.load(Ordering::Relaxed), 1);
    let traces = rig.traces.clone();
    rig.stop();
    assert_eq!(traces.deactivated.load(Ordering::Relaxed), 2);
}

#[test]
fn what_waits_for_a_node_follows_it_to_its_new_place() {
    let (plain, input, strip) = through();
    let mut rig = Rig::new(&plain.plan, Arc::default());
    rig.input = |_| 1.0;
    rig.block(10);
    let mut quiet = plain.clone();
    quiet.set(strip, strip::VOLUME_DB, -200.0);
    rig.apply(&quiet);
    // The step waits while the schedule is swapped, in which the strip has another index.
    let mut other = Sketch::new();
    let first = other.strip(7);
    assert_eq!((other.input(0), other.strip(1)), (input, strip));
    other.chain(&[input, strip, other.output()]);
    other.chain(&[input, first]);
    other.set(strip, strip::VOLUME_DB, -200.0);
    rig.apply(&other);
    let [left, _] = rig.render([2_000]);
    assert!(left[1_999] < 1e-4, "{}", left[1_999]);
    rig.stop();
}

#[test]
fn edits_in_the_middle_of_fades_do_not_click() {
    let mut rig = Rig::new(&tracks(1).plan, Arc::default());
    rig.input = |frame| (frame as f32 * 0.02).sin() * 0.5;
    let mut out = rig.render(blocks(500, 100))[0].clone();
    for count in [2, 3, 2, 3, 4, 1] {
        rig.apply(&tracks(count));
        // Half of a fade.
        out.extend(&rig.render([120])[0]);
    }
    // Four at once step by four times as much, and what fades by a little.
    let step = largest_step(&out[100..]);
    assert!(step < 4.0 * 0.01 + 0.01, "a step of {step}");
    rig.stop();
}

/// A random mix of strips and plugins that are late, some of which hear each other.
fn any_plan() -> impl Strategy<Value = Sketch> {
    prop::collection::vec((0..6_u128, any::<u8>(), 0..4_u8), 0..8).prop_map(|choices| {
        let mut sketch = Sketch::new();
        let mut nodes = vec![sketch.input(0)];
        for (number, from, what) in choices {
            let source = nodes[usize::from(from) % nodes.len()];
            if nodes.iter().any(|node| node.entity.0 % 100 == number + 1) {
                continue;
            }
            let node = match what {
                0 => sketch.strip(number + 1),
                // A test plugin would take the processor of a device of the same id for its own.
                1 => sketch.device(number + 101, DeviceKind::Delay),
                what => sketch.plugin(number + 1, if what == 2 { "late:5" } else { "late:300" }),
            };
            sketch.chain(&[source, node, sketch.output()]);
            nodes.push(node);
        }
        sketch
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_processor_comes_back_once_wherever_the_engine_is_stopped(
        first in any_plan(),
        edits in prop::collection::vec((any_plan(), prop::option::of(0..400_usize)), 0..10),
    ) {
        let mut rig = Rig::new(&first.plan, Arc::default());
        let traces = rig.traces.clone();
        for (plan, frames) in &edits {
            rig.apply(plan);
            if let &Some(frames) = frames {
                rig.block(frames);
            }
        }
        rig = rig.stop();
        let [activated, deactivated, alive] = [&traces.activated, &traces.deactivated, &traces.alive]
            .map(|count| count.load(Ordering::Relaxed));
        prop_assert_eq!((activated, alive), (deactivated, 0));
        // And it can start anew.
        let config = crate::AudioConfig { rate: RATE, max_block: 64, mode: crate::RenderMode::Offline };
        rig.processor = Some(rig.controller.activate(config).unwrap());
        rig.block(64);
        rig.stop();
        prop_assert_eq!(traces.alive.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn after_any_edits_nodes_are_as_those_of_an_engine_that_knew_no_other_plan(
        plans in prop::collection::vec((any_plan(), 0..400_usize), 1..8),
    ) {
        let mut rig = Rig::new(&EnginePlan::default(), Arc::default());
        for (plan, frames) in &plans {
            rig.apply(plan);
            rig.block(*frames);
        }
        rig.render(blocks(6_000, 500));
        let mut fresh = Rig::new(&plans.last().unwrap().0.plan, Arc::default());
        fresh.render(blocks(6_000, 500));
        let seen = |rig: &mut Rig| -> Vec<_> {
            let nodes = rig.processor.as_mut().unwrap().schedule.each_node();
            let late = |node: &crate::engine::body::Node| (node.arrival, node.latency, node.is_outlet);
            nodes.map(|node| (node.id, late(node), node.inputs, node.fade.is_some(), node.calm, node.body.bypass.dry.is_some())).collect()
        };
        prop_assert_eq!(seen(&mut rig), seen(&mut fresh));
        rig.stop();
        fresh.stop();
    }
}
