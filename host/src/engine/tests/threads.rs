//! However many threads process, the samples are the same.

use std::num::NonZeroUsize;
use std::sync::Arc;

use proptest::prelude::*;

use super::harness::*;
use crate::RenderMode;
use crate::engine::Threads;

fn render(plan: &protocol::EnginePlan, threads: usize, cut: &[usize]) -> [Vec<f32>; 2] {
    let threads = Threads::Exactly(NonZeroUsize::new(threads).unwrap());
    let blobs = Arc::default();
    let mut rig = Rig::with_threads(plan, blobs, threads, RATE, 128, RenderMode::Offline, 30.0).play();
    rig.input = bursts;
    rig.render(cut.iter().copied())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_number_of_threads_gives_the_same_samples(
        choices in any_choices(40), cut in prop::collection::vec(1..400_usize, 10..40),
    ) {
        let plan = random_plan(&choices).plan;
        let one = render(&plan, 1, &cut);
        for threads in [2, 4] {
            let many = render(&plan, threads, &cut);
            for side in 0..2 {
                let differs = (0..one[side].len()).find(|&frame| many[side][frame].to_bits() != one[side][frame].to_bits());
                prop_assert_eq!(differs, None, "{} threads, side {}", threads, side);
            }
        }
    }
}

#[test]
fn plans_change_while_several_threads_play() {
    let mut sketch = Sketch::new();
    let input = sketch.input(0);
    let threads = Threads::Exactly(NonZeroUsize::new(3).unwrap());
    let mut rig =
        Rig::with_threads(&sketch.plan, Arc::default(), threads, RATE, 64, RenderMode::Offline, 30.0).play();
    rig.input = |_| 1.0;
    // Miri takes seconds for a block.
    let plans = if cfg!(miri) { 4 } else { 60 };
    for number in 1..plans {
        let strip = sketch.strip(number);
        sketch.chain(&[input, strip, sketch.output()]);
        rig.apply(&sketch);
        rig.block(200);
    }
    let [left, _] = rig.render(blocks(if cfg!(miri) { 320 } else { 2_000 }, 64));
    assert_eq!(left.last(), Some(&(plans as f32 - 1.0)));
    rig.stop();
}

#[test]
fn faults_on_other_threads_are_reported() {
    let mut sketch = Sketch::new();
    let input = sketch.input(0);
    for number in 1..=8 {
        let plugin = sketch.plugin(number, "nan");
        sketch.chain(&[input, plugin, sketch.output()]);
    }
    let threads = Threads::Exactly(NonZeroUsize::new(4).unwrap());
    let mut rig =
        Rig::with_threads(&sketch.plan, Arc::default(), threads, RATE, 64, RenderMode::Offline, 30.0);
    rig.input = |_| 1.0;
    rig.render(blocks(640, 64));
    let faults = rig.telemetry.iter().filter(|frame| matches!(frame, protocol::TelemetryFrame::Fault { .. }));
    assert_eq!(faults.count(), 8, "one for each");
}
