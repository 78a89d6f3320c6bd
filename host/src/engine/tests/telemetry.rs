//! What the engine tells about itself while somebody looks.

use std::collections::BTreeSet;
use std::sync::Arc;

use protocol::*;
use rtrb::Consumer;

use super::harness::*;
use crate::engine::NodeTiming;

fn heard(ring: &mut Consumer<[f32; 2]>) -> Vec<f32> {
    std::iter::from_fn(|| ring.pop().ok()).map(|[left, _]| left).collect()
}

/// The nodes that were said to take time.
fn timed(rig: &mut Rig) -> BTreeSet<NodeId> {
    let frames = std::mem::take(&mut rig.telemetry);
    let nodes = frames.iter().filter_map(|frame| match frame {
        TelemetryFrame::NodeLoad { node, load, peak } => {
            assert!(*load > 0.0 && *peak >= *load, "{load} {peak}");
            Some(*node)
        }
        _ => None,
    });
    nodes.collect()
}

#[test]
fn who_listens_hears_every_frame_of_a_strip_silence_included() {
    let (sketch, _, strip) = through();
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    let mut ring = rig.controller.listen(strip, 1_000).unwrap();
    rig.render([100]);
    rig.input = |frame| frame as f32;
    rig.render([17, 83]);
    let ramp = (100u8..200).map(f32::from);
    assert_eq!(heard(&mut ring), [0.0; 100].into_iter().chain(ramp).collect::<Vec<_>>());
    rig.stop();
}

#[test]
fn what_nobody_fetches_is_lost_and_holds_nothing_up() {
    let (sketch, _, strip) = through();
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    rig.input = |frame| frame as f32;
    let mut ring = rig.controller.listen(strip, 50).unwrap();
    assert_eq!(rig.render([64, 64])[0].len(), 128);
    assert_eq!(heard(&mut ring), (0u8..50).map(f32::from).collect::<Vec<_>>());
    rig.stop();
}

#[test]
fn listening_goes_on_through_changes_and_ends_with_the_strip() {
    let (sketch, input, strip) = through();
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    rig.input = |_| 0.5;
    let mut ring = rig.controller.listen(strip, 10_000).unwrap();
    rig.render([100]);
    let mut more = sketch.clone();
    let other = more.strip(2);
    more.chain(&[input, other, more.output()]);
    rig.apply(&more);
    rig.render([100]);
    assert_eq!(heard(&mut ring), [0.5; 200]);
    assert!(!ring.is_abandoned());
    let mut without = Sketch::new();
    let input = without.input(0);
    without.chain(&[input, without.output()]);
    rig.apply(&without);
    rig.render(blocks(2_000, 100));
    assert!(ring.is_abandoned());
    assert!(rig.controller.listen(strip, 10).is_none(), "there is no such strip");
    rig.stop();
}

#[test]
fn the_end_of_a_ring_that_nobody_reads_is_dropped_by_the_controller() {
    let (sketch, _, strip) = through();
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    let first = rig.controller.listen(strip, 100).unwrap();
    rig.render([64]);
    let second = rig.controller.listen(strip, 100).unwrap();
    rig.render([64]);
    assert!(first.is_abandoned(), "the second took its place");
    drop(second);
    // Every block checks that the audio thread frees nothing.
    rig.render(blocks(4_800, 64));
    let mut third = rig.controller.listen(strip, 100).unwrap();
    rig.render([64]);
    assert_eq!(heard(&mut third).len(), 64);
    rig.stop();
}

#[test]
fn only_a_strip_can_be_listened_to_and_only_while_the_engine_runs() {
    let (sketch, input, strip) = through();
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    assert!(rig.controller.listen(input, 10).is_none());
    rig.controller.deactivate(rig.processor.take().unwrap());
    assert!(rig.controller.listen(strip, 10).is_none());
}

#[test]
fn nodes_tell_their_time_only_while_they_are_timed() {
    let (sketch, input, strip) = through();
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    rig.input = |_| 0.5;
    rig.render(blocks(48_000, 100));
    assert!(timed(&mut rig).is_empty());
    rig.controller.time_nodes(NodeTiming::On);
    rig.render(blocks(24_000, 100));
    assert!(timed(&mut rig).is_superset(&[input, strip].into()));
    rig.controller.time_nodes(NodeTiming::Off);
    rig.render([100]);
    rig.telemetry.clear();
    rig.render(blocks(48_000, 100));
    assert!(timed(&mut rig).is_empty());
    rig.stop();
}

#[test]
fn timing_goes_on_through_changes_and_activations_and_tells_every_one_of_many_nodes() {
    let mut sketch = Sketch::new();
    let input = sketch.input(0);
    let strips: Vec<NodeId> = (1..=150).map(|entity| sketch.strip(entity)).collect();
    for &strip in &strips {
        sketch.chain(&[input, strip, sketch.output()]);
    }
    let mut rig = Rig::new(&through().0.plan, Arc::default());
    rig.input = |_| 0.5;
    rig.controller.time_nodes(NodeTiming::On);
    rig.apply(&sketch);
    rig.render(blocks(36_000, 100));
    assert!(timed(&mut rig).is_superset(&strips.iter().copied().collect()));
    let config = *rig.processor.as_ref().unwrap().config();
    rig.controller.deactivate(rig.processor.take().unwrap());
    rig.processor = Some(rig.controller.activate(config).unwrap());
    rig.render(blocks(24_000, 100));
    assert!(timed(&mut rig).is_superset(&strips.into_iter().collect()));
    rig.stop();
}

#[test]
fn what_the_device_says_it_lost_is_told() {
    let (sketch, ..) = through();
    let mut rig = Rig::new(&sketch.plan, Arc::default());
    rig.processor.as_mut().unwrap().count_xruns(3);
    rig.render(blocks(4_800, 100));
    let last = rig.telemetry.iter().rev().find_map(|frame| match *frame {
        TelemetryFrame::Load { xruns, late_blocks, .. } => Some((xruns, late_blocks)),
        _ => None,
    });
    assert_eq!(last, Some((3, 0)), "nobody waits for an offline render");
    rig.stop();
}
