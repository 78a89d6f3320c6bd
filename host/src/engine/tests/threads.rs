//! However many threads process, the samples are the same.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use proptest::prelude::*;

use super::harness::*;
use crate::engine::Threads;
use crate::{EventList, Events, ProcessBlock, RenderMode};

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

/// Ends a thread, also when this one panics.
struct Quit<'a>(&'a AtomicBool);

impl Drop for Quit<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn plans_change_while_another_thread_plays() {
    let mut sketch = Sketch::new();
    let input = sketch.input(0);
    let late = sketch.plugin(1_000, "late:20");
    sketch.chain(&[input, late, sketch.output()]);
    let mut rig =
        Rig::with_threads(&sketch.plan, Arc::default(), Threads::Auto, RATE, 64, RenderMode::Offline, 30.0);
    let (traces, quit) = (rig.traces.clone(), AtomicBool::new(false));
    let mut processor = rig.processor.take().unwrap();
    let processor = std::thread::scope(|scope| {
        let quit = Quit(&quit);
        let is_over = quit.0;
        let audio = scope.spawn(move || {
            let (input, mut out) = ([1.0; 64], [[0.0; 64]; 2]);
            let mut events = EventList::default();
            while !is_over.load(Ordering::Relaxed) {
                let [left, right] = &mut out;
                let mut block = ProcessBlock {
                    frames: 64,
                    inputs: &[&input, &input],
                    outputs: &mut [left, right],
                    events_in: Events::EMPTY,
                    events_out: &mut events,
                    transport: None,
                };
                assert_no_alloc::assert_no_alloc(|| processor.process(&mut block));
            }
            (processor, out)
        });
        for number in 1..if cfg!(miri) { 4 } else { 200 } {
            // Tracks come; each plugin goes with the next.
            let mut plan = sketch.clone();
            let gain = plan.plugin(number, "gain:1");
            plan.chain(&[input, gain, late]);
            rig.apply(&plan);
            rig.controller.poll();
            std::thread::yield_now();
        }
        // Until nothing waits any more.
        rig.apply(&sketch);
        while rig.controller.is_changing() && !audio.is_finished() {
            rig.controller.poll();
            std::thread::yield_now();
        }
        drop(quit);
        let (processor, out) = audio.join().unwrap();
        assert_eq!(out[0][63], 1.0);
        processor
    });
    rig.controller.deactivate(processor);
    let [activated, deactivated] =
        [&traces.activated, &traces.deactivated].map(|count| count.load(Ordering::Relaxed));
    assert_eq!(activated, deactivated);
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
